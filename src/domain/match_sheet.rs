//! A match sheet: what is told about one side of a match, in sections of typed fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::vocab::{Fault, day, terms::FieldType};

/// Fields of one sheet.
const MAX_FIELDS: usize = 300;
/// Characters of one text.
const MAX_TEXT: usize = 10_000;

/// A section of a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its word: lower case, digits, underscores.
    pub key: String,
    /// As it is shown.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// In their order.
    pub fields: Vec<Field>,
}

/// A field of a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its word: lower case, digits, underscores.
    pub key: String,
    /// As it is shown.
    #[schemars(length(min = 1, max = 200))]
    pub label: String,
    /// What its value is.
    pub r#type: FieldType,
    /// The value, of that type.
    pub value: Value,
}

/// Whether sections make a sheet: words that can be named in a share, none of them twice, values of their types.
///
/// # Errors
/// The first field that is wrong.
pub fn check(sections: &[Section]) -> Result<(), Fault> {
    let count = sections.iter().map(|s| s.fields.len()).sum::<usize>();
    if count == 0 || count > MAX_FIELDS {
        return Err(Fault::new("sections", "length", format!("1 to {MAX_FIELDS} fields")));
    }
    for (n, section) in sections.iter().enumerate() {
        let at = format!("sections[{n}]");
        check_word(&format!("{at}.key"), &section.key)?;
        check_text(&format!("{at}.title"), &section.title, 200)?;
        if sections[..n].iter().any(|s| s.key == section.key) {
            return Err(Fault::new(format!("{at}.key"), "repeated", "is there twice"));
        }
        for (m, field) in section.fields.iter().enumerate() {
            let at = format!("{at}.fields[{m}]");
            check_word(&format!("{at}.key"), &field.key)?;
            check_text(&format!("{at}.label"), &field.label, 200)?;
            if section.fields[..m].iter().any(|f| f.key == field.key) {
                return Err(Fault::new(format!("{at}.key"), "repeated", "is there twice"));
            }
            check_value(&format!("{at}.value"), field)?;
        }
    }
    Ok(())
}

fn check_word(at: &str, word: &str) -> Result<(), Fault> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let starts = word.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if starts && word.len() <= 63 && word.bytes().all(fits) {
        Ok(())
    } else {
        let message = "a lower-case letter, then letters, digits, underscores; at most 63";
        Err(Fault::new(at, "format", message))
    }
}

fn check_text(at: &str, text: &str, most: usize) -> Result<(), Fault> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(Fault::new(at, "length", format!("1 to {most} characters")));
    }
    Ok(())
}

fn check_value(at: &str, field: &Field) -> Result<(), Fault> {
    let fits = match (field.r#type, &field.value) {
        (FieldType::Text, Value::String(text)) => text.chars().count() <= MAX_TEXT,
        (FieldType::Number, Value::Number(_)) | (FieldType::Boolean, Value::Bool(_)) => true,
        (FieldType::Date, Value::String(text)) => day::iso(text).is_some(),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        let message = format!("is no value of the type {}", field.r#type);
        Err(Fault::new(at, "type", message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(sections: Value) -> Option<(String, &'static str)> {
        let sections = serde_json::from_value::<Vec<Section>>(sections).expect("sections");
        check(&sections).err().map(|f| (f.field, f.code))
    }

    #[test]
    fn a_sheet_has_words_and_values_that_fit() {
        let field =
            |key: &str, kind: &str, value: Value| json!({"key": key, "label": "L", "type": kind, "value": value});
        let sheet = |fields: Vec<Value>| json!([{"key": "identity", "title": "Identity", "fields": fields}]);
        let good = vec![
            field("age", "number", json!(31)),
            field("smokes", "boolean", json!(false)),
            field("since", "date", json!("2026-02-28")),
            field("story", "text", json!("<b>text</b>")),
        ];
        assert_eq!(fault(sheet(good)), None);
        for (fields, at, code) in [
            (
                vec![field("Age", "number", json!(1))],
                "sections[0].fields[0].key",
                "format",
            ),
            (
                vec![field("a.b", "number", json!(1))],
                "sections[0].fields[0].key",
                "format",
            ),
            (
                vec![field("age", "number", json!("1"))],
                "sections[0].fields[0].value",
                "type",
            ),
            (
                vec![field("day", "date", json!("2026-02-30"))],
                "sections[0].fields[0].value",
                "type",
            ),
            (
                vec![field("age", "number", json!(1)), field("age", "number", json!(2))],
                "sections[0].fields[1].key",
                "repeated",
            ),
            (vec![], "sections", "length"),
        ] {
            assert_eq!(fault(sheet(fields)), Some((at.to_owned(), code)));
        }
    }
}
