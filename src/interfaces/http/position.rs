//! How a write is answered: with what has become of it, and with its position in the change feed, so that its writer can wait
//! for it.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::search::POSITION;
use crate::vocab::Position;

/// An answer to a write: what has become of it, and the position of the change.
pub fn at_position(status: StatusCode, told: &impl Serialize, position: Position) -> Response {
    let mut response = (status, Json(told)).into_response();
    response.headers_mut().extend(position_header(position));
    response
}

/// The header that tells a position.
pub fn position_header(position: Position) -> Option<(HeaderName, HeaderValue)> {
    Some((POSITION, HeaderValue::from_str(&position.to_string()).ok()?))
}
