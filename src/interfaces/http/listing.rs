//! A provider as the index knows it: what is answered while the store of record is away.

use serde_json::{Value, json};

use super::{Rooms, problem::Problem, search::View};
use crate::query::{self, request::Key};
use crate::store::providers::ProviderKey;

/// What a card has because of a search, and not because of the provider.
const OF_THE_SEARCH: [&str; 5] = ["location", "other_locations", "distance_miles", "score", "matched"];

/// The key as the index takes it.
pub fn in_index(key: &ProviderKey) -> Key {
    match key {
        ProviderKey::Id(id) => Key::Id(id.0.as_u128()),
        ProviderKey::Npi(npi) => Key::Npi(*npi),
        ProviderKey::Locator(locator) => Key::Locator(*locator),
    }
}

/// The provider's cards, one for each location, the main one first.
pub fn cards(rooms: &Rooms, view: &View, key: &ProviderKey) -> Result<Vec<Value>, Problem> {
    let snapshot = view.snapshot(rooms);
    let cards = query::provider(&snapshot, &in_index(key))?;
    let cards = cards.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
    let cards = cards.map_err(|e| Problem::internal(&e))?;
    if cards.is_empty() {
        return Err(Problem::not_found("There is no provider under this key."));
    }
    Ok(cards)
}

/// The cards as one provider. `complete` is false: licences, identifiers and the version are in the store only.
pub fn merged(mut cards: Vec<Value>) -> Value {
    let locations = cards
        .iter_mut()
        .filter_map(|card| card.get_mut("location").map(Value::take));
    let locations = locations.filter(|location| !location.is_null()).collect::<Vec<_>>();
    let mut provider = cards.into_iter().next().unwrap_or_default();
    if let Some(members) = provider.as_object_mut() {
        members.retain(|name, _| !OF_THE_SEARCH.contains(&name.as_str()));
        members.insert("locations".to_owned(), json!(locations));
        members.insert("complete".to_owned(), json!(false));
    }
    provider
}
