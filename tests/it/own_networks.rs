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

async fn payer(site: &Site, slug: &str) -> Value {
    let payer = json!({"name": slug, "slug": slug, "type": "payer"});
    written(site, "POST", "/organizations", payer).await["id"].clone()
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

/// 1.30: a name or code that several payers use is no answer about one of them.
#[tokio::test]
async fn feature_1_30_a_name_of_two_payers_asks_for_the_id() {
    let site = Site::open().await;
    let (one, two) = (payer(&site, "one").await, payer(&site, "two").await);
    product(&site, &one, true, ["Twin Gold", "T-1", "Twin Plan"]).await;
    let (network, plan) = product(&site, &two, true, ["Twin Gold", "t-1", "Twin Plan"]).await;
    let (hidden, _) = product(&site, &one, false, ["Single", "S-1", "Single Plan"]).await;
    product(&site, &two, true, ["Single", "S-1", "Single Plan"]).await;
    site.person(person("Member", json!({"npi": npi(1)}))).await;
    activate(&site, &[&npi(1)]).await;
    joins(&site, &npi(1), &[&network, &hidden]).await;
    settle(&site).await;
    for (field, value) in [
        ("network", "Twin+Gold"),
        ("plan", "Twin+Plan"),
        ("plan", "T-1"),
        ("exclude.network", "twin+gold"),
    ] {
        let refused = site.get(&format!("/providers/search?{field}={value}")).await;
        assert_eq!(refused.status, 400, "{field}={value}: {}", refused.text);
        assert_eq!(refused.fault(), (field.to_owned(), "ambiguous".to_owned()));
    }
    for (query, total) in [
        (format!("network={}", text(&network)), 1),
        (format!("plan={}", text(&plan)), 1),
        // The other one of this name is nobody's here: it is private, and so is what its plan pays in it.
        ("network=Single".to_owned(), 0),
        ("plan=Single+Plan".to_owned(), 0),
    ] {
        let found = site.get(&format!("/providers/search?{query}")).await;
        assert_eq!(found.json()["total"]["value"], total, "{query}: {}", found.text);
    }
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
