//! When a practitioner sees people at a clinic: weekly schedules, exceptions from them, conflicts, and what a change of
//! hours does to the appointments that are there.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Timelike, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clinic::Opening;
use super::slot::{Grid, Span, WallClock, cut, first_overlap, joined, session};
use crate::vocab::{
    ClinicId, Fault, OrganizationId, PractitionerId,
    ids::{AppointmentId, ScheduleExceptionId, ScheduleId},
    terms::ExceptionKind,
};

/// Longest slot, in minutes: a day.
pub const MAX_SLOT_MINUTES: u16 = 1440;
/// Most people that share a slot.
pub const MAX_CAPACITY: u16 = 1000;
/// Days over which two schedules are compared: every pair of weeks and changes of clocks comes within them.
const COMPARED: Days = Days::new(400);

/// The same hours each week, at one clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Weekly {
    /// 1 Monday to 7 Sunday (ISO 8601): the day on which the session begins.
    #[schemars(range(min = 1, max = 7))]
    pub day_of_week: u8,
    /// On the clinic's wall clock.
    pub start_time: NaiveTime,
    /// On the clinic's wall clock; at or before `start_time` it is on the next day.
    pub end_time: NaiveTime,
    /// Minutes of a slot.
    pub slot_minutes: u16,
    /// Minutes between slots.
    pub buffer_minutes: u16,
    /// How many appointments a slot takes.
    pub max_bookings: u16,
    /// What may be booked; empty: anything.
    pub appointment_types: Vec<String>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day, inclusive; none: open.
    pub valid_until: Option<NaiveDate>,
}

impl Weekly {
    /// Whether it makes sense by itself; every fault at once.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut need = |good: bool, field: &str, message: &str| {
            if !good {
                faults.push(Fault::new(field, "range", message));
            }
        };
        need(
            (1..=7).contains(&self.day_of_week),
            "day_of_week",
            "1 (Monday) to 7 (Sunday)",
        );
        let slot = (1..=MAX_SLOT_MINUTES).contains(&self.slot_minutes);
        need(slot, "slot_minutes", "1 to 1440 minutes");
        need(
            self.buffer_minutes <= MAX_SLOT_MINUTES,
            "buffer_minutes",
            "0 to 1440 minutes",
        );
        let times = [("start_time", self.start_time), ("end_time", self.end_time)];
        for (field, time) in times {
            need(is_whole(time), field, WHOLE_SECONDS);
        }
        let capacity = (1..=MAX_CAPACITY).contains(&self.max_bookings);
        need(capacity, "max_bookings", "1 to 1000 appointments");
        let ordered = self.valid_until.is_none_or(|last| last >= self.valid_from);
        need(ordered, "valid_until", "the last day is not before the first");
        let named = self
            .appointment_types
            .iter()
            .all(|t| !t.trim().is_empty() && t.chars().count() <= 80);
        need(
            named && self.appointment_types.len() <= 50,
            "appointment_types",
            "up to 50 words of 1 to 80 letters",
        );
        if faults.is_empty() && self.session_minutes() < i64::from(self.slot_minutes) {
            let message = "not even one slot fits between start_time and end_time";
            faults.push(Fault::new("slot_minutes", "no_slot_fits", message));
        }
        faults
    }

    fn session_minutes(&self) -> i64 {
        let (opens, closes) = session(NaiveDate::default(), self.start_time, self.end_time);
        (closes - opens).num_minutes()
    }

    /// Its grid.
    pub fn grid(&self) -> Grid {
        Grid {
            slot_minutes: self.slot_minutes,
            buffer_minutes: self.buffer_minutes,
        }
    }

    /// The days on which a session begins, among `first` to `last`.
    fn days(&self, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let first = first.max(self.valid_from);
        let last = self.valid_until.map_or(last, |until| last.min(until));
        let ahead = (7 + u32::from(self.day_of_week) - first.weekday().number_from_monday()) % 7;
        std::iter::successors(Some(first + Days::new(ahead.into())), |day| Some(*day + Days::new(7)))
            .take_while(move |day| *day <= last)
    }

    /// When it is open, for sessions that begin on `first` to `last`.
    pub fn open(&self, zone: Tz, first: NaiveDate, last: NaiveDate) -> Vec<Span> {
        let clock = WallClock::over(zone, first, last);
        let sessions = self.days(first, last);
        let open = sessions.flat_map(|day| {
            let (opens, closes) = session(day, self.start_time, self.end_time);
            clock.shows(opens, closes)
        });
        joined(open.collect())
    }
}

/// Where a practitioner is, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Schedule {
    /// Its key.
    pub id: ScheduleId,
    /// Whose tenant's.
    pub organization_id: OrganizationId,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// Where.
    pub clinic_id: ClinicId,
    /// The clinic's zone (IANA), in which the hours are.
    pub time_zone: String,
    /// When the clinic is open: no slot lies outside.
    #[serde(skip)]
    pub opening: Opening,
    /// The hours.
    #[serde(flatten)]
    pub weekly: Weekly,
    /// An inactive one shows no slots.
    pub is_active: bool,
    /// The last day that slots have been made for.
    pub materialized_through: NaiveDate,
    /// The last day whose slots are shown and booked, where that is an earlier one: the organisation books less far ahead now.
    #[serde(skip)]
    pub open_through: Option<NaiveDate>,
    /// For If-Match.
    pub version: i64,
    /// When what is told of it last changed, the clock of its clinic included.
    #[serde(skip)]
    pub changed_at: DateTime<Utc>,
}

/// A day or some hours that are otherwise than each week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScheduleException {
    /// Its key.
    pub id: ScheduleExceptionId,
    /// `closed` or `extra`.
    pub kind: ExceptionKind,
    /// For an extra session: the schedule whose slots it has. For a closure: this schedule alone.
    pub schedule_id: Option<ScheduleId>,
    /// A closure of everything this practitioner does.
    pub practitioner_id: Option<PractitionerId>,
    /// A closure of everything at this clinic.
    pub clinic_id: Option<ClinicId>,
    /// The first day.
    pub first_day: NaiveDate,
    /// The last day, inclusive.
    pub last_day: NaiveDate,
    /// On each of the days, from this time on the clinic's wall clock; none: the whole day.
    pub start_time: Option<NaiveTime>,
    /// Until before this time; at or before `start_time` it is on the next day.
    pub end_time: Option<NaiveTime>,
    /// Why, for people.
    pub reason: Option<String>,
}

/// Most days that one exception covers.
const MAX_EXCEPTION_DAYS: i64 = 366;
/// Most characters of why.
const MAX_REASON: usize = 1000;
const WHOLE_SECONDS: &str = "whole seconds, and no leap second";

/// Whether a clock shows a time: slots begin at what the store keeps, and it keeps neither leap seconds nor all fractions.
fn is_whole(time: NaiveTime) -> bool {
    time.nanosecond() == 0
}

impl ScheduleException {
    /// Whether it makes sense by itself.
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let days = (self.last_day - self.first_day).num_days();
        if !(0..MAX_EXCEPTION_DAYS).contains(&days) {
            faults.push(Fault::new(
                "last_day",
                "range",
                "not before first_day, and at most a year after it",
            ));
        }
        for (field, time) in [("start_time", self.start_time), ("end_time", self.end_time)] {
            if !time.is_none_or(is_whole) {
                faults.push(Fault::new(field, "range", WHOLE_SECONDS));
            }
        }
        if self.reason.as_ref().is_some_and(|why| why.chars().count() > MAX_REASON) {
            faults.push(Fault::new("reason", "length", "at most 1000 characters"));
        }
        if self.start_time.is_some() != self.end_time.is_some() {
            faults.push(Fault::new("end_time", "pair", "start_time and end_time come together"));
        }
        match self.kind {
            ExceptionKind::Extra if self.schedule_id.is_none() => {
                faults.push(Fault::new(
                    "schedule_id",
                    "required",
                    "an extra session has the slots of a schedule",
                ));
            }
            ExceptionKind::Extra if self.start_time.is_none() => {
                faults.push(Fault::new("start_time", "required", "an extra session has hours"));
            }
            ExceptionKind::Closed
                if self.schedule_id.is_none() && self.practitioner_id.is_none() && self.clinic_id.is_none() =>
            {
                let message = "name a schedule, a practitioner or a clinic that is closed";
                faults.push(Fault::new("clinic_id", "required", message));
            }
            ExceptionKind::Extra | ExceptionKind::Closed => {}
        }
        faults
    }

    /// Whether it has to do with a schedule.
    pub fn touches(&self, schedule: &Schedule) -> bool {
        self.schedule_id.is_none_or(|id| id == schedule.id)
            && self.practitioner_id.is_none_or(|id| id == schedule.practitioner_id)
            && self.clinic_id.is_none_or(|id| id == schedule.clinic_id)
    }

    /// The moments it is about, among sessions and days from `first` to `last`.
    pub fn spans(&self, zone: Tz, first: NaiveDate, last: NaiveDate) -> Vec<Span> {
        // The evening before may reach into the first day.
        let (from, until) = (
            self.first_day.max(first - Days::new(1)),
            self.last_day.min(last + Days::new(1)),
        );
        let clock = WallClock::over(zone, from, until.max(from));
        let (opens, closes) = (
            self.start_time.unwrap_or(NaiveTime::MIN),
            self.end_time.unwrap_or(NaiveTime::MIN),
        );
        let spans = from.iter_days().take_while(|day| *day <= until).flat_map(|day| {
            let (opens, closes) = session(day, opens, closes);
            clock.shows(opens, closes)
        });
        joined(spans.collect())
    }
}

/// The slots of a schedule for sessions that begin on `first` to `last`, in the order of time: those of each week and of
/// extra sessions, without those that a closure touches, those that do not lie wholly in the clinic's opening hours and those
/// that have begun by `now`.
pub fn slots(
    schedule: &Schedule,
    exceptions: &[ScheduleException],
    zone: Tz,
    (first, last): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Vec<Span> {
    let of_kind = |kind, first, last| {
        let touching = exceptions.iter().filter(move |e| e.kind == kind && e.touches(schedule));
        joined(touching.flat_map(|e| e.spans(zone, first, last)).collect())
    };
    // A session reaches into the next day, and a closure of the evening before into the session.
    let closed = of_kind(ExceptionKind::Closed, first - Days::new(1), last + Days::new(1));
    let extra = of_kind(ExceptionKind::Extra, first, last);
    let weekly = schedule.weekly.open(zone, first, last);
    let grid = schedule.weekly.grid();
    let mut slots: Vec<Span> = weekly.iter().flat_map(|open| cut(*open, grid)).collect();
    let added = extra.into_iter().flat_map(|open| cut(open, grid));
    // An extra session beside weekly hours adds what is not there already.
    let added: Vec<Span> = added
        .filter(|slot| first_overlap(&weekly, &[*slot]).is_none())
        .collect();
    slots.extend(added);
    slots.sort_unstable();
    slots.retain(|slot| slot.starts_at > now && first_overlap(&closed, &[*slot]).is_none());
    if let Some(open) = schedule.opening.spans(zone, first, last) {
        slots.retain(|slot| lies_in(&open, slot));
    }
    slots
}

/// Whether a slot lies wholly in one of the spans, which are in order and do not touch.
fn lies_in(open: &[Span], slot: &Span) -> bool {
    let behind = open.partition_point(|span| span.starts_at <= slot.starts_at);
    behind > 0 && slot.ends_at <= open[behind - 1].ends_at
}

/// The first slots to come of two schedules of one practitioner that overlap, among sessions around `first` to `last`. When the
/// clinics are open does not count: they may open longer at any time.
pub fn collision(
    one: (&Schedule, Tz),
    other: (&Schedule, Tz),
    exceptions: &[ScheduleException],
    (first, last): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Option<(Span, Span)> {
    // Zones lie a day apart, and sessions reach into the next day.
    let days = (first - Days::new(2), last + Days::new(2));
    let all = |(schedule, zone): (&Schedule, Tz)| {
        let always = Schedule {
            opening: Opening::default(),
            ..schedule.clone()
        };
        slots(&always, exceptions, zone, days, now)
    };
    first_overlap(&all(one), &all(other))
}

/// The first time at which both are open: one person cannot be at two places.
pub fn conflict(one: (&Weekly, Tz), other: (&Weekly, Tz)) -> Option<(Span, Span)> {
    let first = one.0.valid_from.max(other.0.valid_from);
    let ends = [one.0.valid_until, other.0.valid_until];
    let last = ends.into_iter().flatten().fold(first + COMPARED, NaiveDate::min);
    // Sessions of the day before may reach in, and zones lie a day apart.
    let (from, until) = (first - Days::new(2), last + Days::new(2));
    first_overlap(&one.0.open(one.1, from, until), &other.0.open(other.1, from, until))
}

/// An appointment that a change of slots may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Its key.
    pub id: AppointmentId,
    /// Its time.
    pub span: Span,
    /// What was booked.
    pub appointment_type: Option<String>,
}

/// What becomes of an appointment when slots change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There still is a slot at its time.
    Kept,
    /// To a slot that overlaps its time and has room.
    Moved(Span),
    /// There is no slot for it any more; people have to look at it.
    Invalidated,
}

/// What becomes of each of `booked` (in the order in which they were booked) on the new `slots`, of which each takes
/// `capacity`. First come, first kept; who is moved goes to the slot that begins nearest to the old time.
pub fn replan(booked: &[Booked], slots: &[Span], weekly: &Weekly) -> Vec<Fate> {
    let fits = |b: &Booked| takes(&weekly.appointment_types, b.appointment_type.as_deref());
    let mut room: HashMap<Span, u16> = slots.iter().map(|slot| (*slot, weekly.max_bookings)).collect();
    let mut take = |slot: &Span| match room.get_mut(slot) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    let kept: Vec<bool> = booked.iter().map(|b| fits(b) && take(&b.span)).collect();
    let fate = |(b, kept): (&Booked, bool)| {
        if kept {
            return Fate::Kept;
        }
        let from = slots.partition_point(|slot| slot.ends_at <= b.span.starts_at);
        let mut near: Vec<&Span> = slots[from..]
            .iter()
            .take_while(|slot| slot.starts_at < b.span.ends_at)
            .collect();
        near.sort_by_key(|slot| ((slot.starts_at - b.span.starts_at).abs(), slot.starts_at));
        let moved = near.into_iter().find(|slot| fits(b) && take(slot));
        moved.map_or(Fate::Invalidated, |slot| Fate::Moved(*slot))
    };
    booked.iter().zip(kept).map(fate).collect()
}

/// Whether a slot of these types takes an appointment of this one.
pub fn takes(types: &[String], wanted: Option<&str>) -> bool {
    types.is_empty()
        || wanted.is_some_and(|wanted| {
            let wanted = wanted.to_lowercase();
            types.iter().any(|t| t.to_lowercase() == wanted)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(day_of_week: u8, start: &str, end: &str) -> Weekly {
        Weekly {
            day_of_week,
            start_time: start.parse().expect("a time"),
            end_time: end.parse().expect("a time"),
            slot_minutes: 30,
            buffer_minutes: 0,
            max_bookings: 1,
            appointment_types: Vec::new(),
            valid_from: "2026-11-23".parse().expect("a Monday"),
            valid_until: None,
        }
    }

    #[test]
    fn one_minute_is_a_conflict_and_adjacent_hours_are_none() {
        let zone = chrono_tz::America::Chicago;
        let morning = weekly(1, "09:00", "12:00");
        let collides = |other: &Weekly, there| conflict((&morning, zone), (other, there)).is_some();
        assert!(collides(&weekly(1, "11:59", "13:00"), zone));
        assert!(!collides(&weekly(1, "12:00", "13:00"), zone));
        assert!(!collides(&weekly(2, "09:00", "12:00"), zone));
        assert!(
            collides(&weekly(7, "22:00", "09:01"), zone),
            "through the night into Monday"
        );
        let mut ended = weekly(1, "09:00", "12:00");
        ended.valid_from = "2026-01-05".parse().expect("a day");
        ended.valid_until = Some("2026-11-22".parse().expect("a day"));
        assert!(!collides(&ended, zone), "it is over before the other begins");
        // Noon in Chicago is 13:00 in New York.
        let new_york = chrono_tz::America::New_York;
        assert!(!collides(&weekly(1, "13:00", "15:00"), new_york));
        assert!(collides(&weekly(1, "12:00", "15:00"), new_york));
        // Phoenix keeps its clock: the distance is one hour in winter and two in summer.
        let phoenix = chrono_tz::America::Phoenix;
        assert!(collides(&weekly(1, "10:00", "11:00"), phoenix));
        assert!(!collides(&weekly(1, "11:00", "12:00"), phoenix));
        let (first, _) = conflict(
            (&weekly(1, "12:00", "13:00"), zone),
            (&weekly(1, "10:00", "11:00"), phoenix),
        )
        .expect("in summer");
        assert_eq!(first.starts_at.date_naive().to_string(), "2027-03-15");
    }

    #[test]
    fn who_is_booked_is_kept_moved_or_told() {
        let zone = chrono_tz::UTC;
        let day = "2026-11-23".parse().expect("a day");
        let spans = |weekly: &Weekly| -> Vec<Span> {
            let open = weekly.open(zone, day, day);
            open.into_iter().flat_map(|o| cut(o, weekly.grid())).collect()
        };
        let before = spans(&weekly(1, "09:00", "12:00"));
        let booked: Vec<Booked> = before
            .iter()
            .map(|span| Booked {
                id: AppointmentId(uuid::Uuid::nil()),
                span: *span,
                appointment_type: None,
            })
            .collect();
        let same = weekly(1, "10:00", "12:00");
        let fates = replan(&booked, &spans(&same), &same);
        assert_eq!(fates[..2], [Fate::Invalidated, Fate::Invalidated]);
        assert!(fates[2..].iter().all(|fate| *fate == Fate::Kept));
        let shifted = weekly(1, "09:15", "12:15");
        let now = spans(&shifted);
        let fates = replan(&booked, &now, &shifted);
        assert_eq!(fates, now.iter().map(|span| Fate::Moved(*span)).collect::<Vec<_>>());
        let mut other = weekly(1, "09:00", "12:00");
        other.appointment_types = vec!["vaccination".to_owned()];
        assert!(
            replan(&booked, &spans(&other), &other)
                .iter()
                .all(|f| *f == Fate::Invalidated)
        );
    }

    #[test]
    fn every_fault_of_a_schedule_is_told_at_once() {
        let mut bad = weekly(8, "09:00", "09:10");
        bad.max_bookings = 0;
        bad.valid_until = Some(bad.valid_from - Days::new(1));
        let fields: Vec<String> = bad.check().into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["day_of_week", "max_bookings", "valid_until"]);
        assert_eq!(weekly(1, "09:00", "09:10").check()[0].code, "no_slot_fits");
        assert!(weekly(1, "22:00", "06:00").check().is_empty());
    }
}
