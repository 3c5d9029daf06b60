//! What is found beside names: an identifier, a telephone number, an address, with the bytes where it stands.

use std::ops::Range;

use serde::Serialize;

/// Kinds of fields, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// The name without title and credentials.
    Name,
    /// `MD, FACC`.
    Credential,
    /// National Provider Identifier, also one whose check digit is wrong.
    Npi,
    /// DEA registration.
    Dea,
    /// State licence.
    License,
    /// Telephone.
    Phone,
    /// Telefax.
    Fax,
    /// E-mail.
    Email,
    /// Street, place.
    Address,
    /// A specialty's words.
    Specialty,
    /// A language.
    Language,
    /// A day, with what it is the day of.
    Date,
}

impl FieldKind {
    /// As it is told.
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Credential => "credential",
            Self::Npi => "npi",
            Self::Dea => "dea",
            Self::License => "license",
            Self::Phone => "phone",
            Self::Fax => "fax",
            Self::Email => "email",
            Self::Address => "address",
            Self::Specialty => "specialty",
            Self::Language => "language",
            Self::Date => "date",
        }
    }
}

/// Whether an identifier can be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The check digit fits.
    Ok,
    /// It does not.
    #[serde(rename = "check_digit")]
    Digit,
    /// Too few or too many digits.
    Length,
    /// It fits after letters were read as the digits that they look like.
    Repaired,
}

/// The parts of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Address {
    /// Number and street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// Suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Two letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Five or nine digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// What is told beyond the value.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Nothing.
    None,
    /// Of an identifier.
    Check(Check),
    /// State of a licence.
    State(Option<String>),
    /// Of an address.
    Address(Address),
    /// The codes of a specialty, best first.
    Codes(Vec<String>),
    /// What a day is the day of.
    Meaning(&'static str),
}

/// A field and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What it is.
    pub kind: FieldKind,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// In one spelling: digits alone, ISO dates, codes.
    pub value: String,
    /// More.
    pub detail: Detail,
    /// Whether it is an organisation's by its label: `Group NPI`.
    pub of_organization: bool,
}

impl Field {
    /// A field with nothing more to tell.
    pub fn new(kind: FieldKind, bytes: Range<usize>, value: impl Into<String>) -> Self {
        Self {
            kind,
            bytes,
            value: value.into(),
            detail: Detail::None,
            of_organization: false,
        }
    }

    /// With more.
    pub fn with(mut self, detail: Detail) -> Self {
        self.detail = detail;
        self
    }

    /// Whether an identifier passes its check.
    pub fn is_sound(&self) -> bool {
        !matches!(self.detail, Detail::Check(Check::Digit | Check::Length))
    }
}
