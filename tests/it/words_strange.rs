//! Answers of the box have the shape that is documented, whatever the text is.

use proptest::prelude::*;
use provider_directory::interfaces::http::openapi::DOCUMENT;
use serde_json::Value;

use super::words_reading::world;

/// The keys of an object of an answer are those that the document of the interface requires, and its lists hold what it says.
fn assert_documented(value: &Value, schema: &Value, at: &str) {
    let named = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    let schema = named.map_or(schema, |name| &DOCUMENT["components"]["schemas"][name]);
    match (value, schema["properties"].as_object()) {
        (Value::Object(object), Some(properties)) => {
            let known: Vec<&String> = object.keys().filter(|key| !properties.contains_key(*key)).collect();
            assert!(known.is_empty(), "{at} has {known:?}");
            for required in schema["required"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                assert!(object.contains_key(required), "{at} lacks {required}");
            }
            for (key, value) in object {
                assert_documented(value, &properties[key], &format!("{at}.{key}"));
            }
        }
        (Value::Object(object), None) => {
            for (key, value) in object {
                assert_documented(value, &schema["additionalProperties"], &format!("{at}.{key}"));
            }
        }
        (Value::Array(values), _) => {
            let types = schema["type"].to_string();
            assert!(types.contains("array"), "{at} is a list, not {types}");
            for value in values {
                assert_documented(value, &schema["items"], at);
            }
        }
        _ => {}
    }
}

#[test]
fn a_reading_has_the_shape_that_is_documented() {
    let texts = [
        "cold",
        "michael jordan",
        "wheelchair accessible dentist in houston open now",
        "1245319599",
    ];
    let mut others = 0;
    for text in texts {
        let answer = world().ask(&[("q", text)]);
        let shape = &DOCUMENT["components"]["schemas"]["SearchAnswer"]["properties"];
        for part in ["interpreted", "other_readings", "total"] {
            if !answer[part].is_null() {
                assert_documented(&answer[part], &shape[part], part);
            }
        }
        others += answer["other_readings"].as_array().map_or(0, Vec::len);
    }
    assert!(others > 0, "none of the texts has another reading");
}

#[test]
fn hostile_texts_are_answered() {
    let long = "cardiologist ".repeat(300);
    let story = format!(
        "my mother has had chest pain for two weeks and {} we live near 77030",
        "we are very worried ".repeat(20)
    );
    for text in [
        "'; DROP TABLE provider; --",
        "\" OR 1=1",
        "*:*",
        "name:smith AND (",
        "\u{1f600}\u{1f637}\u{1f600}",
        "\u{202e}\u{5d3}\u{5d5}\u{5e7}\u{5d8}\u{5d5}\u{5e8}",
        "طبيب قلب",
        "心脏科医生",
        "\"unbalanced",
        "((((((((((",
        "SELECT * FROM provider WHERE name = 'x' --",
        "smith AND NOT jones^4 ~2 [a TO z]",
        "5 star 20 years experience 3 year old 99999999999999999999",
        "near near near in of the",
        "....",
        "the of and",
        "%00%ff",
        long.trim(),
        &story,
        &"a".repeat(4000),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert!(answer["results"].is_array(), "{text}");
    }
    let answer = world().ask(&[("q", &story)]);
    assert_eq!(answer["interpreted"]["place"]["postal_code"], "77030");
    assert_eq!(answer["interpreted"]["name"], Value::Null);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,80}") {
        let answer = world().ask(&[("q", &text)]);
        prop_assert!(answer["results"].is_array());
    }
}
