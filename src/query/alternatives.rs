//! One of several names without a place: their documents merged in rank order, tier by tier, each provider once.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, binary_heap::PeekMut},
};

use super::{
    collect::{Rank, Row, Source},
    cursor::Place,
    filter::tier,
    lists::Lists,
    named::Named,
    plan::{Plan, Way},
};
use crate::index::names::Which;

/// Once a page is full, so many providers are met before the counting of alternatives is stopped: the total is then told
/// as a lower bound. Nobody needs to know how many hundred thousand names are like a misspelt one.
const MOST_MET: usize = 1_000;
/// Nor is more read of the lists of one tier, once a page is full, to come upon so many: the words may seldom meet.
const MOST_READ: usize = 40_000;

impl<'s> Plan<'s> {
    /// The best providers of a segment that bear one of the names, behind a place where an earlier page ended. Without a
    /// count it stops as soon as the page is full.
    pub(super) fn named_one_of(&self, way: &Way<'s>, wanted: usize, after: Option<&Place>, count: bool) -> Named<'s> {
        let mut found = Named {
            rows: Vec::new(),
            total: 0,
            stopped: false,
        };
        // Who matched in a better tier is not looked at again, whether it was admitted or not.
        let mut seen: Vec<u32> = Vec::new();
        let mut tiers: BTreeSet<u8> = self.conditions.names.iter().map(|name| name.tier).collect();
        tiers.insert(tier::OTHER_NAME);
        let members = self.members(way);
        for tier in tiers {
            let mut lists = self.lists(way, tier);
            if let Some(members) = &members {
                lists.iter_mut().for_each(|lists| lists.narrow(members));
            }
            let mut merged = Merged::of(lists, way.living.segment.contents().providers);
            let before = seen.len();
            let is_new = |seen: &[u32], provider: u32| seen[..before].binary_search(&provider).is_err();
            let mut full = false;
            while let Some(provider) = merged.peek() {
                full = found.is_full(wanted, tier, || way.living.segment.rank(provider));
                if full {
                    break;
                }
                if !self.budget.look(1) {
                    found.stopped = true;
                    return found;
                }
                merged.pass(provider);
                if is_new(&seen, provider) {
                    seen.push(provider);
                    self.take(way, provider, tier, after, &mut found);
                }
            }
            if full && count && seen.len() < MOST_MET {
                // Nobody else comes into the page: the rest is counted without being put in order.
                let (mut rest, stopped) = merged.rest(MOST_MET - seen.len());
                rest.retain(|provider| is_new(&seen, *provider));
                found.total += rest.iter().filter(|provider| self.counts(way, **provider)).count() as u64;
                found.stopped = stopped;
                seen.extend(rest);
            } else if full {
                found.stopped = count;
                return found;
            }
            if found.stopped || (!count && found.rows.len() >= wanted) {
                break;
            }
            seen.sort_unstable();
        }
        found
    }

    /// What is to be looked through for a tier: its names among the current ones, and among all names.
    fn lists(&self, way: &Way<'s>, wanted: u8) -> Vec<Lists<'s>> {
        let names = way.living.segment.names();
        let mut lists = Vec::new();
        for name in &self.conditions.names {
            if name.tier == wanted {
                lists.extend(Lists::open(names, Which::Current, &name.words));
            }
            if name.tier.max(tier::OTHER_NAME) == wanted {
                lists.extend(Lists::open(names, Which::Any, &name.words));
            }
        }
        lists
    }

    /// Whether a provider is alive and has a location that matches.
    fn counts(&self, way: &Way<'s>, provider: u32) -> bool {
        let free = way.exact && way.masks.is_empty();
        way.living.is_alive(provider) && (free || self.best_location(way, provider).is_some())
    }

    /// Counts a provider if it is admitted, and takes it into the page if it is behind the last one.
    fn take(&self, way: &Way<'s>, provider: u32, tier: u8, after: Option<&Place>, found: &mut Named<'s>) {
        if !way.living.is_alive(provider) {
            return;
        }
        let Some((ordinal, entry)) = self.best_location(way, provider) else {
            return;
        };
        found.total += 1;
        let segment = &way.living.segment;
        let rank = Rank {
            tier,
            number: segment.rank(provider),
            text: "",
            provider: segment.provider_id(provider),
            location: ordinal,
        };
        if after.is_none_or(|after| rank.is_after(after)) {
            found.rows.push(Row {
                rank,
                source: Source::Segment(way.number, entry.location),
            });
        }
    }
}

/// Several lists read as one, in rank order: stretch by stretch, for a page is often full long before words that seldom meet
/// have been found to meet once.
struct Merged<'l> {
    lists: Vec<Lists<'l>>,
    /// The first provider that is left of each list that has one in the stretch, and the list's number.
    heads: BinaryHeap<Reverse<(u32, usize)>>,
    /// The others, read up to the end of the stretch.
    waiting: Vec<usize>,
    end: u32,
    providers: u32,
}

/// The first stretch is one of so many; each is as long as all before it.
const FIRST_STRETCH: u32 = 64;

impl<'l> Merged<'l> {
    fn of(lists: Vec<Lists<'l>>, providers: u32) -> Self {
        Self {
            waiting: (0..lists.len()).collect(),
            lists,
            heads: BinaryHeap::new(),
            end: 0,
            providers,
        }
    }

    fn peek(&mut self) -> Option<u32> {
        while self.heads.is_empty() && self.end < self.providers {
            let (from, end) = (self.end, (self.end * 2).max(self.providers / FIRST_STRETCH + 1));
            let Self { lists, heads, .. } = self;
            self.waiting
                .retain(|number| match lists[*number].next_before(from, end) {
                    Some(first) => {
                        heads.push(Reverse((first, *number)));
                        false
                    }
                    None => true,
                });
            self.end = end;
        }
        self.heads.peek().map(|Reverse((provider, _))| *provider)
    }

    /// Goes on behind a provider that is the first in some lists.
    fn pass(&mut self, provider: u32) {
        while let Some(mut head) = self.heads.peek_mut()
            && head.0.0 == provider
        {
            let number = head.0.1;
            match self.lists[number].next_before(provider + 1, self.end) {
                Some(next) => *head = Reverse((next, number)),
                None => {
                    PeekMut::pop(head);
                    self.waiting.push(number);
                }
            }
        }
    }

    /// Up to so many of those that are left, each once, and whether there may be more.
    fn rest(self, most: usize) -> (Vec<u32>, bool) {
        let (mut rest, mut left, mut stopped) = (Vec::new(), MOST_READ, false);
        let mut lists = self.lists;
        let heads = self
            .heads
            .into_iter()
            .map(|Reverse((first, number))| (Some(first), number));
        let starts = heads.chain(self.waiting.into_iter().map(|number| (None, number)));
        for (first, number) in starts {
            stopped |= left == 0;
            if stopped {
                break;
            }
            let list = &mut lists[number];
            let begun = list.has_read(first.unwrap_or(self.end));
            let mut next = first.or_else(|| list.next(self.end));
            let mut read = 0;
            while let Some(provider) = next {
                read = list.has_read(provider) - begun;
                stopped |= rest.len() >= most || read >= left;
                if stopped {
                    break;
                }
                rest.push(provider);
                next = list.next(provider + 1);
            }
            let all_read = list.has_read(self.end).saturating_sub(begun).max(read);
            left = left.saturating_sub(all_read);
        }
        rest.sort_unstable();
        rest.dedup();
        (rest, stopped)
    }
}
