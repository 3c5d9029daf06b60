//! Killed at any moment, the server still tells every version of every provider: none is lost, and what comes twice is the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use provider_directory::store::{self, Database, Store, providers};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    house::{admin, noon, person},
    program::{Folder, Server, kills},
};

/// Version and event id of all that came, by provider.
type Told = BTreeMap<String, Vec<(i64, String)>>;

/// Keeps what comes; refuses now and then.
#[derive(Clone, Default)]
struct Receiver {
    posts: Arc<Mutex<u64>>,
    got: Arc<Mutex<Told>>,
}

async fn take(State(receiver): State<Receiver>, body: Bytes) -> StatusCode {
    let mut posts = receiver.posts.lock().expect("not poisoned");
    *posts += 1;
    if posts.is_multiple_of(7) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let event: Value = serde_json::from_slice(&body).expect("JSON");
    let key = event["partitionkey"].as_str().expect("a key").to_owned();
    let version = event["data"]["version"].as_i64().expect("a version");
    let id = event["id"].as_str().expect("an id").to_owned();
    receiver
        .got
        .lock()
        .expect("not poisoned")
        .entry(key)
        .or_default()
        .push((version, id));
    StatusCode::NO_CONTENT
}

#[tokio::test(flavor = "multi_thread")]
async fn feature_2_26_a_server_killed_between_commit_and_publish_tells_every_version() {
    let receiver = Receiver::default();
    let router = Router::new().route("/", post(take)).with_state(receiver.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = Folder::new("publish_kill");
    let data = folder.0.as_path();
    let settings = store::Settings {
        database: Database::Managed {
            data_dir: data.to_owned(),
            binaries: None,
        },
        max_connections: 4,
    };
    let store = Store::open(&settings).await.expect("a cluster");
    let mut tx = store.begin(&admin()).await.expect("begun");
    let made = store::webhooks::create(&mut tx, &url, &[], "whsec_c2VjcmV0").await;
    made.expect("a webhook");
    tx.commit().await.expect("committed");

    let mut dice = ChaCha8Rng::seed_from_u64(5);
    let mut versions = BTreeMap::new();
    for _ in 0..kills(5) {
        let mut server = Server::start(&["serve"], data);
        if dice.random_ratio(2, 3) {
            server.listening();
        }
        for _ in 0..dice.random_range(10..30) {
            write(&store, &mut versions, &mut dice).await;
            if dice.random_ratio(1, 6) {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..60))).await;
            }
        }
        server.kill();
    }
    let mut server = Server::start(&["serve"], data);
    server.listening();
    let expected: BTreeMap<String, Vec<i64>> = versions
        .iter()
        .map(|(id, last): (&provider_directory::vocab::ProviderId, &i64)| (id.to_string(), (1..=*last).collect()))
        .collect();
    let told = async {
        loop {
            let seen: BTreeMap<String, Vec<i64>> = receiver
                .got
                .lock()
                .expect("not poisoned")
                .iter()
                .map(|(key, all)| {
                    (
                        key.clone(),
                        all.iter()
                            .map(|(v, _)| *v)
                            .collect::<BTreeSet<_>>()
                            .into_iter()
                            .collect(),
                    )
                })
                .collect();
            if seen == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(180), told)
        .await
        .expect("all of them come");
    for (key, all) in receiver.got.lock().expect("not poisoned").iter() {
        let ids: BTreeSet<_> = all.iter().collect();
        let distinct: BTreeSet<_> = all.iter().map(|(version, _)| version).collect();
        assert_eq!(ids.len(), distinct.len(), "{key}: one id for each version");
        let mut first = BTreeSet::new();
        let firsts: Vec<_> = all
            .iter()
            .filter(|(version, _)| first.insert(*version))
            .map(|(v, _)| *v)
            .collect();
        assert!(firsts.is_sorted(), "{key}: {firsts:?}");
    }
    assert!(server.stop(), "stops in order");
    store.close().await;
}

/// Creates a provider, or changes one; `versions` knows the last version of each.
async fn write(
    store: &Store,
    versions: &mut BTreeMap<provider_directory::vocab::ProviderId, i64>,
    dice: &mut ChaCha8Rng,
) {
    let mut tx = store.begin(&admin()).await.expect("a transaction");
    let name = format!("Kill{}", dice.random_range(0..1_000_000));
    let provider = if versions.len() < 4 || dice.random_ratio(1, 4) {
        providers::create(&mut tx, &person(&name, None), noon())
            .await
            .expect("created")
    } else {
        let at = dice.random_range(0..versions.len());
        let (id, version) = versions
            .iter()
            .nth(at)
            .map(|(id, version)| (*id, *version))
            .expect("one of them");
        let change = serde_json::from_value(json!({ "last_name": name })).expect("a change");
        providers::update(&mut tx, id, version, &change, noon())
            .await
            .expect("renamed")
    };
    tx.commit().await.expect("committed");
    versions.insert(provider.id, provider.version);
}
