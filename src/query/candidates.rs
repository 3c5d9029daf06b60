//! Who a record may mean: the index asked by keys instead of by a search, without cards, in microseconds.
//!
//! A [`Directory`] also tells how frequent a name, a place or a key is, which is what makes agreement on it weigh little
//! or much.

use rustc_hash::FxHashMap;
use tantivy::{DocSet, TERMINATED, TantivyError, Term, schema::Field};

use super::matches::while_in_all;
use crate::index::{Snapshot, overlay::Changed, record::Record, schema::Fields, segment::Living};
use crate::vocab::{
    Lexicon, Position,
    likeness::Typed,
    names::words,
    vocabulary::{Shape, is_at},
};

/// A block with more providers tells nobody apart, and is passed over as long as others find somebody.
const MOST_OF_A_BLOCK: u64 = 400;
/// Of a larger block, up to this size, those are taken who are near or practise what is asked for.
const MOST_WALKED: u64 = 6_000;
/// Most candidates of one record.
const MOST: usize = 800;

/// One state of the directory, as a matcher asks it.
#[derive(Clone, Copy)]
pub struct Directory<'s> {
    snapshot: &'s Snapshot,
}

/// A set of providers that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The bearer of an NPI.
    Npi(u64),
    /// All with a key, see [`crate::vocab::keys`].
    Key(String),
    /// All who bear these words in a name at a place.
    Named(Vec<String>, Area),
}

/// Where a provider practises, as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// The areas of the record, the smallest first.
    pub areas: Vec<Area>,
    /// Its specialties.
    pub specialties: Vec<String>,
}

impl Near {
    /// Whether somebody of a large block is near. A state tells nothing where the block is of one state.
    fn admits(&self, block: &Block, records: &[Record<'_>]) -> bool {
        let anywhere = matches!(block, Block::Key(key) if key.starts_with("n|"));
        let mut areas = self
            .areas
            .iter()
            .filter(|area| anywhere || !matches!(area, Area::State(_)));
        let practises = |record: &Record<'_>| self.specialties.iter().any(|code| record.specialties.contains(code));
        areas.any(|area| records.iter().any(|record| area.holds(record))) || records.first().is_some_and(practises)
    }
}

/// A provider that may be meant.
pub struct Candidate<'s> {
    /// It at each of its places, the main one first; at least one.
    pub records: Vec<Record<'s>>,
    /// The numbers of the blocks that it is in.
    pub blocks: Vec<u16>,
}

/// Those who may be meant, as block after block is asked.
#[derive(Default)]
pub struct Candidates<'s> {
    by_id: FxHashMap<u128, Candidate<'s>>,
    asked: Vec<Block>,
}

impl<'s> Candidates<'s> {
    /// The number of a block, if it has been asked.
    pub fn number_of(&self, block: &Block) -> Option<u16> {
        self.asked.iter().position(|asked| asked == block).map(|at| at as u16)
    }

    /// Notes that somebody is in a block; whether there was anybody to note.
    fn note(
        &mut self,
        id: u128,
        block: u16,
        admits: &impl Fn(&[Record<'_>]) -> bool,
        records: impl FnOnce() -> Vec<Record<'s>>,
    ) -> bool {
        if !self.by_id.contains_key(&id) {
            let records = records();
            if self.by_id.len() >= MOST || records.is_empty() || !admits(&records) {
                return false;
            }
            let blocks = Vec::with_capacity(4);
            self.by_id.insert(id, Candidate { records, blocks });
        }
        let known = self.by_id.get_mut(&id);
        known.is_some_and(|known| {
            let new = known.blocks.last() != Some(&block);
            if new {
                known.blocks.push(block);
            }
            new
        })
    }

    /// Drops one, if there.
    pub fn leave_out(&mut self, id: Option<u128>) {
        id.and_then(|id| self.by_id.remove(&id));
    }

    /// In the order of their ids.
    pub fn in_order(&self) -> Vec<&Candidate<'s>> {
        let mut all: Vec<&Candidate<'s>> = self.by_id.values().collect();
        all.sort_by_key(|candidate| candidate.records[0].provider);
        all
    }
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

    /// Providers with a key, dead ones of segments included.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn frequency(&self, key: &str) -> Result<u64, TantivyError> {
        self.sum(|living| Ok(u64::from(living.segment.doc_freq(living.segment.fields().key, key)?)))
    }

    /// Entries in an area.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn population(&self, area: &Area) -> Result<u64, TantivyError> {
        self.sum(|living| {
            let (field, word) = area.term(living.segment.fields());
            Ok(u64::from(living.segment.doc_freq(field, word)?))
        })
    }

    /// Providers that have a word in a current name.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn bearers(&self, word: &str) -> Result<u64, TantivyError> {
        self.sum(|living| Ok(u64::from(living.segment.doc_freq(living.segment.fields().name, word)?)))
    }

    /// Providers with a specialty.
    pub fn of_specialty(&self, code: &str) -> u64 {
        let segments = self.snapshot.segments.iter();
        segments
            .map(|living| living.segment.providers_of(code).len() as u64)
            .sum()
    }

    fn sum(&self, of: impl Fn(&Living) -> Result<u64, TantivyError>) -> Result<u64, TantivyError> {
        self.snapshot.segments.iter().map(of).sum()
    }

    /// The words of names at one edit from a word, sorted.
    pub fn misspellings(&self, word: &str) -> Vec<String> {
        let segments = self.snapshot.segments.iter();
        let mut found: Vec<String> = segments
            .flat_map(|living| living.segment.vocabulary().at_one_edit(word))
            .map(|found| found.text.to_owned())
            .collect();
        let (typed, shape) = (Typed::new(word), Shape::of(word));
        let in_overlay = typed.iter().flat_map(|typed| {
            let overlay = &self.snapshot.overlay;
            overlay.words_like(move |own| own.may_be_at(1, &shape), move |own| is_at(1, own, typed))
        });
        found.extend(in_overlay.map(str::to_owned));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether somebody bears an NPI.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn knows(&self, npi: u64) -> Result<bool, TantivyError> {
        let in_overlay = self.snapshot.overlay.list.iter().any(|changed| changed.npi == npi);
        Ok(in_overlay || self.snapshot.by_number(|fields| fields.npi, npi)?.is_some())
    }

    /// Adds everybody in one of the blocks to those found before. Blocks that were asked before are passed over.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn find(&self, blocks: Vec<Block>, near: &Near, found: &mut Candidates<'s>) -> Result<(), TantivyError> {
        let mut sizes = Vec::with_capacity(blocks.len());
        for block in blocks {
            if !found.asked.contains(&block) && sizes.iter().all(|(known, _)| *known != block) {
                let size = self.size(&block)?;
                sizes.push((block, size));
            }
        }
        let too_many = |(_, size): &(Block, u64)| *size > MOST_OF_A_BLOCK;
        let (large, small): (Vec<_>, Vec<_>) = sizes.into_iter().partition(too_many);
        for (block, size) in small {
            if size > 0 {
                self.collect(&block, None, found)?;
            }
            found.asked.push(block);
        }
        let smallest = large.iter().map(|(_, size)| *size).min();
        for (block, size) in large {
            if size <= MOST_WALKED {
                self.collect(&block, Some(near), found)?;
            }
            if found.by_id.is_empty() && Some(size) == smallest {
                self.collect(&block, None, found)?;
            }
            found.asked.push(block);
        }
        Ok(())
    }

    /// About how many providers are in a block. Words at a place are met only as they are looked up.
    fn size(&self, block: &Block) -> Result<u64, TantivyError> {
        match block {
            Block::Npi(_) => Ok(1),
            Block::Key(key) => {
                let in_overlay = self.snapshot.overlay.list.iter().any(|changed| has_key(changed, key));
                Ok(self.frequency(key)? + u64::from(in_overlay))
            }
            Block::Named(..) => Ok(1),
        }
    }

    /// Adds a block: all of it up to the usual number, or those of a large one who are near.
    fn collect(&self, block: &Block, near: Option<&Near>, found: &mut Candidates<'s>) -> Result<(), TantivyError> {
        let number = found.asked.len() as u16;
        let admits = |records: &[Record<'_>]| near.is_none_or(|near| near.admits(block, records));
        for living in &self.snapshot.segments {
            let mut left = MOST_OF_A_BLOCK;
            let mut take = |provider: u32| {
                if living.is_alive(provider) {
                    let id = living.segment.provider_id(provider);
                    left -= u64::from(found.note(id, number, &admits, || records_of(living, provider)));
                }
                left > 0
            };
            each_of(living, block, &mut take)?;
        }
        for changed in self
            .snapshot
            .overlay
            .list
            .iter()
            .filter(|changed| is_in(changed, block))
        {
            let id = changed.change.provider_id().0.as_u128();
            found.note(id, number, &admits, || changed.records().collect());
        }
        Ok(())
    }
}

fn records_of(living: &Living, provider: u32) -> Vec<Record<'_>> {
    let segment = &living.segment;
    segment
        .locations_of(provider)
        .iter()
        .map(|location| segment.record(*location))
        .collect()
}

/// Calls `take` with every provider of a block in a segment for as long as it answers yes.
fn each_of(living: &Living, block: &Block, take: &mut impl FnMut(u32) -> bool) -> Result<(), TantivyError> {
    let (segment, fields) = (&living.segment, living.segment.fields());
    let providers = segment.contents().providers;
    let term = match block {
        Block::Npi(npi) => Term::from_field_u64(fields.npi, *npi),
        Block::Key(key) => Term::from_field_text(fields.key, key),
        Block::Named(words, area) => {
            for field in [fields.place_name, fields.place_any_name] {
                let mut terms: Vec<(Field, &str)> = words.iter().map(|word| (field, word.as_str())).collect();
                terms.push(area.term(fields));
                while_in_all(segment, &terms, |doc| {
                    let location = segment.location_of_doc(doc);
                    location.is_none_or(|location| take(segment.entry(location).provider))
                })?;
            }
            return Ok(());
        }
    };
    let field = if matches!(block, Block::Npi(_)) {
        fields.npi
    } else {
        fields.key
    };
    if let Some(mut postings) = segment.postings(field, &term)? {
        let mut doc = postings.doc();
        while doc != TERMINATED && doc < providers && take(doc) {
            doc = postings.advance();
        }
    }
    Ok(())
}

fn has_key(changed: &Changed, key: &str) -> bool {
    changed.keys.binary_search_by(|own| own.as_str().cmp(key)).is_ok()
}

/// Whether a provider of the overlay is in a block.
fn is_in(changed: &Changed, block: &Block) -> bool {
    match block {
        Block::Npi(npi) => changed.npi == *npi,
        Block::Key(key) => has_key(changed, key),
        Block::Named(wanted, area) => {
            let spellings = &changed.spellings;
            let has = |word: &String| spellings.current.contains(word) || spellings.any.contains(word);
            wanted.iter().all(has) && changed.records().any(|record| area.holds(&record))
        }
    }
}

/// The parts of a person's name, as far as a record tells them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Given and middle names, folded.
    pub given: Vec<String>,
    /// Words of the surname, folded.
    pub last: Vec<String>,
    /// `jr`.
    pub suffix: Option<String>,
    /// What stands behind the name, as written.
    pub credential: Option<String>,
}

impl Parts {
    /// Of a record: the name as shown and the name as sorted are the same words, turned by the length of the surname.
    pub fn of(record: &Record<'_>) -> Self {
        let (shown, behind) = record.name.split_once(", ").unwrap_or((record.name, ""));
        let (shown, sorted) = (words(shown), words(record.sort_name));
        let turned = (1..=sorted.len()).find(|cut| {
            let (last, given) = sorted.split_at(*cut);
            let rest = shown.strip_prefix(given);
            rest.is_some_and(|rest| rest.starts_with(last))
        });
        let cut = turned.unwrap_or(1.min(sorted.len()));
        let (last, given) = sorted.split_at(cut);
        let mut suffix = shown.get(sorted.len()).cloned();
        let mut credential = Some(behind).filter(|text| !text.is_empty());
        if let Some(text) = credential {
            let (first, rest) = text.split_once(", ").unwrap_or((text, ""));
            if let [word] = words(first).as_slice()
                && is_suffix(word)
            {
                suffix = Some(word.clone());
                credential = Some(rest).filter(|text| !text.is_empty());
            }
        }
        let (last, glued): (Vec<String>, Vec<String>) = last.iter().cloned().partition(|word| !is_suffix(word));
        Self {
            given: given.to_vec(),
            last,
            suffix: suffix.or_else(|| glued.into_iter().next()),
            credential: credential.map(str::to_owned),
        }
    }

    /// The surname of another name, which is kept only as it is shown: what stands behind the given names.
    pub fn other_surname(&self, shown: &str) -> String {
        let before = shown.split_once(", ").map_or(shown, |(name, _)| name);
        let all: Vec<String> = words(before).into_iter().filter(|word| !is_suffix(word)).collect();
        let same = all.iter().zip(&self.given).take_while(|(a, b)| a == b).count();
        let start = same.max(1).min(all.len().saturating_sub(1));
        all[start..].concat()
    }
}

fn is_suffix(word: &str) -> bool {
    crate::vocab::names::SUFFIXES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surname_is_what_stands_behind_the_given_names() {
        let parts = Parts {
            given: vec!["maria".to_owned(), "a".to_owned()],
            ..Parts::default()
        };
        assert_eq!(parts.other_surname("Maria A De La Cruz, MD"), "delacruz");
        assert_eq!(parts.other_surname("Mary Miller Jr., MD"), "miller");
        assert_eq!(parts.other_surname("Miller"), "miller");
    }
}
