//! What a row of NPPES amounts to once it has been read: the values that the import stages and merges.

use chrono::NaiveDate;
use serde::Serialize;

use crate::domain::provider::{Identifier, Name, OtherName, Specialty};
use crate::vocab::{
    Npi,
    place::Point,
    terms::{Gender, PositionQuality, ProviderKind},
};

/// One provider as a main file or the registry's API tells it.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// The row's number in its file, for messages.
    #[serde(skip)]
    pub line: u64,
    /// The key.
    pub npi: Npi,
    /// Person or organisation; none in the bare rows of deactivated NPIs.
    pub kind: Option<ProviderKind>,
    /// `practitioner`, `hospital`, `pharmacy`, ...
    pub category: &'static str,
    /// The name, in display case.
    pub name: Name,
    /// The other names that the row itself carries.
    pub other_names: Vec<OtherName>,
    /// Exactly one is primary, unless there is none at all.
    pub specialties: Vec<Specialty>,
    /// Medicaid and others.
    pub identifiers: Vec<Identifier>,
    /// Of a person.
    pub gender: Option<Gender>,
    /// The practice location, unless the row has none.
    pub practice: Option<Place>,
    /// The mailing address.
    pub mailing: Option<Place>,
    /// Further practice locations; only the API has them in the record itself.
    pub secondary: Vec<Place>,
    /// Electronic endpoints; only the API has them in the record itself.
    pub endpoints: Vec<Endpoint>,
    /// When the NPI was issued.
    pub enumerated: Option<NaiveDate>,
    /// When the record was last changed by its owner.
    pub updated: Option<NaiveDate>,
    /// When the owner last certified the record.
    pub certified: Option<NaiveDate>,
    /// Deactivation, reactivation, replacement.
    pub events: Vec<Event>,
    /// BCP 47 codes, lower case, where the source knows them; NPPES doesn't.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// When the listing was last confirmed, where the source knows it; NPPES doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<NaiveDate>,
    /// Whether the file's layout lacks columns of the full one: what is absent then says nothing.
    pub partial: bool,
}

/// An address with telephone, and where it lies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Place {
    /// Street.
    pub line1: Option<String>,
    /// Suite, building.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Two letters where it is a state of the United States.
    pub state: Option<String>,
    /// Five or nine digits; foreign ones as written.
    pub postal_code: Option<String>,
    /// Two letters.
    pub country: String,
    /// As given.
    pub phone: Option<String>,
    /// As given.
    pub fax: Option<String>,
    /// From the gazetteer.
    pub county: Option<String>,
    /// From the gazetteer.
    pub point: Option<Point>,
    /// How the point was found; none: not looked up yet.
    pub quality: Option<PositionQuality>,
    /// From the gazetteer.
    pub time_zone: Option<&'static str>,
}

/// An electronic address (Direct, FHIR, ..) of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// `DIRECT`, `FHIR`, `SOAP`, ...
    pub type_code: String,
    /// The address itself.
    pub endpoint: String,
    /// What it is, in the owner's words.
    pub description: Option<String>,
    /// `DIRECT`, `HIE`, `OTHER`.
    pub use_code: Option<String>,
    /// `CSV`, `OTHER`, ...
    pub content_type: Option<String>,
    /// The organisation through which it is reached.
    pub affiliation: Option<String>,
}

/// Something that happened to an NPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// To which one.
    pub npi: Npi,
    /// What.
    pub kind: EventKind,
    /// When.
    pub on: NaiveDate,
    /// By which NPI, for a replacement.
    pub replacement: Option<Npi>,
}

/// What happens to NPIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum EventKind {
    /// No longer valid.
    Deactivation,
    /// Valid again.
    Reactivation,
    /// Another NPI takes its place.
    Replacement,
}

/// Something that belongs to the provider of an NPI, with the line it was read from.
#[derive(Clone, Debug)]
pub struct Keyed<T> {
    /// The row's number in its file.
    pub line: u64,
    /// Whose it is.
    pub npi: Npi,
    /// What it is.
    pub value: T,
}

/// A batch of rows to merge. A file fills one of the lists; an NPI occurs in `records` at most once.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Providers.
    pub records: Vec<Record>,
    /// Secondary practice locations.
    pub places: Vec<Keyed<Place>>,
    /// Other names.
    pub other_names: Vec<Keyed<OtherName>>,
    /// Endpoints.
    pub endpoints: Vec<Keyed<Endpoint>>,
    /// Events of rows that have nothing else.
    pub events: Vec<Keyed<Vec<Event>>>,
}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.records.len() + self.places.len() + self.other_names.len() + self.endpoints.len() + self.events.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that added something.
    pub added: u64,
    /// Rows that changed something.
    pub changed: u64,
    /// Rows that say what is known.
    pub unchanged: u64,
    /// Rows older than what is stored.
    pub older: u64,
    /// New events.
    pub events: u64,
    /// New proposals.
    pub proposals: u64,
    /// Lines that belong to an NPI that the directory does not hold.
    pub unknown: Vec<(u64, Npi)>,
    /// Lines whose NPI somebody else has added in the same moment.
    pub taken: Vec<(u64, Npi)>,
}
