//! How true the directory is: signals about single listings, and random samples of a plan's listings with their score.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Rooms, Routes,
    access::{Administrator, Asker, admit},
    credentialing::{said, worded},
    operation::Operation,
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
};
use crate::domain::{
    access::{Permission, Role},
    presence::{Assessment, Observed, assess},
};
use crate::store::{
    self, Tx,
    accuracy::{self, Report},
    signals::{self, NewSignal},
};
use crate::vocab::{
    Fault, PlanId, ProviderId,
    terms::{FieldFinding, ListingField},
};

/// Most listings of a sample.
const MOST: i64 = 5_000;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/providers/{key}/signals", get(presence).post(notice)),
        ("/plans/{id}/accuracy-reports", post(draw)),
        ("/accuracy-reports/{id}", get(read)),
        ("/accuracy-reports/{id}/findings", post(find_out)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "listings";
    const PAYERS: &str = "An administrator of the payer, or a platform administrator.";
    vec![
        Operation::answering_with::<Told>(
            "get",
            "/providers/{key}/signals",
            TAG,
            "Whether a provider is where it is listed, and what says so",
        )
        .by_administrators()
        .refusing(&[Kind::Merged, Kind::NotFound]),
        Operation::answering_with::<Told>("post", "/providers/{key}/signals", TAG, "Write down what was noticed")
            .by_administrators()
            .taking_a::<NewSignal>()
            .refusing(&[Kind::NotFound])
            .answering(201),
        Operation::answering_with::<Report>(
            "post",
            "/plans/{id}/accuracy-reports",
            TAG,
            "Draw a random sample of a plan's listings, to be checked",
        )
        .by(PAYERS)
        .taking_a::<Wanted>()
        .refusing(&[Kind::NotFound])
        .answering(201),
        Operation::answering_with::<Report>(
            "get",
            "/accuracy-reports/{id}",
            TAG,
            "A sample with what was found, and the score of the directory",
        )
        .by(PAYERS)
        .refusing(&[Kind::NotFound]),
        Operation::answering_with::<Report>(
            "post",
            "/accuracy-reports/{id}/findings",
            TAG,
            "Write down what was found of a listing of a sample",
        )
        .by(PAYERS)
        .taking_a::<Found>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}

/// Where a listing stands by its signals.
#[derive(Serialize, JsonSchema)]
struct Told {
    #[serde(flatten)]
    assessment: Assessment,
    /// All that is known, the latest first.
    signals: Vec<Observed>,
}

async fn told(rooms: &Rooms, tx: &mut Tx, key: &str) -> Result<(ProviderId, Told), Problem> {
    let provider = locate(tx, &parse_key(key)?).await?;
    let signals = signals::of(tx, provider.id).await?;
    let assessment = assess(&signals, provider.verified_at, rooms.now().date_naive());
    Ok((provider.id, Told { assessment, signals }))
}

/// `GET /providers/{key}/signals`.
async fn presence(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
) -> Result<Json<Told>, Problem> {
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(told(&rooms, &mut tx, &key).await?.1))
}

/// `POST /providers/{key}/signals` with `{signal, on, source, note?}`.
async fn notice(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let mut new: NewSignal = parameters::json(&headers, &body)?;
    new.source = said("source", &new.source, "say who noticed it")?;
    new.note = worded("note", new.note.as_deref())?;
    if new.on > rooms.now().date_naive() {
        return Err(Problem::fault("on", "range", "what will be noticed is not known today"));
    }
    let mut tx = rooms.store.begin(&actor).await?;
    let (provider, _) = told(&rooms, &mut tx, &key).await?;
    signals::notice(&mut tx, provider, &new, rooms.now()).await?;
    let (_, told) = told(&rooms, &mut tx, &key).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::CREATED, &told, position))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Any words: the same draw the same sample from the same directory.
    #[schemars(length(min = 1, max = 100))]
    seed: String,
    /// How many listings, 1 to 5,000.
    size: i64,
}

/// `POST /plans/{id}/accuracy-reports` with `{seed, size}`.
async fn draw(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::NetworksWrite)?;
    let Wanted { seed, size } = parameters::json(&headers, &body)?;
    let seed = seed.trim();
    if seed.is_empty() || seed.chars().count() > 100 {
        return Err(Problem::fault("seed", "length", "1 to 100 characters"));
    }
    if !(1..=MOST).contains(&size) {
        return Err(Problem::fault("size", "range", format!("from 1 to {MOST}")));
    }
    let none = || Problem::not_found("There is no such plan.");
    let id: PlanId = id.parse().map_err(|_| none())?;
    let reference = store::networks::reference(&rooms.store).await?;
    let mine = |plan: &&crate::domain::reference::Plan| {
        plan.id == id && (actor.role == Role::PlatformAdmin || actor.organization_id == Some(plan.organization_id))
    };
    let plan = reference.plans.iter().find(mine).ok_or_else(none)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let report = accuracy::draw(&mut tx, plan, seed, size, rooms.now()).await?;
    let report = accuracy::read(&mut tx, report).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::CREATED, &report, position))
}

fn sample(id: &str) -> Result<uuid::Uuid, Problem> {
    id.parse().map_err(|_| no_sample())
}

fn no_sample() -> Problem {
    Problem::not_found("There is no such sample.")
}

/// `GET /accuracy-reports/{id}`.
async fn read(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
) -> Result<Json<Report>, Problem> {
    let actor = admit(known, Permission::ReportsRead)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let report = accuracy::read(&mut tx, sample(&id)?).await;
    Ok(Json(report.map_err(unknown)?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Found {
    /// Whose listing: NPI, locator or id.
    provider: String,
    /// By field.
    found: BTreeMap<ListingField, FieldFinding>,
}

/// `POST /accuracy-reports/{id}/findings` with `{provider, found}`.
async fn find_out(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::NetworksWrite)?;
    let Found { provider, found } = parameters::json(&headers, &body)?;
    if found.is_empty() {
        return Err(Problem::from(store::Error::Refused(Fault::new(
            "found",
            "required",
            "say what was found of at least one field",
        ))));
    }
    let id = sample(&id)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&provider)?).await?;
    accuracy::find_out(&mut tx, id, provider.id, &found, rooms.now())
        .await
        .map_err(unknown)?;
    let report = accuracy::read(&mut tx, id).await?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &report, position))
}

fn unknown(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound => no_sample(),
        other => other.into(),
    }
}
