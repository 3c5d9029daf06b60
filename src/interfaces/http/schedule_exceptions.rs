//! `/schedule-exceptions`: holidays, closures, sessions more. What one does to appointments is told, on request before it is
//! done (`dry_run=true`).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{delete, get},
};
use chrono::{NaiveDate, NaiveTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    versioned::{self, Made, Once},
};
use crate::domain::{access::Permission, schedule::ScheduleException};
use crate::store::{schedule_exceptions, schedules::Report};
use crate::vocab::{
    ClinicId, PractitionerId,
    ids::{ScheduleExceptionId, ScheduleId},
    terms::ExceptionKind,
};

/// An exception to be added.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewException {
    /// `closed` or `extra`.
    kind: ExceptionKind,
    /// For an extra session: the schedule whose slots it has. For a closure: this schedule alone.
    #[serde(default)]
    schedule_id: Option<ScheduleId>,
    /// A closure of everything this practitioner does.
    #[serde(default)]
    practitioner_id: Option<PractitionerId>,
    /// A closure of everything at this clinic.
    #[serde(default)]
    clinic_id: Option<ClinicId>,
    first_day: NaiveDate,
    /// Inclusive; the first day if not said.
    #[serde(default)]
    last_day: Option<NaiveDate>,
    /// On the clinic's wall clock, on each of the days; the whole day if not said.
    #[serde(default)]
    start_time: Option<NaiveTime>,
    #[serde(default)]
    end_time: Option<NaiveTime>,
    /// Why, for people.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    reason: Option<String>,
}

/// An exception, and what it has done or would do.
#[derive(Serialize, JsonSchema)]
struct Outcome {
    /// As it is now, or would be.
    #[serde(flatten)]
    exception: ScheduleException,
    /// True: nothing has been changed.
    dry_run: bool,
    /// Slots and appointments.
    report: Report,
}

/// Exceptions.
#[derive(Serialize, JsonSchema)]
struct Exceptions {
    /// Those that are not over, by their days.
    schedule_exceptions: Vec<ScheduleException>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/schedule-exceptions", get(list).post(create)),
        ("/schedule-exceptions/{id}", delete(remove)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    let flag = json!({"type": "boolean"});
    vec![
        Operation::answering_with::<Exceptions>("get", "/schedule-exceptions", TAG, "Exceptions that are not over")
            .by("Members with schedules:read."),
        Operation::answering_with::<Outcome>("post", "/schedule-exceptions", TAG, "Add a closure or a session")
            .by("Those with schedules:write.")
            .asking([query(
                "dry_run",
                &flag,
                "Whether to tell what would be, and change nothing.",
            )])
            .taking_a::<NewException>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::answering_with::<Report>("delete", "/schedule-exceptions/{id}", TAG, "Take an exception back")
            .by("Those with schedules:write.")
            .refusing(&[Kind::NotFound, Kind::Conflict]),
    ]
}

async fn list(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let schedule_exceptions = schedule_exceptions::list_from(&mut tx, rooms.now().date_naive()).await?;
    Ok(Json(Exceptions { schedule_exceptions }).into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesWrite)?;
    let dry_run = parameters::dry_run(raw.as_deref())?;
    let given: NewException = parameters::json(&headers, &body)?;
    let exception = ScheduleException {
        id: ScheduleExceptionId(Uuid::now_v7()),
        kind: given.kind,
        schedule_id: given.schedule_id,
        practitioner_id: given.practitioner_id,
        clinic_id: given.clinic_id,
        first_day: given.first_day,
        last_day: given.last_day.unwrap_or(given.first_day),
        start_time: given.start_time,
        end_time: given.end_time,
        reason: given.reason,
    };
    if dry_run {
        let mut tx = rooms.store.begin(&inside.actor).await?;
        let report = schedule_exceptions::create(&mut tx, &exception, rooms.now()).await?;
        let told = Outcome {
            exception,
            dry_run,
            report,
        };
        return Ok(Json(told).into_response());
    }
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let report = schedule_exceptions::create(tx, &exception, rooms.now()).await?;
        let told = Outcome {
            exception,
            dry_run,
            report,
        };
        Ok(Made { version: 1, told })
    })
    .await
}

async fn remove(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ScheduleExceptionId>,
) -> Result<Response, Problem> {
    inside.require(Permission::SchedulesWrite)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let report = schedule_exceptions::delete(&mut tx, id, rooms.now()).await?;
    tx.commit().await?;
    Ok(Json(report).into_response())
}
