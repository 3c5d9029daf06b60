//! Requests: submitted, found, listed, assigned.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use super::{policy::policy, work};
use crate::domain::{
    access::{Acl, Permission, Rights, Role, Terms},
    credentialing::{Application, Request, stage_moves},
    workflow::Step,
};
use crate::store::{Error, Tx, audit, provider_rows::term, workflow};
use crate::vocab::{
    CredentialingRequestId, Fault, ProviderId,
    terms::{Profile, RequestStatus, Stage, SubscriptionTier},
};

/// The workflow of a request, as its steps are filed.
pub const WORKFLOW: &str = "credentialing";

/// A request to be opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewRequest {
    /// What it has to show; none: as the tenant's settings have it.
    pub profile: Option<Profile>,
    /// For sixty days only.
    pub provisional: bool,
    /// Somebody else decides, also where the settings do not ask for it.
    pub four_eyes: bool,
    /// What the applicant brings.
    pub application: Application,
}

/// The columns of a request, for `SELECT` in front of `FROM credentialing_request r`.
macro_rules! request_columns {
    () => {
        "SELECT r.id, r.provider_id, r.organization_id, r.status, r.stage, r.profile, r.provisional, r.four_eyes, \
         r.submitted_at, r.submitted_by, r.reviewed_at, r.reviewer, r.reviewer_notes, r.closing_reason, r.assigned_to, \
         r.delegated_source, r.expires_at, r.previous_request_id, r.application, r.version FROM credentialing_request r "
    };
}

/// Opens a request for a provider, for the tenant of the transaction if it has one, and starts its workflow. A provider
/// whose earlier request was decided gets a new one, which names the earlier.
///
/// # Errors
/// [`Error::Refused`] where one is open already, [`Error::NotFound`] where the actor sees no such provider.
pub async fn submit(
    tx: &mut Tx,
    provider: ProviderId,
    new: &NewRequest,
    now: DateTime<Utc>,
) -> Result<CredentialingRequestId, Error> {
    let policy = policy(tx).await?;
    let id: Option<Uuid> = sqlx::query_scalar(
        "INSERT INTO credentialing_request (provider_id, organization_id, submitted_at, profile, provisional, four_eyes,
            application, previous_request_id)
        SELECT p.id, app_organization_id(), $2, $3, $4, $5, $6, (
            SELECT r.id FROM credentialing_request r
            WHERE r.provider_id = p.id AND r.organization_id IS NOT DISTINCT FROM app_organization_id()
            AND r.status <> 'SUBMITTED' ORDER BY r.submitted_at DESC, r.id DESC LIMIT 1)
        FROM provider p WHERE p.id = $1
        RETURNING id",
    )
    .bind(provider.0)
    .bind(now)
    .bind(new.profile.unwrap_or(policy.profile).code())
    .bind(new.provisional)
    .bind(new.four_eyes || policy.four_eyes)
    .bind(Json(&new.application))
    .fetch_optional(tx.connection())
    .await?;
    let id = CredentialingRequestId(id.ok_or(Error::NotFound)?);
    work::record(tx, id, "submitted", Some(Stage::Intake), None, &json!({}), now).await?;
    workflow::schedule(tx, WORKFLOW, id.0, &Step::Intake.to_string(), now).await?;
    let detail = json!({ "provider_id": provider });
    audit::record(
        tx,
        "credentialing.submit",
        "credentialing_request",
        &id.to_string(),
        &detail,
    )
    .await?;
    Ok(id)
}

/// A request, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(tx: &mut Tx, id: CredentialingRequestId) -> Result<Request, Error> {
    let row: Option<RequestRow> = sqlx::query_as(concat!(request_columns!(), "WHERE r.id = $1"))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// The same, held until the transaction ends: nobody else decides meanwhile. From then on the transaction acts for the
/// request's tenant, also where the platform does it: its settings, its audit, its clocks.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn lock(tx: &mut Tx, id: CredentialingRequestId) -> Result<Request, Error> {
    let row: Option<RequestRow> = sqlx::query_as(concat!(request_columns!(), "WHERE r.id = $1 FOR UPDATE"))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    let row = row.ok_or(Error::NotFound)?;
    sqlx::query("SELECT set_config('app.organization_id', coalesce($1::text, ''), true)")
        .bind(row.organization_id.map(|o| o.to_string()))
        .execute(tx.connection())
        .await?;
    row.try_into()
}

/// Which requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this public status.
    pub status: Option<RequestStatus>,
    /// In this stage.
    pub stage: Option<Stage>,
    /// About this provider.
    pub provider: Option<ProviderId>,
    /// For this person to look at.
    pub assigned_to: Option<String>,
    /// Credentialed elsewhere, by this source; `*`: by anybody.
    pub delegated_source: Option<String>,
    /// Approved, and running out before this moment: who is to be credentialed anew.
    pub expires_before: Option<DateTime<Utc>>,
    /// Behind this one of an earlier page.
    pub after: Option<(DateTime<Utc>, CredentialingRequestId)>,
}

/// Requests that the actor may see, the latest first; those that run out, the next to run out first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Request>, Error> {
    let rows: Vec<RequestRow> = sqlx::query_as(concat!(
        request_columns!(),
        "WHERE ($1::text IS NULL OR r.status = $1) AND ($2::text IS NULL OR r.stage = $2)
            AND ($3::uuid IS NULL OR r.provider_id = $3) AND ($4::text IS NULL OR r.assigned_to = $4)
            AND ($5::timestamptz IS NULL OR r.status = 'APPROVED' AND r.lapsed_at IS NULL AND r.expires_at < $5
                AND NOT EXISTS (SELECT 1 FROM credentialing_request later WHERE later.provider_id = r.provider_id
                    AND later.status = 'APPROVED' AND later.expires_at > r.expires_at))
            AND ($6::timestamptz IS NULL OR (r.submitted_at, r.id) < ($6, $7))
            AND ($9::text IS NULL OR r.delegated_source = $9 OR $9 = '*' AND r.delegated_source IS NOT NULL)
        ORDER BY CASE WHEN $5 IS NOT NULL THEN r.expires_at END, r.submitted_at DESC, r.id DESC
        LIMIT $8"
    ))
    .bind(filter.status.map(RequestStatus::code))
    .bind(filter.stage.map(Stage::code))
    .bind(filter.provider.map(|id| id.0))
    .bind(&filter.assigned_to)
    .bind(filter.expires_before)
    .bind(filter.after.map(|(at, _)| at))
    .bind(filter.after.map(|(_, id)| id.0))
    .bind(limit)
    .bind(&filter.delegated_source)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Gives a request to somebody, or to nobody in particular.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] where it is decided already.
pub async fn assign(
    tx: &mut Tx,
    id: CredentialingRequestId,
    to: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Request, Error> {
    still_open(&lock(tx, id).await?)?;
    if let Some(reviewer) = to {
        may_review(tx, reviewer).await?;
    }
    sqlx::query("UPDATE credentialing_request SET assigned_to = $2, version = version + 1 WHERE id = $1")
        .bind(id.0)
        .bind(to)
        .execute(tx.connection())
        .await?;
    let detail = json!({ "assigned_to": to });
    work::record(tx, id, "assigned", None, None, &detail, now).await?;
    audit::record(
        tx,
        "credentialing.assign",
        "credentialing_request",
        &id.to_string(),
        &detail,
    )
    .await?;
    find(tx, id).await
}

/// Whether somebody of this name may review in the tenant of the transaction, by its own rules.
async fn may_review(tx: &mut Tx, reviewer: &str) -> Result<(), Error> {
    let acl: Option<Option<Json<Acl>>> = sqlx::query_scalar(
        "SELECT c.document -> 'acl' FROM organization_config c
        WHERE c.organization_id = app_organization_id() ORDER BY c.version DESC LIMIT 1",
    )
    .fetch_optional(tx.connection())
    .await?;
    let terms = Terms {
        tier: SubscriptionTier::Enterprise,
        switched_off: BTreeSet::new(),
        acl: acl.flatten().map(|acl| acl.0).unwrap_or_default(),
    };
    let reviews = |role: Role| {
        let rights = Rights {
            role,
            scopes: Vec::new(),
            terms: Some(terms.clone()),
        };
        rights.may(Permission::CredentialingReview)
    };
    let roles = Role::ALL.iter().copied().filter(|role| reviews(*role));
    let known: bool = sqlx::query_scalar("SELECT credentialing_reviewer_is_known($1, $2)")
        .bind(reviewer)
        .bind(roles.map(|role| role.code().to_owned()).collect::<Vec<_>>())
        .fetch_one(tx.connection())
        .await?;
    if known {
        return Ok(());
    }
    let message = "nobody of this name may review it: `user:` with the id of a person, or `token:` with its name";
    Err(Error::Refused(Fault::new("reviewer", "unknown_reviewer", message)))
}

/// Moves the work on an open request to another stage, if a way leads there from the one that it is at.
///
/// # Errors
/// [`Error::Refused`] where none does, [`Error::Unavailable`].
pub(in crate::store) async fn enter(
    tx: &mut Tx,
    request: &Request,
    stage: Stage,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if request.stage == stage {
        return Ok(());
    }
    if !stage_moves(request.stage).contains(&stage) {
        let message = format!("the work does not go from {} to {}", request.stage.code(), stage.code());
        return Err(Error::Refused(Fault::new("stage", "stage_transition", message)));
    }
    sqlx::query("UPDATE credentialing_request SET stage = $2, version = version + 1 WHERE id = $1")
        .bind(request.id.0)
        .bind(stage.code())
        .execute(tx.connection())
        .await?;
    work::record(tx, request.id, "stage", Some(stage), None, &json!({}), now).await
}

/// Whether there is still something to work on.
pub(in crate::store) fn still_open(request: &Request) -> Result<(), Error> {
    if request.status == RequestStatus::Submitted {
        return Ok(());
    }
    let message = format!(
        "the request is {}, which is final: a new request can be opened",
        request.status
    );
    Err(Error::Refused(Fault::new("status", "request_transition", message)))
}

#[derive(FromRow)]
struct RequestRow {
    pub(super) id: Uuid,
    pub(super) provider_id: Uuid,
    organization_id: Option<Uuid>,
    pub(super) status: String,
    pub(super) stage: String,
    profile: String,
    pub(super) provisional: bool,
    four_eyes: bool,
    pub(super) submitted_at: DateTime<Utc>,
    submitted_by: String,
    pub(super) reviewed_at: Option<DateTime<Utc>>,
    pub(super) reviewer: Option<String>,
    reviewer_notes: Option<String>,
    closing_reason: Option<String>,
    pub(super) assigned_to: Option<String>,
    delegated_source: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    previous_request_id: Option<Uuid>,
    application: Json<Application>,
    version: i64,
}

impl TryFrom<RequestRow> for Request {
    type Error = Error;

    fn try_from(row: RequestRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            provider_id: row.provider_id.into(),
            organization_id: row.organization_id.map(Into::into),
            status: term(&row.status)?,
            stage: term(&row.stage)?,
            profile: term(&row.profile)?,
            provisional: row.provisional,
            four_eyes: row.four_eyes,
            submitted_at: row.submitted_at,
            submitted_by: row.submitted_by,
            reviewed_at: row.reviewed_at,
            reviewer: row.reviewer,
            reviewer_notes: row.reviewer_notes,
            closing_reason: row.closing_reason,
            assigned_to: row.assigned_to,
            delegated_source: row.delegated_source,
            expires_at: row.expires_at,
            previous_request_id: row.previous_request_id.map(Into::into),
            application: row.application.0,
            version: row.version,
        })
    }
}
