//! Who sees what of a case: the rule of three, grants and revocations, and what they amount to at a moment.
//!
//! Nothing is shared by itself. An outside provider sees a case where three things hold at once ([`Three`]), and of the case
//! only the items whose last word for its assignment is a grant that has not run out ([`grant_at`]).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::{
    AssignmentId, CaseId, CaseItemId, Fault, ProviderId,
    terms::{ItemKind, ProviderUserKind, ShareAction},
};

/// The three that must all be there for an outside provider to see a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Three {
    /// The provider, with which the agency works.
    pub provider: bool,
    /// The user, a person or machine of that provider who is active.
    pub user: bool,
    /// The assignment of that provider to the case, within its dates.
    pub assignment: bool,
}

impl Three {
    /// Whether the case is seen.
    pub fn hold(self) -> bool {
        self.provider && self.user && self.assignment
    }
}

/// A provider on a case: through the portal, or through the external API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Assignment {
    /// Its key.
    pub id: AssignmentId,
    /// The case.
    pub case_id: CaseId,
    /// The provider.
    pub provider_id: ProviderId,
    /// Whether its people see the case in the portal, or its machines by the external API.
    pub channel: ProviderUserKind,
    /// As what.
    pub role: String,
    /// What the provider's own system calls the case.
    pub external_reference: Option<String>,
    /// From this moment on.
    pub starts_at: DateTime<Utc>,
    /// Until before this moment; none: open.
    pub ends_at: Option<DateTime<Utc>>,
}

impl Assignment {
    /// Whether it counts at a moment.
    pub fn open_at(&self, moment: DateTime<Utc>) -> bool {
        within(Some(self.starts_at), self.ends_at, moment)
    }
}

/// Whether a moment lies from `start` on and before `end`.
pub fn within(start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>, moment: DateTime<Utc>) -> bool {
    start.is_none_or(|start| start <= moment) && end.is_none_or(|end| moment < end)
}

/// One row of the history of sharing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Share {
    /// Its place in the history.
    pub seq: i64,
    /// To whom.
    pub assignment_id: AssignmentId,
    /// What.
    pub item_id: CaseItemId,
    /// A grant, or its end.
    pub action: ShareAction,
    /// Of a match sheet: sections (`identity`) or fields (`identity.age`) that are shown; none: all.
    pub fields: Option<Vec<String>>,
    /// From this moment on the grant counts no more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How much of an item is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// These sections and fields of a match sheet.
    Fields(BTreeSet<String>),
}

impl Extent {
    /// Whether a field of a section is shown.
    pub fn covers(&self, section: &str, key: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Fields(shown) => shown.contains(section) || shown.contains(&format!("{section}.{key}")),
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fields(mut one), Self::Fields(two)) => {
                one.extend(two);
                Self::Fields(one)
            }
            _ => Self::Whole,
        }
    }
}

/// What an item's shares amount to at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// How much.
    pub extent: Extent,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until before this moment; none: until it is revoked.
    pub until: Option<DateTime<Utc>>,
}

/// What the shares of an item to these assignments amount to at a moment: for each assignment its last row up to then decides;
/// where several assignments see it, the widest counts. None: not shared.
pub fn grant_at(
    shares: &[Share],
    assignments: &[AssignmentId],
    item: CaseItemId,
    moment: DateTime<Utc>,
) -> Option<Grant> {
    let deciding = |assignment: &AssignmentId| {
        shares
            .iter()
            .filter(|s| s.assignment_id == *assignment && s.item_id == item && s.at <= moment)
            .max_by_key(|s| s.seq)
    };
    assignments
        .iter()
        .filter_map(deciding)
        .filter(|s| s.action == ShareAction::Grant && within(None, s.expires_at, moment))
        .map(|s| Grant {
            extent: match &s.fields {
                None => Extent::Whole,
                Some(fields) => Extent::Fields(fields.iter().cloned().collect()),
            },
            since: s.at,
            until: s.expires_at,
        })
        .reduce(|one, two| Grant {
            extent: one.extent.and(two.extent),
            since: one.since.min(two.since),
            until: one.until.zip(two.until).map(|(a, b)| a.max(b)),
        })
}

/// What is asked for when something is shared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Sections and fields of a match sheet; none: all.
    pub fields: Option<Vec<String>>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An item as the rules of granting look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// What it is.
    pub kind: ItemKind,
    /// False for an internal note.
    pub offered: bool,
    /// Taken back from everybody.
    pub withdrawn: bool,
    /// Of a match sheet: section and key of each field.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// Whether an item may be shared on these terms with an assignment.
///
/// # Errors
/// The field of the request, and why not.
pub fn may_grant(
    item: &Candidate<'_>,
    assignment: &Assignment,
    terms: &Terms,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let refuse = |field, code, message: &str| Err(Fault::new(field, code, message));
    if !item.offered {
        return refuse("item_id", "internal_note", "an internal note is shared with nobody");
    }
    if item.withdrawn {
        return refuse("item_id", "withdrawn", "the item has been withdrawn");
    }
    if assignment.ends_at.is_some_and(|end| end <= now) {
        return refuse("assignment_id", "ended", "the assignment is over");
    }
    if !goes_through(assignment.channel, item.kind) {
        let message = "documents, match sheets and lists of them go through the external API";
        return refuse("item_id", "channel", message);
    }
    if terms.expires_at.is_some_and(|end| end <= now) {
        return refuse("expires_at", "past", "lies in the past");
    }
    let Some(fields) = &terms.fields else { return Ok(()) };
    if item.kind != ItemKind::MatchSheet {
        return refuse("fields", "not_a_match_sheet", "only match sheets are shared by field");
    }
    if fields.is_empty() {
        return refuse("fields", "empty", "names at least one section or field");
    }
    let known = |name: &String| {
        item.fields.iter().any(|(section, key)| match name.split_once('.') {
            None => name == section,
            Some((of, field)) => of == *section && field == *key,
        })
    };
    match fields.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let shown = name.chars().take(130).collect::<String>();
            Err(Fault::new(
                "fields",
                "unknown_field",
                format!("the sheet has no `{shown}`"),
            ))
        }
    }
}

/// Whether items of a kind can be shared through the portal, or the external API.
pub fn goes_through(channel: ProviderUserKind, kind: ItemKind) -> bool {
    match channel {
        ProviderUserKind::Person => true,
        ProviderUserKind::Machine => matches!(
            kind,
            ItemKind::Document | ItemKind::MatchSheet | ItemKind::MatchSheetList
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn row(seq: i64, to: u128, action: ShareAction, fields: Option<&[&str]>, expires: Option<i64>) -> Share {
        Share {
            seq,
            assignment_id: Uuid::from_u128(to).into(),
            item_id: Uuid::from_u128(9).into(),
            action,
            fields: fields.map(|f| f.iter().map(|f| (*f).to_owned()).collect()),
            expires_at: expires.map(at),
            at: at(seq),
        }
    }

    fn grant(shares: &[Share], to: &[u128], minute: i64) -> Option<Grant> {
        let to = to.iter().map(|id| Uuid::from_u128(*id).into()).collect::<Vec<_>>();
        grant_at(shares, &to, Uuid::from_u128(9).into(), at(minute))
    }

    /// 7.04: the whole truth table.
    #[test]
    fn feature_7_04_all_three_or_nothing() {
        let table = [
            (false, false, false, false),
            (false, false, true, false),
            (false, true, false, false),
            (false, true, true, false),
            (true, false, false, false),
            (true, false, true, false),
            (true, true, false, false),
            (true, true, true, true),
        ];
        for (provider, user, assignment, seen) in table {
            let three = Three {
                provider,
                user,
                assignment,
            };
            assert_eq!(three.hold(), seen, "{three:?}");
        }
    }

    #[test]
    fn the_last_word_of_an_assignment_decides_and_nothing_is_shared_by_itself() {
        let shares = [
            row(1, 1, ShareAction::Grant, None, Some(5)),
            row(6, 1, ShareAction::Grant, None, None),
            row(8, 1, ShareAction::Revoke, None, None),
        ];
        let seen = |minute| grant(&shares, &[1], minute).is_some();
        let minutes = (0..10).map(seen).collect::<Vec<_>>();
        let (yes, no) = (true, false);
        assert_eq!(minutes, [no, yes, yes, yes, yes, no, yes, yes, no, no]);
        assert_eq!(grant(&shares, &[2], 7), None, "another assignment");
        assert_eq!(grant(&shares, &[], 7), None, "no assignment");
    }

    #[test]
    fn two_assignments_show_what_either_shows() {
        let shares = [
            row(1, 1, ShareAction::Grant, Some(&["identity"]), Some(5)),
            row(2, 2, ShareAction::Grant, Some(&["health.bmi"]), Some(7)),
        ];
        let both = grant(&shares, &[1, 2], 3).expect("shared");
        let covers = |section, key| both.extent.covers(section, key);
        assert!(covers("identity", "age") && covers("health", "bmi") && !covers("health", "history"));
        assert_eq!((both.since, both.until), (at(1), Some(at(7))));
        let one = grant(&shares, &[1, 2], 6).expect("shared");
        assert!(!one.extent.covers("identity", "age"));
    }

    #[test]
    fn what_may_not_be_shared_says_why() {
        let assignment = Assignment {
            id: Uuid::from_u128(1).into(),
            case_id: Uuid::from_u128(2).into(),
            provider_id: Uuid::from_u128(3).into(),
            channel: ProviderUserKind::Machine,
            role: "ivf_clinic".to_owned(),
            external_reference: None,
            starts_at: at(0),
            ends_at: None,
        };
        let item = |kind| Candidate {
            kind,
            offered: true,
            withdrawn: false,
            fields: vec![("identity", "age")],
        };
        let terms = |fields: &[&str], expires: Option<i64>| Terms {
            fields: Some(fields.iter().map(|f| (*f).to_owned()).collect()),
            expires_at: expires.map(at),
        };
        let code = |item: &Candidate<'_>, assignment: &Assignment, terms: &Terms| {
            may_grant(item, assignment, terms, at(5)).err().map(|f| f.code)
        };
        let sheet = item(ItemKind::MatchSheet);
        let all = Terms::default();
        assert_eq!(code(&sheet, &assignment, &all), None);
        assert_eq!(
            code(&sheet, &assignment, &terms(&["identity", "identity.age"], Some(6))),
            None
        );
        assert_eq!(
            code(&sheet, &assignment, &terms(&["identity.name"], None)),
            Some("unknown_field")
        );
        assert_eq!(code(&sheet, &assignment, &terms(&[], None)), Some("empty"));
        assert_eq!(code(&sheet, &assignment, &terms(&["identity"], Some(5))), Some("past"));
        assert_eq!(code(&item(ItemKind::Note), &assignment, &all), Some("channel"));
        assert_eq!(
            code(&item(ItemKind::Document), &assignment, &terms(&["a"], None)),
            Some("not_a_match_sheet")
        );
        let internal = Candidate {
            offered: false,
            ..item(ItemKind::Note)
        };
        assert_eq!(code(&internal, &assignment, &all), Some("internal_note"));
        let withdrawn = Candidate {
            withdrawn: true,
            ..sheet.clone()
        };
        assert_eq!(code(&withdrawn, &assignment, &all), Some("withdrawn"));
        let over = Assignment {
            ends_at: Some(at(5)),
            ..assignment
        };
        assert_eq!(code(&sheet, &over, &all), Some("ended"));
    }
}
