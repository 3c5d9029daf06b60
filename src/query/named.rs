//! Names without a place: providers stand in rank order in each segment, so the first that match are the best, and a
//! page is full after a few.

use std::borrow::Cow;

use tantivy::{TERMINATED, Term, postings::SegmentPostings, schema::Field};

use super::{
    collect::{Rank, Row, Source},
    cursor::Place,
    matches::meet,
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::frequent::{count_in_all, has, next_in_all};
use crate::index::segment::Segment;
use crate::index::tree::Entry;

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

/// Looking a dead provider up in a list costs as much as meeting so many of its living ones.
const DEAD_PAY_OFF: u64 = 3;

/// Once a page is full, so many providers are tested one by one before the counting is stopped: the total is then told as
/// a lower bound.
const MOST_MET: u64 = 20_000;

/// A page being filled.
struct Page<'p, 's> {
    wanted: usize,
    after: Option<&'p Place>,
    tier: u8,
    /// Where other names are looked through: the current names, which were counted before.
    now: Option<Lists<'s>>,
    /// The lists once more, unread.
    again: Option<Lists<'s>>,
    found: &'p mut Named<'s>,
}

/// The words of a name in one segment: frequent ones as bitmaps, the others as postings, shortest first.
struct Lists<'s> {
    postings: Vec<SegmentPostings>,
    bitmaps: Vec<&'s [u64]>,
    /// The numbers of the frequent words.
    frequent: Vec<usize>,
    /// Whether these are current names.
    current: bool,
    /// Who has one of the specialties asked for.
    members: Option<Members<'s>>,
}

/// Providers in order, read from left to right.
#[derive(Clone)]
struct Members<'s> {
    list: Cow<'s, [u32]>,
    at: usize,
}

impl Members<'_> {
    /// The first provider from a number on, which must not go back.
    fn next(&mut self, from: u32) -> Option<u32> {
        // Most steps are short: look near before looking far.
        let mut step = 1;
        while self.at + step < self.list.len() && self.list[self.at + step] < from {
            self.at += step;
            step *= 2;
        }
        let end = self.list.len().min(self.at + step + 1);
        self.at += self.list[self.at..end].partition_point(|provider| *provider < from);
        self.list.get(self.at).copied()
    }
}

impl<'s> Lists<'s> {
    /// `None` where a word is in no name.
    fn open(
        segment: &'s Segment,
        field: Field,
        name: &[String],
        current: bool,
    ) -> Result<Option<Self>, tantivy::TantivyError> {
        let mut lists = Self {
            postings: Vec::new(),
            bitmaps: Vec::new(),
            frequent: Vec::new(),
            current,
            members: None,
        };
        for word in name {
            if let Some(word) = segment.frequent(current).get(word) {
                lists.bitmaps.push(word.bits);
                lists.frequent.push(word.number);
            } else if let Some(postings) = segment.postings(field, &Term::from_field_text(field, word))? {
                lists.postings.push(postings);
            } else {
                return Ok(None);
            }
        }
        lists.postings.sort_by_key(SegmentPostings::doc_freq);
        Ok(Some(lists))
    }

    /// The first provider from a number on that has all words, and the specialty.
    fn next(&mut self, mut from: u32) -> Option<u32> {
        loop {
            if let Some(members) = &mut self.members {
                from = members.next(from)?;
            }
            let found = self.next_named(from)?;
            match &self.members {
                Some(_) if found != from => from = found,
                _ => return Some(found),
            }
        }
    }

    fn next_named(&mut self, mut from: u32) -> Option<u32> {
        if self.postings.is_empty() {
            return next_in_all(&self.bitmaps, from);
        }
        loop {
            let doc = meet(&mut self.postings, from);
            if doc == TERMINATED {
                return None;
            }
            if self.bitmaps.iter().all(|bits| has(bits, doc)) {
                return Some(doc);
            }
            from = doc + 1;
        }
    }

    /// Whether a provider has all words. Asked for ever greater numbers.
    fn has(&mut self, provider: u32) -> bool {
        self.next(provider) == Some(provider)
    }

    /// How many living providers have all words, and not all of `now` if that is given, where it can be told without meeting
    /// each.
    ///
    /// `again` are the same lists, unread.
    fn count_all(&self, way: &Way<'_>, again: Option<Self>, now: Option<&Self>) -> Option<u64> {
        if self.members.is_some() {
            return None;
        }
        let dead = || way.living.dead.providers();
        let without: &[&[u64]] = match now {
            Some(now) if !now.postings.is_empty() => return None,
            Some(now) => &now.bitmaps,
            None => &[],
        };
        match (self.postings.as_slice(), self.bitmaps.as_slice()) {
            ([], bitmaps) => {
                let all_have = |of: &[&[u64]], provider| of.iter().all(|bits| has(bits, provider));
                let is_counted = |provider: &u32| {
                    all_have(bitmaps, *provider) && (without.is_empty() || !all_have(without, *provider))
                };
                let lost = dead().filter(is_counted).count();
                let frequent = way.living.segment.frequent(self.current);
                let all = frequent.counted(&self.frequent, || count_in_all(bitmaps, without));
                Some(all - lost as u64)
            }
            ([single], []) if now.is_none() && way.living.dead.is_empty() => Some(u64::from(single.doc_freq())),
            ([single], []) if now.is_none() && u64::from(single.doc_freq()) > DEAD_PAY_OFF * way.living.dead.len() => {
                let mut again = again?;
                let lost = dead().filter(|provider| again.has(*provider)).count();
                Some(u64::from(single.doc_freq()) - lost as u64)
            }
            _ => None,
        }
    }
}

impl<'s> Plan<'s> {
    /// Whether the order is that in which providers stand in a segment: by rank, a name asked for, no place, and no rare
    /// keyword, which location documents meet sooner, as they do a specialty with one of several names.
    pub fn goes_by_rank(&self, ways: &[Way<'s>]) -> Result<bool, tantivy::TantivyError> {
        let by_rank = self.order == Order::Relevance
            && self.group == Group::Provider
            && !self.conditions.names.is_empty()
            && (self.conditions.specialty.is_empty()
                || (self.meets_specialty_by_terms() && self.conditions.names.len() == 1))
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
            return self.named_one_of(way, wanted, after, count);
        }
        let segment: &'s Segment = &way.living.segment;
        let name = &self.conditions.names[0].words;
        let mut found = Named {
            rows: Vec::new(),
            total: 0,
            stopped: false,
        };
        let codes = self.conditions.specialty.as_slice();
        let members = (!codes.is_empty()).then(|| Members {
            list: segment.providers_of_any(codes),
            at: 0,
        });
        for (tier, field) in [(0, segment.fields().name), (1, segment.fields().any_name)] {
            let Some(mut lists) = Lists::open(segment, field, name, tier == 0)? else {
                continue;
            };
            lists.members.clone_from(&members);
            let mut page = Page {
                wanted,
                after,
                tier,
                now: if tier == 0 {
                    None
                } else {
                    Lists::open(segment, segment.fields().name, name, true)?
                },
                again: if tier == 0 {
                    Lists::open(segment, field, name, true)?
                } else {
                    None
                },
                found: &mut found,
            };
            self.fill(way, &mut lists, &mut page, count);
        }
        Ok(found)
    }

    /// Takes the matches of the current names (tier 0), or those that only other names bring (tier 1), until the page is
    /// full; then counts the rest as cheaply as it can be done.
    fn fill(&self, way: &Way<'s>, lists: &mut Lists<'s>, page: &mut Page<'_, 's>, count: bool) {
        let segment: &'s Segment = &way.living.segment;
        // Where nothing but the name is asked, every living match counts, whatever its location.
        let free = way.exact && way.masks.is_empty();
        let (mut full, mut counted_whole, mut met, before) = (false, false, 0, page.found.total);
        let mut at = lists.next(0);
        while let Some(provider) = at {
            full = full || page.found.is_full(page.wanted, page.tier, || segment.rank(provider));
            if full && !count {
                return;
            }
            if full && !counted_whole && free && page.after.is_none() {
                counted_whole = true;
                let again = page.again.take();
                if let Some(all) = lists.count_all(way, again, page.now.as_ref()) {
                    page.found.total = before + all;
                    return;
                }
            }
            let counts = way.living.is_alive(provider) && !page.now.as_mut().is_some_and(|now| now.has(provider));
            met += u64::from(!free);
            if full && met >= MOST_MET {
                page.found.stopped = true;
                return;
            }
            if counts && full && free {
                page.found.total += 1;
            } else if counts && let Some((ordinal, entry)) = self.best_location(way, provider) {
                page.found.total += u64::from(count);
                if !full {
                    let id = segment.provider_id(provider);
                    let number = segment.rank(provider);
                    let rank = Rank {
                        tier: page.tier,
                        number,
                        text: "",
                        provider: id,
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
            at = lists.next(provider + 1);
        }
    }

    /// The first of a provider's locations that matches.
    pub fn best_location(&self, way: &Way<'s>, provider: u32) -> Option<(u32, &'s Entry)> {
        let segment = &way.living.segment;
        let locations = segment.locations_of(provider).iter().enumerate();
        let mut entries = locations.map(|(ordinal, location)| (ordinal as u32, segment.entry(*location)));
        if way.exact && way.masks.is_empty() {
            return entries.next();
        }
        entries.find(|(_, entry)| self.admits(way, entry))
    }
}
