//! The sites of a tenant.

use chrono::{DateTime, Utc};
use sqlx::{
    Postgres,
    postgres::PgArguments,
    query::QueryAs,
    types::{Json, Uuid},
};

use super::{
    Error, Tx, appointments, audit,
    schedules::{self, Affected, Report},
    slots,
};
use crate::domain::clinic::{Clinic, Details, Holiday, Hours};
use crate::vocab::{ClinicId, OrganizationId};

/// The columns of [`Row`].
const COLUMNS: &str = "id, organization_id, name, line1, line2, city, state, postal_code, lat_e7, lon_e7, phone, email,
    time_zone, operating_hours, holidays, is_active, version, updated_at";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    name: String,
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    lat_e7: Option<i32>,
    lon_e7: Option<i32>,
    phone: Option<String>,
    email: Option<String>,
    time_zone: String,
    operating_hours: Json<Vec<Hours>>,
    holidays: Json<Vec<Holiday>>,
    is_active: bool,
    version: i64,
    updated_at: DateTime<Utc>,
}

impl From<Row> for Clinic {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            organization_id: row.organization_id.into(),
            details: Details {
                name: row.name,
                line1: row.line1,
                line2: row.line2,
                city: row.city,
                state: row.state,
                postal_code: row.postal_code,
                lat: row.lat_e7.map(|e7| f64::from(e7) / 1e7),
                lon: row.lon_e7.map(|e7| f64::from(e7) / 1e7),
                phone: row.phone,
                email: row.email,
                time_zone: row.time_zone,
                operating_hours: row.operating_hours.0,
                holidays: row.holidays.0,
            },
            is_active: row.is_active,
            version: row.version,
            changed_at: row.updated_at,
        }
    }
}

/// Degrees as they are kept: to a centimetre, in four bytes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "180 degrees fit, and the details have been checked"
)]
fn e7(degrees: Option<f64>) -> Option<i32> {
    degrees.map(|degrees| (degrees * 1e7).round() as i32)
}

/// A statement that reads a site, with the next thirteen parameters: what is said of it, in the order of the columns.
fn with_details<'q>(
    statement: QueryAs<'q, Postgres, Row, PgArguments>,
    details: &'q Details,
) -> QueryAs<'q, Postgres, Row, PgArguments> {
    statement
        .bind(&details.name)
        .bind(&details.line1)
        .bind(&details.line2)
        .bind(&details.city)
        .bind(&details.state)
        .bind(&details.postal_code)
        .bind(e7(details.lat))
        .bind(e7(details.lon))
        .bind(&details.phone)
        .bind(&details.email)
        .bind(&details.time_zone)
        .bind(Json(&details.operating_hours))
        .bind(Json(&details.holidays))
}

/// Adds a site to the tenant that the transaction acts for.
///
/// # Errors
/// [`Error::Refused`] where the details can't be or the tenant has a site of that name.
pub async fn create(
    tx: &mut Tx,
    id: ClinicId,
    organization: OrganizationId,
    details: &Details,
    now: DateTime<Utc>,
) -> Result<Clinic, Error> {
    let sql = format!(
        "INSERT INTO clinic (id, organization_id, name, line1, line2, city, state, postal_code, lat_e7, lon_e7, phone,
            email, time_zone, operating_hours, holidays, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
        RETURNING {COLUMNS}"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).bind(organization.0);
    let row = with_details(query, details)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    let told = serde_json::json!({"name": details.name});
    audit::record(tx, "clinic.create", "clinic", &id.to_string(), &told).await?;
    Ok(row.into())
}

/// One site, if it is the tenant's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, id: ClinicId) -> Result<Option<Clinic>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM clinic WHERE id = $1");
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The tenant's sites by name; those out of use only where asked for.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, with_inactive: bool) -> Result<Vec<Clinic>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM clinic WHERE is_active OR $1 ORDER BY name, id");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(with_inactive)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Takes a site out of use. With appointments to come it is refused, unless `force` cancels them. Answers the appointments that are
/// in the way, or were; what has taken place stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`].
pub async fn close(
    tx: &mut Tx,
    id: ClinicId,
    version: Option<i64>,
    force: bool,
    now: DateTime<Utc>,
) -> Result<(Clinic, Vec<Affected>), Error> {
    // Whoever cuts slots by its hours waits; whoever books waits for the slot, and then finds the clinic closed.
    sqlx::query("SELECT 1 FROM clinic WHERE id = $1 FOR NO KEY UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    let affected = schedules::booked_at(tx, id, now).await?;
    if !affected.is_empty() && !force {
        return Ok((before, affected));
    }
    for one in &affected {
        appointments::cancel_for(tx, one.appointment_id, "the clinic was closed", now).await?;
    }
    let (closed, _) = update(tx, id, version, &before.details, false, now).await?;
    Ok((closed, affected))
}

/// Changes a site that is at `version`; with none, at any. With other hours, holidays or another zone its slots are made anew,
/// and appointments are moved or flagged as by other hours of a schedule; out of use, all to come are flagged, and in use again they
/// have their slots back. For a dry run, drop the transaction.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`], also where somebody would be at two places by the new
/// clock.
pub async fn update(
    tx: &mut Tx,
    id: ClinicId,
    version: Option<i64>,
    details: &Details,
    is_active: bool,
    now: DateTime<Utc>,
) -> Result<(Clinic, Report), Error> {
    sqlx::query("SELECT 1 FROM clinic WHERE id = $1 FOR NO KEY UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    let is_current = version.is_none_or(|version| version == before.version);
    if is_current && before.details == *details && before.is_active == is_active {
        return Ok((before, Report::default())); // Nobody's ETag dies for nothing.
    }
    let sql = format!(
        "UPDATE clinic SET name = $3, line1 = $4, line2 = $5, city = $6, state = $7, postal_code = $8, lat_e7 = $9,
            lon_e7 = $10, phone = $11, email = $12, time_zone = $13, operating_hours = $14, holidays = $15,
            is_active = $16, version = version + 1, updated_at = $17
        WHERE id = $1 AND version = coalesce($2, version)
        RETURNING {COLUMNS}"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id.0).bind(version);
    let row = with_details(query, details)
        .bind(is_active)
        .bind(now)
        .fetch_optional(tx.connection())
        .await?;
    let Some(row) = row else {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    };
    let moved = before.details.time_zone != details.time_zone;
    let mut report = if moved || before.details.opening() != details.opening() {
        schedules::follow_clinic(tx, id, moved, now).await?
    } else {
        Report::default()
    };
    if before.is_active && !is_active {
        let booked = schedules::booked_at(tx, id, now).await?;
        let ids = booked.iter().map(|one| one.appointment_id).collect::<Vec<_>>();
        slots::displace(tx, &ids, now).await?;
        report.kept = 0;
        report.moved.clear();
        report.invalidated = booked;
    }
    if !before.is_active && is_active {
        report.regained = schedules::take_back(tx, id, now).await?;
    }
    let told = serde_json::json!({"details": details, "is_active": is_active, "moved": report.moved.len(),
        "invalidated": report.invalidated.len(), "regained": report.regained});
    audit::record(tx, "clinic.update", "clinic", &id.to_string(), &told).await?;
    Ok((row.into(), report))
}
