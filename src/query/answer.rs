//! The answer to a search: rows, counts and what else is to be said of them. Its cards are read from the map, and the names on
//! them joined, as it is written.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    cards::{Card, selected},
    collect::Source,
    explain::{self, Explained, Part, Trace},
    facets::FacetValue,
    filter::{Conditions, NameWanted, tier},
    interpreted::Interpreted,
    json::Added,
    matched::Matched,
    score::Score,
};
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
    record::Record,
};
use crate::vocab::{Npi, Position};

/// The answer to a search. Serializes in the shape of the contract; cards are read from the index as they are written.
pub struct Answer {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) origin: Option<Origin>,
    /// The names that were looked for.
    pub(super) names: Vec<NameWanted>,
    /// Former numbers that were asked for, each with the one in its place.
    pub(super) former_npi: Vec<(u64, u64)>,
    pub(super) moment: i64,
    pub(super) fields: Vec<String>,
    /// What was asked for, where hits are to be explained.
    pub(super) explained: Option<Box<Conditions>>,
    /// How it came about.
    pub trace: Trace,
    /// How many rows there are, if it was asked.
    pub total: Option<Total>,
    /// What was understood.
    pub interpreted: Interpreted,
    pub(super) hits: Vec<Hit>,
    /// Counts by value.
    pub facets: BTreeMap<String, Vec<FacetValue>>,
    /// Counts by cell of a map.
    pub clusters: Option<Vec<Cluster>>,
    /// How far the search had to look, where it looked farther than usual.
    pub expanded_radius_miles: Option<f64>,
    /// What was left out of the box and why, what is wrong with a number, or which wish keeps everybody out.
    pub hint: Option<String>,
    /// What was probably meant, where little or nothing was found or a word was corrected.
    pub did_you_mean: Option<DidYouMean>,
    /// What else the text may mean, where somebody is found by it.
    pub other_readings: Vec<OtherReading>,
    /// The next page.
    pub next_cursor: Option<String>,
    /// Time of the search, in microseconds.
    pub took_us: u64,
}

/// Another reading of the box, with the best that it finds.
pub struct OtherReading {
    /// The parameters that ask for it instead of `q`.
    pub parameters: BTreeMap<&'static str, Vec<String>>,
    pub(super) answer: Box<Answer>,
}

impl Serialize for OtherReading {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("interpreted", &self.answer.interpreted)?;
        map.serialize_entry("parameters", &self.parameters)?;
        map.serialize_entry("total", &self.answer.total)?;
        map.serialize_entry("results", &Results(&self.answer))?;
        map.end()
    }
}

/// Another text for the box, and how many it finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DidYouMean {
    /// The text.
    pub text: String,
    /// Rows that it finds.
    pub count: u64,
}

/// A number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// How many.
    pub value: u64,
    /// `eq`, or `gte` where a budget stopped the counting.
    pub relation: &'static str,
}

/// A row of the answer.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    pub(super) source: Source,
    /// How it was weighed, in an order by relevance.
    pub(super) score: Option<Score>,
    /// How its name matched, where one was asked for.
    pub(super) name: Option<u8>,
    pub(super) other_locations: usize,
}

/// Rows in a cell of a map's grid.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cluster {
    /// Middle of the cell.
    pub lat: f64,
    /// Middle of the cell.
    pub lon: f64,
    /// Rows.
    pub count: u64,
}

impl Answer {
    /// Everything up to here was in the index.
    pub fn position(&self) -> Option<Position> {
        self.snapshot.position
    }

    /// How many rows the page has.
    pub fn len(&self) -> usize {
        self.hits.len()
    }

    /// Whether somebody is on the page who bears the name that was asked for, be it by a nickname or with an initial.
    pub(super) fn has_named(&self) -> bool {
        let bears = |hit: &Hit| hit.name.is_some_and(|bears| bears <= tier::INITIAL);
        self.hits.iter().any(bears)
    }

    /// How the name of the best hit matches, where one is asked for.
    pub(super) fn best_name(&self) -> Option<u8> {
        self.hits.iter().filter_map(|hit| hit.name).min()
    }

    /// Whether the page is empty.
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty()
    }

    /// The properties of cards that were asked for; empty: all.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// The cards, best first.
    pub fn cards(&self) -> Vec<Card<'_>> {
        self.hits.iter().map(|hit| self.card(hit)).collect()
    }

    fn card(&self, hit: &Hit) -> Card<'_> {
        let record = self.record(hit);
        let added = self.added(&record, hit);
        let told = self.explained.as_ref().map(|asked| (asked, record.clone()));
        let mut card = Card::of(record, &self.snapshot.lexicon, &self.snapshot.reference);
        card.distance_miles = added.distance;
        card.other_locations = added.other_locations;
        card.score = added.score;
        card.matched = added.matched;
        card.next_available = added.next_available;
        if let Some((asked, record)) = told {
            card.explain = Some(self.explain(hit, asked, &record, &card));
        }
        card
    }

    fn explain(&self, hit: &Hit, asked: &Conditions, record: &Record<'_>, card: &Card<'_>) -> Explained {
        let parts = hit.score.iter().flat_map(Score::parts);
        let distance = self.origin.zip(record.point()).map(|(origin, point)| origin.km(point));
        Explained {
            score: parts.map(|(part, value)| Part { part, value }).collect(),
            order: self.trace.order.label(),
            distance_miles: distance.map(|km| km / KM_PER_MILE),
            matched: explain::tokens(asked, record, card),
            read_from: match hit.source {
                Source::Segment(..) => "segment",
                Source::Overlay(..) => "overlay",
            },
        }
    }

    /// The record of a row.
    pub(super) fn record(&self, hit: &Hit) -> Record<'_> {
        match hit.source {
            Source::Segment(number, location) => self.snapshot.segments[number as usize].segment.record(location),
            Source::Overlay(id, number) => {
                let changed = self.snapshot.changed(id).expect("a snapshot never changes");
                changed.record(number as usize)
            }
        }
    }

    /// What the search adds to a record.
    pub(super) fn added<'a>(&'a self, record: &Record<'a>, hit: &Hit) -> Added<'a> {
        let distance = self
            .origin
            .zip(record.point())
            .map(|(origin, point)| origin.km(point) / KM_PER_MILE);
        let matched = hit
            .name
            .map(|tier| Matched::of(&self.names, tier, record.kind, record.name, record.other_names));
        let former = self.former_npi.iter().find(|(_, now)| record.npi == Some(*now));
        Added {
            other_locations: hit.other_locations,
            distance: distance.map(|miles| (miles * 100.0).round() / 100.0),
            score: hit.score.map(|score| score.total()),
            matched: Matched {
                former_npi: former.and_then(|(asked, _)| Npi::from_number(*asked).ok()),
                ..matched.unwrap_or_default()
            },
            next_available: self.next_available(record.provider),
        }
    }

    /// The next free slot of a provider, on the clock of the clinic.
    fn next_available(&self, provider: u128) -> Option<String> {
        let slot = self.snapshot.free_slots.next(provider, self.moment)?;
        Some(slot.local()?.to_rfc3339())
    }

    fn before_cards<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("total", &self.total)?;
        map.serialize_entry("took_us", &self.took_us)?;
        map.serialize_entry("position", &self.snapshot.position)?;
        map.serialize_entry("interpreted", &self.interpreted)
    }

    fn behind_cards<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("facets", &self.facets)?;
        if let Some(clusters) = &self.clusters {
            map.serialize_entry("clusters", clusters)?;
        }
        map.serialize_entry("expanded_radius_miles", &self.expanded_radius_miles)?;
        map.serialize_entry("did_you_mean", &self.did_you_mean)?;
        if let Some(hint) = &self.hint {
            map.serialize_entry("hint", hint)?;
        }
        if !self.other_readings.is_empty() {
            map.serialize_entry("other_readings", &self.other_readings)?;
        }
        map.serialize_entry("next_cursor", &self.next_cursor)?;
        match self.explained {
            Some(_) => map.serialize_entry("explain", &self.trace),
            None => Ok(()),
        }
    }
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.before_cards(&mut map)?;
        map.serialize_entry("results", &Results(self))?;
        self.behind_cards(&mut map)?;
        map.end()
    }
}

/// What stands before the cards, or behind them, as an object of its own.
pub(super) enum Half<'a> {
    /// Before.
    Before(&'a Answer),
    /// Behind.
    Behind(&'a Answer),
}

impl Serialize for Half<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Before(answer) => answer.before_cards(&mut map)?,
            Self::Behind(answer) => answer.behind_cards(&mut map)?,
        }
        map.end()
    }
}

struct Results<'a>(&'a Answer);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let answer = self.0;
        if answer.fields.is_empty() {
            return serializer.collect_seq(answer.hits.iter().map(|hit| answer.card(hit)));
        }
        serializer.collect_seq(
            answer
                .hits
                .iter()
                .map(|hit| selected(&answer.card(hit), &answer.fields)),
        )
    }
}
