//! What goes to Postgres, as the driver tells it: so work is counted instead of timed.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use tracing::{field, span, subscriber};

/// The statements of this thread while it is listened to, each with how many rows it returned and how many it changed.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Listens until the guard is dropped.
    pub fn listen(&self) -> subscriber::DefaultGuard {
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
