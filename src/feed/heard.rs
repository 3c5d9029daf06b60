//! What a follower of the outbox hears, each entry once and as soon as it is committed.
//!
//! Where a transaction runs for long, an import's for one, nothing behind it is final, and the position stands. But an entry
//! only says whom to look at, and looking is right at any time: so what is committed is heard early, and passed over when the
//! position comes by. After a crash it is heard again, for the position has not moved.

use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;

use crate::store::outbox::{Batch, Entry, EntryKind};
use crate::vocab::Position;

/// What was heard before the position came by.
#[derive(Default)]
pub(super) struct Heard {
    early: FxHashSet<Position>,
    /// Where the position stands while something waits to be final, and since when.
    held: Option<(Position, Instant)>,
}

/// The shortest wait before another look while something waits to be final, and how much of the time that it has waited
/// already is added: who waits for their position is told soon after a short transaction has ended, and one that is left open
/// for hours is not asked for sixty times a second.
const HELD_LOOK: Duration = Duration::from_millis(16);
const HELD_SHARE: u32 = 16;

impl Heard {
    /// The entries of a batch that are heard for the first time. What a bulk load owes is told in order only, for it is owed
    /// from a position on.
    pub(super) fn fresh(&self, batch: &Batch) -> Vec<Entry> {
        let early = batch.early.iter().filter(|entry| entry.kind != EntryKind::Rebuild);
        let all = batch.entries.iter().chain(early);
        all.filter(|entry| !self.early.contains(&entry.position))
            .copied()
            .collect()
    }

    /// Notes that a batch has been dealt with. What is final now is not read again.
    pub(super) fn note(&mut self, batch: &Batch) {
        self.early.retain(|position| *position > batch.position);
        let early = batch.early.iter().filter(|entry| entry.kind != EntryKind::Rebuild);
        self.early.extend(early.map(|entry| entry.position));
        let still = self.held.filter(|(at, _)| *at == batch.position);
        let held = still.unwrap_or_else(|| (batch.position, Instant::now()));
        self.held = (!self.early.is_empty()).then_some(held);
    }

    /// The longest wait before another look, if something that was heard is not final.
    pub(super) fn look_within(&self) -> Option<Duration> {
        self.held.map(|(_, since)| HELD_LOOK.max(since.elapsed() / HELD_SHARE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::ProviderId;

    fn entry(xid: u64, kind: EntryKind) -> Entry {
        Entry {
            position: Position { xid, id: 1 },
            kind,
        }
    }

    fn batch(end: u64, entries: &[Entry], early: &[Entry]) -> Batch {
        Batch {
            entries: entries.to_vec(),
            position: Position { xid: end, id: i64::MAX },
            early: early.to_vec(),
        }
    }

    #[test]
    fn each_entry_is_heard_once_and_a_marker_in_order() {
        let provider = |n| EntryKind::Provider(ProviderId(uuid::Uuid::from_u128(n)));
        let (five, six, late) = (entry(5, provider(5)), entry(6, provider(6)), entry(4, provider(4)));
        let marker = entry(7, EntryKind::Rebuild);
        let mut heard = Heard::default();
        let first = batch(3, &[], &[five, marker]);
        assert_eq!(heard.fresh(&first), [five]);
        heard.note(&first);
        assert!(heard.look_within().is_some());
        let second = batch(3, &[], &[five, six, marker]);
        assert_eq!(heard.fresh(&second), [six]);
        heard.note(&second);
        // The one that ran for long comes before those that were heard.
        let third = batch(6, &[late, five, six], &[marker]);
        assert_eq!(heard.fresh(&third), [late]);
        heard.note(&third);
        assert_eq!(heard.look_within(), None);
        assert_eq!(heard.fresh(&batch(7, &[marker], &[])), [marker]);
    }
}
