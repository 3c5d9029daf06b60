//! The table that is held in memory, and how far it has read.

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::watch;

use super::{follow::Follower, table::Table};
use crate::domain::{
    network::{Decision, Question, Terms, decide},
    reference::Reference,
};
use crate::feed::tasks::Tasks;
use crate::store::{Store, standing::Standing};
use crate::vocab::{NetworkId, Npi, Position, ProviderId};

/// Providers with their participations, kept fresh. Clones are handles to the same ones.
#[derive(Clone)]
pub struct Participations(pub(super) Arc<Shared>);

pub(super) struct Shared {
    state: RwLock<State>,
    /// Everything up to here is in the state, bulk loads too. None: nothing has been read yet.
    pub(super) position: watch::Sender<Option<Position>>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) table: Option<Table>,
    /// What has changed since the table was read, by number; none: nobody has that number any more.
    pub(super) changed: FxHashMap<Npi, Option<Standing>>,
    /// The numbers of those who have changed.
    pub(super) numbers: FxHashMap<ProviderId, Option<Npi>>,
    /// Networks that anybody takes or took part in, on whatever day.
    networks: FxHashSet<NetworkId>,
    pub(super) reference: Arc<Reference>,
}

/// A provider as it is now; none: it is gone.
type Changed = (ProviderId, Option<Standing>);

/// How much is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Providers of the table.
    pub providers: usize,
    /// Participations of the table.
    pub participations: usize,
    /// Providers that have changed since.
    pub changed: usize,
    /// Bytes of the table.
    pub bytes: usize,
}

impl Participations {
    /// Starts to read and to follow. Must be called within a tokio runtime.
    pub(in crate::feed) fn start(store: Store, poll: Duration, batch: usize, tasks: &Tasks) -> Self {
        let participations = Self::empty();
        tasks.spawn(Follower::new(store, participations.clone(), poll, batch).run());
        participations
    }

    fn empty() -> Self {
        Self(Arc::new(Shared {
            state: RwLock::default(),
            position: watch::Sender::new(None),
        }))
    }

    /// Of nobody, and nothing follows: for measuring what does not ask.
    pub(in crate::feed) fn at_rest() -> Self {
        Self::empty()
    }

    /// Of a table that was filled by hand and that nothing follows: for measuring.
    pub fn of_table(table: Table, reference: Reference) -> Self {
        let participations = Self::empty();
        let networks = table.networks().collect();
        participations.replace(table, networks, Vec::new());
        participations.write().reference = Arc::new(reference);
        participations.0.position.send_replace(Some(Position::default()));
        participations
    }

    /// How far it has read; none: not at all yet.
    pub fn position(&self) -> Option<Position> {
        *self.0.position.borrow()
    }

    /// Tells of every new position.
    pub fn watch(&self) -> watch::Receiver<Option<Position>> {
        self.0.position.subscribe()
    }

    /// Waits until everything up to `position` is in. `false`: not in time.
    pub async fn wait_for(&self, position: Position, at_most: Duration) -> bool {
        let mut told = self.watch();
        let reached = told.wait_for(|at| *at >= Some(position));
        tokio::time::timeout(at_most, reached)
            .await
            .is_ok_and(|told| told.is_ok())
    }

    /// Networks and plans, as new as the participations.
    pub fn reference(&self) -> Arc<Reference> {
        Arc::clone(&self.read().reference)
    }

    /// Whether anybody takes or took part in one of the networks.
    pub fn knows_any(&self, terms: &Terms<'_>) -> bool {
        knows_any(&self.read(), terms)
    }

    /// Decides from memory; none: nothing has been read yet.
    pub fn check(&self, question: &Question, terms: &Terms<'_>) -> Option<(Decision, Position)> {
        let position = self.position()?;
        let state = self.read();
        let any_data = knows_any(&state, terms);
        let decision = match state.changed.get(&question.npi) {
            Some(None) => decide(question, terms, None, any_data),
            Some(Some(Standing { facts, .. })) => {
                let known = (&facts.timeline, &facts.memberships()[..], &facts.taxonomies[..]);
                decide(question, terms, Some(known), any_data)
            }
            None => match state.table.as_ref()?.find(question.npi) {
                None => decide(question, terms, None, any_data),
                Some(found) => {
                    let known = (found.timeline(), &found.memberships()[..], found.taxonomies());
                    decide(question, terms, Some(known), any_data)
                }
            },
        };
        Some((decision, position))
    }

    /// How much is held.
    pub fn size(&self) -> Size {
        let state = self.read();
        let table = state.table.as_ref();
        Size {
            providers: table.map_or(0, Table::len),
            participations: table.map_or(0, Table::participations),
            changed: state.changed.len(),
            bytes: table.map_or(0, Table::bytes),
        }
    }

    /// Puts a new table in the place of the old one, with the networks of which there is data and what has changed since it was
    /// read: at once, so that nobody sees the one without the other.
    pub(super) fn replace(&self, table: Table, networks: Vec<NetworkId>, changed: Vec<Changed>) {
        let mut state = self.write();
        state.changed.clear();
        state.numbers.clear();
        state.networks.extend(networks);
        let old = state.table.replace(table);
        let before = state.numbers_of(&changed);
        state.lay(changed, before);
        drop(state);
        drop(old); // Not under the lock: it may be large.
    }

    /// Lays what these providers are now over the table.
    pub(super) fn apply(&self, changed: Vec<Changed>) {
        let before = self.read().numbers_of(&changed); // Not under the writer's lock: it may look through all.
        self.write().lay(changed, before);
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The numbers under which providers stand so far.
    fn numbers_of(&self, changed: &[Changed]) -> Vec<Option<Npi>> {
        let number = |(id, now): &Changed| {
            if let Some(npi) = self.numbers.get(id) {
                return *npi;
            }
            let table = self.table.as_ref()?;
            let npi = now.as_ref().and_then(|s| s.npi);
            match npi.and_then(|npi| table.find(npi)) {
                Some(found) if found.is_of(*id) => npi,
                _ => table.npi_of(*id),
            }
        };
        changed.iter().map(number).collect()
    }

    /// Numbers that were given up come first, so that one that changes hands at once ends with its new owner.
    fn lay(&mut self, changed: Vec<Changed>, before: Vec<Option<Npi>>) {
        for ((_, now), before) in changed.iter().zip(before) {
            let npi = now.as_ref().and_then(|s| s.npi);
            if let Some(before) = before.filter(|before| npi != Some(*before)) {
                self.changed.insert(before, None);
            }
        }
        for (id, now) in changed {
            let npi = now.as_ref().and_then(|s| s.npi);
            self.numbers.insert(id, npi);
            if let (Some(npi), Some(standing)) = (npi, now) {
                let networks = standing.facts.participations.iter().map(|p| p.network_id);
                self.networks.extend(networks);
                self.changed.insert(npi, Some(standing));
            }
        }
    }
}

fn knows_any(state: &State, terms: &Terms<'_>) -> bool {
    terms.networks.iter().any(|n| state.networks.contains(&n.network_id))
}
