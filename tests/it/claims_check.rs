//! The network check over HTTP and gRPC: from memory, right at once after a commit, as known earlier.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use provider_directory::{
    domain::access::Role,
    index::schema::Handle,
    interfaces::{
        grpc::proto::{
            BatchCheckNetworkRequest, CheckNetworkRequest, CheckNetworkResponse, Decision, Disposition, NetworkStatus,
            batch_check_network_result::Result as One, network_status_service_client::NetworkStatusServiceClient,
        },
        http::Settings,
    },
    store::access::{Grant, issue_token, revoke_token},
};
use serde_json::{Value, json};
use tonic::{Code, transport::Channel};

use crate::{
    house::{admin, execute, noon},
    http_site::Site,
};

pub const NPI: &str = "1234567893";
const STRANGER: &str = "1245319599";
/// After every change that a test makes: two of one moment are told apart by the clock of the database.
const LATER: &str = "2099-01-01";

/// A payer with two networks and four plans over the first, and a PENDING provider who takes part in it.
pub struct World {
    pub site: Site,
    pub network: String,
}

impl World {
    pub async fn open() -> Self {
        let site = Site::open().await;
        let body = json!({"name": "Payer", "slug": "payer", "type": "payer"});
        let organization = made(&site, "/organizations", body).await;
        let network = |name| json!({"organization_id": organization["id"], "name": name});
        let main = made(&site, "/networks", network("Main")).await;
        let empty = made(&site, "/networks", network("Empty")).await;
        for (code, network, oon, pending) in [
            ("PAY-HOLD", &main, "PAY", "HOLD"),
            ("DENY-HOLD", &main, "DENY", "HOLD"),
            ("PAY-OON", &main, "PAY", "OON"),
            ("DENY-DENY", &main, "DENY", "DENY"),
            ("EMPTY", &empty, "DENY", "HOLD"),
        ] {
            let networks = json!([{"network_id": network["id"]}]);
            let body = json!({"organization_id": organization["id"], "code": code, "name": format!("Plan {code}"),
                "networks": networks, "oon_policy": oon, "pending_policy": pending});
            made(&site, "/plans", body).await;
        }
        let body = json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": NPI});
        made(&site, "/providers", body).await;
        let world = Self {
            site,
            network: text(&main["id"]),
        };
        let list = json!([world.participation("2026-01-01", None)]);
        let position = world.participate(list).await.parse().expect("a position");
        let memory = world.site.feed.participations();
        assert!(memory.wait_for(position, Duration::from_secs(60)).await, "it arrives");
        world
    }

    pub fn participation(&self, from: &str, until: Option<&str>) -> Value {
        json!({"network_id": self.network, "status": "ACTIVE", "effective": from, "termination": until})
    }

    /// Replaces the participations; the position of the change.
    pub async fn participate(&self, list: Value) -> String {
        let path = format!("/providers/{NPI}/participations");
        let body = json!({"participations": list});
        position_of(&self.site.write("PUT", &path, Some("*"), body).await)
    }

    pub async fn approve(&self) -> String {
        let body = json!({"npis": [NPI], "source": "somebody else", "decided": "2026-11-20"});
        position_of(
            &self
                .site
                .write("POST", "/credentialing-requests/delegated", None, body)
                .await,
        )
    }

    pub async fn deactivate(&self) -> String {
        let path = format!("/providers/{NPI}/deactivate");
        let body = json!({"reason": "left"});
        position_of(&self.site.write("POST", &path, Some("*"), body).await)
    }

    pub async fn check(&self, query: &str) -> Value {
        let answer = self.site.get(&format!("/network-status?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        answer.json()
    }

    /// Answer, disposition and first reason of a plan, at least as new as `position`.
    pub async fn says(&self, plan: &str, date: &str, position: &str) -> (String, String, String) {
        let got = self
            .check(&format!("npi={NPI}&plan={plan}&date={date}&min_position={position}"))
            .await;
        (
            text(&got["decision"]),
            text(&got["disposition"]),
            text(&got["reasons"][0]),
        )
    }
}

async fn made(site: &Site, path: &str, body: Value) -> Value {
    let answer = site.write("POST", path, None, body).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    answer.json()
}

pub fn position_of(answer: &crate::http_site::Answer) -> String {
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.header("x-position").to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn three(a: &str, b: &str, c: &str) -> (String, String, String) {
    (a.to_owned(), b.to_owned(), c.to_owned())
}

#[tokio::test]
async fn feature_4_04_four_plans_decide_differently_of_one_pending_provider() {
    let world = World::open().await;
    let position = world
        .participate(json!([world.participation("2026-01-01", None)]))
        .await;
    for (plan, expected) in [
        ("PAY-HOLD", three("PENDING", "PENDING_INFO", "PROVIDER_PENDING")),
        ("DENY-HOLD", three("PENDING", "PENDING_INFO", "PROVIDER_PENDING")),
        ("PAY-OON", three("OUT_OF_NETWORK", "PAY", "PROVIDER_PENDING")),
        ("DENY-DENY", three("OUT_OF_NETWORK", "DENY", "PROVIDER_PENDING")),
    ] {
        assert_eq!(world.says(plan, "2026-11-22", &position).await, expected, "{plan}");
    }
}

#[tokio::test]
async fn feature_4_10_a_change_of_status_is_seen_right_after_its_commit() {
    let world = World::open().await;
    for _ in 0..3 {
        let position = world.approve().await;
        let inside = three("IN_NETWORK", "PAY", "PARTICIPATING");
        assert_eq!(world.says("DENY-HOLD", LATER, &position).await, inside);
        let position = world.deactivate().await;
        let outside = three("OUT_OF_NETWORK", "DENY", "PROVIDER_INACTIVE");
        assert_eq!(world.says("DENY-HOLD", LATER, &position).await, outside);
    }
}

#[tokio::test]
async fn feature_2_11_status_differs_by_date_of_service() {
    let world = World::open().await;
    world.approve().await;
    let position = world
        .participate(json!([
            world.participation("2026-11-22", Some("2026-11-30")),
            world.participation("2027-01-01", None)
        ]))
        .await;
    for (date, answer, reason) in [
        ("2026-11-22", "IN_NETWORK", "PARTICIPATING"),
        ("2026-11-30", "IN_NETWORK", "PARTICIPATING"),
        ("2026-12-01", "OUT_OF_NETWORK", "GAP"),
        ("2027-01-01", "IN_NETWORK", "PARTICIPATING"),
    ] {
        let (said, _, why) = world.says("PAY-HOLD", date, &position).await;
        assert_eq!((said.as_str(), why.as_str()), (answer, reason), "{date}");
    }
}

/// Whoever decides, and whenever: a network that all have left still is one of which there is data.
#[tokio::test]
async fn a_network_that_all_have_left_is_one_with_data() {
    let world = World::open().await;
    world.approve().await;
    let position = world.participate(json!([])).await;
    let asked = format!("npi={NPI}&plan=DENY-HOLD&min_position={position}");
    assert_eq!(world.check(&asked).await["decision"], "OUT_OF_NETWORK");
    // A node that starts now has read everything anew.
    let other = world.site.second_node().await;
    let memory = other.feed.participations();
    let reached = position.parse().expect("a position");
    assert!(memory.wait_for(reached, Duration::from_secs(60)).await, "it arrives");
    let answer = other.get(&format!("/network-status?{asked}")).await;
    assert_eq!(answer.json()["decision"], "OUT_OF_NETWORK", "{}", answer.text);
    let of_network = world
        .check(&format!("npi={NPI}&network=Empty&min_position={position}"))
        .await;
    assert_eq!(
        (&of_network["decision"], &of_network["disposition"]),
        (&json!("NO_DATA"), &json!("UNDECIDED")),
        "without a plan nothing follows"
    );
}

#[tokio::test]
async fn feature_4_05_unknown_npi_unknown_plan_and_no_data_are_three_answers() {
    let world = World::open().await;
    let position = world.approve().await;
    let unknown = world
        .check(&format!("npi={STRANGER}&plan=DENY-HOLD&min_position={position}"))
        .await;
    assert_eq!(
        (&unknown["decision"], &unknown["disposition"]),
        (&json!("UNKNOWN_PROVIDER"), &json!("DENY"))
    );
    let no_data = world
        .check(&format!("npi={NPI}&plan=EMPTY&min_position={position}"))
        .await;
    assert_eq!(no_data["decision"], "NO_DATA");
    let refused = world.site.get(&format!("/network-status?npi={NPI}&plan=nowhere")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(refused.fault(), ("plan".to_owned(), "unknown_plan".to_owned()));
    for (query, field, code) in [
        ("npi=1234567890&plan=PAY-HOLD", "npi", "check_digit"),
        ("plan=PAY-HOLD", "npi", "missing"),
        ("npi=1234567893", "plan", "plan_or_network"),
        ("npi=1234567893&plan=PAY-HOLD&date=2026-02-30", "date", "format"),
        ("npi=1234567893&plan=PAY-HOLD&location_id=7", "location_id", "format"),
        ("npi=1234567893&plan=PAY-HOLD&taxonomy=x", "taxonomy", "format"),
        (
            "npi=1234567893&plan=PAY-HOLD&as_known_on=2027-01-01",
            "as_known_on",
            "range",
        ),
        // Nobody relied on what they read after the service.
        (
            "npi=1234567893&plan=PAY-HOLD&date=2026-01-15&relied_on=2026-01-16",
            "relied_on",
            "range",
        ),
        ("npi=1234567893&plan=PAY-HOLD&min_position=x", "min_position", "format"),
    ] {
        let refused = world.site.get(&format!("/network-status?{query}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(refused.fault(), (field.to_owned(), code.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn feature_4_02_a_batch_says_what_its_checks_say_alone() {
    let world = World::open().await;
    let position = world.approve().await;
    // So that both are answered from memory: where it is late, the store answers the one that names a position.
    let memory = world.site.feed.participations();
    let at = position.parse().expect("a position");
    assert!(memory.wait_for(at, Duration::from_secs(60)).await, "it arrives");
    let mut checks = Vec::new();
    for plan in ["PAY-HOLD", "DENY-DENY", "EMPTY", "nowhere"] {
        for npi in [NPI, STRANGER, "1234567890"] {
            for date in ["2026-11-22", "2025-01-01"] {
                checks.push(json!({"npi": npi, "plan": plan, "date": date}));
            }
        }
    }
    let body = json!({"checks": checks, "min_position": position});
    let batch = world.site.write("POST", "/network-status/batch", None, body).await;
    assert_eq!(batch.status, 200, "{}", batch.text);
    let results = batch.json()["results"].as_array().cloned().unwrap_or_default();
    assert_eq!(results.len(), checks.len());
    for (check, result) in checks.iter().zip(results) {
        let query = ["npi", "plan", "date"].map(|name| format!("{name}={}", text(&check[name])));
        let alone = world.site.get(&format!("/network-status?{}", query.join("&"))).await;
        let mut alone = alone.json();
        if let Some(problem) = result.get("problem") {
            alone["request_id"] = Value::Null;
            assert_eq!(problem, &alone);
        } else {
            alone["position"] = result["position"].clone();
            assert_eq!(result, alone);
        }
    }
    let many = json!({"checks": vec![json!({"npi": NPI, "plan": "PAY-HOLD"}); 1_001]});
    let refused = world.site.write("POST", "/network-status/batch", None, many).await;
    assert_eq!(refused.fault().1, "too_many");
}

#[tokio::test]
async fn feature_2_23_a_day_as_it_was_known_then_keeps_its_old_answer() {
    let world = World::open().await;
    world.approve().await;
    // All this became known the day before yesterday ...
    world
        .site
        .house
        .sql(
            "ALTER TABLE participation DISABLE TRIGGER USER; ALTER TABLE provider_status_history DISABLE TRIGGER USER;
            UPDATE participation SET recorded_at = '2026-11-20T10:00:00Z';
            UPDATE provider_status_history SET recorded_at = '2026-11-20T10:00:00Z', changed_at = '2026-02-01T00:00:00Z';
            UPDATE provider SET created_at = '2026-11-19T10:00:00Z';
            ALTER TABLE participation ENABLE TRIGGER USER; ALTER TABLE provider_status_history ENABLE TRIGGER USER;",
        )
        .await;
    // ... and today somebody says that it ended long ago.
    let ended = json!([world.participation("2026-01-01", Some("2026-02-28"))]);
    let position = world.participate(ended).await;
    let asked = format!("npi={NPI}&plan=DENY-HOLD&date=2026-03-01&min_position={position}");
    assert_eq!(world.check(&asked).await["reasons"][0], "TERMINATED");
    let then = world.check(&format!("{asked}&as_known_on=2026-11-20")).await;
    assert_eq!(
        (&then["decision"], &then["source"]),
        (&json!("IN_NETWORK"), &json!("store"))
    );
    let before = world.check(&format!("{asked}&as_known_on=2026-11-19")).await;
    assert_eq!(before["decision"], "PENDING");
    let unheard_of = world.check(&format!("{asked}&as_known_on=2026-11-18")).await;
    assert_eq!(unheard_of["decision"], "UNKNOWN_PROVIDER");
    // Who looked into the directory when it still said so pays as in network.
    let asked = format!("npi={NPI}&plan=DENY-HOLD&date=2026-11-22&min_position={position}");
    let relied = world.check(&format!("{asked}&relied_on=2026-11-21")).await;
    assert_eq!(relied["decision"], "OUT_OF_NETWORK");
    assert_eq!(relied["directory_reliance"], true, "{relied}");
    assert_eq!(
        (&relied["cost_share"], &relied["disposition"]),
        (&json!("IN_NETWORK"), &json!("PAY"))
    );
    let too_early = world.check(&format!("{asked}&relied_on=2026-11-18")).await;
    assert_eq!(too_early["directory_reliance"], false);
}

#[tokio::test]
async fn what_a_tenant_keeps_to_itself_is_unknown_to_others() {
    let world = World::open().await;
    let network = world.site.house.network("Inner", false).await;
    let position = world.approve().await;
    let asked = format!(
        "/network-status?npi={NPI}&network={}&min_position={position}",
        network.id
    );
    assert_eq!(world.site.get(&asked).await.status, StatusCode::NOT_FOUND);
}

async fn client(world: &World) -> NetworkStatusServiceClient<Channel> {
    let address = world.site.listen().await;
    let channel = Channel::from_shared(address).expect("an address").connect().await;
    NetworkStatusServiceClient::new(channel.expect("connected"))
}

async fn call(client: &mut NetworkStatusServiceClient<Channel>, position: &str) -> CheckNetworkResponse {
    let asked = CheckNetworkRequest {
        npi: NPI.to_owned(),
        plan_id: "DENY-HOLD".to_owned(),
        service_date: LATER.to_owned(),
        min_position: position.to_owned(),
        ..CheckNetworkRequest::default()
    };
    client.check_network(asked).await.expect("an answer").into_inner()
}

#[tokio::test]
async fn feature_4_01_a_grpc_client_sees_each_change_through_the_port() {
    let world = World::open().await;
    let mut client = client(&world).await;
    let held = call(&mut client, "").await;
    assert_eq!(held.disposition(), Disposition::PendingInfo);
    let position = world.approve().await;
    let inside = call(&mut client, &position).await;
    assert_eq!(inside.decision(), Decision::InNetwork);
    assert_eq!(inside.provider_status(), NetworkStatus::Active);
    let participation = inside.participation.expect("one");
    assert_eq!(
        (participation.network_name.as_str(), participation.effective.as_str()),
        ("Main", "2026-01-01")
    );
    let position = world.deactivate().await;
    let outside = call(&mut client, &position).await;
    assert_eq!(
        (outside.decision(), outside.disposition(), outside.carc.as_str()),
        (Decision::OutOfNetwork, Disposition::Deny, "242")
    );
}

#[tokio::test]
async fn feature_4_01_grpc_refuses_by_code_and_names_the_field() {
    let world = World::open().await;
    let mut client = client(&world).await;
    for (npi, plan, code, field) in [
        ("1234567890", "PAY-HOLD", Code::InvalidArgument, "npi"),
        ("", "PAY-HOLD", Code::InvalidArgument, "npi"),
        (NPI, "", Code::InvalidArgument, "plan_id"),
        (NPI, "nowhere", Code::NotFound, "plan_id"),
    ] {
        let asked = CheckNetworkRequest {
            npi: npi.to_owned(),
            plan_id: plan.to_owned(),
            ..CheckNetworkRequest::default()
        };
        let refused = client.check_network(asked).await.expect_err("refused");
        assert_eq!(refused.code(), code, "{refused:?}");
        assert!(refused.message().starts_with(field), "{refused:?}");
        assert!(!refused.details().is_empty(), "{refused:?}");
    }
    let mut asked = tonic::Request::new(CheckNetworkRequest::default());
    let token = "Bearer nonsense".parse().expect("ASCII");
    asked.metadata_mut().insert("authorization", token);
    let refused = client.check_network(asked).await.expect_err("refused");
    assert_eq!(refused.code(), Code::Unauthenticated);
}

/// What is around every request is around a call of gRPC as well, and says so in its words.
#[tokio::test]
async fn a_grpc_caller_has_the_limits_of_every_caller() {
    let settings = Settings {
        requests_per_minute: 1,
        ..Settings::default()
    };
    let site = Site::set_up(Handle::embedded(), settings).await;
    let channel = Channel::from_shared(site.listen().await).expect("an address");
    let mut client = NetworkStatusServiceClient::new(channel.connect().await.expect("connected"));
    let mut codes = Vec::new();
    for token in [None, None, Some("Bearer a.b.c")] {
        let mut asked = tonic::Request::new(CheckNetworkRequest::default());
        if let Some(token) = token {
            // Words with two dots make nobody somebody else.
            let header = token.parse().expect("a header");
            asked.metadata_mut().insert("authorization", header);
        }
        codes.push(client.check_network(asked).await.expect_err("refused").code());
    }
    assert_eq!(
        codes,
        [Code::InvalidArgument, Code::ResourceExhausted, Code::ResourceExhausted]
    );
    let probe = site.get("/api/v1/healthz").await;
    assert_eq!(
        probe.status, 200,
        "a probe is no caller, wherever it asks: {}",
        probe.text
    );
    assert_eq!(site.get("/api/v1/specialties").await.status, 429);
}

#[tokio::test]
async fn feature_4_02_a_grpc_batch_answers_each_check() {
    let world = World::open().await;
    let position = world.approve().await;
    let mut client = client(&world).await;
    let check = |npi: &str| CheckNetworkRequest {
        npi: npi.to_owned(),
        plan_id: "PAY-HOLD".to_owned(),
        ..CheckNetworkRequest::default()
    };
    let checks = vec![check(NPI), check(STRANGER), check("12")];
    let asked = BatchCheckNetworkRequest {
        checks,
        min_position: position,
    };
    let answer = client.batch_check_network(asked).await.expect("answers").into_inner();
    let told = answer.results.into_iter().map(|one| match one.result {
        Some(One::Answer(answer)) => answer.decision().as_str_name().to_owned(),
        Some(One::Error(error)) => format!("{}: {}", error.code, error.field),
        None => String::new(),
    });
    let told = told.collect::<Vec<_>>();
    assert_eq!(told, ["DECISION_IN_NETWORK", "DECISION_UNKNOWN_PROVIDER", "3: npi"]);
    let refused = client.batch_check_network(BatchCheckNetworkRequest::default()).await;
    assert_eq!(refused.expect_err("refused").code(), Code::InvalidArgument);
}

/// A machine of a payer: its token, as the memory of the node knows it.
async fn machine(world: &World, name: &str) -> String {
    let mut tx = world.site.house.store.begin(&admin()).await.expect("begun");
    let grant = Grant {
        name: name.to_owned(),
        role: Role::Service,
        organization_id: None,
        scopes: vec!["network:check".to_owned()],
        expires_at: None,
    };
    let token = issue_token(&mut tx, &grant, [9; 32], noon()).await.expect("a token");
    tx.commit().await.expect("committed");
    world.site.feed.identities().catch_up().await;
    token
}

/// The checks of somebody known that leave nothing behind, by every way: their status codes.
async fn ways(world: &World, token: &str, client: &mut NetworkStatusServiceClient<Channel>) -> [u16; 5] {
    let asked = json!({"npi": NPI, "plan": "PAY-HOLD", "date": "2026-11-22"});
    let ask = async |method: &str, path: &str, body: Value| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        world.site.send(request.expect("a request")).await.status.as_u16()
    };
    let mut over_grpc = tonic::Request::new(CheckNetworkRequest {
        npi: NPI.to_owned(),
        plan_id: "PAY-HOLD".to_owned(),
        ..CheckNetworkRequest::default()
    });
    let header = format!("Bearer {token}").parse().expect("ASCII");
    over_grpc.metadata_mut().insert("authorization", header);
    let over_grpc = match client.check_network(over_grpc).await {
        Ok(_) => 200,
        Err(refused) if refused.code() == Code::Unauthenticated => 401,
        Err(refused) if refused.code() == Code::Unavailable => 503,
        Err(refused) => panic!("{refused:?}"),
    };
    let query = format!("/network-status?npi={NPI}&plan=PAY-HOLD&date=2026-11-22");
    let mut kept = asked.clone();
    kept["receipt"] = json!(true);
    [
        ask("GET", &query, Value::Null).await,
        ask("POST", "/network-status", asked.clone()).await,
        ask("POST", "/network-status/batch", json!({"checks": [asked]})).await,
        over_grpc,
        ask("POST", "/network-status", kept).await,
    ]
}

/// 4.10: who asks is known from memory as well, so that a check waits for no database; what is written down needs it.
#[tokio::test]
async fn feature_4_10_checks_of_somebody_known_wait_for_no_database() {
    let world = World::open().await;
    let mut client = client(&world).await;
    let token = machine(&world, "claims").await;
    world.site.house.store.clone().close().await;
    assert_eq!(ways(&world, &token, &mut client).await, [200, 200, 200, 200, 503]);
    // Whom memory does not know, only the store can refuse; and once nothing is known for sure, nobody is let in.
    assert_eq!(ways(&world, "nonsense", &mut client).await, [503; 5]);
    world.site.feed.identities().catch_up().await;
    assert_eq!(ways(&world, &token, &mut client).await, [503; 5]);
}

/// A token that is revoked is worth nothing from then on, though memory knew it.
#[tokio::test]
async fn feature_4_10_a_revoked_token_checks_nothing_any_more() {
    let world = World::open().await;
    let mut client = client(&world).await;
    let token = machine(&world, "claims").await;
    assert_eq!(ways(&world, &token, &mut client).await[..4], [200; 4]);
    let mut tx = world.site.house.store.begin(&admin()).await.expect("begun");
    assert!(revoke_token(&mut tx, "claims", noon()).await.expect("revoked"));
    tx.commit().await.expect("committed");
    world.site.feed.identities().catch_up().await;
    assert_eq!(ways(&world, &token, &mut client).await, [401; 5]);
}

/// A reading of all participations that breaks off is begun again; otherwise memory would tell of before the load for ever.
#[tokio::test]
async fn a_reading_that_breaks_off_is_begun_again() {
    let world = World::open().await;
    let house = &world.site.house;
    let (mut locked, mut owner) = (house.owner().await, house.owner().await);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%provider_stands_for(id, NULL)%'
        AND pid <> pg_backend_pid()";
    let mut ended = false;
    while !ended {
        execute(&mut owner, "INSERT INTO outbox (kind) VALUES ('REBUILD')").await;
        house.settled().await;
        // A load is read once it has been quiet for a moment; where this is too late, the next one is waited for.
        execute(&mut locked, "BEGIN").await;
        execute(&mut locked, "LOCK TABLE provider IN ACCESS EXCLUSIVE MODE").await;
        for _ in 0..100 {
            ended |= sqlx::query_scalar(end).fetch_optional(&mut owner).await.expect("asked") == Some(true);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        execute(&mut locked, "ROLLBACK").await;
    }
    let memory = world.site.feed.participations();
    let now = house.settled().await;
    assert!(memory.wait_for(now, Duration::from_secs(60)).await, "it is read again");
}
