//! Accounts of people: made and closed by the platform, their passwords theirs.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::types::Uuid;

use super::{
    Error, Store, Tx, audit,
    organizations::{self, term},
    practitioners,
};
use crate::domain::{organization::Organization, person::Person, practitioner::Practitioner};
use crate::vocab::{OrganizationId, UserId, terms::Role};

/// An account to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// Its key, a uuid v7 of the caller's.
    pub id: UserId,
    /// What they sign in with; unique in any case.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// The Argon2id hash of their password; none: they sign in elsewhere.
    pub password_hash: Option<String>,
    /// `platform_admin` or `reviewer` of the platform.
    pub platform_role: Option<Role>,
}

/// Makes an account.
///
/// # Errors
/// [`Error::Refused`] where the address has one already, [`Error::Forbidden`] for others than the platform.
pub async fn create(tx: &mut Tx, new: &NewPerson, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("SELECT app_user_create($1, $2, $3, $4, $5, $6)")
        .bind(new.id.0)
        .bind(&new.email)
        .bind(&new.name)
        .bind(&new.password_hash)
        .bind(new.platform_role.map(Role::code))
        .bind(now)
        .execute(tx.connection())
        .await?;
    let told = serde_json::json!({"email": new.email, "platform_role": new.platform_role});
    audit::record(tx, "user.create", "user", &new.id.to_string(), &told).await
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    platform_role: Option<String>,
    is_active: bool,
}

impl TryFrom<Row> for Person {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            platform_role: row.platform_role.as_deref().map(term).transpose()?,
            is_active: row.is_active,
        })
    }
}

/// One account, if the actor may see it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find(tx: &mut Tx, id: UserId) -> Result<Option<Person>, Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, email, name, platform_role, is_active FROM app_user WHERE id = $1")
            .bind(id.0)
            .fetch_optional(tx.connection())
            .await?;
    row.map(TryInto::try_into).transpose()
}

/// The account under an address, if the actor may see it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<Person>, Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT id, email, name, platform_role, is_active FROM app_user WHERE lower(email) = lower($1)")
            .bind(email)
            .fetch_optional(tx.connection())
            .await?;
    row.map(TryInto::try_into).transpose()
}

/// The accounts that the actor may see, by address.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Person>, Error> {
    let rows: Vec<Row> =
        sqlx::query_as("SELECT id, email, name, platform_role, is_active FROM app_user ORDER BY lower(email)")
            .fetch_all(tx.connection())
            .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Opens or closes an account; closing ends its sessions at once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for others than the platform.
pub async fn enable(tx: &mut Tx, id: UserId, enabled: bool, now: DateTime<Utc>) -> Result<(), Error> {
    let found: bool = sqlx::query_scalar("SELECT app_user_enable($1, $2, $3)")
        .bind(id.0)
        .bind(enabled)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    if !found {
        return Err(Error::NotFound);
    }
    let action = if enabled { "user.enable" } else { "user.disable" };
    audit::record(tx, action, "user", &id.to_string(), &serde_json::json!({})).await
}

/// Sets a password, of oneself or as the platform, and ends all other sessions of its owner. `keep` is the session that asks.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn set_password(
    tx: &mut Tx,
    id: UserId,
    hash: &str,
    keep: Option<&[u8; 32]>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let found: bool = sqlx::query_scalar("SELECT app_user_set_password($1, $2, $3, $4)")
        .bind(id.0)
        .bind(hash)
        .bind(keep.map(<[u8; 32]>::as_slice))
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    if !found {
        return Err(Error::NotFound);
    }
    audit::record(tx, "user.password", "user", &id.to_string(), &serde_json::json!({})).await
}

/// The open account under an address and the hash of its password. Asked before anybody is known.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn for_sign_in(store: &Store, email: &str) -> Result<Option<(UserId, Option<String>)>, Error> {
    let found: Option<(Uuid, Option<String>)> =
        sqlx::query_as("SELECT id, password_hash FROM app_user_for_sign_in($1)")
            .bind(email)
            .fetch_optional(store.app())
            .await?;
    Ok(found.map(|(id, hash)| (id.into(), hash)))
}

/// The account that an issuer of tokens vouches for. The first time it is found by its address, which the issuer has verified.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn for_subject(
    store: &Store,
    issuer: &str,
    subject: &str,
    verified_email: Option<&str>,
) -> Result<Option<UserId>, Error> {
    let found: Option<Uuid> = sqlx::query_scalar("SELECT app_user_for_subject($1, $2, $3)")
        .bind(issuer)
        .bind(subject)
        .bind(verified_email)
        .fetch_one(store.app())
        .await?;
    Ok(found.map(Into::into))
}

/// What somebody is, everywhere and where they act.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// The person; none for a machine.
    pub person: Option<Person>,
    /// Where they belong, by name; memberships that were revoked are left out.
    pub memberships: Vec<Membership>,
    /// Where they act.
    pub organization: Option<Organization>,
    /// Their practice there.
    pub practitioner: Option<Practitioner>,
}

/// A place where somebody belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Membership {
    /// The organisation.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its word in addresses.
    pub slug: String,
    /// Whether anybody can act for it.
    pub is_active: bool,
    /// What they are there.
    pub role: Role,
}

/// Reads a profile: at most five statements, however many places somebody belongs to.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn profile(
    tx: &mut Tx,
    user: Option<UserId>,
    organization: Option<OrganizationId>,
) -> Result<Profile, Error> {
    let mut profile = Profile {
        person: None,
        memberships: Vec::new(),
        organization: None,
        practitioner: None,
    };
    if let Some(organization) = organization {
        profile.organization = organizations::find(tx, organization).await?;
    }
    let Some(user) = user else {
        return Ok(profile);
    };
    profile.person = find(tx, user).await?;
    if let Some(organization) = organization {
        let practice: Option<Uuid> =
            sqlx::query_scalar("SELECT id FROM practitioner WHERE organization_id = $1 AND user_id = $2")
                .bind(organization.0)
                .bind(user.0)
                .fetch_optional(tx.connection())
                .await?;
        if let Some(practice) = practice {
            profile.practitioner = practitioners::find(tx, practice.into()).await?;
        }
    }
    let rows: Vec<(Uuid, String, String, bool, String)> = sqlx::query_as(
        "SELECT o.id, o.name, o.slug, o.is_active, m.role
        FROM organization_member m JOIN organization o ON o.id = m.organization_id
        WHERE m.user_id = $1 AND m.is_active
        ORDER BY o.name, o.id",
    )
    .bind(user.0)
    .fetch_all(tx.connection())
    .await?;
    for (id, name, slug, is_active, role) in rows {
        profile.memberships.push(Membership {
            organization_id: id.into(),
            name,
            slug,
            is_active,
            role: term(&role)?,
        });
    }
    Ok(profile)
}
