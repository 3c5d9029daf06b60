//! `/members` and `/invitations`: who belongs to an organisation, and who is asked to.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::{Caller, InOrganization},
    operation::{Answer, Operation},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::if_match,
    sessions::hashed,
    versioned,
};
use crate::domain::{
    access::{MEMBER_ROLES, Permission, Role},
    organization::named,
    person::{Member, is_email},
};
use crate::store::{
    self,
    invitations::{self, Invitation, NewInvitation},
    members,
};
use crate::vocab::{Fault, OrganizationId, UserId};

/// How long an invitation is open.
const OPEN_FOR: TimeDelta = TimeDelta::days(7);

/// The organisation's people.
#[derive(Serialize, JsonSchema)]
struct Members {
    /// By name, revoked ones included.
    members: Vec<Member>,
}

/// What is to be different of a member; what is not given stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    /// What they are.
    #[serde(default)]
    role: Option<Role>,
    /// Whether they can act.
    #[serde(default)]
    is_active: Option<bool>,
}

/// Who is to be asked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Their address.
    #[schemars(length(min = 3, max = 254))]
    email: String,
    /// What they are to be.
    #[schemars(extend("enum" = MEMBER_ROLES.map(Role::code)), with = "String")]
    role: Role,
}

/// An invitation to hand over.
#[derive(Serialize, JsonSchema)]
struct Issued {
    /// Its key.
    id: Uuid,
    /// For the one who is asked. Shown once.
    token: String,
    /// Until when.
    expires_at: DateTime<Utc>,
}

/// The organisation's invitations.
#[derive(Serialize, JsonSchema)]
struct Invitations {
    /// Newest first.
    invitations: Vec<Invitation>,
}

/// Joining. Without a session of that address: with a name and a password for a new account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Acceptance {
    /// As it was handed over.
    token: String,
    /// What the new account is called.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// Its password: at least 12 characters.
    #[serde(default)]
    #[schemars(length(min = 12, max = 128))]
    password: Option<String>,
}

/// Somebody who has joined.
#[derive(Serialize, JsonSchema)]
struct Joined {
    /// Who.
    user_id: UserId,
    /// What.
    organization_id: OrganizationId,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/members", get(list)),
        ("/members/{id}", patch(change)),
        ("/invitations", get(invited).post(invite)),
        ("/invitations/{id}", delete(take_back)),
        ("/invitations/accept", post(accept)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "organizations";
    const BY: &str = "Administrators of the organisation.";
    vec![
        Operation::answering_with::<Members>("get", "/members", TAG, "The people of the organisation").by(BY),
        Operation::answering_with::<Member>(
            "patch",
            "/members/{id}",
            TAG,
            "Give a member another role, or revoke them",
        )
        .by(BY)
        .taking_a::<Patch>()
        .with_version()
        .refusing(&[Kind::RuleRefused]),
        Operation::answering_with::<Invitations>("get", "/invitations", TAG, "Who is asked to join").by(BY),
        Operation::answering_with::<Issued>("post", "/invitations", TAG, "Ask somebody to join")
            .by(BY)
            .taking_a::<Asked>()
            .answering(201)
            .refusing(&[Kind::RuleRefused]),
        Operation::new(
            "delete",
            "/invitations/{id}",
            TAG,
            "Take an invitation back",
            Answer::Nothing,
        )
        .by(BY)
        .answering(204)
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Joined>(
            "post",
            "/invitations/accept",
            TAG,
            "Join, with a new account or one's own",
        )
        .taking_a::<Acceptance>()
        .refusing(&[Kind::NotSignedIn, Kind::NotAllowed, Kind::NotFound, Kind::RuleRefused]),
    ]
}

async fn list(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::MembersRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let members = members::list(&mut tx, inside.organization).await?;
    Ok(Json(Members { members }).into_response())
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(user): Path<UserId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::MembersWrite)?;
    let asked: Patch = parameters::json(&headers, &body)?;
    if let Some(role) = asked.role {
        of_members(role)?;
    }
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin_at(&inside.actor, rooms.now()).await?;
    let organization = inside.organization;
    let member = members::update(&mut tx, organization, user, version, asked.role, asked.is_active).await?;
    let position = tx.commit().await?;
    Ok(versioned::changed(member.version, position, &member))
}

async fn invited(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::MembersWrite)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let invitations = invitations::list(&mut tx, inside.organization).await?;
    Ok(Json(Invitations { invitations }).into_response())
}

async fn invite(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::MembersWrite)?;
    let asked: Asked = parameters::json(&headers, &body)?;
    of_members(asked.role)?;
    let email = asked.email.trim().to_owned();
    if !is_email(&email) {
        return Err(Problem::fault("email", "format", "an address such as jane@example.org"));
    }
    let new = NewInvitation {
        id: Uuid::now_v7(),
        email,
        role: asked.role,
        expires_at: rooms.now() + OPEN_FOR,
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let secret = rand::random();
    let token = invitations::create(&mut tx, inside.organization, &new, secret, rooms.now()).await?;
    tx.commit().await?;
    let issued = Issued {
        id: new.id,
        token,
        expires_at: new.expires_at,
    };
    Ok((StatusCode::CREATED, Json(issued)).into_response())
}

async fn take_back(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    inside.require(Permission::MembersWrite)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    if !invitations::revoke(&mut tx, id, rooms.now()).await? {
        return Err(versioned::absent("open invitation"));
    }
    let position = tx.commit().await?;
    Ok(versioned::done(position))
}

async fn accept(
    State(rooms): State<Arc<Rooms>>,
    Caller(actor): Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let given: Acceptance = parameters::json(&headers, &body)?;
    let open = invitations::look_up(&rooms.store, &given.token, rooms.now()).await?;
    let (_, email, has_account) = open.ok_or_else(|| versioned::absent("open invitation"))?;
    if has_account && actor.user_id.is_none() {
        let detail = "This address has an account: sign in with it, then accept.";
        return Err(Problem::new(Kind::NotSignedIn, detail));
    }
    let fresh = if has_account {
        None
    } else {
        let missing = |field| Problem::fault(field, "missing", "is needed for a new account");
        let name = given.name.ok_or_else(|| missing("name"))?;
        let name = named("name", &name).map_err(|fault| Problem::faults(vec![fault]))?;
        let password = given.password.ok_or_else(|| missing("password"))?;
        Some((
            UserId(Uuid::now_v7()),
            name,
            hashed("password", password, &email).await?,
        ))
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let account = fresh
        .as_ref()
        .map(|(id, name, hash)| (*id, name.as_str(), hash.as_str()));
    let accepted = invitations::accept(&mut tx, &given.token, account, rooms.now()).await;
    let (user_id, organization_id) = accepted.map_err(|error| match error {
        store::Error::Forbidden => {
            let sentence = "The invitation is for another address: sign in with the account that has it, then accept.";
            Problem::new(Kind::NotAllowed, sentence).with_errors(vec![Fault::new("token", "other_address", sentence)])
        }
        other => other.into(),
    })?;
    tx.commit().await?;
    let joined = Joined {
        user_id,
        organization_id,
    };
    Ok(Json(joined).into_response())
}

/// Roles of the platform are nobody's to give here.
fn of_members(role: Role) -> Result<(), Problem> {
    if MEMBER_ROLES.contains(&role) {
        return Ok(());
    }
    let known = MEMBER_ROLES.map(Role::code).join(", ");
    let fault = Fault::new("role", "unknown_term", format!("is one of {known}"));
    Err(Problem::new(Kind::RuleRefused, "No member can have this role.").with_errors(vec![fault]))
}
