//! Whom a search does not want, as far as a segment tells it without a look at records: by masks, columns, specialties and
//! names. Only who is left is read, and only for what these cannot tell.

use chrono::{DateTime, Utc};

use super::{
    filter::{ColumnWanted, Conditions},
    lists::Lists,
};
use crate::index::{
    names::Which,
    plugin::{OWN_ACCEPTING_BITS, OWN_BITS},
    segment::Segment,
    tree::{Entry, Masks},
};

/// Exclusions, resolved against a segment.
pub struct Unwanted<'s> {
    /// Who has one of these bits is not wanted.
    pub masks: Masks,
    /// Nor who is at one of these values. Who gives care from afar may be unwanted for other reasons.
    pub columns: Vec<ColumnWanted<'s>>,
    specialties: Vec<u32>,
    names: Vec<Lists<'s>>,
    /// Whether all of this decides every exclusion.
    pub decides: bool,
}

impl Default for Unwanted<'_> {
    /// Everybody is wanted.
    fn default() -> Self {
        Self {
            masks: Masks::default(),
            columns: Vec::new(),
            specialties: Vec::new(),
            names: Vec::new(),
            decides: true,
        }
    }
}

impl<'s> Unwanted<'s> {
    /// What `exclude` means in a segment. [`Conditions::excludes`] is the definition.
    pub fn of(exclude: &Conditions, segment: &'s Segment, now: DateTime<Utc>) -> Self {
        // Each is excluded by itself: masks of several would have to hold together.
        let networks = Conditions {
            networks: exclude.networks.clone(),
            ..Conditions::default()
        };
        let plans = Conditions {
            plans: exclude.plans.clone(),
            ..Conditions::default()
        };
        let others = Conditions {
            networks: Vec::new(),
            plans: None,
            ..exclude.clone()
        };
        let mut unwanted = Self {
            columns: exclude.columns(segment, now),
            specialties: segment.specialty_numbers(&exclude.specialty),
            ..Self::default()
        };
        let named = exclude.names.iter();
        unwanted.names = named
            .filter_map(|name| Lists::open(segment.names(), Which::Current, &name.words))
            .collect();
        unwanted.add(&others, segment, false);
        for asked in [networks, plans].iter().filter(|asked| asked.asks_network()) {
            unwanted.add(asked, segment, true);
        }
        unwanted
    }

    /// Takes over the masks of conditions: what is asked there is excluded here, whatever else is. `whole`: only if they tell
    /// everything, for one of two that must both hold excludes nobody.
    fn add(&mut self, conditions: &Conditions, segment: &Segment, whole: bool) {
        let (asked, exact) = conditions.masks(segment.contents(), true);
        let exact = exact && conditions.npi.is_empty();
        self.decides &= exact;
        if whole && !exact {
            return;
        }
        // The last bit stands for many values, so it tells nothing of one.
        let all = |groups: &[u64], own: usize| groups.iter().fold(0, |all, group| all | group) & !(1 << own);
        self.masks = self.masks.or(Masks {
            networks: all(&asked.networks, OWN_BITS),
            languages: all(&asked.languages, OWN_BITS),
            flags: asked.flags.iter().fold(0, |all, group| all | group),
            accepting: asked.accepting.iter().fold(0, |all, group| all | group) & !(1 << OWN_ACCEPTING_BITS),
        });
    }

    /// Whether masks alone tell all that can be told here.
    pub fn is_told_by_masks(&self) -> bool {
        self.columns.is_empty() && self.specialties.is_empty() && self.names.is_empty()
    }

    /// Whether an entry is unwanted, masks apart.
    pub fn has(&self, segment: &Segment, entry: &Entry) -> bool {
        let practises = |asked: &[u32]| {
            let own = segment.specialties_of(entry.provider);
            own.iter().any(|number| asked.contains(number))
        };
        (!self.specialties.is_empty() && practises(&self.specialties))
            || self.columns.iter().any(|column| column.admits(entry.location))
            || self.names.iter().any(|name| name.has(entry.provider))
    }
}
