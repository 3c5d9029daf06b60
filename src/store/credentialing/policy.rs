//! What a request has to show, as an organisation has set it.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::types::Json;

use crate::domain::credentialing::Policy;
use crate::store::{Error, Tx, audit};

/// How the acting tenant credentials; the platform, where the transaction acts for none.
///
/// # Errors
/// [`Error::Corrupt`] where what is stored is no policy.
pub async fn policy(tx: &mut Tx) -> Result<Policy, Error> {
    let rules: Option<serde_json::Value> = sqlx::query_scalar(
        "SELECT c.rules FROM credentialing_rules c
        WHERE c.tenant = coalesce(app_organization_id(), '00000000-0000-0000-0000-000000000000')",
    )
    .fetch_optional(tx.connection())
    .await?;
    let Some(rules) = rules else {
        return Ok(Policy::default());
    };
    serde_json::from_value(rules).map_err(|why| Error::Corrupt(format!("credentialing rules: {why}")))
}

/// Sets how the acting tenant credentials from now on. Requests that are open keep the clocks that are set.
///
/// # Errors
/// [`Error::Forbidden`] for others than administrators, [`Error::RefusedAll`] where the rules make no sense.
pub async fn set_policy(tx: &mut Tx, policy: &Policy, now: DateTime<Utc>) -> Result<(), Error> {
    let faults = policy.faults();
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    sqlx::query(
        "INSERT INTO credentialing_rules (tenant, rules, changed_at)
        VALUES (coalesce(app_organization_id(), '00000000-0000-0000-0000-000000000000'), $1, $2)
        ON CONFLICT (tenant) DO UPDATE SET rules = excluded.rules, changed_at = excluded.changed_at, changed_by = app_actor()",
    )
    .bind(Json(policy))
    .bind(now)
    .execute(tx.connection())
    .await?;
    audit::record(
        tx,
        "credentialing.policy",
        "credentialing_rules",
        "",
        &json!({ "policy": policy }),
    )
    .await
}
