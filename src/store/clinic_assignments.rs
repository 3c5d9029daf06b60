//! The clinics that a tenant's practitioners work at, each for a period, and what of it everybody may know.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{FromRow, types::Uuid};

use super::{Error, Tx, audit};
use crate::domain::practitioner::ClinicAssignment;
use crate::vocab::{ClinicId, Fault, PractitionerId, ProviderId, ids::ClinicAssignmentId};

#[derive(FromRow)]
struct AssignmentRow {
    id: Uuid,
    practitioner_id: Uuid,
    clinic_id: Uuid,
    start_date: NaiveDate,
    end_date: Option<NaiveDate>,
    is_primary: bool,
}

impl From<AssignmentRow> for ClinicAssignment {
    fn from(row: AssignmentRow) -> Self {
        Self {
            id: row.id.into(),
            practitioner_id: row.practitioner_id.into(),
            clinic_id: row.clinic_id.into(),
            start_date: row.start_date,
            end_date: row.end_date,
            is_primary: row.is_primary,
        }
    }
}

/// Assigns a practitioner to a clinic for a period. The first clinic is the primary one; a new primary takes that from the old
/// one.
///
/// # Errors
/// [`Error::Refused`] for an unknown practitioner or clinic, or where a period of theirs there shares a day with it.
pub async fn assign(tx: &mut Tx, new: &ClinicAssignment) -> Result<ClinicAssignment, Error> {
    if let Some(fault) = new.check().into_iter().next() {
        return Err(Error::Refused(fault));
    }
    // Asked first: what the keys of the table would say of another tenant's rows is none of this one's business.
    let (practitioner, clinic): (bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT 1 FROM practitioner p WHERE p.id = $1 AND p.organization_id = app_organization_id()),
            EXISTS (SELECT 1 FROM clinic c WHERE c.id = $2 AND c.organization_id = app_organization_id())",
    )
    .bind(new.practitioner_id.0)
    .bind(new.clinic_id.0)
    .fetch_one(tx.connection())
    .await?;
    if !practitioner {
        let message = "there is no such practitioner";
        return Err(Error::Refused(Fault::new(
            "practitioner_id",
            "unknown_practitioner",
            message,
        )));
    }
    if !clinic {
        let message = "there is no such clinic";
        return Err(Error::Refused(Fault::new("clinic_id", "unknown_clinic", message)));
    }
    let row: AssignmentRow = sqlx::query_as(
        "INSERT INTO clinic_assignment (id, organization_id, practitioner_id, clinic_id, start_date, end_date, is_primary)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6)
        RETURNING id, practitioner_id, clinic_id, start_date, end_date, is_primary",
    )
    .bind(new.id.0)
    .bind(new.practitioner_id.0)
    .bind(new.clinic_id.0)
    .bind(new.start_date)
    .bind(new.end_date)
    .bind(new.is_primary)
    .fetch_one(tx.connection())
    .await?;
    let made = ClinicAssignment::from(row);
    let detail = json!({"practitioner_id": made.practitioner_id, "clinic_id": made.clinic_id});
    audit::record(
        tx,
        "clinic_assignment.create",
        "clinic_assignment",
        &made.id.to_string(),
        &detail,
    )
    .await?;
    Ok(made)
}

/// Assignments of a practitioner, of a clinic, or both; the primary first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn assignments(
    tx: &mut Tx,
    practitioner: Option<PractitionerId>,
    clinic: Option<ClinicId>,
) -> Result<Vec<ClinicAssignment>, Error> {
    let rows: Vec<AssignmentRow> = sqlx::query_as(
        "SELECT id, practitioner_id, clinic_id, start_date, end_date, is_primary
        FROM clinic_assignment
        WHERE organization_id = app_organization_id()
        AND ($1::uuid IS NULL OR practitioner_id = $1) AND ($2::uuid IS NULL OR clinic_id = $2)
        ORDER BY practitioner_id, is_primary DESC, start_date, id LIMIT 1000",
    )
    .bind(practitioner.map(|id| id.0))
    .bind(clinic.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// New days of an assignment; `primary` makes it the primary one.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`].
pub async fn change_assignment(
    tx: &mut Tx,
    id: ClinicAssignmentId,
    days: (Option<NaiveDate>, Option<Option<NaiveDate>>),
    primary: bool,
) -> Result<ClinicAssignment, Error> {
    let before: Option<AssignmentRow> = sqlx::query_as(
        "SELECT id, practitioner_id, clinic_id, start_date, end_date, is_primary FROM clinic_assignment
        WHERE id = $1 FOR NO KEY UPDATE",
    )
    .bind(id.0)
    .fetch_optional(tx.connection())
    .await?;
    let mut after = ClinicAssignment::from(before.ok_or(Error::NotFound)?);
    after.start_date = days.0.unwrap_or(after.start_date);
    after.end_date = days.1.unwrap_or(after.end_date);
    if let Some(fault) = after.check().into_iter().next() {
        return Err(Error::Refused(fault));
    }
    if primary && !after.is_primary {
        after.is_primary = true;
        sqlx::query("UPDATE clinic_assignment SET is_primary = false WHERE practitioner_id = $1 AND is_primary")
            .bind(after.practitioner_id.0)
            .execute(tx.connection())
            .await?;
    }
    sqlx::query("UPDATE clinic_assignment SET start_date = $2, end_date = $3, is_primary = $4 WHERE id = $1")
        .bind(id.0)
        .bind(after.start_date)
        .bind(after.end_date)
        .bind(after.is_primary)
        .execute(tx.connection())
        .await?;
    let detail = json!({"is_primary": after.is_primary, "end_date": after.end_date});
    audit::record(
        tx,
        "clinic_assignment.update",
        "clinic_assignment",
        &id.to_string(),
        &detail,
    )
    .await?;
    Ok(after)
}

/// Ends an assignment as if it had never been.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where schedules hang on it; at commit where it is the primary one of several.
pub async fn unassign(tx: &mut Tx, id: ClinicAssignmentId) -> Result<(), Error> {
    let done = sqlx::query("DELETE FROM clinic_assignment WHERE id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    audit::record(
        tx,
        "clinic_assignment.delete",
        "clinic_assignment",
        &id.to_string(),
        &json!({}),
    )
    .await
}

/// Where a public provider practises, as everybody may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, FromRow)]
pub struct PublicRole {
    /// Whose clinic it is.
    pub organization: String,
    /// What the clinic is called.
    pub clinic: String,
    /// Street.
    pub line1: Option<String>,
    /// Suite, building.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Two letters.
    pub state: Option<String>,
    /// Five or nine digits.
    pub postal_code: Option<String>,
    /// The clinic's.
    pub phone: Option<String>,
    /// Whether it is their first place in that organisation.
    pub is_primary: bool,
}

/// The clinics at which a public provider works now, of all tenants that show them, by organisation.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn public_roles(tx: &mut Tx, provider: ProviderId, now: DateTime<Utc>) -> Result<Vec<PublicRole>, Error> {
    Ok(sqlx::query_as("SELECT * FROM public_roles($1, $2)")
        .bind(provider.0)
        .bind(now)
        .fetch_all(tx.connection())
        .await?)
}
