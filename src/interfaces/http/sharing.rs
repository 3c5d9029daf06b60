//! `/cases/{id}/shares`: who sees what; the preview of a provider user's view; the proof of who could see what, and when.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    agency::{Sharer, Staff, does, id, now, refuse},
    downloads::hidden,
    operation::{Operation, query},
    parameters,
    path::Path,
    portal,
    position::at_position,
    problem::{Kind, Problem},
};
use crate::domain::{
    case::check_text,
    case_view::{CaseView, view},
    sharing::Terms,
    sharing_proof::{Proof, ShareRecord},
};
use crate::store::{case_items, cases, sharing, sharing_proof};
use crate::vocab::{AssignmentId, CaseId, CaseItemId, ProviderId, ProviderUserId};

/// The history of a case's shares, or what has just been added to it.
#[derive(Serialize, JsonSchema)]
struct Shares {
    /// In their order.
    shares: Vec<ShareRecord>,
}

/// `GET /cases/{id}/shares?assignment_id=`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let case = id::<CaseId>(&case)?;
    let [assignment] = parameters::only(parameters::pairs(raw.as_deref())?, ["assignment_id"])?;
    let assignment = assignment.map(|text| id::<AssignmentId>(&text)).transpose()?;
    let read = does(&rooms, &actor, async |tx| {
        cases::get(tx, case).await?;
        sharing::history(tx, case, assignment).await
    });
    let (shares, _) = read.await?;
    Ok(Json(Shares { shares }).into_response())
}

/// `GET /cases/{id}/shares/{seq}`: one row of the history.
async fn read(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((case, seq)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (case, seq) = (id::<CaseId>(&case)?, id::<i64>(&seq)?);
    let (shares, _) = does(&rooms, &actor, async |tx| sharing::history(tx, case, None).await).await?;
    let found = shares.into_iter().find(|record| record.share.seq == seq);
    found.map(|record| Json(record).into_response()).ok_or_else(hidden)
}

/// What is to be shared, with whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewShare {
    /// The assignment of a provider to this case.
    assignment_id: AssignmentId,
    /// An item of this case.
    item_id: CaseItemId,
    /// Of a match sheet: sections (`identity`) or fields (`identity.age`); all, if not said.
    #[serde(default)]
    fields: Option<Vec<String>>,
    /// It ends by itself at this moment; not, if not said.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Why, for the history.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
}

/// `POST /cases/{id}/shares`.
async fn grant(
    State(rooms): State<Arc<Rooms>>,
    Sharer(actor): Sharer,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let case = id::<CaseId>(&case)?;
    let new: NewShare = parameters::json(&headers, &body)?;
    check_reason(new.reason.as_deref())?;
    let terms = Terms {
        fields: new.fields,
        expires_at: new.expires_at,
    };
    let (assignment, item, reason) = (new.assignment_id, new.item_id, new.reason.as_deref());
    let at = now(&rooms);
    let done = does(&rooms, &actor, async |tx| {
        sharing::grant(tx, case, assignment, item, &terms, reason, at).await
    });
    let (shares, position) = done.await?;
    Ok(at_position(StatusCode::CREATED, &Shares { shares }, position))
}

/// What is to be taken back, from whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Revocation {
    /// The assignment that it is shared with.
    assignment_id: AssignmentId,
    /// The item.
    item_id: CaseItemId,
    /// Why, for the history.
    #[serde(default)]
    #[schemars(length(min = 1, max = 1000))]
    reason: Option<String>,
}

/// `POST /cases/{id}/shares/revoke`.
async fn revoke(
    State(rooms): State<Arc<Rooms>>,
    Sharer(actor): Sharer,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let case = id::<CaseId>(&case)?;
    let given: Revocation = parameters::json(&headers, &body)?;
    check_reason(given.reason.as_deref())?;
    let (assignment, item, reason) = (given.assignment_id, given.item_id, given.reason.as_deref());
    let at = now(&rooms);
    let done = does(&rooms, &actor, async |tx| {
        sharing::revoke(tx, case, assignment, item, reason, at).await
    });
    let (shares, position) = done.await?;
    Ok(at_position(StatusCode::OK, &Shares { shares }, position))
}

fn check_reason(reason: Option<&str>) -> Result<(), Problem> {
    reason
        .map_or(Ok(()), |reason| check_text("reason", reason, 1000))
        .map_err(refuse)
}

/// `GET /cases/{id}/view-as/{provider_user}`: to the byte what the portal, or the external API, answers them right now. It
/// leaves no trace as if they had seen it.
async fn view_as(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((case, user)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (case, user) = (id::<CaseId>(&case)?, id::<ProviderUserId>(&user)?);
    let at = now(&rooms);
    let read = does(&rooms, &actor, async |tx| {
        let file = case_items::file(tx, case).await?;
        let viewer = sharing::viewer(tx, user, case).await?;
        let detail = json!({"provider_user_id": user});
        crate::store::audit::record(tx, "case.view_as", "case", &case.to_string(), &detail).await?;
        Ok(view(&file, &viewer, at))
    });
    let (seen, _) = read.await?;
    seen.map(|seen| portal::told(&seen)).ok_or_else(hidden)
}

/// `GET /cases/{id}/sharing-proof?provider_id=&as_of=`.
async fn proof(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let case = id::<CaseId>(&case)?;
    let [provider, as_of] = parameters::only(parameters::pairs(raw.as_deref())?, ["provider_id", "as_of"])?;
    let provider = provider.ok_or_else(|| Problem::fault("provider_id", "missing", "the provider that it is about"))?;
    let provider = id::<ProviderId>(&provider)?;
    let as_of = match as_of {
        None => now(&rooms),
        Some(text) => text
            .parse::<DateTime<Utc>>()
            .map_err(|_| Problem::fault("as_of", "invalid", "a moment like 2026-11-22T12:00:00Z"))?,
    };
    let read = does(&rooms, &actor, async |tx| {
        let proof = sharing_proof::report(tx, case, provider, as_of).await?;
        let detail = json!({"provider_id": provider, "as_of": as_of});
        crate::store::audit::record(tx, "case.sharing_proof", "case", &case.to_string(), &detail).await?;
        Ok(proof)
    });
    let (proof, _) = read.await?;
    Ok(Json(proof).into_response())
}

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/cases/{id}/shares", get(list).post(grant)),
        ("/cases/{id}/shares/{seq}", get(read)),
        ("/cases/{id}/shares/revoke", post(revoke)),
        ("/cases/{id}/view-as/{provider_user}", get(view_as)),
        ("/cases/{id}/sharing-proof", get(proof)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    let text = json!({"type": "string"});
    let refused = [Kind::NotFound, Kind::RuleRefused];
    vec![
        Operation::answering_with::<Shares>(
            "get",
            "/cases/{id}/shares",
            "sharing",
            "The history of grants and revocations",
        )
        .by(WHO)
        .asking([query("assignment_id", &text, "Only of this assignment.")])
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<ShareRecord>(
            "get",
            "/cases/{id}/shares/{seq}",
            "sharing",
            "One row of the history",
        )
        .by(WHO)
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Shares>(
            "post",
            "/cases/{id}/shares",
            "sharing",
            "Share an item with an assignment",
        )
        .by(WHO)
        .taking_a::<NewShare>()
        .refusing(&refused)
        .answering(201),
        Operation::answering_with::<Shares>("post", "/cases/{id}/shares/revoke", "sharing", "Take an item back")
            .by(WHO)
            .taking_a::<Revocation>()
            .refusing(&refused),
        Operation::answering_with::<CaseView>(
            "get",
            "/cases/{id}/view-as/{provider_user}",
            "sharing",
            "The case as a provider user sees it right now",
        )
        .by(WHO)
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Proof>(
            "get",
            "/cases/{id}/sharing-proof",
            "sharing",
            "Everything that a provider could ever see of the case, and did see",
        )
        .by(WHO)
        .asking([
            query("provider_id", &text, "The provider."),
            query("as_of", &text, "Up to this moment; now, if not said."),
        ])
        .refusing(&[Kind::NotFound]),
    ]
}
