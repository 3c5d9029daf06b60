//! What is booked at a clinic and goes with it, and comes back with it.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder, types::Uuid};

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
        clinics: Some(vec![clinic]),
        ..Filter::default()
    };
    let schedules = list(tx, &filter).await?;
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

/// Gives appointments that have lost their slot the one back that is there at their very time, with their practitioner, at a
/// clinic that is in use again; the earliest booked first, as far as there are places. How many.
pub(in crate::store) async fn take_back(tx: &mut Tx, clinic: ClinicId, now: DateTime<Utc>) -> Result<usize, Error> {
    slots::release_expired(tx, now).await?;
    let mut sql = QueryBuilder::<Postgres>::new(
        "WITH open AS MATERIALIZED (
            SELECT s.id, s.practitioner_id, s.starts_at, s.ends_at, s.appointment_types, s.max_bookings - s.taken AS places
            FROM time_slot s",
    );
    sql.push(slots::HANGS_ON)
        .push("WHERE s.clinic_id = ")
        .push_bind(clinic.0)
        .push(" AND s.starts_at > ")
        .push_bind(now)
        .push(" AND ")
        .push(slots::OPEN)
        .push(
            "ORDER BY s.id FOR NO KEY UPDATE OF s),
        back AS (
            SELECT b.id, o.id AS slot_id, o.places, row_number() OVER (PARTITION BY o.id ORDER BY b.created_at, b.id) AS turn
            FROM appointment b JOIN open o ON o.practitioner_id = b.practitioner_id
                AND o.starts_at = b.starts_at AND o.ends_at = b.ends_at
            WHERE b.displaced AND (b.appointment_type IS NULL OR o.appointment_types = '{}'
                OR b.appointment_type = ANY (o.appointment_types))
            AND b.clinic_id = ",
        )
        .push_bind(clinic.0)
        .push(" AND b.status = ANY (")
        .push_bind(appointment::OPEN.map(AppointmentStatus::code))
        .push(
            "))
        UPDATE appointment b SET slot_id = back.slot_id, displaced = false, version = b.version + 1, updated_at = ",
        )
        .push_bind(now)
        .push(" FROM back WHERE b.id = back.id AND back.turn <= back.places");
    let done = sql.build().execute(tx.connection()).await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}
