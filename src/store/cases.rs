//! Cases and who is assigned to them.

use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::{Error, Tx, audit, sharing, term};
use crate::domain::{case::Case, sharing::Assignment};
use crate::vocab::{
    AssignmentId, CaseId, Fault, ProviderId,
    terms::{CaseStatus, ProviderUserKind},
};

#[derive(sqlx::FromRow)]
struct CaseRow {
    id: Uuid,
    reference: String,
    kind: String,
    status: String,
    version: i64,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<CaseRow> for Case {
    type Error = Error;

    fn try_from(row: CaseRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            reference: row.reference,
            kind: row.kind,
            status: term(&row.status)?,
            version: row.version,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
        })
    }
}

/// Opens a case.
///
/// # Errors
/// [`Error::Refused`] where the reference is taken or has no right form.
pub async fn create(tx: &mut Tx, reference: &str, kind: &str) -> Result<Case, Error> {
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO \"case\" (organization_id, reference, kind) VALUES (app_organization_id(), $1, $2) RETURNING id",
    )
    .bind(reference)
    .bind(kind)
    .fetch_one(tx.connection())
    .await?;
    let detail = serde_json::json!({ "reference": reference });
    audit::record(tx, "case.create", "case", &id.to_string(), &detail).await?;
    get(tx, id.into()).await
}

/// A case that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &mut Tx, id: CaseId) -> Result<Case, Error> {
    let row: Option<CaseRow> =
        sqlx::query_as("SELECT id, reference, kind, status, version, opened_at, closed_at FROM \"case\" WHERE id = $1")
            .bind(id.0)
            .fetch_optional(tx.connection())
            .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// The cases that the actor may see, by reference: those behind `after`, at most `limit`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(
    tx: &mut Tx,
    status: Option<CaseStatus>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Case>, Error> {
    let rows: Vec<CaseRow> = sqlx::query_as(
        "SELECT id, reference, kind, status, version, opened_at, closed_at FROM \"case\"
        WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR reference > $2)
        ORDER BY reference LIMIT $3",
    )
    .bind(status.map(CaseStatus::code))
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Moves a case on; `expected` is the version that the change is based on, none: whatever it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`].
pub async fn set_status(tx: &mut Tx, id: CaseId, expected: Option<i64>, status: CaseStatus) -> Result<Case, Error> {
    let current: Option<i64> = sqlx::query_scalar("SELECT version FROM \"case\" WHERE id = $1 FOR UPDATE")
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    let current = current.ok_or(Error::NotFound)?;
    if expected.is_some_and(|expected| expected != current) {
        return Err(Error::VersionMismatch { current });
    }
    sqlx::query(
        "UPDATE \"case\" SET status = $2, version = version + 1,
            closed_at = CASE WHEN $2 = 'closed' THEN app_now() END
        WHERE id = $1",
    )
    .bind(id.0)
    .bind(status.code())
    .execute(tx.connection())
    .await?;
    let detail = serde_json::json!({ "status": status });
    audit::record(tx, "case.status", "case", &id.to_string(), &detail).await?;
    get(tx, id).await
}

#[derive(sqlx::FromRow)]
struct AssignmentRow {
    id: Uuid,
    case_id: Uuid,
    provider_id: Uuid,
    channel: String,
    role: String,
    external_reference: Option<String>,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
}

impl TryFrom<AssignmentRow> for Assignment {
    type Error = Error;

    fn try_from(row: AssignmentRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            case_id: row.case_id.into(),
            provider_id: row.provider_id.into(),
            channel: term(&row.channel)?,
            role: row.role,
            external_reference: row.external_reference,
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        })
    }
}

/// Whose assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// All of a case.
    Case(CaseId),
    /// All of a provider.
    Provider(ProviderId),
    /// This one.
    Assignment(AssignmentId),
}

/// Assignments as the agency sees them, also those that are over, by their beginning.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn assignments(tx: &mut Tx, of: Of) -> Result<Vec<Assignment>, Error> {
    let (case, provider, assignment) = match of {
        Of::Case(id) => (Some(id.0), None, None),
        Of::Provider(id) => (None, Some(id.0), None),
        Of::Assignment(id) => (None, None, Some(id.0)),
    };
    let rows: Vec<AssignmentRow> = sqlx::query_as(
        "SELECT * FROM (
            SELECT id, case_id, provider_id, 'person' AS channel, role, NULL AS external_reference, starts_at, ends_at
            FROM case_provider
            UNION ALL
            SELECT id, case_id, provider_id, 'machine', role, external_reference, starts_at, ends_at
            FROM case_provider_external) a
        WHERE ($1::uuid IS NULL OR case_id = $1) AND ($2::uuid IS NULL OR provider_id = $2) AND ($3::uuid IS NULL OR id = $3)
        ORDER BY starts_at, id",
    )
    .bind(case)
    .bind(provider)
    .bind(assignment)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The assignments through which the provider user of the transaction sees cases right now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn own_assignments(tx: &mut Tx) -> Result<Vec<Assignment>, Error> {
    let rows: Vec<AssignmentRow> = sqlx::query_as(
        "SELECT a.id, a.case_id, a.provider_id, s.kind AS channel, a.role, a.external_reference, a.starts_at, a.ends_at
        FROM portal_standing() s, portal_assignments() a
        ORDER BY a.starts_at, a.id",
    )
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// What an assignment is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAssignment {
    /// The provider.
    pub provider: ProviderId,
    /// Through the portal, or the external API.
    pub channel: ProviderUserKind,
    /// As what.
    pub role: String,
    /// What the provider's own system calls the case; for the external API only.
    pub external_reference: Option<String>,
    /// From this moment on.
    pub starts_at: DateTime<Utc>,
    /// Until before this moment.
    pub ends_at: Option<DateTime<Utc>>,
}

/// Assigns a provider to a case.
///
/// # Errors
/// [`Error::NotFound`] for the case; [`Error::Refused`] where the provider is not in the network or is assigned already.
pub async fn assign(tx: &mut Tx, case: CaseId, new: &NewAssignment) -> Result<Assignment, Error> {
    get(tx, case).await?;
    let inserted = match new.channel {
        ProviderUserKind::Person => {
            if new.external_reference.is_some() {
                let message = "belongs to assignments for the external API";
                return Err(Error::Refused(Fault::new("external_reference", "channel", message)));
            }
            sqlx::query_scalar(
                "INSERT INTO case_provider (organization_id, case_id, provider_id, role, starts_at, ends_at)
                VALUES (app_organization_id(), $1, $2, $3, $4, $5)
                RETURNING id",
            )
        }
        ProviderUserKind::Machine => sqlx::query_scalar(
            "INSERT INTO case_provider_external (organization_id, case_id, provider_id, role, starts_at, ends_at,
                external_reference)
            VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6)
            RETURNING id",
        ),
    };
    let inserted = inserted
        .bind(case.0)
        .bind(new.provider.0)
        .bind(&new.role)
        .bind(new.starts_at)
        .bind(new.ends_at);
    let inserted = match new.channel {
        ProviderUserKind::Person => inserted,
        ProviderUserKind::Machine => inserted.bind(&new.external_reference),
    };
    let id: Uuid = inserted.fetch_one(tx.connection()).await?;
    let detail = serde_json::json!({ "case_id": case, "provider_id": new.provider, "channel": new.channel });
    audit::record(tx, "case_provider.assign", "case_provider", &id.to_string(), &detail).await?;
    assignment(tx, case, id.into()).await
}

/// An assignment to this case.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn assignment(tx: &mut Tx, case: CaseId, id: AssignmentId) -> Result<Assignment, Error> {
    let found = assignments(tx, Of::Assignment(id)).await?.pop();
    found.filter(|a| a.case_id == case).ok_or(Error::NotFound)
}

/// Ends an assignment at a moment. From then on the provider sees nothing of the case through it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is over already.
pub async fn end(tx: &mut Tx, case: CaseId, id: AssignmentId, at: DateTime<Utc>) -> Result<Assignment, Error> {
    sharing::in_turn(tx, id).await?;
    let before = assignment(tx, case, id).await?;
    if before.ends_at.is_some_and(|end| end <= at) {
        return Err(Error::Refused(Fault::new(
            "ends_at",
            "ended",
            "the assignment ends before that already",
        )));
    }
    // One that has not begun yet ends as it begins.
    let at = at.max(before.starts_at);
    let update = match before.channel {
        ProviderUserKind::Person => "UPDATE case_provider SET ends_at = $2 WHERE id = $1",
        ProviderUserKind::Machine => "UPDATE case_provider_external SET ends_at = $2 WHERE id = $1",
    };
    sqlx::query(update).bind(id.0).bind(at).execute(tx.connection()).await?;
    let detail = serde_json::json!({ "case_id": case, "ends_at": at });
    audit::record(tx, "case_provider.end", "case_provider", &id.to_string(), &detail).await?;
    assignment(tx, case, id).await
}
