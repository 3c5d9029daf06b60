//! Practitioners, schedules, slots, appointments and statistics as they are asked for over HTTP.

use std::fmt::Write as _;

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::{access::Role, organization::Organization},
    vocab::{UserId, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use crate::{
    http_site::{Answer, Site},
    tenants::{account, join, signed_in, tenant},
};

/// Somebody of a tenant at work.
pub struct Desk<'a> {
    pub site: &'a Site,
    pub tenant: Organization,
    pub token: String,
}

impl<'a> Desk<'a> {
    /// The administrator of a new tenant.
    pub async fn open(site: &'a Site, name: &str) -> Self {
        let tenant = tenant(&site.house, name, SubscriptionTier::Basic).await;
        let token = signed_in(&site.house, tenant.id, Role::OrganizationAdmin).await;
        Self { site, tenant, token }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.site.send(request.body(body).expect("a request")).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.send("GET", path, &[], Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer.json()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], body).await
    }

    /// Creates, and answers the id.
    pub async fn make(&self, path: &str, body: Value) -> String {
        let made = self.post(path, body).await;
        assert_eq!(made.status, 201, "{path}: {}", made.text);
        text(&made.json()["id"])
    }

    pub async fn member(&self, name: &str) -> UserId {
        let user = account(&self.site.house, &format!("{name}@example.org"), false, None).await;
        join(&self.site.house, self.tenant.id, user, Role::Practitioner).await;
        user
    }

    pub async fn clinic(&self, name: &str, zone: &str) -> String {
        self.make("/clinics", json!({"name": name, "time_zone": zone})).await
    }

    /// A practitioner at a clinic, Mondays from nine to eleven.
    pub async fn practice(&self, name: &str, clinic: &str) -> (String, String) {
        let user = self.member(name).await;
        let practitioner = self
            .make("/practitioners", json!({"user_id": user, "specialty": "CARDIOLOGY"}))
            .await;
        let assigned = json!({"practitioner_id": practitioner, "clinic_id": clinic, "start_date": "2026-01-01"});
        self.make("/clinic-assignments", assigned).await;
        let schedule = self.make("/schedules", mondays(&practitioner, clinic)).await;
        (practitioner, schedule)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn mondays(practitioner: &str, clinic: &str) -> Value {
    json!({"practitioner_id": practitioner, "clinic_id": clinic, "day_of_week": 1,
        "start_time": "09:00", "end_time": "11:00", "max_bookings": 1})
}

#[tokio::test]
async fn feature_6_02_practitioners_are_found_in_five_ways_within_their_tenant() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let other = Desk::open(&site, "Other").await;
    let user = desk.member("jane").await;
    let body = json!({"user_id": user, "name": "Jane de la Cruz", "specialty": "CARDIOLOGY", "npi": "1234567893",
        "gender": "F", "license_number": "TX-1", "qualifications": [
            {"name": "MD", "kind": "degree", "issuer": "Baylor", "valid_from": "2001-06-01"},
            {"name": "Cardiology", "kind": "certificate", "valid_until": "2030-12-31"}]});
    let made = desk.post("/practitioners", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let jane = text(&made.json()["id"]);
    // 6.05: what was said about qualifications comes back.
    let qualifications = json!([
        {"name": "MD", "kind": "degree", "issuer": "Baylor", "valid_from": "2001-06-01", "valid_until": null},
        {"name": "Cardiology", "kind": "certificate", "issuer": null, "valid_from": null, "valid_until": "2030-12-31"}]);
    assert_eq!(made.json()["qualifications"], qualifications);
    assert_eq!(
        desk.get(&format!("/practitioners/{jane}")).await["qualifications"],
        qualifications
    );
    let twice = desk.post("/practitioners", body).await;
    assert_eq!(
        (twice.status.as_u16(), twice.fault().1.as_str()),
        (409, "duplicate_profile")
    );
    let john = desk.member("john").await;
    desk.make("/practitioners", json!({"user_id": john})).await;
    let found = async |desk: &Desk<'_>, query: &str| -> Vec<String> {
        let list = desk.get(&format!("/practitioners?{query}")).await;
        list["practitioners"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| text(&p["id"]))
            .collect()
    };
    for query in [
        format!("user_id={user}"),
        "specialty=207RC0000X".to_owned(),
        "specialty=CARDIOLOGY".to_owned(),
        "name=cruz+jane".to_owned(),
        "npi=1234567893".to_owned(),
    ] {
        assert_eq!(found(&desk, &query).await, [jane.as_str()], "{query}");
        if !query.starts_with("specialty") {
            assert!(found(&other, &query).await.is_empty(), "{query} of another tenant");
        }
    }
    assert_eq!(found(&desk, "").await.len(), 2, "of the organisation");
    assert_eq!(found(&desk, "name=ruz").await.len(), 0, "from the beginning of a word");
    assert_eq!(text(&desk.get(&format!("/practitioners/{jane}")).await["id"]), jane);
    let hidden = other
        .send("GET", &format!("/practitioners/{jane}"), &[], Value::Null)
        .await;
    assert_eq!(hidden.status, 404);
    let page = desk.get("/practitioners?limit=1").await;
    let next = format!("/practitioners?limit=1&cursor={}", text(&page["next_cursor"]));
    assert_eq!(desk.get(&next).await["next_cursor"], Value::Null);
    // 6.04: the same NPI in another tenant, linked to the same provider once that is there.
    let there = other.member("jane2").await;
    other
        .make("/practitioners", json!({"user_id": there, "npi": "1234567893"}))
        .await;
}

#[tokio::test]
async fn feature_6_03_a_status_comes_with_its_days() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let path = format!("/practitioners/{jane}");
    let change = async |version: &str, body: Value| desk.send("PATCH", &path, &[("if-match", version)], body).await;
    let endless = change("\"1\"", json!({"status": "on_leave"})).await;
    assert_eq!(
        (endless.status.as_u16(), endless.fault().0.as_str()),
        (422, "status_from")
    );
    let leave = json!({"status": "on_leave", "status_from": "2026-11-30", "status_until": "2026-12-06"});
    let done = change("\"1\"", leave).await;
    assert_eq!(
        (done.status.as_u16(), done.header("etag")),
        (200, "\"2\""),
        "{}",
        done.text
    );
    assert_eq!(
        change("\"1\"", json!({"status": "active"})).await.status,
        412,
        "read before it changed"
    );
    let slots = desk.get("/slots?until=2026-12-08T00:00:00Z").await;
    let days: Vec<String> = slots["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .map(|s| text(&s["starts_at"]))
        .collect();
    assert!(
        days.iter().any(|d| d.starts_with("2026-12-07")) && !days.iter().any(|d| d.starts_with("2026-11-30")),
        "{days:?}"
    );
    let back = change("\"2\"", json!({"status": "active"})).await;
    assert_eq!(
        (back.status.as_u16(), back.json()["status_from"].clone()),
        (200, Value::Null)
    );
    assert_eq!(
        change("\"3\"", json!({"colour": 1})).await.fault().1,
        "unknown_property"
    );
}

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
    assert_eq!(
        text(&desk.get("/slots?limit=1").await["slots"][0]["id"]),
        slot(0),
        "its old place is free"
    );
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
    let by_hold = json!({"slot_id": slot(2), "patient_reference": "x", "hold_id": held.json()["id"]});
    desk.make("/appointments", by_hold).await;
    let odd = desk
        .post("/appointments", json!({"slot_id": slot(2), "patient_reference": " "}))
        .await;
    assert_eq!(
        (odd.status.as_u16(), odd.fault().0.as_str()),
        (422, "patient_reference")
    );
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
    let slot = text(&desk.get("/slots?limit=1").await["slots"][0]["id"]);
    let mine = desk
        .make(
            "/appointments",
            json!({"slot_id": slot, "patient_reference": "patient-1"}),
        )
        .await;
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
    let slot = text(&desk.get("/slots?limit=1").await["slots"][0]["id"]);
    desk.make(
        "/appointments",
        json!({"slot_id": slot, "patient_reference": "patient-2"}),
    )
    .await;
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
    let config = format!("/organizations/{}/config", desk.tenant.id);
    let merge = json!({"appointments": {"buffer_time_minutes": 15, "default_duration_minutes": 45}});
    let done = desk.send("PATCH", &config, &[("if-match", "*")], merge).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let mut tuesday = mondays(&jane, &clinic);
    tuesday["day_of_week"] = json!(2);
    let made = desk.post("/schedules", tuesday).await.json();
    assert_eq!(
        (made["slot_minutes"].clone(), made["buffer_minutes"].clone()),
        (json!(45), json!(15))
    );
}

#[tokio::test]
async fn feature_6_20_to_6_23_numbers_and_a_calendar() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let (john, _) = desk.practice("john", &clinic).await;
    let free = desk.get(&format!("/slots?practitioner_id={jane}&limit=2")).await;
    let booked = json!({"slot_id": free["slots"][0]["id"], "patient_reference": "a,b;c"});
    let mine = desk.make("/appointments", booked).await;
    let page = desk.get("/clinic-assignments?limit=1").await;
    let behind = format!("/clinic-assignments?limit=1&cursor={}", text(&page["next_cursor"]));
    let behind = desk.get(&behind).await;
    let of = |page: &Value| text(&page["clinic_assignments"][0]["practitioner_id"]);
    let mut both = [&jane, &john];
    both.sort();
    assert_eq!([&of(&page), &of(&behind)], both, "in pages");
    assert_eq!(behind["next_cursor"], Value::Null);
    let counts = desk.get("/statistics/practitioners").await;
    assert_eq!(
        counts,
        json!({"total": 2, "by_specialty": {"207RC0000X": 2}, "by_status": {"active": 2}, "by_gender": {"unknown": 2}})
    );
    let load = desk
        .get("/statistics/appointments?from=2026-11-23T00:00:00Z&until=2026-11-24T00:00:00Z")
        .await;
    assert_eq!(
        (
            load["busiest"][0]["practitioner_id"].clone(),
            load["busiest"].as_array().map(Vec::len)
        ),
        (json!(jane), Some(1))
    );
    assert_eq!(load["most_free"][0]["practitioner_id"], john);
    assert_eq!(
        (
            load["busiest"][0]["capacity"].clone(),
            load["busiest"][0]["utilisation"].clone()
        ),
        (json!(4), json!(0.25))
    );
    let sites = desk
        .get("/statistics/clinics?from=2026-11-23T00:00:00Z&until=2026-11-24T00:00:00Z")
        .await;
    assert_eq!(
        (
            sites["clinics"][0]["appointments"].clone(),
            sites["clinics"][0]["free"].clone()
        ),
        (json!(1), json!(7))
    );
    let waits = desk.get("/statistics/wait-times?days=2").await;
    assert_eq!(
        (
            waits["specialties"][0]["within"].clone(),
            waits["specialties"][0]["adequate"].clone()
        ),
        (json!(2), json!(true))
    );
    let path = format!("/practitioners/{jane}/calendar.ics");
    let calendar = desk.send("GET", &path, &[], Value::Null).await;
    assert_eq!(
        (calendar.status.as_u16(), calendar.header("content-type")),
        (200, "text/calendar; charset=utf-8")
    );
    let uid = format!("UID:{mine}@provider-directory\r\nSEQUENCE:0\r\n");
    assert!(calendar.text.contains(&uid), "{}", calendar.text);
    assert!(
        calendar.text.contains("SUMMARY:Appointment: a\\,b\\;c\r\n"),
        "{}",
        calendar.text
    );
    let to = json!({"slot_id": free["slots"][1]["id"]});
    desk.post(&format!("/appointments/{mine}/reschedule"), to).await;
    let calendar = desk.send("GET", &path, &[], Value::Null).await;
    assert!(
        calendar.text.contains(&uid.replace("SEQUENCE:0", "SEQUENCE:1")),
        "the same event, changed"
    );
    let events = calendar_events(&calendar.text);
    let starts = free["slots"][1]["starts_at"].as_str().expect("a moment");
    let wanted = starts.replace(['-', ':'], "");
    assert_eq!(events.len(), 1, "{}", calendar.text);
    assert!(
        events[0]
            .iter()
            .any(|(name, value)| name == "DTSTART" && *value == wanted),
        "{events:?}"
    );
}

/// The events of a calendar, each with its properties, read as RFC 5545 has them: lines end with CRLF and go on where the next one
/// begins with a space, what begins ends, and what an event must have is there.
fn calendar_events(text: &str) -> Vec<Vec<(String, String)>> {
    let unfolded = text.strip_suffix("\r\n").expect("a last line").replace("\r\n ", "");
    let (mut open, mut events) = (Vec::new(), Vec::new());
    for line in unfolded.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "{line:?}");
        let (name, value) = line.split_once(':').expect("a property");
        let name = name.split(';').next().unwrap_or_default();
        match name {
            "BEGIN" => {
                open.push(value);
                if value == "VEVENT" {
                    events.push(Vec::new());
                }
            }
            "END" => assert_eq!(open.pop(), Some(value)),
            _ if open.last() == Some(&"VEVENT") => {
                let event = events.last_mut().expect("begun");
                event.push((name.to_owned(), value.to_owned()));
            }
            _ => assert_eq!(open, ["VCALENDAR"], "{line}"),
        }
    }
    assert!(
        open.is_empty() && unfolded.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"),
        "{text}"
    );
    assert!(unfolded.contains("\r\nPRODID:"), "{text}");
    for event in &events {
        for needed in ["UID", "DTSTAMP", "DTSTART", "DTEND", "STATUS"] {
            let count = event.iter().filter(|(name, _)| name == needed).count();
            assert_eq!(count, 1, "{needed} of {event:?}");
        }
    }
    events
}

/// What another tenant, or somebody without the right, gets to see of all this.
#[tokio::test]
async fn feature_5_02_nothing_of_a_practice_is_another_tenants() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let other = Desk::open(&site, "Other").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (jane, schedule) = desk.practice("jane", &clinic).await;
    let slot = text(&desk.get("/slots?limit=1").await["slots"][0]["id"]);
    let mine = desk
        .make(
            "/appointments",
            json!({"slot_id": slot, "patient_reference": "patient-1"}),
        )
        .await;
    let lists = [
        "/practitioners",
        "/clinic-assignments",
        "/schedules",
        "/schedule-exceptions",
        "/slots?status=all",
        "/appointments",
        "/statistics/appointments",
        "/statistics/clinics",
        "/statistics/wait-times",
    ];
    let mut seen = String::new();
    for path in lists {
        write!(seen, "{}", other.get(path).await).expect("written");
    }
    for secret in [&jane, &schedule, &slot, &mine, &clinic] {
        assert!(!seen.contains(secret.as_str()), "{secret} in {seen}");
    }
    let if_match = [("if-match", "*")];
    for (method, path, body) in [
        ("GET", format!("/practitioners/{jane}"), Value::Null),
        ("PATCH", format!("/practitioners/{jane}"), json!({"name": "X"})),
        ("GET", format!("/practitioners/{jane}/calendar.ics"), Value::Null),
        ("GET", format!("/schedules/{schedule}"), Value::Null),
        (
            "PATCH",
            format!("/schedules/{schedule}"),
            json!({"start_time": "10:00"}),
        ),
        ("DELETE", format!("/schedules/{schedule}?force=true"), Value::Null),
        ("GET", format!("/appointments/{mine}"), Value::Null),
        ("POST", format!("/appointments/{mine}/cancel"), json!({})),
    ] {
        let answer = other.send(method, &path, &if_match, body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
    }
    let unknown = other
        .post("/appointments", json!({"slot_id": slot, "patient_reference": "x"}))
        .await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.fault().1.as_str()),
        (422, "unknown_slot")
    );
    let unknown = other.post("/schedules", mondays(&jane, &clinic)).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.fault().1.as_str()),
        (422, "unknown_practitioner")
    );
    // Roles: the front desk books, and changes no hours.
    let front = Desk {
        site: &site,
        token: signed_in(&site.house, desk.tenant.id, Role::Member).await,
        tenant: desk.tenant.clone(),
    };
    assert_eq!(front.post("/schedules", mondays(&jane, &clinic)).await.status, 403);
    assert_eq!(
        front
            .send("GET", "/statistics/practitioners", &[], Value::Null)
            .await
            .status,
        403
    );
    assert_eq!(front.get(&format!("/appointments/{mine}")).await["id"], mine);
    let reads: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'appointment.read' AND entity_id = $1")
            .bind(&mine)
            .fetch_one(&mut site.house.owner().await)
            .await
            .expect("counted");
    assert_eq!(reads, 1, "who looks at a patient's appointment is written down");
    let nobody = site.get("/slots").await;
    assert_eq!(nobody.status, 401);
}

/// 6.16, 5.02 and 5.03: a key stands for one request of one person within one tenant.
#[tokio::test]
async fn feature_5_02_an_idempotency_key_crosses_neither_tenants_nor_paths() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Alpha").await;
    let other = Desk::open(&site, "Beta").await;
    let both = account(&site.house, "both@example.org", false, None).await;
    for tenant in [desk.tenant.id, other.tenant.id] {
        join(&site.house, tenant, both, Role::OrganizationAdmin).await;
    }
    let token = crate::tenants::session(&site.house, both).await;
    let body = json!({"name": "North", "time_zone": "UTC"});
    let create = async |tenant: &Organization| {
        let within = Desk {
            site: &site,
            tenant: tenant.clone(),
            token: token.clone(),
        };
        let organization = tenant.id.to_string();
        let headers = [("idempotency-key", "k-1"), ("x-organization-id", organization.as_str())];
        let made = within.send("POST", "/clinics", &headers, body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        (made.json()["id"].clone(), made.json()["organization_id"].clone())
    };
    let first = create(&desk.tenant).await;
    let second = create(&other.tenant).await;
    assert_eq!(second.1, json!(other.tenant.id), "its own clinic, not Alpha's");
    assert_ne!(first.0, second.0);
    assert_eq!(create(&desk.tenant).await, first, "said again, it is the same one");
    assert_eq!(create(&other.tenant).await, second);

    let clinic = text(&first.0);
    let (jane, _) = desk.practice("jane", &clinic).await;
    let free = desk.get(&format!("/slots?practitioner_id={jane}&limit=2")).await;
    let path = |n: usize| format!("/slots/{}/holds", text(&free["slots"][n]["id"]));
    let key = [("idempotency-key", "k-2")];
    let hold = async |n: usize| desk.send("POST", &path(n), &key, json!({"minutes": 5})).await;
    let held = hold(0).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let elsewhere = hold(1).await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.fault()),
        (422, ("Idempotency-Key".to_owned(), "key_reused".to_owned())),
        "the same body to another path is another request"
    );
    assert_eq!(hold(0).await.json(), held.json());
    let taken = desk.get("/slots?status=busy").await;
    assert_eq!(taken["slots"].as_array().map(Vec::len), Some(1), "{taken}");
}

/// 5.06 and 6.11: what other hours of a clinic do to appointments is told before it is done.
#[tokio::test]
async fn feature_6_11_a_clinics_new_hours_are_tried_before_they_are_done() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    desk.practice("jane", &clinic).await;
    let slot = text(&desk.get("/slots?limit=1").await["slots"][0]["id"]);
    let mine = desk
        .make(
            "/appointments",
            json!({"slot_id": slot, "patient_reference": "patient-1"}),
        )
        .await;
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

/// What is told of a schedule beside its own row is in its tag, too; a change goes by the version in it. Moments that no calendar has
/// are no moments.
#[tokio::test]
async fn a_tag_covers_all_that_is_told() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (_, schedule) = desk.practice("jane", &clinic).await;
    let path = format!("/schedules/{schedule}");
    let first = desk.send("GET", &path, &[], Value::Null).await;
    let tag = first.header("etag").to_owned();
    let again = async || desk.send("GET", &path, &[("if-none-match", &tag)], Value::Null).await;
    assert_eq!((again().await.status.as_u16(), again().await.text.as_str()), (304, ""));
    let zone = json!({"time_zone": "America/Chicago"});
    let moved = desk
        .send("PATCH", &format!("/clinics/{clinic}"), &[("if-match", "*")], zone)
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let after = again().await;
    assert_eq!(
        (after.status.as_u16(), after.version(), &after.json()["time_zone"]),
        (200, first.version(), &json!("America/Chicago"))
    );
    let change = json!({"max_bookings": 2});
    let changed = desk.send("PATCH", &path, &[("if-match", &tag)], change.clone()).await;
    assert_eq!(
        (changed.status.as_u16(), changed.header("etag")),
        (200, "\"2\""),
        "{}",
        changed.text
    );
    let stale = desk.send("PATCH", &path, &[("if-match", &tag)], change).await;
    assert_eq!(stale.status, 412);

    for (path, field) in [
        ("/appointments?from=-262143-01-01T00:00:00Z", "from"),
        ("/slots?start=-262143-01-01T00:00:00Z", "start"),
        ("/slots?until=%2B262142-12-31T00:00:00Z", "until"),
        ("/statistics/clinics?from=%2B262142-12-31T00:00:00Z", "from"),
    ] {
        let odd = desk.send("GET", path, &[], Value::Null).await;
        assert_eq!(
            (odd.status.as_u16(), odd.fault()),
            (400, (field.to_owned(), "range".to_owned())),
            "{path}: {}",
            odd.text
        );
    }
}

/// 6.13: members keep the notice that their organisation asks for; its practitioners and administrators need not.
#[tokio::test]
async fn feature_6_13_members_cancel_and_move_in_time() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    desk.practice("jane", &clinic).await;
    let member = Desk {
        site: &site,
        token: signed_in(&site.house, desk.tenant.id, Role::Member).await,
        tenant: desk.tenant.clone(),
    };
    let book = async || {
        let slot = text(&desk.get("/slots?limit=1").await["slots"][0]["id"]);
        let booking = json!({"slot_id": slot, "patient_reference": "patient-1"});
        format!("/appointments/{}/cancel", member.make("/appointments", booking).await)
    };
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
    let config = format!("/organizations/{}/config", desk.tenant.id);
    let merge = json!({"appointments": {"cancellation_notice_hours": 20}});
    let done = desk.send("PATCH", &config, &[("if-match", "*")], merge).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let moved = member.post(&moving(&second), to.clone()).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["slot_id"]), (200, &to["slot_id"]));
    assert_eq!(member.post(&second, json!({})).await.status, 200, "in time");
}

/// 6.04: one person with a profile in two organisations. Everybody sees at which clinics they work; what is the organisations'
/// own nobody sees, and an organisation that shows none is not told of.
#[tokio::test]
async fn feature_6_04_the_providers_page_shows_both_roles_and_nothing_private() {
    const NPI: &str = "1234567893";
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Cruz", "npi": NPI}))
        .await;
    let (alpha, beta) = (Desk::open(&site, "Alpha").await, Desk::open(&site, "Beta").await);
    let mut profiles = Vec::new();
    for (desk, street) in [(&alpha, "1 Main St"), (&beta, "2 Elm St")] {
        let user = desk.member(&format!("secret-{}", desk.tenant.slug)).await;
        let profile = json!({"user_id": user, "name": "Secret Name", "npi": NPI, "license_number": "SECRET-1", "gender": "F",
            "qualifications": [{"name": "Secret degree", "kind": "degree"}]});
        let practitioner = desk.make("/practitioners", profile).await;
        for name in ["Open", "Closed", "Unassigned"] {
            let clinic = json!({"name": format!("{name} {street}"), "time_zone": "UTC", "line1": street, "city": "Houston",
                "state": "TX", "phone": "713-555-0100", "email": "secret@example.org"});
            let clinic = desk.make("/clinics", clinic).await;
            let assigned = json!({"practitioner_id": practitioner, "clinic_id": clinic, "start_date": "2026-01-01"});
            if name != "Unassigned" {
                desk.make("/clinic-assignments", assigned).await;
            }
            if name == "Closed" {
                let closed = desk
                    .send(
                        "DELETE",
                        &format!("/clinics/{clinic}"),
                        &[("if-match", "*")],
                        Value::Null,
                    )
                    .await;
                assert_eq!(closed.status, 200, "{}", closed.text);
            }
        }
        profiles.push(practitioner);
    }
    let shown = async || {
        let told = site.get(&format!("/providers/{NPI}")).await;
        let page = site.get(&format!("/p/{NPI}")).await;
        assert_eq!(
            (told.status.as_u16(), page.status.as_u16()),
            (200, 200),
            "{}",
            told.text
        );
        for text in [&told.text, &page.text] {
            let private = ["secret", "Secret", "SECRET", "Closed", "Unassigned"];
            for word in private.into_iter().chain(profiles.iter().map(String::as_str)) {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
        let roles = told.json()["roles"].as_array().cloned().unwrap_or_default();
        for role in &roles {
            for name in ["organization", "clinic", "line1"] {
                assert!(page.text.contains(&text(&role[name])), "{role}");
            }
        }
        roles.iter().map(|role| text(&role["clinic"])).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, ["Open 1 Main St", "Open 2 Elm St"]);
    let path = format!("/providers/{NPI}");
    let tag = site.get(&path).await.header("etag").to_owned();
    let again = async || {
        let request = Request::get(&path).header("if-none-match", &tag);
        site.send(request.body(Body::empty()).expect("a request")).await.status
    };
    assert_eq!(again().await, 304);
    // Who has left is not shown; who is away for a while still is.
    let standing = async |desk: &Desk<'_>, id: &str, body: Value| {
        let done = desk
            .send("PATCH", &format!("/practitioners/{id}"), &[("if-match", "*")], body)
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
    };
    let leave = json!({"status": "on_leave", "status_from": "2026-11-20", "status_until": "2026-12-06"});
    standing(&alpha, &profiles[0], leave).await;
    standing(&beta, &profiles[1], json!({"status": "inactive"})).await;
    assert_eq!(shown().await, ["Open 1 Main St"]);
    assert_eq!(again().await, 200, "what was read is older than what is shown");
    let config = format!("/organizations/{}/config", alpha.tenant.id);
    let hide = json!({"appointments": {"public_clinics": false}});
    let done = alpha.send("PATCH", &config, &[("if-match", "*")], hide).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(shown().await, [""; 0]);
}
