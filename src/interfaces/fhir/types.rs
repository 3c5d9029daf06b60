//! The datatypes of R4 that several resources have, as far as they are told here.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

/// The system of NPIs.
pub const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
/// The system of NUCC's taxonomy.
pub const NUCC: &str = "http://nucc.org/provider-taxonomy";

/// A code of some system, or words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirCodeableConcept")]
pub struct CodeableConcept {
    /// The code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirCoding")]
pub struct Coding {
    /// Of which system.
    pub system: &'static str,
    /// The code.
    pub code: String,
}

impl CodeableConcept {
    /// In words alone.
    pub fn words(text: impl Into<String>) -> Self {
        Self {
            coding: Vec::new(),
            text: Some(text.into()),
        }
    }

    /// By a code, with words if there are some.
    pub fn code(system: &'static str, code: impl Into<String>, text: Option<String>) -> Self {
        let code = code.into();
        Self {
            coding: vec![Coding { system, code }],
            text,
        }
    }
}

/// Another resource.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirReference")]
pub struct Reference {
    /// Where it is, for those that are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub of: Option<&'static str>,
    /// Its key, for those that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier: Option<Identifier>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

/// A key.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirIdentifier")]
pub struct Identifier {
    /// What kind of key it is, where no system says so.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub of: Option<CodeableConcept>,
    /// What keys these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<&'static str>,
    /// The key.
    pub value: String,
}

impl Reference {
    /// To a resource that is here.
    pub fn here(of: &'static str, id: impl std::fmt::Display) -> Self {
        Self {
            reference: Some(format!("{of}/{id}")),
            of: Some(of),
            identifier: None,
            display: None,
        }
    }

    /// To what is known by its key.
    pub fn by_key(of: &'static str, id: impl std::fmt::Display) -> Self {
        let identifier = Identifier {
            of: None,
            system: Some("urn:ietf:rfc:3986"),
            value: format!("urn:uuid:{id}"),
        };
        Self {
            reference: None,
            of: Some(of),
            identifier: Some(identifier),
            display: None,
        }
    }

    /// To what is known by its name alone.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            reference: None,
            of: None,
            identifier: None,
            display: Some(name.into()),
        }
    }
}

/// From a day to another, both inclusive; none: open.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirPeriod")]
pub struct Period {
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<NaiveDate>,
}

impl Period {
    /// Between these days.
    pub fn of(start: Option<NaiveDate>, end: Option<NaiveDate>) -> Self {
        Self { start, end }
    }

    /// The same where a day is known at all: FHIR has no empty objects.
    pub fn known(start: Option<NaiveDate>, end: Option<NaiveDate>) -> Option<Self> {
        (start.is_some() || end.is_some()).then_some(Self { start, end })
    }

    /// Whether a day is in it.
    pub fn has(&self, day: NaiveDate) -> bool {
        self.start.is_none_or(|start| start <= day) && self.end.is_none_or(|end| day <= end)
    }
}

/// A way to reach somebody or something.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FhirContactPoint")]
pub struct ContactPoint {
    /// `phone` or `email`.
    pub system: &'static str,
    /// The number or address.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    #[test]
    fn a_period_has_its_first_and_its_last_day() {
        let day = |n| NaiveDate::default() + Days::new(n);
        let period = Period::of(Some(day(1)), Some(day(2)));
        assert_eq!([0, 1, 2, 3].map(|n| period.has(day(n))), [false, true, true, false]);
        assert!(Period::of(None, None).has(day(9)));
        assert_eq!(Period::known(None, None), None);
    }
}
