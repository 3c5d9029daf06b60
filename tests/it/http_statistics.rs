//! The numbers and the calendar of a practice as they are asked for over HTTP, and the tags by which they are asked for again.

use serde_json::{Value, json};

use super::{
    http_site::Site,
    scheduling_desk::{Desk, text},
};

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
