//! The paths, and what the capability statement says of them.

use axum::{
    extract::RawQuery,
    http::{HeaderValue, header},
    middleware::{from_fn, map_response},
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    accepted, location::Location, outcome, practitioner::Practitioner, resource, role::PractitionerRole,
    schedule::Schedule, search, slot::Slot, types::CodeableConcept,
};
use crate::interfaces::http::{
    Routes,
    operation::{Answer, Operation, Shape},
    parameters,
    problem::{Kind, Problem},
};

/// The media type of a resource.
pub const MEDIA_TYPE: &str = "application/fhir+json";

/// The kinds of appointments as words.
pub fn service_types(names: &[String]) -> Vec<CodeableConcept> {
    names.iter().map(CodeableConcept::words).collect()
}

/// The paths.
pub fn routes() -> Routes {
    let mut routes = vec![("/fhir/metadata", get(metadata))];
    routes.extend(resource::routes::<Schedule>());
    routes.extend(resource::routes::<Slot>());
    routes.extend(resource::routes::<Practitioner>());
    routes.extend(resource::routes::<PractitionerRole>());
    routes.extend(resource::routes::<Location>());
    let in_its_words = |(path, does): (&'static str, axum::routing::MethodRouter<_>)| {
        let does = does.layer(from_fn(accepted::refuse_others));
        (path, does.layer(map_response(outcome::in_place_of_a_problem)))
    };
    routes.into_iter().map(in_its_words).collect()
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let whatever = Shape::Derived(SchemaGenerator::subschema_for::<Map<String, Value>>);
    let mut all = vec![
        Operation::new(
            "get",
            "/fhir/metadata",
            TAG,
            "What this FHIR server can do (CapabilityStatement)",
            Answer::Fhir(whatever),
        )
        .asking([search::of_format()])
        .refusing(&[Kind::NotAcceptable]),
    ];
    all.extend(resource::operations::<Schedule>());
    all.extend(resource::operations::<Slot>());
    all.extend(resource::operations::<Practitioner>());
    all.extend(resource::operations::<PractitionerRole>());
    all.extend(resource::operations::<Location>());
    all
}

/// The tag of these paths.
const TAG: &str = "fhir";

/// A search for resources of a type, or a reading of one, and who may.
pub(super) fn operation<T: JsonSchema>(path: &'static str, summary: &'static str, who: &'static str) -> Operation {
    let shape = Shape::Derived(SchemaGenerator::subschema_for::<T>);
    Operation::new("get", path, TAG, summary, Answer::Fhir(shape))
        .by(who)
        .refusing(&[Kind::NotAcceptable])
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
pub(super) fn absent(of: &str) -> Problem {
    Problem::new(Kind::NotFound, format!("There is no {of} with this id."))
}

/// The types of resources that there are.
const RESOURCES: &str = "Schedule, Slot, Practitioner, PractitionerRole and Location";

/// A path under `/fhir` at which there is nothing.
pub async fn not_supported(path: &str) -> Response {
    let kind: String = path.trim_start_matches("/fhir").chars().take(80).collect();
    let detail = format!("`{kind}` is nothing that this server has; it has {RESOURCES}, see /fhir/metadata.");
    outcome::in_place_of_a_problem(Problem::not_found(detail).into_response()).await
}

/// `GET /fhir/metadata`.
async fn metadata(RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let [format] = parameters::only(parameters::pairs(raw.as_deref())?, ["_format"])?;
    if let Some(format) = format {
        search::formatted(&format).map_err(|fault| Problem::faults(vec![fault]))?;
    }
    answer(&json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-30",
        "kind": "instance",
        "software": {"name": "Provider Directory", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "Schedules, slots, practitioners and clinics of an organization of this directory"},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE],
        "rest": [{
            "mode": "server",
            "security": {"description": "A bearer token or session of a member; X-Organization-Id names the organization."},
            "resource": [
                resource::capability::<Schedule>(),
                resource::capability::<Slot>(),
                resource::capability::<Practitioner>(),
                resource::capability::<PractitionerRole>(),
                resource::capability::<Location>(),
            ],
        }],
    }))
}
