//! Tokens: issued once, kept as a digest, checked before the tenant is known.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::types::Uuid;

use super::{Error, Store, Tx, connection::hex};
use crate::domain::access::{Actor, Role};
use crate::vocab::OrganizationId;

/// What a token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Unique; what history calls its bearer (`token:<name>`).
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The tenant it is bound to.
    pub organization_id: Option<OrganizationId>,
    /// What a machine's token is limited to: `network:check`, `providers:match`.
    pub scopes: Vec<String>,
    /// When it stops working; none: when it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Issues a token for a platform administrator's transaction. `secret` is 32 random bytes; the text is shown once.
///
/// # Errors
/// [`Error::Forbidden`] for other actors, [`Error::Refused`] where the name is taken or the role has no tokens.
pub async fn issue_token(tx: &mut Tx, grant: &Grant, secret: [u8; 32], now: DateTime<Utc>) -> Result<String, Error> {
    let token = format!("provdir_{}", hex(&secret));
    sqlx::query("SELECT api_token_issue($1, $2, $3, $4, $5, $6, $7)")
        .bind(&grant.name)
        .bind(digest(&token))
        .bind(grant.role.code())
        .bind(grant.organization_id.map(|id| id.0))
        .bind(now)
        .bind(grant.expires_at)
        .bind(&grant.scopes)
        .execute(tx.connection())
        .await?;
    Ok(token)
}

/// Makes a token useless; whether there was one to revoke.
///
/// # Errors
/// [`Error::Forbidden`] for other actors than platform administrators.
pub async fn revoke_token(tx: &mut Tx, name: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT api_token_revoke($1, $2)")
        .bind(name)
        .bind(now)
        .fetch_one(tx.connection())
        .await?)
}

/// A token as a list shows it, without what would let anybody in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// What it may do: `platform_admin`, `import`.
    pub role: String,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it stops working.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// All tokens that were ever issued, by name.
///
/// # Errors
/// [`Error::Forbidden`] for other actors than platform administrators.
pub async fn list_tokens(tx: &mut Tx) -> Result<Vec<Listed>, Error> {
    type Row = (
        String,
        String,
        DateTime<Utc>,
        String,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT name, role, created_at, created_by, expires_at, revoked_at
        FROM api_token_list()",
    )
    .fetch_all(tx.connection())
    .await?;
    let listed = |(name, role, created_at, created_by, expires_at, revoked_at)| Listed {
        name,
        role,
        created_at,
        created_by,
        expires_at,
        revoked_at,
    };
    Ok(rows.into_iter().map(listed).collect())
}

/// Who the bearer of a token is; none: unknown, run out or revoked.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn authenticate(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<Actor>, Error> {
    let found: Option<(String, String, Option<Uuid>, Vec<String>)> =
        sqlx::query_as("SELECT name, role, organization_id, scopes FROM api_token_find($1, $2)")
            .bind(digest(token))
            .bind(now)
            .fetch_optional(store.app())
            .await?;
    found
        .map(|(name, role, organization, scopes)| {
            let role: Role = role.parse().map_err(|_| Error::Corrupt(format!("token role {role}")))?;
            let mut actor = Actor::new(format!("token:{name}"), role);
            actor.organization_id = organization.map(Into::into);
            actor.scopes = scopes;
            Ok(actor)
        })
        .transpose()
}

/// The token is 256 random bits, so a plain digest is as good as a slow one; it is looked up by equality of the digest,
/// which tells nothing about the token.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
