//! What says whether providers are where the directory lists them.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::FromRow;

use super::{Error, Tx, audit, term};
use crate::domain::presence::Observed;
use crate::vocab::{ProviderId, terms::ListingSignal};

/// Something that was noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignal {
    /// What.
    pub signal: ListingSignal,
    /// When.
    pub on: NaiveDate,
    /// Who noticed it.
    pub source: String,
    /// What else there is to say.
    #[serde(default)]
    pub note: Option<String>,
}

/// Writes down what was noticed about a provider.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn notice(tx: &mut Tx, provider: ProviderId, new: &NewSignal, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO listing_signal (provider_id, signal, observed_on, source, note, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(provider.0)
    .bind(new.signal.code())
    .bind(new.on)
    .bind(&new.source)
    .bind(&new.note)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({ "signal": new.signal, "on": new.on, "source": new.source });
    audit::record(tx, "listing.signal", "provider", &provider.to_string(), &detail).await
}

#[derive(FromRow)]
struct Row {
    signal: String,
    observed_on: NaiveDate,
}

/// The latest signals about a provider.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of(tx: &mut Tx, provider: ProviderId) -> Result<Vec<Observed>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.signal, s.observed_on FROM listing_signal s
        WHERE s.provider_id = $1 ORDER BY s.observed_on DESC, s.id DESC LIMIT 500",
    )
    .bind(provider.0)
    .fetch_all(tx.connection())
    .await?;
    let observed = |row: Row| {
        Ok(Observed {
            signal: term(&row.signal)?,
            on: row.observed_on,
        })
    };
    rows.into_iter().map(observed).collect()
}
