//! What changes by the passing of days alone: participations that begin or end today, outbox rows that nobody needs.
//!
//! Each day that passes is written once, by whichever node comes first; the rows then travel like any other change.

use std::time::Duration;

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use super::Error;
use crate::store::{self, Store, outbox};

/// How long outbox rows are kept, in days: a node that was away for longer rebuilds.
const KEPT: Days = Days::new(7);

/// How long deliveries of webhooks are kept once they are over, in days: those that were given up can be replayed so long.
const DELIVERIES_KEPT: Days = Days::new(30);

/// How long receipts of the network check are kept, in months: two years, which the law asks for.
const RECEIPTS_KEPT: Months = Months::new(24);

/// Writes outbox rows for the providers whose participations begin or have ended since the day last written, and
/// answers how many. `done` is the day that this process knows to be written: asked again on the same day, Postgres is not.
///
/// # Errors
/// If Postgres can't be reached; the day is then written at the next call.
pub async fn ring(store: &Store, done: &mut Option<NaiveDate>, now: DateTime<Utc>) -> Result<u64, Error> {
    let today = now.date_naive();
    if *done >= Some(today) {
        return Ok(0);
    }
    let written = store::timers::participations_through(store, today).await?;
    *done = Some(today);
    Ok(written)
}

/// What a day brings beside, and nobody's search hangs on: slots of two months ahead, and rows that nobody needs.
pub async fn tidy(store: Store, now: DateTime<Utc>) {
    tokio::join!(roll_slots_on(store.clone(), now), prune(store, now));
}

/// Deletes what nobody needs any more. What fails is left for tomorrow: it is in nobody's way.
async fn prune(store: Store, now: DateTime<Utc>) {
    let told = |what: &str, done: Result<u64, store::Error>| match done {
        Ok(0) => {}
        Ok(rows) => tracing::info!(rows, what, "rows that nobody needs were deleted"),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            what,
            "rows that nobody needs are kept until tomorrow"
        ),
    };
    if let Some(past) = now.checked_sub_days(KEPT) {
        told("outbox", outbox::prune(&store, past).await);
    }
    if let Some(past) = now.checked_sub_days(DELIVERIES_KEPT) {
        told("deliveries", store::webhooks::prune(&store, past).await);
    }
    if let Some(past) = now.checked_sub_months(RECEIPTS_KEPT) {
        told("receipts", store::receipts::prune(&store, past).await);
    }
}

/// How long after a try that left something undone the next one comes; then it is left for tomorrow.
const AGAIN: [Duration; 3] = [
    Duration::from_secs(60),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

/// Makes the slots of the days that have come within the horizon. Nodes that do it at the same time find each other's.
async fn roll_slots_on(store: Store, now: DateTime<Utc>) {
    for wait in AGAIN.map(Some).into_iter().chain([None]) {
        match store::schedules::roll_on_all(&store, now).await {
            Ok(rolled) => {
                if rolled.slots > 0 {
                    tracing::info!(slots = rolled.slots, "slots were made for the days to come");
                }
                if rolled.failed == 0 {
                    return;
                }
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no slots were made for the days to come"
            ),
        }
        if let Some(wait) = wait {
            tokio::time::sleep(wait).await;
        }
    }
}
