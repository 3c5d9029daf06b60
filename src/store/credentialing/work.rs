//! What happened to a request, what people are asked to do about it, and how long all that takes.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sqlx::{FromRow, types::Uuid};

use crate::store::{Error, Tx, audit};
use crate::vocab::{CredentialingRequestId, terms::Stage};

/// One line of a request's timeline.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `workflow` for what happened by itself.
    pub actor: String,
    /// What: `submitted`, `stage`, `verified`, `note`, `assigned`, `reminded`, `approved`, ...
    pub kind: String,
    /// The stage that began with it, where one did.
    pub stage: Option<String>,
    /// In words.
    pub text: Option<String>,
    /// What exactly.
    pub detail: Value,
}

/// Writes a line of the timeline.
///
/// # Errors
/// [`Error::NotFound`] where the actor sees no such request.
pub async fn record(
    tx: &mut Tx,
    id: CredentialingRequestId,
    kind: &str,
    stage: Option<Stage>,
    text: Option<&str>,
    detail: &Value,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO credentialing_event (request_id, at, kind, stage, text, detail) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.0)
    .bind(now)
    .bind(kind)
    .bind(stage.map(Stage::code))
    .bind(text)
    .bind(detail)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A reviewer's note. It stays as it is written.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn note(tx: &mut Tx, id: CredentialingRequestId, text: &str, now: DateTime<Utc>) -> Result<(), Error> {
    record(
        tx,
        id,
        "note",
        None,
        Some(text),
        &Value::Object(serde_json::Map::new()),
        now,
    )
    .await?;
    let detail = serde_json::json!({ "characters": text.chars().count() });
    audit::record(
        tx,
        "credentialing.note",
        "credentialing_request",
        &id.to_string(),
        &detail,
    )
    .await
}

/// All that happened to a request, in order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn timeline(tx: &mut Tx, id: CredentialingRequestId) -> Result<Vec<Event>, Error> {
    Ok(sqlx::query_as(
        "SELECT e.at, e.actor, e.kind, e.stage, e.text, e.detail FROM credentialing_event e
        WHERE e.request_id = $1 ORDER BY e.id",
    )
    .bind(id.0)
    .fetch_all(tx.connection())
    .await?)
}

/// Something that somebody is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, FromRow)]
pub struct Task {
    /// Its key.
    pub id: Uuid,
    /// For which request.
    pub request_id: Uuid,
    /// About which provider.
    pub provider_id: Uuid,
    /// What kind: `letter`, `decide`, `remind:14`, `escalate`, `renew:90`, `license_ended:..`.
    pub name: String,
    /// Whom: a role, or the name of a person.
    pub recipient: String,
    /// In words.
    pub text: String,
    /// Since when.
    pub raised_at: DateTime<Utc>,
    /// Until when.
    pub due_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// By whom.
    pub done_by: Option<String>,
    /// What came of it.
    pub outcome: Option<String>,
}

/// Something to be asked for.
#[derive(Clone, Copy, Debug)]
pub struct NewTask<'a> {
    /// One of each name for a request.
    pub name: &'a str,
    /// Whom.
    pub recipient: &'a str,
    /// In words.
    pub text: &'a str,
    /// Until when.
    pub due_at: Option<DateTime<Utc>>,
}

/// Asks somebody to do something, once: whether it was not asked before.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn raise(
    tx: &mut Tx,
    id: CredentialingRequestId,
    task: &NewTask<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO credentialing_task (request_id, provider_id, name, recipient, text, raised_at, due_at)
        SELECT r.id, r.provider_id, $2, $3, $4, $5, $6 FROM credentialing_request r WHERE r.id = $1
        ON CONFLICT ON CONSTRAINT credentialing_task_name_key DO NOTHING",
    )
    .bind(id.0)
    .bind(task.name)
    .bind(task.recipient)
    .bind(task.text)
    .bind(now)
    .bind(task.due_at)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Which tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// For this request.
    pub request: Option<CredentialingRequestId>,
    /// Open ones, or done ones; none: all.
    pub open: Option<bool>,
    /// For this role or person.
    pub recipient: Option<String>,
}

/// Tasks that the actor may see, the oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn tasks(tx: &mut Tx, filter: &TaskFilter, limit: i64) -> Result<Vec<Task>, Error> {
    Ok(sqlx::query_as(
        "SELECT t.id, t.request_id, t.provider_id, t.name, t.recipient, t.text, t.raised_at, t.due_at, t.done_at,
            t.done_by, t.outcome
        FROM credentialing_task t
        WHERE ($1::uuid IS NULL OR t.request_id = $1) AND ($2::boolean IS NULL OR (t.done_at IS NULL) = $2)
        AND ($3::text IS NULL OR t.recipient = $3)
        ORDER BY t.raised_at, t.name, t.id LIMIT $4",
    )
    .bind(filter.request.map(|id| id.0))
    .bind(filter.open)
    .bind(&filter.recipient)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Marks a task as done.
///
/// # Errors
/// [`Error::NotFound`] where there is no such open task.
pub async fn finish(tx: &mut Tx, task: Uuid, outcome: Option<&str>, now: DateTime<Utc>) -> Result<(), Error> {
    let done: Option<(Uuid, String)> = sqlx::query_as(
        "UPDATE credentialing_task SET done_at = $2, done_by = app_actor(), outcome = $3
        WHERE id = $1 AND done_at IS NULL RETURNING request_id, name",
    )
    .bind(task)
    .bind(now)
    .bind(outcome)
    .fetch_optional(tx.connection())
    .await?;
    let (request, name) = done.ok_or(Error::NotFound)?;
    let detail = serde_json::json!({ "task": name, "outcome": outcome });
    record(tx, request.into(), "task_done", None, outcome, &detail, now).await?;
    audit::record(
        tx,
        "credentialing.task",
        "credentialing_request",
        &request.to_string(),
        &detail,
    )
    .await
}

/// What was asked for to bring a decision about is no longer needed.
pub(super) async fn settle(
    tx: &mut Tx,
    id: CredentialingRequestId,
    how: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE credentialing_task SET done_at = $2, done_by = app_actor(), outcome = $3
        WHERE request_id = $1 AND done_at IS NULL",
    )
    .bind(id.0)
    .bind(now)
    .bind(how)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// How long requests stayed in a stage.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct StageTime {
    /// Which stage.
    pub stage: String,
    /// How often one was in it and left it.
    pub left: i64,
    /// Seconds, on average.
    pub average_s: Option<f64>,
    /// Seconds, half of them stayed shorter.
    pub median_s: Option<f64>,
    /// Seconds, the longest stay.
    pub longest_s: Option<f64>,
    /// Requests that are in it now.
    pub now: i64,
    /// Of those, how many have been in it for longer than the policy's days.
    pub stuck: i64,
}

/// Time in each stage of the requests that the actor may see and that came in since a moment. `stuck_before`: who entered
/// their stage before it is stuck.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn stage_times(
    tx: &mut Tx,
    since: DateTime<Utc>,
    stuck_before: DateTime<Utc>,
) -> Result<Vec<StageTime>, Error> {
    Ok(sqlx::query_as(
        "WITH entered AS (
            SELECT e.request_id, e.stage, e.at, lead(e.at) OVER (PARTITION BY e.request_id ORDER BY e.id) AS left_at
            FROM credentialing_event e JOIN credentialing_request r ON r.id = e.request_id
            WHERE e.stage IS NOT NULL AND r.submitted_at >= $1
        )
        SELECT e.stage, count(e.left_at) AS left,
            avg(extract(epoch FROM e.left_at - e.at))::float8 AS average_s,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM e.left_at - e.at)::float8) AS median_s,
            max(extract(epoch FROM e.left_at - e.at))::float8 AS longest_s,
            count(*) FILTER (WHERE e.left_at IS NULL) AS now,
            count(*) FILTER (WHERE e.left_at IS NULL AND e.at < $2) AS stuck
        FROM entered e WHERE e.stage <> 'DECIDED'
        GROUP BY e.stage ORDER BY array_position(ARRAY['INTAKE', 'VERIFYING', 'COMMITTEE'], e.stage)",
    )
    .bind(since)
    .bind(stuck_before)
    .fetch_all(tx.connection())
    .await?)
}

/// Providers that one source credentialed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, FromRow)]
pub struct DelegatedShare {
    /// Who credentialed them.
    pub source: String,
    /// Approvals taken from it.
    pub approved: i64,
    /// Of those, how many hold today.
    pub holding: i64,
    /// Of those, how many run out within ninety days and have no later one.
    pub running_out: i64,
    /// Open tasks about them: found on a list, to be asked for the next request.
    pub open_tasks: i64,
    /// The day of the latest decision.
    pub last_decided: Option<NaiveDate>,
}

/// What came from elsewhere, by source, of the requests that the actor may see and that were decided since a moment.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn delegated_shares(
    tx: &mut Tx,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<DelegatedShare>, Error> {
    Ok(sqlx::query_as(
        "SELECT r.delegated_source AS source, count(*) AS approved,
            count(*) FILTER (WHERE r.expires_at > $2) AS holding,
            count(*) FILTER (WHERE r.expires_at > $2 AND r.expires_at <= $2 + interval '90 days' AND NOT EXISTS (
                SELECT 1 FROM credentialing_request later WHERE later.provider_id = r.provider_id
                AND later.status = 'APPROVED' AND later.expires_at > r.expires_at)) AS running_out,
            coalesce(sum((SELECT count(*) FROM credentialing_task t WHERE t.request_id = r.id AND t.done_at IS NULL)), 0)::bigint
                AS open_tasks,
            max((r.reviewed_at AT TIME ZONE 'UTC')::date) AS last_decided
        FROM credentialing_request r
        WHERE r.delegated_source IS NOT NULL AND r.reviewed_at >= $1
        GROUP BY 1 ORDER BY 1",
    )
    .bind(since)
    .bind(now)
    .fetch_all(tx.connection())
    .await?)
}

/// What one reviewer did.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct ReviewerTime {
    /// Who.
    pub reviewer: String,
    /// Requests approved.
    pub approved: i64,
    /// Requests rejected.
    pub rejected: i64,
    /// Seconds from submission to decision, on average.
    pub average_s: Option<f64>,
    /// Open requests that are theirs.
    pub open: i64,
}

/// Decisions by reviewer, of the requests that the actor may see and that came in since a moment; rosters credentialed
/// elsewhere do not count.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn reviewer_times(tx: &mut Tx, since: DateTime<Utc>) -> Result<Vec<ReviewerTime>, Error> {
    Ok(sqlx::query_as(
        "SELECT coalesce(r.reviewer, r.assigned_to) AS reviewer,
            count(*) FILTER (WHERE r.status = 'APPROVED') AS approved,
            count(*) FILTER (WHERE r.status = 'REJECTED') AS rejected,
            avg(extract(epoch FROM r.reviewed_at - r.submitted_at))::float8 AS average_s,
            count(*) FILTER (WHERE r.status = 'SUBMITTED') AS open
        FROM credentialing_request r
        WHERE r.submitted_at >= $1 AND r.delegated_source IS NULL AND coalesce(r.reviewer, r.assigned_to) IS NOT NULL
        GROUP BY 1 ORDER BY 1",
    )
    .bind(since)
    .fetch_all(tx.connection())
    .await?)
}
