//! Neither a place nor a name: providers stand in rank order in each segment, so the first that match are the best, and a
//! page is full after a few.

use super::{
    collect::Row,
    cursor::Place,
    named::Named,
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::{segment::Segment, tree::Entry, unions::Members};

/// So many providers are tested one by one to fill a page, and so many to count: the total is then told as a lower bound.
const MOST_TESTED: usize = 50_000;
/// To pass over somebody by the id costs so many times less than to test one.
const PASSED_AS_ONE: u64 = 64;

/// Who may match in a segment, in rank order.
enum Candidates<'s> {
    /// Everybody.
    All(u32),
    /// Those of some specialties, each once.
    Members(Members<'s>),
}

impl<'s> Candidates<'s> {
    fn of(plan: &Plan<'s>, segment: &'s Segment) -> Self {
        match plan.conditions.specialty.as_slice() {
            codes if !plan.uses_specialty_trees() || codes.is_empty() => Self::All(segment.contents().providers),
            codes => Self::Members(segment.providers_of_any(codes)),
        }
    }

    /// Those from a number on.
    fn from(&self, first: u32) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::All(count) => Box::new(first..*count),
            Self::Members(list) => {
                let behind = list.partition_point(|provider| *provider < first);
                Box::new(list[behind..].iter().copied())
            }
        }
    }

    /// How many are alive.
    fn living(&self, plan: &Plan<'_>, way: &Way<'_>) -> u64 {
        match self {
            Self::All(_) => way.living.providers(),
            Self::Members(_) => way.living.providers_of_any(plan.conditions.specialty.as_slice()),
        }
    }
}

impl<'s> Plan<'s> {
    /// Whether the order is that in which providers stand in a segment, while neither a name, a number nor a place says
    /// where to look, and no keyword is so rare that looking at all who have it is as good.
    pub fn lists_by_rank(&self, ways: &[Way<'s>]) -> Result<bool, tantivy::TantivyError> {
        if self.order != Order::Relevance || self.has_words() || self.needs_point() || self.picked().is_some() {
            return Ok(false);
        }
        let mut documents = 0;
        for way in ways {
            match self.rarest_keyword(&way.living.segment, true)? {
                Some(keyword) => documents += keyword.documents,
                None => return Ok(true),
            }
        }
        Ok(documents > MOST_TESTED as u64)
    }

    /// The best rows of a segment, behind a place where an earlier page ended. `None`: matches are too rare to be come
    /// upon, look at all.
    pub fn ranked(&self, way: &Way<'s>, wanted: usize, after: Option<&Place>, count: bool) -> Option<Named<'s>> {
        let segment: &'s Segment = &way.living.segment;
        let candidates = Candidates::of(self, segment);
        let mut found = Named {
            rows: Vec::with_capacity(wanted),
            total: 0,
            stopped: false,
        };
        let first = after.map_or(0, |after| first_behind(segment, after));
        let (mut tested, mut passed) = (0, 0);
        for provider in candidates.from(first) {
            if found.is_full(wanted, 0, || segment.rank(provider)) {
                break;
            }
            // All that came in one load may be of equal rank: their ids tell who of them was on an earlier page, and who can still
            // come onto this one.
            let was_shown = |after: &Place| {
                let id = segment.provider_id(provider);
                let by_location = self.group == Group::Location;
                segment.rank(provider) == after.number
                    && (id < after.provider || (id == after.provider && !by_location))
            };
            let is_behind = |last: &Row<'_>| segment.provider_id(provider) > last.rank.provider;
            if after.is_some_and(was_shown) || found.rows.len() >= wanted && found.rows.last().is_some_and(is_behind) {
                passed += 1;
                if passed % PASSED_AS_ONE == 0 && !self.budget.look(1) {
                    break;
                }
                continue;
            }
            if tested >= MOST_TESTED {
                return None;
            }
            tested += 1;
            if !self.budget.look(self.rows_at_most(way, provider)) {
                break;
            }
            if !way.living.is_alive(provider) {
                continue;
            }
            for (location, entry) in self.shown_of(way, provider) {
                let row = self.row_at(way, entry, location, 0, segment.rank(provider));
                if after.is_none_or(|after| row.rank.is_after(after)) {
                    let at = found.rows.partition_point(|other| other.rank < row.rank);
                    found.rows.insert(at, row);
                }
            }
            found.rows.truncate(wanted);
        }
        if count {
            (found.total, found.stopped) = self.count_ranked(way, &candidates);
        }
        Some(found)
    }

    /// The locations of a provider that are rows, each with its number: the first that matches, or all that do.
    fn shown_of(&self, way: &Way<'s>, provider: u32) -> impl Iterator<Item = (u32, &'s Entry)> {
        let segment: &'s Segment = &way.living.segment;
        let locations = segment.locations_of(provider).iter();
        let entries = locations.map(|location| segment.entry(*location));
        let most = match self.group {
            Group::Provider => 1,
            Group::Location => usize::MAX,
        };
        (0..)
            .zip(entries)
            .filter(|(_, entry)| self.admits(way, entry))
            .take(most)
    }

    /// How many rows a provider may be.
    fn rows_at_most(&self, way: &Way<'s>, provider: u32) -> u64 {
        match self.group {
            Group::Provider => 1,
            Group::Location => way.living.segment.locations_of(provider).len() as u64,
        }
    }

    /// How many rows match, and whether there may be more.
    fn count_ranked(&self, way: &Way<'s>, candidates: &Candidates<'s>) -> (u64, bool) {
        let asks_nothing = way.exact && way.masks.is_empty();
        match (self.group, candidates) {
            (Group::Provider, _) if asks_nothing => return (candidates.living(self, way), false),
            (Group::Location, Candidates::All(_)) if asks_nothing => return (way.living.locations(), false),
            (Group::Provider, Candidates::All(_)) if way.exact => {
                if let Some(bit) = way.masks.only_flag() {
                    return (with_flag(way, bit), false);
                }
            }
            _ => {}
        }
        let mut total = 0;
        for (tested, provider) in candidates.from(0).enumerate() {
            if tested >= MOST_TESTED || !self.budget.look(self.rows_at_most(way, provider)) {
                return (total, true);
            }
            if way.living.is_alive(provider) {
                total += self.shown_of(way, provider).count() as u64;
            }
        }
        (total, false)
    }
}

/// Living providers that have a flag at any of their locations: all are counted when a segment is written, and the dead are
/// taken away.
fn with_flag(way: &Way<'_>, bit: u32) -> u64 {
    let segment = &way.living.segment;
    let has = |location: &u32| segment.entry(*location).masks.flags & bit != 0;
    let dead = way.living.dead.providers();
    let dead = dead.filter(|provider| segment.locations_of(*provider).iter().any(has));
    segment.contents().everything.flags[bit.trailing_zeros() as usize] - dead.count() as u64
}

/// The first provider that a page behind a place may begin with.
pub(super) fn first_behind(segment: &Segment, after: &Place) -> u32 {
    let (mut low, mut high) = (0, segment.contents().providers);
    while low < high {
        let middle = low + (high - low) / 2;
        if segment.rank(middle) < after.number {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
