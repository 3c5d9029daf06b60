//! For those who run it: is it up, is it ready, what are the numbers, what is the index.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Rooms, measure,
    problem::{Kind, Problem},
};
use crate::store;

/// How long a probe waits for Postgres.
const PROBE: Duration = Duration::from_millis(500);

/// When Postgres answered last, in Unix seconds.
pub struct Reached(AtomicI64);

impl Reached {
    /// Reached at the start: the store was opened.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(AtomicI64::new(now.timestamp()))
    }

    fn note(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp(), Ordering::Relaxed);
    }

    /// Seconds since it was reached.
    fn away_s(&self, now: DateTime<Utc>) -> i64 {
        (now.timestamp() - self.0.load(Ordering::Relaxed)).max(0)
    }
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> Json<Value> {
    Json(json!({"status": "up", "version": env!("CARGO_PKG_VERSION")}))
}

/// `GET /readyz`: 200 when searches are answered. Postgres may be away meanwhile; then it says for how long.
pub async fn readyz(State(rooms): State<Arc<Rooms>>) -> Response {
    let reachable = probe(&rooms).await;
    let status = rooms.index.status();
    let ready = rooms.index.position().is_some();
    let away_s = if reachable {
        0
    } else {
        rooms.reached.away_s(rooms.now())
    };
    if !ready {
        let detail = "The index has not been built yet.";
        return Problem::new(Kind::Unavailable, detail).retry_after(2).into_response();
    }
    Json(json!({
        "status": "ready",
        "index": status,
        "store": {"reachable": reachable, "away_seconds": away_s},
    }))
    .into_response()
}

/// `GET /metrics` in Prometheus text format.
pub async fn metrics(State(rooms): State<Arc<Rooms>>) -> Response {
    measure::store(probe(&rooms).await);
    let end = tokio::time::timeout(PROBE, store::outbox::end(&rooms.store)).await;
    let end = end.ok().and_then(Result::ok).map(|position| position.xid);
    let documents = u64::try_from(rooms.index.status().documents).unwrap_or_default();
    measure::index(documents, rooms.index.position().map(|at| at.xid), end);
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
        measure::render(),
    )
        .into_response()
}

/// `GET /admin/index`: the alias and the live generation behind it.
pub async fn index(State(rooms): State<Arc<Rooms>>) -> Response {
    Json(rooms.index.status()).into_response()
}

async fn probe(rooms: &Rooms) -> bool {
    let reachable = matches!(tokio::time::timeout(PROBE, rooms.store.ping()).await, Ok(Ok(())));
    if reachable {
        rooms.reached.note(rooms.now());
    }
    reachable
}
