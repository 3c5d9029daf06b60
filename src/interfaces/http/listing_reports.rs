//! Reports by the public that a listing is wrong, and what becomes of them, by a program or at a page.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::anonymous,
    credentialing::{said, worded},
    listings::{created, zone},
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
};
use crate::domain::listing::correction_due;
use crate::interfaces::web::{
    listing_report, plain_page, prefers_pages,
    visit::{LANG, Visit},
};
use crate::store::listings::{self, Followed};
use crate::vocab::Position;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/providers/{key}/reports", post(report)),
        ("/reports/{token}", get(follow)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "listings";
    vec![
        Operation::answering_with::<Reported>("post", "/providers/{key}/reports", TAG, "Say that a listing is wrong")
            .taking_a::<Report>()
            .refusing(&[Kind::Merged, Kind::NotFound])
            .answering(201),
        Operation::answering_with::<Followed>(
            "get",
            "/reports/{token}",
            TAG,
            "What has become of a report; to a browser, as a page",
        )
        .by("Whoever holds its key.")
        .asking([query(
            "lang",
            &json!({"type": "string", "enum": ["en", "es"]}),
            "The language of the page.",
        )]),
    ]
}

/// What somebody says is wrong.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What is wrong.
    pub text: String,
    /// How the reporter can be reached.
    #[serde(default)]
    pub contact: Option<String>,
}

/// A report that has come in.
#[derive(Serialize, JsonSchema)]
pub struct Reported {
    /// What follows the report, as `/reports/{key}`. It is not shown again.
    pub key: String,
    /// Until when it is seen to.
    pub due_at: DateTime<Utc>,
}

/// `POST /providers/{key}/reports` with `{text, contact?}`: anybody.
async fn report(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let given = parameters::json(&headers, &body)?;
    let (told, position) = reported(&rooms, &key, given).await?;
    Ok(created(&told, position))
}

/// Takes a report. Also what its page calls.
pub async fn reported(rooms: &Rooms, key: &str, given: Report) -> Result<(Reported, Position), Problem> {
    let text = said("text", &given.text, "say what is wrong")?;
    let contact = worded("contact", given.contact.as_deref())?;
    let mut tx = rooms.store.begin(&anonymous()).await?;
    let provider = locate(&mut tx, &parse_key(key)?).await?;
    let due_at = correction_due(rooms.now(), zone(&provider));
    let secret = rand::random();
    let key = listings::report(
        &mut tx,
        provider.id,
        &text,
        contact.as_deref(),
        secret,
        rooms.now(),
        due_at,
    )
    .await?;
    let position = tx.commit().await?;
    Ok((Reported { key, due_at }, position))
}

/// `GET /reports/{key}`.
async fn follow(
    State(rooms): State<Arc<Rooms>>,
    visit: Visit,
    Path(token): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    parameters::only(parameters::pairs(raw.as_deref())?, [LANG])?;
    let found = listings::follow(&rooms.store, &token).await?;
    let found = found.ok_or_else(|| Problem::new(Kind::NotSignedIn, "There is no report of this key."));
    if !prefers_pages(&headers) {
        return Ok(Json(found?).into_response());
    }
    Ok(match found {
        Ok(found) => listing_report::followed(&visit, &found),
        Err(problem) => plain_page::refused(&visit, &problem),
    })
}
