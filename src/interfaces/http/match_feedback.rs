//! What people say about matches: feedback on one, and the queue of records and pairs that wait for somebody to look.
//!
//! Everything said is kept with the evidence that it was said about, and nothing of it is ever changed.

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
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::Caller,
    matching,
    operation::{Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
    refusals::unless_absent,
};
use crate::domain::access::{Actor, Role};
use crate::intake::matching::{Decision, Outcome, Record, match_record, outcome::Ranked};
use crate::query::candidates::Directory;
use crate::store::{
    self, Tx,
    match_feedback::{self, NewReview, Review, Said, Wanted},
    merges,
    providers::ProviderKey,
};
use crate::vocab::{Fault, terms::MatchVerdict};

/// Longest note.
const LONGEST_NOTE: usize = 2_000;

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/providers/match/feedback", post(say)),
        ("/providers/match/reviews", get(list).post(queue)),
        ("/providers/match/reviews/{id}/decision", post(decide)),
    ]
}

/// What the document tells of them.
pub fn operations() -> Vec<Operation> {
    let whom = "Anybody who is signed in, about what is theirs.";
    vec![
        Operation::answering_with::<Kept>(
            "post",
            "/providers/match/feedback",
            "matching",
            "Say whether a record means a provider",
        )
        .by(whom)
        .taking_a::<Feedback>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused])
        .answering(201),
        Operation::answering_with::<Vec<Review>>(
            "get",
            "/providers/match/reviews",
            "matching",
            "Records and pairs that wait for somebody to look, or that somebody has decided",
        )
        .by(whom)
        .asking([
            query(
                "kind",
                &json!({"type": "string", "enum": ["record", "duplicate"]}),
                "Records, or pairs of providers.",
            ),
            query(
                "decided",
                &json!({"type": "boolean"}),
                "Those that are decided; those that wait if not said.",
            ),
            query(
                "limit",
                &json!({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}),
                "How many.",
            ),
        ]),
        Operation::answering_with::<Queued>(
            "post",
            "/providers/match/reviews",
            "matching",
            "Match a record, and queue it if a person should look",
        )
        .by(whom)
        .taking_a::<Record>()
        .refusing(&[Kind::Unavailable])
        .answering(201)
        .or_answering(200),
        Operation::answering_with::<Settled>(
            "post",
            "/providers/match/reviews/{id}/decision",
            "matching",
            "Decide: it is meant, it is not; of a pair: they are one, they are not",
        )
        .by(whom)
        .taking_a::<Decided>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}

/// Something said about a record and a provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Feedback {
    /// The record as it was sent.
    record: Record,
    /// NPI, locator or id.
    provider: String,
    /// Whether the record means the provider.
    verdict: MatchVerdict,
    /// Why.
    #[serde(default)]
    note: Option<String>,
}

/// What was kept.
#[derive(Serialize, JsonSchema)]
struct Kept {
    /// Its key.
    id: Uuid,
    /// What the directory says about it today.
    probability: f64,
    /// By which rules.
    rule_version: String,
}

/// What became of a record.
#[derive(Serialize, JsonSchema)]
struct Queued {
    /// Its place in the queue, the same for a record that says the same; none where nobody needs to look.
    review_id: Option<Uuid>,
    /// What somebody has decided about it before.
    verdict: Option<String>,
    /// The answer.
    outcome: Outcome,
}

/// A decision.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Decided {
    /// What was decided.
    verdict: MatchVerdict,
    /// Why.
    #[serde(default)]
    note: Option<String>,
    /// Of a pair that is confirmed: make it one record, of which this one stays (NPI, locator or id). A platform administrator.
    #[serde(default)]
    keep: Option<String>,
}

/// What became of a decision.
#[derive(Serialize, JsonSchema)]
struct Settled {
    #[serde(flatten)]
    review: Review,
    /// The merge, where one was asked for: what undoing it names.
    merge_id: Option<Uuid>,
}

/// Who may say anything: everybody who is somebody.
fn somebody(Caller(actor): Caller) -> Result<Actor, Problem> {
    match actor.role {
        Role::Anonymous => Err(Problem::new(
            Kind::NotSignedIn,
            "Send the header `Authorization: Bearer <token>`.",
        )),
        Role::PlatformAdmin => Ok(actor),
        _ if actor.organization_id.is_some() => Ok(actor),
        _ => Err(Problem::new(
            Kind::NotAllowed,
            "Feedback belongs to an organisation; this token acts for none.",
        )),
    }
}

fn short(note: Option<String>) -> Result<Option<String>, Problem> {
    match note {
        Some(text) if text.len() > LONGEST_NOTE => Err(Problem::fault(
            "note",
            "too_long",
            format!("at most {LONGEST_NOTE} bytes"),
        )),
        note => Ok(note.filter(|text| !text.trim().is_empty())),
    }
}

/// `POST /providers/match/feedback`.
pub async fn say(
    State(rooms): State<Arc<Rooms>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = somebody(caller)?;
    let given: Feedback = parameters::json(&headers, &body)?;
    given.record.check().map_err(Problem::faults)?;
    let key = parse_key(&given.provider)?;
    let note = short(given.note)?;
    let record = Record {
        limit: Some(50),
        ..given.record.clone()
    };
    let outcome = matched(&rooms, &actor, &record).await?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &key).await?;
    let own = outcome
        .candidates
        .iter()
        .find(|candidate| candidate.provider.id == provider.id.0);
    let probability = own.map_or(0.0, |own| own.probability);
    let said = Said {
        review: None,
        record: told(&given.record)?,
        provider: provider.id,
        verdict: given.verdict,
        probability: Some(probability),
        evidence: own.map(|own| told(&own.evidence)).transpose()?,
        rule_version: outcome.rule_version.clone(),
        note,
    };
    let id = match_feedback::say(&mut tx, &said, rooms.now()).await?;
    let position = tx.commit().await?;
    let kept = Kept {
        id,
        probability,
        rule_version: outcome.rule_version,
    };
    Ok(at_position(StatusCode::CREATED, &kept, position))
}

/// `POST /providers/match/reviews`.
pub async fn queue(
    State(rooms): State<Arc<Rooms>>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = somebody(caller)?;
    let record = Record::parse(parameters::json(&headers, &body)?).map_err(Problem::faults)?;
    let outcome = matched(&rooms, &actor, &record).await?;
    let best: Option<&Ranked> = outcome.candidates.first();
    let Some(best) = best.filter(|_| matches!(outcome.decision, Decision::Review | Decision::Ambiguous)) else {
        return Ok(Json(Queued {
            review_id: None,
            verdict: None,
            outcome,
        })
        .into_response());
    };
    let new = NewReview {
        record: told(&record)?,
        provider: best.provider.id.into(),
        other: None,
        probability: best.probability,
        evidence: told(&outcome.candidates)?,
        rule_version: outcome.rule_version.clone(),
        position: outcome.position.map(|at| at.to_string()),
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let known = match_feedback::queue_record(&mut tx, &new, rooms.now()).await?;
    let position = tx.commit().await?;
    let status = if known.is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let queued = Queued {
        review_id: Some(known.id),
        verdict: known.verdict,
        outcome,
    };
    Ok(at_position(status, &queued, position))
}

/// `GET /providers/match/reviews`.
pub async fn list(
    State(rooms): State<Arc<Rooms>>,
    caller: Caller,
    RawQuery(raw): RawQuery,
) -> Result<Json<Vec<Review>>, Problem> {
    let actor = somebody(caller)?;
    let [kind, decided, limit] = parameters::only(parameters::pairs(raw.as_deref())?, ["kind", "decided", "limit"])?;
    if let Some(kind) = &kind
        && !matches!(kind.as_str(), "record" | "duplicate")
    {
        return Err(Problem::fault("kind", "unknown_term", "one of record, duplicate"));
    }
    let decided = match decided.as_deref() {
        None | Some("false") => false,
        Some("true" | "") => true,
        Some(_) => return Err(Problem::fault("decided", "invalid", "true or false")),
    };
    let wanted = Wanted {
        kind,
        decided,
        limit: parameters::number("limit", limit.as_deref(), 1, 500, 50)? as i64,
    };
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(match_feedback::reviews(&mut tx, &wanted).await?))
}

/// `POST /providers/match/reviews/{id}/decision`.
pub async fn decide(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = somebody(caller)?;
    let id: Uuid = id.parse().map_err(|_| Problem::not_found("There is no such review."))?;
    let given: Decided = parameters::json(&headers, &body)?;
    let note = short(given.note)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let review = match_feedback::decide(&mut tx, id, given.verdict, note.as_deref(), rooms.now()).await;
    let review = review.map_err(unless_absent("There is no such review."))?;
    let merge_id = match &given.keep {
        Some(keep) => Some(make_one(&mut tx, &review, keep, note.as_deref(), rooms.now()).await?),
        None => None,
    };
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &Settled { review, merge_id }, position))
}

/// Makes a confirmed pair one, of which `keep` stays: with the decision, or not at all.
async fn make_one(
    tx: &mut Tx,
    review: &Review,
    keep: &str,
    note: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Uuid, Problem> {
    let refuse = |code, message: &str| Problem::from(store::Error::Refused(Fault::new("keep", code, message)));
    let Some(other) = review
        .other_provider_id
        .filter(|_| review.verdict.as_deref() == Some("confirmed"))
    else {
        return Err(refuse("no_pair", "only a pair that is confirmed to be one becomes one"));
    };
    let kept = locate(tx, &parse_key(keep)?).await?;
    let gone = match kept.id.0 {
        id if id == review.provider_id => other,
        id if id == other => review.provider_id,
        _ => return Err(refuse("stranger", "is neither of the pair")),
    };
    let gone = locate(tx, &ProviderKey::Id(gone.into())).await?;
    let reason = note.unwrap_or("confirmed in the review of duplicates");
    Ok(merges::merge(tx, &kept, &gone, reason, now).await?.id)
}

async fn matched(rooms: &Arc<Rooms>, actor: &Actor, record: &Record) -> Result<Outcome, Problem> {
    let snapshot = rooms.index.snapshot();
    let options = matching::options(rooms, actor, &[], &snapshot.lexicon.match_model).await?;
    Ok(match_record(&Directory::of(&snapshot), record, &options)?)
}

fn told(value: &impl Serialize) -> Result<serde_json::Value, Problem> {
    serde_json::to_value(value).map_err(|e| Problem::internal(&e))
}
