//! Whether index and store agree: versions compared on both sides, differences looked at twice.
//!
//! Both sides move while they are compared, so a difference counts only if it is still there after the index has
//! passed everything that had begun when the versions had been read.

use std::{collections::BTreeSet, time::Duration};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::Error;
use crate::domain::provider::Provider;
use crate::index::{Change, Index};
use crate::store::{Store, outbox, snapshot};
use crate::vocab::{Position, ProviderId};

/// Versions read from the store at once.
const PAGE: i64 = 10_000;

/// Where index and store disagree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// Providers compared.
    pub checked: u64,
    /// In the store, not in the index.
    pub missing: Vec<ProviderId>,
    /// In both, another version in the index.
    pub stale: Vec<ProviderId>,
    /// In the index, not (or no longer public) in the store.
    pub orphan: Vec<ProviderId>,
    /// The position up to which index and store were compared.
    pub position: Option<Position>,
}

impl Drift {
    /// Whether both sides agree.
    pub fn is_none(&self) -> bool {
        self.missing.is_empty() && self.stale.is_empty() && self.orphan.is_empty()
    }

    /// All providers that differ.
    pub fn providers(&self) -> Vec<ProviderId> {
        [&self.missing, &self.stale, &self.orphan]
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }
}

/// Compares all versions. Waits up to `settle` for the index to pass what has begun, before differences count.
///
/// # Errors
/// If Postgres can't be read.
pub async fn compare(store: &Store, index: &Index, settle: Duration) -> Result<Drift, Error> {
    let (suspects, checked) = suspects(store, index).await?;
    let begun = outbox::begun(store).await?;
    index.wait_for_all(begun, settle).await;
    let mut drift = judge(store, index, &suspects).await?;
    drift.checked = checked;
    drift.position = index.position();
    Ok(drift)
}

/// The changes that bring these providers of the index to what the store has now, those of tenants too.
pub(super) async fn corrections(store: &Store, providers: &[ProviderId]) -> Result<Vec<Change>, Error> {
    let found = snapshot::load_any(store, providers).await?;
    Ok(changes(providers, found))
}

/// For each of `asked` what was found of it, in place of what the index has; or its removal.
pub(super) fn changes(asked: &[ProviderId], found: Vec<Provider>) -> Vec<Change> {
    let mut found: FxHashMap<_, _> = found.into_iter().map(|p| (p.id, p)).collect();
    asked
        .iter()
        .map(|id| match found.remove(id) {
            Some(provider) => Change::Put(Box::new(provider)),
            None => Change::Remove(*id),
        })
        .collect()
}

/// Providers whose versions differed when they were read, and how many were read.
async fn suspects(store: &Store, index: &Index) -> Result<(BTreeSet<ProviderId>, u64), Error> {
    let mut indexed = FxHashMap::default();
    index.versions(|id, version| {
        indexed.insert(id, version);
    });
    let mut suspects = BTreeSet::new();
    let (mut checked, mut after) = (0, None);
    loop {
        let page = snapshot::versions(store, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        checked += page.len() as u64;
        suspects.extend(
            page.into_iter()
                .filter(|(id, v)| indexed.remove(id) != Some(*v))
                .map(|(id, _)| id),
        );
    }
    suspects.extend(indexed.into_keys());
    Ok((suspects, checked))
}

async fn judge(store: &Store, index: &Index, suspects: &BTreeSet<ProviderId>) -> Result<Drift, Error> {
    let mut drift = Drift::default();
    if suspects.is_empty() {
        return Ok(drift);
    }
    let mut indexed = FxHashMap::default();
    index.versions(|id, version| {
        if suspects.contains(&id) {
            indexed.insert(id, version);
        }
    });
    let ids: Vec<_> = suspects.iter().copied().collect();
    for ids in ids.chunks(1_000) {
        let stored: FxHashMap<_, _> = snapshot::load(store, ids)
            .await?
            .into_iter()
            .map(|p| (p.id, p.version))
            .collect();
        for id in ids {
            match (stored.get(id), indexed.get(id)) {
                (Some(_), None) => drift.missing.push(*id),
                (None, Some(_)) => drift.orphan.push(*id),
                (Some(stored), Some(indexed)) if stored != indexed => drift.stale.push(*id),
                _ => {}
            }
        }
    }
    Ok(drift)
}
