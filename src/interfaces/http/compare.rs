//! `GET /providers/compare?id=..&id=..`: two to four providers side by side, the same properties in the same order.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{
    Rooms,
    access::Searcher,
    listing, parameters,
    problem::Problem,
    providers,
    search::{View, kept},
};

/// How many can be compared.
const FEWEST: usize = 2;
const MOST: usize = 4;

/// `?id=` two to four times, each an id, NPI or locator. `properties` holds for each property its value of each provider,
/// in the order in which they were asked for, and whether all are the same.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let view = View::of(known.as_ref());
    let mut keys = Vec::new();
    for (name, value) in parameters::pairs(raw.as_deref())? {
        if name != "id" {
            return Err(Problem::fault(&name, "unknown_parameter", "only `id` is known here"));
        }
        keys.push(providers::parse_key(&value)?);
    }
    if !(FEWEST..=MOST).contains(&keys.len()) {
        let message = format!("give it {FEWEST} to {MOST} times");
        return Err(Problem::fault("id", "wrong_count", message));
    }
    let mut cards = Vec::new();
    for key in &keys {
        cards.push(listing::merged(listing::cards(&rooms, &view, key)?));
    }
    let names: Vec<&String> = cards.iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let mut rows: Vec<Value> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if names[..at].contains(name) {
            continue;
        }
        let values: Vec<&Value> = cards.iter().map(|card| &card[name.as_str()]).collect();
        let same = values.iter().all(|value| *value == values[0]);
        rows.push(json!({"property": name, "values": values, "same": same}));
    }
    let told = Json(json!({"providers": cards, "properties": rows}));
    Ok(kept(told.into_response(), &view))
}
