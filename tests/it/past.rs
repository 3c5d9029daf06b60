//! A provider as it was on a day, as the directory knew it on another.

use serde_json::{Value, json};

use crate::{house::execute, http_site::Site};

const NPI: &str = "1234567893";

/// 2.23, with its own sentence: as of 2026-03-01, as known on 2026-03-05, the old network; and the old name, address and
/// licence.
#[tokio::test]
async fn feature_2_23_a_provider_is_told_as_it_was_and_as_it_was_known() {
    let site = Site::open().await;
    let [old, new] = [
        site.house.network("Old", true).await,
        site.house.network("New", true).await,
    ];
    let body = |last: &str, street: &str, licence: &str| {
        json!({"last_name": last, "address": {"line1": street}, "email": format!("{last}@example.org"),
            "specialties": [{"code": "207RC0000X", "primary": true, "license_number": licence, "license_state": "TX"}],
            "locations": [{"line1": street, "city": "Houston", "state": "TX", "postal_code": "77030", "lat": 29.7,
                "lon": -95.4, "primary": true}]})
    };
    let mut first = body("Before", "1 Old Street", "A1");
    (first["kind"], first["category"], first["npi"]) = (json!("individual"), json!("practitioner"), json!(NPI));
    site.person(first).await;
    let mut owner = site.house.owner().await;
    let kept = async |owner: &mut sqlx::PgConnection| -> i64 {
        let rows = sqlx::query_scalar("SELECT count(*) FROM provider_history")
            .fetch_one(owner)
            .await;
        rows.expect("a count")
    };
    assert_eq!(kept(&mut owner).await, 0, "who is new writes nothing");
    let part = |network: &str| json!({"participations": [{"network_id": network, "status": "ACTIVE", "effective": "2026-01-01"}]});
    let parts = format!("/providers/{NPI}/participations");
    let done = site.write("PUT", &parts, Some("*"), part(&old.id.to_string())).await;
    assert_eq!(done.status, 200, "{}", done.text);
    // All of that was known on the first day of the year.
    execute(
        &mut owner,
        "SET session_replication_role = replica;
        UPDATE provider SET created_at = '2026-01-01', created_xid = NULL;
        UPDATE participation SET recorded_at = '2026-01-01', recorded_xid = NULL;
        SET session_replication_role = origin",
    )
    .await;
    let path = format!("/providers/{NPI}");
    let done = site
        .write("PATCH", &path, Some("*"), body("After", "2 New Street", "B2"))
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let done = site.write("PUT", &parts, Some("*"), part(&new.id.to_string())).await;
    assert_eq!(done.status, 200, "{}", done.text);
    // The change became known on March 10; the new network counts from January on.
    execute(
        &mut owner,
        "SET session_replication_role = replica;
        UPDATE provider_history SET superseded_at = '2026-03-10';
        UPDATE participation SET recorded_at = '2026-03-10', recorded_xid = NULL;
        UPDATE participation_history SET superseded_at = '2026-03-10', superseded_xid = NULL;
        SET session_replication_role = origin",
    )
    .await;
    let told = async |query: &str| -> Value {
        let answer = site.write("GET", &format!("{path}?{query}"), None, Value::Null).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let told = answer.json();
        json!([
            told["networks"][0]["name"],
            told["name_parts"]["last"],
            told["locations"][0]["line1"],
            told["address"]["line1"],
            told["specialties"][0]["license_number"],
            told["email"],
            told["networks"].as_array().map(Vec::len),
            told["locations"].as_array().map(Vec::len),
        ])
    };
    let before = json!([
        "Old",
        "Before",
        "1 Old Street",
        "1 Old Street",
        "A1",
        "Before@example.org",
        1,
        1
    ]);
    let after = json!([
        "New",
        "After",
        "2 New Street",
        "2 New Street",
        "B2",
        "After@example.org",
        1,
        1
    ]);
    assert_eq!(told("as_of=2026-03-01&as_known_on=2026-03-05").await, before);
    assert_eq!(told("as_of=2026-03-20&as_known_on=2026-03-20").await, after);
    // Known today, of March 1: the network says that it counts from January; the name counts from when it was said.
    let mixed = told("as_of=2026-03-01").await;
    assert_eq!(
        (&mixed[0], &mixed[1], &mixed[2]),
        (&json!("New"), &json!("Before"), &json!("1 Old Street"))
    );
    assert_eq!(
        told("as_of=2025-12-31&as_known_on=2026-03-05").await[6],
        json!(0),
        "no network yet"
    );

    let refused = async |query: &str| {
        let answer = site.write("GET", &format!("{path}?{query}"), None, Value::Null).await;
        (answer.status.as_u16(), answer.json()["errors"][0]["field"].clone())
    };
    assert_eq!(refused("as_of=tomorrow").await, (400, json!("as_of")));
    assert_eq!(refused("as_known_on=2099-01-01").await, (400, json!("as_known_on")));
    assert_eq!(refused("as_known_on=2025-12-31").await.0, 404);
    assert_eq!(site.get(&format!("{path}?as_of=2026-03-01")).await.status, 401);
}
