//! Progress bars on standard error, for whatever may take more than a second.
//!
//! On a terminal they move; elsewhere (a log file, CI) indicatif draws nothing, and the commands say what they did.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

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
