//! The one place that decides where a search computes: on the spot, or on a thread that may be busy for a while.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Rooms, problem::Problem};

/// How much a piece of work may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Microseconds: cheaper to do than to hand over.
    Light,
    /// May touch the whole index: facets over everything, a page of an export.
    Heavy,
    /// Seconds, as a text of megabytes: it leaves a turn to whoever waits for less.
    Long,
}

/// Where a search computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// On the spot for as long as the worker can be spared; whatever takes longer begins anew on a thread of its own.
    #[default]
    OnTheSpot,
    /// On the spot, after the runtime was told to move everything else away. For comparing.
    InPlace,
    /// Always on a thread of its own. For comparing.
    HandedOver,
}

/// How long a worker of the runtime can be spared: others wait no longer than this.
pub const SPARED: Duration = Duration::from_millis(2);

/// Runs `work` by its weight. Heavy work waits for its turn, so that it can't push the light aside.
pub async fn run<T: Send + 'static>(
    rooms: &Rooms,
    weight: Weight,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    match weight {
        Weight::Light => Ok(work()),
        Weight::Heavy => holding(turn(&rooms.heavy).await?, work).await,
        Weight::Long => {
            let long = turn(&rooms.long).await?;
            holding((long, turn(&rooms.heavy).await?), work).await
        }
    }
}

/// Runs heavy work that takes as many threads as it is told: one, and those that nobody else needs.
///
/// # Errors
/// If it broke off.
pub async fn in_parts<T: Send + 'static>(
    rooms: &Rooms,
    work: impl FnOnce(usize) -> T + Send + 'static,
) -> Result<T, Problem> {
    let mut turn = turn(&rooms.heavy).await?;
    while let Ok(another) = rooms.heavy.clone().try_acquire_owned() {
        turn.merge(another);
    }
    let threads = turn.num_permits();
    holding(turn, move || work(threads)).await
}

async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Problem> {
    turns.clone().acquire_owned().await.map_err(|e| Problem::internal(&e))
}

async fn holding<T: Send + 'static>(
    turn: impl Send + 'static,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn); // Not before: a caller who goes away does not stop the thread.
        done
    });
    done.await.map_err(|e| Problem::internal(&e))
}
