//! How much somebody may ask for in a minute. Who asks for more is told when to come again.
//!
//! A caller is the bearer of a token or session that we know, or else an address: what anybody can write into a header makes
//! nobody somebody else. The buckets are this node's own: behind a balancer each node allows the whole amount.

use std::{
    borrow::Cow,
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Response},
    middleware::Next,
    response::IntoResponse,
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use sha2::{Digest, Sha256};

use super::{
    Rooms, access,
    problem::{Kind, Problem},
};

/// What stands for a caller; what it was made of is not kept.
type Key = [u8; 16];

/// Somebody who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// What stands for them.
    pub key: Key,
    /// Whether they bear a token or session that we know.
    pub is_known: bool,
}

/// Who asks, by what they show and where they ask from.
pub async fn caller(rooms: &Rooms, headers: &HeaderMap, peer: Option<&ConnectInfo<SocketAddr>>) -> Caller {
    let shown = access::worth_counting(rooms, headers).await;
    let peer = peer.map(|ConnectInfo(peer)| peer);
    Caller {
        key: rooms.limits.caller(shown.as_deref(), headers, peer),
        is_known: shown.is_some(),
    }
}

/// The buckets of this node.
pub struct Limits {
    requests: Option<DefaultKeyedRateLimiter<Key>>,
    sign_ins: Option<DefaultKeyedRateLimiter<Key>>,
    /// Whether the gateway in front says who the caller is.
    forwarded: bool,
}

impl Limits {
    /// Buckets of this many a minute; 0: no limit.
    pub fn new(requests_per_minute: u32, sign_ins_per_minute: u32, forwarded: bool) -> Self {
        let bucket = |amount| NonZeroU32::new(amount).map(|amount| RateLimiter::keyed(Quota::per_minute(amount)));
        Self {
            requests: bucket(requests_per_minute),
            sign_ins: bucket(sign_ins_per_minute),
            forwarded,
        }
    }

    /// Takes one try to sign in to an account.
    pub fn sign_in(&self, email: &str) -> Result<(), Problem> {
        take(self.sign_ins.as_ref(), key(&["account", &email.trim().to_lowercase()]))
    }

    /// Forgets who has been away for long enough.
    pub fn upkeep(&self) {
        for bucket in [&self.requests, &self.sign_ins].into_iter().flatten() {
            bucket.retain_recent();
        }
    }

    fn caller(&self, shown: Option<&str>, headers: &HeaderMap, peer: Option<&SocketAddr>) -> Key {
        if let Some(shown) = shown {
            return key(&["shown", shown]);
        }
        // The gateway appends whom it has seen, to the line or as another one; what stands before is the caller's own claim.
        let mut lines = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|v| v.to_str().ok());
        let last = lines.next_back().filter(|_| self.forwarded);
        match last.and_then(|list| list.rsplit(',').next()) {
            Some(address) => key(&["address", &one_household(address.trim())]),
            None => {
                let address = peer.map(|peer| peer.ip().to_string()).unwrap_or_default();
                key(&["address", &one_household(&address)])
            }
        }
    }
}

/// What an address is counted by: whoever has one of version 6 has 2^64 of them, so only the first half says who it is.
fn one_household(address: &str) -> Cow<'_, str> {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => format!("{:x}", address.to_bits() >> 64).into(),
        Ok(IpAddr::V4(address)) => address.to_string().into(),
        Err(_) => address.into(),
    }
}

/// Refuses a request of somebody who has asked for too much.
pub async fn limit(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path();
    let path = path.strip_prefix(rooms.settings.prefix.as_str()).unwrap_or(path);
    let asked_by_machines = matches!(path, "/healthz" | "/readyz" | "/metrics");
    if rooms.limits.requests.is_some() && !asked_by_machines {
        let caller = caller(&rooms, request.headers(), request.extensions().get()).await;
        if let Err(problem) = take(rooms.limits.requests.as_ref(), caller.key) {
            return problem.into_response();
        }
    }
    next.run(request).await
}

fn take(bucket: Option<&DefaultKeyedRateLimiter<Key>>, key: Key) -> Result<(), Problem> {
    let Some(bucket) = bucket else {
        return Ok(());
    };
    bucket.check_key(&key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = wait.saturating_add(Duration::from_millis(999)).as_secs().max(1);
        let detail = format!("You ask for more than is allowed in a minute. Come again in {seconds} s.");
        Problem::new(Kind::TooManyRequests, detail).retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
    })
}

fn key(parts: &[&str]) -> Key {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let mut key = Key::default();
    key.copy_from_slice(&digest.finalize()[..16]);
    key
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().expect("a name"), value.parse().expect("a value"))])
    }

    #[test]
    fn feature_11_09_who_asks_too_much_is_told_when_to_come_again() {
        let limits = Limits::new(0, 3, false);
        for _ in 0..3 {
            assert!(limits.sign_in("Jane@example.org").is_ok());
        }
        let refused = limits.sign_in(" jane@example.org").expect_err("the fourth");
        assert_eq!(refused.kind(), Kind::TooManyRequests);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert!(limits.sign_in("sam@example.org").is_ok(), "others are others");
    }

    #[test]
    fn a_household_is_one_caller_whichever_of_its_addresses_it_takes() {
        assert_eq!(one_household("2001:db8:1:2::7"), one_household("2001:db8:1:2:ffff::1"));
        assert_ne!(one_household("2001:db8:1:2::7"), one_household("2001:db8:1:3::7"));
        assert_eq!(one_household("::ffff:192.0.2.7"), "192.0.2.7");
        assert_ne!(one_household("192.0.2.7"), one_household("192.0.2.8"));
    }

    #[test]
    fn a_caller_is_a_token_or_an_address_and_names_no_address_of_its_own() {
        let peer: SocketAddr = "203.0.113.9:1".parse().expect("an address");
        let (open, gateway) = (Limits::new(1, 1, false), Limits::new(1, 1, true));
        let claimed = headers("x-forwarded-for", "198.51.100.1, 192.0.2.7");
        let plain = open.caller(None, &HeaderMap::new(), Some(&peer));
        assert_eq!(open.caller(None, &claimed, Some(&peer)), plain);
        let seen = gateway.caller(None, &headers("x-forwarded-for", "192.0.2.7"), Some(&peer));
        assert_eq!(gateway.caller(None, &claimed, Some(&peer)), seen);
        let mut lines = headers("x-forwarded-for", "198.51.100.1");
        lines.append("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
        assert_eq!(
            gateway.caller(None, &lines, Some(&peer)),
            seen,
            "the gateway's line is the last"
        );
        for foreign in [headers("cookie", "x=1"), headers("authorization", "Bearer invented")] {
            assert_eq!(open.caller(None, &foreign, Some(&peer)), plain);
        }
        assert_ne!(open.caller(Some("a"), &claimed, Some(&peer)), plain);
        assert_eq!(
            open.caller(Some("a"), &claimed, None),
            open.caller(Some("a"), &claimed, Some(&peer))
        );
    }
}
