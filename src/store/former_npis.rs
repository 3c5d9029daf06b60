//! The numbers of records that were merged into another, with what stands in their place.

use sqlx::types::Uuid;

use super::{Error, Store};
use crate::domain::merge::NpiNow;
use crate::vocab::ProviderId;

/// A number, whether its record was merged into another, and the number of that one.
type Row = (i64, bool, Option<i64>);

fn former((npi, is_merged, kept): Row) -> (u64, NpiNow) {
    let now = match kept {
        _ if !is_merged => NpiNow::Itself,
        Some(kept) => NpiNow::Another(kept.unsigned_abs()),
        None => NpiNow::Nobody,
    };
    (npi.unsigned_abs(), now)
}

/// All former numbers.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn all(store: &Store) -> Result<Vec<(u64, NpiNow)>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT p.npi, true, k.npi FROM provider p JOIN provider k ON k.id = provider_stands_for(p.id, NULL)
        WHERE p.merged_into IS NOT NULL AND p.npi IS NOT NULL",
    )
    .fetch_all(store.feed())
    .await?;
    Ok(rows.into_iter().map(former).collect())
}

/// The numbers of these records and of those that stand behind them.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of(store: &Store, providers: &[ProviderId]) -> Result<Vec<(u64, NpiNow)>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "WITH RECURSIVE asked (id) AS (
            SELECT unnest($1::uuid[])
            UNION SELECT p.id FROM asked a JOIN provider p ON p.merged_into = a.id
        )
        SELECT p.npi, p.merged_into IS NOT NULL, CASE WHEN p.merged_into IS NOT NULL THEN
            (SELECT k.npi FROM provider k WHERE k.id = provider_stands_for(p.id, NULL)) END
        FROM asked a JOIN provider p ON p.id = a.id WHERE p.npi IS NOT NULL",
    )
    .bind(providers.iter().map(|id| id.0).collect::<Vec<Uuid>>())
    .fetch_all(store.feed())
    .await?;
    Ok(rows.into_iter().map(former).collect())
}
