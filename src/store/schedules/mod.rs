//! Weekly schedules with the slots that follow.
//!
//! Here they are read. What changes them is in `change`, how slots are made anew where hours change in `remake`, how they are made
//! for the days that come in `roll`.

mod change;
mod remake;
mod roll;

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{
    FromRow, Postgres, QueryBuilder,
    types::{Json, Uuid},
};

pub(super) use self::{
    change::no_collision,
    remake::{follow_clinic, remake},
};
pub use self::{
    change::{create, delete, update},
    roll::{Rolled, roll_on, roll_on_all},
};
use super::{Error, Tx};
use crate::domain::{
    clinic::{Holiday, Hours, Opening},
    configuration::Appointments,
    schedule::{Booked, Schedule, Weekly},
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
    narrow(&mut sql, filter);
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

/// How many of the tenant's schedules fit.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn count(tx: &mut Tx, filter: Filter) -> Result<i64, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) FROM (");
    sql.push(COLUMNS);
    narrow(&mut sql, filter);
    sql.push(") known");
    Ok(sql.build_query_scalar().fetch_one(tx.connection()).await?)
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: Filter) {
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

/// Numbers of a schedule are at most 1440.
pub(super) fn column(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

fn affected(booked: &Booked, patient: &str, after: Option<Span>) -> Affected {
    Affected {
        appointment_id: booked.id,
        patient_reference: patient.to_owned(),
        before: booked.span,
        after,
    }
}
