//! The proof of sharing: who could see what of a case, when, reconstructed from history alone.
//!
//! It reads nothing of how things stand today. That it says the same as the live answer at every moment is tested, and is
//! what makes it a proof.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::sharing::{Extent, Share, grant_at, within};
use crate::vocab::{
    AssignmentId, CaseItemId, ProviderUserId,
    terms::{ItemKind, ProviderUserKind, ShareAction, SightKind},
};

/// What a row of the history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Whether the agency is open for outside providers at all; no row: it is.
    Agency,
    /// Whether the agency works with the provider.
    Provider,
    /// Whether a user is active.
    User(ProviderUserId, ProviderUserKind),
    /// An assignment to the case.
    Assignment(AssignmentId, ProviderUserKind),
    /// Whether an item can be shared.
    Item(CaseItemId),
    /// Whether a note about the provider is shown.
    Note(Uuid),
}

/// A row of the history of everything but shares: from `at` on, until the next row of the same subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its place in the history.
    pub seq: i64,
    /// What it is about.
    pub subject: Subject,
    /// Whether it counts.
    pub holds: bool,
    /// Of an assignment: from this moment on.
    pub starts_at: Option<DateTime<Utc>>,
    /// Of an assignment: until before this moment.
    pub ends_at: Option<DateTime<Utc>>,
    /// When it became so.
    pub at: DateTime<Utc>,
}

/// Everything that ever decided what one provider sees of one case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// By their place.
    pub standings: Vec<Standing>,
    /// Shares with the provider's assignments, by their place.
    pub shares: Vec<Share>,
}

/// A time during which something could be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Period {
    /// By whom.
    pub provider_user_id: ProviderUserId,
    /// From this moment on.
    pub from: DateTime<Utc>,
    /// Until before this moment; none: still, at the moment of the report.
    pub until: Option<DateTime<Utc>>,
    /// Of a match sheet: the sections and fields; none: all.
    pub fields: Option<Vec<String>>,
}

/// The report: everything that one provider could ever see of one case, and what it did see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proof {
    /// The case.
    pub case_id: crate::vocab::CaseId,
    /// The provider.
    pub provider_id: crate::vocab::ProviderId,
    /// The moment up to which it tells.
    pub as_of: DateTime<Utc>,
    /// Who of the provider is meant.
    pub users: Vec<ProofUser>,
    /// When the case itself could be seen.
    pub case: Vec<Period>,
    /// When the case itself was seen.
    pub case_seen: Vec<Sight>,
    /// Its items, as far as they were ever shared.
    pub items: Vec<ProofItem>,
    /// Notes about the provider, as far as they were ever shown.
    pub provider_notes: Vec<ProofNote>,
}

/// Somebody of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofUser {
    /// Their key.
    pub id: ProviderUserId,
    /// A person, or a machine.
    pub kind: ProviderUserKind,
    /// What they are called today.
    pub name: String,
}

/// An item in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofItem {
    /// Its key.
    pub id: CaseItemId,
    /// What it is.
    pub kind: ItemKind,
    /// Its name, title or label; of a note its beginning.
    pub title: String,
    /// When it could be seen.
    pub could_see: Vec<Period>,
    /// When it was seen.
    pub did_see: Vec<Sight>,
    /// What was decided about it.
    pub shares: Vec<ShareRecord>,
}

/// A note about the provider in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProofNote {
    /// Its key.
    pub id: Uuid,
    /// Its beginning.
    pub title: String,
    /// When it could be seen.
    pub could_see: Vec<Period>,
    /// When it was seen.
    pub did_see: Vec<Sight>,
}

/// That something was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sight {
    /// By whom.
    pub provider_user_id: ProviderUserId,
    /// How.
    pub how: SightKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Of a match sheet: the fields that were shown.
    pub fields: Option<Vec<String>>,
}

/// A grant or revocation with who did it and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ShareRecord {
    /// What was decided.
    #[serde(flatten)]
    pub share: Share,
    /// What kind of item it is about.
    pub item_kind: ItemKind,
    /// Who decided.
    pub actor: String,
    /// Why.
    pub reason: Option<String>,
    /// The list of match sheets that it came along with.
    pub list_id: Option<CaseItemId>,
}

impl History {
    /// The row that decides about a subject at a moment.
    fn standing(&self, is: impl Fn(Subject) -> bool, moment: DateTime<Utc>) -> Option<&Standing> {
        let rows = self.standings.iter().filter(|s| is(s.subject) && s.at <= moment);
        rows.max_by_key(|s| s.seq)
    }

    fn holds(&self, subject: Subject, moment: DateTime<Utc>) -> bool {
        self.standing(|s| s == subject, moment)
            .is_some_and(|s| s.holds && within(s.starts_at, s.ends_at, moment))
    }

    /// The assignments through which a user saw the case at a moment.
    fn through(&self, user: ProviderUserId, kind: ProviderUserKind, moment: DateTime<Utc>) -> Vec<AssignmentId> {
        let closed = self
            .standing(|s| s == Subject::Agency, moment)
            .is_some_and(|s| !s.holds);
        if closed || !self.holds(Subject::Provider, moment) || !self.holds(Subject::User(user, kind), moment) {
            return Vec::new();
        }
        let assignments = self.standings.iter().filter_map(|s| match s.subject {
            Subject::Assignment(id, channel) if channel == kind => Some(id),
            _ => None,
        });
        let assignments = assignments.collect::<BTreeSet<_>>();
        let open = |id: &AssignmentId| self.holds(Subject::Assignment(*id, kind), moment);
        assignments.into_iter().filter(open).collect()
    }

    /// Whether a user saw that there is the case.
    pub fn case_seen_at(&self, user: ProviderUserId, kind: ProviderUserKind, moment: DateTime<Utc>) -> bool {
        !self.through(user, kind, moment).is_empty()
    }

    /// How much of an item a user saw at a moment.
    pub fn item_seen_at(
        &self,
        user: ProviderUserId,
        kind: ProviderUserKind,
        item: CaseItemId,
        moment: DateTime<Utc>,
    ) -> Option<Extent> {
        if !self.holds(Subject::Item(item), moment) {
            return None;
        }
        let through = self.through(user, kind, moment);
        grant_at(&self.shares, &through, item, moment).map(|grant| grant.extent)
    }

    /// Whether a user saw a note about the provider with regard to the case.
    pub fn note_seen_at(
        &self,
        user: ProviderUserId,
        kind: ProviderUserKind,
        note: Uuid,
        moment: DateTime<Utc>,
    ) -> bool {
        self.holds(Subject::Note(note), moment) && self.case_seen_at(user, kind, moment)
    }

    /// The moments up to `until` at which anything could have changed.
    fn turns(&self, until: DateTime<Utc>) -> BTreeSet<DateTime<Utc>> {
        let standings = self.standings.iter().flat_map(|s| [Some(s.at), s.starts_at, s.ends_at]);
        let shares = self.shares.iter().flat_map(|s| [Some(s.at), s.expires_at]);
        let all = standings.chain(shares).flatten();
        all.filter(|turn| *turn <= until).collect()
    }

    /// When a user could see an item, up to `until`.
    pub fn item_periods(
        &self,
        user: ProviderUserId,
        kind: ProviderUserKind,
        item: CaseItemId,
        until: DateTime<Utc>,
    ) -> Vec<Period> {
        self.periods(user, until, |moment| self.item_seen_at(user, kind, item, moment))
    }

    /// When a user could see that there is the case, up to `until`.
    pub fn case_periods(&self, user: ProviderUserId, kind: ProviderUserKind, until: DateTime<Utc>) -> Vec<Period> {
        self.periods(user, until, |moment| {
            self.case_seen_at(user, kind, moment).then_some(Extent::Whole)
        })
    }

    /// When a user could see a note about the provider, up to `until`.
    pub fn note_periods(
        &self,
        user: ProviderUserId,
        kind: ProviderUserKind,
        note: Uuid,
        until: DateTime<Utc>,
    ) -> Vec<Period> {
        self.periods(user, until, |moment| {
            self.note_seen_at(user, kind, note, moment).then_some(Extent::Whole)
        })
    }

    /// Asks at every turn, and puts equal answers in a row together.
    fn periods(
        &self,
        user: ProviderUserId,
        until: DateTime<Utc>,
        seen: impl Fn(DateTime<Utc>) -> Option<Extent>,
    ) -> Vec<Period> {
        let mut periods: Vec<Period> = Vec::new();
        let mut before = None;
        for turn in self.turns(until) {
            let now = seen(turn);
            if now == before {
                continue;
            }
            if before.is_some()
                && let Some(last) = periods.last_mut()
            {
                last.until = Some(turn);
            }
            if let Some(extent) = &now {
                periods.push(Period {
                    provider_user_id: user,
                    from: turn,
                    until: None,
                    fields: match extent {
                        Extent::Whole => None,
                        Extent::Fields(fields) => Some(fields.iter().cloned().collect()),
                    },
                });
            }
            before = now;
        }
        periods
    }

    /// The items that were ever granted.
    pub fn granted_items(&self) -> BTreeSet<CaseItemId> {
        let granted = self.shares.iter().filter(|s| s.action == ShareAction::Grant);
        granted.map(|s| s.item_id).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// 7.17: periods begin and end with grants, revocations, expiry, and each of the three.
    #[test]
    fn feature_7_17_periods_follow_every_turn_of_the_history() {
        let (user, item) = (ProviderUserId(Uuid::from_u128(1)), CaseItemId(Uuid::from_u128(2)));
        let assignment = AssignmentId(Uuid::from_u128(3));
        let kind = ProviderUserKind::Person;
        let standing = |seq: i64, subject, holds| Standing {
            seq,
            subject,
            holds,
            starts_at: None,
            ends_at: None,
            at: at(seq),
        };
        let share = |seq: i64, action, expires: Option<i64>, fields: Option<&str>| Share {
            seq,
            assignment_id: assignment,
            item_id: item,
            action,
            fields: fields.map(|f| vec![f.to_owned()]),
            expires_at: expires.map(at),
            at: at(seq),
        };
        let assigned = Standing {
            starts_at: Some(at(0)),
            ends_at: Some(at(40)),
            ..standing(4, Subject::Assignment(assignment, kind), true)
        };
        let history = History {
            standings: vec![
                standing(1, Subject::Provider, true),
                standing(2, Subject::User(user, kind), true),
                standing(3, Subject::Item(item), true),
                assigned,
                standing(12, Subject::User(user, kind), false),
                standing(14, Subject::User(user, kind), true),
            ],
            shares: vec![
                share(10, ShareAction::Grant, Some(20), None),
                share(30, ShareAction::Grant, None, Some("identity")),
            ],
        };
        let periods = history.item_periods(user, kind, item, at(100));
        let told = periods
            .iter()
            .map(|p| (p.from, p.until, p.fields.clone()))
            .collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                (at(10), Some(at(12)), None),
                (at(14), Some(at(20)), None),
                (at(30), Some(at(40)), Some(vec!["identity".to_owned()])),
            ]
        );
        assert_eq!(history.item_periods(user, kind, item, at(35))[2].until, None);
        let case = history.case_periods(user, kind, at(100));
        assert_eq!(
            case.iter().map(|p| (p.from, p.until)).collect::<Vec<_>>(),
            [(at(4), Some(at(12))), (at(14), Some(at(40)))]
        );
        assert!(
            history
                .case_periods(user, ProviderUserKind::Machine, at(100))
                .is_empty()
        );
    }
}
