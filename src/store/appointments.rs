//! Appointments: booked, moved from slot to slot, led through their states.
//!
//! That a slot is never booked beyond its capacity is held by the schema (`time_slot_taken_check`), whoever comes at the
//! same time and by whatever way.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

use super::{Error, Tx, audit, schedules, slots};
use crate::domain::{
    appointment::{Appointment, Step, after, in_time, may_book},
    line::is_line,
    slot::Span,
};
use crate::vocab::{
    ClinicId, Fault, PractitionerId,
    ids::{AppointmentId, HoldId, SlotId},
    terms::AppointmentStatus,
};

/// What is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAppointment {
    /// In which slot.
    pub slot_id: SlotId,
    /// With the place that this hold keeps.
    pub hold_id: Option<HoldId>,
    /// What for.
    pub appointment_type: Option<String>,
    /// The patient, by the key of the organisation's own records.
    pub patient_reference: String,
    /// For people.
    pub note: Option<String>,
}

impl NewAppointment {
    /// What no appointment can have, whatever the slot.
    fn faults(&self) -> Vec<Fault> {
        let type_fits = self.appointment_type.as_ref().is_none_or(|kind| is_line(kind, 80));
        let note_fits = self.note.as_ref().is_none_or(|note| note.chars().count() <= 1000);
        [
            (
                is_line(&self.patient_reference, 200),
                "patient_reference",
                "1 to 200 characters on one line",
            ),
            (type_fits, "appointment_type", "1 to 80 characters on one line"),
            (note_fits, "note", "at most 1000 characters"),
        ]
        .into_iter()
        .filter(|(fits, ..)| !fits)
        .map(|(_, field, rule)| Fault::new(field, "length", rule))
        .collect()
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    slot_id: Option<Uuid>,
    practitioner_id: Uuid,
    clinic_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    appointment_type: Option<String>,
    patient_reference: String,
    note: Option<String>,
    status: String,
    displaced: bool,
    cancellation_reason: Option<String>,
    created_at: DateTime<Utc>,
    version: i64,
}

const COLUMNS: &str = "SELECT b.id, b.organization_id, b.slot_id, b.practitioner_id, b.clinic_id, b.starts_at, b.ends_at,
        b.appointment_type, b.patient_reference, b.note, b.status, b.displaced, b.cancellation_reason, b.created_at, b.version
    FROM appointment b WHERE b.organization_id = app_organization_id()";

impl Row {
    fn read(self) -> Result<Appointment, Error> {
        let status = self.status.parse();
        Ok(Appointment {
            id: self.id.into(),
            organization_id: self.organization_id.into(),
            slot_id: self.slot_id.map(Into::into),
            practitioner_id: self.practitioner_id.into(),
            clinic_id: self.clinic_id.into(),
            span: Span::new(self.starts_at, self.ends_at),
            appointment_type: self.appointment_type,
            patient_reference: self.patient_reference,
            note: self.note,
            status: status.map_err(|_| Error::Corrupt(format!("status of appointment {}", self.id)))?,
            displaced: self.displaced,
            cancellation_reason: self.cancellation_reason,
            created_at: self.created_at,
            version: self.version,
        })
    }
}

/// Which appointments, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this key.
    pub id: Option<AppointmentId>,
    /// With this practitioner.
    pub practitioner_id: Option<PractitionerId>,
    /// At this clinic.
    pub clinic_id: Option<ClinicId>,
    /// Of this patient.
    pub patient_reference: Option<String>,
    /// In this state.
    pub status: Option<AppointmentStatus>,
    /// Those that have lost their slot, or those that have not.
    pub displaced: Option<bool>,
    /// With a moment at or after this one.
    pub from: Option<DateTime<Utc>>,
    /// With a moment before this one.
    pub until: Option<DateTime<Utc>>,
    /// Behind this start and key.
    pub after: Option<(DateTime<Utc>, AppointmentId)>,
}

/// The tenant's appointments.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Appointment>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    if let Some(id) = filter.id {
        sql.push(" AND b.id = ").push_bind(id.0);
    }
    if let Some(id) = filter.practitioner_id {
        sql.push(" AND b.practitioner_id = ").push_bind(id.0);
    }
    if let Some(id) = filter.clinic_id {
        sql.push(" AND b.clinic_id = ").push_bind(id.0);
    }
    if let Some(patient) = &filter.patient_reference {
        sql.push(" AND b.patient_reference = ").push_bind(patient);
    }
    if let Some(status) = filter.status {
        sql.push(" AND b.status = ").push_bind(status.code());
    }
    if let Some(displaced) = filter.displaced {
        sql.push(" AND b.displaced = ").push_bind(displaced);
    }
    if let Some(from) = filter.from {
        // The first bound is for the index.
        sql.push(" AND b.starts_at > ").push_bind(slots::earliest(from));
        sql.push(" AND b.ends_at > ").push_bind(from);
    }
    if let Some(until) = filter.until {
        sql.push(" AND b.starts_at < ").push_bind(until);
    }
    if let Some((start, id)) = filter.after {
        sql.push(" AND (b.starts_at, b.id) > (")
            .push_bind(start)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
    sql.push(" ORDER BY b.starts_at, b.id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// The appointment with this key, if there is one in the tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, id: AppointmentId) -> Result<Option<Appointment>, Error> {
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    Ok(list(tx, &filter, 1).await?.pop())
}

/// Books a place in a slot.
///
/// # Errors
/// [`Error::Refused`] with the code `slot_full` where no place is left, and others by [`may_book`].
pub async fn book(tx: &mut Tx, new: &NewAppointment, now: DateTime<Utc>) -> Result<Appointment, Error> {
    let faults = new.faults();
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    let appointment_type = new.appointment_type.as_deref().map(str::trim);
    let offer = slots::offer(tx, new.slot_id, now).await?;
    may_book(&offer, appointment_type, now).map_err(Error::Refused)?;
    if let Some(hold) = new.hold_id
        && !slots::take_hold(tx, hold, new.slot_id).await?
    {
        let message = "the hold has run out, or is of another slot";
        return Err(Error::Refused(Fault::new("hold_id", "hold_expired", message)));
    }
    let id = AppointmentId(Uuid::now_v7());
    sqlx::query(
        "INSERT INTO appointment (id, organization_id, slot_id, appointment_type, patient_reference, note, created_at,
            updated_at)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6, $6)",
    )
    .bind(id.0)
    .bind(new.slot_id.0)
    .bind(appointment_type)
    .bind(new.patient_reference.trim())
    .bind(&new.note)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({"slot_id": new.slot_id});
    audit::record(tx, "appointment.book", "appointment", &id.to_string(), &detail).await?;
    find(tx, id).await?.ok_or(Error::NotFound)
}

/// Leads an appointment at `version` one step on; `reason` is kept where it is cancelled.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`] where the step does not follow.
pub async fn step(
    tx: &mut Tx,
    id: AppointmentId,
    version: Option<i64>,
    step: Step,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Appointment, Error> {
    let before = locked(tx, id, version).await?;
    let status = after(before.status, step, before.span, now).map_err(Error::Refused)?;
    if step == Step::NoShow && before.displaced {
        let message = "it has lost its slot: nobody could come to it";
        return Err(Error::Refused(Fault::new("status", "displaced", message)));
    }
    sqlx::query(
        "UPDATE appointment SET status = $2, cancellation_reason = $3, version = version + 1, updated_at = $4 WHERE id = $1",
    )
    .bind(id.0)
    .bind(status.code())
    .bind(reason.filter(|_| status == AppointmentStatus::Cancelled))
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({"status": status, "reason": reason});
    let action = format!("appointment.{}", step.word());
    audit::record(tx, &action, "appointment", &id.to_string(), &detail).await?;
    find(tx, id).await?.ok_or(Error::NotFound)
}

/// Whether an appointment may still be cancelled, or moved to a slot, by somebody who has to keep the organisation's notice. It
/// is locked, as is what it goes to: what is true now is true until the transaction ends.
///
/// # Errors
/// [`Error::Refused`] with the code `cancellation_notice`; [`Error::NotFound`], [`Error::VersionMismatch`].
pub async fn keeps_notice(
    tx: &mut Tx,
    id: AppointmentId,
    version: Option<i64>,
    goes_to: Option<SlotId>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let before = found(tx, id, version).await?;
    lock_slots(tx, &[before.slot_id, goes_to]).await?; // Both at once, in the order that everybody keeps.
    let before = locked(tx, id, version).await?;
    let notice = schedules::defaults(tx).await?.cancellation_notice_hours;
    in_time(&before, notice, now).map_err(Error::Refused)
}

/// Moves an appointment to another slot: its place there and the end of its place here are one.
///
/// # Errors
/// As [`book`] and [`step`].
pub async fn reschedule(
    tx: &mut Tx,
    id: AppointmentId,
    version: Option<i64>,
    (slot, hold): (SlotId, Option<HoldId>),
    now: DateTime<Utc>,
) -> Result<Appointment, Error> {
    let before = found(tx, id, version).await?;
    lock_slots(tx, &[before.slot_id, Some(slot)]).await?;
    let before = locked(tx, id, version).await?;
    // One that has lost its slot never began: it may go elsewhere at any time.
    let begins = before.span.starts_at;
    let seen_at = if before.displaced {
        now.min(begins - TimeDelta::seconds(1))
    } else {
        now
    };
    let status = after(before.status, Step::Reschedule, before.span, seen_at).map_err(Error::Refused)?;
    let offer = slots::offer(tx, slot, now).await?;
    may_book(&offer, before.appointment_type.as_deref(), now).map_err(Error::Refused)?;
    if let Some(hold) = hold
        && !slots::take_hold(tx, hold, slot).await?
    {
        let message = "the hold has run out, or is of another slot";
        return Err(Error::Refused(Fault::new("hold_id", "hold_expired", message)));
    }
    sqlx::query(
        "UPDATE appointment SET slot_id = $2, status = $3, displaced = false, version = version + 1, updated_at = $4
        WHERE id = $1",
    )
    .bind(id.0)
    .bind(slot.0)
    .bind(status.code())
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({"from": before.span.starts_at, "to": offer.span.starts_at});
    audit::record(tx, "appointment.reschedule", "appointment", &id.to_string(), &detail).await?;
    find(tx, id).await?.ok_or(Error::NotFound)
}

/// Cancels one that is not over, because what it hangs on goes.
pub(super) async fn cancel_for(tx: &mut Tx, id: AppointmentId, reason: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE appointment SET status = 'cancelled', cancellation_reason = $2, version = version + 1, updated_at = $3
        WHERE id = $1",
    )
    .bind(id.0)
    .bind(reason)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({"reason": reason});
    audit::record(tx, "appointment.cancel", "appointment", &id.to_string(), &detail).await
}

async fn found(tx: &mut Tx, id: AppointmentId, version: Option<i64>) -> Result<Appointment, Error> {
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    if version.is_some_and(|v| v != before.version) {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    Ok(before)
}

/// The appointment with its slot and itself locked, in this order.
async fn locked(tx: &mut Tx, id: AppointmentId, version: Option<i64>) -> Result<Appointment, Error> {
    let before = found(tx, id, version).await?;
    lock_slots(tx, &[before.slot_id]).await?;
    sqlx::query("SELECT 1 FROM appointment WHERE id = $1 FOR NO KEY UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    found(tx, id, version).await
}

async fn lock_slots(tx: &mut Tx, slots: &[Option<SlotId>]) -> Result<(), Error> {
    let ids: Vec<Uuid> = slots.iter().flatten().map(|id| id.0).collect();
    sqlx::query("SELECT 1 FROM time_slot WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind(ids)
        .execute(tx.connection())
        .await?;
    Ok(())
}
