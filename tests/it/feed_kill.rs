//! Killed at any moment, the server loses nothing: afterwards the index has exactly what the database has.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use provider_directory::{
    domain::access::Role,
    intake::generate,
    store::{
        self, Database, Store,
        access::{Grant, issue_token},
        providers,
    },
    vocab::ProviderId,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{
    house::{admin, noon, person},
    program::{Folder, Server, command, kills, run},
};

/// How many providers the file has whose import is killed too.
const IMPORTED: u64 = 1_500;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_between_any_two_steps_loses_nothing() {
    let folder = Folder::new("kill");
    let data = folder.0.as_path();
    // This process uses the cluster too, so that it goes on while the server is killed.
    let settings = store::Settings {
        database: Database::Managed {
            data_dir: data.to_owned(),
            binaries: None,
        },
        max_connections: 4,
    };
    let store = Store::open(&settings).await.expect("a cluster");
    let mut writer = Writer::new(store.clone()).await;
    let file = main_file(data);
    let mut dice = ChaCha8Rng::seed_from_u64(11);

    for round in 0..kills(6) {
        let mut server = Server::start(&["serve"], data);
        let mut import = (round % 2 == 1).then(|| importing(&file, data));
        // Writes go on from before the server is up until after it is dead; the moment of death is drawn.
        let (writes, last) = (dice.random_range(20..100), dice.random_range(1..20));
        for n in 0..writes {
            let over_http = server.address().filter(|_| dice.random_ratio(1, 3));
            match over_http {
                Some(address) if n + last < writes => writer.post(&address, &mut dice).await,
                _ => writer.write_one(&mut dice).await,
            }
            if n + last == writes {
                if dice.random_ratio(1, 2) {
                    // Late enough for a rebuild to have begun, be half done, or have just been swapped in.
                    server.listening();
                    tokio::time::sleep(Duration::from_millis(dice.random_range(300..1_300))).await;
                }
                server.kill();
                if let Some(import) = &mut import {
                    import.kill().expect("killed");
                    import.wait().expect("ended");
                }
            } else if dice.random_ratio(1, 8) {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..40))).await;
            }
        }
    }

    let mut server = Server::start(&["serve"], data);
    let address = server.listening();
    // Whose answer got lost asks again with the same key: what was done is not done twice.
    for (key, body) in std::mem::take(&mut writer.unanswered) {
        assert!(writer.send(&address, &key, &body).await, "the server is there now");
    }
    run_import(&file, data);
    assert!(server.stop(), "stops in order");
    let report: Value = serde_json::from_str(&run(&["index", "verify", "--json"], data)).expect("JSON");
    let expected = writer.known.len() as u64 + writer.posted.len() as u64 + IMPORTED;
    assert_eq!(report["checked"], expected, "{report}");
    for drift in ["missing", "stale", "orphan"] {
        assert_eq!(report[drift].as_array().map(Vec::len), Some(0), "{report}");
    }
    store.close().await;
}

fn main_file(data: &Path) -> String {
    let out = data.join("generated");
    generate::write(&out, IMPORTED, 5, |_| {}).expect("written");
    let files = std::fs::read_dir(&out).expect("listed").flatten().map(|e| e.path());
    let main = files
        .filter_map(|path| path.to_str().map(str::to_owned))
        .find(|path| path.contains("npidata"));
    main.expect("a main file")
}

fn importing(file: &str, data: &Path) -> Child {
    command(&["import", "nppes", file], data)
        .arg("--rejects")
        .arg(data.join("rejects.csv"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

fn run_import(file: &str, data: &Path) {
    let rejects = data.join("rejects.csv");
    run(
        &["import", "nppes", file, "--rejects", rejects.to_str().expect("a path")],
        data,
    );
}

/// Writes, and knows what must be there.
struct Writer {
    store: Store,
    token: String,
    client: reqwest::Client,
    known: Vec<(ProviderId, i64)>,
    posted: BTreeSet<String>,
    unanswered: Vec<(String, Value)>,
}

impl Writer {
    async fn new(store: Store) -> Self {
        let grant = Grant {
            name: "writer".to_owned(),
            role: Role::PlatformAdmin,
            organization_id: None,
            scopes: Vec::new(),
            expires_at: None,
        };
        let mut tx = store.begin(&admin()).await.expect("a transaction");
        let token = issue_token(&mut tx, &grant, [7; 32], noon()).await.expect("a token");
        tx.commit().await.expect("committed");
        Self {
            store,
            token,
            client: reqwest::Client::new(),
            known: Vec::new(),
            posted: BTreeSet::new(),
            unanswered: Vec::new(),
        }
    }

    /// Creates a provider over HTTP, under a key.
    async fn post(&mut self, address: &str, dice: &mut ChaCha8Rng) {
        let key = format!("key-{}", dice.random::<u64>());
        let body = json!({"kind": "individual", "category": "practitioner", "last_name": format!("Posted{key}")});
        if !self.send(address, &key, &body).await {
            self.unanswered.push((key, body));
        }
    }

    async fn send(&mut self, address: &str, key: &str, body: &Value) -> bool {
        let request = self
            .client
            .post(format!("{address}/providers"))
            .bearer_auth(&self.token);
        let Ok(response) = request.header("idempotency-key", key).json(body).send().await else {
            return false;
        };
        let Ok(made) = response.error_for_status() else {
            return false;
        };
        let Ok(made) = made.json::<Value>().await else {
            return false;
        };
        self.posted.insert(made["id"].as_str().expect("an id").to_owned())
    }

    /// Creates a provider, or renames one; now and then as a bulk load does, which makes a rebuild due.
    async fn write_one(&mut self, dice: &mut ChaCha8Rng) {
        let mut tx = self.store.begin(&admin()).await.expect("a transaction");
        if dice.random_ratio(1, 10) {
            tx.bulk().await.expect("a setting");
        }
        let name = format!("Kill{}", dice.random_range(0..1_000_000));
        if self.known.len() < 5 || dice.random_ratio(1, 3) {
            let provider = providers::create(&mut tx, &person(&name, None), noon())
                .await
                .expect("created");
            self.known.push((provider.id, provider.version));
        } else {
            let at = dice.random_range(0..self.known.len());
            let (id, version) = self.known[at];
            let change = serde_json::from_value(json!({ "last_name": name })).expect("a change");
            let provider = providers::update(&mut tx, id, version, &change, noon())
                .await
                .expect("renamed");
            self.known[at] = (provider.id, provider.version);
        }
        tx.commit().await.expect("committed");
    }
}
