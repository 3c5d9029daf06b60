//! The index as the rest of the house holds it: changes go in, snapshots come out, generations are swapped.
//!
//! Two locks, which no search waits for while it computes; the first that comes after an edit of a vocabulary publishes it, under
//! the first of them. `state` guards what is published (overlay, position) and is held for microseconds;
//! `generation` guards tantivy's writer and is held for as long as a commit takes. So a change is visible at once even
//! while segments are being written.

mod rebuild;

pub use rebuild::Rebuild;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use chrono::NaiveDate;
use rustc_hash::FxHashMap;
use serde::Serialize;
use tokio::sync::watch;

use super::{
    Error, Snapshot,
    dead::Dead,
    document::provider_term,
    former::FormerNpis,
    free_slots::{Free, FreeSlots},
    generation::{Generation, Payload},
    living::Living,
    overlay::{Change, Changed, Overlay, Published},
    private::Private,
    references::References,
    schema::Handle,
};
use crate::domain::{merge::NpiNow, provider::Provider, reference::Reference};
use crate::vocab::{Lexicon, OrganizationId, Position, ProviderId};

/// How often an index that another process writes to is opened again, where a generation or segment went away meanwhile.
const TRIES: usize = 5;
/// Memory of tantivy's writer between commits, in bytes.
const WRITER_MEMORY: usize = 64 << 20;
/// Memory of the writer that builds a generation, in bytes, over all its threads.
const BUILD_MEMORY: usize = 1 << 30;

/// The index. Clones share it.
#[derive(Clone)]
pub struct Index {
    shared: Arc<Shared>,
}

struct Shared {
    dir: PathBuf,
    schema: Handle,
    snapshot: ArcSwap<Snapshot>,
    state: Mutex<State>,
    generation: Mutex<Option<Generation>>,
    position: watch::Sender<Option<Position>>,
    /// Up to where bulk loads are in too.
    complete: watch::Sender<Option<Position>>,
    read_only: bool,
    rebuilding: std::sync::atomic::AtomicBool,
    /// Bytes on disk, as they were told last.
    bytes: std::sync::atomic::AtomicU64,
}

/// What is published next.
struct State {
    number: u64,
    segments: Vec<Living>,
    overlay: Overlay,
    private: Private,
    /// Changes that tantivy has not been told yet, oldest first.
    pending: Vec<Arc<Changed>>,
    position: Option<Position>,
    /// Where the first bulk load stands that is not in; none: all are.
    owed: Option<Position>,
    committed: Option<Committed>,
    system_identifier: u64,
    free_slots: Arc<FreeSlots>,
    former: Arc<FormerNpis>,
    /// What those have of their own who are of no tenant.
    nobody: Arc<Published>,
    references: Arc<References>,
}

/// What is on disk: the position, and what was owed there.
type Committed = (Position, Option<Position>);

/// The index from outside.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The name that stays while generations change.
    pub alias: &'static str,
    /// The live generation; 0 before the first.
    pub generation: u64,
    /// Every single change up to here is searchable.
    pub position: Option<Position>,
    /// Bulk loads too, up to here.
    pub complete: Option<Position>,
    /// Everything up to here is on disk.
    pub committed: Option<Position>,
    /// Living providers.
    pub providers: u64,
    /// Living providers at locations.
    pub locations: u64,
    /// Segments.
    pub segments: usize,
    /// Providers in the overlay.
    pub overlay: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Whether a rebuild is under way.
    pub rebuilding: bool,
    /// Why the last edit of the schema folder was refused.
    pub schema_refused: Option<String>,
}

/// The name of the index (FEATURES 1.08).
pub const ALIAS: &str = "provider.providers";

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held cannot leave these values half changed in a way that matters more than going on.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Index {
    /// Opens the live generation of a folder; without one the index is empty until the first rebuild.
    pub fn open(dir: &Path, schema: Handle) -> Result<Self, Error> {
        std::fs::create_dir_all(dir)?;
        let live = match Generation::live(dir)? {
            Some(number) => {
                Generation::remove_others(dir, number)?;
                Some(Generation::open(dir, number, 1, WRITER_MEMORY)?)
            }
            None => None,
        };
        Self::with(dir, schema, live, false)
    }

    /// Opens the live generation as it is on disk now, beside the process that writes it. It can be searched and nothing
    /// else.
    pub fn open_read_only(dir: &Path, schema: Handle) -> Result<Self, Error> {
        let mut tries = 1;
        loop {
            let live = Generation::live(dir)?;
            let opened = live.map(|number| Generation::open_read_only(dir, number)).transpose();
            match opened.and_then(|live| Self::with(dir, schema.clone(), live, true)) {
                Err(_) if tries < TRIES => tries += 1, // Its files were swapped or merged away meanwhile.
                opened => return opened,
            }
        }
    }

    fn with(dir: &Path, schema: Handle, live: Option<Generation>, read_only: bool) -> Result<Self, Error> {
        let mut state = State {
            number: 0,
            segments: Vec::new(),
            overlay: Overlay::default(),
            private: Private::default(),
            pending: Vec::new(),
            position: None,
            owed: None,
            committed: None,
            system_identifier: 0,
            free_slots: Arc::default(),
            former: Arc::default(),
            nobody: Arc::default(),
            references: Arc::default(),
        };
        let mut generation = None;
        if let Some(mut live) = live {
            if let Some(payload) = live.payload()? {
                state.stand_at(&payload);
            }
            state.segments = live.reload()?;
            state.number = live.number;
            generation = Some(live);
        }
        let (position, _) = watch::channel(state.position);
        let (complete, _) = watch::channel(state.complete());
        let snapshot = ArcSwap::from_pointee(state.snapshot(schema.lexicon()));
        let rebuilding = false.into();
        let (state, generation, dir) = (Mutex::new(state), Mutex::new(generation), dir.to_owned());
        Ok(Self {
            shared: Arc::new(Shared {
                dir,
                schema,
                snapshot,
                state,
                generation,
                position,
                complete,
                read_only,
                rebuilding,
                bytes: std::sync::atomic::AtomicU64::new(0),
            }),
        })
    }

    /// What a search reads.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let snapshot = self.shared.snapshot.load_full();
        let lexicon = self.shared.schema.lexicon();
        if Arc::ptr_eq(&snapshot.lexicon, &lexicon) {
            return snapshot;
        }
        // An edited vocabulary is live from the next search on.
        let mut state = locked(&self.shared.state);
        self.publish(&mut state);
        self.shared.snapshot.load_full()
    }

    /// The schema.
    pub fn schema(&self) -> &Handle {
        &self.shared.schema
    }

    /// Every single change up to here is searchable. `None`: never built.
    pub fn position(&self) -> Option<Position> {
        *self.shared.position.borrow()
    }

    /// Where the first bulk load stands that is not searchable yet; none: all are. Kept with the position, also on disk.
    pub fn owed(&self) -> Option<Position> {
        locked(&self.shared.state).owed
    }

    /// Notes that a bulk load stands behind `from`, which the next generation brings. Must be told before the position
    /// passes it.
    pub fn owe(&self, from: Position) {
        let mut state = locked(&self.shared.state);
        state.owed.get_or_insert(from);
        self.publish(&mut state);
    }

    /// The Postgres cluster that the positions belong to.
    pub fn system_identifier(&self) -> Option<u64> {
        let state = locked(&self.shared.state);
        state.position.map(|_| state.system_identifier)
    }

    /// Waits until every single change up to a position is searchable. `false`: not in time.
    pub async fn wait_for(&self, position: Position, at_most: Duration) -> bool {
        reached(&self.shared.position, position, at_most).await
    }

    /// Waits until everything up to a position is searchable, bulk loads too. `false`: not in time.
    pub async fn wait_for_all(&self, position: Position, at_most: Duration) -> bool {
        reached(&self.shared.complete, position, at_most).await
    }

    /// Makes changes visible, all at once; they are on disk after the next [`Self::commit`]. `day` decides which
    /// participations hold.
    pub fn apply(&self, changes: Vec<Change>, position: Position, day: NaiveDate) -> Result<(), Error> {
        let own: Vec<_> = changes.iter().map(|change| private(change, position, day)).collect();
        let changed: Vec<_> = changes
            .into_iter()
            .map(|change| Arc::new(Changed::new(change, position, day)))
            .collect();
        let mut state = locked(&self.shared.state);
        if state.position.is_none() {
            return Err(Error::NotBuilt);
        }
        state.hide(&changed)?;
        for (changed, own) in changed.iter().zip(own) {
            match own {
                Some((owner, provider)) => state.private.put(owner, provider),
                None => state.private.remove(changed.change.provider_id()),
            }
        }
        for changed in changed {
            state.overlay.put(Arc::clone(&changed));
            state.pending.push(changed);
        }
        state.position = state.position.max(Some(position));
        self.publish(&mut state);
        Ok(())
    }

    /// Writes what is only in memory into segments, and opens what merges have made meanwhile.
    pub fn commit(&self, day: NaiveDate) -> Result<(), Error> {
        let mut guard = locked(&self.shared.generation);
        let Some(generation) = guard.as_mut() else {
            return Err(Error::NotBuilt);
        };
        let (pending, position, owed, committed, system_identifier) = {
            let mut state = locked(&self.shared.state);
            (
                std::mem::take(&mut state.pending),
                state.position,
                state.owed,
                state.committed,
                state.system_identifier,
            )
        };
        let Some(position) = position else {
            return Err(Error::NotBuilt);
        };
        // A change may be visible before its position is reached, or be a repair at one that was reached before.
        if !pending.is_empty() || committed != Some((position, owed)) {
            let payload = Payload {
                xid: position.xid,
                id: position.id,
                system_identifier,
                complete: owed.map(|owed| (owed.xid, owed.id)),
            };
            let written = last_of_each(&pending).try_for_each(|changed| generation.write(&changed.change, true, day));
            if let Err(error) = written.and_then(|()| generation.commit(&payload)) {
                // Told again next time: writing a provider twice is the same as writing it once.
                locked(&self.shared.state).pending.splice(..0, pending);
                return Err(error);
            }
        }
        let segments = generation.reload()?;
        let mut state = locked(&self.shared.state);
        state.segments = segments;
        state.overlay.drop_written(&pending);
        state.committed = Some((position, owed));
        let left: Vec<_> = state.overlay.iter().cloned().collect();
        state.hide(&left)?;
        self.publish(&mut state);
        Ok(())
    }

    /// How many changed providers wait for the next commit.
    pub fn uncommitted(&self) -> usize {
        locked(&self.shared.state).pending.len()
    }

    /// Networks, plans and organisations to join to cards from now on.
    pub fn set_reference(&self, reference: Reference) {
        let references = Arc::new(References::new(reference));
        let mut state = locked(&self.shared.state);
        state.references = references;
        self.publish(&mut state);
    }

    /// What tenants have of their own, in the place of all that was known.
    pub fn set_private(&self, providers: Vec<Provider>, position: Position, day: NaiveDate) {
        let mut all = Private::default();
        for provider in providers {
            if let Some((owner, provider)) = private(&Change::Put(Box::new(provider)), position, day) {
                all.put(owner, provider);
            }
        }
        let mut state = locked(&self.shared.state);
        state.private = all;
        self.publish(&mut state);
    }

    /// When providers are next free, in the place of all that was known.
    pub fn set_free_slots(&self, table: FreeSlots) {
        let mut state = locked(&self.shared.state);
        state.free_slots = Arc::new(table);
        self.publish(&mut state);
    }

    /// When some providers are next free.
    pub fn change_free_slots(&self, changes: Vec<(ProviderId, Free)>) {
        if changes.is_empty() {
            return;
        }
        let mut state = locked(&self.shared.state);
        let table = Arc::make_mut(&mut state.free_slots);
        for (provider, free) in changes {
            table.put(provider, free);
        }
        self.publish(&mut state);
    }

    /// Former numbers, in the place of all that were known.
    pub fn set_former_npis(&self, table: FormerNpis) {
        let mut state = locked(&self.shared.state);
        state.former = Arc::new(table);
        self.publish(&mut state);
    }

    /// Whether somebody's number is a former one.
    pub fn has_former_npis(&self) -> bool {
        !locked(&self.shared.state).former.is_empty()
    }

    /// What some numbers have become. Visible with the next [`Self::apply`], so that nobody sees
    /// the one without the other.
    pub fn change_former_npis(&self, changes: Vec<(u64, NpiNow)>) {
        let mut state = locked(&self.shared.state);
        let differ = |(number, now): &(u64, NpiNow)| state.former.standing(*number) != *now;
        let changes: Vec<_> = changes.into_iter().filter(differ).collect();
        if !changes.is_empty() {
            let table = Arc::make_mut(&mut state.former);
            changes.into_iter().for_each(|(number, now)| table.put(number, now));
        }
    }

    /// Begins a new generation beside the live one.
    pub fn rebuild(&self) -> Result<Rebuild, Error> {
        use std::sync::atomic::Ordering;
        if self.shared.read_only {
            return Err(Error::ReadOnly);
        }
        if self.shared.rebuilding.swap(true, Ordering::AcqRel) {
            return Err(Error::Rebuilding);
        }
        let number = locked(&self.shared.state).number + 1;
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let fields = self.shared.schema.fields_text();
        match Generation::create(&self.shared.dir, number, &fields, threads, BUILD_MEMORY) {
            Ok(generation) => Ok(Rebuild {
                index: self.clone(),
                generation: Some(generation),
                sealed: None,
            }),
            Err(error) => {
                self.shared.rebuilding.store(false, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Whether `fields.toml` has changed since the live generation was built.
    pub fn fields_changed(&self) -> bool {
        let built = locked(&self.shared.generation)
            .as_ref()
            .and_then(|generation| generation.fields_text().ok());
        built.is_some_and(|built| built != *self.shared.schema.fields_text())
    }

    /// Calls `visit` with the id and version of every provider in the index.
    pub fn versions(&self, mut visit: impl FnMut(ProviderId, i64)) {
        let snapshot = self.snapshot();
        for living in &snapshot.segments {
            for provider in (0..living.segment.contents().providers).filter(|provider| living.is_alive(*provider)) {
                if let Some(location) = living.segment.locations_of(provider).first() {
                    let id = living.segment.provider_id(provider);
                    visit(
                        uuid::Uuid::from_u128(id).into(),
                        living.segment.record(*location).version,
                    );
                }
            }
        }
        for changed in &snapshot.overlay.list {
            visit(changed.change.provider_id(), changed.record(0).version);
        }
    }

    /// The index from outside.
    pub fn status(&self) -> Status {
        let snapshot = self.snapshot();
        let (committed, complete) = {
            let state = locked(&self.shared.state);
            (state.committed.map(|(position, _)| position), state.complete())
        };
        // A commit may hold the generation for a while; its folder's size is then told as it was before.
        let known = &self.shared.bytes;
        if let Ok(generation) = self.shared.generation.try_lock() {
            let bytes = generation.as_ref().map_or(0, Generation::bytes);
            known.store(bytes, std::sync::atomic::Ordering::Relaxed);
        }
        let bytes = known.load(std::sync::atomic::Ordering::Relaxed);
        Status {
            alias: ALIAS,
            generation: snapshot.generation,
            position: snapshot.position,
            complete,
            committed,
            providers: snapshot.providers(),
            locations: snapshot.locations(),
            segments: snapshot.segments.len(),
            overlay: snapshot.overlay.len(),
            bytes,
            rebuilding: self.shared.rebuilding.load(std::sync::atomic::Ordering::Acquire),
            schema_refused: self.shared.schema.refused(),
        }
    }

    fn publish(&self, state: &mut State) {
        self.shared
            .snapshot
            .store(Arc::new(state.snapshot(self.shared.schema.lexicon())));
        self.shared.position.send_replace(state.position);
        self.shared.complete.send_replace(state.complete());
    }
}

impl State {
    /// Everything is on disk and says this.
    fn stand_at(&mut self, payload: &Payload) {
        self.position = Some(payload.position());
        self.owed = payload.complete.map(|_| payload.complete());
        self.committed = Some((payload.position(), self.owed));
        self.system_identifier = payload.system_identifier;
    }

    fn complete(&self) -> Option<Position> {
        self.position
            .map(|position| self.owed.map_or(position, |owed| owed.min(position)))
    }

    fn snapshot(&mut self, lexicon: Arc<Lexicon>) -> Snapshot {
        let everybody = self.references.everybody();
        Snapshot {
            generation: self.number,
            position: self.position,
            segments: self.segments.clone(),
            overlay: Arc::new(self.overlay.published()),
            private: self.private.published(),
            own: Arc::clone(&self.nobody),
            free_slots: Arc::clone(&self.free_slots),
            former: Arc::clone(&self.former),
            reference: Arc::clone(&everybody.reference),
            reference_names: Arc::clone(&everybody.names),
            references: Arc::clone(&self.references),
            lexicon,
        }
    }

    /// Marks the providers of the overlay dead in all segments: what the overlay says stands instead.
    fn hide(&mut self, changed: &[Arc<Changed>]) -> Result<(), Error> {
        for living in &mut self.segments {
            let mut dead: Option<Dead> = None;
            for changed in changed {
                let fields = living.segment.fields();
                let term = provider_term(fields, changed.change.provider_id());
                if let Some(provider) = living.provider_with(fields.provider, &term)? {
                    dead.get_or_insert_with(|| (*living.dead).clone())
                        .add(&living.segment, provider);
                }
            }
            if let Some(dead) = dead {
                living.dead = Arc::new(dead);
            }
        }
        Ok(())
    }
}

/// A provider that is a tenant's own, as that tenant sees it.
fn private(change: &Change, position: Position, day: NaiveDate) -> Option<(OrganizationId, Arc<Changed>)> {
    match change {
        Change::Put(provider) => {
            let owner = provider.owner_organization_id?;
            Some((owner, Arc::new(Changed::of(change.clone(), position, day))))
        }
        Change::Remove(_) => None,
    }
}

async fn reached(seen: &watch::Sender<Option<Position>>, position: Position, at_most: Duration) -> bool {
    let mut seen = seen.subscribe();
    let reached = seen.wait_for(|now| now.is_some_and(|now| now >= position));
    tokio::time::timeout(at_most, reached)
        .await
        .is_ok_and(|waited| waited.is_ok())
}

/// The last change of each provider: what is replaced within the same commit need not be written at all.
fn last_of_each(pending: &[Arc<Changed>]) -> impl Iterator<Item = &Arc<Changed>> {
    let last: FxHashMap<ProviderId, usize> = pending
        .iter()
        .enumerate()
        .map(|(at, c)| (c.change.provider_id(), at))
        .collect();
    pending
        .iter()
        .enumerate()
        .filter(move |(at, c)| last[&c.change.provider_id()] == *at)
        .map(|(_, changed)| changed)
}
