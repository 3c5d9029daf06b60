//! `/providers/{key}/merges`: two records of one provider become one, and are taken apart again.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Rooms, Routes,
    access::Administrator,
    credentialing::said,
    operation::Operation,
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
};
use crate::store::{
    self,
    merges::{self, Merge},
};

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/providers/{key}/merges", get(list).post(merge)),
        ("/provider-merges/{id}/undo", post(undo)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "providers";
    vec![
        Operation::answering_with::<Vec<Merge>>(
            "get",
            "/providers/{key}/merges",
            TAG,
            "Records that turned out to be this provider",
        )
        .by_administrators()
        .refusing(&[Kind::NotFound, Kind::InvalidParameter, Kind::Merged]),
        Operation::answering_with::<Merge>(
            "post",
            "/providers/{key}/merges",
            TAG,
            "Make another record one with this provider, which stays",
        )
        .by_administrators()
        .taking_a::<Wanted>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused, Kind::Merged])
        .answering(201),
        Operation::answering_with::<Merge>(
            "post",
            "/provider-merges/{id}/undo",
            TAG,
            "Take two records apart that were made one",
        )
        .by_administrators()
        .taking_a::<Undoing>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}

/// `GET /providers/{key}/merges`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
) -> Result<Json<Vec<Merge>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    Ok(Json(merges::of(&mut tx, provider.id).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The record that is the same provider, by NPI, locator or id.
    other: String,
    /// How that is known.
    #[schemars(length(min = 1, max = 10000))]
    reason: String,
}

/// `POST /providers/{key}/merges` with `{other, reason}`.
async fn merge(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Wanted { other, reason } = parameters::json(&headers, &body)?;
    let reason = given("reason", &reason)?;
    let other = parse_key(&other).map_err(|_| {
        let message = "an NPI, a locator like PRV-2026-000042 or an id";
        Problem::fault("other", "unknown_key", message)
    })?;
    let mut tx = rooms.store.begin(&actor).await?;
    let kept = locate(&mut tx, &parse_key(&key)?).await?;
    let gone = locate(&mut tx, &other).await.map_err(|error| match error {
        store::Error::NotFound => Problem::not_found("There is no provider under the key in `other`."),
        store::Error::Merged(into) => {
            let message = format!("is one with {into} already");
            Problem::from(store::Error::Refused(crate::vocab::Fault::new(
                "other", "merged", message,
            )))
        }
        other => other.into(),
    })?;
    let merge = merges::merge(&mut tx, &kept, &gone, &reason, rooms.now()).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::CREATED, &merge, position))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Undoing {
    /// Why they are two after all.
    #[schemars(length(min = 1, max = 10000))]
    reason: String,
}

/// `POST /provider-merges/{id}/undo` with `{reason}`.
async fn undo(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Undoing { reason } = parameters::json(&headers, &body)?;
    let reason = given("reason", &reason)?;
    let none = || Problem::not_found("There is no such merge that holds.");
    let id = id.parse().map_err(|_| none())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let merge = merges::take_apart(&mut tx, id, &reason, rooms.now()).await;
    let merge = merge.map_err(|error| match error {
        store::Error::NotFound => none(),
        other => other.into(),
    })?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &merge, position))
}

fn given(field: &'static str, words: &str) -> Result<String, Problem> {
    said(field, words, "say how it is known")
}
