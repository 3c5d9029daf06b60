//! Refusals in the words of FHIR: an `OperationOutcome` with an issue for each fault.

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::MEDIA_TYPE;
use crate::interfaces::http::problem::{Kind, Problem, of_framework};

/// What was wrong.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationOutcome {
    resource_type: &'static str,
    issue: Vec<Issue>,
}

/// One thing that was wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OperationOutcomeIssue")]
struct Issue {
    severity: &'static str,
    /// Of the value set `issue-type`.
    code: &'static str,
    details: Details,
    /// The sentence about the whole request.
    diagnostics: String,
    /// The parameter, `http.start`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    location: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OperationOutcomeDetails")]
struct Details {
    coding: Vec<Coding>,
    text: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OperationOutcomeCoding")]
struct Coding {
    /// The code that stands for this fault everywhere in the product.
    code: &'static str,
    /// What kind of problem it is.
    display: &'static str,
}

/// Tells a refusal of a handler, or of the framework, as an outcome.
pub async fn in_place_of_a_problem(response: Response<Body>) -> Response<Body> {
    let status = response.status();
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if status.is_client_error() || status.is_server_error() => of_framework(status),
        None => return response,
    };
    let text = serde_json::to_string(&OperationOutcome::of(&problem)).unwrap_or_else(|_| "{}".to_owned());
    let mut told = Response::new(Body::from(text));
    *told.status_mut() = problem.status();
    *told.headers_mut() = problem.headers();
    told.headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    told
}

impl OperationOutcome {
    fn of(problem: &Problem) -> Self {
        let issue = |code, text: &str, location| Issue {
            severity: "error",
            code: issue_type(problem.kind()),
            details: Details {
                coding: vec![Coding {
                    code,
                    display: problem.kind().title(),
                }],
                text: text.to_owned(),
            },
            diagnostics: problem.detail().to_owned(),
            location,
        };
        let faults = problem.errors().iter();
        let mut issues = faults
            .map(|fault| issue(fault.code, &fault.message, vec![format!("http.{}", fault.field)]))
            .collect::<Vec<_>>();
        if issues.is_empty() {
            issues.push(issue(problem.kind().slug(), problem.detail(), Vec::new()));
        }
        Self {
            resource_type: "OperationOutcome",
            issue: issues,
        }
    }
}

fn issue_type(kind: Kind) -> &'static str {
    match kind {
        Kind::NotSignedIn => "login",
        Kind::NotAllowed => "forbidden",
        Kind::NotFound => "not-found",
        Kind::UnknownParameter | Kind::MethodNotAllowed | Kind::NotAcceptable => "not-supported",
        Kind::InvalidParameter => "value",
        Kind::Malformed => "structure",
        Kind::TooManyRequests => "throttled",
        Kind::TimedOut => "timeout",
        Kind::Unavailable => "transient",
        Kind::Internal => "exception",
        _ => "processing",
    }
}
