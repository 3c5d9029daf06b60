//! The engine of durable workflows: does the steps that are due, one transaction each, and lets approvals run out.
//!
//! Several servers may run one each: a step that one has is skipped by the others. What is done is in the database, so
//! there is nothing to lose here.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::domain::workflow::Step;
use crate::store::{
    self, Store,
    credentialing::{self, steps},
    workflow::{self, Bell, Taken},
};

/// The longest wait for a step that fell due without a sound.
const POLL: Duration = Duration::from_secs(5);
/// Approvals that run out in one transaction.
const LAPSING: i32 = 200;
/// Steps that are done before approvals are looked at again.
const ROUND: u64 = 1000;

/// Runs until told to stop. What fails is tried again; Postgres may come and go.
pub async fn follow(store: Store, clock: fn() -> DateTime<Utc>, stop: CancellationToken) {
    let mut bell = Bell::hang(&store).await;
    loop {
        let round = stop.run_until_cancelled(run_due(&store, clock())).await;
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
