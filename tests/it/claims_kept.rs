//! What remains of a check: held claims that are released once, receipts that prove themselves, a period decided again.

use std::time::Duration;

use provider_directory::feed::publish;
use serde_json::{Value, json};

use crate::{
    claims_check::{NPI, World},
    house::noon,
    openapi::misfits,
};

/// Asks by POST as the platform's administrator.
async fn ask(world: &World, body: Value) -> Value {
    let answer = world.site.write("POST", "/network-status", None, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn held(world: &World, claim: &str) -> Vec<Value> {
    let path = format!("/network-status/holds?claim_ref={claim}");
    let answer = world.site.write("GET", &path, None, json!({})).await;
    answer.json()["holds"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn feature_4_07_a_held_claim_is_released_once_when_credentialing_is_decided() {
    let world = World::open().await;
    let mut settings = publish::Settings::new(noon);
    settings.poll = Duration::from_millis(50);
    world
        .site
        .feed
        .publish(&world.site.house.store, &settings)
        .expect("started");
    let asked = |claim: &str| json!({"npi": NPI, "plan": "DENY-HOLD", "date": "2099-01-01", "claim_ref": claim});
    let first = ask(&world, asked("C-1")).await;
    assert_eq!(first["disposition"], "PENDING_INFO");
    let again = ask(&world, asked("C-1")).await;
    assert_eq!(first["hold_id"], again["hold_id"], "held once");
    ask(&world, asked("C-2")).await;
    let begin = world.site.house.settled().await;
    world.approve().await;
    let mut released = Vec::new();
    while released.len() < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.site.house.settled().await;
        let batch = provider_directory::store::publish::read(&world.site.house.store, begin, 1_000).await;
        let events = batch.expect("read").events.into_iter().map(|e| e.event);
        released = events.filter(|e| e.kind == "network.decision.changed").collect();
    }
    // Another change of the provider releases nothing a second time.
    world
        .participate(json!([world.participation("2026-02-01", None)]))
        .await;
    world.site.house.settled().await;
    let batch = provider_directory::store::publish::read(&world.site.house.store, begin, 1_000).await;
    let batch = batch.expect("read");
    let all: Vec<_> = batch
        .events
        .iter()
        .filter(|e| e.event.kind == "network.decision.changed")
        .collect();
    let mut claims: Vec<_> = all.iter().map(|e| e.event.subject.as_str()).collect();
    claims.sort_unstable();
    assert_eq!(claims, ["C-1", "C-2"]);
    assert_eq!(all[0].event.data["before"]["disposition"], "PENDING_INFO");
    assert_eq!(all[0].event.data["after"]["decision"], "IN_NETWORK");
    assert!(all[0].owner.is_some(), "a payer's claims are its own");
    let document = world.site.get("/openapi.json").await.json();
    let shape = json!({"$ref": "#/components/schemas/NetworkDecisionChanged"});
    let told = serde_json::to_value(&all[0].event).expect("JSON");
    let mut faults = Vec::new();
    misfits(&document, &shape, &told, "", &mut faults);
    assert_eq!(faults, [""; 0], "{told}");
    let kept = held(&world, "C-1").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["outcome"]["disposition"], "PAY", "{}", kept[0]);
    // Who asks again is answered by what is known now, and nothing is held.
    assert!(ask(&world, asked("C-1")).await["hold_id"].is_null());
}

/// Opens a request for the provider; its path.
async fn request(world: &World) -> String {
    let body = json!({"provider": NPI});
    let made = world.site.write("POST", "/credentialing-requests", None, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    format!("/credentialing-requests/{}", made.json()["id"].as_str().expect("an id"))
}

async fn done(world: &World, path: String) {
    let answer = world
        .site
        .write("POST", &path, None, json!({"notes": "looked at"}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// What was told of held claims behind a position, once it is so many.
async fn decisions(world: &World, begin: provider_directory::vocab::Position, count: usize) -> Vec<Value> {
    loop {
        world.site.house.settled().await;
        let batch = provider_directory::store::publish::read(&world.site.house.store, begin, 1_000).await;
        let events = batch.expect("read").events.into_iter().map(|e| e.event);
        let told: Vec<_> = events
            .filter(|e| e.kind == "network.decision.changed")
            .map(|e| e.data)
            .collect();
        if told.len() >= count {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn publishing(world: &World) {
    let mut settings = publish::Settings::new(noon);
    settings.poll = Duration::from_millis(50);
    let started = world.site.feed.publish(&world.site.house.store, &settings);
    started.expect("started");
}

#[tokio::test]
async fn feature_4_07_a_rejection_releases_a_held_claim_too() {
    let world = World::open().await;
    publishing(&world);
    let path = request(&world).await;
    let asked = json!({"npi": NPI, "plan": "DENY-HOLD", "date": "2099-01-01", "claim_ref": "C-1"});
    assert_eq!(ask(&world, asked.clone()).await["disposition"], "PENDING_INFO");
    let begin = world.site.house.settled().await;
    done(&world, format!("{path}/reject")).await;
    let told = decisions(&world, begin, 1).await;
    assert_eq!(told[0]["after"]["disposition"], "DENY", "{}", told[0]);
    assert_eq!(told[0]["after"]["reasons"][0], "CREDENTIALING_REJECTED");
    // Nobody is asked to wait any longer, neither by the store nor by memory ...
    let now = ask(&world, asked.clone()).await;
    assert_eq!(
        (&now["decision"], &now["provider_status"]),
        (&json!("OUT_OF_NETWORK"), &json!("PENDING"))
    );
    assert!(now["hold_id"].is_null());
    let end = world.site.house.settled().await;
    let from_memory = async |position: String| {
        let path = format!("/network-status?npi={NPI}&plan=DENY-HOLD&date=2099-01-01&min_position={position}");
        world.site.get(&path).await.json()["disposition"].clone()
    };
    let memory = world.site.feed.participations();
    assert!(memory.wait_for(end, Duration::from_secs(60)).await, "it arrives");
    assert_eq!(from_memory(end.to_string()).await, "DENY");
    // ... until another request is open; and its approval lets the claim in, once.
    let path = request(&world).await;
    let end = world.site.house.settled().await;
    assert!(memory.wait_for(end, Duration::from_secs(60)).await, "it arrives");
    assert_eq!(from_memory(end.to_string()).await, "PENDING_INFO");
    assert_eq!(ask(&world, asked).await["disposition"], "PENDING_INFO");
    done(&world, format!("{path}/approve")).await;
    let told = decisions(&world, begin, 2).await;
    assert_eq!(told[1]["after"]["disposition"], "PAY", "{}", told[1]);
    world
        .participate(json!([world.participation("2026-02-01", None)]))
        .await;
    assert_eq!(decisions(&world, begin, 2).await.len(), 2, "each once");
}

#[tokio::test]
async fn feature_4_07_providers_and_days_of_one_claim_wait_each_by_itself() {
    let world = World::open().await;
    let other = "1245319599";
    let body = json!({"kind": "individual", "category": "practitioner", "last_name": "Jones", "npi": other});
    assert_eq!(world.site.write("POST", "/providers", None, body).await.status, 201);
    let asked = |npi: &str, plan: &str, date: &str| json!({"npi": npi, "plan": plan, "date": date, "claim_ref": "C-1"});
    let mut ids = Vec::new();
    for (npi, plan, date) in [
        (NPI, "DENY-HOLD", "2099-01-01"),
        (other, "DENY-HOLD", "2099-01-01"),
        (NPI, "PAY-HOLD", "2099-01-01"),
        (NPI, "DENY-HOLD", "2099-01-02"),
        (NPI, "DENY-HOLD", "2099-01-01"),
    ] {
        ids.push(ask(&world, asked(npi, plan, date)).await["hold_id"].clone());
    }
    assert_eq!(ids[0], ids[4], "said again, it is the same");
    ids.sort_unstable_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 4);
    let listed = held(&world, "C-1").await;
    assert_eq!(listed.len(), 4);
    assert_eq!(listed.iter().filter(|hold| hold["npi"] == other).count(), 1);
}

/// A change that was under way when the receipt was given, and is committed after it, is not what it was made from.
#[tokio::test]
async fn feature_4_11_a_receipt_is_not_disproved_by_a_change_under_way() {
    use sqlx::Connection;
    let world = World::open().await;
    world.approve().await;
    let mut owner = world.site.house.owner().await;
    let mut open = owner.begin().await.expect("begun");
    sqlx::query("UPDATE participation SET termination = '2026-12-31'")
        .execute(&mut *open)
        .await
        .expect("changed");
    let asked = json!({"npi": NPI, "plan": "DENY-HOLD", "date": "2099-01-01", "receipt": true, "claim_ref": "C-9"});
    let given = ask(&world, asked.clone()).await;
    assert_eq!(given["decision"], "IN_NETWORK");
    open.commit().await.expect("committed");
    let verified = async |given: &Value| {
        let id = given["receipt_id"].as_str().expect("an id");
        let path = format!("/network-status/receipts/{id}");
        world.site.write("GET", &path, None, json!({})).await.json()["verification"].clone()
    };
    let good = json!({"signature": true, "decision": true, "data": true});
    assert_eq!(verified(&given).await, good);
    let later = ask(&world, asked).await;
    assert_eq!(later["decision"], "OUT_OF_NETWORK");
    assert_eq!(verified(&later).await, good);
}

#[tokio::test]
async fn feature_4_11_a_receipt_proves_itself_after_the_data_has_changed() {
    let world = World::open().await;
    world.approve().await;
    let asked = json!({"npi": NPI, "plan": "DENY-HOLD", "date": "2099-01-01", "receipt": true, "claim_ref": "C-9"});
    let given = ask(&world, asked).await;
    assert_eq!(given["decision"], "IN_NETWORK");
    world.deactivate().await;
    world
        .participate(json!([world.participation("2026-03-01", Some("2026-03-31"))]))
        .await;
    let path = format!(
        "/network-status/receipts/{}",
        given["receipt_id"].as_str().expect("an id")
    );
    let receipt = world.site.write("GET", &path, None, json!({})).await;
    assert_eq!(receipt.status, 200, "{}", receipt.text);
    let receipt = receipt.json();
    let good = json!({"signature": true, "decision": true, "data": true});
    assert_eq!(receipt["verification"], good, "{receipt}");
    assert_eq!(receipt["statement"]["decision"]["decision"], "IN_NETWORK");
    let words = receipt["written_answer"].as_str().expect("a sentence");
    assert!(words.contains("was in network") && words.contains(NPI), "{words}");
    // Not even the owner changes one unseen.
    let owner = &world.site.house;
    owner
        .sql(
            "ALTER TABLE network_receipt DISABLE TRIGGER USER;
            UPDATE network_receipt SET statement = jsonb_set(statement, '{decision,decision}', '\"OUT_OF_NETWORK\"');
            ALTER TABLE network_receipt ENABLE TRIGGER USER",
        )
        .await;
    let forged = world.site.write("GET", &path, None, json!({})).await.json();
    assert_eq!(forged["verification"]["signature"], false);
    assert_eq!(forged["verification"]["decision"], false);
    assert_eq!(world.site.get(&path).await.status, 401);
}

#[tokio::test]
async fn feature_4_09_receipts_are_kept_for_two_years() {
    let world = World::open().await;
    world.approve().await;
    ask(&world, json!({"npi": NPI, "plan": "PAY-HOLD", "receipt": true})).await;
    let store = &world.site.house.store;
    let far = chrono::DateTime::parse_from_rfc3339("2199-01-01T00:00:00Z")
        .expect("a moment")
        .to_utc();
    let pruned = provider_directory::store::receipts::prune(store, far).await;
    assert_eq!(pruned.expect("pruned"), 0, "young ones stay, whatever the clock says");
    let house = &world.site.house;
    house
        .sql(
            "ALTER TABLE network_receipt DISABLE TRIGGER USER;
            UPDATE network_receipt SET created_at = now() - interval '2 years 1 day';
            ALTER TABLE network_receipt ENABLE TRIGGER USER",
        )
        .await;
    let pruned = provider_directory::store::receipts::prune(store, far).await;
    assert_eq!(pruned.expect("pruned"), 1);
}

#[tokio::test]
async fn feature_4_12_a_replay_lists_exactly_the_claims_that_a_retroactive_end_changes() {
    let world = World::open().await;
    world.approve().await;
    for (claim, date) in [
        ("A", "2098-12-31"),
        ("B", "2099-01-01"),
        ("C", "2099-02-01"),
        ("D", "2099-03-01"),
    ] {
        let asked = json!({"npi": NPI, "plan": "DENY-HOLD", "date": date, "receipt": true, "claim_ref": claim});
        assert_eq!(ask(&world, asked).await["decision"], "IN_NETWORK");
    }
    let period = json!({"from": "2099-01-01", "until": "2099-02-28"});
    let replay = async || {
        world
            .site
            .write("POST", "/network-status/replay", None, period.clone())
            .await
            .json()
    };
    assert_eq!(replay().await, json!({"checked": 2, "changed": []}));
    world
        .participate(json!([world.participation("2026-01-01", Some("2099-01-15"))]))
        .await;
    let told = replay().await;
    let changed = told["changed"].as_array().expect("claims");
    assert_eq!(changed.len(), 1, "{told}");
    assert_eq!(changed[0]["claim_ref"], "C");
    assert_eq!(changed[0]["after"]["reasons"][0], "TERMINATED");
    let refused = json!({"from": "2099-01-02", "until": "2099-01-01"});
    let refused = world.site.write("POST", "/network-status/replay", None, refused).await;
    assert_eq!(refused.fault().0, "until");
}

#[tokio::test]
async fn who_is_nobody_holds_no_claims_and_gets_no_receipts() {
    let world = World::open().await;
    for body in [
        json!({"npi": NPI, "plan": "DENY-HOLD", "claim_ref": "C-1"}),
        json!({"npi": NPI, "plan": "DENY-HOLD", "receipt": true}),
    ] {
        let request = axum::http::Request::post("/network-status")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .expect("a request");
        assert_eq!(world.site.send(request).await.status, 401);
    }
    let odd = json!({"npi": NPI, "plan": "DENY-HOLD", "claim_ref": "x", "as_known_on": "2026-11-01"});
    let refused = world.site.write("POST", "/network-status", None, odd).await;
    assert_eq!(refused.fault().1, "combination");
}
