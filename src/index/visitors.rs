//! Providers that have a location in a region but their home outside of it: what is missing when homes are summed.
//!
//! Every location but the home is a visitor. They lie in a packed tree whose nodes know two boxes, that of the locations and
//! that of their homes. A region has visitors only near its edge: a branch with all its homes inside adds nothing, one
//! with all its locations outside neither, and what is left is little, however large the region is.

use bytemuck::{Pod, Zeroable};

use super::geometry::Region;
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
}

/// The tree, in the map.
#[derive(Clone, Copy, Debug)]
pub struct Visitors<'a> {
    /// In Hilbert order of their locations.
    pub visitors: &'a [Visitor],
    /// All levels, the lowest first, the root last.
    pub nodes: &'a [VisitorNode],
}

/// Builds the nodes over visitors in their order.
pub fn build(visitors: &[Visitor]) -> Vec<VisitorNode> {
    let join = |a: VisitorNode, b: VisitorNode| VisitorNode {
        own: a.own.or(b.own),
        home: a.home.or(b.home),
    };
    let leaf = |v: &Visitor| VisitorNode {
        own: Bounds::of(v.point()),
        home: Bounds::of(v.home()),
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

impl<'a> Visitors<'a> {
    /// Calls `visit` with every visitor in a region whose home is not in it.
    pub fn for_each_in(&self, region: &Region, visit: &mut impl FnMut(&'a Visitor)) {
        // Where each level starts among the nodes, and how many nodes it has.
        let mut levels = Vec::new();
        let (mut start, mut count) = (0, self.visitors.len().div_ceil(FAN));
        while count > 0 {
            levels.push((start, count));
            start += count;
            count = if count == 1 { 0 } else { count.div_ceil(FAN) };
        }
        if let Some(root) = levels.len().checked_sub(1) {
            self.below(&levels, root, 0, region, visit);
        }
    }

    fn below(
        &self,
        levels: &[(usize, usize)],
        level: usize,
        number: usize,
        region: &Region,
        visit: &mut impl FnMut(&'a Visitor),
    ) {
        let node = &self.nodes[levels[level].0 + number];
        if region.relation(&node.own) == Relation::Outside || region.relation(&node.home) == Relation::Inside {
            return;
        }
        let first = number * FAN;
        if level > 0 {
            for child in first..levels[level - 1].1.min(first + FAN) {
                self.below(levels, level - 1, child, region, visit);
            }
            return;
        }
        let visitors = self.visitors[first..].iter().take(FAN);
        visitors
            .filter(|v| region.contains(v.point()) && !region.contains(v.home()))
            .for_each(visit);
    }
}
