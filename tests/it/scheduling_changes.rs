//! What a clinic's hours, holidays and zone do to slots and appointments, what a night's rolling on does where something is in
//! the way, and what the tenant's systems hear of it.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use provider_directory::{
    domain::{
        clinic::{Details, Holiday, Hours, Period},
        schedule::{Schedule, ScheduleException},
    },
    store::{
        self, Error, appointments, clinics, schedule_exceptions,
        schedules::{self, Report},
        slots::{Filter, Which},
    },
    vocab::{
        ClinicId, PractitionerId,
        ids::{AppointmentId, ScheduleExceptionId, ScheduleId},
        terms::ExceptionKind,
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use uuid::Uuid;

use super::{
    house::{House, noon},
    http_site::Site,
    openapi::misfits,
    practice::{Practice, code, day, hours},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn of(practitioner: PractitionerId) -> Filter {
    Filter {
        which: Which::All,
        practitioners: Some(vec![practitioner]),
        ..Filter::default()
    }
}

/// A session more for a schedule on one day.
fn extra(schedule: ScheduleId, date: &str, start: &str, end: &str) -> ScheduleException {
    ScheduleException {
        id: ScheduleExceptionId(Uuid::now_v7()),
        kind: ExceptionKind::Extra,
        schedule_id: Some(schedule),
        practitioner_id: None,
        clinic_id: None,
        first_day: day(date),
        last_day: day(date),
        start_time: Some(start.parse().expect("a time")),
        end_time: Some(end.parse().expect("a time")),
        reason: None,
    }
}

impl Practice<'_> {
    async fn except(&self, new: &ScheduleException) -> Result<Report, Error> {
        self.run(async |tx| schedule_exceptions::create(tx, new, noon()).await)
            .await
    }

    /// Changes what is said of a clinic.
    async fn alter(&self, clinic: ClinicId, change: impl Fn(&mut Details)) -> Result<Report, Error> {
        self.run(async |tx| {
            let before = clinics::find(tx, clinic).await?.ok_or(Error::NotFound)?;
            let mut details = before.details;
            change(&mut details);
            clinics::update(tx, clinic, None, &details, before.is_active, noon()).await
        })
        .await
        .map(|done| done.1)
    }

    /// Appointments that lie in no slot and are not flagged, and slots that overlap or count wrongly.
    async fn strays(&self) -> (i64, i64, i64) {
        sqlx::query_as(
            "SELECT
                (SELECT count(*) FROM appointment a LEFT JOIN time_slot s ON s.id = a.slot_id
                    WHERE a.status <> 'cancelled' AND NOT a.displaced
                    AND (s.id IS NULL OR s.starts_at <> a.starts_at OR s.ends_at <> a.ends_at
                        OR s.practitioner_id <> a.practitioner_id OR s.clinic_id <> a.clinic_id)),
                (SELECT count(*) FROM time_slot s JOIN time_slot o ON o.practitioner_id = s.practitioner_id
                    AND o.id > s.id AND o.starts_at < s.ends_at AND s.starts_at < o.ends_at),
                (SELECT count(*) FROM time_slot s WHERE s.taken <>
                    (SELECT count(*) FROM appointment a WHERE a.slot_id = s.id AND a.status <> 'cancelled'))",
        )
        .fetch_one(&mut self.house.owner().await)
        .await
        .expect("counted")
    }
}

/// 5.06: no slot lies outside a clinic's opening hours, whenever these change, and who was booked is told of.
#[tokio::test]
async fn feature_5_06_slots_follow_the_hours_and_holidays_of_their_clinic() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    practice.schedule(jane, clinic, &hours(2, "20:00", "04:00")).await;
    let before = practice.slots(&of(jane)).await;
    let early = practice.book(before[0].id, "early").await.expect("booked");
    let late = practice.book(before[5].id, "late").await.expect("booked");
    // Mondays from a quarter to ten; the night to Wednesday until two.
    let open = |details: &mut Details| {
        details.operating_hours = vec![
            Hours {
                weekday: 1,
                opens: 585,
                closes: 1080,
            },
            Hours {
                weekday: 2,
                opens: 1200,
                closes: 120,
            },
        ];
    };
    let report = practice.alter(clinic, open).await.expect("changed");
    assert_eq!((report.kept, report.moved.len(), report.slots_added), (1, 0, 0));
    assert_eq!(report.invalidated[0].appointment_id, early);
    let times = |slots: &[store::slots::Slot], date: &str| -> Vec<String> {
        let of_day = slots.iter().filter(|s| s.span.starts_at.date_naive() == day(date));
        of_day.map(|s| s.span.starts_at.format("%H:%M").to_string()).collect()
    };
    let slots = practice.slots(&of(jane)).await;
    assert_eq!(times(&slots, "2026-11-23"), ["10:00", "10:30", "11:00", "11:30"]);
    assert_eq!(times(&slots, "2026-11-25"), ["00:00", "00:30", "01:00", "01:30"]);
    // Two holidays: one is closed, one opens for an hour.
    let holidays = |details: &mut Details| {
        let holiday = |date: &str, hours| Holiday {
            date: day(date),
            name: None,
            hours,
        };
        let hour = vec![Period {
            opens: 600,
            closes: 660,
        }];
        details.holidays = vec![holiday("2026-11-23", Vec::new()), holiday("2026-11-30", hour)];
    };
    let report = practice.alter(clinic, holidays).await.expect("changed");
    assert_eq!(
        report.invalidated.iter().map(|a| a.appointment_id).collect::<Vec<_>>(),
        [late]
    );
    let slots = practice.slots(&of(jane)).await;
    assert_eq!(times(&slots, "2026-11-23"), [""; 0]);
    assert_eq!(times(&slots, "2026-11-30"), ["10:00", "10:30"]);
    // What is made later heeds them too: a new schedule, an extra session, the days that come within the horizon.
    let night = practice.schedule(jane, clinic, &hours(4, "00:00", "04:00")).await;
    assert_eq!(
        practice
            .slots(&Filter {
                schedule_id: Some(night.id),
                ..of(jane)
            })
            .await,
        []
    );
    let session = extra(night.id, "2026-11-28", "10:45", "13:00");
    assert_eq!(practice.except(&session).await.expect("added").slots_added, 0);
    let rolled = schedules::roll_on(&house.store, practice.organization, noon() + TimeDelta::days(7)).await;
    assert!(rolled.expect("rolled on").slots > 0);
    let outside: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM time_slot s WHERE NOT (
            extract(isodow FROM s.starts_at AT TIME ZONE 'UTC') = 1 AND (s.starts_at AT TIME ZONE 'UTC')::time >= '09:45'
            OR extract(isodow FROM s.starts_at AT TIME ZONE 'UTC') = 2 AND (s.starts_at AT TIME ZONE 'UTC')::time >= '20:00'
            OR extract(isodow FROM s.starts_at AT TIME ZONE 'UTC') = 3 AND (s.starts_at AT TIME ZONE 'UTC')::time < '02:00')",
    )
    .fetch_one(&mut house.owner().await)
    .await
    .expect("counted");
    assert_eq!(outside, 0);
    let always = |details: &mut Details| (details.operating_hours, details.holidays) = (Vec::new(), Vec::new());
    practice.alter(clinic, always).await.expect("changed");
    assert_eq!(
        times(&practice.slots(&of(jane)).await, "2026-11-23").len(),
        6,
        "all are back"
    );
    assert_eq!(practice.strays().await, (0, 0, 0));
}

/// 6.15: the clinic's clock counts, also after it has become another; what can't be is refused and leaves all as it was.
#[tokio::test]
async fn feature_6_15_slots_follow_the_zone_of_their_clinic() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "America/Chicago").await;
    let other = practice.clinic("South", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic, other]).await;
    // Two that lie one behind the other: by the new clock each takes the time of the other.
    practice.schedule(jane, clinic, &hours(1, "09:00", "10:00")).await;
    practice.schedule(jane, clinic, &hours(1, "10:00", "11:00")).await;
    practice.schedule(jane, other, &hours(1, "10:00", "11:00")).await;
    let mondays = Filter {
        clinic_id: Some(clinic),
        until: Some(at("2026-11-24T00:00:00Z")),
        ..of(jane)
    };
    let before = practice.slots(&mondays).await;
    assert_eq!(before[0].span.starts_at, at("2026-11-23T15:00:00Z"), "nine in Chicago");
    let mut booked = Vec::new();
    for slot in &before {
        booked.push(practice.book(slot.id, "patient").await.expect("booked"));
    }
    let zone = |name: &'static str| move |details: &mut Details| details.time_zone = name.to_owned();
    // Nine and ten in Lisbon: ten is the time of the other clinic.
    assert_eq!(
        code(practice.alter(clinic, zone("Europe/Lisbon")).await),
        "schedule_conflict"
    );
    assert_eq!(
        practice.slots(&mondays).await,
        before
            .iter()
            .map(|slot| store::slots::Slot {
                taken: 1,
                ..slot.clone()
            })
            .collect::<Vec<_>>()
    );
    let report = practice.alter(clinic, zone("America/New_York")).await.expect("changed");
    let after = practice.slots(&mondays).await;
    assert_eq!(
        after.iter().map(|s| s.span.starts_at).collect::<Vec<_>>(),
        ["14:00", "14:30", "15:00", "15:30"].map(|time| at(&format!("2026-11-23T{time}:00Z"))),
        "nine in New York"
    );
    assert_eq!(
        report.invalidated.iter().map(|a| a.appointment_id).collect::<Vec<_>>(),
        booked,
        "each was in a schedule that is at another time now"
    );
    assert_eq!(practice.strays().await, (0, 0, 0));
}

/// 6.18: one schedule whose slots can't be made keeps nobody else from theirs; and what brought it about is refused.
#[tokio::test]
async fn feature_6_18_one_that_fails_keeps_no_other_from_rolling_on() {
    let house = House::open().await;
    let practice = Practice::open(&house, "First").await;
    let later = Practice::open(&house, "Later").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let john = practice.practitioner_at("John", &[clinic]).await;
    let mondays = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let tuesdays = practice.schedule(jane, clinic, &hours(2, "09:00", "12:00")).await;
    practice.schedule(john, clinic, &hours(2, "09:00", "12:00")).await;
    let there = later.clinic("North", "UTC").await;
    let mary = later.practitioner_at("Mary", &[there]).await;
    later.schedule(mary, there, &hours(2, "09:00", "12:00")).await;
    // On a Tuesday beyond the horizon, at hours of the other schedule.
    let session = extra(mondays.id, "2027-02-02", "09:15", "09:45");
    assert_eq!(code(practice.except(&session).await), "schedule_conflict");
    let free = extra(mondays.id, "2027-02-02", "12:00", "13:00");
    practice.except(&free).await.expect("adjacent is free");
    let over_it = hours(2, "12:30", "13:30");
    assert_eq!(
        code(practice.try_schedule(jane, clinic, &over_it).await),
        "schedule_conflict"
    );
    // A closure makes room, and can't be taken back while that is used.
    let closed = ScheduleException {
        kind: ExceptionKind::Closed,
        ..extra(tuesdays.id, "2027-02-09", "09:00", "10:00")
    };
    practice.except(&closed).await.expect("closed");
    let instead = extra(mondays.id, "2027-02-09", "09:00", "10:00");
    practice.except(&instead).await.expect("nobody is there");
    let take_back = async |id: ScheduleExceptionId| {
        practice
            .run(async |tx| schedule_exceptions::delete(tx, id, noon()).await)
            .await
    };
    assert_eq!(code(take_back(closed.id).await), "schedule_conflict");
    // One that an earlier version let in.
    house
        .sql(&format!(
            "INSERT INTO schedule_exception (id, organization_id, kind, schedule_id, first_day, last_day, start_time, end_time,
                created_at)
            VALUES ('{}', '{}', 'extra', '{}', '2027-02-02', '2027-02-02', '09:15', '09:45', now())",
            session.id, practice.organization, mondays.id
        ))
        .await;
    let now = noon() + TimeDelta::days(20);
    let rolled = schedules::roll_on_all(&house.store, now).await.expect("rolled on");
    assert_eq!(rolled.failed, 1);
    let through = async |practice: &Practice<'_>, who| {
        let slots = practice.slots(&of(who)).await;
        slots.last().expect("slots").span.starts_at.date_naive()
    };
    assert_eq!(through(&practice, john).await, day("2027-02-09"));
    assert_eq!(through(&later, mary).await, day("2027-02-09"), "and the tenant behind");
    let again = schedules::roll_on_all(&house.store, now).await.expect("rolled on");
    assert_eq!((again.slots, again.failed), (0, 1), "only what failed is tried again");
    take_back(session.id).await.expect("taken back");
    let cured = schedules::roll_on_all(&house.store, now).await.expect("rolled on");
    assert!(cured.slots > 0 && cured.failed == 0, "{cured:?}");
}

/// More schedules than are read at once are all there.
#[tokio::test]
async fn no_schedule_is_left_out_of_a_long_list() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let one = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    house
        .sql(&format!(
            "INSERT INTO schedule (organization_id, practitioner_id, clinic_id, day_of_week, start_time, end_time, slot_minutes,
                buffer_minutes, max_bookings, valid_from, is_active, materialized_through, created_at, updated_at)
            SELECT organization_id, practitioner_id, clinic_id, 1 + n % 7, start_time, end_time, slot_minutes,
                buffer_minutes, max_bookings, valid_from, false, materialized_through, created_at, updated_at
            FROM schedule, generate_series(1, 2000) n WHERE id = '{}'",
            one.id
        ))
        .await;
    let all = practice
        .run(async |tx| schedules::list(tx, &schedules::Filter::default()).await)
        .await
        .expect("read");
    assert_eq!(all.len(), 2001);
    assert!(
        all.windows(2)
            .all(|pair| schedules::place(&pair[0]) < schedules::place(&pair[1]))
    );
}

/// 6.10 and 6.11: the tenant's systems hear of each appointment that a change cancels, moves or flags, of nobody else's, and
/// nothing of the patient.
#[tokio::test]
async fn feature_6_10_what_becomes_of_appointments_is_told() {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "10:00")).await;
    let free = practice.slots(&of(jane)).await;
    let mut told_until = site.house.settled().await;
    let mut told = async || -> Vec<(String, Value)> {
        site.house.settled().await;
        let batch = store::publish::read(&site.house.store, told_until, 1000)
            .await
            .expect("read");
        told_until = batch.position;
        let own = batch
            .events
            .into_iter()
            .filter(|e| e.event.kind == "appointment.updated");
        let mut all: Vec<_> = own
            .map(|published| {
                assert_eq!(published.owner, Some(practice.organization), "nobody else's");
                let event = serde_json::to_value(published.event).expect("JSON");
                (event["data"]["change"].as_str().unwrap_or_default().to_owned(), event)
            })
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    };
    let mine = practice.book(free[0].id, "secret-patient").await.expect("booked");
    let next = practice.book(free[1].id, "secret-patient").await.expect("booked");
    let booked = told().await;
    assert_eq!(
        booked.iter().map(|e| e.0.as_str()).collect::<Vec<_>>(),
        ["booked", "booked"]
    );
    let shape = serde_json::json!({"$ref": "#/components/schemas/AppointmentUpdated"});
    let document = site.get("/openapi.json").await.json();
    for (_, event) in &booked {
        let mut faults = Vec::new();
        misfits(&document, &shape, event, "", &mut faults);
        assert_eq!(faults, [""; 0], "{event}");
        assert!(!event.to_string().contains("secret-patient"));
    }
    // By a quarter: the first has no slot any more, the second moves. A dry run tells nobody.
    let later = hours(1, "09:45", "10:45");
    {
        let mut tx = site.house.store.begin(&practice.actor).await.expect("begun");
        schedules::update(&mut tx, schedule.id, 1, &later, true, noon())
            .await
            .expect("tried");
    }
    practice
        .run(async |tx| schedules::update(tx, schedule.id, 1, &later, true, noon()).await)
        .await
        .expect("changed");
    let changed = told().await;
    assert_eq!(
        changed
            .iter()
            .map(|(change, event)| (change.as_str(), event["subject"].clone()))
            .collect::<Vec<_>>(),
        [
            ("displaced", serde_json::json!(mine)),
            ("rescheduled", serde_json::json!(next))
        ]
    );
    assert_eq!(changed[1].1["data"]["starts_at"], "2026-11-23T09:45:00Z");
    practice
        .run(async |tx| schedules::delete(tx, schedule.id, 2, true, noon()).await)
        .await
        .expect("deleted");
    let gone = told().await;
    assert_eq!(gone.len(), 1);
    assert_eq!(
        (gone[0].0.as_str(), &gone[0].1["subject"]),
        ("cancelled", &serde_json::json!(next))
    );
}

/// One of the world of [`feature_6_11_whatever_changes_nothing_lies_outside_a_slot_unless_it_is_flagged`].
struct Walk<'a> {
    practice: Practice<'a>,
    chance: StdRng,
    clinics: [ClinicId; 2],
    practitioner: PractitionerId,
    schedules: Vec<Schedule>,
    exceptions: Vec<ScheduleExceptionId>,
    appointments: Vec<AppointmentId>,
    done: [usize; 9],
}

impl Walk<'_> {
    /// A time on a quarter of an hour.
    fn time(&mut self) -> NaiveTime {
        let quarter = self.chance.random_range(0..96);
        NaiveTime::from_hms_opt(quarter / 4, quarter % 4 * 15, 0).expect("a time")
    }

    fn weekly(&mut self) -> provider_directory::domain::schedule::Weekly {
        let weekday = self.chance.random_range(1..=7);
        let mut weekly = hours(weekday, "09:00", "12:00");
        (weekly.start_time, weekly.end_time) = (self.time(), self.time());
        weekly.slot_minutes = [15, 20, 30, 45][self.chance.random_range(0..4)];
        weekly.max_bookings = self.chance.random_range(1..=2);
        weekly
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.chance.random_range(0..from.len())])
    }

    /// Takes a random step; whether it was let.
    async fn step(&mut self) -> Result<(), Error> {
        let what = self.chance.random_range(0..9);
        let clinic = self.clinics[self.chance.random_range(0..2)];
        let index = self.chance.random_range(0..self.schedules.len().max(1));
        let done = match what {
            0 => {
                let weekly = self.weekly();
                let made = self.practice.try_schedule(self.practitioner, clinic, &weekly).await;
                made.map(|schedule| self.schedules.push(schedule))
            }
            1 if !self.schedules.is_empty() => {
                let (id, version) = (self.schedules[index].id, self.schedules[index].version);
                let (weekly, active) = (self.weekly(), self.chance.random_bool(0.8));
                let changed = self
                    .practice
                    .run(async |tx| schedules::update(tx, id, version, &weekly, active, noon()).await)
                    .await;
                changed.map(|(schedule, _)| self.schedules[index] = schedule)
            }
            2 if !self.schedules.is_empty() => {
                let (id, version) = (self.schedules[index].id, self.schedules[index].version);
                let force = self.chance.random_bool(0.5);
                let gone = self
                    .practice
                    .run(async |tx| schedules::delete(tx, id, version, force, noon()).await)
                    .await;
                gone.map(|affected| {
                    if force || affected.is_empty() {
                        self.schedules.remove(index);
                    }
                })
            }
            3 | 4 => {
                let slots = self.practice.slots(&Filter::default()).await;
                let Some(slot) = self.pick(&slots.iter().map(|s| s.id).collect::<Vec<_>>()) else {
                    return Ok(());
                };
                let old = self.appointments.clone();
                if let Some(old) = self.pick(&old).filter(|_| what == 4) {
                    let moved = self
                        .practice
                        .run(async |tx| appointments::reschedule(tx, old, None, (slot, None), noon()).await);
                    moved.await.map(|_| ())
                } else {
                    let booked = self.practice.book(slot, "patient").await;
                    booked.map(|id| self.appointments.push(id))
                }
            }
            5 if !self.schedules.is_empty() => {
                let first = (noon() + TimeDelta::days(self.chance.random_range(0..40))).date_naive();
                let closes = self.chance.random_bool(0.5);
                let exception = ScheduleException {
                    id: ScheduleExceptionId(Uuid::now_v7()),
                    kind: if closes {
                        ExceptionKind::Closed
                    } else {
                        ExceptionKind::Extra
                    },
                    schedule_id: (!closes).then(|| self.schedules[index].id),
                    practitioner_id: closes.then_some(self.practitioner),
                    first_day: first,
                    last_day: first + Days::new(self.chance.random_range(0..3)),
                    start_time: Some(self.time()),
                    end_time: Some(self.time()),
                    clinic_id: None,
                    reason: None,
                };
                let added = self.practice.except(&exception).await;
                added.map(|_| self.exceptions.push(exception.id))
            }
            6 if !self.exceptions.is_empty() => {
                let id = self.exceptions[self.chance.random_range(0..self.exceptions.len())];
                let gone = self
                    .practice
                    .run(async |tx| schedule_exceptions::delete(tx, id, noon()).await)
                    .await;
                gone.map(|_| self.exceptions.retain(|kept| *kept != id))
            }
            7 => {
                let opens = self.chance.random_range(0..48) * 15;
                let (weekday, closes) = (self.chance.random_range(1..=7), opens + 720);
                let always = self.chance.random_bool(0.5);
                let open = |details: &mut Details| {
                    let all = (1..=7).filter(|n| *n != weekday);
                    let hours = all.map(|weekday| Hours { weekday, opens, closes });
                    details.operating_hours = if always { Vec::new() } else { hours.collect() };
                };
                self.practice.alter(clinic, open).await.map(|_| ())
            }
            8 => {
                let zones = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Honolulu"];
                let zone = zones[self.chance.random_range(0..4)];
                let moved = self
                    .practice
                    .alter(clinic, |details| details.time_zone = zone.to_owned());
                moved.await.map(|_| ())
            }
            _ => return Ok(()),
        };
        self.done[what] += usize::from(done.is_ok());
        done
    }
}

/// 6.11: random hours, bookings and changes of all kinds; after each step, done or refused, what is not cancelled lies in a slot
/// of its time or is flagged, no two slots of a practitioner overlap, and every slot counts what is in it.
#[tokio::test]
async fn feature_6_11_whatever_changes_nothing_lies_outside_a_slot_unless_it_is_flagged() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinics = [
        practice.clinic("North", "UTC").await,
        practice.clinic("South", "America/New_York").await,
    ];
    let practitioner = practice.practitioner_at("Jane", &clinics).await;
    let mut walk = Walk {
        practice,
        chance: StdRng::seed_from_u64(611),
        clinics,
        practitioner,
        schedules: Vec::new(),
        exceptions: Vec::new(),
        appointments: Vec::new(),
        done: [0; 9],
    };
    let mut refused = 0;
    for n in 0..240 {
        match walk.step().await {
            Ok(()) => {}
            Err(Error::Refused(_) | Error::RefusedAll(_)) => refused += 1,
            Err(other) => panic!("step {n}: {other:?}"),
        }
        assert_eq!(walk.practice.strays().await, (0, 0, 0), "after step {n}");
    }
    assert!(walk.done.iter().all(|done| *done > 2), "{:?}", walk.done);
    assert!(refused > 10, "{refused}");
    let flagged: i64 = sqlx::query_scalar("SELECT count(*) FROM appointment WHERE displaced")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("counted");
    assert!(flagged > 2, "{flagged}");
}
