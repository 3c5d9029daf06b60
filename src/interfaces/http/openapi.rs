//! The interface as a document: `GET /openapi.json` (OpenAPI 3.1). A test holds it against the router and the answers.

use std::{sync::Arc, sync::LazyLock};

use axum::{Json, extract::State};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Rooms, appointments, clinic_assignments, clinics, configuration, credentialing, credentialing_work, event_shapes,
    exclusions, extract,
    links::Links,
    listing_reports, listings, match_feedback, matching, me, members, network_status,
    operation::{Answer, Operation, Shape, query},
    organizations, practitioners,
    problem::Kind,
    rosters, schedule_exceptions, schedules, schemas, sessions, slots, statistics, update_links,
};
use crate::interfaces::fhir;
use crate::interfaces::mcp;
use crate::interfaces::web::{listing_report, sign_in, sign_in_elsewhere};
use crate::query::{cards::PROPERTIES, request::PARAMETERS};
use crate::vocab::terms::{Accessibility, Gender, NetworkStatus, Profession, ProviderKind};

/// `GET /openapi.json`, with the address that the caller sees.
pub async fn get(State(_): State<Arc<Rooms>>, links: Links) -> Json<Value> {
    let mut document = DOCUMENT.clone();
    let server = links.absolute("");
    document["servers"] = json!([{"url": if server.is_empty() { "/" } else { &server }}]);
    Json(document)
}

/// The document, without the address of the server.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// Every operation: those of the directory here, those of each other noun in its own file.
fn operations() -> Vec<Operation> {
    let mut all = directory();
    all.extend(super::network_changes::operations());
    all.extend(network_status::operations());
    all.extend(super::webhooks::operations());
    all.extend(super::events::operations());
    all.extend(super::network_receipts::operations());
    all.extend(matching::operations());
    all.extend(credentialing::operations());
    all.extend(credentialing_work::operations());
    all.extend(exclusions::operations());
    all.extend(listings::operations());
    all.extend(listing_reports::operations());
    all.extend(update_links::operations());
    all.extend(rosters::operations());
    all.extend(extract::operations());
    all.extend(match_feedback::operations());
    all.extend(clinics::operations());
    all.extend(configuration::operations());
    all.extend(me::operations());
    all.extend(members::operations());
    all.extend(super::accuracy::operations());
    all.extend(super::affiliations::operations());
    all.extend(super::applications::operations());
    all.extend(super::audit_report::operations());
    all.extend(super::merges::operations());
    all.extend(super::proposals::operations());
    all.extend(organizations::operations());
    all.extend(sessions::operations());
    all.extend(sign_in::operations());
    all.extend(listing_report::operations());
    all.extend(sign_in_elsewhere::operations());
    all.extend(mcp::operations());
    all.extend(super::agency_providers::operations());
    all.extend(super::case_items::operations());
    all.extend(super::cases::operations());
    all.extend(super::clinic_records::operations());
    all.extend(super::external_webhooks::operations());
    all.extend(super::portal::operations());
    all.extend(super::clinic_appointments::operations());
    all.extend(super::provider_tokens::operations());
    all.extend(super::provider_users::operations());
    all.extend(super::sharing::operations());
    all.extend(crate::interfaces::web::portal::operations());
    all.extend(crate::interfaces::web::portal_clinic::operations());
    all.extend(appointments::operations());
    all.extend(clinic_assignments::operations());
    all.extend(practitioners::operations());
    all.extend(schedule_exceptions::operations());
    all.extend(schedules::operations());
    all.extend(slots::operations());
    all.extend(fhir::operations());
    all.extend(statistics::operations());
    all.extend(crate::interfaces::web::admin::operations());
    all
}

fn directory() -> Vec<Operation> {
    use Answer::Media;
    let op = Operation::new;
    let named = |shape| Answer::Json(Shape::Named(shape));
    let html = Media("text/html");
    let search = || [Kind::TooCostly, Kind::PositionNotReached, Kind::Unavailable];
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
            named("SearchAnswer"),
        )
        .asking(search_parameters())
        .or_in(&FORMS)
        .refusing(&search()),
        op(
            "post",
            "/providers/search",
            "search",
            "Search providers by a JSON object of the same parameters",
            named("SearchAnswer"),
        )
        .taking("SearchRequest")
        .or_in(&FORMS)
        .refusing(&search()),
        op(
            "get",
            "/providers/suggest",
            "search",
            "Completions while somebody types",
            named("Suggestions"),
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
            named("Comparison"),
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
            named("WhyNot"),
        )
        .asking(search_parameters()),
        op(
            "get",
            "/providers/{key}",
            "providers",
            "One provider with everything that is public",
            named("Provider"),
        )
        .asking([
            query(
                "as_of",
                &json!({"type": "string", "format": "date"}),
                "As it was on this day: names, addresses, taxonomies, status, and the participations of that day. By platform administrators.",
            ),
            query(
                "as_known_on",
                &json!({"type": "string", "format": "date"}),
                "As the directory knew it at the end of this day (UTC); left out: as known now. By platform administrators.",
            ),
        ])
        .refusing(&[Kind::Merged, Kind::InvalidParameter, Kind::NotFound, Kind::NotSignedIn, Kind::NotAllowed]),
        op(
            "post",
            "/providers",
            "providers",
            "Create a provider",
            named("Provider"),
        )
        .by_administrators()
        .taking("NewProvider")
        .refusing(&[Kind::Conflict, Kind::RuleRefused])
        .answering(201).once(),
        op(
            "patch",
            "/providers/{key}",
            "providers",
            "Change what is named, leave the rest",
            named("Provider"),
        )
        .by_administrators()
        .taking("ProviderChange")
        .with_version()
        .refusing(&[Kind::Merged, Kind::StatusGuard, Kind::RuleRefused]),
        op(
            "put",
            "/providers/{key}",
            "providers",
            "The same as PATCH, for clients without it",
            named("Provider"),
        )
        .by_administrators()
        .taking("ProviderChange")
        .with_version()
        .refusing(&[Kind::Merged, Kind::StatusGuard, Kind::RuleRefused]),
        op(
            "post",
            "/providers/{key}/deactivate",
            "providers",
            "Take a provider out: INACTIVE",
            named("Provider"),
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
            named("Provider"),
        )
        .by_administrators()
        .taking("Participations")
        .with_version()
        .refusing(&[Kind::Merged, Kind::RuleRefused]),
        op(
            "get",
            "/specialties",
            "vocabulary",
            "The provider taxonomy",
            named("Specialties"),
        )
        .asking(q()),
        op("get", "/languages", "vocabulary", "Languages", named("Languages")).asking(q()),
        op("get", "/networks", "networks", "Public networks", named("Networks")).asking(q()),
        op(
            "get",
            "/networks/{id}",
            "networks",
            "A network that is public, or the caller's own",
            named("ListedNetwork"),
        )
        .refusing(&[Kind::NotFound]),
        op(
            "get",
            "/plans/{id}",
            "networks",
            "A plan with its networks that are public, or the caller's own",
            named("ListedPlan"),
        )
        .refusing(&[Kind::NotFound]),
        op("post", "/networks", "networks", "Create a network", named("Network"))
            .by_administrators()
            .taking("NewNetwork")
            .refusing(&[Kind::RuleRefused])
            .answering(201).once(),
        op(
            "get",
            "/plans",
            "networks",
            "Plans with a public network",
            named("Plans"),
        )
        .asking(q()),
        op("post", "/plans", "networks", "Create a plan", named("Plan"))
            .by_administrators()
            .taking("NewPlan")
            .refusing(&[Kind::RuleRefused])
            .answering(201).once(),
        op(
            "post",
            "/credentialing-requests/delegated",
            "credentialing",
            "Take providers that somebody else has credentialed",
            named("Approved"),
        )
        .by_administrators()
        .taking("Delegated")
        .refusing(&[Kind::RuleRefused]),
        op("get", "/healthz", "operations", "The process answers", named("Object")),
        op("get", "/readyz", "operations", "Searches are answered", named("Object")).refusing(&[Kind::Unavailable]),
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
            named("IndexStatus"),
        ),
        op(
            "post",
            "/admin/index/rebuild",
            "operations",
            "Build a new generation in the background",
            named("Object"),
        )
        .by_administrators()
        .answering(202),
        op("get", "/openapi.json", "operations", "This document", named("Object")),
        op("get", "/docs", "pages", "This document as a page", html),
        op("get", "/problems/{slug}", "pages", "What a kind of problem means", html).refusing(&[Kind::NotFound]),
        op("get", "/", "pages", "The search page", html),
        op("get", "/p/{key}", "pages", "A provider's page", html).refusing(&[Kind::NotFound]),
        op("get", "/assets/{name}", "pages", "Style, script and icon", Media("*/*")).refusing(&[Kind::NotFound]),
    ]
}

/// Forms of a search's answer beside JSON, by `format`.
const FORMS: [&str; 3] = ["application/geo+json", "text/csv", "application/x-ndjson"];

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
            "One box: names, specialties, lay terms, languages, places, wishes, numbers. `interpreted.terms` tells what each piece \
             was taken for; leave a piece out of `q`, or name its words in `literal`, to undo it.",
        ),
        "literal" => (
            several(text),
            "Words of `q` that are words of a name, whatever else they may mean.",
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
        "near" => (
            text,
            "`lat,lon`, a ZIP or `City, ST`. A point is where somebody is: a place that `q` names goes before it.",
        ),
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
        "profession" => (
            codes(Profession::ALL.iter().map(|p| p.code()).collect()),
            "`physician`: a person with a code of NUCC's allopathic and osteopathic physicians, of whatever specialty.",
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
        "available_before" => (
            text,
            "A day: whose next free slot, as far as everybody may see it, begins before it.",
        ),
        "organization" | "affiliation" => (several(text), "NPI, locator or id of the organisation it belongs to."),
        "match" => (one_of(&["auto", "exact", "fuzzy"]), "How names match."),
        "nicknames" => (flag, "Whether nicknames match; true if not said."),
        "sort" => (
            one_of(&["relevance", "distance", "name", "verified", "next_available"]),
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
        "explain" => (
            flag,
            "Whether to tell how the answer came about, and why each result is where it is.",
        ),
        "min_position" => (
            json!({"type": "string", "pattern": "^[0-9]+-[0-9]+$"}),
            "Answer from an index at least this new (`X-Position` of a write).",
        ),
        _ => (text, ""),
    }
}

/// All shapes by name; and the names that stand for two of them, of which whoever refers to one would get the other.
fn all_shapes(generator: &mut SchemaGenerator) -> (Map<String, Value>, Vec<String>) {
    let mut shapes = schemas::all();
    let mut twice = Vec::new();
    let derived = event_shapes::all(generator);
    for (name, shape) in derived.into_iter().chain(generator.take_definitions(true)) {
        if shapes.get(&name).is_some_and(|known| *known != shape) {
            twice.push(name.clone());
        }
        shapes.insert(name, shape);
    }
    (shapes, twice)
}

fn document() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let (path, method) = (operation.path.to_owned(), operation.method);
        paths.entry(path).or_insert_with(|| json!({}))[method] = operation.told(&mut generator);
    }
    let (shapes, _) = all_shapes(&mut generator);
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
            {"name": "matching", "description": "Who a record means."},
            {"name": "mcp", "description": "The directory as tools for programs that read and write language."},
            {"name": "providers", "description": "One provider; writing by administrators, under If-Match."},
            {"name": "people", "description": "Signing in and out."},
            {"name": "organizations", "description": "Tenants, their sites, people and settings."},
            {"name": "scheduling", "description": "Practitioners, schedules, slots, appointments."},
            {"name": "fhir", "description": "Schedules, slots, practitioners and clinics as FHIR R4 has them."},
            {"name": "statistics", "description": "Numbers about practitioners, slots and appointments."},
            {"name": "networks", "description": "Organisations, networks, plans, and who takes part."},
            {"name": "events", "description": "What changes, told outwards: webhooks and a stream."},
            {"name": "credentialing", "description": "How a provider becomes ACTIVE."},
            {"name": "agency network", "description": "Outside providers that an agency works with, their people and tokens."},
            {"name": "clinic records", "description": "Contacts and papers of clinics."},
            {"name": "cases", "description": "Cases of an agency and what is in them."},
            {"name": "sharing", "description": "Who of outside sees what of a case, and who did."},
            {"name": "portal", "description": "For people of outside providers: what is shared with them."},
            {"name": "external", "description": "The same for their systems."},
            {"name": "listings", "description": "Whether what is told about a provider is still true."},
            {"name": "vocabulary", "description": "The words that searches take."},
            {"name": "operations", "description": "Health, numbers, the index."},
            {"name": "pages", "description": "For people."},
        ],
        "paths": paths,
        "webhooks": event_shapes::webhooks(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": shapes,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_for_two_shapes() {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        for operation in operations() {
            operation.told(&mut generator);
        }
        assert_eq!(all_shapes(&mut generator).1, Vec::<String>::new());
    }
}
