//! Who is free first: the table of free slots in the order of time, until the page is full.

use super::{
    collect::Row,
    cursor::Place,
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::document::provider_term;

/// So many providers are looked up one by one where somebody free before a day is asked for; more are met on the way.
const MOST_PICKED: usize = 10_000;

impl<'s> Plan<'s> {
    /// The providers who are free before the day that is asked for, where they are few enough to be looked up.
    pub fn picked(&self) -> Option<&[u128]> {
        let free = self.conditions.available.as_deref();
        free.filter(|ids| ids.len() <= MOST_PICKED)
    }

    /// When a provider is next free, as a number that smaller comes first.
    pub fn next_free(&self, provider: u128) -> u64 {
        let slot = self.snapshot.free_slots.next(provider, self.moment);
        slot.map_or(u64::MAX, |slot| slot.starts_at.cast_unsigned())
    }

    /// The first rows of all segments in the order of the next free slot. None where that is not the order, or where the page
    /// goes on with those who have no free slot.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn soonest(
        &self,
        ways: &[Way<'s>],
        wanted: usize,
        after: Option<&Place>,
    ) -> Result<Option<Vec<Row<'s>>>, tantivy::TantivyError> {
        let beyond = after.is_some_and(|after| after.number == u64::MAX);
        if self.order != Order::NextAvailable || self.has_words() || beyond {
            return Ok(None);
        }
        let asked = self.conditions.available.as_deref();
        let is_asked = |id: &u128| asked.is_none_or(|ids| ids.binary_search(id).is_ok());
        let mut table: Vec<(i64, u128)> = self
            .snapshot
            .free_slots
            .free(self.moment)
            .filter(|(id, _)| is_asked(id) && self.snapshot.changed(*id).is_none())
            .map(|(id, slot)| (slot.starts_at, id))
            .filter(|(at, id)| after.is_none_or(|after| (at.cast_unsigned(), *id) >= (after.number, after.provider)))
            .collect();
        table.sort_unstable();
        let mut rows = Vec::with_capacity(wanted);
        for (_, id) in table {
            if !self.budget.look(1) {
                self.budget.refuse(); // Who is free sooner may be the next.
                return Ok(Some(rows));
            }
            for way in ways {
                self.rows_of(way, id, after, &mut rows)?;
            }
            if rows.len() >= wanted {
                return Ok(Some(rows));
            }
        }
        Ok(asked.is_some().then_some(rows))
    }

    /// Adds the rows of a provider in a segment, if it matches there.
    fn rows_of(
        &self,
        way: &Way<'s>,
        id: u128,
        after: Option<&Place>,
        rows: &mut Vec<Row<'s>>,
    ) -> Result<(), tantivy::TantivyError> {
        let before = rows.len();
        self.for_each_of(way, id, |entry| {
            let row = self.row(way, entry, 0);
            let known = self.group == Group::Provider && rows.len() > before;
            if !known {
                rows.push(row);
            } else if row < rows[before] {
                rows[before] = row;
            }
        })?;
        if let Some(after) = after {
            let new = rows.split_off(before);
            rows.extend(new.into_iter().filter(|row| row.rank.is_after(after)));
        }
        Ok(())
    }

    /// Calls `visit` with every entry of one provider in a segment that matches, names apart.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn for_each_of(
        &self,
        way: &Way<'s>,
        id: u128,
        mut visit: impl FnMut(&'s crate::index::tree::Entry),
    ) -> Result<(), tantivy::TantivyError> {
        let segment = &way.living.segment;
        let fields = segment.fields();
        let term = provider_term(fields, uuid::Uuid::from_u128(id).into());
        let Some(provider) = way.living.provider_with(fields.provider, &term)? else {
            return Ok(());
        };
        for location in segment.locations_of(provider) {
            let entry = segment.entry(*location);
            if self.practises(segment, *location) && self.admits(way, entry) && self.admits_point(entry) {
                visit(entry);
            }
        }
        Ok(())
    }
}
