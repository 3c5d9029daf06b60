//! Reading `supplement.csv` back: what NPPES's files do not know of the invented providers. Its columns: see `files`.

use std::io::Read;
use std::str::FromStr;

use chrono::NaiveDate;

use super::files::SUPPLEMENT_HEADER;
use super::reference::{NETWORK_COUNT, PREFERRED, STANDARD};
use super::synthetic::Membership;
use crate::domain::provider::OpeningHours;
use crate::vocab::Npi;
use crate::vocab::terms::{Accepting, Accessibility, NetworkStatus};

/// One place of one provider. What belongs to the provider as a whole stands with place 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplement {
    /// Whose.
    pub npi: Npi,
    /// 0 is the main place, 1 the provider's first row in `pl_pfile`, and so on.
    pub location: usize,
    /// With place 0.
    pub network_status: Option<NetworkStatus>,
    /// With place 0, unless PENDING.
    pub activated: Option<NaiveDate>,
    /// With place 0, if ever.
    pub verified: Option<NaiveDate>,
    /// With place 0: codes, sorted.
    pub languages: Vec<String>,
    /// Whether patients are seen by telehealth from here.
    pub telehealth: bool,
    /// What the place offers.
    pub accessibility: Vec<Accessibility>,
    /// Empty: unknown.
    pub hours: Vec<OpeningHours>,
    /// Here.
    pub memberships: Vec<Membership>,
}

/// A row that is no supplement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("supplement.csv, line {line}: {reason}")]
pub struct SupplementError {
    /// Counted from one, the header included; 0 where the file can't be read at all.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// The rows of a `supplement.csv`, one at a time.
pub fn read_supplement(file: impl Read) -> impl Iterator<Item = Result<Supplement, SupplementError>> {
    csv::Reader::from_reader(file)
        .into_records()
        .map(|record| match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                supplement(&record).map_err(|reason| SupplementError { line, reason })
            }
            Err(error) => Err(SupplementError {
                line: error.position().map_or(0, csv::Position::line),
                reason: error.to_string(),
            }),
        })
}

fn supplement(record: &csv::StringRecord) -> Result<Supplement, String> {
    if record.len() != SUPPLEMENT_HEADER.len() {
        return Err(format!(
            "it has {} cells instead of {}",
            record.len(),
            SUPPLEMENT_HEADER.len()
        ));
    }
    Ok(Supplement {
        npi: read(&record[0])?,
        location: read(&record[1])?,
        network_status: optional(&record[2])?,
        activated: optional(&record[3])?,
        verified: optional(&record[4])?,
        languages: list(&record[5], |l| Ok(l.to_owned()))?,
        telehealth: &record[6] == "Y",
        accessibility: list(&record[7], read)?,
        hours: list(&record[8], hours)?,
        memberships: {
            let location = read(&record[1])?;
            list(&record[9], |text| membership(text, location))?
        },
    })
}

fn read<T: FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|e| format!("`{text}`: {e}"))
}

fn optional<T: FromStr>(text: &str) -> Result<Option<T>, String>
where
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        Ok(None)
    } else {
        read(text).map(Some)
    }
}

fn list<T>(text: &str, item: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split('|').filter(|t| !t.is_empty()).map(item).collect()
}

/// `1 0800-1700`
fn hours(text: &str) -> Result<OpeningHours, String> {
    let parts = text
        .split_once(' ')
        .and_then(|(day, span)| Some((day, span.split_once('-')?)));
    let (day, (opens, closes)) = parts.ok_or_else(|| format!("`{text}` is not written like 1 0800-1700"))?;
    let clock = |text: &str| read::<u16>(text).map(|t| t / 100 * 60 + t % 100);
    Ok(OpeningHours {
        weekday: read(day)?,
        opens: clock(opens)?,
        closes: clock(closes)?,
    })
}

/// `network/status/tier/effective/termination/accepting`
fn membership(text: &str, site: usize) -> Result<Membership, String> {
    let parts: Vec<&str> = text.split('/').collect();
    let [network, status, tier, effective, termination, accepting] = parts[..] else {
        return Err(format!("`{text}` is no participation of six parts"));
    };
    Ok(Membership {
        network: match read(network)? {
            number if number < NETWORK_COUNT => number,
            number => return Err(format!("there is no network {number}")),
        },
        site,
        tier: match tier {
            "" => None,
            PREFERRED => Some(PREFERRED),
            STANDARD => Some(STANDARD),
            other => return Err(format!("`{other}` is no tier")),
        },
        status: read::<NetworkStatus>(status)?,
        effective: read(effective)?,
        termination: optional(termination)?,
        accepting: read::<Accepting>(accepting)?,
    })
}
