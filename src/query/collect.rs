//! Collects the best rows of a stream of matches, and counts all of them: providers once each, at their best location.

use std::{
    cmp::Ordering,
    collections::{BinaryHeap, hash_map::Entry as MapEntry},
};

use rustc_hash::FxHashMap;

use super::{cursor::Place, request::Group};
use crate::index::Snapshot;
use crate::vocab::place::Point;

/// Where a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Segment number in the snapshot, location number in the segment.
    Segment(u32, u32),
    /// The changed provider's id, its record's number.
    Overlay(u128, u32),
}

impl Source {
    /// Where it is on the map, if it has a place there.
    pub fn point(self, snapshot: &Snapshot) -> Option<Point> {
        match self {
            Self::Segment(number, location) => Some(snapshot.segments[number as usize].segment.entry(location).point()),
            Self::Overlay(id, number) => snapshot.changed(id)?.record(number as usize).point(),
        }
    }
}

/// A row's place in the order, borrowed from the snapshot. Smaller comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank<'a> {
    /// How the name matched; 0 is exact.
    pub tier: u8,
    /// Distance, rank or date.
    pub number: u64,
    /// Name, when sorted by it.
    pub text: &'a str,
    /// The provider's id.
    pub provider: u128,
    /// The location's number among those of its provider.
    pub location: u32,
}

impl Ord for Rank<'_> {
    /// Field by field, as they stand. Most orders have no text, and those who are at one place share their distance: there the
    /// ids decide, and comparing two empty texts is a call that they need not make.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_text = || match (self.text.is_empty(), other.text.is_empty()) {
            (true, true) => Ordering::Equal,
            _ => self.text.cmp(other.text),
        };
        (self.tier, self.number)
            .cmp(&(other.tier, other.number))
            .then_with(by_text)
            .then_with(|| (self.provider, self.location).cmp(&(other.provider, other.location)))
    }
}

impl PartialOrd for Rank<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Rank<'_> {
    /// Kept beyond the snapshot.
    pub fn to_place(self) -> Place {
        Place {
            tier: self.tier,
            number: self.number,
            text: self.text.to_owned(),
            provider: self.provider,
            location: self.location,
        }
    }

    /// Whether it comes behind a place where an earlier page ended.
    pub fn is_after(&self, place: &Place) -> bool {
        (self.tier, self.number, self.text, self.provider, self.location)
            > (
                place.tier,
                place.number,
                place.text.as_str(),
                place.provider,
                place.location,
            )
    }
}

/// A row: its place and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row<'a> {
    /// Its place in the order.
    pub rank: Rank<'a>,
    /// Where it comes from.
    pub source: Source,
}

/// The best rows so far.
pub struct Collector<'a> {
    group: Group,
    wanted: usize,
    after: Option<Place>,
    best: BinaryHeap<Row<'a>>,
    /// Providers that may match at several locations: their best row so far.
    several: FxHashMap<(u128, u32), Row<'a>>,
    singles: u64,
}

impl<'a> Collector<'a> {
    /// Wants the best `wanted` rows behind a place.
    pub fn new(group: Group, wanted: usize, after: Option<Place>) -> Self {
        let best = BinaryHeap::with_capacity(wanted.min(1024) + 1);
        Self {
            group,
            wanted,
            after,
            best,
            several: FxHashMap::default(),
            singles: 0,
        }
    }

    /// Counts a match. `may_recur`: the provider may come again, at another location or out of another stream.
    pub fn add(&mut self, row: Row<'a>, may_recur: bool) {
        if self.group == Group::Location {
            if !may_recur {
                self.singles += 1;
                return self.offer(row);
            }
            // The same location can come out of two streams.
            return self.keep((row.rank.provider, row.rank.location), row);
        }
        if may_recur {
            return self.keep((row.rank.provider, 0), row);
        }
        self.singles += 1;
        self.offer(row);
    }

    fn keep(&mut self, key: (u128, u32), row: Row<'a>) {
        match self.several.entry(key) {
            MapEntry::Occupied(mut known) => {
                if row < *known.get() {
                    known.insert(row);
                }
            }
            MapEntry::Vacant(free) => {
                free.insert(row);
            }
        }
    }

    fn offer(&mut self, row: Row<'a>) {
        if self.after.as_ref().is_some_and(|after| !row.rank.is_after(after)) {
            return;
        }
        if self.best.len() < self.wanted {
            self.best.push(row);
        } else if let Some(mut worst) = self.best.peek_mut()
            && row < *worst
        {
            *worst = row;
        }
    }

    /// Rows counted.
    pub fn total(&self) -> u64 {
        self.singles + self.several.len() as u64
    }

    /// The best rows, best first.
    pub fn finish(mut self) -> Vec<Row<'a>> {
        for row in std::mem::take(&mut self.several).into_values() {
            self.offer(row);
        }
        self.best.into_sorted_vec()
    }
}

/// The best rows of a page while it is being proven: a bound for those still to come, each provider (or location) once.
pub struct Best<'a> {
    group: Group,
    wanted: usize,
    /// Best first.
    rows: Vec<Row<'a>>,
}

impl<'a> Best<'a> {
    /// Wants so many.
    pub fn new(group: Group, wanted: usize) -> Self {
        let rows = Vec::with_capacity(wanted + 1);
        Self { group, wanted, rows }
    }

    /// The last row of a full page: what does not come before it need not come.
    pub fn worst(&self) -> Option<&Row<'a>> {
        self.rows.last().filter(|_| self.rows.len() == self.wanted)
    }

    /// Puts a row in its place. A provider that is there already keeps its better location. `may_recur`: as for
    /// [`Collector::add`].
    pub fn insert(&mut self, row: Row<'a>, may_recur: bool) {
        if may_recur {
            let same = |known: &Row<'_>| {
                known.rank.provider == row.rank.provider
                    && (self.group == Group::Provider || known.rank.location == row.rank.location)
            };
            if let Some(at) = self.rows.iter().position(same) {
                if self.rows[at].rank <= row.rank {
                    return;
                }
                self.rows.remove(at);
            }
        }
        let at = self.rows.partition_point(|known| known.rank < row.rank);
        self.rows.insert(at, row);
        self.rows.truncate(self.wanted);
    }

    /// The rows, best first.
    pub fn finish(self) -> Vec<Row<'a>> {
        self.rows
    }
}
