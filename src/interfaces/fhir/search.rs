//! The parameters of a search as FHIR writes them: names that may be repeated (AND), values with commas between (OR), references,
//! codes with their system, dates with a prefix.

use std::str::FromStr;

use chrono::{Days, FixedOffset, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::interfaces::http::problem::Problem;
use crate::store::slot_search::{Bound, Edge, Moment, Relation};
use crate::vocab::Fault;

/// Rows of a page where nobody says otherwise.
const COUNT: usize = 50;
/// Most rows of a page, whoever asks for more.
const MOST: usize = 1000;

/// What every search here takes.
#[derive(Debug, Default)]
pub struct Common {
    /// Rows of a page.
    count: Option<usize>,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl Common {
    /// How many rows a page has.
    pub fn count(&self) -> usize {
        self.count.unwrap_or(COUNT)
    }

    /// Takes a parameter that every search has; `sorted_by` is the only order that there is. Whether it was one.
    ///
    /// # Errors
    /// For a value that is not understood.
    pub fn take(&mut self, name: &str, value: &str, sorted_by: &str) -> Result<bool, Fault> {
        match name {
            "_count" => {
                let count = value.parse::<usize>().ok().filter(|count| *count > 0);
                let count = count.ok_or_else(|| Fault::new(name, "range", "a whole number from 1 on"))?;
                self.count = Some(count.min(MOST));
            }
            "_format" if matches!(value, "json" | "application/json" | "application/fhir+json") => {}
            "_format" => return Err(Fault::new(name, "unknown_term", "json is what there is")),
            "_sort" if value == sorted_by => {}
            "_sort" => {
                return Err(Fault::new(
                    name,
                    "unknown_term",
                    format!("{sorted_by} is the order that there is"),
                ));
            }
            "cursor" => self.cursor = Some(value.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Takes every parameter in its turn; all that are wrong are told at once.
///
/// # Errors
/// For what `take` refuses, and names that it does not know.
pub fn each(
    pairs: &[(String, String)],
    mut take: impl FnMut(&str, &str) -> Result<bool, Fault>,
    known: &[(&str, &str)],
) -> Result<(), Problem> {
    let mut faults = Vec::new();
    for (name, value) in pairs {
        match take(name, value) {
            Ok(true) => {}
            Ok(false) => {
                let names = known.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let message = format!("known here are {names}, _count, _format and _sort");
                faults.push(Fault::new(name.clone(), "unknown_parameter", message));
            }
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Problem::faults(faults))
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

/// The codes of a token parameter, each with or without its system.
///
/// # Errors
/// For a code that `read` does not know.
pub fn codes<T>(name: &str, value: &str, read: impl Fn(&str) -> Option<T>, known: &str) -> Result<Vec<T>, Fault> {
    let one = |token: &str| {
        let code = token.rsplit_once('|').map_or(token, |(_, code)| code);
        read(code).ok_or_else(|| Fault::new(name, "unknown_term", format!("is one of {known}")))
    };
    value.split(',').map(one).collect()
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
