//! What can be asked, read strictly: every parameter of the contract, each checked, all faults told at once.

use std::{fmt, str::FromStr};

use chrono::NaiveDateTime;
use rustc_hash::FxHashMap;

use super::{
    cursor::Cursor,
    filter::{Conditions, NameWanted},
    score::Weights,
};
use crate::domain::reference::Reference;
use crate::index::{geometry::KM_PER_MILE, packed::NetworkHere};
use crate::vocab::{
    Fault, Lexicon, Locator, NetworkId, Npi, PlanId, Position,
    names::{self, CREDENTIALS, SUFFIXES, fold, words},
    place::{Place, Point},
    terms::{Accessibility, Gender, NetworkStatus, Profession, ProviderKind, UnknownTerm},
};

/// Longest text of a parameter, in bytes.
pub const MAX_TEXT: usize = 4096;
/// Greatest radius: half the earth's girth, in kilometres.
const MAX_RADIUS_KM: f64 = 20_016.0;
/// Most corners of a polygon.
const MAX_CORNERS: usize = 500;
/// Most values of one parameter.
const MAX_VALUES: usize = 200;
/// Most parameters of one search, repeated ones counted each time.
pub const MAX_PARAMETERS: usize = 256;
/// Bytes of a parameter's name from which on it is nobody's slip.
const LONGEST_NAME: usize = 60;
/// Faults that are told with what may have been meant.
const MOST_HINTS: usize = 5;
/// Faults that are told; who has made more reads no further.
const MOST_FAULTS: usize = 50;

/// A search, checked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The one box.
    pub q: Option<String>,
    /// What must hold.
    pub conditions: Conditions,
    /// What must not hold.
    pub exclude: Conditions,
    /// Where distances are measured from.
    pub near: Option<Place>,
    /// Within this distance of `near`.
    pub radius_km: Option<f64>,
    /// The unit that radius and distances are told in.
    pub unit: Unit,
    /// Boxes as (south, west, north, east) in 1e-7 degree: one, or two across the date line.
    pub boxes: Vec<[i32; 4]>,
    /// A ring of (longitude, latitude).
    pub polygon: Option<Vec<(f64, f64)>>,
    /// How names match.
    pub name_match: NameMatch,
    /// Whether nicknames match.
    pub nicknames: bool,
    /// The order.
    pub sort: Sort,
    /// Rows are providers or locations.
    pub group: Group,
    /// Rows of a page.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// Facets to count.
    pub facets: Vec<Facet>,
    /// Zoom level of a map's grid.
    pub clusters: Option<u8>,
    /// Whether the total is wanted.
    pub count: bool,
    /// Properties of a card to keep; empty: all.
    pub fields: Vec<String>,
    /// Form of the answer.
    pub format: Format,
    /// Whether to tell how the answer came about.
    pub explain: bool,
    /// The index must have read the feed this far.
    pub min_position: Option<Position>,
    /// What counts how much in an order by relevance; not asked for, but set by the organisation of whoever asks.
    pub weights: Weights,
    /// Words of the box that are nothing but words of a name, folded.
    pub literal: Vec<String>,
}

/// A network, perhaps only one tier of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkChoice {
    /// The network.
    pub id: u128,
    /// Only this tier.
    pub tier: Option<String>,
}

impl NetworkChoice {
    /// Whether a participation is in it.
    pub fn includes(&self, network: &NetworkHere<'_>) -> bool {
        network.id == self.id && self.tier.as_deref().is_none_or(|tier| network.tier == Some(tier))
    }
}

/// A provider named by one of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By id.
    Id(u128),
    /// By NPI.
    Npi(Npi),
    /// By locator.
    Locator(Locator),
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse::<uuid::Uuid>() {
            return Ok(Self::Id(id.as_u128()));
        }
        if text.starts_with("PRV-") {
            return text.parse().map(Self::Locator).map_err(|e| format!("{e}"));
        }
        text.parse().map(Self::Npi).map_err(|e| format!("{e}"))
    }
}

/// The moment of `open_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenAt {
    /// Now, wherever the location is.
    Now,
    /// At this wall-clock time of the location.
    Local(NaiveDateTime),
}

impl fmt::Display for OpenAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M")),
        }
    }
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { #[default] $($(#[$vdoc])* $variant),+ }

        impl FromStr for $name {
            type Err = UnknownTerm;

            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownTerm {
                        given: text.chars().take(40).collect(),
                        codes: [$($code),+].join(", "),
                    }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $code),+ })
            }
        }
    )+};
}

// The macro puts `#[default]` on the first variant.
choices! {
    /// Unit of radius and distance.
    Unit {
        /// Miles.
        Miles = "mi",
        /// Kilometres.
        Kilometres = "km",
    }
    /// How names match.
    NameMatch {
        /// Exact hits first, others below.
        Auto = "auto",
        /// Exact hits only.
        Exact = "exact",
        /// As `auto`, with all ways of matching tried even where exact hits abound.
        Fuzzy = "fuzzy",
    }
    /// The order of the rows.
    Sort {
        /// Best first.
        Relevance = "relevance",
        /// Nearest first.
        Distance = "distance",
        /// By name.
        Name = "name",
        /// Lately confirmed first.
        Verified = "verified",
        /// First free first.
        NextAvailable = "next_available",
    }
    /// What a row is.
    Group {
        /// A provider, at its best location.
        Provider = "provider",
        /// A provider at a location.
        Location = "location",
    }
    /// Form of the answer.
    Format {
        /// The contract's object.
        Json = "json",
        /// A GeoJSON FeatureCollection.
        Geojson = "geojson",
        /// Comma-separated, all rows.
        Csv = "csv",
        /// A card a line, all rows.
        Ndjson = "ndjson",
    }
    /// What can be counted by value.
    Facet {
        /// NUCC code.
        Specialty = "specialty",
        /// Language code.
        Language = "language",
        /// Gender.
        Gender = "gender",
        /// Network.
        Network = "network",
        /// Plan.
        Plan = "plan",
        /// Status.
        NetworkStatus = "network_status",
        /// New patients.
        AcceptingNewPatients = "accepting_new_patients",
        /// Telehealth.
        Telehealth = "telehealth",
        /// City.
        City = "city",
        /// State.
        State = "state",
        /// Person or organisation.
        Kind = "kind",
        /// Category.
        Category = "category",
        /// Organisation it belongs to.
        Affiliation = "affiliation",
    }
}

/// Parameters of which a second value would silently take the place of the first.
const ONCE: [&str; 13] = [
    "q", "near", "radius", "unit", "bbox", "polygon", "match", "sort", "group", "limit", "cursor", "count", "format",
];

impl Request {
    /// Reads parameters, each as often as it is given, but for those that mean one thing. Every fault is told.
    pub fn parse(pairs: &[(String, String)], lexicon: &Lexicon, reference: &Reference) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader {
            request: Self::default(),
            faults: Vec::new(),
            given: FxHashMap::default(),
            lexicon,
            reference,
        };
        reader.request.limit = 20;
        reader.request.count = true;
        reader.request.nicknames = true;
        for (number, (field, value)) in pairs.iter().enumerate() {
            if reader.faults.len() >= MOST_FAULTS {
                break;
            }
            let differs = |(other, earlier): &(String, String)| other == field && earlier != value;
            if ONCE.contains(&field.as_str()) && pairs[..number].iter().any(differs) {
                reader.fault(field, "repeated", "may be given once");
            } else if reader.is_one_more(field) {
                reader.read(field, value);
            }
        }
        reader.finish()
    }

    /// Reads a JSON object whose properties are the parameters: a text, number or boolean, or an array of them.
    pub fn from_json(value: &serde_json::Value, lexicon: &Lexicon, reference: &Reference) -> Result<Self, Vec<Fault>> {
        let serde_json::Value::Object(object) = value else {
            return Err(vec![Fault::new(
                "body",
                "not_an_object",
                "the body must be a JSON object of search parameters",
            )]);
        };
        let mut pairs = Vec::new();
        let mut faults = Vec::new();
        for (field, value) in object {
            if faults.len() >= MOST_FAULTS {
                break;
            }
            if field.len() > LONGEST_NAME {
                faults.push(unknown_parameter(field));
                continue;
            }
            let values = match value {
                serde_json::Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            };
            if pairs.len() + values.len() > MAX_PARAMETERS {
                let message = format!("at most {MAX_PARAMETERS} values in all");
                return Err(vec![Fault::new(field, "too_many", message)]);
            }
            for value in values {
                match value {
                    serde_json::Value::String(text) => pairs.push((field.clone(), text.clone())),
                    serde_json::Value::Number(number) => pairs.push((field.clone(), number.to_string())),
                    serde_json::Value::Bool(flag) => pairs.push((field.clone(), flag.to_string())),
                    serde_json::Value::Null => {}
                    _ => faults.push(Fault::new(
                        field,
                        "not_a_value",
                        "must be a text, a number, a boolean or an array of them",
                    )),
                }
            }
        }
        match Self::parse(&pairs, lexicon, reference) {
            Ok(request) if faults.is_empty() => Ok(request),
            Ok(_) => Err(faults),
            Err(more) => Err(faults.into_iter().chain(more).take(MOST_FAULTS).collect()),
        }
    }
}

struct Reader<'a> {
    request: Request,
    faults: Vec<Fault>,
    /// How often each parameter was given.
    given: FxHashMap<&'a str, usize>,
    lexicon: &'a Lexicon,
    reference: &'a Reference,
}

impl<'a> Reader<'a> {
    fn fault(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::new(field, code, message));
        }
    }

    /// Counts a value of a parameter. The first that is too many is a fault, and none of those is read.
    fn is_one_more(&mut self, field: &'a str) -> bool {
        let given = self.given.entry(field).or_default();
        *given += 1;
        let given = *given;
        if given == MAX_VALUES + 1 {
            self.too_many(field);
        }
        given <= MAX_VALUES
    }

    /// What may have been meant: each time a walk over a whole vocabulary, so only the first faults have it.
    fn hints(&self, suggest: impl FnOnce(&Lexicon) -> Vec<String>) -> Vec<String> {
        if self.faults.len() < MOST_HINTS {
            suggest(self.lexicon)
        } else {
            Vec::new()
        }
    }

    fn too_many(&mut self, field: &str) {
        let message = format!("at most {MAX_VALUES} values are taken");
        self.fault(field, "too_many_values", message);
    }

    /// A value of a type that reads itself.
    fn value<T: FromStr<Err: fmt::Display>>(&mut self, field: &str, value: &str) -> Option<T> {
        match value.trim().parse() {
            Ok(read) => Some(read),
            Err(error) => {
                self.fault(field, "invalid_value", format!("{error}"));
                None
            }
        }
    }

    fn flag(&mut self, field: &str, value: &str) -> Option<bool> {
        match value.trim() {
            "true" | "1" | "yes" | "" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => {
                self.fault(field, "invalid_value", "must be true or false");
                None
            }
        }
    }

    fn read(&mut self, field: &str, value: &str) {
        if value.len() > MAX_TEXT {
            return self.fault(
                field,
                "too_long",
                format!("has {} bytes, at most {MAX_TEXT} are read", value.len()),
            );
        }
        if value.contains('\0') {
            return self.fault(field, "invalid_value", "must not contain a NUL character");
        }
        if let Some(excluded) = field.strip_prefix("exclude.") {
            let mut conditions = std::mem::take(&mut self.request.exclude);
            let known = self.condition(&mut conditions, field, excluded, value);
            self.request.exclude = conditions;
            if !known {
                self.unknown(field);
            }
            return;
        }
        let mut conditions = std::mem::take(&mut self.request.conditions);
        let known = self.condition(&mut conditions, field, field, value);
        self.request.conditions = conditions;
        if !known && !self.place(field, value) && !self.form(field, value) {
            self.unknown(field);
        }
    }

    fn unknown(&mut self, field: &str) {
        let Fault { field, code, message } = unknown_parameter(field);
        self.fault(&field, code, message);
    }

    /// Parameters that can also be excluded.
    fn condition(&mut self, to: &mut Conditions, field: &str, name: &str, value: &str) -> bool {
        match name {
            "name" => {
                let words = name_words(value);
                if words.is_empty() {
                    self.fault(field, "invalid_value", "has no letters or digits");
                } else {
                    to.names.push(NameWanted::exact(words));
                }
            }
            "npi" => match value.trim().parse::<Npi>() {
                Ok(npi) => to.npi.push(npi.number()),
                Err(why) => self.fault(field, why.code(), why.to_string()),
            },
            "specialty" => self.specialty(to, field, value),
            "language" => self.language(to, field, value),
            "network_status" => to.network_status.extend(self.value::<NetworkStatus>(field, value)),
            "network" => self.network(to, field, value),
            "plan" => self.plan(to, field, value),
            "city" => to.city.extend(self.folded(field, value)),
            "county" => {
                let county = self.folded(field, value);
                to.county
                    .extend(county.map(|c| c.strip_suffix(" county").map(str::to_owned).unwrap_or(c)));
            }
            "state" => self.state(to, field, value),
            "postal_code" => self.postal_code(to, field, value),
            "gender" => to.gender.extend(self.value::<Gender>(field, value)),
            "kind" => to.kind.extend(self.value::<ProviderKind>(field, value)),
            "profession" => to.profession.extend(self.value::<Profession>(field, value)),
            "category" => to.category.extend(self.text(field, value)),
            "accessibility" => to.accessibility.extend(self.value::<Accessibility>(field, value)),
            "affiliation" | "organization" => to.affiliation.extend(self.value::<Key>(field, value)),
            "accepting_new_patients" => to.accepting = self.flag(field, value).or(to.accepting),
            "telehealth" => to.telehealth = self.flag(field, value).or(to.telehealth),
            "open_at" => match value {
                "now" => to.open_at = Some(OpenAt::Now),
                _ => match NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M") {
                    Ok(at) => to.open_at = Some(OpenAt::Local(at)),
                    Err(_) => self.fault(
                        field,
                        "invalid_value",
                        "must be `now` or a local time such as 2026-11-28T10:00",
                    ),
                },
            },
            "available_before" => match value.trim().parse() {
                Ok(day) => to.available_before = Some(day),
                Err(_) => self.fault(field, "invalid_value", "must be a day such as 2026-11-28"),
            },
            _ => return false,
        }
        true
    }

    fn text(&mut self, field: &str, value: &str) -> Option<String> {
        let value = value.trim();
        if value.is_empty() {
            self.fault(field, "invalid_value", "is empty");
            return None;
        }
        Some(value.to_owned())
    }

    fn folded(&mut self, field: &str, value: &str) -> Option<String> {
        let folded = fold(value);
        if folded.is_empty() {
            self.fault(field, "invalid_value", "has no letters or digits");
            return None;
        }
        Some(folded)
    }

    fn specialty(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let codes = self.lexicon.specialties.resolve(value);
        if codes.is_empty() {
            let near = self.hints(|lexicon| lexicon.specialties.suggest(value, 3));
            self.fault(field, "unknown_specialty", unknown("specialty", value, &near));
        }
        // A name may stand for dozens of codes.
        if to.specialty.len() + codes.len() > 8 * MAX_VALUES {
            return self.too_many(field);
        }
        to.specialty.extend(codes.iter().cloned());
    }

    fn language(&mut self, to: &mut Conditions, field: &str, value: &str) {
        match self.lexicon.languages.resolve(value) {
            Some(language) => to.language.push(language.code.clone()),
            None => {
                let near = self.hints(|lexicon| lexicon.languages.suggest(value, 3));
                self.fault(field, "unknown_language", unknown("language", value, &near));
            }
        }
    }

    /// By id, or by the name of exactly one.
    fn network(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let by_id = value.parse::<NetworkId>().ok();
        let folded = fold(value);
        let mut networks = self.reference.networks.iter().filter(|network| network.public);
        match networks.find(|n| by_id.map_or_else(|| fold(&n.name) == folded, |id| n.id == id)) {
            Some(network) => to.networks.push(NetworkChoice {
                id: network.id.0.as_u128(),
                tier: None,
            }),
            None => self.fault(field, "unknown_network", unknown("network", value, &[])),
        }
    }

    /// By id, code or name. A plan stands for its networks.
    fn plan(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let by_id = value.parse::<PlanId>().ok();
        let folded = fold(value);
        let found = self.reference.plans.iter().find(|plan| match by_id {
            Some(id) => plan.id == id,
            None => plan.code.eq_ignore_ascii_case(value.trim()) || fold(&plan.name) == folded,
        });
        match found {
            Some(plan) => {
                to.plans
                    .get_or_insert_default()
                    .extend(plan.networks.iter().map(|n| NetworkChoice {
                        id: n.network_id.0.as_u128(),
                        tier: n.tier.clone(),
                    }));
                to.plan_ids.push(plan.id);
            }
            None => self.fault(field, "unknown_plan", unknown("plan", value, &[])),
        }
    }

    fn state(&mut self, to: &mut Conditions, field: &str, value: &str) {
        match self.lexicon.gazetteer.state(value) {
            Some(place) => to.state.push(place.state.to_ascii_lowercase()),
            None => self.fault(
                field,
                "unknown_state",
                format!("`{}` is no state: use two letters or its name", shown(value)),
            ),
        }
    }

    fn postal_code(&mut self, to: &mut Conditions, field: &str, value: &str) {
        let digits: String = value.chars().filter(|c| *c != '-' && *c != ' ').collect();
        match digits.len() {
            5 | 9 if digits.bytes().all(|b| b.is_ascii_digit()) => to.postal_code.push(digits[..5].to_owned()),
            _ => self.fault(field, "invalid_value", "must be a ZIP of five or nine digits"),
        }
    }

    /// Parameters of the place.
    fn place(&mut self, field: &str, value: &str) -> bool {
        match field {
            "near" => match self.lexicon.gazetteer.find(value) {
                Some(place) => self.request.near = Some(place),
                None => self.fault(field, "unknown_place", near_fault(value)),
            },
            "radius" => match value.trim().parse::<f64>() {
                Ok(radius) if radius.is_finite() => self.request.radius_km = Some(radius),
                _ => self.fault(field, "invalid_value", "must be a number"),
            },
            "unit" => self.request.unit = self.value(field, value).unwrap_or_default(),
            "bbox" => match bbox(value) {
                Ok(boxes) => self.request.boxes = boxes,
                Err(message) => self.fault(field, "invalid_value", message),
            },
            "polygon" => match polygon(value) {
                Ok(ring) => self.request.polygon = Some(ring),
                Err(message) => self.fault(field, "invalid_value", message),
            },
            _ => return false,
        }
        true
    }

    /// Parameters of the answer's form.
    fn form(&mut self, field: &str, value: &str) -> bool {
        match field {
            "literal" => self.request.literal.extend(words(value)),
            "q" => self.request.q = Some(value.trim().to_owned()).filter(|q| !q.is_empty()),
            "match" => self.request.name_match = self.value(field, value).unwrap_or_default(),
            "nicknames" => self.request.nicknames = self.flag(field, value).unwrap_or(true),
            "sort" => self.request.sort = self.value(field, value).unwrap_or_default(),
            "group" => self.request.group = self.value(field, value).unwrap_or_default(),
            "limit" => match value.trim().parse::<usize>() {
                Ok(limit) if (1..=100).contains(&limit) => self.request.limit = limit,
                _ => self.fault(field, "invalid_value", "must be 1 to 100"),
            },
            "cursor" => match Cursor::decode(value) {
                Some(cursor) => self.request.cursor = Some(cursor),
                None => self.fault(field, "invalid_cursor", "is no cursor of this service"),
            },
            "facets" => {
                for name in value.split(',').filter(|name| !name.trim().is_empty()) {
                    let Some(facet) = self.value::<Facet>(field, name) else {
                        break;
                    };
                    if !self.request.facets.contains(&facet) {
                        self.request.facets.push(facet);
                    }
                }
            }
            "clusters" => match value.trim().parse::<u8>() {
                Ok(zoom) if zoom <= 20 => self.request.clusters = Some(zoom),
                _ => self.fault(field, "invalid_value", "must be a zoom level, 0 to 20"),
            },
            "count" => match value {
                "exact" => self.request.count = true,
                "none" => self.request.count = false,
                _ => self.fault(field, "invalid_value", "must be exact or none"),
            },
            "fields" => {
                for name in value.split(',').map(str::trim) {
                    if !super::cards::PROPERTIES.contains(&name) {
                        let all = super::cards::PROPERTIES.join(", ");
                        let message = format!("a card has no `{}`; it has {all}", shown(name));
                        self.fault(field, "unknown_field", message);
                        break; // All that there are have been told.
                    }
                    if self.request.fields.iter().all(|known| known != name) {
                        self.request.fields.push(name.to_owned());
                    }
                }
            }
            "format" => self.request.format = self.value(field, value).unwrap_or_default(),
            "explain" => self.request.explain = self.flag(field, value).unwrap_or(false),
            "min_position" => self.request.min_position = self.value(field, value),
            _ => return false,
        }
        true
    }

    /// `near=Texas`: nobody means the middle of a state. Everybody in it is meant, unless something is measured from it.
    fn state_for_near(&mut self) {
        let request = &mut self.request;
        let measured = request.radius_km.is_some() || request.sort == Sort::Distance;
        let state = request.near.as_ref().filter(|place| {
            let within = [&place.city, &place.county, &place.postal_code];
            !place.state.is_empty() && within.into_iter().all(Option::is_none)
        });
        if let Some(state) = state.map(|place| place.state.to_ascii_lowercase())
            && !measured
            && request.conditions.state.is_empty()
        {
            request.conditions.state.push(state);
            request.near = None;
        }
    }

    fn finish(mut self) -> Result<Request, Vec<Fault>> {
        self.state_for_near();
        if let Some(radius) = self.request.radius_km {
            let km = match self.request.unit {
                Unit::Miles => radius * KM_PER_MILE,
                Unit::Kilometres => radius,
            };
            if km <= 0.0 || km > MAX_RADIUS_KM {
                self.fault(
                    "radius",
                    "out_of_range",
                    "must be more than 0 and at most half the earth's girth (12,437 mi, 20,015 km)",
                );
            } else if self.request.near.is_none() && self.request.q.is_none() && self.faults.is_empty() {
                self.fault(
                    "radius",
                    "needs_near",
                    "a radius needs a point to be measured from: add `near`",
                );
            }
            self.request.radius_km = Some(km);
        }
        if self.request.sort == Sort::Distance
            && self.request.near.is_none()
            && self.request.q.is_none()
            && self.faults.is_empty()
        {
            self.fault(
                "sort",
                "needs_near",
                "an order by distance needs a point to be measured from: add `near`",
            );
        }
        if self.faults.is_empty() {
            Ok(self.request)
        } else {
            Err(self.faults)
        }
    }
}

/// All parameters, for hints, for the documents of the interface and for tests.
pub const PARAMETERS: &[&str] = &[
    "q",
    "literal",
    "name",
    "npi",
    "specialty",
    "language",
    "network_status",
    "network",
    "plan",
    "near",
    "radius",
    "unit",
    "bbox",
    "polygon",
    "city",
    "state",
    "postal_code",
    "county",
    "gender",
    "accepting_new_patients",
    "telehealth",
    "kind",
    "profession",
    "category",
    "accessibility",
    "open_at",
    "available_before",
    "organization",
    "affiliation",
    "match",
    "nicknames",
    "sort",
    "group",
    "limit",
    "cursor",
    "facets",
    "clusters",
    "count",
    "fields",
    "format",
    "explain",
    "min_position",
];

/// Credentials that are no family names, so that they can be set aside without a comma before them.
const PLAIN_CREDENTIALS: &[&str] = &[
    "md", "dds", "dmd", "dpm", "phd", "psyd", "rn", "fnp", "aprn", "pharmd", "facc", "facs", "faap",
];

/// The words of a name without what stands behind it: `Smith, MD` and `Smith M.D.` are `smith`; `Smith, Jane` is both words.
fn name_words(value: &str) -> Vec<String> {
    let behind = |word: &String| CREDENTIALS.contains(&word.as_str()) || SUFFIXES.contains(&word.as_str());
    let mut all: Vec<String> = Vec::new();
    let spelt = |part: &str| -> Vec<String> {
        let tokens = names::apart(names::tokens(part), part, |_, _| false);
        tokens.into_iter().map(|token| token.word).collect()
    };
    for part in value.split(',').map(spelt) {
        if all.is_empty() || !part.iter().all(behind) {
            all.extend(part);
        }
    }
    while all.len() > 1
        && all
            .last()
            .is_some_and(|last| PLAIN_CREDENTIALS.contains(&last.as_str()))
    {
        all.pop();
    }
    all
}

/// That there is no such parameter, and which may have been meant.
fn unknown_parameter(field: &str) -> Fault {
    // Three letters of three are no slip but another word.
    let slips = (field.len() / 2).min(3);
    let near = PARAMETERS
        .iter()
        .filter(|known| known.len().abs_diff(field.len()) <= slips)
        .map(|known| (strsim::osa_distance(known, field), known));
    let nearest = near.min_by_key(|(distance, _)| *distance);
    let hint = nearest.filter(|(distance, _)| *distance <= slips);
    let hint = hint.map_or(String::new(), |(_, known)| format!("; did you mean `{known}`?"));
    let shown = shown(field);
    Fault::new(
        &shown,
        "unknown_parameter",
        format!("there is no parameter `{shown}`{hint}"),
    )
}

fn shown(value: &str) -> String {
    value.chars().take(60).collect()
}

fn unknown(what: &str, value: &str, near: &[String]) -> String {
    let hint = if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(", "))
    };
    format!("there is no {what} `{}`{hint}", shown(value))
}

fn near_fault(value: &str) -> String {
    let numbers: Vec<_> = value.split(',').map(|part| part.trim().parse::<f64>()).collect();
    match numbers.as_slice() {
        [Ok(lat), Ok(_)] if !(-90.0..=90.0).contains(lat) => format!("latitude {lat} is not between -90 and 90"),
        [Ok(_), Ok(lon)] if !(-180.0..=180.0).contains(lon) => format!("longitude {lon} is not between -180 and 180"),
        _ => format!("`{}` is no place: use `lat,lon`, a ZIP or `City, ST`", shown(value)),
    }
}

fn degrees(value: &str, count: usize) -> Option<Vec<f64>> {
    let numbers: Option<Vec<f64>> = value
        .split(',')
        .map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    numbers.filter(|numbers| numbers.len() == count)
}

/// `west,south,east,north`; a box whose west is greater than its east goes across the date line.
fn bbox(value: &str) -> Result<Vec<[i32; 4]>, &'static str> {
    let numbers = degrees(value, 4).ok_or("must be west,south,east,north in degrees")?;
    let (southwest, northeast) = (
        Point::from_degrees(numbers[1], numbers[0]),
        Point::from_degrees(numbers[3], numbers[2]),
    );
    let (Some(sw), Some(ne)) = (southwest, northeast) else {
        return Err("latitudes are -90 to 90, longitudes -180 to 180");
    };
    if sw.lat_e7 > ne.lat_e7 {
        return Err("south must not be north of north: the order is west,south,east,north");
    }
    Ok(if sw.lon_e7 <= ne.lon_e7 {
        vec![[sw.lat_e7, sw.lon_e7, ne.lat_e7, ne.lon_e7]]
    } else {
        vec![
            [sw.lat_e7, sw.lon_e7, ne.lat_e7, 1_800_000_000],
            [sw.lat_e7, -1_800_000_000, ne.lat_e7, ne.lon_e7],
        ]
    })
}

/// `lon,lat;lon,lat;...` with at least three corners.
fn polygon(value: &str) -> Result<Vec<(f64, f64)>, &'static str> {
    let corners: Option<Vec<(f64, f64)>> = value
        .split(';')
        .filter(|corner| !corner.trim().is_empty())
        .map(|corner| {
            degrees(corner, 2)
                .filter(|n| Point::from_degrees(n[1], n[0]).is_some())
                .map(|n| (n[0], n[1]))
        })
        .collect();
    match corners {
        Some(corners) if (3..=MAX_CORNERS).contains(&corners.len()) => Ok(corners),
        Some(_) => Err("a polygon has 3 to 500 corners"),
        None => Err("must be lon,lat pairs separated by `;`"),
    }
}
