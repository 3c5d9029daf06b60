//! A packed tree over points in Hilbert order: the nearest entries that pass a mask, or all entries of a region.
//!
//! The leaves are the entries themselves, sixteen to a node; a node knows the box around its entries and the OR of their
//! masks, so a branch without, say, any Spanish-speaking member is never entered. Nothing is ever changed in place: a
//! tree is written with its segment and read from the map.

use bytemuck::{Pod, Zeroable};

use super::geometry::Region;
use crate::vocab::place::Point;

/// Entries or nodes below one node.
pub const FAN: usize = 16;

/// One provider at one location, as the tree tests it: 40 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Entry {
    /// Latitude in 1e-7 degree.
    pub lat_e7: i32,
    /// Longitude in 1e-7 degree.
    pub lon_e7: i32,
    /// The location's number within the segment.
    pub location: u32,
    /// The provider's number within the segment, in rank order.
    pub provider: u32,
    /// What it is and has.
    pub masks: Masks,
}

/// Properties as bits, for tests of many at once. In a node: the OR of everything below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Masks {
    /// Bit i: ACTIVE in network i of the segment's dictionary; bit 63: in some network beyond.
    pub networks: u64,
    /// Bit i: speaks language i of the segment's dictionary; bit 63: some language beyond.
    pub languages: u64,
    /// See [`flag`].
    pub flags: u32,
    /// Bit i: accepts new patients in network i (of the first 31), bit 31: in some network beyond.
    pub accepting: u32,
}

/// The bits of [`Masks::flags`]. Properties with a choice have one bit for each choice, so that OR means "some below".
pub mod flag {
    use crate::vocab::terms::{Gender, NetworkStatus, Profession, ProviderKind};

    /// The first of the provider's locations that has a point. Each provider with a point has one home, so homes in a
    /// region can be summed without meeting a provider twice.
    pub const HOME: u32 = 1 << 7;
    /// The provider has telehealth here.
    pub const TELEHEALTH: u32 = 1 << 8;
    /// It has not.
    pub const NO_TELEHEALTH: u32 = 1 << 9;
    /// New patients are accepted here in some network.
    pub const ACCEPTING: u32 = 1 << 10;
    /// Somebody said that they are not.
    pub const NOT_ACCEPTING: u32 = 1 << 11;
    /// The provider has further locations in the index.
    pub const SEVERAL: u32 = 1 << 12;
    /// The provider has further names.
    pub const OTHER_NAMES: u32 = 1 << 15;
    /// No gender known.
    pub const NO_GENDER: u32 = 1 << 6;
    /// The first of seven accessibility bits.
    pub const ACCESSIBILITY: u32 = 16;
    /// A physician: hundreds of specialties, of which no search walks all trees.
    pub const PHYSICIAN: u32 = 1 << 23;
    /// Opening hours are known here.
    pub const HOURS: u32 = 1 << 24;

    /// The bit of a status.
    pub fn status(status: NetworkStatus) -> u32 {
        1 << status as u8
    }

    /// The bit of a gender.
    pub fn gender(gender: Option<Gender>) -> u32 {
        gender.map_or(NO_GENDER, |gender| 1 << (3 + gender as u8))
    }

    /// The bit of a profession.
    pub fn profession(profession: Profession) -> u32 {
        match profession {
            Profession::Physician => PHYSICIAN,
        }
    }

    /// The bit of a kind.
    pub fn kind(kind: ProviderKind) -> u32 {
        1 << (13 + kind as u8)
    }
}

impl Masks {
    /// Everything that either has.
    pub fn or(self, other: Self) -> Self {
        Self {
            networks: self.networks | other.networks,
            languages: self.languages | other.languages,
            flags: self.flags | other.flags,
            accepting: self.accepting | other.accepting,
        }
    }

    /// Whether both have something.
    pub fn meets(&self, other: Self) -> bool {
        self.flags & other.flags != 0
            || self.networks & other.networks != 0
            || self.languages & other.languages != 0
            || self.accepting & other.accepting != 0
    }
}

impl Entry {
    /// Whether it has a point.
    pub fn is_placed(&self) -> bool {
        self.lat_e7 != i32::MIN
    }

    /// Whether it is care from afar, which is found in other states than its own.
    pub fn is_afar(&self) -> bool {
        !self.is_placed() && self.masks.flags & flag::TELEHEALTH != 0
    }

    /// Where it is.
    pub fn point(&self) -> Point {
        Point {
            lat_e7: self.lat_e7,
            lon_e7: self.lon_e7,
        }
    }
}

/// A node over up to sixteen entries or nodes: 48 bytes.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Node {
    /// The box.
    pub bounds: Bounds,
    /// The OR of what is below.
    pub masks: Masks,
}

/// A box in 1e-7 degree that does not cross the date line, with the cosines of its latitudes rounded outwards.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Bounds {
    /// South.
    pub min_lat: i32,
    /// North.
    pub max_lat: i32,
    /// West.
    pub min_lon: i32,
    /// East.
    pub max_lon: i32,
    /// The least cosine of a latitude in the box.
    pub min_cos: f32,
    /// The greatest.
    pub max_cos: f32,
}

impl Bounds {
    /// The box around one point.
    pub fn of(point: Point) -> Self {
        let cos = point.lat().to_radians().cos();
        Self {
            min_lat: point.lat_e7,
            max_lat: point.lat_e7,
            min_lon: point.lon_e7,
            max_lon: point.lon_e7,
            min_cos: (cos as f32).next_down(),
            max_cos: (cos as f32).next_up(),
        }
    }

    /// The box around both. The cosine of a box over the equator reaches one in between.
    pub fn or(self, other: Self) -> Self {
        let min_lat = self.min_lat.min(other.min_lat);
        let max_lat = self.max_lat.max(other.max_lat);
        let over_the_equator = min_lat <= 0 && max_lat >= 0;
        Self {
            min_lat,
            max_lat,
            min_lon: self.min_lon.min(other.min_lon),
            max_lon: self.max_lon.max(other.max_lon),
            min_cos: self.min_cos.min(other.min_cos),
            max_cos: if over_the_equator {
                1.0
            } else {
                self.max_cos.max(other.max_cos)
            },
        }
    }

    /// Whether the box is a single point.
    pub fn is_point(&self) -> bool {
        self.min_lat == self.max_lat && self.min_lon == self.max_lon
    }
}

/// Which entries a search wants, as far as bits can tell. An empty list of groups asks nothing.
#[derive(Clone, Debug, Default)]
pub struct MaskFilter {
    /// For each group at least one of its network bits.
    pub networks: Vec<u64>,
    /// For each group at least one of its language bits.
    pub languages: Vec<u64>,
    /// For each group at least one of its flags.
    pub flags: Vec<u32>,
    /// For each group at least one of its accepting bits.
    pub accepting: Vec<u32>,
    /// None of these; tested at entries only, for a node tells what some below it have, not all.
    pub without: Masks,
}

impl MaskFilter {
    /// Whether something below may pass.
    pub fn may_admit(&self, masks: &Masks) -> bool {
        self.flags.iter().all(|group| masks.flags & group != 0)
            && self.networks.iter().all(|group| masks.networks & group != 0)
            && self.languages.iter().all(|group| masks.languages & group != 0)
            && self.accepting.iter().all(|group| masks.accepting & group != 0)
    }

    /// Whether an entry passes.
    pub fn admits(&self, masks: &Masks) -> bool {
        !masks.meets(self.without) && self.may_admit(masks)
    }

    /// The one flag that is all that is asked.
    pub fn only_flag(&self) -> Option<u32> {
        let others = self.networks.is_empty()
            && self.languages.is_empty()
            && self.accepting.is_empty()
            && self.without == Masks::default();
        match self.flags.as_slice() {
            [bit] if others && bit.is_power_of_two() => Some(*bit),
            _ => None,
        }
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty()
            && self.networks.is_empty()
            && self.languages.is_empty()
            && self.accepting.is_empty()
            && self.without == Masks::default()
    }
}

impl Node {
    fn of(entry: &Entry) -> Self {
        Self {
            bounds: Bounds::of(entry.point()),
            masks: entry.masks,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            bounds: self.bounds.or(other.bounds),
            masks: self.masks.or(other.masks),
        }
    }
}

/// A tree in the map: its entries and its nodes, the lowest level first.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    /// In Hilbert order, equal points by provider id.
    pub entries: &'a [Entry],
    /// All levels, the lowest first, the root last.
    pub nodes: &'a [Node],
}

/// A node by its level (0 is above the entries) and its number within the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeRef {
    /// Level from below.
    pub level: u8,
    /// Number within the level.
    pub number: u32,
}

/// Builds the nodes over entries in their order.
pub fn build(entries: &[Entry]) -> Vec<Node> {
    let mut nodes: Vec<Node> = entries
        .chunks(FAN)
        .map(|chunk| join(chunk.iter().map(Node::of)))
        .collect();
    let mut from = 0;
    while nodes.len() - from > 1 {
        let to = nodes.len();
        for start in (from..to).step_by(FAN) {
            let node = join(nodes[start..to.min(start + FAN)].iter().copied());
            nodes.push(node);
        }
        from = to;
    }
    nodes
}

fn join(nodes: impl Iterator<Item = Node>) -> Node {
    nodes.reduce(Node::or).expect("a chunk has at least one element")
}

impl<'a> Tree<'a> {
    /// The root, unless the tree is empty.
    pub fn root(&self) -> Option<NodeRef> {
        if self.entries.is_empty() {
            return None;
        }
        let mut level = 0;
        let mut count = self.entries.len().div_ceil(FAN);
        while count > 1 {
            count = count.div_ceil(FAN);
            level += 1;
        }
        Some(NodeRef { level, number: 0 })
    }

    /// The node itself.
    pub fn node(&self, at: NodeRef) -> &'a Node {
        let mut start = 0;
        let mut count = self.entries.len().div_ceil(FAN);
        for _ in 0..at.level {
            start += count;
            count = count.div_ceil(FAN);
        }
        &self.nodes[start + at.number as usize]
    }

    /// The nodes below a node of level one or more.
    pub fn children(&self, at: NodeRef) -> impl Iterator<Item = (NodeRef, &'a Node)> + use<'a> {
        let level = at.level - 1;
        let mut start = 0;
        let mut count = self.entries.len().div_ceil(FAN);
        for _ in 0..level {
            start += count;
            count = count.div_ceil(FAN);
        }
        let first = at.number as usize * FAN;
        let nodes = &self.nodes[start..start + count];
        let last = count.min(first + FAN);
        nodes[first..last].iter().enumerate().map(move |(i, node)| {
            (
                NodeRef {
                    level,
                    number: (first + i) as u32,
                },
                node,
            )
        })
    }

    /// The entries below a node of any level.
    pub fn entries_below(&self, at: NodeRef) -> &'a [Entry] {
        let span = FAN.pow(u32::from(at.level) + 1);
        let first = at.number as usize * span;
        &self.entries[first..self.entries.len().min(first + span)]
    }

    /// Calls `visit` for every entry that passes the mask and lies in the region, in the tree's order. `visit` answers
    /// whether to go on.
    pub fn for_each_in(&self, region: &Region, filter: &MaskFilter, visit: &mut impl FnMut(&'a Entry) -> bool) -> bool {
        self.root()
            .is_none_or(|root| self.visit(root, self.node(root), region, filter, visit))
    }

    fn visit(
        &self,
        at: NodeRef,
        node: &Node,
        region: &Region,
        filter: &MaskFilter,
        visit: &mut impl FnMut(&'a Entry) -> bool,
    ) -> bool {
        if !filter.may_admit(&node.masks) {
            return true;
        }
        match region.relation(&node.bounds) {
            Relation::Outside => true,
            Relation::Inside => self
                .entries_below(at)
                .iter()
                .all(|entry| !filter.admits(&entry.masks) || visit(entry)),
            Relation::Crosses if at.level == 0 => self
                .entries_below(at)
                .iter()
                .all(|entry| !filter.admits(&entry.masks) || !region.contains(entry.point()) || visit(entry)),
            Relation::Crosses => self
                .children(at)
                .all(|(child, node)| self.visit(child, node, region, filter, visit)),
        }
    }
}

/// How a box lies to a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// No point of the box is in the region.
    Outside,
    /// Every point is.
    Inside,
    /// Some may be.
    Crosses,
}
