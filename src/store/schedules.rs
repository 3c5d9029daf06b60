//! Weekly schedules with the slots that follow: made, made anew where hours change, rolled on.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

use super::{Error, Store, Tx, audit, schedule_exceptions, slots};
use crate::domain::{
    access::{Actor, Role},
    configuration::Appointments,
    practitioner::ClinicAssignment,
    schedule::{self, Booked, Fate, Schedule, Weekly},
    slot::Span,
};
use crate::vocab::{
    ClinicId, Fault, PractitionerId,
    ids::{AppointmentId, ScheduleId},
};

/// What the organisation of the transaction has configured for its appointments.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn defaults(tx: &mut Tx) -> Result<Appointments, Error> {
    let said: Option<serde_json::Value> = sqlx::query_scalar(
        "SELECT c.document -> 'appointments' FROM organization_config c
        WHERE c.organization_id = app_organization_id()
        ORDER BY c.version DESC LIMIT 1",
    )
    .fetch_optional(tx.connection())
    .await?
    .flatten();
    let read = said.map(serde_json::from_value).transpose();
    read.map(Option::unwrap_or_default)
        .map_err(|e| Error::Corrupt(format!("configuration: {e}")))
}

/// What becomes of an appointment when hours change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Affected {
    /// Which one.
    pub appointment_id: AppointmentId,
    /// Whose.
    pub patient_reference: String,
    /// When it was.
    pub before: Span,
    /// When it is now; none: it has no slot any more and is flagged.
    pub after: Option<Span>,
}

/// What a change of hours does to the appointments to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Slots that are new.
    pub slots_added: usize,
    /// Slots that are gone.
    pub slots_removed: usize,
    /// Appointments that stay as they are.
    pub kept: usize,
    /// Appointments that have moved to another slot.
    pub moved: Vec<Affected>,
    /// Appointments without a slot, now flagged as displaced.
    pub invalidated: Vec<Affected>,
}

impl Report {
    pub(super) fn add(&mut self, other: Self) {
        self.slots_added += other.slots_added;
        self.slots_removed += other.slots_removed;
        self.kept += other.kept;
        self.moved.extend(other.moved);
        self.invalidated.extend(other.invalidated);
    }
}

#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    organization_id: Uuid,
    practitioner_id: Uuid,
    clinic_id: Uuid,
    time_zone: String,
    day_of_week: i16,
    start_time: NaiveTime,
    end_time: NaiveTime,
    slot_minutes: i16,
    buffer_minutes: i16,
    max_bookings: i16,
    appointment_types: Vec<String>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    is_active: bool,
    materialized_through: NaiveDate,
    version: i64,
}

const COLUMNS: &str =
    "SELECT d.id, d.organization_id, d.practitioner_id, d.clinic_id, c.time_zone, d.day_of_week, d.start_time,
        d.end_time, d.slot_minutes, d.buffer_minutes, d.max_bookings, d.appointment_types, d.valid_from, d.valid_until,
        d.is_active, d.materialized_through, d.version
    FROM schedule d JOIN clinic c ON c.id = d.clinic_id
    WHERE d.organization_id = app_organization_id() AND d.deleted_at IS NULL";

impl From<Row> for Schedule {
    fn from(row: Row) -> Self {
        // The schema's checks keep them small and positive.
        let small = |n: i16| u16::try_from(n).unwrap_or_default();
        Self {
            id: row.id.into(),
            organization_id: row.organization_id.into(),
            practitioner_id: row.practitioner_id.into(),
            clinic_id: row.clinic_id.into(),
            time_zone: row.time_zone,
            weekly: Weekly {
                day_of_week: u8::try_from(row.day_of_week).unwrap_or_default(),
                start_time: row.start_time,
                end_time: row.end_time,
                slot_minutes: small(row.slot_minutes),
                buffer_minutes: small(row.buffer_minutes),
                max_bookings: small(row.max_bookings),
                appointment_types: row.appointment_types,
                valid_from: row.valid_from,
                valid_until: row.valid_until,
            },
            is_active: row.is_active,
            materialized_through: row.materialized_through,
            version: row.version,
        }
    }
}

/// The zone of a schedule's clinic.
pub(super) fn zone_of(schedule: &Schedule) -> Result<Tz, Error> {
    let corrupt = |_| Error::Corrupt(format!("time zone of clinic {}", schedule.clinic_id));
    schedule.time_zone.parse().map_err(corrupt)
}

/// Which schedules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With this key.
    pub id: Option<ScheduleId>,
    /// Of this practitioner.
    pub practitioner_id: Option<PractitionerId>,
    /// At this clinic.
    pub clinic_id: Option<ClinicId>,
}

/// The tenant's schedules, by practitioner, weekday and time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: Filter) -> Result<Vec<Schedule>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    if let Some(id) = filter.id {
        sql.push(" AND d.id = ").push_bind(id.0);
    }
    if let Some(id) = filter.practitioner_id {
        sql.push(" AND d.practitioner_id = ").push_bind(id.0);
    }
    if let Some(id) = filter.clinic_id {
        sql.push(" AND d.clinic_id = ").push_bind(id.0);
    }
    sql.push(" ORDER BY d.practitioner_id, d.day_of_week, d.start_time, d.id LIMIT 10000");
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The schedule with this key, if there is one in the tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, id: ScheduleId) -> Result<Option<Schedule>, Error> {
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    Ok(list(tx, filter).await?.pop())
}

/// Whoever changes when a practitioner is where does so one after the other.
pub(super) async fn lock(tx: &mut Tx, practitioner: PractitionerId) -> Result<(), Error> {
    let found = sqlx::query("SELECT 1 FROM practitioner WHERE id = $1 FOR NO KEY UPDATE")
        .bind(practitioner.0)
        .execute(tx.connection())
        .await?;
    if found.rows_affected() == 0 {
        let message = "there is no such practitioner";
        return Err(Error::Refused(Fault::new(
            "practitioner_id",
            "unknown_practitioner",
            message,
        )));
    }
    Ok(())
}

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
    no_conflict(tx, &made).await?;
    let report = remake(tx, &made, now).await?;
    let detail = json!({"practitioner_id": practitioner, "clinic_id": clinic, "slots": report.slots_added});
    audit::record(tx, "schedule.create", "schedule", &id.to_string(), &detail).await?;
    Ok((made, report))
}

/// Numbers of a schedule are at most 1440.
pub(super) fn column(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
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
    let assigned = super::practitioners::assignments(tx, Some(practitioner), Some(clinic)).await?;
    let Some(assignment) = assigned.first() else {
        let message = "the practitioner is not assigned to this clinic";
        return Err(Error::Refused(Fault::new("clinic_id", "not_assigned", message)));
    };
    if !ClinicAssignment::covers(assignment, weekly.valid_from, weekly.valid_until) {
        let until = assignment
            .end_date
            .map_or_else(|| "on".to_owned(), |day| format!("until {day}"));
        let message = format!(
            "the practitioner is at this clinic from {} {until}",
            assignment.start_date
        );
        return Err(Error::Refused(Fault::new("valid_from", "outside_assignment", message)));
    }
    Ok(())
}

/// The practitioner is nowhere else at the hours of an active schedule.
async fn no_conflict(tx: &mut Tx, new: &Schedule) -> Result<(), Error> {
    if !new.is_active {
        return Ok(());
    }
    let filter = Filter {
        practitioner_id: Some(new.practitioner_id),
        ..Filter::default()
    };
    let zone = zone_of(new)?;
    for other in list(tx, filter).await? {
        if other.id == new.id || !other.is_active {
            continue;
        }
        let both = schedule::conflict((&new.weekly, zone), (&other.weekly, zone_of(&other)?));
        if let Some((_, there)) = both {
            let message = format!(
                "the practitioner is at clinic {} from {} to {} (schedule {})",
                other.clinic_id,
                there.starts_at.to_rfc3339(),
                there.ends_at.to_rfc3339(),
                other.id
            );
            return Err(Error::Refused(Fault::new("start_time", "schedule_conflict", message)));
        }
    }
    Ok(())
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
    lock(tx, before.practitioner_id).await?;
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    if before.version != version {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    may_be_there(tx, before.practitioner_id, before.clinic_id, weekly).await?;
    sqlx::query(
        "UPDATE schedule SET day_of_week = $2, start_time = $3, end_time = $4, slot_minutes = $5, buffer_minutes = $6,
            max_bookings = $7, appointment_types = $8, valid_from = $9, valid_until = $10, is_active = $11,
            version = version + 1, updated_at = $12
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
    .execute(tx.connection())
    .await?;
    let after = find(tx, id).await?.ok_or(Error::NotFound)?;
    no_conflict(tx, &after).await?;
    let report = remake(tx, &after, now).await?;
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
        super::appointments::cancel_for(tx, one.appointment_id, "the schedule was deleted", now).await?;
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

fn affected(booked: &Booked, patient: &str, after: Option<Span>) -> Affected {
    Affected {
        appointment_id: booked.id,
        patient_reference: patient.to_owned(),
        before: booked.span,
        after,
    }
}

/// Makes the slots to come anew from hours and exceptions: those that stay are left alone, with what is booked in them;
/// of the others, appointments are moved or flagged first. An inactive schedule keeps what is booked and nothing else.
pub(super) async fn remake(tx: &mut Tx, schedule: &Schedule, now: DateTime<Utc>) -> Result<Report, Error> {
    let zone = zone_of(schedule)?;
    let today = now.with_timezone(&zone).date_naive();
    let exceptions = schedule_exceptions::list_from(tx, today).await?;
    // The session of yesterday may still go on.
    let days = (today - Days::new(1), schedule.materialized_through);
    let wanted = schedule::slots(schedule, &exceptions, zone, days, now);
    let booked = slots::booked_after(tx, schedule.id, now).await?;
    let (list, patients): (Vec<Booked>, Vec<String>) = booked.into_iter().unzip();
    let wanted = if schedule.is_active {
        wanted
    } else {
        list.iter().map(|b| b.span).collect()
    };
    let fates = if schedule.is_active {
        schedule::replan(&list, &wanted, &schedule.weekly)
    } else {
        vec![Fate::Kept; list.len()]
    };
    let mut report = Report::default();
    let mut moves = HashMap::new();
    for ((b, patient), fate) in list.iter().zip(&patients).zip(fates) {
        match fate {
            Fate::Kept => report.kept += 1,
            Fate::Moved(to) => {
                moves.insert(b.id, to);
                report.moved.push(affected(b, patient, Some(to)));
            }
            Fate::Invalidated => report.invalidated.push(affected(b, patient, None)),
        }
    }
    let loose: Vec<AppointmentId> = report
        .moved
        .iter()
        .chain(&report.invalidated)
        .map(|a| a.appointment_id)
        .collect();
    slots::displace(tx, &loose, now).await?;
    report.slots_removed = slots::remove_after(tx, schedule.id, &wanted, now).await?;
    if schedule.is_active {
        report.slots_added = slots::add(tx, schedule, &wanted, now).await?;
    }
    slots::place(tx, schedule.id, &moves, now).await?;
    Ok(report)
}

/// Rolls the window of the tenant's schedules on: slots up to the horizon, for days that have none yet. How many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn roll_on(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, Error> {
    let through = now.date_naive() + Days::new(defaults(tx).await?.horizon_days.into());
    let due: Vec<Schedule> = list(tx, Filter::default()).await?;
    let mut added = 0;
    for before in due.iter().filter(|s| s.is_active && s.materialized_through < through) {
        lock(tx, before.practitioner_id).await?;
        let moved = sqlx::query(
            "UPDATE schedule SET materialized_through = $2 WHERE id = $1 AND materialized_through = $3 AND is_active",
        )
        .bind(before.id.0)
        .bind(through)
        .bind(before.materialized_through)
        .execute(tx.connection())
        .await?;
        if moved.rows_affected() == 0 {
            continue; // Somebody else has, since it was read.
        }
        let zone = zone_of(before)?;
        let exceptions = schedule_exceptions::list_from(tx, before.materialized_through).await?;
        let days = (before.materialized_through + Days::new(1), through);
        let fresh = schedule::slots(before, &exceptions, zone, days, now);
        added += slots::add(tx, before, &fresh, now).await?;
    }
    Ok(added)
}

/// Rolls the windows of all tenants on, each in a transaction of its own. How many slots are new.
///
/// # Errors
/// [`Error::Unavailable`]; what was rolled on before stays.
pub async fn roll_on_all(store: &Store, now: DateTime<Utc>) -> Result<usize, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM organization WHERE is_active ORDER BY id")
        .fetch_all(store.feed())
        .await?;
    let mut added = 0;
    for tenant in tenants {
        let actor = Actor::new("timer:slots", Role::Service).within(tenant.into());
        let mut tx = store.begin(&actor).await?;
        added += roll_on(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(added)
}
