//! Whose word about a provider decides claims: that of those who could let the provider in, and of nobody else.

use provider_directory::{domain::access::Role, vocab::terms::SubscriptionTier};
use serde_json::{Value, json};

use super::{
    claims_check::{NPI, World, position_of, three},
    tenants::{ask, signed_in, tenant},
};

/// 5.02, 4.10: what a tenant asks about a public provider, and how that ends, denies nobody's claims and holds none.
#[tokio::test]
async fn feature_5_02_requests_of_strangers_decide_no_claims() {
    let world = World::open().await;
    let site = &world.site;
    let clinic = tenant(&site.house, "Clinic", SubscriptionTier::Basic).await.id;
    let clerk = signed_in(&site.house, clinic, Role::OrganizationAdmin).await;
    let does = async |path: &str, body: Value| {
        let done = ask(site, &clerk, Some(clinic), "POST", path, Some(body)).await;
        assert!(done.status.is_success(), "{path}: {}", done.text);
        done
    };
    let open = async || {
        let made = does("/credentialing-requests", json!({"provider": NPI})).await.json();
        made["id"].as_str().expect("an id").to_owned()
    };
    let pending = three("PENDING", "PENDING_INFO", "PROVIDER_PENDING");
    for end in ["reject", "withdraw"] {
        let request = open().await;
        let path = format!("/credentialing-requests/{request}/{end}");
        let position = position_of(&does(&path, json!({"notes": "we do not like them"})).await);
        assert_eq!(world.says("DENY-HOLD", "2026-11-22", &position).await, pending, "{end}");
    }
    // One that is left open holds nothing once the platform has said no.
    open().await;
    let body = json!({"provider": NPI});
    let made = site.write("POST", "/credentialing-requests", None, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let path = format!("/credentialing-requests/{}/reject", made["id"].as_str().expect("an id"));
    let position = position_of(&site.write("POST", &path, Some("*"), json!({"notes": "no"})).await);
    let denied = three("OUT_OF_NETWORK", "DENY", "CREDENTIALING_REJECTED");
    assert_eq!(world.says("DENY-HOLD", "2026-11-22", &position).await, denied);
}

/// 5.02: the platform's no counts whoever had asked.
#[tokio::test]
async fn feature_5_02_the_platform_declines_what_others_ask() {
    let world = World::open().await;
    let site = &world.site;
    let clinic = tenant(&site.house, "Clinic", SubscriptionTier::Basic).await.id;
    let clerk = signed_in(&site.house, clinic, Role::OrganizationAdmin).await;
    let body = Some(json!({"provider": NPI}));
    let made = ask(site, &clerk, Some(clinic), "POST", "/credentialing-requests", body).await;
    let made = made.json();
    let path = format!("/credentialing-requests/{}/reject", made["id"].as_str().expect("an id"));
    let position = position_of(&site.write("POST", &path, Some("*"), json!({"notes": "no"})).await);
    let denied = three("OUT_OF_NETWORK", "DENY", "CREDENTIALING_REJECTED");
    assert_eq!(world.says("DENY-HOLD", "2026-11-22", &position).await, denied);
}
