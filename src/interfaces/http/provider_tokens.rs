//! `/provider-tokens`: issued, listed, rotated, revoked by the agency. A token is shown in the answer that makes it, and never again.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Rooms, Routes,
    agency::{Doorkeeper, Staff, does, id, now, refuse},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
};
use crate::domain::case::check_text;
use crate::store::provider_tokens::{self, Listed, NewToken};
use crate::vocab::{Fault, ProviderTokenId, ProviderUserId};

/// The agency's tokens.
#[derive(Serialize, JsonSchema)]
struct Tokens {
    /// The newest first, also those that are dead.
    tokens: Vec<Listed>,
}

/// A token that has just been made.
#[derive(Serialize, JsonSchema)]
struct Issued {
    /// What will be told about it from now on.
    #[serde(flatten)]
    listed: Listed,
    /// The token itself. It is not kept: this is the only time that it is shown.
    token: String,
}

/// `GET /provider-tokens?provider_user_id=`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let [user] = parameters::only(parameters::pairs(raw.as_deref())?, ["provider_user_id"])?;
    let user = user.map(|text| id::<ProviderUserId>(&text)).transpose()?;
    let (tokens, _) = does(&rooms, &actor, async |tx| provider_tokens::list(tx, user).await).await?;
    Ok(Json(Tokens { tokens }).into_response())
}

/// A token to be issued.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProviderToken {
    /// Whose it is to be.
    provider_user_id: ProviderUserId,
    /// What the agency calls it.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// `portal` for a person; `external:read`, `external:acknowledge` for a machine. All that fit, if not said.
    #[serde(default)]
    scopes: Vec<String>,
    /// When it stops working by itself; not, if not said.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
}

/// `POST /provider-tokens`.
async fn issue(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewProviderToken = parameters::json(&headers, &body)?;
    check_text("name", &new.name, 100).map_err(refuse)?;
    if new.expires_at.is_some_and(|end| end <= now(&rooms)) {
        return Err(refuse(Fault::new("expires_at", "past", "lies in the past")));
    }
    let new = NewToken {
        user: new.provider_user_id,
        name: new.name,
        scopes: new.scopes,
        expires_at: new.expires_at,
    };
    let made = does(&rooms, &actor, async |tx| {
        provider_tokens::issue(tx, &new, rand::random()).await
    });
    let ((listed, token), position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &Issued { listed, token }, position))
}

/// `POST /provider-tokens/{id}/rotate`: a new one in its place; the old one is dead with the next request.
async fn rotate(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let token = id::<ProviderTokenId>(&token)?;
    let at = now(&rooms);
    let made = does(&rooms, &actor, async |tx| {
        provider_tokens::rotate(tx, token, rand::random(), at).await
    });
    let ((listed, token), position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &Issued { listed, token }, position))
}

/// `POST /provider-tokens/{id}/revoke`.
async fn revoke(
    State(rooms): State<Arc<Rooms>>,
    Doorkeeper(actor): Doorkeeper,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let token = id::<ProviderTokenId>(&token)?;
    let done = does(&rooms, &actor, async |tx| provider_tokens::revoke(tx, token).await);
    let (listed, position) = done.await?;
    Ok(at_position(StatusCode::OK, &listed, position))
}

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/provider-tokens", get(list).post(issue)),
        ("/provider-tokens/{id}/rotate", post(rotate)),
        ("/provider-tokens/{id}/revoke", post(revoke)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    const TAG: &str = "agency network";
    let user = query(
        "provider_user_id",
        &serde_json::json!({"type": "string"}),
        "Only of this user.",
    );
    let told = vec![
        Operation::answering_with::<Tokens>("get", "/provider-tokens", TAG, "Tokens of outside providers")
            .asking([user]),
        Operation::answering_with::<Issued>("post", "/provider-tokens", TAG, "Issue a token, shown this once")
            .taking_a::<NewProviderToken>()
            .answering(201),
        Operation::answering_with::<Issued>(
            "post",
            "/provider-tokens/{id}/rotate",
            TAG,
            "A new token in the place of one",
        )
        .answering(201),
        Operation::answering_with::<Listed>(
            "post",
            "/provider-tokens/{id}/revoke",
            TAG,
            "Make a token useless, at once",
        ),
    ];
    let refused = [Kind::NotFound, Kind::RuleRefused];
    told.into_iter()
        .map(|operation| operation.by(WHO).refusing(&refused))
        .collect()
}
