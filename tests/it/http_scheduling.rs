//! Schedules, slots and appointments as they are asked for over HTTP.

use chrono::TimeDelta;
use provider_directory::store::schedules;
use serde_json::{Value, json};

use super::{
    house::noon,
    http_site::Site,
    scheduling_desk::{Desk, mondays, text},
};

#[tokio::test]
async fn feature_6_13_an_appointment_goes_its_way() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let free = desk.get(&format!("/slots?practitioner_id={jane}&limit=3")).await;
    assert_eq!(free["slots"][0]["starts_at"], "2026-11-23T15:00:00Z", "nine in Chicago");
    let slot = |n: usize| text(&free["slots"][n]["id"]);
    let booking = json!({"slot_id": slot(0), "patient_reference": "patient-1"});
    let key = [("idempotency-key", "once")];
    let made = desk.send("POST", "/appointments", &key, booking.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    // 6.16: said again, it is the same one.
    let again = desk.send("POST", "/appointments", &key, booking.clone()).await;
    assert_eq!(
        (again.status.as_u16(), again.json()["id"].clone()),
        (201, made.json()["id"].clone())
    );
    let full = desk.post("/appointments", booking).await;
    assert_eq!(
        (full.status.as_u16(), full.fault()),
        (409, ("slot_id".to_owned(), "slot_full".to_owned()))
    );
    let path = format!("/appointments/{}", text(&made.json()["id"]));
    let step = async |word: &str, body: Value| desk.post(&format!("{path}/{word}"), body).await;
    assert_eq!(step("confirm", Value::Null).await.json()["status"], "confirmed");
    let early = step("no-show", json!({})).await;
    assert_eq!((early.status.as_u16(), early.fault().1.as_str()), (422, "too_early"));
    assert_eq!(step("fulfil", json!({})).await.fault().1, "transition");
    assert_eq!(step("dance", json!({})).await.status, 404);
    let moved = step("reschedule", json!({"slot_id": slot(1)})).await;
    assert_eq!(
        (moved.json()["status"].clone(), moved.json()["starts_at"].clone()),
        (json!("booked"), free["slots"][1]["starts_at"].clone())
    );
    assert_eq!(desk.free().await, slot(0), "its old place is free");
    let stale = desk
        .send("POST", &format!("{path}/cancel"), &[("if-match", "\"1\"")], json!({}))
        .await;
    assert_eq!(stale.status, 412);
    let gone = step("cancel", json!({"reason": "ill"})).await.json();
    assert_eq!(
        (gone["status"].clone(), gone["cancellation_reason"].clone()),
        (json!("cancelled"), json!("ill"))
    );
    assert_eq!(step("confirm", json!({})).await.fault().1, "transition");
    let held = desk
        .post(&format!("/slots/{}/holds", slot(2)), json!({"minutes": 5}))
        .await;
    assert_eq!(
        (held.status.as_u16(), held.json()["expires_at"].clone()),
        (201, json!("2026-11-22T12:05:00Z"))
    );
    assert_eq!(
        desk.post("/appointments", json!({"slot_id": slot(2), "patient_reference": "x"}))
            .await
            .status,
        409
    );
    for minutes in [-1, 0, 61] {
        let odd = desk
            .post(&format!("/slots/{}/holds", slot(2)), json!({"minutes": minutes}))
            .await;
        assert_eq!(
            odd.fault(),
            ("minutes".to_owned(), "range".to_owned()),
            "{minutes}: {}",
            odd.text
        );
    }
    let by_hold = json!({"slot_id": slot(2), "patient_reference": "x", "hold_id": held.json()["id"]});
    desk.make("/appointments", by_hold).await;
    for reference in [" ", "patient\n1", "patient-\u{202e}1"] {
        let odd = desk
            .post(
                "/appointments",
                json!({"slot_id": slot(2), "patient_reference": reference}),
            )
            .await;
        assert_eq!(
            (odd.status.as_u16(), odd.fault().0.as_str()),
            (422, "patient_reference"),
            "{reference:?}"
        );
    }
    // 6.19: exactly those that overlap.
    let listed = desk
        .get("/slots?status=all&from=2026-11-23T15:30:00Z&until=2026-11-23T16:00:00Z")
        .await;
    assert_eq!(listed["slots"].as_array().map(Vec::len), Some(1), "{listed}");
    for (start, end, overlapping) in [
        ("15:45", "16:00", 1),
        ("15:30", "16:30", 2),
        ("15:15", "15:45", 2),
        ("17:00", "18:00", 0),
    ] {
        let span = format!("start=2026-11-23T{start}:00Z&end=2026-11-23T{end}:00Z");
        let all = desk.get(&format!("/slots?status=all&{span}")).await;
        assert_eq!(
            all["slots"].as_array().map(Vec::len),
            Some(overlapping),
            "{span}: {all}"
        );
        let (free, busy) = (
            desk.get(&format!("/slots?status=free&{span}")).await,
            desk.get(&format!("/slots?status=busy&{span}")).await,
        );
        let count = |of: &Value| of["slots"].as_array().map_or(0, Vec::len);
        assert_eq!(
            count(&free) + count(&busy),
            overlapping,
            "{span}: whatever their status"
        );
    }
    let busy = desk.get("/slots?status=busy").await;
    assert_eq!(text(&busy["slots"][0]["id"]), slot(2));
}

#[tokio::test]
async fn feature_6_10_and_6_11_changes_tell_first_what_they_do() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (_, schedule) = desk.practice("jane", &clinic).await;
    let mine = desk.book("patient-1").await;
    let path = format!("/schedules/{schedule}");
    let later = json!({"start_time": "10:00"});
    let dry = desk
        .send(
            "PATCH",
            &format!("{path}?dry_run=true"),
            &[("if-match", "\"1\"")],
            later.clone(),
        )
        .await;
    assert_eq!(
        dry.json()["report"]["invalidated"][0]["appointment_id"],
        mine,
        "{}",
        dry.text
    );
    assert_eq!(desk.get(&path).await["start_time"], "09:00:00");
    let closure = json!({"kind": "closed", "clinic_id": clinic, "first_day": "2026-11-23"});
    let told = desk.post("/schedule-exceptions?dry_run=true", closure.clone()).await;
    assert_eq!(
        (told.status.as_u16(), told.json()["report"]["slots_removed"].clone()),
        (200, json!(4))
    );
    let refused = desk.send("DELETE", &path, &[("if-match", "\"1\"")], Value::Null).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (409, "future_appointment")
    );
    assert!(refused.text.contains(&mine));
    let done = desk.send("PATCH", &path, &[("if-match", "\"1\"")], later).await;
    assert_eq!(
        (done.status.as_u16(), done.header("etag")),
        (200, "\"2\""),
        "{}",
        done.text
    );
    let flagged = desk.get("/appointments?displaced=true").await;
    assert_eq!(flagged["appointments"][0]["id"], mine);
    let exception = desk.make("/schedule-exceptions", closure).await;
    assert_eq!(
        desk.get("/schedule-exceptions").await["schedule_exceptions"][0]["id"],
        exception
    );
    let back = desk
        .send("DELETE", &format!("/schedule-exceptions/{exception}"), &[], Value::Null)
        .await;
    assert_eq!(back.json()["slots_added"], 2, "{}", back.text);
    desk.book("patient-2").await;
    let forced = desk
        .send(
            "DELETE",
            &format!("{path}?force=true"),
            &[("if-match", "*")],
            Value::Null,
        )
        .await;
    assert_eq!(
        forced.json()["cancelled"].as_array().map(Vec::len),
        Some(1),
        "{}",
        forced.text
    );
    assert!(desk.get("/slots").await["slots"].as_array().is_some_and(Vec::is_empty));
}

#[tokio::test]
async fn feature_6_07_faults_of_a_schedule_are_typed() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let elsewhere = desk.clinic("South", "UTC").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let overlapping = desk.post("/schedules", mondays(&jane, &clinic)).await;
    assert_eq!(
        (overlapping.status.as_u16(), overlapping.fault().1.as_str()),
        (409, "schedule_conflict")
    );
    let refused = desk.post("/schedules", mondays(&jane, &elsewhere)).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (422, "not_assigned")
    );
    let mut odd = mondays(&jane, &clinic);
    odd["day_of_week"] = json!(9);
    odd["max_bookings"] = json!(0);
    let refused = desk.post("/schedules", odd).await;
    assert_eq!(refused.status, 422);
    let faults = refused.json()["errors"].as_array().map(Vec::len);
    assert_eq!(faults, Some(2), "both at once: {}", refused.text);
    // 6.08: what the organisation has configured holds where nobody says otherwise.
    desk.configure(json!({"appointments": {"buffer_time_minutes": 15, "default_duration_minutes": 45}}))
        .await;
    let mut tuesday = mondays(&jane, &clinic);
    tuesday["day_of_week"] = json!(2);
    let made = desk.post("/schedules", tuesday).await.json();
    assert_eq!(
        (made["slot_minutes"].clone(), made["buffer_minutes"].clone()),
        (json!(45), json!(15))
    );
}

/// 5.06 and 6.11: what other hours of a clinic do to appointments is told before it is done.
#[tokio::test]
async fn feature_6_11_a_clinics_new_hours_are_tried_before_they_are_done() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    desk.practice("jane", &clinic).await;
    let mine = desk.book("patient-1").await;
    let path = format!("/clinics/{clinic}");
    let later = json!({"operating_hours": [{"weekday": 1, "opens": 600, "closes": 1080}]});
    let change = async |path: &str| desk.send("PATCH", path, &[("if-match", "\"1\"")], later.clone()).await;
    let tried = change(&format!("{path}?dry_run=true")).await;
    assert_eq!(tried.status, 200, "{}", tried.text);
    assert_eq!(tried.json()["report"]["invalidated"][0]["appointment_id"], json!(mine));
    assert_eq!(
        desk.get(&path).await["operating_hours"],
        json!([]),
        "nothing was changed"
    );
    let done = change(&path).await;
    assert_eq!((done.status.as_u16(), done.header("etag")), (200, "\"2\""));
    assert_eq!(done.json()["report"], tried.json()["report"]);
    let flagged = desk.get("/appointments?displaced=true").await;
    assert_eq!(flagged["appointments"][0]["id"], json!(mine));
    assert_eq!(
        desk.get("/slots?limit=1").await["slots"][0]["starts_at"],
        "2026-11-23T10:00:00Z"
    );
    let page = desk.get("/schedules?limit=1").await;
    assert_eq!(
        (page["schedules"].as_array().map(Vec::len), &page["next_cursor"]),
        (Some(1), &Value::Null)
    );
    let mut tuesday = mondays(&text(&page["schedules"][0]["practitioner_id"]), &clinic);
    tuesday["day_of_week"] = json!(2);
    let next = desk.make("/schedules", tuesday).await;
    let page = desk.get("/schedules?limit=1").await;
    let behind = desk
        .get(&format!("/schedules?limit=1&cursor={}", text(&page["next_cursor"])))
        .await;
    assert_eq!(
        (&behind["schedules"][0]["id"], &behind["next_cursor"]),
        (&json!(next), &Value::Null)
    );
}

/// 6.13: members keep the notice that their organisation asks for; its practitioners and administrators need not.
#[tokio::test]
async fn feature_6_13_members_cancel_and_move_in_time() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    desk.practice("jane", &clinic).await;
    let member = desk.front().await;
    let book = async || format!("/appointments/{}/cancel", member.book("patient-1").await);
    // It begins in 21 hours, and 24 is what is asked for where nobody says otherwise.
    let first = book().await;
    let late = member.post(&first, json!({})).await;
    assert_eq!(
        (late.status.as_u16(), late.fault()),
        (422, ("starts_at".to_owned(), "cancellation_notice".to_owned()))
    );
    assert!(
        late.text.contains("24 hours") && late.text.contains("2026-11-22T09:00:00Z"),
        "{}",
        late.text
    );
    let kept = desk.get(first.trim_end_matches("/cancel")).await;
    assert_eq!(kept["status"], "booked");
    // Moving it leaves the same place empty.
    let moving = |cancel: &str| cancel.replace("/cancel", "/reschedule");
    let to = json!({"slot_id": desk.get("/slots?limit=1").await["slots"][0]["id"]});
    let refused = member.post(&moving(&first), to.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault()),
        (422, ("starts_at".to_owned(), "cancellation_notice".to_owned()))
    );
    let still = desk.get(first.trim_end_matches("/cancel")).await;
    assert_eq!(
        (&still["slot_id"], &still["version"]),
        (&kept["slot_id"], &kept["version"])
    );
    let moved = desk.post(&moving(&first), to.clone()).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["slot_id"]), (200, &to["slot_id"]));
    assert_eq!(desk.post(&first, json!({})).await.status, 200, "an administrator may");
    let second = book().await;
    desk.configure(json!({"appointments": {"cancellation_notice_hours": 20}}))
        .await;
    let moved = member.post(&moving(&second), to.clone()).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["slot_id"]), (200, &to["slot_id"]));
    assert_eq!(member.post(&second, json!({})).await.status, 200, "in time");
}

/// 6.07: how far ahead an organisation books bounds what is shown and booked, also where slots were made for later days before.
#[tokio::test]
async fn feature_6_07_a_shorter_horizon_bounds_what_is_booked() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let horizon = async |days: u16| desk.configure(json!({"appointments": {"horizon_days": days}})).await;
    horizon(365).await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    desk.practice("jane", &clinic).await;
    let from = async |day: &str| {
        let listed = desk.get(&format!("/slots?limit=2&from={day}T00:00:00Z")).await;
        let slots = listed["slots"].as_array().cloned().unwrap_or_default();
        slots.iter().map(|slot| text(&slot["id"])).collect::<Vec<_>>()
    };
    let planned = async || {
        let all = desk.get("/fhir/Schedule").await;
        text(&all["entry"][0]["resource"]["planningHorizon"]["end"])
    };
    let far = from("2027-02-20").await;
    let book = async |slot: &String| {
        desk.post("/appointments", json!({"slot_id": slot, "patient_reference": "x"}))
            .await
    };
    let booked = book(&far[0]).await;
    assert_eq!((booked.status.as_u16(), far.len()), (201, 2), "{}", booked.text);

    horizon(14).await;
    assert_eq!(from("2026-12-06").await, [""; 0]);
    assert_eq!(from("2026-11-30").await.len(), 2);
    assert_eq!(planned().await, "2026-12-06");
    let refused = book(&far[1]).await;
    assert_eq!(refused.fault().0, "slot_id", "{}", refused.text);
    let kept = desk.get(&format!("/appointments/{}", text(&booked.json()["id"]))).await;
    assert_eq!((&kept["status"], &kept["slot_id"]), (&json!("booked"), &json!(far[0])));
    // It moves on with the days.
    let rolled = schedules::roll_on(&site.house.store, desk.tenant.id, noon() + TimeDelta::days(7)).await;
    assert_eq!(rolled.expect("rolled on").slots, 0);
    assert_eq!(
        (from("2026-12-06").await.len(), planned().await.as_str()),
        (2, "2026-12-13")
    );
    // What was made once is there again as soon as it may be.
    horizon(365).await;
    assert_eq!(from("2027-02-20").await[0], far[1]);
    assert_eq!(book(&far[1]).await.status, 201);
}
