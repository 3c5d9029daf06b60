//! NPIs of records that were merged into another: a small table beside the segments, so that whoever asks by one finds the
//! provider that stayed, and no document needs to know of it.

use std::collections::BTreeMap;

use crate::domain::merge::NpiNow;

/// Each former number with the one that its provider has now, if it has one. A number is in it only while that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormerNpis(BTreeMap<u64, Option<u64>>);

impl FromIterator<(u64, NpiNow)> for FormerNpis {
    fn from_iter<T: IntoIterator<Item = (u64, NpiNow)>>(all: T) -> Self {
        let mut table = Self::default();
        all.into_iter().for_each(|(number, now)| table.put(number, now));
        table
    }
}

impl FormerNpis {
    /// Notes what has become of a number.
    pub fn put(&mut self, number: u64, now: NpiNow) {
        match now {
            NpiNow::Itself => drop(self.0.remove(&number)),
            NpiNow::Another(now) => drop(self.0.insert(number, Some(now))),
            NpiNow::Nobody => drop(self.0.insert(number, None)),
        }
    }

    /// What has become of a number.
    pub fn standing(&self, number: u64) -> NpiNow {
        match self.0.get(&number) {
            None => NpiNow::Itself,
            Some(Some(now)) => NpiNow::Another(*now),
            Some(None) => NpiNow::Nobody,
        }
    }

    /// What a number has become; none: it is no former one, or nobody has another in its place.
    pub fn now(&self, number: u64) -> Option<u64> {
        self.0.get(&number).copied().flatten()
    }

    /// The former numbers from the first to before the second, each with the one of now.
    pub fn between(&self, from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
        let range = self.0.range(from..to);
        range.filter_map(|(number, now)| Some((*number, (*now)?)))
    }

    /// Whether nobody's number is a former one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
