//! The answer to a record: a decision, candidates with probabilities, and evidence that adds up to them.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::vocab::{
    Npi, Position,
    terms::{Gender, NetworkStatus, ProviderKind},
};

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// One provider is meant.
    Match,
    /// A person should look.
    Review,
    /// One of several is meant, and the record does not tell which.
    Ambiguous,
    /// Nobody of the directory is meant, as far as can be told.
    None,
}

/// How sure the best candidate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// From 0.99 on.
    Certain,
    /// From 0.8 on.
    Probable,
    /// From 0.2 on.
    Possible,
    /// Below.
    CertainlyNot,
}

impl Grade {
    /// Of a probability.
    pub fn of(probability: f64) -> Self {
        match probability {
            0.99.. => Self::Certain,
            0.8.. => Self::Probable,
            0.2.. => Self::Possible,
            _ => Self::CertainlyNot,
        }
    }
}

/// What became of the NPI of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NpiStatus {
    /// It is that of the best candidate.
    Ok,
    /// Its check digit is wrong, or it has not ten digits.
    CheckDigit,
    /// Nobody in the directory has it.
    Unknown,
    /// It has been deactivated.
    Deactivated,
    /// It was replaced by another.
    Replaced,
    /// It is somebody else's than the best candidate's.
    OtherProvider,
}

/// The answer to one record.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Outcome {
    /// The caller's own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// What is to be done.
    pub decision: Decision,
    /// How sure the best candidate is.
    pub grade: Grade,
    /// The provider's NPI; for a match only.
    #[schemars(with = "Option<String>")]
    pub npi: Option<Npi>,
    /// The provider's id; for a match only.
    pub provider_id: Option<uuid::Uuid>,
    /// Of the best candidate; 0 where there is none.
    pub probability: f64,
    /// That nobody of the directory is meant.
    pub p_none: f64,
    /// That somebody is meant who is not among the candidates told.
    pub p_other: f64,
    /// What became of the NPI of the record.
    pub npi_status: Option<NpiStatus>,
    /// What contradicts the best candidate: `npi_of_other_provider`, `npi_with_other_name`, `npi_replaced`, `npi_deactivated`,
    /// `given_name` and `middle_name` (another one, and no number says that it is the same person), `half_of_name` (of a double
    /// surname, or an initial, and nothing beside it), `no_name`, `several_people`, `suffix`, `kind` (a person for an
    /// organisation, or the owner for a practice), `gender`, `not_identifying`. All but `npi_replaced`, `npi_deactivated` and
    /// `gender` keep a match from being one, and a grade from being certain.
    pub conflicts: Vec<String>,
    /// The likeliest first.
    pub candidates: Vec<Ranked>,
    /// From which probability on it is a match, and from which on a person should look.
    pub thresholds: Thresholds,
    /// How the probabilities came about, if it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
    /// The model and its hash.
    pub rule_version: String,
    /// The state of the directory.
    #[schemars(with = "Option<String>")]
    pub position: Option<Position>,
}

/// The thresholds of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Thresholds {
    /// From here on a match.
    pub threshold: f64,
    /// From here on a person should look.
    pub review: f64,
}

/// A candidate with its probability and why.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Ranked {
    /// Who it is.
    pub provider: Who,
    /// That it is meant.
    pub probability: f64,
    /// How sure that is.
    pub grade: Grade,
    /// Field by field; the bits add up to log2(p / (1 - p)).
    pub evidence: Vec<Evidence>,
}

/// A provider as a candidate shows it, with how fresh that is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Who {
    /// NPI.
    #[schemars(with = "Option<String>")]
    pub npi: Option<Npi>,
    /// Its id.
    pub id: uuid::Uuid,
    /// The readable key.
    pub locator: String,
    /// Name as shown.
    pub name: String,
    /// Former and trade names.
    pub other_names: Vec<String>,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// Specialties, the primary one first.
    pub specialties: Vec<String>,
    /// Gender, if known.
    pub gender: Option<Gender>,
    /// Where it stands.
    pub network_status: NetworkStatus,
    /// The place that agrees best.
    pub location: Option<Where>,
    /// When the listing was last confirmed.
    pub verified_at: Option<NaiveDate>,
}

/// A place of a candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Where {
    /// Street.
    pub line1: Option<String>,
    /// Suite.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State.
    pub state: Option<String>,
    /// ZIP.
    pub postal_code: Option<String>,
    /// Phone.
    pub phone: Option<String>,
}

/// One field of the evidence.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// The field; `prior`, `rivals` and `calibration` are what holds without any.
    pub field: &'static str,
    /// How well it agrees.
    pub level: &'static str,
    /// As the record has it, in the writing in which it is compared.
    pub given: Option<String>,
    /// As the directory has it.
    pub found: Option<String>,
    /// Log2 of how much likelier this is if the candidate is meant than by chance.
    pub bits: f64,
    /// Where in the directory the other side is kept.
    pub source: String,
}

/// How the probabilities came about.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The profile of the source.
    pub profile: String,
    /// Providers in the directory.
    pub providers: u64,
    /// Candidates that were compared.
    pub compared: usize,
    /// Shares of the record's values among all providers.
    pub frequencies: std::collections::BTreeMap<String, f64>,
    /// For each candidate told: log2 of the likelihood ratio under each way in which it can belong to the record.
    pub ways: Vec<std::collections::BTreeMap<&'static str, f64>>,
}
