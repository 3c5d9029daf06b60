//! NPIs of records that were merged into another: a small table beside the segments, so that whoever asks by one finds the
//! provider that stayed, and no document needs to know of it.

use std::collections::BTreeMap;

/// Each former number with the one that its provider has now. A number is in it only while that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormerNpis(BTreeMap<u64, u64>);

impl FromIterator<(u64, u64)> for FormerNpis {
    fn from_iter<T: IntoIterator<Item = (u64, u64)>>(all: T) -> Self {
        Self(all.into_iter().collect())
    }
}

impl FormerNpis {
    /// Notes what stands in the place of a number; none: it stands for itself.
    pub fn put(&mut self, number: u64, now: Option<u64>) {
        match now {
            Some(now) => drop(self.0.insert(number, now)),
            None => drop(self.0.remove(&number)),
        }
    }

    /// What a number has become; none: it is no former one.
    pub fn now(&self, number: u64) -> Option<u64> {
        self.0.get(&number).copied()
    }

    /// The former numbers from the first to before the second, each with the one of now.
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
        self.0.range(from..to).map(|(number, now)| (*number, *now))
    }
}
