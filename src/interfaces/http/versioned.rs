//! Answers that carry a version, and creations that can be said twice: what nouns with an ETag share.

use std::convert::Infallible;

use axum::{
    Json,
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    Rooms, agency,
    position::position_header,
    problem::{Kind, Problem},
    providers::asks_for,
};
use crate::domain::access::Actor;
use crate::store::{
    Tx,
    idempotency::{self, Claim},
};
use crate::vocab::Position;

/// Something as it is now; 304 where the caller has it already.
///
/// # Errors
/// Where it can't be written down.
pub fn read(headers: &HeaderMap, version: i64, told: &impl Serialize) -> Result<Response, Problem> {
    let text = serde_json::to_string(told).map_err(|e| Problem::internal(&e))?;
    let etag = tag(version, &text);
    let mut response = if asks_for(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], text).into_response()
    };
    mark(&mut response, &etag);
    Ok(response)
}

/// The tag of what is read: the version, which is all that `If-Match` heeds, and a digest of all that is told. Some of that the
/// version knows nothing of: the clock of a schedule's clinic, the names of a provider's networks, what holds today.
pub fn tag(version: i64, text: &str) -> String {
    let digest = digest(text.as_bytes());
    format!("\"{version}-{}\"", &digest[..16])
}

/// In 64 letters, what tells two answers apart.
pub fn digest(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect()
}

/// Something that has just been changed, and the position of the change. The tag is good for `If-Match` alone: it names the
/// version, whatever else is told beside.
pub fn changed(version: i64, position: Position, told: &impl Serialize) -> Response {
    let mut response = Json(told).into_response();
    mark(&mut response, &format!("\"{version}\""));
    response.headers_mut().extend(position_header(position));
    response
}

/// The same once it is committed; of a dry run the transaction goes with all that it did.
///
/// # Errors
/// If Postgres goes away.
pub async fn changed_or_tried(tx: Tx, dry_run: bool, version: i64, told: &impl Serialize) -> Result<Response, Problem> {
    if dry_run {
        return Ok(Json(told).into_response());
    }
    let position = tx.commit().await?;
    Ok(changed(version, position, told))
}

/// Nothing to tell but the position.
pub fn done(position: Position) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(position_header(position));
    response
}

fn mark(response: &mut Response, etag: &str) {
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
}

/// What a creation has made.
pub struct Made<T> {
    /// Told to the caller.
    pub told: T,
    /// Its version.
    pub version: i64,
}

/// What a request is known by when it is sent again: its `Idempotency-Key`, if it has one, and what it asks for.
pub struct Once {
    key: Option<HeaderValue>,
    line: String,
}

impl<S: Sync> FromRequestParts<S> for Once {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            key: parts.headers.get("idempotency-key").cloned(),
            line: format!("{} {}", parts.method, parts.uri.path()),
        })
    }
}

impl Once {
    /// The key, if the request has one.
    ///
    /// # Errors
    /// Where it can't be one.
    pub fn key(&self) -> Result<Option<&str>, Problem> {
        let Some(given) = &self.key else {
            return Ok(None);
        };
        let key = given.to_str().unwrap_or_default().trim();
        if key.is_empty() || key.len() > 255 {
            let message = "1 to 255 letters, digits and signs, new for each request";
            return Err(Problem::fault("Idempotency-Key", "malformed", message));
        }
        Ok(Some(key))
    }

    /// The request that the key stands for.
    pub fn request<'a>(&'a self, body: &'a [u8]) -> idempotency::Request<'a> {
        idempotency::Request { line: &self.line, body }
    }
}

/// Runs `make` in a transaction of the actor's, once for each `Idempotency-Key`: said again, the request gets the same answer.
pub async fn create<T: Serialize>(
    rooms: &Rooms,
    actor: &Actor,
    once: &Once,
    body: &[u8],
    make: impl AsyncFnOnce(&mut Tx) -> Result<Made<T>, Problem>,
) -> Result<Response, Problem> {
    make_once(rooms, actor, once, body, async |tx| {
        let Made { told, version } = make(tx).await?;
        Ok((told, Some(version)))
    })
    .await
}

/// The same for what has no version.
pub async fn create_plain<T: Serialize>(
    rooms: &Rooms,
    actor: &Actor,
    once: &Once,
    body: &[u8],
    make: impl AsyncFnOnce(&mut Tx) -> Result<T, Problem>,
) -> Result<Response, Problem> {
    make_once(rooms, actor, once, body, async |tx| Ok((make(tx).await?, None))).await
}

async fn make_once<T: Serialize>(
    rooms: &Rooms,
    actor: &Actor,
    once: &Once,
    body: &[u8],
    make: impl AsyncFnOnce(&mut Tx) -> Result<(T, Option<i64>), Problem>,
) -> Result<Response, Problem> {
    let key = once.key()?;
    let mut tx = rooms.store.begin_at(actor, agency::now(rooms)).await?;
    if let Some(key) = key
        && let Claim::Answered(answer, position) =
            idempotency::claim(&mut tx, key, once.request(body), rooms.now()).await?
    {
        return Ok(created(&answer, position));
    }
    let (told, version) = make(&mut tx).await?;
    let text = serde_json::to_string(&told).map_err(|e| Problem::internal(&e))?;
    let answer = json!({"version": version, "body": text});
    if let Some(key) = key {
        idempotency::keep(&mut tx, key, &answer).await?;
    }
    let position = tx.commit().await?;
    Ok(created(&answer, position))
}

fn created(answer: &Value, position: Position) -> Response {
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    let mut response = (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    if let Some(version) = answer["version"].as_i64() {
        mark(&mut response, &format!("\"{version}\""));
    }
    response.headers_mut().extend(position_header(position));
    response
}

/// Nothing of this kind under this id, or nothing that the caller may see.
pub fn absent(what: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("There is no such {what}."))
}
