//! Links by which providers confirm and correct their own listings: made by administrators, used by whoever holds one, by a program
//! or at a page.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::Administrator,
    links::Links,
    listings::{Told, created, zone},
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    provider_body::read_change,
    providers::{locate, parse_key},
};
use crate::domain::{access::Actor, listing::correction_due, provider::Provider};
use crate::interfaces::web::{prefers_pages, update_link};
use crate::store::{self, listings};
use crate::vocab::{Position, ProviderId};

/// What a provider may say about itself; the rest is credentialing's, or the register's.
const OWN_WORDS: [&str; 5] = ["phone", "email", "languages", "locations", "gender"];
/// Days that a link is good for.
const LINK_DAYS: usize = 14;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/providers/{key}/update-links", post(make_link)),
        ("/update-links/{token}", get(open_link).post(use_link)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "listings";
    const HOLDER: &str = "Whoever holds the link.";
    vec![
        Operation::answering_with::<Link>(
            "post",
            "/providers/{key}/update-links",
            TAG,
            "Make a link by which the provider confirms and corrects",
        )
        .by_administrators()
        .taking_a::<LinkDays>()
        .refusing(&[Kind::Merged, Kind::NotFound])
        .answering(201),
        Operation::answering_with::<Opened>(
            "get",
            "/update-links/{token}",
            TAG,
            "The listing that a link is for; to a browser, as a page",
        )
        .by(HOLDER)
        .asking([query(
            "done",
            &json!({"type": "string", "enum": ["confirmed", "proposed"]}),
            "What the page says has just been done; programs leave it out.",
        )]),
        Operation::answering_with::<Used>(
            "post",
            "/update-links/{token}",
            TAG,
            "Confirm or correct the listing of a link",
        )
        .by(HOLDER)
        .taking_a::<OwnWords>()
        .refusing(&[Kind::RuleRefused])
        .answering(201),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkDays {
    /// Days that it is good for; 14 where nothing is said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 90))]
    days: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct Link {
    /// What the holder shows, as `/update-links/{token}`. It is not shown again.
    token: String,
    /// The page that it opens.
    url: String,
    expires_at: DateTime<Utc>,
}

/// `POST /providers/{key}/update-links` with `{days?}`.
async fn make_link(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let LinkDays { days } = parameters::json(&headers, &body)?;
    let days = days.unwrap_or(LINK_DAYS);
    if !(1..=90).contains(&days) {
        return Err(Problem::fault("days", "range", "from 1 to 90"));
    }
    let expires_at = rooms.now() + TimeDelta::days(i64::try_from(days).unwrap_or_default());
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    let token = listings::make_link(&mut tx, provider.id, rand::random(), rooms.now(), expires_at).await?;
    let position = tx.commit().await?;
    let url = links.absolute(&format!("/update-links/{token}"));
    Ok(created(&Link { token, url, expires_at }, position))
}

/// Who acts by a link, and about whom.
async fn holder(rooms: &Rooms, token: &str) -> Result<(Actor, ProviderId), Problem> {
    let found = listings::find_link(&rooms.store, token, rooms.now()).await?;
    found.ok_or_else(|| {
        Problem::new(
            Kind::NotSignedIn,
            "The link is unknown or has expired: ask for a new one.",
        )
    })
}

#[derive(Serialize, JsonSchema)]
struct Opened {
    locator: String,
    /// What can be corrected, as it is.
    listing: Value,
    #[serde(flatten)]
    told: Told,
}

/// The listing that a link is for.
pub async fn listing_of(rooms: &Rooms, token: &str) -> Result<Provider, Problem> {
    let (actor, provider) = holder(rooms, token).await?;
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(locate(&mut tx, &store::providers::ProviderKey::Id(provider)).await?)
}

/// `GET /update-links/{token}`.
async fn open_link(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Path(token): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if prefers_pages(&headers) {
        return Ok(update_link::open(&rooms, &links, &token, raw.as_deref()).await);
    }
    parameters::only(parameters::pairs(raw.as_deref())?, ["done"])?;
    let provider = listing_of(&rooms, &token).await?;
    let whole = serde_json::to_value(&provider).map_err(|e| Problem::internal(&e))?;
    let own = OWN_WORDS.iter().map(|name| ((*name).to_owned(), whole[*name].clone()));
    Ok(Json(Opened {
        locator: provider.locator.to_string(),
        listing: Value::Object(own.collect()),
        told: Told::of(&provider, rooms.now()),
    })
    .into_response())
}

/// What the holder of a link says of the listing.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnWords {
    /// That all is right as it is; not beside `change`.
    #[serde(default)]
    pub confirm: bool,
    /// What is not: `phone`, `email`, `languages`, `locations`, `gender`, as in a change of a provider.
    #[serde(default)]
    pub change: Option<serde_json::Map<String, Value>>,
}

/// What has become of it.
#[derive(Serialize, JsonSchema)]
pub struct Used {
    /// Whether the listing is confirmed by this.
    pub confirmed: bool,
    /// Until when the correction is made.
    pub due_at: Option<DateTime<Utc>>,
}

/// `POST /update-links/{token}` with `{confirm?, change?}`.
async fn use_link(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if is_form(&headers) {
        return Ok(update_link::sent(&rooms, &links, &token, &body).await);
    }
    holder(&rooms, &token).await?; // Who holds no link is told so before anything else.
    let given = parameters::json(&headers, &body)?;
    let (used, position) = used(&rooms, &token, given).await?;
    Ok(created(&used, position))
}

/// Whether a body is a form as a browser sends it.
fn is_form(headers: &HeaderMap) -> bool {
    let of = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    of.is_some_and(|of| of.starts_with("application/x-www-form-urlencoded"))
}

/// Confirms or corrects by a link. Also what its page calls.
pub async fn used(
    rooms: &Rooms,
    token: &str,
    OwnWords { confirm, change }: OwnWords,
) -> Result<(Used, Position), Problem> {
    let (actor, id) = holder(rooms, token).await?;
    if confirm && change.is_some() {
        let message = "that all is right as it is, and that something is not, can't both be: send one of them";
        return Err(Problem::fault("confirm", "contradiction", message));
    }
    if !confirm && change.is_none() {
        return Err(Problem::fault(
            "confirm",
            "required",
            "confirm the listing, or say what is wrong",
        ));
    }
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &store::providers::ProviderKey::Id(id)).await?;
    let mut used = Used {
        confirmed: confirm,
        due_at: None,
    };
    if let Some(change) = change {
        if let Some(other) = change.keys().find(|name| !OWN_WORDS.contains(&name.as_str())) {
            let message = format!("can be corrected here: {}", OWN_WORDS.join(", "));
            return Err(Problem::fault(format!("change.{other}"), "unknown_property", message));
        }
        if change.is_empty() {
            return Err(Problem::fault("change", "required", "say what is wrong"));
        }
        if change.get("locations").is_some_and(|places| *places == json!([])) {
            let message = "a listing has a place; who has closed says so in a report";
            return Err(Problem::fault("change.locations", "required", message));
        }
        let change = read_change(Value::Object(change), &rooms.schema.lexicon())?;
        let due_at = correction_due(rooms.now(), zone(&provider));
        listings::propose(&mut tx, id, &change, rooms.now(), due_at).await?;
        used.due_at = Some(due_at);
    }
    if confirm {
        listings::attest(&mut tx, id, "update link", rooms.now()).await?;
    }
    Ok((used, tx.commit().await?))
}
