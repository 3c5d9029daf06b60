//! What the HTTP interface can be set to: prefix, limits, patience, clients of an issuer.

use std::{num::NonZeroU32, time::Duration};

use super::{oidc, oidc_code, work::Manner};
use crate::query::budget::Limits;

/// What the HTTP interface can be set to. The defaults serve one machine well.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A path under which everything is served as well, `/api/v1`; empty: none. No slash at its end.
    pub prefix: String,
    /// Largest body taken, in bytes. A text that is to be read for providers may be longer, see [`super::extract`]; few are at a time.
    pub max_body_bytes: usize,
    /// Time until an answer must have begun.
    pub timeout: Duration,
    /// Longest that a search waits for `min_position`.
    pub max_wait: Duration,
    /// Requests at work at once; one more is refused with 503.
    pub max_in_flight: usize,
    /// Heavy searches (exports, facets over everything) computing at once; more wait for their turn.
    pub max_heavy: usize,
    /// What one search may cost.
    pub search: Limits,
    /// Searches that take so long are logged with their plan.
    pub slow_query: Duration,
    /// Where searches compute.
    pub manner: Manner,
    /// How long open answers may go on after the shutdown began.
    pub drain: Duration,
    /// How long a question to Postgres may take before the index answers instead.
    pub store_patience: Duration,
    /// How old what is known of those who are signed in may be for a search: with Postgres away their searches stop then.
    pub identity_patience: Duration,
    /// Requests a minute that one token of an outside provider may make.
    pub token_per_minute: NonZeroU32,
    /// Requests of one caller in a minute, calls of gRPC among them; 0: no limit.
    pub requests_per_minute: u32,
    /// Tries to sign in to one account in a minute; 0: no limit.
    pub sign_ins_per_minute: u32,
    /// Whether a gateway in front says in `X-Forwarded-For` who the caller is.
    pub behind_gateway: bool,
    /// Whether webhooks of tenants may lead into inner nets, and to this machine.
    pub webhooks_inside: bool,
    /// Where browsers find this server, prefix included; none: as each request tells.
    pub public_url: Option<String>,
    /// Whose OpenID Connect tokens are taken; none: nobody's.
    pub oidc: Option<oidc::Settings>,
    /// How people sign in to pages at that issuer; none: with accounts of ours only.
    pub sign_in: Option<oidc_code::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            max_body_bytes: 1 << 20,
            timeout: Duration::from_secs(30),
            max_wait: Duration::from_secs(5),
            max_in_flight: 1024,
            max_heavy: std::thread::available_parallelism().map_or(2, usize::from),
            search: Limits::default(),
            slow_query: Duration::from_millis(50),
            manner: Manner::default(),
            drain: Duration::from_secs(10),
            store_patience: Duration::from_secs(2),
            identity_patience: Duration::from_secs(300),
            token_per_minute: NonZeroU32::new(600).expect("not zero"),
            requests_per_minute: 0,
            sign_ins_per_minute: 10,
            behind_gateway: false,
            webhooks_inside: false,
            public_url: None,
            oidc: None,
            sign_in: None,
        }
    }
}
