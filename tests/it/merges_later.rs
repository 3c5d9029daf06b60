//! 2.17: what goes on after a merge: undoing it late, merging anew, exclusions, imports, keys in other places than the path.

use std::time::Duration;

use provider_directory::store::{self, identities::Listener};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::{
    house::{House, admin, noon},
    http_site::{Answer, Site},
};

const KEPT: &str = "1234567893";
const ONE: &str = "1003000126";
const TWO: &str = "1000000004";

async fn person(site: &Site, npi: &str) -> Value {
    site.person(json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smith", "npi": npi,
        "languages": ["es"],
        "locations": [{"line1": format!("{} Main St", &npi[..3]), "city": "Houston", "state": "TX", "postal_code": "77030"}],
    }))
    .await
}

async fn approve(site: &Site, npis: &[&str]) {
    let roster = json!({"npis": npis, "source": "R", "decided": "2026-01-01"});
    let done = site
        .write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    assert!(done.status.is_success(), "{}", done.text);
}

/// Merges and returns the id of the merge.
async fn merge(site: &Site, other: &str) -> String {
    let body = json!({"other": other, "reason": "the same licence"});
    let done = site
        .write("POST", &format!("/providers/{KEPT}/merges"), None, body)
        .await;
    assert_eq!(done.status, 201, "{}", done.text);
    done.json()["id"].as_str().expect("an id").to_owned()
}

async fn undo(site: &Site, merge: &str) -> Answer {
    let path = format!("/provider-merges/{merge}/undo");
    site.write("POST", &path, None, json!({"reason": "two after all"}))
        .await
}

async fn status(site: &Site, npi: &str) -> Value {
    site.get(&format!("/providers/{npi}")).await.json()["network_status"].clone()
}

/// Nobody is ACTIVE by an approval that went back to another, nor with a finding that was confirmed meanwhile.
#[tokio::test]
async fn feature_2_17_undoing_leaves_nobody_active_without_an_approval_of_its_own() {
    let site = Site::open().await;
    person(&site, KEPT).await;
    person(&site, ONE).await;
    approve(&site, &[KEPT, ONE]).await;
    let done = merge(&site, ONE).await;
    // The kept one's own approval runs out while the other's holds it.
    site.house
        .sql(&format!(
            "UPDATE credentialing_request r SET lapsed_at = now() FROM provider p, provider_merge m
            WHERE p.id = r.provider_id AND p.npi = {KEPT} AND NOT m.moved -> 'requests' ? r.id::text"
        ))
        .await;
    assert_eq!(status(&site, KEPT).await, "ACTIVE");
    let undone = undo(&site, &done).await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(
        (status(&site, KEPT).await, status(&site, ONE).await),
        (json!("INACTIVE"), json!("ACTIVE"))
    );
}

/// The later of two merges is undone first; what was undone can be merged again, places with new ties included.
#[tokio::test]
async fn feature_2_17_merges_are_undone_in_order_and_made_anew() {
    let site = Site::open().await;
    for npi in [KEPT, ONE, TWO] {
        person(&site, npi).await;
    }
    let (first, second) = (merge(&site, ONE).await, merge(&site, TWO).await);
    let refused = undo(&site, &first).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (422, "later_merge"),
        "{}",
        refused.text
    );
    // An import takes no copied place for the address of the one that stays.
    let sources: Vec<Option<String>> = sqlx::query_scalar(
        "SELECT DISTINCT l.source FROM provider_location l JOIN provider p ON p.id = l.provider_id
        WHERE p.npi = 1234567893 AND l.line1 <> '123 Main St'",
    )
    .fetch_all(&mut site.house.owner().await)
    .await
    .expect("read");
    assert_eq!(sources, [Some("merge".to_owned())]);
    assert_eq!(undo(&site, &second).await.status, 200);
    // A new participation hangs on the place that came with the other: it stays with both.
    let network = site.house.network("N", true).await;
    let kept = site.get(&format!("/providers/{KEPT}")).await.json();
    let places = kept["locations"].as_array().expect("places");
    let copied = places
        .iter()
        .find(|place| place["line1"] == "100 Main St")
        .expect("copied");
    let participation =
        json!({"network_id": network.id, "location_id": copied["id"], "effective": "2026-01-01", "status": "ACTIVE"});
    let put = site
        .write(
            "PUT",
            &format!("/providers/{KEPT}/participations"),
            Some("*"),
            json!({"participations": [participation]}),
        )
        .await;
    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(undo(&site, &first).await.status, 200);
    let again = merge(&site, ONE).await;
    assert_eq!(undo(&site, &again).await.status, 200);
}

/// A list that has only the old number finds the provider; so does a tenant whose practitioner bears it.
#[tokio::test]
async fn feature_2_17_an_old_number_is_screened_and_linked() {
    let site = Site::open().await;
    let kept: uuid::Uuid = person(&site, KEPT).await["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a uuid");
    person(&site, ONE).await;
    merge(&site, ONE).await;
    site.house
        .sql(&format!(
            "WITH l AS (INSERT INTO exclusion_list (source, as_of, loaded_at, is_current)
                VALUES ('OIG LEIE', '2026-11-01', now(), true) RETURNING id)
            INSERT INTO exclusion (list_id, line, npi, last_name, first_name, business_name, state, kind, excluded_on, waiver_state)
            SELECT l.id, 1, {ONE}, 'OTHERWISE', 'ANN', '', 'TX', '1128a1', '2026-10-20', '' FROM l"
        ))
        .await;
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    let found = store::exclusion::screen(&mut tx, &[kept.into()], noon())
        .await
        .expect("screened");
    assert_eq!((found.identified, found.candidates), (1, 0));
    // As a service sees it: who stands behind another is not there.
    let mut app = PgConnection::connect_with(&site.house.access.app)
        .await
        .expect("connected");
    let linked: Option<uuid::Uuid> = sqlx::query_scalar("SELECT practitioner_provider($1)")
        .bind(ONE.parse::<i64>().expect("a number"))
        .fetch_one(&mut app)
        .await
        .expect("asked");
    assert_eq!(linked, Some(kept));
}

/// Where the old key stands in the body or in the query, there is no address to go on to: the field is named.
#[tokio::test]
async fn feature_2_17_an_old_key_outside_the_path_is_told() {
    let site = Site::open().await;
    person(&site, KEPT).await;
    person(&site, ONE).await;
    merge(&site, ONE).await;
    let feedback = json!({"record": {"name": "Jane Smith"}, "provider": ONE, "verdict": "confirmed"});
    for answer in [
        site.write("POST", "/providers/match/feedback", None, feedback).await,
        site.write("POST", "/credentialing-requests", None, json!({"provider": ONE}))
            .await,
    ] {
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert_eq!(
            answer.fault(),
            ("provider".to_owned(), "merged".to_owned()),
            "{}",
            answer.text
        );
        assert_eq!(answer.header("location"), "");
    }
}

/// Whoever listens for changes of identities hears that the connection was lost, also when nobody happens to wait right then.
#[tokio::test]
async fn a_lost_connection_of_the_listener_is_told() {
    let house = House::open().await;
    let mut listener = Listener::open(&house.store).await.expect("listens");
    house
        .sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        )
        .await;
    let told = async {
        loop {
            // As where something else is always ready first.
            match tokio::time::timeout(Duration::from_micros(50), listener.wait()).await {
                Ok(Err(_)) => return,
                Ok(Ok(_)) => panic!("nothing was changed"),
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("told");
}
