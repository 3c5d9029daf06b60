//! The doors to ACTIVE and back: the decision about a request, rosters credentialed elsewhere, coming back, running out.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::json;
use sqlx::types::Uuid;

use super::{WORKFLOW, find, lock, policy, work};
use crate::domain::{
    credentialing::{Request, expires, may_decide, obstacles},
    workflow::{Step, after_approval, after_delegation},
};
use crate::store::{Error, Tx, audit, exclusion, verification, workflow};
use crate::vocab::{
    CredentialingRequestId, Fault, ProviderId,
    terms::{RequestStatus, Stage},
};

/// Approves an open request: it is APPROVED, its provider ACTIVE from `now` on, all that follows is on its clock, and the
/// change feed knows; all of it with the transaction, or nothing.
///
/// # Errors
/// [`Error::Refused`] where the request is decided already, [`Error::RefusedAll`] with everything that is missing,
/// [`Error::NotFound`] where the actor may not decide about it.
pub async fn approve(
    tx: &mut Tx,
    id: CredentialingRequestId,
    notes: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Request, Error> {
    let request = lock(tx, id).await?;
    may_decide(request.status, RequestStatus::Approved).map_err(Error::Refused)?;
    if !may_let_in(tx, request.provider_id).await? {
        return Err(Error::Forbidden);
    }
    let policy = policy(tx).await?;
    let known = verification::of_request(tx, id).await?;
    let reviewer: String = sqlx::query_scalar("SELECT app_actor()")
        .fetch_one(tx.connection())
        .await?;
    let faults = obstacles(&request, &policy, &known, &reviewer, now);
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    sqlx::query("SELECT credentialing_approve($1, $2, $3)")
        .bind(id.0)
        .bind(notes)
        .bind(now)
        .execute(tx.connection())
        .await?;
    decided(tx, &request, "approved", notes, now).await?;
    let until = expires(now, request.provisional);
    for (step, at) in after_approval(&policy, now, until, &known) {
        workflow::schedule(tx, WORKFLOW, id.0, &step.to_string(), at).await?;
    }
    find(tx, id).await
}

/// Whether the actor may let a provider in: a public one the platform, its reviewers and whoever has its authority; a private one
/// its tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn may_let_in(tx: &mut Tx, provider: ProviderId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT app_may_decide($1)")
        .bind(provider.0)
        .fetch_one(tx.connection())
        .await?)
}

/// Why a request ends without an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// A reviewer says no.
    Declined,
    /// Who asked takes it back.
    Withdrawn,
    /// Nobody decided in time.
    NotDecidedInTime,
}

impl Closing {
    fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Withdrawn => "withdrawn",
            Self::NotDecidedInTime => "not_decided_in_time",
        }
    }
}

/// Ends an open request as REJECTED. The provider stays as it is; a new request may follow.
///
/// # Errors
/// [`Error::Refused`] where the request is decided already, or by whoever brought it where four eyes are asked for.
pub async fn close(
    tx: &mut Tx,
    id: CredentialingRequestId,
    closing: Closing,
    notes: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Request, Error> {
    let request = lock(tx, id).await?;
    may_decide(request.status, RequestStatus::Rejected).map_err(Error::Refused)?;
    sqlx::query("SELECT credentialing_close($1, $2, $3, $4)")
        .bind(id.0)
        .bind(closing.code())
        .bind(notes)
        .bind(now)
        .execute(tx.connection())
        .await?;
    decided(tx, &request, closing.code(), notes, now).await?;
    find(tx, id).await
}

/// What every decision leaves behind: an event, a line of the audit, stopped clocks, and the letter to the provider.
async fn decided(
    tx: &mut Tx,
    request: &Request,
    how: &str,
    notes: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let id = request.id;
    workflow::cancel(tx, WORKFLOW, id.0, now).await?;
    work::settle(tx, id, how, now).await?;
    work::record(tx, id, how, Some(Stage::Decided), notes, &json!({}), now).await?;
    let days = i64::from(policy(tx).await?.letter_days);
    let letter = work::NewTask {
        name: "letter",
        recipient: request.assigned_to.as_deref().unwrap_or("reviewer"),
        text: &format!("Tell the provider of the decision: {how}."),
        due_at: Some(now + chrono::TimeDelta::days(days)),
    };
    work::raise(tx, id, &letter, now).await?;
    let detail = json!({ "provider_id": request.provider_id, "reason": notes });
    let action = format!("credentialing.{how}");
    audit::record(tx, &action, "credentialing_request", &id.to_string(), &detail).await
}

/// Takes providers that `source` credentialed on the day `decided`: one approved request for each that is not ACTIVE yet.
/// From then on they are looked at every month, and asked for the next request, like all others. How many became ACTIVE.
///
/// # Errors
/// [`Error::Refused`] where the decision lies in the future, is older than 36 months, or names no source;
/// [`Error::RefusedAll`] with those whom a list of exclusions identifies.
pub async fn approve_delegated(
    tx: &mut Tx,
    providers: &[ProviderId],
    source: &str,
    decided: NaiveDate,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let ids: Vec<Uuid> = providers.iter().map(|id| id.0).collect();
    none_excluded(tx, &ids).await?;
    let approved: i64 = sqlx::query_scalar("SELECT credentialing_approve_delegated($1, $2, $3, $4)")
        .bind(&ids)
        .bind(source)
        .bind(decided)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    follow_up(tx, &ids, source, decided.and_time(NaiveTime::MIN).and_utc(), now).await?;
    Ok(approved.cast_unsigned())
}

/// Refuses providers that a list of exclusions identifies, each by name: the guard of the database names none.
async fn none_excluded(tx: &mut Tx, providers: &[Uuid]) -> Result<(), Error> {
    let excluded: Vec<String> = sqlx::query_scalar(
        "SELECT coalesce(p.npi::text, p.locator) FROM provider p
        WHERE p.id = ANY ($1) AND p.network_status <> 'ACTIVE' AND provider_is_excluded(p.id, p.npi) ORDER BY 1 LIMIT 20",
    )
    .bind(providers)
    .fetch_all(tx.connection())
    .await?;
    let fault = |key: String| {
        let message = format!("{key} is on a list of exclusions; the finding has to be dismissed first");
        Fault::new("provider_id", "excluded", message)
    };
    match excluded.is_empty() {
        true => Ok(()),
        false => Err(Error::RefusedAll(excluded.into_iter().map(fault).collect())),
    }
}

/// Sets the clocks of approvals from elsewhere that have none yet.
async fn follow_up(
    tx: &mut Tx,
    providers: &[Uuid],
    source: &str,
    decided: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let requests: Vec<Uuid> = sqlx::query_scalar(
        "SELECT r.id FROM credentialing_request r
        WHERE r.provider_id = ANY ($1) AND r.delegated_source = $2 AND r.reviewed_at = $3 AND r.lapsed_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM workflow_step s WHERE s.workflow = $4 AND s.subject = r.id)",
    )
    .bind(providers)
    .bind(source)
    .bind(decided)
    .bind(WORKFLOW)
    .fetch_all(tx.connection())
    .await?;
    if requests.is_empty() {
        return Ok(());
    }
    let has_lists = !exclusion::lists(tx).await?.is_empty(); // Without any there is nothing to look at yet.
    let due = after_delegation(&policy(tx).await?, decided, expires(decided, false), now);
    let due = due.into_iter().filter(|(step, _)| has_lists || *step != Step::Screen);
    let steps: Vec<_> = due.map(|(step, at)| (step.to_string(), at)).collect();
    workflow::schedule_all(tx, WORKFLOW, &requests, &steps).await
}

/// Brings an INACTIVE provider back; whether it was one.
///
/// # Errors
/// [`Error::Refused`] where no approved request is left that has not run out, or a list of exclusions identifies them.
pub async fn reactivate(tx: &mut Tx, provider: ProviderId, reason: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT provider_reactivate($1, $2, $3)")
        .bind(provider.0)
        .bind(reason)
        .bind(now)
        .fetch_one(tx.connection())
        .await?)
}

/// Sees to approvals that have run out, at most so many at once: providers without another one become INACTIVE. How many
/// approvals; ask again until there are none.
///
/// # Errors
/// [`Error::Forbidden`] for others than the platform.
pub async fn lapse(tx: &mut Tx, most: i32, now: DateTime<Utc>) -> Result<u64, Error> {
    let over: i64 = sqlx::query_scalar("SELECT credentialing_lapse($1, $2)")
        .bind(now)
        .bind(most)
        .fetch_one(tx.connection())
        .await?;
    Ok(over.cast_unsigned())
}
