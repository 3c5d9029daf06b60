//! Where people land who sign in on the way to nowhere in particular.

use provider_directory::{domain::access::Role, vocab::terms::SubscriptionTier};

use crate::{
    admin_pages::send,
    agency::Agency,
    http_site::Site,
    tenants::{PASSWORD, account, join, tenant},
};

/// 5.09: an administrator lands where their work begins, a reviewer on the board, everybody else where their account is told; and
/// who was on the way to a page goes on to it.
#[tokio::test]
async fn feature_5_09_who_signs_in_lands_at_their_work() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let clinic = tenant(&site.house, "Clinic", SubscriptionTier::Basic).await;
    for (name, place, role, lands) in [
        ("boss", Some(agency.id), Role::OrganizationAdmin, "/admin/"),
        ("rae", Some(clinic.id), Role::Reviewer, "/admin/credentialing"),
        ("drew", Some(clinic.id), Role::Member, "/sign-in"),
    ] {
        let email = format!("{name}@example.org");
        let user = account(&site.house, &email, true, None).await;
        if let Some(place) = place {
            join(&site.house, place, user, role).await;
        }
        let password = PASSWORD.replace(' ', "+");
        for (next, to) in [("%2Fsign-in", lands), ("%2Fp%2F1", "/p/1")] {
            let form = format!("email={email}&password={password}&next={next}");
            let answer = send(&site, "POST", "/sign-in", None, &form).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("location")),
                (303, to),
                "{name}: {}",
                answer.text
            );
        }
    }
}
