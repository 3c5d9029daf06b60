//! People asked to join a tenant.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{Error, Store, Tx, audit, connection::hex, organizations::term, sessions::digest};
use crate::vocab::{OrganizationId, UserId, terms::Role};

/// What an invitation's token begins with.
const PREFIX: &str = "provinvite_";

/// An invitation as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Invitation {
    /// Its key.
    pub id: Uuid,
    /// Who is asked.
    pub email: String,
    /// As what.
    pub role: Role,
    /// By whom.
    pub invited_by: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// When they came.
    pub accepted_at: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    email: String,
    role: String,
    invited_by: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Invitation {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            email: row.email,
            role: term(&row.role)?,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Who is to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its key, a uuid v7 of the caller's.
    pub id: Uuid,
    /// Their address.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Asks somebody to join. `secret` is 32 random bytes; the token is shown once. An open invitation of the same address ends.
///
/// # Errors
/// [`Error::Refused`] for a role that no member has, [`Error::Forbidden`] for others than administrators.
pub async fn create(
    tx: &mut Tx,
    organization: OrganizationId,
    new: &NewInvitation,
    secret: [u8; 32],
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let token = format!("{PREFIX}{}", hex(&secret));
    sqlx::query(
        "UPDATE invitation SET revoked_at = $3
        WHERE organization_id = $1 AND lower(email) = lower($2) AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(organization.0)
    .bind(&new.email)
    .bind(now)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "INSERT INTO invitation (id, organization_id, email, role, token_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(organization.0)
    .bind(&new.email)
    .bind(new.role.code())
    .bind(digest(&token).to_vec())
    .bind(now)
    .bind(new.expires_at)
    .execute(tx.connection())
    .await?;
    let told = serde_json::json!({"email": new.email, "role": new.role});
    audit::record(tx, "invitation.create", "invitation", &new.id.to_string(), &told).await?;
    Ok(token)
}

/// The tenant's invitations, newest first.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn list(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Invitation>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, email, role, invited_by, created_at, expires_at, accepted_at, revoked_at FROM invitation
        WHERE organization_id = $1
        ORDER BY created_at DESC, id DESC LIMIT 500",
    )
    .bind(organization.0)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Takes an open invitation back; whether there was one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn revoke(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, Error> {
    let revoked = sqlx::query(
        "UPDATE invitation SET revoked_at = $2 WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL",
    )
    .bind(id)
    .bind(now)
    .execute(tx.connection())
    .await?;
    if revoked.rows_affected() == 0 {
        return Ok(false);
    }
    audit::record(
        tx,
        "invitation.revoke",
        "invitation",
        &id.to_string(),
        &serde_json::json!({}),
    )
    .await?;
    Ok(true)
}

/// What an invitation is for: the organisation's name, the address, and whether it has an account.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn look_up(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<(String, String, bool)>, Error> {
    Ok(
        sqlx::query_as("SELECT organization_name, email, has_account FROM invitation_find($1, $2)")
            .bind(digest(token).to_vec())
            .bind(now)
            .fetch_optional(store.app())
            .await?,
    )
}

/// Joins: with a new account (its key, name and password's hash), or as the person that the transaction acts for.
///
/// # Errors
/// [`Error::NotFound`] where it is not open, [`Error::Forbidden`] where the address has an account that is not signed in.
pub async fn accept(
    tx: &mut Tx,
    token: &str,
    account: Option<(UserId, &str, &str)>,
    now: DateTime<Utc>,
) -> Result<(UserId, OrganizationId), Error> {
    let (user, organization): (Uuid, Uuid) =
        sqlx::query_as("SELECT user_id, organization_id FROM invitation_accept($1, $2, $3, $4, $5)")
            .bind(digest(token).to_vec())
            .bind(account.map(|(id, _, _)| id.0))
            .bind(account.map(|(_, name, _)| name))
            .bind(account.map(|(_, _, hash)| hash))
            .bind(now)
            .fetch_one(tx.connection())
            .await?;
    let told = serde_json::json!({"organization_id": organization});
    audit::record(tx, "invitation.accept", "user", &user.to_string(), &told).await?;
    Ok((user.into(), organization.into()))
}
