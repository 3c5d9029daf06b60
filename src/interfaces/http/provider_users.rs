//! `/provider-users`: people and machines of outside providers, invited, activated, deactivated by the agency.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Rooms, Routes,
    agency::{Doorkeeper, Staff, does, id, refuse},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
};
use crate::domain::case::check_text;
use crate::store::provider_users::{self, ProviderUser};
use crate::vocab::{ProviderId, ProviderUserId, terms::ProviderUserKind};

/// The agency's provider users.
#[derive(Serialize, JsonSchema)]
struct Users {
    /// By name.
    users: Vec<ProviderUser>,
}

/// `GET /provider-users?provider_id=`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let [provider] = parameters::only(parameters::pairs(raw.as_deref())?, ["provider_id"])?;
    let provider = provider.map(|text| id::<ProviderId>(&text)).transpose()?;
    let (users, _) = does(&rooms, &actor, async |tx| provider_users::list(tx, provider).await).await?;
    Ok(Json(Users { users }).into_response())
}

/// Somebody to be invited.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProviderUser {
    /// One of the agency's network.
    provider_id: ProviderId,
    /// `person` for the portal, if not said; `machine` for the external API.
    #[serde(default = "person")]
    kind: ProviderUserKind,
    /// What they are called.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Where they are reached; a machine needs none.
    #[serde(default)]
    email: Option<String>,
}

fn person() -> ProviderUserKind {
    ProviderUserKind::Person
}

/// `POST /provider-users`: they are active once they come in with a token for the first time, or by `/activate`.
async fn invite(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewProviderUser = parameters::json(&headers, &body)?;
    check_text("name", &new.name, 200).map_err(refuse)?;
    let made = does(&rooms, &actor, async |tx| {
        provider_users::invite(tx, new.provider_id, new.kind, new.name.trim(), new.email.as_deref()).await
    });
    let (user, position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &user, position))
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = id::<ProviderUserId>(&user)?;
    let (user, _) = does(&rooms, &actor, async |tx| provider_users::get(tx, user).await).await?;
    Ok(Json(user).into_response())
}

async fn activate(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = id::<ProviderUserId>(&user)?;
    let done = does(&rooms, &actor, async |tx| {
        provider_users::set_active(tx, user, true).await
    });
    let (user, position) = done.await?;
    Ok(at_position(StatusCode::OK, &user, position))
}

/// `POST /provider-users/{id}/deactivate`: tokens and sessions are dead with the next request.
async fn deactivate(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = id::<ProviderUserId>(&user)?;
    let done = does(&rooms, &actor, async |tx| {
        provider_users::set_active(tx, user, false).await
    });
    let (user, position) = done.await?;
    Ok(at_position(StatusCode::OK, &user, position))
}

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/provider-users", get(list).post(invite)),
        ("/provider-users/{id}", get(read)),
        ("/provider-users/{id}/activate", post(activate)),
        ("/provider-users/{id}/deactivate", post(deactivate)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    const TAG: &str = "agency network";
    let provider = query(
        "provider_id",
        &serde_json::json!({"type": "string"}),
        "Only of this provider.",
    );
    let told = vec![
        Operation::answering_with::<Users>(
            "get",
            "/provider-users",
            TAG,
            "People and machines of outside providers",
        )
        .asking([provider]),
        Operation::answering_with::<ProviderUser>("post", "/provider-users", TAG, "Invite somebody")
            .taking_a::<NewProviderUser>()
            .answering(201),
        Operation::answering_with::<ProviderUser>("get", "/provider-users/{id}", TAG, "One of them"),
        Operation::answering_with::<ProviderUser>("post", "/provider-users/{id}/activate", TAG, "Let them in"),
        Operation::answering_with::<ProviderUser>(
            "post",
            "/provider-users/{id}/deactivate",
            TAG,
            "Shut them out, at once",
        ),
    ];
    let refused = [Kind::NotFound, Kind::RuleRefused];
    told.into_iter()
        .map(|operation| operation.by(WHO).refusing(&refused))
        .collect()
}
