//! Reads a list of exclusions, and screens the providers by it.

use std::{fs, path::Path};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::layout::Layout;
use crate::domain::{access::Actor, exclusion::Exclusion};
use crate::intake::Error;
use crate::store::{Store, exclusion};

/// Lines in one transaction: short ones, for a long one holds up the change feed.
const BATCH: usize = 1_000;
/// Providers that are compared in one transaction.
const SCREENED: i64 = 500;
/// Damaged lines that are told one by one; the others are counted.
const TOLD: usize = 1_000;

/// Of so many lines a whole list loses some each month, never more than one in [`LOST_ONE_IN`]; below it may be any list.
const LONG_LIST: i64 = 100;
/// A whole list that is shorter than before by more than this part of it was cut off, or is a supplement.
const LOST_ONE_IN: i64 = 10;

/// What a file is of its list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of it: what is not in it is no longer excluded.
    #[default]
    Whole,
    /// A supplement: lines that have come.
    Additions,
    /// A supplement: lines that are lifted.
    Reinstatements,
}

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

/// A file to be taken.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Where it is.
    pub file: &'a Path,
    /// How it is laid out.
    pub layout: &'a Layout,
    /// What it is of its list.
    pub part: Part,
    /// The day whose state it has.
    pub as_of: NaiveDate,
    /// Only to be read.
    pub dry_run: bool,
    /// Taken even if it is empty, or much shorter than the one before.
    pub force: bool,
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
    /// Findings that were closed, for what was found is no longer on the list.
    pub lifted: u64,
    /// Whether nothing was written.
    pub dry_run: bool,
}

/// Loads a file, and compares everybody with it who is in or asks to be let in. With `dry_run` it is only read.
///
/// # Errors
/// If the file can't be read or has other columns, or Postgres goes away; the old list counts then as before.
pub async fn import(store: &Store, actor: &Actor, asked: Asked<'_>, now: DateTime<Utc>) -> Result<Report, Error> {
    let bytes = fs::read(asked.file).map_err(|source| Error::Unreadable {
        path: asked.file.to_owned(),
        source,
    })?;
    let contents = read(&bytes, asked.layout, asked.as_of).ok_or_else(|| Error::UnknownLayout {
        path: asked.file.to_owned(),
        expected: "CSV with the columns of the list, such as LASTNAME, FIRSTNAME, .., NPI, .., EXCLTYPE, EXCLDATE",
    })?;
    let mut report = Report {
        lines: contents.lines.len(),
        skipped: contents.skipped.len(),
        skipped_lines: contents.skipped.iter().take(TOLD).cloned().collect(),
        dry_run: asked.dry_run,
        ..Report::default()
    };
    if asked.part == Part::Whole && !asked.force {
        no_shorter(store, actor, &asked, count(contents.lines.len())).await?;
    }
    if asked.dry_run {
        return Ok(report);
    }
    let list = load(store, actor, &contents, &asked, now).await?;
    let mut tx = store.begin(actor).await?;
    report.lifted = exclusion::close_lifted(&mut tx, list, asked.as_of, now).await?;
    tx.commit().await?;
    screen(store, actor, &mut report, now).await?;
    Ok(report)
}

/// Refuses a whole list that lets people go for no reason but that their lines did not arrive: an empty one, and one that has
/// lost more lines than a month lifts.
async fn no_shorter(store: &Store, actor: &Actor, asked: &Asked<'_>, lines: i64) -> Result<(), Error> {
    let mut tx = store.begin(actor).await?;
    let lists = exclusion::lists(&mut tx).await?;
    tx.commit().await?;
    let list = lists.iter().find(|list| list.source == asked.layout.source);
    let before = list.map_or(0, |list| list.lines);
    let is_cut = before >= LONG_LIST && lines < before - before / LOST_ONE_IN;
    if lines > 0 && !is_cut {
        return Ok(());
    }
    Err(Error::Shorter {
        path: asked.file.to_owned(),
        lines,
        before,
    })
}

/// Loads a list beside the one that counts, and puts it in its place; the new one.
async fn load(
    store: &Store,
    actor: &Actor,
    contents: &Contents,
    asked: &Asked<'_>,
    now: DateTime<Utc>,
) -> Result<exclusion::ListId, Error> {
    let mut tx = store.begin(actor).await?;
    let list = exclusion::begin(&mut tx, &asked.layout.source, asked.as_of, now).await?;
    tx.commit().await?;
    let mut last = 0;
    if asked.part != Part::Whole {
        loop {
            let mut tx = store.begin(actor).await?;
            let taken = exclusion::take_over(&mut tx, list, last, count(BATCH)).await?;
            tx.commit().await?;
            let Some(line) = taken else { break };
            last = line;
        }
    }
    for batch in contents.lines.chunks(BATCH) {
        let mut tx = store.begin(actor).await?;
        if asked.part == Part::Reinstatements {
            exclusion::lift(&mut tx, list, batch, asked.as_of).await?;
        } else {
            let batch = batch
                .iter()
                .map(|(line, said)| (last + line, said.clone()))
                .collect::<Vec<_>>();
            exclusion::add(&mut tx, list, &batch).await?;
        }
        tx.commit().await?;
    }
    let mut tx = store.begin(actor).await?;
    exclusion::publish(&mut tx, list, count(contents.skipped.len())).await?;
    tx.commit().await?;
    loop {
        let mut tx = store.begin(actor).await?;
        let more = exclusion::forget(&mut tx, list, count(BATCH)).await?;
        tx.commit().await?;
        if !more {
            return Ok(list);
        }
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
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
pub fn read(bytes: &[u8], layout: &Layout, as_of: NaiveDate) -> Option<Contents> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().ok()?.iter().map(text).collect::<Vec<_>>();
    let places = layout.places(&header)?;
    let mut contents = Contents::default();
    let mut row = csv::ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Some(contents),
            Ok(true) => {
                let number = row.position().map_or(0, csv::Position::line);
                let found = if row.len() == header.len() {
                    places.line(&row.iter().map(text).collect::<Vec<_>>(), as_of)
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
pub(super) fn text(cell: &[u8]) -> String {
    let decoded = std::str::from_utf8(cell).map_or_else(
        |_| cell.iter().map(|b| char::from(*b)).collect::<String>(),
        str::to_owned,
    );
    decoded.replace('\0', "").trim().to_owned()
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
        let contents = read(file.as_bytes(), &Layout::leie(), day()).expect("a list");
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
        assert_eq!(read(b"npi,name\n1,2\n", &Layout::leie(), day()), None);
    }

    fn day() -> NaiveDate {
        "2026-11-22".parse().expect("a day")
    }

    const SAM: &str = "Classification,Name,Prefix,First,Middle,Last,Suffix,Address 1,City,State / Province,Country,Zip Code,Exclusion Program,Excluding Agency,CT Code,Exclusion Type,Additional Comments,Active Date,Termination Date,Record Status,SAM Number,CAGE,NPI\n";

    /// 3.10: SAM's extract, and a state's list by a layout of its own.
    #[test]
    fn feature_3_10_other_lists_have_layouts_of_their_own() {
        let person = "Individual,\"DOE, JANE\",Dr,JANE,Q,DOE,,1 Elm St,Dallas,TX,USA,75201,Reciprocal,HHS,Z1,Prohibition/Restriction,\"a, b\",01/31/2020,Indefinite,,S1,,1234567893\n";
        let ended = "Individual,,,JOHN,,ROE,,,,,USA,,Reciprocal,HHS,,Ineligible,,02/29/2016,11/22/2026,,S2,,\n";
        let firm = "Firm,ACME CLINIC,,,,,,,,,USA,,Reciprocal,HHS,,Ineligible,,2019-01-01,12/31/2030,,S3,,\n";
        let damaged = "Firm,ACME,,,,,,,,,USA,,Reciprocal,HHS,,Ineligible,,soon,,,S4,,\n";
        let file = format!("{SAM}{person}{ended}{firm}{damaged}");
        let read_as = |file: &str, layout: &Layout| read(file.as_bytes(), layout, day()).expect("a list");
        let contents = read_as(&file, &Layout::sam());
        let lines = contents.lines.iter().map(|(_, l)| l).collect::<Vec<_>>();
        assert_eq!((lines[0].last_name.as_str(), lines[0].npi.is_some()), ("DOE", true));
        assert_eq!(lines[0].reinstated_on, None, "for good");
        assert_eq!(lines[1].reinstated_on, Some(day()), "over");
        assert_eq!(
            (lines[2].business_name.as_str(), lines[2].reinstated_on),
            ("ACME CLINIC", None)
        );
        assert_eq!(contents.skipped.len(), 1);
        assert!(
            contents.skipped[0]
                .reason
                .contains("Active Date `soon` is no day like 11/22/2026")
        );

        let state = Layout::parse(
            "source = \"TX HHSC OIG\"\ndate_formats = [\"%m/%d/%Y\"]\nneeded = [\"name\", \"excluded_on\"]\nname = \"last, first\"\n\
            [columns]\nname = \"Provider\"\nnpi = \"NPI\"\nexcluded_on = \"Start\"\n",
        );
        let file = "Start,Provider,NPI\n11/01/2026,\"DOE, JANE Q R\",1234567893\n11/01/2026,ACME,\n,\"ROE, R\",\n";
        let contents = read_as(file, &state.expect("a layout"));
        let jane = &contents.lines[0].1;
        assert_eq!(
            (&*jane.last_name, &*jane.first_name, &*jane.middle_name),
            ("DOE", "JANE", "Q R")
        );
        assert_eq!(contents.lines[1].1.business_name, "ACME");
        assert_eq!(contents.skipped[0].reason, "Start is empty");
    }
}
