//! `/clinic-assignments`: which practitioner works at which clinic, from when to when, and which one is the primary.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, patch},
};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Answer, Operation, pages, query},
    paging, parameters,
    path::Path,
    problem::{Kind, Problem},
    versioned::{self, Made, Once},
};
use crate::domain::{access::Permission, practitioner::ClinicAssignment};
use crate::store::{clinic_assignments, clinic_roles};
use crate::vocab::{ClinicId, PractitionerId, ids::ClinicAssignmentId};

/// An assignment to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewAssignment {
    practitioner_id: PractitionerId,
    clinic_id: ClinicId,
    /// The first day.
    start_date: NaiveDate,
    /// The last day, inclusive; open if not said.
    #[serde(default)]
    end_date: Option<NaiveDate>,
    /// Takes the place of the primary one; the first assignment is it anyway.
    #[serde(default)]
    is_primary: bool,
}

/// What changes of an assignment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    #[serde(default)]
    start_date: Option<NaiveDate>,
    /// Null: open.
    #[serde(default, deserialize_with = "parameters::said")]
    #[schemars(with = "Option<NaiveDate>")]
    end_date: Option<Option<NaiveDate>>,
    /// True takes the place of the primary one; it is given away by making another one the primary.
    #[serde(default)]
    is_primary: Option<bool>,
}

/// Assignments.
#[derive(Serialize, JsonSchema)]
struct Assignments {
    /// By practitioner, the primary first.
    clinic_assignments: Vec<ClinicAssignment>,
    /// For the page behind.
    next_cursor: Option<String>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/clinic-assignments", get(list).post(create)),
        ("/clinic-assignments/{id}", patch(change).delete(remove)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    let id = json!({"type": "string", "format": "uuid"});
    let one = |method, path, summary| Operation::answering_with::<ClinicAssignment>(method, path, TAG, summary);
    vec![
        Operation::answering_with::<Assignments>("get", "/clinic-assignments", TAG, "Who works where")
            .by("Members with practitioners:read.")
            .asking([
                query("practitioner_id", &id, "Of this practitioner."),
                query("clinic_id", &id, "At this clinic."),
            ])
            .asking(pages(1000, 1000)),
        one("post", "/clinic-assignments", "Assign a practitioner to a clinic")
            .by("Those with practitioners:write.")
            .taking_a::<NewAssignment>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        one(
            "patch",
            "/clinic-assignments/{id}",
            "Change the days, or make it the primary one",
        )
        .by("Those with practitioners:write.")
        .taking_a::<Change>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
        Operation::new(
            "delete",
            "/clinic-assignments/{id}",
            TAG,
            "Take an assignment away that has no schedules",
            Answer::Nothing,
        )
        .by("Those with practitioners:write.")
        .answering(204)
        .refusing(&[Kind::NotFound, Kind::RuleRefused, Kind::Conflict]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let known = ["practitioner_id", "clinic_id", "limit", "cursor"];
    let [practitioner, clinic, limit, cursor] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 1000)?;
    let filter = clinic_roles::Filter {
        practitioners: parameters::parsed("practitioner_id", practitioner, "an id")?.map(|id| vec![id]),
        clinics: parameters::parsed("clinic_id", clinic, "an id")?.map(|id| vec![id]),
        ..clinic_roles::Filter::default()
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = clinic_roles::page(&mut tx, &filter, paging::read(cursor)?, paging::one_more(limit)).await?;
    let (found, next_cursor) = paging::page(found, limit, clinic_roles::place);
    let clinic_assignments = found.into_iter().map(|role| role.assignment).collect();
    Ok(Json(Assignments {
        clinic_assignments,
        next_cursor,
    })
    .into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersWrite)?;
    let given: NewAssignment = parameters::json(&headers, &body)?;
    let new = ClinicAssignment {
        id: ClinicAssignmentId(Uuid::now_v7()),
        practitioner_id: given.practitioner_id,
        clinic_id: given.clinic_id,
        start_date: given.start_date,
        end_date: given.end_date,
        is_primary: given.is_primary,
    };
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let told = clinic_assignments::assign(tx, &new).await?;
        Ok(Made { version: 1, told })
    })
    .await
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicAssignmentId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersWrite)?;
    let given: Change = parameters::json(&headers, &body)?;
    if given.is_primary == Some(false) {
        let message = "make another assignment the primary one instead";
        return Err(Problem::fault("is_primary", "primary_needed", message));
    }
    let days = (given.start_date, given.end_date);
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let told = clinic_assignments::change_assignment(&mut tx, id, days, given.is_primary.is_some()).await?;
    tx.commit().await?;
    Ok(Json(told).into_response())
}

async fn remove(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicAssignmentId>,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersWrite)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    clinic_assignments::unassign(&mut tx, id).await?;
    Ok(versioned::done(tx.commit().await?))
}
