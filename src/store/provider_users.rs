//! People and machines of outside providers: invited, activated, deactivated. Nobody is ever removed.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::types::Uuid;

use super::{Error, Tx, audit};
use crate::vocab::{
    Fault, ProviderId, ProviderUserId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

/// Somebody of an outside provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderUser {
    /// Their key.
    pub id: ProviderUserId,
    /// The provider.
    pub provider_id: ProviderId,
    /// A person, or a machine.
    pub kind: ProviderUserKind,
    /// What they are called.
    pub name: String,
    /// Where they are reached; a machine needs none.
    pub email: Option<String>,
    /// Where they stand.
    pub status: ProviderUserStatus,
    /// When they were invited.
    pub invited_at: DateTime<Utc>,
    /// When they last became active.
    pub activated_at: Option<DateTime<Utc>>,
    /// When they were last deactivated.
    pub deactivated_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    provider_id: Uuid,
    kind: String,
    name: String,
    email: Option<String>,
    status: String,
    invited_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    deactivated_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ProviderUser {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            provider_id: row.provider_id.into(),
            kind: super::term(&row.kind)?,
            name: row.name,
            email: row.email,
            status: super::term(&row.status)?,
            invited_at: row.invited_at,
            activated_at: row.activated_at,
            deactivated_at: row.deactivated_at,
        })
    }
}

/// Invites somebody of a provider that the agency works with.
///
/// # Errors
/// [`Error::Refused`] where the provider is not in the network or the address is taken.
pub async fn invite(
    tx: &mut Tx,
    provider: ProviderId,
    kind: ProviderUserKind,
    name: &str,
    email: Option<&str>,
) -> Result<ProviderUser, Error> {
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO provider_user (organization_id, provider_id, kind, name, email)
        VALUES (app_organization_id(), $1, $2, $3, $4)
        RETURNING id",
    )
    .bind(provider.0)
    .bind(kind.code())
    .bind(name)
    .bind(email)
    .fetch_one(tx.connection())
    .await?;
    let detail = serde_json::json!({ "provider_id": provider, "kind": kind });
    audit::record(tx, "provider_user.invite", "provider_user", &id.to_string(), &detail).await?;
    get(tx, id.into()).await
}

/// The agency's provider users, by name; with `provider`, that provider's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, provider: Option<ProviderId>) -> Result<Vec<ProviderUser>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, provider_id, kind, name, email, status, invited_at, activated_at, deactivated_at
        FROM provider_user WHERE $1::uuid IS NULL OR provider_id = $1 ORDER BY name, id",
    )
    .bind(provider.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &mut Tx, id: ProviderUserId) -> Result<ProviderUser, Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT id, provider_id, kind, name, email, status, invited_at, activated_at, deactivated_at
        FROM provider_user WHERE id = $1",
    )
    .bind(id.0)
    .fetch_optional(tx.connection())
    .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Activates or deactivates somebody. From then on the tokens are good, or dead.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Refused`] where nothing would change.
pub async fn set_active(tx: &mut Tx, id: ProviderUserId, active: bool) -> Result<ProviderUser, Error> {
    let status = if active { "active" } else { "deactivated" };
    let done = sqlx::query(
        "UPDATE provider_user SET status = $2,
            activated_at = CASE WHEN $2 = 'active' THEN app_now() ELSE activated_at END,
            deactivated_at = CASE WHEN $2 = 'deactivated' THEN app_now() ELSE deactivated_at END
        WHERE id = $1 AND status <> $2",
    )
    .bind(id.0)
    .bind(status)
    .execute(tx.connection())
    .await?;
    let user = get(tx, id).await?;
    if done.rows_affected() == 0 {
        let message = format!("the user is {status} already");
        return Err(Error::Refused(Fault::new("status", "transition", message)));
    }
    let detail = serde_json::json!({ "status": status });
    audit::record(tx, "provider_user.status", "provider_user", &id.to_string(), &detail).await?;
    Ok(user)
}
