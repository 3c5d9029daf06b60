//! The slot arithmetic held against a reading of every single minute, over changes of clocks in three zones.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use provider_directory::{
    domain::{
        clinic::{Holiday, Hours, Opening, Period},
        schedule::{self, Schedule, ScheduleException, Weekly},
        slot::Span,
    },
    vocab::{
        ClinicId, OrganizationId, PractitionerId,
        ids::{ScheduleExceptionId, ScheduleId},
        terms::ExceptionKind,
    },
};
use uuid::Uuid;

/// A zone, and a day near a change of its clocks: by an hour, by an hour at another time of day, by half an hour.
fn places() -> impl Strategy<Value = (Tz, NaiveDate)> {
    let near = [
        (chrono_tz::America::New_York, "2026-03-08"),
        (chrono_tz::America::New_York, "2026-11-01"),
        (chrono_tz::Europe::Lisbon, "2026-03-29"),
        (chrono_tz::Europe::Lisbon, "2026-10-25"),
        (chrono_tz::Australia::Lord_Howe, "2026-04-05"),
        (chrono_tz::Australia::Lord_Howe, "2026-10-04"),
    ];
    proptest::sample::select(near.map(|(zone, day)| (zone, day.parse().expect("a day"))).to_vec())
}

fn times() -> impl Strategy<Value = NaiveTime> {
    (0..288_u32).prop_map(|n| NaiveTime::from_hms_opt(n / 12, n % 12 * 5, 0).expect("a time"))
}

prop_compose! {
    fn weeklies(day: NaiveDate)(
        weekday in 1..=7_u8, start_time in times(), end_time in times(),
        slot_minutes in 5..=120_u16, buffer_minutes in 0..=30_u16, until in proptest::option::of(0..14_u64),
    ) -> Weekly {
        let valid_from = day - Days::new(7);
        Weekly {
            day_of_week: weekday, start_time, end_time, slot_minutes, buffer_minutes, max_bookings: 1,
            appointment_types: Vec::new(), valid_from, valid_until: until.map(|n| valid_from + Days::new(n)),
        }
    }
}

prop_compose! {
    /// Hours of up to six days of the week, and perhaps a holiday on `day`, with hours or without.
    fn openings(day: NaiveDate)(
        hours in prop::collection::vec((1..=7_u8, 0..288_u16, 0..=288_u16), 0..7),
        holiday in proptest::option::of(prop::collection::vec((0..288_u16, 0..=288_u16), 0..3)),
    ) -> Opening {
        let holiday = holiday.map(|hours| Holiday {
            date: day,
            name: None,
            hours: hours.into_iter().map(|(opens, closes)| Period { opens: opens * 5, closes: closes * 5 }).collect(),
        });
        Opening {
            hours: hours.into_iter()
                .map(|(weekday, opens, closes)| Hours { weekday, opens: opens * 5, closes: closes * 5 }).collect(),
            holidays: holiday.into_iter().collect(),
        }
    }
}

/// Whether a clinic is open, read off its wall clock as a person would.
fn clinic_is_open(opening: &Opening, zone: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&zone).naive_local();
    let minute = local.hour() * 60 + local.minute();
    let reaches = |day: NaiveDate, minute: u32| {
        let holiday = opening.holidays.iter().find(|holiday| holiday.date == day);
        let weekday = day.weekday().number_from_monday();
        let mut periods: Vec<(u16, u16)> = match holiday {
            Some(holiday) => holiday.hours.iter().map(|p| (p.opens, p.closes)).collect(),
            None if opening.hours.is_empty() => vec![(0, 1440)],
            None => opening
                .hours
                .iter()
                .filter(|h| u32::from(h.weekday) == weekday)
                .map(|h| (h.opens, h.closes))
                .collect(),
        };
        periods
            .iter_mut()
            .for_each(|(opens, closes)| *closes += if closes <= opens { 1440 } else { 0 });
        periods
            .iter()
            .any(|(opens, closes)| (u32::from(*opens)..u32::from(*closes)).contains(&minute))
    };
    reaches(local.date(), minute) || reaches(local.date() - Days::new(1), minute + 1440)
}

fn schedule(weekly: Weekly) -> Schedule {
    Schedule {
        id: ScheduleId(Uuid::from_u128(1)),
        organization_id: OrganizationId(Uuid::from_u128(2)),
        practitioner_id: PractitionerId(Uuid::from_u128(3)),
        clinic_id: ClinicId(Uuid::from_u128(4)),
        time_zone: String::new(),
        opening: Opening::default(),
        materialized_through: weekly.valid_from,
        open_through: None,
        weekly,
        is_active: true,
        version: 1,
        changed_at: DateTime::UNIX_EPOCH,
    }
}

fn closure(first_day: NaiveDate, start_time: NaiveTime, end_time: NaiveTime) -> ScheduleException {
    ScheduleException {
        id: ScheduleExceptionId(Uuid::from_u128(5)),
        kind: ExceptionKind::Closed,
        schedule_id: None,
        practitioner_id: None,
        clinic_id: Some(ClinicId(Uuid::from_u128(4))),
        first_day,
        last_day: first_day,
        start_time: Some(start_time),
        end_time: Some(end_time),
        reason: None,
    }
}

/// Whether the wall clock shows an opening hour, read as a person would.
fn is_open(weekly: &Weekly, zone: Tz, at: DateTime<Utc>) -> bool {
    let local = at.with_timezone(&zone).naive_local();
    let of_day = |day: NaiveDate| {
        u8::try_from(day.weekday().number_from_monday()) == Ok(weekly.day_of_week)
            && day >= weekly.valid_from
            && weekly.valid_until.is_none_or(|last| day <= last)
    };
    let (time, today) = (local.time(), local.date());
    if weekly.end_time > weekly.start_time {
        of_day(today) && time >= weekly.start_time && time < weekly.end_time
    } else {
        of_day(today) && time >= weekly.start_time || of_day(today - Days::new(1)) && time < weekly.end_time
    }
}

/// Every open minute over three weeks.
fn open_minutes(weekly: &Weekly, zone: Tz, day: NaiveDate) -> Vec<DateTime<Utc>> {
    let from = (day - Days::new(10)).and_time(NaiveTime::MIN).and_utc();
    let minutes = (0..21 * 1440).map(|n| from + TimeDelta::minutes(n));
    minutes.filter(|at| is_open(weekly, zone, *at)).collect()
}

fn minutes_of(spans: &[Span]) -> Vec<DateTime<Utc>> {
    let of = |s: &Span| {
        let start = s.starts_at;
        (0..(s.ends_at - start).num_minutes()).map(move |n| start + TimeDelta::minutes(n))
    };
    spans.iter().flat_map(of).collect()
}

fn days(day: NaiveDate) -> (NaiveDate, NaiveDate) {
    (day - Days::new(8), day + Days::new(9))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is lost or doubled: what is open is exactly the minutes at which the clock shows an opening hour.
    #[test]
    fn feature_6_15_open_time_is_what_the_wall_clock_shows(
        ((zone, day), weekly) in places().prop_flat_map(|p| (Just(p), weeklies(p.1)))
    ) {
        let (first, last) = days(day);
        let open = minutes_of(&weekly.open(zone, first, last));
        let wanted = open_minutes(&weekly, zone, day);
        let within = |at: &DateTime<Utc>| {
            let local = at.with_timezone(&zone).date_naive();
            local > first && local < last
        };
        let open: Vec<_> = open.into_iter().filter(within).collect();
        let wanted: Vec<_> = wanted.into_iter().filter(within).collect();
        prop_assert_eq!(open, wanted);
    }

    /// Slots never overlap, keep their buffer and length, lie in open time and not in closed time, and none fits between.
    #[test]
    fn feature_6_08_slots_fill_open_time_and_nothing_else(
        ((zone, day), weekly) in places().prop_flat_map(|p| (Just(p), weeklies(p.1))),
        (from, until) in (times(), times()),
        elapsed in 0..20_000_i64,
    ) {
        let (first, last) = days(day);
        let now = first.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(elapsed);
        let plan = schedule(weekly.clone());
        let closed = closure(day, from, until);
        let slots = schedule::slots(&plan, std::slice::from_ref(&closed), zone, (first, last), now);
        let all = schedule::slots(&plan, &[], zone, (first, last), DateTime::UNIX_EPOCH);
        for slot in &all {
            prop_assert_eq!((slot.ends_at - slot.starts_at).num_minutes(), i64::from(weekly.slot_minutes));
            prop_assert!(minutes_of(&[*slot]).iter().all(|at| is_open(&weekly, zone, *at)), "{slot:?}");
        }
        for pair in all.windows(2) {
            prop_assert!(pair[0].ends_at <= pair[1].starts_at, "{pair:?}");
        }
        // A gap between neighbours is the buffer, or time in which the clinic is closed.
        let open: BTreeSet<_> = weekly.open(zone, first, last).into_iter().collect();
        for span in open {
            let within: Vec<_> = all.iter().filter(|s| s.overlaps(&span)).collect();
            let step = i64::from(weekly.slot_minutes + weekly.buffer_minutes);
            let room = (span.ends_at - span.starts_at).num_minutes();
            let fit = (room + i64::from(weekly.buffer_minutes)) / step;
            prop_assert_eq!(i64::try_from(within.len()).expect("few"), fit);
        }
        // A closure takes away what it touches, and `now` what has begun; nothing moves.
        let shut = closed.spans(zone, first, last);
        let kept: Vec<_> = all.into_iter().filter(|s| s.starts_at > now && !shut.iter().any(|c| c.overlaps(s))).collect();
        prop_assert_eq!(&slots, &kept);
        prop_assert!(slots.iter().all(|s| s.starts_at.second() == 0));
    }

    /// Of the slots of a schedule exactly those are made that lie in the clinic's opening hours with every minute; none moves.
    #[test]
    fn feature_5_06_no_slot_lies_outside_opening_hours(
        ((zone, day), weekly, opening) in places().prop_flat_map(|p| (Just(p), weeklies(p.1), openings(p.1))),
    ) {
        let (first, last) = days(day);
        let always = schedule(weekly);
        let plan = Schedule { opening: opening.clone(), ..always.clone() };
        let made = schedule::slots(&plan, &[], zone, (first, last), DateTime::UNIX_EPOCH);
        let mut wanted = schedule::slots(&always, &[], zone, (first, last), DateTime::UNIX_EPOCH);
        wanted.retain(|slot| minutes_of(&[*slot]).into_iter().all(|at| clinic_is_open(&opening, zone, at)));
        prop_assert_eq!(made, wanted);
    }

    /// The window rolls on without gaps and without repeats, wherever it is cut.
    #[test]
    fn feature_6_18_a_window_made_in_pieces_is_the_window_made_at_once(
        ((zone, day), weekly, opening) in places().prop_flat_map(|p| (Just(p), weeklies(p.1), openings(p.1))),
        at in 1..17_u64
    ) {
        let (first, last) = days(day);
        let cut = first + Days::new(at);
        let plan = Schedule { opening, ..schedule(weekly) };
        let over = |range| schedule::slots(&plan, &[], zone, range, DateTime::UNIX_EPOCH);
        let pieces = [over((first, cut - Days::new(1))), over((cut, last))].concat();
        prop_assert_eq!(pieces, over((first, last)));
    }

    /// Two schedules are in conflict exactly if some minute of the year is in both.
    #[test]
    fn feature_6_07_a_conflict_is_a_minute_in_both(
        ((zone, day), one) in places().prop_flat_map(|p| (Just(p), weeklies(p.1))),
        other_zone in places(),
        other in weeklies("2026-03-08".parse().expect("a day")),
    ) {
        let mut other = other;
        other.valid_from = day - Days::new(7);
        other.valid_until = Some(day + Days::new(7));
        let told = schedule::conflict((&one, zone), (&other, other_zone.0)).is_some();
        let open: BTreeSet<_> = open_minutes(&one, zone, day).into_iter().collect();
        let both = open_minutes(&other, other_zone.0, day).into_iter().any(|at| open.contains(&at));
        prop_assert_eq!(told, both);
    }
}
