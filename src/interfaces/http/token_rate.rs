//! How often one token of an outside provider may ask.

use std::num::NonZeroU32;

use governor::{
    DefaultKeyedRateLimiter, Quota,
    clock::{Clock, DefaultClock},
};
use uuid::Uuid;

use super::problem::{Kind, Problem};

/// A bucket for each token.
pub struct TokenRate {
    buckets: DefaultKeyedRateLimiter<Uuid>,
    clock: DefaultClock,
}

impl TokenRate {
    /// So many requests a minute for each token, as many of them at once.
    pub fn per_minute(requests: NonZeroU32) -> Self {
        Self {
            buckets: DefaultKeyedRateLimiter::keyed(Quota::per_minute(requests)),
            clock: DefaultClock::default(),
        }
    }

    /// Lets a request of this token pass, or says when to come again.
    pub fn check(&self, token: Uuid) -> Result<(), Problem> {
        self.buckets.check_key(&token).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            let detail = "This token asks too often.";
            Problem::new(Kind::TooManyRequests, detail).retry_after(seconds.max(1))
        })
    }

    /// Forgets tokens that have not asked for a while.
    pub fn forget_idle(&self) {
        self.buckets.retain_recent();
    }
}
