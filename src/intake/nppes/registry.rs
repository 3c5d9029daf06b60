//! Records of the NPI Registry API (2.0 and 2.1): numbers or texts, epochs in seconds or milliseconds, `gender` or `sex`.

use std::{fmt, io::Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::domain::provider::{Identifier, Name, OtherName, Specialty};
use crate::intake::nppes::{
    casing, category,
    cells::{self, squeezed},
    dates,
    rejects::{Fault, Notes},
    rows::{self, RawAddress, Slot},
};
use crate::store::nppes::{Endpoint, Place, Record};
use crate::vocab::terms::ProviderKind;

/// What a JSON value of the registry is.
pub enum Found {
    /// One result.
    Record(Box<Value>),
    /// The registry answered with an error.
    Error(Fault),
}

/// Takes a value apart: a result, an envelope (`results` or `Errors`), a list of those, or an object whose values are those.
pub fn unfold(value: Value, found: &mut impl FnMut(Found)) {
    match value {
        Value::Array(values) => values.into_iter().for_each(|v| unfold(v, found)),
        Value::Object(mut object) => {
            if let Some(Value::Array(errors)) = object.remove("Errors") {
                for error in errors {
                    let part = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                    let reason = format!(
                        "the registry answered with error {}: {} ({})",
                        part("number"),
                        part("description"),
                        part("field")
                    );
                    found(Found::Error(Fault::new("Errors", rows::shortened_to(&reason, 200))));
                }
            } else if let Some(results) = object.remove("results") {
                unfold(results, found);
            } else if object.contains_key("number") || object.contains_key("basic") {
                found(Found::Record(Box::new(Value::Object(object))));
            } else if !object.is_empty() && object.values().all(Value::is_object) {
                object.into_iter().for_each(|(_, v)| unfold(v, found));
            } else if !object.contains_key("result_count") {
                found(Found::Error(Fault::new(
                    "results",
                    "neither a result nor an envelope of the NPI Registry API",
                )));
            }
        }
        _ => found(Found::Error(Fault::new("results", "not an object"))),
    }
}

/// Reads a top-level JSON list element by element, so that a long one is never whole in memory.
pub fn stream_list(from: impl Read, mut each: impl FnMut(Value) -> bool) -> Result<(), serde_json::Error> {
    struct Elements<'f, F>(&'f mut F);
    impl<'de, F: FnMut(Value) -> bool> Visitor<'de> for Elements<'_, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of results of the NPI Registry API")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
            while let Some(value) = list.next_element::<Value>()? {
                if !(self.0)(value) {
                    return Err(A::Error::custom("stopped"));
                }
            }
            Ok(())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Err(A::Error::custom("an object where a list was expected"))
        }
    }
    impl<'de, F: FnMut(Value) -> bool> DeserializeSeed<'de> for Elements<'_, F> {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
            deserializer.deserialize_any(self)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_reader(from);
    Elements(&mut each).deserialize(&mut deserializer)
}

/// The NPI of a result as it stands there.
pub fn npi_text(result: &Value) -> String {
    text(&result["number"]).unwrap_or_default()
}

/// What a result says.
pub fn read(result: &Value, line: u64, notes: &mut Notes) -> Result<Record, Fault> {
    let npi = rows::npi(&npi_text(result), notes).map_err(|fault| Fault {
        field: "number",
        ..fault
    })?;
    let basic = &result["basic"];
    let kind = kind(result)?;
    let taxonomies = list(&result["taxonomies"]);
    let specialties = specialties(taxonomies, notes);
    let has_group = taxonomies
        .iter()
        .filter_map(|t| text(&t["taxonomy_group"]))
        .any(|g| category::is_group(&g));
    let date = |value: &Value, notes: &mut Notes| rows::optional_date(text(value).as_deref(), notes);
    let updated = date(&basic["last_updated"], notes)
        .or_else(|| text(&result["last_updated_epoch"]).and_then(|t| dates::epoch(t.parse().ok()?)));
    let enumerated = date(&basic["enumeration_date"], notes)
        .or_else(|| text(&result["created_epoch"]).and_then(|t| dates::epoch(t.parse().ok()?)));
    let deactivated = date(&basic["deactivation_date"], notes);
    let reactivated = date(&basic["reactivation_date"], notes);
    let replacement = text(&basic["replacement_npi"])
        .and_then(|t| cells::npi(&t).ok())
        .map(|(npi, _)| npi);
    Ok(Record {
        line,
        npi,
        kind,
        category: kind.map_or("other", |kind| category(kind, &specialties, has_group)),
        name: kind.map(|kind| name(basic, kind)).transpose()?.unwrap_or_default(),
        other_names: list(&result["other_names"]).iter().filter_map(other_name).collect(),
        specialties,
        identifiers: list(&result["identifiers"]).iter().filter_map(identifier).collect(),
        gender: text(&basic["sex"])
            .or_else(|| text(&basic["gender"]))
            .and_then(|t| rows::gender(&t)),
        practice: purpose(result, "LOCATION"),
        mailing: purpose(result, "MAILING"),
        secondary: list(&result["practiceLocations"]).iter().filter_map(address).collect(),
        endpoints: list(&result["endpoints"]).iter().filter_map(endpoint).collect(),
        enumerated,
        updated,
        certified: date(&basic["certification_date"], notes),
        events: rows::events(npi, deactivated, reactivated, replacement, updated.or(enumerated)),
        languages: Vec::new(),
        verified: None,
        partial: false,
    })
}

/// Person or organisation; whoever is deactivated need not say.
fn kind(result: &Value) -> Result<Option<ProviderKind>, Fault> {
    match text(&result["enumeration_type"]).as_deref() {
        Some("NPI-1") => Ok(Some(ProviderKind::Individual)),
        Some("NPI-2") => Ok(Some(ProviderKind::Organization)),
        _ if result["basic"]["deactivation_date"].is_string() => Ok(None),
        other => {
            let given = rows::shortened(other.unwrap_or_default());
            Err(Fault::new(
                "enumeration_type",
                format!("`{given}` is neither NPI-1 nor NPI-2"),
            ))
        }
    }
}

fn specialties(taxonomies: &[Value], notes: &mut Notes) -> Vec<Specialty> {
    let slots: Vec<[Option<String>; 3]> = taxonomies
        .iter()
        .map(|t| [text(&t["code"]), text(&t["license"]), text(&t["state"])])
        .collect();
    let slots = slots
        .iter()
        .zip(taxonomies)
        .filter_map(|([code, license, state], taxonomy)| {
            Some(Slot {
                code: cells::cell(code.as_deref()?)?,
                license: license.as_deref(),
                state: state.as_deref(),
                primary: taxonomy["primary"].as_bool().unwrap_or(false),
            })
        });
    rows::specialties(slots, notes)
}

fn identifier(told: &Value) -> Option<Identifier> {
    let value = text(&told["identifier"]).as_deref().and_then(squeezed)?;
    let [kind, state, issuer] = ["code", "state", "issuer"].map(|key| text(&told[key]));
    Some(rows::identifier(
        value,
        kind.as_deref(),
        state.as_deref(),
        issuer.as_deref(),
    ))
}

fn name(basic: &Value, kind: ProviderKind) -> Result<Name, Fault> {
    match kind {
        ProviderKind::Individual => {
            let parts = [
                "last_name",
                "first_name",
                "middle_name",
                "name_prefix",
                "name_suffix",
                "credential",
            ]
            .map(|key| text(&basic[key]));
            let name = rows::person_name(parts.each_ref().map(Option::as_deref));
            if name.last.is_none() {
                Err(Fault::new("last_name", "is empty"))
            } else {
                Ok(name)
            }
        }
        ProviderKind::Organization => {
            let organization = text(&basic["organization_name"]).or_else(|| text(&basic["name"]));
            let organization = organization
                .as_deref()
                .and_then(squeezed)
                .map(|n| casing::organization(&n));
            if organization.is_none() {
                return Err(Fault::new("organization_name", "is empty"));
            }
            Ok(Name {
                organization,
                ..Name::default()
            })
        }
    }
}

fn other_name(value: &Value) -> Option<OtherName> {
    let organization = text(&value["organization_name"]).as_deref().and_then(squeezed);
    let name = match organization {
        Some(name) => Name {
            organization: Some(casing::organization(&name)),
            ..Name::default()
        },
        None => {
            let parts = [
                "last_name",
                "first_name",
                "middle_name",
                "prefix",
                "suffix",
                "credential",
            ]
            .map(|key| text(&value[key]));
            rows::person_name(parts.each_ref().map(Option::as_deref))
        }
    };
    let named = name.organization.is_some() || name.last.is_some() || name.first.is_some();
    named.then(|| OtherName {
        type_code: rows::type_code(text(&value["code"]).as_deref()),
        name,
    })
}

fn purpose(result: &Value, purpose: &str) -> Option<Place> {
    list(&result["addresses"])
        .iter()
        .find(|a| a["address_purpose"].as_str() == Some(purpose))
        .and_then(address)
}

fn address(value: &Value) -> Option<Place> {
    let [line1, line2, city, state, postal_code, country, phone, fax] = [
        "address_1",
        "address_2",
        "city",
        "state",
        "postal_code",
        "country_code",
        "telephone_number",
        "fax_number",
    ]
    .map(|key| text(&value[key]));
    // The files have bare digits, the API has dashes.
    let digits = |t: Option<String>| t.map(|t| t.replace(['-', '(', ')', ' '], ""));
    rows::place(RawAddress {
        line1: line1.as_deref(),
        line2: line2.as_deref(),
        city: city.as_deref(),
        state: state.as_deref(),
        postal_code: postal_code.as_deref(),
        country: country.as_deref(),
        phone: digits(phone).as_deref(),
        fax: digits(fax).as_deref(),
    })
}

fn endpoint(value: &Value) -> Option<Endpoint> {
    let part = |key: &str| text(&value[key]).as_deref().and_then(squeezed);
    Some(Endpoint {
        type_code: part("endpointType").unwrap_or_else(|| "OTHERS".to_owned()),
        endpoint: part("endpoint")?,
        description: part("endpointDescription"),
        use_code: part("use"),
        content_type: part("contentType"),
        affiliation: part("affiliationName"),
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Numbers come as numbers or as texts.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
