//! People of two organisations: a session stays where it works, and who acts for none is asked for one.

use chrono::TimeDelta;
use provider_directory::{domain::access::Role, store::sessions, vocab::terms::SubscriptionTier};
use serde_json::{Value, json};

use crate::{
    house::noon,
    http_site::Site,
    tenants::{account, ask, join, session, tenant},
};

/// 5.02: joining a second organisation changes nothing about the work in the first; who has chosen none is asked to.
#[tokio::test]
async fn feature_5_02_a_session_stays_in_its_organisation() {
    let site = Site::open().await;
    let house = &site.house;
    let first = tenant(house, "First", SubscriptionTier::Basic).await;
    let second = tenant(house, "Second", SubscriptionTier::Basic).await;
    let dana = account(house, "dana@example.org", false, None).await;
    join(house, first.id, dana, Role::Practitioner).await;
    let before = session(house, dana).await;
    join(house, second.id, dana, Role::Member).await;
    // A later one of the same person, who is in both by then.
    let until = noon() + TimeDelta::hours(1);
    let after = sessions::open(&house.store, dana, [9; 32], noon() + TimeDelta::seconds(1), until).await;
    let after = after.expect("opened");
    for token in [&before, &after] {
        let me = ask(&site, token, None, "GET", "/me", None).await.json();
        assert_eq!(me["current_organization"]["id"], json!(first.id), "{me}");
        assert_eq!(me["role"], "practitioner");
    }
    // Somebody who was in both before they signed in for the first time.
    let drew = account(house, "drew@example.org", false, None).await;
    join(house, first.id, drew, Role::Practitioner).await;
    join(house, second.id, drew, Role::Member).await;
    let nowhere = session(house, drew).await;
    let me = ask(&site, &nowhere, None, "GET", "/me", None).await.json();
    assert_eq!(
        (&me["current_organization"], &me["role"]),
        (&Value::Null, &Value::Null),
        "{me}"
    );
    assert!(!me["permissions"].to_string().contains("appointments:read"), "{me}");
    let provider = json!({"provider": "1234567893"});
    for (method, path, body) in [
        ("POST", "/credentialing-requests", Some(provider)),
        ("GET", "/appointments", None),
    ] {
        let refused = ask(&site, &nowhere, None, method, path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (400, ("X-Organization-Id".to_owned(), "missing".to_owned())),
            "{path}: {}",
            refused.text
        );
    }
    let named = ask(&site, &nowhere, Some(first.id), "GET", "/appointments", None).await;
    assert_eq!(named.status, 200, "{}", named.text);
}
