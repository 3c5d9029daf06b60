//! The lists that a search can be filtered by: specialties, languages, networks, plans. All from memory.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Rooms, parameters, problem::Problem};
use crate::domain::reference::{Network, Plan, Reference};
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

/// `GET /networks/{id}`: a public one, also when it has ended.
pub async fn network(State(rooms): State<Arc<Rooms>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse::<NetworkId>().ok();
    let found = newest(&rooms, |reference| {
        let found = public_networks(reference).find(|network| Some(network.id) == id)?;
        Some((found.life.version, network_told(reference, found)))
    });
    found.ok_or_else(|| Problem::not_found("There is no such public network."))
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
    let plans = plans.filter_map(|plan| plan_told(reference, plan));
    Ok(list("plans", &plans.collect::<Vec<_>>()))
}

/// `GET /plans/{id}`: one that uses a public network, with these networks; also when it has ended.
pub async fn plan(State(rooms): State<Arc<Rooms>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = id.parse::<PlanId>().ok();
    let found = newest(&rooms, |reference| {
        let plan = reference.plans.iter().find(|plan| Some(plan.id) == id)?;
        Some((plan.life.version, plan_told(reference, plan)?))
    });
    found.ok_or_else(|| Problem::not_found("There is no such plan, or none with a public network."))
}

/// One of a version, from what claims are decided by, which has also what has ended, or from the index, which may be ahead
/// of it; with its ETag.
fn newest(rooms: &Rooms, find: impl Fn(&Reference) -> Option<(i64, Value)>) -> Option<Response> {
    let shown = find(&rooms.index.snapshot().reference);
    let whole = find(&rooms.feed.participations().reference());
    let (version, told) = shown.into_iter().chain(whole).max_by_key(|(version, _)| *version)?;
    let mut response = kept(&told);
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Some(response)
}

/// A plan with its public networks; none: it has none.
fn plan_told(reference: &Reference, plan: &Plan) -> Option<Value> {
    let networks = plan.networks.iter().filter_map(|used| {
        let network = public_networks(reference).find(|network| network.id == used.network_id)?;
        Some(json!({
            "id": network.id,
            "name": network.name,
            "tier": used.tier,
            "begins_on": used.days.begins_on,
            "ends_on": used.days.ends_on,
        }))
    });
    let networks = networks.collect::<Vec<_>>();
    (!networks.is_empty()).then(|| {
        json!({
            "id": plan.id,
            "code": plan.code,
            "name": plan.name,
            "organization": organization(reference, plan.organization_id),
            "networks": networks,
            "version": plan.life.version,
            "ends_on": plan.life.ends_on,
        })
    })
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
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}
