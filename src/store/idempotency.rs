//! Requests that create, said twice: the second one gets the answer of the first.
//!
//! The key is claimed and the answer kept in the transaction that creates, so that there is both or neither. A second
//! request that comes while the first one runs waits for it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Error, Tx};
use crate::vocab::{Fault, Position};

/// How long an answer is kept.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// What a key stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Nobody has used it: do the work, then [`keep`] the answer.
    New,
    /// The request was answered before: with this, visible from this position on.
    Answered(Value, Position),
}

/// A request that is told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Method and path: `POST /clinics`.
    pub line: &'a str,
    /// What was sent along.
    pub body: &'a [u8],
}

impl Request<'_> {
    fn hash(self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.line);
        hash.update([0]); // So that no path runs on into a body.
        hash.update(self.body);
        hash.finalize().to_vec()
    }
}

/// Claims a key for a request of the actor, within the tenant that they act for.
///
/// # Errors
/// [`Error::Refused`] where the key stands for another request.
pub async fn claim(tx: &mut Tx, key: &str, request: Request<'_>, now: DateTime<Utc>) -> Result<Claim, Error> {
    sqlx::query("DELETE FROM idempotency_key WHERE actor = app_actor() AND created_at <= $1")
        .bind(now - KEPT)
        .execute(tx.connection())
        .await?;
    let hash = request.hash();
    let claimed = sqlx::query(
        "INSERT INTO idempotency_key (key, request_hash, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(key)
    .bind(&hash)
    .bind(now)
    .execute(tx.connection())
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    let (before, answer, xid): (Vec<u8>, Option<Value>, String) = sqlx::query_as(
        "SELECT request_hash, answer, xid::text FROM idempotency_key
        WHERE organization_id IS NOT DISTINCT FROM app_organization_id() AND actor = app_actor() AND key = $1",
    )
    .bind(key)
    .fetch_one(tx.connection())
    .await?;
    if before != hash {
        let message = "the key was used for another request: take a new one";
        return Err(Error::Refused(Fault::new("Idempotency-Key", "key_reused", message)));
    }
    let answer = answer.ok_or_else(|| Error::Corrupt(format!("no answer under the key {key}")))?;
    let xid = xid.parse().map_err(|_| Error::Corrupt(format!("xid {xid}")))?;
    Ok(Claim::Answered(answer, Position { xid, id: i64::MAX }))
}

/// Keeps the answer under a key that this transaction has claimed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn keep(tx: &mut Tx, key: &str, answer: &Value) -> Result<(), Error> {
    sqlx::query(
        "UPDATE idempotency_key SET answer = $2
        WHERE organization_id IS NOT DISTINCT FROM app_organization_id() AND actor = app_actor() AND key = $1",
    )
    .bind(key)
    .bind(answer)
    .execute(tx.connection())
    .await?;
    Ok(())
}
