//! Whether listings are still true: who is due, confirming, and deciding about what is said to be wrong.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::Administrator,
    credentialing::said,
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key, read},
    refusals::unless_absent,
    search::View,
};
use crate::domain::{
    calendar::zone_of_state,
    listing::{Clock, clock, is_verified},
    provider::Provider,
};
use crate::store::listings::{self, Attestation, Change};
use crate::vocab::{Position, ProviderId, terms::ProviderKind};

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/listings/due", get(due)),
        ("/listing-changes", get(changes)),
        ("/listing-changes/{id}/decide", post(decide)),
        ("/providers/{key}/listing", get(listing)),
        ("/providers/{key}/attestations", get(attestations).post(attest)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "listings";
    let number = |least: u32, most: u32| json!({"type": "integer", "minimum": least, "maximum": most});
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
                &number(0, 366),
                "Those whose confirmation ends within so many days; 14 by default.",
            ),
            query("limit", &number(1, 1000), "How many."),
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
            query("limit", &number(1, 1000), "How many."),
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
        .refusing(&[Kind::Merged, Kind::NotFound, Kind::InvalidParameter, Kind::Unavailable]),
        Operation::answering_with::<Vec<Attestation>>(
            "get",
            "/providers/{key}/attestations",
            TAG,
            "Who confirmed what",
        )
        .by_administrators()
        .refusing(&[Kind::Merged, Kind::NotFound, Kind::InvalidParameter]),
        Operation::answering_with::<Told>(
            "post",
            "/providers/{key}/attestations",
            TAG,
            "Confirm a listing as it is",
        )
        .by_administrators()
        .taking_a::<Method>()
        .refusing(&[Kind::Merged, Kind::NotFound])
        .answering(201),
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
pub(super) struct Told {
    /// When it was last confirmed; null: never.
    pub verified_at: Option<NaiveDate>,
    /// Whether it may be shown as verified.
    verified: bool,
    /// Null: neither confirmed nor in a network, so no clock runs.
    clock: Option<Clock>,
}

impl Told {
    pub(super) fn of(provider: &Provider, now: DateTime<Utc>) -> Self {
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
    let method = said("method", &method, "say how it was confirmed")?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    listings::attest(&mut tx, provider.id, &method, rooms.now()).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    let position = tx.commit().await?;
    Ok(created(&Told::of(&provider, rooms.now()), position))
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
    let outcome = said("outcome", &outcome, "say what came of it")?;
    let id = id
        .parse()
        .map_err(|_| Problem::fault("id", "malformed", "the id of a report or update"))?;
    let mut tx = rooms.store.begin(&actor).await?;
    listings::decide(&mut tx, id, apply, &outcome, rooms.now())
        .await
        .map_err(unless_absent("There is no such open report or update."))?;
    let position = tx.commit().await?;
    let status = if apply { "APPLIED" } else { "DISMISSED" };
    Ok(at_position(StatusCode::OK, &Decided { status }, position))
}

/// Where the provider practises; without a place, the capital's time.
pub(super) fn zone(provider: &Provider) -> Tz {
    let first = provider.locations.first();
    let named = first
        .and_then(|l| l.time_zone.as_deref())
        .and_then(|name| name.parse().ok());
    let state = first.and_then(|l| l.state.as_deref());
    named
        .or_else(|| state.and_then(zone_of_state))
        .unwrap_or(Tz::America__New_York)
}

pub(super) fn created(told: &impl Serialize, position: Position) -> Response {
    at_position(StatusCode::CREATED, told, position)
}
