//! Days and hours that are otherwise than each week, and what they do to slots and appointments.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::json;
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Tx, audit,
    schedules::{self, Report},
};
use crate::domain::schedule::ScheduleException;
use crate::vocab::{Fault, ids::ScheduleExceptionId, terms::ExceptionKind};

#[derive(FromRow)]
struct ExceptionRow {
    id: Uuid,
    kind: String,
    schedule_id: Option<Uuid>,
    practitioner_id: Option<Uuid>,
    clinic_id: Option<Uuid>,
    first_day: NaiveDate,
    last_day: NaiveDate,
    start_time: Option<NaiveTime>,
    end_time: Option<NaiveTime>,
    reason: Option<String>,
}

impl ExceptionRow {
    fn read(self) -> Result<ScheduleException, Error> {
        let kind = self.kind.parse();
        Ok(ScheduleException {
            id: self.id.into(),
            kind: kind.map_err(|_| Error::Corrupt(format!("kind of exception {}", self.id)))?,
            schedule_id: self.schedule_id.map(Into::into),
            practitioner_id: self.practitioner_id.map(Into::into),
            clinic_id: self.clinic_id.map(Into::into),
            first_day: self.first_day,
            last_day: self.last_day,
            start_time: self.start_time,
            end_time: self.end_time,
            reason: self.reason,
        })
    }
}

/// The tenant's exceptions that are not over on `day`, by their days.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list_from(tx: &mut Tx, day: NaiveDate) -> Result<Vec<ScheduleException>, Error> {
    let rows: Vec<ExceptionRow> = sqlx::query_as(
        "SELECT id, kind, schedule_id, practitioner_id, clinic_id, first_day, last_day, start_time, end_time, reason
        FROM schedule_exception
        WHERE organization_id = app_organization_id() AND last_day >= $1 - 2
        ORDER BY first_day, id",
    )
    .bind(day)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(ExceptionRow::read).collect()
}

/// Adds an exception and makes the slots of all schedules that it touches anew. For a dry run, drop the transaction.
///
/// # Errors
/// [`Error::RefusedAll`] where it makes no sense; [`Error::Refused`] for unknown keys, and where an extra session lies in
/// hours at which the practitioner is elsewhere.
pub async fn create(tx: &mut Tx, new: &ScheduleException, now: DateTime<Utc>) -> Result<Report, Error> {
    let faults = new.check();
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    if let Some(id) = new.schedule_id {
        let refused = |code, message: &str| Error::Refused(Fault::new("schedule_id", code, message));
        let schedule = schedules::find(tx, id).await?;
        let schedule = schedule.ok_or_else(|| refused("unknown_schedule", "there is no such schedule"))?;
        if !new.touches(&schedule) {
            let message =
                "the schedule is of another practitioner or clinic than those named: nothing would be otherwise";
            return Err(refused("other_schedule", message));
        }
    }
    sqlx::query(
        "INSERT INTO schedule_exception (id, organization_id, kind, schedule_id, practitioner_id, clinic_id, first_day,
            last_day, start_time, end_time, reason, created_at)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(new.id.0)
    .bind(new.kind.code())
    .bind(new.schedule_id.map(|id| id.0))
    .bind(new.practitioner_id.map(|id| id.0))
    .bind(new.clinic_id.map(|id| id.0))
    .bind(new.first_day)
    .bind(new.last_day)
    .bind(new.start_time)
    .bind(new.end_time)
    .bind(&new.reason)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let report = remake_touched(tx, new, new.kind == ExceptionKind::Extra, now).await?;
    let detail = json!({"kind": new.kind, "first_day": new.first_day, "invalidated": report.invalidated.len()});
    audit::record(
        tx,
        "schedule_exception.create",
        "schedule_exception",
        &new.id.to_string(),
        &detail,
    )
    .await?;
    Ok(report)
}

/// Takes an exception back; what it displaced stays flagged until somebody looks at it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where the hours that come back are taken by now.
pub async fn delete(tx: &mut Tx, id: ScheduleExceptionId, now: DateTime<Utc>) -> Result<Report, Error> {
    let row: Option<ExceptionRow> = sqlx::query_as(
        "DELETE FROM schedule_exception WHERE id = $1
        RETURNING id, kind, schedule_id, practitioner_id, clinic_id, first_day, last_day, start_time, end_time, reason",
    )
    .bind(id.0)
    .fetch_optional(tx.connection())
    .await?;
    let gone = row.ok_or(Error::NotFound)?.read()?;
    let report = remake_touched(tx, &gone, gone.kind == ExceptionKind::Closed, now).await?;
    audit::record(
        tx,
        "schedule_exception.delete",
        "schedule_exception",
        &id.to_string(),
        &json!({}),
    )
    .await?;
    Ok(report)
}

/// Makes the slots of what an exception touches anew. Where it `adds_hours`, by an extra session or by the end of a closure,
/// they must be free also beyond the days that there are slots for.
async fn remake_touched(
    tx: &mut Tx,
    exception: &ScheduleException,
    adds_hours: bool,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let filter = schedules::Filter {
        ids: exception.schedule_id.map(|id| vec![id]),
        practitioners: exception.practitioner_id.map(|id| vec![id]),
        clinics: exception.clinic_id.map(|id| vec![id]),
        ..schedules::Filter::default()
    };
    let seen = schedules::list(tx, &filter).await?;
    schedules::keep_clinics(tx, seen.iter().map(|schedule| schedule.clinic_id)).await?;
    // In the order of the practitioners, so that two who do this at once don't wait for each other.
    for schedule in &seen {
        schedules::lock(tx, schedule.practitioner_id).await?;
    }
    let mut touched = schedules::list(tx, &filter).await?;
    touched.retain(|schedule| schedule.is_active);
    if adds_hours {
        for schedule in &touched {
            schedules::no_collision(tx, schedule, (exception.first_day, exception.last_day), now).await?;
        }
    }
    schedules::remake(tx, &touched, now).await
}
