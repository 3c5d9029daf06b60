//! What only a clinic's own portal has, under its own subdomain: contacts, papers, and what is booked at it.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::{
    portal::{date, in_words, shown, size},
    portal_layout,
    portal_session::Guest,
};
use crate::interfaces::http::{
    Rooms, Routes,
    clinic_appointments::{WEEK, own_appointments},
    clinic_records::{own_content, own_records},
    downloads::hidden,
    links::Links,
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::portal::{BookedAt, ClinicDays};

/// `GET /provider/clinic`: what the agency keeps about the clinic, in the clinic's own portal.
async fn clinic(State(rooms): State<Arc<Rooms>>, links: Links, guest: Guest) -> Response {
    if !guest.at_clinic() {
        return portal_layout::problem(&links, &guest, &hidden());
    }
    let content = own_records(&rooms, &guest.bearer).await.map(|records| {
        html! {
            h1 { "Clinic" }
            section aria-labelledby="contacts" {
                h2 #contacts { "Contacts" }
                @if records.contacts.is_empty() { p { "The agency has none." } }
                @for contact in &records.contacts {
                    div .box {
                        h3 { (contact.name) @if let Some(role) = &contact.role { " " span .badge { (role) } } }
                        @if let Some(phone) = &contact.phone { p { (phone) } }
                        @if let Some(email) = &contact.email { p { (email) } }
                    }
                }
            }
            section aria-labelledby="papers" {
                h2 #papers { "Documents" }
                @if records.documents.is_empty() { p { "The agency shows none." } }
                ul .plain { @for paper in &records.documents {
                    li .card {
                        h3 { a href=(links.path(&format!("/provider/clinic/documents/{}", paper.id))) download { (paper.name) } }
                        p { (paper.media_type) ", " (size(paper.size_bytes)) }
                    }
                } }
            }
        }
    });
    shown(&links, &guest, content, "Clinic")
}

/// `GET /provider/clinic/documents/{document}`: a paper of the clinic.
async fn paper(State(rooms): State<Arc<Rooms>>, links: Links, guest: Guest, Path(paper): Path<String>) -> Response {
    let read = own_content(&rooms, &guest.bearer, &paper).await;
    read.unwrap_or_else(|problem| portal_layout::problem(&links, &guest, &problem))
}

/// `GET /provider/clinic/appointments?from=2026-11-23`: a week of what is booked at the clinic, by its own clock.
async fn appointments(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    guest: Guest,
    RawQuery(raw): RawQuery,
) -> Response {
    if !guest.sees_appointments() {
        return portal_layout::problem(&links, &guest, &hidden());
    }
    let content = async {
        let [from] = parameters::only(parameters::pairs(raw.as_deref())?, ["from"])?;
        let from = parameters::parsed::<NaiveDate>("from", from, "a day like 2026-11-23")?;
        let days = own_appointments(&rooms, &guest.bearer, from, WEEK).await?;
        Ok::<_, Problem>(week(&links, &days))
    };
    shown(&links, &guest, content.await, "Appointments")
}

fn week(links: &Links, days: &ClinicDays) -> Markup {
    let zone = days.time_zone.parse::<Tz>().unwrap_or(Tz::UTC);
    let day_of = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let last = days.until.pred_opt().unwrap_or(days.until);
    let to = |day: Option<NaiveDate>| day.map(|day| links.path(&format!("/provider/clinic/appointments?from={day}")));
    html! {
        h1 { "Appointments" }
        p .muted { "At " (days.clinic) ", " (date(days.from)) " to " (date(last)) ", in " (zone.name()) " time." }
        nav aria-label="Weeks" { ul .plain {
            @if let Some(earlier) = to(days.from.checked_sub_signed(days.until - days.from)) { li { a href=(earlier) { "Earlier week" } } }
            @if let Some(later) = to(Some(days.until)) { li { a href=(later) { "Later week" } } }
        } }
        @if days.appointments.is_empty() { p { "Nothing is booked in these days." } }
        @for day in days.appointments.chunk_by(|a, b| day_of(a.starts_at) == day_of(b.starts_at)) {
            section {
                @if let Some(first) = day.first() { h2 { (day_of(first.starts_at).format("%A, %-d %B %Y")) } }
                ul .plain { @for booked in day { li .card { (booking(links, booked, zone)) } } }
            }
        }
        @if days.more { p role="status" { "There is more in these days than is shown here." } }
    }
}

fn booking(links: &Links, booked: &BookedAt, zone: Tz) -> Markup {
    let clock = |at: DateTime<Utc>| at.with_timezone(&zone).format("%H:%M").to_string();
    html! {
        h3 { time datetime=(booked.starts_at.to_rfc3339()) { (clock(booked.starts_at)) } " to " (clock(booked.ends_at)) }
        p {
            (booked.practitioner_name)
            @if let Some(kind) = &booked.appointment_type { ", " (in_words(kind)) }
            " " span .badge { (in_words(&booked.status)) }
            @if booked.displaced { " " span .badge { "To be moved" } }
        }
        @if let (Some(id), Some(reference)) = (booked.case_id, &booked.case_reference) {
            p { "Case " a href=(links.path(&format!("/provider/cases/{id}"))) { (reference) } }
        }
    }
}

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/provider/clinic", get(clinic)),
        ("/provider/clinic/appointments", get(appointments)),
        ("/provider/clinic/documents/{document}", get(paper)),
    ]
}

/// What they are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "A person of an outside clinic, by the portal's own cookie, under the clinic's own subdomain.";
    let page = |path, summary| Operation::new("get", path, "portal", summary, Answer::Media("text/html"));
    let from = serde_json::json!({"type": "string", "format": "date"});
    let paper = "/provider/clinic/documents/{document}";
    let all = [
        page("/provider/clinic", "The clinic's own records in its portal"),
        page(
            "/provider/clinic/appointments",
            "A week of what is booked at the clinic",
        )
        .asking([query(
            "from",
            &from,
            "First day, by the clinic's clock; today if not said.",
        )]),
        Operation::new("get", paper, "portal", "A paper of the clinic", Answer::Media("*/*")),
    ];
    all.map(|o| o.by(WHO).refusing(&[Kind::NotFound])).into()
}
