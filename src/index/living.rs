//! A segment within a snapshot, with what is dead in it.

use std::sync::Arc;

use tantivy::{
    DocSet, TERMINATED, Term,
    schema::{Field, IndexRecordOption},
};

use super::{dead::Dead, segment::Segment};

/// A segment within a snapshot, with what is dead in it.
#[derive(Clone)]
pub struct Living {
    /// The segment.
    pub segment: Arc<Segment>,
    /// What is dead.
    pub dead: Arc<Dead>,
}

impl Living {
    /// Whether a provider is alive.
    pub fn is_alive(&self, provider: u32) -> bool {
        !self.dead.has(provider)
    }

    /// Living providers.
    pub fn providers(&self) -> u64 {
        u64::from(self.segment.contents().providers) - self.dead.len()
    }

    /// Living providers of a specialty.
    pub fn providers_of(&self, specialty: &str) -> u64 {
        self.segment.specialty_number(specialty).map_or(0, |number| {
            let all = self.segment.providers_of(specialty).len();
            (all - self.dead.of_specialty(number).count()) as u64
        })
    }

    /// The sites of each dead provider of a specialty.
    pub fn dead_sites_of(&self, specialty: &str) -> impl Iterator<Item = &[u32]> {
        let number = self.segment.specialty_number(specialty);
        number
            .into_iter()
            .flat_map(|number| self.dead.sites_of_specialty(number))
    }

    /// Living providers of any of these specialties, each once.
    pub fn providers_of_any(&self, specialties: &[String]) -> u64 {
        if let [code] = specialties {
            return self.providers_of(code);
        }
        let numbers = specialties
            .iter()
            .filter_map(|code| self.segment.specialty_number(code));
        let mut dead: Vec<u32> = numbers.flat_map(|number| self.dead.of_specialty(number)).collect();
        dead.sort_unstable();
        dead.dedup();
        (self.segment.providers_of_any(specialties).len() - dead.len()) as u64
    }

    /// Living locations.
    pub fn locations(&self) -> u64 {
        u64::from(self.segment.contents().locations) - self.dead.locations()
    }

    /// Living providers whose number in a field lies in a range, the smallest numbers first.
    ///
    /// # Errors
    /// If the segment cannot be read.
    pub fn providers_between(&self, field: Field, from: u64, to: u64, limit: usize) -> tantivy::Result<Vec<u32>> {
        let index = self.segment.reader().inverted_index(field)?;
        let (first, last) = (Term::from_field_u64(field, from), Term::from_field_u64(field, to));
        let range = index.terms().range();
        let range = range
            .ge(first.serialized_value_bytes())
            .lt(last.serialized_value_bytes());
        let mut terms = range.into_stream()?;
        let mut found = Vec::new();
        while found.len() < limit && terms.advance() {
            let mut postings = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            let mut doc = postings.doc();
            while doc != TERMINATED && doc < self.segment.contents().providers {
                if self.is_alive(doc) {
                    found.push(doc);
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// The living provider that has an NPI.
    pub fn provider_with_npi(&self, npi: u64) -> tantivy::Result<Option<u32>> {
        if self.segment.lacks_npi(npi) {
            return Ok(None);
        }
        let field = self.segment.fields().npi;
        self.provider_with(field, &Term::from_field_u64(field, npi))
    }

    /// The first living provider whose own document has a term.
    pub fn provider_with(&self, field: Field, term: &Term) -> tantivy::Result<Option<u32>> {
        let Some(mut postings) = self.segment.postings(field, term)? else {
            return Ok(None);
        };
        let mut doc = postings.doc();
        while doc != TERMINATED && doc < self.segment.contents().providers {
            if self.is_alive(doc) {
                return Ok(Some(doc));
            }
            doc = postings.advance();
        }
        Ok(None)
    }
}
