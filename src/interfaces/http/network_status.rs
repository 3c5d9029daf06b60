//! `GET /network-status` and `POST /network-status/batch`: who was in which network on which day, and what follows.
//!
//! The same checks over gRPC are in [`crate::interfaces::grpc`]; both ask [`crate::interfaces::network_check`].

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::Checker,
    operation::{Operation, query},
    parameters,
    position::position_header,
    problem::{Kind, Problem},
};
use crate::domain::access::Actor;
use crate::interfaces::network_check::{Asked, Checked, Reader};
use crate::vocab::Position;

/// Checks of one batch.
pub const MAX_BATCH: usize = 1_000;

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/network-status", get(check).post(keep)),
        ("/network-status/batch", post(batch)),
    ]
}

/// What the paths tell of themselves.
pub fn operations() -> Vec<Operation> {
    let text = || json!({"type": "string"});
    let day = || json!({"type": "string", "format": "date"});
    let asking = [
        query("npi", &text(), "Ten digits. Needed."),
        query("plan", &text(), "Plan: id, code or name. This or `network`."),
        query("network", &text(), "Network: id or name."),
        query("date", &day(), "Date of service; left out: today (UTC)."),
        query("location_id", &text(), "At this location; left out: at any."),
        query("taxonomy", &text(), "NUCC code that the provider should list."),
        query(
            "as_known_on",
            &day(),
            "As the directory knew it at the end of this day.",
        ),
        query(
            "relied_on",
            &day(),
            "The day on which the member looked into the directory.",
        ),
        query(
            "min_position",
            &text(),
            "See at least what was written up to this position.",
        ),
    ];
    let refusals = [Kind::NotFound, Kind::PositionNotReached, Kind::Unavailable];
    vec![
        Operation::answering_with::<Checked>(
            "get",
            "/network-status",
            "networks",
            "Who was in which network on which day, and what follows for a claim",
        )
        .asking(asking)
        .refusing(&refusals),
        Operation::answering_with::<Checked>(
            "post",
            "/network-status",
            "networks",
            "The same by a body; with `claim_ref` a pending claim is held, with `receipt` the decision is kept, signed",
        )
        .taking_a::<Asked>()
        .refusing(&refusals),
        Operation::answering_with::<Answers>(
            "post",
            "/network-status/batch",
            "networks",
            "Up to 1,000 checks at once, each answered as if asked alone",
        )
        .taking_a::<Batch>()
        .refusing(&refusals),
    ]
}

/// `GET /network-status?npi=&plan=|network=&date=&location_id=&taxonomy=&as_known_on=&relied_on=&min_position=`.
pub async fn check(
    State(rooms): State<Arc<Rooms>>,
    checker: Checker,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let known = [
        "npi",
        "plan",
        "network",
        "date",
        "location_id",
        "taxonomy",
        "as_known_on",
        "relied_on",
        "min_position",
    ];
    let pairs = parameters::pairs(raw.as_deref())?;
    let [
        npi,
        plan,
        network,
        date,
        location_id,
        taxonomy,
        as_known_on,
        relied_on,
        min_position,
    ] = parameters::only(pairs, known)?;
    let asked = Asked {
        npi: npi.unwrap_or_default(),
        plan,
        network,
        date,
        location_id,
        taxonomy,
        as_known_on,
        relied_on,
        ..Asked::default()
    };
    let reader = Reader::open(&rooms, &checker.actor, position(min_position.as_deref())?).await?;
    let checked = reader.check(&asked).await?;
    let mut response = Json(checked).into_response();
    response.headers_mut().extend(position_header(reader.position()));
    Ok(response)
}

/// `POST /network-status` with `{npi, plan|network, date?, .., claim_ref?, receipt?}`: as a GET says, and what remains of
/// it is kept.
pub async fn keep(
    State(rooms): State<Arc<Rooms>>,
    checker: Checker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asked: Asked = parameters::json(&headers, &body)?;
    let actor = asking(&rooms, checker, asked.is_kept()).await?;
    let reader = Reader::open(&rooms, &actor, None).await?;
    let mut response = Json(reader.check(&asked).await?).into_response();
    response.headers_mut().extend(position_header(reader.position()));
    Ok(response)
}

/// Who asks: as the node knows them, or as the store does where something is written down.
async fn asking(rooms: &Rooms, checker: Checker, keeps: bool) -> Result<Actor, Problem> {
    if keeps {
        checker.confirmed(rooms).await
    } else {
        Ok(checker.actor)
    }
}

/// Checks to be answered together.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// One to 1,000.
    checks: Vec<Asked>,
    /// See at least what was written up to this position.
    #[serde(default)]
    min_position: Option<String>,
}

/// The answers of a batch, in the order of its checks.
#[derive(Serialize, JsonSchema)]
pub struct Answers {
    /// For each check its answer, or the problem that it would have got alone.
    results: Vec<One>,
}

/// One of a batch.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum One {
    /// Answered.
    Checked(Box<Checked>),
    /// Refused.
    Refused {
        /// A problem document (RFC 9457).
        problem: Value,
    },
}

/// `POST /network-status/batch` with `{checks: [{npi, plan|network, date, ..}], min_position?}`.
pub async fn batch(
    State(rooms): State<Arc<Rooms>>,
    checker: Checker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Batch { checks, min_position } = parameters::json(&headers, &body)?;
    if checks.is_empty() {
        let message = format!("1 to {MAX_BATCH} checks at once");
        return Err(Problem::fault("checks", "required", message));
    }
    if checks.len() > MAX_BATCH {
        let message = format!("1 to {MAX_BATCH} checks at once");
        return Err(Problem::fault("checks", "too_many", message));
    }
    let actor = asking(&rooms, checker, checks.iter().any(Asked::is_kept)).await?;
    let reader = Reader::open(&rooms, &actor, position(min_position.as_deref())?).await?;
    let mut results = Vec::with_capacity(checks.len());
    for asked in &checks {
        results.push(match reader.check(asked).await {
            Ok(checked) => One::Checked(Box::new(checked)),
            Err(problem) if matches!(problem.kind(), Kind::Unavailable | Kind::Internal) => return Err(problem),
            Err(problem) => One::Refused {
                problem: serde_json::from_str(&problem.to_json(None)).unwrap_or_default(),
            },
        });
    }
    let mut response = Json(Answers { results }).into_response();
    response.headers_mut().extend(position_header(reader.position()));
    Ok(response)
}

/// A position as another answer gave it.
pub fn position(text: Option<&str>) -> Result<Option<Position>, Problem> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|why: crate::vocab::ids::PositionError| Problem::fault("min_position", "format", why.to_string()))
    };
    text.map(parse).transpose()
}
