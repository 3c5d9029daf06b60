//! `/organizations`: tenants, made by the platform, seen and renamed by their own people.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::{Administrator, InOrganization, SignedIn},
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::if_match,
    versioned::{self, Made, Once},
};
use crate::domain::{
    access::{Permission, Role},
    organization::{Organization, named},
};
use crate::store::organizations::{self, Change, Descendant, NewOrganization};
use crate::vocab::{
    Fault, OrganizationId,
    terms::{OrganizationType, SubscriptionTier},
};

/// A tenant to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Creation {
    /// The name shown.
    #[schemars(length(min = 1, max = 200))]
    name: String,
    /// Its word in addresses; made of the name if not given, and stays.
    #[serde(default)]
    slug: Option<String>,
    /// What it is.
    r#type: OrganizationType,
    /// What it pays for; `basic` if not given.
    #[serde(default)]
    subscription_tier: Option<SubscriptionTier>,
    /// The organisation that it belongs to.
    #[serde(default)]
    parent_id: Option<OrganizationId>,
}

/// What is to be different; what is not given stays. All but the name is the platform's to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Patch {
    /// The name shown. The slug stays.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// What it is.
    #[serde(default)]
    r#type: Option<OrganizationType>,
    /// What it pays for.
    #[serde(default)]
    subscription_tier: Option<SubscriptionTier>,
    /// Whether anybody can act for it.
    #[serde(default)]
    is_active: Option<bool>,
    /// The organisation that it belongs to; null: to none.
    #[serde(default, deserialize_with = "given")]
    parent_id: Option<Option<OrganizationId>>,
}

/// Tells null from not given.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<OrganizationId>>, D::Error> {
    Option::deserialize(value).map(Some)
}

/// Organisations that the caller may see.
#[derive(Serialize, JsonSchema)]
struct Organizations {
    /// By name.
    organizations: Vec<Organization>,
}

/// The organisations below one.
#[derive(Serialize, JsonSchema)]
struct Descendants {
    /// Nearest first.
    descendants: Vec<Descendant>,
}

/// An organisation that is no more.
#[derive(Serialize, JsonSchema)]
struct Deleted {
    /// Its key, for whoever has noted it.
    id: OrganizationId,
    /// How many rows went with it, by table.
    rows: Value,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/organizations", get(list).post(create)),
        ("/organizations/{id}", get(read).patch(change).delete(delete)),
        ("/organizations/{id}/export", get(export)),
        ("/organizations/{id}/descendants", get(descendants)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "organizations";
    let one = |method, path, summary| Operation::answering_with::<Organization>(method, path, TAG, summary);
    vec![
        Operation::answering_with::<Organizations>(
            "get",
            "/organizations",
            TAG,
            "The organisations that one belongs to",
        )
        .by("Everybody signed in; platform administrators see all."),
        one("post", "/organizations", "Create an organisation")
            .by_administrators()
            .taking_a::<Creation>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused]),
        one("get", "/organizations/{id}", "One organisation").by("Its members."),
        one(
            "patch",
            "/organizations/{id}",
            "Rename an organisation, or change what it is",
        )
        .by("Its administrators; all but the name: platform administrators.")
        .taking_a::<Patch>()
        .with_version()
        .refusing(&[Kind::RuleRefused]),
        Operation::answering_with::<Deleted>(
            "delete",
            "/organizations/{id}",
            TAG,
            "Delete an inactive organisation and all it has",
        )
        .by_administrators()
        .asking([query(
            "confirm",
            &json!({"type": "string"}),
            "Its slug, so that nobody deletes another one.",
        )])
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
        Operation::new(
            "get",
            "/organizations/{id}/export",
            TAG,
            "Everything that the organisation has, one row a line (tier enterprise)",
            Answer::Media("application/x-ndjson"),
        )
        .by("Its administrators."),
        Operation::answering_with::<Descendants>(
            "get",
            "/organizations/{id}/descendants",
            TAG,
            "The organisations below one (tier professional)",
        )
        .by("Its administrators."),
    ]
}

async fn list(State(rooms): State<Arc<Rooms>>, SignedIn(known): SignedIn) -> Result<Response, Problem> {
    let mut tx = rooms.store.begin(&known.actor).await?;
    let organizations = organizations::list(&mut tx).await?;
    Ok(Json(Organizations { organizations }).into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asked: Creation = parameters::json(&headers, &body)?;
    let new = NewOrganization {
        id: OrganizationId(Uuid::now_v7()),
        name: named("name", &asked.name).map_err(one_fault)?,
        slug: asked.slug,
        r#type: asked.r#type,
        tier: asked.subscription_tier.unwrap_or(SubscriptionTier::Basic),
        parent_id: asked.parent_id,
    };
    versioned::create(&rooms, &actor, &once, &body, async |tx| {
        let told = organizations::create(tx, &new).await?;
        Ok(Made {
            version: told.version,
            told,
        })
    })
    .await
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::OrganizationRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = organizations::find(&mut tx, inside.organization).await?;
    let found = found.ok_or_else(|| versioned::absent("organisation"))?;
    versioned::read(&headers, found.version, &found)
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(_): Path<OrganizationId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::OrganizationWrite)?;
    let asked: Patch = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    let terms = [
        ("type", asked.r#type.is_some()),
        ("subscription_tier", asked.subscription_tier.is_some()),
        ("is_active", asked.is_active.is_some()),
        ("parent_id", asked.parent_id.is_some()),
    ];
    let terms = terms.iter().filter(|(_, given)| *given);
    let beyond = terms.map(|(field, _)| Fault::new(*field, "platform_only", "only the platform changes this"));
    let beyond = beyond.collect::<Vec<_>>();
    if inside.actor.role != Role::PlatformAdmin && !beyond.is_empty() {
        let detail = "Only the platform changes what an organisation is and pays for.";
        return Err(Problem::new(Kind::NotAllowed, detail).with_errors(beyond));
    }
    let change = Change {
        name: asked
            .name
            .map(|name| named("name", &name))
            .transpose()
            .map_err(one_fault)?,
        r#type: asked.r#type,
        tier: asked.subscription_tier,
        is_active: asked.is_active,
        parent_id: asked.parent_id,
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let changed = organizations::update(&mut tx, inside.organization, version, &change).await?;
    let position = tx.commit().await?;
    Ok(versioned::changed(changed.version, position, &changed))
}

async fn export(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::OrganizationExport)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let rows = organizations::export(&mut tx, inside.organization).await?;
    tx.commit().await?;
    let line = |(entity, row): (String, Value)| format!("{}\n", json!({"entity": entity, "row": row}));
    let lines = futures::stream::iter(rows.into_iter().map(move |row| Ok::<_, Infallible>(line(row))));
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, Body::from_stream(lines)).into_response())
}

async fn delete(
    State(rooms): State<Arc<Rooms>>,
    Administrator(actor): Administrator,
    Path(id): Path<OrganizationId>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let [confirm] = parameters::only(parameters::pairs(raw.as_deref())?, ["confirm"])?;
    let mut tx = rooms.store.begin(&actor).await?;
    let found = organizations::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| versioned::absent("organisation"))?;
    if confirm.as_deref() != Some(&found.slug) {
        return Err(Problem::fault(
            "confirm",
            "mismatch",
            "is the slug of the organisation to be deleted",
        ));
    }
    drop(tx);
    // Not in the tenant's name: what is written down about it outlives it.
    let mut platform = actor;
    platform.organization_id = None;
    let mut tx = rooms.store.begin(&platform).await?;
    let rows = organizations::delete(&mut tx, id).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &Deleted { id, rows }, position))
}

async fn descendants(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::OrganizationDescend)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let descendants = organizations::descendants(&mut tx, inside.organization).await?;
    Ok(Json(Descendants { descendants }).into_response())
}

fn one_fault(fault: Fault) -> Problem {
    Problem::faults(vec![fault])
}
