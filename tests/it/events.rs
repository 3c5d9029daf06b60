//! What the world outside hears: each version once, with its reason, by webhook and by stream.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use provider_directory::{
    domain::access::Role,
    feed::publish::{self, webhooks::signature},
    store::{self, providers::ProviderKey},
    vocab::{Position, ProviderId, terms::SubscriptionTier},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    house::{House, admin, noon, person},
    http_site::Site,
    openapi::misfits,
    tenants::{ask, signed_in, tenant},
};

const NPI: &str = "1234567893";

/// All events behind a position, as they would be published.
async fn events(house: &House, after: Position) -> Vec<Value> {
    house.settled().await;
    let batch = store::publish::read(&house.store, after, 10_000).await.expect("read");
    let told = batch.events.into_iter().map(|e| serde_json::to_value(e.event));
    told.map(|event| event.expect("JSON")).collect()
}

/// A provider with a place and a specialty.
async fn doctor(site: &Site) -> Value {
    site.person(json!({
        "kind": "individual", "category": "practitioner", "last_name": "Smith", "first_name": "Jane", "npi": NPI,
        "specialties": [{"code": "207RC0000X", "primary": true}],
        "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}],
    }))
    .await
}

async fn patch(site: &Site, body: Value) {
    let answer = site.write("PATCH", &format!("/providers/{NPI}"), Some("*"), body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn approve(site: &Site) {
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
    for event in &told[1..] {
        assert_eq!(event["data"]["changed"], json!([]), "{event}");
        assert!(!event.to_string().contains("example.org"));
        assert!(!event.to_string().contains(&network.id.to_string()));
    }
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

/// A receiver that refuses the first posts, and keeps what it is sent.
#[derive(Clone)]
pub struct Receiver {
    refuse: Arc<Mutex<u32>>,
    got: watch::Sender<Vec<(HeaderMap, String)>>,
}

impl Receiver {
    /// Listens; its address.
    pub async fn open(refuse: u32) -> (Self, String) {
        let receiver = Self {
            refuse: Arc::new(Mutex::new(refuse)),
            got: watch::Sender::new(Vec::new()),
        };
        let router = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, format!("http://{address}/hook"))
    }

    /// What has come, once so many have.
    pub async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, String)> {
        let mut got = self.got.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(20), got.wait_for(|got| got.len() >= count));
        let got = waited.await.expect("they come").expect("open");
        got.clone()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    {
        let mut refuse = receiver.refuse.lock().expect("not poisoned");
        if *refuse > 0 {
            *refuse -= 1;
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    let text = String::from_utf8(body.to_vec()).expect("text");
    receiver.got.send_modify(|got| got.push((headers, text)));
    StatusCode::NO_CONTENT
}

/// Publishes, with tries that follow each other at once.
pub fn publish(site: &Site, tries: i32) {
    let mut settings = publish::Settings::new(noon);
    settings.poll = Duration::from_millis(100);
    settings.webhooks.poll = Duration::from_millis(20);
    settings.webhooks.first_wait = Duration::from_millis(5);
    settings.webhooks.tries = tries;
    settings.webhooks.inner_nets = true; // Receivers of a test are on this machine.
    site.feed.publish(&site.house.store, &settings).expect("started");
}

#[tokio::test]
async fn feature_2_28_a_receiver_that_is_down_three_times_gets_one_signed_delivery() {
    let site = Site::open().await;
    let (receiver, url) = Receiver::open(3).await;
    let made = site.write("POST", "/webhooks", None, json!({"url": url})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.json()["secret"].as_str().expect("a secret").to_owned();
    publish(&site, 10);
    doctor(&site).await;
    approve(&site).await;
    let got = receiver.wait_for(2).await;
    let versions = got.iter().map(|(headers, body)| {
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        let at = header("webhook-timestamp").parse().expect("a number");
        let signed = signature(&secret, &header("webhook-id"), at, body);
        assert_eq!(header("webhook-signature"), signed);
        let event: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(event["id"], header("webhook-id"));
        event["data"]["version"].clone()
    });
    assert_eq!(versions.collect::<Vec<_>>(), [1, 2], "in order, each once");
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/webhooks/{id}/deliveries");
    let listed = site.write("GET", &path, None, json!({})).await.json();
    let told = listed["deliveries"].as_array().expect("deliveries").clone();
    assert_eq!(told.iter().map(|d| d["attempts"].clone()).collect::<Vec<_>>(), [1, 4]);
    let secrets = site.write("GET", "/webhooks", None, json!({})).await.text;
    assert!(!secrets.contains(&secret) && secrets.contains(&url));
}

#[tokio::test]
async fn feature_2_28_what_was_given_up_is_kept_and_can_be_replayed() {
    let site = Site::open().await;
    let (receiver, url) = Receiver::open(2).await;
    let made = site.write("POST", "/webhooks", None, json!({"url": url})).await.json();
    publish(&site, 2);
    doctor(&site).await;
    let path = format!("/webhooks/{}", made["id"].as_str().expect("an id"));
    loop {
        let dead = site
            .write("GET", &format!("{path}/deliveries?status=DEAD"), None, json!({}))
            .await;
        if dead.json()["deliveries"].as_array().is_some_and(|list| list.len() == 1) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let replayed = site.write("POST", &format!("{path}/replay"), None, json!({})).await;
    assert_eq!(replayed.json()["replayed"], 1, "{}", replayed.text);
    assert_eq!(receiver.wait_for(1).await.len(), 1);
    assert_eq!(site.write("DELETE", &path, None, json!({})).await.status, 204);
    assert_eq!(site.write("DELETE", &path, None, json!({})).await.status, 404);
}

#[tokio::test]
async fn a_receiver_that_never_answers_keeps_no_other_waiting() {
    let site = Site::open().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let silence = format!("http://{}/", silent.local_addr().expect("an address"));
    let (receiver, url) = Receiver::open(0).await;
    for url in [silence, url] {
        let made = site.write("POST", "/webhooks", None, json!({"url": url})).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let mut settings = publish::Settings::new(noon);
    settings.webhooks.poll = Duration::from_millis(20);
    settings.webhooks.timeout = Duration::from_secs(3_600);
    site.feed.publish(&site.house.store, &settings).expect("started");
    doctor(&site).await;
    receiver.wait_for(1).await;
    let (_held, _) = silent.accept().await.expect("posted to");
    approve(&site).await;
    assert_eq!(receiver.wait_for(2).await.len(), 2);
}

#[tokio::test]
async fn webhooks_belong_to_administrators_and_go_to_safe_addresses() {
    let site = Site::open().await;
    assert_eq!(site.get("/webhooks").await.status, 401);
    for url in ["http://example.org/hook", "ftp://localhost/", "nonsense"] {
        let refused = site.write("POST", "/webhooks", None, json!({"url": url})).await;
        assert_eq!(refused.fault(), ("url".to_owned(), "format".to_owned()), "{url}");
    }
    // A tenant's go to where everybody may post, and are not without end.
    let tenant = tenant(&site.house, "Alpha", SubscriptionTier::Enterprise).await.id;
    let token = signed_in(&site.house, tenant, Role::OrganizationAdmin).await;
    let of_tenant = async |url: &str| ask(&site, &token, None, "POST", "/webhooks", Some(json!({"url": url}))).await;
    for url in ["http://localhost:9/", "https://10.0.0.5/", "https://db.internal/"] {
        let refused = of_tenant(url).await;
        assert_eq!(refused.fault(), ("url".to_owned(), "format".to_owned()), "{url}");
    }
    site.house
        .sql(&format!(
            "INSERT INTO webhook (organization_id, url, secret, created_by)
            SELECT '{tenant}', 'https://example.org/' || n, 'x', 'x'
            FROM generate_series(1, 99) n"
        ))
        .await;
    assert_eq!(of_tenant("https://example.org/").await.status, 201);
    assert_eq!(of_tenant("https://example.org/").await.fault().1, "too_many");
    assert_eq!(
        site.write("POST", "/webhooks", None, json!({"url": "http://localhost:9/"}))
            .await
            .status,
        201,
        "the platform's is another matter"
    );
    let odd = json!({"url": "https://example.org", "types": ["provider.updated", "x"]});
    let refused = site.write("POST", "/webhooks", None, odd).await;
    assert_eq!(refused.fault().0, "types[1]");
}

/// Reads server-sent events until there are so many.
async fn read_stream(address: &str, path: &str, last: Option<&str>, count: usize) -> Vec<(String, Value)> {
    let mut request = reqwest::Client::new().get(format!("{address}{path}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let (mut text, mut events) = (String::new(), Vec::new());
    while events.len() < count {
        let chunk = tokio::time::timeout(Duration::from_secs(20), answer.chunk()).await;
        let chunk = chunk.expect("in time").expect("read").expect("no end");
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let field = |name: &str| event.lines().find_map(|l| l.strip_prefix(name)).map(str::trim);
            if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                events.push((id.to_owned(), serde_json::from_str(data).expect("JSON")));
            }
        }
    }
    events
}

#[tokio::test]
async fn feature_2_28_a_stream_goes_on_where_its_reader_left_off() {
    let site = Site::open().await;
    let address = site.listen().await;
    let begin = site.house.settled().await;
    doctor(&site).await;
    approve(&site).await;
    let path = format!("/events?after={begin}");
    let both = read_stream(&address, &path, None, 2).await;
    let reasons = both
        .iter()
        .map(|(_, e)| e["data"]["reason"].clone())
        .collect::<Vec<_>>();
    assert_eq!(reasons, ["created", "credentialing_approved"]);
    let rest = read_stream(&address, "/events", Some(&both[0].0), 1).await;
    assert_eq!(rest[0], both[1]);
    assert_eq!(site.get("/events?after=nonsense").await.fault().0, "after");
}

#[tokio::test]
async fn a_reader_who_is_too_late_is_told_so() {
    let site = Site::open().await;
    let begin = site.house.settled().await;
    doctor(&site).await;
    site.house.settled().await;
    let later = noon() + chrono::TimeDelta::days(36_500);
    assert!(store::outbox::prune(&site.house.store, later).await.expect("pruned") > 0);
    let refused = site.get(&format!("/events?after={begin}")).await;
    assert_eq!(refused.status, 410, "{}", refused.text);
    assert_eq!(refused.json()["type"], "/problems/no-longer-kept");
    // Whoever has had all of what is gone misses nothing.
    let address = site.listen().await;
    let end = site.house.settled().await;
    approve(&site).await;
    assert_eq!(
        read_stream(&address, "/events", Some(&end.to_string()), 1).await.len(),
        1
    );
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    use provider_directory::{domain::access::Role, store::access};
    let site = Site::open().await;
    let grant = access::Grant {
        name: "reader".to_owned(),
        role: Role::PlatformAdmin,
        organization_id: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    let token = access::issue_token(&mut tx, &grant, [9; 32], noon())
        .await
        .expect("a token");
    tx.commit().await.expect("committed");
    let address = site.listen().await;
    let begin = site.house.settled().await;
    doctor(&site).await;
    let request = reqwest::Client::new().get(format!("{address}/events?after={begin}"));
    let mut answer = request.bearer_auth(&token).send().await.expect("an answer");
    let first = answer.chunk().await.expect("read").expect("an event");
    assert!(String::from_utf8_lossy(&first).contains("provider.updated"));
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    assert!(access::revoke_token(&mut tx, "reader", noon()).await.expect("revoked"));
    tx.commit().await.expect("committed");
    site.feed.identities().catch_up().await;
    approve(&site).await;
    let mut rest = String::new();
    let all = async {
        while let Some(chunk) = answer.chunk().await.expect("read") {
            rest.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), all).await;
    ended.expect("it ends");
    assert!(!rest.contains("credentialing_approved"), "{rest}");
}

/// A file so large that it is taken as a bulk load changes a provider who is there: that is told, who is new is not.
#[tokio::test]
async fn feature_2_26_a_bulk_import_tells_of_those_whom_it_changes() {
    use crate::{
        nppes_import::{import, number},
        nppes_lessons::Files,
    };
    let (house, other, files) = (House::open().await, House::open().await, Files::new());
    let row = |npi, phone, day| {
        [
            ("NPI", npi),
            ("Entity Type Code", "1"),
            ("Provider Last Name (Legal Name)", "SMITH"),
            ("Provider First Line Business Practice Location Address", "1 MAIN ST"),
            ("Provider Business Practice Location Address City Name", "HOUSTON"),
            ("Provider Business Practice Location Address State Name", "TX"),
            ("Provider Business Practice Location Address Postal Code", "77030"),
            ("Provider Business Practice Location Address Telephone Number", phone),
            ("Healthcare Provider Taxonomy Code_1", "207RC0000X"),
            ("Last Update Date", day),
        ]
    };
    import(&house, &[files.main(&[&row(NPI, "7135550100", "01/02/2026")])]).await;
    let changed = row(NPI, "7135550111", "11/02/2026");
    let file = files.main(&[&changed, &row("1003000126", "7135550122", "11/02/2026")]);
    // How many rows make a bulk load is a matter of the file; here a run that has begun as one says so.
    import(&other, std::slice::from_ref(&file)).await;
    let begun: (String, String, Vec<u8>, Value) = sqlx::query_as(
        "SELECT kind, source, source_digest, (SELECT jsonb_object_agg(key, 0) FROM jsonb_each(counts)
            WHERE jsonb_typeof(value) = 'number') || '{\"bulk\": true}' FROM import_run",
    )
    .fetch_one(&mut other.owner().await)
    .await
    .expect("a run");
    sqlx::query(
        "INSERT INTO import_run (kind, source, source_digest, counts, started_at, updated_at)
        VALUES ($1, $2, $3, $4, now(), now())",
    )
    .bind(begun.0)
    .bind(begun.1)
    .bind(begun.2)
    .bind(begun.3)
    .execute(&mut house.owner().await)
    .await
    .expect("written");
    let end = house.settled().await;
    let report = import(&house, &[file]).await;
    assert_eq!((report.files[0].counts.added, report.files[0].counts.changed), (1, 1));
    let told = events(&house, end).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["data"]["npi"], &told[0]["data"]["version"]),
        (&json!(NPI), &json!(2))
    );
    let changed = told[0]["data"]["changed"].to_string();
    assert!(
        changed.contains("phone") || changed.contains("locations"),
        "{}",
        told[0]
    );
    let marked = "SELECT count(*) FROM outbox WHERE kind = 'REBUILD'";
    assert_eq!(number(&house, marked).await, 1, "it was a bulk load");
    assert_eq!(
        house.entries(end).await,
        [store::outbox::EntryKind::Rebuild],
        "the index reads the marker"
    );
}

/// Changes a provider in a transaction that has its number before it comes to that: so numbers and versions cross.
async fn change_late(store: &store::Store, id: ProviderId, word: &str) -> Result<(), store::Error> {
    let mut tx = store.begin(&admin()).await?;
    store::providers::create(&mut tx, &person(&format!("New{word}"), None), noon()).await?;
    let before = store::providers::find(&mut tx, &ProviderKey::Id(id)).await?;
    let version = before.ok_or(store::Error::NotFound)?.version;
    let change = serde_json::from_value(json!({"phone": word})).expect("a change");
    store::providers::update(&mut tx, id, version, &change, noon()).await?;
    tx.commit().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn feature_2_26_writers_at_once_give_every_version_once_and_in_order() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(house.provider(&format!("Smith{n}"), None).await.id);
    }
    let begin = house.settled().await;
    let writers = (0..6).map(|w: u32| {
        let (store, ids) = (house.store.clone(), ids.clone());
        tokio::spawn(async move {
            for n in 0..15_u32 {
                let id = ids[((w + n) % 4) as usize];
                let done = change_late(&store, id, &format!("{w}x{n}")).await;
                // Somebody else was first: then this one has changed nothing.
                assert!(
                    matches!(done, Ok(()) | Err(store::Error::VersionMismatch { .. })),
                    "{done:?}"
                );
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("done");
    }
    let mut seen: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events(&house, begin).await {
        let key = event["partitionkey"].as_str().expect("a key").to_owned();
        seen.entry(key)
            .or_default()
            .push(event["data"]["version"].as_i64().expect("a version"));
    }
    for id in ids {
        let versions = seen.get(&id.to_string()).cloned().unwrap_or_default();
        assert_eq!(versions, (2..2 + versions.len() as i64).collect::<Vec<_>>(), "{id}");
        assert!(!versions.is_empty());
    }
}

fn phone(number: &str) -> store::providers::ProviderChange {
    serde_json::from_value(json!({ "phone": number })).expect("a change")
}

/// A transaction that has its number early comes late to a provider, and another one that still runs stands between it and
/// the one that came before: what is final then is the later version alone.
#[tokio::test]
async fn feature_2_26_a_version_is_not_told_before_an_earlier_one_that_is_not_final_yet() {
    let house = House::open().await;
    let id = house.provider("Smith", None).await.id;
    let begin = house.settled().await;
    let mut early = house.store.begin(&admin()).await.expect("begun");
    store::providers::create(&mut early, &person("Early", None), noon())
        .await
        .expect("created");
    let mut between = house.store.begin(&admin()).await.expect("begun");
    store::providers::create(&mut between, &person("Between", None), noon())
        .await
        .expect("created");
    let mut other = house.store.begin(&admin()).await.expect("begun");
    store::providers::update(&mut other, id, 1, &phone("1"), noon())
        .await
        .expect("changed");
    other.commit().await.expect("committed");
    store::providers::update(&mut early, id, 2, &phone("2"), noon())
        .await
        .expect("changed");
    early.commit().await.expect("committed");
    let versions = |batch: &store::publish::Batch| {
        let own = batch.events.iter().filter(|e| e.event.partitionkey == id.to_string());
        own.map(|e| e.event.data["version"].as_i64().expect("a version"))
            .collect::<Vec<_>>()
    };
    let batch = loop {
        let batch = store::publish::read(&house.store, begin, 100).await.expect("read");
        if !versions(&batch).is_empty() {
            break batch;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    assert_eq!(versions(&batch), [2, 3]);
    assert!(batch.events.is_sorted_by(|a, b| a.event.sequence < b.event.sequence));
    between.commit().await.expect("committed");
    house.settled().await;
    let rest = store::publish::read(&house.store, batch.position, 100)
        .await
        .expect("read");
    assert_eq!(versions(&rest), [0; 0], "each once");
    assert_eq!(rest.events.len(), 1, "and what was in between");
}
