//! The world of a test: a database of its own, made from a migrated template in one cluster that all test processes share.
//!
//! ```ignore
//! let house = House::open().await;
//! let provider = house.provider("SMITH", Some("1234567893")).await;
//! ```

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeZone, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        provider::Provider,
        reference::{Life, Network, Organization},
    },
    store::{self, Access, Store, cluster::Cluster, providers::NewProvider},
    vocab::{NetworkId, OrganizationId, Position},
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;

/// A store of its own, gone when the value is dropped.
pub struct House {
    /// The store.
    pub store: Store,
    /// How its database is reached, also as the owner.
    pub access: Access,
    name: String,
    maintenance: Access,
}

struct Ground {
    /// As the owner, on the database `postgres`.
    maintenance: Access,
    template: String,
}

static GROUND: OnceCell<Ground> = OnceCell::const_new();
static CLUSTER: Mutex<Option<Cluster>> = Mutex::new(None);
static HOUSES: AtomicU32 = AtomicU32::new(0);

impl House {
    /// A fresh database with the schema and nothing in it.
    pub async fn open() -> Self {
        let ground = GROUND.get_or_init(prepare).await;
        let name = format!("test_{}_{}", std::process::id(), HOUSES.fetch_add(1, Ordering::Relaxed));
        let mut owner = PgConnection::connect_with(&ground.maintenance.owner)
            .await
            .expect("the test cluster");
        execute(
            &mut owner,
            &format!("CREATE DATABASE {name} TEMPLATE {}", ground.template),
        )
        .await;
        owner.close().await.expect("closed");
        let access = Access {
            owner: ground.maintenance.owner.clone().database(&name),
            app: ground.maintenance.app.clone().database(&name),
            feed: ground.maintenance.feed.clone().database(&name),
        };
        Self {
            store: Store::connect(&access, 10).await.expect("connected"),
            access,
            name,
            maintenance: ground.maintenance.clone(),
        }
    }

    /// How programs of their own reach this database. Its service roles are those of the cluster, which others use at the same
    /// time: the programs are told their passwords, or they would set others.
    pub async fn url_for_programs(&self) -> String {
        let mut owner = self.owner().await;
        for login in [&self.access.app, &self.access.feed] {
            let known = login.to_url_lossy();
            sqlx::query("INSERT INTO private_setting (name, value) VALUES ($1 || '.password', $2)")
                .bind(known.username())
                .bind(known.password())
                .execute(&mut owner)
                .await
                .expect("told");
        }
        self.access.owner.to_url_lossy().to_string()
    }

    /// A connection as the owner, who may do what no service may.
    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect_with(&self.access.owner).await.expect("the owner")
    }

    /// Runs plain SQL as the owner.
    pub async fn sql(&self, text: &str) {
        execute(&mut self.owner().await, text).await;
    }

    /// Creates a public provider as an administrator.
    pub async fn create(&self, new: &NewProvider) -> Provider {
        let mut tx = self.store.begin(&admin()).await.expect("begun");
        let provider = store::providers::create(&mut tx, new, noon()).await.expect("created");
        tx.commit().await.expect("committed");
        provider
    }

    /// Creates a public person with this last name and NPI.
    pub async fn provider(&self, last: &str, npi: Option<&str>) -> Provider {
        self.create(&person(last, npi)).await
    }

    /// A payer with a network.
    pub async fn network(&self, name: &str, public: bool) -> Network {
        let organization = self.organization(name).await;
        let network = Network {
            id: NetworkId(uuid::Uuid::now_v7()),
            name: name.to_owned(),
            organization_id: organization.id,
            public,
            life: Life::default(),
        };
        let mut tx = self.store.begin(&admin()).await.expect("begun");
        store::networks::create_network(&mut tx, &network)
            .await
            .expect("created");
        tx.commit().await.expect("committed");
        network
    }

    /// A tenant.
    pub async fn organization(&self, name: &str) -> Organization {
        let organization = Organization {
            id: OrganizationId(uuid::Uuid::now_v7()),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            kind: "payer".to_owned(),
        };
        let mut tx = self.store.begin(&admin()).await.expect("begun");
        store::networks::create_organization(&mut tx, &organization)
            .await
            .expect("created");
        tx.commit().await.expect("committed");
        organization
    }

    /// The position of now, once it is final: everything committed so far is at or before it. Transactions of other tests
    /// in the same cluster can hold it up for a moment.
    pub async fn settled(&self) -> Position {
        let xid: String = sqlx::query_scalar("SELECT pg_current_xact_id()::text")
            .fetch_one(&mut self.owner().await)
            .await
            .expect("a transaction number");
        let xid: u64 = xid.parse().expect("a number");
        loop {
            let end = store::outbox::end(&self.store).await.expect("read");
            if end.xid >= xid {
                return end;
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    /// Everything in the outbox behind a position.
    pub async fn entries(&self, after: Position) -> Vec<store::outbox::EntryKind> {
        self.settled().await;
        let batch = store::outbox::read(&self.store, after, 1_000_000).await.expect("read");
        batch.entries.iter().map(|e| e.kind).collect()
    }
}

impl Drop for House {
    /// Drops the database, also where the test failed. What a killed process leaves is dropped by the next one.
    fn drop(&mut self) {
        let (name, options) = (self.name.clone(), self.maintenance.owner.clone());
        let dropped = std::thread::spawn(move || {
            on_a_runtime(async move {
                if let Ok(mut owner) = PgConnection::connect_with(&options).await {
                    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    let _ = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner).await;
                }
            });
        });
        let _ = dropped.join();
    }
}

/// Runs a future where there is no runtime.
pub fn on_a_runtime<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// The moment at which all tests happen.
pub fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

/// Somebody who may write public rows.
pub fn admin() -> Actor {
    Actor::new("token:test", Role::PlatformAdmin)
}

/// Somebody of a tenant.
pub fn member(organization: OrganizationId) -> Actor {
    Actor::new("member", Role::Anonymous).within(organization)
}

/// A person to be created.
pub fn person(last: &str, npi: Option<&str>) -> NewProvider {
    serde_json::from_value(serde_json::json!({
        "kind": "individual", "category": "practitioner", "last_name": last, "npi": npi,
    }))
    .expect("a provider")
}

/// Runs plain SQL; again where it was what had to give way to a feed, which locks tables in an order of its own.
pub async fn execute(connection: &mut PgConnection, sql: &str) {
    const DEADLOCK: &str = "40P01";
    let gave_way = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| code == DEADLOCK)
    };
    loop {
        match sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut *connection)
            .await
        {
            Ok(_) => return,
            Err(error) if gave_way(&error) => {}
            Err(error) => panic!("{sql}: {error}"),
        }
    }
}

/// A folder under `target` where the test cluster's user can go, else one among the system's temporary files.
pub fn ground_for(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let open_to_others = |dir: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::metadata(dir).is_ok_and(|m| m.permissions().mode() & 0o001 != 0)
    };
    let mine = std::fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) != 0);
    if mine || target.ancestors().all(open_to_others) {
        return target.join(name);
    }
    let checkout = env!("CARGO_MANIFEST_DIR").replace('/', "-");
    std::env::temp_dir().join(format!("provdir{checkout}")).join(name)
}

async fn prepare() -> Ground {
    let dir = ground_for("postgres");
    let binaries = std::env::var_os("PROVDIR_PG_BINDIR").map(PathBuf::from);
    let cluster = Cluster::open(&dir, binaries.as_deref(), false)
        .await
        .expect("a Postgres for the tests");
    let maintenance = cluster.access("postgres");
    *CLUSTER.lock().expect("not poisoned") = Some(cluster);
    // SAFETY: the handler is a plain function that neither unwinds nor needs anything but this process's statics.
    #[expect(unsafe_code, reason = "the test harness has no hook for its end")]
    unsafe {
        libc::atexit(stop);
    }
    let template = format!("template_{}", store::schema_fingerprint());
    let gate = File::options()
        .create(true)
        .append(true)
        .open(dir.join("template.lock"))
        .expect("a lock file");
    let gate = tokio::task::spawn_blocking(move || gate.lock().map(|()| gate)).await;
    let mut owner = PgConnection::connect_with(&maintenance.owner).await.expect("the owner");
    // Who is about to be let into a database that is being dropped waits for that, and that for them, until this time is over;
    // and meanwhile the feeds of all other tests wait for a transaction that does not end.
    execute(&mut owner, "ALTER SYSTEM SET authentication_timeout = '3s'").await;
    execute(&mut owner, "SELECT pg_reload_conf()").await;
    sweep(&mut owner).await;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&template)
        .fetch_one(&mut owner)
        .await
        .expect("asked");
    if !there {
        execute(&mut owner, "DROP DATABASE IF EXISTS template_new").await;
        execute(&mut owner, "CREATE DATABASE template_new").await;
        let new = maintenance.owner.clone().database("template_new");
        store::migrate(&new).await.expect("migrated");
        execute(&mut owner, &format!("ALTER DATABASE template_new RENAME TO {template}")).await;
    }
    drop(gate);
    Ground { maintenance, template }
}

/// Drops the databases of test processes that are no more.
async fn sweep(owner: &mut PgConnection) {
    let names: Vec<String> =
        sqlx::query_scalar("SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]+_[0-9]+$'")
            .fetch_all(&mut *owner)
            .await
            .expect("asked");
    for name in names {
        let process = name.split('_').nth(1).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            execute(owner, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// At the end of the process: the last test process stops the cluster.
extern "C" fn stop() {
    if let Some(cluster) = CLUSTER.lock().ok().and_then(|mut held| held.take()) {
        let _ = cluster.close_blocking();
    }
}
