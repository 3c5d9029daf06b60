//! What becomes of the places that participations hold for, and of the claims behind them.

use serde_json::{Value, json};

use super::claims_check::{NPI, World, position_of, three};

fn place(street: &str) -> Value {
    json!({"line1": street, "city": "Houston", "state": "TX", "postal_code": "77030"})
}

/// 4.06: addresses that are given again are the same places, and who takes part there still does.
#[tokio::test]
async fn feature_4_06_places_that_are_given_again_keep_their_participations() {
    let world = World::open().await;
    let place = |street: &str, phone: &str| json!({"line1": street, "city": "Houston", "state": "TX", "postal_code": "77030", "phone": phone});
    let path = format!("/providers/{NPI}");
    let put = async |list: Value| {
        let done = world
            .site
            .write("PATCH", &path, Some("*"), json!({"locations": list}))
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
        done
    };
    let made = put(json!([
        place("1 Main St", "7135550101"),
        place("2 Elm St", "7135550102")
    ]))
    .await
    .json();
    let mut part = world.participation("2026-01-01", None);
    part["location_id"] = made["locations"][0]["id"].clone();
    world.participate(json!([part])).await;
    world.approve().await;
    let again = json!([
        place("2 ELM ST", "7135550102"),
        place("3 Oak St", "7135550103"),
        place("1 main st", "7135550109")
    ]);
    let position = position_of(&put(again).await);
    let inside = three("IN_NETWORK", "PAY", "PARTICIPATING");
    assert_eq!(world.says("DENY-HOLD", "2026-06-01", &position).await, inside);
}

/// 4.06: an office that closes ends what holds there on its last day, and not before: claims of the past are answered as they
/// were, on every node, and nothing goes on there.
#[tokio::test]
async fn feature_4_06_a_place_that_closes_keeps_its_past() {
    let world = World::open().await;
    let site = &world.site;
    let path = format!("/providers/{NPI}");
    let put = async |list: Value| site.write("PATCH", &path, Some("*"), json!({"locations": list})).await;
    let made = put(json!([place("1 Main St"), place("2 Elm St")])).await.json();
    let (first, second) = (made["locations"][0].clone(), made["locations"][1].clone());
    let at = |from: &str, until: Option<&str>| {
        let mut part = world.participation(from, until);
        part["location_id"] = first["id"].clone();
        part
    };
    world
        .participate(json!([at("2026-01-01", None), at("2027-01-01", None)]))
        .await;
    world.approve().await;

    let closed = put(
        json!([{"id": second["id"], "line1": "2 Elm St", "city": "Houston", "state": "TX", "postal_code": "77030"}]),
    )
    .await;
    let position = position_of(&closed);
    let told = &closed.json()["networks"];
    assert_eq!(
        (
            told.as_array().map(Vec::len),
            &told[0]["location_id"],
            &told[0]["termination"]
        ),
        (Some(1), &first["id"], &json!("2026-11-22")),
        "what would have begun later never does: {told}"
    );
    let second_node = site.second_node().await;
    let id = first["id"].as_str().expect("an id");
    for node in [site, &second_node] {
        for (query, decision, reason) in [
            ("date=2026-06-01".to_owned(), "IN_NETWORK", "PARTICIPATING"),
            (
                format!("date=2026-06-01&location_id={id}"),
                "IN_NETWORK",
                "PARTICIPATING",
            ),
            ("date=2026-11-22".to_owned(), "IN_NETWORK", "PARTICIPATING"),
            ("date=2026-11-23".to_owned(), "OUT_OF_NETWORK", "TERMINATED"),
            ("date=2027-02-01".to_owned(), "OUT_OF_NETWORK", "TERMINATED"),
        ] {
            let query = format!("/network-status?npi={NPI}&plan=DENY-HOLD&min_position={position}&{query}");
            let got = node.get(&query).await.json();
            assert_eq!(
                (&got["decision"], &got["reasons"][0]),
                (&json!(decision), &json!(reason)),
                "{query}"
            );
        }
    }
    // From the store, as what is kept is.
    let asked = json!({"npi": NPI, "plan": "DENY-HOLD", "date": "2026-06-01", "receipt": true});
    let kept = site.write("POST", "/network-status", None, asked).await.json();
    assert_eq!(
        (&kept["decision"], &kept["source"]),
        (&json!("IN_NETWORK"), &json!("store")),
        "{kept}"
    );
    site.house
        .sql(
            "SET session_replication_role = replica;
            UPDATE provider SET created_at = '2026-01-01', created_xid = NULL;
            UPDATE provider_status_history SET recorded_at = '2026-01-01', recorded_xid = NULL, changed_at = '2026-01-01';
            UPDATE participation SET recorded_at = '2026-11-22T10:00:00Z', recorded_xid = NULL;
            UPDATE provider_history SET superseded_at = '2026-11-22T10:00:00Z'",
        )
        .await;
    let then = site
        .write("GET", &format!("{path}?as_of=2026-06-01"), None, json!(null))
        .await
        .json();
    assert_eq!(then["networks"][0]["location_id"], first["id"], "{then}");
    let found = site
        .get(&format!(
            "/providers/search?network={}&min_position={position}",
            world.network
        ))
        .await
        .json();
    assert_eq!(found["total"]["value"], 0, "nobody is sent to a place that has closed");

    // The list as it is told can be sent back; it goes on for no longer, and nothing new begins there.
    let list = format!("{path}/participations");
    for (parts, status) in [
        (json!([at("2026-01-01", Some("2026-11-22"))]), 200),
        (json!([at("2026-01-01", Some("2026-11-20"))]), 200),
        (json!([at("2026-01-01", Some("2026-11-21"))]), 422),
        (json!([at("2026-01-01", None)]), 422),
        (json!([at("2026-02-01", Some("2026-03-01"))]), 422),
    ] {
        let done = site
            .write("PUT", &list, Some("*"), json!({"participations": parts}))
            .await;
        assert_eq!(done.status, status, "{parts}: {}", done.text);
    }
    // Nor by another way, such as a roster that was checked before.
    for longer in [
        "termination = NULL",
        "termination = '2026-11-23'",
        "location_id = uuid_v7()",
    ] {
        let done = sqlx::query(sqlx::AssertSqlSafe(format!("UPDATE participation SET {longer}")))
            .execute(&mut site.house.owner().await)
            .await;
        let refused = done.expect_err(longer);
        let constraint = refused
            .as_database_error()
            .and_then(|e| e.constraint().map(str::to_owned));
        assert_eq!(constraint.as_deref(), Some("participation_location_fkey"), "{longer}");
    }
}

/// 4.06, 2.17: a merge leaves what ended at a place that has closed where it was.
#[tokio::test]
async fn feature_4_06_a_closed_place_survives_a_merge() {
    const OTHER: &str = "1003000126";
    let world = World::open().await;
    let site = &world.site;
    let other = site
        .person(
            json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": OTHER,
            "locations": [place("1 Main St"), place("2 Elm St")]}),
        )
        .await;
    let mut part = world.participation("2025-01-01", None);
    part["location_id"] = other["locations"][0]["id"].clone();
    let path = format!("/providers/{OTHER}");
    let list = json!({"participations": [part]});
    position_of(
        &site
            .write("PUT", &format!("{path}/participations"), Some("*"), list)
            .await,
    );
    let left = json!({"locations": [place("2 Elm St")]});
    position_of(&site.write("PATCH", &path, Some("*"), left).await);
    let body = json!({"other": OTHER, "reason": "the same licence"});
    let merged = site
        .write("POST", &format!("/providers/{NPI}/merges"), None, body)
        .await;
    assert_eq!(merged.status, 201, "{}", merged.text);
    let told = site.get(&format!("/providers/{NPI}")).await.json();
    let networks = told["networks"].as_array().expect("a list");
    let moved = networks.iter().find(|n| n["effective"] == "2025-01-01").expect("moved");
    assert_eq!(
        (&moved["location_id"], &moved["termination"]),
        (&other["locations"][0]["id"], &json!("2026-11-22"))
    );
    let undo = format!("/provider-merges/{}/undo", merged.json()["id"].as_str().expect("an id"));
    let undone = site
        .write("POST", &undo, None, json!({"reason": "two after all"}))
        .await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    let told = site.get(&path).await.json();
    assert_eq!(told["networks"][0]["location_id"], other["locations"][0]["id"]);
}
