//! Progress bars on standard error, for whatever may take more than a second.
//!
//! On a terminal they move; elsewhere (a log file, CI) indicatif draws nothing, and the commands say what they did.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;

use crate::feed::Feed;

/// A bar with a rate and the time left. `what` says what is counted: `providers indexed`.
pub fn bar(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(total).with_message(what);
    if let Ok(style) = ProgressStyle::with_template(
        "{bar:30} {percent:>3}% {human_pos:>11} of {human_len} {msg}, {per_sec}, {eta} left",
    ) {
        bar.set_style(style);
    }
    bar
}

/// A sign of life for work of unknown length.
pub fn spinner(what: &'static str) -> ProgressBar {
    let spinner = ProgressBar::new_spinner().with_message(what);
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// The bar of the rebuild that runs in a feed; it goes with this value.
pub struct Rebuild {
    bar: ProgressBar,
    watching: JoinHandle<()>,
}

impl Rebuild {
    /// Shows how far it is from now on.
    pub fn of(feed: &Feed) -> Self {
        let mut watched = feed.watch();
        let bar = bar(0, "providers indexed");
        let shown = bar.clone();
        let watching = tokio::spawn(async move {
            while watched.changed().await.is_ok() {
                if let Some(now) = watched.borrow_and_update().rebuild {
                    shown.set_length(now.total);
                    shown.set_position(now.done);
                }
            }
        });
        Self { bar, watching }
    }
}

impl Drop for Rebuild {
    fn drop(&mut self) {
        self.watching.abort();
        self.bar.finish_and_clear();
    }
}
