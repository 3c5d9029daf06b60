//! The answer: result cards read from the map and written as JSON, with names joined at the last moment.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    collect::Source,
    explain::{self, Explained, Part, Trace},
    facets::FacetValue,
    filter::{Conditions, NameWanted, tier},
    json::Added,
    plan::Plan,
    request::Request,
    score::Score,
    text::Term,
};
use crate::domain::reference::Reference;
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
    packed::Texts,
    record::{PlaceRecord, Record},
};
use crate::vocab::{
    Lexicon, Locator, Npi, names,
    place::Place,
    terms::{Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind},
};

/// The properties of a card, for `fields=`.
pub const PROPERTIES: &[&str] = &[
    "id",
    "locator",
    "npi",
    "name",
    "kind",
    "category",
    "specialties",
    "languages",
    "gender",
    "network_status",
    "networks",
    "accepting_new_patients",
    "telehealth",
    "accessibility",
    "location",
    "other_locations",
    "distance_miles",
    "next_available",
    "verified_at",
    "score",
    "matched",
];

/// The answer to a search. Serializes in the shape of the contract; cards are read from the index as they are written.
pub struct Answer {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) origin: Option<Origin>,
    /// The names that were looked for.
    pub(super) names: Vec<NameWanted>,
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

/// One result as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Card<'a> {
    /// The provider's id.
    pub id: uuid::Uuid,
    /// The readable key.
    pub locator: Locator,
    /// NPI.
    pub npi: Option<Npi>,
    /// Name as shown.
    pub name: &'a str,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// Category.
    pub category: &'a str,
    /// Specialties, the primary one first.
    pub specialties: Vec<SpecialtyOnCard<'a>>,
    /// Language codes.
    pub languages: Vec<&'a str>,
    /// Gender.
    pub gender: Option<Gender>,
    /// The provider's status.
    pub network_status: NetworkStatus,
    /// Networks here.
    pub networks: Vec<NetworkOnCard<'a>>,
    /// New patients, where known.
    pub accepting_new_patients: Option<bool>,
    /// Telehealth from here.
    pub telehealth: bool,
    /// Plan-Net codes.
    pub accessibility: Vec<Accessibility>,
    /// The location; none for a provider without one.
    pub location: Option<LocationOnCard<'a>>,
    /// Further locations of the provider that match.
    pub other_locations: usize,
    /// Great-circle distance from the place asked for.
    pub distance_miles: Option<f64>,
    /// The next free appointment.
    pub next_available: Option<String>,
    /// When the listing was last confirmed.
    pub verified_at: Option<NaiveDate>,
    /// Higher is better; `None` where the order is not by relevance.
    pub score: Option<f64>,
    /// How the name matched.
    pub matched: Matched<'a>,
    /// Why it is a hit, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explained>,
}

/// A specialty on a card.
#[derive(Clone, Debug, Serialize)]
pub struct SpecialtyOnCard<'a> {
    /// NUCC code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The primary one.
    pub primary: bool,
}

/// A network on a card.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkOnCard<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its name.
    pub name: &'a str,
    /// The participation's status here.
    pub status: NetworkStatus,
    /// Tier.
    pub tier: Option<&'a str>,
}

/// A location on a card.
#[derive(Clone, Debug, Serialize)]
pub struct LocationOnCard<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// Street.
    pub line1: Option<&'a str>,
    /// Suite.
    pub line2: Option<&'a str>,
    /// City.
    pub city: Option<&'a str>,
    /// State.
    pub state: Option<&'a str>,
    /// ZIP.
    pub postal_code: Option<&'a str>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// How the point was found.
    pub position_quality: PositionQuality,
    /// Phone.
    pub phone: Option<&'a str>,
}

/// Which name matched, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matched<'a> {
    /// `exact`, `former`, `alias`, `nickname`, `initial`, `phonetic`, `typo`; none where no name was asked for.
    pub name: Option<&'static str>,
    /// The name that matched, as it is written: the current one, or one of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// Which characters of it matched: from, and up to but not including.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub highlights: Vec<(usize, usize)>,
}

impl<'a> Matched<'a> {
    /// Of a hit whose name matches in a way: the name that has most characters of it.
    fn of(wanted: &[NameWanted], tier: u8, kind: ProviderKind, current: &'a str, others: Texts<'a>) -> Self {
        let mut best = (0, current, Vec::new());
        for (number, name) in std::iter::once(current).chain(others.iter()).enumerate() {
            let tokens = names::tokens(name);
            for wanted in wanted.iter().filter(|wanted| wanted.tier <= tier) {
                let highlights = marked(&tokens, &wanted.words);
                let length: usize = highlights.iter().map(|(from, to)| to - from).sum();
                // Another name has to beat the current one, unless it is known to be another that matched.
                let weight = 2 * length + usize::from((number > 0) == (tier == tier::OTHER_NAME));
                if length > 0 && weight > best.0 {
                    best = (weight, name, highlights);
                }
            }
        }
        Self {
            name: Some(name_label(tier, kind)),
            text: Some(best.1),
            highlights: best.2,
        }
    }
}

/// Which characters of a name are words that were asked for, one by one or written together.
fn marked(tokens: &[names::Token], wanted: &[String]) -> Vec<(usize, usize)> {
    let mut marked = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let together = (1..=(tokens.len() - at).min(3))
            .rev()
            .find(|count| wanted.iter().any(|word| are(&tokens[at..at + count], word)));
        if let Some(count) = together {
            marked.push((tokens[at].start, tokens[at + count - 1].end));
        }
        at += together.unwrap_or(1);
    }
    marked
}

/// Whether words, written together, are a word.
fn are(tokens: &[names::Token], word: &str) -> bool {
    let rest = tokens
        .iter()
        .try_fold(word, |rest, token| rest.strip_prefix(token.word.as_str()));
    rest.is_some_and(str::is_empty)
}

/// What the contract calls a way in which a name matches. Other names of organisations are names they trade under.
pub(super) fn name_label(name: u8, kind: ProviderKind) -> &'static str {
    match name {
        tier::EXACT => "exact",
        tier::OTHER_NAME if kind == ProviderKind::Organization => "alias",
        tier::OTHER_NAME => "former",
        tier::NICKNAME => "nickname",
        tier::INITIAL => "initial",
        tier::PHONETIC => "phonetic",
        _ => "typo",
    }
}

impl<'a> Card<'a> {
    /// The card of a record, without what a search adds.
    pub fn of(record: Record<'a>, lexicon: &'a Lexicon, reference: &'a Reference) -> Self {
        let primary = record.has_primary;
        let specialty = |(at, code): (usize, &'a str)| SpecialtyOnCard {
            code,
            name: lexicon.specialties.get(code).map_or(code, |term| term.name.as_str()),
            primary: at == 0 && primary,
        };
        let networks = record.networks.iter().filter_map(|here| {
            let network = reference.public_network(here.id)?;
            Some(NetworkOnCard {
                id: network.id.0,
                name: &network.name,
                status: here.status,
                tier: here.tier,
            })
        });
        let (telehealth, accessible) = record
            .place
            .as_ref()
            .map_or((false, 0), |p| (p.telehealth, p.accessibility));
        Self {
            id: uuid::Uuid::from_u128(record.provider),
            locator: Locator {
                year: record.locator.0,
                number: record.locator.1,
            },
            npi: record.npi.and_then(|number| Npi::from_number(number).ok()),
            name: record.name,
            kind: record.kind,
            category: record.category,
            networks: networks.collect(),
            accepting_new_patients: record.accepting(),
            specialties: record.specialties.iter().enumerate().map(specialty).collect(),
            gender: record.gender,
            network_status: record.status,
            telehealth,
            accessibility: Accessibility::ALL
                .iter()
                .copied()
                .filter(|a| accessible & (1 << *a as u8) != 0)
                .collect(),
            other_locations: 0,
            distance_miles: None,
            next_available: None,
            verified_at: record.verified.and_then(NaiveDate::from_num_days_from_ce_opt),
            score: None,
            matched: Matched::default(),
            explain: None,
            languages: record.languages.iter().collect(),
            location: record.place.map(LocationOnCard::of),
        }
    }
}

impl<'a> LocationOnCard<'a> {
    fn of(place: PlaceRecord<'a>) -> Self {
        Self {
            id: uuid::Uuid::from_u128(place.id),
            line1: place.line1,
            line2: place.line2,
            city: place.city,
            state: place.state,
            postal_code: place.postal_code,
            lat: place.point.map(crate::vocab::place::Point::lat),
            lon: place.point.map(crate::vocab::place::Point::lon),
            position_quality: place.quality,
            phone: place.phone,
        }
    }
}

impl Answer {
    /// Everything up to here was in the index.
    pub fn position(&self) -> Option<crate::vocab::Position> {
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
        Added {
            other_locations: hit.other_locations,
            distance: distance.map(|miles| (miles * 100.0).round() / 100.0),
            score: hit.score.map(|score| score.total()),
            matched: matched.unwrap_or_default(),
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

/// Only some properties of a card.
pub fn selected(card: &Card<'_>, fields: &[String]) -> serde_json::Value {
    match serde_json::to_value(card) {
        Ok(serde_json::Value::Object(mut object)) => {
            object.retain(|property, _| property == "explain" || fields.iter().any(|field| field == property));
            serde_json::Value::Object(object)
        }
        other => other.unwrap_or_default(),
    }
}

/// What was understood, as the answer tells it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Interpreted {
    /// NUCC codes.
    pub specialty: Option<Vec<String>>,
    /// A profession, where no kind of doctor is named.
    pub profession: Option<&'static str>,
    /// Language codes.
    pub language: Option<Vec<String>>,
    /// The place.
    pub place: Option<PlaceUnderstood>,
    /// The radius asked for.
    pub radius_miles: Option<f64>,
    /// The first gender asked for.
    pub gender: Option<&'static str>,
    /// New patients.
    pub accepting_new_patients: Option<bool>,
    /// Telehealth.
    pub telehealth: Option<bool>,
    /// Network ids.
    pub network: Option<Vec<String>>,
    /// Plan ids.
    pub plan: Option<Vec<String>>,
    /// Codes of accessibility, one of which it must have.
    pub accessibility: Option<Vec<&'static str>>,
    /// A moment at which it must be open.
    pub open_at: Option<String>,
    /// The day before which it must have a free slot.
    pub available_before: Option<NaiveDate>,
    /// The words of the name.
    pub name: Option<String>,
    /// The NPI.
    pub npi: Option<String>,
    /// A telephone number, ten digits.
    pub phone: Option<String>,
    /// What each piece of the box was taken for, from left to right. A piece is undone by leaving `start` to `end` out of
    /// `q`, or by naming its words in `literal`, which makes them words of a name.
    pub terms: Vec<Term>,
}

/// A place as it was understood.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceUnderstood {
    /// For people.
    pub label: String,
    /// Its ZIP, if it is one.
    pub postal_code: Option<String>,
    /// Latitude of its middle.
    pub lat: f64,
    /// Longitude of its middle.
    pub lon: f64,
}

impl Interpreted {
    pub(super) fn of(plan: &Plan<'_>, request: &Request) -> Self {
        let conditions = &plan.conditions;
        let some = |list: &[String]| (!list.is_empty()).then(|| list.to_vec());
        let place = |place: &Place| PlaceUnderstood {
            label: place.label.clone(),
            postal_code: place.postal_code.clone(),
            lat: place.point.lat(),
            lon: place.point.lon(),
        };
        let networks = conditions
            .networks
            .iter()
            .map(|n| uuid::Uuid::from_u128(n.id).to_string());
        Self {
            specialty: some(&conditions.specialty),
            profession: conditions.profession.first().map(|profession| profession.code()),
            language: some(&conditions.language),
            place: request.near.as_ref().or(plan.reading.state.as_ref()).map(place),
            radius_miles: request.radius_km.map(|km| (km / KM_PER_MILE * 1000.0).round() / 1000.0),
            gender: conditions.gender.first().map(|gender| gender.code()),
            accepting_new_patients: conditions.accepting,
            telehealth: conditions.telehealth,
            network: (!conditions.networks.is_empty()).then(|| networks.collect()),
            plan: (!conditions.plan_ids.is_empty())
                .then(|| conditions.plan_ids.iter().map(ToString::to_string).collect()),
            accessibility: (!conditions.accessibility.is_empty())
                .then(|| conditions.accessibility.iter().map(|access| access.code()).collect()),
            open_at: conditions.open_at.map(|at| at.to_string()),
            available_before: conditions.available_before,
            name: conditions.names.first().map(|name| name.words.join(" ")),
            npi: conditions.npi.first().map(|npi| format!("{npi:010}")),
            phone: conditions.phone.clone(),
            terms: plan.reading.terms.clone(),
        }
    }
}
