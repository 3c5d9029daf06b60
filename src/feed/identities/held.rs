//! Who is who, as it is held in memory.

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    follow::{BACKOFF, Follower, PATIENCE},
    table::Table,
};
use crate::feed::{Error, tasks::Tasks};
use crate::store::{
    self, Store,
    access::{Credential, Standing},
};
use crate::vocab::{OrganizationId, UserId};

/// What is known of everybody. Clones are handles to the same.
#[derive(Clone)]
pub struct Identities {
    pub(super) shared: Arc<Shared>,
    asked: mpsc::Sender<oneshot::Sender<()>>,
}

#[derive(Default)]
pub(super) struct Shared {
    state: RwLock<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) table: Table,
    /// Everything that was committed before is in the table; none: nothing has been read, or something may have been missed.
    pub(super) seen: Option<Instant>,
}

impl Identities {
    /// Starts to read and to follow. Must be called within a tokio runtime.
    pub(in crate::feed) fn start(store: Store, clock: fn() -> DateTime<Utc>, tasks: &Tasks) -> Self {
        let (asked, questions) = mpsc::channel(1024);
        let shared = Arc::<Shared>::default();
        let follower = Follower {
            store,
            clock,
            shared: Arc::clone(&shared),
            questions,
            backoff: BACKOFF.0,
        };
        tasks.spawn(follower.run());
        Self { shared, asked }
    }

    /// Of nobody, and nothing follows: for measuring what does not ask.
    pub(in crate::feed) fn at_rest() -> Self {
        let (asked, _) = mpsc::channel(1);
        Self {
            shared: Arc::default(),
            asked,
        }
    }

    /// Who comes with a credential, as known at most `at_most` ago. None: nobody who is known here, or what is known is older:
    /// the store must say.
    pub fn standing(
        &self,
        credential: Credential<'_>,
        wanted: Option<OrganizationId>,
        now: DateTime<Utc>,
        at_most: Duration,
    ) -> Option<Standing> {
        self.fresh(at_most)?.table.standing(credential, wanted, now)
    }

    /// The person whom an issuer vouches for, as known at most `at_most` ago; none as in [`Self::standing`].
    pub fn person(&self, issuer: &str, subject: &str, at_most: Duration) -> Option<UserId> {
        self.fresh(at_most)?.table.person(issuer, subject)
    }

    /// Waits until whatever was committed before is known here. Where Postgres does not answer, nothing is taken from here
    /// until it does.
    pub async fn catch_up(&self) {
        let (reply, replied) = oneshot::channel();
        let asked = async {
            self.asked.send(reply).await.ok()?;
            replied.await.ok()
        };
        if !matches!(timeout(PATIENCE, asked).await, Ok(Some(()))) {
            self.shared.write().seen = None;
        }
    }

    fn fresh(&self, at_most: Duration) -> Option<RwLockReadGuard<'_, State>> {
        let state = self.shared.read();
        state
            .seen
            .is_some_and(|seen| seen.elapsed() <= at_most)
            .then_some(state)
    }
}

impl Shared {
    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn in_time<T>(asked: impl Future<Output = Result<T, store::Error>>) -> Result<T, Error> {
    match timeout(PATIENCE, asked).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(Error::Silent),
    }
}
