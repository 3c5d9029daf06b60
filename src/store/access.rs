//! Tokens: issued once, kept as a digest, checked before the tenant is known.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::{Json, Uuid};

use super::{
    Error, Store, Tx,
    connection::hex,
    organizations::term,
    sessions::{self, digest},
};
use crate::domain::{
    access::{Actor, Role, Terms},
    configuration::{Configuration, Search},
};
use crate::vocab::{
    OrganizationId, UserId,
    terms::{OrganizationType, SubscriptionTier},
};

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
        .bind(digest(&token).to_vec())
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

/// What somebody shows to be let in.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// A token of [`issue_token`].
    Token(&'a str),
    /// The token of a session, see [`sessions`].
    Session(&'a str),
    /// A person whom somebody trusted vouches for.
    Person(UserId),
}

/// Somebody, and what they are in the organisation that a request is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Who acts. Its tenant is set where they are admitted.
    pub actor: Actor,
    /// The organisation that the request names, or the one they are in; none: none, or no such one.
    pub organization: Option<Tenant>,
    /// What it has and configures.
    pub terms: Option<Terms>,
    /// How its members search.
    pub search: Search,
    /// Whether they may act for it.
    pub admitted: bool,
}

/// A tenant, as far as access depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its key.
    pub id: OrganizationId,
    /// The name shown.
    pub name: String,
    /// What it is.
    pub r#type: OrganizationType,
    /// What it pays for.
    pub tier: SubscriptionTier,
    /// Whether anybody can act for it.
    pub is_active: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    role: String,
    user_id: Option<Uuid>,
    scopes: Vec<String>,
    organization_id: Option<Uuid>,
    organization_name: Option<String>,
    organization_type: Option<String>,
    tier: Option<String>,
    admitted: bool,
    organization_active: bool,
    settings: Option<Json<Configuration>>,
}

/// Who comes with a credential, and what they are in `wanted`, or else in the organisation that the credential is for.
/// None: unknown, run out, revoked, or the account is closed.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn identify(
    store: &Store,
    credential: Credential<'_>,
    wanted: Option<OrganizationId>,
    now: DateTime<Utc>,
) -> Result<Option<Standing>, Error> {
    let wanted = wanted.map(|id| id.0);
    let asked = match credential {
        Credential::Token(token) => sqlx::query_as("SELECT * FROM standing_of_token($1, $2, $3)")
            .bind(digest(token).to_vec())
            .bind(wanted)
            .bind(now),
        Credential::Session(token) => sqlx::query_as("SELECT * FROM standing_of_session($1, $2, $3)")
            .bind(digest(token).to_vec())
            .bind(wanted)
            .bind(now),
        Credential::Person(user) => sqlx::query_as("SELECT * FROM standing_of_user($1, $2)")
            .bind(user.0)
            .bind(wanted),
    };
    let found: Option<Row> = asked.fetch_optional(store.app()).await?;
    found.map(TryInto::try_into).transpose()
}

impl TryFrom<Row> for Standing {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let mut actor = Actor::new(row.name, term(&row.role)?);
        actor.user_id = row.user_id.map(Into::into);
        actor.scopes = row.scopes;
        let organization = match (
            row.organization_id,
            row.organization_name,
            row.organization_type,
            row.tier,
        ) {
            (Some(id), Some(name), Some(kind), Some(tier)) => Some(Tenant {
                id: id.into(),
                name,
                r#type: term(&kind)?,
                tier: term(&tier)?,
                is_active: row.organization_active,
            }),
            _ => None,
        };
        let settings = row.settings.map(|settings| settings.0).unwrap_or_default();
        Ok(Self::new(actor, organization, &settings, row.admitted))
    }
}

impl Standing {
    /// Of somebody who is admitted to an organisation, or not.
    pub fn new(mut actor: Actor, organization: Option<Tenant>, settings: &Configuration, admitted: bool) -> Self {
        if admitted {
            actor.organization_id = organization.as_ref().map(|tenant| tenant.id);
        }
        Self {
            terms: organization.as_ref().map(|tenant| settings.terms(tenant.tier)),
            search: settings.search.clone(),
            actor,
            organization,
            admitted,
        }
    }
}

/// Who the bearer of a token or session is; none: unknown, run out or revoked, or of an organisation that is not active.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn authenticate(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<Actor>, Error> {
    let credential = if token.starts_with(sessions::PREFIX) {
        Credential::Session(token)
    } else {
        Credential::Token(token)
    };
    let found = identify(store, credential, None, now).await?;
    let active = |standing: &Standing| standing.organization.as_ref().is_none_or(|tenant| tenant.is_active);
    Ok(found.filter(|s| s.admitted && active(s)).map(|standing| standing.actor))
}
