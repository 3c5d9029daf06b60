//! The distinct points of a segment, and how many providers are at home at each: what a region holds, told without looking at
//! its providers.
//!
//! Many providers share a point (a building, the middle of a ZIP). A region is decided point by point: a [`Cover`] says
//! which sites lie in it, as ranges along the curve and as a bitmap. Whatever counts, lists or meets names within a region
//! starts from there and does no more geometry.
//!
//! Each provider with a point has one home, so homes are summed over ranges by two look-ups each. What is missing then are
//! providers that have a location in the region and their home outside of it. Every further site of a provider is a guest
//! there: it counts where neither the home nor a site before it is in the region, so each provider is counted once,
//! wherever and however often it is met. Guests of one site are grouped by their home, and where all homes of a branch lie
//! inside they are passed over: only the edge of a region is ever looked at.

use bytemuck::{Pod, Zeroable};

use super::geometry::Region;
use super::tree::{Bounds, Entry, FAN, Relation, flag};
use crate::vocab::place::Point;

/// A site as a table of entries sees it: where its entries, homes and guests start. The last row of a table only says where
/// everything ends.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct TableSite {
    /// The site's number within the segment.
    pub site: u32,
    /// Its first entry.
    pub entries: u32,
    /// Homes at all sites before.
    pub homes: u32,
    /// Its first group of guests.
    pub groups: u32,
}

/// Guests of a site that share their home.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Group {
    /// The site of their home.
    pub home: u32,
    /// How many have no site but the home before this one.
    pub lone: u32,
    /// The first of those with one more site before.
    pub pairs: u32,
    /// The first of those with several.
    pub rows: u32,
}

/// A guest with several sites between the home and this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct Guest {
    /// The first of them.
    pub first: u32,
    /// The second.
    pub second: u32,
    /// Where the others start in the list of sites.
    pub rest: u32,
    /// How many they are.
    pub others: u32,
}

/// Two boxes over up to sixteen sites or nodes.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct SiteNode {
    /// Around the sites.
    pub own: Bounds,
    /// Around the homes of their guests.
    pub homes: Bounds,
    /// Groups of guests below.
    pub groups: u32,
}

/// The sites of a segment, in the map.
#[derive(Clone, Copy, Debug)]
pub struct Sites<'a> {
    /// Latitude and longitude in 1e-7 degree, in Hilbert order.
    pub points: &'a [[i32; 2]],
    /// The packed tree over them, the lowest level first.
    pub nodes: &'a [SiteNode],
    /// The sites of providers that have several: the home, then the others in order.
    pub lists: &'a [u32],
}

/// The sites of a tree's entries, in the map.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// In order, and the end.
    pub sites: &'a [TableSite],
    /// Groups of guests, and the end.
    pub groups: &'a [Group],
    /// The site between home and guest, where it is one.
    pub pairs: &'a [u32],
    /// Guests with several sites before.
    pub guests: &'a [Guest],
}

/// Sites in a row that lie in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub first: u32,
    /// Behind the last.
    pub end: u32,
    /// Whether all their guests have their homes in the region, so that nobody is missing there.
    pub quiet: bool,
}

/// The sites of a segment that lie in a region.
#[derive(Debug, Default)]
pub struct Cover {
    /// In order, not overlapping.
    pub ranges: Vec<Range>,
    bits: Vec<u64>,
}

impl Cover {
    /// Whether a site is in the region.
    pub fn has(&self, site: u32) -> bool {
        self.bits[(site / 64) as usize] & (1 << (site % 64)) != 0
    }

    fn push(&mut self, first: u32, end: u32, quiet: bool) {
        match self.ranges.last_mut() {
            Some(last) if last.end == first && last.quiet == quiet => last.end = end,
            _ => self.ranges.push(Range { first, end, quiet }),
        }
    }

    fn fill(&mut self, sites: usize) {
        self.bits = vec![0; sites.div_ceil(64)];
        for range in &self.ranges {
            let (first, end) = (range.first as usize, range.end as usize);
            let (low, high) = (first / 64, (end - 1) / 64);
            for (word, bits) in (low..).zip(&mut self.bits[low..=high]) {
                let from = if word == low {
                    u64::MAX << (first % 64)
                } else {
                    u64::MAX
                };
                let to = if word == high {
                    u64::MAX >> (63 - (end - 1) % 64)
                } else {
                    u64::MAX
                };
                *bits |= from & to;
            }
        }
    }
}

/// Where each level starts among the nodes, and how many nodes it has, the lowest first. Sixteen to the power of eight are
/// more than there are numbers.
struct Levels {
    all: [(usize, usize); 9],
    count: usize,
}

impl Levels {
    fn over(sites: usize) -> Self {
        let mut levels = Self {
            all: [(0, 0); 9],
            count: 0,
        };
        let (mut start, mut count) = (0, sites.div_ceil(FAN));
        while count > 0 {
            levels.all[levels.count] = (start, count);
            levels.count += 1;
            start += count;
            count = if count == 1 { 0 } else { count.div_ceil(FAN) };
        }
        levels
    }
}

impl<'a> Sites<'a> {
    /// The point of a site.
    pub fn point(&self, site: u32) -> Point {
        let [lat_e7, lon_e7] = self.points[site as usize];
        Point { lat_e7, lon_e7 }
    }

    /// The sites that lie in a region.
    pub fn cover(&self, region: &Region) -> Cover {
        let mut cover = Cover::default();
        let count = self.points.len();
        let levels = Levels::over(count);
        if region.is_everywhere() && count > 0 {
            cover.push(0, count as u32, true);
        } else if let Some(root) = levels.count.checked_sub(1) {
            self.add(&levels, (root, 0), false, region, &mut cover);
        }
        cover.fill(count);
        cover
    }

    fn add(
        &self,
        levels: &Levels,
        (level, number): (usize, usize),
        mut inside: bool,
        region: &Region,
        cover: &mut Cover,
    ) {
        let node = &self.nodes[levels.all[level].0 + number];
        if !inside {
            match region.relation(&node.own) {
                Relation::Outside => return,
                Relation::Inside => inside = true,
                Relation::Crosses => {}
            }
        }
        let span = FAN.pow(level as u32 + 1);
        let (first, end) = (number * span, self.points.len().min((number + 1) * span));
        if inside && (node.groups == 0 || region.relation(&node.homes) == Relation::Inside) {
            cover.push(first as u32, end as u32, true);
        } else if level > 0 {
            let children = number * FAN..levels.all[level - 1].1.min((number + 1) * FAN);
            for child in children {
                self.add(levels, (level - 1, child), inside, region, cover);
            }
        } else if inside {
            cover.push(first as u32, end as u32, false);
        } else {
            for site in first as u32..end as u32 {
                if region.contains(self.point(site)) {
                    cover.push(site, site + 1, false);
                }
            }
        }
    }
}

impl Table<'_> {
    /// How many sites it has.
    fn len(&self) -> usize {
        self.sites.len() - 1
    }

    /// Calls `visit` with the rows of the table, first and end, that each range of a cover holds.
    fn for_each_range(&self, cover: &Cover, mut visit: impl FnMut(&TableSite, &TableSite, &Range)) {
        let rows = &self.sites[..self.len()];
        // The table over all has every site, and so may others have the first ones.
        let whole = rows.last().is_none_or(|last| last.site as usize + 1 == rows.len());
        let mut at = 0;
        for range in &cover.ranges {
            let (first, end) = if whole {
                let at_most = |site: u32| rows.len().min(site as usize);
                (at_most(range.first), at_most(range.end))
            } else {
                at = ahead(rows, at, range.first);
                let first = at;
                at = ahead(rows, at, range.end);
                (first, at)
            };
            if first < end {
                visit(&self.sites[first], &self.sites[end], range);
            }
            if !whole && at == rows.len() {
                break;
            }
        }
    }

    /// Calls `visit` with the first entry of each range of a cover, and the end.
    pub fn for_each_entries(&self, cover: &Cover, mut visit: impl FnMut(u32, u32)) {
        self.for_each_range(cover, |first, end, _| visit(first.entries, end.entries));
    }

    /// How many providers have a location in a cover. `lists` are those of the segment's sites.
    pub fn count(&self, cover: &Cover, lists: &[u32]) -> u64 {
        let (mut total, mut untold) = (0, Vec::new());
        self.for_each_range(cover, |first, end, range| {
            total += u64::from(end.homes - first.homes);
            if !range.quiet {
                total += self.guests(first.groups as usize, end.groups as usize, cover, &mut untold);
            }
        });
        // Their lists lie anywhere. Read one behind the other, with little between, one does not wait for another.
        let is_first = |guest: &&&Guest| {
            let rest = &lists[guest.rest as usize..(guest.rest + guest.others) as usize];
            !rest.iter().any(|site| cover.has(*site))
        };
        total + untold.iter().filter(is_first).count() as u64
    }

    /// Guests of some groups that nobody else counts. Of those in `untold` it depends on further sites.
    fn guests<'g>(&'g self, first: usize, end: usize, cover: &Cover, untold: &mut Vec<&'g Guest>) -> u64 {
        let mut total = 0;
        for (at, group) in (first..).zip(&self.groups[first..end]) {
            if cover.has(group.home) {
                continue;
            }
            let next = &self.groups[at + 1];
            let pairs = &self.pairs[group.pairs as usize..next.pairs as usize];
            let new = pairs.iter().filter(|site| !cover.has(**site)).count();
            total += u64::from(group.lone) + new as u64;
            for guest in &self.guests[group.rows as usize..next.rows as usize] {
                if cover.has(guest.first) || cover.has(guest.second) {
                    continue;
                }
                if guest.others == 0 {
                    total += 1;
                } else {
                    untold.push(guest);
                }
            }
        }
        total
    }
}

/// The first row from `at` on whose site is not before `site`: rows ahead are mostly near.
fn ahead(rows: &[TableSite], at: usize, site: u32) -> usize {
    let mut step = 1;
    let mut low = at;
    while low + step <= rows.len() && rows[low + step - 1].site < site {
        low += step;
        step *= 2;
    }
    let high = rows.len().min(low + step - 1);
    low + rows[low..high].partition_point(|row| row.site < site)
}

/// The sites of a segment while they are written.
pub struct Building {
    /// As in [`Sites::points`].
    pub points: Vec<[i32; 2]>,
    /// As in [`Sites::lists`].
    pub lists: Vec<u32>,
    /// The site of each entry.
    pub of_entry: Vec<u32>,
    /// The guest that an entry is, if any, as a number in `guests`.
    guest_of_entry: Vec<u32>,
    guests: Vec<(u32, Before)>,
}

/// The sites of a guest between its home and itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Before {
    None,
    One(u32),
    Several(Guest),
}

/// Says that an entry is no guest.
const NOBODY: u32 = u32::MAX;

/// A table while it is written.
#[derive(Default)]
pub struct Built {
    /// As in [`Table::sites`].
    pub sites: Vec<TableSite>,
    /// As in [`Table::groups`].
    pub groups: Vec<Group>,
    /// As in [`Table::pairs`].
    pub pairs: Vec<u32>,
    /// As in [`Table::guests`].
    pub guests: Vec<Guest>,
}

impl Building {
    /// The sites of entries in Hilbert order, homes marked. `providers`: how many there are.
    pub fn over(entries: &[Entry], providers: usize) -> Self {
        let mut building = Self {
            points: Vec::new(),
            lists: Vec::new(),
            of_entry: Vec::with_capacity(entries.len()),
            guest_of_entry: vec![NOBODY; entries.len()],
            guests: Vec::new(),
        };
        for entry in entries {
            let point = [entry.lat_e7, entry.lon_e7];
            if building.points.last() != Some(&point) {
                building.points.push(point);
            }
            building.of_entry.push(building.points.len() as u32 - 1);
        }
        building.find_guests(entries, providers);
        building
    }

    fn find_guests(&mut self, entries: &[Entry], providers: usize) {
        let mut homes = vec![NOBODY; providers];
        let is_home = |entry: &&Entry| entry.masks.flags & flag::HOME != 0;
        for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| is_home(entry)) {
            homes[entry.provider as usize] = self.of_entry[number];
        }
        // Further sites by provider, in order. A second entry at a site adds nothing.
        let mut away: Vec<(u32, u32, u32)> = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let site = self.of_entry[number];
            if site != homes[entry.provider as usize] {
                away.push((entry.provider, site, number as u32));
            }
        }
        away.sort_unstable();
        away.dedup_by_key(|(provider, site, _)| (*provider, *site));
        for of_provider in away.chunk_by(|a, b| a.0 == b.0) {
            let home = homes[of_provider[0].0 as usize];
            let start = self.lists.len() as u32;
            if of_provider.len() > 1 {
                self.lists.push(home);
                self.lists.extend(of_provider.iter().map(|(_, site, _)| site));
            }
            for (before, (_, _, number)) in of_provider.iter().enumerate() {
                self.guest_of_entry[*number as usize] = self.guests.len() as u32;
                let sites = match before {
                    0 => Before::None,
                    1 => Before::One(of_provider[0].1),
                    _ => Before::Several(Guest {
                        first: of_provider[0].1,
                        second: of_provider[1].1,
                        rest: start + 3,
                        others: before as u32 - 2,
                    }),
                };
                self.guests.push((home, sites));
            }
        }
    }

    /// The table over some entries, given by number in order: all of a provider's or none.
    pub fn table(&self, entries: &[Entry], numbers: impl Iterator<Item = u32>) -> Built {
        let mut built = Built::default();
        let (mut homes, mut count) = (0, 0);
        let mut here: Vec<(u32, Before)> = Vec::new();
        for number in numbers {
            let (site, entry) = (self.of_entry[number as usize], &entries[number as usize]);
            if built.sites.last().is_none_or(|last| last.site != site) {
                built.add_groups(&mut here);
                let groups = built.groups.len() as u32;
                built.sites.push(TableSite {
                    site,
                    entries: count,
                    homes,
                    groups,
                });
            }
            count += 1;
            homes += u32::from(entry.masks.flags & flag::HOME != 0);
            let guest = self.guest_of_entry[number as usize];
            if guest != NOBODY {
                here.push(self.guests[guest as usize]);
            }
        }
        built.add_groups(&mut here);
        built.sites.push(TableSite {
            site: NOBODY,
            entries: count,
            homes,
            groups: built.groups.len() as u32,
        });
        built.groups.push(Group {
            home: NOBODY,
            lone: 0,
            pairs: built.pairs.len() as u32,
            rows: built.guests.len() as u32,
        });
        built
    }

    /// The packed tree over all sites. `table` is that over all entries.
    pub fn nodes(&self, table: &Built) -> Vec<SiteNode> {
        let bounds = |site: u32| {
            let [lat_e7, lon_e7] = self.points[site as usize];
            Bounds::of(Point { lat_e7, lon_e7 })
        };
        let leaf = |site: usize| {
            let own = bounds(site as u32);
            let (first, end) = (table.sites[site].groups, table.sites[site + 1].groups);
            let homes = table.groups[first as usize..end as usize].iter();
            SiteNode {
                own,
                homes: homes.map(|group| bounds(group.home)).reduce(Bounds::or).unwrap_or(own),
                groups: end - first,
            }
        };
        let join = |a: SiteNode, b: SiteNode| SiteNode {
            own: a.own.or(b.own),
            homes: match (a.groups, b.groups) {
                (_, 0) => a.homes,
                (0, _) => b.homes,
                _ => a.homes.or(b.homes),
            },
            groups: a.groups + b.groups,
        };
        let mut nodes: Vec<SiteNode> = Vec::new();
        for first in (0..self.points.len()).step_by(FAN) {
            let sites = first..self.points.len().min(first + FAN);
            nodes.extend(sites.map(leaf).reduce(join));
        }
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
}

impl Built {
    /// Adds the guests of one site, grouped by home.
    fn add_groups(&mut self, here: &mut Vec<(u32, Before)>) {
        here.sort_unstable();
        for of_home in here.chunk_by(|a, b| a.0 == b.0) {
            let mut group = Group {
                home: of_home[0].0,
                lone: 0,
                pairs: self.pairs.len() as u32,
                rows: self.guests.len() as u32,
            };
            for (_, before) in of_home {
                match before {
                    Before::None => group.lone += 1,
                    Before::One(site) => self.pairs.push(*site),
                    Before::Several(guest) => self.guests.push(*guest),
                }
            }
            self.groups.push(group);
        }
        here.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::index::{
        geometry::{Disc, Origin},
        hilbert,
        tree::Masks,
    };

    proptest! {
        /// Some providers at some of some points, every third of them in a table of its own.
        #[test]
        fn providers_of_a_region_are_counted_once(
            points in prop::collection::vec((-3.0..3.0_f64, 177.0..183.0_f64), 1..60),
            places in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 1..6), 1..150),
            (lat, lon) in (-3.0..3.0_f64, 177.0..183.0_f64),
            km in prop_oneof![0.1..100.0, 0.1..600.0],
        ) {
            let on_globe = |lat: f64, lon: f64| {
                Point::from_degrees(lat, if lon > 180.0 { lon - 360.0 } else { lon }).expect("on the globe")
            };
            let points: Vec<Point> = points.into_iter().map(|(lat, lon)| on_globe(lat, lon)).collect();
            let mut entries = Vec::new();
            for (provider, places) in places.iter().enumerate() {
                for (ordinal, place) in places.iter().enumerate() {
                    let point = place.get(&points);
                    entries.push(Entry {
                        lat_e7: point.lat_e7,
                        lon_e7: point.lon_e7,
                        location: entries.len() as u32,
                        provider: provider as u32,
                        masks: Masks { flags: if ordinal == 0 { flag::HOME } else { 0 }, ..Masks::default() },
                    });
                }
            }
            entries.sort_by_key(|entry| (hilbert::key(entry.point()), entry.provider));
            let building = Building::over(&entries, places.len());
            let whole = building.table(&entries, 0..entries.len() as u32);
            let nodes = building.nodes(&whole);
            let sites = Sites { points: &building.points, nodes: &nodes, lists: &building.lists };
            let region = Region { disc: Some(Disc::new(Origin::new(on_globe(lat, lon)), km)), ..Region::default() };
            let cover = sites.cover(&region);
            for third in [false, true] {
                let is_wanted = |entry: &Entry| !third || entry.provider.is_multiple_of(3);
                let numbers = (0..entries.len() as u32).filter(|n| is_wanted(&entries[*n as usize]));
                let built = building.table(&entries, numbers);
                let table = Table {
                    sites: &built.sites,
                    groups: &built.groups,
                    pairs: &built.pairs,
                    guests: &built.guests,
                };
                let inside = || entries.iter().filter(|e| is_wanted(e) && region.contains(e.point()));
                let expected: BTreeSet<u32> = inside().map(|entry| entry.provider).collect();
                prop_assert_eq!(table.count(&cover, sites.lists), expected.len() as u64);
                let mut covered = 0;
                table.for_each_entries(&cover, |first, end| covered += (end - first) as usize);
                prop_assert_eq!(covered, inside().count());
            }
        }
    }
}
