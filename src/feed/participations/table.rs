//! All providers with their participations in flat memory, found by NPI.
//!
//! Nine million providers have few different histories, sets of taxonomies and terms of participation: those are kept once
//! and referred to by number. A provider costs 24 bytes, a participation 8, and a place 16 for each provider at it.

use std::{hash::Hash, mem::size_of};

use rustc_hash::FxHashMap;

use crate::domain::network::{Membership, Timeline};
use crate::domain::provider::Participation;
use crate::store::standing::Standing;
use crate::vocab::{LocationId, NetworkId, Npi, ProviderId};

/// A participation without its place: what many share.
type Terms = Participation;

/// Of a participation that holds at every place.
const EVERYWHERE: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Row {
    terms: u32,
    place: u32,
}

/// The table. Never changes once built.
#[derive(Default)]
pub struct Table {
    /// The first nine digits of each NPI, ascending: the tenth follows from them.
    numbers: Vec<u32>,
    /// A digest of each provider's id: to see whether a number has changed hands.
    owners: Vec<u64>,
    timelines: Vec<u32>,
    taxonomies: Vec<u32>,
    /// Where the rows of the provider begin; one more at the end.
    begins: Vec<u32>,
    rows: Vec<Row>,
    places: Vec<LocationId>,
    all_timelines: Vec<Timeline>,
    all_taxonomies: Vec<Vec<String>>,
    all_terms: Vec<Terms>,
}

/// A provider of the table.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    table: &'a Table,
    at: usize,
}

impl Table {
    /// How many providers there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many participations there are.
    pub fn participations(&self) -> usize {
        self.rows.len()
    }

    /// Whether anybody takes part in a network, on whatever day.
    pub fn knows(&self, network: NetworkId) -> bool {
        self.all_terms.iter().any(|terms| terms.network_id == network)
    }

    /// The networks that anybody takes part in.
    pub fn networks(&self) -> impl Iterator<Item = NetworkId> {
        self.all_terms.iter().map(|terms| terms.network_id)
    }

    /// The provider of an NPI.
    pub fn find(&self, npi: Npi) -> Option<Found<'_>> {
        let at = self.numbers.binary_search(&first_nine(npi)).ok()?;
        Some(Found { table: self, at })
    }

    /// The NPI under which a provider stands, looked for in all of them: a few milliseconds.
    pub fn npi_of(&self, provider: ProviderId) -> Option<Npi> {
        let owner = digest(provider);
        let at = self.owners.iter().position(|o| *o == owner)?;
        Some(Npi::from_base(u64::from(self.numbers[at])))
    }

    /// Bytes in use, without what the allocator adds.
    pub fn bytes(&self) -> usize {
        let providers = self.numbers.len() * (4 * size_of::<u32>() + size_of::<u64>());
        let distinct = self.all_terms.len() * size_of::<Terms>() + self.all_timelines.len() * 40;
        providers + self.rows.len() * size_of::<Row>() + self.places.len() * size_of::<LocationId>() + distinct
    }
}

impl<'a> Found<'a> {
    /// Whether it is this provider's number.
    pub fn is_of(self, provider: ProviderId) -> bool {
        self.table.owners[self.at] == digest(provider)
    }

    /// Status over days.
    pub fn timeline(self) -> &'a Timeline {
        &self.table.all_timelines[self.table.timelines[self.at] as usize]
    }

    /// Taxonomies, sorted.
    pub fn taxonomies(self) -> &'a [String] {
        &self.table.all_taxonomies[self.table.taxonomies[self.at] as usize]
    }

    /// Participations.
    pub fn memberships(self) -> Vec<Membership<'a>> {
        let (begin, end) = (self.table.begins[self.at], self.table.begins[self.at + 1]);
        let rows = &self.table.rows[begin as usize..end as usize];
        let membership = |row: &Row| Membership {
            location_id: self.table.places.get(row.place as usize).copied(),
            ..Membership::of(&self.table.all_terms[row.terms as usize])
        };
        rows.iter().map(membership).collect()
    }
}

/// Fills a table from providers in the order of their NPIs.
#[derive(Default)]
pub struct Builder {
    table: Table,
    timelines: FxHashMap<Timeline, u32>,
    taxonomies: FxHashMap<Vec<String>, u32>,
    terms: FxHashMap<TermsKey, u32>,
}

/// The terms of a participation, as a key.
type TermsKey = (
    NetworkId,
    Option<String>,
    u8,
    chrono::NaiveDate,
    Option<chrono::NaiveDate>,
    Option<u8>,
);

impl Builder {
    /// Adds a provider behind those that are there; one without an NPI is left out.
    pub fn push(&mut self, standing: Standing) {
        let Some(npi) = standing.npi else { return };
        let facts = standing.facts;
        let table = &mut self.table;
        table.numbers.push(first_nine(npi));
        table.owners.push(digest(standing.id));
        let timeline = number(&mut self.timelines, &mut table.all_timelines, facts.timeline);
        table.timelines.push(timeline);
        let taxonomies = number(&mut self.taxonomies, &mut table.all_taxonomies, facts.taxonomies);
        table.taxonomies.push(taxonomies);
        table.begins.push(small(table.rows.len()));
        let first_place = table.places.len();
        for participation in facts.participations {
            let place = participation
                .location_id
                .map_or(EVERYWHERE, |id| place(&mut table.places, first_place, id));
            let terms = terms(&mut self.terms, &mut table.all_terms, participation);
            table.rows.push(Row { terms, place });
        }
    }

    /// The table.
    pub fn finish(mut self) -> Table {
        let table = &mut self.table;
        table.begins.push(small(table.rows.len()));
        table.numbers.shrink_to_fit();
        table.owners.shrink_to_fit();
        table.timelines.shrink_to_fit();
        table.taxonomies.shrink_to_fit();
        table.begins.shrink_to_fit();
        table.rows.shrink_to_fit();
        table.places.shrink_to_fit();
        self.table
    }
}

/// The number of a value among all different ones.
fn number<T: Clone + Eq + Hash>(known: &mut FxHashMap<T, u32>, all: &mut Vec<T>, value: T) -> u32 {
    if let Some(number) = known.get(&value) {
        return *number;
    }
    let number = small(all.len());
    all.push(value.clone());
    known.insert(value, number);
    number
}

fn terms(known: &mut FxHashMap<TermsKey, u32>, all: &mut Vec<Terms>, p: Participation) -> u32 {
    let accepting = p.accepting.map(|a| a as u8);
    let key = (
        p.network_id,
        p.tier.clone(),
        p.status as u8,
        p.effective,
        p.termination,
        accepting,
    );
    *known.entry(key).or_insert_with(|| {
        let number = small(all.len());
        all.push(Terms { location_id: None, ..p });
        number
    })
}

/// The number of a place among those of the provider, which begin at `first`.
fn place(places: &mut Vec<LocationId>, first: usize, id: LocationId) -> u32 {
    let known = places[first..].iter().position(|p| *p == id);
    let at = known.map_or(places.len(), |n| first + n);
    if known.is_none() {
        places.push(id);
    }
    small(at)
}

fn small(n: usize) -> u32 {
    u32::try_from(n).expect("there are fewer than four billion")
}

fn first_nine(npi: Npi) -> u32 {
    u32::try_from(npi.number() / 10).expect("nine digits")
}

fn digest(provider: ProviderId) -> u64 {
    let (high, low) = provider.0.as_u64_pair();
    high.rotate_left(32) ^ low
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use uuid::Uuid;

    use super::*;
    use crate::domain::network::{Facts, Span};
    use crate::vocab::terms::NetworkStatus;

    fn standing(n: u64) -> Standing {
        let day = |d| NaiveDate::from_ymd_opt(2026, 1, d).expect("a day");
        let from = day(u32::try_from(n % 3).expect("small") + 1);
        let participation = |k: u64| Participation {
            id: Uuid::from_u128(u128::from(n * 100 + k)),
            network_id: NetworkId(Uuid::from_u128(u128::from(k % 2))),
            location_id: (k > 0).then(|| LocationId(Uuid::from_u128(u128::from(n * 100 + k / 2)))),
            tier: (k == 1).then(|| "PREFERRED".to_owned()),
            status: NetworkStatus::Active,
            effective: from,
            termination: None,
            accepting: None,
            characteristics: None,
        };
        Standing {
            id: ProviderId(Uuid::from_u128(u128::from(n))),
            npi: Some(Npi::from_base(100_000_000 + n)),
            facts: Facts {
                timeline: Timeline::of([Span {
                    from,
                    status: NetworkStatus::Active,
                }]),
                participations: (0..n % 5).map(participation).collect(),
                taxonomies: vec![format!("{:010}", n % 2)],
            },
        }
    }

    #[test]
    fn what_goes_in_comes_out_and_the_same_is_kept_once() {
        let all: Vec<_> = (0..1_000).map(standing).collect();
        let mut builder = Builder::default();
        all.iter().cloned().for_each(|s| builder.push(s));
        let table = builder.finish();
        for s in &all {
            let found = s.npi.and_then(|npi| table.find(npi)).expect("there");
            assert!(found.is_of(s.id));
            assert_eq!(found.timeline(), &s.facts.timeline);
            assert_eq!(found.taxonomies(), s.facts.taxonomies);
            assert_eq!(found.memberships(), s.facts.memberships());
            assert_eq!(table.npi_of(s.id), s.npi);
        }
        assert!(table.find(Npi::from_base(200_000_000)).is_none());
        assert_eq!((table.len(), table.all_timelines.len()), (1_000, 3));
        assert!(table.all_terms.len() < 20, "{}", table.all_terms.len());
        assert!(table.knows(NetworkId(Uuid::from_u128(1))));
        assert!(!table.knows(NetworkId(Uuid::from_u128(9))));
    }
}
