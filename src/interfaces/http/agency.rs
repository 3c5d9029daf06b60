//! What the agency's own paths share: who may, how a transaction is run, how answers look.

use std::sync::Arc;

use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use chrono::SubsecRound;
use serde::Serialize;

use super::{
    Rooms,
    access::Caller,
    problem::{Kind, Problem},
    providers::position_header,
};
use crate::domain::access::{Actor, Role};
use crate::store::{self, Tx};
use crate::vocab::{Fault, Position};

/// The machine's scope for everything about cases and providers of an agency.
const SCOPE: &str = "cases";

/// Somebody who runs the agency that the request is for. A handler that takes one is closed to everybody else.
pub struct Staff(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let Caller(actor) = Caller::from_request_parts(parts, rooms).await?;
        staff(actor).map(Self)
    }
}

/// Lets go on who runs an agency.
pub fn staff(actor: Actor) -> Result<Actor, Problem> {
    let may = match actor.role {
        Role::Anonymous => {
            return Err(Problem::new(
                Kind::NotSignedIn,
                "Send the header `Authorization: Bearer <token>`.",
            ));
        }
        Role::OrganizationAdmin => true,
        Role::Service => actor.scopes.iter().any(|scope| scope == SCOPE),
        _ => false,
    };
    if !may || actor.organization_id.is_none() {
        let detail = "Only the agency's administrators may do this, or a service with the scope `cases`.";
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    Ok(actor)
}

/// Runs `body` in a transaction of the actor's that happens now, and commits.
pub async fn does<T>(
    rooms: &Rooms,
    actor: &Actor,
    body: impl AsyncFnOnce(&mut Tx) -> Result<T, store::Error>,
) -> Result<(T, Position), Problem> {
    let done = async {
        let mut tx = rooms.store.begin_at(actor, now(rooms)).await?;
        let done = body(&mut tx).await?;
        Ok((done, tx.commit().await?))
    };
    done.await.map_err(problem)
}

/// The time of this request, as exactly as the store keeps it.
pub fn now(rooms: &Rooms) -> chrono::DateTime<chrono::Utc> {
    rooms.now().trunc_subsecs(6)
}

/// What the store refuses, in the words of these paths.
pub fn problem(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound => Problem::not_found("There is nothing under this key, or nothing that you may see."),
        store::Error::VersionMismatch { current } => Problem::new(
            Kind::VersionMismatch,
            format!("It is at version {current} now; read it again, then repeat the change."),
        ),
        other => other.into(),
    }
}

/// An answer to a write: what has become of it, and the position of the change.
pub fn written(status: StatusCode, told: &impl Serialize, position: Position) -> Response {
    let mut response = (status, Json(told)).into_response();
    response.headers_mut().extend(position_header(position));
    response
}

/// A rule of the interface's that refuses a value.
pub fn refuse(fault: Fault) -> Problem {
    Problem::new(Kind::RuleRefused, fault.message.clone()).with_errors(vec![fault])
}

/// An id in a path. What is no id is as unknown as one that is not there.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| problem(store::Error::NotFound))
}
