//! `/credentialing-requests/delegated`: whom somebody else has credentialed is let in, all of a list or nobody.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use super::{
    Rooms, Routes,
    access::Administrator,
    networks::{at_most, named},
    operation::{Answer, Operation, Shape},
    parameters,
    position::at_position,
    problem::{Kind, Problem},
};
use crate::store::{credentialing, providers};
use crate::vocab::{Fault, Npi};

const PATH: &str = "/credentialing-requests/delegated";

/// The path of this file.
pub fn routes() -> Routes {
    vec![(PATH, post(approve))]
}

/// What it does.
pub fn operations() -> Vec<Operation> {
    let told = Answer::Json(Shape::Named("Approved"));
    let summary = "Take providers that somebody else has credentialed";
    vec![
        Operation::new("post", PATH, "credentialing", summary, told)
            .by_administrators()
            .taking("Delegated")
            .refusing(&[Kind::RuleRefused]),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delegated {
    npis: Vec<String>,
    source: String,
    decided: NaiveDate,
}

/// `POST /credentialing-requests/delegated` with `{npis, source, decided}`: providers that somebody else has credentialed
/// become ACTIVE, each by an approved request that names its source. All of them are known, or nothing happens.
async fn approve(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let given: Delegated = parameters::json(&headers, &body)?;
    at_most("npis", given.npis.len())?;
    let source = named("source", &given.source)?;
    let mut faults = Vec::new();
    let mut npis = Vec::new();
    for (n, text) in given.npis.iter().enumerate() {
        match text.parse::<Npi>() {
            Ok(npi) => npis.push(npi),
            Err(why) => faults.push(Fault::new(format!("npis[{n}]"), why.code(), why.to_string())),
        }
    }
    if !faults.is_empty() {
        return Err(Problem::faults(faults));
    }
    let mut tx = rooms.store.begin(&actor).await?;
    let found = providers::ids_of(&mut tx, &npis).await?;
    let missing = found.iter().enumerate().filter(|(_, id)| id.is_none());
    let missing =
        missing.map(|(n, _)| Fault::new(format!("npis[{n}]"), "unknown_provider", "no provider has this NPI"));
    let missing = missing.collect::<Vec<_>>();
    if !missing.is_empty() {
        let detail = "Not all of these providers are known; none was changed.";
        return Err(Problem::new(Kind::RuleRefused, detail).with_errors(missing));
    }
    let ids = found.into_iter().flatten().collect::<Vec<_>>();
    let approved = credentialing::approve_delegated(&mut tx, &ids, &source, given.decided, rooms.now()).await?;
    let position = tx.commit().await?;
    let told = json!({"approved": approved, "source": source, "decided": given.decided});
    Ok(at_position(StatusCode::OK, &told, position))
}
