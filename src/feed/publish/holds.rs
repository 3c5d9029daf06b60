//! Claims that wait for credentialing are decided again whenever their provider, plan or network changes or the request is
//! closed, and released once.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Error, Sink};
use crate::domain::event::{Event, NETWORK_UPDATED, PLAN_UPDATED, PROVIDER_UPDATED};
use crate::domain::network::{Disposition, Terms, judge};
use crate::domain::reference::Reference;
use crate::store::{
    self, Store,
    holds::{self, Waiting},
    publish::Published,
    standing,
};
use crate::vocab::{Npi, PlanId, ProviderId};

/// Looks after what is held.
pub struct Holds {
    pub(super) store: Store,
    pub(super) clock: fn() -> DateTime<Utc>,
}

impl Sink for Holds {
    fn name(&self) -> &'static str {
        "holds"
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let of_providers = events.iter().filter(|e| e.event.kind == PROVIDER_UPDATED);
        let providers = of_providers.filter_map(|e| e.event.partitionkey.parse().ok());
        let providers: BTreeSet<ProviderId> = providers.collect();
        let providers = providers.into_iter().collect::<Vec<_>>();
        let mut npis: BTreeSet<Npi> = holds::numbers(&self.store, &providers).await?.into_iter().collect();
        let changed = |kind: &str, key: &str| -> Vec<Uuid> {
            let of_kind = events.iter().filter(|e| e.event.kind == kind);
            of_kind
                .filter_map(|e| e.event.data[key].as_str()?.parse().ok())
                .collect()
        };
        let plans = changed(PLAN_UPDATED, "plan_id");
        let networks = changed(NETWORK_UPDATED, "network_id");
        if !plans.is_empty() || !networks.is_empty() {
            npis.extend(holds::numbers_by_plan(&self.store, &plans, &networks).await?);
        }
        Ok(decide_again(&self.store, &npis.into_iter().collect::<Vec<_>>(), (self.clock)()).await?)
    }

    async fn decided(&mut self, providers: &[ProviderId]) -> Result<(), Error> {
        let npis = holds::numbers(&self.store, providers).await?;
        Ok(decide_again(&self.store, &npis, (self.clock)()).await?)
    }
}

/// Decides claims again that wait for one of these providers, and releases those that need wait no longer.
///
/// # Errors
/// If Postgres is away; those that were released stay so.
pub async fn decide_again(store: &Store, npis: &[Npi], now: DateTime<Utc>) -> Result<(), store::Error> {
    let waiting = holds::waiting(store, npis).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let reference = store::networks::reference(store).await?;
    for waiting in waiting {
        release_if_decided(store, &waiting, &reference, now).await?;
    }
    Ok(())
}

async fn release_if_decided(
    store: &Store,
    waiting: &Waiting,
    reference: &Reference,
    now: DateTime<Utc>,
) -> Result<(), store::Error> {
    let plan = PlanId(waiting.plan_id);
    let Some(plan) = reference.plans.iter().find(|p| p.id == plan) else {
        return Ok(());
    };
    let standing = standing::as_known(store, waiting.question.npi, None).await?;
    let facts = standing.as_ref().map(|s| &s.facts);
    // It was held, so there was data of the plan's networks.
    let plan = reference.narrowed(plan);
    let terms = Terms::of_plan(&plan, waiting.question.service_date);
    let outcome = judge(&waiting.question, &terms, facts, true);
    if outcome.disposition == Disposition::PendingInfo {
        return Ok(());
    }
    let provider = standing.as_ref().map(|s| s.id.to_string());
    let key = provider.unwrap_or_else(|| waiting.question.npi.to_string());
    let event = Event::decision_changed(&waiting.told(), &key, &waiting.decision, &outcome, now);
    holds::release(store, waiting, &outcome, &event).await?;
    Ok(())
}
