//! Weekly schedules with the slots that follow: made, made anew where hours change, rolled on.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sqlx::{
    FromRow, Postgres, QueryBuilder,
    types::{Json, Uuid},
};

use super::{Error, Store, Tx, audit, schedule_exceptions, slots};
use crate::domain::{
    access::{Actor, Role},
    clinic::{Holiday, Hours, Opening},
    configuration::Appointments,
    practitioner::ClinicAssignment,
    schedule::{self, Booked, Fate, Schedule, Weekly},
    slot::Span,
};
use crate::vocab::{
    ClinicId, Fault, OrganizationId, PractitionerId,
    ids::{AppointmentId, ScheduleId},
    terms::ExceptionKind,
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
    operating_hours: Json<Vec<Hours>>,
    holidays: Json<Vec<Holiday>>,
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
    "SELECT d.id, d.organization_id, d.practitioner_id, d.clinic_id, c.time_zone, c.operating_hours, c.holidays,
        d.day_of_week, d.start_time, d.end_time, d.slot_minutes, d.buffer_minutes, d.max_bookings, d.appointment_types, d.valid_from, d.valid_until,
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
            opening: Opening {
                hours: row.operating_hours.0,
                holidays: row.holidays.0,
            },
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
    /// Active ones that have slots for days before this one only.
    pub behind: Option<NaiveDate>,
    /// Active ones, or those that are not.
    pub is_active: Option<bool>,
}

/// What schedules are sorted by: practitioner, weekday and time.
pub type Place = (PractitionerId, u8, NaiveTime, ScheduleId);

/// Where a schedule stands in a list.
pub fn place(schedule: &Schedule) -> Place {
    let Weekly {
        day_of_week,
        start_time,
        ..
    } = schedule.weekly;
    (schedule.practitioner_id, day_of_week, start_time, schedule.id)
}

/// Schedules read at once.
const PAGE: i64 = 1000;

/// All of the tenant's schedules that fit, by practitioner, weekday and time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: Filter) -> Result<Vec<Schedule>, Error> {
    let mut all: Vec<Schedule> = Vec::new();
    loop {
        let read = page(tx, filter, all.last().map(place), PAGE).await?;
        let more = i64::try_from(read.len()) == Ok(PAGE);
        all.extend(read);
        if !more {
            return Ok(all);
        }
    }
}

/// The first `limit` of the tenant's schedules that fit, behind a place in the order of [`place`].
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn page(tx: &mut Tx, filter: Filter, after: Option<Place>, limit: i64) -> Result<Vec<Schedule>, Error> {
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
    if let Some(day) = filter.behind {
        sql.push(" AND d.is_active AND d.materialized_through < ")
            .push_bind(day);
    }
    if let Some(is_active) = filter.is_active {
        sql.push(" AND d.is_active = ").push_bind(is_active);
    }
    if let Some((practitioner, weekday, time, id)) = after {
        sql.push(" AND (d.practitioner_id, d.day_of_week, d.start_time, d.id) > (")
            .push_bind(practitioner.0)
            .push(", ")
            .push_bind(i16::from(weekday))
            .push(", ")
            .push_bind(time)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
    sql.push(" ORDER BY d.practitioner_id, d.day_of_week, d.start_time, d.id LIMIT ")
        .push_bind(limit);
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

/// Keeps clinics as they are until the transaction ends: slots are cut by their hours and zones. To be called before any
/// practitioner is locked.
pub(super) async fn keep_clinics(tx: &mut Tx, clinics: impl IntoIterator<Item = ClinicId>) -> Result<(), Error> {
    let ids: Vec<Uuid> = clinics.into_iter().map(|id| id.0).collect();
    sqlx::query("SELECT 1 FROM clinic WHERE id = ANY ($1) ORDER BY id FOR SHARE")
        .bind(ids)
        .execute(tx.connection())
        .await?;
    Ok(())
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

/// The practitioner is nowhere else at the hours of an active schedule, each week or for an extra session.
async fn no_conflict(tx: &mut Tx, new: &Schedule, now: DateTime<Utc>) -> Result<(), Error> {
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
pub(super) async fn no_collision(
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
        practitioner_id: Some(schedule.practitioner_id),
        ..Filter::default()
    };
    let mut others = list(tx, filter).await?;
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

/// What the slots to come of a schedule will be, once those that go are gone.
struct Plan<'a> {
    schedule: &'a Schedule,
    wanted: Vec<Span>,
    moves: HashMap<AppointmentId, Span>,
    report: Report,
}

/// Makes the slots to come anew from hours and exceptions: those that stay are left alone, with what is booked in them;
/// of the others, appointments are moved or flagged first. An inactive schedule keeps what is booked and nothing else.
///
/// Of several schedules all slots that go are gone before any comes: those of one may take the time of another's.
pub(super) async fn remake(tx: &mut Tx, schedules: &[Schedule], now: DateTime<Utc>) -> Result<Report, Error> {
    let mut plans = Vec::with_capacity(schedules.len());
    for schedule in schedules {
        plans.push(clear(tx, schedule, now).await?);
    }
    let mut report = Report::default();
    for plan in plans {
        report.add(fill(tx, plan, now).await?);
    }
    Ok(report)
}

/// Decides what becomes of the slots to come, and takes away those that go.
async fn clear<'a>(tx: &mut Tx, schedule: &'a Schedule, now: DateTime<Utc>) -> Result<Plan<'a>, Error> {
    let booked = slots::booked_after(tx, schedule.id, now).await?;
    let (list, patients): (Vec<Booked>, Vec<String>) = booked.into_iter().unzip();
    let (wanted, fates) = if schedule.is_active {
        let wanted = wanted(tx, schedule, now).await?;
        let fates = schedule::replan(&list, &wanted, &schedule.weekly);
        (wanted, fates)
    } else {
        (list.iter().map(|b| b.span).collect(), vec![Fate::Kept; list.len()])
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
    Ok(Plan {
        schedule,
        wanted,
        moves,
        report,
    })
}

/// The slots to come of an active schedule. What has begun stays, so that nothing comes beside it that overlaps.
async fn wanted(tx: &mut Tx, schedule: &Schedule, now: DateTime<Utc>) -> Result<Vec<Span>, Error> {
    let zone = zone_of(schedule)?;
    let today = now.with_timezone(&zone).date_naive();
    let exceptions = schedule_exceptions::list_from(tx, today).await?;
    // The session of yesterday may still go on.
    let days = (today - Days::new(1), schedule.materialized_through);
    let mut wanted = schedule::slots(schedule, &exceptions, zone, days, now);
    let running = slots::running(tx, schedule.practitioner_id, now).await?;
    wanted.retain(|slot| !running.iter().any(|begun| begun.overlaps(slot)));
    Ok(wanted)
}

/// Makes the slots that come, and moves appointments into them.
async fn fill(tx: &mut Tx, plan: Plan<'_>, now: DateTime<Utc>) -> Result<Report, Error> {
    let Plan {
        schedule,
        wanted,
        moves,
        mut report,
    } = plan;
    if schedule.is_active {
        report.slots_added = slots::add(tx, schedule, &wanted, now).await?;
    }
    slots::place(tx, schedule.id, &moves, now).await?;
    Ok(report)
}

/// Makes the slots of a clinic anew after its hours, holidays or zone have changed; `moved`: its clock is another now.
pub(super) async fn follow_clinic(
    tx: &mut Tx,
    clinic: ClinicId,
    moved: bool,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let filter = Filter {
        clinic_id: Some(clinic),
        ..Filter::default()
    };
    let mut touched = list(tx, filter).await?;
    touched.retain(|schedule| schedule.is_active);
    for schedule in &touched {
        lock(tx, schedule.practitioner_id).await?;
    }
    if moved {
        for schedule in &touched {
            no_conflict(tx, schedule, now).await?;
        }
    }
    remake(tx, &touched, now).await
}

/// What rolling the windows on has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rolled {
    /// Slots that are new.
    pub slots: usize,
    /// Schedules that were left as they are; the log says why.
    pub failed: usize,
}

/// Rolls the windows of a tenant's schedules on: slots up to the horizon, for days that have none yet. Each schedule goes in a
/// transaction of its own, so that one that fails keeps no other from it.
///
/// # Errors
/// [`Error::Unavailable`], where not even the schedules can be read.
pub async fn roll_on(store: &Store, tenant: OrganizationId, now: DateTime<Utc>) -> Result<Rolled, Error> {
    let actor = Actor::new("timer:slots", Role::Service).within(tenant);
    let mut tx = store.begin(&actor).await?;
    let through = now.date_naive() + Days::new(defaults(&mut tx).await?.horizon_days.into());
    let due = Filter {
        behind: Some(through),
        ..Filter::default()
    };
    let due = list(&mut tx, due).await?;
    drop(tx);
    let mut rolled = Rolled::default();
    for schedule in due {
        let id = schedule.id;
        let one = async {
            let mut tx = store.begin(&actor).await?;
            let added = roll_one(&mut tx, &schedule, through, now).await?;
            tx.commit().await?;
            Ok::<usize, Error>(added)
        };
        match one.await {
            Ok(added) => rolled.slots += added,
            Err(error) => {
                rolled.failed += 1;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, schedule = %id, organization = %tenant, "no slots for the days to come");
            }
        }
    }
    Ok(rolled)
}

async fn roll_one(tx: &mut Tx, before: &Schedule, through: NaiveDate, now: DateTime<Utc>) -> Result<usize, Error> {
    keep_clinics(tx, [before.clinic_id]).await?;
    lock(tx, before.practitioner_id).await?;
    let Some(schedule) = find(tx, before.id).await? else {
        return Ok(0);
    };
    if !schedule.is_active || schedule.materialized_through >= through {
        return Ok(0); // Somebody else has, since it was read.
    }
    sqlx::query("UPDATE schedule SET materialized_through = $2 WHERE id = $1")
        .bind(schedule.id.0)
        .bind(through)
        .execute(tx.connection())
        .await?;
    let zone = zone_of(&schedule)?;
    let exceptions = schedule_exceptions::list_from(tx, schedule.materialized_through).await?;
    let days = (schedule.materialized_through + Days::new(1), through);
    let fresh = schedule::slots(&schedule, &exceptions, zone, days, now);
    slots::add(tx, &schedule, &fresh, now).await
}

/// Rolls the windows of all tenants on, whatever fails for one of them.
///
/// # Errors
/// [`Error::Unavailable`], where the tenants can't be read.
pub async fn roll_on_all(store: &Store, now: DateTime<Utc>) -> Result<Rolled, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM organization WHERE is_active ORDER BY id")
        .fetch_all(store.feed())
        .await?;
    let mut rolled = Rolled::default();
    for tenant in tenants {
        match roll_on(store, tenant.into(), now).await {
            Ok(one) => {
                rolled.slots += one.slots;
                rolled.failed += one.failed;
            }
            Err(error) => {
                rolled.failed += 1;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, organization = %tenant, "no slots for the days to come");
            }
        }
    }
    Ok(rolled)
}
