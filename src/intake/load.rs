//! Invented providers straight into the store, without files in between: the same merge as an import, and what NPPES does
//! not know beside it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{
    Error,
    generate::{self, Synthetic},
    pace::Pace,
};
use crate::domain::access::{Actor, Role};
use crate::store::{
    self, Store,
    nppes::{Beside, Keyed, Place, Record, Rows},
    supplement::{self, Decision, Supplement},
};
use crate::vocab::{Lexicon, place::Gazetteer, terms::ProviderKind};

/// Most providers in one transaction.
const BATCH: usize = 1_000;

/// Connections that share the work, for one keeps one processor of Postgres busy.
const LOADERS: usize = 2;

/// Loads the first `count` providers of a seed with everything that hangs on them. Networks and plans must be there:
/// [`networks`]. Said twice, it changes nothing the second time. `progress` is told how many are done.
///
/// A provider comes with its credentials, hours and networks in one transaction: there is nothing before it that anybody
/// could have seen, so no history is kept of it.
///
/// # Errors
/// If Postgres goes away; the same again then completes what was broken off.
pub async fn synthetic(
    store: &Store,
    lexicon: &Lexicon,
    count: u64,
    seed: u64,
    now: DateTime<Utc>,
    progress: impl Fn(u64),
) -> Result<(), Error> {
    let count = count.min(generate::CAPACITY);
    let (next, done, pace) = (AtomicU64::new(0), AtomicU64::new(0), Pace::at_most(BATCH));
    let loading = (0..LOADERS).map(|_| async {
        loop {
            let size = pace.rows() as u64;
            let from = next.fetch_add(size, Ordering::Relaxed);
            if from >= count {
                return Ok::<_, Error>(());
            }
            let batch: Vec<_> = (from..count.min(from + size))
                .map(|i| generate::provider(i, seed))
                .collect();
            pace.took(add(store, lexicon, &batch, now).await?);
            let many = batch.len() as u64;
            progress(done.fetch_add(many, Ordering::Relaxed) + many);
        }
    });
    futures::future::try_join_all(loading).await?;
    Ok(())
}

/// Answers how long its transaction took.
async fn add(store: &Store, lexicon: &Lexicon, batch: &[Synthetic], now: DateTime<Utc>) -> Result<Duration, Error> {
    let decision = Decision {
        source: "synthetic roster".to_owned(),
        decided: now.date_naive() - chrono::Days::new(30),
    };
    let supplements: Vec<_> = batch.iter().map(supplement).collect();
    let rows = rows(batch, &lexicon.gazetteer);
    let began = Instant::now();
    let mut tx = store.begin(&loader()).await?;
    tx.bulk().await?;
    store::nppes::merge(&mut tx, &rows, true, Beside::Parts, now.date_naive(), now).await?;
    supplement::add(&mut tx, &supplements, &decision, now).await?;
    tx.commit().await?;
    Ok(began.elapsed())
}

/// Makes the payers, networks and plans of the invented providers, unless they are there.
///
/// # Errors
/// If Postgres goes away.
pub async fn networks(store: &Store) -> Result<(), Error> {
    let there = store::networks::reference(store).await?;
    let reference = generate::reference();
    let mut tx = store.begin(&administrator()).await?;
    for organization in reference.organizations {
        if there.organizations.iter().all(|o| o.id != organization.id) {
            store::networks::create_organization(&mut tx, &organization).await?;
        }
    }
    for network in reference.networks {
        if there.networks.iter().all(|n| n.id != network.id) {
            store::networks::create_network(&mut tx, &network).await?;
        }
    }
    for plan in reference.plans {
        if there.plans.iter().all(|p| p.id != plan.id) {
            store::networks::create_plan(&mut tx, &plan).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn rows(batch: &[Synthetic], gazetteer: &Gazetteer) -> Rows {
    let mut rows = Rows::default();
    for (line, provider) in (1..).zip(batch) {
        let mut sites = provider.sites.iter().map(|site| located(site, gazetteer));
        let practice = sites.next();
        rows.places.extend(sites.map(|value| Keyed {
            line,
            npi: provider.npi,
            value,
        }));
        rows.records.push(record(line, provider, practice));
    }
    rows
}

fn record(line: u64, provider: &Synthetic, practice: Option<Place>) -> Record {
    Record {
        line,
        npi: provider.npi,
        kind: Some(provider.kind),
        category: super::nppes::category(provider.kind, &provider.specialties, false),
        name: provider.name.clone(),
        other_names: provider.other_name.iter().cloned().collect(),
        specialties: provider.specialties.clone(),
        identifiers: Vec::new(),
        gender: provider.gender.filter(|_| provider.kind == ProviderKind::Individual),
        mailing: practice.clone(),
        practice,
        secondary: Vec::new(),
        endpoints: Vec::new(),
        enumerated: Some(provider.enumerated),
        updated: Some(provider.updated),
        certified: None,
        events: Vec::new(),
        languages: provider.languages.iter().map(|l| (*l).to_owned()).collect(),
        verified: provider.verified,
        partial: false,
    }
}

fn located(site: &generate::Site, gazetteer: &Gazetteer) -> Place {
    let located = gazetteer.locate(Some(&site.postal_code), Some(site.city), None, Some(site.state));
    Place {
        line1: Some(site.line1.clone()),
        line2: site.line2.clone(),
        city: Some(site.city.to_owned()),
        state: Some(site.state.to_owned()),
        postal_code: Some(site.postal_code.clone()),
        country: "US".to_owned(),
        phone: Some(site.phone.clone()),
        fax: site.fax.clone(),
        county: located.county,
        point: located.point,
        quality: Some(located.quality),
        time_zone: located.time_zone,
    }
}

fn supplement(provider: &Synthetic) -> Supplement {
    let site = |site: &generate::Site| supplement::Site {
        line1: site.line1.clone(),
        postal_code: site.postal_code.clone(),
        telehealth: site.telehealth,
        accessibility: site.accessibility.clone(),
        hours: site.hours.clone(),
    };
    let membership = |m: &generate::Membership| supplement::Membership {
        site: m.site,
        network_id: generate::network_id(m.network),
        tier: m.tier.map(str::to_owned),
        status: m.status,
        effective: m.effective,
        termination: m.termination,
        accepting: Some(m.accepting),
    };
    Supplement {
        npi: provider.npi,
        languages: provider.languages.iter().map(|l| (*l).to_owned()).collect(),
        verified_at: provider.verified,
        status: provider.network_status,
        sites: provider.sites.iter().map(site).collect(),
        participations: provider.memberships.iter().map(membership).collect(),
    }
}

fn loader() -> Actor {
    Actor::new("import:synthetic", Role::Import)
}

fn administrator() -> Actor {
    Actor {
        role: Role::PlatformAdmin,
        ..loader()
    }
}
