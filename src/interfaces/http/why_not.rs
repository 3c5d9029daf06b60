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
    access::{Searcher, anonymous},
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
use crate::store::{listings, providers::ProviderKey};

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
    let mut request = Request::parse(pairs, &rooms.schema.lexicon(), &snapshot.reference).map_err(Problem::faults)?;
    view.complete(&mut request);
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
    let found = match found {
        Some(found) => found,
        None => WhyNot {
            matches: false,
            causes: vec![unseen(rooms, stored.as_ref()).await?],
        },
    };
    Ok(json!({"matches": found.matches, "causes": found.causes, "position": snapshot.position}))
}

/// Why the index does not have a provider.
async fn unseen(rooms: &Rooms, stored: Option<&Provider>) -> Result<Cause, Problem> {
    let Some(provider) = stored else {
        let detail = "no provider of this directory has this key";
        return Ok(Cause::new("unknown", "key", detail));
    };
    let mut tx = rooms.store.begin(&anonymous()).await?;
    let suppressed = listings::suppressed_on(&mut tx, provider.id).await?;
    tx.commit().await?;
    Ok(match suppressed {
        Some(day) => Cause::new(
            "suppressed",
            "key",
            format!("nobody confirmed the listing in time: out of all searches since {day}"),
        ),
        None => Cause::new(
            "not_indexed",
            "key",
            "is in the directory, but searches do not see it yet",
        ),
    })
}

/// The provider as the store has it; none where there is none, or where the store is away and the index must do.
async fn stored(rooms: &Rooms, view: &View, key: &ProviderKey) -> Result<Option<Provider>, Problem> {
    match providers::read(rooms, view, key).await {
        Ok(found) => Ok(Some(found.provider)),
        Err(problem) if matches!(problem.kind(), Kind::Unavailable | Kind::NotFound) => Ok(None),
        Err(problem) => Err(problem),
    }
}
