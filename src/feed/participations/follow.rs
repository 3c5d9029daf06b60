//! The task that keeps the participations fresh.

use std::time::{Duration, Instant};

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::task::JoinHandle;

use super::{
    Participations,
    table::{Builder, Table},
};
use crate::feed::{Error, heard::Heard};
use crate::store::{
    self, Store,
    outbox::{self, EntryKind, Listener},
    standing::{self, Export, Standing},
};
use crate::vocab::{NetworkId, Position, ProviderId};

/// The shortest and the longest wait before another try after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The first look after one that found nothing; each further one waits twice as long.
const SECOND_LOOK: Duration = Duration::from_millis(2);

/// How long after the last marker of a bulk load the table is read anew.
const QUIET: Duration = Duration::from_millis(300);

/// Providers read at once.
const PAGE: usize = 10_000;

/// Changed providers over the table before a new one is read.
const MOST_CHANGED: usize = 200_000;

pub(super) struct Follower {
    store: Store,
    participations: Participations,
    poll: Duration,
    batch: usize,
    /// What has been read of the outbox; none: no table has been read yet.
    read: Option<Position>,
    /// Where the last marker of a bulk load stands, until a table contains it.
    marked: Option<Position>,
    /// When a new table is to be read, if one is.
    due: Option<Instant>,
    building: Option<Building>,
    /// What is in already and not final.
    heard: Heard,
    /// Looks in a row that found nothing.
    looks: u32,
    backoff: Duration,
}

/// All providers, the networks of which there is data, and up to where that is.
type Read = (Table, Vec<NetworkId>, Position);

/// A table being read.
struct Building {
    task: JoinHandle<Result<Read, Error>>,
    /// Who has changed since.
    touched: FxHashSet<ProviderId>,
}

impl Drop for Building {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Follower {
    pub(super) fn new(store: Store, participations: Participations, poll: Duration, batch: usize) -> Self {
        Self {
            store,
            participations,
            poll,
            batch,
            read: None,
            marked: None,
            due: None,
            building: None,
            looks: 0,
            heard: Heard::default(),
            backoff: BACKOFF.0,
        }
    }

    pub(super) async fn run(mut self) {
        while let Err(error) = self.follow().await {
            if matches!(error, Error::Store(store::Error::Behind)) {
                self.read = None;
            }
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "participations wait before they are followed again"
            );
            tokio::time::sleep(self.backoff).await;
            self.backoff = (self.backoff * 2).min(BACKOFF.1);
        }
    }

    /// Follows the outbox until something fails.
    async fn follow(&mut self) -> Result<(), Error> {
        // A reading that broke off, or of which it was never heard, leaves a load that is in no table: all is read again.
        if self.building.take().is_some() || self.marked.is_some() {
            self.due = Some(Instant::now());
        }
        self.heard = Heard::default();
        let mut listener = outbox::listen(&self.store).await?;
        if self.read.is_none() {
            self.read_reference().await?;
            let (table, networks, position) = read_table(self.store.clone()).await?;
            self.participations.replace(table, networks, Vec::new());
            (self.read, self.marked, self.due) = (Some(position), None, None);
            self.tell();
        }
        loop {
            self.end_building_if_done().await?;
            let more = self.take_batch().await?;
            self.begin_building_if_due();
            if !more {
                self.pause(&mut listener).await;
            }
        }
    }

    /// Reads and applies one batch. Answers whether there may be more.
    async fn take_batch(&mut self) -> Result<bool, Error> {
        let after = self.read.unwrap_or_default();
        let limit = i64::try_from(self.batch).unwrap_or(i64::MAX);
        let batch = outbox::read(&self.store, after, limit).await?;
        let fresh = self.heard.fresh(&batch);
        let (mut providers, mut reference) = (FxHashSet::default(), false);
        for entry in &fresh {
            match entry.kind {
                EntryKind::Provider(id) => drop(providers.insert(id)),
                EntryKind::Reference => reference = true,
                EntryKind::Slots(_) => {}
                EntryKind::Rebuild => {
                    self.marked = Some(entry.position);
                    self.due = Some(Instant::now() + QUIET);
                }
            }
        }
        if reference {
            self.read_reference().await?;
        }
        if !providers.is_empty() {
            let providers: Vec<_> = providers.into_iter().collect();
            let found = load(&self.store, &providers).await?;
            self.participations.apply(found);
            if let Some(building) = &mut self.building {
                building.touched.extend(providers);
            }
        }
        self.read = Some(batch.position);
        self.heard.note(&batch);
        self.tell();
        self.looks = if fresh.is_empty() { self.looks + 1 } else { 0 };
        self.backoff = BACKOFF.0;
        Ok(batch.entries.len() >= self.batch)
    }

    async fn read_reference(&self) -> Result<(), Error> {
        let reference = store::networks::reference(&self.store).await?;
        self.participations.write().reference = reference.into();
        Ok(())
    }

    /// Tells how far everything has been read. What a bulk load wrote is not in before the next table is.
    fn tell(&self) {
        if self.marked.is_none() {
            self.participations.0.position.send_if_modified(|told| {
                let moved = *told < self.read;
                *told = (*told).max(self.read);
                moved
            });
        }
    }

    fn begin_building_if_due(&mut self) {
        if self.building.is_some() {
            return;
        }
        let full = self.participations.read().changed.len() > MOST_CHANGED;
        if full || self.due.is_some_and(|due| due <= Instant::now()) {
            self.due = None;
            self.building = Some(Building {
                task: tokio::spawn(read_table(self.store.clone())),
                touched: FxHashSet::default(),
            });
        }
    }

    async fn end_building_if_done(&mut self) -> Result<(), Error> {
        if !self.building.as_ref().is_some_and(|b| b.task.is_finished()) {
            return Ok(());
        }
        let Some(mut building) = self.building.take() else {
            return Ok(());
        };
        let (table, networks, position) = (&mut building.task).await??;
        let touched: Vec<_> = building.touched.drain().collect();
        let changed = load(&self.store, &touched).await?;
        self.participations.replace(table, networks, changed);
        self.marked = self.marked.filter(|marked| *marked > position);
        self.read = self.read.max(Some(position));
        self.tell();
        Ok(())
    }

    async fn pause(&mut self, listener: &mut Listener) {
        let mut at_most = SECOND_LOOK.saturating_mul(1 << self.looks.min(16)).min(self.poll);
        if let Some(due) = self.due {
            at_most = at_most.min(due.saturating_duration_since(Instant::now()));
        }
        if self.building.is_some() {
            at_most = at_most.min(Duration::from_millis(50));
        }
        let began = Instant::now();
        listener.wait(at_most).await;
        if began.elapsed() < at_most {
            self.looks = 0;
        }
    }
}

/// Reads all providers from one snapshot of the store.
async fn read_table(store: Store) -> Result<Read, Error> {
    let began = Instant::now();
    let mut export = Export::begin(&store).await?;
    let mut builder = Builder::default();
    loop {
        let page = export.next(PAGE).await?;
        if page.is_empty() {
            break;
        }
        page.into_iter().for_each(|standing| builder.push(standing));
    }
    let (table, position) = (builder.finish(), export.position());
    let networks = standing::networks_with_data(&store).await?;
    tracing::info!(
        providers = table.len(),
        participations = table.participations(),
        megabytes = table.bytes() >> 20,
        elapsed_s = began.elapsed().as_secs_f64(),
        "participations are in memory"
    );
    Ok((table, networks, position))
}

/// What these providers are now, and those who stand behind one of them; none: gone.
async fn load(store: &Store, ids: &[ProviderId]) -> Result<Vec<(ProviderId, Option<Standing>)>, Error> {
    let mut all = Vec::with_capacity(ids.len());
    for ids in ids.chunks(PAGE) {
        let found = standing::load(store, ids).await?;
        let mut found: FxHashMap<_, _> = found.into_iter().map(|s| (s.id, s)).collect();
        all.extend(ids.iter().map(|id| (*id, found.remove(id))));
        all.extend(found.into_iter().map(|(id, standing)| (id, Some(standing))));
    }
    Ok(all)
}
