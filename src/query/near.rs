//! The nearest rows, best-first over the trees of all segments: a branch is opened only while it may still hold one.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::vocab::place::Point;

use super::{
    collect::Row,
    cursor::Place,
    plan::{Plan, Way},
    request::Group,
};
use crate::index::{
    geometry::Origin,
    tree::{Entry, NodeRef, Relation, Tree, flag},
};

/// A branch still to be opened: the least measure of anything below it.
struct Branch {
    least: f64,
    stream: u32,
    at: NodeRef,
}

impl PartialEq for Branch {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Branch {}

impl PartialOrd for Branch {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Branch {
    /// The nearest is the greatest, as `BinaryHeap` wants it; of equals, the one first in its tree.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |b: &Self| (b.stream, b.at.level, b.at.number);
        other
            .least
            .total_cmp(&self.least)
            .then_with(|| key(other).cmp(&key(self)))
    }
}

/// Finds the `wanted` nearest rows behind a place, within the plan's region.
pub fn nearest<'s>(
    plan: &Plan<'s>,
    ways: &[Way<'s>],
    origin: Origin,
    wanted: usize,
    after: Option<&Place>,
) -> Vec<Row<'s>> {
    let streams: Vec<(&Way<'s>, Tree<'s>)> = ways
        .iter()
        .flat_map(|way| plan.trees(way.living).into_iter().map(move |(tree, _)| (way, tree)))
        .collect();
    let mut search = Search {
        last: None,
        plan,
        origin,
        wanted,
        after,
        found: Vec::with_capacity(wanted + 1),
    };
    let mut branches = BinaryHeap::new();
    for (stream, (way, tree)) in streams.iter().enumerate() {
        if let Some(root) = tree.root() {
            search.push(&mut branches, stream as u32, way, tree, root);
        }
    }
    while let Some(branch) = branches.pop() {
        if branch.least > search.bound() {
            break;
        }
        let (way, tree) = &streams[branch.stream as usize];
        if search.is_behind_all(way, tree, &branch) {
            continue;
        }
        if branch.at.level == 0 {
            tree.entries_below(branch.at)
                .iter()
                .for_each(|entry| search.entry(way, entry));
        } else {
            for (child, _) in tree.children(branch.at) {
                search.push(&mut branches, branch.stream, way, tree, child);
            }
        }
    }
    search.found
}

struct Search<'p, 's> {
    plan: &'p Plan<'s>,
    origin: Origin,
    wanted: usize,
    after: Option<&'p Place>,
    /// Best first.
    found: Vec<Row<'s>>,
    /// The point looked at last, its measure, and whether it is in the region: neighbours share points.
    last: Option<(Point, f64, bool)>,
}

impl<'s> Search<'_, 's> {
    /// Nothing farther than this can be among the rows.
    fn bound(&self) -> f64 {
        match self.found.last() {
            Some(worst) if self.found.len() == self.wanted => f64::from_bits(worst.rank.number),
            _ => f64::INFINITY,
        }
    }

    fn push(&self, branches: &mut BinaryHeap<Branch>, stream: u32, way: &Way<'_>, tree: &Tree<'_>, at: NodeRef) {
        let node = tree.node(at);
        if !way.masks.may_admit(&node.masks) || self.plan.region.relation(&node.bounds) == Relation::Outside {
            return;
        }
        let least = self.origin.least(&node.bounds);
        let before = self
            .after
            .is_some_and(|after| self.origin.greatest(&node.bounds) < f64::from_bits(after.number));
        if least <= self.bound() && !before {
            branches.push(Branch { least, stream, at });
        }
    }

    /// Thousands of providers share the point of a ZIP. Within a tree they lie by id, so once the page is full with
    /// smaller ids at that very distance, the rest of the point can be left out.
    fn is_behind_all(&self, way: &Way<'_>, tree: &Tree<'_>, branch: &Branch) -> bool {
        let full = self.found.len() == self.wanted;
        let Some(worst) = self.found.last().filter(|_| full) else {
            return false;
        };
        branch.least.to_bits() == worst.rank.number
            && tree.node(branch.at).bounds.is_point()
            && way
                .living
                .segment
                .provider_id(tree.entries_below(branch.at)[0].provider)
                > worst.rank.provider
    }

    fn entry(&mut self, way: &Way<'s>, entry: &'s Entry) {
        if !way.masks.admits(&entry.masks) {
            return;
        }
        let point = entry.point();
        let (measure, inside) = match self.last {
            Some((last, measure, inside)) if last == point => (measure, inside),
            _ => {
                let measure = self.origin.measure(point);
                let inside = measure <= self.bound() && self.plan.region.contains(point);
                self.last = Some((point, measure, inside));
                (measure, inside)
            }
        };
        // The bound only falls, so what was once beyond it stays there.
        if !inside || measure > self.bound() {
            return;
        }
        let row = self.plan.row(way, entry, 0);
        let full = self.found.len() == self.wanted;
        if full && self.found.last().is_some_and(|worst| row.rank >= worst.rank) {
            return;
        }
        if !self.plan.admits(way, entry) || self.was_shown(way, entry, &row) {
            return;
        }
        self.insert(row, self.plan.may_recur(way, entry));
    }

    /// Whether an earlier page has shown the row, or the provider at a better location.
    fn was_shown(&self, way: &Way<'s>, entry: &Entry, row: &Row<'s>) -> bool {
        let Some(after) = self.after else { return false };
        if !row.rank.is_after(after) {
            return true;
        }
        if self.plan.group == Group::Location || entry.masks.flags & flag::SEVERAL == 0 {
            return false;
        }
        let segment = &way.living.segment;
        segment.locations_of(entry.provider).iter().any(|location| {
            let sibling = segment.entry(*location);
            self.plan.admits_point(sibling)
                && !self.plan.row(way, sibling, 0).rank.is_after(after)
                && self.plan.admits(way, sibling)
        })
    }

    /// Puts a row in its place. A provider that is there already keeps its nearer location.
    fn insert(&mut self, row: Row<'s>, may_recur: bool) {
        if may_recur {
            let same = |known: &Row<'_>| {
                known.rank.provider == row.rank.provider
                    && (self.plan.group == Group::Provider || known.rank.location == row.rank.location)
            };
            if let Some(at) = self.found.iter().position(same) {
                if self.found[at].rank <= row.rank {
                    return;
                }
                self.found.remove(at);
            }
        }
        let at = self.found.partition_point(|known| known.rank < row.rank);
        self.found.insert(at, row);
        self.found.truncate(self.wanted);
    }
}
