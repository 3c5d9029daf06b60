//! Changes that are visible before their segment is written: small, exact, in memory, scanned whole by every search.

use std::{
    borrow::Cow,
    collections::HashMap,
    hash::BuildHasher,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;
use rustc_hash::FxBuildHasher;

use super::{
    document::{Spellings, rank, states, zip5},
    geometry::box_contains,
    keys::keys,
    plugin::flags,
    record::{Record, Shared, records},
};
use crate::domain::provider::Provider;
use crate::vocab::place::Point;
use crate::vocab::{Npi, Position, ProviderId, names::fold, vocabulary::Shape};

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
    /// What the words of all its names look like, by the place of each.
    shapes: Vec<(u32, Shape)>,
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

/// A bit for each of some codes: who has none of the bits that are asked for, has none of the codes.
pub fn bits_of<'c>(codes: impl Iterator<Item = &'c str>) -> u64 {
    codes.fold(0, |bits, code| bits | 1 << (hash_of(code) % 64))
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
        match change {
            Change::Put(provider) if provider.owner_organization_id.is_some() => {
                Self::of(Change::Remove(provider.id), position, day)
            }
            change => Self::of(change, position, day),
        }
    }

    /// Takes a change apart, for whoever may see it.
    pub fn of(change: Change, position: Position, day: NaiveDate) -> Self {
        match &change {
            Change::Put(provider) => {
                let provider_npi = provider.npi.map_or(0, Npi::number);
                let shared = Shared::of(provider, day);
                let read = records(provider, &shared);
                let (rank, spellings, keys) = (rank(&read), Spellings::of(provider), keys(provider));
                let entries = read.iter().map(ChangedEntry::of).collect();
                let shapes = spellings.all().iter().map(|word| (hash_of(word), Shape::of(word)));
                Self {
                    shapes: shapes.collect(),
                    change,
                    position,
                    rank,
                    npi: provider_npi,
                    spellings,
                    keys,
                    entries,
                }
            }
            Change::Remove(_) => Self {
                change,
                position,
                rank: 0,
                npi: 0,
                spellings: Spellings {
                    current: Vec::new(),
                    any: Vec::new(),
                },
                keys: Vec::new(),
                shapes: Vec::new(),
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

    /// Drops what is known of a provider, as if it had never changed.
    pub fn forget(&mut self, id: ProviderId) {
        self.changed.remove(&id.0.as_u128());
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
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
        let mut first_rows = Vec::with_capacity(list.len() + 1);
        let mut by_npi: HashMap<u64, Vec<u32>, FxBuildHasher> = HashMap::default();
        for (at, changed) in list.iter().enumerate() {
            if changed.npi != 0 {
                let own = rows.len() as u32..(rows.len() + changed.entries.len()) as u32;
                by_npi.entry(changed.npi).or_default().extend(own);
            }
            first_rows.push(rows.len() as u32);
            rows.extend(changed.entries.iter().enumerate().map(|(number, entry)| OverlayRow {
                point: entry.point,
                flags: entry.flags,
                specialties: bits_of(entry.specialties.iter().map(|code| &**code)),
                npi: changed.npi,
                changed: at as u32,
                number: number as u32,
            }));
        }
        first_rows.push(rows.len() as u32);
        Published {
            words: Words::of(&list),
            places: rows.iter().map(OverlayRow::place).collect(),
            list,
            by_id,
            by_npi,
            rows,
            first_rows,
            gone: self.changed.len(),
            keys: OnceLock::new(),
            counts: OnceLock::new(),
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
    /// See [`bits_of`].
    pub specialties: u64,
    /// The NPI, 0 without one.
    pub npi: u64,
    /// The provider's number in [`Published::list`].
    pub changed: u32,
    /// The number of its location.
    pub number: u32,
}

impl OverlayRow {
    /// The point; south-west of everything where there is none.
    fn place(&self) -> Point {
        let nowhere = Point {
            lat_e7: i32::MIN,
            lon_e7: i32::MIN,
        };
        self.point.unwrap_or(nowhere)
    }
}

fn hash_of(word: &str) -> u32 {
    (FxBuildHasher.hash_one(word) >> 32) as u32
}

/// A word of a changed provider.
#[derive(Clone, Copy)]
struct OverlayWord {
    hash: u32,
    /// The provider's number in [`Published::list`].
    changed: u32,
    /// The word's number among those of the provider.
    number: u32,
    shape: Shape,
}

/// The words of all changed providers, by the first bits of their hashes. Made anew with each snapshot, so no text is read.
#[derive(Default)]
struct Words {
    list: Vec<OverlayWord>,
    /// Where the words of each bucket start, and where the last ones end.
    starts: Vec<u32>,
}

impl Words {
    fn of(changed: &[Arc<Changed>]) -> Self {
        let count: usize = changed.iter().map(|changed| changed.shapes.len()).sum();
        if count == 0 {
            return Self::default();
        }
        let words = || {
            (0..).zip(changed).flat_map(|(number, changed)| {
                let shapes = (0..).zip(&changed.shapes);
                shapes.map(move |(at, (hash, shape))| OverlayWord {
                    hash: *hash,
                    changed: number,
                    number: at,
                    shape: *shape,
                })
            })
        };
        let buckets = count.next_power_of_two();
        let bucket = |word: &OverlayWord| word.hash as usize & (buckets - 1);
        let mut starts = vec![0u32; buckets + 1];
        words().for_each(|word| starts[bucket(&word) + 1] += 1);
        for at in 0..buckets {
            starts[at + 1] += starts[at];
        }
        let Some(any) = words().next() else {
            return Self::default();
        };
        let (mut list, mut next) = (vec![any; count], starts.clone());
        for word in words() {
            let at = &mut next[bucket(&word)];
            list[*at as usize] = word;
            *at += 1;
        }
        Self { list, starts }
    }

    /// The words that have a hash, and perhaps others.
    fn like(&self, hash: u32) -> &[OverlayWord] {
        let Some(last) = self.starts.len().checked_sub(2) else {
            return &[];
        };
        let bucket = hash as usize & last;
        &self.list[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// The overlay of a snapshot. Never changes.
#[derive(Default)]
pub struct Published {
    /// Changed providers that are still there.
    pub list: Vec<Arc<Changed>>,
    /// All their locations.
    pub rows: Vec<OverlayRow>,
    /// Where each row is, side by side: most searches are for a place, and most rows are elsewhere.
    places: Vec<Point>,
    by_id: HashMap<u128, usize, FxBuildHasher>,
    by_npi: HashMap<u64, Vec<u32>, FxBuildHasher>,
    words: Words,
    /// Where the rows of each changed provider start, and where the last ones end.
    first_rows: Vec<u32>,
    gone: usize,
    /// (hash of a key, number of who has it), sorted; made when first asked for.
    keys: OnceLock<Vec<(u64, u32)>>,
    /// How many there are of what; made when first asked for.
    counts: OnceLock<Counts>,
}

/// Where records are counted, folded as the index has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place<'a> {
    /// Five digits.
    PostalCode(Cow<'a, str>),
    /// A city.
    City(Cow<'a, str>),
    /// Two letters.
    State(Cow<'a, str>),
}

/// How frequent something is among the changed.
#[derive(Default)]
struct Counts {
    /// Records.
    places: HashMap<Place<'static>, u32, FxBuildHasher>,
    /// Providers, by NUCC code.
    specialties: HashMap<Box<str>, u32, FxBuildHasher>,
}

impl Counts {
    fn of(list: &[Arc<Changed>]) -> Self {
        let mut counts = Self::default();
        for changed in list {
            for place in changed.records().flat_map(|record| places(&record).collect::<Vec<_>>()) {
                *counts.places.entry(place).or_default() += 1;
            }
            // They are the same at all locations.
            for code in changed
                .entries
                .first()
                .iter()
                .flat_map(|entry| entry.specialties.iter())
            {
                *counts.specialties.entry(code.clone()).or_default() += 1;
            }
        }
        counts
    }
}

/// The places in which a record is, as its document has them.
fn places(record: &Record<'_>) -> impl Iterator<Item = Place<'static>> {
    let place = record.place.as_ref();
    let code = zip5(place.and_then(|place| place.postal_code)).map(|code| Place::PostalCode(code.to_owned().into()));
    let city = place
        .and_then(|place| place.city)
        .map(|city| Place::City(fold(city).into()));
    let states = states(record).into_iter().map(|state| Place::State(state.into()));
    code.into_iter().chain(city).chain(states)
}

impl Published {
    /// The changed providers, by number, that have a word in any of their names; each once.
    pub fn bearers<'p>(&'p self, word: &'p str) -> impl Iterator<Item = u32> + use<'p> {
        let hash = hash_of(word);
        let like = self.words.like(hash).iter();
        like.filter(move |own| own.hash == hash && self.text(own) == word)
            .map(|own| own.changed)
    }

    /// All words of names whose shape is as wanted, and then their letters; as often as they are borne.
    pub fn words_like(
        &self,
        shape: impl Fn(&Shape) -> bool,
        word: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = &str> {
        self.like(shape, word).map(|(text, _)| text)
    }

    /// The changed providers, by number, that have a word that begins so; somebody may come twice.
    pub fn with_beginning(&self, beginning: &str) -> impl Iterator<Item = u32> {
        let wanted = Shape::of(beginning);
        let begins = move |word: &str| word.starts_with(beginning);
        self.like(move |shape| shape.may_begin_with(&wanted), begins)
            .map(|(_, changed)| changed)
    }

    fn like(&self, shape: impl Fn(&Shape) -> bool, word: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, u32)> {
        // The shapes lie side by side; the words themselves are all over the memory.
        let shaped = self.words.list.iter().filter(move |own| shape(&own.shape));
        shaped
            .map(move |own| (self.text(own), own.changed))
            .filter(move |(text, _)| word(text))
    }

    fn text(&self, word: &OverlayWord) -> &str {
        &self.list[word.changed as usize].spellings.all()[word.number as usize]
    }

    /// The rows within a box of (south, west, north, east), in their order.
    pub fn rows_within(&self, frame: [i32; 4]) -> impl Iterator<Item = &OverlayRow> {
        let rows = self.rows.iter().zip(&self.places);
        rows.filter(move |(_, place)| box_contains(&frame, **place))
            .map(|(row, _)| row)
    }

    /// The rows of a changed provider, by its number.
    pub fn rows_of_changed(&self, number: u32) -> &[OverlayRow] {
        let (from, to) = (self.first_rows[number as usize], self.first_rows[number as usize + 1]);
        &self.rows[from as usize..to as usize]
    }

    /// The change of one provider.
    pub fn get(&self, id: u128) -> Option<&Arc<Changed>> {
        self.by_id.get(&id).map(|at| &self.list[*at])
    }

    /// The rows of an NPI.
    pub fn rows_of(&self, npi: u64) -> impl Iterator<Item = &OverlayRow> {
        let numbers = self.by_npi.get(&npi).map_or(&[][..], Vec::as_slice);
        numbers.iter().map(|number| &self.rows[*number as usize])
    }

    /// Those who have a key.
    pub fn with_key(&self, key: &str) -> impl Iterator<Item = &Changed> {
        let hash_of = |key: &str| FxBuildHasher.hash_one(key);
        let keys = self.keys.get_or_init(|| {
            let of = |(at, changed): (usize, &Arc<Changed>)| {
                let hashes: Vec<(u64, u32)> = changed.keys.iter().map(|key| (hash_of(key), at as u32)).collect();
                hashes
            };
            let mut keys: Vec<(u64, u32)> = self.list.iter().enumerate().flat_map(of).collect();
            keys.sort_unstable();
            keys
        });
        let hash = hash_of(key);
        let start = keys.partition_point(|(known, _)| *known < hash);
        let same = keys[start..].iter().take_while(move |(known, _)| *known == hash);
        same.map(|(_, at)| &*self.list[*at as usize])
            .filter(move |changed| changed.keys.binary_search_by(|own| own.as_str().cmp(key)).is_ok())
    }

    /// Records at a place.
    pub fn records_in(&self, place: &Place<'_>) -> u32 {
        self.counts().places.get(place).copied().unwrap_or_default()
    }

    /// Providers with a specialty.
    pub fn providers_of(&self, code: &str) -> u32 {
        self.counts().specialties.get(code).copied().unwrap_or_default()
    }

    fn counts(&self) -> &Counts {
        self.counts.get_or_init(|| Counts::of(&self.list))
    }

    /// Those who bear all these words in their names.
    pub fn with_words(&self, words: &[String]) -> impl Iterator<Item = &Changed> {
        let first: Vec<u32> = words
            .first()
            .map(|word| self.bearers(word).collect())
            .unwrap_or_default();
        first
            .into_iter()
            .map(|number| &*self.list[number as usize])
            .filter(move |changed| words.iter().all(|word| changed.spellings.all().contains(word)))
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
