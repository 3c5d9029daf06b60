//! What people and machines of outside providers come in with: tokens, and sessions of the portal's pages.
//!
//! Nothing is remembered between requests: each one asks whether token, user, provider and agency still count, so that a
//! revocation holds everywhere with the next request.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::types::Uuid;
use subtle::ConstantTimeEq;

use super::{Error, Store, Tx, audit, connection::hex};
use crate::domain::access::{Actor, Role};
use crate::vocab::{
    Fault, OrganizationId, ProviderId, ProviderTokenId, ProviderUserId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

/// What a token may be limited to.
pub const SCOPES: [&str; 3] = ["portal", "external:read", "external:acknowledge"];

/// How every token begins, so that it can be told from others where it turns up.
const MARK: &str = "pvp_";

/// A token as a list shows it, without what would let anybody in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Listed {
    /// Its key.
    pub id: Uuid,
    /// Whose it is.
    pub provider_user_id: Uuid,
    /// What the agency calls it.
    pub name: String,
    /// The part that is no secret.
    pub prefix: String,
    /// What it may be used for.
    pub scopes: Vec<String>,
    /// When it was issued.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The token that was rotated into this one.
    pub replaces: Option<Uuid>,
}

/// What a new token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Whose.
    pub user: ProviderUserId,
    /// What the agency calls it.
    pub name: String,
    /// What for; none: all that fits the user's kind.
    pub scopes: Vec<String>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Somebody whose token or session is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// As whom transactions are opened.
    pub actor: Actor,
    /// The token that they came in with, at first or now.
    pub token_id: ProviderTokenId,
    /// The provider.
    pub provider_id: ProviderId,
    /// Who.
    pub user_id: ProviderUserId,
    /// The agency.
    pub organization_id: OrganizationId,
    /// A person, or a machine.
    pub kind: ProviderUserKind,
    /// What they are called.
    pub name: String,
    /// Whether they have yet to sign in for the first time.
    pub status: ProviderUserStatus,
    /// What the token is limited to.
    pub scopes: Vec<String>,
    /// When the token stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

const LISTED: &str =
    "SELECT id, provider_user_id, name, prefix, scopes, created_at, created_by, expires_at, revoked_at, replaces
    FROM provider_token";

/// Issues a token. `secret` is 32 random bytes; the text that comes back is shown once and kept nowhere.
///
/// # Errors
/// [`Error::NotFound`] for a user who is not the agency's; [`Error::Refused`] for scopes that do not fit.
pub async fn issue(tx: &mut Tx, new: &NewToken, secret: [u8; 32]) -> Result<(Listed, String), Error> {
    insert(tx, new, secret, None).await
}

async fn insert(
    tx: &mut Tx,
    new: &NewToken,
    secret: [u8; 32],
    replaces: Option<ProviderTokenId>,
) -> Result<(Listed, String), Error> {
    let user = super::provider_users::get(tx, new.user).await?;
    let scopes = fitting(user.kind, &new.scopes)?;
    let digits = hex(&secret);
    // The prefix comes from the digest: it tells nothing about the secret.
    let prefix = hex(&Sha256::digest(secret)[..6]);
    let token = format!("{MARK}{prefix}_{digits}");
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO provider_token (organization_id, provider_user_id, name, prefix, token_hash, scopes, expires_at, replaces)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7)
        RETURNING id",
    )
    .bind(new.user.0)
    .bind(&new.name)
    .bind(prefix)
    .bind(digest(&token))
    .bind(&scopes)
    .bind(new.expires_at)
    .bind(replaces.map(|id| id.0))
    .fetch_one(tx.connection())
    .await?;
    let detail = serde_json::json!({ "provider_user_id": new.user, "scopes": scopes, "replaces": replaces });
    audit::record(tx, "provider_token.issue", "provider_token", &id.to_string(), &detail).await?;
    Ok((get(tx, id.into()).await?, token))
}

/// The scopes of a token for a person or a machine.
fn fitting(kind: ProviderUserKind, asked: &[String]) -> Result<Vec<String>, Error> {
    let fits = |scope: &&str| (*scope == "portal") == (kind == ProviderUserKind::Person);
    let all = SCOPES.into_iter().filter(fits).map(str::to_owned).collect::<Vec<_>>();
    if asked.is_empty() {
        return Ok(all);
    }
    if asked.iter().all(|scope| all.contains(scope)) {
        let mut asked = asked.to_vec();
        asked.sort();
        asked.dedup();
        return Ok(asked);
    }
    let message = format!("a {kind}'s token is for {}", all.join(", "));
    Err(Error::Refused(Fault::new("scopes", "unknown_scope", message)))
}

/// The agency's tokens, the newest first; with `user`, that user's.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, user: Option<ProviderUserId>) -> Result<Vec<Listed>, Error> {
    let sql = format!("{LISTED} WHERE $1::uuid IS NULL OR provider_user_id = $1 ORDER BY created_at DESC, id DESC");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(user.map(|id| id.0))
        .fetch_all(tx.connection())
        .await?)
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &mut Tx, id: ProviderTokenId) -> Result<Listed, Error> {
    let sql = format!("{LISTED} WHERE id = $1");
    let found = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    found.ok_or(Error::NotFound)
}

/// Makes a token useless, here and now; once more changes nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(tx: &mut Tx, id: ProviderTokenId) -> Result<Listed, Error> {
    let done = sqlx::query(
        "UPDATE provider_token SET revoked_at = app_now(), revoked_by = app_actor() WHERE id = $1 AND revoked_at IS NULL",
    )
    .bind(id.0)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 {
        let nothing = serde_json::json!({});
        audit::record(tx, "provider_token.revoke", "provider_token", &id.to_string(), &nothing).await?;
    }
    get(tx, id).await
}

/// Puts a new token in the place of one: the same user, name, scopes and end; the old one is dead.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where the token is dead already.
pub async fn rotate(
    tx: &mut Tx,
    id: ProviderTokenId,
    secret: [u8; 32],
    now: DateTime<Utc>,
) -> Result<(Listed, String), Error> {
    // Locked first: of two rotations at once, the second finds the token dead.
    sqlx::query("SELECT 1 FROM provider_token WHERE id = $1 FOR UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    let old = get(tx, id).await?;
    if old.revoked_at.is_some() || old.expires_at.is_some_and(|end| end <= now) {
        let message = "the token is revoked or has run out: issue a new one";
        return Err(Error::Refused(Fault::new("token", "dead", message)));
    }
    revoke(tx, id).await?;
    let new = NewToken {
        user: old.provider_user_id.into(),
        name: old.name,
        scopes: old.scopes,
        expires_at: old.expires_at,
    };
    insert(tx, &new, secret, Some(id)).await
}

/// Who the bearer of a token is; none: unknown, run out, revoked, or somebody who counts no more.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn authenticate(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<Bearer>, Error> {
    let Some(prefix) = prefix(token) else { return Ok(None) };
    let found: Option<(Uuid, Vec<u8>)> = sqlx::query_as("SELECT id, token_hash FROM provider_token_find($1)")
        .bind(prefix)
        .fetch_optional(store.app())
        .await?;
    match found {
        Some((id, hash)) if bool::from(hash.ct_eq(&digest(token))) => bearer(store, id.into(), now).await,
        _ => Ok(None),
    }
}

/// A token that is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// Which.
    pub token_id: ProviderTokenId,
    /// Whose.
    user_id: ProviderUserId,
    /// The agency.
    organization_id: OrganizationId,
    /// `expired`, `revoked`, `wrong_secret`, ...
    reason: String,
}

type DeadRow = (Uuid, Uuid, Uuid, String);

impl From<DeadRow> for Dead {
    fn from((token, organization, user, reason): DeadRow) -> Self {
        Self {
            token_id: token.into(),
            user_id: user.into(),
            organization_id: organization.into(),
            reason,
        }
    }
}

/// Which of our tokens somebody has shown that is not taken; none: no token that an agency has issued.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn dead(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<Dead>, Error> {
    let Some(prefix) = prefix(token) else { return Ok(None) };
    let found: Option<DeadRow> =
        sqlx::query_as("SELECT id, organization_id, provider_user_id, reason FROM provider_token_dead($1, $2, $3)")
            .bind(prefix)
            .bind(digest(token))
            .bind(now)
            .fetch_optional(store.app())
            .await?;
    Ok(found.map(Dead::from))
}

/// Whose session somebody has shown that is not taken; none: no session that we have opened.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn dead_session(store: &Store, session: &str, now: DateTime<Utc>) -> Result<Option<Dead>, Error> {
    let found: Option<DeadRow> =
        sqlx::query_as("SELECT id, organization_id, provider_user_id, reason FROM provider_session_dead($1, $2)")
            .bind(digest(session))
            .bind(now)
            .fetch_optional(store.app())
            .await?;
    Ok(found.map(Dead::from))
}

/// Writes down under its agency that a token was shown and not taken.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn refused(store: &Store, dead: &Dead, now: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = store.begin_at(&actor(dead.organization_id, dead.user_id), now).await?;
    let detail = serde_json::json!({ "token_id": dead.token_id, "reason": dead.reason });
    let id = dead.token_id.to_string();
    audit::record(&mut tx, "provider_token.refused", "provider_token", &id, &detail).await?;
    tx.commit_always().await.map(|_| ())
}

/// The part of a token that is no secret.
fn prefix(token: &str) -> Option<&str> {
    let rest = token.strip_prefix(MARK)?;
    rest.split_once('_').map(|(prefix, _)| prefix)
}

/// Whether a token stands for anybody at this moment.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn is_good(tx: &mut Tx, token: ProviderTokenId, now: DateTime<Utc>) -> Result<bool, Error> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM provider_token_standing($1, $2))")
            .bind(token.0)
            .bind(now)
            .fetch_one(tx.connection())
            .await?,
    )
}

/// Who a token stands for at this moment.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn bearer(store: &Store, token: ProviderTokenId, now: DateTime<Utc>) -> Result<Option<Bearer>, Error> {
    type Row = (
        Uuid,
        Uuid,
        Uuid,
        String,
        String,
        String,
        Vec<String>,
        Option<DateTime<Utc>>,
    );
    let row: Option<Row> = sqlx::query_as(
        "SELECT organization_id, provider_id, provider_user_id, kind, user_name, status, scopes, expires_at
        FROM provider_token_standing($1, $2)",
    )
    .bind(token.0)
    .bind(now)
    .fetch_optional(store.app())
    .await?;
    let Some((organization, provider, user, kind, name, status, scopes, expires_at)) = row else {
        return Ok(None);
    };
    Ok(Some(Bearer {
        actor: actor(organization.into(), user.into()),
        token_id: token,
        provider_id: provider.into(),
        user_id: user.into(),
        organization_id: organization.into(),
        kind: super::term(&kind)?,
        name,
        status: super::term(&status)?,
        scopes,
        expires_at,
    }))
}

/// As whom a provider user's transactions are opened.
pub fn actor(organization: OrganizationId, user: ProviderUserId) -> Actor {
    let mut actor = Actor::new(format!("provider_user:{user}"), Role::ProviderUser).within(organization);
    actor.provider_user_id = Some(user);
    actor
}

/// An invited user has come: active from now on. Whether this changed anything.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn accept(store: &Store, bearer: &Bearer, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut tx = store.begin_at(&bearer.actor, now).await?;
    let accepted: bool = sqlx::query_scalar("SELECT provider_user_accept($1, $2)")
        .bind(bearer.token_id.0)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    if accepted {
        let detail = serde_json::json!({ "token_id": bearer.token_id });
        audit::record(
            &mut tx,
            "provider_user.accept",
            "provider_user",
            &bearer.user_id.to_string(),
            &detail,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(accepted)
}

/// Begins a session of the portal's pages. `secret` is 32 random bytes; the text is the cookie's value.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn open_session(
    store: &Store,
    bearer: &Bearer,
    secret: [u8; 32],
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<String, Error> {
    let session = hex(&secret);
    let mut tx = store.begin_at(&bearer.actor, now).await?;
    sqlx::query("SELECT provider_session_open($1, $2, $3, $4)")
        .bind(digest(&session))
        .bind(bearer.token_id.0)
        .bind(now)
        .bind(until)
        .execute(tx.connection())
        .await?;
    let detail = serde_json::json!({ "token_id": bearer.token_id });
    audit::record(
        &mut tx,
        "portal.sign_in",
        "provider_user",
        &bearer.user_id.to_string(),
        &detail,
    )
    .await?;
    tx.commit().await?;
    Ok(session)
}

/// Who a session is; good only as long as the token behind it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn session(store: &Store, session: &str, now: DateTime<Utc>) -> Result<Option<Bearer>, Error> {
    let token: Option<Uuid> = sqlx::query_scalar("SELECT provider_session_find($1, $2)")
        .bind(digest(session))
        .bind(now)
        .fetch_one(store.app())
        .await?;
    match token {
        Some(token) => bearer(store, token.into(), now).await,
        None => Ok(None),
    }
}

/// Ends a session.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end_session(store: &Store, session: &str, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("SELECT provider_session_end($1, $2)")
        .bind(digest(session))
        .bind(now)
        .execute(store.app())
        .await?;
    Ok(())
}

/// 256 random bits need no slow digest.
pub(super) fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
