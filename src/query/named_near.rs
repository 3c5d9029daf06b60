//! Names near a place: the bearers of a name within a region are met along the curve, counted by bits, and only those that
//! may still come onto the page are looked at.

use std::cmp::Ordering;

use super::{
    Error,
    collect::{Best, Row},
    count::Seen,
    cursor::Place,
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::{
    geometry::Origin,
    hilbert,
    segment::Segment,
    sites::{Sites, Table},
};
use crate::vocab::place::Point;

/// Finds the `wanted` nearest bearers of a name behind a place, best tier first, and how many there are within the region.
pub fn nearest<'s>(
    plan: &Plan<'s>,
    ways: &[Way<'s>],
    origin: Origin,
    wanted: usize,
    after: Option<&Place>,
) -> Result<(Vec<Row<'s>>, u64), Error> {
    let mut search = Search {
        plan,
        origin,
        after,
        wanted,
        found: Best::new(plan.group, wanted),
        total: 0,
    };
    for way in ways {
        let hits = hits(plan, way)?;
        let contents = way.living.segment.contents();
        Seen::with(contents.providers.max(contents.locations), |seen| {
            search.take(way, &hits, seen);
        });
    }
    Ok((search.found.finish(), search.total))
}

/// The locations that bear the name, in order, each once: the number above the best of its tiers.
fn hits(plan: &Plan<'_>, way: &Way<'_>) -> Result<Vec<u64>, Error> {
    let mut hits: Vec<u64> = Vec::new();
    plan.for_each_named(way, |location, tier| {
        hits.push(u64::from(location) << 8 | u64::from(tier));
        plan.budget.look(1)
    })?;
    // Each stream is in order, so this only merges them.
    if !hits.is_sorted() {
        hits.sort();
    }
    hits.dedup_by_key(|hit| *hit >> 8);
    Ok(hits)
}

struct Search<'p, 's> {
    plan: &'p Plan<'s>,
    origin: Origin,
    after: Option<&'p Place>,
    wanted: usize,
    found: Best<'s>,
    total: u64,
}

/// A bearer of the name within the region.
struct Bearer {
    tier: u8,
    roughly: f32,
    location: u32,
    point: Point,
}

impl Bearer {
    /// The order of the page, but for bearers that are hardly less far than others.
    fn roughly_before(&self, other: &Self) -> Ordering {
        self.tier
            .cmp(&other.tier)
            .then_with(|| self.roughly.total_cmp(&other.roughly))
    }
}

impl<'s> Search<'_, 's> {
    fn take(&mut self, way: &Way<'s>, hits: &[u64], seen: &mut Seen<'_>) {
        let (plan, living) = (self.plan, way.living);
        let segment: &'s Segment = &living.segment;
        let Some(mut walk) = Walk::over(segment) else { return };
        let (free, by_provider) = (way.is_free(), plan.group == Group::Provider);
        let mut bearers = Vec::new();
        for hit in hits {
            let location = (hit >> 8) as u32;
            let tier = if plan.order == Order::Relevance { *hit as u8 } else { 0 };
            if living.dead.has_location(location) {
                continue;
            }
            let Some(point) = walk.point_of(location) else { continue };
            if walk.is_shared && !plan.region.contains(point) {
                continue;
            }
            if !free && !plan.admits(way, segment.entry(location)) {
                continue;
            }
            let is_new = if !by_provider || segment.is_single(location) {
                true
            } else {
                seen.insert(segment.entry(location).provider)
            };
            self.total += u64::from(is_new);
            if self.may_be_shown(point, tier) {
                bearers.push(Bearer {
                    tier,
                    roughly: self.origin.roughly(point),
                    location,
                    point,
                });
            }
        }
        self.show_all(way, bearers);
    }

    /// Shows bearers, those who are likely to be the nearest first: the page is then full of those who stay, and most of the
    /// others are passed over without a look at their entries.
    fn show_all(&mut self, way: &Way<'s>, mut bearers: Vec<Bearer>) {
        // A page takes somewhat more of them than it has rows, for a provider may come at several locations.
        let first = self.wanted + self.wanted / 8 + 1;
        let mut rest = Vec::new();
        if bearers.len() > 2 * first {
            bearers.select_nth_unstable_by(first, Bearer::roughly_before);
            rest = bearers.split_off(first);
        }
        bearers.sort_unstable_by(Bearer::roughly_before);
        for bearer in bearers.iter().chain(&rest) {
            if self.may_be_shown(bearer.point, bearer.tier) {
                self.show(way, bearer.location, bearer.tier);
            }
        }
    }

    /// Whether a bearer at a point may come before the last of a full page.
    fn may_be_shown(&self, point: Point, tier: u8) -> bool {
        let Some(worst) = self.found.worst() else { return true };
        if tier != worst.rank.tier {
            return tier < worst.rank.tier;
        }
        self.origin.is_within(point, f64::from_bits(worst.rank.number))
    }

    fn show(&mut self, way: &Way<'s>, location: u32, tier: u8) {
        let segment: &'s Segment = &way.living.segment;
        let entry = segment.entry(location);
        let row = self.plan.row(way, entry, tier);
        if self.found.worst().is_some_and(|worst| row.rank >= worst.rank) {
            return;
        }
        if self
            .after
            .is_some_and(|after| self.plan.was_shown(way, entry, &row, after))
        {
            return;
        }
        self.found.insert(row, !segment.is_single(location));
    }
}

/// The points of locations in ascending order, without looking at their entries.
struct Walk<'s> {
    segment: &'s Segment,
    table: Table<'s>,
    sites: Sites<'s>,
    site: usize,
    /// Whether other sites share the cell of the one met last: only there a location may be at another site than its
    /// number tells, so its own point must be looked at, and the region asked again.
    is_shared: bool,
    placed: u32,
}

impl<'s> Walk<'s> {
    fn over(segment: &'s Segment) -> Option<Self> {
        Some(Self {
            segment,
            table: segment.table(None)?,
            sites: segment.sites(),
            site: 0,
            is_shared: false,
            placed: segment.contents().placed,
        })
    }

    /// The point of a location, which is not before the last one; none where it has none.
    fn point_of(&mut self, location: u32) -> Option<Point> {
        if location >= self.placed {
            return None;
        }
        let rows = self.table.sites;
        if self.site == 0 || rows[self.site].entries <= location {
            let mut step = 1;
            while self.site + step < rows.len() && rows[self.site + step].entries <= location {
                self.site += step;
                step *= 2;
            }
            let end = rows.len().min(self.site + step);
            self.site += rows[self.site..end].partition_point(|row| row.entries <= location);
            let (here, count) = (self.site as u32 - 1, self.sites.points.len() as u32);
            let same = |other: u32| hilbert::same_cell(self.sites.point(here), self.sites.point(other));
            self.is_shared = (here > 0 && same(here - 1)) || (here + 1 < count && same(here + 1));
        }
        Some(if self.is_shared {
            self.segment.entry(location).point()
        } else {
            self.sites.point(self.site as u32 - 1)
        })
    }
}
