//! What an outside provider sees of a case: a pure function of the case, the viewer and the moment.
//!
//! The portal, the external API and the agency's preview all answer with its result. The database enforces the same by
//! row-level security underneath; the two are tested against each other.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::case::{CaseFile, Content, Item};
use super::match_sheet::Section;
use super::sharing::{Assignment, Extent, Grant, Share, Three, grant_at};
use crate::vocab::{
    AssignmentId, CaseId, CaseItemId, ProviderNoteId,
    terms::{CaseStatus, ProviderUserKind},
};

/// Somebody of an outside provider, and what visibility hangs on.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// A person in the portal, or a machine of the external API.
    pub kind: ProviderUserKind,
    /// Whether the agency works with the provider.
    pub provider: bool,
    /// Whether the user is active.
    pub user: bool,
    /// The provider's assignments, to whatever cases.
    pub assignments: Vec<Assignment>,
    /// The history of shares with those assignments.
    pub shares: Vec<Share>,
}

/// A case as an outside provider sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CaseView {
    /// Its key.
    pub id: CaseId,
    /// The agency's key.
    pub reference: String,
    /// `surrogacy`, `egg_donation`, the agency's word.
    pub kind: String,
    /// Where it stands.
    pub status: CaseStatus,
    /// As what the provider works on it.
    pub roles: Vec<RoleView>,
    /// Files.
    pub documents: Vec<DocumentView>,
    /// Match sheets, with the fields that are shared.
    pub match_sheets: Vec<MatchSheetView>,
    /// Lists of match sheets.
    pub match_sheet_lists: Vec<MatchSheetListView>,
    /// Notes.
    pub notes: Vec<NoteView>,
    /// Amounts.
    pub financial_items: Vec<FinancialItemView>,
    /// Notes about the provider with regard to this case.
    pub provider_notes: Vec<ProviderNoteView>,
}

/// An assignment, to the one assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RoleView {
    /// As what.
    pub role: String,
    /// What the provider's own system calls the case.
    pub external_reference: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when; none: open.
    pub until: Option<DateTime<Utc>>,
}

/// Since when something is shared, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Shared {
    /// Its key.
    pub id: CaseItemId,
    /// Since when.
    pub shared_at: DateTime<Utc>,
    /// Until when; none: until it is taken back.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A file; its bytes are fetched by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DocumentView {
    /// What is shared.
    #[serde(flatten)]
    pub shared: Shared,
    /// Its name.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// Its length.
    pub size_bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What is shared of a match sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MatchSheetView {
    /// What is shared.
    #[serde(flatten)]
    pub shared: Shared,
    /// What it is called.
    pub title: String,
    /// Those that have a field to show.
    pub sections: Vec<Section>,
}

/// A list, with those of its sheets that are shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MatchSheetListView {
    /// What is shared.
    #[serde(flatten)]
    pub shared: Shared,
    /// What it is called.
    pub title: String,
    /// In their order.
    pub match_sheets: Vec<CaseItemId>,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoteView {
    /// What is shared.
    #[serde(flatten)]
    pub shared: Shared,
    /// Plain text.
    pub text: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

/// An amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FinancialItemView {
    /// What is shared.
    #[serde(flatten)]
    pub shared: Shared,
    /// What for.
    pub label: String,
    /// In hundredths of the currency.
    pub amount_cents: i64,
    /// Three letters.
    pub currency: String,
    /// When it is due.
    pub due_on: Option<NaiveDate>,
}

/// A note about the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderNoteView {
    /// Its key.
    pub id: ProviderNoteId,
    /// Plain text.
    pub text: String,
    /// When it was written.
    pub written_at: DateTime<Utc>,
}

impl Viewer {
    /// The assignments through which the viewer sees a case at a moment; none: does not see it.
    pub fn assignments_to(&self, case: CaseId, moment: DateTime<Utc>) -> Vec<&Assignment> {
        let counts = |a: &&Assignment| {
            let three = Three {
                provider: self.provider,
                user: self.user,
                assignment: a.case_id == case && a.channel == self.kind && a.open_at(moment),
            };
            three.hold()
        };
        let mut found = self.assignments.iter().filter(counts).collect::<Vec<_>>();
        found.sort_by_key(|a| (a.starts_at, a.id));
        found
    }
}

/// What the viewer sees of a case; none: nothing, not even that there is one.
pub fn view(file: &CaseFile, viewer: &Viewer, moment: DateTime<Utc>) -> Option<CaseView> {
    let case = &file.case;
    let through = viewer.assignments_to(case.id, moment);
    let provider = through.first()?.provider_id;
    let mut seen = CaseView {
        id: case.id,
        reference: case.reference.clone(),
        kind: case.kind.clone(),
        status: case.status,
        roles: through.iter().map(|a| role(a)).collect(),
        documents: Vec::new(),
        match_sheets: Vec::new(),
        match_sheet_lists: Vec::new(),
        notes: Vec::new(),
        financial_items: Vec::new(),
        provider_notes: file
            .provider_notes
            .iter()
            .filter(|note| note.shareable && note.provider_id == provider && note.case_id == Some(case.id))
            .map(|note| ProviderNoteView {
                id: note.id,
                text: note.text.clone(),
                written_at: note.created_at,
            })
            .collect(),
    };
    let through = through.iter().map(|a| a.id).collect::<Vec<_>>();
    for item in &file.items {
        if let Some(grant) = granted(item, viewer, &through, moment) {
            seen.add(item, grant);
        }
    }
    seen.keep_to_shared_sheets();
    Some(seen)
}

fn granted(item: &Item, viewer: &Viewer, through: &[AssignmentId], moment: DateTime<Utc>) -> Option<Grant> {
    if !item.offered || item.withdrawn_at.is_some() {
        return None;
    }
    grant_at(&viewer.shares, through, item.id, moment)
}

fn role(assignment: &Assignment) -> RoleView {
    RoleView {
        role: assignment.role.clone(),
        external_reference: assignment.external_reference.clone(),
        since: assignment.starts_at,
        until: assignment.ends_at,
    }
}

impl CaseView {
    /// The keys of all items in it.
    pub fn items(&self) -> impl Iterator<Item = CaseItemId> {
        let documents = self.documents.iter().map(|i| i.shared.id);
        let sheets = self.match_sheets.iter().map(|i| i.shared.id);
        let lists = self.match_sheet_lists.iter().map(|i| i.shared.id);
        let notes = self.notes.iter().map(|i| i.shared.id);
        let amounts = self.financial_items.iter().map(|i| i.shared.id);
        documents.chain(sheets).chain(lists).chain(notes).chain(amounts)
    }

    fn add(&mut self, item: &Item, grant: Grant) {
        let shared = Shared {
            id: item.id,
            shared_at: grant.since,
            expires_at: grant.until,
        };
        match &item.content {
            Content::Document(document) => self.documents.push(DocumentView {
                shared,
                name: document.name.clone(),
                media_type: document.media_type.clone(),
                size_bytes: document.size_bytes,
                sha256: document.sha256.clone(),
            }),
            Content::MatchSheet(sheet) => self.match_sheets.push(MatchSheetView {
                shared,
                title: sheet.title.clone(),
                sections: shown(&sheet.sections, &grant.extent),
            }),
            Content::MatchSheetList(list) => self.match_sheet_lists.push(MatchSheetListView {
                shared,
                title: list.title.clone(),
                match_sheets: list.match_sheets.clone(),
            }),
            Content::Note(note) => self.notes.push(NoteView {
                shared,
                text: note.text.clone(),
                written_at: item.created_at,
            }),
            Content::FinancialItem(amount) => self.financial_items.push(FinancialItemView {
                shared,
                label: amount.label.clone(),
                amount_cents: amount.amount_cents,
                currency: amount.currency.clone(),
                due_on: amount.due_on,
            }),
        }
    }

    /// A list tells of no sheet that is not shared itself.
    fn keep_to_shared_sheets(&mut self) {
        let sheets = &self.match_sheets;
        for list in &mut self.match_sheet_lists {
            list.match_sheets
                .retain(|id| sheets.iter().any(|sheet| sheet.shared.id == *id));
        }
    }
}

/// The sections with the fields that are shown; a section without one is left out, title and all.
fn shown(sections: &[Section], extent: &Extent) -> Vec<Section> {
    let reduced = |section: &Section| {
        let fields = section.fields.iter();
        let fields = fields.filter(|field| extent.covers(&section.key, &field.key)).cloned();
        let fields = fields.collect::<Vec<_>>();
        (!fields.is_empty()).then(|| Section {
            key: section.key.clone(),
            title: section.title.clone(),
            fields,
        })
    };
    sections.iter().filter_map(reduced).collect()
}
