//! The folder of a managed cluster: its files, and how the Postgres in it is made, started and asked.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{OWNER, binaries::Binaries, user::User};
use crate::store::{Error, connection::hex};

/// The system takes 107 bytes for a socket's path; its name has up to 16.
const LONGEST_SOCKET_FOLDER: usize = 90;

/// The folder and who may work in it.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) dir: PathBuf,
    pub(super) user: User,
}

/// Where the port and the passwords are kept.
const SECRETS: &str = "cluster.json";

/// Whether a cluster has been made in this folder.
pub fn is_made_in(data_dir: &Path) -> bool {
    data_dir.join(SECRETS).exists()
}

/// What [`SECRETS`] keeps.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secrets {
    pub(super) port: u16,
    pub(super) owner: String,
    pub(super) app: String,
    pub(super) feed: String,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets(port {})", self.port)
    }
}

impl Home {
    /// The folder, there and reachable by the user that Postgres will run as.
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, Error> {
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
                        user.name(),
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

    pub(super) fn data(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    /// Turns an error of the system into one that names the file.
    pub(super) fn at(&self, name: &str) -> impl Fn(io::Error) -> Error + use<> {
        let path = self.dir.join(name);
        move |source| Error::File {
            path: path.clone(),
            source,
        }
    }

    pub(super) fn lock_file(&self, name: &str) -> Result<File, Error> {
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.dir.join(name))
            .map_err(self.at(name))
    }

    /// The major version that made the cluster; none: there is no (complete) cluster.
    pub(super) fn made_by(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    pub(super) fn read_secrets(&self) -> Result<Option<Secrets>, Error> {
        match fs::read(self.dir.join(SECRETS)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| Error::Cluster(format!("{}/{SECRETS} is damaged: {e}", self.dir.display()))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.at(SECRETS)(e)),
        }
    }

    fn write_secrets(&self, secrets: &Secrets) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(secrets).map_err(|e| Error::Cluster(e.to_string()))?;
        self.write_private(SECRETS, &text)
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
    pub(super) fn make(&self, binaries: &Binaries, durable: bool) -> Result<Secrets, Error> {
        if self.made_by().is_some() {
            return Err(Error::Cluster(format!(
                "{} holds a cluster, but its {SECRETS} is gone: put it back, or choose another folder",
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
    pub(super) fn is_running(&self, binaries: &Binaries, secrets: &Secrets) -> bool {
        self.pg_ctl(binaries, &["status"]).is_ok() && self.answers(secrets)
    }

    /// Whether somebody listens where the postmaster should.
    pub(super) fn answers(&self, secrets: &Secrets) -> bool {
        TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, secrets.port).into(), Duration::from_secs(2)).is_ok()
    }

    /// Starts the postmaster, on another port where somebody took the stored one. After kill -9 its children may hold the
    /// shared memory for a moment, so it is tried again for a while.
    pub(super) fn start(&self, binaries: &Binaries, secrets: &mut Secrets) -> Result<(), Error> {
        let mut refused = None;
        for _ in 0..20 {
            if is_taken(secrets.port) {
                secrets.port = free_port()?;
            }
            self.write_secrets(secrets)?;
            match self.start_at(binaries, secrets.port) {
                Ok(()) => return Ok(()),
                Err(why) => refused = Some(why),
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        Err(refused.unwrap_or_else(|| Error::Cluster("Postgres does not start".to_owned())))
    }

    /// Tries once to start the postmaster at a port.
    pub(super) fn start_at(&self, binaries: &Binaries, port: u16) -> Result<(), Error> {
        self.rotate_log()?;
        let options = match self.make_socket_folder() {
            Some(folder) => format!("-p {port} -k '{}'", folder.display()),
            None => format!("-p {port}"),
        };
        let log = self.dir.join("postgres.log");
        let written_to = log.to_string_lossy();
        let arguments = ["start", "-w", "-t", "120", "-l", &written_to, "-o", &options];
        self.pg_ctl(binaries, &arguments).map_err(|_| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<_> = said.lines().collect();
            let last = lines[lines.len().saturating_sub(5)..].join("\n");
            Error::Cluster(format!(
                "Postgres does not start; the end of {}/postgres.log:\n{last}",
                self.dir.display()
            ))
        })
    }

    /// Where the postmaster's socket goes: the data folder, or, where its path is too long for the name of a socket or has
    /// characters that a command line changes, one among the temporary files.
    fn socket_folder(&self) -> PathBuf {
        let own = self.dir.join("socket");
        let text = own.as_os_str().as_encoded_bytes();
        let plain = text.iter().all(|b| b.is_ascii_alphanumeric() || b"/._-+".contains(b));
        if plain && text.len() <= LONGEST_SOCKET_FOLDER {
            return own;
        }
        let digest = Sha256::digest(text);
        std::env::temp_dir().join(format!("provdir-{}", hex(&digest[..8])))
    }

    /// The folder, there, the user's own and closed to others; none where somebody else has it: then there is no socket.
    fn make_socket_folder(&self) -> Option<PathBuf> {
        let folder = self.socket_folder();
        if fs::create_dir(&folder).is_ok() {
            let owned = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
            owned.and_then(|()| self.user.give(&folder)).ok()?;
        }
        let found = fs::symlink_metadata(&folder).ok()?;
        let is_own = found.is_dir() && found.mode() & 0o077 == 0 && Some(found.uid()) == self.user.id();
        is_own.then_some(folder)
    }

    /// The folder of the socket, if the postmaster listens there.
    pub(super) fn listening_socket(&self, port: u16) -> Option<PathBuf> {
        let folder = self.socket_folder();
        folder.join(format!(".s.PGSQL.{port}")).exists().then_some(folder)
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

    pub(super) fn pg_ctl(&self, binaries: &Binaries, arguments: &[&str]) -> Result<(), Error> {
        let mut command = self.user.command(&binaries.dir.join("pg_ctl"));
        run(command.args(arguments).arg("-D").arg(self.data()), "pg_ctl")
    }
}

/// Whether somebody listens on a port of the loopback address.
pub(super) fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
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
