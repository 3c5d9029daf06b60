//! Positions in the change feed: how a write is answered, with what has become of it and with its position, so that its writer can
//! wait for it; and which one a reading has seen.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::search::POSITION;
use crate::index::Snapshot;
use crate::vocab::Position;

/// An answer to a write: what has become of it, and the position of the change.
pub fn at_position(status: StatusCode, told: &impl Serialize, position: Position) -> Response {
    let mut response = (status, Json(told)).into_response();
    response.headers_mut().extend(position_header(position));
    response
}

/// Headers that tell which position an answer from a snapshot has seen.
pub fn position_of(snapshot: &Snapshot) -> HeaderMap {
    snapshot.position.and_then(position_header).into_iter().collect()
}

/// The header that tells a position.
pub fn position_header(position: Position) -> Option<(HeaderName, HeaderValue)> {
    Some((POSITION, HeaderValue::from_str(&position.to_string()).ok()?))
}
