//! Whether a location is open at a moment: asked of a record, or of a segment's dictionary of weeks once for all who keep the same.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::request::OpenAt;
use crate::index::{packed::Hours, record::PlaceRecord, week};

/// Whether a location is open at a moment, in its own time zone. One without hours or zone is not known to be open.
pub fn is_open(place: &PlaceRecord<'_>, at: OpenAt, now: DateTime<Utc>) -> bool {
    let local = match at {
        OpenAt::Local(at) => Some(at),
        OpenAt::Now => place.time_zone.and_then(|zone| now_in(zone, now)),
    };
    local.is_some_and(|local| holds(place.hours, local))
}

/// The numbers of those weeks of a dictionary in which it is open at a moment.
pub fn open_weeks(weeks: &[String], at: OpenAt, now: DateTime<Utc>) -> Vec<u32> {
    // Sorted, so that those of one zone stand together.
    let mut known: Option<(&str, Option<NaiveDateTime>)> = None;
    let mut open = Vec::new();
    for (number, text) in (0..).zip(weeks) {
        let (zone, hours) = week::read(text);
        let local = match (at, known) {
            (OpenAt::Local(at), _) => Some(at),
            (OpenAt::Now, Some((same, local))) if same == zone => local,
            (OpenAt::Now, _) => now_in(zone, now),
        };
        known = Some((zone, local));
        if local.is_some_and(|local| holds(Hours::unpack(&hours), local)) {
            open.push(number);
        }
    }
    open
}

fn now_in(zone: &str, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let zone: Tz = zone.parse().ok()?;
    Some(zone.from_utc_datetime(&now.naive_utc()).naive_local())
}

/// Whether hours hold at a moment of the clock on the wall.
fn holds(hours: Hours<'_>, local: NaiveDateTime) -> bool {
    let weekday = local.weekday().number_from_monday() as u8;
    let yesterday = if weekday == 1 { 7 } else { weekday - 1 };
    let minute = (local.hour() * 60 + local.minute()) as u16;
    hours.iter().any(|(day, opens, closes)| {
        if opens < closes {
            day == weekday && (opens..closes).contains(&minute)
        } else {
            // Past midnight: the evening of the day itself, the small hours of the next.
            (day == weekday && minute >= opens) || (day == yesterday && minute < closes)
        }
    })
}
