//! Webhooks of a tenant or of the platform: made with a secret that is shown once, listed, taken away, replayed.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    access::{Asker, Identity, require, sign_in},
    external_webhooks::is_public,
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    refusals::unless_absent,
};
use crate::domain::access::{Actor, Permission, Role};
use crate::domain::event::{APPOINTMENT_UPDATED, DECISION_CHANGED, NETWORK_UPDATED, PLAN_UPDATED, PROVIDER_UPDATED};
use crate::feed::publish::webhooks::SECRET_PREFIX;
use crate::store::{
    self, Tx, audit,
    webhooks::{self, Delivery, Webhook},
};

/// Deliveries of one list.
const MOST_LISTED: i64 = 200;

/// Webhooks of one tenant.
const MOST: i64 = 100;

/// Who may.
const WHOM: &str = "An organization's administrator for its own, a platform administrator for the platform's.";

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/webhooks", get(list).post(create)),
        ("/webhooks/{id}", delete(remove)),
        ("/webhooks/{id}/deliveries", get(deliveries)),
        ("/webhooks/{id}/replay", post(replay)),
    ]
}

/// What the paths tell of themselves.
pub fn operations() -> Vec<Operation> {
    let status = json!({"type": "string", "enum": ["PENDING", "DELIVERED", "DEAD"]});
    vec![
        Operation::answering_with::<Webhooks>("get", "/webhooks", "events", "The webhooks").by(WHOM),
        Operation::answering_with::<Made>(
            "post",
            "/webhooks",
            "events",
            "Make a webhook; its secret is shown once",
        )
        .by(WHOM)
        .taking_a::<NewWebhook>()
        .answering(201),
        Operation::new(
            "delete",
            "/webhooks/{id}",
            "events",
            "Take a webhook away",
            Answer::Nothing,
        )
        .by(WHOM)
        .answering(204)
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Deliveries>(
            "get",
            "/webhooks/{id}/deliveries",
            "events",
            "What became of the latest events for a webhook",
        )
        .by(WHOM)
        .asking([query("status", &status, "Only these.")])
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Replayed>(
            "post",
            "/webhooks/{id}/replay",
            "events",
            "Try again what was given up, and with `since` also what was delivered from then on; a webhook that answered 410 is on again",
        )
        .by(WHOM)
        .taking_a::<Replay>()
        .refusing(&[Kind::NotFound]),
    ]
}

/// A webhook to be made.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// https; for the platform and its tenants also http on this machine.
    pub url: String,
    /// Only events of these types; none: all.
    #[serde(default)]
    pub types: Vec<String>,
}

/// A webhook that was made.
#[derive(Serialize, JsonSchema)]
pub struct Made {
    /// As it is listed.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// The key of its signatures (Standard Webhooks). It is not shown again.
    pub secret: String,
}

/// All webhooks of whoever asks.
#[derive(Serialize, JsonSchema)]
pub struct Webhooks {
    /// Oldest first.
    pub webhooks: Vec<Webhook>,
}

/// The latest first.
#[derive(Serialize, JsonSchema)]
pub struct Deliveries {
    /// What became of each event.
    pub deliveries: Vec<Delivery>,
}

/// What to try again besides what was given up.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Also what was delivered from this moment on.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
}

/// How many are tried again.
#[derive(Serialize, JsonSchema)]
pub struct Replayed {
    /// Deliveries that are due again.
    pub replayed: u64,
}

/// `GET /webhooks`.
pub async fn list(State(rooms): State<Arc<Rooms>>, Asker(known): Asker) -> Result<Response, Problem> {
    let mut tx = rooms.store.begin(&allowed(known)?).await?;
    let webhooks = webhooks::list(&mut tx).await?;
    Ok(Json(Webhooks { webhooks }).into_response())
}

/// `POST /webhooks` with `{url, types?}`.
pub async fn create(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = allowed(known)?;
    let NewWebhook { url, types } = parameters::json(&headers, &body)?;
    // A tenant has the server post to where everybody may post, the platform also to its own inner nets.
    let inside = actor.organization_id.is_none() || rooms.settings.webhooks_inside;
    if !(is_public(&url) || inside && is_reachable(&url)) {
        let message = match inside {
            true => "an address of https, or of http on this machine, with 2,000 characters at most",
            false => "an address of https on a public host, with 2,000 characters at most",
        };
        return Err(Problem::fault("url", "format", message));
    }
    if url.contains('#') {
        let message = "has no fragment: what stands behind `#` is sent nowhere";
        return Err(Problem::fault("url", "format", message));
    }
    let known = [
        PROVIDER_UPDATED,
        DECISION_CHANGED,
        APPOINTMENT_UPDATED,
        NETWORK_UPDATED,
        PLAN_UPDATED,
    ];
    check_types(&types, &known)?;
    let secret = new_secret();
    let mut tx = rooms.store.begin(&actor).await?;
    let whose = actor
        .organization_id
        .map_or_else(|| "the platform".to_owned(), |id| id.to_string());
    if !webhooks::has_room(&mut tx, &whose, MOST).await? {
        let message = format!("there are {MOST} webhooks already: take one away first");
        return Err(Problem::fault("url", "too_many", message));
    }
    let webhook = webhooks::create(&mut tx, &url, &types, &secret).await?;
    let (id, detail) = (webhook.id.to_string(), json!({"url": url}));
    audit::record(&mut tx, "webhook.create", "webhook", &id, &detail).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Made { webhook, secret })).into_response())
}

/// `DELETE /webhooks/{id}`.
pub async fn remove(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
) -> Result<StatusCode, Problem> {
    let actor = allowed(known)?;
    let id = parse(&id)?;
    let mut tx = rooms.store.begin(&actor).await?;
    webhooks::delete(&mut tx, id).await.map_err(missing)?;
    audit::record(&mut tx, "webhook.delete", "webhook", &id.to_string(), &json!({})).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /webhooks/{id}/deliveries?status=`.
pub async fn deliveries(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let actor = allowed(known)?;
    let id = parse(&id)?;
    let status = wanted_status(raw.as_deref())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let deliveries = deliveries_of(&mut tx, id, status.as_deref()).await.map_err(missing)?;
    Ok(Json(Deliveries { deliveries }).into_response())
}

/// `POST /webhooks/{id}/replay` with `{since?}`.
pub async fn replay(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = allowed(known)?;
    let id = parse(&id)?;
    let Replay { since } = parameters::json(&headers, &body)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let replayed = webhooks::replay(&mut tx, id, since).await.map_err(missing)?;
    let detail = json!({"since": since, "replayed": replayed});
    audit::record(&mut tx, "webhook.replay", "webhook", &id.to_string(), &detail).await?;
    tx.commit().await?;
    Ok(Json(Replayed { replayed }).into_response())
}

/// A key for signatures that nobody has seen.
pub fn new_secret() -> String {
    format!("{SECRET_PREFIX}{}", STANDARD.encode(rand::random::<[u8; 24]>()))
}

/// Whether all types are known.
pub fn check_types(types: &[String], known: &[&str]) -> Result<(), Problem> {
    match types.iter().position(|t| !known.contains(&t.as_str())) {
        None => Ok(()),
        Some(n) => {
            let message = format!("is one of {}", known.join(", "));
            Err(Problem::fault(format!("types[{n}]"), "unknown_term", message))
        }
    }
}

/// The status that deliveries are asked for by.
pub fn wanted_status(raw: Option<&str>) -> Result<Option<String>, Problem> {
    let known = ["PENDING", "DELIVERED", "DEAD"];
    let [status] = parameters::only(parameters::pairs(raw)?, ["status"])?;
    match status.as_deref() {
        Some(status) if !known.contains(&status) => {
            let message = format!("is one of {}", known.join(", "));
            Err(Problem::fault("status", "unknown_term", message))
        }
        _ => Ok(status),
    }
}

/// The latest deliveries of a webhook that the actor may see.
pub async fn deliveries_of(tx: &mut Tx, id: Uuid, status: Option<&str>) -> Result<Vec<Delivery>, store::Error> {
    if webhooks::list(tx).await?.iter().all(|webhook| webhook.id != id) {
        return Err(store::Error::NotFound);
    }
    webhooks::deliveries(tx, id, status, MOST_LISTED).await
}

/// Somebody who may look after webhooks: who may follow what changes, and runs the organisation or is a machine of it.
fn allowed(known: Option<Identity>) -> Result<Actor, Problem> {
    let known = known.ok_or_else(sign_in)?;
    require(&known.rights, Permission::EventsRead)?;
    let actor = known.actor;
    let runs = known.rights.may(Permission::ConfigurationWrite);
    if runs && (actor.organization_id.is_some() || actor.role == Role::PlatformAdmin) {
        return Ok(actor);
    }
    Err(Problem::new(Kind::NotAllowed, "Only an administrator may do this."))
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| missing(store::Error::NotFound))
}

fn missing(error: store::Error) -> Problem {
    unless_absent("There is no such webhook.")(error)
}

fn is_reachable(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let here = ["localhost", "127.0.0.1", "[::1]"];
    url.len() <= 2_000
        && match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => here.contains(&host),
            _ => false,
        }
}
