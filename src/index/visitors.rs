//! Providers that have a location in a region but their home outside of it: what is missing when homes are summed.
//!
//! Every location but the home is a visitor. They lie in a packed tree whose nodes know two boxes, that of the locations and
//! that of their homes. A region has visitors only near its edge: a branch with all its homes inside adds nothing, one
//! with all its locations outside neither, and what is left is little, however large the region is.
//!
//! A provider with a single visitor is counted without being looked at: where all locations of a branch are in and all
//! homes out, its number is enough. Those with several lie in a tree of their own and are listed, to be counted once each.

use bytemuck::{Pod, Zeroable};

use super::geometry::Region;
use super::hilbert;
use super::tree::{Bounds, FAN, Relation};
use crate::vocab::place::Point;

/// A location away from the provider's home.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Visitor {
    /// Latitude of the location in 1e-7 degree.
    pub lat_e7: i32,
    /// Longitude.
    pub lon_e7: i32,
    /// Latitude of the home.
    pub home_lat_e7: i32,
    /// Longitude of the home.
    pub home_lon_e7: i32,
    /// The provider's number.
    pub provider: u32,
}

impl Visitor {
    fn point(&self) -> Point {
        Point {
            lat_e7: self.lat_e7,
            lon_e7: self.lon_e7,
        }
    }

    fn home(&self) -> Point {
        Point {
            lat_e7: self.home_lat_e7,
            lon_e7: self.home_lon_e7,
        }
    }
}

/// Two boxes over up to sixteen visitors or nodes.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct VisitorNode {
    /// Around the locations.
    pub own: Bounds,
    /// Around their homes.
    pub home: Bounds,
    /// How many visitors are below.
    pub count: u32,
}

/// The tree, in the map.
#[derive(Clone, Copy, Debug)]
pub struct Visitors<'a> {
    /// In Hilbert order of their locations.
    pub visitors: &'a [Visitor],
    /// All levels, the lowest first, the root last.
    pub nodes: &'a [VisitorNode],
}

/// Puts visitors into the order of their tree: by location, those of one point by home.
pub fn order(visitors: &mut [Visitor]) {
    visitors.sort_by_cached_key(|v| (hilbert::key(v.point()), hilbert::key(v.home()), v.provider));
}

/// Builds the nodes over visitors in their order.
pub fn build(visitors: &[Visitor]) -> Vec<VisitorNode> {
    let join = |a: VisitorNode, b: VisitorNode| VisitorNode {
        own: a.own.or(b.own),
        home: a.home.or(b.home),
        count: a.count + b.count,
    };
    let leaf = |v: &Visitor| VisitorNode {
        own: Bounds::of(v.point()),
        home: Bounds::of(v.home()),
        count: 1,
    };
    let mut nodes: Vec<VisitorNode> = visitors
        .chunks(FAN)
        .filter_map(|chunk| chunk.iter().map(leaf).reduce(join))
        .collect();
    let mut from = 0;
    while nodes.len() - from > 1 {
        let to = nodes.len();
        for start in (from..to).step_by(FAN) {
            nodes.extend(nodes[start..to.min(start + FAN)].iter().copied().reduce(join));
        }
        from = to;
    }
    nodes
}

/// Where each level starts among the nodes, and how many nodes it has, the lowest first. Sixteen to the power of eight are
/// more than there are numbers.
struct Levels {
    all: [(usize, usize); 9],
    count: usize,
}

impl Levels {
    fn over(visitors: usize) -> Self {
        let mut levels = Self {
            all: [(0, 0); 9],
            count: 0,
        };
        let (mut start, mut count) = (0, visitors.div_ceil(FAN));
        while count > 0 {
            levels.all[levels.count] = (start, count);
            levels.count += 1;
            start += count;
            count = if count == 1 { 0 } else { count.div_ceil(FAN) };
        }
        levels
    }

    /// The numbers of the nodes below a node of level one or more.
    fn children(&self, level: usize, number: usize) -> std::ops::Range<usize> {
        let first = number * FAN;
        first..self.all[level - 1].1.min(first + FAN)
    }
}

impl<'a> Visitors<'a> {
    /// Calls `visit` with every visitor in a region whose home is not in it.
    pub fn for_each_in(&self, region: &Region, visit: &mut impl FnMut(&'a Visitor)) {
        let levels = Levels::over(self.visitors.len());
        if let Some(root) = levels.count.checked_sub(1) {
            self.below(&levels, root, 0, region, visit);
        }
    }

    /// How many visitors are in a region while their home is not.
    pub fn count_in(&self, region: &Region) -> u64 {
        let levels = Levels::over(self.visitors.len());
        let root = levels.count.checked_sub(1);
        root.map_or(0, |root| self.count_below(&levels, root, 0, region))
    }

    fn below(
        &self,
        levels: &Levels,
        level: usize,
        number: usize,
        region: &Region,
        visit: &mut impl FnMut(&'a Visitor),
    ) {
        let node = &self.nodes[levels.all[level].0 + number];
        if region.relation(&node.own) == Relation::Outside || region.relation(&node.home) == Relation::Inside {
            return;
        }
        if level > 0 {
            for child in levels.children(level, number) {
                self.below(levels, level - 1, child, region, visit);
            }
            return;
        }
        self.leaf(number)
            .iter()
            .filter(|v| region.contains(v.point()) && !region.contains(v.home()))
            .for_each(visit);
    }

    fn count_below(&self, levels: &Levels, level: usize, number: usize, region: &Region) -> u64 {
        let node = &self.nodes[levels.all[level].0 + number];
        let own = region.relation(&node.own);
        if own == Relation::Outside {
            return 0;
        }
        match (own, region.relation(&node.home)) {
            (_, Relation::Inside) => 0,
            (Relation::Inside, Relation::Outside) => u64::from(node.count),
            _ if level > 0 => levels
                .children(level, number)
                .map(|child| self.count_below(levels, level - 1, child, region))
                .sum(),
            _ => {
                let leaf = self.leaf(number).iter();
                leaf.filter(|v| region.contains(v.point()) && !region.contains(v.home()))
                    .count() as u64
            }
        }
    }

    fn leaf(&self, number: usize) -> &'a [Visitor] {
        let first = number * FAN;
        &self.visitors[first..self.visitors.len().min(first + FAN)]
    }
}
