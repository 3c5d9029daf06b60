//! Keeps beside the index when providers are next free: all of them at the start, one by one as the outbox names them, and
//! whoever runs short as time passes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rustc_hash::FxHashMap;

use super::Error;
use crate::index::{
    Index,
    free_slots::{Free, FreeSlot, FreeSlots},
};
use crate::store::{Store, free_slots};
use crate::vocab::ProviderId;

/// Slots of a provider that are kept.
const KEPT: usize = 16;
/// Providers read at once.
const PAGE: i32 = 500;
/// How often the passing of time is looked at.
const BETWEEN: TimeDelta = TimeDelta::seconds(10);

/// A slot with what its clinic is called.
type Named = (FreeSlot, Option<Arc<str>>);

/// Reads everybody's free slots, in the place of all that were known.
///
/// # Errors
/// If Postgres is away.
pub(super) async fn load_all(store: &Store, index: &Index, now: DateTime<Utc>) -> Result<(), Error> {
    let (mut table, mut after) = (FreeSlots::default(), None);
    loop {
        let page = free_slots::providers(store, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        for (provider, free) in read(store, &page, now).await? {
            table.put(provider, free);
        }
    }
    index.set_free_slots(table);
    Ok(())
}

/// Reads the free slots of some.
///
/// # Errors
/// If Postgres is away.
pub(super) async fn load(
    store: &Store,
    index: &Index,
    providers: &[ProviderId],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let page = usize::try_from(PAGE).unwrap_or(1);
    for providers in providers.chunks(page) {
        index.change_free_slots(read(store, providers, now).await?);
    }
    Ok(())
}

/// Gives back holds that have run out, and reads anew who has hardly a slot left that is known; every now and then.
///
/// # Errors
/// If Postgres is away.
pub(super) async fn pass_time(
    store: &Store,
    index: &Index,
    looked: &mut Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if looked.is_some_and(|at| now - at < BETWEEN && now >= at) {
        return Ok(());
    }
    free_slots::release_holds(store, now).await?;
    let short = index.snapshot().free_slots.short(now.timestamp());
    load(store, index, &short, now).await?;
    *looked = Some(now);
    Ok(())
}

async fn read(store: &Store, providers: &[ProviderId], now: DateTime<Utc>) -> Result<Vec<(ProviderId, Free)>, Error> {
    let most = i32::try_from(KEPT).unwrap_or(i32::MAX);
    let mut found: FxHashMap<ProviderId, Vec<Named>> = FxHashMap::default();
    for slot in free_slots::load(store, providers, now, most).await? {
        let of_provider = found.entry(slot.provider).or_default();
        // Slots of one clinic share its name.
        let mut known = of_provider.iter().filter_map(|(_, clinic)| clinic.as_ref());
        let known = known.find(|known| Some(&***known) == slot.clinic.as_deref()).cloned();
        let clinic = known.or_else(|| slot.clinic.map(Arc::from));
        let at = FreeSlot {
            starts_at: slot.starts_at.timestamp(),
            utc_offset_minutes: i16::try_from(slot.utc_offset_minutes).unwrap_or_default(),
        };
        of_provider.push((at, clinic));
    }
    let of = |provider: &ProviderId| {
        let mut slots = found.remove(provider).unwrap_or_default();
        slots.sort_unstable();
        let more = slots.len() >= KEPT;
        // Several tenants each told their first: behind the last of the shortest list nobody knows.
        slots.truncate(KEPT);
        let (slots, clinics) = slots.into_iter().unzip();
        (*provider, Free { slots, clinics, more })
    };
    Ok(providers.iter().map(of).collect())
}
