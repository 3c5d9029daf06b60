//! The nearest rows, best-first over the trees of all segments: a branch is opened only while it may still hold one.

use std::{cmp::Ordering, collections::BinaryHeap};

use crate::vocab::place::Point;

use super::{
    collect::{Best, Row},
    cursor::Place,
    plan::{Plan, Way},
};
use crate::index::{
    geometry::Origin,
    tree::{Entry, Node, NodeRef, Relation, Tree},
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
        limit: plan.region.disc.map_or(f64::INFINITY, |disc| disc.measure),
        only_disc: plan.region.boxes.is_empty() && plan.region.area.is_none(),
        after,
        found: Best::new(plan.group, wanted),
    };
    let mut branches = BinaryHeap::new();
    for (stream, (way, tree)) in streams.iter().enumerate() {
        if let Some(root) = tree.root() {
            search.push(&mut branches, stream as u32, way, tree.node(root), root);
        }
    }
    while let Some(branch) = branches.pop() {
        if branch.least > search.bound() {
            break;
        }
        let (way, tree) = &streams[branch.stream as usize];
        plan.budget.open_node();
        if search.is_behind_all(way, tree, &branch) {
            continue;
        }
        if branch.at.level == 0 {
            let entries = tree.entries_below(branch.at);
            if !plan.budget.look(entries.len() as u64) {
                plan.budget.refuse();
                break;
            }
            fetch(way, entries);
            entries.iter().for_each(|entry| search.entry(way, entry));
        } else {
            for (child, node) in tree.children(branch.at) {
                search.push(&mut branches, branch.stream, way, node, child);
            }
        }
    }
    search.found.finish()
}

/// Reads ahead whose entries they are: the ids lie far apart, and one read need not wait for another.
fn fetch(way: &Way<'_>, entries: &[Entry]) {
    let admitted = entries.iter().filter(|entry| way.masks.admits(&entry.masks));
    let segment = &way.living.segment;
    std::hint::black_box(admitted.fold(0, |sum, entry| sum ^ segment.provider_id(entry.provider)));
}

struct Search<'p, 's> {
    plan: &'p Plan<'s>,
    origin: Origin,
    /// The measure of the region's disc, which has the same middle.
    limit: f64,
    /// Whether the region is nothing but that disc.
    only_disc: bool,
    after: Option<&'p Place>,
    found: Best<'s>,
    /// The point looked at last, its measure, and whether it is in the region: neighbours share points.
    last: Option<(Point, f64, bool)>,
}

impl<'s> Search<'_, 's> {
    /// Nothing farther than this can be among the rows.
    fn bound(&self) -> f64 {
        self.found
            .worst()
            .map_or(self.limit, |worst| f64::from_bits(worst.rank.number))
    }

    fn is_inside(&self, point: Point) -> bool {
        self.only_disc || self.plan.region.contains(point)
    }

    fn push(&self, branches: &mut BinaryHeap<Branch>, stream: u32, way: &Way<'_>, node: &Node, at: NodeRef) {
        if !way.masks.may_admit(&node.masks) {
            return;
        }
        let least = self.origin.least(&node.bounds);
        if least > self.bound() {
            return;
        }
        let before = self
            .after
            .is_some_and(|after| self.origin.greatest(&node.bounds) < f64::from_bits(after.number));
        if !before && (self.only_disc || self.plan.region.relation(&node.bounds) != Relation::Outside) {
            branches.push(Branch { least, stream, at });
        }
    }

    /// Thousands of providers share the point of a ZIP. Within a tree they lie by id, so once the page is full with
    /// smaller ids at that very distance, the rest of the point can be left out.
    fn is_behind_all(&self, way: &Way<'_>, tree: &Tree<'_>, branch: &Branch) -> bool {
        let Some(worst) = self.found.worst() else {
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
                let inside = measure <= self.bound() && self.is_inside(point);
                self.last = Some((point, measure, inside));
                (measure, inside)
            }
        };
        // The bound only falls, so what was once beyond it stays there.
        if !inside || measure > self.bound() {
            return;
        }
        // Of those at one distance the ids decide, which are told sooner than the whole row.
        let behind = |worst: &Row<'_>| {
            measure.to_bits() == worst.rank.number
                && way.living.segment.provider_id(entry.provider) > worst.rank.provider
        };
        if self.found.worst().is_some_and(behind) {
            return;
        }
        let row = self.plan.row_of(way, entry, 0, measure.to_bits());
        if self.found.worst().is_some_and(|worst| row.rank >= worst.rank) {
            return;
        }
        let was_shown = |after| self.plan.was_shown(way, entry, &row, after);
        if !self.plan.admits(way, entry) || self.after.is_some_and(was_shown) {
            return;
        }
        self.found.insert(row, self.plan.may_recur(way, entry));
    }
}
