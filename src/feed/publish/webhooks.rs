//! Webhooks: each event is queued for each address in Postgres, then posted, signed, and tried again until it is taken or
//! given up. The signature is that of Standard Webhooks (<https://www.standardwebhooks.com>).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use futures::{
    StreamExt,
    stream::{self, FuturesUnordered},
};
use hmac::{Hmac, Mac};
use reqwest::{
    StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
};
use sha2::Sha256;
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Error, Sink};
use crate::domain::public_net::is_public;
use crate::feed::tasks::Tasks;
use crate::store::{
    self, Store,
    publish::Published,
    webhooks::{Due, Outcome},
};

/// What a secret looks like in front of its base64.
pub const SECRET_PREFIX: &str = "whsec_";

/// Deliveries claimed at once for each webhook, and posted side by side.
const AT_ONCE: i64 = 16;

/// How long one process has for a claimed delivery beyond the time that the receiver has.
const LEASE: Duration = Duration::from_secs(5);

/// How deliveries are tried.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest wait before deliveries that are due are looked for.
    pub poll: Duration,
    /// Until an answer must have come.
    pub timeout: Duration,
    /// The wait after the first failure; it doubles with each.
    pub first_wait: Duration,
    /// The longest wait between two tries.
    pub longest_wait: Duration,
    /// Tries before it is given up.
    pub tries: i32,
    /// Whether addresses that tenants and outside providers have named may lead into inner nets, and to this machine.
    pub inner_nets: bool,
    /// Tells the time that is signed.
    pub clock: fn() -> DateTime<Utc>,
}

impl Settings {
    /// What serves most receivers: sixteen tries in about a day.
    pub fn new(clock: fn() -> DateTime<Utc>) -> Self {
        Self {
            poll: Duration::from_secs(1),
            timeout: Duration::from_secs(10),
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(3 * 3_600),
            tries: 16,
            inner_nets: false,
            clock,
        }
    }
}

/// Hands events to the queue.
pub struct Queue {
    store: Store,
    filled: Arc<Notify>,
}

impl Sink for Queue {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        if store::webhooks::enqueue(&self.store, events).await? > 0 {
            self.filled.notify_one();
        }
        Ok(())
    }
}

/// Starts to post what is queued.
pub(in crate::feed) fn start(store: &Store, settings: &Settings, tasks: &Tasks) -> Queue {
    let filled = Arc::new(Notify::new());
    let client = || {
        reqwest::Client::builder()
            .timeout(settings.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("provdir")
    };
    let deliverer = Deliverer {
        store: store.clone(),
        settings: settings.clone(),
        client: client().build().unwrap_or_default(),
        // Through a proxy of the environment it would be the proxy that looks names up, and `PublicOnly` would see none.
        outwards: client().no_proxy().dns_resolver(Arc::new(PublicOnly)).build().ok(),
        filled: filled.clone(),
    };
    tasks.spawn(deliverer.run());
    Queue {
        store: store.clone(),
        filled,
    }
}

struct Deliverer {
    store: Store,
    settings: Settings,
    client: reqwest::Client,
    /// For addresses that somebody outside has named; posts into nobody's inner net.
    outwards: Option<reqwest::Client>,
    filled: Arc<Notify>,
}

impl Deliverer {
    /// Each webhook has its own pace: one that does not answer keeps none of the others waiting.
    async fn run(self) {
        let lease = self.settings.timeout.saturating_add(LEASE);
        let mut busy = BTreeSet::new();
        let mut posting = FuturesUnordered::new();
        loop {
            let others = busy.iter().copied().collect::<Vec<_>>();
            match store::webhooks::claim(&self.store, AT_ONCE, &others, lease).await {
                Ok(due) => {
                    for (webhook, due) in by_webhook(due) {
                        busy.insert(webhook);
                        posting.push(self.deliver_all(webhook, due));
                    }
                }
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "webhooks wait before they are tried again"
                ),
            }
            tokio::select! {
                Some(webhook) = posting.next() => {
                    busy.remove(&webhook);
                }
                () = self.filled.notified() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
    }

    async fn deliver_all(&self, webhook: Uuid, due: Vec<Due>) -> Uuid {
        stream::iter(due)
            .for_each_concurrent(None, |due| self.deliver(due))
            .await;
        webhook
    }

    async fn deliver(&self, due: Due) {
        let (status, answer) = self.post(&due).await;
        let taken = status.is_some_and(|status| status.is_success());
        let outcome = match status {
            _ if taken => Outcome::Delivered,
            Some(StatusCode::GONE) => Outcome::Gone,
            _ if due.attempts >= self.settings.tries => Outcome::Dead,
            _ => Outcome::Again(self.wait_after(due.attempts)),
        };
        metrics::counter!("provdir_webhook_posts_total", "taken" => taken.to_string()).increment(1);
        if let Err(error) = store::webhooks::settle(&self.store, due.id, due.attempts, outcome, &answer).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what became of a webhook was not noted: it is posted once more"
            );
        }
    }

    /// What the receiver answered, in words as well; nothing where it was not asked or did not answer.
    async fn post(&self, due: &Due) -> (Option<StatusCode>, String) {
        let Ok(body) = serde_json::to_string(&due.event.0) else {
            return (None, "the event is no JSON".to_owned());
        };
        let id = due.event.0.id.to_string();
        let at = (self.settings.clock)().timestamp();
        let client = match due.from_outside && !self.settings.inner_nets {
            true if names_inner_number(&due.url) => None,
            true => self.outwards.as_ref(),
            false => Some(&self.client),
        };
        let Some(client) = client else {
            return (None, "the host has no public address".to_owned());
        };
        let request = client
            .post(&due.url)
            .header("content-type", "application/cloudevents+json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at)
            .header("webhook-signature", signature(&due.secret, &id, at, &body))
            .body(body);
        match request.send().await {
            Ok(answer) => (Some(answer.status()), answer.status().to_string()),
            Err(error) => (None, error.without_url().to_string()),
        }
    }

    fn wait_after(&self, attempts: i32) -> Duration {
        let doubled = attempts.clamp(1, 30).cast_unsigned() - 1;
        self.settings
            .first_wait
            .saturating_mul(1 << doubled)
            .min(self.settings.longest_wait)
    }
}

/// Whether the host of an address is the number of one in an inner net, which nobody needs to look up.
fn names_inner_number(url: &str) -> bool {
    let url = reqwest::Url::parse(url).ok();
    let host = url.as_ref().and_then(reqwest::Url::host_str).unwrap_or_default();
    let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    number.is_ok_and(|number| !is_public(number))
}

/// Finds of a host only its public addresses, whatever the names of others lead to.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public = found.filter(|address| is_public(address.ip())).collect::<Vec<_>>();
            if public.is_empty() {
                return Err("the host has no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn by_webhook(due: Vec<Due>) -> BTreeMap<Uuid, Vec<Due>> {
    let mut sorted = BTreeMap::<_, Vec<_>>::new();
    for due in due {
        sorted.entry(due.webhook_id).or_default().push(due);
    }
    sorted
}

/// `v1,` and the HMAC-SHA256 over id, time and body, by the bytes that the secret is the base64 of.
pub fn signature(secret: &str, id: &str, at: i64, body: &str) -> String {
    let text = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    let key = STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_into_an_inner_net_leads_nowhere() {
        let found = PublicOnly.resolve("localhost".parse().expect("a name")).await;
        let refused = found.err().expect("refused").to_string();
        assert_eq!(refused, "the host has no public address");
        for inner in [
            "http://127.0.0.1:9/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://10.0.0.8/",
        ] {
            assert!(names_inner_number(inner), "{inner}");
        }
        for other in ["https://93.184.216.34/", "https://example.org/", "https://localhost/"] {
            assert!(!names_inner_number(other), "{other}: what no number is is looked up");
        }
    }

    #[test]
    fn the_signature_is_that_of_the_standard() {
        // The example of the reference implementations of Standard Webhooks.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
