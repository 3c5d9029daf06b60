//! Reads providers for the index, as `provdir_feed`: some by id, all public ones from one snapshot, or all that are a
//! tenant's own.

use sqlx::{Postgres, Transaction, types::Uuid};

use super::{
    Error, Store, outbox,
    provider_rows::{ProviderRow, complete, provider_columns},
};
use crate::domain::provider::Provider;
use crate::vocab::{Position, ProviderId};

/// The public providers among `ids`, with everything that hangs on them; what is missing is gone, private, stands behind
/// another, or was not confirmed in time.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn load(store: &Store, ids: &[ProviderId]) -> Result<Vec<Provider>, Error> {
    let mut providers = load_any(store, ids).await?;
    providers.retain(|provider| provider.owner_organization_id.is_none());
    Ok(providers)
}

/// Those among `ids` that are there, also such as are a tenant's own, with everything that hangs on them.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn load_any(store: &Store, ids: &[ProviderId]) -> Result<Vec<Provider>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    // One snapshot for all statements: a provider is never joined with children of another moment.
    let mut tx = repeatable_read(store).await?;
    let rows: Vec<ProviderRow> = sqlx::query_as(concat!(
        provider_columns!(),
        "WHERE p.id = ANY ($1) AND p.merged_into IS NULL AND p.suppressed_on IS NULL"
    ))
    .bind(ids)
    .fetch_all(&mut *tx)
    .await?;
    let providers = complete(&mut tx, rows).await?;
    tx.commit().await?;
    Ok(providers)
}

/// All providers that are a tenant's own: hundreds of each, see [`MOST_PRIVATE`](super::providers::MOST_PRIVATE).
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn load_private(store: &Store) -> Result<Vec<Provider>, Error> {
    let mut tx = repeatable_read(store).await?;
    let rows: Vec<ProviderRow> = sqlx::query_as(concat!(
        provider_columns!(),
        "WHERE p.owner_organization_id IS NOT NULL AND p.merged_into IS NULL"
    ))
    .fetch_all(&mut *tx)
    .await?;
    let providers = complete(&mut tx, rows).await?;
    tx.commit().await?;
    Ok(providers)
}

/// All public providers as they are at one moment, in the order of their ids, in flat memory.
pub struct Export {
    tx: Transaction<'static, Postgres>,
    position: Position,
    count: i64,
    after: Option<Uuid>,
}

impl Export {
    /// Takes the snapshot. It is held until the value is dropped: be quick, for it holds up the clean-up of dead rows.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(store: &Store) -> Result<Self, Error> {
        let mut tx = repeatable_read(store).await?;
        let (xmin, count): (String, i64) = sqlx::query_as(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text,
                (SELECT count(*) FROM provider p
                    WHERE p.owner_organization_id IS NULL AND p.merged_into IS NULL AND p.suppressed_on IS NULL)",
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(Self {
            tx,
            position: outbox::below(&xmin)?,
            count,
            after: None,
        })
    }

    /// Everything up to here is contained; read on in the outbox from here.
    pub fn position(&self) -> Position {
        self.position
    }

    /// How many providers there are in all.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// Up to `n` more; empty at the end.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn next(&mut self, n: usize) -> Result<Vec<Provider>, Error> {
        let rows: Vec<ProviderRow> = sqlx::query_as(concat!(
            provider_columns!(),
            "WHERE p.id > $1 AND p.owner_organization_id IS NULL AND p.merged_into IS NULL AND p.suppressed_on IS NULL
            ORDER BY p.id LIMIT $2"
        ))
        .bind(self.after.unwrap_or_default())
        .bind(i64::try_from(n).unwrap_or(i64::MAX))
        .fetch_all(&mut *self.tx)
        .await?;
        self.after = rows.last().map(|row| row.id).or(self.after);
        complete(&mut self.tx, rows).await
    }
}

/// Ids and versions of public providers behind `after`, by id: what a reconcile compares.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn versions(store: &Store, after: Option<ProviderId>, limit: i64) -> Result<Vec<(ProviderId, i64)>, Error> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT p.id, p.version FROM provider p
        WHERE p.id > $1 AND p.owner_organization_id IS NULL AND p.merged_into IS NULL AND p.suppressed_on IS NULL
        ORDER BY p.id
        LIMIT $2",
    )
    .bind(after.map_or(Uuid::nil(), |id| id.0))
    .bind(limit)
    .fetch_all(store.feed())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, version)| (ProviderId(id), version))
        .collect())
}

async fn repeatable_read(store: &Store) -> Result<Transaction<'static, Postgres>, Error> {
    Ok(store
        .feed()
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?)
}
