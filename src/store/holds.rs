//! Claims that wait for credentialing: held when they are answered, released once when it is decided.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use super::{Error, Store, Tx, publish};
use crate::domain::event::{Event, HeldClaim};
use crate::domain::network::{Decision, Question};
use crate::vocab::{Npi, OrganizationId, PlanId, ProviderId};

/// A claim to be held.
#[derive(Clone, Debug)]
pub struct NewHold<'a> {
    /// Whose claim it is.
    pub organization_id: OrganizationId,
    /// The payer's own word for it.
    pub claim_ref: &'a str,
    /// The plan that it was decided by.
    pub plan_id: PlanId,
    /// What was asked.
    pub question: &'a Question,
    /// What was answered.
    pub decision: &'a Decision,
}

/// Holds a claim for a provider, plan and date of service; one that is held already stays as it is. Its hold.
///
/// # Errors
/// [`Error::Forbidden`] for another tenant's claim.
pub async fn hold(tx: &mut Tx, new: &NewHold<'_>) -> Result<Uuid, Error> {
    // One that is released between the two statements is held anew: the way is free then.
    for _ in 0..3 {
        if let Some(id) = held_now(tx, new).await? {
            return Ok(id);
        }
    }
    Err(Error::Unavailable(sqlx::Error::RowNotFound))
}

/// The hold of a claim, made or found; none: it was there for the one and gone for the other.
async fn held_now(tx: &mut Tx, new: &NewHold<'_>) -> Result<Option<Uuid>, Error> {
    let made: Option<Uuid> = sqlx::query_scalar(
        "INSERT INTO network_hold (organization_id, claim_ref, npi, plan_id, question, decision)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (organization_id, claim_ref, npi, plan_id, (question ->> 'service_date')) WHERE resolved_at IS NULL
        DO NOTHING RETURNING id",
    )
    .bind(new.organization_id.0)
    .bind(new.claim_ref)
    .bind(new.question.npi.number().cast_signed())
    .bind(new.plan_id.0)
    .bind(Json(new.question))
    .bind(Json(new.decision))
    .fetch_optional(tx.connection())
    .await?;
    if made.is_some() {
        return Ok(made);
    }
    Ok(sqlx::query_scalar(
        "SELECT id FROM network_hold
        WHERE organization_id = $1 AND claim_ref = $2 AND npi = $3 AND plan_id = $4
        AND question ->> 'service_date' = $5 AND resolved_at IS NULL",
    )
    .bind(new.organization_id.0)
    .bind(new.claim_ref)
    .bind(new.question.npi.number().cast_signed())
    .bind(new.plan_id.0)
    .bind(new.question.service_date.to_string())
    .fetch_optional(tx.connection())
    .await?)
}

/// A held claim as its payer sees it.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize, JsonSchema)]
pub struct Held {
    /// Its key.
    pub id: Uuid,
    /// The payer's own word for it.
    pub claim_ref: String,
    /// The provider that it waits for.
    pub npi: String,
    /// The plan that it was decided by.
    pub plan_id: Uuid,
    /// The date of service.
    pub service_date: NaiveDate,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was released; none: it waits.
    pub resolved_at: Option<DateTime<Utc>>,
    /// What was answered when it was held.
    #[sqlx(json)]
    pub decision: Decision,
    /// The decision that released it.
    #[sqlx(json(nullable))]
    pub outcome: Option<Decision>,
}

/// The latest holds of the tenant, of one claim if wanted.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, claim_ref: Option<&str>, open: Option<bool>, limit: i64) -> Result<Vec<Held>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, claim_ref, npi::text AS npi, plan_id, (question ->> 'service_date')::date AS service_date,
            created_at, resolved_at, decision, outcome
        FROM network_hold
        WHERE ($1::text IS NULL OR claim_ref = $1) AND ($2::boolean IS NULL OR (resolved_at IS NULL) = $2)
        ORDER BY id DESC
        LIMIT $3",
    )
    .bind(claim_ref)
    .bind(open)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// A claim that waits.
#[derive(Clone, Debug, FromRow)]
pub struct Waiting {
    /// Its hold.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// The payer's own word for it.
    pub claim_ref: String,
    /// The plan that decides.
    pub plan_id: Uuid,
    /// What was asked.
    #[sqlx(json)]
    pub question: Question,
    /// What was answered.
    #[sqlx(json)]
    pub decision: Decision,
}

impl Waiting {
    /// As its event tells of it.
    pub fn told(&self) -> HeldClaim<'_> {
        HeldClaim {
            hold_id: self.id,
            organization_id: self.organization_id.into(),
            claim_ref: &self.claim_ref,
            plan_id: self.plan_id.into(),
            question: &self.question,
        }
    }
}

/// The numbers of these providers, and of all who were merged into one of them, also by way of another.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn numbers(store: &Store, providers: &[ProviderId]) -> Result<Vec<Npi>, Error> {
    let numbers: Vec<i64> = sqlx::query_scalar(
        "WITH RECURSIVE behind (id) AS (
            SELECT unnest($1::uuid[])
            UNION
            SELECT p.id FROM behind b JOIN provider p ON p.merged_into = b.id
        )
        SELECT p.npi FROM behind b JOIN provider p ON p.id = b.id WHERE p.npi IS NOT NULL",
    )
    .bind(providers.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(store.feed())
    .await?;
    let number = |n: i64| Npi::from_number(n.cast_unsigned()).map_err(|_| Error::Corrupt(format!("the npi {n}")));
    numbers.into_iter().map(number).collect()
}

/// The numbers of providers that claims wait for by one of these plans, or by a plan that uses one of these networks.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn numbers_by_plan(store: &Store, plans: &[Uuid], networks: &[Uuid]) -> Result<Vec<Npi>, Error> {
    let numbers: Vec<i64> = sqlx::query_scalar(
        "SELECT DISTINCT h.npi FROM network_hold h
        WHERE h.resolved_at IS NULL AND (h.plan_id = ANY ($1)
            OR h.plan_id IN (SELECT u.plan_id FROM plan_network u WHERE u.network_id = ANY ($2)))",
    )
    .bind(plans)
    .bind(networks)
    .fetch_all(store.feed())
    .await?;
    let number = |n: i64| Npi::from_number(n.cast_unsigned()).map_err(|_| Error::Corrupt(format!("the npi {n}")));
    numbers.into_iter().map(number).collect()
}

/// The claims that wait for one of these providers.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn waiting(store: &Store, npis: &[Npi]) -> Result<Vec<Waiting>, Error> {
    let npis: Vec<i64> = npis.iter().map(|npi| npi.number().cast_signed()).collect();
    Ok(sqlx::query_as(
        "SELECT id, organization_id, claim_ref, plan_id, question, decision
        FROM network_hold
        WHERE npi = ANY ($1) AND resolved_at IS NULL
        ORDER BY id",
    )
    .bind(npis)
    .fetch_all(store.feed())
    .await?)
}

/// Releases a claim with the decision that it waited for, and publishes that: both or neither, and once. Whether it waited.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn release(store: &Store, waiting: &Waiting, outcome: &Decision, event: &Event) -> Result<bool, Error> {
    let mut tx = store.feed().begin().await?;
    let released =
        sqlx::query("UPDATE network_hold SET resolved_at = now(), outcome = $2 WHERE id = $1 AND resolved_at IS NULL")
            .bind(waiting.id)
            .bind(Json(outcome))
            .execute(&mut *tx)
            .await?;
    let waited = released.rows_affected() == 1;
    if waited {
        publish::write(&mut tx, event, Some(OrganizationId(waiting.organization_id))).await?;
    }
    tx.commit().await?;
    Ok(waited)
}
