//! `/exclusions`: which lists of people who may not be paid are loaded, who was found on them, and what a person says to it.

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
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::Administrator,
    credentialing::{Reviewer, said},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
    refusals::unless_absent,
};
use crate::store::exclusion::{self, Found, List};

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/exclusions", get(lists)),
        ("/exclusions/findings", get(findings)),
        ("/exclusions/findings/{id}/decide", post(decide)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const REVIEWERS: &str = "A reviewer or administrator of the organisation, or a platform administrator.";
    let text = json!({"type": "string"});
    vec![
        Operation::answering_with::<Vec<List>>(
            "get",
            "/exclusions",
            "credentialing",
            "The lists of exclusions that are loaded",
        )
        .by(REVIEWERS),
        Operation::answering_with::<Vec<Found>>(
            "get",
            "/exclusions/findings",
            "credentialing",
            "Providers found on a list",
        )
        .by(REVIEWERS)
        .asking([
            query("status", &text, "OPEN, CONFIRMED or DISMISSED."),
            query("provider", &text, "An NPI, locator or id."),
            query(
                "limit",
                &json!({"type": "integer", "minimum": 1, "maximum": 500}),
                "How many.",
            ),
        ])
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Decided>(
            "post",
            "/exclusions/findings/{id}/decide",
            "credentialing",
            "Say whether a finding is about the provider; said anew, it takes back what was decided before",
        )
        .by_administrators()
        .taking_a::<Decision>()
        .refusing(&[Kind::NotFound]),
    ]
}

/// `GET /exclusions`.
async fn lists(State(rooms): State<Arc<Rooms>>, Reviewer(actor): Reviewer) -> Result<Json<Vec<List>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(exclusion::lists(&mut tx).await?))
}

/// `GET /exclusions/findings`.
async fn findings(
    State(rooms): State<Arc<Rooms>>,
    Reviewer(actor): Reviewer,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Found>>, Problem> {
    let known = ["status", "provider", "limit"];
    let [status, provider, limit] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 500, 100)?;
    if status
        .as_deref()
        .is_some_and(|s| !["OPEN", "CONFIRMED", "DISMISSED"].contains(&s))
    {
        return Err(Problem::fault(
            "status",
            "unknown_term",
            "is one of OPEN, CONFIRMED, DISMISSED",
        ));
    }
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = match provider {
        Some(key) => Some(locate(&mut tx, &parse_key(&key)?).await?.id),
        None => None,
    };
    let limit = i64::try_from(limit).unwrap_or(100);
    Ok(Json(
        exclusion::findings(&mut tx, status.as_deref(), provider, limit).await?,
    ))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// Whether it is about the provider.
    confirmed: bool,
    /// What that rests on.
    note: String,
}

#[derive(Serialize, JsonSchema)]
struct Decided {
    /// `CONFIRMED` or `DISMISSED`.
    status: &'static str,
}

/// `POST /exclusions/findings/{id}/decide` with `{confirmed, note}`.
async fn decide(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Decision { confirmed, note } = parameters::json(&headers, &body)?;
    let note = said("note", &note, "say what the decision rests on")?;
    let id = id
        .parse()
        .map_err(|_| Problem::fault("id", "malformed", "the id of a finding"))?;
    let mut tx = rooms.store.begin(&actor).await?;
    exclusion::decide(&mut tx, id, confirmed, &note, rooms.now())
        .await
        .map_err(unless_absent("There is no such finding."))?;
    let position = tx.commit().await?;
    let status = if confirmed { "CONFIRMED" } else { "DISMISSED" };
    Ok(at_position(StatusCode::OK, &Decided { status }, position))
}
