//! The doors to ACTIVE: requests, their approval, and rosters credentialed elsewhere.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Uuid;

use super::{Error, Tx};
use crate::vocab::ProviderId;

/// Opens a request for a provider, for the tenant of the transaction if it has one.
///
/// # Errors
/// [`Error::Refused`] where one is open already.
pub async fn submit(tx: &mut Tx, provider: ProviderId, now: DateTime<Utc>) -> Result<Uuid, Error> {
    Ok(sqlx::query_scalar(
        "INSERT INTO credentialing_request (provider_id, organization_id, submitted_at)
        VALUES ($1, app_organization_id(), $2)
        RETURNING id",
    )
    .bind(provider.0)
    .bind(now)
    .fetch_one(tx.connection())
    .await?)
}

/// Approves an open request; its provider is ACTIVE from `now` on. The approval runs out after 36 months.
///
/// # Errors
/// [`Error::Refused`] where there is no such open request that the actor may approve.
pub async fn approve(tx: &mut Tx, request: Uuid, notes: Option<&str>, now: DateTime<Utc>) -> Result<ProviderId, Error> {
    let provider: Uuid = sqlx::query_scalar("SELECT credentialing_approve($1, $2, $3)")
        .bind(request)
        .bind(notes)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    Ok(provider.into())
}

/// Takes providers that `source` credentialed on the day `decided`: one approved request for each that is not ACTIVE yet.
/// How many became ACTIVE.
///
/// # Errors
/// [`Error::Refused`] where the decision lies in the future, is older than 36 months, or names no source.
pub async fn approve_delegated(
    tx: &mut Tx,
    providers: &[ProviderId],
    source: &str,
    decided: NaiveDate,
    now: DateTime<Utc>,
) -> Result<u64, Error> {
    let ids: Vec<Uuid> = providers.iter().map(|id| id.0).collect();
    let approved: i64 = sqlx::query_scalar("SELECT credentialing_approve_delegated($1, $2, $3, $4)")
        .bind(ids)
        .bind(source)
        .bind(decided)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    Ok(approved.cast_unsigned())
}

/// Brings an INACTIVE provider back; whether it was one.
///
/// # Errors
/// [`Error::Refused`] where no approved request is left that has not run out.
pub async fn reactivate(tx: &mut Tx, provider: ProviderId, reason: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT provider_reactivate($1, $2, $3)")
        .bind(provider.0)
        .bind(reason)
        .bind(now)
        .fetch_one(tx.connection())
        .await?)
}
