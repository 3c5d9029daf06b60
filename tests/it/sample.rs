//! Bodies as the OpenAPI document describes them, with everything in them that it knows of: for tests that ask every route.

use serde_json::{Map, Value, json};

/// How deep shapes are followed: some hold themselves.
const DEEPEST: usize = 8;

/// A body that an operation takes, as far as its shape tells; none where it takes no JSON. `key` says what stands for an id, by
/// the name of its property.
pub fn body(document: &Value, operation: &Value, key: &dyn Fn(&str) -> String) -> Option<Value> {
    let shape = &operation["requestBody"]["content"]["application/json"]["schema"];
    shape.is_object().then(|| value(document, shape, "", key, 0))
}

fn value(document: &Value, shape: &Value, name: &str, key: &dyn Fn(&str) -> String, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let deeper = |shape: &Value, name: &str| value(document, shape, name, key, depth + 1);
    if let Some(target) = shape["$ref"].as_str() {
        let at = target.trim_start_matches('#');
        return deeper(document.pointer(at).expect("a shape of the document"), name);
    }
    for fixed in [&shape["const"], &shape["enum"][0]] {
        if !fixed.is_null() {
            return fixed.clone();
        }
    }
    for several in ["oneOf", "anyOf", "allOf"] {
        let choices = shape[several].as_array().into_iter().flatten();
        if let Some(first) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return deeper(first, name);
        }
    }
    let of = match &shape["type"] {
        Value::Array(types) => types.iter().find(|of| **of != "null").cloned().unwrap_or_default(),
        of => of.clone(),
    };
    match of.as_str() {
        Some("string") => json!(text(shape, name, key)),
        Some("integer" | "number") => shape.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([deeper(&shape["items"], name.trim_end_matches('s'))]),
        Some("object") => {
            let properties = shape["properties"].as_object().into_iter().flatten();
            let filled = properties.map(|(name, shape)| (name.clone(), deeper(shape, name)));
            Value::Object(filled.collect::<Map<_, _>>())
        }
        _ => json!({}),
    }
}

fn text(shape: &Value, name: &str, key: &dyn Fn(&str) -> String) -> String {
    let fixed = match shape["format"].as_str() {
        Some("date") => "2026-12-01",
        Some("date-time") => "2026-12-01T09:00:00Z",
        Some("uuid") => return key(name),
        _ if name.ends_with("_id") => return key(name),
        _ if name.contains("email") => "somebody@example.org",
        _ if name.ends_with("_time") => "09:00:00",
        _ if name.contains("zone") => "America/Chicago",
        _ if name.contains("url") => "https://example.org/",
        _ if name == "npi" => "1234567893",
        _ if name == "provider" => return key("provider"),
        _ => "something",
    };
    fixed.to_owned()
}
