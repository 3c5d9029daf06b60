//! `/organizations/{id}/config`: what an organisation configures, whole or by section, with its history.
//!
//! Read is what holds, defaults included. Changed is by JSON Merge Patch: what is null goes back to its default.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::if_match,
    versioned,
};
use crate::domain::{
    access::Permission,
    configuration::{Configuration, SECTIONS, merge},
};
use crate::store::{
    Tx,
    configuration::{self, Version},
};
use crate::vocab::{Fault, OrganizationId, Position, lexicon::MatchModel, terms::SubscriptionTier};

/// A version of the settings, with what it changed.
#[derive(Serialize, JsonSchema)]
struct Told {
    /// Counted from 1.
    version: i64,
    /// Since when.
    changed_at: Option<DateTime<Utc>>,
    /// By whom.
    changed_by: Option<String>,
    /// The version that a rollback went back to.
    restored_from: Option<i64>,
    /// The differences from the defaults.
    document: Value,
    /// What was different from the version before, by path: `{from, to}`.
    changes: Map<String, Value>,
}

/// All versions.
#[derive(Serialize, JsonSchema)]
struct History {
    /// Newest first, at most 100.
    versions: Vec<Told>,
}

/// What to go back to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rollback {
    /// A version of the history; 0: the defaults.
    version: i64,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/organizations/{id}/config", get(read).patch(change)),
        (
            "/organizations/{id}/config/{section}",
            get(read_section).patch(change_section),
        ),
        ("/organizations/{id}/config/history", get(history)),
        ("/organizations/{id}/config/rollback", post(roll_back)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "organizations";
    const BY: &str = "Administrators of the organisation.";
    let whole = |method, path, summary| Operation::answering_with::<Configuration>(method, path, TAG, summary).by(BY);
    let part = |method, summary| {
        Operation::answering_with::<Map<String, Value>>(method, "/organizations/{id}/config/{section}", TAG, summary)
            .by(BY)
            .refusing(&[Kind::NotFound])
    };
    vec![
        whole("get", "/organizations/{id}/config", "What the organisation configures"),
        whole(
            "patch",
            "/organizations/{id}/config",
            "Change settings by JSON Merge Patch",
        )
        .taking("Object")
        .with_version()
        .refusing(&[Kind::RuleRefused]),
        part("get", "One section of the settings"),
        part("patch", "Change one section by JSON Merge Patch")
            .taking("Object")
            .with_version()
            .refusing(&[Kind::RuleRefused]),
        Operation::answering_with::<History>(
            "get",
            "/organizations/{id}/config/history",
            TAG,
            "Who changed which settings",
        )
        .by(BY)
        .asking([query(
            "before",
            &json!({"type": "integer"}),
            "Only versions before this one.",
        )]),
        whole(
            "post",
            "/organizations/{id}/config/rollback",
            "Go back to an earlier version, as a new one",
        )
        .taking_a::<Rollback>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::ConfigurationRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let now = configuration::current(&mut tx, inside.organization).await?;
    versioned::read(&headers, now.version, &effective(&now.document)?)
}

async fn read_section(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path((_, section)): Path<(OrganizationId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::ConfigurationRead)?;
    known(&section)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let now = configuration::current(&mut tx, inside.organization).await?;
    versioned::read(&headers, now.version, &one(&effective(&now.document)?, &section)?)
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let patch: Value = parameters::json(&headers, &body)?;
    let (now, position, effective) = patched(&rooms, &inside, &headers, &patch).await?;
    Ok(versioned::changed(now.version, position, &effective))
}

async fn change_section(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path((_, section)): Path<(OrganizationId, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    known(&section)?;
    let patch: Value = parameters::json(&headers, &body)?;
    let (now, position, effective) = patched(&rooms, &inside, &headers, &json!({&section: patch})).await?;
    Ok(versioned::changed(now.version, position, &one(&effective, &section)?))
}

/// Merges a patch into what holds, checks the whole, writes it. Nothing is written where anything is wrong.
async fn patched(
    rooms: &Rooms,
    inside: &InOrganization,
    headers: &HeaderMap,
    patch: &Value,
) -> Result<(Version, Position, Configuration), Problem> {
    inside.require(Permission::ConfigurationWrite)?;
    if !patch.is_object() {
        return Err(Problem::fault("body", "invalid", "an object with sections"));
    }
    let expected = if_match(headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let before = configuration::current(&mut tx, inside.organization).await?;
    let from = expected.unwrap_or(before.version);
    let mut document = before.document;
    merge(&mut document, patch);
    document
        .as_object_mut()
        .into_iter()
        .for_each(|sections| sections.retain(|_, section| *section != json!({})));
    write(rooms, tx, inside, from, document, None).await
}

async fn write(
    rooms: &Rooms,
    mut tx: Tx,
    inside: &InOrganization,
    from: i64,
    document: Value,
    restored_from: Option<i64>,
) -> Result<(Version, Position, Configuration), Problem> {
    let effective = effective(&document)?;
    let tier = inside
        .rights
        .terms
        .as_ref()
        .map_or(SubscriptionTier::Basic, |terms| terms.tier);
    let mut faults = effective.faults(tier);
    faults.extend(unknown_profile(&effective, &rooms.schema.lexicon().match_model));
    if !faults.is_empty() {
        let detail = "The settings were not changed; see errors.";
        return Err(Problem::new(Kind::RuleRefused, detail).with_errors(faults));
    }
    let organization = inside.organization;
    let written = configuration::write(&mut tx, organization, from, &document, restored_from, rooms.now()).await?;
    let position = tx.commit().await?;
    Ok((written, position, effective))
}

/// A slip in the name of a matching profile would go unnoticed: records would be matched by the default one.
fn unknown_profile(settings: &Configuration, model: &MatchModel) -> Option<Fault> {
    let profile = settings.matching.profile.as_ref()?;
    let known = || model.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
    let is_known = model.profiles.contains_key(profile);
    (!is_known).then(|| Fault::new("matching.profile", "unknown_term", format!("known are {}", known())))
}

async fn history(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::ConfigurationRead)?;
    let [before] = parameters::only(parameters::pairs(raw.as_deref())?, ["before"])?;
    let before = before.map_or(Ok(i64::MAX), |text| text.parse::<i64>());
    let before = before.map_err(|_| Problem::fault("before", "invalid", "the number of a version"))?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let versions = configuration::history(&mut tx, inside.organization, before, 101).await?;
    let nothing = json!({});
    let earlier = versions
        .iter()
        .skip(1)
        .map(|version| &version.document)
        .chain([&nothing]);
    let told = versions.iter().zip(earlier).take(100).map(|(version, before)| Told {
        version: version.version,
        changed_at: version.changed_at,
        changed_by: version.changed_by.clone(),
        restored_from: version.restored_from,
        document: version.document.clone(),
        changes: changes(before, &version.document),
    });
    let versions = told.collect();
    Ok(Json(History { versions }).into_response())
}

async fn roll_back(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::ConfigurationWrite)?;
    let Rollback { version } = parameters::json(&headers, &body)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let document = match version {
        0 => json!({}),
        _ => {
            let found = configuration::find(&mut tx, inside.organization, version).await?;
            found.ok_or_else(|| versioned::absent("version"))?.document
        }
    };
    let from = configuration::current(&mut tx, inside.organization).await?.version;
    let (now, position, effective) = write(&rooms, tx, &inside, from, document, Some(version)).await?;
    Ok(versioned::changed(now.version, position, &effective))
}

/// What holds: the defaults, where the document says nothing else.
pub fn effective(document: &Value) -> Result<Configuration, Problem> {
    parameters::from_value(document.clone())
}

fn one(whole: &Configuration, section: &str) -> Result<Value, Problem> {
    let mut whole = serde_json::to_value(whole).map_err(|e| Problem::internal(&e))?;
    Ok(whole[section].take())
}

fn known(section: &str) -> Result<(), Problem> {
    if SECTIONS.contains(&section) {
        return Ok(());
    }
    Err(Problem::not_found(format!(
        "There is no such section; there are {}.",
        SECTIONS.join(", ")
    )))
}

/// What differs between two documents, by the path of each value.
fn changes(before: &Value, after: &Value) -> Map<String, Value> {
    let (mut old, mut new) = (Map::new(), Map::new());
    flatten(before, String::new(), &mut old);
    flatten(after, String::new(), &mut new);
    let mut changes = Map::new();
    for path in old.keys().chain(new.keys()) {
        let (from, to) = (old.get(path), new.get(path));
        if from != to {
            changes.insert(path.clone(), json!({"from": from, "to": to}));
        }
    }
    changes
}

fn flatten(value: &Value, at: String, into: &mut Map<String, Value>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if at.is_empty() { "" } else { "." };
                flatten(member, format!("{at}{dot}{name}"), into);
            }
        }
        other => {
            into.insert(at, other.clone());
        }
    }
}
