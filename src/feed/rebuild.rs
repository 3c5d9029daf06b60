//! A full rebuild: one repeatable-read snapshot of the store into a new generation of the index.
//!
//! Memory stays flat: a reader hands chunks of providers to the thread that writes documents, a few at a time.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc;

use super::Error;
use crate::{
    domain::provider::Provider,
    index::{self, Index, Rebuild},
    store::{Store, snapshot::Export},
    vocab::Position,
};

/// Providers read at once.
const CHUNK: usize = 1_000;

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
    /// What it contains.
    pub position: Position,
    system_identifier: u64,
    /// How it went.
    pub progress: Progress,
}

impl Built {
    /// Makes this generation the one that answers, from one search to the next. Blocks for as long as the last segment takes.
    ///
    /// # Errors
    /// If the new generation can't be written; the old one stays.
    pub fn swap_in(self) -> Result<(), Error> {
        Ok(self.rebuild.finish(self.position, self.system_identifier)?)
    }
}

/// Reads a snapshot of the store into a new generation, which does not answer yet.
///
/// # Errors
/// If Postgres goes away or the generation can't be written. What was written so far is left for the index to clean up.
pub async fn build(store: &Store, index: &Index, progress: impl Fn(Progress) + Send + 'static) -> Result<Built, Error> {
    let system_identifier = store.system_identifier().await?;
    let mut export = Export::begin(store).await?;
    let (position, total) = (export.position(), u64::try_from(export.count()).unwrap_or_default());
    let (chunks, received) = mpsc::channel(AHEAD);
    let rebuild = index.rebuild()?;
    let writer = tokio::task::spawn_blocking(move || write(rebuild, received, total, progress));
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
        system_identifier,
        progress,
    })
}

fn write(
    mut rebuild: Rebuild,
    mut chunks: mpsc::Receiver<Vec<Provider>>,
    total: u64,
    progress: impl Fn(Progress),
) -> Result<(Rebuild, Progress), index::Error> {
    let started = Instant::now();
    let mut done = 0;
    progress(Progress::at(0, total, Duration::ZERO));
    while let Some(providers) = chunks.blocking_recv() {
        for provider in &providers {
            rebuild.add(provider)?;
        }
        done += providers.len() as u64;
        progress(Progress::at(done, total, started.elapsed()));
    }
    Ok((rebuild, Progress::at(done, total, started.elapsed())))
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
