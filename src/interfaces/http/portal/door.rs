//! Who comes in, and by which door: people to the portal, systems to the external API.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::interfaces::http::{
    Rooms,
    agency::now,
    problem::{Kind, Problem},
    refusals,
};
use crate::store::{
    self,
    provider_tokens::{self, Bearer, Dead},
};
use crate::vocab::{
    ProviderTokenId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

/// The two ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Portal,
    External,
}

impl Door {
    pub(super) fn kind(self) -> ProviderUserKind {
        match self {
            Self::Portal => ProviderUserKind::Person,
            Self::External => ProviderUserKind::Machine,
        }
    }

    /// Lets through who has a token for this door, and for this.
    pub(super) fn admits(self, bearer: &Bearer, acknowledging: bool) -> Result<(), Problem> {
        let scope = match (self, acknowledging) {
            (Self::Portal, _) => "portal",
            (Self::External, false) => "external:read",
            (Self::External, true) => "external:acknowledge",
        };
        if bearer.kind == self.kind() && bearer.scopes.iter().any(|has| has == scope) {
            return Ok(());
        }
        let detail = format!("The token is not for this: it needs the scope `{scope}`.");
        Err(Problem::new(Kind::NotAllowed, detail))
    }
}

/// Lets through a person with a token for the portal.
pub fn admit_person(bearer: &Bearer) -> Result<(), Problem> {
    Door::Portal.admits(bearer, false)
}

/// Lets through a system with a token that may read.
pub fn admit_system(bearer: &Bearer) -> Result<(), Problem> {
    Door::External.admits(bearer, false)
}

/// Somebody of an outside provider with a good token, who does not ask too often. Their first request accepts the invitation.
pub struct Guest(pub Bearer);

impl FromRequestParts<Arc<Rooms>> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let token = token_of(&parts.headers).ok_or_else(not_known)?;
        let asked = provider_tokens::authenticate(&rooms.store, token, now(rooms));
        let asked = tokio::time::timeout(rooms.settings.store_patience, asked).await;
        let Some(bearer) = asked.map_err(|_| refusals::away())?? else {
            not_taken(rooms, token).await;
            return Err(not_known());
        };
        rooms.token_rate.check(bearer.token_id.0)?;
        welcome(rooms, bearer).await.map(Self)
    }
}

/// Writes down under the agency that one of its tokens was shown and not taken. Of what no agency has issued nothing is known.
pub async fn not_taken(rooms: &Rooms, token: &str) {
    written_down(rooms, provider_tokens::dead(&rooms.store, token, now(rooms)).await).await;
}

/// The same of a session of the portal's pages.
pub async fn session_not_taken(rooms: &Rooms, session: &str) {
    written_down(
        rooms,
        provider_tokens::dead_session(&rooms.store, session, now(rooms)).await,
    )
    .await;
}

async fn written_down(rooms: &Rooms, found: Result<Option<Dead>, store::Error>) {
    let written = async {
        match found? {
            Some(dead) if may_write(rooms, dead.token_id) => {
                provider_tokens::refused(&rooms.store, &dead, now(rooms)).await
            }
            _ => Ok(()),
        }
    };
    log(written.await);
}

/// Whether a refusal may be written down again: as often as a token may ask, in a measure of its own, so that nobody fills the
/// audit and nobody uses up what the good token has.
pub(super) fn may_write(rooms: &Rooms, token: ProviderTokenId) -> bool {
    let beside = uuid::Uuid::from_u128(!token.0.as_u128());
    rooms.token_rate.check(beside).is_ok()
}

pub(super) fn log(written: Result<(), store::Error>) {
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refusal could not be written down"
        );
    }
}

/// Somebody who was invited and comes for the first time is active from now on.
pub async fn welcome(rooms: &Rooms, mut bearer: Bearer) -> Result<Bearer, Problem> {
    if bearer.status == ProviderUserStatus::Invited {
        provider_tokens::accept(&rooms.store, &bearer, now(rooms)).await?;
        bearer.status = ProviderUserStatus::Active;
    }
    Ok(bearer)
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    Some(token.trim()).filter(|t| scheme.eq_ignore_ascii_case("bearer") && t.len() <= 512)
}

fn not_known() -> Problem {
    Problem::new(
        Kind::NotSignedIn,
        "Send a provider's token in the header Authorization: Bearer. Others, and those that are revoked or have run out, are not taken.",
    )
}
