//! One of several names without a place: their documents merged in rank order, tier by tier, each provider once.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use rustc_hash::FxHashSet;

use super::{
    collect::{Rank, Row, Source},
    cursor::Place,
    filter::tier,
    matches::{Walk, in_field},
    named::Named,
    plan::{Plan, Way},
};

/// Once a page is full, so many providers are met before the counting of alternatives is stopped: the total is then told
/// as a lower bound. Nobody needs to know how many hundred thousand names are like a misspelt one.
const MOST_MET: usize = 1_000;

impl<'s> Plan<'s> {
    /// The best providers of a segment that bear one of the names, behind a place where an earlier page ended. Without a
    /// count it stops as soon as the page is full.
    pub(super) fn named_one_of(
        &self,
        way: &Way<'s>,
        wanted: usize,
        after: Option<&Place>,
        count: bool,
    ) -> Result<Named<'s>, tantivy::TantivyError> {
        let mut found = Named {
            rows: Vec::new(),
            total: 0,
            stopped: false,
        };
        // Who matched in a better tier is not looked at again, whether it was admitted or not.
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut tiers: BTreeSet<u8> = self.conditions.names.iter().map(|name| name.tier).collect();
        tiers.insert(tier::OTHER_NAME);
        for tier in tiers {
            let mut walks = self.walks(way, tier)?;
            let mut heads: BinaryHeap<Reverse<(u32, usize)>> = BinaryHeap::new();
            for (number, walk) in walks.iter_mut().enumerate() {
                heads.extend(walk.next(0).map(|doc| Reverse((doc, number))));
            }
            let mut full = false;
            while let Some(Reverse((provider, number))) = heads.pop() {
                full = full || found.is_full(wanted, tier, || way.living.segment.rank(provider));
                if full && (!count || seen.len() >= MOST_MET) {
                    found.stopped = count;
                    return Ok(found);
                }
                heads.extend(walks[number].next(provider + 1).map(|doc| Reverse((doc, number))));
                if seen.insert(provider) {
                    self.take(way, provider, tier, full, after, &mut found);
                }
            }
            if !count && found.rows.len() >= wanted {
                break;
            }
        }
        Ok(found)
    }

    /// The walks along the documents of a tier: its names among the current ones, and among all names.
    fn walks(&self, way: &Way<'s>, wanted: u8) -> Result<Vec<Walk>, tantivy::TantivyError> {
        let segment = &way.living.segment;
        let fields = segment.fields();
        let mut walks = Vec::new();
        for name in &self.conditions.names {
            if name.tier == wanted {
                walks.extend(Walk::over(segment, &in_field(fields.name, &name.words))?);
            }
            if name.tier.max(tier::OTHER_NAME) == wanted {
                walks.extend(Walk::over(segment, &in_field(fields.any_name, &name.words))?);
            }
        }
        Ok(walks)
    }

    /// Counts a provider if it is admitted, and takes it into the page if that has room.
    fn take(&self, way: &Way<'s>, provider: u32, tier: u8, full: bool, after: Option<&Place>, found: &mut Named<'s>) {
        if !way.living.is_alive(provider) {
            return;
        }
        let free = way.exact && way.masks.is_empty();
        if free && full {
            found.total += 1;
            return;
        }
        let Some((ordinal, entry)) = self.best_location(way, provider) else {
            return;
        };
        found.total += 1;
        let segment = &way.living.segment;
        let rank = Rank {
            tier,
            number: segment.rank(provider),
            text: "",
            provider: segment.provider_id(provider),
            location: ordinal,
        };
        if !full && after.is_none_or(|after| rank.is_after(after)) {
            found.rows.push(Row {
                rank,
                source: Source::Segment(way.number, entry.location),
            });
        }
    }
}
