//! All paths, with everything around them.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, Uri},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get, post, put},
};

use super::{
    access, accuracy, affiliations, agency_providers, applications, appointments, audit_report, case_items, cases,
    clinic_appointments, clinic_assignments, clinic_records, clinics, compare, configuration, credentialing,
    credentialing_delegated, credentialing_work, events, exclusions, external_webhooks, extract, known_parameters,
    limits, listing_reports, listings, match_feedback, matching, me, measure, members, merges, middleware,
    network_changes, network_receipts, network_status, networks, openapi, operations, organizations, portal,
    practitioners, problem::Problem, proposals, provider_tokens, provider_users, providers, reference, rooms::Rooms,
    rosters, schedule_exceptions, schedules, search, sessions, sharing, slots, statistics, suggest, update_links,
    webhooks, why_not,
};
use crate::interfaces::{fhir, grpc, mcp, web};
use crate::store;

/// All paths, with everything around them, at the root and under the configured prefix; and gRPC, on the same port.
pub fn router(rooms: Arc<Rooms>) -> Router {
    measure::start();
    let settings = rooms.settings.clone();
    let all = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, does)| router.route(path, does));
    let mut router = all.clone();
    if !settings.prefix.is_empty() {
        let slash = format!("{}/", settings.prefix);
        router = router
            .nest(&settings.prefix, all)
            .route(&slash, get(web::search_page::get));
    }
    let grpc = grpc::router(rooms.clone());
    let known = from_fn_with_state(rooms.clone(), known_parameters::refuse);
    let limited = from_fn_with_state(rooms.clone(), limits::limit);
    let in_pages = from_fn_with_state(rooms.clone(), web::refused::in_pages);
    let kept_up = from_fn_with_state(rooms.clone(), access::keep_up);
    let router = router.fallback(nothing_here).with_state(rooms);
    let router = router.layer(known).layer(kept_up).layer(from_fn(look));
    let router = router.merge(grpc).layer(limited).layer(in_pages);
    middleware::around(router, &settings)
}

/// HEAD is answered by what answers GET. It is safe (RFC 9110, 9.2.1): a mail scanner that looks whether a link is good neither
/// uses it up nor is somebody who has seen what lies behind it.
async fn look(request: Request, next: Next) -> Response {
    if request.method() == Method::HEAD {
        return store::only_looking(next.run(request)).await;
    }
    next.run(request).await
}

/// Paths with what they do. Each noun has a function of this type and one that tells its operations.
pub type Routes = Vec<(&'static str, MethodRouter<Arc<Rooms>>)>;

/// Every path, with what it does: what the router is built from, and what the OpenAPI document is held against.
pub fn routes() -> Routes {
    let provider = get(providers::get).patch(providers::change).put(providers::change);
    let mut routes = vec![
        ("/providers", post(providers::create)),
        ("/providers/search", get(search::get).post(search::post)),
        ("/providers/suggest", get(suggest::get)),
        ("/providers/compare", get(compare::get)),
        ("/providers/{key}", provider),
        ("/providers/{key}/why-not", get(why_not::get)),
        ("/providers/{key}/deactivate", post(providers::deactivate)),
        ("/providers/{key}/participations", put(networks::set_participations)),
        ("/specialties", get(reference::specialties)),
        ("/languages", get(reference::languages)),
        ("/networks", get(reference::networks).post(networks::create_network)),
        (
            "/networks/{id}",
            get(reference::network).patch(network_changes::change_network),
        ),
        ("/plans/{id}", get(reference::plan).patch(network_changes::change_plan)),
        ("/plans", get(reference::plans).post(networks::create_plan)),
        ("/healthz", get(operations::healthz)),
        ("/readyz", get(operations::readyz)),
        ("/metrics", get(operations::metrics)),
        ("/admin/index", get(operations::index)),
        ("/admin/index/rebuild", post(operations::rebuild)),
        ("/openapi.json", get(openapi::get)),
        ("/problems/{slug}", get(web::problems::explain)),
    ];
    routes.extend(network_status::routes());
    routes.extend(network_changes::routes());
    routes.extend(webhooks::routes());
    routes.extend(events::routes());
    routes.extend(network_receipts::routes());
    routes.extend(matching::routes());
    routes.extend(credentialing::routes());
    routes.extend(credentialing_delegated::routes());
    routes.extend(credentialing_work::routes());
    routes.extend(exclusions::routes());
    routes.extend(listings::routes());
    routes.extend(listing_reports::routes());
    routes.extend(update_links::routes());
    routes.extend(rosters::routes());
    routes.extend(extract::routes());
    routes.extend(match_feedback::routes());
    routes.extend(clinics::routes());
    routes.extend(configuration::routes());
    routes.extend(me::routes());
    routes.extend(members::routes());
    routes.extend(merges::routes());
    routes.extend(accuracy::routes());
    routes.extend(audit_report::routes());
    routes.extend(affiliations::routes());
    routes.extend(applications::routes());
    routes.extend(proposals::routes());
    routes.extend(organizations::routes());
    routes.extend(sessions::routes());
    routes.extend(mcp::routes());
    routes.extend(agency_providers::routes());
    routes.extend(case_items::routes());
    routes.extend(cases::routes());
    routes.extend(clinic_records::routes());
    routes.extend(external_webhooks::routes());
    routes.extend(portal::routes());
    routes.extend(clinic_appointments::routes());
    routes.extend(provider_tokens::routes());
    routes.extend(provider_users::routes());
    routes.extend(sharing::routes());
    routes.extend(appointments::routes());
    routes.extend(clinic_assignments::routes());
    routes.extend(practitioners::routes());
    routes.extend(schedule_exceptions::routes());
    routes.extend(schedules::routes());
    routes.extend(slots::routes());
    routes.extend(fhir::routes());
    routes.extend(statistics::routes());
    routes.extend(web::routes());
    routes
}

/// A person gets a page, a program a problem document, and a reader of FHIR an outcome.
async fn nothing_here(
    State(rooms): State<Arc<Rooms>>,
    visit: web::visit::Visit,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let path = uri.path();
    let path = path.strip_prefix(rooms.settings.prefix.as_str()).unwrap_or(path);
    if path == "/fhir" || path.starts_with("/fhir/") {
        return fhir::not_supported(path).await;
    }
    let problem = Problem::not_found("There is nothing at this path.");
    // Who types the address of a page may end it with a slash.
    let bare = path.trim_end_matches('/');
    let is_page =
        matches!(bare, "/docs" | "/sign-in") || bare.strip_prefix("/p/").is_some_and(|key| !key.contains('/'));
    if is_page && bare != path {
        return Redirect::permanent(&visit.path(bare)).into_response();
    }
    if web::prefers_pages(&headers) {
        web::problems::page(&visit, &problem).into_response()
    } else {
        problem.into_response()
    }
}
