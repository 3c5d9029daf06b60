//! Who is who, as `provdir_feed` reads it into memory: sessions and tokens by their digests, people with what they are where,
//! tenants with the settings that permissions and searches depend on. What does not hold any more is not there.

use std::{collections::HashMap, str::FromStr};

use chrono::{DateTime, Utc};
use sqlx::{
    postgres::{PgListener, PgNotification},
    types::{Json, Uuid},
};

use super::{Error, Store, access::Tenant, connection::from_hex, term};
use crate::domain::{access::Role, configuration::Configuration};
use crate::vocab::{OrganizationId, UserId};

/// What is kept of a session's or token's text.
pub type Digest = [u8; 32];

/// What may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A session.
    Session(Digest),
    /// A token.
    Token(Digest),
    /// A person, or where they are a member.
    User(UserId),
    /// A tenant, or its settings.
    Organization(OrganizationId),
}

/// A person signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub user: UserId,
    /// Where they act when a request names no organisation.
    pub organization: Option<OrganizationId>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The tenant it is bound to.
    pub organization: Option<OrganizationId>,
    /// What it is limited to.
    pub scopes: Vec<String>,
    /// When it ends, if ever.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A person with an account that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What they are on the platform.
    pub platform_role: Option<Role>,
    /// Issuer and subject, for those who sign in elsewhere.
    pub subject: Option<(String, String)>,
    /// What they are where.
    pub memberships: Vec<(OrganizationId, Role)>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq)]
pub struct Organization {
    /// As far as access depends on it.
    pub tenant: Tenant,
    /// Its settings as far as they are asked for here.
    pub settings: Configuration,
}

/// What was found, by key.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Sessions.
    pub sessions: HashMap<Digest, Session>,
    /// Tokens.
    pub tokens: HashMap<Digest, Token>,
    /// People.
    pub people: HashMap<UserId, Person>,
    /// Tenants.
    pub organizations: HashMap<OrganizationId, Organization>,
}

type SessionRow = (Vec<u8>, Uuid, Option<Uuid>, DateTime<Utc>);
type TokenRow = (
    Vec<u8>,
    String,
    String,
    Option<Uuid>,
    Vec<String>,
    Option<DateTime<Utc>>,
);
type PersonRow = (
    Uuid,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Vec<Uuid>>,
    Option<Vec<String>>,
);
type OrganizationRow = (Uuid, String, String, String, bool, Option<Json<Configuration>>);

/// What holds at a moment of these keys, or of all there are.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn load(store: &Store, keys: Option<&[Key]>, at: DateTime<Utc>) -> Result<Found, Error> {
    let mut asked = keys.map(|_| Asked::default());
    if let Some(asked) = &mut asked {
        keys.unwrap_or_default().iter().for_each(|key| asked.note(*key));
    }
    let digests = |of: fn(&Asked) -> &Vec<Vec<u8>>| asked.as_ref().map(|asked| of(asked).clone());
    let ids = |of: fn(&Asked) -> &Vec<Uuid>| asked.as_ref().map(|asked| of(asked).clone());
    // One snapshot: nobody is found to be a member of a tenant that is not there.
    let mut tx = store
        .feed()
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let sessions: Vec<SessionRow> = sqlx::query_as("SELECT * FROM identity_sessions($1, $2)")
        .bind(digests(|asked| &asked.sessions))
        .bind(at)
        .fetch_all(&mut *tx)
        .await?;
    let tokens: Vec<TokenRow> = sqlx::query_as("SELECT * FROM identity_tokens($1, $2)")
        .bind(digests(|asked| &asked.tokens))
        .bind(at)
        .fetch_all(&mut *tx)
        .await?;
    let people: Vec<PersonRow> = sqlx::query_as("SELECT * FROM identity_users($1)")
        .bind(ids(|asked| &asked.people))
        .fetch_all(&mut *tx)
        .await?;
    let organizations: Vec<OrganizationRow> = sqlx::query_as("SELECT * FROM identity_organizations($1)")
        .bind(ids(|asked| &asked.organizations))
        .fetch_all(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Found {
        sessions: sessions.into_iter().map(session).collect::<Result<_, _>>()?,
        tokens: tokens.into_iter().map(token).collect::<Result<_, _>>()?,
        people: people.into_iter().map(person).collect::<Result<_, _>>()?,
        organizations: organizations.into_iter().map(organization).collect::<Result<_, _>>()?,
    })
}

/// Keys by what they are of.
#[derive(Default)]
struct Asked {
    sessions: Vec<Vec<u8>>,
    tokens: Vec<Vec<u8>>,
    people: Vec<Uuid>,
    organizations: Vec<Uuid>,
}

impl Asked {
    fn note(&mut self, key: Key) {
        match key {
            Key::Session(digest) => self.sessions.push(digest.to_vec()),
            Key::Token(digest) => self.tokens.push(digest.to_vec()),
            Key::User(id) => self.people.push(id.0),
            Key::Organization(id) => self.organizations.push(id.0),
        }
    }
}

fn digest(bytes: Vec<u8>) -> Result<Digest, Error> {
    bytes
        .try_into()
        .map_err(|_| Error::Corrupt("a digest of another length".to_owned()))
}

fn session((hash, user, organization, expires_at): SessionRow) -> Result<(Digest, Session), Error> {
    let session = Session {
        user: user.into(),
        organization: organization.map(Into::into),
        expires_at,
    };
    Ok((digest(hash)?, session))
}

fn token((hash, name, role, organization, scopes, expires_at): TokenRow) -> Result<(Digest, Token), Error> {
    let token = Token {
        name,
        role: term(&role)?,
        organization: organization.map(Into::into),
        scopes,
        expires_at,
    };
    Ok((digest(hash)?, token))
}

fn person((id, role, issuer, subject, organizations, roles): PersonRow) -> Result<(UserId, Person), Error> {
    let (organizations, roles) = (organizations.unwrap_or_default(), roles.unwrap_or_default());
    let memberships = organizations.into_iter().zip(&roles);
    let person = Person {
        platform_role: role.as_deref().map(term).transpose()?,
        subject: issuer.zip(subject),
        memberships: memberships
            .map(|(organization, role)| Ok((organization.into(), term(role)?)))
            .collect::<Result<_, Error>>()?,
    };
    Ok((id.into(), person))
}

fn organization(
    (id, name, kind, tier, is_active, settings): OrganizationRow,
) -> Result<(OrganizationId, Organization), Error> {
    let tenant = Tenant {
        id: id.into(),
        name,
        r#type: term(&kind)?,
        tier: term(&tier)?,
        is_active,
    };
    let settings = settings.map(|settings| settings.0).unwrap_or_default();
    Ok((tenant.id, Organization { tenant, settings }))
}

impl FromStr for Key {
    type Err = Error;

    /// As the triggers say it: `session:\x0f..`, `user:0198..`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let strange = || Error::Corrupt(format!("the key {text}"));
        let (kind, key) = text.split_once(':').ok_or_else(strange)?;
        let digest = || {
            let bytes = key.strip_prefix("\\x").and_then(from_hex);
            bytes.and_then(|bytes| Digest::try_from(bytes).ok()).ok_or_else(strange)
        };
        let id = || key.parse::<Uuid>().map_err(|_| strange());
        Ok(match kind {
            "session" => Self::Session(digest()?),
            "token" => Self::Token(digest()?),
            "user" => Self::User(id()?.into()),
            "organization" => Self::Organization(id()?.into()),
            _ => return Err(strange()),
        })
    }
}

/// Hears of every change from its beginning on, until it fails: then something may have been missed.
pub struct Listener(PgListener);

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn open(store: &Store) -> Result<Self, Error> {
        let mut listener = PgListener::connect_with(store.feed()).await?;
        // Connecting anew in silence would hide that something may have been missed.
        listener.eager_reconnect(false);
        listener.listen("identity").await?;
        Ok(Self(listener))
    }

    /// Waits for what changes next.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the connection is lost; listen anew and read everything.
    pub async fn wait(&mut self) -> Result<Vec<Key>, Error> {
        let first = self.0.try_recv().await?;
        let first = first.ok_or_else(|| Error::Unavailable(sqlx::Error::WorkerCrashed))?;
        self.heard(Some(first))
    }

    /// Everything that was committed before this call and not heard of yet. Postgres hands it out before it answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`], as [`Self::wait`].
    pub async fn catch_up(&mut self) -> Result<Vec<Key>, Error> {
        sqlx::query("SELECT 1").execute(&mut self.0).await?;
        self.heard(None)
    }

    fn heard(&mut self, first: Option<PgNotification>) -> Result<Vec<Key>, Error> {
        let more = std::iter::from_fn(|| self.0.next_buffered());
        let all = first.into_iter().chain(more);
        all.map(|heard| heard.payload().parse()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_triggers_write_them() {
        let digest = [0xab; 32];
        let text = format!("session:\\x{}", "ab".repeat(32));
        assert_eq!(text.parse::<Key>().ok(), Some(Key::Session(digest)));
        let user = UserId(Uuid::from_u128(7));
        assert_eq!(format!("user:{user}").parse::<Key>().ok(), Some(Key::User(user)));
        for strange in ["", "user", "user:7", "session:\\xab", "token:zz", "planet:1"] {
            assert!(strange.parse::<Key>().is_err(), "{strange}");
        }
    }
}
