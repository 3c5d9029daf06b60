//! Who is who, in memory, so that a search of somebody signed in waits for no database.
//!
//! Everything is read once; then Postgres tells at each commit whose entry changed, and that one is read anew. A node that
//! has lost the connection reads everything again, and knows how old its knowledge is meanwhile. Who has changed something
//! waits with [`Identities::catch_up`] until it is seen here: on this node a revocation holds at once.

mod table;

use std::{
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

pub use self::table::Table;
use super::Error;
use crate::store::{
    self, Store,
    access::{Credential, Standing},
    identities::{self, Key, Listener},
};
use crate::vocab::{OrganizationId, UserId};

/// How often Postgres is asked whether anything was missed, which shows that the connection lives.
const BEAT: Duration = Duration::from_millis(500);
/// How long an answer to that may take before the connection is taken for dead.
const PATIENCE: Duration = Duration::from_secs(2);
/// The shortest and the longest wait before another try after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// What is known of everybody. Clones are handles to the same.
#[derive(Clone)]
pub struct Identities {
    shared: Arc<Shared>,
    asked: mpsc::Sender<oneshot::Sender<()>>,
}

#[derive(Default)]
struct Shared {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    table: Table,
    /// Everything that was committed before is in the table; none: nothing has been read, or something may have been missed.
    seen: Option<Instant>,
}

impl Identities {
    /// Starts to read and to follow. Must be called within a tokio runtime.
    pub(super) fn start(store: Store, clock: fn() -> DateTime<Utc>, stop: CancellationToken) -> Self {
        let (asked, questions) = mpsc::channel(1024);
        let shared = Arc::<Shared>::default();
        let follower = Follower {
            store,
            clock,
            shared: Arc::clone(&shared),
            questions,
            backoff: BACKOFF.0,
        };
        tokio::spawn(async move {
            let _ = stop.run_until_cancelled(follower.run()).await;
        });
        Self { shared, asked }
    }

    /// Of nobody, and nothing follows: for measuring what does not ask.
    pub(super) fn at_rest() -> Self {
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
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Follower {
    store: Store,
    clock: fn() -> DateTime<Utc>,
    shared: Arc<Shared>,
    questions: mpsc::Receiver<oneshot::Sender<()>>,
    backoff: Duration,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let Err(error) = self.follow().await else { return };
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "who is who is not kept fresh: tried again"
            );
            let pause = tokio::time::sleep(self.backoff);
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    // Nobody waits for an answer that does not come.
                    question = self.questions.recv() => match question {
                        Some(reply) => drop(reply),
                        None => return,
                    },
                }
            }
            self.backoff = (self.backoff * 2).min(BACKOFF.1);
        }
    }

    /// Follows until something fails; ends well when nobody can ask any more.
    async fn follow(&mut self) -> Result<(), Error> {
        let mut listener = in_time(Listener::open(&self.store)).await?;
        let began = Instant::now();
        let found = identities::load(&self.store, None, (self.clock)()).await?;
        {
            let mut state = self.shared.write();
            state.table = Table::new(found);
            state.seen = Some(began);
        }
        self.backoff = BACKOFF.0;
        let mut beat = tokio::time::interval(BEAT); // Of its own, so that much news does not put it off.
        loop {
            let mut waiting = Vec::new();
            tokio::select! {
                heard = listener.wait() => {
                    self.read(&heard?).await?;
                    continue; // More may be on its way: only an answer to a question shows that nothing is.
                }
                question = self.questions.recv() => match question {
                    Some(reply) => waiting.push(reply),
                    None => return Ok(()),
                },
                _ = beat.tick() => self.shared.write().table.forget_ended((self.clock)()),
            }
            while let Ok(reply) = self.questions.try_recv() {
                waiting.push(reply);
            }
            let began = Instant::now();
            let heard = in_time(listener.catch_up()).await?;
            self.read(&heard).await?;
            self.shared.write().seen = Some(began);
            for reply in waiting {
                let _ = reply.send(()); // Who asked may have gone.
            }
        }
    }

    /// Reads some keys anew.
    async fn read(&self, keys: &[Key]) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let found = identities::load(&self.store, Some(keys), (self.clock)()).await?;
        self.shared.write().table.change(keys, found);
        Ok(())
    }
}

async fn in_time<T>(asked: impl Future<Output = Result<T, store::Error>>) -> Result<T, Error> {
    match timeout(PATIENCE, asked).await {
        Ok(answered) => Ok(answered?),
        Err(_) => Err(Error::Silent),
    }
}
