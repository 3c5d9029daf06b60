//! A Postgres that provdir looks after: found, made, started, shared by processes, stopped by the last one.
//!
//! Everything is in one folder: `postgres/` (the cluster), `cluster.json` (port and passwords, for its owner only),
//! `postgres.log`, and two lock files. `gate.lock` is held while somebody starts or stops; `users.lock` is held, shared, by
//! each process that uses the cluster: who gets it exclusively is the last one and stops the cluster. The system lets go
//! of locks when a process dies, so a crash leaves a running cluster behind, which the next start takes over.
//!
//! Postgres refuses to run as root. Then it runs as `nobody`, and its folder must be where that user can reach it.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::{
        fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::{
    Access, Error,
    binaries::{self, Binaries},
    connection::{hex, set_password},
};

/// The superuser of a managed cluster: owns the tables.
const OWNER: &str = "postgres";

/// A running managed cluster, held open by this process.
#[derive(Debug)]
pub struct Cluster {
    home: Home,
    binaries: Binaries,
    secrets: Secrets,
    /// Held, shared, as long as this process uses the cluster.
    users: File,
}

/// The folder and who may work in it.
#[derive(Clone, Debug)]
struct Home {
    dir: PathBuf,
    user: User,
}

/// What `cluster.json` keeps.
#[derive(Clone, Serialize, Deserialize)]
struct Secrets {
    port: u16,
    owner: String,
    app: String,
    feed: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets(port {})", self.port)
    }
}

/// Where a managed cluster lives unless told otherwise: `/var/lib/provdir` for root, else `./.provdir`.
pub fn default_data_dir() -> PathBuf {
    match effective_uid() {
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

    /// How to reach a database of this cluster.
    pub fn access(&self, database: &str) -> Access {
        let login = |role: &str, password: &str| {
            PgConnectOptions::new_without_pgpass()
                .host("127.0.0.1")
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
                made => drop(made?),
            }
        }
        owner.close().await?;
        Ok(())
    }

    /// Lets go of the cluster, and stops it if nobody else holds it.
    pub async fn close(self) {
        let stopped = tokio::task::spawn_blocking(move || self.close_blocking()).await;
        if let Ok(Err(error)) = stopped {
            tracing::warn!(%error, "the managed Postgres was left running");
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
        if last.try_lock().is_ok() {
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

impl Home {
    /// The folder, there and reachable by the user that Postgres will run as.
    fn prepare(data_dir: &Path) -> Result<Self, Error> {
        let user = User::of_cluster()?;
        fs::create_dir_all(data_dir).map_err(|source| Error::File {
            path: data_dir.to_owned(),
            source,
        })?;
        let dir = fs::canonicalize(data_dir).map_err(|source| Error::File {
            path: data_dir.to_owned(),
            source,
        })?;
        if user.is_other() {
            for above in dir.ancestors().skip(1) {
                if fs::metadata(above).is_ok_and(|m| m.mode() & 0o001 == 0) {
                    return Err(Error::Cluster(format!(
                        "Postgres refuses to run as root and would run as {}, which cannot enter {}: \
                         choose another folder, for example `--data /var/lib/provdir`",
                        user.name,
                        above.display()
                    )));
                }
            }
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).map_err(|source| Error::File {
                path: dir.clone(),
                source,
            })?;
        }
        Ok(Self { dir, user })
    }

    fn data(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    /// Turns an error of the system into one that names the file.
    fn at(&self, name: &str) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.dir.join(name);
        move |source| Error::File {
            path: path.clone(),
            source,
        }
    }

    fn lock_file(&self, name: &str) -> Result<File, Error> {
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.dir.join(name))
            .map_err(self.at(name))
    }

    /// The major version that made the cluster; none: there is no (complete) cluster.
    fn made_by(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    fn read_secrets(&self) -> Result<Option<Secrets>, Error> {
        match fs::read(self.dir.join("cluster.json")) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| Error::Cluster(format!("{}/cluster.json is damaged: {e}", self.dir.display()))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.at("cluster.json")(e)),
        }
    }

    fn write_secrets(&self, secrets: &Secrets) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(secrets).map_err(|e| Error::Cluster(e.to_string()))?;
        self.write_private("cluster.json", &text)
    }

    /// Writes a file that only this user can read; whole or not at all.
    fn write_private(&self, name: &str, text: &[u8]) -> Result<(), Error> {
        let draft = self.dir.join(format!("{name}.new"));
        let write = || -> io::Result<()> {
            let _ = fs::remove_file(&draft);
            let mut file = File::options().create_new(true).write(true).mode(0o600).open(&draft)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&draft, self.dir.join(name))
        };
        write().map_err(self.at(name))
    }

    /// Makes the cluster beside its place and moves it there, so that half a cluster is never taken for one.
    fn make(&self, binaries: &Binaries, durable: bool) -> Result<Secrets, Error> {
        if self.made_by().is_some() {
            return Err(Error::Cluster(format!(
                "{} holds a cluster, but its cluster.json is gone: put it back, or choose another folder",
                self.dir.display()
            )));
        }
        let secret = || hex(&rand::random::<[u8; 24]>());
        let secrets = Secrets {
            port: free_port()?,
            owner: secret(),
            app: secret(),
            feed: secret(),
        };
        let draft = self.dir.join("postgres.new");
        let _ = fs::remove_dir_all(&draft);
        self.write_private("password", secrets.owner.as_bytes())?;
        self.user
            .give(&self.dir.join("password"))
            .map_err(self.at("password"))?;
        fs::create_dir(&draft).map_err(self.at("postgres.new"))?;
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o700)).map_err(self.at("postgres.new"))?;
        self.user.give(&draft).map_err(self.at("postgres.new"))?;
        let mut command = self.user.command(&binaries.dir.join("initdb"));
        command
            .args([
                "--username",
                OWNER,
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
            ])
            .arg("--pwfile")
            .arg(self.dir.join("password"))
            .arg("-D")
            .arg(&draft);
        if !durable {
            command.arg("--no-sync");
        }
        let made = run(&mut command, "initdb");
        let _ = fs::remove_file(self.dir.join("password"));
        made?;
        let _ = fs::remove_file(self.dir.join("roles"));
        self.configure(&draft, durable)?;
        self.write_secrets(&secrets)?;
        fs::rename(&draft, self.data()).map_err(self.at("postgres"))?;
        Ok(secrets)
    }

    /// What differs from Postgres's own settings, with room for one busy service on a small machine.
    fn configure(&self, data: &Path, durable: bool) -> Result<(), Error> {
        let mut settings = String::from(
            "\n# Written by provdir.\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nmax_connections = 200\n\
             shared_buffers = 256MB\nwork_mem = 32MB\nmaintenance_work_mem = 128MB\nmax_wal_size = 4GB\n\
             wal_compression = on\nrandom_page_cost = 1.1\njit = off\nlog_timezone = 'UTC'\ntimezone = 'UTC'\n",
        );
        if !durable {
            settings.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
        }
        let append = || {
            File::options()
                .append(true)
                .open(data.join("postgresql.conf"))?
                .write_all(settings.as_bytes())
        };
        append().map_err(self.at("postgres/postgresql.conf"))
    }

    /// Whether the postmaster of this cluster lives and listens where we think.
    fn is_running(&self, binaries: &Binaries, secrets: &Secrets) -> bool {
        self.pg_ctl(binaries, &["status"]).is_ok()
            && TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, secrets.port).into(), Duration::from_secs(2)).is_ok()
    }

    /// Starts the postmaster, on another port where somebody took the stored one. After kill -9 its children may hold the
    /// shared memory for a moment, so it is tried again for a while.
    fn start(&self, binaries: &Binaries, secrets: &mut Secrets) -> Result<(), Error> {
        let mut said = String::new();
        for _ in 0..20 {
            if TcpListener::bind((Ipv4Addr::LOCALHOST, secrets.port)).is_err() {
                secrets.port = free_port()?;
            }
            self.write_secrets(secrets)?;
            self.rotate_log()?;
            let port = format!("-p {}", secrets.port);
            let log = self.dir.join("postgres.log");
            let log = log.to_string_lossy();
            match self.pg_ctl(binaries, &["start", "-w", "-t", "120", "-l", &log, "-o", &port]) {
                Ok(()) => return Ok(()),
                Err(_) => said = fs::read_to_string(self.dir.join("postgres.log")).unwrap_or_default(),
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        let last = said.lines().rev().take(5).collect::<Vec<_>>();
        let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
        Err(Error::Cluster(format!(
            "Postgres does not start; the end of {}/postgres.log:\n{last}",
            self.dir.display()
        )))
    }

    /// A log for the postmaster to write, which forgets what is older than the last two megabytes' worth of starts.
    fn rotate_log(&self) -> Result<(), Error> {
        let log = self.dir.join("postgres.log");
        if fs::metadata(&log).is_ok_and(|m| m.len() > 2 << 20) {
            let _ = fs::rename(&log, self.dir.join("postgres.log.1"));
        }
        let open = File::options().create(true).append(true).mode(0o600).open(&log);
        open.and_then(|_| self.user.give(&log)).map_err(self.at("postgres.log"))
    }

    fn pg_ctl(&self, binaries: &Binaries, arguments: &[&str]) -> Result<(), Error> {
        let mut command = self.user.command(&binaries.dir.join("pg_ctl"));
        run(command.args(arguments).arg("-D").arg(self.data()), "pg_ctl")
    }
}

/// Whom Postgres runs as: the user of this process, or another one where that is root.
#[derive(Clone, Debug)]
pub struct User {
    name: String,
    /// User and group id to change to.
    other: Option<(u32, u32)>,
}

impl User {
    /// The user of this process unless it is root, then `nobody`.
    fn of_cluster() -> Result<Self, Error> {
        let Some(uid) = effective_uid() else {
            return Ok(Self {
                name: "this user".to_owned(),
                other: None,
            });
        };
        let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let entries = passwd.lines().filter_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            let uid: u32 = fields.nth(1)?.parse().ok()?;
            let gid: u32 = fields.next()?.parse().ok()?;
            Some((name, uid, gid))
        });
        if uid == 0 {
            let (name, uid, gid) = entries
                .into_iter()
                .find(|(name, ..)| *name == "nobody")
                .ok_or_else(|| Error::Cluster("Postgres refuses to run as root, and there is no user `nobody`: run provdir as an ordinary user".to_owned()))?;
            return Ok(Self {
                name: name.to_owned(),
                other: Some((uid, gid)),
            });
        }
        // Names may also come from a directory service, which only the system's own tool knows.
        let known = entries.into_iter().any(|(_, known, _)| known == uid)
            || Command::new("id").arg("-un").output().is_ok_and(|o| o.status.success());
        if !known {
            return Err(Error::Cluster(format!(
                "Postgres needs a name for the user it runs as, and user id {uid} has none: \
                 add it to /etc/passwd, or give a database in DATABASE_URL"
            )));
        }
        Ok(Self {
            name: uid.to_string(),
            other: None,
        })
    }

    /// Whether Postgres runs as somebody else than this process.
    pub fn is_other(&self) -> bool {
        self.other.is_some()
    }

    /// A program to be run as this user, from a folder that it can enter.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null()).env("LC_ALL", "C");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name); // PGPORT, PGDATA and their like are about another Postgres.
            }
        }
        if let Some((uid, gid)) = self.other {
            command.uid(uid).gid(gid); // The standard library drops root's other groups with them.
        }
        command
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        match self.other {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// The user id of this process; none where the system cannot be asked.
fn effective_uid() -> Option<u32> {
    if let Ok(own) = fs::metadata("/proc/self") {
        return Some(own.uid());
    }
    let output = Command::new("id").arg("-u").output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

/// A port of the loopback address that nobody listens on now.
fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|e| Error::Cluster(format!("no port on 127.0.0.1 to listen on: {e}")))
}

/// Runs a program to its end; its last words are the error.
fn run(command: &mut Command, name: &str) -> Result<(), Error> {
    let output = command
        .output()
        .map_err(|e| Error::Cluster(format!("cannot run {name}: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    })
    .into_owned();
    Err(Error::Cluster(format!("{name}: {}", said.trim())))
}
