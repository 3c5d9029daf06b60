//! A cluster that is looked after: made, started, shared by processes, stopped by the last.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    binaries::{self, Binaries},
    home::{self, Home, Secrets},
    user,
};
use crate::store::{Access, Error, connection::set_password};

/// The superuser of a managed cluster: owns the tables.
pub(super) const OWNER: &str = "postgres";

/// A running managed cluster, held open by this process.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    pub(super) binaries: Binaries,
    secrets: Secrets,
    /// Held, shared, as long as this process uses the cluster.
    users: File,
}

/// Where a managed cluster lives unless told otherwise: `/var/lib/provdir` for root, else `./.provdir`.
pub fn default_data_dir() -> PathBuf {
    match user::effective_uid() {
        Some(0) => PathBuf::from("/var/lib/provdir"),
        _ => PathBuf::from(".provdir"),
    }
}

impl Cluster {
    /// Finds the cluster of `data_dir` running, or starts it, or makes it.
    ///
    /// `durable` is off only for tests: a crash of the machine may then cost the data.
    ///
    /// # Errors
    /// [`Error::NoPostgres`], [`Error::Cluster`] and [`Error::File`], each with what helps.
    pub async fn open(data_dir: &Path, binaries: Option<&Path>, durable: bool) -> Result<Self, Error> {
        let (data_dir, binaries) = (data_dir.to_owned(), binaries.map(Path::to_owned));
        let (cluster, gate, fresh) =
            tokio::task::spawn_blocking(move || Self::open_blocking(&data_dir, binaries.as_deref(), durable))
                .await
                .map_err(|e| Error::Cluster(format!("starting Postgres was interrupted: {e}")))??;
        if fresh {
            cluster.create_roles().await?;
        }
        drop(gate); // Only now may others come in: the roles are there.
        Ok(cluster)
    }

    fn open_blocking(data_dir: &Path, given: Option<&Path>, durable: bool) -> Result<(Self, File, bool), Error> {
        let home = Home::prepare(data_dir)?;
        let gate = home.lock_file("gate.lock")?;
        gate.lock().map_err(home.at("gate.lock"))?;
        let users = home.lock_file("users.lock")?;
        users.lock_shared().map_err(home.at("users.lock"))?;
        let binaries = binaries::find(given, home.made_by(), &home.user)?;
        let mut secrets = match home.read_secrets()? {
            Some(secrets) if home.made_by().is_some() => secrets,
            _ => home.make(&binaries, durable)?,
        };
        if !home.is_running(&binaries, &secrets) {
            home.start(&binaries, &mut secrets)?;
        }
        let fresh = !home.dir.join("roles").exists();
        let cluster = Self {
            home,
            binaries,
            secrets,
            users,
        };
        Ok((cluster, gate, fresh))
    }

    /// Starts the postmaster again if it has died, at the port that everybody connects to. Answers whether it had.
    ///
    /// # Errors
    /// [`Error::Cluster`] where it does not start, or somebody has taken the port meanwhile.
    pub fn revive(&self) -> Result<bool, Error> {
        if self.home.answers(&self.secrets) {
            return Ok(false);
        }
        let gate = self.home.lock_file("gate.lock")?;
        gate.lock().map_err(self.home.at("gate.lock"))?;
        if self.home.is_running(&self.binaries, &self.secrets) {
            return Ok(false); // Another process was faster.
        }
        if home::is_taken(self.secrets.port) {
            let port = self.secrets.port;
            return Err(Error::Cluster(format!("port {port}, where Postgres was, is taken")));
        }
        self.home.start_at(&self.binaries, self.secrets.port)?;
        Ok(true)
    }

    /// How to reach a database of this cluster.
    pub fn access(&self, database: &str) -> Access {
        // Over TCP the driver's small writes wait for each other's acknowledgement, up to 40 ms a statement.
        let socket = self.home.listening_socket(self.secrets.port);
        let login = |role: &str, password: &str| {
            let options = PgConnectOptions::new_without_pgpass();
            let options = match &socket {
                Some(folder) => options.socket(folder),
                None => options.host("127.0.0.1"),
            };
            options
                .port(self.secrets.port)
                .ssl_mode(PgSslMode::Disable)
                .username(role)
                .password(password)
                .database(database)
        };
        Access {
            owner: login(OWNER, &self.secrets.owner),
            app: login("provdir_app", &self.secrets.app),
            feed: login("provdir_feed", &self.secrets.feed),
        }
    }

    /// Makes a database unless it is there. `name` is the program's own word.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn create_database(&self, name: &str) -> Result<(), Error> {
        let mut owner = PgConnection::connect_with(&self.access("postgres").owner).await?;
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
            .bind(name)
            .fetch_one(&mut owner)
            .await?;
        if !there {
            let made = sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{name}\"")))
                .execute(&mut owner)
                .await;
            match made {
                // Another process made it in between.
                Err(sqlx::Error::Database(e)) if matches!(e.code().as_deref(), Some("42P04" | "23505")) => {}
                made => {
                    made?;
                }
            }
        }
        owner.close().await?;
        Ok(())
    }

    /// Lets go of the cluster, and stops it if nobody else holds it.
    pub async fn close(self) {
        let stopped = tokio::task::spawn_blocking(move || self.close_blocking()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the managed Postgres was left running"
            );
        }
    }

    /// As [`Cluster::close`], from where there is no async runtime.
    ///
    /// # Errors
    /// [`Error::Cluster`] where Postgres does not stop; the next start takes it over.
    pub fn close_blocking(self) -> Result<(), Error> {
        let gate = self.home.lock_file("gate.lock")?;
        gate.lock().map_err(self.home.at("gate.lock"))?;
        drop(self.users);
        let last = self.home.lock_file("users.lock")?;
        if nobody_else(&last) {
            self.home
                .pg_ctl(&self.binaries, &["stop", "-m", "fast", "-w", "-t", "60"])?;
        }
        Ok(())
    }

    /// The process id of the running postmaster, for tests and reports.
    pub fn process_id(&self) -> Option<u32> {
        let text = fs::read_to_string(self.home.data().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    async fn create_roles(&self) -> Result<(), Error> {
        let mut owner = PgConnection::connect_with(&self.access("postgres").owner).await?;
        for (role, password) in [("provdir_app", &self.secrets.app), ("provdir_feed", &self.secrets.feed)] {
            let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)")
                .bind(role)
                .fetch_one(&mut owner)
                .await?;
            if !there {
                sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE ROLE {role} LOGIN")))
                    .execute(&mut owner)
                    .await?;
            }
            set_password(&mut owner, role, password).await?;
        }
        owner.close().await?;
        fs::write(self.home.dir.join("roles"), "").map_err(self.home.at("roles"))
    }
}

/// Whether nobody else holds the lock. A process being started by another thread of this one holds copies of all files
/// between its fork and its exec, our released lock among them, so a refusal counts only if it lasts.
fn nobody_else(users: &File) -> bool {
    (0..20).any(|_| {
        users.try_lock().is_ok() || {
            std::thread::sleep(std::time::Duration::from_millis(10));
            false
        }
    })
}
