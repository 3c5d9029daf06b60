//! How frequent a name, a place or a key is: agreement on what many have weighs little.

use tantivy::{DocSet, TERMINATED, TantivyError, Term, schema::Field};

use super::{Area, Directory, misspelt::Misspelling};
use crate::index::{
    living::Living,
    names::{Bearing, Which},
};
use crate::vocab::{
    likeness::Typed,
    vocabulary::{Shape, is_at},
};

/// Of so many or fewer, the living are counted.
const MOST_COUNTED: u64 = 64;
impl Directory<'_> {
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
