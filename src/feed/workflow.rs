//! The engine of durable workflows: does the steps that are due, one transaction each, lets approvals run out, and takes
//! listings out of searches that nobody confirmed in time.
//!
//! Several servers may run one each: a step that one has is skipped by the others. What is done is in the database, so
//! there is nothing to lose here.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::domain::{listing::removed_if_confirmed_by, workflow::Step};
use crate::store::{
    self, Store,
    credentialing::{self, steps},
    listings,
    workflow::{self, Bell, Taken},
};
use crate::vocab::terms::ProviderKind;

/// The longest wait for a step that fell due without a sound.
const POLL: Duration = Duration::from_secs(5);
/// Approvals that run out in one transaction.
const LAPSING: i32 = 200;
/// Listings that are taken out of searches in one transaction.
const SUPPRESSING: i64 = 200;
/// How often listings are looked at.
const LISTINGS: TimeDelta = TimeDelta::hours(1);
/// Steps that are done before approvals are looked at again.
const ROUND: u64 = 1000;

/// Runs until told to stop. What fails is tried again; Postgres may come and go. `listings`: whether those that nobody
/// confirmed in time are taken out of searches.
pub async fn follow(store: Store, clock: fn() -> DateTime<Utc>, listings: bool, stop: CancellationToken) {
    let mut bell = Bell::hang(&store).await;
    let mut looked: Option<DateTime<Utc>> = None;
    loop {
        let now = clock();
        let look = listings && looked.is_none_or(|at| now - at >= LISTINGS);
        let round = async {
            let done = run_due(&store, now).await?;
            if look {
                suppress_listings(&store, now).await?;
                looked = Some(now);
            }
            Ok::<_, Error>(done)
        };
        let round = stop.run_until_cancelled(round).await;
        let worked = match round {
            None => return,
            Some(Ok(done)) => done >= ROUND,
            Some(Err(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the workflows wait before they go on"
                );
                false
            }
        };
        if !worked && stop.run_until_cancelled(bell.wait(POLL)).await.is_none() {
            return;
        }
    }
}

/// Does what is due at `now`, and what becomes due by it; how many steps. A step that fails is put back on the clock, and
/// the others go on.
///
/// # Errors
/// If Postgres can't be reached.
pub async fn run_due(store: &Store, now: DateTime<Utc>) -> Result<u64, Error> {
    let mut done = 0;
    while done < ROUND && run_one(store, now).await? {
        done += 1;
    }
    loop {
        let mut tx = store.begin(&workflow::engine()).await?;
        let lapsed = credentialing::lapse(&mut tx, LAPSING, now).await?;
        tx.commit().await?;
        if lapsed < u64::from(LAPSING.unsigned_abs()) {
            return Ok(done);
        }
    }
}

/// Takes the listings out of searches that nobody confirmed in time, and brings those back that somebody has; how many.
///
/// # Errors
/// If Postgres can't be reached.
pub async fn suppress_listings(store: &Store, now: DateTime<Utc>) -> Result<u64, Error> {
    let today = now.date_naive();
    let by = |kind| removed_if_confirmed_by(kind, today);
    let (people, facilities) = (by(ProviderKind::Individual), by(ProviderKind::Organization));
    let mut changed = 0;
    loop {
        let mut tx = store.begin(&workflow::engine()).await?;
        let some = listings::suppress(&mut tx, people, facilities, today, SUPPRESSING).await?;
        tx.commit().await?;
        changed += some;
        if some == 0 {
            return Ok(changed);
        }
    }
}

/// Does one step that is due; whether there was one.
async fn run_one(store: &Store, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut tx = store.begin(&workflow::engine()).await?;
    let Some(taken) = workflow::take(&mut tx, now).await? else {
        return Ok(false);
    };
    let outcome = async {
        perform(&mut tx, &taken, now).await?;
        workflow::done(&mut tx, taken.id, now).await?;
        tx.commit().await
    };
    if let Err(error) = outcome.await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            step = taken.name,
            subject = %taken.subject,
            "a step failed and is tried again later"
        );
        workflow::failed(store, &taken, &error.to_string(), now).await?;
    }
    Ok(true)
}

async fn perform(tx: &mut store::Tx, taken: &Taken, now: DateTime<Utc>) -> Result<(), store::Error> {
    let step: Step = taken
        .name
        .parse()
        .map_err(|_| store::Error::Corrupt(format!("step {}", taken.name)))?;
    match taken.workflow.as_str() {
        "credentialing" => steps::run(tx, taken.subject.into(), step, now).await,
        other => Err(store::Error::Corrupt(format!("workflow {other}"))),
    }
}
