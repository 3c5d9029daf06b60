//! The shapes of a search's answer besides plain JSON: chosen fields, GeoJSON, CSV and NDJSON.
//!
//! All of them work on cards in the shape of the contract, as JSON.

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use crate::query::cards::PROPERTIES;

/// A card with the chosen properties only.
pub struct Chosen<'a> {
    card: &'a Value,
    fields: &'a [String],
}

impl<'a> Chosen<'a> {
    /// `fields` of a card; all of them where none are named.
    pub fn new(card: &'a Value, fields: &'a [String]) -> Self {
        Self { card, fields }
    }
}

impl Serialize for Chosen<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.fields.is_empty();
        let mut map = serializer.serialize_map(None)?;
        for name in PROPERTIES
            .iter()
            .filter(|name| all || self.fields.iter().any(|field| field == *name))
        {
            if let Some(value) = self.card.get(name) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

/// An answer as a GeoJSON `FeatureCollection`; what is no result goes along as foreign members (RFC 7946, 6.1).
///
/// A provider without a point has a null geometry.
pub fn geojson(mut answer: Value, fields: &[String]) -> Value {
    let cards = match answer.get_mut("results").map(Value::take) {
        Some(Value::Array(cards)) => cards,
        _ => Vec::new(),
    };
    let features = cards.iter().map(|card| feature(card, fields)).collect::<Vec<_>>();
    if let Some(members) = answer.as_object_mut() {
        members.remove("results");
        members.insert("type".to_owned(), "FeatureCollection".into());
        members.insert("features".to_owned(), features.into());
    }
    answer
}

fn feature(card: &Value, fields: &[String]) -> Value {
    let degrees = |name: &str| card.get("location")?.get(name)?.as_f64();
    let geometry = match (degrees("lon"), degrees("lat")) {
        (Some(lon), Some(lat)) => json!({"type": "Point", "coordinates": [lon, lat]}),
        _ => Value::Null,
    };
    let properties = serde_json::to_value(Chosen::new(card, fields)).unwrap_or_default();
    json!({"type": "Feature", "id": card.get("id"), "geometry": geometry, "properties": properties})
}

/// One line of NDJSON.
pub fn ndjson_line(card: &Value, fields: &[String], out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *out, &Chosen::new(card, fields))?;
    out.push(b'\n');
    Ok(())
}

/// The columns of the CSV: the property they belong to, and their heading.
const COLUMNS: &[(&str, &str)] = &[
    ("id", "id"),
    ("locator", "locator"),
    ("npi", "npi"),
    ("name", "name"),
    ("kind", "kind"),
    ("category", "category"),
    ("specialties", "specialty_codes"),
    ("specialties", "specialties"),
    ("languages", "languages"),
    ("gender", "gender"),
    ("network_status", "network_status"),
    ("networks", "networks"),
    ("accepting_new_patients", "accepting_new_patients"),
    ("telehealth", "telehealth"),
    ("accessibility", "accessibility"),
    ("location", "line1"),
    ("location", "line2"),
    ("location", "city"),
    ("location", "state"),
    ("location", "postal_code"),
    ("location", "lat"),
    ("location", "lon"),
    ("location", "phone"),
    ("other_locations", "other_locations"),
    ("distance_miles", "distance_miles"),
    ("next_available", "next_available"),
    ("verified_at", "verified_at"),
];

fn columns(fields: &[String]) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    COLUMNS
        .iter()
        .filter(move |(of, _)| fields.is_empty() || fields.iter().any(|field| field == of))
}

/// The first of some properties that has no column.
pub fn without_column(fields: &[String]) -> Option<&str> {
    let has_one = |field: &&String| COLUMNS.iter().any(|(of, _)| of == *field);
    fields.iter().find(|field| !has_one(field)).map(String::as_str)
}

/// The heading line of the CSV.
pub fn csv_head(fields: &[String]) -> Vec<u8> {
    let headings = columns(fields).map(|(_, heading)| *heading).collect::<Vec<_>>();
    format!("{}\r\n", headings.join(",")).into_bytes()
}

/// One line of CSV (RFC 4180). Lists are joined by `;`.
pub fn csv_line(card: &Value, fields: &[String], out: &mut Vec<u8>) {
    for (n, (of, heading)) in columns(fields).enumerate() {
        if n > 0 {
            out.push(b',');
        }
        out.extend_from_slice(cell(card, of, heading).as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

fn cell(card: &Value, of: &str, heading: &str) -> String {
    let value = card.get(of).unwrap_or(&Value::Null);
    match (of, heading) {
        ("specialties", "specialty_codes") => quote(&joined(value, Some("code"))),
        ("specialties" | "networks", _) => quote(&joined(value, Some("name"))),
        ("languages" | "accessibility", _) => quote(&joined(value, None)),
        ("location", part) => plain(value.get(part).unwrap_or(&Value::Null)),
        _ => plain(value),
    }
}

fn joined(list: &Value, of: Option<&str>) -> String {
    let parts = list.as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| of.map_or(Some(part), |name| part.get(name))?.as_str());
    texts.collect::<Vec<_>>().join("; ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quote(text),
        other => other.to_string(),
    }
}

/// A text as a CSV cell. Texts that a spreadsheet would run as a formula get an apostrophe in front.
fn quote(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) || formula {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn answer() -> Value {
        json!({
            "total": {"value": 2, "relation": "eq"},
            "results": [
                {"id": "a", "npi": "1234567893", "name": "=cmd(\"x\"), MD", "score": 1.5,
                 "specialties": [{"code": "207RC0000X", "name": "Cardiovascular Disease Physician", "primary": true},
                                 {"code": "207R00000X", "name": "Internal Medicine Physician", "primary": false}],
                 "languages": ["en", "es"], "telehealth": false,
                 "location": {"city": "Houston", "lat": 29.7, "lon": -95.4}},
                {"id": "b", "name": "Nowhere Clinic", "location": null}
            ]
        })
    }

    #[test]
    fn chosen_fields_are_all_there_is() {
        let answer = answer();
        let card = &answer["results"][1];
        let line = |names: &[&str]| serde_json::to_string(&Chosen::new(card, &fields(names))).expect("JSON");
        assert_eq!(line(&["name", "npi"]), r#"{"name":"Nowhere Clinic"}"#);
        assert_eq!(line(&[]), r#"{"id":"b","name":"Nowhere Clinic","location":null}"#);
    }

    #[test]
    fn features_have_points_in_the_order_of_geojson() {
        let collection = geojson(answer(), &[]);
        assert_eq!(collection["type"], "FeatureCollection");
        assert_eq!(
            collection["features"][0]["geometry"]["coordinates"],
            json!([-95.4, 29.7])
        );
        assert_eq!(collection["features"][1]["geometry"], Value::Null);
        assert_eq!(collection["total"]["value"], 2);
        assert!(collection.get("results").is_none());
    }

    #[test]
    fn a_csv_line_has_a_cell_for_each_heading_and_runs_nothing() {
        let chosen = fields(&["name", "specialties", "location"]);
        let mut text = csv_head(&chosen);
        for card in answer()["results"].as_array().expect("cards") {
            csv_line(card, &chosen, &mut text);
        }
        insta::assert_snapshot!(String::from_utf8(text).expect("text"), @r#"
        name,specialty_codes,specialties,line1,line2,city,state,postal_code,lat,lon,phone
        "'=cmd(""x""), MD",207RC0000X; 207R00000X,Cardiovascular Disease Physician; Internal Medicine Physician,,,Houston,,,29.7,-95.4,
        Nowhere Clinic,,,,,,,,,,
        "#);
        let mut all = csv_head(&[]);
        csv_line(&answer()["results"][1], &[], &mut all);
        let mut reader = csv::Reader::from_reader(all.as_slice());
        assert!(reader.records().all(|r| r.is_ok_and(|r| r.len() == COLUMNS.len())));
    }
}
