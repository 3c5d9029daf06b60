//! What is dead in a segment: a segment never changes, so whoever was deleted or changed since is kept beside it.

use std::sync::Arc;

use roaring::RoaringBitmap;

use super::{segment::Segment, tree::flag};

/// What is dead in a segment: deleted in tantivy, or replaced by the overlay. A provider dies with all its locations.
#[derive(Clone, Default)]
pub struct Dead {
    providers: Numbers,
    /// Their locations.
    locations: Numbers,
    /// They themselves as they died, each with where its sites start.
    roll: Vec<(u32, u32)>,
    /// Their sites, one behind the other: a search that counts looks at each of them.
    sites: Vec<u32>,
    /// Which words their current names have, by the words' numbers.
    words: Pairs,
    /// Those that have other names.
    renamed: Vec<u32>,
    /// Which specialties they have, by the specialties' numbers in the table of contents; they by their place in the roll.
    specialties: Pairs,
}

/// Few numbers out of many.
#[derive(Clone, Default)]
struct Numbers {
    all: RoaringBitmap,
    /// A bit for each [`BLOCK`] of numbers: most searches meet only blocks in which nobody is dead.
    blocks: Vec<u64>,
}

/// Numbers that share a bit of [`Numbers::blocks`].
const BLOCK: u32 = 256;

impl Numbers {
    fn has(&self, number: u32) -> bool {
        super::frequent::has(&self.blocks, number / BLOCK) && self.all.contains(number)
    }

    /// Whether it is new.
    fn insert(&mut self, number: u32) -> bool {
        let block = number / BLOCK;
        let word = (block / 64) as usize;
        if self.blocks.len() <= word {
            self.blocks.resize(word + 1, 0);
        }
        self.blocks[word] |= 1 << (block % 64);
        self.all.insert(number)
    }
}

impl Dead {
    /// Whether a provider is.
    pub fn has(&self, provider: u32) -> bool {
        self.providers.has(provider)
    }

    /// Whether the provider of a location is.
    pub fn has_location(&self, location: u32) -> bool {
        self.locations.has(location)
    }

    /// The providers of a segment whose documents tantivy has deleted. `before` are those of an earlier reading of the same
    /// segment: nobody comes back to life, so only the others are looked at.
    pub fn of(segment: &Segment, before: Option<&Self>) -> Self {
        let mut dead = before.cloned().unwrap_or_default();
        if let Some(alive) = segment.reader().alive_bitset() {
            let providers = 0..segment.contents().providers;
            providers
                .filter(|provider| alive.is_deleted(*provider))
                .for_each(|provider| dead.add(segment, provider));
        }
        dead
    }

    /// One more.
    pub fn add(&mut self, segment: &Segment, provider: u32) {
        if !self.providers.insert(provider) {
            return;
        }
        let died = self.roll.len() as u32;
        self.roll.push((provider, self.sites.len() as u32));
        for location in segment.locations_of(provider) {
            self.locations.insert(*location);
            self.sites.extend(segment.site_of(*location));
        }
        // Name and specialties are the same at all locations, and everybody has at least one.
        if let Some(location) = segment.locations_of(provider).first() {
            let record = segment.record(*location);
            let words = record.words.split(' ');
            let mut numbers: Vec<u32> = words.filter_map(|word| segment.names().number(word)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
                .into_iter()
                .for_each(|number| self.words.add((number, provider)));
            if segment.entry(*location).masks.flags & flag::OTHER_NAMES != 0 {
                self.renamed.push(provider);
            }
            // Each code stands once in a record.
            let numbers = record
                .specialties
                .iter()
                .filter_map(|code| segment.specialty_number(code));
            numbers.for_each(|number| self.specialties.add((number as u32, died)));
        }
    }

    /// Those who have a specialty, given by its number.
    pub(super) fn of_specialty(&self, specialty: usize) -> impl Iterator<Item = u32> {
        let died = self.specialties.of(specialty as u32);
        died.map(|at| self.roll[at as usize].0)
    }

    fn sites_of(&self, died: usize) -> &[u32] {
        let end = self.roll.get(died + 1).map_or(self.sites.len(), |next| next.1 as usize);
        &self.sites[self.roll[died].1 as usize..end]
    }

    /// Those whose current name has a word, given by its number.
    pub fn bearers(&self, word: u32) -> impl Iterator<Item = u32> {
        self.words.of(word)
    }

    /// Those that have other names.
    pub fn renamed(&self) -> impl Iterator<Item = u32> {
        self.renamed.iter().copied()
    }

    /// The sites of each of those who have a specialty, given by its number.
    pub(super) fn sites_of_specialty(&self, specialty: usize) -> impl Iterator<Item = &[u32]> {
        let died = self.specialties.of(specialty as u32);
        died.map(|died| self.sites_of(died as usize))
    }

    /// By number.
    pub fn providers(&self) -> impl Iterator<Item = u32> {
        self.providers.all.iter()
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.providers.all.len()
    }

    /// At how many locations.
    pub(super) fn locations(&self) -> u64 {
        self.locations.all.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.providers.all.is_empty()
    }

    /// The sites of each.
    pub fn sites(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.roll.len()).map(|died| self.sites_of(died))
    }
}

/// Pairs of numbers, found by the first. Few are added at a time, and copies are made often: what is in order is shared.
#[derive(Clone, Default)]
struct Pairs {
    sorted: Arc<Vec<(u32, u32)>>,
    recent: Vec<(u32, u32)>,
}

/// So many pairs, or this part of all, are searched one by one before they are put in order.
const RECENT: usize = 512;
const RECENT_ONE_IN: usize = 64;

impl Pairs {
    fn add(&mut self, pair: (u32, u32)) {
        self.recent.push(pair);
        if self.recent.len() > RECENT.max(self.sorted.len() / RECENT_ONE_IN) {
            let mut all = [self.sorted.as_slice(), self.recent.as_slice()].concat();
            all.sort_unstable();
            self.sorted = Arc::new(all);
            self.recent.clear();
        }
    }

    /// The second numbers of all pairs with this first one.
    fn of(&self, first: u32) -> impl Iterator<Item = u32> {
        let start = self.sorted.partition_point(|(known, _)| *known < first);
        let sorted = self.sorted[start..]
            .iter()
            .take_while(move |(known, _)| *known == first);
        let recent = self.recent.iter().filter(move |(known, _)| *known == first);
        sorted.chain(recent).map(|(_, second)| *second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_whether_put_in_order_or_not() {
        let mut pairs = Pairs::default();
        let all: Vec<(u32, u32)> = (0..5_000).map(|n| (n * 7919 % 97, n)).collect();
        for pair in &all {
            pairs.add(*pair);
        }
        assert!(!pairs.sorted.is_empty() && !pairs.recent.is_empty());
        for first in 0..100 {
            let mut found: Vec<u32> = pairs.of(first).collect();
            found.sort_unstable();
            let wanted: Vec<u32> = all.iter().filter(|pair| pair.0 == first).map(|pair| pair.1).collect();
            assert_eq!(found, wanted, "of {first}");
        }
    }
}
