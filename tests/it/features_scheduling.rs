//! The rows of the feature table on practitioners, their clinics and their numbers, at the store.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use futures::{StreamExt, stream};
use provider_directory::{
    store::{
        Error, clinic_assignments, practitioners,
        slots::Filter,
        statistics::{self, Stretch},
    },
    vocab::{ClinicId, PractitionerId},
};
use uuid::Uuid;

use super::{
    house::{House, noon},
    practice::{Practice, code, day, hours, profile},
};

pub fn of(practitioner: PractitionerId) -> Filter {
    Filter {
        practitioners: Some(vec![practitioner]),
        ..Filter::default()
    }
}

pub fn at(text: &str) -> DateTime<Utc> {
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
            .run(async |tx| clinic_assignments::assignments(tx, Some(jane), None).await)
            .await
            .expect("read");
        all.into_iter().filter(|a| a.is_primary).map(|a| a.clinic_id).collect()
    };
    assert_eq!(primaries().await, [north]);
    practice
        .run(async |tx| clinic_assignments::change_assignment(tx, second.id, (None, None), true).await)
        .await
        .expect("changed");
    assert_eq!(primaries().await, [south], "flipped at once");
    let refused = practice
        .run(async |tx| clinic_assignments::unassign(tx, second.id).await)
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
