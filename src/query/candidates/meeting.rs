//! Where large blocks meet, and who of many is near. Nearly all that is read at nine million providers is a miss of the caches, so
//! what many have is read in steps, each over all of them.

use tantivy::{DocSet, TERMINATED, postings::SegmentPostings};

use super::MOST_OF_A_LARGE;
use crate::index::{living::Living, tree::Entry};
use crate::query::matches::meet;
use crate::vocab::place::Point;

/// Most who are looked at where two large blocks meet.
pub(super) const MOST_MET: usize = 2_000;
/// Within so many degrees a provider is near: some forty miles.
const NEAR_LAT_E7: i32 = 6_000_000;
const NEAR_LON_E7: i32 = 8_000_000;

/// Touches what is read of each provider next: the processor fetches many of them at once, while to read one record after the
/// other is to wait for each. At nine million providers nearly everything is a miss.
pub(super) fn look_ahead(providers: &[(&Living, u32)]) {
    let first = |(living, provider): &(&Living, u32)| {
        let location = living.segment.locations_of(*provider).first().copied();
        location.map(|location| (living.segment.record_bytes(location).first().copied()).unwrap_or(0))
    };
    let touched = providers.iter().filter_map(first).fold(0, |sum, byte| sum ^ byte);
    std::hint::black_box(touched);
}

/// Whether some location of a provider is near a point.
pub(super) fn is_near_by(living: &Living, provider: u32, point: Option<Point>) -> bool {
    let segment = &living.segment;
    let mut locations = segment.locations_of(provider).iter();
    point.is_some_and(|point| locations.any(|location| is_near(segment.entry(*location), point)))
}

/// Providers in all lists; where they are many, those who are near.
pub(super) fn met(living: &Living, lists: &mut [SegmentPostings], point: Option<Point>) -> Vec<u32> {
    lists.sort_by_key(SegmentPostings::doc_freq);
    let end = living.segment.contents().providers;
    let mut providers = Vec::new();
    let mut doc = meet(lists, 0);
    while doc != TERMINATED && doc < end && providers.len() < MOST_MET {
        providers.push(doc);
        doc = meet(lists, doc + 1);
    }
    thinned(living, providers, point, MOST_OF_A_LARGE)
}

/// Providers in a list and in a sorted slice.
pub(super) fn met_in(living: &Living, mut list: SegmentPostings, slice: &[u32], point: Option<Point>) -> Vec<u32> {
    let mut providers = Vec::new();
    let mut rest = slice;
    let mut doc = list.doc();
    while providers.len() < MOST_MET {
        // Both are sorted: each leaps to where the other stands.
        rest = &rest[leap(rest, doc)..];
        let Some(next) = rest.first().filter(|_| doc != TERMINATED) else {
            break;
        };
        if *next == doc {
            providers.push(doc);
            doc = list.advance();
        } else {
            doc = list.seek(*next);
        }
    }
    thinned(living, providers, point, MOST_OF_A_LARGE)
}

/// How many numbers at the beginning of a sorted slice are below a number: twice as far with every step, then halving.
fn leap(sorted: &[u32], below: u32) -> usize {
    let mut step = 1;
    while step < sorted.len() && sorted[step] < below {
        step *= 2;
    }
    let from = step / 2;
    let to = (step + 1).min(sorted.len());
    from + sorted[from..to].partition_point(|number| *number < below)
}

/// The first of many, those who are near before all others.
pub(super) fn thinned(living: &Living, mut providers: Vec<u32>, point: Option<Point>, most: usize) -> Vec<u32> {
    if providers.len() > most {
        if let Some(point) = point {
            providers = near_first(living, &providers, point);
        }
        providers.truncate(most);
    }
    providers
}

/// Those who are near, then all others. In steps over all of them, each of which reads one thing: see [`look_ahead`].
fn near_first(living: &Living, providers: &[u32], point: Point) -> Vec<u32> {
    let segment = &living.segment;
    let locations: Vec<&[u32]> = providers
        .iter()
        .map(|provider| segment.locations_of(*provider))
        .collect();
    let mains: Vec<&Entry> = locations
        .iter()
        .filter_map(|all| all.first().map(|main| segment.entry(*main)))
        .collect();
    let touch = |sum, entry: &&Entry| sum ^ entry.lat_e7;
    std::hint::black_box(mains.iter().fold(0, touch));
    let (mut near, mut others) = (Vec::new(), Vec::new());
    for (provider, locations) in providers.iter().zip(locations) {
        let is_near = locations
            .iter()
            .any(|location| is_near(segment.entry(*location), point));
        if is_near {
            near.push(*provider);
        } else {
            others.push(*provider);
        }
    }
    near.append(&mut others);
    near
}

/// Whether an entry is some forty miles around a point.
pub(super) fn is_near(entry: &Entry, point: Point) -> bool {
    entry.is_placed()
        && (entry.lat_e7 - point.lat_e7).abs() <= NEAR_LAT_E7
        && (i64::from(entry.lon_e7) - i64::from(point.lon_e7)).abs() <= i64::from(NEAR_LON_E7)
}

#[cfg(test)]
mod tests {
    use super::leap;

    #[test]
    fn a_leap_passes_over_what_is_below() {
        let sorted: Vec<u32> = (0..100).map(|n| n * 3).collect();
        for below in 0..310 {
            let expected = sorted.iter().filter(|number| **number < below).count();
            assert_eq!(leap(&sorted, below), expected, "{below}");
        }
        assert_eq!(leap(&[], 5), 0);
    }
}
