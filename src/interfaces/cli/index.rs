//! `provdir index ...`: generations of the index, and whether it agrees with the store.

use std::{process::ExitCode, time::Duration};

use clap::Subcommand;

use super::{Error, print, print_json, progress};
use crate::feed::{Drift, Feed, State, reconcile};
use crate::index::Index;
use crate::store::{Store, outbox};

/// How long a comparison waits for the index to take what is in the outbox, before it calls a difference one.
const SETTLE: Duration = Duration::from_secs(60);

/// Looks after the index.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Make a new generation from the store and swap it in.
    Rebuild {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what is in the index.
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compare the index with the store and repair what differs.
    Reconcile {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Compare the index with the store; exit code 1 if they differ.
    Verify {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Makes a new generation.
///
/// # Errors
/// If Postgres goes away or the index can't be written.
pub async fn rebuild(feed: &Feed, json: bool) -> Result<ExitCode, Error> {
    let shown = progress::Rebuild::of(feed);
    let done = feed.rebuild().await;
    drop(shown);
    let done = done?;
    if json {
        print_json(&done)?;
    } else {
        let memory = done
            .peak_memory_bytes
            .map_or(String::new(), |b| format!(", at most {} MB of memory", b / 1_000_000));
        print(&format!(
            "{} providers indexed in {:.1} s, {:.0} a second{memory}",
            done.done, done.elapsed_s, done.rows_per_s
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what is in the index.
///
/// # Errors
/// If standard output is closed.
pub fn status(index: &Index, json: bool) -> Result<ExitCode, Error> {
    let status = serde_json::to_value(index.status()).unwrap_or_default();
    match (json, status.as_object()) {
        (false, Some(fields)) => {
            for (name, value) in fields {
                print(&format!(
                    "{name:<20} {}",
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                ))?;
            }
        }
        _ => print_json(&status)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares index and store.
///
/// # Errors
/// If Postgres can't be read.
pub async fn verify(store: &Store, index: &Index, feed: &Feed, json: bool) -> Result<ExitCode, Error> {
    settle(store, index, feed).await?;
    let drift = reconcile::compare(store, index, SETTLE).await?;
    tell(&drift, json)?;
    Ok(if drift.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Compares index and store and repairs what differs.
///
/// # Errors
/// If Postgres goes away or the index can't be written.
pub async fn reconcile(store: &Store, index: &Index, feed: &Feed, json: bool) -> Result<ExitCode, Error> {
    settle(store, index, feed).await?;
    let drift = reconcile::compare(store, index, SETTLE).await?;
    if !drift.is_none() {
        feed.repair(drift.providers()).await?;
    }
    tell(&drift, json)?;
    Ok(ExitCode::SUCCESS)
}

/// Waits for what has been committed so far, a bulk load too, for as long as the feed gets on with it.
async fn settle(store: &Store, index: &Index, feed: &Feed) -> Result<(), Error> {
    feed.caught_up().await?;
    let begun = outbox::begun(store).await.map_err(crate::feed::Error::from)?;
    while !index.wait_for_all(begun, SETTLE).await && feed.status().state != State::Waiting {}
    Ok(())
}

fn tell(drift: &Drift, json: bool) -> Result<(), Error> {
    if json {
        return Ok(print_json(drift)?);
    }
    let (missing, stale, orphan) = (drift.missing.len(), drift.stale.len(), drift.orphan.len());
    print(&format!(
        "{} compared: {missing} missing, {stale} stale, {orphan} orphan",
        drift.checked
    ))?;
    for (what, providers) in [
        ("missing", &drift.missing),
        ("stale", &drift.stale),
        ("orphan", &drift.orphan),
    ] {
        for id in providers {
            print(&format!("{what} {id}"))?;
        }
    }
    Ok(())
}
