//! The lists that a search can be filtered by: specialties, languages, networks, plans. All from memory.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Rooms,
    access::{Identity, Searcher},
    parameters,
    path::Path,
    problem::Problem,
    providers::asks_for,
    versioned,
};
use crate::domain::{
    access::Role,
    reference::{Network, Plan, Reference},
};
use crate::vocab::{NetworkId, OrganizationId, PlanId, names::fold};

/// `GET /specialties?q=`: the provider taxonomy; `q` is part of a name, a code, or a lay term.
pub async fn specialties(State(rooms): State<Arc<Rooms>>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let wanted = wanted(raw.as_deref())?;
    let lexicon = rooms.schema.lexicon();
    let meant = wanted.as_deref().map_or(&[][..], |q| lexicon.specialties.resolve(q));
    let terms = lexicon.specialties.iter().filter(|term| {
        let parts = [&term.name, &term.code, &term.classification, &term.specialization];
        meant.contains(&term.code) || holds(wanted.as_deref(), &parts)
    });
    let terms = terms.map(|term| {
        json!({
            "code": term.code,
            "name": term.name,
            "grouping": term.grouping,
            "classification": term.classification,
            "specialization": term.specialization,
            "organizational": term.organizational,
        })
    });
    Ok(list("specialties", &terms.collect::<Vec<_>>()))
}

/// `GET /languages?q=`: by code or name.
pub async fn languages(State(rooms): State<Arc<Rooms>>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let wanted = wanted(raw.as_deref())?;
    let lexicon = rooms.schema.lexicon();
    let meant = wanted.as_deref().and_then(|q| lexicon.languages.resolve(q));
    let terms = lexicon.languages.iter().filter(|term| {
        meant.is_some_and(|meant| meant.code == term.code) || holds(wanted.as_deref(), &[&term.code, &term.name])
    });
    let terms = terms.map(|term| json!({"code": term.code, "name": term.name}));
    Ok(list("languages", &terms.collect::<Vec<_>>()))
}

/// `GET /networks?q=`: the public ones, with who runs them.
pub async fn networks(State(rooms): State<Arc<Rooms>>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let wanted = wanted(raw.as_deref())?;
    let snapshot = rooms.index.snapshot();
    let reference = &snapshot.reference;
    let networks = public_networks(reference).filter(|network| holds(wanted.as_deref(), &[&network.name]));
    let networks = networks.map(|network| network_told(reference, network));
    Ok(list("networks", &networks.collect::<Vec<_>>()))
}

/// `GET /networks/{id}`: one that is public or that the caller runs, also when it has ended.
pub async fn network(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.parse::<NetworkId>().ok();
    let found = newest(&rooms, |reference| {
        let found = reference.networks.iter().find(|network| Some(network.id) == id)?;
        let told = network_told(reference, found);
        sees(known.as_ref(), found).then_some((found.life.version, told, found.public))
    });
    let (version, told, public) = found.ok_or_else(|| Problem::not_found("There is no such public network."))?;
    Ok(tagged(&headers, version, &told, public))
}

/// Whether somebody may know of a network: it is public, their tenant's, or they run the platform.
fn sees(known: Option<&Identity>, network: &Network) -> bool {
    network.public
        || known.is_some_and(|known| {
            known.actor.role == Role::PlatformAdmin || known.actor.organization_id == Some(network.organization_id)
        })
}

fn network_told(reference: &Reference, network: &Network) -> Value {
    json!({
        "id": network.id,
        "name": network.name,
        "organization": organization(reference, network.organization_id),
        "version": network.life.version,
        "ends_on": network.life.ends_on,
    })
}

/// `GET /plans?q=`: plans that use a public network, with these networks.
pub async fn plans(State(rooms): State<Arc<Rooms>>, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let wanted = wanted(raw.as_deref())?;
    let snapshot = rooms.index.snapshot();
    let reference = &snapshot.reference;
    let plans = reference
        .plans
        .iter()
        .filter(|plan| holds(wanted.as_deref(), &[&plan.name, &plan.code]));
    let plans = plans.filter_map(|plan| Some(plan_told(reference, plan, None)?.0));
    Ok(list("plans", &plans.collect::<Vec<_>>()))
}

/// `GET /plans/{id}`: one that uses a network that is public or that the caller runs, with these networks; also when it has ended.
pub async fn plan(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.parse::<PlanId>().ok();
    let found = newest(&rooms, |reference| {
        let plan = reference.plans.iter().find(|plan| Some(plan.id) == id)?;
        let (told, public) = plan_told(reference, plan, known.as_ref())?;
        Some((plan.life.version, told, public))
    });
    let found = found.ok_or_else(|| Problem::not_found("There is no such plan, or none with a public network."));
    let (version, told, public) = found?;
    Ok(tagged(&headers, version, &told, public))
}

/// One of a version, from what claims are decided by, which has also what has ended, or from the index, which may be ahead
/// of it; and whether everybody may see it.
fn newest(rooms: &Rooms, find: impl Fn(&Reference) -> Option<(i64, Value, bool)>) -> Option<(i64, Value, bool)> {
    let shown = find(&rooms.index.snapshot().reference);
    let whole = find(&rooms.feed.participations().reference());
    shown.into_iter().chain(whole).max_by_key(|(version, ..)| *version)
}

/// The answer with its tag, nothing but that where the caller has it already. What not everybody may see is kept by nobody else.
fn tagged(headers: &HeaderMap, version: i64, told: &Value, public: bool) -> Response {
    // The names of a plan's networks change without its version.
    let tag = versioned::tag(version, &told.to_string());
    let mut response = if asks_for(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(told).into_response()
    };
    let keep = if public { KEPT } else { "private, no-cache" };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A plan with those of its networks that somebody sees, and whether everybody sees them; none: it has none.
fn plan_told(reference: &Reference, plan: &Plan, known: Option<&Identity>) -> Option<(Value, bool)> {
    let mut public = true;
    let networks = plan.networks.iter().filter_map(|used| {
        let network = reference
            .networks
            .iter()
            .find(|network| network.id == used.network_id)?;
        if !sees(known, network) {
            return None;
        }
        public &= network.public;
        Some(json!({
            "id": network.id,
            "name": network.name,
            "tier": used.tier,
            "begins_on": used.days.begins_on,
            "ends_on": used.days.ends_on,
        }))
    });
    let networks = networks.collect::<Vec<_>>();
    if networks.is_empty() {
        return None;
    }
    let told = json!({
            "id": plan.id,
            "code": plan.code,
            "name": plan.name,
            "organization": organization(reference, plan.organization_id),
            "networks": networks,
            "version": plan.life.version,
            "ends_on": plan.life.ends_on,
    });
    Some((told, public))
}

/// The networks that everybody may see.
pub fn public_networks(reference: &Reference) -> impl Iterator<Item = &Network> {
    reference.networks.iter().filter(|network| network.public)
}

fn organization(reference: &Reference, id: OrganizationId) -> Value {
    let organization = reference
        .organizations
        .iter()
        .find(|organization| organization.id == id);
    organization.map_or(Value::Null, |found| json!({"id": found.id, "name": found.name}))
}

/// The only parameter these lists have, folded.
fn wanted(raw: Option<&str>) -> Result<Option<String>, Problem> {
    let [q] = parameters::only(parameters::pairs(raw)?, ["q"])?;
    Ok(q.map(|q| fold(&q)).filter(|q| !q.is_empty()))
}

fn holds(wanted: Option<&str>, parts: &[&String]) -> bool {
    wanted.is_none_or(|wanted| parts.iter().any(|part| fold(part).contains(wanted)))
}

/// These lists say nothing about who asks and change rarely: they may be kept for a minute.
fn list(name: &str, items: &[Value]) -> Response {
    kept(&json!({"total": items.len(), name: items}))
}

fn kept(told: &Value) -> Response {
    let mut response = Json(told).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    response
}

/// For how long.
const KEPT: &str = "public, max-age=60";
