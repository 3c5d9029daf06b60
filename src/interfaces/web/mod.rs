//! Pages for people: rendered here, work without a script, read the same answers as any program.

pub mod admin;
mod admin_case_forms;
mod admin_cases;
mod admin_credentialing;
mod admin_done;
mod admin_fields;
mod admin_network;
mod admin_network_forms;
mod admin_proof;
mod admin_sent;
mod answer;
mod assets;
mod docs_page;
mod facets;
pub mod form;
mod layout;
pub mod listing_report;
pub mod map;
pub mod plain_page;
pub mod portal;
pub mod portal_clinic;
mod portal_layout;
mod portal_session;
pub mod problems;
mod provider_page;
pub mod refused;
mod results;
pub mod search_page;
pub mod sign_in;
pub mod sign_in_elsewhere;
mod telling;
mod texts;
mod understood;
pub mod update_link;
mod upload;
pub mod visit;

use axum::{
    http::{HeaderMap, header},
    routing::{get, post},
};

use crate::interfaces::http::Routes;

/// The pages and what they load.
pub fn routes() -> Routes {
    let mut routes = vec![
        ("/", get(search_page::get)),
        ("/p/{key}", get(provider_page::get)),
        (
            listing_report::PATH,
            get(listing_report::get).post(listing_report::post),
        ),
        ("/docs", get(docs_page::get)),
        ("/assets/{name}", get(assets::get)),
        ("/sign-in", get(sign_in::get).post(sign_in::post)),
        ("/sign-out", post(sign_in::leave)),
        (sign_in_elsewhere::PATH, get(sign_in_elsewhere::begin)),
        (sign_in_elsewhere::CALLBACK, get(sign_in_elsewhere::back)),
    ];
    routes.extend(portal::routes());
    routes.extend(portal_clinic::routes());
    routes.extend(admin::routes());
    routes
}

/// Whether the caller is a browser that opens a page: it names `text/html` first.
pub fn prefers_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok());
    accept.is_some_and(|accept| accept.trim_start().starts_with("text/html"))
}
