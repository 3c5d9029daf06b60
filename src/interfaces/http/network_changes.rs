//! Networks and plans are changed and ended, and tell what they were.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::Administrator,
    networks::{UsedNetwork, named, used},
    operation::{Answer, Operation, Shape},
    parameters::{self, said},
    path::Path,
    position::position_header,
    problem::{Kind, Problem},
    providers::if_match,
};
use crate::domain::reference::{OonPolicy, PendingPolicy};
use crate::store::{
    Tx, audit,
    networks::{self, NetworkChange, PlanChange},
};
use crate::vocab::{NetworkId, PlanId};

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/networks/{id}/history", get(network_history)),
        ("/plans/{id}/history", get(plan_history)),
    ]
}

/// What the paths tell of themselves.
pub fn operations() -> Vec<Operation> {
    let changing = |path, says, taken, answer| {
        Operation::new("patch", path, "networks", says, Answer::Json(Shape::Named(answer)))
            .by_administrators()
            .taking(taken)
            .with_version()
            .refusing(&[Kind::RuleRefused])
    };
    let telling = |path, says| {
        Operation::answering_with::<History>("get", path, "networks", says)
            .by_administrators()
            .refusing(&[Kind::NotFound])
    };
    vec![
        changing("/networks/{id}", "Change or end a network", "NetworkChange", "Network"),
        changing(
            "/plans/{id}",
            "Change or end a plan or its networks",
            "PlanChange",
            "Plan",
        ),
        telling("/networks/{id}/history", "What a network was, latest first"),
        telling("/plans/{id}/history", "What a plan and its networks were, latest first"),
    ]
}

/// All states of a network or plan.
#[derive(Serialize, JsonSchema)]
pub struct History {
    /// Latest first; the first one is the present.
    pub states: Vec<networks::State>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedNetwork {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    public: Option<bool>,
    #[serde(default, deserialize_with = "said")]
    ends_on: Option<Option<NaiveDate>>,
}

/// `PATCH /networks/{id}` with `{name?, public?, ends_on?}`, under `If-Match`.
pub async fn change_network(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let id: NetworkId = id.parse().map_err(|_| no_network())?;
    let given: ChangedNetwork = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    let change = NetworkChange {
        name: given.name.map(|name| named("name", &name)).transpose()?,
        public: given.public,
        ends_on: given.ends_on,
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let (before, after) = networks::change_network(&mut tx, id, version, &change).await?;
    if before != after {
        let detail = json!({"before": before, "after": after});
        audit::record(&mut tx, "network.update", "network", &id.to_string(), &detail).await?;
    }
    changed(tx, after.life.version, &after).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedPlan {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    oon_policy: Option<OonPolicy>,
    #[serde(default)]
    pending_policy: Option<PendingPolicy>,
    #[serde(default)]
    policies_from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "said")]
    ends_on: Option<Option<NaiveDate>>,
    #[serde(default)]
    networks: Option<Vec<UsedNetwork>>,
}

/// `PATCH /plans/{id}` with `{code?, name?, oon_policy?, pending_policy?, policies_from?, ends_on?, networks?}`, under `If-Match`;
/// `networks` are all of them, policies count for services from `policies_from` on, or from today.
pub async fn change_plan(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let id: PlanId = id.parse().map_err(|_| no_plan())?;
    let given: ChangedPlan = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    if given.policies_from.is_some() && given.oon_policy.is_none() && given.pending_policy.is_none() {
        let message = "says from when on `oon_policy` or `pending_policy` counts: name one";
        return Err(Problem::fault("policies_from", "required", message));
    }
    let change = PlanChange {
        code: given.code.map(|code| named("code", &code)).transpose()?,
        name: given.name.map(|name| named("name", &name)).transpose()?,
        oon_policy: given.oon_policy,
        pending_policy: given.pending_policy,
        policies_from: given.policies_from.unwrap_or_else(|| rooms.now().date_naive()),
        ends_on: given.ends_on,
        networks: given.networks.map(used).transpose()?,
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let (before, after) = networks::change_plan(&mut tx, id, version, change).await?;
    if before != after {
        let detail = json!({"before": before, "after": after});
        audit::record(&mut tx, "plan.update", "plan", &id.to_string(), &detail).await?;
    }
    changed(tx, after.life.version, &after).await
}

async fn changed(tx: Tx, version: i64, told: &impl Serialize) -> Result<Response, Problem> {
    let position = tx.commit().await?;
    let mut response = tagged(version, told);
    response.headers_mut().extend(position_header(position));
    Ok(response)
}

fn tagged(version: i64, told: &impl Serialize) -> Response {
    let mut response = Json(told).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// `GET /networks/{id}/history`.
pub async fn network_history(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
) -> Result<Response, Problem> {
    let id: NetworkId = id.parse().map_err(|_| no_network())?;
    history(rooms.store.begin(&actor).await?, networks::Kind::Network, id.0).await
}

/// `GET /plans/{id}/history`.
pub async fn plan_history(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Administrator(actor): Administrator,
) -> Result<Response, Problem> {
    let id: PlanId = id.parse().map_err(|_| no_plan())?;
    history(rooms.store.begin(&actor).await?, networks::Kind::Plan, id.0).await
}

async fn history(mut tx: Tx, kind: networks::Kind, id: Uuid) -> Result<Response, Problem> {
    let states = networks::history(&mut tx, kind, id).await?;
    let version = states.first().map_or(1, |state| state.version);
    Ok(tagged(version, &History { states }))
}

fn no_network() -> Problem {
    Problem::not_found("There is no such network.")
}

fn no_plan() -> Problem {
    Problem::not_found("There is no such plan.")
}
