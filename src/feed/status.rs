//! What the feed is doing, for readiness, metrics and administrators.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::vocab::Position;

/// What the feed is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Has not reached the end of the outbox yet.
    Starting,
    /// Follows the outbox.
    Following,
    /// Makes a first generation; there is nothing older to answer from.
    Building,
    /// Waits before it tries again; [`Status::error`] says why.
    Waiting,
    /// Has been stopped.
    Stopped,
}

/// What the feed is doing, as of one moment.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// What it does now.
    pub state: State,
    /// What is visible contains the outbox up to here.
    pub position: Option<Position>,
    /// Changes applied since the start of the process.
    pub applied: u64,
    /// Of the rebuild that runs now, if one does.
    pub rebuild: Option<super::Progress>,
    /// Why it waits.
    pub error: Option<String>,
    /// When everything final had last been applied: what is visible is at least as new as this.
    #[serde(skip)]
    pub caught_up: Option<Instant>,
}

impl Status {
    pub(super) fn starting(position: Option<Position>) -> Self {
        Self {
            state: State::Starting,
            position,
            applied: 0,
            rebuild: None,
            error: None,
            caught_up: None,
        }
    }

    /// How old what is visible may be; none: everything so far is unknown to it.
    pub fn lag(&self, now: Instant) -> Option<Duration> {
        self.caught_up.map(|then| now.saturating_duration_since(then))
    }
}
