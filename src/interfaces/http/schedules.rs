//! `/schedules`: weekly hours of practitioners at their clinics. What a change does to appointments is told, on request
//! before it is done (`dry_run=true`).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Operation, pages, query},
    paging, parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::if_match,
    versioned::{self, Made, Once},
};
use crate::domain::{
    access::Permission,
    configuration::merge,
    schedule::{Schedule, Weekly},
};
use crate::store::schedules::{self, Affected, Filter, Report};
use crate::vocab::{ClinicId, Fault, PractitionerId, ids::ScheduleId};

/// Weekly hours to be added.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewSchedule {
    practitioner_id: PractitionerId,
    /// One that the practitioner is assigned to.
    clinic_id: ClinicId,
    /// 1 Monday to 7 Sunday (ISO 8601).
    #[schemars(range(min = 1, max = 7))]
    day_of_week: u8,
    /// On the clinic's wall clock, `09:00`.
    start_time: NaiveTime,
    /// On the clinic's wall clock; at or before `start_time` it is on the next day.
    end_time: NaiveTime,
    /// Minutes of a slot; what the organisation has configured if not said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1440))]
    slot_minutes: Option<u16>,
    /// Minutes between slots; what the organisation has configured if not said.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1440))]
    buffer_minutes: Option<u16>,
    /// Appointments that a slot takes; one if not said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    max_bookings: Option<u16>,
    /// What may be booked; anything if not said.
    #[serde(default)]
    appointment_types: Vec<String>,
    /// The first day; today if not said.
    #[serde(default)]
    valid_from: Option<NaiveDate>,
    /// The last day, inclusive; open if not said.
    #[serde(default)]
    valid_until: Option<NaiveDate>,
}

/// What of a schedule can be changed, as it is afterwards.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changed {
    #[schemars(range(min = 1, max = 7))]
    day_of_week: u8,
    start_time: NaiveTime,
    end_time: NaiveTime,
    #[schemars(range(min = 1, max = 1440))]
    slot_minutes: u16,
    #[schemars(range(min = 0, max = 1440))]
    buffer_minutes: u16,
    #[schemars(range(min = 1, max = 1000))]
    max_bookings: u16,
    appointment_types: Vec<String>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    is_active: bool,
}

/// A schedule, and what its change has done or would do.
#[derive(Serialize, JsonSchema)]
struct Outcome {
    /// As it is now, or would be.
    #[serde(flatten)]
    schedule: Schedule,
    /// True: nothing has been changed.
    dry_run: bool,
    /// Slots and appointments.
    report: Report,
}

/// Schedules.
#[derive(Serialize, JsonSchema)]
struct Schedules {
    /// By practitioner, weekday and time.
    schedules: Vec<Schedule>,
    /// For the page behind.
    next_cursor: Option<String>,
}

/// What went with a schedule.
#[derive(Serialize, JsonSchema)]
struct Deleted {
    /// Appointments that were cancelled.
    cancelled: Vec<Affected>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/schedules", get(list).post(create)),
        ("/schedules/{id}", get(read).patch(change).delete(remove)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    let id = json!({"type": "string", "format": "uuid"});
    let flag = json!({"type": "boolean"});
    let dry = query("dry_run", &flag, "Whether to tell what would be, and change nothing.");
    vec![
        Operation::answering_with::<Schedules>("get", "/schedules", TAG, "Weekly hours")
            .by("Members with schedules:read.")
            .asking([
                query("practitioner_id", &id, "Of this practitioner."),
                query("clinic_id", &id, "At this clinic."),
            ])
            .asking(pages(1000, 1000)),
        Operation::answering_with::<Schedule>("post", "/schedules", TAG, "Add weekly hours, with their slots")
            .by("Those with schedules:write.")
            .taking_a::<NewSchedule>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::answering_with::<Schedule>("get", "/schedules/{id}", TAG, "One schedule")
            .by("Members with schedules:read.")
            .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Outcome>(
            "patch",
            "/schedules/{id}",
            TAG,
            "Change hours by JSON Merge Patch; appointments are kept, moved or flagged",
        )
        .by("Those with schedules:write.")
        .asking([dry])
        .taking_a::<Changed>()
        .with_version()
        .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::answering_with::<Deleted>("delete", "/schedules/{id}", TAG, "Take a schedule away")
            .by("Those with schedules:write.")
            .asking([query(
                "force",
                &flag,
                "Whether to cancel the appointments that are in the way.",
            )])
            .with_version()
            .refusing(&[Kind::Conflict]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let known = ["practitioner_id", "clinic_id", "limit", "cursor"];
    let [practitioner, clinic, limit, cursor] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 1000)?;
    let filter = Filter {
        practitioners: parameters::parsed("practitioner_id", practitioner, "an id")?.map(|id| vec![id]),
        clinics: parameters::parsed("clinic_id", clinic, "an id")?.map(|id| vec![id]),
        ..Filter::default()
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = schedules::page(&mut tx, &filter, paging::read(cursor)?, paging::one_more(limit)).await?;
    let (schedules, next_cursor) = paging::page(found, limit, schedules::place);
    Ok(Json(Schedules { schedules, next_cursor }).into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesWrite)?;
    let new: NewSchedule = parameters::json(&headers, &body)?;
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let defaults = schedules::defaults(tx).await?;
        let weekly = Weekly {
            day_of_week: new.day_of_week,
            start_time: new.start_time,
            end_time: new.end_time,
            slot_minutes: new.slot_minutes.unwrap_or(defaults.default_duration_minutes),
            buffer_minutes: new.buffer_minutes.unwrap_or(defaults.buffer_time_minutes),
            max_bookings: new.max_bookings.unwrap_or(1),
            appointment_types: new.appointment_types,
            valid_from: new.valid_from.unwrap_or(rooms.now().date_naive()),
            valid_until: new.valid_until,
        };
        let made = schedules::create(tx, new.practitioner_id, new.clinic_id, &weekly, rooms.now()).await?;
        Ok(Made {
            version: made.0.version,
            told: made.0,
        })
    })
    .await
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ScheduleId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = schedules::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| versioned::absent("schedule"))?;
    versioned::read(&headers, found.version, &found)
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ScheduleId>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesWrite)?;
    let dry_run = parameters::dry_run(raw.as_deref())?;
    let patch: Value = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let before = schedules::find(&mut tx, id).await?;
    let before = before.ok_or_else(|| versioned::absent("schedule"))?;
    let version = version.unwrap_or(before.version);
    let mut document = serde_json::to_value(&before.weekly).map_err(|e| Problem::internal(&e))?;
    document["is_active"] = json!(before.is_active);
    merge(&mut document, &patch);
    let after: Changed = parameters::from_value(document)?;
    let active = after.is_active;
    let (schedule, report) = schedules::update(&mut tx, id, version, &after.weekly(), active, rooms.now()).await?;
    let told = Outcome {
        schedule,
        dry_run,
        report,
    };
    versioned::changed_or_tried(tx, dry_run, told.schedule.version, &told).await
}

impl Changed {
    fn weekly(self) -> Weekly {
        Weekly {
            day_of_week: self.day_of_week,
            start_time: self.start_time,
            end_time: self.end_time,
            slot_minutes: self.slot_minutes,
            buffer_minutes: self.buffer_minutes,
            max_bookings: self.max_bookings,
            appointment_types: self.appointment_types,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
        }
    }
}

/// Most appointments that a refusal names.
const NAMED: usize = 100;

async fn remove(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ScheduleId>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesWrite)?;
    let [force] = parameters::only(parameters::pairs(raw.as_deref())?, ["force"])?;
    let force = parameters::parsed("force", force, "true or false")?.unwrap_or_default();
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let before = schedules::find(&mut tx, id).await?;
    let before = before.ok_or_else(|| versioned::absent("schedule"))?;
    let version = version.unwrap_or(before.version);
    let affected = schedules::delete(&mut tx, id, version, force, rooms.now()).await?;
    if !affected.is_empty() && !force {
        return Err(in_the_way(&affected));
    }
    let position = tx.commit().await?;
    Ok(versioned::changed(
        version + 1,
        position,
        &Deleted { cancelled: affected },
    ))
}

/// The appointments that keep a schedule or clinic from going, one fault each.
pub(super) fn in_the_way(affected: &[Affected]) -> Problem {
    let fault = |one: &Affected| {
        let message = format!("{} at {}", one.appointment_id, one.before.starts_at.to_rfc3339());
        Fault::new("appointment_id", "future_appointment", message)
    };
    let detail = match affected.len() {
        1 => "1 appointment to come is in the way; `force=true` cancels it.".to_owned(),
        n => format!("{n} appointments to come are in the way; `force=true` cancels them."),
    };
    Problem::new(Kind::Conflict, detail).with_errors(affected.iter().take(NAMED).map(fault).collect())
}
