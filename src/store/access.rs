//! Tokens: issued once, kept as a digest, checked before the tenant is known.

use chrono::{DateTime, Utc};
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
    /// When it stops working; none: when it is revoked.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Issues a token for a platform administrator's transaction. `secret` is 32 random bytes; the text is shown once.
///
/// # Errors
/// [`Error::Forbidden`] for other actors, [`Error::Refused`] where the name is taken or the role has no tokens.
pub async fn issue_token(tx: &mut Tx, grant: &Grant, secret: [u8; 32], now: DateTime<Utc>) -> Result<String, Error> {
    let role = match grant.role {
        Role::PlatformAdmin => "platform_admin",
        Role::Import => "import",
        Role::Anonymous => "anonymous",
    };
    let token = format!("provdir_{}", hex(&secret));
    sqlx::query("SELECT api_token_issue($1, $2, $3, $4, $5, $6)")
        .bind(&grant.name)
        .bind(digest(&token))
        .bind(role)
        .bind(grant.organization_id.map(|id| id.0))
        .bind(now)
        .bind(grant.expires_at)
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

/// Who the bearer of a token is; none: unknown, run out or revoked.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn authenticate(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<Actor>, Error> {
    let found: Option<(String, String, Option<Uuid>)> =
        sqlx::query_as("SELECT name, role, organization_id FROM api_token_find($1, $2)")
            .bind(digest(token))
            .bind(now)
            .fetch_optional(store.app())
            .await?;
    found
        .map(|(name, role, organization)| {
            Ok(Actor {
                name: format!("token:{name}"),
                organization_id: organization.map(Into::into),
                role: match role.as_str() {
                    "platform_admin" => Role::PlatformAdmin,
                    "import" => Role::Import,
                    other => return Err(Error::Corrupt(format!("token role {other}"))),
                },
            })
        })
        .transpose()
}

/// The token is 256 random bits, so a plain digest is as good as a slow one; it is looked up by equality of the digest,
/// which tells nothing about the token.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
