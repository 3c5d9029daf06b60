//! `GET /providers/suggest`: completions while somebody types.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use super::{
    Rooms,
    access::Searcher,
    measure, parameters,
    problem::Problem,
    search::{View, kept},
};
use crate::query;

/// Characters of `q` that are looked at; nobody types more before choosing.
const MAX_CHARS: usize = 200;

/// `?q=&near=&limit=`; `limit` is 1 to 20, 8 if not given.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let view = View::of(known.as_ref());
    let pairs = parameters::pairs(raw.as_deref())?;
    let [q, near, limit] = parameters::only(pairs, ["q", "near", "limit"])?;
    let q = q.unwrap_or_default();
    if q.chars().count() > MAX_CHARS {
        return Err(Problem::fault(
            "q",
            "too_long",
            format!("at most {MAX_CHARS} characters"),
        ));
    }
    let limit = parameters::number("limit", limit.as_deref(), 1, 20, 8)?;
    let lexicon = rooms.schema.lexicon();
    let near = match near.as_deref().map(str::trim).filter(|near| !near.is_empty()) {
        None => None,
        Some(text) => match lexicon.gazetteer.find(text) {
            Some(place) => Some(place),
            None => {
                return Err(Problem::fault(
                    "near",
                    "unknown_place",
                    "no place of this name is known",
                ));
            }
        },
    };
    let began = Instant::now();
    let suggestions = query::suggest(&view.snapshot(&rooms), &q, near.as_ref(), limit)?;
    measure::search("suggest", began.elapsed());
    Ok(kept(Json(suggestions).into_response(), &view))
}
