//! The interface as a document: `GET /openapi.json` (OpenAPI 3.1). A test holds it against the router and the answers.

use std::{sync::Arc, sync::LazyLock};

use axum::{Json, extract::State};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Rooms, appointments, clinic_assignments, clinics, configuration, credentialing, credentialing_work, directory,
    event_shapes, exclusions, extract, links::Links, listing_reports, listings, match_feedback, matching, me, members,
    network_status, operation::Operation, organizations, practitioners, rosters, schedule_exceptions, schedules,
    schemas, sessions, slots, statistics, update_links,
};
use crate::interfaces::fhir;
use crate::interfaces::mcp;
use crate::interfaces::web::{listing_report, sign_in, sign_in_elsewhere};
use crate::query::cards::PROPERTIES;

/// `GET /openapi.json`, with the address that the caller sees.
pub async fn get(State(_): State<Arc<Rooms>>, links: Links) -> Json<Value> {
    let mut document = DOCUMENT.clone();
    let server = links.absolute("");
    document["servers"] = json!([{"url": if server.is_empty() { "/" } else { &server }}]);
    Json(document)
}

/// The document, without the address of the server.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// Every operation; each noun tells its own.
fn operations() -> Vec<Operation> {
    let mut all = directory::operations();
    all.extend(super::network_changes::operations());
    all.extend(network_status::operations());
    all.extend(super::webhooks::operations());
    all.extend(super::events::operations());
    all.extend(super::network_receipts::operations());
    all.extend(matching::operations());
    all.extend(credentialing::operations());
    all.extend(super::credentialing_delegated::operations());
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
