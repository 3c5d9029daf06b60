//! A record that means a provider, as it is sent: typed, and strict about what it does not know.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::vocab::Fault;

/// Longest text of a field.
const LONGEST: usize = 500;
/// Most entries of a list.
const MOST_ENTRIES: usize = 50;
/// Most candidates that may be asked for.
const MOST_CANDIDATES: usize = 50;

/// A record that means a provider. Everything is optional, but something must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// The caller's own key, given back as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// NPI as it stands there, even a damaged one.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub npi: Option<String>,
    /// The whole name in one: `SMITH, ROBERT J JR MD`, `Lakeside Clinic`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name or initial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// `Jr.`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// `MD, FACC`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// Of an organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// Former names, trade names.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<String>,
    /// NUCC code, short code or words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
    /// Where the record says it practises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// In any writing.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// A licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// `F`, `M`, `X` or the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    /// Codes or names.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Most candidates of the answer, 1 to 50; 5 if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// An address as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// Street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Suite, building.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Two letters or the state's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// ZIP of five or nine digits.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// A licence of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct License {
    /// As it is written.
    #[serde(deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// A text, or a number where a spreadsheet has made one of it.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Text(String),
        Whole(u64),
        Number(f64),
    }
    Ok(Option::<Either>::deserialize(from)?.map(|given| match given {
        Either::Text(text) => text,
        Either::Whole(number) => number.to_string(),
        Either::Number(number) => number.to_string(),
    }))
}

/// A list; null is an empty one.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<String>>::deserialize(from)?.unwrap_or_default())
}

impl Record {
    /// Reads a record of JSON.
    ///
    /// # Errors
    /// What is wrong with which property.
    pub fn parse(value: serde_json::Value) -> Result<Self, Fault> {
        if !value.is_object() {
            return Err(Fault::new("record", "invalid", "a record is a JSON object"));
        }
        let record: Self = serde_path_to_error::deserialize(value).map_err(|error| {
            let told = error.inner().to_string();
            let unknown = told.starts_with("unknown field");
            let path = error.path().to_string();
            let named = told.split('`').nth(1).filter(|name| unknown && !path.ends_with(name));
            let field = match (path.as_str(), named) {
                ("." | "", Some(name)) => name.to_owned(),
                ("." | "", None) => "record".to_owned(),
                (path, Some(name)) => format!("{path}.{name}"),
                (path, None) => path.to_owned(),
            };
            Fault::new(field, if unknown { "unknown_property" } else { "invalid" }, told)
        })?;
        record.check()?;
        Ok(record)
    }

    /// Whether the texts are of a sane length, and anything is there at all.
    ///
    /// # Errors
    /// The first field that is not.
    pub fn check(&self) -> Result<(), Fault> {
        let empty = Address::default();
        let none = License::default();
        let (address, license) = (
            self.address.as_ref().unwrap_or(&empty),
            self.license.as_ref().unwrap_or(&none),
        );
        let texts = [
            ("npi", &self.npi),
            ("name", &self.name),
            ("first_name", &self.first_name),
            ("middle_name", &self.middle_name),
            ("last_name", &self.last_name),
            ("suffix", &self.suffix),
            ("credential", &self.credential),
            ("organization_name", &self.organization_name),
            ("specialty", &self.specialty),
            ("phone", &self.phone),
            ("gender", &self.gender),
            ("address.line1", &address.line1),
            ("address.line2", &address.line2),
            ("address.city", &address.city),
            ("address.state", &address.state),
            ("address.postal_code", &address.postal_code),
            ("license.number", &license.number),
            ("license.state", &license.state),
        ];
        let lists = [("other_names", &self.other_names), ("languages", &self.languages)];
        for (field, list) in lists {
            if list.len() > MOST_ENTRIES {
                return Err(Fault::new(field, "too_many", format!("at most {MOST_ENTRIES}")));
            }
        }
        let single = texts
            .iter()
            .filter_map(|(field, text)| Some((*field, text.as_deref()?)));
        let listed = lists
            .iter()
            .flat_map(|(field, list)| list.iter().map(|text| (*field, text.as_str())));
        let mut filled = false;
        for (field, text) in single.chain(listed) {
            if text.len() > LONGEST {
                return Err(Fault::new(field, "too_long", format!("at most {LONGEST} bytes")));
            }
            filled |= !text.trim().is_empty();
        }
        if self.limit.is_some_and(|limit| !(1..=MOST_CANDIDATES).contains(&limit)) {
            return Err(Fault::new(
                "limit",
                "range",
                format!("a whole number from 1 to {MOST_CANDIDATES}"),
            ));
        }
        if !filled {
            return Err(Fault::new(
                "record",
                "empty",
                "a record must say something about the provider it means",
            ));
        }
        Ok(())
    }
}
