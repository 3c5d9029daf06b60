//! The managed cluster: shared by starters, reused, stopped by the last one, recovered after a crash.

use std::{path::PathBuf, process::Command, time::Duration};

use provider_directory::store::{Database, Error, Settings, Store, cluster::Cluster};
use tokio_util::sync::CancellationToken;

use crate::house::{admin, ground_for, noon, person};

/// A folder for a cluster of its own, gone in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let dir = ground_for(&format!("{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        Self(dir)
    }

    fn settings(&self) -> Settings {
        Settings {
            database: Database::Managed {
                data_dir: self.0.clone(),
                binaries: std::env::var_os("PROVDIR_PG_BINDIR").map(PathBuf::from),
            },
            max_connections: 3,
        }
    }

    async fn cluster(&self) -> Cluster {
        Cluster::open(&self.0, None, false).await.expect("a cluster")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// As the kernel does where memory runs out.
async fn kill(process: u32) {
    let killed = Command::new("kill").args(["-9", &process.to_string()]).status();
    assert!(killed.expect("kill").success());
    while is_alive(process) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_alive(process: u32) -> bool {
    // A zombie that nobody has collected yet is dead.
    std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('Z'))
    })
}

#[tokio::test]
async fn two_starters_share_one_cluster_and_the_last_out_stops_it() {
    let folder = Folder::new("shared");
    let (first, second) = tokio::join!(folder.cluster(), folder.cluster());
    let process = first.process_id().expect("running");
    assert_eq!(second.process_id(), Some(process));
    first.close().await;
    assert!(is_alive(process), "somebody still uses it");
    second.create_database("still_there").await.expect("it answers");
    second.close().await;
    assert!(!is_alive(process), "the last one out stops it");
}

#[tokio::test]
async fn what_was_stored_outlives_a_stop_and_a_kill() {
    let folder = Folder::new("killed");
    let store = Store::open(&folder.settings()).await.expect("opened");
    let identifier = store.system_identifier().await.expect("a number");
    let mut tx = store.begin(&admin()).await.expect("begun");
    let made = provider_directory::store::providers::create(&mut tx, &person("SMITH", None), noon()).await;
    let id = made.expect("created").id;
    tx.commit().await.expect("committed");
    store.close().await;

    // Somebody else's kill -9 while we hold the cluster; the lock of a crashed holder goes with it.
    let held = folder.cluster().await;
    let process = held.process_id().expect("running");
    kill(process).await;
    drop(held);

    let store = Store::open(&folder.settings()).await.expect("recovered");
    assert_eq!(store.system_identifier().await.expect("a number"), identifier);
    let found = provider_directory::store::snapshot::load(&store, &[id])
        .await
        .expect("loaded");
    assert_eq!(found.len(), 1);
    store.close().await;
}

#[tokio::test]
async fn a_postgres_that_dies_is_started_again() {
    let folder = Folder::new("revived");
    let store = Store::open(&folder.settings()).await.expect("opened");
    let beside = folder.cluster().await;
    let process = beside.process_id().expect("running");
    let stop = CancellationToken::new();
    let keeping = tokio::spawn({
        let (store, stop) = (store.clone(), stop.clone());
        async move { store.keep_running(stop).await }
    });
    kill(process).await;
    let came_back = async {
        while store.system_identifier().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(100), came_back)
        .await
        .expect("it runs again");
    let now = beside.process_id().expect("running");
    assert!(now != process && is_alive(now));
    assert!(!beside.revive().expect("looked"), "it lives");
    stop.cancel();
    keeping.await.expect("kept");
    beside.close().await;
    assert!(is_alive(now), "another one holds it");
    store.close().await;
    assert!(!is_alive(now));
}

#[tokio::test]
async fn a_holder_that_crashed_leaves_a_cluster_that_is_taken_over() {
    let folder = Folder::new("left");
    let crashed = folder.cluster().await;
    let process = crashed.process_id().expect("running");
    drop(crashed); // As the system does for a process that died: locks are let go, nothing is stopped.
    assert!(is_alive(process));
    let next = folder.cluster().await;
    assert_eq!(next.process_id(), Some(process), "the running one is used");
    next.close().await;
    assert!(!is_alive(process));
}

#[tokio::test]
async fn a_database_of_ones_own_gets_its_roles_and_schema() {
    let folder = Folder::new("url");
    let cluster = folder.cluster().await;
    cluster.create_database("mine").await.expect("made");
    let options = cluster.access("mine").owner;
    let secret: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("cluster.json")).expect("read")).expect("json");
    let url = format!(
        "postgres://postgres:{}@127.0.0.1:{}/mine",
        secret["owner"].as_str().expect("a password"),
        options.get_port()
    );
    let settings = Settings {
        database: Database::Url(url),
        max_connections: 2,
    };
    assert!(
        !format!("{settings:?}").contains("postgres:"),
        "the password is not shown"
    );
    // Two nodes agree on the passwords.
    let first = Store::open(&settings).await.expect("opened");
    let second = Store::open(&settings).await.expect("opened again");
    first.ping().await.expect("alive");
    second.ping().await.expect("alive");
    first.close().await;
    second.close().await;
    cluster.close().await;
}

#[tokio::test]
async fn a_folder_without_programs_is_told_with_what_helps() {
    let folder = Folder::new("nothing");
    let nowhere = PathBuf::from("/nowhere/bin");
    let refused = Cluster::open(&folder.0, Some(&nowhere), false).await;
    let error = refused.expect_err("there is nothing");
    assert!(matches!(error, Error::NoPostgres { .. }));
    let text = error.to_string();
    assert!(
        text.contains("/nowhere/bin") && text.contains("apt-get install -y postgresql"),
        "{text}"
    );
}

#[tokio::test]
async fn secrets_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("secrets");
    let cluster = folder.cluster().await;
    let mode = std::fs::metadata(folder.0.join("cluster.json"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!folder.0.join("password").exists());
    cluster.close().await;
}
