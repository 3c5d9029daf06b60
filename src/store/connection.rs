//! Connections: the two login roles, the migrations, and transactions that act for somebody.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};
use sqlx::{
    Connection, PgConnection, PgPool, Postgres, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio_util::sync::CancellationToken;

use super::{Error, cluster::Cluster};
use crate::domain::access::{Actor, Role};
use crate::vocab::{OrganizationId, Position};

tokio::task_local! {
    /// Set while a request is answered that must leave nothing behind.
    static ONLY_LOOKS: ();
}

/// Runs what answers a request that must leave nothing behind, such as HEAD: all its transactions see what they write, and none
/// of it stays, whichever handler it is that writes.
pub async fn only_looking<F: Future>(answer: F) -> F::Output {
    ONLY_LOOKS.scope((), answer).await
}

/// How often is looked whether the managed Postgres runs.
const LOOK: Duration = Duration::from_secs(2);

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Which Postgres, and how much of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where.
    pub database: Database,
    /// Connections of the service; the feed, the network check and the publishers have up to thirteen more.
    pub max_connections: u32,
}

/// A Postgres of one's own, or one that provdir looks after.
#[derive(Clone)]
pub enum Database {
    /// Found or started here, kept in a folder.
    Managed {
        /// The folder. Made if it is not there.
        data_dir: PathBuf,
        /// The folder of `initdb`, `pg_ctl` and `postgres`; none: looked for.
        binaries: Option<PathBuf>,
    },
    /// A connection address of the owner of the tables (`postgres://owner:secret@host/name`).
    Url(String),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Managed { data_dir, .. } => write!(f, "Managed({})", data_dir.display()),
            Self::Url(_) => f.write_str("Url(..)"), // It carries a password.
        }
    }
}

/// How to reach one database: as its owner and as the two service roles.
#[derive(Clone)]
pub struct Access {
    /// Migrates.
    pub owner: PgConnectOptions,
    /// Serves (`provdir_app`).
    pub app: PgConnectOptions,
    /// Reads for the index (`provdir_feed`).
    pub feed: PgConnectOptions,
}

/// The store of record. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    app: PgPool,
    feed: PgPool,
    /// The managed cluster, until one of the clones closes it.
    cluster: Arc<Mutex<Option<Cluster>>>,
}

impl Store {
    /// Finds or starts Postgres, migrates as owner, connects as `provdir_app` and `provdir_feed`.
    ///
    /// # Errors
    /// [`Error::NoPostgres`] and [`Error::Cluster`] say what a person can do; [`Error::Migration`] where the schema is newer.
    pub async fn open(settings: &Settings) -> Result<Self, Error> {
        match &settings.database {
            Database::Managed { data_dir, binaries } => {
                let cluster = Cluster::open(data_dir, binaries.as_deref(), true).await?;
                cluster.create_database("provdir").await?;
                let access = cluster.access("provdir");
                migrate(&access.owner).await?;
                let mut store = Self::connect(&access, settings.max_connections).await?;
                store.cluster = Arc::new(Mutex::new(Some(cluster)));
                Ok(store)
            }
            Database::Url(url) => {
                let owner: PgConnectOptions = url.parse().map_err(Error::Unavailable)?;
                migrate(&owner).await?;
                let access = derive_roles(owner).await?;
                Self::connect(&access, settings.max_connections).await
            }
        }
    }

    /// A store that is away for good: whoever asks it waits in vain. For measuring what must not ask.
    pub fn away() -> Self {
        let pool = || {
            PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(Duration::from_millis(100))
                .connect_lazy_with(PgConnectOptions::new_without_pgpass().host("127.0.0.1").port(1))
        };
        Self {
            app: pool(),
            feed: pool(),
            cluster: Arc::default(),
        }
    }

    /// Connects to a database whose schema is up to date.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where one of the roles cannot connect.
    pub async fn connect(access: &Access, max_connections: u32) -> Result<Self, Error> {
        let pool = |size| {
            PgPoolOptions::new()
                .max_connections(size)
                .acquire_timeout(Duration::from_secs(20))
        };
        let app = pool(max_connections)
            .connect_with(access.app.clone().application_name("provdir"))
            .await?;
        let feed = pool(13)
            .connect_with(access.feed.clone().application_name("provdir feed"))
            .await?;
        Ok(Self {
            app,
            feed,
            cluster: Arc::default(),
        })
    }

    /// Opens a transaction that sees and writes what `actor` may.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(&self, actor: &Actor) -> Result<Tx, Error> {
        let mut inner = self.app.begin().await?;
        let text = |id: Option<String>| id.unwrap_or_default();
        sqlx::query(
            "SELECT set_config('app.organization_id', $1, true), set_config('app.actor', $2, true),
                set_config('app.role', $3, true), set_config('app.user_id', $4, true),
                set_config('app.provider_user_id', $5, true), set_config('app.listing_id', $6, true)",
        )
        .bind(text(actor.organization_id.map(|id| id.to_string())))
        .bind(&actor.name)
        .bind(actor.role.code())
        .bind(text(actor.user_id.map(|id| id.to_string())))
        .bind(text(actor.provider_user_id.map(|id| id.to_string())))
        .bind(text(actor.listing.map(|id| id.to_string())))
        .execute(&mut *inner)
        .await?;
        Ok(Tx {
            inner,
            owner: match actor.role {
                Role::PlatformAdmin | Role::Import => None,
                _ => actor.organization_id,
            },
        })
    }

    /// Opens a transaction that happens at `now`: assignments and shares are held against it, history says it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin_at(&self, actor: &Actor, now: DateTime<Utc>) -> Result<Tx, Error> {
        let mut tx = self.begin(actor).await?;
        sqlx::query("SELECT set_config('app.now', $1, true)")
            .bind(now.to_rfc3339_opts(SecondsFormat::Micros, true))
            .execute(tx.connection())
            .await?;
        Ok(tx)
    }

    /// Closes the connections, those of all clones, and stops the cluster if it is a managed one that no other process uses.
    pub async fn close(self) {
        // Who still holds a connection, such as a listener that nobody waits on, is not waited for.
        let closed = async { tokio::join!(self.app.close(), self.feed.close()) };
        let _ = tokio::time::timeout(Duration::from_secs(5), closed).await;
        let cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(cluster) = cluster {
            cluster.close().await;
        }
    }

    /// Sees to it that the managed Postgres, where there is one, runs until `stop`: one that died is started again.
    pub async fn keep_running(&self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            let cluster = Arc::clone(&self.cluster);
            let revived = tokio::task::spawn_blocking(move || {
                let cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
                cluster.as_ref().map_or(Ok(false), Cluster::revive)
            });
            match revived.await {
                Ok(Ok(true)) => tracing::warn!("Postgres had died and runs again"),
                Ok(Err(error)) => tracing::warn!(%error, "Postgres has died"),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
    }

    /// The cluster's own number: positions of another cluster mean nothing here.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn system_identifier(&self) -> Result<u64, Error> {
        let id: i64 = sqlx::query_scalar("SELECT system_identifier FROM pg_control_system()")
            .fetch_one(&self.feed)
            .await?;
        Ok(id.cast_unsigned())
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&self.app).await?;
        Ok(())
    }

    pub(super) fn app(&self) -> &PgPool {
        &self.app
    }

    pub(super) fn feed(&self) -> &PgPool {
        &self.feed
    }
}

/// A transaction of an actor. Dropped without [`Tx::commit`], it is rolled back.
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    /// Whose the providers are that it creates; none: public.
    pub(super) owner: Option<OrganizationId>,
}

impl Tx {
    /// Commits. Whoever waits for the position sees this transaction. Within [`only_looking`] it is rolled back.
    ///
    /// # Errors
    /// [`Error::Conflict`] and [`Error::Unavailable`]; nothing is stored then.
    pub async fn commit(self) -> Result<Position, Error> {
        if ONLY_LOOKS.try_with(|()| ()).is_ok() {
            self.inner.rollback().await?;
            return Ok(Position::default());
        }
        self.commit_always().await
    }

    /// Commits also within [`only_looking`]: what is written down about somebody who may not look.
    pub(super) async fn commit_always(mut self) -> Result<Position, Error> {
        let xid: Option<String> = sqlx::query_scalar("SELECT pg_current_xact_id_if_assigned()::text")
            .fetch_one(&mut *self.inner)
            .await?;
        self.inner.commit().await?;
        Ok(match xid {
            Some(xid) => Position {
                xid: xid.parse().map_err(|_| Error::Corrupt(format!("xid {xid}")))?,
                id: i64::MAX,
            },
            None => Position::default(), // It wrote nothing: there is nothing to wait for.
        })
    }

    /// Makes the rest of the transaction a bulk load: one marker in the outbox, that the index be rebuilt.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn bulk(&mut self) -> Result<(), Error> {
        sqlx::query("SELECT set_config('app.bulk', 'on', true)")
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

/// Brings the schema of a database up to date, as its owner.
///
/// # Errors
/// [`Error::Migration`], [`Error::Unavailable`].
pub async fn migrate(owner: &PgConnectOptions) -> Result<(), Error> {
    let mut connection = PgConnection::connect_with(owner).await?;
    MIGRATIONS.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

/// A word that changes whenever a migration does: the key of a migrated template.
pub fn schema_fingerprint() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATIONS.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hex(&hash.finalize()[..8])
}

/// The bytes of hexadecimal digits.
pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let pairs = (0..digits.len()).step_by(2);
    let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    pairs.map(byte).collect()
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The service roles' access to a database that is not managed: their passwords are in a table that only the owner
/// reads, so that several nodes agree; they are set where they do not work (yet).
async fn derive_roles(owner: PgConnectOptions) -> Result<Access, Error> {
    let mut connection = PgConnection::connect_with(&owner).await?;
    let mut options = Vec::new();
    for role in ["provdir_app", "provdir_feed"] {
        let fresh = hex(&rand::random::<[u8; 24]>());
        sqlx::query("INSERT INTO private_setting (name, value) VALUES ($1 || '.password', $2) ON CONFLICT DO NOTHING")
            .bind(role)
            .bind(fresh)
            .execute(&mut connection)
            .await?;
        let password: String = sqlx::query_scalar("SELECT value FROM private_setting WHERE name = $1 || '.password'")
            .bind(role)
            .fetch_one(&mut connection)
            .await?;
        let login = owner.clone().username(role).password(&password);
        if PgConnection::connect_with(&login).await.is_err() {
            set_password(&mut connection, role, &password).await?;
        }
        options.push(login);
    }
    connection.close().await?;
    let (Some(feed), Some(app)) = (options.pop(), options.pop()) else {
        unreachable!("two roles, two logins")
    };
    Ok(Access { owner, app, feed })
}

/// Sets a service role's password. `role` and `password` are this program's own words: letters, digits, underscores.
pub(super) async fn set_password(owner: &mut PgConnection, role: &str, password: &str) -> Result<(), Error> {
    let sql = format!("ALTER ROLE {role} LOGIN PASSWORD '{password}'");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(owner).await?;
    Ok(())
}
