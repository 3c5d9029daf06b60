//! `/me`: everything that a page needs to know about whoever is signed in, in one answer; and why they can't do something.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Rooms, Routes,
    access::SignedIn,
    operation::Operation,
    path::Path,
    problem::{Kind, Problem},
    providers::asks_for,
    versioned::digest,
};
use crate::domain::{
    access::{Decision, Feature, Permission, Role},
    organization::Organization,
    person::Person,
    practitioner::Practitioner,
};
use crate::store::people::{self, Membership};
use crate::vocab::Fault;

/// Who is signed in, with all that follows from it.
#[derive(Serialize, JsonSchema)]
struct Me {
    /// The person; null for a machine's token.
    user: Option<Person>,
    /// Where they belong, by name.
    organizations: Vec<Membership>,
    /// Where they act now.
    current_organization: Option<Organization>,
    /// What they are there, or on the platform; null: nothing, as long as they act for no organisation.
    role: Option<Role>,
    /// Their practice there, if they have one.
    practitioner: Option<Practitioner>,
    /// Everything that they may do there.
    permissions: Vec<Permission>,
    /// Which parts of the product are there.
    features: BTreeMap<Feature, bool>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![("/me", get(read)), ("/me/permissions/{permission}", get(explain))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::answering_with::<Me>(
            "get",
            "/me",
            "people",
            "Who is signed in, where, and what follows from it",
        )
        .by("Everybody signed in."),
        Operation::answering_with::<Decision>(
            "get",
            "/me/permissions/{permission}",
            "people",
            "Whether one may do something, and why or why not",
        )
        .by("Everybody signed in.")
        .refusing(&[Kind::InvalidParameter]),
    ]
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    SignedIn(known): SignedIn,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut tx = rooms.store.begin(&known.actor).await?;
    let profile = people::profile(&mut tx, known.actor.user_id, known.actor.organization_id).await?;
    let features = Feature::ALL
        .iter()
        .map(|feature| (*feature, known.rights.has(*feature)));
    let me = Me {
        user: profile.person,
        organizations: profile.memberships,
        current_organization: profile.organization,
        role: (!known.rights.is_nowhere()).then_some(known.actor.role),
        practitioner: profile.practitioner,
        permissions: known.rights.permissions(),
        features: features.collect(),
    };
    let body = serde_json::to_vec(&me).map_err(|e| Problem::internal(&e))?;
    Ok(tagged(&headers, body))
}

/// The answer under a digest of itself, or 304.
fn tagged(headers: &HeaderMap, body: Vec<u8>) -> Response {
    let etag = format!("\"{}\"", &digest(&body)[..32]);
    let mut response = if asks_for(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    let private = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, private);
    response
}

async fn explain(SignedIn(known): SignedIn, Path(permission): Path<String>) -> Result<Json<Decision>, Problem> {
    let permission: Permission = permission.parse().map_err(|e: crate::vocab::terms::UnknownTerm| {
        Problem::faults(vec![Fault::new("permission", "unknown_term", e.to_string())])
    })?;
    Ok(Json(known.rights.decide(permission)))
}
