//! What a handler takes to say whom it is for, and what somebody must be allowed to do.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{
    browser::deliberate,
    identity::{Identity, Known},
    recognize::{identity, inactive, recognize_in_time, remembered, sign_in},
    shown::{Shown, shown, wanted},
};
use crate::domain::access::{Actor, Permission, Rights, Role, granted};
use crate::interfaces::http::{
    Rooms,
    problem::{Kind, Problem},
};
use crate::vocab::{Fault, OrganizationId};

/// Whoever asks: the bearer of a good token, or nobody in particular if none is sent. A bad token is refused.
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?;
        Ok(Self(match known {
            Some(known) => deliberate(parts, known)?.actor,
            None => anonymous(),
        }))
    }
}

/// Whoever searches: found in the memory of the node, so that a search waits for no database.
pub struct Searcher(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Searcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        remember(parts, rooms).await?;
        // A search changes nothing, so a browser may be made to ask for one: nobody else can read the answer.
        identity(parts, rooms).await.map(Self)
    }
}

/// Takes whoever asks from the memory of the node, if it knows and admits them; then what they have shown.
pub(super) async fn remember(
    parts: &mut Parts,
    rooms: &Arc<Rooms>,
) -> Result<Option<(Shown, Option<OrganizationId>)>, Problem> {
    if parts.extensions.get::<Known>().is_some() {
        return Ok(None);
    }
    let Some(shown) = shown(&parts.headers)? else {
        return Ok(None);
    };
    let wanted = wanted(parts, rooms).await?;
    let Some(known) = remembered(rooms, &shown, wanted).await? else {
        return Ok(None);
    };
    parts.extensions.insert(Known(Some(known)));
    Ok(Some((shown, wanted)))
}

/// The bearer of a token, without a request around it: from memory where that knows them, else as the store says. For what
/// leaves nothing behind.
///
/// # Errors
/// For a token that is no good, and where only the store could tell and is away.
pub async fn bearer(rooms: &Rooms, token: &str) -> Result<Identity, Problem> {
    let shown = Shown::Bearer(token.to_owned());
    if let Some(known) = remembered(rooms, &shown, None).await? {
        return Ok(known);
    }
    recognize_in_time(rooms, &shown, None).await?.ok_or_else(sign_in)
}

/// Whoever asks, with what they may where they have shown who they are.
pub struct Asker(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?;
        known.map(|known| deliberate(parts, known)).transpose().map(Self)
    }
}

/// Somebody who is signed in, whatever they may.
pub struct SignedIn(pub Identity);

impl FromRequestParts<Arc<Rooms>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?.ok_or_else(sign_in)?;
        deliberate(parts, known).map(Self)
    }
}

/// Somebody who runs the platform. A handler that takes one is closed to everybody else.
pub struct Administrator(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let SignedIn(known) = SignedIn::from_request_parts(parts, rooms).await?;
        if known.rights.may(Permission::PlatformAdminister) {
            Ok(Self(known.actor))
        } else {
            Err(Problem::new(
                Kind::NotAllowed,
                "Only a platform administrator may do this.",
            ))
        }
    }
}

/// Somebody who acts for an organisation that is active and that they belong to.
pub struct InOrganization {
    /// Who acts. Its transactions see this tenant's rows.
    pub actor: Actor,
    /// The tenant.
    pub organization: OrganizationId,
    /// What they may there.
    pub rights: Rights,
}

impl InOrganization {
    /// Lets only those go on who may.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        require(&self.rights, permission)
    }
}

impl FromRequestParts<Arc<Rooms>> for InOrganization {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let SignedIn(known) = SignedIn::from_request_parts(parts, rooms).await?;
        Self::of(known)
    }
}

impl InOrganization {
    /// Whoever asks, if they are signed in and act for an organisation.
    pub fn of_asker(asker: Option<&Identity>) -> Result<Self, Problem> {
        asker.cloned().ok_or_else(sign_in).and_then(Self::of)
    }

    /// Somebody signed in as one who acts for an organisation, if they do.
    pub fn of(known: Identity) -> Result<Self, Problem> {
        match (known.actor.organization_id, &known.organization) {
            (Some(organization), _) => Ok(Self {
                organization,
                actor: known.actor,
                rights: known.rights,
            }),
            (None, Some(_)) => Err(inactive()),
            (None, None) => Err(Problem::fault(
                "X-Organization-Id",
                "missing",
                "name the organisation that you act for",
            )),
        }
    }
}

/// Nobody in particular: sees what is public.
pub fn anonymous() -> Actor {
    Actor::new("anonymous", Role::Anonymous)
}

/// Lets only those go on who may; who has not shown who they are is asked to, where not everybody may.
pub fn admit(known: Option<Identity>, permission: Permission) -> Result<Actor, Problem> {
    match known {
        Some(known) => require(&known.rights, permission).map(|()| known.actor),
        None if granted(Role::Anonymous).contains(&permission) => Ok(anonymous()),
        None => Err(sign_in()),
    }
}

/// Lets only those go on who may; says why not.
pub fn require(rights: &Rights, permission: Permission) -> Result<(), Problem> {
    let decision = rights.decide(permission);
    if decision.allowed {
        return Ok(());
    }
    let mut sentence = decision.because;
    if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    if decision.code == "no_organization" {
        let message = "name the organisation that you act for";
        return Err(Problem::fault("X-Organization-Id", "missing", message));
    }
    let (kind, field) = match decision.code {
        "feature_off" => (Kind::NotFound, "feature"),
        "tier_required" => (Kind::NotAllowed, "subscription_tier"),
        _ => (Kind::NotAllowed, "permission"),
    };
    let fault = Fault::new(field, decision.code, sentence.clone());
    Err(Problem::new(kind, format!("{sentence}.")).with_errors(vec![fault]))
}
