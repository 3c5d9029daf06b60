//! Who was asked what about a provider. Rows are never changed: the schema refuses it.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Tx, audit,
    credentialing::{self, WORKFLOW, work},
    provider_rows::term,
    workflow,
};
use crate::domain::{
    verification::Verification,
    workflow::{Step, license_ends},
};
use crate::vocab::{
    CredentialingRequestId, Fault, OrganizationId, ProviderId,
    terms::{Element, Finding, RequestStatus},
};

/// A verification to be recorded.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVerification {
    /// What was asked.
    pub element: Element,
    /// Who was asked.
    pub source: String,
    /// The day on which the source answered; not after today.
    pub verified_on: NaiveDate,
    /// How: `web`, `letter`, `telephone`, `file`.
    pub method: String,
    /// What came out.
    pub result: Finding,
    /// Where the proof is kept.
    #[serde(default)]
    pub document: Option<String>,
    /// What else there is to say.
    #[serde(default)]
    pub note: Option<String>,
    /// The last day on which what was verified is good.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
    /// The state that issued it, two capital letters.
    #[serde(default)]
    pub state: Option<String>,
}

/// Records a verification for an open request, and has the checklist looked at again; or for an approved one that has not
/// run out, such as a renewed licence, whose end is then seen to.
///
/// # Errors
/// [`Error::Refused`] where the request is rejected or has run out, the day lies in the future, or nothing says who was asked and how.
pub async fn record(
    tx: &mut Tx,
    request: CredentialingRequestId,
    new: &NewVerification,
    now: DateTime<Utc>,
) -> Result<Verification, Error> {
    let about = credentialing::lock(tx, request).await?;
    let holds = about.status == RequestStatus::Approved && about.expires_at.is_some_and(|end| end > now);
    if !holds {
        credentialing::still_open(&about)?;
    }
    check(new, now)?;
    let row: Row = sqlx::query_as(
        "INSERT INTO verification (request_id, provider_id, element, source, verified_on, method, result, document, note,
            expires_on, state, recorded_at)
        SELECT r.id, r.provider_id, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM credentialing_request r WHERE r.id = $1
        RETURNING id, provider_id, element, source, verified_on, verifier, method, result, document, note, expires_on,
            state, recorded_at",
    )
    .bind(request.0)
    .bind(new.element.code())
    .bind(new.source.trim())
    .bind(new.verified_on)
    .bind(new.method.trim())
    .bind(new.result.code())
    .bind(&new.document)
    .bind(&new.note)
    .bind(new.expires_on)
    .bind(&new.state)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    let detail = json!({ "verification": row.id, "element": new.element, "result": new.result, "source": new.source });
    work::record(tx, request, "verified", None, None, &detail, now).await?;
    let recorded: Verification = row.try_into()?;
    let ends = license_ends(&recorded).filter(|_| recorded.result == Finding::Confirmed);
    match (holds, ends) {
        (false, _) => workflow::schedule(tx, WORKFLOW, request.0, &Step::Review.to_string(), now).await?,
        (true, Some((step, at))) => workflow::schedule(tx, WORKFLOW, request.0, &step.to_string(), at).await?,
        (true, None) => {}
    }
    audit::record(
        tx,
        "credentialing.verify",
        "credentialing_request",
        &request.to_string(),
        &detail,
    )
    .await?;
    Ok(recorded)
}

fn check(new: &NewVerification, now: DateTime<Utc>) -> Result<(), Error> {
    let refuse = |field: &str, code, message: &str| Err(Error::Refused(Fault::new(field, code, message)));
    if new.source.trim().is_empty() {
        return refuse("source", "required", "says who was asked");
    }
    if new.method.trim().is_empty() {
        return refuse("method", "required", "says how: web, letter, telephone, file");
    }
    if new.verified_on > now.date_naive() {
        return refuse("verified_on", "in_the_future", "is not after today");
    }
    let letters = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase());
    if new.state.as_deref().is_some_and(|s| !letters(s)) {
        return refuse("state", "format", "two capital letters, such as TX");
    }
    Ok(())
}

/// All verifications of a request, in the order in which they were recorded.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_request(tx: &mut Tx, request: CredentialingRequestId) -> Result<Vec<Verification>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.id, v.provider_id, v.element, v.source, v.verified_on, v.verifier, v.method, v.result, v.document,
            v.note, v.expires_on, v.state, v.recorded_at
        FROM verification v WHERE v.request_id = $1 ORDER BY v.recorded_at, v.id",
    )
    .bind(request.0)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// All verifications that an organization made about a provider, or the platform, whatever the request, in the order in which
/// they were recorded.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_provider(
    tx: &mut Tx,
    provider: ProviderId,
    organization: Option<OrganizationId>,
) -> Result<Vec<Verification>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT v.id, v.provider_id, v.element, v.source, v.verified_on, v.verifier, v.method, v.result, v.document,
            v.note, v.expires_on, v.state, v.recorded_at
        FROM verification v JOIN credentialing_request r ON r.id = v.request_id
        WHERE v.provider_id = $1 AND r.organization_id IS NOT DISTINCT FROM $2 ORDER BY v.recorded_at, v.id",
    )
    .bind(provider.0)
    .bind(organization.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    provider_id: Uuid,
    element: String,
    source: String,
    verified_on: NaiveDate,
    verifier: String,
    method: String,
    result: String,
    document: Option<String>,
    note: Option<String>,
    expires_on: Option<NaiveDate>,
    state: Option<String>,
    recorded_at: DateTime<Utc>,
}

impl TryFrom<Row> for Verification {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            provider_id: row.provider_id.into(),
            element: term(&row.element)?,
            source: row.source,
            verified_on: row.verified_on,
            verifier: row.verifier,
            method: row.method,
            result: term(&row.result)?,
            document: row.document,
            note: row.note,
            expires_on: row.expires_on,
            state: row.state,
            recorded_at: row.recorded_at,
        })
    }
}
