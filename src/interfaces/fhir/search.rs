//! The parameters of a search as FHIR writes them: names that may be repeated (AND), values with commas between (OR), references,
//! codes with their system, dates with a prefix.

use std::str::FromStr;

use axum::http::HeaderMap;
use chrono::{Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, TimeDelta};
use serde_json::{Value, json};

use super::{include::Asked, resource::Parameter};
use crate::interfaces::http::{operation::query, parameters, problem::Problem};
use crate::store::{
    conditions::Changed,
    slot_search::{Bound, Edge, Moment, Relation},
};
use crate::vocab::Fault;

/// Rows of a page where nobody says otherwise.
const COUNT: usize = 50;
/// Most rows of a page, whoever asks for more.
const MOST: usize = 1000;
/// The same where others are told beside them, of which each may lead to many.
const MOST_WITH_OTHERS: usize = 100;

/// A search as it was asked: what every search here takes. What is its own is in the filter that its `narrow` has filled.
#[derive(Debug, Default)]
pub struct Search {
    /// The parameters, as they were understood.
    pub pairs: Vec<(String, String)>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Whether nothing but the number of all is asked for.
    pub only_total: bool,
    /// What is told beside.
    pub beside: Asked,
    /// The elements that are asked for; none: all.
    pub elements: Option<Vec<String>>,
    total: bool,
    count: Option<usize>,
}

impl Search {
    /// Reads a query string; `narrow` takes the parameters that are this search's own and says whether one is. All that is wrong is
    /// told at once. `sorted_by` is the only order that there is. Who is lenient has names that nobody knows passed over: the link
    /// `self` tells what was heeded.
    ///
    /// # Errors
    /// For values that are not understood and names that nobody knows.
    pub fn read(
        raw: Option<&str>,
        (known, sorted_by): (&[Parameter], &str),
        is_lenient: bool,
        mut narrow: impl FnMut(&mut Self, &str, &str) -> Result<bool, Fault>,
    ) -> Result<Self, Problem> {
        let mut search = Self::default();
        let (mut pairs, mut faults) = (parameters::pairs(raw)?, Vec::new());
        pairs.retain(|(name, value)| {
            let taken = match search.take(name, value, sorted_by) {
                Ok(false) => narrow(&mut search, name, value),
                taken => taken,
            };
            match taken {
                Ok(is_known) if is_known || is_lenient => return is_known,
                Ok(_) => {
                    let own = known.iter().map(|own| own.name);
                    let names = own.chain([
                        "_count",
                        "_elements",
                        "_format",
                        "_include",
                        "_revinclude",
                        "_sort",
                        "_summary",
                        "_total",
                    ]);
                    faults.push(parameters::unknown_parameter(name.clone(), &names.collect::<Vec<_>>()));
                }
                Err(fault) => faults.push(fault),
            }
            true
        });
        if !faults.is_empty() {
            return Err(Problem::faults(faults));
        }
        search.pairs = pairs;
        Ok(search)
    }

    /// How many rows a page has.
    pub fn count(&self) -> usize {
        let most = if self.beside.is_empty() { MOST } else { MOST_WITH_OTHERS };
        self.count.unwrap_or(COUNT).min(most)
    }

    /// Whether the number of all that fit has to be counted.
    pub fn counts(&self) -> bool {
        self.total || self.only_total
    }

    /// Takes a parameter that every search has. Whether it was one.
    fn take(&mut self, name: &str, value: &str, sorted_by: &str) -> Result<bool, Fault> {
        let unknown = |message: String| Err(Fault::new(name, "unknown_term", message));
        match (name, value) {
            ("_count", _) => {
                let count = value.parse::<usize>();
                let count = count.map_err(|_| Fault::new(name, "range", "a whole number from 0 on"))?;
                one(&mut self.count, name, count.min(MOST))?;
                self.only_total |= count == 0; // R4: as if `_summary=count` were said.
            }
            ("_format", _) => formatted(value)?,
            ("_summary", "false") => {}
            ("_sort", _) if value == sorted_by => {}
            ("_sort", _) => return unknown(format!("{sorted_by} is the order that there is")),
            ("_summary", "count") => self.only_total = true,
            ("_summary", _) => return unknown("count and false are what there is".to_owned()),
            ("_total", "accurate" | "estimate") => self.total = true,
            ("_total", "none") => self.total = false,
            ("_total", _) => return unknown("is one of accurate, estimate and none".to_owned()),
            ("cursor", _) => one(&mut self.cursor, name, value.to_owned())?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads what may be asked where one resource is read; `elements` takes `_elements`.
///
/// # Errors
/// As [`Search::read`].
pub fn read_one(
    raw: Option<&str>,
    is_lenient: bool,
    mut elements: impl FnMut(&str, &str) -> Result<(), Fault>,
) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (name, value) in parameters::pairs(raw)? {
        let read = match (name.as_str(), value.as_str()) {
            ("_elements", _) => elements(&name, &value),
            ("_format", _) => formatted(&value),
            ("_summary", "false") => Ok(()),
            ("_summary", _) => Err(Fault::new("_summary", "unknown_term", "false is what there is")),
            _ if is_lenient => Ok(()),
            _ => Err(parameters::unknown_parameter(
                name,
                &["_elements", "_format", "_summary"],
            )),
        };
        faults.extend(read.err());
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Problem::faults(faults))
    }
}

/// Whether a caller wants parameters passed over that are not known: `Prefer: handling=lenient`.
pub fn is_lenient(headers: &HeaderMap) -> bool {
    let said = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut wishes = said.flat_map(|said| said.split([',', ';']));
    wishes.any(|wish| {
        let (name, value) = wish.split_once('=').unwrap_or_default();
        name.trim().eq_ignore_ascii_case("handling") && value.trim().trim_matches('"').eq_ignore_ascii_case("lenient")
    })
}

/// Whether a format is the one that there is. Many write its plus as it is, which in an address stands for a space.
pub fn formatted(value: &str) -> Result<(), Fault> {
    match value {
        "json" | "application/json" | "application/fhir+json" | "application/fhir json" => Ok(()),
        _ => Err(Fault::new("_format", "unknown_term", "json is what there is")),
    }
}

/// What every search takes, as the document tells it.
pub fn asked(own: impl IntoIterator<Item = Value>, sorted_by: &str) -> Vec<Value> {
    let text = json!({"type": "string"});
    let one_of = |words: &[&str]| json!({"type": "string", "enum": words});
    let common = [
        query(
            "_count",
            &json!({"type": "integer", "minimum": 0, "default": COUNT}),
            "Rows of a page, 1000 at most, 100 with what is told beside; 0: the total and nothing else.",
        ),
        query("_sort", &one_of(&[sorted_by]), "The order that there is."),
        of_elements(),
        of_format(),
        query(
            "_total",
            &one_of(&["accurate", "estimate", "none"]),
            "Whether all that fit are counted. A page that has all of them tells how many anyway.",
        ),
        query(
            "_summary",
            &one_of(&["count", "false"]),
            "`count`: the total and nothing else.",
        ),
        query("cursor", &text, "As the link `next` has it."),
    ];
    own.into_iter().chain(common).collect()
}

/// What may be asked where one is read, as the document tells it.
pub fn asked_of_one() -> [Value; 2] {
    [of_elements(), of_format()]
}

fn of_elements() -> Value {
    let says = "The elements that are told, commas between; those that R4 wants of each are told anyway.";
    query("_elements", &json!({"type": "string"}), says)
}

/// `_format`.
pub fn of_format() -> Value {
    query(
        "_format",
        &json!({"type": "string", "enum": ["json"]}),
        "The format that there is.",
    )
}

/// Sets what can be one thing only.
///
/// # Errors
/// Where it is set already.
pub fn one<T>(place: &mut Option<T>, name: &str, value: T) -> Result<(), Fault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::new(name, "repeated", "may be given once")),
    }
}

/// What is left where a parameter is repeated: what both allow.
pub fn narrow<T: PartialEq>(so_far: &mut Option<Vec<T>>, more: Vec<T>) {
    *so_far = Some(match so_far.take() {
        Some(before) => before.into_iter().filter(|one| more.contains(one)).collect(),
        None => more,
    });
}

/// The keys of references with commas between: `Schedule/<id>`, the bare id, an address that ends so, or `urn:uuid:<id>`.
///
/// # Errors
/// For a reference to something else, or to no key.
pub fn references<T: FromStr>(name: &str, value: &str, of: &str) -> Result<Vec<T>, Fault> {
    value.split(',').map(|one| reference(name, one, of)).collect()
}

/// The key of one reference.
///
/// # Errors
/// As [`references`].
pub fn reference<T: FromStr>(name: &str, value: &str, of: &str) -> Result<T, Fault> {
    let (before, id) = value.rsplit_once('/').unwrap_or((of, value));
    let is_of = before.rsplit('/').next() == Some(of);
    let id = id.strip_prefix("urn:uuid:").unwrap_or(id);
    let key = id.parse().ok().filter(|_| is_of);
    key.ok_or_else(|| Fault::new(name, "malformed", format!("a reference like {of}/<id>")))
}

/// The codes of a token parameter, each with or without their `system`. One of another system is nobody's here: it finds nothing.
///
/// # Errors
/// For a code that `read` does not know.
pub fn codes<T>(
    (name, value): (&str, &str),
    system: &str,
    read: impl Fn(&str) -> Option<T>,
    known: &str,
) -> Result<Vec<T>, Fault> {
    let one = |token: &str| {
        let (of, code) = token.rsplit_once('|').unwrap_or((system, token));
        // R4: with nothing before the bar it is one without a system, as these elements write theirs.
        if !of.is_empty() && of != system {
            return None;
        }
        let unknown = || Fault::new(name, "unknown_term", format!("is one of {known}"));
        Some(read(code).ok_or_else(unknown))
    };
    value.split(',').filter_map(one).collect()
}

/// The bounds that a date parameter sets to an edge of a slot.
///
/// A value stands for all the moments that it leaves open: `2026-11-23` for a day. To the second it is a moment. Without a zone it
/// is meant as the clock of each slot's clinic shows it.
///
/// # Errors
/// For a value that is no date, and for prefixes that are not known.
pub fn bounds(name: &str, value: &str, edge: Edge) -> Result<Vec<Bound>, Fault> {
    let prefixed = value
        .get(..2)
        .filter(|prefix| prefix.bytes().all(|b| b.is_ascii_lowercase()));
    let (prefix, text) = prefixed.map_or(("eq", value), |prefix| (prefix, &value[2..]));
    let Some((from, until)) = span(text) else {
        let message = "a date like ge2026-11-23 or lt2026-11-23T09:00:00Z (a + of a zone is written %2B)";
        return Err(Fault::new(name, "malformed", message));
    };
    let bound = |relation, moment| Bound { edge, relation, moment };
    let last = until.map_or(bound(Relation::UpTo, from), |until| bound(Relation::Before, until));
    Ok(match prefix {
        "eq" => vec![bound(Relation::From, from), last],
        "ge" => vec![bound(Relation::From, from)],
        "lt" | "eb" => vec![bound(Relation::Before, from)],
        "le" => vec![last],
        "gt" | "sa" => vec![until.map_or(bound(Relation::After, from), |until| bound(Relation::From, until))],
        _ => {
            let message = "the prefixes are eq, ge, gt, le, lt, sa and eb";
            return Err(Fault::new(name, "unknown_prefix", message));
        }
    })
}

/// The time that `_lastUpdated` asks for; without a zone it is meant in UTC.
///
/// # Errors
/// As [`bounds`].
pub fn changed(name: &str, value: &str) -> Result<Changed, Fault> {
    let time = |bound: Bound| {
        let at = match bound.moment {
            Moment::At(at) => at,
            Moment::OnTheClock(at) => at.and_utc(),
        };
        let at = at.trunc_subsecs(6); // As exactly as the store keeps it.
        let behind = at + TimeDelta::microseconds(1);
        let (from, before) = match bound.relation {
            Relation::From => (Some(at), None),
            Relation::After => (Some(behind), None),
            Relation::Before => (None, Some(at)),
            Relation::UpTo => (None, Some(behind)),
        };
        Changed { from, before }
    };
    let bounds = bounds(name, value, Edge::Start)?.into_iter();
    Ok(bounds.map(time).fold(Changed::default(), Changed::and))
}

/// The first moment that a value stands for, and the first one behind them; none: it is the only one.
fn span(text: &str) -> Option<(Moment, Option<Moment>)> {
    let on_the_clock =
        |from: NaiveDateTime, until: Option<NaiveDateTime>| (Moment::OnTheClock(from), until.map(Moment::OnTheClock));
    let Some((date, time)) = text.split_once('T') else {
        let (from, until) = days(text)?;
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN);
        return Some(on_the_clock(midnight(from), Some(midnight(until))));
    };
    let (day, _) = days(date).filter(|_| date.len() == 10)?;
    let zone = time.find(['Z', '+', '-']);
    let (time, zone) = zone.map_or((time, None), |at| (&time[..at], Some(&time[at..])));
    let (time, is_minute) = match NaiveTime::parse_from_str(time, "%H:%M") {
        Ok(time) => (time, true),
        Err(_) => (NaiveTime::parse_from_str(time, "%H:%M:%S%.f").ok()?, false),
    };
    let from = day.and_time(time);
    let until = is_minute.then(|| from + TimeDelta::minutes(1));
    let Some(zone) = zone else {
        return Some(on_the_clock(from, until));
    };
    let ahead = match zone {
        "Z" => TimeDelta::zero(),
        other => TimeDelta::seconds(other.parse::<FixedOffset>().ok()?.local_minus_utc().into()),
    };
    let at = |local: NaiveDateTime| Moment::At((local - ahead).and_utc());
    Some((at(from), until.map(at)))
}

/// The days of a year, a month or a day: the first, and the first one behind.
fn days(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let first = |text: String| text.parse::<NaiveDate>().ok().filter(|_| is_plain);
    match text.len() {
        4 => first(format!("{text}-01-01")).and_then(|day| Some((day, day.checked_add_months(Months::new(12))?))),
        7 => first(format!("{text}-01")).and_then(|day| Some((day, day.checked_add_months(Months::new(1))?))),
        10 => first(text.to_owned()).and_then(|day| Some((day, day.checked_add_days(Days::new(1))?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn told(value: &str) -> String {
        let moment = |moment| match moment {
            Moment::At(at) => at.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string(),
            Moment::OnTheClock(at) => at.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
        };
        match bounds("start", value, Edge::Start) {
            Ok(bounds) => {
                let told = bounds.iter().map(|b| format!("{:?} {}", b.relation, moment(b.moment)));
                told.collect::<Vec<_>>().join(", ")
            }
            Err(fault) => fault.code.to_owned(),
        }
    }

    #[test]
    fn a_date_stands_for_all_that_it_leaves_open() {
        for (value, wanted) in [
            ("2026-11-23", "From 2026-11-23T00:00:00, Before 2026-11-24T00:00:00"),
            ("eq2026", "From 2026-01-01T00:00:00, Before 2027-01-01T00:00:00"),
            ("gt2026-12", "From 2027-01-01T00:00:00"),
            ("le2026-12", "Before 2027-01-01T00:00:00"),
            ("lt2026-12", "Before 2026-12-01T00:00:00"),
            ("ge2026-11-23T09:00:00Z", "From 2026-11-23T09:00:00Z"),
            ("gt2026-11-23T09:00:00Z", "After 2026-11-23T09:00:00Z"),
            ("le2026-11-23T09:00:00-06:00", "UpTo 2026-11-23T15:00:00Z"),
            ("gt2026-11-23T09:00+01:00", "From 2026-11-23T08:01:00Z"),
            (
                "2026-11-23T09:00:00",
                "From 2026-11-23T09:00:00, UpTo 2026-11-23T09:00:00",
            ),
            ("lt2026-11-23T09:00:00.250Z", "Before 2026-11-23T09:00:00.250Z"),
            ("sa9999", "From +10000-01-01T00:00:00"),
        ] {
            assert_eq!(told(value), wanted, "{value}");
        }
        for odd in [
            "",
            "ge",
            "2026-13",
            "2026-1-1",
            "20261123",
            "2026-11-23T",
            "2026-11-23T25:00",
            "+026",
            "2026-11-23T09:00 01:00",
            "ümlaut",
        ] {
            assert_eq!(told(odd), "malformed", "{odd}");
        }
        assert_eq!(told("ne2026"), "unknown_prefix");
    }

    #[test]
    fn a_change_is_asked_for_as_exactly_as_it_is_told() {
        let told = |value: &str| {
            let Changed { from, before } = changed("_lastUpdated", value).expect("a date");
            let text = |at: Option<DateTime<Utc>>| at.map_or(String::new(), |at| at.format("%FT%T%.fZ").to_string());
            format!("{}..{}", text(from), text(before))
        };
        for (value, wanted) in [
            ("gt2026-11-30T10:00:00.123456Z", "2026-11-30T10:00:00.123457Z.."),
            ("ge2026-11-30T10:00:00.123456Z", "2026-11-30T10:00:00.123456Z.."),
            ("le2026-11-30T10:00:00Z", "..2026-11-30T10:00:00.000001Z"),
            ("lt2026-11-30", "..2026-11-30T00:00:00Z"),
            ("gt2026-11-30", "2026-12-01T00:00:00Z.."),
            ("2026-11-30", "2026-11-30T00:00:00Z..2026-12-01T00:00:00Z"),
            ("ge2026-11-30T10:00:00-06:00", "2026-11-30T16:00:00Z.."),
        ] {
            assert_eq!(told(value), wanted, "{value}");
        }
        assert_eq!(
            changed("_lastUpdated", "soon").map_err(|fault| fault.code),
            Err("malformed")
        );
    }

    #[test]
    fn a_code_of_another_system_is_none() {
        let read = |code: &str| ["free", "busy"].into_iter().find(|known| *known == code);
        let found =
            |value| codes(("status", value), "http://a.example/s", read, "free, busy").map_err(|fault| fault.code);
        assert_eq!(found("free,http://a.example/s|busy"), Ok(vec!["free", "busy"]));
        assert_eq!(found("|free"), Ok(vec!["free"]));
        assert_eq!(found("http://wrong.example|free"), Ok(vec![]));
        assert_eq!(found("http://wrong.example|free,busy"), Ok(vec!["busy"]));
        assert_eq!(found("http://a.example/s|gone"), Err("unknown_term"));
        assert_eq!(found(""), Err("unknown_term"));
    }

    #[test]
    fn a_reference_is_a_key_with_or_without_its_way() {
        let id = "018f0000-0000-7000-8000-000000000000";
        for good in [
            id.to_owned(),
            format!("Schedule/{id}"),
            format!("https://a.example/fhir/Schedule/{id}"),
            format!("urn:uuid:{id}"),
        ] {
            let read = reference::<uuid::Uuid>("schedule", &good, "Schedule").map(|key| key.to_string());
            assert_eq!(read.as_deref(), Ok(id), "{good}");
        }
        for bad in [
            format!("Slot/{id}"),
            "Schedule/".to_owned(),
            "7".to_owned(),
            String::new(),
        ] {
            let read = reference::<uuid::Uuid>("schedule", &bad, "Schedule");
            assert_eq!(read.map_err(|f| f.code), Err("malformed"), "{bad}");
        }
        let mut left = None;
        narrow(&mut left, vec![1, 2, 3]);
        narrow(&mut left, vec![3, 1]);
        assert_eq!(left, Some(vec![1, 3]));
    }
}
