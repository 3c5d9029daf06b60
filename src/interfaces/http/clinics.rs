//! `/clinics`: the sites of a tenant, with hours and holidays.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::if_match,
    schedules::in_the_way,
    versioned::{self, Made, Once},
};
use crate::domain::{
    access::Permission,
    clinic::{Clinic, Details},
};
use crate::store::{
    clinics,
    schedules::{Affected, Report},
};
use crate::vocab::{ClinicId, Fault};

/// The tenant's sites.
#[derive(Serialize, JsonSchema)]
struct Clinics {
    /// By name.
    clinics: Vec<Clinic>,
}

/// A clinic after a change, and what the change has done or would do.
#[derive(Serialize, JsonSchema)]
struct ChangedClinic {
    /// As it is now, or would be.
    #[serde(flatten)]
    clinic: Clinic,
    /// True: nothing has been changed.
    dry_run: bool,
    /// What other hours, holidays or another zone do to slots and appointments.
    report: Report,
}

/// A clinic out of use, and what went with it or would go.
#[derive(Serialize, JsonSchema)]
struct ClosedClinic {
    /// As it is now, or would be.
    #[serde(flatten)]
    clinic: Clinic,
    /// True: nothing has been changed.
    dry_run: bool,
    /// Appointments that are cancelled with it.
    cancelled: Vec<Affected>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/clinics", get(list).post(create)),
        ("/clinics/{id}", get(read).patch(change).delete(close)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "organizations";
    let one = |method, path, summary| Operation::answering_with::<Clinic>(method, path, TAG, summary);
    let all = query(
        "inactive",
        &json!({"type": "boolean"}),
        "Whether those out of use are told, too.",
    );
    vec![
        Operation::answering_with::<Clinics>("get", "/clinics", TAG, "The clinics of the organisation")
            .by("Its members.")
            .asking([all]),
        one("post", "/clinics", "Create a clinic")
            .by("Administrators of the organisation.")
            .taking_a::<Details>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused]),
        one("get", "/clinics/{id}", "One clinic")
            .by("Its members.")
            .refusing(&[Kind::NotFound]),
        Operation::answering_with::<ChangedClinic>(
            "patch",
            "/clinics/{id}",
            TAG,
            "Change a clinic by JSON Merge Patch; its slots follow its hours, holidays and zone",
        )
        .by("Administrators of the organisation.")
        .asking([query(
            "dry_run",
            &json!({"type": "boolean"}),
            "Whether to tell what would be, and change nothing.",
        )])
        .taking("Object")
        .with_version()
        .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::answering_with::<ClosedClinic>(
            "delete",
            "/clinics/{id}",
            TAG,
            "Take a clinic out of use; what happened there stays",
        )
        .by("Administrators of the organisation.")
        .asking([
            query(
                "force",
                &json!({"type": "boolean"}),
                "Whether to cancel the appointments that are in the way.",
            ),
            query(
                "dry_run",
                &json!({"type": "boolean"}),
                "Whether to tell which appointments would be cancelled, and change nothing.",
            ),
        ])
        .with_version()
        .refusing(&[Kind::Conflict]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsRead)?;
    let [inactive] = parameters::only(parameters::pairs(raw.as_deref())?, ["inactive"])?;
    let inactive = parameters::parsed("inactive", inactive, "true or false")?.unwrap_or(false);
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let clinics = clinics::list(&mut tx, inactive).await?;
    Ok(Json(Clinics { clinics }).into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsWrite)?;
    let details = checked(parameters::json(&headers, &body)?)?;
    let id = ClinicId(Uuid::now_v7());
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let told = clinics::create(tx, id, inside.organization, &details, rooms.now()).await?;
        Ok(Made {
            version: told.version,
            told,
        })
    })
    .await
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let clinic = clinics::find(&mut tx, id).await?;
    let clinic = clinic.ok_or_else(|| versioned::absent("clinic"))?;
    versioned::read(&headers, clinic.version, &clinic)
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicId>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsWrite)?;
    let dry_run = parameters::dry_run(raw.as_deref())?;
    let mut patch: Value = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let before = clinics::find(&mut tx, id).await?;
    let before = before.ok_or_else(|| versioned::absent("clinic"))?;
    let active = match patch.as_object_mut().and_then(|patch| patch.remove("is_active")) {
        None => before.is_active,
        Some(Value::Bool(active)) => active,
        Some(_) => return Err(Problem::fault("is_active", "invalid", "true or false")),
    };
    let mut document = serde_json::to_value(&before.details).map_err(|e| Problem::internal(&e))?;
    crate::domain::configuration::merge(&mut document, &patch);
    let details = checked(parameters::from_value(document)?)?;
    let (clinic, report) = clinics::update(&mut tx, id, version, &details, active, rooms.now()).await?;
    let told = ChangedClinic {
        clinic,
        dry_run,
        report,
    };
    versioned::changed_or_tried(tx, dry_run, told.clinic.version, &told).await
}

async fn close(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicId>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsWrite)?;
    let [force, dry_run] = parameters::only(parameters::pairs(raw.as_deref())?, ["force", "dry_run"])?;
    let force = parameters::parsed("force", force, "true or false")?.unwrap_or_default();
    let dry_run = parameters::parsed("dry_run", dry_run, "true or false")?.unwrap_or_default();
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    if clinics::find(&mut tx, id).await?.is_none() {
        return Err(versioned::absent("clinic"));
    }
    let (clinic, cancelled) = clinics::close(&mut tx, id, version, force || dry_run, rooms.now()).await?;
    if !cancelled.is_empty() && !force && !dry_run {
        return Err(in_the_way(&cancelled));
    }
    let told = ClosedClinic {
        clinic,
        dry_run,
        cancelled,
    };
    versioned::changed_or_tried(tx, dry_run, told.clinic.version, &told).await
}

/// Details as they are kept, or everything that is wrong with them.
fn checked(details: Details) -> Result<Details, Problem> {
    let details = details.tidy();
    let faults: Vec<Fault> = details.faults();
    if faults.is_empty() {
        return Ok(details);
    }
    let detail = "The clinic can't be like this; see errors.";
    Err(Problem::new(Kind::RuleRefused, detail).with_errors(faults))
}
