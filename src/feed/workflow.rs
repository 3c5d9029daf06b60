//! The engine of durable workflows: does the steps that are due, one transaction each, lets approvals run out, and takes
//! listings out of searches that nobody confirmed in time.
//!
//! Several servers may run one each: a step that one has is skipped by the others. What is done is in the database, so
//! there is nothing to lose here. Where an engine outside does the waiting, it asks for [`advance`], one request at a time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::domain::{listing::removed_if_confirmed_by, workflow::Step};
use crate::store::{
    self, Store,
    credentialing::{self, WORKFLOW, steps},
    listings,
    workflow::{self, Bell, Taken},
};
use crate::vocab::{
    CredentialingRequestId,
    terms::{ProviderKind, RequestStatus},
};

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

/// The shortest wait for a step that somebody else is doing.
const ELSEWHERE: TimeDelta = TimeDelta::seconds(1);
/// Steps that are done before another engine is told how far it got.
const STRETCH: u64 = 100;

/// What a server sees to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duties {
    /// Steps of requests, unless another engine waits for them.
    pub steps: bool,
    /// Listings that nobody confirmed in time.
    pub listings: bool,
}

/// Runs until told to stop. What fails is tried again; Postgres may come and go.
pub async fn follow(store: Store, clock: fn() -> DateTime<Utc>, duties: Duties, stop: CancellationToken) {
    let mut bell = Bell::hang(&store).await;
    let mut looked: Option<DateTime<Utc>> = None;
    let mut home = !duties.steps;
    loop {
        let now = clock();
        let look = duties.listings && looked.is_none_or(|at| now - at >= LISTINGS);
        let round = async {
            if !home {
                let mut tx = store.begin(&workflow::engine()).await?;
                workflow::move_in(&mut tx).await?;
                tx.commit().await?;
                home = true;
            }
            let done = match duties.steps {
                true => run_due(&store, now).await?,
                false => lapse(&store, now).await.map(|()| 0)?,
            };
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
    while done < ROUND && run_one(store, None, now).await? {
        done += 1;
    }
    lapse(store, now).await?;
    Ok(done)
}

/// What is left to wait for after [`advance`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// So many milliseconds, or a call.
    After(u64),
    /// A call.
    Call,
    /// Nothing: the request is decided, and all that follows is done.
    Nothing,
}

/// Does what is due at `now` for one request, and what becomes due by it; what is to be waited for then. Said twice, or
/// beside another engine, it finds less to do, and does nothing twice.
///
/// # Errors
/// If Postgres can't be reached.
pub async fn advance(store: &Store, request: CredentialingRequestId, now: DateTime<Utc>) -> Result<Next, Error> {
    let mut done = 0;
    while done < STRETCH && run_one(store, Some(request), now).await? {
        done += 1;
    }
    let mut tx = store.begin(&workflow::engine()).await?;
    if let Some(due) = workflow::next_due_of(&mut tx, WORKFLOW, request.0).await? {
        // A step that is due and was not done is in other hands: not asked for again at once.
        let least = if done < STRETCH { ELSEWHERE } else { TimeDelta::zero() };
        let wait = (due - now).max(least).num_milliseconds();
        return Ok(Next::After(wait.unsigned_abs()));
    }
    match credentialing::find(&mut tx, request).await {
        Ok(found) if found.status == RequestStatus::Submitted => Ok(Next::Call),
        Ok(_) | Err(store::Error::NotFound) => Ok(Next::Nothing),
        Err(error) => Err(error.into()),
    }
}

/// Sees to approvals that have run out.
async fn lapse(store: &Store, now: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let mut tx = store.begin(&workflow::engine()).await?;
        let lapsed = credentialing::lapse(&mut tx, LAPSING, now).await?;
        tx.commit().await?;
        if lapsed < u64::from(LAPSING.unsigned_abs()) {
            return Ok(());
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

/// Does one step that is due, of one request or of any; whether there was one.
async fn run_one(store: &Store, of: Option<CredentialingRequestId>, now: DateTime<Utc>) -> Result<bool, Error> {
    let mut tx = store.begin(&workflow::engine()).await?;
    let taken = match of {
        Some(request) => workflow::take_of(&mut tx, WORKFLOW, request.0, now).await?,
        None => workflow::take(&mut tx, now).await?,
    };
    let Some(taken) = taken else {
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
        WORKFLOW => steps::run(tx, taken.subject.into(), step, now).await,
        other => Err(store::Error::Corrupt(format!("workflow {other}"))),
    }
}
