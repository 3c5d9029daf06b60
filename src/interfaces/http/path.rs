//! What a path names, read into types. A key that can be none is told like any other wrong field: by its name in the path and
//! with the reason.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::problem::Problem;

/// The parameters of a path.
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &S) -> Result<Self, Problem> {
        let refused = match axum::extract::Path::from_request_parts(parts, rooms).await {
            Ok(axum::extract::Path(read)) => return Ok(Self(read)),
            Err(refused) => refused,
        };
        // What is typed in a path is a key; texts are taken as they are.
        let given = RawPathParams::from_request_parts(parts, rooms).await;
        let given = given.map_err(|_| {
            let shown: String = parts.uri.path().chars().take(80).collect();
            Problem::fault("path", "encoding", format!("`{shown}` is no text in UTF-8"))
        })?;
        let wrong = given.iter().find(|(_, value)| value.parse::<Uuid>().is_err());
        Err(match wrong {
            Some((name, value)) => {
                let shown: String = value.chars().take(80).collect();
                Problem::fault(name, "malformed", format!("`{shown}` is no id: a UUID is meant"))
            }
            None => Problem::fault("path", "malformed", refused.body_text()),
        })
    }
}
