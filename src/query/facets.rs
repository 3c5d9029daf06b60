//! How many rows each value of a property would leave: counts of providers (or locations), each once for a value.
//!
//! A facet does not feel its own filter, so that a person who chose Spanish still sees how many speak Vietnamese.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Error,
    filter::Conditions,
    plan::Plan,
    request::{Facet, Request},
    tally,
};
use crate::index::packed::NetworkHere;
use crate::index::record::Record;
use crate::vocab::{Lexicon, names::fold, terms::NetworkStatus};

/// Values shown of one facet.
const MOST_VALUES: usize = 100;

/// A value and how many rows have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value as its parameter takes it.
    pub value: String,
    /// For people.
    pub label: String,
    /// Rows.
    pub count: u64,
}

/// Counts all facets that a request asks for, most frequent values first.
pub fn count(plan: &Plan<'_>, request: &Request) -> Result<BTreeMap<String, Vec<FacetValue>>, Error> {
    // Facets that leave the same conditions are counted in one walk.
    let mut walks: Vec<(Conditions, Vec<(Facet, Conditions)>)> = Vec::new();
    for facet in &request.facets {
        let asked = without(plan.conditions.clone(), *facet);
        let widest = widest(asked.clone(), *facet);
        match walks.iter_mut().find(|(conditions, _)| *conditions == widest) {
            Some((_, facets)) => facets.push((*facet, asked)),
            None => walks.push((widest, vec![(*facet, asked)])),
        }
    }
    let mut counted = BTreeMap::new();
    for (conditions, facets) in walks {
        let counts = tally::values(&plan.with(conditions), &facets)?;
        for ((facet, _), counts) in facets.iter().zip(counts) {
            let mut rows: Vec<FacetValue> = counts
                .into_iter()
                .map(|(value, count)| FacetValue {
                    label: label(plan, *facet, &value),
                    value,
                    count,
                })
                .collect();
            rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            rows.truncate(MOST_VALUES);
            counted.insert(facet.to_string(), rows);
        }
    }
    plan.budget.refuse(); // A facet that is too low would be believed.
    Ok(counted)
}

/// The conditions without a facet's own.
fn without(mut conditions: Conditions, facet: Facet) -> Conditions {
    match facet {
        Facet::Specialty => conditions.specialty.clear(),
        Facet::Language => conditions.language.clear(),
        Facet::Gender => conditions.gender.clear(),
        Facet::Network => conditions.networks.clear(),
        Facet::Plan => conditions.plans = None,
        Facet::NetworkStatus => conditions.network_status.clear(),
        Facet::AcceptingNewPatients => conditions.accepting = None,
        Facet::Telehealth => conditions.telehealth = None,
        Facet::City => conditions.city.clear(),
        Facet::State => conditions.state.clear(),
        Facet::Kind => conditions.kind.clear(),
        Facet::Category => conditions.category.clear(),
        Facet::Affiliation => {
            conditions.affiliation.clear();
            conditions.affiliation_ids.clear();
        }
    }
    conditions
}

/// Conditions that let through whatever could match with some value of the facet. Status and openness mean something
/// else where a network is asked for, so they are left to the test of each value.
fn widest(mut conditions: Conditions, facet: Facet) -> Conditions {
    match facet {
        Facet::Network | Facet::Plan => {
            conditions.network_status = NetworkStatus::ALL.to_vec();
            if !conditions.asks_network() {
                conditions.network_status.clear();
            }
            conditions.accepting = None;
        }
        Facet::NetworkStatus if conditions.asks_network() => conditions.network_status = NetworkStatus::ALL.to_vec(),
        _ => {}
    }
    conditions
}

/// The values that a record has: those for which the record would still match if they were asked for.
pub(super) fn of_record(plan: &Plan<'_>, conditions: &Conditions, facet: Facet, record: &Record<'_>) -> Vec<String> {
    let one = |value: Option<String>| value.into_iter().collect();
    let place = record.place.as_ref();
    let flag = |yes: bool| yes.to_string();
    match facet {
        Facet::Specialty => record.specialties.iter().map(ToOwned::to_owned).collect(),
        Facet::Language => record.languages.iter().map(ToOwned::to_owned).collect(),
        Facet::Gender => one(record.gender.map(|gender| gender.code().to_owned())),
        Facet::Network | Facet::Plan => networks(plan, conditions, facet, record),
        Facet::NetworkStatus if conditions.asks_network() => {
            let statuses = NetworkStatus::ALL.iter().copied();
            let asked = |status| Conditions {
                network_status: vec![status],
                ..conditions.clone()
            };
            statuses
                .filter(|status| asked(*status).admits(record, plan.now))
                .map(|status| status.code().to_owned())
                .collect()
        }
        Facet::NetworkStatus => one(Some(record.status.code().to_owned())),
        Facet::AcceptingNewPatients => [true, false]
            .into_iter()
            .filter(|yes| {
                Conditions {
                    accepting: Some(*yes),
                    ..conditions.clone()
                }
                .admits(record, plan.now)
            })
            .map(flag)
            .collect(),
        Facet::Telehealth => one(Some(flag(place.is_some_and(|place| place.telehealth)))),
        Facet::City => one(place
            .and_then(|place| place.city)
            .map(fold)
            .filter(|city| !city.is_empty())),
        Facet::State => {
            let code = |text: &str| fold(text).to_ascii_uppercase();
            let mut states: Vec<String> = one(place.and_then(|place| place.state).map(code));
            // Care from afar is found where the provider is licensed.
            if place.is_some_and(|place| place.telehealth && place.point.is_none()) {
                states.extend(record.licensed_in.iter().map(code));
            }
            states.retain(|state| !state.is_empty());
            states.sort_unstable();
            states.dedup();
            states
        }
        Facet::Kind => one(Some(record.kind.code().to_owned())),
        Facet::Category => one(Some(record.category.to_owned())),
        Facet::Affiliation => record
            .affiliations
            .iter()
            .map(|id| uuid::Uuid::from_u128(id).to_string())
            .collect(),
    }
}

/// Networks or plans for which the record would match.
fn networks(plan: &Plan<'_>, conditions: &Conditions, facet: Facet, record: &Record<'_>) -> Vec<String> {
    let reference = &plan.snapshot.reference;
    let choice = |id: u128, tier: Option<String>| super::request::NetworkChoice { id, tier };
    let asked = |networks: Vec<_>, plans: Option<Vec<_>>| {
        let mut conditions = conditions.clone();
        if facet == Facet::Network {
            conditions.networks = networks;
        } else {
            conditions.plans = plans;
        }
        conditions.admits(record, plan.now)
    };
    let here = |id: u128| record.networks.iter().any(|n: NetworkHere<'_>| n.id == id);
    match facet {
        Facet::Network => {
            let public = reference.networks.iter().filter(|n| n.public && here(n.id.0.as_u128()));
            public
                .filter(|n| asked(vec![choice(n.id.0.as_u128(), None)], None))
                .map(|n| n.id.to_string())
                .collect()
        }
        _ => {
            let choices = |plan: &crate::domain::reference::Plan| {
                plan.networks
                    .iter()
                    .map(|n| choice(n.network_id.0.as_u128(), n.tier.clone()))
                    .collect::<Vec<_>>()
            };
            let plans = reference
                .plans
                .iter()
                .filter(|p| p.networks.iter().any(|n| here(n.network_id.0.as_u128())));
            plans
                .filter(|p| asked(Vec::new(), Some(choices(p))))
                .map(|p| p.id.to_string())
                .collect()
        }
    }
}

fn label(plan: &Plan<'_>, facet: Facet, value: &str) -> String {
    let lexicon: &Lexicon = &plan.snapshot.lexicon;
    let reference = &plan.snapshot.reference;
    let known = match facet {
        Facet::Specialty => lexicon.specialties.get(value).map(|term| term.name.clone()),
        Facet::Language => lexicon.languages.get(value).map(|term| term.name.clone()),
        Facet::Network => reference
            .networks
            .iter()
            .find(|n| n.id.to_string() == value)
            .map(|n| n.name.clone()),
        Facet::Plan => reference
            .plans
            .iter()
            .find(|p| p.id.to_string() == value)
            .map(|p| p.name.clone()),
        _ => None,
    };
    known.unwrap_or_else(|| value.to_owned())
}
