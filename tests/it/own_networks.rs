//! Which networks and plans a search knows by name: of several payers, and of the tenant alone that runs them.

use provider_directory::{
    domain::access::Role,
    vocab::{OrganizationId, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use super::{
    features_search::{activate, npi, person, written},
    http_site::{Answer, Site},
    tenants::{ask, signed_in, tenant},
    tenants_search::settle,
};

fn text(id: &Value) -> &str {
    id.as_str().expect("an id")
}

/// A network and a plan that pays in it.
async fn product(site: &Site, payer: &Value, public: bool, names: [&str; 3]) -> (Value, Value) {
    let [network, code, plan] = names;
    let network = json!({"organization_id": payer, "name": network, "public": public});
    let network = written(site, "POST", "/networks", network).await["id"].clone();
    let plan =
        json!({"organization_id": payer, "code": code, "name": plan, "networks": [{"network_id": network.clone()}]});
    let plan = written(site, "POST", "/plans", plan).await["id"].clone();
    (network, plan)
}

async fn joins(site: &Site, provider: &str, networks: &[&Value]) {
    let part = |network: &&Value| json!({"network_id": network, "status": "ACTIVE", "effective": "2026-01-01"});
    let list = networks.iter().map(part).collect::<Vec<_>>();
    let path = format!("/providers/{provider}/participations");
    written(site, "PUT", &path, json!({"participations": list})).await;
}

/// 1.30, 1.48: a private network is searched, counted and told where its owner asks, and there alone.
#[tokio::test]
async fn feature_1_48_a_tenant_searches_in_its_own_network() {
    let site = Site::open().await;
    let (a, b) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await.id,
    );
    let (of_a, of_b) = (
        signed_in(&site.house, a, Role::Member).await,
        signed_in(&site.house, b, Role::OrganizationAdmin).await,
    );
    let (network, plan) = product(&site, &json!(a), false, ["Quiet Circle", "QC", "Quiet Plan"]).await;
    for n in 1..=2 {
        site.person(person("Quincewright", json!({"npi": npi(n)}))).await;
    }
    activate(&site, &[&npi(1), &npi(2)]).await;
    joins(&site, &npi(1), &[&network]).await;
    settle(&site).await;
    let network = text(&network);
    let asks = async |token: &str, of: OrganizationId, path: &str| -> Answer {
        ask(&site, token, Some(of), "GET", path, None).await
    };
    for (query, total) in [
        (format!("network={network}"), 1),
        ("network=quiet+circle".to_owned(), 1),
        ("plan=QC".to_owned(), 1),
        (format!("plan={}", text(&plan)), 1),
        (format!("exclude.network={network}"), 1),
        ("q=quincewright+quiet+circle".to_owned(), 1),
    ] {
        let path = format!("/providers/search?{query}");
        let mine = asks(&of_a, a, &path).await;
        assert_eq!(mine.json()["total"]["value"], total, "{query}: {}", mine.text);
        assert_eq!(mine.header("cache-control"), "private, no-store");
        for other in [asks(&of_b, b, &path).await, site.get(&path).await] {
            let refused = query.starts_with("q=") || other.status == 400;
            assert!(
                refused && !other.text.contains("Quiet Circle\""),
                "{query}: {}",
                other.text
            );
        }
    }
    // On cards, in counts, in the record, and in why one is not found.
    let why = format!("/providers/{}/why-not?network={network}", npi(2));
    for path in [
        "/providers/search?facets=network".to_owned(),
        format!("/providers/search?npi={}", npi(1)),
        format!("/providers/{}", npi(1)),
    ] {
        let mine = asks(&of_a, a, &path).await;
        assert!(
            mine.status == 200 && mine.text.contains(network),
            "{path}: {}",
            mine.text
        );
        assert!(mine.header("cache-control").starts_with("private"), "{path}");
        for other in [asks(&of_b, b, &path).await, site.get(&path).await] {
            assert!(
                other.status == 200 && !other.text.contains(network),
                "{path}: {}",
                other.text
            );
        }
    }
    let mine = asks(&of_a, a, &why).await;
    assert_eq!(mine.json()["causes"][0]["parameter"], "network", "{}", mine.text);
    assert_eq!(site.get(&why).await.status, 400);
}
