//! The numbers of records that were merged into another, with what stands in their place.

use sqlx::types::Uuid;

use super::{Error, Store};
use crate::vocab::ProviderId;

/// All former numbers, each with the one that its provider has now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all(store: &Store) -> Result<Vec<(u64, u64)>, Error> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT p.npi, k.npi FROM provider p JOIN provider k ON k.id = provider_stands_for(p.id, NULL)
        WHERE p.merged_into IS NOT NULL AND p.npi IS NOT NULL AND k.npi IS NOT NULL",
    )
    .fetch_all(store.feed())
    .await?;
    let number = i64::unsigned_abs;
    Ok(rows
        .into_iter()
        .map(|(npi, kept)| (number(npi), number(kept)))
        .collect())
}

/// The numbers of these records and of those that stand behind them, each with the one in its place; none: it is no former one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of(store: &Store, providers: &[ProviderId]) -> Result<Vec<(u64, Option<u64>)>, Error> {
    let rows: Vec<(i64, Option<i64>)> = sqlx::query_as(
        "WITH RECURSIVE asked (id) AS (
            SELECT unnest($1::uuid[])
            UNION SELECT p.id FROM asked a JOIN provider p ON p.merged_into = a.id
        )
        SELECT p.npi, CASE WHEN p.merged_into IS NOT NULL THEN
            (SELECT k.npi FROM provider k WHERE k.id = provider_stands_for(p.id, NULL)) END
        FROM asked a JOIN provider p ON p.id = a.id WHERE p.npi IS NOT NULL",
    )
    .bind(providers.iter().map(|id| id.0).collect::<Vec<Uuid>>())
    .fetch_all(store.feed())
    .await?;
    let number = i64::unsigned_abs;
    Ok(rows
        .into_iter()
        .map(|(npi, kept)| (number(npi), kept.map(number)))
        .collect())
}
