//! The next free slots of public providers, only of tenants that show them: as `provdir_feed` reads them, when and at which
//! clinic they are and nothing else; and as a provider's page does, at which clinic.

use chrono::{DateTime, FixedOffset, Utc};
use sqlx::types::Uuid;

use super::{Error, Store, Tx};
use crate::vocab::ProviderId;

/// When a provider is free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlot {
    /// Whose.
    pub provider: ProviderId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// What the clock at the clinic is ahead of UTC then, in minutes.
    pub utc_offset_minutes: i32,
    /// What the clinic is called, where everybody may know.
    pub clinic: Option<String>,
}

/// Providers behind `after` who may have free slots that everybody sees, up to `most`, in the order of their ids.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn providers(store: &Store, after: Option<ProviderId>, most: i32) -> Result<Vec<ProviderId>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar("SELECT * FROM providers_with_free_slots($1, $2)")
        .bind(after.map_or(Uuid::nil(), |id| id.0))
        .bind(most)
        .fetch_all(store.feed())
        .await?;
    Ok(ids.into_iter().map(ProviderId).collect())
}

/// The first free slots after `at` of these providers, up to `most` in each of their tenants, in no order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn load(
    store: &Store,
    providers: &[ProviderId],
    at: DateTime<Utc>,
    most: i32,
) -> Result<Vec<FreeSlot>, Error> {
    let ids: Vec<Uuid> = providers.iter().map(|id| id.0).collect();
    let rows: Vec<(Uuid, DateTime<Utc>, i32, Option<String>)> =
        sqlx::query_as("SELECT provider_id, starts_at, utc_offset_minutes, clinic FROM public_free_slots($1, $2, $3)")
            .bind(ids)
            .bind(at)
            .bind(most)
            .fetch_all(store.feed())
            .await?;
    let slot = |(provider, starts_at, utc_offset_minutes, clinic)| FreeSlot {
        provider: ProviderId(provider),
        starts_at,
        utc_offset_minutes,
        clinic,
    };
    Ok(rows.into_iter().map(slot).collect())
}

/// Gives back the holds of all tenants that have run out; how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn release_holds(store: &Store, at: DateTime<Utc>) -> Result<u64, Error> {
    let released: i64 = sqlx::query_scalar("SELECT slot_holds_release($1)")
        .bind(at)
        .fetch_one(store.feed())
        .await?;
    Ok(released.cast_unsigned())
}

/// When and at which clinic a public provider is next free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextSlot {
    /// Whose clinic it is.
    pub organization: String,
    /// What the clinic is called.
    pub clinic: String,
    /// When it begins, on the clock of the clinic.
    pub starts_at: DateTime<FixedOffset>,
}

/// The first free slot of a public provider at each clinic that shows it, the earliest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn next_at_clinics(tx: &mut Tx, provider: ProviderId, at: DateTime<Utc>) -> Result<Vec<NextSlot>, Error> {
    let rows: Vec<(String, String, DateTime<Utc>, i32)> =
        sqlx::query_as("SELECT organization, clinic, starts_at, utc_offset_minutes FROM public_next_slots($1, $2)")
            .bind(provider.0)
            .bind(at)
            .fetch_all(tx.connection())
            .await?;
    let slot = |(organization, clinic, starts_at, minutes): (String, String, DateTime<Utc>, i32)| {
        let offset = FixedOffset::east_opt(minutes * 60)?;
        Some(NextSlot {
            organization,
            clinic,
            starts_at: starts_at.with_timezone(&offset),
        })
    };
    Ok(rows.into_iter().filter_map(slot).collect())
}
