//! What remains of a check: receipts that can be verified, a period decided again, claims that are held.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
};
use crate::domain::access::{Actor, Permission, Role};
use crate::domain::network::{Decision, Facts, Statement};
use crate::store::{
    audit,
    holds::{self, Held},
    receipts::{self, Receipt},
    standing::{self, Moment},
};
use crate::vocab::Npi;

/// Holds of one list.
const MOST_LISTED: i64 = 1_000;
/// Receipts read at once.
const PAGE: i64 = 1_000;
/// Receipts of one replay.
const MOST_REPLAYED: usize = 100_000;

const WHOM: &str = "A claims service, an organization's administrator, a platform administrator.";

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/network-status/receipts/{id}", get(receipt)),
        ("/network-status/replay", post(replay)),
        ("/network-status/holds", get(list)),
    ]
}

/// What the paths tell of themselves.
pub fn operations() -> Vec<Operation> {
    let text = json!({"type": "string"});
    vec![
        Operation::answering_with::<Told>(
            "get",
            "/network-status/receipts/{id}",
            "networks",
            "A receipt, verified: signature, decision and data",
        )
        .by(WHOM)
        .refusing(&[Kind::NotFound, Kind::Unavailable]),
        Operation::answering_with::<Replayed>(
            "post",
            "/network-status/replay",
            "networks",
            "The receipts of a period decided again by what is known now, and those whose answer changes",
        )
        .by(WHOM)
        .taking_a::<Period>()
        .refusing(&[Kind::Unavailable]),
        Operation::answering_with::<Holds>(
            "get",
            "/network-status/holds",
            "networks",
            "Claims that are or were held",
        )
        .by(WHOM)
        .asking([
            query("claim_ref", &text, "Only this claim."),
            query(
                "open",
                &json!({"type": "boolean"}),
                "Only those that wait, or only those that were released.",
            ),
        ]),
    ]
}

/// A receipt and what became of it.
#[derive(Serialize, JsonSchema)]
pub struct Told {
    /// Its key.
    id: Uuid,
    /// The payer's own word for the claim.
    claim_ref: Option<String>,
    /// The answer in a sentence.
    written_answer: String,
    /// Question, terms, facts, decision, versions.
    statement: Value,
    /// SHA-256 of the statement, hexadecimal.
    hash: String,
    /// HMAC-SHA-256 of the hash by the directory's key, hexadecimal.
    signature: String,
    /// When it was given.
    created_at: DateTime<Utc>,
    /// To whom.
    created_by: String,
    /// What holds of it today.
    verification: Verification,
}

/// What holds of a receipt today.
#[derive(Serialize, JsonSchema)]
pub struct Verification {
    /// The statement is the one that was signed.
    signature: bool,
    /// Its facts still lead to its decision; none: it was made by other rules than today's.
    decision: Option<bool>,
    /// Read again as known then, the data has the same facts.
    data: bool,
}

/// Days of service.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first.
    from: NaiveDate,
    /// The last.
    until: NaiveDate,
}

/// What a replay comes to.
#[derive(Serialize, JsonSchema)]
pub struct Replayed {
    /// Receipts that were decided again.
    checked: usize,
    /// Those whose answer changes.
    changed: Vec<ChangedAnswer>,
}

/// A claim whose answer changes.
#[derive(Serialize, JsonSchema)]
pub struct ChangedAnswer {
    receipt_id: Uuid,
    claim_ref: Option<String>,
    npi: String,
    service_date: NaiveDate,
    /// As stated then.
    before: Decision,
    /// By what is known now.
    after: Decision,
}

/// Claims, latest first.
#[derive(Serialize, JsonSchema)]
pub struct Holds {
    holds: Vec<Held>,
}

/// `GET /network-status/receipts/{id}`.
pub async fn receipt(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
) -> Result<Response, Problem> {
    let actor = may_keep(admit(known, Permission::NetworkCheck)?)?;
    let missing = || Problem::not_found("There is no such receipt.");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let (receipt, signed) = receipts::find(&mut tx, id).await?.ok_or_else(missing)?;
    audit::record(&mut tx, "receipt.read", "network_receipt", &id.to_string(), &json!({})).await?;
    tx.commit().await?;
    let Receipt {
        claim_ref, statement, ..
    } = receipt;
    let moment = Moment {
        at: statement.known_at,
        snapshot: statement.snapshot.as_deref(),
    };
    let then = standing::as_known(&rooms.store, statement.question.npi, Some(moment)).await?;
    let verification = Verification {
        signature: signed,
        decision: statement.is_reproduced(),
        data: is_same(statement.facts.as_ref(), then.as_ref().map(|s| &s.facts)),
    };
    let told = Told {
        id,
        claim_ref,
        written_answer: statement.in_words(),
        statement: serde_json::to_value(&statement).unwrap_or_default(),
        hash: hex(&receipt.hash),
        signature: hex(&receipt.signature),
        created_at: receipt.created_at,
        created_by: receipt.created_by,
        verification,
    };
    Ok(Json(told).into_response())
}

/// Taxonomies have no history, and decide nothing.
fn is_same(stated: Option<&Facts>, read: Option<&Facts>) -> bool {
    match (stated, read) {
        (Some(a), Some(b)) => a.timeline == b.timeline && a.participations == b.participations,
        (None, None) => true,
        _ => false,
    }
}

/// `POST /network-status/replay` with `{from, until}`.
pub async fn replay(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = may_keep(admit(known, Permission::NetworkCheck)?)?;
    let Period { from, until } = parameters::json(&headers, &body)?;
    if until < from {
        return Err(Problem::fault("until", "range", "the last day is not before the first"));
    }
    let mut known: HashMap<Npi, Option<Facts>> = HashMap::new();
    let (mut checked, mut changed, mut after) = (0, Vec::new(), Uuid::nil());
    loop {
        let mut tx = rooms.store.begin(&actor).await?;
        let page = receipts::of_period(&mut tx, from, until, after, PAGE).await?;
        drop(tx); // Not held while the rest is read.
        let Some(last) = page.last() else { break };
        after = last.id;
        checked += page.len();
        if checked > MOST_REPLAYED {
            let message = format!("a replay takes at most {MOST_REPLAYED} receipts: take a shorter period");
            return Err(Problem::fault("from", "too_many", message));
        }
        for receipt in page {
            let npi = receipt.statement.question.npi;
            let facts = match known.entry(npi) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let now = standing::as_known(&rooms.store, npi, None).await?;
                    unknown.insert(now.map(|s| s.facts))
                }
            };
            changed.extend(differs(receipt, facts.as_ref()));
        }
    }
    Ok(Json(Replayed { checked, changed }).into_response())
}

/// The claim, if today's facts lead to another answer.
fn differs(receipt: Receipt, facts: Option<&Facts>) -> Option<ChangedAnswer> {
    let Statement { question, decision, .. } = &receipt.statement;
    let after = receipt.statement.decide_by(facts);
    let answer = |d: &Decision| (d.decision, d.allowed_basis, d.cost_share, d.disposition);
    (answer(decision) != answer(&after)).then(|| ChangedAnswer {
        receipt_id: receipt.id,
        npi: question.npi.to_string(),
        service_date: question.service_date,
        before: decision.clone(),
        after,
        claim_ref: receipt.claim_ref,
    })
}

/// `GET /network-status/holds?claim_ref=&open=`.
pub async fn list(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let actor = may_keep(admit(known, Permission::NetworkCheck)?)?;
    let [claim_ref, open] = parameters::only(parameters::pairs(raw.as_deref())?, ["claim_ref", "open"])?;
    let open = match open.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(Problem::fault("open", "format", "true or false")),
    };
    let mut tx = rooms.store.begin(&actor).await?;
    let holds = holds::list(&mut tx, claim_ref.as_deref(), open, MOST_LISTED).await?;
    Ok(Json(Holds { holds }).into_response())
}

/// Somebody whose claims may be held and whose decisions are kept.
pub fn may_keep(actor: Actor) -> Result<Actor, Problem> {
    match actor.role {
        Role::PlatformAdmin => Ok(actor),
        Role::Service | Role::OrganizationAdmin if actor.organization_id.is_some() => Ok(actor),
        Role::Anonymous => Err(Problem::new(
            Kind::NotSignedIn,
            "Send the header `Authorization: Bearer <token>`.",
        )),
        _ => Err(Problem::new(
            Kind::NotAllowed,
            "Only a payer's service or administrator may do this.",
        )),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
