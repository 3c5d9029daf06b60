//! A record that means a provider, as it is sent: typed, and strict about what it does not know.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use crate::vocab::{Fault, shape};

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
    #[serde(untagged, expecting = "a text or a number")]
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

/// A list, or the one text of it; null is an empty one.
fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text or a list of texts")]
    enum Either {
        One(String),
        Several(Vec<String>),
    }
    Ok(
        Option::<Either>::deserialize(from)?.map_or_else(Vec::new, |given| match given {
            Either::One(text) => vec![text],
            Either::Several(texts) => texts,
        }),
    )
}

impl Record {
    /// Reads a record of JSON.
    ///
    /// # Errors
    /// Everything that is wrong, each with its property.
    pub fn parse(mut value: serde_json::Value) -> Result<Self, Vec<Fault>> {
        if !value.is_object() {
            return Err(vec![Fault::new("record", "invalid", "a record is a JSON object")]);
        }
        let mut faults = Vec::new();
        for place in ["address", "license"] {
            // serde takes a list for an object whose properties stand in their order.
            if let Some(list) = value.get_mut(place).filter(|given| given.is_array()) {
                *list = serde_json::Value::Null;
                faults.push(Fault::new(place, "invalid", "an object, not a list"));
            }
        }
        let record: Self = match shape::read(value) {
            Ok(record) if faults.is_empty() => record,
            Ok(_) => return Err(faults),
            Err(more) => {
                faults.extend(more);
                return Err(faults);
            }
        };
        record.check()?;
        Ok(record)
    }

    /// Whether the texts are of a sane length, and anything is there at all.
    ///
    /// # Errors
    /// The fields that are not.
    pub fn check(&self) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for (field, list) in self.lists() {
            if list.len() > MOST_ENTRIES {
                faults.push(Fault::new(field, "too_many", format!("at most {MOST_ENTRIES}")));
            }
        }
        let texts = self.texts();
        let single = texts
            .iter()
            .filter_map(|(field, text)| Some(((*field).to_owned(), text.as_deref()?)));
        let lists = self.lists();
        let listed = lists.iter().flat_map(|(field, list)| {
            let numbered = list.iter().take(MOST_ENTRIES).enumerate();
            numbered.map(move |(number, text)| (format!("{field}[{number}]"), text.as_str()))
        });
        let mut filled = false;
        for (field, text) in single.chain(listed) {
            if text.len() > LONGEST {
                faults.push(Fault::new(field, "too_long", format!("at most {LONGEST} bytes")));
            }
            filled |= !text.trim().is_empty();
        }
        if self.limit.is_some_and(|limit| !(1..=MOST_CANDIDATES).contains(&limit)) {
            let message = format!("a whole number from 1 to {MOST_CANDIDATES}");
            faults.push(Fault::new("limit", "range", message));
        }
        if !filled {
            let message = "a record must say something about the provider it means: `npi`, `name`, `first_name` and `last_name`, \
                `organization_name`, `phone`, `license`, `address`";
            faults.push(Fault::new("record", "empty", message));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The properties that are one text.
    fn texts(&self) -> [(&'static str, &Option<String>); 18] {
        const NONE: &Option<String> = &None;
        let (address, license) = (self.address.as_ref(), self.license.as_ref());
        [
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
            ("address.line1", address.map_or(NONE, |address| &address.line1)),
            ("address.line2", address.map_or(NONE, |address| &address.line2)),
            ("address.city", address.map_or(NONE, |address| &address.city)),
            ("address.state", address.map_or(NONE, |address| &address.state)),
            (
                "address.postal_code",
                address.map_or(NONE, |address| &address.postal_code),
            ),
            ("license.number", license.map_or(NONE, |license| &license.number)),
            ("license.state", license.map_or(NONE, |license| &license.state)),
        ]
    }

    /// The properties that are several.
    fn lists(&self) -> [(&'static str, &Vec<String>); 2] {
        [("other_names", &self.other_names), ("languages", &self.languages)]
    }
}
