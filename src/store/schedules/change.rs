//! Schedules are made, changed and taken away: hours that make sense, of somebody who is nowhere else at the time.

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::json;
use sqlx::types::Uuid;

use super::{Affected, Filter, Report, affected, column, defaults, find, keep_clinics, list, lock, remake, zone_of};
use crate::domain::{
    practitioner::ClinicAssignment,
    schedule::{self, Schedule, Weekly},
    slot::Span,
};
use crate::store::{Error, Tx, appointments, audit, clinic_assignments, schedule_exceptions, slots};
use crate::vocab::{ClinicId, Fault, PractitionerId, ids::ScheduleId, terms::ExceptionKind};

/// Adds a schedule and makes its slots.
///
/// # Errors
/// [`Error::Refused`] where the practitioner is not assigned to the clinic or is elsewhere at the time;
/// [`Error::RefusedAll`] where the hours make no sense.
pub async fn create(
    tx: &mut Tx,
    practitioner: PractitionerId,
    clinic: ClinicId,
    weekly: &Weekly,
    now: DateTime<Utc>,
) -> Result<(Schedule, Report), Error> {
    keep_clinics(tx, [clinic]).await?;
    lock(tx, practitioner).await?;
    let id = ScheduleId(Uuid::now_v7());
    may_be_there(tx, practitioner, clinic, weekly).await?;
    let horizon = Days::new(defaults(tx).await?.horizon_days.into());
    sqlx::query(
        "INSERT INTO schedule (id, organization_id, practitioner_id, clinic_id, day_of_week, start_time, end_time,
            slot_minutes, buffer_minutes, max_bookings, appointment_types, valid_from, valid_until, materialized_through,
            created_at, updated_at)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
    )
    .bind(id.0)
    .bind(practitioner.0)
    .bind(clinic.0)
    .bind(i16::from(weekly.day_of_week))
    .bind(weekly.start_time)
    .bind(weekly.end_time)
    .bind(column(weekly.slot_minutes))
    .bind(column(weekly.buffer_minutes))
    .bind(column(weekly.max_bookings))
    .bind(&weekly.appointment_types)
    .bind(weekly.valid_from)
    .bind(weekly.valid_until)
    .bind(now.date_naive() + horizon)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let made = find(tx, id).await?.ok_or(Error::NotFound)?;
    no_conflict(tx, &made, now).await?;
    let report = remake(tx, std::slice::from_ref(&made), now).await?;
    let detail = json!({"practitioner_id": practitioner, "clinic_id": clinic, "slots": report.slots_added});
    audit::record(tx, "schedule.create", "schedule", &id.to_string(), &detail).await?;
    Ok((made, report))
}

/// The hours make sense, and the practitioner works at the clinic on those days.
async fn may_be_there(
    tx: &mut Tx,
    practitioner: PractitionerId,
    clinic: ClinicId,
    weekly: &Weekly,
) -> Result<(), Error> {
    let faults = weekly.check();
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    let assigned = clinic_assignments::assignments(tx, Some(practitioner), Some(clinic)).await?;
    if assigned.is_empty() {
        let message = "the practitioner is not assigned to this clinic";
        return Err(Error::Refused(Fault::new("clinic_id", "not_assigned", message)));
    }
    if !assigned
        .iter()
        .any(|period| period.covers(weekly.valid_from, weekly.valid_until))
    {
        let periods = assigned.iter().map(days_of).collect::<Vec<_>>().join(", and ");
        let message = format!("the practitioner is at this clinic {periods}");
        return Err(Error::Refused(Fault::new("valid_from", "outside_assignment", message)));
    }
    Ok(())
}

fn days_of(period: &ClinicAssignment) -> String {
    let until = period
        .end_date
        .map_or_else(|| "on".to_owned(), |day| format!("until {day}"));
    format!("from {} {until}", period.start_date)
}

/// The practitioner is nowhere else at the hours of an active schedule, each week or for an extra session.
pub(super) async fn no_conflict(tx: &mut Tx, new: &Schedule, now: DateTime<Utc>) -> Result<(), Error> {
    if !new.is_active {
        return Ok(());
    }
    let zone = zone_of(new)?;
    let others = others(tx, new).await?;
    for other in &others {
        if let Some((_, there)) = schedule::conflict((&new.weekly, zone), (&other.weekly, zone_of(other)?)) {
            return Err(elsewhere(other, there));
        }
    }
    let exceptions = schedule_exceptions::list_from(tx, now.date_naive()).await?;
    for extra in exceptions.iter().filter(|e| e.kind == ExceptionKind::Extra) {
        let days = (extra.first_day, extra.last_day);
        for other in others.iter().filter(|other| extra.touches(new) || extra.touches(other)) {
            if let Some((_, there)) = schedule::collision((new, zone), (other, zone_of(other)?), &exceptions, days, now)
            {
                return Err(elsewhere(other, there));
            }
        }
    }
    Ok(())
}

/// On some days the practitioner of an active schedule is nowhere else: also on those that there are no slots for yet.
pub(in crate::store) async fn no_collision(
    tx: &mut Tx,
    schedule: &Schedule,
    days: (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let exceptions = schedule_exceptions::list_from(tx, now.date_naive()).await?;
    let zone = zone_of(schedule)?;
    for other in others(tx, schedule).await? {
        let there = zone_of(&other)?;
        if let Some((_, there)) = schedule::collision((schedule, zone), (&other, there), &exceptions, days, now) {
            return Err(elsewhere(&other, there));
        }
    }
    Ok(())
}

/// The practitioner's other active schedules.
async fn others(tx: &mut Tx, schedule: &Schedule) -> Result<Vec<Schedule>, Error> {
    let filter = Filter {
        practitioners: Some(vec![schedule.practitioner_id]),
        ..Filter::default()
    };
    let mut others = list(tx, &filter).await?;
    others.retain(|other| other.id != schedule.id && other.is_active);
    Ok(others)
}

fn elsewhere(other: &Schedule, there: Span) -> Error {
    let message = format!(
        "the practitioner is at clinic {} from {} to {} (schedule {})",
        other.clinic_id,
        there.starts_at.to_rfc3339(),
        there.ends_at.to_rfc3339(),
        other.id
    );
    Error::Refused(Fault::new("start_time", "schedule_conflict", message))
}

/// Changes hours and whether the schedule is active, at `version`; moves or flags the appointments that it touches.
/// For a dry run, drop the transaction.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::VersionMismatch`].
pub async fn update(
    tx: &mut Tx,
    id: ScheduleId,
    version: i64,
    weekly: &Weekly,
    active: bool,
    now: DateTime<Utc>,
) -> Result<(Schedule, Report), Error> {
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    keep_clinics(tx, [before.clinic_id]).await?;
    lock(tx, before.practitioner_id).await?;
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    if before.version != version {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    may_be_there(tx, before.practitioner_id, before.clinic_id, weekly).await?;
    if before.weekly == *weekly && before.is_active == active {
        let report = remake(tx, std::slice::from_ref(&before), now).await?;
        return Ok((before, report)); // Nobody's ETag dies for nothing.
    }
    let horizon = Days::new(defaults(tx).await?.horizon_days.into());
    sqlx::query(
        "UPDATE schedule SET day_of_week = $2, start_time = $3, end_time = $4, slot_minutes = $5, buffer_minutes = $6,
            max_bookings = $7, appointment_types = $8, valid_from = $9, valid_until = $10, is_active = $11,
            version = version + 1, updated_at = $12,
            materialized_through = CASE WHEN $11 THEN greatest(materialized_through, $13) ELSE materialized_through END
        WHERE id = $1",
    )
    .bind(id.0)
    .bind(i16::from(weekly.day_of_week))
    .bind(weekly.start_time)
    .bind(weekly.end_time)
    .bind(column(weekly.slot_minutes))
    .bind(column(weekly.buffer_minutes))
    .bind(column(weekly.max_bookings))
    .bind(&weekly.appointment_types)
    .bind(weekly.valid_from)
    .bind(weekly.valid_until)
    .bind(active)
    .bind(now)
    .bind(now.date_naive() + horizon) // While it was inactive its window did not roll on.
    .execute(tx.connection())
    .await?;
    let after = find(tx, id).await?.ok_or(Error::NotFound)?;
    no_conflict(tx, &after, now).await?;
    let report = remake(tx, std::slice::from_ref(&after), now).await?;
    let detail =
        json!({"version": after.version, "moved": report.moved.len(), "invalidated": report.invalidated.len()});
    audit::record(tx, "schedule.update", "schedule", &id.to_string(), &detail).await?;
    Ok((after, report))
}

/// Takes a schedule away with its slots to come. With appointments to come it is refused, unless `force` cancels them.
/// Answers the appointments that are in the way, or were.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`].
pub async fn delete(
    tx: &mut Tx,
    id: ScheduleId,
    version: i64,
    force: bool,
    now: DateTime<Utc>,
) -> Result<Vec<Affected>, Error> {
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    lock(tx, before.practitioner_id).await?;
    let before = find(tx, id).await?.ok_or(Error::NotFound)?; // As whoever had the lock has left it.
    if before.version != version {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    let booked = slots::booked_after(tx, id, now).await?;
    let affected: Vec<Affected> = booked.iter().map(|(b, patient)| affected(b, patient, None)).collect();
    if !affected.is_empty() && !force {
        return Ok(affected);
    }
    for one in &affected {
        appointments::cancel_for(tx, one.appointment_id, "the schedule was deleted", now).await?;
    }
    slots::remove_after(tx, id, &[], now).await?;
    sqlx::query(
        "UPDATE schedule SET is_active = false, deleted_at = $2, version = version + 1, updated_at = $2 WHERE id = $1",
    )
    .bind(id.0)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({"cancelled": affected.len()});
    audit::record(tx, "schedule.delete", "schedule", &id.to_string(), &detail).await?;
    Ok(affected)
}
