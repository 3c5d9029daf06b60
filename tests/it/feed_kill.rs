//! Killed at any moment, the server loses nothing: afterwards the index has exactly what the database has.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use provider_directory::{
    store::{self, Database, Store, providers},
    vocab::ProviderId,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::house::{self, admin, noon, person};

/// How often the server is killed.
const KILLS: usize = 6;

/// The real program, serving a folder of its own.
struct Server {
    process: Child,
}

impl Server {
    fn start(data: &Path) -> Self {
        let port_file = data.join("port");
        let _ = std::fs::remove_file(&port_file);
        let process = Command::new(env!("CARGO_BIN_EXE_provdir"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--commit-after-ms",
                "20",
                "--log",
                "warn",
            ])
            .arg("--data")
            .arg(data)
            .arg("--port-file")
            .arg(port_file)
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        Self { process }
    }

    /// As kill -9 does: no destructor, no last commit.
    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }

    fn stop(&mut self) -> bool {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        #[expect(unsafe_code, reason = "std has no way to send SIGTERM")]
        // SAFETY: a signal to a child that has not been waited for, so the number is its own.
        unsafe {
            libc::kill(pid, libc::SIGTERM);
        }
        self.process.wait().expect("it ends").success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn verify(data: &Path) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_provdir"))
        .args(["index", "verify", "--json", "--log", "warn", "--data"])
        .arg(data)
        .env_remove("DATABASE_URL")
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_between_any_two_steps_loses_nothing() {
    let folder = Folder(house::ground_for(&format!("kill-{}", std::process::id())));
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
    let mut dice = ChaCha8Rng::seed_from_u64(11);
    let mut known: Vec<(ProviderId, i64)> = Vec::new();

    for _ in 0..KILLS {
        let mut server = Server::start(data);
        // Writes go on from before the server is up until after it is dead; the moment of death is drawn.
        let (writes, last) = (dice.random_range(20..120), dice.random_range(1..20));
        for n in 0..writes {
            write_one(&store, &mut known, &mut dice).await;
            if n + last == writes {
                server.kill();
            } else if dice.random_ratio(1, 8) {
                tokio::time::sleep(Duration::from_millis(dice.random_range(0..40))).await;
            }
        }
    }

    let mut server = Server::start(data);
    write_one(&store, &mut known, &mut dice).await;
    while !data.join("port").exists() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(server.stop(), "stops in order");
    let report = verify(data);
    assert_eq!(report["checked"], known.len(), "{report}");
    for drift in ["missing", "stale", "orphan"] {
        assert_eq!(report[drift].as_array().map(Vec::len), Some(0), "{report}");
    }
    store.close().await;
}

/// Creates a provider, or renames one.
async fn write_one(store: &Store, known: &mut Vec<(ProviderId, i64)>, dice: &mut ChaCha8Rng) {
    let mut tx = store.begin(&admin()).await.expect("a transaction");
    let name = format!("Kill{}", dice.random_range(0..1_000_000));
    if known.len() < 5 || dice.random_ratio(1, 3) {
        let provider = providers::create(&mut tx, &person(&name, None), noon())
            .await
            .expect("created");
        known.push((provider.id, provider.version));
    } else {
        let at = dice.random_range(0..known.len());
        let (id, version) = known[at];
        let change = serde_json::from_value(serde_json::json!({ "last_name": name })).expect("a change");
        let provider = providers::update(&mut tx, id, version, &change, noon())
            .await
            .expect("renamed");
        known[at] = (provider.id, provider.version);
    }
    tx.commit().await.expect("committed");
}

/// A data folder, gone with the test.
struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
