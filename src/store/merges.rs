//! Two records of one provider become one, and are taken apart again. What moves and what is copied is the schema's business
//! (`provider_merge_into`): it sees every tenant's rows, this program's roles don't.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Tx, audit,
    providers::{ProviderKey, npi_column},
};
use crate::domain::{merge::obstacles, provider::Provider};
use crate::vocab::{Locator, ProviderId};

/// That a record turned out to be a provider that there is already.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Merge {
    /// Its key: what undoing it names.
    pub id: Uuid,
    /// The provider that stays.
    pub kept_id: Uuid,
    /// The one that stands behind it.
    pub gone_id: Uuid,
    /// Why.
    pub reason: String,
    /// What came to the one that stays, by kind: ids of what moved, and what was copied.
    pub moved: Value,
    /// When.
    pub merged_at: DateTime<Utc>,
    /// By whom.
    pub merged_by: String,
    /// When it was undone; null: it holds.
    pub undone_at: Option<DateTime<Utc>>,
    /// By whom.
    pub undone_by: Option<String>,
    /// Why.
    pub undone_reason: Option<String>,
}

/// From now on `gone` stands behind `kept`: its keys lead there, and what hung on it hangs on the other.
///
/// # Errors
/// [`Error::RefusedAll`] with everything that stands against it; [`Error::Refused`] for what only the schema sees (an open
/// request, an agency); [`Error::Forbidden`].
pub async fn merge(
    tx: &mut Tx,
    kept: &Provider,
    gone: &Provider,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Merge, Error> {
    let faults = obstacles(kept, gone);
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    let id: Option<Uuid> = sqlx::query_scalar("SELECT provider_merge_into($1, $2, $3, $4)")
        .bind(kept.id.0)
        .bind(gone.id.0)
        .bind(reason)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    let id = id.ok_or(Error::Forbidden)?;
    let detail = json!({ "merge": id, "gone": gone.id, "gone_npi": gone.npi, "reason": reason });
    audit::record(tx, "provider.merge", "provider", &kept.id.to_string(), &detail).await?;
    find(tx, id).await
}

/// Undoes a merge: both stand for themselves again. What has come to the one that stayed since then stays with it.
///
/// # Errors
/// [`Error::NotFound`] where there is no such merge that holds; [`Error::Refused`] where the one that stayed has been merged
/// itself since.
pub async fn take_apart(tx: &mut Tx, id: Uuid, reason: &str, now: DateTime<Utc>) -> Result<Merge, Error> {
    let done: bool = sqlx::query_scalar("SELECT provider_take_apart($1, $2, $3)")
        .bind(id)
        .bind(reason)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    if !done {
        return Err(Error::NotFound);
    }
    let merge = find(tx, id).await?;
    let detail = json!({ "merge": id, "gone": merge.gone_id, "reason": reason });
    audit::record(
        tx,
        "provider.take_apart",
        "provider",
        &merge.kept_id.to_string(),
        &detail,
    )
    .await?;
    Ok(merge)
}

macro_rules! merge_columns {
    () => {
        "SELECT m.id, m.kept_id, m.gone_id, m.reason, m.moved, m.merged_at, m.merged_by, m.undone_at, m.undone_by, \
         m.undone_reason FROM provider_merge m "
    };
}

async fn find(tx: &mut Tx, id: Uuid) -> Result<Merge, Error> {
    sqlx::query_as(concat!(merge_columns!(), "WHERE m.id = $1"))
        .bind(id)
        .fetch_optional(tx.connection())
        .await?
        .ok_or(Error::NotFound)
}

/// All merges into a provider, the latest first, those that were undone too.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of(tx: &mut Tx, provider: ProviderId) -> Result<Vec<Merge>, Error> {
    Ok(
        sqlx::query_as(concat!(merge_columns!(), "WHERE m.kept_id = $1 ORDER BY m.id DESC"))
            .bind(provider.0)
            .fetch_all(tx.connection())
            .await?,
    )
}

/// The provider that an old key leads to; none: the key is nobody's, or not of one that was merged.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn moved_to(tx: &mut Tx, key: &ProviderKey) -> Result<Option<Locator>, Error> {
    let (id, npi, locator) = match key {
        ProviderKey::Id(id) => (Some(id.0), None, None),
        ProviderKey::Npi(npi) => (None, Some(npi_column(*npi)), None),
        ProviderKey::Locator(locator) => (None, None, Some(locator.to_string())),
    };
    let found: Option<String> = sqlx::query_scalar("SELECT provider_moved_to($1, $2, $3)")
        .bind(id)
        .bind(npi)
        .bind(locator)
        .fetch_one(tx.connection())
        .await?;
    let read = |text: String| text.parse().map_err(|_| Error::Corrupt(format!("the locator {text}")));
    found.map(read).transpose()
}
