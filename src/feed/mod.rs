//! The change feed: what is committed in Postgres becomes visible in the index, in order for each provider, at least once.
//!
//! One task, the [`tail`], owns all writing to the index, so that nothing can overtake anything. It reads the outbox behind
//! the index's own position, loads the providers named there as they are now, and applies them: visible at once, even where
//! a long transaction holds the position up ([`heard`]). Segments follow in the background. Reading a row twice is harmless
//! (a provider is replaced by what it is now), losing one is not possible: the position is part of the index and never ahead
//! of what is in it.
//!
//! A [`rebuild`] makes a new generation from one snapshot while the old one goes on answering. [`reconcile`] compares both
//! sides. [`timers`] write outbox rows for what changes by the passing of days alone. [`free_slots`] are kept beside the
//! index, [`participations`] in memory for the network check, by a reader of the outbox of their own, and [`identities`] for
//! searches of those who are signed in. [`workflow`] does the steps of credentialing that are due; [`temporal`], where a server
//! of that kind is named, waits for them instead.

mod free_slots;
mod handle;
mod heard;
pub mod identities;
pub mod participations;
pub mod publish;
pub mod rebuild;
pub mod reconcile;
pub mod status;
mod tail;
mod tasks;
pub mod temporal;
pub mod timers;
pub mod workflow;

pub use handle::{Feed, Settings};
pub use identities::Identities;
pub use participations::Participations;
pub use rebuild::Progress;
pub use reconcile::Drift;
pub use status::{State, Status};

use crate::index;
use crate::store;

/// Why the feed can't go on. The tail itself never ends with one of these: it waits, retries and says so in its status.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Postgres is away or refuses: try again later, searches go on.
    #[error("read the change feed")]
    Store(#[from] store::Error),
    /// The index can't be written: its folder is broken or full.
    #[error("write the index")]
    Index(#[from] index::Error),
    /// The note that a rebuild is due can't be kept.
    #[error("keep the note that a rebuild is due")]
    Note(#[source] std::io::Error),
    /// A piece of work ended by a panic.
    #[error("finish a piece of work")]
    Work(#[from] tokio::task::JoinError),
    /// Postgres has not answered a short question in time.
    #[error("Postgres does not answer")]
    Silent,
    /// The workflow server outside can't be used: it is not built in, or named wrongly.
    #[error("let Temporal at {server} wait for credentialing: {why}")]
    Temporal {
        /// As the settings name it.
        server: String,
        /// What is wrong.
        why: String,
    },
    /// The feed has been stopped.
    #[error("the change feed has stopped")]
    Stopped,
}
