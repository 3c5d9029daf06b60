//! What people say about matches, and what waits for them to say it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Uuid;

use super::{Error, Tx};
use crate::vocab::{Fault, ProviderId, terms::MatchVerdict};

/// Something that somebody says about a record and a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The review that it answers, if any.
    pub review: Option<Uuid>,
    /// The record.
    pub record: Value,
    /// The provider.
    pub provider: ProviderId,
    /// Whether the record means it.
    pub verdict: MatchVerdict,
    /// What was told for it.
    pub probability: Option<f64>,
    /// By which evidence.
    pub evidence: Option<Value>,
    /// By which rules.
    pub rule_version: String,
    /// Why.
    pub note: Option<String>,
}

/// Keeps what was said, and answers with its key.
///
/// # Errors
/// [`Error::Refused`] for a provider that is not known, [`Error::Forbidden`], [`Error::Unavailable`].
pub async fn say(tx: &mut Tx, said: &Said, now: DateTime<Utc>) -> Result<Uuid, Error> {
    Ok(sqlx::query_scalar(
        "INSERT INTO match_feedback (organization_id, review_id, record, provider_id, verdict, probability, evidence,
            rule_version, note, created_at)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
    )
    .bind(said.review)
    .bind(&said.record)
    .bind(said.provider.0)
    .bind(said.verdict.code())
    .bind(said.probability)
    .bind(&said.evidence)
    .bind(&said.rule_version)
    .bind(&said.note)
    .bind(now)
    .fetch_one(tx.connection())
    .await?)
}

/// A record with a verdict, to learn from.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Label {
    /// The record.
    pub record: Value,
    /// The NPI of the provider, if it has one.
    pub npi: Option<i64>,
    /// `confirmed` or `rejected`.
    pub verdict: String,
}

/// Everything that was said of records, the oldest first. Of a pair of providers the record is one of the two itself, as the
/// directory has it: that teaches nothing of how records of others are written.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn labels(tx: &mut Tx) -> Result<Vec<Label>, Error> {
    Ok(sqlx::query_as(
        "SELECT f.record, p.npi::bigint AS npi, f.verdict FROM match_feedback f JOIN provider p ON p.id = f.provider_id
            LEFT JOIN match_review r ON r.id = f.review_id
        WHERE f.review_id IS NULL OR r.kind = 'record'
        ORDER BY f.created_at, f.id",
    )
    .fetch_all(tx.connection())
    .await?)
}

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReview {
    /// The record, or the first of a pair as one.
    pub record: Value,
    /// The likeliest provider.
    pub provider: ProviderId,
    /// The other of a pair.
    pub other: Option<ProviderId>,
    /// How likely.
    pub probability: f64,
    /// Why.
    pub evidence: Value,
    /// By which rules.
    pub rule_version: String,
    /// From which state of the directory.
    pub position: Option<String>,
}

/// Puts something into the queue; none: the pair is there already, or was decided.
///
/// # Errors
/// [`Error::Refused`] for a provider that is not known, [`Error::Forbidden`], [`Error::Unavailable`].
pub async fn queue(tx: &mut Tx, new: &NewReview, now: DateTime<Utc>) -> Result<Option<Uuid>, Error> {
    let mut pair = [Some(new.provider.0), new.other.map(|other| other.0)];
    if pair[1].is_some() {
        pair.sort_unstable();
    }
    Ok(sqlx::query_scalar(
        "INSERT INTO match_review (organization_id, kind, record, provider_id, other_provider_id, probability, evidence,
            rule_version, position, created_at)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (provider_id, other_provider_id) WHERE kind = 'duplicate' AND organization_id IS NULL DO NOTHING
        RETURNING id",
    )
    .bind(if new.other.is_some() { "duplicate" } else { "record" })
    .bind(&new.record)
    .bind(pair[0])
    .bind(pair[1])
    .bind(new.probability)
    .bind(&new.evidence)
    .bind(&new.rule_version)
    .bind(&new.position)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?)
}

/// A record's place in the queue.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct InQueue {
    /// The review.
    pub id: Uuid,
    /// What was decided, if it was.
    pub verdict: Option<String>,
    /// Whether it was put there just now.
    pub is_new: bool,
}

/// Puts a record into the queue, unless one that says the same waits there for the same provider, or was decided: rosters come
/// again each week. The caller's own key says nothing.
///
/// # Errors
/// As [`queue`].
pub async fn queue_record(tx: &mut Tx, new: &NewReview, now: DateTime<Utc>) -> Result<InQueue, Error> {
    let known: Option<InQueue> = sqlx::query_as(
        "SELECT id, verdict, false AS is_new FROM match_review
        WHERE kind = 'record' AND provider_id = $1 AND record - 'id' = $2 - 'id'
            AND organization_id IS NOT DISTINCT FROM app_organization_id()
        ORDER BY decided_at DESC NULLS LAST, id LIMIT 1",
    )
    .bind(new.provider.0)
    .bind(&new.record)
    .fetch_optional(tx.connection())
    .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = queue(tx, new, now).await?;
    Ok(InQueue {
        id: id.ok_or(Error::NotFound)?,
        verdict: None,
        is_new: true,
    })
}

/// Something in the queue, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Review {
    /// Its key.
    pub id: Uuid,
    /// `record` or `duplicate`.
    pub kind: String,
    /// The record.
    pub record: Value,
    /// The likeliest provider.
    pub provider_id: Uuid,
    /// The other of a pair.
    pub other_provider_id: Option<Uuid>,
    /// How likely.
    pub probability: f64,
    /// Why.
    pub evidence: Value,
    /// By which rules.
    pub rule_version: String,
    /// From which state of the directory.
    pub position: Option<String>,
    /// What was decided: `confirmed`, `rejected`.
    pub verdict: Option<String>,
    /// By whom.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
}

/// Which reviews.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Wanted {
    /// `record` or `duplicate`; none: both.
    pub kind: Option<String>,
    /// Whether those that are decided, or those that wait.
    pub decided: bool,
    /// At most so many.
    pub limit: i64,
}

/// The queue, the likeliest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn reviews(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Review>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, kind, record, provider_id, other_provider_id, probability, evidence, rule_version, position, verdict,
            decided_by, decided_at, created_at
        FROM match_review
        WHERE (verdict IS NOT NULL) = $1 AND kind = coalesce($2, kind)
        ORDER BY probability DESC, id LIMIT $3",
    )
    .bind(wanted.decided)
    .bind(&wanted.kind)
    .bind(wanted.limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Decides a review, and keeps what was said as feedback.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it was decided before.
pub async fn decide(
    tx: &mut Tx,
    id: Uuid,
    verdict: MatchVerdict,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Review, Error> {
    let decided: Option<Review> = sqlx::query_as(
        "UPDATE match_review SET verdict = $2, decided_by = app_actor(), decided_at = $3
        WHERE id = $1 AND verdict IS NULL
        RETURNING id, kind, record, provider_id, other_provider_id, probability, evidence, rule_version, position,
            verdict, decided_by, decided_at, created_at",
    )
    .bind(id)
    .bind(verdict.code())
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    let Some(review) = decided else {
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM match_review WHERE id = $1)")
            .bind(id)
            .fetch_one(tx.connection())
            .await?;
        return Err(if there {
            Error::Refused(Fault::new("verdict", "decided", "somebody has decided it already"))
        } else {
            Error::NotFound
        });
    };
    let said = Said {
        review: Some(review.id),
        record: review.record.clone(),
        provider: review.other_provider_id.unwrap_or(review.provider_id).into(),
        verdict,
        probability: Some(review.probability),
        evidence: Some(review.evidence.clone()),
        rule_version: review.rule_version.clone(),
        note: note.map(str::to_owned),
    };
    say(tx, &said, now).await?;
    Ok(review)
}
