//! What members rely on: that the directory said on some day that somebody is in network (42 USC 300gg-115).

use serde_json::{Value, json};

use super::claims_check::{NPI, World, position_of};

/// 4.08: whoever looked before a change of the day saw what was there until then, so what the directory said at any time of the day
/// counts.
#[tokio::test]
async fn feature_4_08_what_the_directory_said_at_any_time_of_the_day_counts() {
    let world = World::open().await;
    world.approve().await;
    let position = world.participate(json!([])).await;
    let house = &world.site.house;
    let known = async |from: &str, until: &str| {
        house
            .sql(&format!(
                "SET session_replication_role = replica;
                UPDATE participation_history SET recorded_at = '{from}', superseded_at = '{until}';
                UPDATE provider_status_history SET recorded_at = '2026-11-19T10:00:00Z', changed_at = '2026-02-01T00:00:00Z';
                UPDATE provider SET created_at = '2026-11-19T10:00:00Z'"
            ))
            .await;
    };
    let relied = async |days: &[(&str, bool)]| {
        for (day, expected) in days {
            let query = format!("npi={NPI}&plan=DENY-HOLD&date=2026-11-22&min_position={position}&relied_on={day}");
            let got = world.check(&query).await;
            let said = (&got["decision"], &got["directory_reliance"]);
            assert_eq!(said, (&json!("OUT_OF_NETWORK"), &json!(expected)), "{query}: {got}");
        }
    };
    // Taken out in the evening of the day of service.
    known("2026-11-20T10:00:00Z", "2026-11-22T18:07:00Z").await;
    relied(&[
        ("2026-11-19", false),
        ("2026-11-20", true),
        ("2026-11-21", true),
        ("2026-11-22", true),
    ])
    .await;
    // There for two hours.
    known("2026-11-21T10:00:00Z", "2026-11-21T12:00:00Z").await;
    relied(&[("2026-11-20", false), ("2026-11-21", true), ("2026-11-22", false)]).await;
    // The networks of the plan are those of the time as well.
    let plan = world.site.get("/plans?q=DENY-HOLD").await.json()["plans"][0]["id"].clone();
    let empty = world.site.get("/networks?q=Empty").await.json()["networks"][0]["id"].clone();
    let path = format!("/plans/{}", plan.as_str().expect("a plan"));
    let body = json!({"networks": [{"network_id": empty}]});
    position_of(&world.site.write("PATCH", &path, Some("*"), body).await);
    house
        .sql(
            "SET session_replication_role = replica;
            UPDATE reference_history SET recorded_at = '2026-09-01', superseded_at = '2026-11-21T11:00:00Z'",
        )
        .await;
    let query = format!("npi={NPI}&plan=DENY-HOLD&date=2026-11-22&relied_on=2026-11-21");
    let got: Value = world.check(&query).await;
    assert_eq!(got["directory_reliance"], true, "{got}");
}
