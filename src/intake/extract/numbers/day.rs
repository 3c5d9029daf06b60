//! Days, and what each is the day of.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use super::regex;

/// A day in the ways of letters and forms.
pub static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:(?P<m>\d{1,2})[/-](?P<d>\d{1,2})[/-](?P<y>\d{4}|\d{2})|(?P<y2>\d{4})-(?P<m2>\d{2})-(?P<d2>\d{2})",
        r"|(?P<mon>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(?P<d3>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y3>\d{4})",
        r"|(?P<d4>\d{1,2})[ -](?P<mon4>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?[ -](?P<y4>\d{4}))\b",
    ))
});

/// Whether something written is a day and nothing else.
pub fn is_day(written: &str) -> bool {
    DATE.find(written).is_some_and(|found| found.len() == written.len())
}

/// The day that was found.
pub fn day(found: &regex::Captures<'_>) -> Option<NaiveDate> {
    let number = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| found.name(name)?.as_str().parse::<u32>().ok())
    };
    let year = number(&["y", "y2", "y3", "y4"])?;
    let year = match year {
        0..=40 => 2000 + year,
        41..=99 => 1900 + year,
        _ => year,
    };
    let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let named = found
        .name("mon")
        .or_else(|| found.name("mon4"))
        .map(|m| m.as_str().to_ascii_lowercase());
    let named = named.and_then(|name| (1..).zip(months).find_map(|(n, month)| (month == name).then_some(n)));
    let month = named.or_else(|| number(&["m", "m2"]))?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, number(&["d", "d2", "d3", "d4"])?)
}

/// What a day is the day of, by the words before it.
pub fn meaning(label: &str) -> &'static str {
    let words = crate::vocab::names::words(label);
    for word in words.iter().rev() {
        return match word.as_str() {
            "effective" | "start" | "starting" | "begins" | "joined" => "effective",
            "expires" | "expiration" | "exp" | "expiry" | "through" | "until" | "terminated" | "term" => "expires",
            "issued" | "issue" | "licensed" | "since" => "issued",
            "dob" | "birth" | "born" | "birthdate" => "birth",
            "verified" | "attested" | "attestation" | "updated" | "reviewed" => "verified",
            _ => continue,
        };
    }
    ""
}
