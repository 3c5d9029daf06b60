//! What is booked at a clinic and would go with it.

use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::{Affected, Filter, affected, list, lock};
use crate::domain::{appointment, slot::Span};
use crate::store::{Error, Tx, slots};
use crate::vocab::{ClinicId, terms::AppointmentStatus};

/// The appointments at a clinic that begin after `now` and are not over, also those that have lost their slot. Nobody books there
/// until the transaction ends.
pub(in crate::store) async fn booked_at(
    tx: &mut Tx,
    clinic: ClinicId,
    now: DateTime<Utc>,
) -> Result<Vec<Affected>, Error> {
    let filter = Filter {
        clinic_id: Some(clinic),
        ..Filter::default()
    };
    let schedules = list(tx, filter).await?;
    for schedule in &schedules {
        lock(tx, schedule.practitioner_id).await?;
    }
    let mut all = Vec::new();
    for schedule in &schedules {
        let booked = slots::booked_after(tx, schedule.id, now).await?;
        all.extend(booked.iter().map(|(booked, patient)| affected(booked, patient, None)));
    }
    let displaced: Vec<(Uuid, String, DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
        "SELECT b.id, b.patient_reference, b.starts_at, b.ends_at FROM appointment b
        WHERE b.clinic_id = $1 AND b.slot_id IS NULL AND b.starts_at > $2 AND b.status = ANY ($3)
        ORDER BY b.starts_at, b.id FOR NO KEY UPDATE",
    )
    .bind(clinic.0)
    .bind(now)
    .bind(appointment::OPEN.map(AppointmentStatus::code))
    .fetch_all(tx.connection())
    .await?;
    all.extend(
        displaced
            .into_iter()
            .map(|(id, patient_reference, from, until)| Affected {
                appointment_id: id.into(),
                patient_reference,
                before: Span::new(from, until),
                after: None,
            }),
    );
    Ok(all)
}
