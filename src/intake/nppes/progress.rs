//! How far an import is, for whoever waits for it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Hears how far an import is.
pub trait Progress: Send + Sync {
    /// A file is begun, of so many bytes.
    fn begin(&self, file: &str, total_bytes: u64);

    /// So many bytes and rows of it are done.
    fn advance(&self, bytes: u64, rows: u64);

    /// The file is done.
    fn end(&self);
}

/// Nobody waits.
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _file: &str, _total_bytes: u64) {}

    fn advance(&self, _bytes: u64, _rows: u64) {}

    fn end(&self) {}
}

/// A bar on the terminal with rate and time left; where there is no terminal it stays hidden.
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that shows itself when the first file begins.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        bar.set_style(
            ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3}% {msg} {bytes_per_sec}, {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Self { bar }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bar {
    fn begin(&self, file: &str, total_bytes: u64) {
        self.bar.reset();
        self.bar.set_length(total_bytes);
        self.bar.set_prefix(file.to_owned());
        self.bar.set_message("");
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, bytes: u64, rows: u64) {
        self.bar.set_position(bytes);
        let elapsed = self.bar.elapsed().as_secs_f64();
        let rate = if elapsed > 0.0 { rows as f64 / elapsed } else { 0.0 };
        self.bar.set_message(format!("{rows} rows ({rate:.0}/s)"));
    }

    fn end(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }
}
