//! `provdir demo`: real and synthetic providers, the index, and what to try.

use std::{fs, net::SocketAddr, path::Path};

use chrono::{DateTime, Days, Utc};
use clap::Args;

use super::{Error, print, progress, token};
use crate::feed::Feed;
use crate::intake::{load, nppes};
use crate::store::{
    self, Store,
    access::{self, Grant},
};
use crate::vocab::Lexicon;

/// Current rows of NPPES, a public file of the US government.
const REAL: &[u8] = include_bytes!("../../../fixtures/nppes/demo.csv.gz");

/// Which synthetic providers: the demo is the same everywhere.
const SEED: u64 = 1;

/// The file in the data folder that says which data set is complete in it.
const DONE: &str = "demo.loaded";

/// How long a demo's administrator token is good, in days.
const TOKEN_DAYS: Days = Days::new(30);

/// How much data, and where to serve.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How many synthetic providers there shall be beside the real ones.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    pub providers: u64,
    /// The port of the server [default: that of --listen, 8080].
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
}

/// Loads the data set into the store, unless it is there.
///
/// # Errors
/// If the data folder can't be written or Postgres goes away; the same command then goes on.
pub async fn load(
    store: &Store,
    lexicon: &Lexicon,
    data: &Path,
    options: &Options,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let done = data.join(DONE);
    let loaded: Option<u64> = fs::read_to_string(&done).ok().and_then(|text| text.trim().parse().ok());
    if loaded.is_some_and(|loaded| loaded >= options.providers) {
        return Ok(());
    }
    let file = data.join("nppes-demo.csv.gz");
    fs::write(&file, REAL)?;
    let files = [file];
    nppes::import(
        store,
        lexicon,
        &files,
        &nppes::Options::default(),
        &nppes::Bar::new(),
        now,
    )
    .await?;
    fs::remove_file(&files[0])?;

    load::networks(store).await?;
    let bar = progress::bar(options.providers, "synthetic providers loaded");
    load::synthetic(store, lexicon, options.providers, SEED, now, |done| {
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    fs::write(done, options.providers.to_string())?;
    Ok(())
}

/// Waits until everything is searchable, with a bar while a generation is being built.
///
/// # Errors
/// If the feed is stopped.
pub async fn index(feed: &Feed, store: &Store, index: &crate::index::Index) -> Result<(), Error> {
    let _shown = progress::Rebuild::of(feed);
    feed.caught_up().await?;
    let begun = store::outbox::begun(store).await?;
    while !index.wait_for_all(begun, std::time::Duration::from_secs(60)).await {
        // Still building; the bar says so.
    }
    Ok(())
}

/// A fresh administrator token; the ones of earlier starts are revoked, because they can't be shown again.
///
/// # Errors
/// If Postgres goes away.
pub async fn token(store: &Store, now: DateTime<Utc>) -> Result<String, Error> {
    let name = |at: DateTime<Utc>| format!("demo {}", at.format("%FT%T%.6fZ"));
    let mut tx = store.begin(&token::operator()).await?;
    for old in access::list_tokens(&mut tx).await? {
        if old.name.starts_with("demo ") && old.revoked_at.is_none() {
            access::revoke_token(&mut tx, &old.name, now).await?;
        }
    }
    let grant = Grant {
        name: name(now),
        role: crate::domain::access::Role::PlatformAdmin,
        organization_id: None,
        scopes: Vec::new(),
        expires_at: now.checked_add_days(TOKEN_DAYS),
    };
    let token = access::issue_token(&mut tx, &grant, rand::random(), now).await?;
    tx.commit().await?;
    Ok(token)
}

/// Five searches that have good answers in the demo's data; the README shows them with their answers.
const SEARCHES: [(&str, &str); 5] = [
    (
        "one box: words, language and place",
        "q=spanish+speaking+cardiologist+in+Houston",
    ),
    (
        "nearest first, in a network today, taking new patients",
        "specialty=pediatrics&near=10001&radius=10&network_status=ACTIVE&accepting_new_patients=true&sort=distance",
    ),
    ("a name, near a place", "q=Dr+Smith&near=Chicago,+IL"),
    ("everyday words, in a whole state", "q=hospital+in+Connecticut"),
    ("for a map", "q=urgent+care&near=10013&format=geojson"),
];

/// Says what to open and five things to try.
///
/// # Errors
/// If standard output is closed.
pub fn tell(address: SocketAddr, prefix: &str, providers: u64, token: &str) -> Result<(), Error> {
    let base = format!("http://{address}{prefix}");
    print(&format!("\n{providers} providers. Open {base}/ or try:\n"))?;
    for (what, query) in SEARCHES {
        print(&format!("  # {what}\n  curl '{base}/providers/search?{query}'\n"))?;
    }
    print(&format!("Administrator token (30 days): {token}"))?;
    Ok(())
}

/// Says how it ends: the last line, after which nothing more is written, so whoever reads along may close the pipe.
///
/// # Errors
/// If standard output is closed.
pub fn tell_how_to_stop() -> Result<(), Error> {
    print("Stop with Ctrl-C; the next start reuses everything.")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_shows_the_same_searches() {
        let readme = include_str!("../../../README.md");
        for (_, query) in SEARCHES {
            let command = format!("$ curl '127.0.0.1:8080/providers/search?{query}'\n");
            assert!(readme.contains(&command), "README.md has no {command}");
        }
    }
}
