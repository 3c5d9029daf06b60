//! `GET /providers/{npi|locator|id}/why-not?<search parameters>`: what keeps a provider out of a search.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Rooms,
    access::Searcher,
    listing, parameters,
    path::Path,
    problem::{Kind, Problem},
    providers,
    search::{View, kept},
};
use crate::domain::provider::Provider;
use crate::query::{
    self, Request,
    why_not::{Cause, WhyNot},
};
use crate::store::providers::ProviderKey;

/// The causes, or that there are none. A provider that nobody knows is a cause as well, not a 404.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    Path(key): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let pairs = parameters::pairs(raw.as_deref())?;
    let view = View::of(known.as_ref());
    let told = causes(&rooms, &view, &key, &pairs).await?;
    Ok(kept(Json(told).into_response(), &view))
}

/// What keeps the provider under a key out of the search of some parameters.
///
/// # Errors
/// If a parameter or the key is none.
pub async fn causes(rooms: &Rooms, view: &View, key: &str, pairs: &[(String, String)]) -> Result<Value, Problem> {
    let snapshot = view.snapshot(rooms);
    let request = Request::parse(pairs, &rooms.schema.lexicon(), &snapshot.reference).map_err(Problem::faults)?;
    let key = providers::parse_key(key)?;
    let stored = stored(rooms, view, &key).await?;
    let participations = stored.as_ref().map_or(&[][..], |provider| &provider.participations);
    let found = query::why_not(
        &snapshot,
        &listing::in_index(&key),
        &request,
        participations,
        rooms.now(),
    )?;
    let found = found.unwrap_or_else(|| WhyNot {
        matches: false,
        causes: vec![match &stored {
            Some(_) => Cause::new(
                "not_indexed",
                "key",
                "is in the directory, but searches do not see it yet",
            ),
            None => Cause::new("unknown", "key", "no provider of this directory has this key"),
        }],
    });
    Ok(json!({"matches": found.matches, "causes": found.causes, "position": snapshot.position}))
}

/// The provider as the store has it; none where there is none, or where the store is away and the index must do.
async fn stored(rooms: &Rooms, view: &View, key: &ProviderKey) -> Result<Option<Provider>, Problem> {
    match providers::read(rooms, view, key).await {
        Ok(found) => Ok(Some(found.provider)),
        Err(problem) if matches!(problem.kind(), Kind::Unavailable | Kind::NotFound) => Ok(None),
        Err(problem) => Err(problem),
    }
}
