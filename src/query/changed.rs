//! Matches in the overlay: a scan over a few thousand rows at most, that reads a record only where everything cheap agrees and does not
//! decide alone.

use std::borrow::Borrow;

use super::{
    collect::{Collector, Rank, Row, Source},
    filter::tier,
    plan::{Order, Plan},
    request::Group,
};
use crate::index::{
    Snapshot,
    layout::Contents,
    orders::day_number,
    overlay::{Changed, OverlayRow, Published, bits_of},
    record::Record,
};

impl<'s> Plan<'s> {
    /// Adds all matches of the overlay.
    pub fn collect_overlay(&self, collector: &mut Collector<'s>) {
        // The rows of a provider come one behind the other, and nowhere else: the best of them is known when the next one comes.
        let mut best: Option<Row<'s>> = None;
        self.for_each_changed(|changed, number, tier| {
            let row = self.overlay_row(changed, number, tier);
            let is_same = |known: &Row<'_>| known.rank.provider == row.rank.provider && self.group == Group::Provider;
            match best.filter(is_same) {
                Some(known) => best = Some(known.min(row)),
                None => best
                    .replace(row)
                    .into_iter()
                    .for_each(|done| collector.add(done, false)),
            }
        });
        best.into_iter().for_each(|last| collector.add(last, false));
    }

    /// Calls `visit` with every record of the overlay that matches.
    pub fn for_each_overlay_match(&self, mut visit: impl FnMut(&Record<'_>)) {
        self.for_each_changed(|changed, number, _| visit(&changed.record(number)));
    }

    fn for_each_changed(&self, mut visit: impl FnMut(&'s Changed, usize, u8)) {
        for overlay in self.snapshot.overlays() {
            self.for_each_in_overlay(overlay, &mut visit);
        }
    }

    fn for_each_in_overlay(&self, overlay: &'s Published, visit: &mut impl FnMut(&'s Changed, usize, u8)) {
        if overlay.rows.is_empty() {
            return;
        }
        // Flags do not depend on a segment's dictionaries.
        let (masks, told) = self.conditions.masks(&Contents::default(), true);
        let told = told && !self.conditions.asks_dictionaries() && !self.has_exclusions();
        let asked = &self.conditions.specialty;
        let wanted = bits_of(asked.iter().map(|code| &**code));
        let may_match = |row: &OverlayRow| {
            if !asked.is_empty() && row.specialties & wanted == 0 {
                return false;
            }
            masks.flags.iter().all(|group| row.flags & group != 0)
                && (!self.needs_point() || row.point.is_some_and(|point| self.region.contains(point)))
        };
        let mut look_at = |row: &OverlayRow| {
            if !may_match(row) {
                return;
            }
            let changed: &'s Changed = &overlay.list[row.changed as usize];
            let entry = &changed.entries()[row.number as usize];
            if !asked.is_empty() && !entry.specialties.iter().any(|code| asked.iter().any(|a| **a == **code)) {
                return;
            }
            let Some(tier) = self.name_tier(changed) else { return };
            if told || self.admits_record(&entry.record()) {
                visit(changed, row.number as usize, tier);
            }
        };
        self.budget.scan_overlay(match self.conditions.npi.len() {
            0 => overlay.rows.len() as u64,
            asked => asked as u64,
        });
        match self.conditions.npi.as_slice() {
            [] if !self.conditions.names.is_empty() => {
                let names = self.conditions.names.iter();
                let mut bearers: Vec<u32> = names.flat_map(|name| bearers_of_all(overlay, &name.words)).collect();
                bearers.sort_unstable();
                bearers.dedup();
                let rows = bearers.into_iter().flat_map(|number| overlay.rows_of_changed(number));
                rows.for_each(look_at);
            }
            [] if self.needs_point() => overlay.rows_within(self.region.frame()).for_each(look_at),
            [] => overlay.rows.iter().for_each(look_at),
            asked => asked
                .iter()
                .flat_map(|npi| overlay.rows_of(*npi))
                .for_each(&mut look_at),
        }
    }

    /// Whether a record of the overlay matches, names apart.
    pub fn admits_overlay(&self, record: &Record<'_>) -> bool {
        let placed = !self.needs_point() || record.point().is_some_and(|point| self.region.contains(point));
        placed && self.admits_record(record)
    }

    /// The row of a record of the overlay.
    fn overlay_row(&self, changed: &'s Changed, number: usize, tier: u8) -> Row<'s> {
        let provider = changed.change.provider_id().0.as_u128();
        let entry = &changed.entries()[number];
        let measure = || {
            self.origin
                .zip(entry.point)
                .map_or(0, |(origin, point)| origin.measure(point).to_bits())
        };
        let value = match self.order {
            Order::Distance => measure(),
            Order::Relevance if self.origin.is_some() => measure(),
            Order::Relevance => changed.rank,
            Order::Name => 0,
            Order::Verified => day_number(entry.record().verified),
            Order::NextAvailable => self.next_free(provider),
        };
        let rank = Rank {
            tier: if self.order == Order::Relevance { tier } else { 0 },
            number: value,
            text: if self.order == Order::Name {
                entry.record().sort_name
            } else {
                ""
            },
            provider,
            location: number as u32,
        };
        Row {
            rank,
            source: Source::Overlay(provider, number as u32),
        }
    }

    /// How a changed provider's name matches; `Some(0)` where no name is asked for.
    pub fn name_tier(&self, changed: &Changed) -> Option<u8> {
        if self.conditions.names.is_empty() {
            return Some(0);
        }
        let tiers = self.conditions.names.iter().filter_map(|name| {
            if has_all(&changed.spellings.current, &name.words) {
                Some(name.tier)
            } else {
                has_all(&changed.spellings.any, &name.words).then_some(name.tier.max(tier::OTHER_NAME))
            }
        });
        tiers.min()
    }
}

/// Whether sorted words have all of a name's.
fn has_all<W: Borrow<str>>(words: &[String], name: &[W]) -> bool {
    let has = |wanted: &str| words.binary_search_by(|word| word.as_str().cmp(wanted)).is_ok();
    name.iter().all(|word| has(word.borrow()))
}

/// The changed providers, by number, that bear all these words in their names; none for no words.
fn bearers_of_all<'n, W: Borrow<str>>(overlay: &'n Published, name: &'n [W]) -> impl Iterator<Item = u32> + use<'n, W> {
    let first = name
        .first()
        .into_iter()
        .flat_map(move |word| overlay.bearers(word.borrow()));
    first.filter(move |number| {
        let spellings = &overlay.list[*number as usize].spellings;
        has_all(&spellings.current, name) || has_all(&spellings.any, name)
    })
}

/// The changed providers that bear all these words in their names.
pub fn bearers<'s, W: Borrow<str>>(snapshot: &'s Snapshot, name: &'s [W]) -> impl Iterator<Item = &'s Changed> {
    snapshot.overlays().into_iter().flat_map(move |overlay| {
        bearers_of_all(overlay, name).map(move |number| overlay.list[number as usize].as_ref())
    })
}

/// Whether somebody is listed for a kind of care, in a segment or among the changed.
pub fn is_listed(snapshot: &Snapshot, code: &str) -> bool {
    let in_segments = |code: &str| {
        snapshot
            .segments
            .iter()
            .any(|living| living.segment.specialty(code).is_some())
    };
    let bit = bits_of(std::iter::once(code));
    let has = |changed: &Changed| {
        let mut entries = changed.entries().iter();
        entries.any(|entry| entry.specialties.iter().any(|own| **own == *code))
    };
    in_segments(code)
        || snapshot.overlays().into_iter().any(|overlay| {
            let mut rows = overlay.rows.iter().filter(|row| row.specialties & bit != 0);
            rows.any(|row| has(&overlay.list[row.changed as usize]))
        })
}
