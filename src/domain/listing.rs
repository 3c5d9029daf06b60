//! How long a listing counts as true: ninety days for people (42 USC 300gg-115), twelve months for facilities (REAL Act),
//! then it is flagged, and five business days later it is to be removed. Corrections are made within two business days.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::calendar::{business_days_later, business_deadline, months_later};
use crate::vocab::terms::ProviderKind;

/// Days for which a person's listing counts as confirmed.
const PERSON_DAYS: u64 = 90;
/// Months for which a facility's does.
const FACILITY_MONTHS: u32 = 12;
/// Days before the end on which somebody should ask.
const ASK_DAYS: u64 = 14;
/// Business days from the end until removal.
const REMOVAL_DAYS: u32 = 5;
/// Business days from receiving a correction until it is made.
const CORRECTION_DAYS: u32 = 2;

/// Where a listing stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Confirmed lately.
    Current,
    /// To be confirmed within a fortnight.
    Due,
    /// Not confirmed in time: shown as not verified.
    NotVerified,
    /// To be removed: not confirmed within five business days more.
    ToBeRemoved,
}

/// A listing's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Clock {
    /// Where it stands.
    pub standing: Standing,
    /// The last day on which it counts as confirmed.
    pub good_through: NaiveDate,
    /// The day on which it is to be removed unless it is confirmed.
    pub removal_on: NaiveDate,
}

/// The clock of a listing that was last confirmed on a day (or, if never, began on it).
pub fn clock(kind: ProviderKind, confirmed: NaiveDate, today: NaiveDate) -> Clock {
    let good_through = match kind {
        ProviderKind::Individual => confirmed
            .checked_add_days(Days::new(PERSON_DAYS))
            .unwrap_or(NaiveDate::MAX),
        ProviderKind::Organization => months_later(confirmed, FACILITY_MONTHS),
    };
    let removal_on = business_days_later(good_through, REMOVAL_DAYS);
    let ask_from = good_through
        .checked_sub_days(Days::new(ASK_DAYS))
        .unwrap_or(NaiveDate::MIN);
    let standing = if today >= removal_on {
        Standing::ToBeRemoved
    } else if today > good_through {
        Standing::NotVerified
    } else if today >= ask_from {
        Standing::Due
    } else {
        Standing::Current
    };
    Clock {
        standing,
        good_through,
        removal_on,
    }
}

/// Whether a listing that was last confirmed on a day (none: never) may be shown as verified.
pub fn is_verified(kind: ProviderKind, confirmed: Option<NaiveDate>, today: NaiveDate) -> bool {
    let standing = confirmed.map(|day| clock(kind, day, today).standing);
    matches!(standing, Some(Standing::Current | Standing::Due))
}

/// The latest day of confirmation by which a listing is to be removed today: it and all before are.
pub fn removed_if_confirmed_by(kind: ProviderKind, today: NaiveDate) -> NaiveDate {
    let good = match kind {
        ProviderKind::Individual => today.checked_sub_days(Days::new(PERSON_DAYS)),
        ProviderKind::Organization => today.checked_sub_months(Months::new(FACILITY_MONTHS)),
    };
    let mut day = good.unwrap_or(NaiveDate::MIN);
    // Business days put it off by a week or two.
    while clock(kind, day, today).standing != Standing::ToBeRemoved {
        let Some(before) = day.pred_opt() else { break };
        day = before;
    }
    day
}

/// Until when a correction that came in at a moment is to be made, by the clock of the place.
pub fn correction_due(received: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    business_deadline(received, CORRECTION_DAYS, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// 2.18, 2.19: a frozen clock over weekends and holidays.
    #[test]
    fn feature_2_18_and_2_19_listings_age() {
        let standing = |kind, confirmed, today| clock(kind, day(confirmed), day(today)).standing;
        let person = ProviderKind::Individual;
        // 90 days after 24 August 2026 is 22 November, a Sunday; five business days step over Thanksgiving to the 30th.
        for (today, expected) in [
            ("2026-11-07", Standing::Current),
            ("2026-11-08", Standing::Due),
            ("2026-11-22", Standing::Due),
            ("2026-11-23", Standing::NotVerified),
            ("2026-11-29", Standing::NotVerified),
            ("2026-11-30", Standing::ToBeRemoved),
        ] {
            assert_eq!(standing(person, "2026-08-24", today), expected, "{today}");
        }
        let facility = ProviderKind::Organization;
        assert_eq!(standing(facility, "2026-08-24", "2026-11-30"), Standing::Current);
        assert_eq!(
            clock(facility, day("2024-02-29"), day("2024-03-01")).good_through,
            day("2025-02-28")
        );
    }

    /// 2.18, 2.19: ninety days and twelve months over a leap day and the end of a year.
    #[test]
    fn feature_2_18_and_2_19_leap_days_and_month_ends() {
        for (kind, confirmed, good_through, removal_on) in [
            (ProviderKind::Individual, "2027-12-01", "2028-02-29", "2028-03-07"),
            (ProviderKind::Individual, "2026-12-01", "2027-03-01", "2027-03-08"),
            (ProviderKind::Individual, "2026-10-02", "2026-12-31", "2027-01-08"), // Over New Year's Day.
            (ProviderKind::Organization, "2028-02-29", "2029-02-28", "2029-03-07"),
            (ProviderKind::Organization, "2027-02-28", "2028-02-28", "2028-03-06"),
            (ProviderKind::Organization, "2026-01-31", "2027-01-31", "2027-02-05"),
        ] {
            let clock = clock(kind, day(confirmed), day(confirmed));
            assert_eq!(clock.good_through, day(good_through), "{confirmed}");
            assert_eq!(clock.removal_on, day(removal_on), "{confirmed}");
        }
    }

    /// 2.18, 2.19: the day by which is the last one of which it holds, on every day of a year.
    #[test]
    fn feature_2_18_and_2_19_what_is_to_be_removed_is_known_by_one_day() {
        for kind in [ProviderKind::Individual, ProviderKind::Organization] {
            for today in day("2026-11-01").iter_days().take(400) {
                let by = removed_if_confirmed_by(kind, today);
                assert_eq!(clock(kind, by, today).standing, Standing::ToBeRemoved, "{today}");
                let next = by.succ_opt().expect("a day");
                assert_ne!(clock(kind, next, today).standing, Standing::ToBeRemoved, "{today}");
                assert!(!is_verified(kind, Some(by), today) && is_verified(kind, Some(today), today));
            }
        }
        assert!(!is_verified(ProviderKind::Individual, None, day("2026-11-22")));
    }

    /// 2.18: the day counts where the provider is, and it ends there, also where the clocks change in between.
    #[test]
    fn feature_2_18_corrections_are_due_in_two_business_days() {
        for (received, zone, due, why) in [
            (
                "2026-11-25T15:00:00Z",
                Tz::America__New_York,
                "2026-12-01T05:00:00Z",
                "over Thanksgiving and a weekend",
            ),
            (
                "2026-10-30T20:00:00Z",
                Tz::America__New_York,
                "2026-11-04T05:00:00Z",
                "received in summer time, due in winter time",
            ),
            (
                "2027-03-12T20:00:00Z",
                Tz::America__Los_Angeles,
                "2027-03-17T07:00:00Z",
                "the other way round",
            ),
            (
                "2026-11-17T09:59:59Z",
                Tz::Pacific__Honolulu,
                "2026-11-19T10:00:00Z",
                "still Monday there",
            ),
            (
                "2026-11-17T14:00:00Z",
                Tz::Pacific__Guam,
                "2026-11-20T14:00:00Z",
                "Wednesday already there",
            ),
            (
                "2028-02-28T18:00:00Z",
                Tz::America__Chicago,
                "2028-03-02T06:00:00Z",
                "over a leap day",
            ),
            (
                "2026-12-31T18:00:00Z",
                Tz::America__Denver,
                "2027-01-06T07:00:00Z",
                "over New Year's Day and a weekend",
            ),
        ] {
            let received: DateTime<Utc> = received.parse().expect("a moment");
            let expected: DateTime<Utc> = due.parse().expect("a moment");
            assert_eq!(correction_due(received, zone), expected, "{why}");
        }
    }
}
