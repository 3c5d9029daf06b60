//! A roster: who takes part in a network from when on, as a payer or group writes it down, row by row.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::is_line;
use crate::vocab::{
    LocationId, Npi, day,
    keys::Street,
    terms::{Accepting, NetworkStatus},
};

/// Rows of one roster.
pub const MAX_ROWS: usize = 100_000;

/// A good row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its line in the file, the header being 1.
    pub line: u64,
    /// Who.
    pub npi: Npi,
    /// First day.
    pub effective: NaiveDate,
    /// Last day, inclusive; none: open.
    pub termination: Option<NaiveDate>,
    /// In which tier.
    pub tier: Option<String>,
    /// Whether new patients are taken.
    pub accepting: Option<Accepting>,
    /// Which, in words.
    pub characteristics: Option<String>,
    /// ACTIVE unless the row says otherwise.
    pub status: NetworkStatus,
    /// Where, as it is written; none: at every place of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The location that is meant by it, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<LocationId>,
}

/// A location of a provider, as far as a roster can mean it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its key.
    pub id: LocationId,
    /// Street.
    pub line1: Option<String>,
    /// Suite, building.
    pub line2: Option<String>,
    /// Five or nine digits.
    pub postal_code: Option<String>,
}

/// Which of a provider's locations is meant: by its id, or by `street, city, state ZIP`, where street and ZIP are those of
/// exactly one after abbreviation (units aside). Else what is wrong: a code and a sentence.
///
/// # Errors
/// The code and the sentence.
pub fn meant(written: &str, places: &[Place]) -> Result<LocationId, (&'static str, &'static str)> {
    const UNKNOWN: (&str, &str) = ("unknown_location", "is no location of this provider");
    if let Ok(id) = written.parse::<LocationId>() {
        let known = places.iter().any(|place| place.id == id);
        return if known { Ok(id) } else { Err(UNKNOWN) };
    }
    let (line, rest) = written.split_once(',').unwrap_or_default();
    let street = Street::parse(Some(line), None);
    let (Some(street), Some(zip)) = (street, zip5(rest)) else {
        return Err((
            "format",
            "is the id of a location, or an address like `12 Main St, Houston, TX 77030`",
        ));
    };
    let at_it = |place: &&Place| {
        let there = Street::parse(place.line1.as_deref(), place.line2.as_deref());
        there.as_ref() == Some(&street) && place.postal_code.as_deref().and_then(zip5) == Some(zip)
    };
    let mut found = places.iter().filter(at_it);
    match (found.next(), found.next()) {
        (Some(place), None) => Ok(place.id),
        (Some(_), Some(_)) => Err((
            "ambiguous_location",
            "several locations have this address: give the id of one",
        )),
        (None, _) => Err(UNKNOWN),
    }
}

/// The five digits of the ZIP at the end of a text.
fn zip5(text: &str) -> Option<&str> {
    let last = text.split_whitespace().next_back()?;
    let digits = last.chars().filter(char::is_ascii_digit).count();
    let is_zip = matches!(digits, 5 | 9) && last.chars().all(|c| c.is_ascii_digit() || c == '-');
    last.get(..5)
        .filter(|zip| is_zip && zip.bytes().all(|b| b.is_ascii_digit()))
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowFault {
    /// Its line in the file.
    pub line: u64,
    /// The column.
    pub field: String,
    /// A stable word for programs.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl RowFault {
    /// A fault of a column of a line.
    pub fn new(line: u64, field: &str, code: &str, message: impl Into<String>) -> Self {
        Self {
            line,
            field: field.to_owned(),
            code: code.to_owned(),
            message: message.into(),
        }
    }
}

/// What a roster says: good rows, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Good rows, in their order.
    pub rows: Vec<Row>,
    /// Faults, by line.
    pub faults: Vec<RowFault>,
}

/// Characters of a tier's name.
const MAX_TIER: usize = 100;

/// The columns that a roster may have; `npi` and `effective` it must have.
pub const COLUMNS: [&str; 8] = [
    "npi",
    "effective",
    "termination",
    "tier",
    "accepting",
    "characteristics",
    "status",
    "location",
];

/// Checks rows, each a line with its cells by column; a row that repeats an earlier one's provider, place, tier and first day
/// is a fault of the later.
pub fn check<'a>(rows: impl IntoIterator<Item = (u64, BTreeMap<&'a str, &'a str>)>) -> Checked {
    let mut checked = Checked::default();
    let mut seen = HashSet::new();
    for (line, cells) in rows {
        match row(line, &cells) {
            Ok(row) if seen.insert((row.npi, row.location.clone(), row.tier.clone(), row.effective)) => {
                checked.rows.push(row);
            }
            Ok(_) => {
                let message = "an earlier row has the same NPI, location, tier and first day";
                checked.faults.push(RowFault::new(line, "npi", "repeated", message));
            }
            Err(faults) => checked.faults.extend(faults),
        }
    }
    checked
}

fn row(line: u64, cells: &BTreeMap<&str, &str>) -> Result<Row, Vec<RowFault>> {
    let cell = |name: &str| cells.get(name).map(|c| c.trim()).filter(|c| !c.is_empty());
    let mut faults = Vec::new();
    let mut day_of = |name: &str| {
        let text = cell(name)?;
        let read = day::in_formats(text, ["%Y-%m-%d", "%m/%d/%Y"]);
        if read.is_none() {
            faults.push(RowFault::new(
                line,
                name,
                "date",
                format!("`{text}` is no day like 2026-11-28 or 11/28/2026, the year in four digits"),
            ));
        }
        read
    };
    let (effective, termination) = (day_of("effective"), day_of("termination"));
    if cell("effective").is_none() {
        faults.push(RowFault::new(line, "effective", "required", "the first day is needed"));
    }
    if effective.zip(termination).is_some_and(|(first, last)| last < first) {
        faults.push(RowFault::new(
            line,
            "termination",
            "range",
            "the last day is not before the first",
        ));
    }
    let npi = match cell("npi").unwrap_or_default().parse::<Npi>() {
        Ok(npi) => Some(npi),
        Err(why) => {
            faults.push(RowFault::new(line, "npi", why.code(), why.to_string()));
            None
        }
    };
    let accepting = cell("accepting").map(str::parse::<Accepting>);
    if let Some(Err(why)) = &accepting {
        faults.push(RowFault::new(line, "accepting", "unknown_term", why.to_string()));
    }
    if cell("tier").is_some_and(|tier| !is_line(tier, MAX_TIER)) {
        let message = format!("at most {MAX_TIER} characters on one line, each of which can be seen");
        faults.push(RowFault::new(line, "tier", "length", message));
    }
    let characteristics = cell("characteristics");
    let taken = matches!(&accepting, Some(Ok(code)) if *code != Accepting::None);
    if characteristics.is_some_and(|said| !taken || said.chars().count() > 500) {
        let message = "at most 500 characters, and only where patients are taken (accepting)";
        faults.push(RowFault::new(line, "characteristics", "not_accepting", message));
    }
    let status = cell("status").map_or(Ok(NetworkStatus::Active), str::parse);
    if let Err(why) = &status {
        faults.push(RowFault::new(line, "status", "unknown_term", why.to_string()));
    }
    match (npi, effective, status) {
        (Some(npi), Some(effective), Ok(status)) if faults.is_empty() => Ok(Row {
            line,
            npi,
            effective,
            termination,
            tier: cell("tier").map(str::to_owned),
            accepting: accepting.and_then(Result::ok),
            characteristics: characteristics.map(str::to_owned),
            status,
            location: cell("location").map(str::to_owned),
            location_id: None,
        }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_2_16_each_bad_cell_is_told_with_its_line() {
        let cells = |npi, effective, termination, accepting| {
            BTreeMap::from([
                ("npi", npi),
                ("effective", effective),
                ("termination", termination),
                ("accepting", accepting),
            ])
        };
        let checked = check([
            (2, cells("1234567893", "2026-12-01", "", "newpt")),
            (3, cells("1234567890", "", "tomorrow", "perhaps")),
            (4, cells("1003000126", "12/01/2026", "2026-01-01", "")),
            (5, cells("1234567893", "2026-12-01", "2027-01-01", "")),
            (6, cells("1234567893", "2027-12-01", "", "")),
            (7, cells("1003000126", "11/28/26", "+12345-01-01", "")),
        ]);
        assert_eq!(checked.rows.iter().map(|r| r.line).collect::<Vec<_>>(), [2, 6]);
        let told = checked
            .faults
            .iter()
            .map(|f| (f.line, f.field.as_str(), f.code.as_str()));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                (3, "termination", "date"),
                (3, "effective", "required"),
                (3, "npi", "check_digit"),
                (3, "accepting", "unknown_term"),
                (4, "termination", "range"),
                (5, "npi", "repeated"),
                (7, "effective", "date"),
                (7, "termination", "date"),
            ]
        );
    }

    #[test]
    fn feature_2_16_a_location_is_meant_by_id_or_by_its_very_address() {
        let place = |n: u128, line1: &str, zip: &str| Place {
            id: LocationId(uuid::Uuid::from_u128(n)),
            line1: Some(line1.to_owned()),
            line2: None,
            postal_code: Some(zip.to_owned()),
        };
        let places = [
            place(1, "6550 Fannin St", "77030"),
            place(2, "12 North Main Street Suite 4", "770021234"),
            place(3, "9 Elm Ave Ste 1", "77005"),
            place(4, "9 Elm Avenue, Ste 2", "77005"),
        ];
        let id = places[0].id.to_string();
        let said = |written: &str| meant(written, &places).map(|id| id.0.as_u128()).map_err(|why| why.0);
        for (written, expected) in [
            (id.as_str(), Ok(1)),
            ("6550 Fannin Street, Houston, TX 77030", Ok(1)),
            ("6550 FANNIN ST., Suite 1001, Houston TX 77030-1234", Ok(1)),
            ("12 N Main St, Houston, TX 77002", Ok(2)),
            ("6550 Fannin Street, Houston, TX 77031", Err("unknown_location")),
            ("6550 Main Street, Houston, TX 77030", Err("unknown_location")),
            ("00000000-0000-0000-0000-0000000000ff", Err("unknown_location")),
            ("9 Elm Ave, Houston, TX 77005", Err("ambiguous_location")),
            ("Fannin clinic", Err("format")),
            ("6550 Fannin Street, Houston", Err("format")),
        ] {
            assert_eq!(said(written), expected, "{written}");
        }
    }
}
