//! A new generation beside the live one: built, merged and opened for service before it takes the other's place, so that the
//! change itself costs no more than what changed meanwhile costs in memory.

use std::sync::{Arc, atomic::Ordering};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::{Change, Error, Index, State, WRITER_MEMORY, locked};
use crate::domain::provider::Provider;
use crate::index::{
    generation::{Generation, Payload},
    living::Living,
    overlay::{Changed, Overlay},
};
use crate::vocab::{Position, ProviderId};

/// A generation being built. Dropped before [`Rebuild::swap`], it leaves no trace but a folder that the next start removes.
pub struct Rebuild {
    pub(super) index: Index,
    pub(super) generation: Option<Generation>,
    pub(super) sealed: Option<Sealed>,
}

/// What is ready to be searched.
pub(super) struct Sealed {
    payload: Payload,
    segments: Vec<Living>,
}

impl Rebuild {
    fn generation(&mut self) -> &mut Generation {
        self.generation
            .as_mut()
            .expect("taken only by swap, which consumes the rebuild")
    }

    /// Adds a provider of the export, each once.
    pub fn add(&mut self, provider: Provider, day: NaiveDate) -> Result<(), Error> {
        self.generation().write(&Change::Put(Box::new(provider)), false, day)
    }

    /// The export is complete, it was taken at this position: commits it, merges it into one base segment, and opens it.
    pub fn seal(&mut self, position: Position, system_identifier: u64) -> Result<(), Error> {
        let payload = Payload {
            xid: position.xid,
            id: position.id,
            system_identifier,
            complete: None,
        };
        self.generation().commit(&payload)?;
        self.generation().merge_all()?;
        // The writer that has built it is sized for building; the one that serves is smaller.
        let number = self.generation.take().ok_or(Error::NotBuilt)?.number;
        let mut serving = Generation::open(&self.index.shared.dir, number, 1, WRITER_MEMORY)?;
        let segments = serving.reload()?;
        self.generation = Some(serving);
        self.sealed = Some(Sealed { payload, segments });
        Ok(())
    }

    /// Catches up with what has changed since the export, into segments. `owed` is where the first bulk load stands that came
    /// after it.
    pub fn catch_up(
        &mut self,
        changes: &[Change],
        position: Position,
        owed: Option<Position>,
        day: NaiveDate,
    ) -> Result<(), Error> {
        let system_identifier = self.sealed.as_ref().ok_or(Error::NotBuilt)?.payload.system_identifier;
        let last: FxHashMap<ProviderId, &Change> =
            changes.iter().map(|change| (change.provider_id(), change)).collect();
        for change in last.into_values() {
            self.generation().write(change, true, day)?;
        }
        let payload = Payload {
            xid: position.xid,
            id: position.id,
            system_identifier,
            complete: owed.map(|owed| (owed.xid, owed.id)),
        };
        self.generation().commit(&payload)?;
        let segments = self.generation().reload()?;
        self.sealed = Some(Sealed { payload, segments });
        Ok(())
    }

    /// Makes the new generation the live one. Searches that hold the old one finish on it.
    ///
    /// What the old one had beyond the new one's position must be read from the feed again: it goes on from
    /// [`Index::position`].
    pub fn swap(self) -> Result<(), Error> {
        self.swap_with(Vec::new(), None, NaiveDate::MIN)
    }

    /// The same with the last changes, up to a position (and but for bulk loads behind `owed`): they are visible at once, and on
    /// disk after the next [`Index::commit`]. `day` decides which participations hold.
    pub fn swap_with(
        mut self,
        changes: Vec<Change>,
        reached: Option<(Position, Option<Position>)>,
        day: NaiveDate,
    ) -> Result<(), Error> {
        let Sealed { payload, segments } = self.sealed.take().ok_or(Error::NotBuilt)?;
        let serving = self.generation.take().ok_or(Error::NotBuilt)?;
        let position = reached.map_or(payload.position(), |(position, _)| position.max(payload.position()));
        let changes = changes
            .into_iter()
            .map(|change| Arc::new(Changed::new(change, position, day)));
        let changed: Vec<Arc<Changed>> = changes.collect();
        let shared = &self.index.shared;
        let mut guard = locked(&shared.generation);
        Generation::go_live(&shared.dir, serving.number)?;
        let mut state = locked(&shared.state);
        state.number = serving.number;
        let old = guard.replace(serving);
        state.segments = segments;
        state.overlay = Overlay::default();
        state.stand_at(&payload);
        if let Some((_, owed)) = reached {
            (state.position, state.owed) = (Some(position), owed);
        }
        state.show(changed)?;
        self.index.publish(&mut state);
        drop((state, guard));
        if let Some(old) = old {
            std::thread::spawn(move || old.remove());
        }
        Ok(())
    }
}

impl State {
    /// Has nothing waiting for the next commit but these changes, which are visible once they are published.
    fn show(&mut self, changed: Vec<Arc<Changed>>) -> Result<(), Error> {
        self.hide(&changed)?;
        changed.iter().for_each(|changed| self.overlay.put(Arc::clone(changed)));
        self.pending = changed;
        Ok(())
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        self.index.shared.rebuilding.store(false, Ordering::Release);
    }
}
