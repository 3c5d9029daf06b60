//! The OIG's List of Excluded Individuals and Entities: the monthly CSV, as it is published.
//!
//! A damaged line is skipped and told, with its number and what is wrong; the others count. Nobody sees half a file: the
//! new list takes the place of the old one when all of it is in.

use std::{fs, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::Error;
use crate::domain::{access::Actor, exclusion::Exclusion};
use crate::store::{Store, exclusion};
use crate::vocab::Npi;

/// Whose list it is, as findings name it.
pub const SOURCE: &str = "OIG LEIE";
/// Lines in one transaction: short ones, for a long one holds up the change feed.
const BATCH: usize = 1_000;
/// Providers that are compared in one transaction.
const SCREENED: i64 = 500;
/// Damaged lines that are told one by one; the others are counted.
const TOLD: usize = 1_000;

/// The columns that a file must have, in the order of [`line()`].
const COLUMNS: [&str; 18] = [
    "LASTNAME",
    "FIRSTNAME",
    "MIDNAME",
    "BUSNAME",
    "GENERAL",
    "SPECIALTY",
    "NPI",
    "DOB",
    "ADDRESS",
    "CITY",
    "STATE",
    "ZIP",
    "EXCLTYPE",
    "EXCLDATE",
    "REINDATE",
    "WAIVERDATE",
    "WVRSTATE",
    "UPIN",
];

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its number in the file, the header being 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What a file said, without its damaged lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Lines with their numbers.
    pub lines: Vec<(i64, Exclusion)>,
    /// Lines that were left out.
    pub skipped: Vec<Skipped>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Lines that count now.
    pub lines: usize,
    /// How many were damaged.
    pub skipped: usize,
    /// The first thousand of them.
    pub skipped_lines: Vec<Skipped>,
    /// Providers that were compared with the list.
    pub screened: u64,
    /// Providers whose NPI is on it.
    pub identified: u64,
    /// Names to be looked at.
    pub candidates: u64,
    /// Whether nothing was written.
    pub dry_run: bool,
}

/// Loads a file, and compares everybody with it who is in or asks to be let in. With `dry_run` it is only read.
///
/// # Errors
/// If the file can't be read or has other columns, or Postgres goes away; the old list counts then as before.
pub async fn import(
    store: &Store,
    actor: &Actor,
    file: &Path,
    as_of: NaiveDate,
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let bytes = fs::read(file).map_err(|source| Error::Unreadable {
        path: file.to_owned(),
        source,
    })?;
    let contents = read(&bytes).ok_or_else(|| Error::UnknownLayout {
        path: file.to_owned(),
        expected: "the LEIE's CSV with the columns LASTNAME, FIRSTNAME, .., NPI, .., EXCLTYPE, EXCLDATE",
    })?;
    let mut report = Report {
        lines: contents.lines.len(),
        skipped: contents.skipped.len(),
        skipped_lines: contents.skipped.iter().take(TOLD).cloned().collect(),
        dry_run,
        ..Report::default()
    };
    if dry_run {
        return Ok(report);
    }
    load(store, actor, &contents, as_of, now).await?;
    screen(store, actor, &mut report, now).await?;
    Ok(report)
}

async fn load(
    store: &Store,
    actor: &Actor,
    contents: &Contents,
    as_of: NaiveDate,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut tx = store.begin(actor).await?;
    let list = exclusion::begin(&mut tx, SOURCE, as_of, now).await?;
    tx.commit().await?;
    for batch in contents.lines.chunks(BATCH) {
        let mut tx = store.begin(actor).await?;
        exclusion::add(&mut tx, list, batch).await?;
        tx.commit().await?;
    }
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut tx = store.begin(actor).await?;
    exclusion::publish(
        &mut tx,
        list,
        count(contents.lines.len()),
        count(contents.skipped.len()),
    )
    .await?;
    tx.commit().await?;
    loop {
        let mut tx = store.begin(actor).await?;
        let more = exclusion::forget(&mut tx, list, count(BATCH)).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}

async fn screen(store: &Store, actor: &Actor, report: &mut Report, now: DateTime<Utc>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let mut tx = store.begin(actor).await?;
        let providers = exclusion::in_scope(&mut tx, after, SCREENED).await?;
        let Some(last) = providers.last() else {
            return Ok(());
        };
        after = Some(*last);
        let found = exclusion::screen(&mut tx, &providers, now).await?;
        tx.commit().await?;
        report.screened += providers.len() as u64;
        report.identified += found.identified;
        report.candidates += found.candidates;
    }
}

/// Reads a file; none where it has not the columns of the list.
pub fn read(bytes: &[u8]) -> Option<Contents> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().ok()?.clone();
    let named = |name: &str| {
        let is_it = |cell: &[u8]| text(cell).trim_start_matches('\u{feff}').eq_ignore_ascii_case(name);
        header.iter().position(is_it)
    };
    let places = COLUMNS.map(named);
    // Older files have no UPIN; what identifies and dates a line must be there.
    if places[..14].iter().any(Option::is_none) {
        return None;
    }
    let mut contents = Contents::default();
    let mut row = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Some(contents),
            Ok(true) => {
                let number = row.position().map_or(0, csv::Position::line);
                let whole = row.len() == header.len();
                let cells = places.map(|place| place.and_then(|at| row.get(at)).map(text).unwrap_or_default());
                let found = if whole {
                    line(&cells)
                } else {
                    Err(format!("has {} columns, the header {}", row.len(), header.len()))
                };
                match found {
                    Ok(line) => contents.lines.push((i64::try_from(number).unwrap_or(i64::MAX), line)),
                    Err(reason) => contents.skipped.push(Skipped { line: number, reason }),
                }
            }
            Err(error) => contents.skipped.push(Skipped {
                line: error.position().map_or(0, csv::Position::line),
                reason: error.to_string(),
            }),
        }
    }
}

/// A cell as text: the file is ASCII, and where it is not, Latin-1. NUL is nothing that the store could keep.
fn text(cell: &[u8]) -> String {
    let decoded = std::str::from_utf8(cell).map_or_else(
        |_| cell.iter().map(|b| char::from(*b)).collect::<String>(),
        str::to_owned,
    );
    decoded.replace('\0', "").trim().to_owned()
}

/// A line of cells in the order of [`COLUMNS`], or what is wrong with it.
fn line(cells: &[String; 18]) -> Result<Exclusion, String> {
    let cell = |at: usize| cells[at].clone();
    let line = Exclusion {
        last_name: cell(0),
        first_name: cell(1),
        middle_name: cell(2),
        business_name: cell(3),
        general: cell(4),
        specialty: cell(5),
        npi: npi(&cells[6])?,
        born_on: day("DOB", &cells[7])?,
        address: cell(8),
        city: cell(9),
        state: cell(10),
        postal_code: cell(11),
        kind: cell(12),
        excluded_on: day("EXCLDATE", &cells[13])?.ok_or("EXCLDATE is empty")?,
        reinstated_on: day("REINDATE", &cells[14])?,
        waived_on: day("WAIVERDATE", &cells[15])?,
        waiver_state: cell(16),
    };
    if line.last_name.is_empty() && line.business_name.is_empty() {
        return Err("has neither LASTNAME nor BUSNAME".to_owned());
    }
    Ok(line)
}

/// Ten zeros stand for no number.
fn npi(text: &str) -> Result<Option<Npi>, String> {
    if text.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|why| format!("NPI {text}: {why}"))
}

/// `yyyymmdd`; zeros stand for no day.
fn day(name: &str, text: &str) -> Result<Option<NaiveDate>, String> {
    if text.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    NaiveDate::parse_from_str(text, "%Y%m%d")
        .map(Some)
        .map_err(|_| format!("{name} `{text}` is no day like 20261122"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n";

    #[test]
    fn feature_3_10_damaged_lines_are_skipped_and_told() {
        let good = "DOE,JANE,A,,PHYSICIAN,FAMILY,,1234567893,19600131,1 MAIN,HOUSTON,TX,77030,1128a1,20200220,00000000,00000000,\n";
        let firm = ",,,ACME CLINIC,CLINIC,,,0000000000,,2 MAIN,DALLAS,TX,75001,1128b8,20190101,00000000,00000000,\n";
        let damaged = [
            "SHORT,LINE\n",
            "DOE,JOHN,,,,,,1234567890,,,,,,1128a1,20200220,,,\n",
            "DOE,JOHN,,,,,,,19601331,,,,,1128a1,20200220,,,\n",
            "DOE,JOHN,,,,,,,,,,,,1128a1,,,,\n",
            ",,,,,,,,,,,,,1128a1,20200220,,,\n",
        ];
        let file = format!("{HEADER}{good}{}{firm}", damaged.concat());
        let contents = read(file.as_bytes()).expect("a list");
        assert_eq!(contents.lines.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [2, 8]);
        assert_eq!(
            contents.skipped.iter().map(|s| s.line).collect::<Vec<_>>(),
            [3, 4, 5, 6, 7]
        );
        assert!(
            contents.skipped[1].reason.contains("should be 3"),
            "{:?}",
            contents.skipped[1]
        );
        let jane = &contents.lines[0].1;
        assert_eq!((jane.npi.is_some(), jane.reinstated_on), (true, None));
        assert_eq!(jane.born_on.map(|d| d.to_string()).as_deref(), Some("1960-01-31"));
        let clinic = &contents.lines[1].1;
        assert_eq!((clinic.business_name.as_str(), clinic.npi), ("ACME CLINIC", None));
        assert_eq!(read(b"npi,name\n1,2\n"), None);
    }
}
