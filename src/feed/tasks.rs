//! What a feed does beside its caller, and how all of it ends before the store is let go.

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The tasks of one feed. Clones are handles to the same ones.
#[derive(Clone, Default)]
pub(super) struct Tasks {
    stop: CancellationToken,
    running: TaskTracker,
}

impl Tasks {
    /// Works until the feed stops: at whatever it waits for then, it goes no further.
    pub(super) fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) {
        let stop = self.stop.clone();
        self.running.spawn(async move { stop.run_until_cancelled(work).await });
    }

    /// Works until it has seen for itself that the feed stops.
    pub(super) fn spawn_to_its_end(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(work);
    }

    /// Tells those who end by themselves.
    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Stops all of them, and waits until none asks the store any more.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        self.running.close();
        self.running.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_held_any_more_once_it_has_ended() {
        let held = Arc::new(());
        let tasks = Tasks::default();
        for _ in 0..50 {
            let (within, stop) = (held.clone(), tasks.stop().clone());
            tasks.spawn(async move {
                let _within = within;
                std::future::pending::<()>().await;
            });
            let within = held.clone();
            tasks.spawn_to_its_end(async move {
                stop.cancelled().await;
                tokio::task::yield_now().await;
                drop(within);
            });
        }
        tasks.end().await;
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
