//! Changes that are visible before their segment is written: small, exact, in memory, scanned whole by every search.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use rustc_hash::FxBuildHasher;

use super::{
    document::{Spellings, rank},
    record::{Record, Shared, records},
};
use crate::domain::provider::Provider;
use crate::vocab::{Position, ProviderId};

/// What became of a provider.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is new or changed.
    Put(Box<Provider>),
    /// It is gone.
    Remove(ProviderId),
}

impl Change {
    /// Whose change.
    pub fn provider_id(&self) -> ProviderId {
        match self {
            Self::Put(provider) => provider.id,
            Self::Remove(id) => *id,
        }
    }
}

/// A provider as it stands in the overlay. Without records: it is gone.
pub struct Changed {
    /// The change before it was taken apart, to be written into a segment later.
    pub change: Change,
    /// Where in the feed it was read.
    pub position: Position,
    /// Rank, smaller is better.
    pub rank: u64,
    /// How its name can be spelt.
    pub spellings: Spellings,
    records: Vec<Box<[u8]>>,
}

impl Changed {
    /// Takes a change apart. Private providers are not for the public index: theirs is a removal.
    pub fn new(change: Change, position: Position, day: NaiveDate) -> Self {
        match &change {
            Change::Put(provider) if provider.owner_organization_id.is_none() => {
                let shared = Shared::of(provider);
                let read = records(provider, &shared, day);
                let (rank, spellings) = (rank(&read), Spellings::of(provider));
                let records = read.iter().map(|record| record.to_bytes().into_boxed_slice()).collect();
                Self {
                    change,
                    position,
                    rank,
                    spellings,
                    records,
                }
            }
            Change::Put(_) | Change::Remove(_) => Self {
                change: Change::Remove(change.provider_id()),
                position,
                rank: 0,
                spellings: Spellings {
                    current: Vec::new(),
                    any: Vec::new(),
                },
                records: Vec::new(),
            },
        }
    }

    /// Its records.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (0..self.records.len()).map(|number| self.record(number))
    }

    /// The record at one of its locations.
    pub fn record(&self, number: usize) -> Record<'_> {
        Record::from_bytes(&self.records[number]).expect("records were written by the same code")
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the provider is gone.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

/// All changes since the last commit, by provider.
#[derive(Clone, Default)]
pub struct Overlay {
    changed: HashMap<u128, Arc<Changed>, FxBuildHasher>,
}

impl Overlay {
    /// Puts a change over whatever was known of the provider.
    pub fn put(&mut self, changed: Arc<Changed>) {
        self.changed.insert(changed.change.provider_id().0.as_u128(), changed);
    }

    /// Drops what segments hold by now. What was changed again since stays.
    pub fn drop_written(&mut self, written: &[Arc<Changed>]) {
        for changed in written {
            let id = changed.change.provider_id().0.as_u128();
            if self.changed.get(&id).is_some_and(|known| Arc::ptr_eq(known, changed)) {
                self.changed.remove(&id);
            }
        }
    }

    /// All of them, gone ones too.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Changed>> {
        self.changed.values()
    }

    /// The change of one provider.
    pub fn get(&self, id: u128) -> Option<&Arc<Changed>> {
        self.changed.get(&id)
    }

    /// How many providers are in it.
    pub fn len(&self) -> usize {
        self.changed.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
    }
}
