//! The numbers of records that were merged into another.

use super::Directory;

impl Directory<'_> {
    /// What a number has become, that of a record that was merged into another; none: it is no such number.
    pub fn now_of(&self, npi: u64) -> Option<u64> {
        self.snapshot.former.now(npi)
    }
}
