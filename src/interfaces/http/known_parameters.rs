//! Paths that take no parameters refuse every one, before they do anything: a misspelt wish is never taken for none. And what
//! creates something without an `Idempotency-Key` refuses that header: who sends it relies on it.
//!
//! Which these are the OpenAPI document tells. Paths that take some look themselves ([`super::parameters::only`]).

use std::{collections::HashSet, sync::Arc, sync::LazyLock};

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{Rooms, openapi::DOCUMENT, operation::IDEMPOTENCY_KEY, parameters, problem::Problem};

/// Paths that other people's programs ask, who may add what they please.
const OPEN_TO_ALL: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/mcp"];

/// Method and path of every operation without a parameter in its query string.
static WITHOUT: LazyLock<HashSet<(String, String)>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let methods = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, told)| (method, path, told))
    });
    methods
        .filter(|(_, path, told)| {
            let mut parameters = told["parameters"].as_array().into_iter().flatten();
            // Pages say in their own way what they do not know, and FHIR in its words.
            !parameters.any(|parameter| parameter["in"] == "query")
                && !OPEN_TO_ALL.contains(&path.as_str())
                && !path.starts_with("/fhir/")
                && !is_a_page(told)
        })
        .map(|(method, path, _)| (method.to_uppercase(), path.clone()))
        .collect()
});

/// Paths that create something whenever they are asked, also under an `Idempotency-Key`: mostly because their answer holds a secret
/// that is shown once and kept nowhere.
static NEVER_THE_SAME: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    let creates = |told: &Value| told["responses"].get("201").is_some();
    let takes_key = |told: &Value| {
        let mut parameters = told["parameters"].as_array().into_iter().flatten();
        parameters.any(|parameter| parameter["name"] == IDEMPOTENCY_KEY)
    };
    paths
        .filter(|(_, methods)| creates(&methods["post"]) && !takes_key(&methods["post"]))
        .map(|(path, _)| path.clone())
        .collect()
});

/// Whether an operation answers what a browser shows.
fn is_a_page(told: &Value) -> bool {
    let answers = told["responses"].as_object().into_iter().flatten();
    answers
        .filter_map(|(_, answer)| answer["content"].as_object())
        .any(|content| {
            content
                .keys()
                .any(|media| !media.ends_with("json") && media != "text/csv")
        })
}

/// Refuses parameters where none is taken.
pub async fn refuse(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response {
    match wrong(&rooms, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

fn wrong(rooms: &Rooms, request: &Request) -> Option<Problem> {
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    let path = path.strip_prefix(rooms.settings.prefix.as_str()).unwrap_or(path);
    if request.method() == Method::POST
        && request.headers().contains_key(IDEMPOTENCY_KEY)
        && NEVER_THE_SAME.contains(path)
    {
        let message =
            "is not taken here: asked again, this makes another one. Leave it out, and look before you ask again";
        return Some(Problem::fault(IDEMPOTENCY_KEY, "not_taken", message));
    }
    let query = request.uri().query().filter(|query| !query.is_empty())?;
    let method = match request.method() {
        &Method::HEAD => "GET",
        other => other.as_str(),
    };
    if !WITHOUT.contains(&(method.to_owned(), path.to_owned())) {
        return None;
    }
    match parameters::pairs(Some(query)) {
        Err(problem) => Some(problem),
        Ok(pairs) => parameters::only(pairs, []).err(),
    }
}
