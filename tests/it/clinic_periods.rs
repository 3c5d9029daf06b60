//! Practitioners who come back to a clinic, and clinics that close: no day is lost on the way, and no appointment.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    http_site::Site,
    scheduling_desk::{Desk, mondays},
};

/// 6.03: who left a clinic may come back to it; two periods there share no day, and slots are of the days of either.
#[tokio::test]
async fn feature_6_03_a_practitioner_comes_back_to_a_clinic() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    let user = desk.member("jane").await;
    let jane = desk.make("/practitioners", json!({"user_id": user})).await;
    let period = |from: &str, until: Value| json!({"practitioner_id": jane, "clinic_id": clinic, "start_date": from, "end_date": until});
    let first = desk
        .make("/clinic-assignments", period("2026-01-01", json!("2026-11-30")))
        .await;
    let second = desk
        .make("/clinic-assignments", period("2026-12-14", Value::Null))
        .await;
    for (from, until) in [
        ("2026-11-30", json!("2026-12-01")),
        ("2026-12-20", json!("2026-12-21")),
        ("2025-01-01", Value::Null),
    ] {
        let refused = desk.post("/clinic-assignments", period(from, until)).await;
        assert_eq!(
            (refused.status, refused.fault()),
            (
                StatusCode::CONFLICT,
                ("start_date".to_owned(), "assigned_already".to_owned())
            ),
            "{from}: {}",
            refused.text
        );
    }
    let at = format!("/clinic-assignments/{second}");
    let over = desk.send("PATCH", &at, &[], json!({"start_date": "2026-11-30"})).await;
    assert_eq!(
        (over.status, over.fault().1.as_str()),
        (StatusCode::CONFLICT, "assigned_already"),
        "{}",
        over.text
    );
    let hours = |from: &str, until: Value| {
        let mut hours = mondays(&jane, &clinic);
        hours["valid_from"] = json!(from);
        hours["valid_until"] = until;
        hours
    };
    let between = desk.post("/schedules", hours("2026-12-01", Value::Null)).await;
    assert_eq!(between.fault().1, "outside_assignment", "{}", between.text);
    desk.make("/schedules", hours("2026-11-01", json!("2026-11-30"))).await;
    desk.make("/schedules", hours("2026-12-14", Value::Null)).await;
    // Each slot is there once, and free, whichever of the periods it lies in.
    let slots = desk.get("/slots?from=2026-11-22T00:00:00Z&limit=1000").await["slots"].clone();
    let days = slots.as_array().expect("a list").iter();
    let mut days = days
        .map(|slot| slot["starts_at"].as_str().unwrap_or_default()[..10].to_owned())
        .collect::<Vec<_>>();
    assert_eq!(
        &days[..5],
        ["2026-11-23", "2026-11-23", "2026-11-23", "2026-11-23", "2026-11-30"]
    );
    days.dedup();
    assert_eq!(days[2], "2026-12-14", "{days:?}");
    let last = slots.as_array().and_then(|slots| slots.last()).expect("a slot")["id"].clone();
    desk.make("/appointments", json!({"slot_id": last, "patient_reference": "p"}))
        .await;
    // No period goes from under its schedules.
    for id in [&first, &second] {
        let refused = desk
            .send("DELETE", &format!("/clinic-assignments/{id}"), &[], Value::Null)
            .await;
        assert_eq!(refused.fault().1, "has_schedules", "{}", refused.text);
    }
}

/// 6.11: a clinic with appointments to come does not close over them unless that is meant, and then says which.
#[tokio::test]
async fn feature_6_11_a_clinic_does_not_close_over_its_appointments() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    let (_, schedule) = desk.practice("jane", &clinic).await;
    let slots = desk.get("/slots?from=2026-11-23T00:00:00Z&limit=2").await["slots"].clone();
    let book = async |n: usize| {
        let body = json!({"slot_id": slots[n]["id"], "patient_reference": format!("patient-{n}")});
        desk.make("/appointments", body).await
    };
    let booked = book(0).await;
    let close = async |query: &str| {
        let path = format!("/clinics/{clinic}{query}");
        desk.send("DELETE", &path, &[("if-match", "*")], Value::Null).await
    };
    let refused = close("").await;
    assert_eq!(
        (refused.status, refused.fault().1.as_str()),
        (StatusCode::CONFLICT, "future_appointment"),
        "{}",
        refused.text
    );
    assert!(
        refused.text.contains(&booked) && refused.text.contains("1 appointment to come is"),
        "{}",
        refused.text
    );
    let tried = close("?dry_run=true").await.json();
    assert_eq!(
        (&tried["dry_run"], &tried["cancelled"][0]["appointment_id"]),
        (&json!(true), &json!(booked))
    );
    assert_eq!(desk.get(&format!("/clinics/{clinic}")).await["is_active"], json!(true));
    assert_eq!(desk.get(&format!("/appointments/{booked}")).await["status"], "booked");
    let closed = close("?force=true").await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(closed.json()["is_active"], json!(false));
    assert_eq!(closed.json()["cancelled"][0]["appointment_id"], json!(booked));
    assert_eq!(
        desk.get(&format!("/appointments/{booked}")).await["status"],
        "cancelled"
    );
    // By a change it goes out of use as well; then its appointments are flagged.
    let change = async |active: bool| {
        let path = format!("/clinics/{clinic}");
        let done = desk
            .send("PATCH", &path, &[("if-match", "*")], json!({"is_active": active}))
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
        done.json()
    };
    change(true).await;
    let booked = book(1).await;
    let told = change(false).await;
    assert_eq!(
        told["report"]["invalidated"][0]["appointment_id"],
        json!(booked),
        "{told}"
    );
    let stands = async |id: &str| {
        let told = desk.get(&format!("/appointments/{id}")).await;
        (told["displaced"].clone(), told["slot_id"].clone())
    };
    assert_eq!(stands(&booked).await, (json!(true), Value::Null));
    // In use again it has them back, where their slot is still there.
    let told = change(true).await;
    assert_eq!(told["report"]["regained"], json!(1), "{told}");
    assert_eq!(stands(&booked).await, (json!(false), slots[1]["id"].clone()));
    let full = desk
        .post(
            "/appointments",
            json!({"slot_id": slots[1]["id"], "patient_reference": "late"}),
        )
        .await;
    assert_eq!(full.fault().1, "slot_full", "{}", full.text);
    change(false).await;
    let at = format!("/schedules/{schedule}");
    let hours = json!({"start_time": "13:00", "end_time": "15:00"});
    let moved = desk.send("PATCH", &at, &[("if-match", "*")], hours).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(change(true).await["report"]["regained"], json!(0));
    assert_eq!(stands(&booked).await, (json!(true), Value::Null));
}
