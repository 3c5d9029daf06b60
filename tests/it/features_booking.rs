//! The rows of the feature table on booking: capacity under many at once, holds, and what becomes of what is booked.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use chrono::TimeDelta;
use futures::{StreamExt, stream};
use provider_directory::{
    domain::appointment::Step,
    store::{Error, Store, appointments, schedules, slots},
    vocab::terms::AppointmentStatus,
};

use super::{
    features_scheduling::of,
    house::{House, noon},
    practice::{Practice, booking, code, hours},
};

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
