//! The dates of NPPES: `MM/DD/YYYY` as shipped, and what spreadsheets and the API make of them.

use chrono::{DateTime, NaiveDate};

use crate::vocab::day;

/// Two-digit years up to this one are of this century. NPPES began in 2005, so nothing in it is older than that by much.
const LAST_SHORT_YEAR: i32 = 68;

/// Epochs above this are milliseconds: as seconds it would be the year 5138.
const FIRST_EPOCH_MS: i64 = 100_000_000_000;

/// The date of a text: `MM/DD/YYYY`, `M/D/YY`, `YYYY-MM-DD` (a time behind it is dropped), epoch seconds or milliseconds.
/// `None` if it is no date.
pub fn date(text: &str) -> Option<NaiveDate> {
    let text = text.split([' ', 'T']).next().unwrap_or_default();
    if text.contains('/') {
        return with_slashes(text);
    }
    if text.len() > 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return epoch(text.parse().ok()?);
    }
    day::iso(text)
}

/// The date of an epoch, in seconds or milliseconds.
pub fn epoch(epoch: i64) -> Option<NaiveDate> {
    let seconds = if epoch >= FIRST_EPOCH_MS { epoch / 1000 } else { epoch };
    DateTime::from_timestamp(seconds, 0).map(|t| t.date_naive())
}

fn with_slashes(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let full: i32 = year.parse().ok()?;
    let full = match year.len() {
        4 => full,
        2 if full <= LAST_SHORT_YEAR => full + 2000,
        2 => full + 1900,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(full, month.parse().ok()?, day.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_in_circulation_is_one_day() {
        let day = NaiveDate::from_ymd_opt(2026, 6, 1);
        for text in [
            "06/01/2026",
            "6/1/26",
            "06/01/26",
            "2026-06-01",
            "2026-06-01 13:02",
            "2026-06-01T00:00:00Z",
            "1780272000",
            "1780272000000",
        ] {
            assert_eq!(date(text), day, "{text}");
        }
        assert_eq!(date("07/08/99"), NaiveDate::from_ymd_opt(1999, 7, 8));
        assert_eq!(date("951868800"), NaiveDate::from_ymd_opt(2000, 3, 1));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "13/45/2020",
            "02/30/2020",
            "1/2",
            "1/2/3/4",
            "1/2/200",
            "26-06-01",
            "yesterday",
            "20200101",
            "99999999999999999999",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
