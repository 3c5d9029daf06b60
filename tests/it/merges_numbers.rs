//! 2.17: the number of a merged record finds the provider that stays, wherever a number is looked for.

use serde_json::{Value, json};

use crate::http_site::Site;

const KEPT: &str = "1234567893";
const ONE: &str = "1003000126";
const TWO: &str = "1000000004";

async fn person(site: &Site, npi: &str, last: &str) {
    site.person(json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": last, "npi": npi,
        "locations": [{"line1": "100 Main St", "city": "Houston", "state": "TX", "postal_code": "77030"}],
    }))
    .await;
}

/// Merges, and returns the id of the merge and the position to read from.
async fn merge(site: &Site, kept: &str, other: &str) -> (String, String) {
    let body = json!({"other": other, "reason": "the same licence"});
    let done = site
        .write("POST", &format!("/providers/{kept}/merges"), None, body)
        .await;
    assert_eq!(done.status, 201, "{}", done.text);
    let id = done.json()["id"].as_str().expect("an id").to_owned();
    (id, done.header("x-position").to_owned())
}

/// Who is found, and by which former number.
async fn found(site: &Site, query: &str) -> Vec<(Value, Value)> {
    let answer = site.get(&format!("/providers/search?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let all = answer.json()["results"].as_array().expect("cards").clone();
    all.iter()
        .map(|card| (card["npi"].clone(), card["matched"]["former_npi"].clone()))
        .collect()
}

/// Search, box, type-ahead and matching lead from each former number to who has taken its place.
async fn lead_on(site: &Site, position: &str) {
    for former in [ONE, TWO] {
        let by_former = [(json!(KEPT), json!(former))];
        assert_eq!(
            found(site, &format!("npi={former}&min_position={position}")).await,
            by_former
        );
        assert_eq!(found(site, &format!("q={former}")).await, by_former);
        assert_eq!(
            found(site, &format!("npi={former}&fields=npi,matched&count=none")).await,
            by_former
        );
        let told = site.get(&format!("/providers/search?npi={former}")).await.json();
        assert_eq!(
            (&told["interpreted"]["npi"], &told["total"]["value"]),
            (&json!(former), &json!(1))
        );
        assert!(found(site, &format!("q=smith&exclude.npi={former}")).await.is_empty());
        let told = site.get(&format!("/providers/suggest?q={former}")).await.json();
        let values: Vec<&Value> = told["suggestions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| &one["value"])
            .collect();
        assert_eq!(values, [&json!(KEPT)]);
        let record = json!({"npi": former, "first_name": "Jane", "last_name": "Smith"});
        let told = site.write("POST", "/providers/match", None, record).await.json();
        assert_eq!(
            (&told["decision"], &told["npi"], &told["npi_status"]),
            (&json!("match"), &json!(KEPT), &json!("replaced")),
            "{told}"
        );
    }
    // Two numbers of one provider that begin alike are one suggestion.
    let told = site.get("/providers/suggest?q=100").await.json();
    let values = told["suggestions"].as_array().expect("a list").iter();
    assert_eq!(values.map(|one| &one["value"]).collect::<Vec<_>>(), [&json!(KEPT)]);
    // Who is asked for by the number of now is found by that.
    assert_eq!(found(site, &format!("npi={KEPT}")).await, [(json!(KEPT), Value::Null)]);
}

#[tokio::test]
async fn feature_2_17_a_former_number_finds_who_stays() {
    let site = Site::open().await;
    for (npi, last) in [(KEPT, "Smith"), (ONE, "Smith"), (TWO, "Smithers")] {
        person(&site, npi, last).await;
    }
    merge(&site, ONE, TWO).await;
    let (id, position) = merge(&site, KEPT, ONE).await;
    lead_on(&site, &position).await;
    // Another node, which has not seen the merge happen, and a new generation.
    let second = site.second_node().await;
    lead_on(&second, &position).await;
    site.feed.rebuild().await.expect("built");
    lead_on(&site, &position).await;

    let body = json!({"reason": "two after all"});
    let undone = site
        .write("POST", &format!("/provider-merges/{id}/undo"), None, body)
        .await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    let position = undone.header("x-position");
    for node in [&site, &second] {
        let one = found(node, &format!("npi={ONE}&min_position={position}")).await;
        assert_eq!(one, [(json!(ONE), Value::Null)]);
        // What was merged into it before leads to it again.
        assert_eq!(found(node, &format!("npi={TWO}")).await, [(json!(ONE), json!(TWO))]);
    }
}
