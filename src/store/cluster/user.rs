//! Whom Postgres runs as, for it refuses root.

use std::{
    fs, io,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::store::Error;
/// Whom Postgres runs as: the user of this process, or another one where that is root.
#[derive(Clone, Debug)]
pub struct User {
    name: String,
    /// User and group id to change to.
    other: Option<(u32, u32)>,
}

impl User {
    /// The user of this process unless it is root, then `nobody`.
    pub fn of_cluster() -> Result<Self, Error> {
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

    /// What to call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether Postgres runs as somebody else than this process.
    pub fn is_other(&self) -> bool {
        self.other.is_some()
    }

    /// Its number.
    pub fn id(&self) -> Option<u32> {
        self.other.map_or_else(effective_uid, |(uid, _)| Some(uid))
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

    /// Hands a file or folder over to this user.
    pub fn give(&self, path: &Path) -> io::Result<()> {
        match self.other {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)),
            None => Ok(()),
        }
    }
}

/// The user id of this process; none where the system cannot be asked.
pub fn effective_uid() -> Option<u32> {
    if let Ok(own) = fs::metadata("/proc/self") {
        return Some(own.uid());
    }
    let output = Command::new("id").arg("-u").output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}
