//! How many rows match: exactly, or as many as the budget lets be counted. Where nothing but place and specialty is asked,
//! homes are summed over the sites of the region and only its edge is looked at; otherwise matches are streamed past their
//! masks.

use std::cell::RefCell;

use super::Error;
use super::plan::{Plan, Way};
use super::request::Group;
use crate::index::{living::Living, sites::Cover};

/// With more dead providers than this in a segment, and than this many times the living ones of the region, streaming beats
/// looking at each of them.
const MOST_DEAD: u64 = 4_096;
const DEAD_PAY_OFF: u64 = 2;

/// Counts the matches in all segments: providers or locations, each once.
pub fn total(plan: &Plan<'_>, ways: &[Way<'_>]) -> Result<u64, Error> {
    let mut total = 0;
    for way in ways {
        total += match by_sites(plan, way) {
            Some(count) => count,
            None => streamed(plan, way)?,
        };
    }
    Ok(total)
}

/// Providers in the region, if nothing but place and at most one specialty is asked.
pub(super) fn by_sites(plan: &Plan<'_>, way: &Way<'_>) -> Option<u64> {
    let living = way.living;
    if !way.is_free() || plan.has_words() || plan.group != Group::Provider {
        return None;
    }
    let specialty = match plan.conditions.specialty.as_slice() {
        [] => None,
        [code] if plan.uses_specialty_trees() => Some(code.as_str()),
        _ => return None,
    };
    if !plan.needs_point() {
        return Some(match specialty {
            None => living.providers(),
            Some(code) => living.providers_of(code),
        });
    }
    let Some(table) = living.segment.table(specialty) else {
        return Some(0);
    };
    let cover = way.cover(plan);
    let counted = table.count(cover, living.segment.sites().lists);
    let dead = living.dead.len();
    if dead > MOST_DEAD && dead > DEAD_PAY_OFF * counted {
        return None;
    }
    Some(counted - dead_in(cover, living, specialty))
}

/// Dead providers that the sum has counted.
fn dead_in(cover: &Cover, living: &Living, specialty: Option<&str>) -> u64 {
    let is_counted = |sites: &&[u32]| sites.iter().any(|site| cover.has(*site));
    let counted = match specialty {
        Some(code) => living.dead_sites_of(code).filter(is_counted).count(),
        None => living.dead.sites().filter(is_counted).count(),
    };
    counted as u64
}

thread_local! {
    /// A bit for each provider (or location) of a segment; all zero between searches.
    static BITS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Which providers or locations have been met.
pub struct Seen<'b> {
    bits: &'b mut Vec<u64>,
    touched: Vec<u32>,
}

impl Seen<'_> {
    /// Runs something with nobody met yet, out of so many.
    pub fn with<T>(count: u32, run: impl FnOnce(&mut Seen<'_>) -> T) -> T {
        BITS.with_borrow_mut(|bits| {
            let words = count.div_ceil(64) as usize;
            if bits.len() < words {
                bits.resize(words, 0);
            }
            let touched = Vec::new();
            run(&mut Seen { bits, touched })
        })
    }

    /// Whether it is met for the first time.
    pub fn insert(&mut self, number: u32) -> bool {
        let (word, bit) = (number / 64, 1 << (number % 64));
        let bits = &mut self.bits[word as usize];
        if *bits == 0 {
            self.touched.push(word);
        }
        let is_new = *bits & bit == 0;
        *bits |= bit;
        is_new
    }
}

impl Drop for Seen<'_> {
    fn drop(&mut self) {
        for word in &self.touched {
            self.bits[*word as usize] = 0;
        }
    }
}

/// Counts by looking at every match.
fn streamed(plan: &Plan<'_>, way: &Way<'_>) -> Result<u64, Error> {
    let contents = way.living.segment.contents();
    Seen::with(contents.providers.max(contents.locations), |seen| {
        let mut total = 0;
        plan.for_each_match(way, |entry, _| {
            let number = if plan.group == Group::Provider {
                entry.provider
            } else {
                entry.location
            };
            total += u64::from(!plan.may_recur(way, entry) || seen.insert(number));
        })?;
        Ok(total)
    })
}
