//! A search's answer as the page reads it: the part of the contract that it shows.
//!
//! The page is a reader like any other, so it holds to the contract's shape and not to the inside of the query room.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

/// What came back.
#[derive(Debug, Default, Deserialize)]
pub struct Answer {
    /// How many there are; none where nobody counted.
    pub total: Option<Total>,
    /// How the text was understood.
    #[serde(default)]
    pub interpreted: Interpreted,
    /// How many rows each value of a property would leave, where that was asked.
    #[serde(default)]
    pub facets: BTreeMap<String, Vec<FacetValue>>,
    /// One page of them.
    pub results: Vec<Card>,
    /// How far the search looked, in miles, where it had to look farther than usual.
    pub expanded_radius_miles: Option<f64>,
    /// What was left out and why, or which wish keeps everybody out.
    pub hint: Option<String>,
    /// A better spelling.
    pub did_you_mean: Option<Spelling>,
    /// What the text may mean besides.
    #[serde(default)]
    pub other_readings: Vec<OtherReading>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
}

/// A value and how many rows have it.
#[derive(Clone, Debug, Deserialize)]
pub struct FacetValue {
    /// As its parameter takes it.
    pub value: String,
    /// For people.
    pub label: String,
    /// Rows.
    pub count: u64,
}

/// Another text, and how many it finds.
#[derive(Debug, Deserialize)]
pub struct Spelling {
    /// The text.
    pub text: String,
    /// How many.
    pub count: u64,
}

/// Another reading of the text, with the best that it finds.
#[derive(Debug, Deserialize)]
pub struct OtherReading {
    /// A few of them.
    pub results: Vec<Card>,
}

/// A count.
#[derive(Clone, Debug, Deserialize)]
pub struct Total {
    /// At least this many.
    pub value: u64,
    /// `eq` or `gte`.
    pub relation: String,
}

/// What was understood of the text.
#[derive(Debug, Default, Deserialize)]
pub struct Interpreted {
    /// NUCC codes.
    #[serde(default)]
    pub specialty: Option<Vec<String>>,
    /// `physician`, where no kind of doctor is named.
    pub profession: Option<String>,
    /// BCP 47 codes.
    #[serde(default)]
    pub language: Option<Vec<String>>,
    /// Where.
    pub place: Option<Place>,
    /// How far from there at most.
    pub radius_miles: Option<f64>,
    /// The part taken as a name.
    pub name: Option<String>,
    /// The part taken as a National Provider Identifier.
    pub npi: Option<String>,
    /// The part taken as a telephone number.
    pub phone: Option<String>,
    /// A day before which there must be a free appointment.
    pub available_before: Option<String>,
    /// `F`, `M`.
    pub gender: Option<String>,
    /// Whether new patients are taken.
    pub accepting_new_patients: Option<bool>,
    /// Whether patients are seen from afar.
    pub telehealth: Option<bool>,
    /// Ids.
    pub network: Option<Vec<String>>,
    /// Ids.
    pub plan: Option<Vec<String>>,
    /// Codes of accessibility.
    pub accessibility: Option<Vec<String>>,
    /// `now`, or a day and hour where the provider is.
    pub open_at: Option<String>,
    /// What each piece of the text was taken for.
    #[serde(default)]
    pub terms: Vec<Piece>,
}

/// A piece of the text.
#[derive(Debug, Deserialize)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// What it was taken for.
    pub kind: String,
    /// Where it begins in the text, in characters.
    #[serde(default)]
    pub start: usize,
    /// Where it ends, not included.
    #[serde(default)]
    pub end: usize,
}

/// A place.
#[derive(Debug, Deserialize)]
pub struct Place {
    /// `Houston, TX`.
    pub label: Option<String>,
    /// Latitude of its middle.
    pub lat: f64,
    /// Longitude of its middle.
    pub lon: f64,
}

/// How a name matched.
#[derive(Debug, Default, Deserialize)]
pub struct Matched {
    /// `exact`, `nickname`, `phonetic` and the like; none where no name was asked for.
    pub name: Option<String>,
    /// The name that matched: the one shown or another.
    pub text: Option<String>,
    /// The number asked for, where the provider has another now.
    pub former_npi: Option<String>,
}

/// One provider.
#[derive(Debug, Deserialize)]
pub struct Card {
    /// The key.
    pub id: Option<Uuid>,
    /// The readable key.
    pub locator: String,
    /// National Provider Identifier.
    pub npi: Option<String>,
    /// As shown.
    pub name: String,
    /// `individual` or `organization`.
    pub kind: String,
    /// Primary first or not; the flag tells.
    #[serde(default)]
    pub specialties: Vec<Specialty>,
    /// BCP 47 codes.
    #[serde(default)]
    pub languages: Vec<String>,
    /// PENDING, ACTIVE or INACTIVE.
    pub network_status: String,
    /// Networks with the status there.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// Known to take new patients, or known not to.
    pub accepting_new_patients: Option<bool>,
    /// By video.
    #[serde(default)]
    pub telehealth: bool,
    /// The nearest place that matches.
    pub location: Option<Location>,
    /// How many more places there are.
    #[serde(default)]
    pub other_locations: u64,
    /// To that place.
    pub distance_miles: Option<f64>,
    /// A date.
    pub verified_at: Option<String>,
    /// The next free appointment, on the clock of the clinic.
    pub next_available: Option<String>,
    /// How the name matched.
    #[serde(default)]
    pub matched: Matched,
}

/// One specialty.
#[derive(Debug, Deserialize)]
pub struct Specialty {
    /// Display name, or the code where there is none.
    pub name: Option<String>,
    /// NUCC.
    pub code: String,
    /// The primary one.
    #[serde(default)]
    pub primary: bool,
}

/// One network.
#[derive(Debug, Deserialize)]
pub struct Network {
    /// Name.
    pub name: Option<String>,
    /// PENDING, ACTIVE or INACTIVE.
    pub status: String,
}

/// A place of practice.
#[derive(Debug, Default, Deserialize)]
pub struct Location {
    /// Street.
    pub line1: Option<String>,
    /// Suite.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Two letters.
    pub state: Option<String>,
    /// Five or nine digits.
    pub postal_code: Option<String>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// How exact the point is.
    pub position_quality: Option<String>,
    /// As written.
    pub phone: Option<String>,
}
