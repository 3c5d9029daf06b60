//! Events as a stream: a reader goes on where it left off, or is told that it is too late, and reads no longer than it may.

use std::{sync::Arc, time::Duration};

use provider_directory::{
    domain::access::Role,
    index::schema::Handle,
    interfaces::http::{Rooms, Settings, serve},
    store::{self, access},
};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    events::{approve, doctor},
    house::{admin, noon},
    http_site::Site,
};

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

/// Whoever reads the stream waits for events for ever: a server that stops does not wait for them.
#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_readers() {
    let site = Site::open().await;
    let settings = Settings {
        drain: Duration::from_secs(3_600),
        ..Settings::default()
    };
    let (store, index, feed) = (site.house.store.clone(), site.index.clone(), site.feed.clone());
    let rooms = Rooms::new(store, index, Handle::embedded(), feed, settings, noon);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stop = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, Arc::new(rooms), stop.clone().cancelled_owned()));
    let reader = reqwest::get(format!("http://{address}/events"))
        .await
        .expect("an answer");
    assert_eq!(reader.status(), 200);
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(60), serving).await;
    ended.expect("it does not wait").expect("it ran").expect("in order");
}
