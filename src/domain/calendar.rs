//! Days that count: months that keep the day, United States federal holidays, business days, the end of a day somewhere.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

/// The same day so many months later, or the last day of a month that is shorter: 31 January and one month is the last of
/// February. Count from where a cycle began, never from the last result, or the day would creep.
pub fn months_later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// The same moment of the day, so many months later by the calendar of UTC.
pub fn months_after(at: DateTime<Utc>, months: u32) -> DateTime<Utc> {
    at.checked_add_months(Months::new(months))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The first moment after a day in a time zone: when something that is good through that day has run out there.
///
/// Where a clock change skips midnight, the first moment that exists; where it repeats midnight, the earlier one.
pub fn end_of_day(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    (0..=24 * 4)
        .filter_map(|quarter| NaiveTime::from_num_seconds_from_midnight_opt(quarter * 900, 0))
        .find_map(|time| zone.from_local_datetime(&next.and_time(time)).earliest())
        .map_or_else(
            || next.and_time(NaiveTime::MIN).and_utc(),
            |local| local.with_timezone(&Utc),
        )
}

/// The time zone in which most people of a state live; none for what is no state.
pub fn zone_of_state(state: &str) -> Option<Tz> {
    let zone = match state {
        "CT" | "DE" | "DC" | "FL" | "GA" | "IN" | "KY" | "ME" | "MD" | "MA" | "MI" | "NH" | "NJ" | "NY" | "NC"
        | "OH" | "PA" | "RI" | "SC" | "VT" | "VA" | "WV" => Tz::America__New_York,
        "AL" | "AR" | "IL" | "IA" | "KS" | "LA" | "MN" | "MS" | "MO" | "NE" | "ND" | "OK" | "SD" | "TN" | "TX"
        | "WI" => Tz::America__Chicago,
        "CO" | "ID" | "MT" | "NM" | "UT" | "WY" => Tz::America__Denver,
        "AZ" => Tz::America__Phoenix,
        "CA" | "NV" | "OR" | "WA" => Tz::America__Los_Angeles,
        "AK" => Tz::America__Anchorage,
        "HI" => Tz::Pacific__Honolulu,
        "PR" | "VI" => Tz::America__Puerto_Rico,
        "GU" | "MP" => Tz::Pacific__Guam,
        "AS" => Tz::Pacific__Pago_Pago,
        _ => return None,
    };
    Some(zone)
}

/// The federal holiday that is kept on a day (5 U.S.C. 6103): one that falls on a Saturday is kept on the Friday before,
/// one that falls on a Sunday on the Monday after.
pub fn federal_holiday(day: NaiveDate) -> Option<&'static str> {
    let kept_here = |date: NaiveDate| match date.weekday() {
        Weekday::Sat => date.pred_opt() == Some(day),
        Weekday::Sun => date.succ_opt() == Some(day),
        _ => date == day,
    };
    // New Year's Day may be kept in the year before.
    (day.year()..=day.year() + 1)
        .flat_map(holidays_of)
        .find(|(date, _)| kept_here(*date))
        .map(|(_, name)| name)
}

/// The holidays of a year on the days that the law names.
fn holidays_of(year: i32) -> Vec<(NaiveDate, &'static str)> {
    let fixed = |month, day| NaiveDate::from_ymd_opt(year, month, day);
    let nth = |month, weekday, n| NaiveDate::from_weekday_of_month_opt(year, month, weekday, n);
    let last_monday_of_may = nth(5, Weekday::Mon, 5).or_else(|| nth(5, Weekday::Mon, 4));
    [
        (fixed(1, 1), "New Year's Day", 0),
        (nth(1, Weekday::Mon, 3), "Birthday of Martin Luther King, Jr.", 1986),
        (nth(2, Weekday::Mon, 3), "Washington's Birthday", 0),
        (last_monday_of_may, "Memorial Day", 0),
        (fixed(6, 19), "Juneteenth National Independence Day", 2021),
        (fixed(7, 4), "Independence Day", 0),
        (nth(9, Weekday::Mon, 1), "Labor Day", 0),
        (nth(10, Weekday::Mon, 2), "Columbus Day", 0),
        (fixed(11, 11), "Veterans Day", 0),
        (nth(11, Weekday::Thu, 4), "Thanksgiving Day", 0),
        (fixed(12, 25), "Christmas Day", 0),
    ]
    .into_iter()
    .filter(|(_, _, since)| year >= *since)
    .filter_map(|(date, name, _)| Some((date?, name)))
    .collect()
}

/// Whether offices are open: Monday to Friday, no federal holiday.
pub fn is_business_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && federal_holiday(day).is_none()
}

/// The `count`th business day after a day.
pub fn business_days_later(day: NaiveDate, count: u32) -> NaiveDate {
    day.iter_days()
        .skip(1)
        .filter(|d| is_business_day(*d))
        .nth(count.saturating_sub(1) as usize)
        .filter(|_| count > 0)
        .unwrap_or(day)
}

/// Until when something that came in at a moment must be done, where so many business days are given: the end of the last
/// of them, by the clock of the place.
pub fn business_deadline(received: DateTime<Utc>, count: u32, zone: Tz) -> DateTime<Utc> {
    let day = received.with_timezone(&zone).date_naive();
    end_of_day(business_days_later(day, count), zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    #[test]
    fn months_keep_the_day_or_end_with_the_month() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2024-02-29", 36, "2027-02-28"),
            ("2024-02-29", 48, "2028-02-29"),
            ("2026-08-31", 1, "2026-09-30"),
            ("2026-11-22", 36, "2029-11-22"),
        ] {
            assert_eq!(months_later(day(from), months), day(to), "{from} + {months}");
        }
        let eleventh_hour = moment("2024-02-29T23:00:00Z");
        assert_eq!(months_after(eleventh_hour, 36), moment("2027-02-28T23:00:00Z"));
    }

    #[test]
    fn a_day_ends_when_it_does_there() {
        let end = |text, zone| end_of_day(day(text), zone);
        assert_eq!(end("2026-11-22", Tz::America__New_York), moment("2026-11-23T05:00:00Z"));
        assert_eq!(end("2026-07-22", Tz::America__New_York), moment("2026-07-23T04:00:00Z"));
        assert_eq!(end("2026-11-22", Tz::Pacific__Honolulu), moment("2026-11-23T10:00:00Z"));
        assert_eq!(end("2026-11-22", Tz::Pacific__Guam), moment("2026-11-22T14:00:00Z"));
        // Midnight that a clock change skips: 8 September 2024 begins at one o'clock in Santiago.
        assert_eq!(end("2024-09-07", Tz::America__Santiago), moment("2024-09-08T04:00:00Z"));
        // Midnight that comes twice: 3 November 2024 in Havana.
        assert_eq!(end("2024-11-02", Tz::America__Havana), moment("2024-11-03T04:00:00Z"));
    }

    #[test]
    fn holidays_are_kept_on_the_days_that_offices_close() {
        for (date, name) in [
            ("2026-11-26", "Thanksgiving Day"),
            ("2026-07-03", "Independence Day"), // The 4th is a Saturday.
            ("2027-07-05", "Independence Day"), // The 4th is a Sunday.
            ("2021-12-31", "New Year's Day"),   // Of 2022, a Saturday.
            ("2026-05-25", "Memorial Day"),
            ("2026-06-19", "Juneteenth National Independence Day"),
        ] {
            assert_eq!(federal_holiday(day(date)), Some(name), "{date}");
        }
        for date in ["2026-07-06", "2020-06-19", "2026-11-27", "2026-12-31"] {
            assert_eq!(federal_holiday(day(date)), None, "{date}");
        }
    }

    #[test]
    fn business_days_step_over_weekends_and_holidays() {
        for (from, count, to) in [
            ("2026-11-25", 1, "2026-11-27"), // Over Thanksgiving.
            ("2026-11-25", 2, "2026-11-30"), // And the weekend.
            ("2026-11-27", 2, "2026-12-01"),
            ("2026-11-28", 2, "2026-12-01"), // Received on a Saturday.
            ("2026-12-24", 2, "2026-12-29"),
            ("2026-12-24", 0, "2026-12-24"),
        ] {
            assert_eq!(business_days_later(day(from), count), day(to), "{from} + {count}");
        }
        // Wednesday evening in New York is Thursday already in London: the day there counts.
        let received = moment("2026-11-19T02:00:00Z");
        assert_eq!(
            business_deadline(received, 2, Tz::America__New_York),
            moment("2026-11-21T05:00:00Z")
        );
    }
}
