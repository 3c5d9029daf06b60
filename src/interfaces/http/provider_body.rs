//! The body of a provider that somebody writes: words become codes, addresses get points, and all that is wrong is told at once.

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::{
    parameters,
    problem::{Kind, Problem},
};
use crate::domain::provider::Specialty;
use crate::store::providers::{NewLocation, ProviderChange};
use crate::vocab::{Fault, Lexicon, Npi, place::Point, terms::NetworkStatus};

/// A body in the store's words, and the one specialty that the seed's field `specialty` names.
pub(super) struct Body<T> {
    /// What it says.
    pub(super) said: T,
    /// A NUCC code, to be the primary one.
    pub(super) specialty: Option<String>,
}

/// Reads a body. A status is refused: that has ways of its own. A location's `lat` and `lon` become its point; specialties
/// and languages may be said in the words that a search takes.
pub(super) fn read_body<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
    lexicon: &Lexicon,
) -> Result<Body<T>, Problem> {
    read_value(parameters::json(headers, body)?, lexicon)
}

/// A change in the words of a body of `PATCH /providers/{key}`, said elsewhere.
pub(super) fn read_change(value: Value, lexicon: &Lexicon) -> Result<ProviderChange, Problem> {
    let mut change = read_value::<ProviderChange>(value, lexicon)?.said;
    find_points(change.locations.as_deref_mut().unwrap_or_default(), lexicon);
    Ok(change)
}

fn read_value<T: serde::de::DeserializeOwned>(mut value: Value, lexicon: &Lexicon) -> Result<Body<T>, Problem> {
    if let Some(status) = value.get("network_status") {
        return Err(status_guard(status));
    }
    let mut faults = Faults::default();
    if let Some(Value::String(npi)) = value.get("npi") {
        faults.of(check_npi(npi));
    }
    let specialty = match value.as_object_mut().and_then(|said| said.remove("specialty")) {
        None => None,
        Some(Value::String(words)) => faults.of(nucc_code("specialty", &words, lexicon)),
        Some(_) => {
            let message = "a code or the name of a specialty";
            faults.of(Err(Problem::fault("specialty", "invalid", message)))
        }
    };
    for (n, specialty) in members(&mut value, "specialties").enumerate() {
        if let Some(Value::String(words)) = specialty.get_mut("code") {
            let code = faults.of(nucc_code(&format!("specialties[{n}].code"), words, lexicon));
            *words = code.unwrap_or_else(|| words.clone());
        }
    }
    faults.of(language_codes("languages", value.get_mut("languages"), lexicon));
    let extension = value
        .get_mut("address")
        .and_then(|address| address.get_mut("extension"));
    let stored = extension.and_then(|extension| extension.get_mut("languages"));
    faults.of(language_codes("address.extension.languages", stored, lexicon));
    for (n, location) in members(&mut value, "locations")
        .filter_map(Value::as_object_mut)
        .enumerate()
    {
        faults.of(read_point(n, location));
        faults.of(is_somewhere(n, location));
    }
    let said = faults.of(parameters::from_value(value));
    match said {
        Some(said) if faults.all.is_empty() => Ok(Body { said, specialty }),
        _ => Err(Problem::faults(faults.all)),
    }
}

/// What is wrong with a body, from all who look at it.
#[derive(Default)]
struct Faults {
    all: Vec<Fault>,
}

impl Faults {
    /// What one of them has read; what it refuses is kept, once for each field.
    fn of<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        let problem = match read {
            Ok(read) => return Some(read),
            Err(problem) => problem,
        };
        for fault in problem.errors() {
            if self.all.iter().all(|known| known.field != fault.field) {
                self.all.push(fault.clone());
            }
        }
        None
    }
}

/// A street lies in a city: without one, or a ZIP, nobody finds it.
fn is_somewhere(n: usize, location: &Map<String, Value>) -> Result<(), Problem> {
    let said = |name: &str| {
        location
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|text| !text.trim().is_empty())
    };
    let abroad = said("country") && !["US", "USA"].iter().any(|code| location["country"] == *code);
    let placed = said("postal_code") || (said("city") && (said("state") || abroad)) || location.contains_key("point");
    if !said("line1") || placed {
        return Ok(());
    }
    let lacks = if said("city") { "state" } else { "city" };
    let message = "a street needs its city and state, or its ZIP";
    Err(Problem::fault(format!("locations[{n}].{lacks}"), "missing", message))
}

/// An NPI that somebody writes down here is one that can have been issued; an import takes others with a warning.
fn check_npi(text: &str) -> Result<(), Problem> {
    match text.parse::<Npi>() {
        Ok(npi) if npi.is_issuable() => Ok(()),
        Ok(_) => Err(Problem::fault(
            "npi",
            "first_digit",
            "the first digit of an NPI is 1 or 2",
        )),
        Err(why) => Err(Problem::fault("npi", why.code(), why.to_string())),
    }
}

fn members<'v>(value: &'v mut Value, list: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

fn read_point(n: usize, location: &mut Map<String, Value>) -> Result<(), Problem> {
    let mut degrees = |name: &str| match location.remove(name) {
        None | Some(Value::Null) => Some(None),
        Some(given) => given.as_f64().map(Some),
    };
    let point = match (degrees("lat"), degrees("lon")) {
        (Some(None), Some(None)) => return Ok(()),
        (Some(Some(lat)), Some(Some(lon))) => Point::from_degrees(lat, lon),
        _ => None,
    };
    let point = point.ok_or_else(|| {
        let message = "lat and lon in degrees, -90 to 90 and -180 to 180, both or none";
        Problem::fault(format!("locations[{n}].lat"), "range", message)
    })?;
    location.insert("point".to_owned(), json!(point));
    Ok(())
}

/// The NUCC code of a specialty said as in a search: `CARDIOLOGY`, `207RC0000X`, `Cardiovascular Disease`. A code that has
/// the shape of one is taken as it is, for the taxonomy grows twice a year.
pub(super) fn nucc_code(field: &str, words: &str, lexicon: &Lexicon) -> Result<String, Problem> {
    if let Some(code) = lexicon.specialties.resolve(words).first() {
        return Ok(code.clone());
    }
    let shape = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    if words.len() == 10 && words.ends_with('X') && words.bytes().all(shape) {
        return Ok(words.to_owned());
    }
    let near = lexicon.specialties.suggest(words, 3);
    Err(Problem::fault(
        field,
        "unknown_specialty",
        unknown("specialty", words, &near),
    ))
}

/// Names of languages become codes. A code that the table does not have is taken as it is.
fn language_codes(field: &str, list: Option<&mut Value>, lexicon: &Lexicon) -> Result<(), Problem> {
    let list = list.and_then(Value::as_array_mut).into_iter().flatten();
    for (n, language) in list.enumerate() {
        let Value::String(words) = language else { continue };
        if let Some(known) = lexicon.languages.resolve(words) {
            *words = known.code.clone();
        } else if words.len() > 3 && !words.contains('-') {
            let near = lexicon.languages.suggest(words, 3);
            let message = unknown("language", words, &near);
            return Err(Problem::fault(format!("{field}[{n}]"), "unknown_language", message));
        }
    }
    Ok(())
}

fn unknown(what: &str, words: &str, near: &[String]) -> String {
    let shown = words.chars().take(60).collect::<String>();
    match near {
        [] => format!("there is no {what} `{shown}`"),
        near => format!("there is no {what} `{shown}`; did you mean {}?", near.join(", ")),
    }
}

/// The list with this code as the primary one; licences that are known for it stay.
pub(super) fn with_primary(mut list: Vec<Specialty>, code: String) -> Vec<Specialty> {
    for specialty in &mut list {
        specialty.primary = false;
    }
    match list.iter_mut().find(|specialty| specialty.code == code) {
        Some(known) => known.primary = true,
        None => list.insert(
            0,
            Specialty {
                code,
                primary: true,
                license_number: None,
                license_state: None,
            },
        ),
    }
    list
}

fn status_guard(status: &Value) -> Problem {
    let detail = match status.as_str().map(str::parse::<NetworkStatus>) {
        Some(Ok(NetworkStatus::Active)) => "A provider becomes ACTIVE through an approved credentialing request only.",
        Some(Ok(NetworkStatus::Inactive)) => "A provider becomes INACTIVE through POST /providers/{key}/deactivate.",
        Some(Ok(NetworkStatus::Pending)) => "A provider is PENDING when it is created and never becomes so again.",
        _ => {
            return Problem::fault(
                "network_status",
                "unknown_term",
                "is one of PENDING, ACTIVE, INACTIVE, and not set here",
            );
        }
    };
    let fault = Fault::new("network_status", "status_guard", detail);
    Problem::new(Kind::StatusGuard, detail).with_errors(vec![fault])
}

/// Locations without a point get the best one that their address has, and with it what else the gazetteer knows there.
pub(super) fn find_points(locations: &mut [NewLocation], lexicon: &Lexicon) {
    for location in locations.iter_mut().filter(|location| location.point.is_none()) {
        let parts = [&location.postal_code, &location.city, &location.county, &location.state];
        let [zip, city, county, state] = parts.map(Option::as_deref);
        let located = lexicon.gazetteer.locate(zip, city, county, state);
        location.point = located.point;
        location.position_quality = located.point.map(|_| located.quality);
        location.county = location.county.take().or(located.county);
        location.time_zone = location.time_zone.take().or(located.time_zone.map(str::to_owned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sets_a_status() {
        for status in ["ACTIVE", "INACTIVE", "PENDING"] {
            assert_eq!(status_guard(&status.into()).kind(), Kind::StatusGuard);
        }
        assert_eq!(status_guard(&"BUSY".into()).kind(), Kind::InvalidParameter);
    }
}
