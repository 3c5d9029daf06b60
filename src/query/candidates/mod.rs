//! Who a record may mean: the index asked by keys instead of by a search, without cards, in microseconds.
//!
//! A [`Directory`] also tells how frequent a name, a place or a key is, which is what makes agreement on it weigh little
//! or much.
//!
//! Blocks that are small are taken whole. Those that are large, as everybody called Smith, are met with one another, with
//! the other words of the name and with the specialties; what is left of them is thinned to those who are near.

mod former;
mod found;
mod frequency;
mod meeting;
mod misspelt;
mod parts;

pub use found::{Candidate, Candidates};
pub use misspelt::{Misspelling, Misspellings};
pub use parts::Parts;

use found::Large;
use meeting::{MOST_MET, is_near, is_near_by, met, met_in, thinned};
use tantivy::{DocSet, TantivyError, Term, postings::SegmentPostings, schema::Field};

use super::{lists::Lists, matches::while_in_all};
use crate::index::{
    Snapshot,
    living::Living,
    names::Which,
    overlay::{Changed, Place},
    record::Record,
    schema::Fields,
};
use crate::vocab::{Lexicon, Position, place::Point};

/// A block with more providers is not taken whole.
const MOST_OF_A_BLOCK: usize = 120;
/// Most that are taken from a large block, or from where two meet: those who are near first.
const MOST_OF_A_LARGE: usize = 60;
/// Most that are taken of those with a surname's spelling or sound and an initial in a state, those who are near first: who is
/// farther and shares no more than that is not meant.
const MOST_OF_A_STATE: usize = 24;
/// Most that are looked at to find those of a large block who are near.
const MOST_WALKED: u64 = 3_000;
/// Large blocks that are met with one another: the smallest.
const MOST_LARGE: usize = 8;
/// Specialties of a record that large blocks are met with.
const MOST_SPECIALTIES: usize = 6;
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
