//! What goes to Postgres, as the driver tells it: so work is counted instead of timed.

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock},
};

use tracing::{Dispatch, field, level_filters::LevelFilter, span, subscriber};

/// While there is one listener only, what another thread tells for the first time is asked of that thread's listener alone, and
/// where it has none is heard by nobody from then on. So two are there before the first one that listens to anything.
static DEAF: OnceLock<[Dispatch; 2]> = OnceLock::new();

/// Listens to nothing.
struct Deaf;

impl tracing::Subscriber for Deaf {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Lets every place that logs ask anew who listens: what one test has not listened to, another may.
pub fn keep_callsites() {
    DEAF.get_or_init(|| [Dispatch::new(Deaf), Dispatch::new(Deaf)]);
}

/// The statements of this thread while it is listened to, each with how many rows it returned and how many it changed.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Listens until the guard is dropped.
    pub fn listen(&self) -> subscriber::DefaultGuard {
        keep_callsites();
        subscriber::set_default(self.clone())
    }

    /// What has been heard since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("not poisoned"))
    }
}

/// What is kept of one statement.
#[derive(Default)]
struct Told {
    /// Its first words.
    summary: String,
    returned: u64,
    changed: u64,
}

impl field::Visit for Told {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.summary = format!("{value:?}");
        }
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        match field.name() {
            "rows_returned" => self.returned = value,
            "rows_affected" => self.changed = value,
            _ => {}
        }
    }
}

impl tracing::Subscriber for Statements {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        let Told {
            summary,
            returned,
            changed,
        } = told;
        let line = format!("{summary} ({returned} returned, {changed} changed)");
        self.0.lock().expect("not poisoned").push(line);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}
