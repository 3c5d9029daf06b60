//! `/change-proposals`: what imports suggest, and what a person says to it.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{
    Rooms, Routes,
    access::Administrator,
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
};
use crate::store::{
    self,
    proposals::{self, Proposal},
};

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/change-proposals", get(list)),
        ("/change-proposals/{id}/decide", post(decide)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "providers";
    vec![
        Operation::answering_with::<Vec<Proposal>>(
            "get",
            "/change-proposals",
            TAG,
            "What imports suggest, the oldest first",
        )
        .by_administrators()
        .asking([
            query(
                "open",
                &json!({"type": "boolean", "default": true}),
                "Open ones, or decided ones.",
            ),
            query("provider", &json!({"type": "string"}), "An NPI, locator or id."),
            query(
                "limit",
                &json!({"type": "integer", "minimum": 1, "maximum": 1000}),
                "How many.",
            ),
        ])
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Proposal>(
            "post",
            "/change-proposals/{id}/decide",
            TAG,
            "Accept a suggestion, which then happens, or dismiss it",
        )
        .by_administrators()
        .taking_a::<Decision>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}

/// `GET /change-proposals`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Proposal>>, Problem> {
    let pairs = parameters::pairs(raw.as_deref())?;
    let [open, provider, limit] = parameters::only(pairs, ["open", "provider", "limit"])?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 100)?;
    let open = match open.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Problem::fault("open", "unknown_term", "is one of true, false")),
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = match provider {
        Some(key) => Some(locate(&mut tx, &parse_key(&key)?).await?.id),
        None => None,
    };
    let limit = i64::try_from(limit).unwrap_or(100);
    Ok(Json(proposals::list(&mut tx, open, provider, limit).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// Whether it is to happen.
    accept: bool,
}

/// `POST /change-proposals/{id}/decide` with `{accept}`.
async fn decide(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Decision { accept } = parameters::json(&headers, &body)?;
    let none = || Problem::not_found("There is no such open proposal.");
    let id = id.parse().map_err(|_| none())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let decided = proposals::decide(&mut tx, id, accept, rooms.now()).await;
    let decided = decided.map_err(|error| match error {
        store::Error::NotFound => none(),
        other => other.into(),
    })?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &decided, position))
}
