//! One provider, by a key that it bears: an id, an NPI or a locator.

use super::{Card, Error, request::Key};
use crate::domain::provider::Provider;
use crate::index::{
    Change, Snapshot,
    document::{locator_number, provider_term},
    snapshot::Found,
};
use crate::vocab::Npi;

/// The provider of a key, be it a former number.
pub fn find<'s>(snapshot: &'s Snapshot, key: &Key) -> Result<Option<Found<'s>>, Error> {
    let key = match key {
        Key::Npi(npi) => {
            let now = snapshot.former.now(npi.number());
            &Key::Npi(now.and_then(|now| Npi::from_number(now).ok()).unwrap_or(*npi))
        }
        other => other,
    };
    let in_overlay = |test: &dyn Fn(&Provider) -> bool| {
        snapshot.changed_providers().find(|changed| match &changed.change {
            Change::Put(provider) => test(provider),
            Change::Remove(_) => false,
        })
    };
    let changed = match key {
        Key::Id(id) => snapshot.changed(*id),
        Key::Npi(npi) => in_overlay(&|provider| provider.npi == Some(*npi)),
        Key::Locator(locator) => in_overlay(&|provider| provider.locator == *locator),
    };
    if let Some(changed) = changed {
        return Ok(Some(Found::InOverlay(changed)));
    }
    match key {
        Key::Id(id) => {
            for living in &snapshot.segments {
                let fields = living.segment.fields();
                let term = provider_term(fields, uuid::Uuid::from_u128(*id).into());
                if let Some(provider) = living.provider_with(fields.provider, &term)? {
                    return Ok(Some(Found::InSegment(living, provider)));
                }
            }
            Ok(None)
        }
        Key::Npi(npi) => {
            for living in &snapshot.segments {
                if let Some(provider) = living.provider_with_npi(npi.number())? {
                    return Ok(Some(Found::InSegment(living, provider)));
                }
            }
            Ok(None)
        }
        Key::Locator(locator) => Ok(snapshot.by_number(|fields| fields.locator, locator_number(*locator))?),
    }
}

/// The cards of a provider, one for each location, the main one first. Empty: not in the directory.
pub fn provider<'s>(snapshot: &'s Snapshot, key: &Key) -> Result<Vec<Card<'s>>, Error> {
    let lexicon = &snapshot.lexicon;
    Ok(match find(snapshot, key)? {
        None => Vec::new(),
        Some(Found::InSegment(living, provider)) => {
            let locations = living.segment.locations_of(provider).iter();
            locations
                .map(|l| Card::of(living.segment.record(*l), lexicon, &snapshot.reference))
                .collect()
        }
        Some(Found::InOverlay(changed)) => changed
            .records()
            .map(|record| Card::of(record, lexicon, &snapshot.reference))
            .collect(),
    })
}
