//! Arguments as models write them: one word where a list is declared, a number where digits are. What a tool declares says which
//! of it is meant, so nobody has to ask twice.

use rmcp::model::JsonObject;
use serde_json::{Number, Value};

/// Arguments of a tool in the types that its schema declares, as far as there is but one way to read them so.
pub fn as_declared(schema: &JsonObject, mut arguments: Value) -> Value {
    if let Value::Object(given) = &mut arguments {
        read_members(schema, schema.get("properties"), given);
    }
    arguments
}

fn read_members(schema: &JsonObject, declared: Option<&Value>, given: &mut JsonObject) {
    for (name, value) in given.iter_mut() {
        if let Some(property) = declared.and_then(|declared| declared.get(name)) {
            *value = as_property(schema, property, value.take());
        }
    }
}

/// What a property refers to: `#/$defs/Search`.
fn referred<'s>(schema: &'s JsonObject, property: &'s Value) -> &'s Value {
    let name = property["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/"));
    let found = name.and_then(|name| schema.get("$defs")?.get(name));
    found.unwrap_or(property)
}

fn as_property(schema: &JsonObject, property: &Value, written: Value) -> Value {
    match written {
        Value::Object(mut members) => {
            read_members(schema, referred(schema, property).get("properties"), &mut members);
            Value::Object(members)
        }
        Value::String(text) if takes(property, "string") => Value::String(text),
        Value::String(text) => as_read(property, &text).unwrap_or_else(|| in_list(property, Value::String(text))),
        Value::Number(number) if takes(property, "number") || takes(property, "integer") => Value::Number(number),
        Value::Number(number) if takes(property, "string") => Value::String(number.to_string()),
        Value::Number(number) => in_list(property, Value::Number(number)),
        other => other,
    }
}

/// `"3"` and `"true"`, where a number or a yes is declared.
fn as_read(property: &Value, text: &str) -> Option<Value> {
    let text = text.trim();
    if takes(property, "integer") || takes(property, "number") {
        let whole = text.parse::<i64>().ok().map(Number::from);
        return whole
            .or_else(|| Number::from_f64(text.parse().ok()?))
            .map(Value::Number);
    }
    if takes(property, "boolean") {
        return text.parse().ok().map(Value::Bool);
    }
    None
}

/// One value as a list of one, where a list is declared.
fn in_list(property: &Value, one: Value) -> Value {
    if takes(property, "array") {
        Value::Array(vec![one])
    } else {
        one
    }
}

/// Whether a property may be of a type.
fn takes(property: &Value, kind: &str) -> bool {
    let named = match &property["type"] {
        Value::String(only) => only == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => false,
    };
    let of = |list: &Value| {
        list.as_array()
            .is_some_and(|list| list.iter().any(|one| takes(one, kind)))
    };
    named || of(&property["anyOf"]) || of(&property["oneOf"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_become_what_is_declared() {
        let schema = json!({"properties": {
            "specialty": {"type": ["array", "null"], "items": {"type": "string"}},
            "limit": {"type": ["integer", "null"]},
            "radius": {"type": "number"},
            "npi": {"type": "string"},
            "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            "telehealth": {"type": ["boolean", "null"]},
            "search": {"$ref": "#/$defs/Search"},
        }, "$defs": {"Search": {"properties": {"language": {"type": "array"}}}}});
        let schema = schema.as_object().expect("an object");
        for (written, read) in [
            (json!({"specialty": "cardiology"}), json!({"specialty": ["cardiology"]})),
            (json!({"specialty": ["a", "b"]}), json!({"specialty": ["a", "b"]})),
            (
                json!({"limit": "3", "radius": "2.5"}),
                json!({"limit": 3, "radius": 2.5}),
            ),
            (json!({"npi": 1_003_021_692}), json!({"npi": "1003021692"})),
            (
                json!({"either": 5, "telehealth": "true"}),
                json!({"either": 5, "telehealth": true}),
            ),
            (
                json!({"search": {"language": "es"}}),
                json!({"search": {"language": ["es"]}}),
            ),
            // What can be read in no way, and what is not declared, is for the tool to refuse.
            (
                json!({"limit": "three", "telehealth": "yes"}),
                json!({"limit": "three", "telehealth": "yes"}),
            ),
            (
                json!({"colour": "red", "npi": null}),
                json!({"colour": "red", "npi": null}),
            ),
            (json!([1]), json!([1])),
        ] {
            assert_eq!(as_declared(schema, written), read);
        }
    }
}
