//! How many rows match, exactly. Where nothing but place and specialty is asked, homes are summed over whole branches and
//! only the edge of the region is looked at; otherwise matches are streamed past their masks.

use std::cell::RefCell;

use super::Error;
use super::plan::{Plan, Way};
use super::request::Group;
use crate::index::segment::Living;

/// With more dead providers than this in a segment, streaming beats looking at each of them.
const MOST_DEAD: u64 = 4_096;

/// Counts the matches in all segments: providers or locations, each once.
pub fn total(plan: &Plan<'_>, ways: &[Way<'_>]) -> Result<u64, Error> {
    let mut total = 0;
    for way in ways {
        total += match by_homes(plan, way) {
            Some(count) => count,
            None => streamed(plan, way)?,
        };
    }
    Ok(total)
}

/// Providers in the region, if nothing but place and at most one specialty is asked.
fn by_homes(plan: &Plan<'_>, way: &Way<'_>) -> Option<u64> {
    let (living, region) = (way.living, &plan.region);
    let plain = way.exact && way.masks.is_empty() && !plan.has_words() && plan.group == Group::Provider;
    if !plain || region.is_everywhere() || living.dead.len() > MOST_DEAD {
        return None;
    }
    let specialty = match plan.conditions.specialty.as_slice() {
        [] => None,
        [code] if plan.uses_specialty_trees() => Some(code.as_str()),
        _ => return None,
    };
    let tree = match specialty {
        None => living.segment.tree(),
        Some(code) => match living.segment.specialty(code) {
            Some((tree, _)) => tree,
            None => return Some(0),
        },
    };
    let (lone, several) = living.segment.visitors(specialty)?;
    let mut guests: Vec<u32> = Vec::new();
    several.for_each_in(region, &mut |visitor| guests.push(visitor.provider));
    guests.sort_unstable();
    guests.dedup();
    let counted = tree.homes_in(region) + lone.count_in(region) + guests.len() as u64;
    Some(counted - dead_in(plan, living, specialty))
}

/// Dead providers that the sum has counted.
fn dead_in(plan: &Plan<'_>, living: &Living, specialty: Option<&str>) -> u64 {
    let segment = &living.segment;
    let of_specialty = specialty.map(|code| segment.providers_of(code));
    let has_specialty = |provider: u32| of_specialty.is_none_or(|list| list.binary_search(&provider).is_ok());
    let (mut count, mut last) = (0, None);
    for (provider, point) in living.dead.places() {
        if last != Some(*provider) && plan.region.contains(*point) {
            last = Some(*provider);
            count += u64::from(has_specialty(*provider));
        }
    }
    count
}

thread_local! {
    /// A bit for each provider (or location) of a segment; all zero between searches.
    static SEEN: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// Counts by looking at every match.
fn streamed(plan: &Plan<'_>, way: &Way<'_>) -> Result<u64, Error> {
    SEEN.with_borrow_mut(|seen| {
        let contents = way.living.segment.contents();
        let bits = contents.providers.max(contents.locations) as usize;
        if seen.len() < bits.div_ceil(64) {
            seen.resize(bits.div_ceil(64), 0);
        }
        let mut touched: Vec<u32> = Vec::new();
        let mut total = 0;
        let outcome = plan.for_each_match(way, |entry, _| {
            if !plan.may_recur(way, entry) {
                total += 1;
                return;
            }
            let number = if plan.group == Group::Provider {
                entry.provider
            } else {
                entry.location
            };
            let (word, bit) = (number / 64, 1 << (number % 64));
            if seen[word as usize] & bit == 0 {
                if seen[word as usize] == 0 {
                    touched.push(word);
                }
                seen[word as usize] |= bit;
                total += 1;
            }
        });
        for word in touched {
            seen[word as usize] = 0;
        }
        Ok(outcome.map(|()| total)?)
    })
}
