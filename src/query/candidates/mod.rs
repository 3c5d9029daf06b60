//! Who a record may mean: the index asked by keys instead of by a search, without cards, in microseconds.
//!
//! A [`Directory`] also tells how frequent a name, a place or a key is, which is what makes agreement on it weigh little
//! or much.
//!
//! Blocks that are small are taken whole. Those that are large, as everybody called Smith, are met with one another, with
//! the other words of the name and with the specialties; what is left of them is thinned to those who are near.

mod former;
mod found;
mod misspelt;
mod parts;

pub use found::{Candidate, Candidates};
pub use misspelt::{Misspelling, Misspellings};
pub use parts::Parts;

use found::Large;
use tantivy::{DocSet, TERMINATED, TantivyError, Term, postings::SegmentPostings, schema::Field};

use super::{
    lists::Lists,
    matches::{meet, while_in_all},
};
use crate::index::{
    Snapshot,
    living::Living,
    names::{Bearing, Which},
    overlay::{Changed, Place},
    record::Record,
    schema::Fields,
    tree::Entry,
};
use crate::vocab::{
    Lexicon, Position,
    likeness::Typed,
    place::Point,
    vocabulary::{Shape, is_at},
};

/// A block with more providers is not taken whole.
const MOST_OF_A_BLOCK: usize = 120;
/// Most that are taken from a large block, or from where two meet: those who are near first.
const MOST_OF_A_LARGE: usize = 60;
/// Most that are taken of those with a surname's spelling or sound and an initial in a state, those who are near first: who is
/// farther and shares no more than that is not meant.
const MOST_OF_A_STATE: usize = 24;
/// Most that are looked at to find those of a large block who are near.
const MOST_WALKED: u64 = 3_000;
/// Most who are looked at where two large blocks meet.
const MOST_MET: usize = 2_000;
/// Of so many or fewer, the living are counted.
const MOST_COUNTED: u64 = 64;
/// Large blocks that are met with one another: the smallest.
const MOST_LARGE: usize = 8;
/// Specialties of a record that large blocks are met with.
const MOST_SPECIALTIES: usize = 6;
/// Within so many degrees a provider is near: some forty miles.
const NEAR_LAT_E7: i32 = 6_000_000;
const NEAR_LON_E7: i32 = 8_000_000;

/// One state of the directory, as a matcher asks it.
#[derive(Clone, Copy)]
pub struct Directory<'s> {
    snapshot: &'s Snapshot,
}

/// A set of providers that may be meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    /// The bearer of an NPI.
    Npi(u64),
    /// All with a key, see [`crate::vocab::keys`].
    Key(String),
    /// All who bear these words in a name.
    Words(Vec<String>),
    /// All who bear these words in a name at a place.
    Named(Vec<String>, Area),
}

/// Where a provider practises, as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// Five digits.
    PostalCode(String),
    /// Folded.
    City(String),
    /// Two letters, folded.
    State(String),
}

impl Area {
    fn term<'a>(&'a self, fields: &Fields) -> (Field, &'a str) {
        match self {
            Self::PostalCode(code) => (fields.postal_code, code),
            Self::City(city) => (fields.city, city),
            Self::State(state) => (fields.state, state),
        }
    }

    /// As the overlay counts it.
    fn place(&self) -> Place<'_> {
        match self {
            Self::PostalCode(code) => Place::PostalCode(code.into()),
            Self::City(city) => Place::City(city.into()),
            Self::State(state) => Place::State(state.into()),
        }
    }

    fn holds(&self, record: &Record<'_>) -> bool {
        let Some(place) = &record.place else { return false };
        let folded = |text: Option<&str>| text.map(crate::vocab::names::fold);
        match self {
            Self::PostalCode(code) => place.postal_code.is_some_and(|own| own.starts_with(code.as_str())),
            Self::City(city) => folded(place.city).as_ref() == Some(city),
            Self::State(state) => folded(place.state).as_ref() == Some(state),
        }
    }
}

/// What tells the many of a large block apart.
#[derive(Clone, Debug, Default)]
pub struct Near {
    /// Where the record is.
    pub point: Option<Point>,
    /// Its specialties.
    pub specialties: Vec<String>,
    /// Keys that are too frequent to be blocks, but that large blocks are met with.
    pub partners: Vec<String>,
    /// Words of the name that are in none of its keys.
    pub words: Vec<String>,
    /// Whether large blocks are walked for those who are near.
    pub walks: bool,
}

impl<'s> Directory<'s> {
    /// Of a snapshot.
    pub fn of(snapshot: &'s Snapshot) -> Self {
        Self { snapshot }
    }

    /// Up to where the change feed has been read.
    pub fn position(&self) -> Option<Position> {
        self.snapshot.position
    }

    /// The vocabulary.
    pub fn lexicon(&self) -> &'s Lexicon {
        &self.snapshot.lexicon
    }

    /// Living providers.
    pub fn providers(&self) -> u64 {
        self.snapshot.providers()
    }

    /// Numbers from zero to below this stand for all providers, dead ones included.
    pub fn numbers(&self) -> u64 {
        let segments = self.snapshot.segments.iter();
        let written: u64 = segments
            .map(|living| u64::from(living.segment.contents().providers))
            .sum();
        written + self.snapshot.overlay.list.len() as u64
    }

    /// The provider with a number; none: it is dead.
    pub fn nth(&self, number: u64) -> Option<Candidate<'s>> {
        let mut left = number;
        for living in &self.snapshot.segments {
            let count = u64::from(living.segment.contents().providers);
            if left < count {
                let provider = left as u32;
                let records = living.segment.locations_of(provider).iter();
                return living.is_alive(provider).then(|| Candidate {
                    records: records.map(|location| living.segment.record(*location)).collect(),
                    blocks: Vec::new(),
                });
            }
            left -= count;
        }
        let changed = self.snapshot.overlay.list.get(left as usize)?;
        Some(Candidate {
            records: changed.records().collect(),
            blocks: Vec::new(),
        })
    }

    /// Providers with a key; see [`living_of`] for what is exact.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn frequency(&self, key: &str) -> Result<u64, TantivyError> {
        let changed = self.snapshot.overlay.with_key(key).count() as u64;
        Ok(changed + self.sum(|living| living_of(living, living.segment.fields().key, key))?)
    }

    /// Entries in an area.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn population(&self, area: &Area) -> Result<u64, TantivyError> {
        let changed = self.snapshot.overlay.records_in(&area.place());
        let written = self.sum(|living| {
            let (field, word) = area.term(living.segment.fields());
            living_of(living, field, word)
        })?;
        Ok(u64::from(changed) + written)
    }

    /// Providers that have a word in a name: a current one, or among changes that are not in a segment yet, any.
    pub fn bearers(&self, word: &str) -> u64 {
        let changed = self.snapshot.overlay.bearers(word).count() as u64;
        let written = self.snapshot.segments.iter().map(|living| bearers_of(living, word));
        changed + written.sum::<u64>()
    }

    /// Providers with a specialty.
    pub fn of_specialty(&self, code: &str) -> u64 {
        let segments = self.snapshot.segments.iter();
        let written: u64 = segments.map(|living| living.providers_of(code)).sum();
        written + u64::from(self.snapshot.overlay.providers_of(code))
    }

    fn sum(&self, of: impl Fn(&Living) -> Result<u64, TantivyError>) -> Result<u64, TantivyError> {
        self.snapshot.segments.iter().map(of).sum()
    }

    /// The words of names at one edit from a word: those that most bear first.
    pub fn misspellings(&self, word: &str) -> Vec<Misspelling> {
        let segments = self.snapshot.segments.iter().map(|living| living.segment.vocabulary());
        let mut found: Vec<Misspelling> = segments
            .flat_map(|words| words.at_one_edit(word))
            .map(|found| Misspelling {
                text: found.text.to_owned(),
                bearers: u64::from(found.bearers),
            })
            .collect();
        let (typed, shape) = (Typed::new(word), Shape::of(word));
        let in_overlay = typed.iter().flat_map(|typed| {
            let overlay = &self.snapshot.overlay;
            overlay.words_like(move |own| own.may_be_at(1, &shape), move |own| is_at(1, own, typed))
        });
        found.extend(in_overlay.map(|text| Misspelling {
            text: text.to_owned(),
            bearers: 1,
        }));
        found.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        found.dedup_by(|next, kept| {
            let same = next.text == kept.text;
            if same {
                kept.bearers += next.bearers;
            }
            same
        });
        found.sort_by(|a, b| b.bearers.cmp(&a.bearers).then_with(|| a.text.cmp(&b.text)));
        found
    }

    /// Whether somebody bears an NPI.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn knows(&self, npi: u64) -> Result<bool, TantivyError> {
        let in_overlay = self.snapshot.overlay.rows_of(npi).next().is_some();
        Ok(in_overlay || self.snapshot.by_number(|fields| fields.npi, npi)?.is_some())
    }

    /// Adds everybody in one of the blocks to those found before. Blocks that were asked before are passed over.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn find(&self, blocks: Vec<Block>, near: &Near, found: &mut Candidates<'s>) -> Result<(), TantivyError> {
        let known = found.large.len();
        for block in blocks {
            let Some(number) = found.ask(&block) else { continue };
            self.collect_changed(&block, number, found);
            match block {
                Block::Npi(npi) => self.collect_npi(npi, number, found)?,
                Block::Key(key) => self.collect_key(key, number, near, found)?,
                Block::Words(words) => self.collect_words(&words, number, near, found),
                Block::Named(words, area) => self.collect_named(&words, &area, number, found)?,
            }
        }
        self.collect_large(known, near, found)?;
        found.read(|living, provider| is_near_by(living, provider, near.point));
        Ok(())
    }

    /// Those of the overlay who are in a block.
    fn collect_changed(&self, block: &Block, number: u16, found: &mut Candidates<'s>) {
        let overlay = &self.snapshot.overlay;
        let mut note = |changed: &'s Changed| {
            let id = changed.change.provider_id().0.as_u128();
            found.note_changed(id, number, || changed.records().collect());
        };
        match block {
            Block::Npi(npi) => overlay
                .rows_of(*npi)
                .for_each(|row| note(&overlay.list[row.changed as usize])),
            Block::Key(key) => overlay.with_key(key).take(MOST_OF_A_BLOCK).for_each(note),
            Block::Words(words) => overlay.with_words(words).take(MOST_OF_A_BLOCK).for_each(note),
            Block::Named(words, area) => overlay
                .with_words(words)
                .filter(|changed| changed.records().any(|record| area.holds(&record)))
                .take(MOST_OF_A_BLOCK)
                .for_each(note),
        }
    }

    fn collect_npi(&self, npi: u64, number: u16, found: &mut Candidates<'s>) -> Result<(), TantivyError> {
        for living in &self.snapshot.segments {
            let field = living.segment.fields().npi;
            if let Some(provider) = living.provider_with(field, &Term::from_field_u64(field, npi))? {
                found.note(living, provider, number);
            }
        }
        Ok(())
    }

    /// All with a key, if they are few; otherwise the key is put aside to be met with others.
    fn collect_key(
        &self,
        key: String,
        number: u16,
        near: &Near,
        found: &mut Candidates<'s>,
    ) -> Result<(), TantivyError> {
        let mut lists = Vec::with_capacity(self.snapshot.segments.len());
        let mut size = 0;
        for living in &self.snapshot.segments {
            if let Some(list) = of_key(living, &key)? {
                size += u64::from(list.doc_freq());
                lists.push((living, list));
            }
        }
        if size > MOST_OF_A_BLOCK as u64 {
            found.large.push(Large { number, key, size });
            return Ok(());
        }
        let most = if is_of_a_state(&key) && near.point.is_some() {
            MOST_OF_A_STATE
        } else {
            MOST_OF_A_BLOCK
        };
        for (living, mut list) in lists {
            let mut providers = Vec::with_capacity(list.doc_freq() as usize);
            let mut doc = list.doc();
            while doc < living.segment.contents().providers {
                providers.push(doc);
                doc = list.advance();
            }
            note_all(living, &thinned(living, providers, near.point, most), number, found);
        }
        Ok(())
    }

    /// Those who bear all words, as long as the rarest is rare enough to tell anything.
    fn collect_words(&self, words: &[String], number: u16, near: &Near, found: &mut Candidates<'s>) {
        for living in &self.snapshot.segments {
            let names = living.segment.names();
            for which in [Which::Current, Which::Any] {
                let Some(mut lists) = Lists::open(names, which, words) else {
                    continue;
                };
                if lists.fewest() as u64 > MOST_WALKED {
                    continue;
                }
                let (mut providers, mut from) = (Vec::new(), 0);
                while let Some(provider) = lists.next(from).filter(|_| providers.len() < MOST_MET) {
                    providers.push(provider);
                    from = provider + 1;
                }
                note_all(
                    living,
                    &thinned(living, providers, near.point, MOST_OF_A_LARGE),
                    number,
                    found,
                );
            }
        }
    }

    fn collect_named(
        &self,
        words: &[String],
        area: &Area,
        number: u16,
        found: &mut Candidates<'s>,
    ) -> Result<(), TantivyError> {
        for living in &self.snapshot.segments {
            let (segment, fields) = (&living.segment, living.segment.fields());
            let mut left = MOST_OF_A_LARGE;
            for field in [fields.place_name, fields.place_any_name] {
                if left == 0 {
                    break;
                }
                let mut terms: Vec<(Field, &str)> = words.iter().map(|word| (field, word.as_str())).collect();
                terms.push(area.term(fields));
                while_in_all(segment, &terms, |doc| {
                    if let Some(location) = segment.location_of_doc(doc) {
                        left -= usize::from(found.note(living, segment.entry(location).provider, number));
                    }
                    left > 0
                })?;
            }
        }
        Ok(())
    }

    /// Meets the large blocks, those from `known` on being new, with one another, with partners, words and specialties,
    /// and walks those that can be walked.
    fn collect_large(&self, known: usize, near: &Near, found: &mut Candidates<'s>) -> Result<(), TantivyError> {
        let mut large: Vec<(u64, u16, String, bool)> = found
            .large
            .iter()
            .enumerate()
            .map(|(at, large)| (large.size, large.number, large.key.clone(), at >= known))
            .collect();
        large.sort_unstable();
        large.truncate(MOST_LARGE);
        for (at, (size, number, key, new)) in large.iter().enumerate() {
            for (_, other, with, other_new) in &large[at + 1..] {
                if (*new || *other_new) && tell_more_together(key, with) {
                    self.collect_met(key, &Partner::Key(with), &[*number, *other], near, found)?;
                }
            }
            if *new {
                let keys = near.partners.iter().map(|partner| Partner::Key(partner));
                let words = near.words.iter().map(|word| Partner::Word(word));
                let specialties = near.specialties.iter().take(MOST_SPECIALTIES);
                let partners = keys
                    .chain(words)
                    .chain(specialties.map(|code| Partner::Specialty(code)));
                for partner in partners.filter(|partner| tells_more(key, partner)) {
                    self.collect_met(key, &partner, &[*number], near, found)?;
                }
            }
            if *new && near.walks && *size <= MOST_WALKED && near.point.is_some() {
                self.collect_near(key, *number, near, found)?;
            }
        }
        if let Some((_, number, key, _)) = large.first().filter(|_| found.is_empty()) {
            for living in &self.snapshot.segments {
                if let Some(list) = of_key(living, key)? {
                    note_all(living, &met(living, &mut [list], near.point), *number, found);
                }
            }
        }
        Ok(())
    }

    fn collect_met(
        &self,
        key: &str,
        partner: &Partner<'_>,
        numbers: &[u16],
        near: &Near,
        found: &mut Candidates<'s>,
    ) -> Result<(), TantivyError> {
        for living in &self.snapshot.segments {
            let Some(list) = of_key(living, key)? else { continue };
            let segment = &living.segment;
            let fields = segment.fields();
            let providers = match partner {
                Partner::Key(with) => of_key(living, with)?.map(|other| met(living, &mut [list, other], near.point)),
                Partner::Word(word) => segment
                    .postings(fields.name, &Term::from_field_text(fields.name, word))?
                    .map(|other| met(living, &mut [list, other], near.point)),
                Partner::Specialty(code) => Some(met_in(living, list, segment.providers_of(code), near.point)),
            };
            let providers = providers.unwrap_or_default();
            for number in numbers {
                note_all(living, &providers, *number, found);
            }
        }
        Ok(())
    }

    /// Those of a large block who are near.
    fn collect_near(
        &self,
        key: &str,
        number: u16,
        near: &Near,
        found: &mut Candidates<'s>,
    ) -> Result<(), TantivyError> {
        let Some(point) = near.point else { return Ok(()) };
        for living in &self.snapshot.segments {
            let Some(mut list) = of_key(living, key)? else { continue };
            let mut left = MOST_OF_A_LARGE;
            let mut doc = list.doc();
            while doc < living.segment.contents().providers && left > 0 {
                let mut entries = living
                    .segment
                    .locations_of(doc)
                    .iter()
                    .map(|location| living.segment.entry(*location));
                if entries.any(|entry| is_near(entry, point)) {
                    left -= usize::from(found.note(living, doc, number));
                }
                doc = list.advance();
            }
        }
        Ok(())
    }
}

/// What a large block is met with.
enum Partner<'a> {
    Key(&'a str),
    Word(&'a str),
    Specialty(&'a str),
}

/// Whether a key is of a surname or its sound and an initial in a state.
fn is_of_a_state(key: &str) -> bool {
    key.starts_with(['s', 'd'])
}

/// Whether two large blocks leave fewer together: a name and a state do, so does anything at an address.
fn tell_more_together(one: &str, other: &str) -> bool {
    let placed = |key: &str| key.starts_with(['a', 't', 'c', 'o']);
    placed(one)
        || placed(other)
        || (one.starts_with('n') && other.starts_with('s'))
        || (one.starts_with('s') && other.starts_with('n'))
}

/// Whether a partner leaves fewer of a block that no smaller block holds anyway.
fn tells_more(key: &str, partner: &Partner<'_>) -> bool {
    match partner {
        Partner::Key(with) => key.starts_with(['a', 't', 'c']) || (key.starts_with('d') && with.starts_with('f')),
        Partner::Word(_) => key.starts_with(['n', 's']),
        Partner::Specialty(_) => key.starts_with(['n', 's', 'o']),
    }
}

/// Providers of a segment with a word in their current name, counted as [`living_of`] does.
fn bearers_of(living: &Living, word: &str) -> u64 {
    let names = living.segment.names();
    match names.number(word).map(|number| names.bearing(Which::Current, number)) {
        None => 0,
        Some(Bearing::Many(word)) => u64::from(word.count),
        Some(Bearing::Few(list)) if list.len() as u64 > MOST_COUNTED => list.len() as u64,
        Some(Bearing::Few(list)) => list.iter().filter(|provider| living.is_alive(**provider)).count() as u64,
    }
}

/// Documents of a segment with a word. Of few, as a rare name has, the living ones are counted; of many, all: some dead ones
/// tell nothing there, and a merge drops them.
fn living_of(living: &Living, field: Field, word: &str) -> Result<u64, TantivyError> {
    let segment = &living.segment;
    let all = u64::from(segment.doc_freq(field, word)?);
    if all == 0 || all > MOST_COUNTED || living.dead.is_empty() {
        return Ok(all);
    }
    let Some(mut list) = segment.postings(field, &Term::from_field_text(field, word))? else {
        return Ok(0);
    };
    let (mut count, mut doc) = (0, list.doc());
    while doc != TERMINATED {
        let provider = segment
            .location_of_doc(doc)
            .map_or(doc, |location| segment.entry(location).provider);
        count += u64::from(living.is_alive(provider));
        doc = list.advance();
    }
    Ok(count)
}

fn of_key(living: &Living, key: &str) -> Result<Option<SegmentPostings>, TantivyError> {
    let field = living.segment.fields().key;
    living.segment.postings(field, &Term::from_field_text(field, key))
}

/// Notes all of some providers of a segment.
fn note_all<'s>(living: &'s Living, providers: &[u32], number: u16, found: &mut Candidates<'s>) {
    for provider in providers {
        found.note(living, *provider, number);
    }
}

/// Touches what is read of each provider next: the processor fetches many of them at once, while to read one record after the
/// other is to wait for each. At nine million providers nearly everything is a miss.
fn look_ahead(providers: &[(&Living, u32)]) {
    let first = |(living, provider): &(&Living, u32)| {
        let location = living.segment.locations_of(*provider).first().copied();
        location.map(|location| (living.segment.record_bytes(location).first().copied()).unwrap_or(0))
    };
    let touched = providers.iter().filter_map(first).fold(0, |sum, byte| sum ^ byte);
    std::hint::black_box(touched);
}

/// Whether some location of a provider is near a point.
fn is_near_by(living: &Living, provider: u32, point: Option<Point>) -> bool {
    let segment = &living.segment;
    let mut locations = segment.locations_of(provider).iter();
    point.is_some_and(|point| locations.any(|location| is_near(segment.entry(*location), point)))
}

/// Providers in all lists; where they are many, those who are near.
fn met(living: &Living, lists: &mut [SegmentPostings], point: Option<Point>) -> Vec<u32> {
    lists.sort_by_key(SegmentPostings::doc_freq);
    let end = living.segment.contents().providers;
    let mut providers = Vec::new();
    let mut doc = meet(lists, 0);
    while doc != TERMINATED && doc < end && providers.len() < MOST_MET {
        providers.push(doc);
        doc = meet(lists, doc + 1);
    }
    thinned(living, providers, point, MOST_OF_A_LARGE)
}

/// Providers in a list and in a sorted slice.
fn met_in(living: &Living, mut list: SegmentPostings, slice: &[u32], point: Option<Point>) -> Vec<u32> {
    let mut providers = Vec::new();
    let mut rest = slice;
    let mut doc = list.doc();
    while providers.len() < MOST_MET {
        // Both are sorted: each leaps to where the other stands.
        rest = &rest[leap(rest, doc)..];
        let Some(next) = rest.first().filter(|_| doc != TERMINATED) else {
            break;
        };
        if *next == doc {
            providers.push(doc);
            doc = list.advance();
        } else {
            doc = list.seek(*next);
        }
    }
    thinned(living, providers, point, MOST_OF_A_LARGE)
}

/// How many numbers at the beginning of a sorted slice are below a number: twice as far with every step, then halving.
fn leap(sorted: &[u32], below: u32) -> usize {
    let mut step = 1;
    while step < sorted.len() && sorted[step] < below {
        step *= 2;
    }
    let from = step / 2;
    let to = (step + 1).min(sorted.len());
    from + sorted[from..to].partition_point(|number| *number < below)
}

/// The first of many, those who are near before all others.
fn thinned(living: &Living, mut providers: Vec<u32>, point: Option<Point>, most: usize) -> Vec<u32> {
    if providers.len() > most {
        if let Some(point) = point {
            providers = near_first(living, &providers, point);
        }
        providers.truncate(most);
    }
    providers
}

/// Those who are near, then all others. In steps over all of them, each of which reads one thing: see [`look_ahead`].
fn near_first(living: &Living, providers: &[u32], point: Point) -> Vec<u32> {
    let segment = &living.segment;
    let locations: Vec<&[u32]> = providers
        .iter()
        .map(|provider| segment.locations_of(*provider))
        .collect();
    let mains: Vec<&Entry> = locations
        .iter()
        .filter_map(|all| all.first().map(|main| segment.entry(*main)))
        .collect();
    let touch = |sum, entry: &&Entry| sum ^ entry.lat_e7;
    std::hint::black_box(mains.iter().fold(0, touch));
    let (mut near, mut others) = (Vec::new(), Vec::new());
    for (provider, locations) in providers.iter().zip(locations) {
        let is_near = locations
            .iter()
            .any(|location| is_near(segment.entry(*location), point));
        if is_near {
            near.push(*provider);
        } else {
            others.push(*provider);
        }
    }
    near.append(&mut others);
    near
}

/// Whether an entry is some forty miles around a point.
fn is_near(entry: &Entry, point: Point) -> bool {
    entry.is_placed()
        && (entry.lat_e7 - point.lat_e7).abs() <= NEAR_LAT_E7
        && (i64::from(entry.lon_e7) - i64::from(point.lon_e7)).abs() <= i64::from(NEAR_LON_E7)
}

#[cfg(test)]
mod tests {
    use super::leap;

    #[test]
    fn a_leap_passes_over_what_is_below() {
        let sorted: Vec<u32> = (0..100).map(|n| n * 3).collect();
        for below in 0..310 {
            let expected = sorted.iter().filter(|number| **number < below).count();
            assert_eq!(leap(&sorted, below), expected, "{below}");
        }
        assert_eq!(leap(&[], 5), 0);
    }
}
