//! What the benches that need a Postgres share: a cluster of their own, gone in the end, and the memory of the process.

use std::path::PathBuf;

use provider_directory::store::{self, Access, Store, cluster::Cluster};

/// A fresh database in a cluster of its own, as durable as a real one.
pub struct Ground {
    /// The store.
    pub store: Store,
    /// How its database is reached without it.
    pub access: Access,
    /// The folder of everything.
    pub folder: PathBuf,
    cluster: Cluster,
}

impl Ground {
    /// Makes it.
    pub async fn open(name: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("provdir-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        // As root, Postgres runs as another user, who must get in.
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).expect("opened");
        let cluster = Cluster::open(&folder, None, true).await.expect("a Postgres");
        cluster.create_database("bench").await.expect("a database");
        let access = cluster.access("bench");
        store::migrate(&access.owner).await.expect("a schema");
        let store = Store::connect(&access, 8).await.expect("connected");
        Self {
            store,
            access,
            folder,
            cluster,
        }
    }

    /// Takes it away.
    pub async fn close(self) {
        self.store.close().await;
        self.cluster.close().await;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A number given as `--name N`, else in the environment as `PROVDIR_BENCH_NAME`, else the default.
pub fn number(name: &str, default: u64) -> u64 {
    let flag = format!("--{name}");
    let given = std::env::args().skip_while(|a| *a != flag).nth(1);
    let given = given.or_else(|| std::env::var(format!("PROVDIR_BENCH_{}", name.to_uppercase())).ok());
    given.map_or(default, |n| n.replace('_', "").parse().expect("a number"))
}

/// The most memory that this process has had resident, in megabytes; Linux only.
pub fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}
