//! Those who may be meant, as block after block is asked.

use rustc_hash::FxHashMap;

use super::{Block, MOST};
use crate::index::record::Record;

/// A provider that may be meant.
pub struct Candidate<'s> {
    /// It at each of its places, the main one first; at least one.
    pub records: Vec<Record<'s>>,
    /// The numbers of the blocks that it is in.
    pub blocks: Vec<u16>,
}

/// A block that was too large to be taken whole.
pub(super) struct Large {
    pub number: u16,
    pub key: String,
    pub size: u64,
}

/// Those who may be meant, as block after block is asked.
#[derive(Default)]
pub struct Candidates<'s> {
    pub(super) by_id: FxHashMap<u128, Candidate<'s>>,
    pub(super) asked: FxHashMap<Block, u16>,
    pub(super) large: Vec<Large>,
}

impl<'s> Candidates<'s> {
    /// The number of a block, if it has been asked.
    pub fn number_of(&self, block: &Block) -> Option<u16> {
        self.asked.get(block).copied()
    }

    /// How many are in a block that was too large to be taken whole, and were not looked at.
    pub fn unseen(&self, block: &Block) -> u64 {
        let Some(number) = self.number_of(block) else { return 0 };
        let Some(large) = self.large.iter().find(|large| large.number == number) else {
            return 0;
        };
        let seen = self.by_id.values().filter(|one| one.blocks.contains(&number)).count();
        large.size.saturating_sub(seen as u64)
    }

    /// Notes a block as asked; none: it has been.
    pub(super) fn ask(&mut self, block: &Block) -> Option<u16> {
        if self.asked.contains_key(block) {
            return None;
        }
        let number = self.asked.len() as u16;
        self.asked.insert(block.clone(), number);
        Some(number)
    }

    /// Notes that somebody is in a block; whether that was not known before.
    pub(super) fn note(&mut self, id: u128, block: u16, records: impl FnOnce() -> Vec<Record<'s>>) -> bool {
        if let Some(known) = self.by_id.get_mut(&id) {
            let new = !known.blocks.contains(&block);
            if new {
                known.blocks.push(block);
            }
            return new;
        }
        if self.by_id.len() >= MOST {
            return false;
        }
        let records = records();
        if records.is_empty() {
            return false;
        }
        self.by_id.insert(
            id,
            Candidate {
                records,
                blocks: vec![block],
            },
        );
        true
    }

    /// Drops one, if there.
    pub fn leave_out(&mut self, id: Option<u128>) {
        id.and_then(|id| self.by_id.remove(&id));
    }

    /// In the order of their ids.
    pub fn in_order(&self) -> Vec<&Candidate<'s>> {
        let mut all: Vec<&Candidate<'s>> = self.by_id.values().collect();
        all.sort_unstable_by_key(|candidate| candidate.records[0].provider);
        all
    }
}
