//! `provider.updated` outwards: the outbox as CloudEvents, to webhooks, Kafka and NATS JetStream.
//!
//! Each way out is a [`Sink`] with a cursor of its own in Postgres and a lock that one process holds at a time. The cursor
//! moves after the sink has taken the events, so that a process that dies publishes them once more: at least once, in
//! order for each provider, and with the same id however often. A sink that is down delays neither the others nor the index.

mod publisher;

pub mod holds;
pub mod webhooks;

pub(super) use publisher::start;
pub use publisher::{Error, Settings, Sink};
#[cfg(any(feature = "kafka", feature = "nats"))]
use publisher::{is_for_brokers, letter_about, within_patience};

#[cfg(feature = "kafka")]
mod kafka;
#[cfg(feature = "nats")]
mod nats;
#[cfg(any(feature = "kafka", test))]
mod parcels;
