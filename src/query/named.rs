//! Names without a place: providers stand in rank order in each segment, so the first that match are the best, and a
//! page is full after a few.

use std::borrow::Cow;

use super::{
    collect::{Rank, Row, Source},
    cursor::Place,
    lists::{Lists, take_out},
    plan::{Order, Plan, Way},
    ranked::first_behind,
    request::Group,
};
use crate::index::{names::Which, tree::Entry, unions::Members};

/// Rows of one segment, best first, and how many match in all (0 where no total is wanted).
pub struct Named<'s> {
    /// At most as many as wanted.
    pub rows: Vec<Row<'s>>,
    /// All matches.
    pub total: u64,
    /// Whether the counting was stopped, so that there may be more.
    pub stopped: bool,
}

impl Named<'_> {
    /// Whether so many rows are there that nobody of a rank can be among them any more. Of equal ranks the ids decide, and
    /// those stand in any order: a page is full only once the rank of its last row has been passed.
    pub fn is_full(&self, wanted: usize, tier: u8, rank: impl FnOnce() -> u64) -> bool {
        self.rows.len() >= wanted
            && self
                .rows
                .last()
                .is_none_or(|last| last.rank.tier != tier || last.rank.number != rank())
    }
}

/// Once a page is full, so many providers are tested one by one before the counting is stopped: the total is then told as
/// a lower bound.
const MOST_MET: u64 = 20_000;

/// A page being filled.
struct Page<'p, 's> {
    wanted: usize,
    after: Option<&'p Place>,
    tier: u8,
    /// Where other names are looked through: the current names, which were looked through before.
    now: Option<Now<'p>>,
    found: &'p mut Named<'s>,
}

/// The current names.
struct Now<'l> {
    lists: Lists<'l>,
    /// Who bears all words in them, if they were met.
    met: Option<Cow<'l, [u32]>>,
}

/// Those who bear a name, in rank order.
enum Walk<'l> {
    /// All of them, and which is next.
    Met(Cow<'l, [u32]>, usize),
    /// Found as they are asked for.
    Sought(Lists<'l>),
}

impl Walk<'_> {
    /// The first from a number on, which must not go back.
    fn next(&mut self, from: u32) -> Option<u32> {
        match self {
            Self::Met(all, at) => {
                while all.get(*at).is_some_and(|provider| *provider < from) {
                    *at += 1;
                }
                all.get(*at).copied()
            }
            Self::Sought(lists) => lists.next(from),
        }
    }

    /// The next few, as far as they are known.
    fn ahead(&self, count: usize) -> &[u32] {
        match self {
            Self::Met(all, at) => &all[*at..all.len().min(at + count)],
            Self::Sought(_) => &[],
        }
    }
}

impl<'s> Plan<'s> {
    /// Whether the order is that in which providers stand in a segment: by rank, a name asked for, no place, and no rare
    /// keyword, which location documents meet sooner.
    pub fn goes_by_rank(&self, ways: &[Way<'s>]) -> Result<bool, tantivy::TantivyError> {
        let by_rank = self.order == Order::Relevance
            && self.group == Group::Provider
            && !self.conditions.names.is_empty()
            && (self.conditions.specialty.is_empty() || self.meets_specialty_by_terms())
            && !self.needs_point();
        if by_rank {
            for way in ways {
                if self.rarer_than_name(&way.living.segment)?.is_some() {
                    return Ok(false);
                }
            }
        }
        Ok(by_rank)
    }

    /// The best providers of a segment that bear the name, behind a place where an earlier page ended.
    pub fn named(
        &self,
        way: &Way<'s>,
        wanted: usize,
        after: Option<&Place>,
        count: bool,
    ) -> Result<Named<'s>, tantivy::TantivyError> {
        if self.conditions.names.len() > 1 {
            return Ok(self.named_one_of(way, wanted, after, count));
        }
        let segment = &way.living.segment;
        let name = &self.conditions.names[0].words;
        let mut found = Named {
            rows: Vec::new(),
            total: 0,
            stopped: false,
        };
        let members = self.members(way);
        let open = |which| {
            let mut lists = Lists::open(segment.names(), which, name)?;
            if let Some(members) = &members {
                lists.narrow(members);
            }
            Some(lists)
        };
        let mut current = None;
        for (tier, which) in [(0, Which::Current), (1, Which::Any)] {
            let Some(lists) = open(which) else { continue };
            let met = current.take();
            let now = if tier == 0 { None } else { open(Which::Current) };
            let mut page = Page {
                wanted,
                after,
                tier,
                now: now.map(|lists| Now { lists, met }),
                found: &mut found,
            };
            let mut walk = self.begin(way, lists, &mut page, count);
            self.fill(way, &mut walk, &mut page, count);
            if let Walk::Met(all, _) = walk {
                current = Some(all);
            }
        }
        Ok(found)
    }

    /// Whether nothing but the name is asked: then every living match counts, whatever its location, and the total is told
    /// without meeting each.
    fn asks_name_only(way: &Way<'s>) -> bool {
        way.exact && way.masks.is_empty()
    }

    /// Opens the matches of the current names (tier 0), or those that only other names bring (tier 1), and counts them as
    /// cheaply as it can be done.
    fn begin<'l>(&self, way: &Way<'s>, lists: Lists<'l>, page: &mut Page<'_, 's>, count: bool) -> Walk<'l> {
        if !count || !Self::asks_name_only(way) {
            return Walk::Sought(lists);
        }
        let Some(mut met) = lists.met() else {
            let now = page.now.as_ref().map(|now| &now.lists);
            page.found.total += lists.count(now) - lists.dead(way.living, now);
            return Walk::Sought(lists);
        };
        // Who bears the current name was counted before.
        if let Some(now) = page.now.take() {
            match &now.met {
                Some(all) => take_out(met.to_mut(), all),
                None => met.to_mut().retain(|provider| !now.lists.has(*provider)),
            }
            page.found.total += met.len() as u64 - lists.dead(way.living, Some(&now.lists));
        } else {
            page.found.total += met.len() as u64 - lists.dead(way.living, None);
        }
        Walk::Met(met, 0)
    }

    /// Takes matches until the page is full, and where they have to be met one by one, counts the rest.
    fn fill(&self, way: &Way<'s>, walk: &mut Walk<'_>, page: &mut Page<'_, 's>, count: bool) {
        let segment = &way.living.segment;
        let one_by_one = count && !Self::asks_name_only(way);
        let mut from = match page.after {
            Some(after) if !one_by_one && after.tier > page.tier => return,
            Some(after) if !one_by_one && after.tier == page.tier => first_behind(segment, after),
            _ => 0,
        };
        if let Walk::Met(all, at) = walk {
            *at = all.partition_point(|provider| *provider < from);
        }
        segment.fetch_providers(walk.ahead(page.wanted));
        let (mut full, mut met) = (false, 0);
        while let Some(provider) = walk.next(from) {
            from = provider + 1;
            full = full || page.found.is_full(page.wanted, page.tier, || segment.rank(provider));
            met += 1;
            if full && (!one_by_one || met >= MOST_MET) {
                page.found.stopped |= one_by_one;
                return;
            }
            if !self.budget.look(1) {
                page.found.stopped = true;
                return;
            }
            let counts = way.living.is_alive(provider) && !page.now.as_ref().is_some_and(|now| now.lists.has(provider));
            let Some((ordinal, entry)) = counts.then(|| self.best_location(way, provider)).flatten() else {
                continue;
            };
            page.found.total += u64::from(one_by_one);
            if full {
                continue;
            }
            let rank = Rank {
                tier: page.tier,
                number: segment.rank(provider),
                text: "",
                provider: segment.provider_id(provider),
                location: ordinal,
            };
            if page.after.is_none_or(|after| rank.is_after(after)) {
                page.found.rows.push(Row {
                    rank,
                    source: Source::Segment(way.number, entry.location),
                });
            }
        }
    }

    /// Who has one of the specialties asked for, if any are.
    pub(super) fn members(&self, way: &Way<'s>) -> Option<Members<'s>> {
        let codes = self.conditions.specialty.as_slice();
        (!codes.is_empty()).then(|| way.living.segment.providers_of_any(codes))
    }

    /// The first of a provider's locations that matches.
    pub fn best_location(&self, way: &Way<'s>, provider: u32) -> Option<(u32, &'s Entry)> {
        let segment = &way.living.segment;
        let locations = segment.locations_of(provider).iter().enumerate();
        let mut entries = locations.map(|(ordinal, location)| (ordinal as u32, segment.entry(*location)));
        if Self::asks_name_only(way) {
            return entries.next();
        }
        entries.find(|(_, entry)| self.admits(way, entry))
    }
}
