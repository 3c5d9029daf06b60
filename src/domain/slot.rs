//! Slot arithmetic: from the hours on a clinic's wall clock to moments, and from open time to slots.
//!
//! A moment is open exactly if the clinic's wall clock then shows an opening hour. So the hour that a clock skips in
//! spring has no slots, the one that it shows twice in autumn has them twice, and a session through the night is one hour
//! shorter or longer. Slots stand on a grid that begins with the session: slot, buffer, slot, ...; what is left at the end
//! and holds no whole slot is dropped.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// From a moment until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The first moment.
    pub starts_at: DateTime<Utc>,
    /// The first moment after it.
    pub ends_at: DateTime<Utc>,
}

impl Span {
    /// From `starts_at` until before `ends_at`.
    pub fn new(starts_at: DateTime<Utc>, ends_at: DateTime<Utc>) -> Self {
        Self { starts_at, ends_at }
    }

    /// Whether they have a moment in common; spans that only touch have none.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    /// Whether no moment is in it.
    pub fn is_empty(&self) -> bool {
        self.starts_at >= self.ends_at
    }
}

/// Where a slot stands, in the words of FHIR R4 (`slotstatus`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is to come, has a place left, and all that it hangs on is active.
    Free,
    /// All its places are booked.
    Busy,
    /// It has a place left that nobody can book: it has begun, or what it hangs on is not active then.
    BusyUnavailable,
    /// The last of its places are kept for somebody, and not booked yet.
    BusyTentative,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Free, State::Busy, State::BusyUnavailable, State::BusyTentative];

    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            State::Free => "free",
            State::Busy => "busy",
            State::BusyUnavailable => "busy-unavailable",
            State::BusyTentative => "busy-tentative",
        }
    }
}

/// How long slots are, and the pause between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Minutes of a slot.
    pub slot_minutes: u16,
    /// Minutes from the end of a slot to the start of the next.
    pub buffer_minutes: u16,
}

/// The slots that fit into open time, whole, from its first moment on.
pub fn cut(open: Span, grid: Grid) -> impl Iterator<Item = Span> {
    let length = TimeDelta::minutes(grid.slot_minutes.max(1).into());
    let step = length + TimeDelta::minutes(grid.buffer_minutes.into());
    std::iter::successors(Some(open.starts_at), move |start| Some(*start + step))
        .map(move |start| Span::new(start, start + length))
        .take_while(move |slot| slot.ends_at <= open.ends_at)
}

/// Hours of one day on a wall clock, as a session that begins on `day`: `closes` at or before `opens` is on the next day.
pub fn session(day: NaiveDate, opens: NaiveTime, closes: NaiveTime) -> (NaiveDateTime, NaiveDateTime) {
    let last = if closes > opens { day } else { day + Days::new(1) };
    (day.and_time(opens), last.and_time(closes))
}

/// A zone's wall clock over some days: stretches of time in which it runs evenly.
pub struct WallClock {
    pieces: Vec<(Span, TimeDelta)>,
}

/// Clocks are never changed twice within this time.
const PROBE: TimeDelta = TimeDelta::hours(6);

impl WallClock {
    /// The clock of `zone` for sessions that begin on `first` to `last`.
    pub fn over(zone: Tz, first: NaiveDate, last: NaiveDate) -> Self {
        // A session ends at most a day after its day; a zone is at most 14 hours ahead of or 12 behind UTC.
        let from = (first - Days::new(1)).and_time(NaiveTime::MIN).and_utc();
        let until = (last + Days::new(4)).and_time(NaiveTime::MIN).and_utc();
        let mut pieces = Vec::new();
        let (mut begun, mut seen) = (from, from);
        let mut offset = offset_at(zone, from);
        while seen < until {
            let next = (seen + PROBE).min(until);
            if offset_at(zone, next) != offset {
                let change = change_between(zone, seen, next);
                pieces.push((Span::new(begun, change), offset));
                (begun, offset) = (change, offset_at(zone, change));
            }
            seen = next;
        }
        pieces.push((Span::new(begun, until), offset));
        Self { pieces }
    }

    /// The moments at which the clock shows a time from `opens` until before `closes`, as spans that do not touch.
    pub fn shows(&self, opens: NaiveDateTime, closes: NaiveDateTime) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (piece, offset) in &self.pieces {
            let moment = |local: NaiveDateTime| (local - *offset).and_utc();
            let open = Span::new(moment(opens).max(piece.starts_at), moment(closes).min(piece.ends_at));
            match spans.last_mut() {
                _ if open.is_empty() => {}
                Some(before) if before.ends_at == open.starts_at => before.ends_at = open.ends_at,
                _ => spans.push(open),
            }
        }
        spans
    }
}

/// How far the zone's clock is ahead of UTC.
fn offset_at(zone: Tz, at: DateTime<Utc>) -> TimeDelta {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    TimeDelta::seconds(offset.local_minus_utc().into())
}

/// The second at which the clock was changed.
fn change_between(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let old = offset_at(zone, before);
    let (mut low, mut high) = (before, after);
    while high - low > TimeDelta::seconds(1) {
        let middle = low + TimeDelta::seconds((high - low).num_seconds() / 2);
        if offset_at(zone, middle) == old {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// Spans in the order of time, those that touch or overlap joined.
pub fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.starts_at <= last.ends_at => last.ends_at = last.ends_at.max(span.ends_at),
            _ => joined.push(span),
        }
    }
    joined
}

/// The first pair, one of each list, that overlaps. Both lists are in the order of time and without overlaps of their own.
pub fn first_overlap(a: &[Span], b: &[Span]) -> Option<(Span, Span)> {
    let (mut i, mut k) = (0, 0);
    while let (Some(one), Some(other)) = (a.get(i), b.get(k)) {
        if one.overlaps(other) {
            return Some((*one, *other));
        }
        if one.ends_at <= other.ends_at {
            i += 1;
        } else {
            k += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn time(text: &str) -> NaiveTime {
        text.parse().expect("a time")
    }

    fn open(zone: Tz, day: &str, opens: &str, closes: &str) -> Vec<Span> {
        let day = day.parse().expect("a day");
        let (opens, closes) = session(day, time(opens), time(closes));
        WallClock::over(zone, day, day).shows(opens, closes)
    }

    #[test]
    fn slots_and_buffers_fit_and_the_rest_is_dropped() {
        let morning = Span::new(at("2026-11-23T09:00:00Z"), at("2026-11-23T12:00:00Z"));
        let starts = |slot_minutes, buffer_minutes| {
            let grid = Grid {
                slot_minutes,
                buffer_minutes,
            };
            let slots = cut(morning, grid).map(|s| s.starts_at.format("%H:%M").to_string());
            slots.collect::<Vec<_>>()
        };
        assert_eq!(starts(25, 5).len(), 6);
        assert_eq!(starts(30, 10), ["09:00", "09:40", "10:20", "11:00"]);
        assert_eq!(starts(180, 60), ["09:00"]);
        assert!(starts(181, 0).is_empty());
    }

    #[test]
    fn the_skipped_hour_is_not_open_and_the_doubled_one_is_twice() {
        let zone = chrono_tz::America::New_York;
        let whole = |spans: &[Span]| {
            spans
                .iter()
                .map(|s| (s.ends_at - s.starts_at).num_minutes())
                .sum::<i64>()
        };
        // In the night to 2026-03-08 the clock goes from 2 to 3, in that to 2026-11-01 from 2 back to 1.
        assert!(open(zone, "2026-03-08", "02:00", "03:00").is_empty());
        assert_eq!(whole(&open(zone, "2026-03-08", "01:00", "04:00")), 120);
        assert_eq!(whole(&open(zone, "2026-03-07", "22:00", "06:00")), 7 * 60);
        let doubled = open(zone, "2026-11-01", "01:00", "02:00");
        assert_eq!(
            doubled,
            [Span::new(at("2026-11-01T05:00:00Z"), at("2026-11-01T07:00:00Z"))]
        );
        assert_eq!(whole(&open(zone, "2026-10-31", "22:00", "06:00")), 9 * 60);
        assert_eq!(whole(&open(zone, "2026-11-01", "00:00", "00:00")), 25 * 60);
        // A clock that goes by half an hour.
        let lord_howe = chrono_tz::Australia::Lord_Howe;
        assert_eq!(whole(&open(lord_howe, "2026-10-04", "00:00", "00:00")), 23 * 60 + 30);
    }

    #[test]
    fn touching_is_no_overlap_and_one_minute_is() {
        let morning = [Span::new(at("2026-11-23T09:00:00Z"), at("2026-11-23T12:00:00Z"))];
        let noon = [Span::new(at("2026-11-23T12:00:00Z"), at("2026-11-23T13:00:00Z"))];
        let early = [Span::new(at("2026-11-23T11:59:00Z"), at("2026-11-23T13:00:00Z"))];
        assert_eq!(first_overlap(&morning, &noon), None);
        assert_eq!(first_overlap(&morning, &early), Some((morning[0], early[0])));
        assert_eq!(joined([noon, morning].concat()).len(), 1);
    }
}
