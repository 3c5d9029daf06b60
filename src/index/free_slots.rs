//! When providers are next free: a table beside the segments, since slots come and go far more often than providers change.
//!
//! Of each provider it has the first few free slots. What has elapsed is skipped when it is read; whoever runs short is read
//! anew by the feed. A change copies one part of the table, so that snapshots never change.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate};
use rustc_hash::FxHashMap;

use crate::vocab::ProviderId;

/// Parts of the table: a change copies one of them.
const PARTS: usize = 256;

/// The beginning of a free slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FreeSlot {
    /// Seconds since 1970.
    pub starts_at: i64,
    /// Minutes by which the clock at the clinic is ahead of UTC then.
    pub utc_offset_minutes: i16,
}

impl FreeSlot {
    /// As the clock at the clinic shows it.
    pub fn local(self) -> Option<DateTime<FixedOffset>> {
        let offset = FixedOffset::east_opt(i32::from(self.utc_offset_minutes) * 60)?;
        Some(DateTime::from_timestamp(self.starts_at, 0)?.with_timezone(&offset))
    }
}

/// What is known of one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Free {
    /// The first slots, in the order of time.
    pub slots: Vec<FreeSlot>,
    /// The clinics of the slots, in their order; none where it is not told, or is behind the end.
    pub clinics: Vec<Option<Arc<str>>>,
    /// Whether there may be more behind them.
    pub more: bool,
}

type Part = FxHashMap<u128, Arc<Free>>;

/// The table. Clones share what they have in common.
#[derive(Clone, Debug)]
pub struct FreeSlots(Vec<Arc<Part>>);

impl Default for FreeSlots {
    fn default() -> Self {
        Self(vec![Arc::default(); PARTS])
    }
}

/// Ids end in random bits.
fn part_of(provider: u128) -> usize {
    provider as usize % PARTS
}

impl FreeSlots {
    /// Puts what a provider has in the place of what it had.
    pub fn put(&mut self, provider: ProviderId, free: Free) {
        let id = provider.0.as_u128();
        let part = &mut self.0[part_of(id)];
        if !free.slots.is_empty() {
            Arc::make_mut(part).insert(id, Arc::new(free));
        } else if part.contains_key(&id) {
            Arc::make_mut(part).remove(&id);
        }
    }

    /// The first slot of a provider that begins after `at`.
    pub fn next(&self, provider: u128, at: i64) -> Option<FreeSlot> {
        let free = self.0[part_of(provider)].get(&provider)?;
        free.slots.iter().find(|slot| slot.starts_at > at).copied()
    }

    /// What the clinic of the first slot after `at` is called, where everybody may know.
    pub fn clinic(&self, provider: u128, at: i64) -> Option<&str> {
        let free = self.0[part_of(provider)].get(&provider)?;
        let first = free.slots.iter().position(|slot| slot.starts_at > at)?;
        free.clinics.get(first)?.as_deref()
    }

    /// Everybody who is free after `at`, with their next slot.
    pub fn free(&self, at: i64) -> impl Iterator<Item = (u128, FreeSlot)> {
        let all = self.0.iter().flat_map(|part| part.iter());
        all.filter_map(move |(id, free)| Some((*id, *free.slots.iter().find(|slot| slot.starts_at > at)?)))
    }

    /// Those whose next slot after `at` begins before a day on the clock there, in the order of their ids.
    pub fn before(&self, day: NaiveDate, at: i64) -> Vec<u128> {
        let early = |slot: FreeSlot| slot.local().is_some_and(|local| local.date_naive() < day);
        let mut ids: Vec<u128> = self
            .free(at)
            .filter(|(_, slot)| early(*slot))
            .map(|(id, _)| id)
            .collect();
        ids.sort_unstable();
        ids
    }

    /// Those who have more slots than are known here, and of the known ones hardly any left after `at`.
    pub fn short(&self, at: i64) -> Vec<ProviderId> {
        let all = self.0.iter().flat_map(|part| part.iter());
        let left = |free: &Free| free.slots.iter().filter(|slot| slot.starts_at > at).count();
        all.filter(|(_, free)| free.more && left(free) <= free.slots.len() / 2)
            .map(|(id, _)| uuid::Uuid::from_u128(*id).into())
            .collect()
    }

    /// How many providers are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|part| part.len()).sum()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|part| part.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(starts: &[i64], more: bool) -> Free {
        let slot = |starts_at: &i64| FreeSlot {
            starts_at: *starts_at,
            utc_offset_minutes: -300,
        };
        Free {
            slots: starts.iter().map(slot).collect(),
            clinics: starts
                .iter()
                .map(|at| (*at != 150).then(|| format!("At {at}").into()))
                .collect(),
            more,
        }
    }

    fn provider(number: u128) -> ProviderId {
        uuid::Uuid::from_u128(number).into()
    }

    #[test]
    fn what_has_elapsed_is_skipped_and_who_runs_short_is_named() {
        let mut table = FreeSlots::default();
        table.put(provider(7), slots(&[100, 200, 300, 400], true));
        table.put(provider(8), slots(&[150], false));
        let before = table.clone();
        assert_eq!(table.next(7, 99).map(|slot| slot.starts_at), Some(100));
        assert_eq!(table.next(7, 100).map(|slot| slot.starts_at), Some(200));
        assert_eq!(table.next(7, 400), None);
        assert_eq!(
            (table.clinic(7, 99), table.clinic(7, 100)),
            (Some("At 100"), Some("At 200"))
        );
        assert_eq!(
            (table.clinic(7, 400), table.clinic(8, 0), table.clinic(9, 0)),
            (None, None, None)
        );
        assert_eq!(table.next(9, 0), None);
        assert_eq!(table.free(160).count(), 1);
        assert!(table.short(100).is_empty());
        assert_eq!(table.short(200), [provider(7)]);
        table.put(provider(7), Free::default());
        assert_eq!(
            (table.len(), before.len()),
            (1, 2),
            "an older snapshot keeps what it had"
        );
    }

    #[test]
    fn a_day_is_that_of_the_clinic() {
        let mut table = FreeSlots::default();
        // 2026-11-28T03:00Z is the evening of the 27th at five hours behind.
        table.put(provider(1), slots(&[1_795_834_800], false));
        let day = |text: &str| text.parse().expect("a day");
        assert_eq!(table.before(day("2026-11-28"), 0), [1]);
        assert!(table.before(day("2026-11-27"), 0).is_empty());
        assert_eq!(
            table.next(1, 0).and_then(FreeSlot::local).map(|at| at.to_rfc3339()),
            Some("2026-11-27T22:00:00-05:00".to_owned())
        );
    }
}
