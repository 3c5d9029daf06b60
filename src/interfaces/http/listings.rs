//! Whether listings are still true: who is due, confirming, links by which providers correct their own, reports by the public.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::{Administrator, anonymous},
    credentialing::worded,
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key, read, read_change},
    search::View,
};
use crate::domain::{
    access::Actor,
    calendar::zone_of_state,
    listing::{Clock, clock, correction_due, is_verified},
    provider::Provider,
};
use crate::store::{
    self,
    listings::{self, Attestation, Change, Followed},
};
use crate::vocab::{Position, ProviderId, terms::ProviderKind};

/// What a provider may say about itself; the rest is credentialing's, or the register's.
const OWN_WORDS: [&str; 5] = ["phone", "email", "languages", "locations", "gender"];
/// Days that a link is good for.
const LINK_DAYS: usize = 14;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/listings/due", get(due)),
        ("/listing-changes", get(changes)),
        ("/listing-changes/{id}/decide", post(decide)),
        ("/providers/{key}/listing", get(listing)),
        ("/providers/{key}/attestations", get(attestations).post(attest)),
        ("/providers/{key}/update-links", post(make_link)),
        ("/providers/{key}/reports", post(report)),
        ("/update-links/{token}", get(open_link).post(use_link)),
        ("/reports/{token}", get(follow)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "listings";
    const HOLDER: &str = "Whoever holds the link or key.";
    let number = json!({"type": "integer"});
    vec![
        Operation::answering_with::<Vec<Due>>(
            "get",
            "/listings/due",
            TAG,
            "Listings to be confirmed, the longest ago first",
        )
        .by_administrators()
        .asking([
            query(
                "within_days",
                &number,
                "Those whose confirmation ends within so many days; 14 by default.",
            ),
            query("limit", &number, "How many."),
        ]),
        Operation::answering_with::<Vec<Change>>(
            "get",
            "/listing-changes",
            TAG,
            "Reports and updates to be seen to, the most urgent first",
        )
        .by_administrators()
        .asking([
            query(
                "open",
                &json!({"type": "boolean", "default": true}),
                "Open ones, or decided ones.",
            ),
            query("limit", &number, "How many."),
        ]),
        Operation::answering_with::<Decided>(
            "post",
            "/listing-changes/{id}/decide",
            TAG,
            "Apply or dismiss a report or update",
        )
        .by_administrators()
        .taking_a::<Decision>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
        Operation::answering_with::<Told>(
            "get",
            "/providers/{key}/listing",
            TAG,
            "Whether a listing counts as verified",
        )
        .refusing(&[Kind::NotFound, Kind::InvalidParameter, Kind::Unavailable]),
        Operation::answering_with::<Vec<Attestation>>(
            "get",
            "/providers/{key}/attestations",
            TAG,
            "Who confirmed what",
        )
        .by_administrators()
        .refusing(&[Kind::NotFound, Kind::InvalidParameter]),
        Operation::answering_with::<Told>(
            "post",
            "/providers/{key}/attestations",
            TAG,
            "Confirm a listing as it is",
        )
        .by_administrators()
        .taking_a::<Method>()
        .refusing(&[Kind::NotFound])
        .answering(201),
        Operation::answering_with::<Link>(
            "post",
            "/providers/{key}/update-links",
            TAG,
            "Make a link by which the provider confirms and corrects",
        )
        .by_administrators()
        .taking_a::<LinkDays>()
        .refusing(&[Kind::NotFound])
        .answering(201),
        Operation::answering_with::<Reported>("post", "/providers/{key}/reports", TAG, "Say that a listing is wrong")
            .taking_a::<Report>()
            .refusing(&[Kind::NotFound])
            .answering(201),
        Operation::answering_with::<Opened>("get", "/update-links/{token}", TAG, "The listing that a link is for")
            .by(HOLDER),
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
        Operation::answering_with::<Followed>("get", "/reports/{token}", TAG, "What has become of a report").by(HOLDER),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Due {
    provider_id: ProviderId,
    locator: String,
    /// When it was last confirmed, or came in.
    confirmed_on: NaiveDate,
    #[serde(flatten)]
    clock: Clock,
}

/// `GET /listings/due`.
async fn due(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Due>>, Problem> {
    let [within, limit] = parameters::only(parameters::pairs(raw.as_deref())?, ["within_days", "limit"])?;
    let within = parameters::number("within_days", within.as_deref(), 0, 366, 14)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 100)?;
    let today = rooms.now().date_naive();
    let until = today.checked_add_days(Days::new(within as u64)).unwrap_or(today);
    let people = until.checked_sub_days(Days::new(90)).unwrap_or(today);
    // A day more than twelve months: the end of a month may lie beyond; the clock below has the last word.
    let facilities = until.checked_sub_months(Months::new(12)).unwrap_or(today);
    let mut tx = rooms.store.begin(&actor).await?;
    let listed = listings::due(&mut tx, people, facilities, i64::try_from(limit).unwrap_or(100)).await?;
    let told = listed.into_iter().map(|l| {
        let kind = if l.kind == "individual" {
            ProviderKind::Individual
        } else {
            ProviderKind::Organization
        };
        Due {
            provider_id: l.provider_id.into(),
            locator: l.locator,
            confirmed_on: l.confirmed_on,
            clock: clock(kind, l.confirmed_on, today),
        }
    });
    Ok(Json(told.collect()))
}

/// Whether a listing counts as verified.
#[derive(Serialize, JsonSchema)]
struct Told {
    /// When it was last confirmed; null: never.
    verified_at: Option<NaiveDate>,
    /// Whether it may be shown as verified.
    verified: bool,
    /// Null: neither confirmed nor in a network, so no clock runs.
    clock: Option<Clock>,
}

impl Told {
    fn of(provider: &Provider, now: DateTime<Utc>) -> Self {
        let began = provider.verified_at.or(provider.activated_at.map(|at| at.date_naive()));
        let clock = began.map(|day| clock(provider.kind, day, now.date_naive()));
        Self {
            verified_at: provider.verified_at,
            verified: is_verified(provider.kind, provider.verified_at, now.date_naive()),
            clock,
        }
    }
}

/// `GET /providers/{key}/listing`.
async fn listing(State(rooms): State<Arc<Rooms>>, Path(key): Path<String>) -> Result<Json<Told>, Problem> {
    let found = read(&rooms, &View::default(), &parse_key(&key)?).await?;
    Ok(Json(Told::of(&found.provider, rooms.now())))
}

/// `GET /providers/{key}/attestations`.
async fn attestations(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
) -> Result<Json<Vec<Attestation>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    Ok(Json(listings::attestations(&mut tx, provider.id).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Method {
    /// How it was confirmed: `telephone`, `letter`, `web`.
    method: String,
}

/// `POST /providers/{key}/attestations` with `{method}`.
async fn attest(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Method { method } = parameters::json(&headers, &body)?;
    let method = worded("method", Some(&method))?;
    let method = method.ok_or_else(|| Problem::fault("method", "required", "say how it was confirmed"))?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    listings::attest(&mut tx, provider.id, &method, rooms.now()).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    let position = tx.commit().await?;
    Ok(created(&Told::of(&provider, rooms.now()), position))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkDays {
    /// Days that it is good for, 1 to 90; 14 where nothing is said.
    #[serde(default)]
    days: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct Link {
    /// What the holder shows, as `/update-links/{token}`. It is not shown again.
    token: String,
    expires_at: DateTime<Utc>,
}

/// `POST /providers/{key}/update-links` with `{days?}`.
async fn make_link(
    State(rooms): State<Arc<Rooms>>,
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
    Ok(created(&Link { token, expires_at }, position))
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

/// `GET /update-links/{token}`.
async fn open_link(State(rooms): State<Arc<Rooms>>, Path(token): Path<String>) -> Result<Json<Opened>, Problem> {
    let (actor, provider) = holder(&rooms, &token).await?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &store::providers::ProviderKey::Id(provider)).await?;
    let whole = serde_json::to_value(&provider).map_err(|e| Problem::internal(&e))?;
    let own = OWN_WORDS.iter().map(|name| ((*name).to_owned(), whole[*name].clone()));
    Ok(Json(Opened {
        locator: provider.locator.to_string(),
        listing: Value::Object(own.collect()),
        told: Told::of(&provider, rooms.now()),
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OwnWords {
    /// That all is right as it is; not beside `change`.
    #[serde(default)]
    confirm: bool,
    /// What is not: `phone`, `email`, `languages`, `locations`, `gender`, as in a change of a provider.
    #[serde(default)]
    change: Option<serde_json::Map<String, Value>>,
}

#[derive(Serialize, JsonSchema)]
struct Used {
    /// Whether the listing is confirmed by this.
    confirmed: bool,
    /// Until when the correction is made.
    due_at: Option<DateTime<Utc>>,
}

/// `POST /update-links/{token}` with `{confirm?, change?}`.
async fn use_link(
    State(rooms): State<Arc<Rooms>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (actor, id) = holder(&rooms, &token).await?;
    let OwnWords { confirm, change } = parameters::json(&headers, &body)?;
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
    let position = tx.commit().await?;
    Ok(created(&used, position))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    /// What is wrong.
    text: String,
    /// How the reporter can be reached.
    #[serde(default)]
    contact: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Reported {
    /// What follows the report, as `/reports/{key}`. It is not shown again.
    key: String,
    /// Until when it is seen to.
    due_at: DateTime<Utc>,
}

/// `POST /providers/{key}/reports` with `{text, contact?}`: anybody.
async fn report(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let given: Report = parameters::json(&headers, &body)?;
    let text = worded("text", Some(&given.text))?;
    let text = text.ok_or_else(|| Problem::fault("text", "required", "say what is wrong"))?;
    let contact = worded("contact", given.contact.as_deref())?;
    let mut tx = rooms.store.begin(&anonymous()).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
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
    Ok(created(&Reported { key, due_at }, position))
}

/// `GET /reports/{key}`.
async fn follow(State(rooms): State<Arc<Rooms>>, Path(token): Path<String>) -> Result<Json<Followed>, Problem> {
    let found = listings::follow(&rooms.store, &token).await?;
    found
        .map(Json)
        .ok_or_else(|| Problem::new(Kind::NotSignedIn, "There is no report of this key."))
}

/// `GET /listing-changes`.
async fn changes(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Change>>, Problem> {
    let [open, limit] = parameters::only(parameters::pairs(raw.as_deref())?, ["open", "limit"])?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 100)?;
    let open = match open.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Problem::fault("open", "unknown_term", "is one of true, false")),
    };
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(
        listings::changes(&mut tx, open, i64::try_from(limit).unwrap_or(100)).await?,
    ))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// Whether it is right: an update then changes the provider with the same commit.
    apply: bool,
    /// What came of it, for the reporter to read.
    outcome: String,
}

#[derive(Serialize, JsonSchema)]
struct Decided {
    /// `APPLIED` or `DISMISSED`.
    status: &'static str,
}

/// `POST /listing-changes/{id}/decide` with `{apply, outcome}`.
async fn decide(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Decision { apply, outcome } = parameters::json(&headers, &body)?;
    let outcome = worded("outcome", Some(&outcome))?;
    let outcome = outcome.ok_or_else(|| Problem::fault("outcome", "required", "say what came of it"))?;
    let id = id
        .parse()
        .map_err(|_| Problem::fault("id", "malformed", "the id of a report or update"))?;
    let mut tx = rooms.store.begin(&actor).await?;
    listings::decide(&mut tx, id, apply, &outcome, rooms.now())
        .await
        .map_err(|error| match error {
            store::Error::NotFound => Problem::not_found("There is no such open report or update."),
            other => other.into(),
        })?;
    let position = tx.commit().await?;
    let status = if apply { "APPLIED" } else { "DISMISSED" };
    Ok(at_position(StatusCode::OK, &Decided { status }, position))
}

/// Where the provider practises; without a place, the capital's time.
fn zone(provider: &Provider) -> Tz {
    let first = provider.locations.first();
    let named = first
        .and_then(|l| l.time_zone.as_deref())
        .and_then(|name| name.parse().ok());
    let state = first.and_then(|l| l.state.as_deref());
    named
        .or_else(|| state.and_then(zone_of_state))
        .unwrap_or(Tz::America__New_York)
}

fn created(told: &impl Serialize, position: Position) -> Response {
    at_position(StatusCode::CREATED, told, position)
}
