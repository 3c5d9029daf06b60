//! What the world outside is told of a change: each version once, with its reason, and with what was before and after.

use provider_directory::{store, vocab::Position};
use serde_json::{Value, json};

use crate::{
    house::{House, admin, noon, person},
    http_site::Site,
    openapi::misfits,
};

pub const NPI: &str = "1234567893";

/// All events behind a position, as they would be published.
pub async fn events(house: &House, after: Position) -> Vec<Value> {
    house.settled().await;
    let batch = store::publish::read(&house.store, after, 10_000).await.expect("read");
    let told = batch.events.into_iter().map(|e| serde_json::to_value(e.event));
    told.map(|event| event.expect("JSON")).collect()
}

/// A provider with a place and a specialty.
pub async fn doctor(site: &Site) -> Value {
    site.person(json!({
        "kind": "individual", "category": "practitioner", "last_name": "Smith", "first_name": "Jane", "npi": NPI,
        "specialties": [{"code": "207RC0000X", "primary": true}],
        "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}],
    }))
    .await
}

/// Changes that provider.
async fn patch(site: &Site, body: Value) {
    let answer = site.write("PATCH", &format!("/providers/{NPI}"), Some("*"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// Lets that provider in.
pub async fn approve(site: &Site) {
    let body = json!({"npis": [NPI], "source": "somebody else", "decided": "2026-11-20"});
    let answer = site
        .write("POST", "/credentialing-requests/delegated", None, body)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test]
async fn feature_2_27_three_triggers_give_three_reasons_with_before_and_after() {
    let site = Site::open().await;
    doctor(&site).await;
    approve(&site).await;
    patch(&site, json!({"specialties": [{"code": "207Q00000X", "primary": true}]})).await;
    let moved = json!({"locations": [{"line1": "2 Elm St", "city": "Dallas", "state": "TX", "postal_code": "75201", "primary": true}]});
    patch(&site, moved).await;
    let told = events(&site.house, Position::default()).await;
    let of = |event: &Value, name: &str| event["data"][name].clone();
    let reasons: Vec<_> = told.iter().map(|e| of(e, "reason")).collect();
    assert_eq!(
        reasons,
        [
            "created",
            "credentialing_approved",
            "specialty_changed",
            "address_changed"
        ]
    );
    let versions: Vec<_> = told.iter().map(|e| of(e, "version")).collect();
    assert_eq!(versions, [1, 2, 3, 4]);
    assert_eq!(of(&told[1], "changed"), json!(["activated_at", "network_status"]));
    assert_eq!(of(&told[1], "before")["network_status"], "PENDING");
    assert_eq!(of(&told[1], "after")["network_status"], "ACTIVE");
    assert_eq!(of(&told[1], "network_status"), "ACTIVE");
    assert_eq!(of(&told[0], "network_status"), "PENDING", "as that version was");
    assert_eq!(of(&told[2], "before")["specialties"][0]["code"], "207RC0000X");
    assert_eq!(of(&told[2], "after")["specialties"][0]["code"], "207Q00000X");
    assert_eq!(of(&told[3], "before")["locations"][0]["city"], "Houston");
    assert_eq!(of(&told[3], "after")["locations"][0]["city"], "Dallas");
    let document = site.get("/openapi.json").await.json();
    for event in &told {
        let shape = json!({"$ref": "#/components/schemas/ProviderUpdated"});
        let mut faults = Vec::new();
        misfits(&document, &shape, event, "", &mut faults);
        assert_eq!(faults, [""; 0], "{event}");
        assert_eq!(
            (&event["specversion"], &event["type"]),
            (&json!("1.0"), &json!("provider.updated"))
        );
        assert_eq!(event["partitionkey"], of(event, "provider_id"));
    }
}

#[tokio::test]
async fn what_is_not_for_everybody_is_not_told() {
    let site = Site::open().await;
    doctor(&site).await;
    let network = site.house.network("Inner", false).await;
    let list = json!({"participations": [{"network_id": network.id, "status": "ACTIVE", "effective": "2026-01-01"}]});
    let path = format!("/providers/{NPI}/participations");
    assert_eq!(site.write("PUT", &path, Some("*"), list).await.status, 200);
    patch(&site, json!({"email": "jane@example.org"})).await;
    let told = events(&site.house, Position::default()).await;
    assert_eq!(told.len(), 3);
    assert_eq!(told[1]["data"]["changed"], json!([]), "{}", told[1]);
    assert!(!told[1].to_string().contains(&network.id.to_string()));
    // What everybody reads of the provider is told by its name.
    let mail = &told[2]["data"];
    assert_eq!(
        (&mail["changed"], &mail["reason"]),
        (&json!(["email"]), &json!("other")),
        "{mail}"
    );
    assert_eq!(mail["after"]["email"], "jane@example.org");
}

#[tokio::test]
async fn days_that_pass_and_bulk_loads_raise_no_version_and_tell_nothing() {
    let house = House::open().await;
    let provider = house.provider("Smith", Some(NPI)).await;
    let end = house.settled().await;
    house
        .sql(&format!(
            "INSERT INTO outbox (kind, provider_id) VALUES ('PROVIDER', '{}')",
            provider.id
        ))
        .await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    tx.bulk().await.expect("bulk");
    store::providers::create(&mut tx, &person("Bulk", None), noon())
        .await
        .expect("created");
    tx.commit().await.expect("committed");
    assert_eq!(events(&house, end).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_change_and_its_undoing_in_one_transaction_change_nothing() {
    let house = House::open().await;
    let provider = house.provider("Smith", Some(NPI)).await;
    let end = house.settled().await;
    let id = provider.id;
    house
        .sql(&format!(
            "BEGIN;
            INSERT INTO provider_language (provider_id, language) VALUES ('{id}', 'vi'), ('{id}', 'es');
            DELETE FROM provider_language WHERE provider_id = '{id}' AND language = 'vi';
            UPDATE provider SET phone = '1' WHERE id = '{id}';
            UPDATE provider SET phone = NULL WHERE id = '{id}';
            COMMIT"
        ))
        .await;
    let told = events(&house, end).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["data"]["changed"], json!(["languages"]));
    assert_eq!(told[0]["data"]["before"]["languages"], json!([]));
    assert_eq!(told[0]["data"]["after"]["languages"], json!([{"language": "es"}]));
}
