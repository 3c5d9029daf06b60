//! What the agency's own paths share: who may, how a transaction is run, how answers look.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use chrono::SubsecRound;

use super::{
    Rooms,
    access::{Asker, admit},
    problem::{Kind, Problem},
};
use crate::domain::access::{Actor, Permission, Role};
use crate::store::{self, Tx};
use crate::vocab::{Fault, Position};

/// Somebody who works on the agency's cases and network: who reads needs `cases:read`, who changes anything `cases:write`. A
/// handler that takes one is closed to everybody else.
pub struct Staff(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let permission = by_method(&parts.method, Permission::CasesRead, Permission::CasesWrite);
        admitted(parts, rooms, permission).await.map(Self)
    }
}

/// Somebody who gives outside providers sight of a case, and takes it back.
pub struct Sharer(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Sharer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        admitted(parts, rooms, Permission::SharesWrite).await.map(Self)
    }
}

/// Somebody who lets people and machines of outside providers in, and out.
pub struct Doorkeeper(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Doorkeeper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        admitted(parts, rooms, Permission::ProviderUsersWrite).await.map(Self)
    }
}

/// Somebody who keeps the records of the tenant's own clinics: who may change these, or works on the agency's cases.
pub struct Keeper(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Keeper {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let refused = match admitted(parts, rooms, Permission::ClinicsWrite).await {
            Ok(actor) if actor.role != Role::PlatformAdmin => return Ok(Self(actor)),
            Ok(_) => None, // Those who run the platform change clinics, but have no part in what is kept about them.
            Err(problem) => Some(problem),
        };
        let staff = Staff::from_request_parts(parts, rooms).await;
        staff
            .map(|Staff(actor)| Self(actor))
            .map_err(|problem| refused.unwrap_or(problem))
    }
}

async fn admitted(parts: &mut Parts, rooms: &Arc<Rooms>, permission: Permission) -> Result<Actor, Problem> {
    let Asker(known) = Asker::from_request_parts(parts, rooms).await?;
    within(admit(known, permission)?)
}

/// Of two permissions the one for a request that reads, or for one that changes something.
pub fn by_method(method: &Method, reads: Permission, writes: Permission) -> Permission {
    if matches!(*method, Method::GET | Method::HEAD) {
        reads
    } else {
        writes
    }
}

/// Lets go on who acts for an organisation: there are no cases beyond one.
pub fn within(actor: Actor) -> Result<Actor, Problem> {
    if actor.organization_id.is_none() {
        return Err(Problem::new(
            Kind::NotAllowed,
            "Cases belong to an agency: act for one.",
        ));
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

/// A rule of the interface's that refuses a value.
pub fn refuse(fault: Fault) -> Problem {
    Problem::new(Kind::RuleRefused, fault.message.clone()).with_errors(vec![fault])
}

/// An id in a path. What is no id is as unknown as one that is not there.
pub fn id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| problem(store::Error::NotFound))
}
