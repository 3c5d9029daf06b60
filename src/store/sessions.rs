//! People signed in: kept as digests, ended at once.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Error, Store, connection::hex};
use crate::vocab::{OrganizationId, UserId};

/// What a session's token begins with.
pub const PREFIX: &str = "provsession_";

/// Begins a session of somebody whose password has been checked against `seen`, what was kept of it: none where another one has been
/// set since, or the account was closed. `secret` is 32 random bytes; the token is shown once.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn open_by_password(
    store: &Store,
    user: UserId,
    seen: &str,
    secret: [u8; 32],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<String>, Error> {
    let token = format!("{PREFIX}{}", hex(&secret));
    let begun: bool = sqlx::query_scalar("SELECT user_session_open_by_password($1, $2, $3, $4, $5)")
        .bind(digest(&token).as_slice())
        .bind(user.0)
        .bind(seen)
        .bind(now)
        .bind(until)
        .fetch_one(store.app())
        .await?;
    Ok(begun.then_some(token))
}

/// Begins a session of somebody who has shown otherwise who they are. `secret` is 32 random bytes; the token is shown once.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn open(
    store: &Store,
    user: UserId,
    secret: [u8; 32],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<String, Error> {
    let token = format!("{PREFIX}{}", hex(&secret));
    sqlx::query("SELECT user_session_open($1, $2, $3, $4)")
        .bind(digest(&token).as_slice())
        .bind(user.0)
        .bind(now)
        .bind(until)
        .execute(store.app())
        .await?;
    Ok(token)
}

/// Ends a session; whether it was one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn close(store: &Store, token: &str, now: DateTime<Utc>) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT user_session_close($1, $2)")
        .bind(digest(token).as_slice())
        .bind(now)
        .fetch_one(store.app())
        .await?)
}

/// Makes a session act for another tenant from now on; false where the person is no member there.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn enter(store: &Store, token: &str, organization: OrganizationId) -> Result<bool, Error> {
    Ok(sqlx::query_scalar("SELECT user_session_enter($1, $2)")
        .bind(digest(token).as_slice())
        .bind(organization.0)
        .fetch_one(store.app())
        .await?)
}

/// What is kept of a token. It is 256 random bits, so a plain digest is as good as a slow one.
pub fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
