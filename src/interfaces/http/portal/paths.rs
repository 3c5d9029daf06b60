//! The paths by which outside providers read what is shared with them: the same for people at the portal and for their systems.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    routing::{get, post},
};

use super::{
    cases::{acknowledge, case, cases, item, items, me},
    changes::changes,
    documents::{by_link, content, link},
    door::{Door, Guest},
    notes::provider_notes,
    token::provider_auth,
};
use crate::interfaces::http::{Rooms, Routes, links::Links, path::Path};

/// The paths behind one door.
macro_rules! behind {
    ($door:expr, $prefix:literal) => {{
        type R = State<Arc<Rooms>>;
        vec![
            (
                concat!($prefix, "/me"),
                get(|State(r): R, Guest(b): Guest| me(r, b, $door)),
            ),
            (
                concat!($prefix, "/cases"),
                get(|State(r): R, Guest(b): Guest| cases(r, b, $door)),
            ),
            (
                concat!($prefix, "/cases/{id}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| case(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| items(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}/{item}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| item(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}/{item}/acknowledgement"),
                post(|State(r): R, Guest(b): Guest, Path(p)| acknowledge(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/documents/{item}/content"),
                get(|State(r): R, Guest(b): Guest, Path(p)| content(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/documents/{item}/link"),
                post(|State(r): R, Guest(b): Guest, l: Links, Path(p)| link(r, b, $door, l, p)),
            ),
            (
                concat!($prefix, "/provider-notes"),
                get(|State(r): R, Guest(b): Guest| provider_notes(r, b, $door)),
            ),
            (
                concat!($prefix, "/changes"),
                get(|State(r): R, Guest(b): Guest, RawQuery(q)| changes(r, b, $door, q)),
            ),
        ]
    }};
}

/// The paths.
pub fn routes() -> Routes {
    let mut routes: Routes = behind!(Door::Portal, "/api/portal/v1");
    routes.extend(behind!(Door::External, "/api/external/v1"));
    routes.push(("/api/downloads/{link}", get(by_link)));
    routes.push(("/api/provider-auth", get(provider_auth)));
    routes
}
