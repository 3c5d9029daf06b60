//! A case of an agency, and the items that it consists of.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::match_sheet::Section;
use super::sharing::Candidate;
use crate::vocab::{
    CaseId, CaseItemId, Fault, ProviderId, ProviderNoteId,
    terms::{CaseStatus, ItemKind},
};

/// A case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// Its key.
    pub id: CaseId,
    /// The agency's own key, shown to outside providers.
    pub reference: String,
    /// `surrogacy`, `egg_donation`, the agency's word.
    pub kind: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// Raised by every change of these properties.
    pub version: i64,
    /// Since when.
    pub opened_at: DateTime<Utc>,
    /// Until when.
    pub closed_at: Option<DateTime<Utc>>,
}

/// One thing of a case that can be shared by itself. What it says never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Its key.
    pub id: CaseItemId,
    /// Whether a share of it counts; an internal note's does not.
    pub offered: bool,
    /// When it was put there.
    pub created_at: DateTime<Utc>,
    /// When it was taken back from everybody.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
}

/// What an item says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A file; its bytes are fetched by themselves.
    Document(Document),
    /// What is told about one side of a match.
    MatchSheet(MatchSheet),
    /// Match sheets offered together.
    MatchSheetList(MatchSheetList),
    /// A note.
    Note(Note),
    /// An amount.
    FinancialItem(FinancialItem),
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// Its name, without a path.
    pub name: String,
    /// As declared, and as its first bytes say.
    pub media_type: String,
    /// Its length.
    pub size_bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// A match sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchSheet {
    /// Shown with every part of it.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// In their order.
    pub sections: Vec<Section>,
}

/// A list of match sheets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchSheetList {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// In their order.
    pub match_sheets: Vec<CaseItemId>,
}

/// A note about a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Plain text.
    pub text: String,
}

/// An amount of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinancialItem {
    /// What for.
    #[schemars(length(min = 1, max = 200))]
    pub label: String,
    /// In hundredths of the currency; negative: paid back.
    pub amount_cents: i64,
    /// One that there is, by its code (ISO 4217).
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// When it is due.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
}

/// What an agency notes about an outside provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProviderNote {
    /// Its key.
    pub id: ProviderNoteId,
    /// The provider.
    pub provider_id: ProviderId,
    /// The case that it is about, if it is one.
    pub case_id: Option<CaseId>,
    /// Plain text.
    pub text: String,
    /// Whether the provider's own people see it.
    pub shareable: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

/// A case with everything in it, as far as its reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFile {
    /// The case.
    pub case: Case,
    /// By time.
    pub items: Vec<Item>,
    /// About a provider, with regard to this case.
    pub provider_notes: Vec<ProviderNote>,
}

impl Content {
    /// Which kind it is.
    pub fn kind(&self) -> ItemKind {
        match self {
            Self::Document(_) => ItemKind::Document,
            Self::MatchSheet(_) => ItemKind::MatchSheet,
            Self::MatchSheetList(_) => ItemKind::MatchSheetList,
            Self::Note(_) => ItemKind::Note,
            Self::FinancialItem(_) => ItemKind::FinancialItem,
        }
    }
}

impl Item {
    /// As the rules of granting look at it.
    pub fn candidate(&self) -> Candidate<'_> {
        let fields = match &self.content {
            Content::MatchSheet(sheet) => {
                let of = |section: &'_ Section| section.fields.len();
                let mut all = Vec::with_capacity(sheet.sections.iter().map(of).sum());
                for section in &sheet.sections {
                    all.extend(section.fields.iter().map(|f| (section.key.as_str(), f.key.as_str())));
                }
                all
            }
            _ => Vec::new(),
        };
        Candidate {
            kind: self.content.kind(),
            offered: self.offered,
            withdrawn: self.withdrawn_at.is_some(),
            fields,
        }
    }
}

/// Whether a text that a person wrote has from one to `most` characters.
///
/// # Errors
/// Names the field.
pub fn check_text(field: &str, text: &str, most: usize) -> Result<(), Fault> {
    if text.trim().is_empty() || text.chars().count() > most {
        return Err(Fault::new(field, "length", format!("1 to {most} characters")));
    }
    Ok(())
}
