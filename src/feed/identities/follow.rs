//! Follows what the store tells of every change.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot};

use super::{
    held::{Shared, in_time},
    table::Table,
};
use crate::feed::Error;
use crate::store::{
    Store,
    identities::{self, Key, Listener},
};

/// How often Postgres is asked whether anything was missed, which shows that the connection lives.
const BEAT: Duration = Duration::from_millis(500);
/// How long an answer to that may take before the connection is taken for dead.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// The shortest and the longest wait before another try after an error.
pub(super) const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

pub(super) struct Follower {
    pub(super) store: Store,
    pub(super) clock: fn() -> DateTime<Utc>,
    pub(super) shared: Arc<Shared>,
    pub(super) questions: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) backoff: Duration,
}

impl Follower {
    pub(super) async fn run(mut self) {
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
    pub(super) async fn read(&self, keys: &[Key]) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        let found = identities::load(&self.store, Some(keys), (self.clock)()).await?;
        self.shared.write().table.change(keys, found);
        Ok(())
    }
}
