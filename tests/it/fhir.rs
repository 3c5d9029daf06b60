//! Schedules and slots as programs that speak FHIR R4 read them.

use axum::{body::Body, http::Request};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use provider_directory::{
    domain::{access::Role, schedule::Schedule},
    store::slots::{self, Filter, Slot, Which},
    vocab::OrganizationId,
};
use serde_json::{Value, json};

use crate::{
    house::noon,
    http_site::{Answer, Site},
    practice::{Practice, day, hours},
    tenants::{ask, signed_in},
};

/// A site with a tenant that has a clinic, somebody who works there and their hours; and a member's token.
pub async fn one_of_each() -> (Site, String, OrganizationId) {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let clinic = practice.clinic("North", "America/Chicago").await;
    let jane = practice.practitioner_at("Jane Doe", &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "09:00", "12:00")).await;
    let organization = practice.organization;
    let token = signed_in(&site.house, organization, Role::Member).await;
    (site, token, organization)
}

/// What a program sees of a tenant.
pub struct Program<'a> {
    pub site: &'a Site,
    pub token: String,
}

impl Program<'_> {
    pub async fn ask(&self, path: &str) -> Answer {
        ask(self.site, &self.token, None, "GET", path, None).await
    }

    /// The resources of all pages.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut found, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let page = self.ask(&path).await;
            assert_eq!(page.status, 200, "{path}: {}", page.text);
            assert_eq!(page.header("content-type"), "application/fhir+json");
            let page = page.json();
            assert_eq!(
                (&page["resourceType"], &page["type"]),
                (&json!("Bundle"), &json!("searchset"))
            );
            let entries = page["entry"].as_array().cloned().unwrap_or_default();
            found.extend(entries.into_iter().map(|entry| unversioned(entry["resource"].clone())));
            let links = page["link"].as_array().expect("links");
            let link = links.iter().find(|link| link["relation"] == "next");
            next = link.map(|link| link["url"].as_str().expect("an address").to_owned());
        }
        found
    }

    pub async fn ids(&self, path: &str) -> Vec<String> {
        let all = self.all(path).await;
        all.iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect()
    }

    /// The resource at a path.
    pub async fn one(&self, path: &str) -> Value {
        let one = self.ask(path).await;
        assert_eq!(one.status, 200, "{path}: {}", one.text);
        unversioned(one.json())
    }

    /// The code of FHIR and the product's own of the first issue of a refusal, and what it is about.
    pub async fn refused(&self, path: &str, status: u16) -> (String, String, String) {
        let answer = self.ask(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        issue(&answer)
    }
}

/// A resource without its version, which it has.
fn unversioned(mut resource: Value) -> Value {
    let meta = resource.as_object_mut().and_then(|members| members.remove("meta"));
    assert!(meta.is_some_and(|meta| meta["versionId"].is_string()), "{resource}");
    resource
}

/// The code of FHIR and the product's own of the first issue of a refusal, and what it is about.
pub fn issue(answer: &Answer) -> (String, String, String) {
    assert_eq!(
        answer.header("content-type"),
        "application/fhir+json",
        "{}",
        answer.text
    );
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    let issue = &outcome["issue"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&issue["code"]),
        text(&issue["details"]["coding"][0]["code"]),
        text(&issue["location"][0]),
    )
}

/// The day on which a slot begins, where it is.
fn local_day(slot: &Slot) -> NaiveDate {
    let zone: Tz = slot.time_zone.parse().expect("a zone");
    slot.span.starts_at.with_timezone(&zone).date_naive()
}

/// 6.19: every query finds exactly the slots that a reading of all of them finds, page by page; those that overlap a time above all.
#[tokio::test]
async fn feature_6_19_fhir_slots_are_found_by_start_end_schedule_and_status() {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let clinics = [
        practice.clinic("North", "America/Los_Angeles").await,
        practice.clinic("South", "Asia/Tokyo").await,
    ];
    let mut schedules = Vec::new();
    for (n, clinic) in clinics.into_iter().enumerate() {
        let jane = practice.practitioner_at(&format!("Person {n}"), &clinics).await;
        for (weekday, start, end, minutes) in [
            (1, "09:00", "11:00", 30),
            (2, "22:00", "03:00", 50),
            (4, "06:00", "12:00", 360),
        ] {
            let mut weekly = hours(weekday, start, end);
            weekly.slot_minutes = minutes;
            weekly.valid_until = Some(day("2026-12-10"));
            schedules.push(practice.schedule(jane, clinic, &weekly).await);
        }
    }
    let program = Program {
        site: &site,
        token: signed_in(&site.house, practice.organization, Role::Member).await,
    };
    let filter = Filter {
        which: Which::All,
        ..Filter::default()
    };
    let all = practice.slots(&filter).await;
    assert!(all.len() > 40, "{}", all.len());
    let taken = all.iter().step_by(3).map(|slot| slot.id).collect::<Vec<_>>();
    for slot in &taken {
        practice.book(*slot, "somebody").await.expect("booked");
    }
    let ids = |fits: &dyn Fn(&Slot) -> bool| {
        let fitting = all.iter().filter(|slot| fits(slot));
        fitting.map(|slot| slot.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(program.ids("/fhir/Slot?_count=7").await, ids(&|_| true));
    let first = |path: &str| {
        let path = path.to_owned();
        let program = &program;
        async move { program.ask(&path).await.json() }
    };
    let page = first("/fhir/Slot?_count=7").await;
    assert_eq!(page["total"], Value::Null, "nobody has asked, and there are more");
    let page = first("/fhir/Slot?_count=7&status=busy&_total=accurate").await;
    assert_eq!(
        (&page["total"], page["entry"].as_array().map(Vec::len)),
        (&json!(taken.len()), Some(7))
    );
    let link = page["link"][1]["url"].as_str().expect("a next page");
    assert_eq!(first(link).await["total"], json!(taken.len()), "on every page");
    let page = first("/fhir/Slot?status=free&_summary=count").await;
    assert_eq!(
        (&page["total"], &page["entry"], page["link"].as_array().map(Vec::len)),
        (&json!(all.len() - taken.len()), &Value::Null, Some(1))
    );
    let page = first("/fhir/Schedule?_count=100").await;
    assert_eq!(page["total"], json!(schedules.len()), "all of them are on the page");
    assert_eq!(
        first("/fhir/Schedule?_summary=count&active=false").await["total"],
        json!(0)
    );

    // Spans that begin and end on edges of slots, within them, and beside them.
    let edge = all[5].span.starts_at;
    let night = all
        .iter()
        .find(|slot| slot.span.ends_at - slot.span.starts_at == TimeDelta::minutes(50));
    let night = night.expect("one at night").span.ends_at;
    for begin in [
        edge,
        edge + TimeDelta::minutes(10),
        night,
        night - TimeDelta::seconds(1),
    ] {
        for minutes in [1, 20, 60, 600, 10_000] {
            let end = begin + TimeDelta::minutes(minutes);
            let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let span = format!("start=lt{}&end=gt{}", text(end), text(begin));
            let overlaps = |slot: &Slot| slot.span.starts_at < end && begin < slot.span.ends_at;
            let found = program.ids(&format!("/fhir/Slot?_count=5&{span}")).await;
            assert_eq!(found, ids(&overlaps), "{span}");
            let found = program.ids(&format!("/fhir/Slot?status=busy&{span}")).await;
            assert_eq!(
                found,
                ids(&|slot| overlaps(slot) && taken.contains(&slot.id)),
                "busy, {span}"
            );
            let found = program
                .ids(&format!("/fhir/Slot?status=free,busy-tentative&{span}"))
                .await;
            assert_eq!(
                found,
                ids(&|slot| overlaps(slot) && !taken.contains(&slot.id)),
                "free, {span}"
            );
        }
    }
    // Each prefix at a moment, and a day as each clinic's calendar has it.
    let moment = edge.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let tuesday = day("2026-11-24");
    type Fits<'a> = &'a dyn Fn(&Slot) -> bool;
    let cases: [(String, Fits<'_>); 11] = [
        (format!("start={moment}"), &|s| s.span.starts_at == edge),
        (format!("start=ge{moment}"), &|s| s.span.starts_at >= edge),
        (format!("start=gt{moment}"), &|s| s.span.starts_at > edge),
        (format!("start=le{moment}"), &|s| s.span.starts_at <= edge),
        (format!("start=lt{moment}"), &|s| s.span.starts_at < edge),
        (format!("end=le{moment}"), &|s| s.span.ends_at <= edge),
        (format!("end=ge{moment}"), &|s| s.span.ends_at >= edge),
        ("start=2026-11-24".to_owned(), &|s| local_day(s) == tuesday),
        ("start=gt2026-11-24".to_owned(), &|s| local_day(s) > tuesday),
        ("start=lt2026-11-24".to_owned(), &|s| local_day(s) < tuesday),
        ("start=ge2026-11-24&start=le2026-11-26".to_owned(), &|s| {
            local_day(s) >= tuesday && local_day(s) <= day("2026-11-26")
        }),
    ];
    for (query, fits) in cases {
        let wanted = ids(fits);
        assert!(!wanted.is_empty(), "{query} asks for nothing");
        assert_eq!(program.ids(&format!("/fhir/Slot?{query}")).await, wanted, "{query}");
    }
    let (first, second) = (schedules[0].id, schedules[4].id);
    let found = program
        .ids(&format!("/fhir/Slot?schedule=Schedule/{first},{second}&_count=9"))
        .await;
    assert_eq!(found, ids(&|s| s.schedule_id == first || s.schedule_id == second));
    let found = program
        .ids(&format!("/fhir/Slot?schedule={first}&schedule={second}"))
        .await;
    assert_eq!(found, [""; 0], "of both at once");
    let actor = format!(
        "schedule.actor=Practitioner/{}&schedule.actor=Location/{}",
        all[0].practitioner_id, all[0].clinic_id
    );
    let found = program.ids(&format!("/fhir/Slot?{actor}")).await;
    let first = &all[0];
    assert_eq!(
        found,
        ids(&|s| s.practitioner_id == first.practitioner_id && s.clinic_id == first.clinic_id)
    );
}

/// One morning of three places for checkups.
async fn one_morning(practice: &Practice<'_>) -> Schedule {
    let clinic = practice.clinic("North", "America/Chicago").await;
    let jane = practice.practitioner_at("Jane", &[clinic]).await;
    let mut weekly = hours(1, "09:00", "10:30");
    weekly.appointment_types = vec!["Checkup".to_owned()];
    weekly.valid_until = Some(day("2026-11-23"));
    practice.schedule(jane, clinic, &weekly).await
}

/// Somebody of a tenant, by a program.
async fn program_of<'a>(site: &'a Site, organization: OrganizationId, role: Role) -> Program<'a> {
    let token = signed_in(&site.house, organization, role).await;
    Program { site, token }
}

/// 6.19: what the resources are, and how the four statuses come about.
#[tokio::test]
async fn feature_6_19_fhir_tells_schedules_and_slots_with_their_four_statuses() {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let schedule = one_morning(&practice).await;
    let (jane, clinic) = (schedule.practitioner_id, schedule.clinic_id);
    let program = program_of(&site, practice.organization, Role::Member).await;
    assert_eq!(
        program.one(&format!("/api/v1/fhir/Schedule/{}", schedule.id)).await,
        json!({
            "resourceType": "Schedule",
            "id": schedule.id,
            "active": true,
            "serviceType": [{"text": "Checkup"}],
            "actor": [
                {"reference": format!("Practitioner/{jane}"), "type": "Practitioner"},
                {"reference": format!("Location/{clinic}"), "type": "Location"},
            ],
            "planningHorizon": {"start": "2026-11-01", "end": "2026-11-23"},
            "comment": "Mondays 09:00 to 10:30 (America/Chicago), slots of 30 minutes for 1",
        })
    );
    let path = "/fhir/Slot";
    let slots = program.all(path).await;
    assert_eq!(
        slots[0],
        json!({
            "resourceType": "Slot",
            "id": slots[0]["id"],
            "serviceType": [{"text": "Checkup"}],
            "schedule": {"reference": format!("Schedule/{}", schedule.id), "type": "Schedule"},
            "status": "free",
            "start": "2026-11-23T09:00:00-06:00",
            "end": "2026-11-23T09:30:00-06:00",
        })
    );
    let known = practice.slots(&Filter::default()).await;
    let mut booking = crate::practice::booking(known[0].id, "somebody");
    booking.appointment_type = Some("Checkup".to_owned());
    practice
        .run(async |tx| provider_directory::store::appointments::book(tx, &booking, noon()).await)
        .await
        .expect("booked");
    practice
        .run(async |tx| slots::hold(tx, known[1].id, noon() + TimeDelta::minutes(5), noon()).await)
        .await
        .expect("held");
    let statuses = async || {
        let all = program.all(path).await;
        all.iter()
            .map(|slot| slot["status"].as_str().expect("a status").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses().await, ["busy", "busy-tentative", "free"]);
    site.house
        .sql(&format!("UPDATE clinic SET is_active = false WHERE id = '{clinic}'"))
        .await;
    assert_eq!(statuses().await, ["busy", "busy-tentative", "busy-unavailable"]);
    assert_eq!(program.ids("/fhir/Slot?status=free").await, [""; 0]);
    let status = "http://wrong.example%7Cbusy-unavailable";
    assert_eq!(program.ids(&format!("/fhir/Slot?status={status}")).await, [""; 0]);
    let status = "http://hl7.org/fhir/slotstatus%7Cbusy-unavailable";
    assert_eq!(
        program.ids(&format!("/fhir/Slot?status={status}")).await,
        [known[2].id.to_string()]
    );
    let one = program.ask(&format!("/fhir/Slot/{}", known[1].id)).await;
    assert_eq!(one.json()["status"], "busy-tentative");

    let schedules =
        format!("/fhir/Schedule?actor=Practitioner/{jane}&actor=Location/{clinic}&active=true&_format=json");
    assert_eq!(program.ids(&schedules).await, [schedule.id.to_string()]);
    assert_eq!(program.ids("/fhir/Schedule?active=false").await, [""; 0]);
    let page = program
        .ask("/api/v1/fhir/Slot?_count=2&status=busy,busy-tentative,busy-unavailable")
        .await
        .json();
    let next = page["link"][1]["url"].as_str().expect("a next page").to_owned();
    assert!(
        next.contains("/api/v1/fhir/Slot?_count=2&status=busy,busy-tentative,busy-unavailable&cursor="),
        "{next}"
    );
    assert_eq!(page["entry"][0]["search"]["mode"], "match");
}

/// 6.19: what is wrong with a question is told in FHIR's words and in the product's own.
#[tokio::test]
async fn feature_6_19_fhir_refusals_tell_what_is_wrong() {
    let site = Site::open().await;
    let tenant = site.house.organization("Clinic").await.id;
    let program = program_of(&site, tenant, Role::Member).await;
    for (query, wanted) in [
        ("start=ge2026-13-01", ("value", "malformed", "http.start")),
        ("end=ne2026-12-01", ("value", "unknown_prefix", "http.end")),
        ("status=open", ("value", "unknown_term", "http.status")),
        ("schedule=Slot/7", ("value", "malformed", "http.schedule")),
        ("_count=-1", ("value", "range", "http._count")),
        ("_count=1&_count=2", ("value", "repeated", "http._count")),
        ("_format=xml", ("value", "unknown_term", "http._format")),
        ("_total=some", ("value", "unknown_term", "http._total")),
        ("_summary=text", ("value", "unknown_term", "http._summary")),
        ("cursor=x", ("value", "malformed", "http.cursor")),
        ("begin=2026", ("not-supported", "unknown_parameter", "http.begin")),
    ] {
        let (code, own, place) = program.refused(&format!("/fhir/Slot?{query}"), 400).await;
        assert_eq!((code.as_str(), own.as_str(), place.as_str()), wanted, "{query}");
    }
    let (code, ..) = program.refused("/fhir/Slot/abc", 404).await;
    assert_eq!(code, "not-found");
    let (code, ..) = program.refused(&format!("/fhir/Slot/{tenant}"), 404).await;
    assert_eq!(code, "not-found");
    let can = site.get("/fhir/metadata").await;
    assert_eq!(
        (&can.json()["fhirVersion"], can.header("content-type")),
        (&json!("4.0.1"), "application/fhir+json")
    );
    let post = Request::post("/fhir/Slot").body(Body::empty()).expect("a request");
    let refused = site.send(post).await;
    assert_eq!((refused.status.as_u16(), refused.header("allow")), (405, "GET,HEAD"));
    assert_eq!(issue(&refused).0, "not-supported");
}

/// 6.19: who may not, who is nobody, and who is of another tenant.
#[tokio::test]
async fn feature_6_19_fhir_is_read_by_members_of_the_tenant_who_may() {
    let site = Site::open().await;
    let practice = Practice::open(&site.house, "Clinic").await;
    let other = Practice::open(&site.house, "Other").await;
    let schedule = one_morning(&practice).await;
    let (jane, clinic) = (schedule.practitioner_id, schedule.clinic_id);
    let known = practice.slots(&Filter::default()).await;
    let employer = program_of(&site, practice.organization, Role::Employer).await;
    for path in ["/fhir/Slot", "/fhir/Schedule"] {
        assert_eq!(employer.refused(path, 403).await.0, "forbidden");
        let nobody = site.get(path).await;
        assert_eq!((nobody.status.as_u16(), issue(&nobody).0.as_str()), (401, "login"));
        assert!(!nobody.header("www-authenticate").is_empty());
    }
    let stranger = program_of(&site, other.organization, Role::OrganizationAdmin).await;
    for path in [
        "/fhir/Slot".to_owned(),
        "/fhir/Schedule".to_owned(),
        format!("/fhir/Slot?schedule={}", schedule.id),
    ] {
        assert_eq!(stranger.ids(&path).await, [""; 0], "{path}");
    }
    stranger.refused(&format!("/fhir/Slot/{}", known[0].id), 404).await;
    stranger.refused(&format!("/fhir/Schedule/{}", schedule.id), 404).await;

    for path in ["Practitioner", "PractitionerRole", "Location"] {
        assert_eq!(stranger.ids(&format!("/fhir/{path}")).await, [""; 0], "{path}");
    }
    stranger.refused(&format!("/fhir/Practitioner/{jane}"), 404).await;
    stranger.refused(&format!("/fhir/Location/{clinic}"), 404).await;
}
