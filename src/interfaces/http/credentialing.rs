//! `/credentialing-requests`: a provider asks to be let in, reviewers verify, and somebody decides.
//!
//! A decision that a rule refuses is a 422 that names everything that is missing; one about a request that is decided
//! already is a 409 that says which ways there are. Tasks, figures and exclusions are in files of their own.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    agency::by_method,
    operation::{Operation, query},
    parameters,
    path::Path,
    position::{at_position, position_header},
    problem::{Kind, Problem},
    providers::{locate, parse_key},
    refusals::unless_absent,
    versioned::Once,
};
use crate::domain::{
    access::{Actor, Permission},
    credentialing::{Application, Request, request_moves},
    verification::{Item, Verification, checklist},
};
use crate::store::{
    self, Tx,
    credentialing::{self, Filter, NewRequest, doors::Closing, work},
    idempotency::{self, Claim},
    verification::{self, NewVerification},
};
use crate::vocab::{
    CredentialingRequestId, Position,
    terms::{Profile, RequestStatus, Stage},
};

/// Characters of a note.
const MAX_TEXT: usize = 10_000;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/credentialing-requests", get(list).post(submit)),
        ("/credentialing-requests/{id}", get(read)),
        (
            "/credentialing-requests/{id}/verifications",
            get(verifications).post(verify),
        ),
        ("/credentialing-requests/{id}/notes", post(note)),
        ("/credentialing-requests/{id}/assign", post(assign)),
        ("/credentialing-requests/{id}/approve", post(approve)),
        ("/credentialing-requests/{id}/reject", post(reject)),
        ("/credentialing-requests/{id}/withdraw", post(withdraw)),
        ("/credentialing-requests/{id}/timeline", get(timeline)),
    ]
}

const REVIEWERS: &str = "A reviewer or administrator of the organisation, or a platform administrator.";
const TAG: &str = "credentialing";

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    vec![
        listing(),
        Operation::answering_with::<Told>("post", "/credentialing-requests", TAG, "Ask that a provider be let in")
            .by("Reviewers, administrators, practitioners, services.")
            .taking_a::<Submission>()
            .refusing(&[Kind::NotFound, Kind::RuleRefused])
            .answering(201)
            .once(),
        of_one::<Told>("get", "/credentialing-requests/{id}", "One request with its checklist"),
        of_one::<Vec<Verification>>(
            "get",
            "/credentialing-requests/{id}/verifications",
            "Who was asked what",
        ),
        Operation::answering_with::<Verification>(
            "post",
            "/credentialing-requests/{id}/verifications",
            TAG,
            "Record a verification; it is never changed",
        )
        .by(REVIEWERS)
        .taking_a::<NewVerification>()
        .refusing(&[Kind::NotFound, Kind::TransitionRefused, Kind::RuleRefused])
        .answering(201),
        of_one::<Told>("post", "/credentialing-requests/{id}/notes", "Write a note").taking_a::<Text>(),
        of_one::<Told>(
            "post",
            "/credentialing-requests/{id}/assign",
            "Give it to a reviewer, or to nobody",
        )
        .taking_a::<Assignment>()
        .refusing(&[Kind::TransitionRefused, Kind::RuleRefused]),
        decision(
            "/credentialing-requests/{id}/approve",
            "Approve: the provider is ACTIVE with the same commit",
        ),
        decision("/credentialing-requests/{id}/reject", "Reject, with notes that say why"),
        decision("/credentialing-requests/{id}/withdraw", "Take it back"),
        of_one::<Vec<work::Event>>(
            "get",
            "/credentialing-requests/{id}/timeline",
            "What happened, in order",
        ),
    ]
}

fn listing() -> Operation {
    let text = json!({"type": "string"});
    Operation::answering_with::<List>("get", "/credentialing-requests", TAG, "Requests, the latest first")
        .by(REVIEWERS)
        .asking([
            query("status", &text, "SUBMITTED, APPROVED or REJECTED."),
            query("stage", &text, "INTAKE, VERIFYING, COMMITTEE or DECIDED."),
            query("provider", &text, "An NPI, locator or id."),
            query("assigned_to", &text, "Whose work it is."),
            query(
                "delegated_source",
                &text,
                "Credentialed elsewhere, by this source; `*`: by whomever.",
            ),
            query(
                "due_within_days",
                &json!({"type": "integer"}),
                "Approvals that run out within so many days, the next first.",
            ),
            query(
                "limit",
                &json!({"type": "integer", "minimum": 1, "maximum": 200}),
                "How many.",
            ),
            query("cursor", &text, "`next_cursor` of the page before."),
        ])
        .refusing(&[Kind::NotFound])
}

/// One about a request that is there.
fn of_one<T: JsonSchema>(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::answering_with::<T>(method, path, TAG, summary)
        .by(REVIEWERS)
        .refusing(&[Kind::NotFound, Kind::InvalidParameter])
}

fn decision(path: &'static str, summary: &'static str) -> Operation {
    of_one::<Told>("post", path, summary)
        .taking_a::<Notes>()
        .refusing(&[Kind::TransitionRefused, Kind::RuleRefused])
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Submission {
    /// NPI, locator or id.
    provider: String,
    /// What it has to show; without it, as the organisation's settings say.
    #[serde(default)]
    profile: Option<Profile>,
    /// For sixty days only.
    #[serde(default)]
    provisional: bool,
    /// Somebody else has to decide.
    #[serde(default)]
    four_eyes: bool,
    /// What the applicant brings.
    #[serde(default)]
    application: Application,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Notes {
    /// What the decision rests on; a rejection needs it.
    #[serde(default)]
    #[schemars(length(max = 10000))]
    notes: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Text {
    /// What is noted.
    #[schemars(length(min = 1, max = 10000))]
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// Who may review it: `user:` with the id of a person, or `token:` with its name; null: nobody in particular.
    reviewer: Option<String>,
}

/// A request as it is told.
#[derive(Serialize, JsonSchema)]
struct Told {
    #[serde(flatten)]
    request: Request,
    /// Where it may go from here.
    allowed: Vec<RequestStatus>,
    /// What its profile asks for, as it stands today.
    checklist: Vec<Item>,
}

#[derive(Serialize, JsonSchema)]
struct List {
    /// The latest first.
    results: Vec<Request>,
    /// For the next page; null: this is the last.
    next_cursor: Option<String>,
}

/// `POST /credentialing-requests`.
async fn submit(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::CredentialingSubmit)?;
    let given: Submission = parameters::json(&headers, &body)?;
    let provider = parse_key(&given.provider)?;
    let key = once.key()?;
    let mut tx = rooms.store.begin(&actor).await?;
    if let Some(key) = key
        && let Claim::Answered(answer, position) =
            idempotency::claim(&mut tx, key, once.request(&body), rooms.now()).await?
    {
        return Ok(created(&answer, position));
    }
    let provider = locate(&mut tx, &provider).await?;
    let new = NewRequest {
        profile: given.profile,
        provisional: given.provisional,
        four_eyes: given.four_eyes,
        application: given.application,
    };
    let id = credentialing::submit(&mut tx, provider.id, &new, rooms.now()).await?;
    let request = credentialing::find(&mut tx, id).await?;
    let told = told(&mut tx, request, rooms.now()).await?;
    let answer = serde_json::to_value(&told).map_err(|e| Problem::internal(&e))?;
    if let Some(key) = key {
        idempotency::keep(&mut tx, key, &answer).await?;
    }
    let position = tx.commit().await?;
    Ok(created(&answer, position))
}

fn created(answer: &Value, position: Position) -> Response {
    let at = format!("/credentialing-requests/{}", answer["id"].as_str().unwrap_or_default());
    let mut response = (StatusCode::CREATED, [(header::LOCATION, at)], Json(answer)).into_response();
    response.headers_mut().extend(position_header(position));
    response
}

/// `GET /credentialing-requests`.
async fn list(
    State(rooms): State<Arc<Rooms>>,
    Reviewer(actor): Reviewer,
    RawQuery(raw): RawQuery,
) -> Result<Json<List>, Problem> {
    let [status, stage, provider, assigned_to, source, due, limit, cursor] = parameters::only(
        parameters::pairs(raw.as_deref())?,
        [
            "status",
            "stage",
            "provider",
            "assigned_to",
            "delegated_source",
            "due_within_days",
            "limit",
            "cursor",
        ],
    )?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 200, 50)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let mut filter = Filter {
        status: coded::<RequestStatus>("status", status.as_deref())?,
        stage: coded::<Stage>("stage", stage.as_deref())?,
        assigned_to,
        delegated_source: source,
        after: cursor.as_deref().map(after).transpose()?,
        ..Filter::default()
    };
    if let Some(key) = provider {
        filter.provider = Some(locate(&mut tx, &parse_key(&key)?).await?.id);
    }
    if let Some(days) = due {
        let days = parameters::number("due_within_days", Some(&days), 0, 3660, 180)?;
        filter.expires_before = Some(rooms.now() + TimeDelta::days(i64::try_from(days).unwrap_or_default()));
    }
    let mut results = credentialing::list(&mut tx, &filter, i64::try_from(limit).unwrap_or_default() + 1).await?;
    let more = results.len() > limit && filter.expires_before.is_none();
    results.truncate(limit);
    let last = results.last().filter(|_| more);
    let next_cursor = last.map(|r| format!("{}.{}", r.submitted_at.timestamp_micros(), r.id));
    Ok(Json(List { results, next_cursor }))
}

/// The place behind a page: what [`list`] wrote into `next_cursor`.
fn after(cursor: &str) -> Result<(DateTime<Utc>, CredentialingRequestId), Problem> {
    let place = cursor.split_once('.').and_then(|(at, id)| {
        let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
        Some((at, id.parse().ok()?))
    });
    place.ok_or_else(|| {
        Problem::fault(
            "cursor",
            "malformed",
            "`next_cursor` of the page before, as it was given",
        )
    })
}

fn coded<T: std::str::FromStr>(field: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T::Err: std::fmt::Display,
{
    let read = |t: &str| {
        t.parse()
            .map_err(|why: T::Err| Problem::fault(field, "unknown_term", why.to_string()))
    };
    text.map(read).transpose()
}

/// `GET /credentialing-requests/{id}`.
async fn read(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
) -> Result<Json<Told>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::find(&mut tx, parse(&id)?).await.map_err(none)?;
    Ok(Json(told(&mut tx, request, rooms.now()).await?))
}

async fn told(tx: &mut Tx, request: Request, now: DateTime<Utc>) -> Result<Told, Problem> {
    let policy = credentialing::policy(tx).await?;
    let known = verification::of_request(tx, request.id).await?;
    let mut allowed = request_moves(request.status).to_vec();
    if !credentialing::may_let_in(tx, request.provider_id).await? {
        allowed.retain(|to| *to != RequestStatus::Approved);
    }
    Ok(Told {
        allowed,
        checklist: checklist(request.profile, &policy, now.date_naive(), &known),
        request,
    })
}

/// `GET /credentialing-requests/{id}/verifications`.
async fn verifications(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
) -> Result<Json<Vec<Verification>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::find(&mut tx, parse(&id)?).await.map_err(none)?;
    Ok(Json(verification::of_request(&mut tx, request.id).await?))
}

/// `POST /credentialing-requests/{id}/verifications`.
async fn verify(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewVerification = parameters::json(&headers, &body)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let made = verification::record(&mut tx, parse(&id)?, &new, rooms.now())
        .await
        .map_err(none)?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::CREATED, &made, position))
}

/// `POST /credentialing-requests/{id}/notes` with `{text}`.
async fn note(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Text { text } = parameters::json(&headers, &body)?;
    let text = said("text", &text, "say something")?;
    let id = parse(&id)?;
    let mut tx = rooms.store.begin(&actor).await?;
    credentialing::find(&mut tx, id).await.map_err(none)?;
    work::note(&mut tx, id, &text, rooms.now()).await.map_err(none)?;
    let request = credentialing::find(&mut tx, id).await?;
    done(&rooms, tx, request).await
}

/// `POST /credentialing-requests/{id}/assign` with `{reviewer}`.
async fn assign(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Assignment { reviewer } = parameters::json(&headers, &body)?;
    let reviewer = worded("reviewer", reviewer.as_deref())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::assign(&mut tx, parse(&id)?, reviewer.as_deref(), rooms.now())
        .await
        .map_err(none)?;
    done(&rooms, tx, request).await
}

/// `POST /credentialing-requests/{id}/approve` with `{notes?}`.
async fn approve(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Notes { notes } = parameters::json(&headers, &body)?;
    let notes = worded("notes", notes.as_deref())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::approve(&mut tx, parse(&id)?, notes.as_deref(), rooms.now())
        .await
        .map_err(none)?;
    done(&rooms, tx, request).await
}

/// `POST /credentialing-requests/{id}/reject` with `{notes}`.
async fn reject(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Notes { notes } = parameters::json(&headers, &body)?;
    let notes = notes.unwrap_or_default();
    let notes = said("notes", &notes, "say why, for the applicant to read")?;
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::close(&mut tx, parse(&id)?, Closing::Declined, Some(&notes), rooms.now())
        .await
        .map_err(none)?;
    done(&rooms, tx, request).await
}

/// `POST /credentialing-requests/{id}/withdraw` with `{notes?}`.
async fn withdraw(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Notes { notes } = parameters::json(&headers, &body)?;
    let notes = worded("notes", notes.as_deref())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::close(&mut tx, parse(&id)?, Closing::Withdrawn, notes.as_deref(), rooms.now())
        .await
        .map_err(none)?;
    done(&rooms, tx, request).await
}

/// `GET /credentialing-requests/{id}/timeline`.
async fn timeline(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Reviewer(actor): Reviewer,
) -> Result<Json<Vec<work::Event>>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    let request = credentialing::find(&mut tx, parse(&id)?).await.map_err(none)?;
    Ok(Json(work::timeline(&mut tx, request.id).await?))
}

/// Commits, and tells the request as it is then.
async fn done(rooms: &Rooms, mut tx: Tx, request: Request) -> Result<Response, Problem> {
    let told = told(&mut tx, request, rooms.now()).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &told, position))
}

/// Somebody of credentialing: who reads needs `credentialing:read`, who decides anything `credentialing:review`. A handler that
/// takes one is closed to everybody else, before it reads anything.
pub(super) struct Reviewer(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Reviewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let Asker(known) = Asker::from_request_parts(parts, rooms).await?;
        let permission = by_method(
            &parts.method,
            Permission::CredentialingRead,
            Permission::CredentialingReview,
        );
        admit(known, permission).map(Self)
    }
}

/// A text of a person: trimmed, not endless; none where nothing is said.
pub(super) fn worded(field: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_TEXT {
        return Err(Problem::fault(
            field,
            "length",
            format!("at most {MAX_TEXT} characters"),
        ));
    }
    Ok(Some(text.to_owned()))
}

/// Words that must be there; `what` says of what.
pub(super) fn said(field: &str, text: &str, what: &str) -> Result<String, Problem> {
    worded(field, Some(text))?.ok_or_else(|| Problem::fault(field, "required", what))
}

fn parse(id: &str) -> Result<CredentialingRequestId, Problem> {
    id.parse()
        .map_err(|_| Problem::fault("id", "malformed", "the id of a credentialing request"))
}

/// What is not there, or not this actor's to see.
fn none(error: store::Error) -> Problem {
    unless_absent("There is no such credentialing request.")(error)
}
