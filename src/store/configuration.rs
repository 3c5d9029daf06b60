//! What a tenant configures: every version is kept, the last one holds.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Error, Tx, audit, schedules};
use crate::vocab::OrganizationId;

/// A version of a tenant's settings, as far as they differ from the defaults.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Counted from 1; 0: nothing has been configured yet.
    pub version: i64,
    /// The differences by section.
    pub document: Value,
    /// Since when.
    pub changed_at: Option<DateTime<Utc>>,
    /// By whom.
    pub changed_by: Option<String>,
    /// The version that a rollback took the document of.
    pub restored_from: Option<i64>,
}

/// What holds now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn current(tx: &mut Tx, organization: OrganizationId) -> Result<Version, Error> {
    let found: Option<Version> = sqlx::query_as(
        "SELECT version, document, changed_at, changed_by, restored_from FROM organization_config
        WHERE organization_id = $1
        ORDER BY version DESC LIMIT 1",
    )
    .bind(organization.0)
    .fetch_optional(tx.connection())
    .await?;
    Ok(found.unwrap_or_else(|| Version {
        version: 0,
        document: json!({}),
        changed_at: None,
        changed_by: None,
        restored_from: None,
    }))
}

/// One version.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, organization: OrganizationId, version: i64) -> Result<Option<Version>, Error> {
    Ok(sqlx::query_as(
        "SELECT version, document, changed_at, changed_by, restored_from FROM organization_config
        WHERE organization_id = $1 AND version = $2",
    )
    .bind(organization.0)
    .bind(version)
    .fetch_optional(tx.connection())
    .await?)
}

/// The last versions before `before`, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn history(
    tx: &mut Tx,
    organization: OrganizationId,
    before: i64,
    limit: i64,
) -> Result<Vec<Version>, Error> {
    Ok(sqlx::query_as(
        "SELECT version, document, changed_at, changed_by, restored_from FROM organization_config
        WHERE organization_id = $1 AND version < $2
        ORDER BY version DESC LIMIT $3",
    )
    .bind(organization.0)
    .bind(before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Writes the version after `from`. The document has been checked.
///
/// # Errors
/// [`Error::VersionMismatch`] where somebody else has written that version, [`Error::Forbidden`] for others than administrators.
pub async fn write(
    tx: &mut Tx,
    organization: OrganizationId,
    from: i64,
    document: &Value,
    restored_from: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Version, Error> {
    let written = sqlx::query(
        "INSERT INTO organization_config (organization_id, version, document, changed_at, restored_from)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT ON CONSTRAINT organization_config_pkey DO NOTHING",
    )
    .bind(organization.0)
    .bind(from + 1)
    .bind(document)
    .bind(now)
    .bind(restored_from)
    .execute(tx.connection())
    .await?;
    let current = current(tx, organization).await?;
    if written.rows_affected() == 0 || current.version != from + 1 {
        return Err(Error::VersionMismatch {
            current: current.version,
        });
    }
    schedules::keep_horizon(tx, organization, now).await?;
    let told = json!({"version": current.version, "restored_from": restored_from});
    let entity = organization.to_string();
    audit::record(tx, "configuration.write", "organization", &entity, &told).await?;
    Ok(current)
}
