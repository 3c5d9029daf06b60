//! How many providers of a segment have each value, whatever else is asked: what facets over everything start from.

use serde::{Deserialize, Serialize};

use super::{
    plugin::{OWN_ACCEPTING_BITS, OWN_BITS},
    tree::{Entry, Masks},
};

/// Counts of providers, dead ones included, each once for a value that it has at any of its locations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Everything {
    /// By bit of the flags.
    pub flags: Vec<u64>,
    /// By number of the language; those without a bit of their own are not told apart.
    pub languages: Vec<u64>,
    /// By number of the network, likewise.
    pub networks: Vec<u64>,
    /// The same of those who take new patients there.
    pub accepting: Vec<u64>,
    /// By number of the city.
    pub cities: Vec<u64>,
    /// By number of the state.
    pub states: Vec<u64>,
    /// By number of the category.
    pub categories: Vec<u64>,
    /// Whether there is care from afar, which counts in other states than its own.
    pub has_afar: bool,
}

/// A column of all locations, and how many values it has.
pub type Column<'a> = (&'a [u32], usize);

impl Everything {
    /// Counts. `locations` are those of each provider, as numbers of entries.
    pub fn of<'e>(
        entries: &'e [Entry],
        locations: impl Iterator<Item = impl Iterator<Item = u32>>,
        columns: [Column<'_>; 3],
    ) -> Self {
        let mut texts = columns.map(|(_, values)| vec![0; values]);
        let mut all = Self {
            flags: vec![0; 32],
            languages: vec![0; OWN_BITS + 1],
            networks: vec![0; OWN_BITS + 1],
            accepting: vec![0; OWN_ACCEPTING_BITS + 1],
            ..Self::default()
        };
        let mut here: Vec<&'e Entry> = Vec::new();
        let mut numbers: Vec<u32> = Vec::new();
        for provider in locations {
            here.clear();
            here.extend(provider.map(|number| &entries[number as usize]));
            let masks = here.iter().fold(Masks::default(), |all, entry| all.or(entry.masks));
            add_bits(u64::from(masks.flags), &mut all.flags);
            add_bits(masks.languages, &mut all.languages);
            add_bits(masks.networks, &mut all.networks);
            add_bits(u64::from(masks.accepting), &mut all.accepting);
            all.has_afar |= here.iter().any(|entry| entry.is_afar());
            for ((column, _), counts) in columns.iter().zip(&mut texts) {
                numbers.clear();
                numbers.extend(here.iter().map(|entry| column[entry.location as usize]));
                numbers.sort_unstable();
                numbers.dedup();
                for number in numbers.iter().filter(|number| **number != u32::MAX) {
                    counts[*number as usize] += 1;
                }
            }
        }
        [all.cities, all.states, all.categories] = texts;
        all
    }
}

/// Adds one to the number of every bit.
pub fn add_bits(mut bits: u64, numbers: &mut [u64]) {
    while bits != 0 {
        numbers[bits.trailing_zeros() as usize] += 1;
        bits &= bits - 1;
    }
}
