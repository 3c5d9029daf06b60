//! Which languages somebody in the directory speaks: what a list of choices begins with.

use std::collections::BTreeSet;

use crate::index::Snapshot;

/// Their codes. Every segment keeps a list of its own, in memory, so nothing is counted; who has gone since a segment was written
/// is still in it.
pub fn languages(snapshot: &Snapshot) -> BTreeSet<String> {
    let written = snapshot
        .segments
        .iter()
        .flat_map(|living| living.segment.contents().languages.iter().cloned());
    let changed = snapshot.changed_providers().flat_map(|changed| {
        let record = changed.records().next();
        let codes = record.map(|record| record.languages.iter().map(ToOwned::to_owned).collect::<Vec<_>>());
        codes.unwrap_or_default()
    });
    written.chain(changed).collect()
}
