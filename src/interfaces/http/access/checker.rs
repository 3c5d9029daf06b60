//! Whoever checks a network: from memory, unless something is to be kept.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{
    askers::{admit, anonymous, remember},
    browser::deliberate,
    recognize::{identity, recognize_in_time},
    shown::Shown,
};
use crate::domain::access::{Actor, Permission};
use crate::interfaces::http::{Rooms, problem::Problem};
use crate::vocab::OrganizationId;

/// Whoever asks what mostly leaves nothing behind: found in the memory of the node as a [`Searcher`](super::askers::Searcher) is. For what is written
/// down the store says who it is ([`Checker::confirmed`]).
pub struct Checker {
    /// Who asks, as the node knows them.
    pub actor: Actor,
    /// What they have shown, where only memory was asked.
    shown: Option<(Shown, Option<OrganizationId>)>,
}

impl FromRequestParts<Arc<Rooms>> for Checker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let shown = remember(parts, rooms).await?;
        let known = identity(parts, rooms).await?;
        let known = known.map(|known| deliberate(parts, known)).transpose()?;
        let actor = admit(known, Permission::NetworkCheck)?;
        Ok(Self { actor, shown })
    }
}

impl Checker {
    /// Who asks, as the store knows them now.
    ///
    /// # Errors
    /// As where the store is asked first.
    pub async fn confirmed(self, rooms: &Rooms) -> Result<Actor, Problem> {
        let Some((shown, wanted)) = self.shown else {
            return Ok(self.actor);
        };
        let known = recognize_in_time(rooms, &shown, wanted).await?;
        admit(known, Permission::NetworkCheck)
    }
}

/// Whoever makes a call that is no request of HTTP, by what it brings along: the same tokens, for the same organisations. Where
/// the call leaves nothing behind the memory of the node may say who it is; the store is asked before somebody is refused.
///
/// # Errors
/// For a token that is no good, and somebody who may not.
pub async fn checker(rooms: &Arc<Rooms>, mut headers: HeaderMap, from_memory: bool) -> Result<Actor, Problem> {
    headers.remove(header::COOKIE); // Browsers do not make such calls.
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.headers = headers;
    let shown = match from_memory {
        true => remember(&mut parts, rooms).await?,
        false => None,
    };
    let known = identity(&mut parts, rooms).await?;
    match admit(known, Permission::NetworkCheck) {
        Err(_) if shown.is_some() => {
            Checker {
                actor: anonymous(),
                shown,
            }
            .confirmed(rooms)
            .await
        }
        said => said,
    }
}
