//! A roster: who takes part in a network from when on, as a payer or group writes it down, row by row.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{
    Npi,
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

/// The columns that a roster may have; `npi` and `effective` it must have.
pub const COLUMNS: [&str; 7] = [
    "npi",
    "effective",
    "termination",
    "tier",
    "accepting",
    "characteristics",
    "status",
];

/// Checks rows, each a line with its cells by column; a row that repeats an earlier one's provider, tier and first day is
/// a fault of the later.
pub fn check<'a>(rows: impl IntoIterator<Item = (u64, BTreeMap<&'a str, &'a str>)>) -> Checked {
    let mut checked = Checked::default();
    let mut seen = HashSet::new();
    for (line, cells) in rows {
        match row(line, &cells) {
            Ok(row) if seen.insert((row.npi, row.tier.clone(), row.effective)) => checked.rows.push(row),
            Ok(_) => {
                let message = "an earlier row has the same NPI, tier and first day";
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
    let mut day = |name: &str| {
        let text = cell(name)?;
        let read = text
            .parse::<NaiveDate>()
            .or_else(|_| NaiveDate::parse_from_str(text, "%m/%d/%Y"));
        if read.is_err() {
            faults.push(RowFault::new(
                line,
                name,
                "date",
                format!("`{text}` is no day like 2026-11-28 or 11/28/2026"),
            ));
        }
        read.ok()
    };
    let (effective, termination) = (day("effective"), day("termination"));
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
                (5, "npi", "repeated")
            ]
        );
    }
}
