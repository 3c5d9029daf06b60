//! What has become of NPIs: deactivated, reactivated, replaced by another, as NPPES tells it.

use std::collections::{HashMap, HashSet};

/// The NPIs that are no longer what they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NpiLives {
    deactivated: HashSet<u64>,
    replaced: HashMap<u64, u64>,
}

impl NpiLives {
    /// Of the NPIs that are deactivated today, and of those that were replaced, each with the one in its place.
    pub fn new(deactivated: impl IntoIterator<Item = u64>, replaced: impl IntoIterator<Item = (u64, u64)>) -> Self {
        Self {
            deactivated: deactivated.into_iter().collect(),
            replaced: replaced.into_iter().filter(|(old, new)| old != new).collect(),
        }
    }

    /// Whether an NPI is deactivated.
    pub fn is_deactivated(&self, npi: u64) -> bool {
        self.deactivated.contains(&npi)
    }

    /// The NPI that stands in the place of another: the last one, where that was replaced, too.
    pub fn replacement(&self, npi: u64) -> Option<u64> {
        let mut last = *self.replaced.get(&npi)?;
        // A circle in the data ends here.
        for _ in 0..8 {
            match self.replaced.get(&last) {
                Some(next) if *next != npi => last = *next,
                _ => break,
            }
        }
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replacement_is_followed_to_its_end() {
        let lives = NpiLives::new([1], [(1, 2), (2, 3), (5, 6), (6, 5)]);
        assert_eq!(
            (lives.replacement(1), lives.replacement(3), lives.replacement(5)),
            (Some(3), None, Some(6))
        );
        assert!(lives.is_deactivated(1) && !lives.is_deactivated(2));
    }
}
