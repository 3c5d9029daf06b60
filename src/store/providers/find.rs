//! Providers by their keys, as they are and as their status was.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{FromRow, types::Uuid};

use crate::domain::provider::{Name, Provider};
use crate::store::{
    Error, Tx,
    provider_rows::{NameColumns, ProviderRow, complete, provider_columns},
};
use crate::vocab::{Locator, Npi, ProviderId};

/// By what a provider is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKey {
    /// The key that never changes.
    Id(ProviderId),
    /// The NPI.
    Npi(Npi),
    /// The readable key.
    Locator(Locator),
}

/// The providers of these NPIs, in their order; none where there is no such provider that the actor may see.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ids_of(tx: &mut Tx, npis: &[Npi]) -> Result<Vec<Option<ProviderId>>, Error> {
    let ids: Vec<Option<Uuid>> = sqlx::query_scalar(
        "SELECT p.id FROM unnest($1::bigint[]) WITH ORDINALITY AS u (npi, n) LEFT JOIN provider p ON p.npi = u.npi
        ORDER BY u.n",
    )
    .bind(npis.iter().copied().map(npi_column).collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?;
    Ok(ids.into_iter().map(|id| id.map(ProviderId)).collect())
}

/// The names of these providers as they are shown, of those that the actor may see.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn names_of(tx: &mut Tx, ids: &[ProviderId]) -> Result<HashMap<ProviderId, String>, Error> {
    let rows: Vec<NameRow> = sqlx::query_as(
        "SELECT id, name_prefix, first_name, middle_name, last_name, name_suffix, credential, organization_name
        FROM provider WHERE id = ANY ($1)",
    )
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?;
    let shown = |row: NameRow| (ProviderId(row.id), Name::from(row.name).display());
    Ok(rows.into_iter().map(shown).collect())
}

#[derive(FromRow)]
struct NameRow {
    pub(super) id: Uuid,
    #[sqlx(flatten)]
    pub(super) name: NameColumns,
}

/// The provider of a key with everything that hangs on it, if the actor may see it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find(tx: &mut Tx, key: &ProviderKey) -> Result<Option<Provider>, Error> {
    let row: Option<ProviderRow> = match key {
        ProviderKey::Id(id) => {
            sqlx::query_as(concat!(provider_columns!(), "WHERE p.id = $1"))
                .bind(id.0)
                .fetch_optional(tx.connection())
                .await?
        }
        ProviderKey::Npi(npi) => {
            sqlx::query_as(concat!(provider_columns!(), "WHERE p.npi = $1"))
                .bind(npi_column(*npi))
                .fetch_optional(tx.connection())
                .await?
        }
        ProviderKey::Locator(locator) => {
            sqlx::query_as(concat!(provider_columns!(), "WHERE p.locator = $1"))
                .bind(locator.to_string())
                .fetch_optional(tx.connection())
                .await?
        }
    };
    let rows = row.into_iter().collect();
    Ok(complete(tx.connection(), rows).await?.pop())
}

/// The providers of these keys with everything that hangs on them, those that the actor may see, in any order.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find_all(tx: &mut Tx, ids: &[ProviderId]) -> Result<Vec<Provider>, Error> {
    let rows: Vec<ProviderRow> = sqlx::query_as(concat!(provider_columns!(), "WHERE p.id = ANY ($1)"))
        .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
        .fetch_all(tx.connection())
        .await?;
    complete(tx.connection(), rows).await
}

/// One change of a provider's status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct StatusChange {
    /// From which.
    pub from_status: String,
    /// To which.
    pub to_status: String,
    /// The moment that it counts from.
    pub changed_at: DateTime<Utc>,
    /// When the database learned of it.
    pub recorded_at: DateTime<Utc>,
    /// Why.
    pub reason: Option<String>,
}

/// Every change of a provider's status, in order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn status_history(tx: &mut Tx, id: ProviderId) -> Result<Vec<StatusChange>, Error> {
    Ok(sqlx::query_as(
        "SELECT h.from_status, h.to_status, h.changed_at, h.recorded_at, h.reason FROM provider_status_history h
        WHERE h.provider_id = $1 ORDER BY h.id",
    )
    .bind(id.0)
    .fetch_all(tx.connection())
    .await?)
}

pub(super) async fn required(tx: &mut Tx, id: ProviderId) -> Result<Provider, Error> {
    find(tx, &ProviderKey::Id(id)).await?.ok_or(Error::NotFound)
}

pub(in crate::store) fn npi_column(npi: Npi) -> i64 {
    npi.number().cast_signed()
}
