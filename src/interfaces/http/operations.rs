//! For those who run it: is it up, is it ready, what are the numbers, what is the index.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tracing::Instrument;

use super::{
    Rooms,
    access::Administrator,
    measure,
    problem::{Kind, Problem},
};

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "up", "version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /readyz`: 200 when searches are answered. Postgres may be away meanwhile; `age_seconds` says since when the
/// index has not been known to be up to date (null: never yet).
pub async fn readyz(State(rooms): State<Arc<Rooms>>) -> Result<Json<Value>, Problem> {
    if rooms.index.position().is_none() {
        return Err(Problem::new(Kind::Unavailable, "The index has not been built yet.").retry_after(2));
    }
    let feed = rooms.feed.status();
    Ok(Json(json!({
        "status": "ready",
        "index": rooms.index.status(),
        "feed": {"state": feed.state, "age_seconds": feed.lag(Instant::now()).map(|age| age.as_secs())},
        "store": {"reachable": rooms.pulse.of(&rooms.store).await},
    })))
}

/// `GET /metrics` in Prometheus text format.
pub async fn metrics(State(rooms): State<Arc<Rooms>>) -> Response {
    measure::store(rooms.pulse.of(&rooms.store).await);
    let age = rooms.feed.status().lag(Instant::now());
    let status = rooms.index.status();
    measure::index(
        status.providers,
        status.locations,
        status.position.map(|at| at.xid),
        age,
    );
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        measure::render(),
    )
        .into_response()
}

/// `GET /admin/index`: the alias, the live generation behind it, and what the feed does.
pub async fn index(State(rooms): State<Arc<Rooms>>) -> Result<Json<Value>, Problem> {
    let feed = rooms.feed.status();
    let mut told = serde_json::to_value(rooms.index.status()).map_err(|e| Problem::internal(&e))?;
    if let Some(members) = told.as_object_mut() {
        members.insert("feed".to_owned(), json!({"state": feed.state, "rebuild": feed.rebuild}));
    }
    Ok(Json(told))
}

/// `POST /admin/index/rebuild`: a new generation is made in the background and swapped in; `GET /admin/index` tells how
/// far it is.
pub async fn rebuild(State(rooms): State<Arc<Rooms>>, Administrator(actor): Administrator) -> Response {
    tracing::info!(actor.name = actor.name, "a rebuild was asked for");
    let feed = rooms.feed.clone();
    let work = async move {
        if let Err(error) = feed.rebuild().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the rebuild ended without a new generation"
            );
        }
    };
    tokio::spawn(work.in_current_span());
    (
        StatusCode::ACCEPTED,
        Json(json!({"status": "accepted", "follow": "/admin/index"})),
    )
        .into_response()
}
