//! A running feed as the rest of the program holds it: it tells what the feed is doing, asks it for a rebuild or a repair,
//! hands out what is kept in memory beside the index, and stops all of it in order.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{mpsc, oneshot, watch};

use super::{Error, Identities, Participations, Progress, Status, publish, tail::Tail, tasks::Tasks};
use crate::index::Index;
use crate::store::Store;
use crate::vocab::ProviderId;

/// How the feed works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest wait for a notification before the outbox is read anyway.
    pub poll: Duration,
    /// Most outbox rows taken at once.
    pub batch: usize,
    /// The longest time that visible changes wait for their segments.
    pub commit_after: Duration,
    /// The number of visible changes at which segments are written at once.
    pub commit_changes: usize,
    /// Tells the day to the timers.
    pub clock: fn() -> DateTime<Utc>,
}

/// A running feed. Clones are handles to the same one.
#[derive(Clone)]
pub struct Feed {
    requests: mpsc::Sender<Request>,
    status: watch::Receiver<Status>,
    participations: Participations,
    identities: Identities,
    tasks: Tasks,
}

/// To whom it is told how a rebuild went.
pub(super) type Reply = oneshot::Sender<Result<Progress, Error>>;

/// What the tail is asked to do beside following.
pub(super) enum Request {
    /// To make a new generation.
    Rebuild(Reply),
    /// To bring these providers to what the store has.
    Repair(Vec<ProviderId>, oneshot::Sender<Result<(), Error>>),
}

impl Feed {
    /// Starts to follow the outbox from the position of the index. Must be called within a tokio runtime.
    pub fn start(store: Store, index: Index, settings: Settings) -> Self {
        let (requests, received) = mpsc::channel(16);
        let (told, status) = watch::channel(Status::starting(index.position()));
        let tasks = Tasks::default();
        let participations = Participations::start(store.clone(), settings.poll, settings.batch, &tasks);
        let identities = Identities::start(store.clone(), settings.clock, &tasks);
        let tail = Tail::new(store, index, settings, received, told, tasks.stop().clone());
        tasks.spawn_to_its_end(tail.run());
        Self {
            requests,
            status,
            participations,
            identities,
            tasks,
        }
    }

    /// A feed that follows nothing, beside an index that stays as it is: for measuring.
    pub fn at_rest(index: &Index) -> Self {
        let (requests, _) = mpsc::channel(1);
        let (_, status) = watch::channel(Status::starting(index.position()));
        Self {
            requests,
            status,
            participations: Participations::at_rest(),
            identities: Identities::at_rest(),
            tasks: Tasks::default(),
        }
    }

    /// Starts to publish what changes, until this feed is stopped.
    ///
    /// # Errors
    /// If the settings name a broker that this program was built without.
    pub fn publish(&self, store: &Store, settings: &publish::Settings) -> Result<(), publish::Error> {
        publish::start(store, settings, &self.participations.watch(), &self.tasks)
    }

    /// With participations of one's own, which nothing follows: for measuring.
    #[must_use]
    pub fn with_participations(self, participations: Participations) -> Self {
        Self { participations, ..self }
    }

    /// Who takes part where, kept fresh beside the index.
    pub fn participations(&self) -> &Participations {
        &self.participations
    }

    /// Who is who, kept fresh in memory.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// What the feed is doing.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// A view of the status that tells of every change.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Waits until there is a generation to answer from and the end of the outbox has been reached once.
    ///
    /// # Errors
    /// If the feed is stopped meanwhile.
    pub async fn caught_up(&self) -> Result<(), Error> {
        let mut status = self.status.clone();
        status
            .wait_for(|s| s.caught_up.is_some())
            .await
            .map(drop)
            .map_err(|_| Error::Stopped)
    }

    /// Makes a new generation in the background and answers when it is the one that answers searches.
    ///
    /// # Errors
    /// If Postgres goes away or the index can't be written; the old generation stays.
    pub async fn rebuild(&self) -> Result<Progress, Error> {
        let (reply, replied) = oneshot::channel();
        self.requests
            .send(Request::Rebuild(reply))
            .await
            .map_err(|_| Error::Stopped)?;
        replied.await.map_err(|_| Error::Stopped)?
    }

    /// Brings these providers of the index to what the store has.
    ///
    /// # Errors
    /// If Postgres goes away or the index can't be written.
    pub async fn repair(&self, providers: Vec<ProviderId>) -> Result<(), Error> {
        let (reply, replied) = oneshot::channel();
        self.requests
            .send(Request::Repair(providers, reply))
            .await
            .map_err(|_| Error::Stopped)?;
        replied.await.map_err(|_| Error::Stopped)?
    }

    /// Stops in order: what is visible is in segments when this returns.
    pub async fn stop(&self) {
        self.tasks.end().await;
    }
}
