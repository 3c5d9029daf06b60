//! What administrators write around providers: networks, plans, participations.
//!
//! Each answer carries `X-Position`: a search with it as `min_position` sees the change.

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Rooms,
    access::Administrator,
    parameters,
    path::Path,
    problem::Problem,
    providers::{if_match, locate, parse_key, written},
    versioned::{self, Once},
};
use crate::domain::reference::{Days, Life, Network, OonPolicy, PendingPolicy, Plan, PlanNetwork};
use crate::store::{
    networks::{self, NewParticipation},
    providers,
};
use crate::vocab::{
    LocationId, NetworkId, OrganizationId, PlanId,
    terms::{Accepting, NetworkStatus},
};

/// Entries of one body: providers of a roster, participations, networks of a plan.
const MAX_ENTRIES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewNetwork {
    organization_id: OrganizationId,
    name: String,
    #[serde(default = "yes")]
    public: bool,
}

fn yes() -> bool {
    true
}

/// `POST /networks` with `{organization_id, name, public?}`.
pub async fn create_network(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewNetwork = parameters::json(&headers, &body)?;
    let network = Network {
        id: NetworkId(Uuid::now_v7()),
        name: named("name", &new.name)?,
        organization_id: new.organization_id,
        public: new.public,
        life: Life::default(),
    };
    versioned::create_plain(&rooms, &actor, &once, &body, async |tx| {
        networks::create_network(tx, &network).await?;
        Ok(network)
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    organization_id: OrganizationId,
    code: String,
    name: String,
    networks: Vec<UsedNetwork>,
    #[serde(default)]
    oon_policy: Option<OonPolicy>,
    #[serde(default)]
    pending_policy: Option<PendingPolicy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsedNetwork {
    network_id: NetworkId,
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    begins_on: Option<NaiveDate>,
    #[serde(default)]
    ends_on: Option<NaiveDate>,
}

/// `POST /plans` with `{organization_id, code, name, networks: [{network_id, tier?, begins_on?, ends_on?}], oon_policy?, pending_policy?}`.
pub async fn create_plan(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewPlan = parameters::json(&headers, &body)?;
    let plan = Plan {
        id: PlanId(Uuid::now_v7()),
        code: named("code", &new.code)?,
        name: named("name", &new.name)?,
        organization_id: new.organization_id,
        networks: used(new.networks)?,
        oon_policy: new.oon_policy.unwrap_or(OonPolicy::Pay),
        pending_policy: new.pending_policy.unwrap_or(PendingPolicy::Hold),
        earlier_policies: Vec::new(),
        life: Life::default(),
    };
    versioned::create_plain(&rooms, &actor, &once, &body, async |tx| {
        networks::create_plan(tx, &plan).await?;
        Ok(plan)
    })
    .await
}

/// The networks of a plan: one at least, and with days in order.
pub(super) fn used(given: Vec<UsedNetwork>) -> Result<Vec<PlanNetwork>, Problem> {
    at_most("networks", given.len())?;
    if given.is_empty() {
        let message = "a plan pays in one network at least";
        return Err(Problem::fault("networks", "required", message));
    }
    let out_of_order = |n: &UsedNetwork| matches!((n.begins_on, n.ends_on), (Some(first), Some(last)) if last < first);
    if let Some(n) = given.iter().position(out_of_order) {
        let message = "the last day is not before the first";
        return Err(Problem::fault(format!("networks[{n}].ends_on"), "range", message));
    }
    let used = |n: UsedNetwork| PlanNetwork {
        network_id: n.network_id,
        tier: n.tier,
        days: Days {
            begins_on: n.begins_on,
            ends_on: n.ends_on,
        },
    };
    Ok(given.into_iter().map(used).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Participations {
    participations: Vec<OneParticipation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneParticipation {
    network_id: NetworkId,
    #[serde(default)]
    location_id: Option<LocationId>,
    #[serde(default)]
    tier: Option<String>,
    status: NetworkStatus,
    effective: NaiveDate,
    #[serde(default)]
    termination: Option<NaiveDate>,
    #[serde(default)]
    accepting: Option<Accepting>,
    #[serde(default)]
    characteristics: Option<String>,
}

/// `PUT /providers/{key}/participations` with `{participations: [..]}`: all of the provider's, under `If-Match`.
pub async fn set_participations(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = parse_key(&key)?;
    let Participations { participations } = parameters::json(&headers, &body)?;
    at_most("participations", participations.len())?;
    let expected = if_match(&headers)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let before = locate(&mut tx, &key).await?;
    let version = expected.unwrap_or(before.version);
    let list = participations.into_iter().map(|p| NewParticipation {
        provider_id: before.id,
        network_id: p.network_id,
        location_id: p.location_id,
        tier: p.tier,
        status: p.status,
        effective: p.effective,
        termination: p.termination,
        accepting: p.accepting,
        characteristics: p.characteristics,
    });
    let list = list.collect::<Vec<_>>();
    let provider = providers::set_participations(&mut tx, before.id, version, &list).await?;
    written(&rooms, &actor, tx, &provider).await
}

/// A text that says something, at most 200 characters.
pub(super) fn named(field: &str, text: &str) -> Result<String, Problem> {
    crate::domain::organization::named(field, text).map_err(|fault| Problem::faults(vec![fault]))
}

/// Not more entries than one body may have.
pub(super) fn at_most(field: &str, count: usize) -> Result<(), Problem> {
    if count > MAX_ENTRIES {
        let message = format!("at most {MAX_ENTRIES} entries at once");
        return Err(Problem::fault(field, "too_many", message));
    }
    Ok(())
}
