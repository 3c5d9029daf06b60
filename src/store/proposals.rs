//! What an import suggests and a person decides: that an NPI's deactivation take a provider out, that a word of the register
//! take the place of one that somebody vouched for.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Tx, audit, credentialing,
    providers::{self, ProviderChange, ProviderKey},
};
use crate::vocab::{Fault, ProviderId};

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Proposal {
    /// Its key.
    pub id: Uuid,
    /// About whom.
    pub provider_id: Uuid,
    /// `deactivate`, `reactivate` or `update`.
    pub kind: String,
    /// What would change: of an update, by field what is held and what is offered.
    pub change: Value,
    /// Who suggests it.
    pub source: String,
    /// `OPEN`, `ACCEPTED`, `DISMISSED`.
    pub status: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When somebody decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who.
    pub decided_by: Option<String>,
}

/// Suggestions that wait, or those that were decided, the oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, open: bool, provider: Option<ProviderId>, limit: i64) -> Result<Vec<Proposal>, Error> {
    Ok(sqlx::query_as(
        "SELECT c.id, c.provider_id, c.kind, c.change, c.source, c.status, c.created_at, c.decided_at, c.decided_by
        FROM change_proposal c
        WHERE (c.status = 'OPEN') = $1 AND ($2::uuid IS NULL OR c.provider_id = $2)
        ORDER BY c.created_at, c.id LIMIT $3",
    )
    .bind(open)
    .bind(provider.map(|id| id.0))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Decides a suggestion; one that is accepted happens with the same commit.
///
/// # Errors
/// [`Error::NotFound`] where there is none that is open; those of the change itself.
pub async fn decide(tx: &mut Tx, id: Uuid, accept: bool, now: DateTime<Utc>) -> Result<Proposal, Error> {
    let proposal: Option<Proposal> = sqlx::query_as(
        "UPDATE change_proposal SET status = $2, decided_at = $3, decided_by = app_actor()
        WHERE id = $1 AND status = 'OPEN'
        RETURNING id, provider_id, kind, change, source, status, created_at, decided_at, decided_by",
    )
    .bind(id)
    .bind(if accept { "ACCEPTED" } else { "DISMISSED" })
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    let proposal = proposal.ok_or(Error::NotFound)?;
    if accept {
        carry_out(tx, &proposal, now).await?;
    }
    let detail = json!({ "proposal": id, "kind": proposal.kind, "status": proposal.status });
    audit::record(
        tx,
        "proposal.decide",
        "provider",
        &proposal.provider_id.to_string(),
        &detail,
    )
    .await?;
    Ok(proposal)
}

async fn carry_out(tx: &mut Tx, proposal: &Proposal, now: DateTime<Utc>) -> Result<(), Error> {
    let provider = ProviderId(proposal.provider_id);
    let before = providers::find(tx, &ProviderKey::Id(provider)).await?;
    let before = before.ok_or(Error::NotFound)?;
    let day = proposal.change["occurred_on"].as_str().unwrap_or("an unknown day");
    match proposal.kind.as_str() {
        "deactivate" => {
            let reason = format!("{}: the NPI was deactivated on {day}", proposal.source);
            // Who has had no number since has not been in since, whenever somebody got to decide about it.
            let since = day
                .parse::<NaiveDate>()
                .ok()
                .map(|day| day.and_time(NaiveTime::MIN).and_utc());
            let since = since.map_or(now, |since| since.min(now));
            providers::deactivate(tx, provider, before.version, &reason, since).await?;
        }
        "reactivate" => {
            let reason = format!("{}: the NPI was reactivated on {day}", proposal.source);
            credentialing::reactivate(tx, provider, &reason, now).await?;
        }
        "update" => {
            let change = offered(&proposal.change)?;
            providers::update_as(tx, provider, before.version, &change, &proposal.source, now).await?;
        }
        other => {
            let message = format!("a proposal to {other} can only be dismissed");
            return Err(Error::Refused(Fault::new("accept", "kind", message)));
        }
    }
    Ok(())
}

/// What is offered, as a change of a provider. What a change cannot say (the mailing address) the next import brings.
fn offered(change: &Value) -> Result<ProviderChange, Error> {
    let mut said = Map::new();
    for (column, differs) in change.as_object().into_iter().flatten() {
        let name = match column.as_str() {
            "name_prefix" => "prefix",
            "name_suffix" => "suffix",
            "first_name" | "middle_name" | "last_name" | "credential" | "organization_name" | "kind" | "category"
            | "gender" | "phone" | "address" => column.as_str(),
            _ => continue,
        };
        said.insert(name.to_owned(), differs["offered"].clone());
    }
    serde_json::from_value(Value::Object(said)).map_err(|why| Error::Corrupt(format!("change proposal: {why}")))
}
