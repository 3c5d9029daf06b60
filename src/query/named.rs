//! Names without a place: providers stand in rank order in each segment, so the first that match are the best, and a
//! page is full after a few.

use super::{
    collect::{Rank, Row, Source},
    cursor::Place,
    matches::{in_field, while_in_all},
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::tree::{Entry, flag};

/// Rows of one segment, best first, and how many match in all (0 where no total is wanted).
pub struct Named<'s> {
    /// At most as many as wanted.
    pub rows: Vec<Row<'s>>,
    /// All matches.
    pub total: u64,
}

impl<'s> Plan<'s> {
    /// Whether the order is that in which providers stand in a segment: by rank, one name asked for, no place.
    pub fn goes_by_rank(&self) -> bool {
        self.order == Order::Relevance
            && self.group == Group::Provider
            && !self.conditions.names.is_empty()
            && !self.needs_point()
    }

    /// The best providers of a segment that bear the name, behind a place where an earlier page ended.
    pub fn named(
        &self,
        way: &Way<'s>,
        wanted: usize,
        after: Option<&Place>,
        count: bool,
    ) -> Result<Named<'s>, tantivy::TantivyError> {
        let (segment, fields) = (&way.living.segment, way.living.segment.fields());
        if self.conditions.names.len() > 1 {
            return self.named_one_of(way, wanted, after, count);
        }
        let name = &self.conditions.names[0].words;
        let mut found = Named {
            rows: Vec::new(),
            total: 0,
        };
        let free = way.exact && way.masks.is_empty();
        if count && free && name.len() == 1 && way.living.dead.is_empty() {
            // Every posting is a match: the list knows its own length.
            found.total = u64::from(segment.doc_freq(fields.name, &name[0])?);
            self.tier(way, 0, wanted, after, false, &mut found)?;
        } else {
            self.tier(way, 0, wanted, after, count, &mut found)?;
        }
        self.tier(way, 1, wanted, after, count, &mut found)?;
        Ok(found)
    }

    /// Adds the matches of the current names (tier 0), or those that only other names bring (tier 1).
    fn tier(
        &self,
        way: &Way<'s>,
        tier: u8,
        wanted: usize,
        after: Option<&Place>,
        count: bool,
        found: &mut Named<'s>,
    ) -> Result<(), tantivy::TantivyError> {
        let segment = &way.living.segment;
        let name = &self.conditions.names[0].words;
        let field = if tier == 0 {
            segment.fields().name
        } else {
            segment.fields().any_name
        };
        while_in_all(segment, &in_field(field, name), |provider| {
            let full = found.rows.len() >= wanted;
            if full && !count {
                return false;
            }
            if !way.living.is_alive(provider) || (tier == 1 && self.bears_now(way, provider, name)) {
                return true;
            }
            let Some((ordinal, entry)) = self.best_location(way, provider) else {
                return true;
            };
            found.total += u64::from(count);
            if !full {
                let id = segment.provider_id(provider);
                let rank = Rank {
                    tier,
                    number: segment.rank(provider),
                    text: "",
                    provider: id,
                    location: ordinal,
                };
                if after.is_none_or(|after| rank.is_after(after)) {
                    found.rows.push(Row {
                        rank,
                        source: Source::Segment(way.number, entry.location),
                    });
                }
            }
            true
        })
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

    /// Whether the current name has all the words, too.
    fn bears_now(&self, way: &Way<'s>, provider: u32, name: &[String]) -> bool {
        let segment = &way.living.segment;
        let Some(location) = segment.locations_of(provider).first() else {
            return false;
        };
        debug_assert!(
            segment.entry(*location).masks.flags & flag::OTHER_NAMES != 0,
            "only those with other names are here"
        );
        let record = segment.record(*location);
        name.iter().all(|word| record.words.split(' ').any(|own| own == word))
    }
}
