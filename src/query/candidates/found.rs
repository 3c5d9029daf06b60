//! Those who may be meant, as block after block is asked: first by their numbers alone, then, for those whose blocks and places
//! promise most, with their records. To read a record is what costs; where a block holds a name's every bearer, most are not read.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::{Block, meeting::look_ahead};
use crate::index::{living::Living, record::Record};

/// Most candidates of one record that are read. Reading 300 met no more of those who were meant, be it among 100,000 providers or
/// among 9,000,000.
const MOST: usize = 80;

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

/// One who may be meant. Without records: not read.
struct Found<'s> {
    /// Its segment and number there; none for a change that is in no segment yet.
    place: Option<(&'s Living, u32)>,
    candidate: Candidate<'s>,
    /// Not to be told.
    is_left_out: bool,
}

impl Found<'_> {
    fn is_read(&self) -> bool {
        !self.candidate.records.is_empty()
    }
}

/// Those who may be meant, as block after block is asked.
#[derive(Default)]
pub struct Candidates<'s> {
    all: Vec<Found<'s>>,
    /// Where in `all` a provider of a segment is, by the segment's address.
    in_segments: FxHashMap<(usize, u32), usize>,
    /// And where a changed one is, by its id.
    changed: FxHashMap<u128, usize>,
    pub(super) asked: FxHashMap<Block, u16>,
    pub(super) large: Vec<Large>,
}

impl<'s> Candidates<'s> {
    /// The number of a block, if it has been asked.
    pub fn number_of(&self, block: &Block) -> Option<u16> {
        self.asked.get(block).copied()
    }

    /// How many are in a block and were not looked at: it was too large to be taken whole, or others promised more.
    pub fn unseen(&self, block: &Block) -> u64 {
        let Some(number) = self.number_of(block) else { return 0 };
        let inside = |found: &&Found<'_>| !found.is_left_out && found.candidate.blocks.contains(&number);
        let read = self.all.iter().filter(inside).filter(|found| found.is_read()).count() as u64;
        let size = match self.large.iter().find(|large| large.number == number) {
            Some(large) => large.size,
            None => self.all.iter().filter(inside).count() as u64,
        };
        size.saturating_sub(read)
    }

    /// Whether nobody has been found.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
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

    /// Notes that a provider of a segment is in a block; whether that was not known before.
    pub(super) fn note(&mut self, living: &'s Living, provider: u32, block: u16) -> bool {
        let key = (std::ptr::from_ref(living).addr(), provider);
        if let Some(known) = self.in_segments.get(&key) {
            return add(&mut self.all[*known].candidate.blocks, block);
        }
        if !living.is_alive(provider) {
            return false;
        }
        self.in_segments.insert(key, self.all.len());
        self.all.push(Found {
            place: Some((living, provider)),
            candidate: Candidate {
                records: Vec::new(),
                blocks: vec![block],
            },
            is_left_out: false,
        });
        true
    }

    /// Notes that somebody who has changed is in a block.
    pub(super) fn note_changed(&mut self, id: u128, block: u16, records: impl FnOnce() -> Vec<Record<'s>>) {
        if let Some(known) = self.changed.get(&id) {
            add(&mut self.all[*known].candidate.blocks, block);
            return;
        }
        if self.changed.len() >= MOST {
            return;
        }
        let candidate = Candidate {
            records: records(),
            blocks: vec![block],
        };
        if !candidate.records.is_empty() {
            self.changed.insert(id, self.all.len());
            self.all.push(Found {
                place: None,
                candidate,
                is_left_out: false,
            });
        }
    }

    /// Reads those who have been found and promise most: who is in most blocks, then who is near, then in the order in which they
    /// were found.
    pub(super) fn read(&mut self, is_near: impl Fn(&Living, u32) -> bool) {
        let read = self.all.iter().filter(|found| found.is_read()).count();
        let room = MOST.saturating_sub(read);
        let is_next = |at: &usize| !self.all[*at].is_read() && !self.all[*at].is_left_out;
        let mut next: Vec<usize> = (0..self.all.len()).filter(is_next).collect();
        if next.len() > room {
            next.sort_by_cached_key(|at| {
                let found = &self.all[*at];
                let near = found.place.is_some_and(|(living, provider)| is_near(living, provider));
                (Reverse(found.candidate.blocks.len()), !near, *at)
            });
            next.truncate(room);
        }
        let places: Vec<(&Living, u32)> = next.iter().filter_map(|at| self.all[*at].place).collect();
        look_ahead(&places);
        for at in next {
            let Some((living, provider)) = self.all[at].place else {
                continue;
            };
            let segment = &living.segment;
            let locations = segment.locations_of(provider).iter();
            self.all[at].candidate.records = locations.map(|location| segment.record(*location)).collect();
        }
    }

    /// Drops one, if there.
    pub fn leave_out(&mut self, id: Option<u128>) {
        let Some(id) = id else { return };
        for found in &mut self.all {
            if found
                .candidate
                .records
                .first()
                .is_some_and(|record| record.provider == id)
            {
                found.candidate.records.clear();
                found.is_left_out = true;
            }
        }
    }

    /// Those who have been read, in the order of their ids.
    pub fn in_order(&self) -> Vec<&Candidate<'s>> {
        let read = self.all.iter().filter(|found| found.is_read());
        let mut all: Vec<&Candidate<'s>> = read.map(|found| &found.candidate).collect();
        all.sort_unstable_by_key(|candidate| candidate.records[0].provider);
        all
    }
}

/// Adds a block; whether it is new.
fn add(blocks: &mut Vec<u16>, block: u16) -> bool {
    let new = !blocks.contains(&block);
    if new {
        blocks.push(block);
    }
    new
}
