//! Changes that are visible before their segment is written: small, exact, in memory, scanned whole by every search.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use rustc_hash::FxBuildHasher;

use super::{
    document::{Spellings, rank},
    keys::keys,
    plugin::flags,
    record::{Record, Shared, records},
};
use crate::domain::provider::Provider;
use crate::vocab::place::Point;
use crate::vocab::{Npi, Position, ProviderId};

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
    /// NPI, 0 without one.
    pub npi: u64,
    /// How its name can be spelt.
    pub spellings: Spellings,
    /// Its keys, sorted.
    pub keys: Vec<String>,
    entries: Vec<ChangedEntry>,
}

/// A changed provider at one location: what most searches can tell it apart by, so that few records are read.
pub struct ChangedEntry {
    /// Where it is, if anywhere.
    pub point: Option<Point>,
    /// See [`super::tree::flag`].
    pub flags: u32,
    /// NUCC codes.
    pub specialties: Box<[Box<str>]>,
    record: Box<[u8]>,
}

impl ChangedEntry {
    fn of(record: &Record<'_>) -> Self {
        Self {
            point: record.point(),
            flags: flags(record),
            specialties: record.specialties.iter().map(Into::into).collect(),
            record: record.to_bytes().into_boxed_slice(),
        }
    }

    /// All that a card shows.
    pub fn record(&self) -> Record<'_> {
        Record::from_bytes(&self.record).expect("records were written by the same code")
    }
}

impl Changed {
    /// Takes a change apart. Private providers are not for the public index: theirs is a removal.
    pub fn new(change: Change, position: Position, day: NaiveDate) -> Self {
        match &change {
            Change::Put(provider) if provider.owner_organization_id.is_none() => {
                let provider_npi = provider.npi.map_or(0, Npi::number);
                let shared = Shared::of(provider, day);
                let read = records(provider, &shared);
                let (rank, spellings, keys) = (rank(&read), Spellings::of(provider), keys(provider));
                let entries = read.iter().map(ChangedEntry::of).collect();
                Self {
                    change,
                    position,
                    rank,
                    npi: provider_npi,
                    spellings,
                    keys,
                    entries,
                }
            }
            Change::Put(_) | Change::Remove(_) => Self {
                change: Change::Remove(change.provider_id()),
                position,
                rank: 0,
                npi: 0,
                spellings: Spellings {
                    current: Vec::new(),
                    any: Vec::new(),
                },
                keys: Vec::new(),
                entries: Vec::new(),
            },
        }
    }

    /// At its locations.
    pub fn entries(&self) -> &[ChangedEntry] {
        &self.entries
    }

    /// Its records.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.entries.iter().map(ChangedEntry::record)
    }

    /// The record at one of its locations.
    pub fn record(&self, number: usize) -> Record<'_> {
        self.entries[number].record()
    }

    /// How many records it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the provider is gone.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
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

    /// As searches read it.
    pub fn published(&self) -> Published {
        let list: Vec<Arc<Changed>> = self
            .changed
            .values()
            .filter(|changed| !changed.is_empty())
            .cloned()
            .collect();
        let by_id = list
            .iter()
            .enumerate()
            .map(|(at, changed)| (changed.change.provider_id().0.as_u128(), at))
            .collect();
        let mut rows = Vec::with_capacity(list.len());
        let mut by_npi: HashMap<u64, Vec<u32>, FxBuildHasher> = HashMap::default();
        for (at, changed) in list.iter().enumerate() {
            let words = changed.spellings.current.iter().chain(&changed.spellings.any);
            let (signature, initials) =
                words.fold((0, 0), |(s, i), word| (s | signature_of(word), i | initial_of(word)));
            if changed.npi != 0 {
                let own = rows.len() as u32..(rows.len() + changed.entries.len()) as u32;
                by_npi.entry(changed.npi).or_default().extend(own);
            }
            rows.extend(changed.entries.iter().enumerate().map(|(number, entry)| OverlayRow {
                point: entry.point,
                flags: entry.flags,
                initials,
                signature,
                npi: changed.npi,
                changed: at as u32,
                number: number as u32,
            }));
        }
        Published {
            list,
            by_id,
            by_npi,
            rows,
            gone: self.changed.len(),
        }
    }
}

/// A row of the overlay as a scan reads it: one behind the other, so that a thousand cost microseconds.
#[derive(Clone, Copy, Debug)]
pub struct OverlayRow {
    /// Where it is.
    pub point: Option<Point>,
    /// See [`super::tree::flag`].
    pub flags: u32,
    /// See [`initial_of`].
    pub initials: u32,
    /// The OR of [`signature_of`] over the words of all its names.
    pub signature: u64,
    /// The NPI, 0 without one.
    pub npi: u64,
    /// The provider's number in [`Published::list`].
    pub changed: u32,
    /// The number of its location.
    pub number: u32,
}

/// A bit that a word has in common with few others: a name can only have the word if its signature has the bit.
pub fn signature_of(word: &str) -> u64 {
    use std::hash::BuildHasher;
    1 << (FxBuildHasher.hash_one(word) >> 58)
}

/// A bit for the first character of a word.
pub fn initial_of(word: &str) -> u32 {
    word.bytes().next().map_or(0, |first| 1 << (first % 32))
}

/// The overlay of a snapshot. Never changes.
#[derive(Default)]
pub struct Published {
    /// Changed providers that are still there.
    pub list: Vec<Arc<Changed>>,
    /// All their locations.
    pub rows: Vec<OverlayRow>,
    by_id: HashMap<u128, usize, FxBuildHasher>,
    by_npi: HashMap<u64, Vec<u32>, FxBuildHasher>,
    gone: usize,
}

impl Published {
    /// The change of one provider.
    pub fn get(&self, id: u128) -> Option<&Arc<Changed>> {
        self.by_id.get(&id).map(|at| &self.list[*at])
    }

    /// The rows of an NPI.
    pub fn rows_of(&self, npi: u64) -> impl Iterator<Item = &OverlayRow> {
        let numbers = self.by_npi.get(&npi).map_or(&[][..], Vec::as_slice);
        numbers.iter().map(|number| &self.rows[*number as usize])
    }

    /// How many providers are in it, gone ones too.
    pub fn len(&self) -> usize {
        self.gone
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.gone == 0
    }
}
