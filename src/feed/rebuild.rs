//! A full rebuild: one repeatable-read snapshot of the store into a new generation of the index.
//!
//! Memory stays flat: a reader hands chunks of providers to the thread that writes documents, a few at a time.

use std::time::{Duration, Instant};

use chrono::NaiveDate;
use serde::Serialize;
use tokio::sync::mpsc;

use super::{Error, reconcile};
use crate::domain::provider::Provider;
use crate::index::{self, Change, Index, Rebuild};
use crate::store::{Store, snapshot::Export};
use crate::vocab::{Position, ProviderId};

/// Providers read at once.
const CHUNK: usize = 1_000;

/// Providers that catch up at once.
const CAUGHT_UP_AT_ONCE: usize = 10_000;

/// Chunks that may wait for the writer.
const AHEAD: usize = 4;

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Providers written.
    pub done: u64,
    /// Providers in the snapshot.
    pub total: u64,
    /// Since the start, in seconds.
    pub elapsed_s: f64,
    /// Providers a second, over all.
    pub rows_per_s: f64,
    /// The most memory this process has had resident, in bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
}

/// A generation that has everything of its snapshot and is not swapped in yet.
pub struct Built {
    rebuild: Rebuild,
    /// What it contains, but for bulk loads behind its snapshot.
    pub position: Position,
    /// Where the snapshot of the store was taken.
    pub snapshot: Position,
    /// How it went.
    pub progress: Progress,
}

impl Built {
    /// Brings these providers to what the store has, `position` or later, while the old generation answers. `owed`: but for bulk
    /// loads from there on.
    ///
    /// # Errors
    /// If Postgres goes away or the generation can't be written.
    pub async fn catch_up(
        mut self,
        store: &Store,
        touched: &[ProviderId],
        position: Position,
        owed: Option<Position>,
        day: NaiveDate,
    ) -> Result<Self, Error> {
        for some in touched.chunks(CAUGHT_UP_AT_ONCE) {
            let changes = reconcile::corrections(store, some).await?;
            let caught_up = tokio::task::spawn_blocking(move || {
                let done = self.rebuild.catch_up(&changes, position, owed, day);
                done.map(|()| self)
            });
            self = caught_up.await??;
        }
        self.position = self.position.max(position);
        Ok(self)
    }

    /// Makes this generation the one that answers, from one search to the next, with the last changes, up to `position` (`owed`:
    /// but for bulk loads from there on). They are on disk after the next commit of the index.
    ///
    /// # Errors
    /// If the new generation can't be written; the old one stays.
    pub fn swap_in(
        self,
        changes: Vec<Change>,
        position: Position,
        owed: Option<Position>,
        day: NaiveDate,
    ) -> Result<(), Error> {
        let reached = Some((position.max(self.position), owed));
        Ok(self.rebuild.swap_with(changes, reached, day)?)
    }
}

/// Reads a snapshot of the store into a new generation, which does not answer yet. `day` decides which participations hold.
///
/// # Errors
/// If Postgres goes away or the generation can't be written. What was written so far is left for the index to clean up.
pub async fn build(
    store: &Store,
    index: &Index,
    day: NaiveDate,
    progress: impl Fn(Progress) + Send + 'static,
) -> Result<Built, Error> {
    let system_identifier = store.system_identifier().await?;
    let mut export = Export::begin(store).await?;
    let (position, total) = (export.position(), u64::try_from(export.count()).unwrap_or_default());
    let (chunks, received) = mpsc::channel(AHEAD);
    let rebuild = index.rebuild()?;
    let mut writer = Writer {
        rebuild,
        position,
        system_identifier,
        day,
        total,
    };
    let writer =
        tokio::task::spawn_blocking(move || writer.write(received, progress).map(|done| (writer.rebuild, done)));
    loop {
        let providers = export.next(CHUNK).await?;
        // A closed channel means that the writer has failed: its own error is the one to tell.
        if providers.is_empty() || chunks.send(providers).await.is_err() {
            break;
        }
    }
    drop(chunks);
    let (rebuild, progress) = writer.await??;
    Ok(Built {
        rebuild,
        position,
        snapshot: position,
        progress,
    })
}

struct Writer {
    rebuild: Rebuild,
    position: Position,
    system_identifier: u64,
    day: NaiveDate,
    total: u64,
}

impl Writer {
    /// Writes what comes until the channel is closed, then merges it into one segment.
    fn write(
        &mut self,
        mut chunks: mpsc::Receiver<Vec<Provider>>,
        progress: impl Fn(Progress),
    ) -> Result<Progress, index::Error> {
        let started = Instant::now();
        let mut done = 0;
        progress(Progress::at(0, self.total, Duration::ZERO));
        while let Some(providers) = chunks.blocking_recv() {
            done += providers.len() as u64;
            for provider in providers {
                self.rebuild.add(provider, self.day)?;
            }
            progress(Progress::at(done, self.total, started.elapsed()));
        }
        self.rebuild.seal(self.position, self.system_identifier)?;
        let progress_at_end = Progress::at(done, self.total, started.elapsed());
        progress(progress_at_end);
        Ok(progress_at_end)
    }
}

impl Progress {
    fn at(done: u64, total: u64, elapsed: Duration) -> Self {
        let elapsed_s = elapsed.as_secs_f64();
        Self {
            done,
            total,
            elapsed_s,
            rows_per_s: if elapsed_s > 0.0 { done as f64 / elapsed_s } else { 0.0 },
            peak_memory_bytes: peak_memory_bytes(),
        }
    }
}

/// The high-water mark of resident memory; Linux only.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
