//! Appointments at their ends: nothing comes before its time, and what is over stays as it is, whatever becomes of its hours.

use axum::http::StatusCode;
use provider_directory::{
    domain::appointment::Step,
    store::{appointments, schedules, slots::Filter},
    vocab::{ids::AppointmentId, terms::AppointmentStatus},
};
use serde_json::json;

use crate::{
    house::{House, noon},
    http_site::Site,
    practice::{Practice, code, hours},
    scheduling_desk::Desk,
};

/// 6.13: who is there a week before is there for something else, and nothing has taken place before it begins.
#[tokio::test]
async fn feature_6_13_nobody_arrives_a_week_early() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    desk.practice("jane", &clinic).await;
    let slot = desk.get("/slots?from=2026-11-29T00:00:00Z&limit=1").await["slots"][0]["id"].clone();
    let booked = desk
        .make(
            "/appointments",
            json!({"slot_id": slot, "patient_reference": "patient-1"}),
        )
        .await;
    let early = desk.post(&format!("/appointments/{booked}/arrive"), json!({})).await;
    assert_eq!(
        (early.status, early.fault().1.as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "too_early"),
        "{}",
        early.text
    );
    assert_eq!(desk.get(&format!("/appointments/{booked}")).await["status"], "booked");
}

/// Appointments of a Monday that is to come, of which one has taken place all the same: as clocks that were wrong leave it.
async fn one_is_over(practice: &Practice<'_>) -> (provider_directory::domain::schedule::Schedule, Vec<AppointmentId>) {
    let clinic = practice.clinic("North", "America/Chicago").await;
    let jane = practice.practitioner_at("jane", &[clinic]).await;
    let schedule = practice.schedule(jane, clinic, &hours(1, "09:00", "11:00")).await;
    let slots = practice.slots(&Filter::default()).await;
    let mut made = Vec::new();
    for slot in &slots[..2] {
        made.push(practice.book(slot.id, "patient").await.expect("booked"));
    }
    practice
        .house
        .sql(&format!(
            "UPDATE appointment SET status = 'fulfilled' WHERE id = '{}'",
            made[0]
        ))
        .await;
    (schedule, made)
}

async fn status(practice: &Practice<'_>, id: AppointmentId) -> (AppointmentStatus, bool) {
    let found = practice.run(async |tx| appointments::find(tx, id).await).await;
    let found = found.expect("read").expect("there");
    (found.status, found.displaced)
}

/// 6.13 and 6.11: a schedule that goes, or has other hours, cancels and moves what is to come, and leaves alone what took place.
#[tokio::test]
async fn what_took_place_stays_when_its_schedule_changes_or_goes() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let (schedule, made) = one_is_over(&practice).await;
    let later = hours(1, "13:00", "15:00");
    let changed = practice
        .run(async |tx| schedules::update(tx, schedule.id, schedule.version, &later, true, noon()).await)
        .await;
    let (schedule, report) = changed.expect("changed");
    let touched: Vec<_> = report
        .moved
        .iter()
        .chain(&report.invalidated)
        .map(|a| a.appointment_id)
        .collect();
    assert_eq!(touched, [made[1]], "{report:?}");
    assert_eq!(status(&practice, made[0]).await, (AppointmentStatus::Fulfilled, false));
    let gone = practice
        .run(async |tx| schedules::delete(tx, schedule.id, schedule.version, true, noon()).await)
        .await;
    let gone: Vec<_> = gone.expect("deleted").iter().map(|a| a.appointment_id).collect();
    assert!(!gone.contains(&made[0]), "{gone:?}");
    assert_eq!(status(&practice, made[0]).await, (AppointmentStatus::Fulfilled, false));
}

/// No statement leads out of an end, not even one of the owner of the tables.
#[tokio::test]
async fn the_schema_keeps_what_is_over() {
    let house = House::open().await;
    let practice = Practice::open(&house, "Clinic").await;
    let (_, made) = one_is_over(&practice).await;
    let cancelled = practice
        .run(async |tx| appointments::step(tx, made[0], None, Step::Cancel, None, noon()).await)
        .await;
    assert_eq!(code(cancelled), "transition");
    for to in ["booked", "cancelled", "no_show"] {
        let moved = sqlx::query("UPDATE appointment SET status = $2 WHERE id = $1")
            .bind(made[0].0)
            .bind(to)
            .execute(&mut house.owner().await)
            .await;
        let refused = moved.expect_err("it stays");
        let constraint = refused.as_database_error().and_then(|error| error.constraint());
        assert_eq!(constraint, Some("appointment_ended"), "{to}");
    }
}

/// Who leaves the practice while on leave is not bookable after it; another status has the days that come with it.
#[tokio::test]
async fn who_goes_while_on_leave_does_not_come_back_by_its_end() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let path = format!("/practitioners/{jane}");
    let change = async |what: serde_json::Value| {
        let changed = desk.send("PATCH", &path, &[("if-match", "*")], what).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        changed.json()
    };
    let leave = json!({"status": "on_leave", "status_from": "2026-12-01", "status_until": "2026-12-20"});
    assert_eq!(change(leave).await["status_until"], "2026-12-20");
    let longer = change(json!({"status": "on_leave", "status_until": "2026-12-22"})).await;
    assert_eq!(longer["status_from"], "2026-12-01", "the same leave, longer");
    let gone = change(json!({"status": "inactive"})).await;
    assert_eq!(
        (&gone["status_from"], &gone["status_until"]),
        (&json!(null), &json!(null))
    );
    let free = desk.get(&format!("/slots?practitioner_id={jane}")).await;
    assert_eq!(free["slots"], json!([]));
}
