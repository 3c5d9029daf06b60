//! What every handler reaches: store, index, feed and vocabulary as they were opened at the start, and what is counted for all.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::{
    events, extract, limits::Limits as RateLimits, matching, oidc, oidc_code, pulse, settings::Settings,
    shares::Shares, token_rate,
};
use crate::feed::Feed;
use crate::index::{self, Index};
use crate::store::Store;

/// What every handler reaches.
pub struct Rooms {
    /// The store of record; a search never asks it.
    pub store: Store,
    /// What a search reads.
    pub index: Index,
    /// The vocabulary, as it is right now.
    pub schema: index::schema::Handle,
    /// What keeps the index fresh: for operations only.
    pub feed: Feed,
    /// How to behave.
    pub settings: Settings,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
    /// How often tokens of outside providers may ask.
    pub token_rate: token_rate::TokenRate,
    pub(super) heavy: Arc<Semaphore>,
    /// One turn fewer than there are of `heavy`, where there are several.
    pub(super) long: Arc<Semaphore>,
    pub(super) pulse: pulse::Pulse,
    /// Told when the server is about to stop: what would go on for ever ends.
    pub(super) stopping: CancellationToken,
    pub(super) npi_lives: matching::KnownLives,
    pub(super) limits: RateLimits,
    /// Streams of events.
    pub(super) event_streams: Arc<Shares>,
    /// Long texts, and streams of texts, that are being read.
    pub(super) long_texts: Arc<Shares>,
    pub(super) oidc: Option<oidc::Verifier>,
    pub(super) sign_in: Option<oidc_code::Client>,
}

impl Rooms {
    /// The rooms a face is built on; `clock` is `Utc::now` outside tests.
    pub fn new(
        store: Store,
        index: Index,
        schema: index::schema::Handle,
        feed: Feed,
        settings: Settings,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            token_rate: token_rate::TokenRate::per_minute(settings.token_per_minute),
            stopping: CancellationToken::new(),
            heavy: Arc::new(Semaphore::new(settings.max_heavy.max(1))),
            long: Arc::new(Semaphore::new(settings.max_heavy.saturating_sub(1).max(1))),
            pulse: pulse::Pulse::default(),
            npi_lives: matching::KnownLives::default(),
            event_streams: Shares::new(events::MOST_OPEN),
            long_texts: Shares::new(extract::MOST_LONG),
            oidc: settings.oidc.clone().map(oidc::Verifier::new),
            sign_in: oidc_code::Client::of(settings.oidc.as_ref(), settings.sign_in.as_ref()),
            limits: RateLimits::new(
                settings.requests_per_minute,
                settings.sign_ins_per_minute,
                settings.behind_gateway,
            ),
            store,
            index,
            schema,
            feed,
            settings,
            clock,
        }
    }

    /// The time of this request.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}
