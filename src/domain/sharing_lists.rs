//! What sharing a list of match sheets, or taking it back, does to the sheets in it.
//!
//! A sheet is seen as long as one of the lists that it is in, all of it. What was shared by itself keeps its own terms: no list
//! widens, shortens or takes back what somebody decided about this very sheet.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use super::{sharing::within, sharing_proof::ShareRecord};
use crate::vocab::{CaseItemId, terms::ShareAction};

/// The decisions about one assignment, in their order, at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// All of them.
    pub history: &'a [ShareRecord],
    /// Now.
    pub now: DateTime<Utc>,
}

/// What has to be written down about a sheet; none of these: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Along {
    /// It is shared with this list, until then.
    Grant(CaseItemId, Option<DateTime<Utc>>),
    /// It is seen no more.
    Revoke,
}

impl Decided<'_> {
    /// The last word about an item, where it is a grant that counts.
    fn live(&self, item: CaseItemId) -> Option<&ShareRecord> {
        let last = self.history.iter().rfind(|record| record.share.item_id == item)?;
        let share = &last.share;
        (share.action == ShareAction::Grant && within(None, share.expires_at, self.now)).then_some(last)
    }

    /// Of lists with a sheet in them, the one that shows it longest, and until when. What was decided about the sheet itself
    /// after the list was shared stands against it.
    fn longest(&self, sheet: CaseItemId, lists: &[CaseItemId]) -> Option<(CaseItemId, Option<DateTime<Utc>>)> {
        let itself = |record: &&ShareRecord| record.share.item_id == sheet && record.list_id.is_none();
        let said = self.history.iter().rfind(itself).map(|record| record.share.seq);
        let shown = lists.iter().filter_map(|list| self.live(*list));
        let shown = shown.filter(|record| said.is_none_or(|said| said < record.share.seq));
        shown
            .map(|record| (record.share.item_id, record.share.expires_at))
            .min_by_key(|(_, until)| (until.is_some(), Reverse(*until)))
    }

    /// What sharing a list until a moment does to a sheet that is in `others` as well.
    pub fn granted(
        &self,
        sheet: CaseItemId,
        list: CaseItemId,
        until: Option<DateTime<Utc>>,
        others: &[CaseItemId],
    ) -> Option<Along> {
        if self.live(sheet).is_some_and(|last| last.list_id.is_none()) {
            return None;
        }
        let until = match self.longest(sheet, others) {
            Some((_, other)) => until.zip(other).map(|(one, other)| one.max(other)),
            None => until,
        };
        Some(Along::Grant(list, until))
    }

    /// What taking a list back does to a sheet that is in `others` as well.
    pub fn revoked(&self, sheet: CaseItemId, others: &[CaseItemId]) -> Option<Along> {
        let last = self.live(sheet).filter(|last| last.list_id.is_some())?;
        match self.longest(sheet, others) {
            None => Some(Along::Revoke),
            Some((_, until)) if until == last.share.expires_at => None,
            Some((list, until)) => Some(Along::Grant(list, until)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::{domain::sharing::Share, vocab::terms::ItemKind};

    const SHEET: u128 = 1;
    const ONE: u128 = 11;
    const TWO: u128 = 12;

    fn item(n: u128) -> CaseItemId {
        Uuid::from_u128(n).into()
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    /// The item, whether it is granted, until which minute, and along with which list.
    type Row = (u128, bool, Option<i64>, Option<u128>);

    fn history(rows: &[Row]) -> Vec<ShareRecord> {
        let row = |(n, (what, grant, until, list)): (usize, &Row)| ShareRecord {
            share: Share {
                seq: i64::try_from(n).expect("few"),
                assignment_id: Uuid::from_u128(99).into(),
                item_id: item(*what),
                action: if *grant {
                    ShareAction::Grant
                } else {
                    ShareAction::Revoke
                },
                fields: None,
                expires_at: until.map(at),
                at: at(0),
            },
            item_kind: ItemKind::MatchSheet,
            actor: String::new(),
            reason: None,
            list_id: list.map(item),
        };
        rows.iter().enumerate().map(row).collect()
    }

    /// 7.05, 7.16: what was decided about a sheet itself is not for a list to change.
    #[test]
    fn what_is_shared_by_itself_keeps_its_terms() {
        let rows = history(&[(SHEET, true, Some(10), None), (ONE, true, None, None)]);
        let now = |minute| Decided {
            history: &rows,
            now: at(minute),
        };
        assert_eq!(now(5).granted(item(SHEET), item(ONE), None, &[]), None);
        assert_eq!(now(5).revoked(item(SHEET), &[]), None);
        let grant = Some(Along::Grant(item(ONE), Some(at(30))));
        assert_eq!(
            now(10).granted(item(SHEET), item(ONE), Some(at(30)), &[]),
            grant,
            "it has run out"
        );
    }

    #[test]
    fn a_sheet_is_seen_as_long_as_one_of_its_lists() {
        let shared = [
            (ONE, true, Some(20), None),
            (SHEET, true, Some(20), Some(ONE)),
            (TWO, true, Some(10), None),
            (SHEET, true, Some(20), Some(TWO)),
        ];
        let (rows, now) = (history(&shared), at(5));
        let decided = Decided { history: &rows, now };
        let granted = |until: Option<i64>| decided.granted(item(SHEET), item(TWO), until.map(at), &[item(ONE)]);
        assert_eq!(granted(Some(10)), Some(Along::Grant(item(TWO), Some(at(20)))));
        assert_eq!(granted(Some(30)), Some(Along::Grant(item(TWO), Some(at(30)))));
        assert_eq!(granted(None), Some(Along::Grant(item(TWO), None)));
        assert_eq!(
            decided.revoked(item(SHEET), &[item(ONE)]),
            None,
            "list two told nothing new"
        );
        let shorter = Some(Along::Grant(item(TWO), Some(at(10))));
        assert_eq!(
            decided.revoked(item(SHEET), &[item(TWO)]),
            shorter,
            "list one was the longer"
        );
        assert_eq!(decided.revoked(item(SHEET), &[]), Some(Along::Revoke));
        let over = Decided {
            history: &rows,
            now: at(15),
        };
        assert_eq!(
            over.revoked(item(SHEET), &[item(TWO)]),
            Some(Along::Revoke),
            "list two has run out"
        );
    }

    #[test]
    fn a_list_does_not_bring_back_what_was_taken_back_by_itself() {
        let rows = history(&[
            (ONE, true, None, None),
            (SHEET, true, None, Some(ONE)),
            (SHEET, false, None, None),
            (TWO, true, None, None),
            (SHEET, true, None, Some(TWO)),
        ]);
        let decided = Decided {
            history: &rows,
            now: at(5),
        };
        assert_eq!(decided.revoked(item(SHEET), &[item(ONE)]), Some(Along::Revoke));
    }
}
