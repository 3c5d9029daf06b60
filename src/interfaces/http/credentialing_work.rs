//! What people are asked to do about requests, how long requests take, and the history of a provider's status.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::{Administrator, Asker, admit},
    credentialing::{Reviewer, said, worded},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key, written},
    refusals::unless_absent,
};
use crate::domain::{
    access::Permission,
    credentialing::{Policy, may_move},
};
use crate::store::{
    self,
    credentialing::{
        self,
        work::{self, DelegatedShare, ReviewerTime, StageTime, Task, TaskFilter},
    },
    providers::{self, StatusChange},
};
use crate::vocab::terms::NetworkStatus;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/credentialing-tasks", get(tasks)),
        ("/credentialing-tasks/{id}/done", post(finish)),
        ("/statistics/credentialing", get(figures)),
        ("/credentialing-policy", get(policy).put(set_policy)),
        ("/providers/{key}/status-history", get(history)),
        ("/providers/{key}/reactivate", post(reactivate)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const REVIEWERS: &str = "A reviewer or administrator of the organisation, or a platform administrator.";
    const TAG: &str = "credentialing";
    let text = json!({"type": "string"});
    vec![
        Operation::answering_with::<Vec<Task>>("get", "/credentialing-tasks", TAG, "Tasks, the oldest first")
            .by(REVIEWERS)
            .asking([
                query("request", &text, "Of this request."),
                query(
                    "open",
                    &json!({"type": "boolean", "default": true}),
                    "Open ones, or done ones.",
                ),
                query("recipient", &text, "For this role or person."),
                query(
                    "limit",
                    &json!({"type": "integer", "minimum": 1, "maximum": 500}),
                    "How many.",
                ),
            ]),
        Operation::answering_with::<Done>("post", "/credentialing-tasks/{id}/done", TAG, "Mark a task as done")
            .by(REVIEWERS)
            .taking_a::<Outcome>()
            .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Figures>(
            "get",
            "/statistics/credentialing",
            TAG,
            "Time in each stage, what is stuck, decisions by reviewer",
        )
        .by(REVIEWERS)
        .asking([query(
            "since",
            &json!({"type": "string", "format": "date"}),
            "Requests submitted from this day on; a year back by default.",
        )]),
        Operation::answering_with::<Policy>("get", "/credentialing-policy", TAG, "How the organisation credentials")
            .by(REVIEWERS),
        Operation::answering_with::<Policy>(
            "put",
            "/credentialing-policy",
            TAG,
            "Set how the organisation credentials",
        )
        .by("An administrator of the organisation, or a platform administrator.")
        .taking_a::<Policy>()
        .refusing(&[Kind::RuleRefused]),
        Operation::answering_with::<Vec<StatusChange>>(
            "get",
            "/providers/{key}/status-history",
            "providers",
            "Every change of a provider's status",
        )
        .by(REVIEWERS)
        .refusing(&[Kind::NotFound, Kind::InvalidParameter, Kind::Unavailable]),
        Operation::new(
            "post",
            "/providers/{key}/reactivate",
            "providers",
            "Bring an INACTIVE provider back while an approval holds",
            super::operation::Answer::Json(super::operation::Shape::Named("Provider")),
        )
        .by_administrators()
        .taking_a::<Reason>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused, Kind::TransitionRefused]),
    ]
}

/// `GET /credentialing-tasks`.
async fn tasks(
    State(rooms): State<Arc<Rooms>>,
    Reviewer(actor): Reviewer,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Task>>, Problem> {
    let known = ["request", "open", "recipient", "limit"];
    let [request, open, recipient, limit] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 500, 100)?;
    let open = match open.as_deref() {
        None | Some("true") => true,
        Some("false") => false,
        Some(_) => return Err(Problem::fault("open", "unknown_term", "is one of true, false")),
    };
    let request = request.map(|id| id.parse());
    let request = request
        .transpose()
        .map_err(|_| Problem::fault("request", "malformed", "the id of a credentialing request"))?;
    let filter = TaskFilter {
        request,
        open: Some(open),
        recipient,
    };
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(
        work::tasks(&mut tx, &filter, i64::try_from(limit).unwrap_or(100)).await?,
    ))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Outcome {
    /// What came of it.
    #[serde(default)]
    outcome: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Done {
    /// Always true.
    done: bool,
}

/// `POST /credentialing-tasks/{id}/done` with `{outcome?}`.
async fn finish(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Outcome { outcome } = parameters::json(&headers, &body)?;
    let outcome = worded("outcome", outcome.as_deref())?;
    let id = id
        .parse()
        .map_err(|_| Problem::fault("id", "malformed", "the id of a task"))?;
    let mut tx = rooms.store.begin(&actor).await?;
    work::finish(&mut tx, id, outcome.as_deref(), rooms.now())
        .await
        .map_err(unless_absent("There is no such open task."))?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &Done { done: true }, position))
}

#[derive(Serialize, JsonSchema)]
struct Figures {
    /// Requests that came in since this moment count.
    since: DateTime<Utc>,
    /// Days in one stage after which a request counts as stuck.
    stuck_days: u32,
    /// In the order of the stages.
    stages: Vec<StageTime>,
    /// By name.
    reviewers: Vec<ReviewerTime>,
    /// What was credentialed elsewhere, by source.
    delegated: Vec<DelegatedShare>,
}

/// `GET /statistics/credentialing`.
async fn figures(
    State(rooms): State<Arc<Rooms>>,
    Reviewer(actor): Reviewer,
    RawQuery(raw): RawQuery,
) -> Result<Json<Figures>, Problem> {
    let [since] = parameters::only(parameters::pairs(raw.as_deref())?, ["since"])?;
    let since = match since {
        None => rooms.now() - TimeDelta::days(365),
        Some(day) => day
            .parse::<NaiveDate>()
            .map_err(|_| Problem::fault("since", "malformed", "a day such as 2026-01-31"))?
            .and_time(NaiveTime::MIN)
            .and_utc(),
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let stuck_days = credentialing::policy(&mut tx).await?.stuck_days;
    let stuck_before = rooms.now() - TimeDelta::days(i64::from(stuck_days));
    Ok(Json(Figures {
        since,
        stuck_days,
        stages: work::stage_times(&mut tx, since, stuck_before).await?,
        reviewers: work::reviewer_times(&mut tx, since).await?,
        delegated: work::delegated_shares(&mut tx, since, rooms.now()).await?,
    }))
}

/// `GET /credentialing-policy`.
async fn policy(State(rooms): State<Arc<Rooms>>, Reviewer(actor): Reviewer) -> Result<Json<Policy>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(credentialing::policy(&mut tx).await?))
}

/// `PUT /credentialing-policy`: what is not said has its default again.
async fn set_policy(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Policy>, Problem> {
    let actor = admit(known, Permission::ConfigurationWrite)?;
    let given: Policy = parameters::json(&headers, &body)?;
    let mut tx = rooms.store.begin(&actor).await?;
    credentialing::set_policy(&mut tx, &given, rooms.now()).await?;
    tx.commit().await?;
    Ok(Json(given))
}

/// `GET /providers/{key}/status-history`.
async fn history(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Reviewer(actor): Reviewer,
) -> Result<Json<Vec<StatusChange>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    Ok(Json(providers::status_history(&mut tx, provider.id).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reason {
    /// Why it comes back.
    reason: String,
}

/// `POST /providers/{key}/reactivate` with `{reason}`.
async fn reactivate(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = parse_key(&key)?;
    let Reason { reason } = parameters::json(&headers, &body)?;
    let reason = said("reason", &reason, "say why it comes back")?;
    let mut tx = rooms.store.begin(&actor).await?;
    let before = locate(&mut tx, &key).await?;
    // Whether an approval still holds is the schema's to say; which ways there are is the rule's.
    if let Err(mut fault) = may_move(before.network_status, NetworkStatus::Active, true) {
        fault.code = "request_transition";
        return Err(store::Error::Refused(fault).into());
    }
    credentialing::reactivate(&mut tx, before.id, &reason, rooms.now()).await?;
    let provider = locate(&mut tx, &key).await?;
    written(&rooms, &actor, tx, &provider).await
}
