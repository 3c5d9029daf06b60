//! Reads a search from parameters, or from JSON whose properties are the parameters.

use std::{fmt, str::FromStr};

use rustc_hash::FxHashMap;

use super::{
    Facet, Request, Sort, Unit,
    area::{bbox, polygon},
    faults::{near_fault, shown, unknown_parameter},
};
use crate::domain::reference::Reference;
use crate::index::geometry::KM_PER_MILE;
use crate::query::{cards, cursor::Cursor};
use crate::vocab::{Fault, Lexicon, names::words};

/// Longest text of a parameter, in bytes.
pub const MAX_TEXT: usize = 4096;
/// Greatest radius: half the earth's girth, in kilometres.
const MAX_RADIUS_KM: f64 = 20_016.0;
/// Most values of one parameter.
pub(super) const MAX_VALUES: usize = 200;
/// Most parameters of one search, repeated ones counted each time.
pub const MAX_PARAMETERS: usize = 256;
/// Bytes of a parameter's name from which on it is nobody's slip.
const LONGEST_NAME: usize = 60;
/// Faults that are told with what may have been meant.
const MOST_HINTS: usize = 5;
/// Faults that are told; who has made more reads no further.
const MOST_FAULTS: usize = 50;

/// Parameters of which a second value would silently take the place of the first.
const ONCE: [&str; 20] = [
    "q",
    "near",
    "radius",
    "unit",
    "bbox",
    "polygon",
    "match",
    "nicknames",
    "telehealth",
    "accepting_new_patients",
    "open_at",
    "available_before",
    "sort",
    "group",
    "limit",
    "cursor",
    "count",
    "clusters",
    "format",
    "explain",
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
            let name = field.strip_prefix("exclude.").unwrap_or(field);
            if ONCE.contains(&name) && pairs[..number].iter().any(differs) {
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

/// A search that is being read, and what is wrong with it so far.
pub(super) struct Reader<'a> {
    request: Request,
    faults: Vec<Fault>,
    /// How often each parameter was given.
    given: FxHashMap<&'a str, usize>,
    pub(super) lexicon: &'a Lexicon,
    pub(super) reference: &'a Reference,
}

impl<'a> Reader<'a> {
    pub(super) fn fault(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
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
    pub(super) fn hints(&self, suggest: impl FnOnce(&Lexicon) -> Vec<String>) -> Vec<String> {
        if self.faults.len() < MOST_HINTS {
            suggest(self.lexicon)
        } else {
            Vec::new()
        }
    }

    pub(super) fn too_many(&mut self, field: &str) {
        let message = format!("at most {MAX_VALUES} values are taken");
        self.fault(field, "too_many_values", message);
    }

    /// A value of a type that reads itself.
    pub(super) fn value<T: FromStr<Err: fmt::Display>>(&mut self, field: &str, value: &str) -> Option<T> {
        match value.trim().parse() {
            Ok(read) => Some(read),
            Err(error) => {
                self.fault(field, "invalid_value", format!("{error}"));
                None
            }
        }
    }

    pub(super) fn flag(&mut self, field: &str, value: &str) -> Option<bool> {
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

    /// Parameters of the place.
    fn place(&mut self, field: &str, value: &str) -> bool {
        match field {
            "near" => match self.lexicon.gazetteer.find(value) {
                Some(place) => {
                    self.request.near = Some(place);
                    self.request.near_is_position = self.lexicon.gazetteer.is_point(value);
                }
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
                    if !cards::PROPERTIES.contains(&name) {
                        let all = cards::PROPERTIES.join(", ");
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
