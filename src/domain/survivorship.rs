//! Which source of a field is believed where two differ, for how long, and how far a field can be trusted.
//!
//! Somebody who vouches for a field (the provider itself, an administrator, a roster) is believed against NPPES, which nobody
//! has to keep fresh; but only for a while: then the register's word counts again.

use chrono::{Days, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Days for which a field that somebody has vouched for is kept against NPPES, unless an import says otherwise.
pub const TRUSTED_DAYS: u32 = 180;

/// Fields that have a source together, as the store keeps them.
pub const GROUPS: [&str; 10] = [
    "name",
    "category",
    "gender",
    "phone",
    "email",
    "address",
    "specialties",
    "identifiers",
    "languages",
    "locations",
];

/// Where a group of fields comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// `nppes`, `attested` (the provider confirmed it), `manual` (an administrator wrote it), `roster:<name>`.
    pub source: String,
    /// The day on which the source said so; null: not known.
    #[serde(default)]
    pub verified_at: Option<NaiveDate>,
}

impl Source {
    /// A source that spoke on a day.
    pub fn new(source: impl Into<String>, day: NaiveDate) -> Self {
        Self {
            source: source.into(),
            verified_at: Some(day),
        }
    }

    /// Whether it is the register, which everybody's record comes from and nobody has vouched for.
    pub fn is_register(&self) -> bool {
        self.source.starts_with("nppes")
    }
}

/// Whether what is held is kept against what NPPES says today: somebody has vouched for it, and not too long ago. What was
/// vouched for on a day that nobody knows is kept.
pub fn is_kept(held: &Source, trusted_days: u32, today: NaiveDate) -> bool {
    let fresh = |day: NaiveDate| day >= trusted_since(trusted_days, today);
    !held.is_register() && held.verified_at.is_none_or(fresh)
}

/// The first day whose word still counts.
pub fn trusted_since(trusted_days: u32, today: NaiveDate) -> NaiveDate {
    today
        .checked_sub_days(Days::new(u64::from(trusted_days)))
        .unwrap_or(NaiveDate::MIN)
}

/// How far a field can be trusted, from 0 to 1: what its kind of source is worth on the day that it speaks, half as much a
/// year later. A guide for whoever sorts or calls, no measurement: accuracy is measured by a sample.
pub fn confidence(source: &Source, today: NaiveDate) -> f64 {
    let worth = match source.source.split(':').next().unwrap_or_default() {
        "attested" => 0.95,
        "manual" => 0.9,
        "roster" => 0.85,
        "nppes" => 0.7,
        _ => 0.5,
    };
    let age = source.verified_at.map_or(365, |day| (today - day).num_days().max(0));
    let left = 0.5_f64.powf(f64::from(i32::try_from(age).unwrap_or(i32::MAX)) / 365.0);
    (worth * left * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    /// 2.22: attested beats NPPES until it is older than the days given; leap days count.
    #[test]
    fn feature_2_22_attested_beats_nppes_until_it_is_too_old() {
        let today = day("2026-11-22");
        for (source, on, days, kept) in [
            ("attested", Some("2026-11-22"), 180, true),
            ("attested", Some("2026-05-26"), 180, true),
            ("attested", Some("2026-05-25"), 180, false),
            ("manual", Some("2026-05-25"), 181, true),
            ("roster:ACME", Some("2026-11-21"), 0, false),
            ("roster:ACME", Some("2026-11-22"), 0, true),
            ("attested", None, 180, true),
            ("nppes", Some("2026-11-22"), 180, false),
            ("nppes:pl", None, 180, false),
        ] {
            let held = Source {
                source: source.to_owned(),
                verified_at: on.map(day),
            };
            assert_eq!(is_kept(&held, days, today), kept, "{source} {on:?} {days}");
        }
        let leap = Source::new("attested", day("2024-02-29"));
        assert!(is_kept(&leap, 366, day("2025-03-01")));
        assert!(!is_kept(&leap, 365, day("2025-03-01")));
    }

    #[test]
    fn feature_2_22_confidence_falls_with_age_and_with_who_speaks() {
        let today = day("2026-11-22");
        let of = |source: &str, on: &str| confidence(&Source::new(source, day(on)), today);
        assert_eq!(of("attested", "2026-11-22"), 0.95);
        assert_eq!(of("attested", "2025-11-22"), 0.48);
        assert!(of("nppes", "2026-11-22") < of("manual", "2026-11-22"));
        assert!(
            of("nppes", "2026-11-22") > of("attested", "2025-06-01"),
            "a fresh register, a stale word"
        );
        assert_eq!(of("attested", "2027-11-22"), 0.95, "a day to come counts as today");
    }
}
