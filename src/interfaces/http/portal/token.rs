//! Whether a token is good, and whose it is.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{acts::does, door::Guest};
use crate::interfaces::http::{Rooms, problem::Problem};
use crate::store::audit;
use crate::vocab::{OrganizationId, ProviderId, ProviderUserId, terms::ProviderUserKind};

/// Who a token is.
#[derive(Serialize, JsonSchema)]
pub(super) struct Checked {
    /// Always true: a token that is not good is a 401.
    active: bool,
    /// Whose it is.
    provider_user_id: ProviderUserId,
    /// Their name.
    pub(super) name: String,
    /// `person` or `machine`.
    pub(super) kind: ProviderUserKind,
    /// The provider.
    provider_id: ProviderId,
    /// The agency.
    organization_id: OrganizationId,
    /// What the token is for.
    pub(super) scopes: Vec<String>,
    /// When it runs out.
    pub(super) expires_at: Option<DateTime<Utc>>,
}

/// `GET /api/provider-auth`: whether the token in `Authorization` is good, and whose it is.
pub(super) async fn provider_auth(State(rooms): State<Arc<Rooms>>, Guest(bearer): Guest) -> Result<Response, Problem> {
    does(&rooms, &bearer, async |tx| {
        audit::record(
            tx,
            "provider_token.check",
            "provider_token",
            &bearer.token_id.to_string(),
            &json!({}),
        )
        .await
    })
    .await?;
    let told = Checked {
        active: true,
        provider_user_id: bearer.user_id,
        name: bearer.name,
        kind: bearer.kind,
        provider_id: bearer.provider_id,
        organization_id: bearer.organization_id,
        scopes: bearer.scopes,
        expires_at: bearer.expires_at,
    };
    Ok(Json(told).into_response())
}
