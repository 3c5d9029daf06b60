//! `/appointments`: booked, confirmed, moved, cancelled, and what became of them.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

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
    appointment::{Appointment, Step, needs_no_notice},
};
use crate::store::{
    appointments::{self, Filter, NewAppointment},
    audit,
};
use crate::vocab::{
    Fault,
    ids::{AppointmentId, HoldId, SlotId},
};

/// A place to be booked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Booking {
    slot_id: SlotId,
    /// With the place that this hold keeps.
    #[serde(default)]
    hold_id: Option<HoldId>,
    /// What for; needed where the slot takes some types only.
    #[serde(default)]
    #[schemars(length(min = 1, max = 80))]
    appointment_type: Option<String>,
    /// The patient, by the key of the organisation's own records.
    #[schemars(length(min = 1, max = 200))]
    patient_reference: String,
    #[serde(default)]
    #[schemars(length(max = 1000))]
    note: Option<String>,
}

/// Where an appointment goes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Move {
    slot_id: SlotId,
    #[serde(default)]
    hold_id: Option<HoldId>,
}

/// Why a step is done.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Kept with a cancelled appointment, and in the audit.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    reason: Option<String>,
}

/// Appointments.
#[derive(Serialize, JsonSchema)]
struct Appointments {
    /// In the order of time.
    appointments: Vec<Appointment>,
    /// For the page behind.
    next_cursor: Option<String>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/appointments", get(list).post(book)),
        ("/appointments/{id}", get(read)),
        ("/appointments/{id}/reschedule", post(reschedule)),
        ("/appointments/{id}/{step}", post(step)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    let one = |method, path, summary| Operation::answering_with::<Appointment>(method, path, TAG, summary);
    let writers = "Those with appointments:write.";
    vec![
        Operation::answering_with::<Appointments>("get", "/appointments", TAG, "Appointments, in the order of time")
            .by("Those with appointments:read.")
            .asking(asked()),
        one("post", "/appointments", "Book a place in a slot")
            .by(writers)
            .taking_a::<Booking>()
            .answering(201).once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        one("get", "/appointments/{id}", "One appointment")
            .by("Those with appointments:read.")
            .refusing(&[Kind::NotFound]),
        one("post", "/appointments/{id}/reschedule", "Move to another slot")
            .by("Those with appointments:write. Who has the role `member` moves it until `appointments.cancellation_notice_hours` before.")
            .taking_a::<Move>()
            .refusing(&[Kind::NotFound, Kind::RuleRefused, Kind::Conflict, Kind::VersionMismatch]),
        one(
            "post",
            "/appointments/{id}/{step}",
            "The next step: confirm, arrive (from four hours before), fulfil (from the beginning on), cancel or no-show (after it)",
        )
        .by("Those with appointments:write. Who has the role `member` cancels until `appointments.cancellation_notice_hours` before.")
        .taking_a::<Reason>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused, Kind::VersionMismatch]),
    ]
}

fn asked() -> Vec<serde_json::Value> {
    let text = json!({"type": "string"});
    let id = json!({"type": "string", "format": "uuid"});
    let moment = json!({"type": "string", "format": "date-time"});
    let mut asked = vec![
        query("practitioner_id", &id, "With this practitioner."),
        query("clinic_id", &id, "At this clinic."),
        query("patient_reference", &text, "Of this patient."),
        query(
            "status",
            &text,
            "booked, confirmed, arrived, fulfilled, cancelled or no_show.",
        ),
        query(
            "displaced",
            &json!({"type": "boolean"}),
            "Whether they have lost their slot.",
        ),
        query("from", &moment, "With a moment at or after this one."),
        query("until", &moment, "With a moment before this one."),
    ];
    asked.extend(pages(1000, 50));
    asked
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsRead)?;
    let known = [
        "practitioner_id",
        "clinic_id",
        "patient_reference",
        "status",
        "displaced",
        "from",
        "until",
        "limit",
        "cursor",
    ];
    let [
        practitioner,
        clinic,
        patient_reference,
        status,
        displaced,
        from,
        until,
        limit,
        cursor,
    ] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 50)?;
    let filter = Filter {
        id: None,
        practitioner_id: parameters::parsed("practitioner_id", practitioner, "an id")?,
        clinic_id: parameters::parsed("clinic_id", clinic, "an id")?,
        patient_reference,
        status: parameters::parsed(
            "status",
            status,
            "booked, confirmed, arrived, fulfilled, cancelled or no_show",
        )?,
        displaced: parameters::parsed("displaced", displaced, "true or false")?,
        from: parameters::moment("from", from)?,
        until: parameters::moment("until", until)?,
        after: paging::read(cursor)?,
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = appointments::list(&mut tx, &filter, paging::one_more(limit)).await?;
    let (appointments, next_cursor) = paging::page(found, limit, |last| (last.span.starts_at, last.id));
    let detail = json!({"appointments": appointments.len(), "patient": filter.patient_reference});
    audit::record(
        &mut tx,
        "appointment.list",
        "organization",
        &inside.organization.to_string(),
        &detail,
    )
    .await?;
    tx.commit().await?;
    Ok(Json(Appointments {
        appointments,
        next_cursor,
    })
    .into_response())
}

async fn book(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsWrite)?;
    let given: Booking = parameters::json(&headers, &body)?;
    let new = NewAppointment {
        slot_id: given.slot_id,
        hold_id: given.hold_id,
        appointment_type: given.appointment_type,
        patient_reference: given.patient_reference,
        note: given.note,
    };
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let told = appointments::book(tx, &new, rooms.now()).await?;
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
    Path(id): Path<AppointmentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = appointments::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| versioned::absent("appointment"))?;
    audit::record(&mut tx, "appointment.read", "appointment", &id.to_string(), &json!({})).await?;
    tx.commit().await?;
    versioned::read(&headers, found.version, &found)
}

async fn reschedule(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<AppointmentId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsWrite)?;
    let Move { slot_id, hold_id } = parameters::json(&headers, &body)?;
    let version = expected(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    if !needs_no_notice(inside.actor.role) {
        appointments::keeps_notice(&mut tx, id, version, Some(slot_id), rooms.now()).await?;
    }
    let told = appointments::reschedule(&mut tx, id, version, (slot_id, hold_id), rooms.now()).await?;
    let position = tx.commit().await?;
    Ok(versioned::changed(told.version, position, &told))
}

async fn step(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path((id, word)): Path<(AppointmentId, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsWrite)?;
    let step = Step::ALL.into_iter().find(|step| step.word() == word);
    let step = step.ok_or_else(|| Problem::not_found("The steps are confirm, arrive, fulfil, cancel and no-show."))?;
    let Reason { reason } = if body.is_empty() {
        Reason::default()
    } else {
        parameters::json(&headers, &body)?
    };
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > 1000) {
        let fault = Fault::new("reason", "length", "at most 1000 characters");
        return Err(Problem::faults(vec![fault]));
    }
    let version = expected(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    if step == Step::Cancel && !needs_no_notice(inside.actor.role) {
        appointments::keeps_notice(&mut tx, id, version, None, rooms.now()).await?;
    }
    let told = appointments::step(&mut tx, id, version, step, reason.as_deref(), rooms.now()).await?;
    let position = tx.commit().await?;
    Ok(versioned::changed(told.version, position, &told))
}

/// The version that a step is based on, where the caller says one: the states themselves keep steps in order.
fn expected(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    if headers.contains_key(header::IF_MATCH) {
        if_match(headers)
    } else {
        Ok(None)
    }
}
