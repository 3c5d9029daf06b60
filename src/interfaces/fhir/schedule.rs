//! `/fhir/Schedule`: weekly hours of practitioners at their clinics.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    search::{self, Search, one},
    service_types,
    types::{CodeableConcept, Period, Reference},
};
use crate::domain::{access::Permission, schedule};
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::schedules::{self, Filter};
use crate::vocab::{Fault, ids::ScheduleId};

/// The parameters of a search, with their kinds.
pub const PARAMETERS: [(&str, &str); 3] = [("_id", "token"), ("actor", "reference"), ("active", "token")];

/// A schedule of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirSchedule")]
struct Schedule {
    resource_type: &'static str,
    id: ScheduleId,
    active: bool,
    /// What may be booked; left out: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    service_type: Vec<CodeableConcept>,
    /// The practitioner and the clinic.
    actor: [Reference; 2],
    /// The days that there are slots for; left out: none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    planning_horizon: Option<Period>,
    /// The hours in words: R4 has no place for them.
    comment: String,
}

const WEEKDAYS: [&str; 7] = [
    "Mondays",
    "Tuesdays",
    "Wednesdays",
    "Thursdays",
    "Fridays",
    "Saturdays",
    "Sundays",
];

impl Schedule {
    fn of(known: schedule::Schedule) -> (String, Self) {
        let weekly = known.weekly;
        let end = weekly.valid_until.into_iter().chain([known.materialized_through]).min();
        let weekday = usize::from(weekly.day_of_week).checked_sub(1);
        let weekday = weekday.and_then(|n| WEEKDAYS.get(n)).copied().unwrap_or_default();
        let told = Self {
            resource_type: "Schedule",
            id: known.id,
            active: known.is_active,
            service_type: service_types(&weekly.appointment_types),
            actor: [
                Reference::here("Practitioner", known.practitioner_id),
                Reference::here("Location", known.clinic_id),
            ],
            planning_horizon: end
                .filter(|end| *end >= weekly.valid_from)
                .map(|end| Period::of(Some(weekly.valid_from), Some(end))),
            comment: format!(
                "{weekday} {} to {} ({}), slots of {} minutes for {}",
                weekly.start_time.format("%H:%M"),
                weekly.end_time.format("%H:%M"),
                known.time_zone,
                weekly.slot_minutes,
                weekly.max_bookings,
            ),
        };
        (known.id.to_string(), told)
    }
}

/// Who may read them.
pub const WHO: &str = "Members with schedules:read.";

/// The paths.
pub fn routes() -> Routes {
    vec![("/fhir/Schedule", get(list)), ("/fhir/Schedule/{id}", get(read))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    vec![
        operation::<Bundle<Schedule>>(
            "/fhir/Schedule",
            "Schedules that fit, by practitioner, weekday and time",
            WHO,
        )
        .asking(asked()),
        operation::<Schedule>("/fhir/Schedule/{id}", "One schedule", WHO).refusing(&[Kind::NotFound]),
    ]
}

fn asked() -> Vec<Value> {
    let text = json!({"type": "string"});
    let own = [
        query("_id", &text, "With this id."),
        query(
            "actor",
            &text,
            "Of this practitioner (`Practitioner/<id>`), or at this clinic (`Location/<id>`). Repeated: both hold.",
        ),
        query(
            "active",
            &json!({"type": "string", "enum": ["true", "false"]}),
            "Active ones, or those that are not.",
        ),
    ];
    search::asked(own, "actor")
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let mut filter = Filter::default();
    let search = Search::read(raw.as_deref(), (&PARAMETERS, "actor"), |name, value| {
        narrow(&mut filter, name, value)
    })?;
    let after = paging::read(search.cursor.clone())?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut page = Page::default();
    if search.counts() {
        page.counted = Some(schedules::count(&mut tx, filter).await?);
    }
    if !search.only_total {
        let found = schedules::page(&mut tx, filter, after, paging::one_more(search.count())).await?;
        let (found, next) = paging::page(found, search.count(), schedules::place);
        (page.found, page.next) = (found.into_iter().map(Schedule::of).collect(), next);
    }
    answer(&Bundle::page(&links, "/fhir/Schedule", &search, page))
}

/// Narrows a search by one parameter. Whether it is one of schedules.
fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
    match name {
        "_id" => one(&mut filter.id, name, search::reference(name, value, "Schedule")?)?,
        "actor" if value.contains("Location/") => {
            one(&mut filter.clinic_id, name, search::reference(name, value, "Location")?)?;
        }
        "actor" => one(
            &mut filter.practitioner_id,
            name,
            search::reference(name, value, "Practitioner")?,
        )?,
        "active" => {
            let is_active = value
                .parse()
                .map_err(|_| Fault::new(name, "malformed", "true or false"))?;
            one(&mut filter.is_active, name, is_active)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ScheduleId>,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = schedules::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| absent("schedule"))?;
    answer(&Schedule::of(found).1)
}
