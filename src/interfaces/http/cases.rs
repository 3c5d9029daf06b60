//! `/cases`: an agency's cases, and the providers assigned to them.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Rooms, Routes,
    agency::{Staff, does, id, now, problem},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::if_match,
    versioned::{self, Made, Once},
};
use crate::domain::{case::Case, sharing::Assignment};
use crate::store::cases::{self, NewAssignment, Of};
use crate::vocab::{
    AssignmentId, CaseId, ProviderId,
    terms::{CaseStatus, ProviderUserKind},
};

/// Cases of one page.
const PAGE: usize = 100;

/// A case to be opened.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewCase {
    /// The agency's own key, shown to outside providers: no names in it.
    #[schemars(length(min = 1, max = 64))]
    reference: String,
    /// `surrogacy`, `egg_donation`, the agency's word.
    #[schemars(length(min = 1, max = 63))]
    kind: String,
}

/// A page of cases.
#[derive(Serialize, JsonSchema)]
struct Cases {
    /// By reference.
    cases: Vec<Case>,
    /// For `after`, where there are more.
    next: Option<String>,
}

/// `GET /cases?status=&after=`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let [status, after] = parameters::only(parameters::pairs(raw.as_deref())?, ["status", "after"])?;
    let status = status.map(|text| text.parse::<CaseStatus>()).transpose();
    let status = status.map_err(|why| Problem::fault("status", "unknown_term", why.to_string()))?;
    let read = does(&rooms, &actor, async |tx| {
        cases::list(tx, status, after.as_deref(), PAGE as i64 + 1).await
    });
    let (mut cases, _) = read.await?;
    let more = cases.len() > PAGE;
    cases.truncate(PAGE);
    let next = cases.last().filter(|_| more).map(|case| case.reference.clone());
    Ok(Json(Cases { cases, next }).into_response())
}

/// `POST /cases` with `{reference, kind}`.
async fn create(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewCase = parameters::json(&headers, &body)?;
    versioned::create(&rooms, &actor, &once, &body, async |tx| {
        let case = cases::create(tx, &new.reference, &new.kind).await.map_err(problem)?;
        Ok(Made {
            version: case.version,
            told: case,
        })
    })
    .await
}

/// `GET /cases/{id}`.
async fn read(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let key = id::<CaseId>(&key)?;
    let (case, _) = does(&rooms, &actor, async |tx| cases::get(tx, key).await).await?;
    Ok(with_etag(Json(&case).into_response(), &case))
}

/// Where a case is to stand.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CaseChange {
    /// It decides nothing about who sees the case.
    status: CaseStatus,
}

/// `PATCH /cases/{id}` with `{status}`, under `If-Match`.
async fn change(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = id::<CaseId>(&key)?;
    let change: CaseChange = parameters::json(&headers, &body)?;
    let expected = if_match(&headers)?;
    let done = does(&rooms, &actor, async |tx| {
        cases::set_status(tx, key, expected, change.status).await
    });
    let (case, position) = done.await?;
    Ok(with_etag(at_position(StatusCode::OK, &case, position), &case))
}

fn with_etag(mut response: Response, case: &Case) -> Response {
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", case.version)) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// A provider to be assigned.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewCaseProvider {
    /// One of the agency's network.
    provider_id: ProviderId,
    /// As what: `ivf_clinic`, `attorney_intended_parents`, the agency's word.
    #[schemars(length(min = 1, max = 63))]
    role: String,
    /// `person`: through the portal (if not said). `machine`: by the external API.
    #[serde(default = "person")]
    channel: ProviderUserKind,
    /// What the provider's own system calls the case; for `machine` only.
    #[serde(default)]
    external_reference: Option<String>,
    /// From this moment on; now, if not said.
    #[serde(default)]
    starts_at: Option<DateTime<Utc>>,
    /// Until before this moment; open, if not said.
    #[serde(default)]
    ends_at: Option<DateTime<Utc>>,
}

fn person() -> ProviderUserKind {
    ProviderUserKind::Person
}

/// Who is assigned to a case.
#[derive(Serialize, JsonSchema)]
struct Assignments {
    /// Also those that are over, by their beginning.
    assignments: Vec<Assignment>,
}

/// `GET /cases/{id}/providers`.
async fn assignments(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let key = id::<CaseId>(&key)?;
    let read = does(&rooms, &actor, async |tx| {
        cases::get(tx, key).await?;
        cases::assignments(tx, Of::Case(key)).await
    });
    let (assignments, _) = read.await?;
    Ok(Json(Assignments { assignments }).into_response())
}

/// `POST /cases/{id}/providers`.
async fn assign(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = id::<CaseId>(&key)?;
    let new: NewCaseProvider = parameters::json(&headers, &body)?;
    let new = NewAssignment {
        provider: new.provider_id,
        channel: new.channel,
        role: new.role,
        external_reference: new.external_reference,
        starts_at: new.starts_at.unwrap_or_else(|| now(&rooms)),
        ends_at: new.ends_at,
    };
    let (made, position) = does(&rooms, &actor, async |tx| cases::assign(tx, key, &new).await).await?;
    Ok(at_position(StatusCode::CREATED, &made, position))
}

/// `POST /cases/{id}/providers/{assignment}/end`: it is over, now.
async fn end(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((key, assignment)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (key, assignment) = (id::<CaseId>(&key)?, id::<AssignmentId>(&assignment)?);
    let at = now(&rooms);
    let done = does(&rooms, &actor, async |tx| cases::end(tx, key, assignment, at).await);
    let (ended, position) = done.await?;
    Ok(at_position(StatusCode::OK, &ended, position))
}

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/cases", get(list).post(create)),
        ("/cases/{id}", get(read).patch(change)),
        ("/cases/{id}/providers", get(assignments).post(assign)),
        ("/cases/{id}/providers/{assignment}/end", post(end)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    let text = serde_json::json!({"type": "string"});
    vec![
        Operation::answering_with::<Cases>("get", "/cases", "cases", "The agency's cases, by reference")
            .by(WHO)
            .asking([
                query("status", &text, "open, on_hold or closed."),
                query("after", &text, "`next` of the page before."),
            ]),
        Operation::answering_with::<Case>("post", "/cases", "cases", "Open a case")
            .by(WHO)
            .taking_a::<NewCase>()
            .refusing(&[Kind::RuleRefused])
            .answering(201)
            .once(),
        Operation::answering_with::<Case>("get", "/cases/{id}", "cases", "A case")
            .by(WHO)
            .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Case>("patch", "/cases/{id}", "cases", "Move a case on")
            .by(WHO)
            .taking_a::<CaseChange>()
            .with_version(),
        Operation::answering_with::<Assignments>("get", "/cases/{id}/providers", "cases", "Who is assigned")
            .by(WHO)
            .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Assignment>("post", "/cases/{id}/providers", "cases", "Assign a provider")
            .by(WHO)
            .taking_a::<NewCaseProvider>()
            .refusing(&[Kind::NotFound, Kind::RuleRefused])
            .answering(201),
        Operation::answering_with::<Assignment>(
            "post",
            "/cases/{id}/providers/{assignment}/end",
            "cases",
            "End an assignment: the provider sees nothing of the case from now on",
        )
        .by(WHO)
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}
