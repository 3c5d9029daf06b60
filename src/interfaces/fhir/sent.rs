//! A resource as it is sent: with the version that its content is, whole or with those elements that were asked for.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{answer, resource::Resource};
use crate::interfaces::http::{problem::Problem, providers::asks_for, versioned::digest};
use crate::vocab::Fault;

/// What is sent of every resource, whatever was asked for.
const ALWAYS: [&str; 3] = ["resourceType", "id", "meta"];

/// A resource with its version.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "{T}")]
pub struct Versioned<T> {
    #[serde(flatten)]
    resource: T,
    meta: Meta,
}

/// What is said of a resource beside what it says.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirMeta")]
struct Meta {
    /// Another one with each change of what the resource tells.
    version_id: String,
    /// When that was; left out where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
}

/// A resource, or a part of it.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Sent<R> {
    /// All that there is.
    Whole(Versioned<R>),
    /// The elements that were asked for.
    Part(Map<String, Value>),
    /// One of another type, beside.
    Beside(Value),
}

/// What a page of a search has, as the document tells it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline, rename = "{T}")]
#[expect(dead_code, reason = "tells the OpenAPI document what the answers look like")]
pub enum Entered<T> {
    /// What fits.
    Found(Versioned<T>),
    /// What was asked for beside.
    Beside(Map<String, Value>),
}

impl<R: Resource> Sent<R> {
    /// The resource as it is sent, and its version.
    ///
    /// # Errors
    /// Where it can't be written down.
    pub fn of(
        resource: R,
        changed_at: Option<DateTime<Utc>>,
        elements: Option<&[String]>,
    ) -> Result<(Self, String), Problem> {
        let text = serde_json::to_string(&resource).map_err(|e| Problem::internal(&e))?;
        let version: String = digest(text.as_bytes()).chars().take(16).collect();
        let meta = Meta {
            version_id: version.clone(),
            last_updated: changed_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        };
        let Some(wanted) = elements else {
            return Ok((Self::Whole(Versioned { resource, meta }), version));
        };
        let mut part: Map<String, Value> = serde_json::from_str(&text).map_err(|e| Problem::internal(&e))?;
        let (mandatory, is_wanted) = (R::TOLD.mandatory, |name: &String| wanted.contains(name));
        part.retain(|name, _| ALWAYS.contains(&&**name) || mandatory.contains(&&**name) || is_wanted(name));
        // R4: so that nobody takes it for all, and writes it back.
        let subsetted =
            json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]);
        let mut meta = serde_json::to_value(meta).map_err(|e| Problem::internal(&e))?;
        meta["tag"] = subsetted;
        part.insert("meta".to_owned(), meta);
        Ok((Self::Part(part), version))
    }

    /// The answer to who reads one; nothing of it where the caller has this version.
    ///
    /// # Errors
    /// Where it can't be written down.
    pub fn read(
        headers: &HeaderMap,
        (resource, changed_at): (R, Option<DateTime<Utc>>),
        elements: Option<&[String]>,
    ) -> Result<Response, Problem> {
        let (sent, version) = Self::of(resource, changed_at, elements)?;
        let mut response = if asks_for(headers, &format!("\"{version}\"")) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            answer(&sent)?
        };
        if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        Ok(response)
    }
}

/// The elements that `_elements` names, commas between.
///
/// # Errors
/// For one that resources of this type never have here.
pub fn elements<R: Resource>(value: &str) -> Result<Vec<String>, Fault> {
    let shape = SchemaGenerator::default().into_root_schema_for::<R>();
    let own = shape.get("properties").and_then(Value::as_object);
    let named = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    let wanted = named.map(|name| {
        if ALWAYS.contains(&name) || own.is_some_and(|own| own.contains_key(name)) {
            return Ok(name.to_owned());
        }
        let known = own.into_iter().flatten().map(|(name, _)| name.as_str());
        let message = format!("has {}", known.collect::<Vec<_>>().join(", "));
        Err(Fault::new("_elements", "unknown_term", message))
    });
    wanted.collect()
}
