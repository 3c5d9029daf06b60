//! The rows of the feature table on practitioners, schedules, slots and appointments, at the store.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chrono::{DateTime, Days, TimeDelta, Utc};
use futures::{StreamExt, stream};
use provider_directory::{
    domain::{appointment::Step, practitioner::Standing, schedule::ScheduleException},
    store::{
        Error, Store, appointments,
        practitioners::{self, PractitionerChange},
        schedule_exceptions, schedules,
        slots::{self, Filter, Slot, Which},
        statistics::{self, Stretch},
    },
    vocab::{
        ClinicId, PractitionerId,
        ids::{ScheduleExceptionId, ScheduleId},
        terms::{AppointmentStatus, ExceptionKind, PractitionerStatus},
    },
};
use uuid::Uuid;

use super::{
    house::{House, noon},
    practice::{Practice, booking, code, day, hours, profile},
};

fn of(practitioner: PractitionerId) -> Filter {
    Filter {
        practitioners: Some(vec![practitioner]),
        ..Filter::default()
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

#[tokio::test]
async fn feature_6_01_each_step_of_a_profile_refuses_with_its_own_code() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let elsewhere = Practice::open(&house, "Elsewhere").await;
    let create = async |new: practitioners::NewPractitioner| {
        practice
            .run(async |tx| practitioners::create(tx, &new, noon()).await)
            .await
    };
    assert_eq!(code(create(profile(Uuid::now_v7().into())).await), "unknown_user");
    let stranger = elsewhere.user("Stranger").await;
    assert_eq!(
        code(create(profile(stranger)).await),
        "unknown_user",
        "of another tenant: not told apart"
    );
    let left = practice.user("Left").await;
    house
        .sql(&format!(
            "UPDATE organization_member SET is_active = false WHERE user_id = '{left}'"
        ))
        .await;
    assert_eq!(code(create(profile(left)).await), "not_a_member");
    let member = practice.user("Jane Doe").await;
    let organization = practice.organization;
    house
        .sql(&format!(
            "UPDATE organization SET is_active = false WHERE id = '{organization}'"
        ))
        .await;
    assert_eq!(code(create(profile(member)).await), "organization_inactive");
    house
        .sql(&format!(
            "UPDATE organization SET is_active = true WHERE id = '{organization}'"
        ))
        .await;
    let mut nameless = profile(member);
    nameless.name = Some("  ".to_owned());
    assert_eq!(code(create(nameless).await), "length");
    // The fifth step, that others hear of it, takes all along if it fails.
    house
        .sql("ALTER FUNCTION practitioner_changed(uuid) RENAME TO gone")
        .await;
    assert!(matches!(create(profile(member)).await, Err(Error::Unavailable(_))));
    house
        .sql("ALTER FUNCTION gone(uuid) RENAME TO practitioner_changed")
        .await;
    let made = create(profile(member)).await.expect("nothing was left behind");
    assert_eq!(made.name, "Jane Doe");
    assert_eq!(code(create(profile(member)).await), "duplicate_profile");
    let audited: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'practitioner.create'")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("counted");
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn feature_6_06_there_is_exactly_one_primary_clinic() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let (north, south) = (
        practice.clinic("North", "UTC").await,
        practice.clinic("South", "UTC").await,
    );
    let jane = practice.practitioner("Jane").await;
    assert!(practice.assign(jane, north).await.is_primary, "the first one");
    let second = practice.assign(jane, south).await;
    assert!(!second.is_primary);
    let primaries = async || -> Vec<ClinicId> {
        let all = practice
            .run(async |tx| practitioners::assignments(tx, Some(jane), None).await)
            .await
            .expect("read");
        all.into_iter().filter(|a| a.is_primary).map(|a| a.clinic_id).collect()
    };
    assert_eq!(primaries().await, [north]);
    practice
        .run(async |tx| practitioners::change_assignment(tx, second.id, (None, None), true).await)
        .await
        .expect("changed");
    assert_eq!(primaries().await, [south], "flipped at once");
    let refused = practice
        .run(async |tx| practitioners::unassign(tx, second.id).await)
        .await;
    assert_eq!(code(refused), "primary_needed");
    // Also past this program.
    for sql in [
        "UPDATE clinic_assignment SET is_primary = false",
        "UPDATE clinic_assignment SET is_primary = true",
    ] {
        let tried = sqlx::raw_sql(sql).execute(&mut house.owner().await).await;
        assert!(tried.is_err(), "{sql}");
    }
    assert_eq!(primaries().await, [south]);
}

#[tokio::test]
async fn feature_6_07_nobody_is_at_two_clinics_at_once() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let north = practice.clinic("North", "America/Chicago").await;
    let east = practice.clinic("East", "America/New_York").await;
    let other = practice.clinic("Other", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[north, east]).await;
    practice.schedule(jane, north, &hours(1, "09:00", "12:00")).await;
    let refused = async |clinic, weekly| code(practice.try_schedule(jane, clinic, &weekly).await);
    assert_eq!(refused(other, hours(2, "09:00", "12:00")).await, "not_assigned");
    assert_eq!(refused(north, hours(1, "11:59", "13:00")).await, "schedule_conflict");
    assert_eq!(
        refused(east, hours(1, "12:59", "14:00")).await,
        "schedule_conflict",
        "11:59 in Chicago"
    );
    assert_eq!(refused(east, hours(1, "13:00", "13:10")).await, "no_slot_fits");
    practice.schedule(jane, east, &hours(1, "13:00", "14:00")).await;
    practice.schedule(jane, north, &hours(1, "08:00", "09:00")).await;
    let free = practice.slots(&of(jane)).await;
    assert!(
        free.windows(2)
            .all(|pair| pair[0].span.ends_at <= pair[1].span.starts_at)
    );
    assert_eq!(free[0].span.starts_at, at("2026-11-23T14:00:00Z"), "8:00 in Chicago");
    assert_eq!(
        free.iter().take(10).map(|s| s.clinic_id).filter(|c| *c == east).count(),
        2
    );
    // Two at the same moment: the schema lets one of them pass, also where both have looked before.
    let both = [hours(3, "09:00", "11:00"), hours(3, "10:00", "12:00")];
    let done = stream::iter(&both)
        .map(|w| practice.try_schedule(jane, north, w))
        .buffer_unordered(2);
    let done: Vec<_> = done.collect().await;
    assert_eq!(done.iter().filter(|d| d.is_ok()).count(), 1);
    let past = sqlx::raw_sql(
        "INSERT INTO time_slot (organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at, max_bookings)
        SELECT organization_id, schedule_id, practitioner_id, clinic_id, starts_at + interval '1 minute',
            ends_at + interval '1 minute', 1 FROM time_slot LIMIT 1",
    );
    let past = past
        .execute(&mut house.owner().await)
        .await
        .expect_err("refused by the schema");
    assert_eq!(
        past.as_database_error().and_then(|e| e.constraint()),
        Some("time_slot_overlap")
    );
}

#[tokio::test]
async fn feature_6_14_two_hundred_at_once_get_the_three_places() {
    let house = crowded().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let mut weekly = hours(1, "09:00", "09:30");
    weekly.max_bookings = 3;
    practice.schedule(jane, clinic, &weekly).await;
    let slot = practice.slots(&of(jane)).await[0].id;
    let tries = stream::iter(0..200).map(async |n| practice.book(slot, &format!("patient-{n}")).await);
    let done: Vec<_> = tries.buffer_unordered(200).collect().await;
    let booked = done.iter().filter(|d| d.is_ok()).count();
    assert_eq!(booked, 3);
    for lost in done.into_iter().filter(Result::is_err) {
        assert_eq!(code(lost), "slot_full");
    }
    let (rows, taken): (i64, i16) =
        sqlx::query_as("SELECT (SELECT count(*) FROM appointment), taken FROM time_slot WHERE id = $1")
            .bind(slot.0)
            .fetch_one(&mut house.owner().await)
            .await
            .expect("read");
    assert_eq!((rows, taken), (3, 3), "nothing was saved by halves");
    // It is the database that holds it: without its check the next one gets in.
    house
        .sql("ALTER TABLE time_slot DROP CONSTRAINT time_slot_taken_check")
        .await;
    practice
        .book(slot, "one-too-many")
        .await
        .expect("nothing is in the way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn feature_6_14_capacity_holds_at_every_instant_under_bookings_and_cancellations() {
    let house = crowded().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let mut weekly = hours(1, "09:00", "10:00");
    weekly.max_bookings = 2;
    practice.schedule(jane, clinic, &weekly).await;
    let slots: Vec<_> = practice.slots(&of(jane)).await.iter().take(2).map(|s| s.id).collect();
    let over = AtomicBool::new(false);
    let working = AtomicUsize::new(50);
    let watch = async {
        let mut owner = house.owner().await;
        let mut looks = 0;
        while working.load(Ordering::Relaxed) > 0 {
            over.fetch_or(most_booked(&mut owner).await > 2, Ordering::Relaxed);
            looks += 1;
        }
        looks
    };
    let client = async |n: usize| {
        let mut booked = 0;
        for round in 0..4 {
            let slot = slots[(n + round) % 2];
            if let Ok(mine) = practice.book(slot, &format!("patient-{n}")).await {
                booked += 1;
                if !(n * 7 + round).is_multiple_of(5) {
                    let to = slots[(n + round + 1) % 2];
                    let moved = practice
                        .run(async |tx| appointments::reschedule(tx, mine, None, (to, None), noon()).await)
                        .await;
                    assert!(
                        moved.is_ok() || matches!(moved, Err(Error::Refused(_) | Error::Conflict(_))),
                        "{moved:?}"
                    );
                    practice
                        .run(async |tx| appointments::step(tx, mine, None, Step::Cancel, None, noon()).await)
                        .await
                        .expect("cancelled");
                }
            }
        }
        working.fetch_sub(1, Ordering::Relaxed);
        booked
    };
    let all = stream::iter(0..50)
        .map(client)
        .buffer_unordered(50)
        .collect::<Vec<usize>>();
    let (looks, booked) = tokio::join!(watch, all);
    assert!(looks > 5 && booked.iter().sum::<usize>() > 4, "{looks} {booked:?}");
    assert!(!over.load(Ordering::Relaxed), "more were booked than there are places");
    let wrong: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM time_slot s WHERE s.taken <>
            (SELECT count(*) FROM appointment a WHERE a.slot_id = s.id AND a.status <> 'cancelled')",
    )
    .fetch_one(&mut house.owner().await)
    .await
    .expect("counted");
    assert_eq!(wrong, 0, "the count of each slot is the number of its appointments");
    // The same look where nothing holds capacity: it would have been seen.
    house
        .sql("ALTER TABLE time_slot DROP CONSTRAINT time_slot_taken_check")
        .await;
    for patient in ["one", "two", "three"] {
        practice.book(slots[0], patient).await.expect("nothing is in the way");
    }
    assert!(most_booked(&mut house.owner().await).await > 2);
}

/// A house with as many connections as clients, so that none waits for another before it comes to the database.
async fn crowded() -> House {
    let mut house = House::open().await;
    house.store = Store::connect(&house.access, 50).await.expect("connected");
    house
}

/// The appointments of the slot that has most of them.
async fn most_booked(owner: &mut sqlx::PgConnection) -> i64 {
    let most: Option<i64> = sqlx::query_scalar(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM appointment WHERE status <> 'cancelled' GROUP BY slot_id) x",
    )
    .fetch_one(owner)
    .await
    .expect("counted");
    most.unwrap_or_default()
}

#[tokio::test]
async fn feature_6_16_a_hold_keeps_a_place_until_it_runs_out() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "09:00", "10:00")).await;
    let free = practice.slots(&of(jane)).await;
    let until = noon() + TimeDelta::minutes(10);
    let hold = practice
        .run(async |tx| slots::hold(tx, free[0].id, until, noon()).await)
        .await
        .expect("held");
    assert_eq!(practice.slots(&of(jane)).await[0].id, free[1].id, "not free meanwhile");
    assert_eq!(code(practice.book(free[0].id, "other").await), "slot_full");
    let late = until + TimeDelta::seconds(1);
    let seen = practice
        .run(async |tx| slots::list(tx, &of(jane), 1, late).await)
        .await
        .expect("slots");
    assert_eq!(seen[0].id, free[0].id, "free again");
    let mut mine = booking(free[0].id, "mine");
    mine.hold_id = Some(hold.id);
    let gone = practice.run(async |tx| appointments::book(tx, &mine, late).await).await;
    assert_eq!(code(gone), "hold_expired");
    let hold = practice
        .run(async |tx| slots::hold(tx, free[0].id, until, noon()).await)
        .await
        .expect("held");
    mine.hold_id = Some(hold.id);
    practice
        .run(async |tx| appointments::book(tx, &mine, noon()).await)
        .await
        .expect("booked by the hold");
    let hold = practice
        .run(async |tx| slots::hold(tx, free[1].id, until, noon()).await)
        .await
        .expect("held");
    practice
        .run(async |tx| slots::release(tx, hold.id).await)
        .await
        .expect("given back");
    practice.book(free[1].id, "next").await.expect("free");
    // One that comes while an expired hold is still there takes its place.
    practice
        .run(async |tx| slots::hold(tx, free[2].id, until, noon()).await)
        .await
        .expect("held");
    let third = booking(free[2].id, "third");
    practice
        .run(async |tx| appointments::book(tx, &third, late).await)
        .await
        .expect("the hold has run out");
}

#[tokio::test]
async fn feature_6_10_a_schedule_with_appointments_goes_by_force_only() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "10:00")).await;
    let free = practice.slots(&of(jane)).await;
    let mine = practice.book(free[0].id, "mine").await.expect("booked");
    let gone = practice.book(free[1].id, "gone").await.expect("booked");
    practice
        .run(async |tx| appointments::step(tx, gone, None, Step::Cancel, Some("ill"), noon()).await)
        .await
        .expect("cancelled");
    let delete = async |force| {
        practice
            .run(async |tx| schedules::delete(tx, schedule.id, 1, force, noon()).await)
            .await
    };
    let told = delete(false).await.expect("told");
    assert_eq!(told.iter().map(|a| a.appointment_id).collect::<Vec<_>>(), [mine]);
    assert_eq!(
        practice.slots(&of(jane)).await.len(),
        free.len() - 1,
        "nothing happened"
    );
    delete(true).await.expect("deleted");
    assert!(practice.slots(&of(jane)).await.is_empty());
    let after = practice
        .run(async |tx| appointments::find(tx, mine).await)
        .await
        .expect("read")
        .expect("there");
    assert_eq!((after.status, after.slot_id), (AppointmentStatus::Cancelled, None));
    let told: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'appointment.cancel' AND entity_id = $1")
            .bind(mine.to_string())
            .fetch_one(&mut house.owner().await)
            .await
            .expect("counted");
    assert_eq!(told, 1);
    practice.schedule(jane, clinic, &hours(1, "09:00", "10:00")).await;
}

#[tokio::test]
async fn feature_6_11_new_hours_keep_move_or_flag_what_is_booked() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "Europe/Berlin").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let free = practice.slots(&of(jane)).await;
    let mut ids = Vec::new();
    for (n, slot) in free.iter().take(6).enumerate() {
        ids.push(practice.book(slot.id, &format!("patient-{n}")).await.expect("booked"));
    }
    // From ten on, and by a quarter: the first two fall out, the last ones move or stay.
    let mut later = hours(1, "10:00", "12:00");
    later.slot_minutes = 20;
    let dry = async {
        let mut tx = house.store.begin(&practice.actor).await.expect("begun");
        schedules::update(&mut tx, schedule.id, 1, &later, true, noon())
            .await
            .expect("tried")
            .1
    }
    .await;
    assert_eq!(
        practice.slots(&of(jane)).await.len(),
        free.len() - 6,
        "a dry run changes nothing"
    );
    let (_, report) = practice
        .run(async |tx| schedules::update(tx, schedule.id, 1, &later, true, noon()).await)
        .await
        .expect("changed");
    assert_eq!(dry, report, "and tells what will be");
    assert_eq!(
        report.invalidated.iter().map(|a| a.appointment_id).collect::<Vec<_>>(),
        ids[..2]
    );
    assert_eq!((report.kept, report.moved.len()), (0, 4));
    let stray: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM appointment a LEFT JOIN time_slot s ON s.id = a.slot_id
        WHERE a.status <> 'cancelled' AND NOT a.displaced
        AND (s.id IS NULL OR s.starts_at <> a.starts_at OR s.ends_at <> a.ends_at)",
    )
    .fetch_one(&mut house.owner().await)
    .await
    .expect("counted");
    assert_eq!(stray, 0, "what lies in no slot is flagged");
    let stale = practice
        .run(async |tx| schedules::update(tx, schedule.id, 1, &later, true, noon()).await)
        .await;
    assert!(matches!(stale, Err(Error::VersionMismatch { current: 2 })), "{stale:?}");
    // One that was flagged gets a new slot.
    let slot = practice.slots(&of(jane)).await[0].id;
    let again = practice
        .run(async |tx| appointments::reschedule(tx, ids[0], None, (slot, None), noon()).await)
        .await
        .expect("moved");
    assert!(!again.displaced && again.slot_id == Some(slot));
}

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

#[tokio::test]
async fn feature_6_20_to_6_22_numbers_equal_a_count_by_hand() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinics = [
        practice.clinic("North", "UTC").await,
        practice.clinic("South", "UTC").await,
    ];
    let mut people = Vec::new();
    for n in 0..5_u8 {
        let id = practice.practitioner_at(&format!("Person {n}"), &clinics).await;
        let mut weekly = hours(1 + n % 2, "09:00", "12:00");
        weekly.max_bookings = 2;
        weekly.valid_until = Some(day("2026-12-06"));
        practice.schedule(id, clinics[usize::from(n % 2)], &weekly).await;
        people.push(id);
    }
    house
        .sql("UPDATE practitioner SET gender = 'F', specialty = '207RC0000X' WHERE name < 'Person 2'")
        .await;
    house
        .sql("UPDATE practitioner SET status = 'on_leave', status_from = '2027-01-01' WHERE name = 'Person 4'")
        .await;
    house
        .sql("UPDATE practitioner SET status = 'inactive' WHERE name = 'Person 3'")
        .await;
    let counts = practice
        .run(async |tx| statistics::practitioners(tx, noon().date_naive()).await)
        .await
        .expect("counted");
    let pairs = |map: &BTreeMap<String, i64>| {
        map.iter()
            .map(|(k, v)| format!("{k} {v}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(counts.total, 5);
    assert_eq!(pairs(&counts.by_gender), "F 2, unknown 3");
    assert_eq!(pairs(&counts.by_specialty), "207RC0000X 2, unknown 3");
    assert_eq!(
        pairs(&counts.by_status),
        "active 4, inactive 1",
        "a leave to come is none yet"
    );
    let all = practice.slots(&Filter::default()).await;
    let mut booked: BTreeMap<PractitionerId, i64> = BTreeMap::new();
    for (n, slot) in all.iter().enumerate().filter(|(n, _)| n % 3 != 0) {
        practice.book(slot.id, &format!("patient-{n}")).await.expect("booked");
        *booked.entry(slot.practitioner_id).or_default() += 1;
    }
    let over = Stretch {
        from: noon(),
        until: noon() + TimeDelta::days(30),
        now: noon(),
    };
    let loads = practice
        .run(async |tx| statistics::by_practitioner(tx, over).await)
        .await
        .expect("counted");
    assert_eq!(loads.len(), 5);
    assert!(
        loads
            .windows(2)
            .all(|pair| pair[0].load.appointments >= pair[1].load.appointments),
        "the busiest first"
    );
    for one in &loads {
        let slots = all.iter().filter(|s| s.practitioner_id == one.practitioner_id).count();
        let mine = booked.get(&one.practitioner_id).copied().unwrap_or_default();
        assert_eq!((one.load.appointments, one.load.taken), (mine, mine));
        if one.practitioner_id == people[3] {
            assert_eq!(
                (one.load.capacity, one.load.free),
                (24, 0),
                "inactive: slots that nobody is offered"
            );
        } else {
            let capacity = i64::try_from(slots).expect("few") * 2;
            assert_eq!((one.load.capacity, one.load.free), (capacity, capacity - mine));
        }
    }
    let sites = practice
        .run(async |tx| statistics::by_clinic(tx, over).await)
        .await
        .expect("counted");
    let sum = |of: fn(&statistics::Load) -> i64| {
        (
            loads.iter().map(|l| of(&l.load)).sum::<i64>(),
            sites.iter().map(|l| of(&l.load)).sum::<i64>(),
        )
    };
    for (people, sites) in [
        sum(|l| l.appointments),
        sum(|l| l.capacity),
        sum(|l| l.taken),
        sum(|l| l.free),
    ] {
        assert!(people == sites && people > 0, "clinics sum up to the total");
    }
}

#[tokio::test]
async fn feature_10_06_waits_are_told_by_specialty() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    for n in 0..4_u64 {
        let id = practice.practitioner_at(&format!("Person {n}"), &[clinic]).await;
        if n < 3 {
            // The next free slot is 1, 8 and 15 days away.
            let mut weekly = hours(1, "12:00", "12:30");
            weekly.valid_from = day("2026-11-23") + Days::new(7 * n);
            practice.schedule(id, clinic, &weekly).await;
        }
    }
    let waits = async |days, percent| {
        let all = practice
            .run(async |tx| statistics::waits(tx, None, days, percent, noon()).await)
            .await
            .expect("told");
        assert_eq!(all.len(), 1);
        (all[0].within, all[0].share, all[0].median_days, all[0].adequate)
    };
    assert_eq!(waits(7, 95).await, (1, 0.25, Some(11.5), false));
    assert_eq!(waits(8, 50).await, (2, 0.5, Some(11.5), true));
    house
        .sql("UPDATE practitioner SET status = 'inactive' WHERE name = 'Person 3'")
        .await;
    assert_eq!(waits(15, 95).await, (3, 1.0, Some(8.0), true));
}
