//! What somebody tries who means a practice no good, or does not look: days beyond any calendar, texts without end, keeping every
//! place, deciding by what is not so any more.

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use provider_directory::{
    domain::{appointment::Step, schedule::ScheduleException},
    store::{Error, appointments, schedule_exceptions, schedules, slots::Filter},
    vocab::{ids::ScheduleExceptionId, terms::ExceptionKind},
};
use serde_json::{Value, json};

use crate::{
    house::{House, noon},
    http_site::Site,
    practice::{Practice, code, day, hours},
    scheduling_desk::{Desk, mondays},
};

/// The body with some members that are otherwise.
fn with(mut body: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

/// A clinic in Chicago where Jane sees people on Mondays, and another one without anybody.
struct Places {
    clinic: String,
    other: String,
    jane: String,
    schedule: String,
}

impl Places {
    async fn of(desk: &Desk<'_>) -> Self {
        let clinic = desk.clinic("North", "America/Chicago").await;
        let other = desk.clinic("South", "UTC").await;
        let (jane, schedule) = desk.practice("jane", &clinic).await;
        Self {
            clinic,
            other,
            jane,
            schedule,
        }
    }

    /// What Jane might do on Tuesdays.
    fn tuesdays(&self) -> Value {
        with(mondays(&self.jane, &self.clinic), &json!({"day_of_week": 2}))
    }
}

/// Days that are in no calendar of people's.
fn without_measure() -> (Value, Value) {
    (json!("+262142-12-31"), json!("-262143-01-01"))
}

/// A day that no calendar has is refused where it is read, whatever it is for; nothing panics, nothing is saved.
#[tokio::test]
async fn days_times_and_texts_without_measure_make_nothing_and_are_told_by_their_field() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let places = Places::of(&desk).await;
    let tuesdays = places.tuesdays();
    let Places {
        clinic,
        other,
        jane,
        schedule,
    } = places;
    let slot = desk.free().await;
    let closed = json!({"kind": "closed", "clinic_id": clinic, "first_day": "2026-12-24"});
    let assigned = json!({"practitioner_id": jane, "clinic_id": other, "start_date": "2026-01-01"});
    let booking = json!({"slot_id": slot, "patient_reference": "patient-1"});
    let before = desk.get("/schedules").await;

    let (far, long_ago) = without_measure();
    let (schedules, exceptions, appointments) = ("/schedules", "/schedule-exceptions", "/appointments");
    let long = "x".repeat(1001);
    for (path, body, changes, status, field, rule) in [
        (
            schedules,
            &tuesdays,
            json!({"valid_from": far}),
            400,
            "valid_from",
            "range",
        ),
        (
            schedules,
            &tuesdays,
            json!({"valid_from": long_ago}),
            400,
            "valid_from",
            "range",
        ),
        (
            schedules,
            &tuesdays,
            json!({"valid_until": "+10000-01-01"}),
            400,
            "valid_until",
            "range",
        ),
        (
            schedules,
            &tuesdays,
            json!({"start_time": "08:59:60"}),
            422,
            "start_time",
            "range",
        ),
        (
            schedules,
            &tuesdays,
            json!({"end_time": "10:00:00.000000001"}),
            422,
            "end_time",
            "range",
        ),
        (
            exceptions,
            &closed,
            json!({"first_day": far}),
            400,
            "first_day",
            "range",
        ),
        (
            exceptions,
            &closed,
            json!({"first_day": long_ago}),
            400,
            "first_day",
            "range",
        ),
        (exceptions, &closed, json!({"reason": long}), 422, "reason", "length"),
        (
            exceptions,
            &closed,
            json!({"schedule_id": schedule, "clinic_id": other}),
            422,
            "schedule_id",
            "other_schedule",
        ),
        (
            "/clinic-assignments",
            &assigned,
            json!({"start_date": far}),
            400,
            "start_date",
            "range",
        ),
        (
            appointments,
            &booking,
            json!({"appointment_type": ""}),
            422,
            "appointment_type",
            "length",
        ),
        (
            appointments,
            &booking,
            json!({"appointment_type": "x".repeat(81)}),
            422,
            "appointment_type",
            "length",
        ),
        (appointments, &booking, json!({"note": long}), 422, "note", "length"),
        (
            appointments,
            &booking,
            json!({"patient_reference": "x".repeat(201)}),
            422,
            "patient_reference",
            "length",
        ),
    ] {
        let answer = desk.post(path, with(body.clone(), &changes)).await;
        let (named, told) = answer.fault();
        let got = (answer.status.as_u16(), named.as_str(), told.as_str());
        assert_eq!(got, (status, field, rule), "{path} {changes}: {}", answer.text);
    }
    assert_eq!(desk.get("/schedules").await, before, "nothing was saved");
}

#[tokio::test]
async fn days_times_and_texts_without_measure_change_nothing_and_are_told_by_their_field() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let places = Places::of(&desk).await;
    let before = desk.get("/schedules").await;
    let (far, long_ago) = without_measure();
    let long = "x".repeat(1001);
    let holidays: Vec<_> = (0..501_i64)
        .map(|n| json!({"date": day("2027-01-01") + TimeDelta::days(n)}))
        .collect();
    let south = format!("/clinics/{}", places.other);
    let record = format!("/practitioners/{}", places.jane);
    let qualified = json!([{"name": "MD", "kind": "degree", "issuer": long}]);
    for (path, change, field, rule) in [
        (&south, json!({"line1": "x".repeat(201)}), "line1", "length"),
        (&south, json!({"city": "Two\nlines"}), "city", "length"),
        (
            &south,
            json!({"holidays": [{"date": "2027-01-01", "name": long}]}),
            "holidays[0].name",
            "length",
        ),
        (&south, json!({"holidays": holidays}), "holidays", "too_many"),
        (
            &record,
            json!({"qualifications": qualified}),
            "qualifications[0].issuer",
            "length",
        ),
        (
            &record,
            json!({"status": "on_leave", "status_from": long_ago}),
            "status_from",
            "range",
        ),
    ] {
        let answer = desk.send("PATCH", path, &[("if-match", "*")], change.clone()).await;
        let (named, told) = answer.fault();
        assert_eq!(
            (named.as_str(), told.as_str()),
            (field, rule),
            "{path} {change}: {}",
            answer.text
        );
    }
    let path = format!("/schedules/{}", places.schedule);
    let changed = desk
        .send("PATCH", &path, &[("if-match", "*")], json!({"valid_from": far}))
        .await;
    assert_eq!(
        (changed.status, changed.fault().0.as_str()),
        (StatusCode::BAD_REQUEST, "valid_from")
    );
    assert_eq!(desk.get("/schedules").await, before, "nothing was saved");
    // A cursor is a text like others.
    let key = json!(["-262143-01-01T00:00:00Z", uuid::Uuid::nil()]).to_string();
    let cursor = URL_SAFE_NO_PAD.encode(key);
    for path in ["/slots", "/appointments", "/fhir/Slot"] {
        let answer = desk
            .send("GET", &format!("{path}?cursor={cursor}"), &[], Value::Null)
            .await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
    }
}

/// The last day that people write for one that never comes is a day, and a kind of appointment is found however it is written.
#[tokio::test]
async fn a_schedule_may_go_on_for_ever() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let places = Places::of(&desk).await;
    let forever = json!({"valid_until": "9999-12-31", "appointment_types": ["Ärztin"]});
    desk.make("/schedules", with(places.tuesdays(), &forever)).await;
    let found = desk
        .get("/slots?appointment_type=%C3%84rztin&from=2026-11-24T00:00:00Z&until=2026-11-25T00:00:00Z")
        .await;
    let slot = &found["slots"][0];
    assert_eq!(slot["appointment_types"], json!(["Ärztin"]));
    let booking = json!({"slot_id": slot["id"], "patient_reference": "patient-1", "appointment_type": "ärztin"});
    desk.make("/appointments", booking).await;
}

/// Who neither sees the patients nor runs the clinic keeps a few places at a time, also where they ask for several at once: nobody
/// keeps all of them from everybody else.
#[tokio::test]
async fn a_member_keeps_a_few_places_at_a_time() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    desk.practice("jane", &clinic).await;
    let member = desk.front().await;
    let free = desk.get("/slots?limit=30").await;
    let hold = |n: usize| format!("/slots/{}/holds", free["slots"][n]["id"].as_str().expect("an id"));
    let mut held = Vec::new();
    for n in 0..9 {
        held.push(member.make(&hold(n), json!({})).await);
    }
    let (paths, body) = ((hold(9), hold(10)), json!({}));
    let (one, other) = tokio::join!(member.post(&paths.0, body.clone()), member.post(&paths.1, body.clone()));
    let refused = match (one.status.as_u16(), other.status.as_u16()) {
        (201, 422) => other,
        (422, 201) => one,
        both => panic!("one of them: {both:?}"),
    };
    assert_eq!(refused.fault(), ("slot_id".to_owned(), "too_many_holds".to_owned()));
    let back = member
        .send("DELETE", &format!("/holds/{}", held[0]), &[], Value::Null)
        .await;
    assert_eq!(back.status, 204);
    member.make(&hold(11), json!({})).await;
    assert_eq!(member.post(&hold(12), json!({})).await.status, 422);
    for n in (12..24).chain([0]) {
        desk.make(&hold(n), json!({})).await; // Who runs the clinic keeps as many as they need.
    }
}

/// A schedule is deleted as its last change has left it, and not as it was when somebody began to delete it.
#[tokio::test]
async fn a_schedule_that_has_just_changed_is_not_deleted_unseen() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let mut changing = house.store.begin(&practice.actor).await.expect("begun");
    let changed = hours(1, "09:00", "15:00");
    schedules::update(&mut changing, schedule.id, schedule.version, &changed, true, noon())
        .await
        .expect("changed");
    let deleting = practice.run(async |tx| schedules::delete(tx, schedule.id, schedule.version, true, noon()).await);
    let committing = async {
        let mut owner = house.owner().await;
        let mut waiting = 0_i64;
        while waiting == 0 {
            waiting = sqlx::query_scalar(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
            .fetch_one(&mut owner)
            .await
            .expect("asked");
        }
        changing.commit().await.expect("committed")
    };
    let (deleted, _) = tokio::join!(deleting, committing);
    assert!(
        matches!(deleted, Err(Error::VersionMismatch { current }) if current == schedule.version + 1),
        "{deleted:?}"
    );
    assert!(!practice.slots(&Filter::default()).await.is_empty());
}

/// A schedule that was inactive for longer than there are slots has them at once when it is active again.
#[tokio::test]
async fn a_schedule_that_comes_back_has_slots_at_once() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let later = noon() + TimeDelta::days(100);
    let mut version = schedule.version;
    for (active, now) in [(false, noon()), (true, later)] {
        let done = practice
            .run(async |tx| schedules::update(tx, schedule.id, version, &schedule.weekly, active, now).await)
            .await;
        let (told, report) = done.expect("changed");
        version = told.version;
        assert_eq!(report.slots_added > 0, active, "{report:?}");
    }
    let rolled = schedules::roll_on(&house.store, practice.organization, later).await;
    assert_eq!(rolled.expect("rolled on").slots, 0, "nothing was left to do");
}

/// Nobody is said not to have come to an appointment that the clinic took away, and it can be moved for as long as it takes.
#[tokio::test]
async fn who_has_lost_their_slot_has_not_missed_it() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let slot = practice.slots(&Filter::default()).await.swap_remove(0);
    let booked = practice.book(slot.id, "patient-1").await.expect("booked");
    let closed = ScheduleException {
        id: ScheduleExceptionId(uuid::Uuid::now_v7()),
        kind: ExceptionKind::Closed,
        schedule_id: None,
        practitioner_id: None,
        clinic_id: Some(clinic),
        first_day: day("2026-11-23"),
        last_day: day("2026-11-23"),
        start_time: None,
        end_time: None,
        reason: None,
    };
    let report = practice
        .run(async |tx| schedule_exceptions::create(tx, &closed, noon()).await)
        .await;
    assert_eq!(report.expect("closed").invalidated.len(), 1);
    let after = slot.span.ends_at;
    let missed = practice
        .run(async |tx| appointments::step(tx, booked, None, Step::NoShow, None, after).await)
        .await;
    assert_eq!(code(missed), "displaced");
    // It goes elsewhere, though its time is over.
    let next = practice.slots(&Filter::default()).await.swap_remove(0);
    let moved = practice
        .run(async |tx| appointments::reschedule(tx, booked, None, (next.id, None), after).await)
        .await
        .expect("moved");
    assert_eq!((moved.slot_id, moved.displaced), (Some(next.id), false));
    let cancelled = practice
        .run(async |tx| appointments::step(tx, booked, None, Step::Cancel, None, after).await)
        .await;
    assert!(cancelled.is_ok(), "{cancelled:?}");
}
