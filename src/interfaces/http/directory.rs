//! The operations of the directory itself: searches, providers, networks and the words that searches take, the server, its pages.
//! Those of every other noun stand in its own file.

use serde_json::json;

use super::{
    operation::{Answer, Operation, Shape, query},
    problem::Kind,
    search_parameters::{FORMS, search_parameters},
};

/// All of them.
pub fn operations() -> Vec<Operation> {
    let all = [searches(), providers(), words_and_networks(), server(), pages()];
    all.into_iter().flatten().collect()
}

/// One that answers a shape of ours.
fn op(
    method: &'static str,
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    shape: &'static str,
) -> Operation {
    Operation::new(method, path, tag, summary, Answer::Json(Shape::Named(shape)))
}

/// One that answers in another form.
fn answering_as(
    method: &'static str,
    path: &'static str,
    tag: &'static str,
    summary: &'static str,
    media: &'static str,
) -> Operation {
    Operation::new(method, path, tag, summary, Answer::Media(media))
}

/// Searches, and what stands around them.
fn searches() -> Vec<Operation> {
    let costly = [Kind::TooCostly, Kind::PositionNotReached, Kind::Unavailable];
    vec![
        op("get", "/providers/search", "search", "Search providers", "SearchAnswer")
            .asking(search_parameters())
            .or_in(&FORMS)
            .refusing(&costly),
        op(
            "post",
            "/providers/search",
            "search",
            "Search providers by a JSON object of the same parameters",
            "SearchAnswer",
        )
        .taking("SearchRequest")
        .or_in(&FORMS)
        .refusing(&costly),
        op(
            "get",
            "/providers/suggest",
            "search",
            "Completions while somebody types",
            "Suggestions",
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
            "Comparison",
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
            "WhyNot",
        )
        .asking(search_parameters()),
    ]
}

/// One provider: read, written, taken out.
fn providers() -> Vec<Operation> {
    let day = json!({"type": "string", "format": "date"});
    let change = |method, summary| {
        op(method, "/providers/{key}", "providers", summary, "Provider")
            .by_administrators()
            .taking("ProviderChange")
            .with_version()
            .refusing(&[Kind::Merged, Kind::StatusGuard, Kind::RuleRefused])
    };
    vec![
        op(
            "get",
            "/providers/{key}",
            "providers",
            "One provider with everything that is public",
            "Provider",
        )
        .asking([
            query(
                "as_of",
                &day,
                "As it was on this day: names, addresses, taxonomies, status, and the participations of that day. By platform administrators.",
            ),
            query(
                "as_known_on",
                &day,
                "As the directory knew it at the end of this day (UTC); left out: as known now. By platform administrators.",
            ),
        ])
        .refusing(&[Kind::Merged, Kind::InvalidParameter, Kind::NotFound, Kind::NotSignedIn, Kind::NotAllowed]),
        op(
            "post",
            "/providers",
            "providers",
            "Create a provider",
            "Provider",
        )
        .by_administrators()
        .taking("NewProvider")
        .refusing(&[Kind::Conflict, Kind::RuleRefused])
        .answering(201).once(),
        change("patch", "Change what is named, leave the rest"),
        change("put", "The same as PATCH, for clients without it"),
        op(
            "post",
            "/providers/{key}/deactivate",
            "providers",
            "Take a provider out: INACTIVE",
            "Provider",
        )
        .by_administrators()
        .taking("Deactivation")
        .with_version()
        .refusing(&[Kind::Merged, Kind::RuleRefused]),
        op(
            "put",
            "/providers/{key}/participations",
            "networks",
            "Replace a provider's participations",
            "Provider",
        )
        .by_administrators()
        .taking("Participations")
        .with_version()
        .refusing(&[Kind::Merged, Kind::RuleRefused]),
    ]
}

/// The words that searches take, networks and plans.
fn words_and_networks() -> Vec<Operation> {
    let named = || {
        query(
            "q",
            &json!({"type": "string"}),
            "Only those whose name or code has these words.",
        )
    };
    vec![
        op(
            "get",
            "/specialties",
            "vocabulary",
            "The provider taxonomy",
            "Specialties",
        )
        .asking([named()]),
        op("get", "/languages", "vocabulary", "Languages", "Languages").asking([named()]),
        op("get", "/networks", "networks", "Public networks", "Networks").asking([named()]),
        op(
            "get",
            "/networks/{id}",
            "networks",
            "A network that is public, or the caller's own",
            "ListedNetwork",
        )
        .refusing(&[Kind::NotFound]),
        op(
            "get",
            "/plans/{id}",
            "networks",
            "A plan with its networks that are public, or the caller's own",
            "ListedPlan",
        )
        .refusing(&[Kind::NotFound]),
        op("post", "/networks", "networks", "Create a network", "Network")
            .by_administrators()
            .taking("NewNetwork")
            .refusing(&[Kind::RuleRefused])
            .answering(201)
            .once(),
        op("get", "/plans", "networks", "Plans with a public network", "Plans").asking([named()]),
        op("post", "/plans", "networks", "Create a plan", "Plan")
            .by_administrators()
            .taking("NewPlan")
            .refusing(&[Kind::RuleRefused])
            .answering(201)
            .once(),
    ]
}

/// How the server does.
fn server() -> Vec<Operation> {
    vec![
        op("get", "/healthz", "operations", "The process answers", "Object"),
        op("get", "/readyz", "operations", "Searches are answered", "Object").refusing(&[Kind::Unavailable]),
        answering_as(
            "get",
            "/metrics",
            "operations",
            "Numbers in Prometheus text format",
            "text/plain",
        ),
        op(
            "get",
            "/admin/index",
            "operations",
            "The alias provider.providers and its live generation",
            "IndexStatus",
        ),
        op(
            "post",
            "/admin/index/rebuild",
            "operations",
            "Build a new generation in the background",
            "Object",
        )
        .by_administrators()
        .answering(202),
        op("get", "/openapi.json", "operations", "This document", "Object"),
    ]
}

/// Pages that are no noun's own.
fn pages() -> Vec<Operation> {
    vec![
        answering_as("get", "/docs", "pages", "This document as a page", "text/html"),
        answering_as(
            "get",
            "/problems/{slug}",
            "pages",
            "What a kind of problem means",
            "text/html",
        )
        .refusing(&[Kind::NotFound]),
        answering_as("get", "/", "pages", "The search page", "text/html"),
        answering_as("get", "/p/{key}", "pages", "A provider's page", "text/html").refusing(&[Kind::NotFound]),
        answering_as("get", "/assets/{name}", "pages", "Style, script and icon", "*/*").refusing(&[Kind::NotFound]),
    ]
}
