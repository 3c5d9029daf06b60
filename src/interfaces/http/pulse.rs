//! Whether Postgres answers: asked once in a while, however many want to know.
//!
//! Anybody may ask for health and numbers, as often as they like. The database hears of it once a second.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

use crate::store::Store;

/// How long an answer is good for.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// How long it is waited for one.
const PATIENCE: Duration = Duration::from_millis(500);

/// The last answer, and when it was asked for.
#[derive(Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<(Instant, bool)>>>);

impl Pulse {
    /// Whether the store has answered just now.
    pub async fn of(&self, store: &Store) -> bool {
        let store = store.clone();
        let asked = async move { matches!(tokio::time::timeout(PATIENCE, store.ping()).await, Ok(Ok(()))) };
        self.felt(Instant::now(), asked).await
    }

    /// The last answer, if it is good at `now`, else what `ask` says. Who comes in the meantime waits for the same; one who goes
    /// away meanwhile does not make the next one ask again.
    async fn felt(&self, now: Instant, ask: impl Future<Output = bool> + Send + 'static) -> bool {
        let mut last = self.0.clone().lock_owned().await;
        if let Some((at, answer)) = *last
            && now.saturating_duration_since(at) < GOOD_FOR
        {
            return answer;
        }
        let asking = tokio::spawn(async move {
            let answer = ask.await;
            *last = Some((now, answer));
            answer
        });
        asking.await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn many_who_ask_at_once_are_one_question() {
        let (pulse, asked) = (Pulse::default(), Arc::new(AtomicUsize::new(0)));
        let ask = |answer| {
            let asked = asked.clone();
            async move {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                answer
            }
        };
        let now = Instant::now();
        let all = futures::future::join_all((0..50).map(|_| pulse.felt(now, ask(true)))).await;
        assert_eq!((all, asked.load(Ordering::Relaxed)), (vec![true; 50], 1));
        assert!(pulse.felt(now + GOOD_FOR / 2, ask(false)).await, "still good");
        assert!(!pulse.felt(now + GOOD_FOR, ask(false)).await, "asked again");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn who_goes_away_leaves_the_answer_to_the_next() {
        let (pulse, now) = (Pulse::default(), Instant::now());
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut first = Box::pin(pulse.felt(now, async move { told.await.unwrap_or(false) }));
        assert!(futures::poll!(&mut first).is_pending());
        drop(first);
        tell.send(true).expect("still asked");
        assert!(pulse.felt(now, async { false }).await);
    }
}
