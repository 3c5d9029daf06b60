//! Who is asking: the bearer token of a request, checked before a handler that writes is entered.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::{
    Rooms,
    problem::{Kind, Problem},
    refusals,
};
use crate::domain::access::{Actor, Role};
use crate::store;

/// Whoever asks: the bearer of a good token, or nobody in particular if none is sent. A bad token is refused.
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            signed_in(parts, rooms).await.map(Self)
        } else {
            Ok(Self(anonymous()))
        }
    }
}

/// Somebody who may write public providers. A handler that takes one is closed to everybody else.
pub struct Administrator(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let actor = signed_in(parts, rooms).await?;
        if actor.role == Role::PlatformAdmin {
            Ok(Self(actor))
        } else {
            Err(Problem::new(
                Kind::NotAllowed,
                "Only a platform administrator may do this.",
            ))
        }
    }
}

/// Who the token of the request is.
async fn signed_in(parts: &Parts, rooms: &Rooms) -> Result<Actor, Problem> {
    let token = bearer(&parts.headers)?;
    let asked = store::access::authenticate(&rooms.store, token, rooms.now());
    tokio::time::timeout(rooms.settings.store_patience, asked)
        .await
        .map_err(|_| refusals::away())??
        .ok_or_else(|| Problem::new(Kind::NotSignedIn, "The token is unknown, revoked or has run out."))
}

/// Nobody in particular: sees what is public.
pub fn anonymous() -> Actor {
    Actor::new("anonymous", Role::Anonymous)
}

/// The token of `Authorization: Bearer <token>`.
fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    let needed = || Problem::new(Kind::NotSignedIn, "Send the header `Authorization: Bearer <token>`.");
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .ok_or_else(needed)?;
    let (scheme, token) = given.split_once(' ').ok_or_else(needed)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= 512 {
        Ok(token)
    } else {
        Err(needed())
    }
}
