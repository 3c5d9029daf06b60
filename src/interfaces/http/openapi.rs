//! The interface as a document: `GET /openapi.json` (OpenAPI 3.1). A test holds it against the router and the answers.

use std::{sync::Arc, sync::LazyLock};

use axum::{Json, extract::State};
use serde_json::{Map, Value, json};

use super::{Rooms, links::Links, problem::Kind, schemas};
use crate::query::{cards::PROPERTIES, request::PARAMETERS};
use crate::vocab::terms::{Accessibility, Gender, NetworkStatus, ProviderKind};

/// `GET /openapi.json`, with the address that the caller sees.
pub async fn get(State(_): State<Arc<Rooms>>, links: Links) -> Json<Value> {
    let mut document = DOCUMENT.clone();
    let server = links.absolute("");
    document["servers"] = json!([{"url": if server.is_empty() { "/" } else { &server }}]);
    Json(document)
}

/// The document, without the address of the server.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Everybody,
    Administrator,
}

/// What comes back: JSON in a shape, or another media type.
#[derive(Clone, Copy)]
enum Answer {
    Shape(&'static str),
    Media(&'static str),
}

/// One operation.
struct Operation {
    method: &'static str,
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    access: Access,
    parameters: Vec<Value>,
    body: Option<&'static str>,
    status: u16,
    answer: Answer,
    problems: Vec<Kind>,
}

impl Operation {
    fn new(method: &'static str, path: &'static str, tag: &'static str, summary: &'static str, answer: Answer) -> Self {
        let parameters = match path.split_once('{').and_then(|(_, rest)| rest.split_once('}')) {
            Some((name, _)) => vec![path_parameter(name)],
            None => Vec::new(),
        };
        Self {
            method,
            path,
            tag,
            summary,
            access: Access::Everybody,
            parameters,
            body: None,
            status: 200,
            answer,
            problems: Vec::new(),
        }
    }

    fn by_administrators(mut self) -> Self {
        self.access = Access::Administrator;
        self.problems.extend([Kind::NotSignedIn, Kind::NotAllowed]);
        self
    }

    fn asking(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self.problems.push(Kind::InvalidParameter);
        self
    }

    fn taking(mut self, shape: &'static str) -> Self {
        self.body = Some(shape);
        self.problems
            .extend([Kind::InvalidParameter, Kind::TooLarge, Kind::UnsupportedMediaType]);
        self
    }

    fn with_version(mut self) -> Self {
        self.parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
            "description": "The ETag as it was read (`\"17\"`), or `*` for any version.",
        }));
        self.problems
            .extend([Kind::NotFound, Kind::VersionMismatch, Kind::VersionRequired]);
        self
    }

    fn answering(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn refusing(mut self, problems: &[Kind]) -> Self {
        self.problems.extend(problems);
        self
    }

    fn told(self) -> Value {
        let mut responses = Map::new();
        let content = match self.answer {
            Answer::Shape(shape) => json!({"application/json": {"schema": schemas::of(shape)}}),
            Answer::Media(media) => json!({media: {"schema": {"type": "string"}}}),
        };
        let said = if self.status == 201 { "Created" } else { "The answer" };
        responses.insert(
            self.status.to_string(),
            json!({"description": said, "content": content}),
        );
        for kind in self.problems {
            let status = kind.status().as_u16().to_string();
            let problem = json!({
                "description": kind.title(),
                "content": {"application/problem+json": {"schema": schemas::of("Problem")}},
            });
            responses.entry(status).or_insert(problem);
        }
        responses.insert(
            "default".to_owned(),
            json!({"description": "A problem", "content": {"application/problem+json": {"schema": schemas::of("Problem")}}}),
        );
        let mut told = json!({
            "tags": [self.tag],
            "summary": self.summary,
            "operationId": operation_id(self.method, self.path),
            "parameters": self.parameters,
            "responses": responses,
        });
        if let Some(shape) = self.body {
            told["requestBody"] =
                json!({"required": true, "content": {"application/json": {"schema": schemas::of(shape)}}});
        }
        if self.access == Access::Administrator {
            told["security"] = json!([{"token": []}]);
        }
        told
    }
}

/// `get_providers_key_deactivate`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn path_parameter(name: &str) -> Value {
    let says = match name {
        "key" => "NPI, locator (PRV-2026-000042) or id",
        "slug" => "the last segment of a problem's type",
        _ => "the name of a file",
    };
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}, "description": says})
}

fn query(name: &str, schema: &Value, says: &str) -> Value {
    json!({"name": name, "in": "query", "schema": schema, "description": says})
}

fn operations() -> Vec<Operation> {
    use Answer::{Media, Shape};
    let op = Operation::new;
    let html = Media("text/html");
    let search = || [Kind::PositionNotReached, Kind::Unavailable];
    let q = || {
        [query(
            "q",
            &json!({"type": "string"}),
            "Only those whose name or code has these words.",
        )]
    };
    vec![
        op(
            "get",
            "/providers/search",
            "search",
            "Search providers",
            Shape("SearchAnswer"),
        )
        .asking(search_parameters())
        .refusing(&search()),
        op(
            "post",
            "/providers/search",
            "search",
            "Search providers by a JSON object of the same parameters",
            Shape("SearchAnswer"),
        )
        .taking("SearchRequest")
        .refusing(&search()),
        op(
            "get",
            "/providers/suggest",
            "search",
            "Completions while somebody types",
            Shape("Suggestions"),
        )
        .asking([
            query(
                "q",
                &json!({"type": "string", "maxLength": 200}),
                "What has been typed so far.",
            ),
            query(
                "near",
                &json!({"type": "string"}),
                "Names near here first: `lat,lon`, a ZIP or `City, ST`.",
            ),
            query(
                "limit",
                &json!({"type": "integer", "minimum": 1, "maximum": 20, "default": 8}),
                "How many.",
            ),
        ]),
        op(
            "get",
            "/providers/compare",
            "providers",
            "Two to four providers side by side",
            Shape("Comparison"),
        )
        .asking([query(
            "id",
            &json!({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4}),
            "An id, NPI or locator, two to four times.",
        )])
        .refusing(&[Kind::NotFound]),
        op(
            "get",
            "/providers/{key}/why-not",
            "search",
            "What keeps a provider out of a search",
            Shape("WhyNot"),
        )
        .asking(search_parameters()),
        op(
            "get",
            "/providers/{key}",
            "providers",
            "One provider with everything that is public",
            Shape("Provider"),
        )
        .refusing(&[Kind::InvalidParameter, Kind::NotFound]),
        op(
            "post",
            "/providers",
            "providers",
            "Create a provider",
            Shape("Provider"),
        )
        .by_administrators()
        .taking("NewProvider")
        .refusing(&[Kind::Conflict, Kind::RuleRefused])
        .answering(201),
        op(
            "patch",
            "/providers/{key}",
            "providers",
            "Change what is named, leave the rest",
            Shape("Provider"),
        )
        .by_administrators()
        .taking("ProviderChange")
        .with_version()
        .refusing(&[Kind::StatusGuard, Kind::RuleRefused]),
        op(
            "put",
            "/providers/{key}",
            "providers",
            "The same as PATCH, for clients without it",
            Shape("Provider"),
        )
        .by_administrators()
        .taking("ProviderChange")
        .with_version()
        .refusing(&[Kind::StatusGuard, Kind::RuleRefused]),
        op(
            "post",
            "/providers/{key}/deactivate",
            "providers",
            "Take a provider out: INACTIVE",
            Shape("Provider"),
        )
        .by_administrators()
        .taking("Deactivation")
        .with_version()
        .refusing(&[Kind::RuleRefused]),
        op(
            "put",
            "/providers/{key}/participations",
            "networks",
            "Replace a provider's participations",
            Shape("Provider"),
        )
        .by_administrators()
        .taking("Participations")
        .with_version()
        .refusing(&[Kind::RuleRefused]),
        op(
            "get",
            "/specialties",
            "vocabulary",
            "The provider taxonomy",
            Shape("Specialties"),
        )
        .asking(q()),
        op("get", "/languages", "vocabulary", "Languages", Shape("Languages")).asking(q()),
        op("get", "/networks", "networks", "Public networks", Shape("Networks")).asking(q()),
        op("post", "/networks", "networks", "Create a network", Shape("Network"))
            .by_administrators()
            .taking("NewNetwork")
            .refusing(&[Kind::RuleRefused])
            .answering(201),
        op(
            "get",
            "/plans",
            "networks",
            "Plans with a public network",
            Shape("Plans"),
        )
        .asking(q()),
        op("post", "/plans", "networks", "Create a plan", Shape("Plan"))
            .by_administrators()
            .taking("NewPlan")
            .refusing(&[Kind::RuleRefused])
            .answering(201),
        op(
            "post",
            "/organizations",
            "networks",
            "Create an organisation",
            Shape("Organization"),
        )
        .by_administrators()
        .taking("NewOrganization")
        .refusing(&[Kind::RuleRefused])
        .answering(201),
        op(
            "post",
            "/credentialing-requests/delegated",
            "credentialing",
            "Take providers that somebody else has credentialed",
            Shape("Approved"),
        )
        .by_administrators()
        .taking("Delegated")
        .refusing(&[Kind::RuleRefused]),
        op("get", "/healthz", "operations", "The process answers", Shape("Object")),
        op("get", "/readyz", "operations", "Searches are answered", Shape("Object")).refusing(&[Kind::Unavailable]),
        op(
            "get",
            "/metrics",
            "operations",
            "Numbers in Prometheus text format",
            Media("text/plain"),
        ),
        op(
            "get",
            "/admin/index",
            "operations",
            "The alias provider.providers and its live generation",
            Shape("IndexStatus"),
        ),
        op(
            "post",
            "/admin/index/rebuild",
            "operations",
            "Build a new generation in the background",
            Shape("Object"),
        )
        .by_administrators()
        .answering(202),
        op("get", "/openapi.json", "operations", "This document", Shape("Object")),
        op("get", "/docs", "pages", "This document as a page", html),
        op("get", "/problems/{slug}", "pages", "What a kind of problem means", html).refusing(&[Kind::NotFound]),
        op("get", "/", "pages", "The search page", html),
        op("get", "/p/{key}", "pages", "A provider's page", html).refusing(&[Kind::NotFound]),
        op("get", "/assets/{name}", "pages", "Style, script and icon", Media("*/*")).refusing(&[Kind::NotFound]),
    ]
}

/// Every parameter of a search, in the order of the contract.
fn search_parameters() -> Vec<Value> {
    let told = |name: &&str| {
        let (schema, says) = search_parameter(name);
        query(name, &schema, says)
    };
    let mut all = PARAMETERS.iter().map(told).collect::<Vec<_>>();
    all.push(json!({
        "name": "exclude", "in": "query", "style": "form", "explode": true,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        "description": "`exclude.<parameter>=value`: the same filters the other way round, for every filter above.",
    }));
    all
}

/// The shape of one parameter, and what it does. The JSON body of a search has the same.
pub(super) fn search_parameter(name: &str) -> (Value, &'static str) {
    let text = json!({"type": "string", "maxLength": 4096});
    let several = |items: Value| json!({"type": "array", "items": items});
    let one_of = |codes: &[&str]| json!({"type": "string", "enum": codes});
    let flag = json!({"type": "boolean"});
    let codes = |all: Vec<&'static str>| several(json!({"type": "string", "enum": all}));
    match name {
        "q" => (
            text,
            "One box: names, specialties, lay terms, languages, places, wishes.",
        ),
        "name" => (several(text), "Words of a name, current or former."),
        "npi" => (
            several(json!({"type": "string", "pattern": "^[0-9]{10}$"})),
            "National Provider Identifier.",
        ),
        "specialty" => (several(text), "NUCC code, short code (CARDIOLOGY) or words."),
        "language" => (several(text), "Code or name of a language."),
        "network_status" => (
            codes(NetworkStatus::ALL.iter().map(|s| s.code()).collect()),
            "Status of the provider; with `network` or `plan`, of the participation.",
        ),
        "network" => (several(text), "Id or name of a network: an ACTIVE participation today."),
        "plan" => (
            several(text),
            "Id, code or name of a plan: a participation in one of its networks.",
        ),
        "near" => (text, "`lat,lon`, a ZIP or `City, ST`."),
        "radius" => (
            json!({"type": "number", "exclusiveMinimum": 0}),
            "Within this distance of `near`, in `unit`.",
        ),
        "unit" => (one_of(&["mi", "km"]), "Unit of `radius`; miles if not said."),
        "bbox" => (text, "`west,south,east,north` in degrees."),
        "polygon" => (text, "`lon,lat` pairs separated by `;`, 3 to 500 corners."),
        "city" => (several(text), "City."),
        "state" => (several(text), "Two letters or the name of a state."),
        "postal_code" => (several(text), "ZIP of five or nine digits."),
        "county" => (several(text), "County."),
        "gender" => (
            codes(Gender::ALL.iter().map(|g| g.code()).collect()),
            "Gender of a person.",
        ),
        "accepting_new_patients" => (
            flag,
            "Whether new patients are taken, at the place and in the network asked for.",
        ),
        "telehealth" => (flag, "Whether patients are seen by telehealth."),
        "kind" => (
            codes(ProviderKind::ALL.iter().map(|k| k.code()).collect()),
            "Person or organisation.",
        ),
        "category" => (
            several(text),
            "practitioner, hospital, pharmacy, group, clinic, lab, ...",
        ),
        "accessibility" => (
            codes(Accessibility::ALL.iter().map(|a| a.code()).collect()),
            "Plan-Net accessibility codes.",
        ),
        "open_at" => (text, "`now` or a local time such as 2026-11-28T10:00."),
        "organization" | "affiliation" => (several(text), "NPI, locator or id of the organisation it belongs to."),
        "match" => (one_of(&["auto", "exact", "fuzzy"]), "How names match."),
        "nicknames" => (flag, "Whether nicknames match; true if not said."),
        "sort" => (
            one_of(&["relevance", "distance", "name", "verified"]),
            "The order; ties break by id.",
        ),
        "group" => (
            one_of(&["provider", "location"]),
            "One row for each provider, or for each of its places.",
        ),
        "limit" => (
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            "Rows of a page.",
        ),
        "cursor" => (text, "`next_cursor` of the page before, with the same parameters."),
        "facets" => (
            text,
            "Comma-separated: specialty, language, gender, network, plan, network_status, accepting_new_patients, telehealth, city, state, kind, category, affiliation.",
        ),
        "clusters" => (
            json!({"type": "integer", "minimum": 0, "maximum": 20}),
            "Counts by the cells of a map at this zoom level.",
        ),
        "count" => (one_of(&["exact", "none"]), "Whether the total is counted."),
        "fields" => (text, "Comma-separated properties of a card to keep."),
        "format" => (
            one_of(&["json", "geojson", "csv", "ndjson"]),
            "Form of the answer; csv and ndjson stream the whole set.",
        ),
        "explain" => (flag, "Whether to tell how the answer came about."),
        "min_position" => (
            json!({"type": "string", "pattern": "^[0-9]+-[0-9]+$"}),
            "Answer from an index at least this new (`X-Position` of a write).",
        ),
        _ => (text, ""),
    }
}

fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let (path, method) = (operation.path.to_owned(), operation.method);
        paths.entry(path).or_insert_with(|| json!({}))[method] = operation.told();
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provider Directory",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": format!("Healthcare providers: search, read, keep. A refusal is an `application/problem+json` whose `errors` name each field. A card has {}.", PROPERTIES.join(", ")),
        },
        "tags": [
            {"name": "search", "description": "Find providers."},
            {"name": "providers", "description": "One provider; writing by administrators, under If-Match."},
            {"name": "networks", "description": "Organisations, networks, plans, and who takes part."},
            {"name": "credentialing", "description": "How a provider becomes ACTIVE."},
            {"name": "vocabulary", "description": "The words that searches take."},
            {"name": "operations", "description": "Health, numbers, the index."},
            {"name": "pages", "description": "For people."},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas::all(),
        },
    })
}
