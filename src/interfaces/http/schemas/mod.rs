//! The shapes of bodies and answers, for the OpenAPI document: here the words that they are made of and what all doors share, in
//! the files beside it those of each subject. Shapes that are Rust types derive themselves.

mod networks;
mod providers;
mod search;
mod vocabulary;

use serde_json::{Map, Value, json};

use super::problem::Kind;
use crate::vocab::terms::{Accepting, Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind};

/// A reference to a shape.
pub fn of(shape: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{shape}")})
}

pub(super) fn text() -> Value {
    json!({"type": "string"})
}

/// A text of so many characters at most; whoever keeps one refuses a longer one.
fn line(most: u32) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most})
}

/// The same where one that says nothing is taken for none.
fn up_to(most: u32) -> Value {
    json!({"type": "string", "maxLength": most})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

pub(super) fn whole() -> Value {
    json!({"type": "integer"})
}

fn number() -> Value {
    json!({"type": "number"})
}

pub(super) fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn date() -> Value {
    json!({"type": "string", "format": "date"})
}

pub(super) fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

pub(super) fn or_null(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(Value::String(kind)) => {
            schema["type"] = json!([kind, "null"]);
            if let Some(codes) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                codes.push(Value::Null);
            }
            schema
        }
        _ => json!({"oneOf": [schema, {"type": "null"}]}),
    }
}

pub(super) fn one_of(codes: Vec<&'static str>) -> Value {
    json!({"type": "string", "enum": codes})
}

/// An object that has all of these and nothing else.
pub(super) fn object<const N: usize>(properties: [(&str, Value); N]) -> Value {
    whole_of(&properties)
}

/// The same with a property more, which need not be there.
fn with_optional(mut object: Value, name: &str, property: Value) -> Value {
    object["properties"][name] = property;
    object
}

/// An object of which only some must be there, and nothing else may.
fn body<const N: usize>(required: &[&str], properties: [(&str, Value); N]) -> Value {
    some_of(required, &properties)
}

/// The same as [`object`], of a list.
fn whole_of(properties: &[(&str, Value)]) -> Value {
    let names = properties.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    some_of(&names, properties)
}

/// The same as [`body`], of a list.
fn some_of(required: &[&str], properties: &[(&str, Value)]) -> Value {
    let properties = map(properties);
    match required {
        [] => json!({"type": "object", "properties": properties, "additionalProperties": false}),
        _ => json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false}),
    }
}

fn map(properties: &[(&str, Value)]) -> Map<String, Value> {
    properties
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect()
}

fn listed(name: &str, item: &str) -> Value {
    object([("total", whole()), (name, list(of(item)))])
}

fn optional() -> Value {
    or_null(text())
}

fn status() -> Value {
    one_of(NetworkStatus::ALL.iter().map(|s| s.code()).collect())
}

fn kind() -> Value {
    one_of(ProviderKind::ALL.iter().map(|k| k.code()).collect())
}

fn gender() -> Value {
    or_null(one_of(Gender::ALL.iter().map(|g| g.code()).collect()))
}

fn accepting() -> Value {
    or_null(one_of(Accepting::ALL.iter().map(|a| a.code()).collect()))
}

fn quality() -> Value {
    one_of(PositionQuality::ALL.iter().map(|q| q.code()).collect())
}

fn access() -> Value {
    list(one_of(Accessibility::ALL.iter().map(|a| a.code()).collect()))
}

/// All shapes, by name.
pub fn all() -> Map<String, Value> {
    let mut all = map(&[
        ("Object", json!({"type": "object"})),
        ("IndexStatus", index_status()),
        ("Problem", problem()),
    ]);
    for shapes in [
        search::shapes(),
        providers::shapes(),
        networks::shapes(),
        vocabulary::shapes(),
    ] {
        all.extend(shapes);
    }
    all
}

fn index_status() -> Value {
    json!({
        "type": "object", "required": ["alias", "generation", "position", "providers", "locations", "schema_refused", "feed"],
        "properties": {"alias": {"const": "provider.providers"}, "generation": whole(), "position": optional(), "providers": whole(),
            "locations": whole(), "schema_refused": optional(), "feed": {"type": "object"}},
    })
}

fn problem() -> Value {
    let kind_of_problem =
        json!({"type": "string", "enum": Kind::ALL.iter().map(|kind| kind.uri()).collect::<Vec<_>>()});
    object([
        ("type", kind_of_problem),
        ("title", text()),
        ("status", whole()),
        ("detail", text()),
        (
            "errors",
            list(object([("field", text()), ("code", text()), ("message", text())])),
        ),
        ("request_id", optional()),
    ])
}
