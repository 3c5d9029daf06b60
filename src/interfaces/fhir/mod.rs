//! `/fhir`: schedules and slots as FHIR R4 (4.0.1) has them, to be read and searched. Refusals are `OperationOutcome`s.
//!
//! A parameter that is not known is refused, as everywhere here, so that a typing error never widens a search. Practitioners and
//! clinics are told by their keys (logical references): they are no resources here.

pub mod bundle;
pub mod outcome;
pub mod schedule;
pub mod search;
pub mod slot;

use axum::{
    http::{HeaderValue, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::interfaces::http::{
    Routes,
    operation::{Answer, Operation, Shape},
    problem::{Kind, Problem},
};

/// The media type of a resource.
pub const MEDIA_TYPE: &str = "application/fhir+json";

/// A code, or words, from some system.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirCodeableConcept")]
pub struct CodeableConcept {
    /// In words.
    pub text: String,
}

/// Another resource.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirReference")]
pub struct Reference {
    /// Where it is, for those that are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is.
    #[serde(rename = "type")]
    pub of: &'static str,
    /// Its key, for those that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
}

/// A key.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirIdentifier")]
pub struct Identifier {
    /// What keys these are.
    pub system: &'static str,
    /// The key.
    pub value: String,
}

impl Reference {
    /// To a resource that is here.
    pub fn here(of: &'static str, id: impl std::fmt::Display) -> Self {
        Self {
            reference: Some(format!("{of}/{id}")),
            of,
            identifier: None,
        }
    }

    /// To what is known by its key.
    pub fn by_key(of: &'static str, id: impl std::fmt::Display) -> Self {
        let identifier = Identifier {
            system: "urn:ietf:rfc:3986",
            value: format!("urn:uuid:{id}"),
        };
        Self {
            reference: None,
            of,
            identifier: Some(identifier),
        }
    }
}

/// The kinds of appointments as words.
pub fn service_types(names: &[String]) -> Vec<CodeableConcept> {
    names
        .iter()
        .map(|text| CodeableConcept { text: text.clone() })
        .collect()
}

/// The paths.
pub fn routes() -> Routes {
    let mut routes = vec![("/fhir/metadata", get(metadata))];
    routes.extend(schedule::routes());
    routes.extend(slot::routes());
    let in_its_words = |(path, does): (&'static str, axum::routing::MethodRouter<_>)| {
        (path, does.layer(map_response(outcome::in_place_of_a_problem)))
    };
    routes.into_iter().map(in_its_words).collect()
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let whatever = Shape::Derived(SchemaGenerator::subschema_for::<Map<String, Value>>);
    let mut all = vec![Operation::new(
        "get",
        "/fhir/metadata",
        TAG,
        "What this FHIR server can do (CapabilityStatement)",
        Answer::Fhir(whatever),
    )];
    all.extend(schedule::operations());
    all.extend(slot::operations());
    all
}

/// The tag of these paths.
const TAG: &str = "fhir";

/// A search for resources of a type, or a reading of one.
fn operation<T: JsonSchema>(path: &'static str, summary: &'static str) -> Operation {
    let shape = Shape::Derived(SchemaGenerator::subschema_for::<T>);
    Operation::new("get", path, TAG, summary, Answer::Fhir(shape)).by("Members with schedules:read.")
}

/// A resource as it is answered.
///
/// # Errors
/// Where it can't be written down.
pub fn answer(resource: &impl Serialize) -> Result<Response, Problem> {
    let text = serde_json::to_string(resource).map_err(|e| Problem::internal(&e))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    Ok((headers, text).into_response())
}

/// That there is no such resource, or none that the caller may see.
fn absent(of: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("There is no {of} with this id."))
}

/// `GET /fhir/metadata`.
async fn metadata() -> Result<Response, Problem> {
    let resource = |of: &str, parameters: &[(&str, &str)]| {
        let parameters = parameters
            .iter()
            .map(|(name, kind)| json!({"name": name, "type": kind}));
        json!({
            "type": of,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "no-version",
            "searchParam": parameters.collect::<Vec<_>>(),
        })
    };
    answer(&json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-29",
        "kind": "instance",
        "software": {"name": "Provider Directory", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "Schedules and slots of an organization of this directory"},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE],
        "rest": [{
            "mode": "server",
            "security": {"description": "A bearer token or session of a member; X-Organization-Id names the organization."},
            "resource": [resource("Schedule", &schedule::PARAMETERS), resource("Slot", &slot::PARAMETERS)],
        }],
    }))
}
