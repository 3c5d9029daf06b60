//! What NPPES has told of NPIs, read whole: some hundred thousand numbers that matching keeps in memory.

use super::{Error, Store};
use crate::domain::npi_life::NpiLives;

/// The NPIs that are deactivated or replaced today; that of a record that was merged into another counts as replaced.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lives(store: &Store) -> Result<NpiLives, Error> {
    let deactivated: Vec<i64> = sqlx::query_scalar(
        "SELECT npi FROM (
            SELECT DISTINCT ON (npi) npi, kind FROM npi_event
            WHERE kind IN ('deactivation', 'reactivation')
            ORDER BY npi, occurred_on DESC, kind DESC) latest
        WHERE kind = 'deactivation'",
    )
    .fetch_all(store.app())
    .await?;
    let replaced: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT DISTINCT ON (npi) npi, replacement_npi FROM npi_event
        WHERE kind = 'replacement' AND replacement_npi IS NOT NULL ORDER BY npi, occurred_on DESC",
    )
    .fetch_all(store.app())
    .await?;
    let merged: Vec<(i64, Option<i64>)> = sqlx::query_as("SELECT npi, kept_npi FROM provider_npis_merged()")
        .fetch_all(store.app())
        .await?;
    let merged = merged.into_iter().filter_map(|(npi, kept)| Some((npi, kept?)));
    let replaced = replaced.into_iter().chain(merged);
    let number = |npi: i64| npi.unsigned_abs();
    Ok(NpiLives::new(
        deactivated.into_iter().map(number),
        replaced.map(|(old, new)| (number(old), number(new))),
    ))
}
