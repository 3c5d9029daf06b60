//! Durable steps and timers. A step is taken, done and marked in one transaction with everything that it does: whoever is
//! killed in between has done nothing, and the next one does it.
//!
//! Who waits for a step to be due may be another engine, outside. While a workflow is there, every step that is set on the
//! clock leaves a call for it in the same transaction, which is kept until it has been heard.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, postgres::PgListener, types::Uuid};

use super::{Error, Store, Tx};
use crate::domain::{
    access::{Actor, Role},
    workflow::backoff,
};

/// A step that is due.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Taken {
    /// Its key.
    pub id: i64,
    /// Of which workflow.
    pub workflow: String,
    /// What it is about.
    pub subject: Uuid,
    /// For which tenant.
    pub organization_id: Option<Uuid>,
    /// Which step.
    pub name: String,
    /// How often it has failed.
    pub attempts: i32,
}

/// Who acts when nobody does.
pub fn engine() -> Actor {
    Actor::new("workflow", Role::PlatformAdmin)
}

/// What follows the steps that were `planned`: a call for each subject whose workflow waits outside.
macro_rules! call_outside {
    () => {
        " INSERT INTO workflow_call (workflow, subject, organization_id)
        SELECT DISTINCT p.workflow, p.subject, p.organization_id FROM planned p
        JOIN workflow_outside o ON o.workflow = p.workflow"
    };
}

/// Sets a step on the clock, for the tenant of the transaction; one that was done or waits is set anew.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn schedule(
    tx: &mut Tx,
    workflow: &str,
    subject: Uuid,
    name: &str,
    due_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(concat!(
        "WITH planned AS (
            INSERT INTO workflow_step (workflow, subject, organization_id, name, due_at)
            VALUES ($1, $2, app_organization_id(), $3, $4)
            ON CONFLICT ON CONSTRAINT workflow_step_name_key
            DO UPDATE SET due_at = excluded.due_at, attempts = 0, last_error = NULL, done_at = NULL
            RETURNING workflow, subject, organization_id)",
        call_outside!()
    ))
    .bind(workflow)
    .bind(subject)
    .bind(name)
    .bind(due_at)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Sets the same steps on the clock for several subjects; what was done or waits stays.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn schedule_all(
    tx: &mut Tx,
    workflow: &str,
    subjects: &[Uuid],
    steps: &[(String, DateTime<Utc>)],
) -> Result<(), Error> {
    let (names, due): (Vec<&str>, Vec<_>) = steps.iter().map(|(name, at)| (name.as_str(), *at)).unzip();
    sqlx::query(concat!(
        "WITH planned AS (
            INSERT INTO workflow_step (workflow, subject, organization_id, name, due_at)
            SELECT $1, s, app_organization_id(), d.name, d.at
            FROM unnest($2::uuid[]) s CROSS JOIN unnest($3::text[], $4::timestamptz[]) d (name, at)
            ON CONFLICT ON CONSTRAINT workflow_step_name_key DO NOTHING
            RETURNING workflow, subject, organization_id)",
        call_outside!()
    ))
    .bind(workflow)
    .bind(subjects)
    .bind(names)
    .bind(due)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes every step of a subject that waits off the clock; whoever waits outside is called.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn cancel(tx: &mut Tx, workflow: &str, subject: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE workflow_step SET done_at = $3, last_error = 'cancelled'
        WHERE workflow = $1 AND subject = $2 AND done_at IS NULL",
    )
    .bind(workflow)
    .bind(subject)
    .bind(now)
    .execute(tx.connection())
    .await?;
    sqlx::query(concat!(
        "WITH planned AS (SELECT $1 AS workflow, $2::uuid AS subject, app_organization_id() AS organization_id)",
        call_outside!()
    ))
    .bind(workflow)
    .bind(subject)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes the step that has been due the longest, if there is one that nobody else has; from then on the transaction acts
/// for the step's tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<Taken>, Error> {
    take_first(tx, None, now).await
}

/// The same among the steps of one subject.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take_of(tx: &mut Tx, workflow: &str, subject: Uuid, now: DateTime<Utc>) -> Result<Option<Taken>, Error> {
    take_first(tx, Some((workflow, subject)), now).await
}

/// Holds what a step is about before the step itself, as everybody does who decides something and then sets the clock: in
/// the other order the two would wait for each other, and Postgres would refuse a person's work. Subjects that somebody has
/// are passed over, and waited for once nothing else is due.
async fn take_first(tx: &mut Tx, of: Option<(&str, Uuid)>, now: DateTime<Utc>) -> Result<Option<Taken>, Error> {
    let (mut busy, mut waits) = (Vec::new(), false);
    loop {
        let next: Option<Taken> = sqlx::query_as(
            "SELECT s.id, s.workflow, s.subject, s.organization_id, s.name, s.attempts FROM workflow_step s
            WHERE s.done_at IS NULL AND s.due_at <= $1 AND s.subject <> ALL ($2)
                AND ($3::text IS NULL OR (s.workflow = $3 AND s.subject = $4))
            ORDER BY s.due_at, s.id LIMIT 1",
        )
        .bind(now)
        .bind(&busy)
        .bind(of.map(|(workflow, _)| workflow))
        .bind(of.map(|(_, subject)| subject))
        .fetch_optional(tx.connection())
        .await?;
        let Some(next) = next else {
            if busy.is_empty() {
                return Ok(None);
            }
            busy.clear();
            waits = true;
            continue;
        };
        if !hold(tx, next.subject, waits).await? {
            busy.push(next.subject);
            continue;
        }
        let still_due: Option<i64> = sqlx::query_scalar(
            "SELECT s.id FROM workflow_step s WHERE s.id = $1 AND s.done_at IS NULL AND s.due_at <= $2 FOR UPDATE",
        )
        .bind(next.id)
        .bind(now)
        .fetch_optional(tx.connection())
        .await?;
        if still_due.is_some() {
            return act_for(tx, Some(next)).await;
        }
    }
}

/// Holds what a step is about until the transaction ends, if it is there; false: somebody else has it.
async fn hold(tx: &mut Tx, subject: Uuid, waits: bool) -> Result<bool, Error> {
    let held: Option<Uuid> = sqlx::query_scalar(if waits {
        "SELECT r.id FROM credentialing_request r WHERE r.id = $1 FOR UPDATE"
    } else {
        "SELECT r.id FROM credentialing_request r WHERE r.id = $1 FOR UPDATE SKIP LOCKED"
    })
    .bind(subject)
    .fetch_optional(tx.connection())
    .await?;
    if held.is_some() || waits {
        return Ok(true);
    }
    let is_there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM credentialing_request r WHERE r.id = $1)")
        .bind(subject)
        .fetch_one(tx.connection())
        .await?;
    Ok(!is_there)
}

async fn act_for(tx: &mut Tx, taken: Option<Taken>) -> Result<Option<Taken>, Error> {
    if let Some(organization) = taken.as_ref().and_then(|t| t.organization_id) {
        sqlx::query("SELECT set_config('app.organization_id', $1, true)")
            .bind(organization.to_string())
            .execute(tx.connection())
            .await?;
    }
    Ok(taken)
}

/// Marks a taken step as done.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn done(tx: &mut Tx, step: i64, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("UPDATE workflow_step SET done_at = $2, last_error = NULL WHERE id = $1 AND done_at IS NULL")
        .bind(step)
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Puts a step that failed back on the clock, later each time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn failed(store: &Store, step: &Taken, error: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let attempts = step.attempts.saturating_add(1);
    let mut tx = store.begin(&engine()).await?;
    sqlx::query(
        "UPDATE workflow_step SET attempts = $2, last_error = $3, due_at = $4
        WHERE id = $1 AND attempts < $2 AND done_at IS NULL",
    )
    .bind(step.id)
    .bind(attempts)
    .bind(error.chars().take(1000).collect::<String>())
    .bind(now + backoff(attempts.unsigned_abs()))
    .execute(tx.connection())
    .await?;
    tx.commit().await.map(drop)
}

/// When the next step is due, if any waits.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn next_due(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(
        sqlx::query_scalar("SELECT min(s.due_at) FROM workflow_step s WHERE s.done_at IS NULL")
            .fetch_one(tx.connection())
            .await?,
    )
}

/// When the next step of a subject is due, if any waits.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn next_due_of(tx: &mut Tx, workflow: &str, subject: Uuid) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(sqlx::query_scalar(
        "SELECT min(s.due_at) FROM workflow_step s
        WHERE s.workflow = $1 AND s.subject = $2 AND s.done_at IS NULL",
    )
    .bind(workflow)
    .bind(subject)
    .fetch_one(tx.connection())
    .await?)
}

/// Has a workflow wait outside from now on: calls for all its subjects that wait for something, and for every one that is
/// set on the clock later.
///
/// # Errors
/// [`Error::Forbidden`] for others than the platform.
pub async fn move_out(tx: &mut Tx, workflow: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let moved = sqlx::query("INSERT INTO workflow_outside (workflow, since) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(workflow)
        .bind(now)
        .execute(tx.connection())
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO workflow_call (workflow, subject, organization_id)
        SELECT DISTINCT s.workflow, s.subject, s.organization_id FROM workflow_step s
        WHERE s.workflow = $1 AND s.done_at IS NULL",
    )
    .bind(workflow)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Has all workflows wait here again.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn move_in(tx: &mut Tx) -> Result<(), Error> {
    for statement in ["DELETE FROM workflow_outside", "DELETE FROM workflow_call"] {
        sqlx::query(statement).execute(tx.connection()).await?;
    }
    Ok(())
}

/// Calls that have not been heard, the earliest first: their keys, and whom they are for.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn calls(tx: &mut Tx, workflow: &str, limit: i64) -> Result<Vec<(i64, Uuid)>, Error> {
    Ok(
        sqlx::query_as("SELECT c.id, c.subject FROM workflow_call c WHERE c.workflow = $1 ORDER BY c.id LIMIT $2")
            .bind(workflow)
            .bind(limit)
            .fetch_all(tx.connection())
            .await?,
    )
}

/// Forgets calls that have been heard.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn heard(tx: &mut Tx, calls: &[i64]) -> Result<(), Error> {
    sqlx::query("DELETE FROM workflow_call WHERE id = ANY ($1)")
        .bind(calls)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Subjects with a step that was due before `moment` and is not done: whoever should wait for it does not.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn overdue(tx: &mut Tx, workflow: &str, moment: DateTime<Utc>, limit: i64) -> Result<Vec<Uuid>, Error> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT late.subject FROM (
            SELECT s.subject FROM workflow_step s
            WHERE s.workflow = $1 AND s.done_at IS NULL AND s.due_at < $2 ORDER BY s.due_at, s.id LIMIT $3) late",
    )
    .bind(workflow)
    .bind(moment)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Wakes the engine when a step was set on the clock.
pub struct Bell(Option<PgListener>);

impl Bell {
    /// Starts to listen; where that fails, waiting is all it does.
    pub async fn hang(store: &Store) -> Self {
        let mut listener = PgListener::connect_with(store.app()).await.ok();
        if let Some(heard) = &mut listener
            && heard.listen("workflow").await.is_err()
        {
            listener = None;
        }
        Self(listener)
    }

    /// Returns when a step was set on the clock, or after `at_most`.
    pub async fn wait(&mut self, at_most: Duration) {
        let Some(listener) = &mut self.0 else {
            return tokio::time::sleep(at_most).await;
        };
        match tokio::time::timeout(at_most, listener.recv()).await {
            Ok(Ok(_)) => while listener.next_buffered().is_some() {},
            Ok(Err(_)) => {
                self.0 = None;
                tokio::time::sleep(at_most).await;
            }
            Err(_) => {}
        }
    }
}
