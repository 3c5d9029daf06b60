//! One way out: reads behind its cursor, sends, moves the cursor.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

#[cfg(feature = "kafka")]
use super::kafka;
#[cfg(feature = "nats")]
use super::nats;
use super::{holds, webhooks};
#[cfg(any(feature = "kafka", feature = "nats"))]
use crate::domain::event::Event;
use crate::feed::tasks::Tasks;
use crate::store::{
    self, Store,
    publish::{Published, Turn},
};
use crate::vocab::{Position, ProviderId};

/// The shortest and the longest wait before another try after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(30));
/// How often a cursor is written down while there is nothing to publish.
const IDLE: Duration = Duration::from_secs(600);

/// Where to publish, and how.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest wait before the outbox is looked at without having been told.
    pub poll: Duration,
    /// Most events taken at once.
    pub batch: i64,
    /// How webhooks are tried.
    pub webhooks: webhooks::Settings,
    /// Addresses of Kafka brokers, `host:port`, separated by commas.
    pub kafka: Option<String>,
    /// Address of a NATS server with JetStream.
    pub nats: Option<String>,
}

impl Settings {
    /// Webhooks only.
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        Self {
            poll: Duration::from_secs(1),
            batch: 1_000,
            webhooks: webhooks::Settings::new(clock),
            kafka: None,
            nats: None,
        }
    }
}

/// Why a sink did not take events. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Postgres is away.
    #[error("read what is to be published")]
    Store(#[from] store::Error),
    /// The broker is away or refuses.
    #[error("publish to {sink}: {why}")]
    Sink {
        /// Which.
        sink: &'static str,
        /// What it said.
        why: String,
    },
}

/// A way out.
pub trait Sink: Send + 'static {
    /// The name of its cursor.
    fn name(&self) -> &'static str;

    /// Takes events, in order for each partition key. It has them all when this returns.
    fn take(&mut self, events: &[Published]) -> impl Future<Output = Result<(), Error>> + Send;

    /// Hears of providers whose credentialing was opened or closed without changing them: nothing that is told outside.
    fn decided(&mut self, _providers: &[ProviderId]) -> impl Future<Output = Result<(), Error>> + Send {
        std::future::ready(Ok(()))
    }
}

/// Starts all ways out that the settings name. Must be called within a tokio runtime.
///
/// # Errors
/// If the settings name a broker that this program was built without.
pub(in crate::feed) fn start(
    store: &Store,
    settings: &Settings,
    woken: &watch::Receiver<Option<Position>>,
    tasks: &Tasks,
) -> Result<(), Error> {
    let publish = Publisher {
        store: store.clone(),
        settings: settings.clone(),
        woken: woken.clone(),
    };
    let queued = webhooks::start(store, &settings.webhooks, tasks);
    publish.clone().spawn(tasks, queued);
    publish.clone().spawn(
        tasks,
        holds::Holds {
            store: store.clone(),
            clock: settings.webhooks.clock,
        },
    );
    if let Some(brokers) = &settings.kafka {
        #[cfg(feature = "kafka")]
        publish.clone().spawn(tasks, kafka::Kafka::new(brokers));
        #[cfg(not(feature = "kafka"))]
        return Err(built_without("kafka", brokers));
    }
    if let Some(server) = &settings.nats {
        #[cfg(feature = "nats")]
        publish.spawn(tasks, nats::Nats::new(server));
        #[cfg(not(feature = "nats"))]
        return Err(built_without("nats", server));
    }
    Ok(())
}

#[cfg(not(all(feature = "kafka", feature = "nats")))]
fn built_without(sink: &'static str, address: &str) -> Error {
    let why = format!("{address} is named, and this program was built without the feature {sink}");
    Error::Sink { sink, why }
}

#[derive(Clone)]
struct Publisher {
    pub(super) store: Store,
    pub(super) settings: Settings,
    woken: watch::Receiver<Option<Position>>,
}

impl Publisher {
    pub(super) fn spawn(self, tasks: &Tasks, sink: impl Sink) {
        tasks.spawn(self.run(sink));
    }

    pub(super) async fn run(mut self, mut sink: impl Sink) {
        let mut backoff = BACKOFF.0;
        loop {
            let began = Instant::now();
            let ended = self.publish(&mut sink).await;
            if began.elapsed() > BACKOFF.1 {
                backoff = BACKOFF.0;
            }
            if let Err(error) = ended {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    sink = sink.name(),
                    "events wait before they are published again"
                );
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(BACKOFF.1);
        }
    }

    /// Publishes until something fails.
    pub(super) async fn publish(&mut self, sink: &mut impl Sink) -> Result<(), Error> {
        let mut turn = self.turn(sink.name()).await?;
        let mut noted = Instant::now();
        loop {
            let batch = turn.read(self.settings.batch).await?;
            if !batch.events.is_empty() {
                sink.take(&batch.events).await?;
                let published = batch.events.len() as u64;
                metrics::counter!("provdir_events_published_total", "sink" => sink.name()).increment(published);
            }
            if !batch.decided.is_empty() {
                sink.decided(&batch.decided).await?;
            }
            let heard = !batch.events.is_empty() || !batch.decided.is_empty();
            if heard || (noted.elapsed() > IDLE && batch.position > turn.position()) {
                turn.advance(batch.position).await?;
                noted = Instant::now();
            }
            if !batch.more {
                // Whether it was told or not, it looks: what woke it may have been something else.
                let _ = tokio::time::timeout(self.settings.poll, self.woken.changed()).await;
            }
        }
    }

    /// Waits until no other process publishes under the name.
    async fn turn(&self, name: &str) -> Result<Turn, Error> {
        loop {
            if let Some(turn) = Turn::take(&self.store, name).await? {
                return Ok(turn);
            }
            tokio::time::sleep(self.settings.poll).await;
        }
    }
}

/// How long a broker may take for what it is sent at once; after that its connection is given up.
#[cfg(any(feature = "kafka", feature = "nats"))]
const PATIENCE: Duration = Duration::from_secs(30);

/// What a broker says, which may also never answer.
#[cfg(any(feature = "kafka", feature = "nats"))]
pub(super) async fn within_patience<T, E: std::fmt::Display>(
    sink: &'static str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Error> {
    let why = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(said)) => return Ok(said),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    Err(Error::Sink { sink, why })
}

/// What a broker is told instead of an event that is too large for it: that would be refused for ever, and everything that
/// stands behind it with it.
#[cfg(any(feature = "kafka", feature = "nats"))]
pub(super) fn letter_about(sink: &'static str, event: &Event, bytes: usize) -> Event {
    metrics::counter!("provdir_events_too_large_total", "sink" => sink).increment(1);
    tracing::warn!(
        sink,
        bytes,
        event = %event.id,
        kind = event.kind,
        subject = event.subject,
        "an event is too large for the broker, which gets a dead letter in its place"
    );
    event.dead_letter(bytes)
}

/// Whether a broker gets an event: what is private to a tenant stays there, unless it is the answer to its own claim.
#[cfg(any(feature = "kafka", feature = "nats"))]
pub(super) fn is_for_brokers(published: &Published) -> bool {
    published.owner.is_none() || published.event.kind == crate::domain::event::DECISION_CHANGED
}
