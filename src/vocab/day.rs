//! Days as files and forms write them. `11/28/26` is no day of the year 26, nor of any other that nobody meant: years are whole.

use chrono::{Datelike, NaiveDate};

/// The years that days of providers, contracts and lists are in.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2200;

/// `9999-12-31` is how many files say "for good".
const FOR_GOOD: i32 = 9999;

/// A day as `2026-11-22`.
pub fn iso(text: &str) -> Option<NaiveDate> {
    in_formats(text, ["%Y-%m-%d"])
}

/// The day of a text in the first of some formats that reads one.
pub fn in_formats<'f>(text: &str, formats: impl IntoIterator<Item = &'f str>) -> Option<NaiveDate> {
    let read = |format| NaiveDate::parse_from_str(text, format).ok();
    formats
        .into_iter()
        .filter_map(read)
        .find(|day| YEARS.contains(&day.year()) || day.year() == FOR_GOOD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_whole_and_of_our_time() {
        let formats = ["%Y-%m-%d", "%m/%d/%Y"];
        let day = NaiveDate::from_ymd_opt(2026, 11, 28);
        for text in ["2026-11-28", "11/28/2026"] {
            assert_eq!(in_formats(text, formats), day, "{text}");
        }
        for text in ["11/28/26", "26-11-28", "0026-11-28", "+12345-01-01", "2026-11-31", ""] {
            assert_eq!(in_formats(text, formats), None, "{text}");
        }
        assert_eq!(iso("9999-12-31"), NaiveDate::from_ymd_opt(9999, 12, 31));
        // A list whose layout says so has years of two digits.
        assert_eq!(in_formats("11/28/26", ["%m/%d/%y"]), day);
    }
}
