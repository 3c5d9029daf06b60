//! Events by webhook: signed, tried again, kept where they were given up, and posted to no address inside.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
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
    vocab::terms::SubscriptionTier,
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    events::{approve, doctor},
    house::noon,
    http_site::Site,
    tenants::{ask, signed_in, tenant},
};

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
async fn a_receiver_that_is_gone_is_asked_once_until_somebody_replays() {
    let site = Site::open().await;
    let gone = Arc::new(AtomicBool::new(true));
    let answer = {
        let gone = gone.clone();
        async move || match gone.load(Ordering::SeqCst) {
            true => StatusCode::GONE,
            false => StatusCode::NO_CONTENT,
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let router = Router::new().route("/hook", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let made = site.write("POST", "/webhooks", None, json!({"url": url})).await.json();
    publish(&site, 10);
    doctor(&site).await;
    let read = async |path: &str| site.write("GET", path, None, json!({})).await.json();
    while read("/webhooks").await["webhooks"][0]["is_active"] != false {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let path = format!("/webhooks/{}", made["id"].as_str().expect("an id"));
    let deliveries = format!("{path}/deliveries");
    let tried = read(&deliveries).await["deliveries"][0].clone();
    assert_eq!((&tried["status"], &tried["attempts"]), (&json!("DEAD"), &json!(1)));
    gone.store(false, Ordering::SeqCst);
    let replayed = site.write("POST", &format!("{path}/replay"), None, json!({})).await;
    assert_eq!(replayed.json()["replayed"], 1, "{}", replayed.text);
    while read(&deliveries).await["deliveries"][0]["status"] != "DELIVERED" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(read("/webhooks").await["webhooks"][0]["is_active"], true);
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
