//! Schedules as rows of the database: how they are read, found by key and kept as they are while slots are cut.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use super::list::{Filter, list};
use crate::domain::{
    clinic::{Holiday, Hours, Opening},
    configuration::Appointments,
    schedule::{Schedule, Weekly},
};
use crate::store::{Error, Tx};
use crate::vocab::{ClinicId, Fault, PractitionerId, ids::ScheduleId};

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

#[derive(FromRow)]
pub(in crate::store) struct Row {
    pub(super) id: Uuid,
    organization_id: Uuid,
    pub(super) practitioner_id: Uuid,
    pub(super) clinic_id: Uuid,
    time_zone: String,
    operating_hours: Json<Vec<Hours>>,
    holidays: Json<Vec<Holiday>>,
    pub(super) day_of_week: i16,
    pub(super) start_time: NaiveTime,
    pub(super) end_time: NaiveTime,
    pub(super) slot_minutes: i16,
    pub(super) buffer_minutes: i16,
    pub(super) max_bookings: i16,
    pub(super) appointment_types: Vec<String>,
    pub(super) valid_from: NaiveDate,
    pub(super) valid_until: Option<NaiveDate>,
    pub(super) is_active: bool,
    pub(super) materialized_through: NaiveDate,
    pub(super) open_through: Option<NaiveDate>,
    pub(super) version: i64,
    pub(super) changed_at: DateTime<Utc>,
}

pub(super) const COLUMNS: &str =
    "SELECT d.id, d.organization_id, d.practitioner_id, d.clinic_id, c.time_zone, c.operating_hours, c.holidays,
        d.day_of_week, d.start_time, d.end_time, d.slot_minutes, d.buffer_minutes, d.max_bookings, d.appointment_types, d.valid_from, d.valid_until,
        d.is_active, d.materialized_through, d.open_through, d.version, greatest(d.updated_at, c.updated_at) AS changed_at
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
            open_through: row.open_through,
            version: row.version,
            changed_at: row.changed_at,
        }
    }
}

/// The zone of a schedule's clinic.
pub(in crate::store) fn zone_of(schedule: &Schedule) -> Result<Tz, Error> {
    let corrupt = |_| Error::Corrupt(format!("time zone of clinic {}", schedule.clinic_id));
    schedule.time_zone.parse().map_err(corrupt)
}

/// The schedule with this key, if there is one in the tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, id: ScheduleId) -> Result<Option<Schedule>, Error> {
    let filter = Filter {
        ids: Some(vec![id]),
        ..Filter::default()
    };
    Ok(list(tx, &filter).await?.pop())
}

/// Keeps clinics as they are until the transaction ends: slots are cut by their hours and zones. To be called before any
/// practitioner is locked.
pub(in crate::store) async fn keep_clinics(
    tx: &mut Tx,
    clinics: impl IntoIterator<Item = ClinicId>,
) -> Result<(), Error> {
    let ids: Vec<Uuid> = clinics.into_iter().map(|id| id.0).collect();
    sqlx::query("SELECT 1 FROM clinic WHERE id = ANY ($1) ORDER BY id FOR SHARE")
        .bind(ids)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whoever changes when a practitioner is where does so one after the other.
pub(in crate::store) async fn lock(tx: &mut Tx, practitioner: PractitionerId) -> Result<(), Error> {
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
pub(in crate::store) fn column(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}
