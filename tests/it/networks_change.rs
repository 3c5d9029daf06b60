//! Networks and plans change and end: what claims, searches, histories and listeners see of it.

use std::time::Duration;

use provider_directory::feed::publish;
use serde_json::{Value, json};

use crate::{
    claims_check::{NPI, World, position_of, three},
    house::noon,
    openapi::misfits,
};

const OUTSIDE: (&str, &str) = ("OUT_OF_NETWORK", "DENY");

/// Waits until a search sees a change: the names in a question are read before it waits.
async fn arrived(world: &World, position: &str) {
    let path = format!("/providers/search?limit=1&min_position={position}");
    assert_eq!(world.site.get(&path).await.status, 200);
}

async fn plan_id(world: &World, code: &str) -> String {
    let plans = world.site.get(&format!("/plans?q={code}")).await.json();
    plans["plans"][0]["id"].as_str().expect("a plan").to_owned()
}

#[tokio::test]
async fn a_network_that_ends_decides_later_claims_and_leaves_the_directory() {
    let world = World::open().await;
    let site = &world.site;
    world.approve().await;
    let path = format!("/networks/{}", world.network);
    let position = position_of(
        &site
            .write("PATCH", &path, Some("\"1\""), json!({"ends_on": "2026-11-30"}))
            .await,
    );
    let inside = three("IN_NETWORK", "PAY", "PARTICIPATING");
    let after = three(OUTSIDE.0, OUTSIDE.1, "TERMINATED");
    assert_eq!(world.says("DENY-HOLD", "2026-11-30", &position).await, inside);
    assert_eq!(world.says("DENY-HOLD", "2026-12-01", &position).await, after);
    let alone = world
        .check(&format!(
            "npi={NPI}&network=Main&date=2026-12-01&min_position={position}"
        ))
        .await;
    assert_eq!(
        (&alone["decision"], &alone["reasons"][0]),
        (&json!("OUT_OF_NETWORK"), &json!("TERMINATED"))
    );

    // A version that is not the present one changes nothing, nor does a body that is not understood.
    let stale = site.write("PATCH", &path, Some("\"1\""), json!({"name": "Late"})).await;
    assert_eq!(stale.status, 412, "{}", stale.text);
    let unsaid = site.write("PATCH", &path, None, json!({"name": "Late"})).await;
    assert_eq!(unsaid.status, 428, "{}", unsaid.text);
    for (body, field) in [
        (json!({"ends_on": "soon"}), "ends_on"),
        (json!({"name": ""}), "name"),
        (json!({"colour": 1}), "colour"),
    ] {
        let refused = site.write("PATCH", &path, Some("*"), body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{}",
            refused.text
        );
    }
    let later = json!({"participations": [world.participation("2026-12-01", None)]});
    let refused = site
        .write("PUT", &format!("/providers/{NPI}/participations"), Some("*"), later)
        .await;
    assert_eq!(refused.fault().1, "network_ended", "{}", refused.text);

    // The end lies before today: the directory shows neither it nor the plans that have no other, but its own page does.
    let position = position_of(
        &site
            .write("PATCH", &path, Some("\"2\""), json!({"ends_on": "2026-02-28"}))
            .await,
    );
    arrived(&world, &position).await;
    let search = site
        .get(&format!("/providers/search?network=Main&min_position={position}"))
        .await;
    assert_eq!(search.fault().1, "unknown_network", "{}", search.text);
    assert_eq!(site.get("/networks?q=Main").await.json()["total"], 0);
    assert_eq!(site.get("/plans?q=DENY-HOLD").await.json()["total"], 0);
    // Its page tells what claims are decided by, which follows by itself: this waits for it.
    let ended = format!("npi={NPI}&network=Main&date=2026-03-01&min_position={position}");
    assert_eq!(world.check(&ended).await["reasons"][0], "TERMINATED");
    let one = site.get(&path).await;
    assert_eq!((one.version(), &one.json()["ends_on"]), ("3", &json!("2026-02-28")));

    // An end that is taken back is as if it had not been, and history tells all four.
    let position = position_of(
        &site
            .write("PATCH", &path, Some("\"3\""), json!({"ends_on": null}))
            .await,
    );
    assert_eq!(world.says("DENY-HOLD", "2026-12-01", &position).await, inside);
    arrived(&world, &position).await;
    let search = site
        .get(&format!("/providers/search?network=Main&min_position={position}"))
        .await;
    assert_eq!(search.json()["total"]["value"], 1, "{}", search.text);
    let history = site.write("GET", &format!("{path}/history"), None, Value::Null).await;
    let states = history.json()["states"].clone();
    let ends: Vec<_> = states
        .as_array()
        .expect("states")
        .iter()
        .map(|s| s["state"]["ends_on"].clone())
        .collect();
    assert_eq!(
        ends,
        [json!(null), json!("2026-02-28"), json!("2026-11-30"), json!(null)]
    );
    assert_eq!(
        (&states[0]["version"], &states[0]["superseded_at"]),
        (&json!(4), &json!(null))
    );
    assert!(
        states[3]["superseded_by"].as_str().is_some_and(|who| !who.is_empty()),
        "{states}"
    );
    assert_eq!(site.get(&format!("{path}/history")).await.status, 401);
    let mut owner = site.house.owner().await;
    let audited: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'network.update'")
        .fetch_one(&mut owner)
        .await
        .expect("a count");
    assert_eq!(audited, 3);
}

#[tokio::test]
async fn a_plan_and_its_networks_end_and_what_was_known_stays_known() {
    let world = World::open().await;
    let site = &world.site;
    world.approve().await;
    // Everything so far was known in October.
    site.house
        .sql(
            "SET session_replication_role = replica;
            UPDATE provider SET created_at = '2026-09-01', created_xid = NULL;
            UPDATE participation SET recorded_at = '2026-09-01', recorded_xid = NULL;
            UPDATE provider_status_history SET changed_at = '2026-09-01', recorded_at = '2026-09-01', recorded_xid = NULL;
            UPDATE plan SET recorded_at = '2026-09-01', recorded_xid = NULL;
            UPDATE network SET recorded_at = '2026-09-01', recorded_xid = NULL",
        )
        .await;
    let id = plan_id(&world, "DENY-HOLD").await;
    let path = format!("/plans/{id}");
    let networks = json!([{"network_id": world.network, "ends_on": "2026-09-30"}]);
    let position = position_of(
        &site
            .write("PATCH", &path, Some("\"1\""), json!({"networks": networks}))
            .await,
    );
    let query = |day: &str| format!("npi={NPI}&plan={id}&date={day}&min_position={position}");
    let said = async |query: String| {
        let got = world.check(&query).await;
        (got["decision"].clone(), got["reasons"][0].clone())
    };
    let (inside, over) = (
        (json!("IN_NETWORK"), json!("PARTICIPATING")),
        (json!("OUT_OF_NETWORK"), json!("TERMINATED")),
    );
    assert_eq!(said(query("2026-09-30")).await, inside);
    assert_eq!(said(query("2026-10-01")).await, over);
    assert_eq!(said(query("2026-10-01") + "&as_known_on=2026-10-15").await, inside);
    let relied = world.check(&(query("2026-10-20") + "&relied_on=2026-10-15")).await;
    assert_eq!(relied["directory_reliance"], json!(true), "{relied}");

    // The plan itself, by a change that renames it as well: one version, one event.
    let body = json!({"name": "Last year's", "ends_on": "2026-09-15", "networks": [{"network_id": world.network}]});
    let position = position_of(&site.write("PATCH", &path, Some("\"2\""), body).await);
    let query = |day: &str| format!("npi={NPI}&plan={id}&date={day}&min_position={position}");
    assert_eq!(said(query("2026-09-16")).await, over);
    assert_eq!(said(query("2026-09-15")).await, inside);
    let history = site
        .write("GET", &format!("{path}/history"), None, Value::Null)
        .await
        .json();
    assert_eq!(history["states"].as_array().map(Vec::len), Some(3), "{history}");
    assert_eq!(
        history["states"][1]["state"]["networks"][0]["ends_on"],
        json!("2026-09-30")
    );
    assert_eq!(
        history["states"][2]["state"]["networks"],
        json!([{"network_id": world.network}])
    );
    let mut owner = site.house.owner().await;
    let told: Vec<Value> = sqlx::query_scalar(
        "SELECT event -> 'event' -> 'data' FROM outbox WHERE kind = 'EVENT' AND event -> 'event' ->> 'type' = 'plan.updated'
        ORDER BY xid, id",
    )
    .fetch_all(&mut owner)
    .await
    .expect("events");
    let versions: Vec<_> = told.iter().map(|data| data["version"].clone()).collect();
    assert_eq!(versions, [json!(2), json!(3)]);
    assert_eq!(told[1]["after"]["ends_on"], json!("2026-09-15"));

    for (body, field, code) in [
        (json!({"networks": []}), "networks", "required"),
        (
            json!({"networks": [{"network_id": world.network, "begins_on": "2026-02-02", "ends_on": "2026-02-01"}]}),
            "networks[0].ends_on",
            "range",
        ),
        (json!({"code": "PAY-HOLD"}), "code", "taken"),
    ] {
        let refused = site.write("PATCH", &path, Some("*"), body).await;
        assert_eq!(refused.fault(), (field.to_owned(), code.to_owned()), "{}", refused.text);
    }
}

#[tokio::test]
async fn a_held_claim_is_released_when_its_plan_has_ended() {
    let world = World::open().await;
    let site = &world.site;
    let id = plan_id(&world, "PAY-HOLD").await;
    let mut settings = publish::Settings::new(noon);
    settings.poll = Duration::from_millis(50);
    site.feed.publish(&site.house.store, &settings).expect("started");
    let asked = json!({"npi": NPI, "plan": id, "date": "2026-11-20", "claim_ref": "C-1"});
    let held = site.write("POST", "/network-status", None, asked).await;
    assert_eq!(held.json()["disposition"], json!("PENDING_INFO"), "{}", held.text);
    let begin = site.house.settled().await;
    let path = format!("/plans/{id}");
    position_of(
        &site
            .write("PATCH", &path, Some("*"), json!({"ends_on": "2026-11-19"}))
            .await,
    );
    let document = site.get("/openapi.json").await.json();
    let told = loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        site.house.settled().await;
        let batch = provider_directory::store::publish::read(&site.house.store, begin, 1_000).await;
        let events: Vec<_> = batch.expect("read").events.into_iter().map(|e| e.event).collect();
        if events.iter().any(|e| e.kind == "network.decision.changed") {
            break events;
        }
    };
    let released = told.iter().find(|e| e.kind == "network.decision.changed").expect("it");
    assert_eq!(
        released.data["after"]["reasons"][0],
        json!("TERMINATED"),
        "{}",
        released.data
    );
    let changed = told.iter().find(|e| e.kind == "plan.updated").expect("it");
    let shape = json!({"$ref": "#/components/schemas/PlanUpdated"});
    let mut faults = Vec::new();
    misfits(
        &document,
        &shape,
        &serde_json::to_value(changed).expect("JSON"),
        "",
        &mut faults,
    );
    assert_eq!(faults, [""; 0], "{}", changed.data);
}

/// 4.06: what a plan says of claims from outside counts from a day on; services of before are decided as before.
#[tokio::test]
async fn feature_4_06_policies_of_a_plan_have_days() {
    let world = World::open().await;
    let site = &world.site;
    world.approve().await;
    world.participate(json!([])).await;
    let path = format!("/plans/{}", plan_id(&world, "PAY-HOLD").await);
    let decided = async |days: &[(&str, &str)], position: &str| {
        for (day, disposition) in days {
            let expected = (&json!("OUT_OF_NETWORK"), &json!(disposition));
            let query = format!("npi={NPI}&plan=PAY-HOLD&date={day}&min_position={position}");
            let got = world.check(&query).await;
            assert_eq!((&got["decision"], &got["disposition"]), expected, "{query}");
            // From the store, as what is kept is.
            let asked = json!({"npi": NPI, "plan": "PAY-HOLD", "date": day, "receipt": true});
            let got = site.write("POST", "/network-status", None, asked).await.json();
            assert_eq!((&got["decision"], &got["disposition"]), expected, "{day}: {got}");
        }
    };
    let change = async |body: Value| {
        let done = site.write("PATCH", &path, Some("*"), body).await;
        let position = position_of(&done);
        (done.json(), position)
    };
    // From today on.
    let (_, position) = change(json!({"oon_policy": "DENY"})).await;
    let today = [
        ("2026-06-01", "PAY"),
        ("2026-11-21", "PAY"),
        ("2026-11-22", "DENY"),
        ("2027-01-01", "DENY"),
    ];
    decided(&today, &position).await;
    // From a named day on, which changes nothing before it.
    let (told, position) = change(json!({"oon_policy": "PAY", "policies_from": "2027-01-01"})).await;
    let later = [("2026-11-21", "PAY"), ("2026-12-31", "DENY"), ("2027-01-01", "PAY")];
    decided(&later, &position).await;
    let was = |last: &str, oon: &str| json!({"ends_on": last, "oon_policy": oon, "pending_policy": "HOLD"});
    assert_eq!(
        told["earlier_policies"],
        json!([was("2026-11-21", "PAY"), was("2026-12-31", "DENY")])
    );
    let history = site
        .write("GET", &format!("{path}/history"), None, Value::Null)
        .await
        .json();
    assert_eq!(
        history["states"][0]["state"]["earlier_policies"], told["earlier_policies"],
        "{history}"
    );
    // Another one, of other claims, leaves them; one that is said of all days is the only one.
    let (_, position) = change(json!({"pending_policy": "OON"})).await;
    decided(&later, &position).await;
    let everything = json!({"oon_policy": "DENY", "pending_policy": "HOLD", "policies_from": "2000-01-01"});
    let (_, position) = change(everything).await;
    decided(&[("2026-06-01", "DENY"), ("2027-06-01", "DENY")], &position).await;
    let refused = site
        .write("PATCH", &path, Some("*"), json!({"policies_from": "2027-01-01"}))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "policies_from"),
        "{}",
        refused.text
    );
}
