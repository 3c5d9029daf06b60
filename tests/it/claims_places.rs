//! What becomes of the places that participations hold for, and of the claims behind them.

use serde_json::{Value, json};

use super::claims_check::{NPI, World, position_of, three};

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
