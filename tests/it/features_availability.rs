//! The rows of the feature table on free slots: what opens, closes and hides them, and that a reading of everything gives the same.

use chrono::TimeDelta;
use provider_directory::{
    domain::{practitioner::Standing, schedule::ScheduleException},
    store::{
        practitioners::{self, PractitionerChange},
        schedule_exceptions, schedules,
        slots::{self, Filter, Slot, Which},
    },
    vocab::{
        ids::{ScheduleExceptionId, ScheduleId},
        terms::{ExceptionKind, PractitionerStatus},
    },
};
use uuid::Uuid;

use super::{
    features_scheduling::{at, of},
    house::{House, noon},
    practice::{Practice, code, day, hours},
};

#[tokio::test]
async fn feature_6_17_closures_and_extra_sessions() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "America/Los_Angeles").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let john = practice.practitioner_at("John", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    practice.schedule(john, clinic, &hours(2, "09:00", "12:00")).await;
    let before = practice.slots(&Filter::default()).await;
    let patient = practice.book(before[0].id, "patient").await.expect("booked");
    let exception =
        |kind, of: Option<ScheduleId>, clinic, first: &str, hours: Option<(&str, &str)>| ScheduleException {
            id: ScheduleExceptionId(Uuid::now_v7()),
            kind,
            schedule_id: of,
            practitioner_id: None,
            clinic_id: clinic,
            first_day: day(first),
            last_day: day(first),
            start_time: hours.map(|h| h.0.parse().expect("a time")),
            end_time: hours.map(|h| h.1.parse().expect("a time")),
            reason: None,
        };
    let add = async |new: &ScheduleException| {
        practice
            .run(async |tx| schedule_exceptions::create(tx, new, noon()).await)
            .await
    };
    let morning = exception(
        ExceptionKind::Closed,
        None,
        Some(clinic),
        "2026-11-23",
        Some(("09:00", "10:15")),
    );
    let report = add(&morning).await.expect("closed");
    assert_eq!(
        (report.slots_removed, report.invalidated.len()),
        (3, 1),
        "what it touches and nothing else"
    );
    assert_eq!(report.invalidated[0].appointment_id, patient);
    let extra = exception(
        ExceptionKind::Extra,
        Some(schedule.id),
        None,
        "2026-11-25",
        Some(("20:00", "21:00")),
    );
    assert_eq!(add(&extra).await.expect("added").slots_added, 2);
    let evening = at("2026-11-26T04:00:00Z");
    assert!(
        practice
            .slots(&of(jane))
            .await
            .iter()
            .any(|s| s.span.starts_at == evening),
        "20:00 in Los Angeles"
    );
    let nowhere = exception(ExceptionKind::Extra, None, None, "2026-11-25", None);
    assert_eq!(code(add(&nowhere).await), "required");
    practice
        .run(async |tx| schedule_exceptions::delete(tx, morning.id, noon()).await)
        .await
        .expect("opened");
    assert_eq!(
        practice.slots(&Filter::default()).await.len(),
        before.len() + 2,
        "all are back, and free"
    );
}

#[tokio::test]
async fn feature_6_18_the_window_rolls_on_without_repeats() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "America/New_York").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let mut weekly = hours(6, "22:00", "03:00");
    weekly.valid_until = Some(day("2027-05-01"));
    practice.schedule(jane, clinic, &weekly).await;
    let all = Filter {
        which: Which::All,
        ..Filter::default()
    };
    let first = practice.slots(&all).await;
    let mut now = noon();
    for days in [1, 1, 30, 0, 50] {
        now += TimeDelta::days(days);
        schedules::roll_on(&house.store, practice.organization, now)
            .await
            .expect("rolled on");
    }
    let nothing = schedules::Rolled::default();
    let again = schedules::roll_on(&house.store, practice.organization, now).await;
    assert_eq!(again.expect("nothing to do"), nothing);
    // What the timer does every night, for all tenants: nothing more today.
    assert_eq!(
        schedules::roll_on_all(&house.store, now).await.expect("nothing to do"),
        nothing
    );
    let week = schedules::roll_on_all(&house.store, now + TimeDelta::days(7)).await;
    assert!(week.expect("rolled on").slots > 0);
    now += TimeDelta::days(7);
    let rolled = practice.slots(&all).await;
    assert_eq!(rolled[..first.len()], first);
    assert!(
        rolled
            .windows(2)
            .all(|pair| pair[0].span.ends_at <= pair[1].span.starts_at)
    );
    let through = (now + TimeDelta::days(60)).date_naive();
    let sessions = day("2026-11-28")
        .iter_weeks()
        .take_while(|saturday| *saturday <= through)
        .count();
    // In the night to 14 March the clock skips an hour, two slots.
    assert_eq!(rolled.len(), sessions * 10 - 2);
}

#[tokio::test]
async fn feature_6_09_each_of_the_switches_hides_slots() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let free = practice.slots(&Filter::default()).await;
    assert!(free.len() > 40);
    let organization = practice.organization;
    for (off, on) in [
        (
            format!("UPDATE practitioner SET status = 'inactive' WHERE id = '{jane}'"),
            format!("UPDATE practitioner SET status = 'active' WHERE id = '{jane}'"),
        ),
        (
            format!("UPDATE schedule SET is_active = false WHERE id = '{}'", schedule.id),
            format!("UPDATE schedule SET is_active = true WHERE id = '{}'", schedule.id),
        ),
        (
            format!("UPDATE clinic SET is_active = false WHERE id = '{clinic}'"),
            format!("UPDATE clinic SET is_active = true WHERE id = '{clinic}'"),
        ),
        (
            format!("UPDATE organization SET is_active = false WHERE id = '{organization}'"),
            format!("UPDATE organization SET is_active = true WHERE id = '{organization}'"),
        ),
        (
            "UPDATE clinic_assignment SET end_date = '2026-11-20'".to_owned(),
            "UPDATE clinic_assignment SET end_date = NULL".to_owned(),
        ),
    ] {
        house.sql(&off).await;
        assert!(practice.slots(&Filter::default()).await.is_empty(), "{off}");
        assert!(practice.slots(&of(jane)).await.is_empty(), "{off}");
        assert_eq!(code(practice.book(free[0].id, "patient").await), "slot_closed", "{off}");
        house.sql(&on).await;
        assert_eq!(practice.slots(&Filter::default()).await.len(), free.len());
    }
}

#[tokio::test]
async fn feature_6_03_a_leave_hides_slots_inside_it_alone() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    // 23:30 in Honolulu is the next day in UTC: the clinic's day counts.
    let clinic = practice.clinic("North", "Pacific/Honolulu").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let john = practice.practitioner_at("John", &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "23:00", "00:00")).await;
    let before = practice.slots(&of(jane)).await;
    let standing = |from: &str, until: &str, cover| PractitionerChange {
        standing: Some(Standing {
            status: PractitionerStatus::OnLeave,
            status_from: Some(day(from)),
            status_until: Some(day(until)),
            cover_practitioner_id: cover,
        }),
        ..PractitionerChange::default()
    };
    let change = async |change: &PractitionerChange, version| {
        practice
            .run(async |tx| practitioners::update(tx, jane, version, change, noon()).await)
            .await
    };
    assert_eq!(
        code(change(&standing("2026-12-02", "2026-12-01", None), 1).await),
        "range"
    );
    assert_eq!(
        code(change(&standing("2026-12-01", "2026-12-14", Some(jane)), 1).await),
        "self"
    );
    change(&standing("2026-11-24", "2026-12-07", Some(john)), 1)
        .await
        .expect("on leave");
    let after = practice.slots(&of(jane)).await;
    let hidden: Vec<_> = before
        .iter()
        .filter(|s| !after.contains(s))
        .map(|s| s.span.starts_at)
        .collect();
    // Mondays 30 November and 7 December.
    assert_eq!(hidden.len(), 4);
    assert_eq!(hidden[0], at("2026-12-01T09:00:00Z"));
    assert_eq!(hidden[3], at("2026-12-08T09:30:00Z"));
}

/// Availability is what a reading of all slots with all rules gives.
#[tokio::test]
async fn feature_6_12_availability_equals_a_reading_of_everything() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinics = [
        practice.clinic("North", "America/New_York").await,
        practice.clinic("South", "UTC").await,
    ];
    let mut people = Vec::new();
    for n in 0..70_u8 {
        let id = practice.practitioner_at(&format!("Person {n}"), &clinics).await;
        let start = format!("{:02}:00", 6 + n % 12);
        let mut weekly = hours(1 + n % 7, &start, "20:00");
        weekly.slot_minutes = 120;
        weekly.valid_until = Some(day("2026-12-06"));
        weekly.appointment_types = ["", "Checkup", "Vaccination"]
            .iter()
            .take(usize::from(n % 3))
            .map(ToString::to_string)
            .collect();
        weekly.appointment_types.retain(|t| !t.is_empty());
        practice.schedule(id, clinics[usize::from(n % 2)], &weekly).await;
        people.push(id);
    }
    let all = practice.slots(&Filter::default()).await;
    for slot in all.iter().step_by(7) {
        house
            .sql(&format!("UPDATE time_slot SET taken = 1 WHERE id = '{}'", slot.id))
            .await;
    }
    let free: Vec<Slot> = all
        .iter()
        .enumerate()
        .filter(|(n, _)| n % 7 != 0)
        .map(|(_, s)| s.clone())
        .collect();
    let from = Some(at("2026-11-25T15:30:00Z"));
    let until = Some(at("2026-11-27T15:00:00Z"));
    let some = Some(people[..9].to_vec());
    let filters = [
        Filter::default(),
        Filter {
            practitioners: some.clone(),
            ..Filter::default()
        },
        Filter {
            practitioners: Some(people.clone()),
            from,
            ..Filter::default()
        },
        Filter {
            clinic_id: Some(clinics[0]),
            from,
            until,
            ..Filter::default()
        },
        Filter {
            practitioners: some,
            appointment_type: Some("checkup".to_owned()),
            until,
            ..Filter::default()
        },
        Filter {
            appointment_type: Some("x-ray".to_owned()),
            ..Filter::default()
        },
    ];
    for filter in filters {
        let fits = |s: &&Slot| {
            filter
                .practitioners
                .as_ref()
                .is_none_or(|list| list.contains(&s.practitioner_id))
                && filter.clinic_id.is_none_or(|id| id == s.clinic_id)
                && filter.from.is_none_or(|from| s.span.starts_at >= from)
                && filter.until.is_none_or(|until| s.span.starts_at < until)
                && filter.appointment_type.as_ref().is_none_or(|t| {
                    s.appointment_types.is_empty() || s.appointment_types.iter().any(|o| o.eq_ignore_ascii_case(t))
                })
        };
        let mut wanted: Vec<Slot> = free.iter().filter(fits).cloned().collect();
        wanted.sort_by_key(|s| (s.span.starts_at, s.id));
        assert!(practice.slots(&filter).await == wanted, "{filter:?}");
        // And page by page.
        let mut paged = Vec::new();
        let mut page = filter.clone();
        loop {
            let next = practice
                .run(async |tx| slots::list(tx, &page, 17, noon()).await)
                .await
                .expect("a page");
            let Some(last) = next.last() else { break };
            page.after = Some((last.span.starts_at, last.id));
            paged.extend(next);
        }
        assert!(paged == wanted, "page by page: {filter:?}");
    }
}
