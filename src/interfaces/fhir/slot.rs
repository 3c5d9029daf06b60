//! `/fhir/Slot`: slots with where they stand. Beside the parameters of R4 there is `end`, so that those that overlap a time can be
//! asked for: `start=lt<end of it>&end=gt<begin of it>`.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    schedule::WHO,
    search::{self, Search},
    service_types,
    types::{CodeableConcept, Reference},
};
use crate::domain::{access::Permission, slot};
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::slot_search::{self, Edge, Filter, Known};
use crate::vocab::{Fault, ids::SlotId};

/// The parameters of a search, with their kinds.
pub const PARAMETERS: [(&str, &str); 6] = [
    ("_id", "token"),
    ("schedule", "reference"),
    ("schedule.actor", "reference"),
    ("status", "token"),
    ("start", "date"),
    ("end", "date"),
];

/// A slot of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirSlot")]
struct Slot {
    resource_type: &'static str,
    id: SlotId,
    /// What may be booked; left out: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_type: Vec<CodeableConcept>,
    schedule: Reference,
    /// `free`, `busy`, `busy-unavailable` or `busy-tentative`.
    status: &'static str,
    /// By the clinic's clock.
    start: String,
    end: String,
}

impl Slot {
    fn of(known: Known) -> (String, Self) {
        let Known { slot, state } = known;
        let told = Self {
            resource_type: "Slot",
            id: slot.id,
            service_type: service_types(&slot.appointment_types),
            schedule: Reference::here("Schedule", slot.schedule_id),
            status: state.code(),
            start: instant(slot.span.starts_at, &slot.time_zone),
            end: instant(slot.span.ends_at, &slot.time_zone),
        };
        (slot.id.to_string(), told)
    }
}

/// A moment with how far the clinic's clock is ahead of UTC.
fn instant(at: DateTime<Utc>, zone: &str) -> String {
    match zone.parse::<Tz>() {
        Ok(zone) => at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Err(_) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
    }
}

/// The paths.
pub fn routes() -> Routes {
    vec![("/fhir/Slot", get(list)), ("/fhir/Slot/{id}", get(read))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    vec![
        operation::<Bundle<Slot>>("/fhir/Slot", "Slots that fit, in the order of time", WHO).asking(asked()),
        operation::<Slot>("/fhir/Slot/{id}", "One slot", WHO).refusing(&[Kind::NotFound]),
    ]
}

fn asked() -> Vec<Value> {
    let text = json!({"type": "string"});
    let own = [
        query("_id", &text, "With one of these ids."),
        query(
            "schedule",
            &text,
            "Of these schedules: `Schedule/<id>`, commas between.",
        ),
        query(
            "schedule.actor",
            &text,
            "With this practitioner (`Practitioner/<id>`) or at this clinic (`Location/<id>`).",
        ),
        query(
            "status",
            &text,
            "`free`, `busy`, `busy-unavailable`, `busy-tentative`, commas between.",
        ),
        query(
            "start",
            &text,
            "That begin so: a date with a prefix (`ge2026-11-23`), by the clinic's clock where it has no zone. Repeated: all hold.",
        ),
        query(
            "end",
            &text,
            "That end so. `start=lt..&end=gt..` are those that overlap.",
        ),
    ];
    search::asked(own, "start")
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let mut filter = Filter::default();
    let search = Search::read(raw.as_deref(), (&PARAMETERS, "start"), |name, value| {
        narrow(&mut filter, name, value)
    })?;
    let now = rooms.now();
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut page = Page::default();
    if search.counts() {
        page.counted = Some(slot_search::count(&mut tx, &filter, now).await?);
    }
    filter.after = paging::read(search.cursor.clone())?;
    if !search.only_total {
        let found = slot_search::list(&mut tx, &filter, paging::one_more(search.count()), now).await?;
        let (found, next) = paging::page(found, search.count(), |last| (last.slot.span.starts_at, last.slot.id));
        (page.found, page.next) = (found.into_iter().map(Slot::of).collect(), next);
    }
    tx.commit().await?; // Holds that have run out were given back.
    answer(&Bundle::page(&links, "/fhir/Slot", &search, page))
}

/// Narrows a search by one parameter. Whether it is one of slots.
fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
    match name {
        "_id" => search::narrow(&mut filter.ids, search::references(name, value, "Slot")?),
        "schedule" => search::narrow(&mut filter.schedules, search::references(name, value, "Schedule")?),
        "schedule.actor" if value.contains("Location/") => {
            search::narrow(&mut filter.clinics, search::references(name, value, "Location")?);
        }
        "schedule.actor" => {
            search::narrow(
                &mut filter.practitioners,
                search::references(name, value, "Practitioner")?,
            );
        }
        "status" => {
            let read = |code: &str| slot::State::ALL.into_iter().find(|state| state.code() == code);
            let known = "free, busy, busy-unavailable, busy-tentative";
            search::narrow(&mut filter.states, search::codes(name, value, read, known)?);
        }
        "start" => filter.bounds.extend(search::bounds(name, value, Edge::Start)?),
        "end" => filter.bounds.extend(search::bounds(name, value, Edge::End)?),
        _ => return Ok(false),
    }
    Ok(true)
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<SlotId>,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let filter = Filter {
        ids: Some(vec![id]),
        ..Filter::default()
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = slot_search::list(&mut tx, &filter, 1, rooms.now()).await?;
    tx.commit().await?;
    let found = found.into_iter().next().ok_or_else(|| absent("slot"))?;
    answer(&Slot::of(found).1)
}
