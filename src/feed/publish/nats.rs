//! Events to NATS JetStream: the subject is the type; the stream drops what it has got already by the event's id. What the
//! server finds too large is told of under `TYPE.dead`.

use std::{collections::BTreeMap, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{
        self, Context,
        context::{PublishAckFuture, PublishErrorKind},
        stream::Config,
    },
};

use super::{Error, Sink, is_for_brokers, letter_about, within_patience};
use crate::domain::event::{DEAD, DECISION_CHANGED, Event, NETWORK_UPDATED, PLAN_UPDATED, PROVIDER_UPDATED};
use crate::store::publish::Published;

/// The name of the sink.
const NAME: &str = "nats";

/// The stream that keeps the events.
const STREAM: &str = "provider-directory";

/// How long the stream remembers ids.
const REMEMBERS: Duration = Duration::from_secs(600);

/// How long a stream that is made here keeps events: the consumers' longest absence, and a bound for the server's disk.
const KEEPS: Duration = Duration::from_secs(30 * 86_400);

/// A connection to the server, made when it is needed.
pub struct Nats {
    server: String,
    connected: Option<Context>,
}

/// The types that brokers get, each a subject of the stream.
const SUBJECTS: [&str; 4] = [PROVIDER_UPDATED, DECISION_CHANGED, NETWORK_UPDATED, PLAN_UPDATED];

impl Nats {
    /// For this server.
    pub fn new(server: &str) -> Self {
        Self {
            server: server.to_owned(),
            connected: None,
        }
    }

    async fn context(&mut self) -> Result<Context, async_nats::Error> {
        if let Some(context) = &self.connected {
            return Ok(context.clone());
        }
        let client = async_nats::connect(&self.server).await?;
        let context = jetstream::new(client);
        let stream = Config {
            name: STREAM.to_owned(),
            subjects: subjects(),
            duplicate_window: REMEMBERS,
            max_age: KEEPS,
            ..Config::default()
        };
        let there = context.get_or_create_stream(stream.clone()).await?;
        let here = &there.cached_info().config;
        if !stream.subjects.iter().all(|subject| here.subjects.contains(subject)) {
            // Made before there were events of these types; what else was set there stays.
            let mut wider = here.clone();
            wider.subjects = stream.subjects;
            context.update_stream(wider).await?;
        }
        self.connected = Some(context.clone());
        Ok(context)
    }

    async fn publish(&mut self, events: &[Published]) -> Result<(), Error> {
        let context = within_patience(NAME, self.context()).await?;
        for wave in waves(events) {
            within_patience(NAME, send_all(&context, wave)).await?;
        }
        Ok(())
    }
}

/// What brokers get, and the letters about what they find too large.
fn subjects() -> Vec<String> {
    let letters = SUBJECTS.map(|subject| format!("{subject}{DEAD}"));
    SUBJECTS.map(str::to_owned).into_iter().chain(letters).collect()
}

/// Sends events, and waits until the server has stored them.
async fn send_all(context: &Context, events: Vec<&Event>) -> Result<(), async_nats::Error> {
    let mut waiting = Vec::with_capacity(events.len());
    for event in events {
        let body = serde_json::to_vec(event)?;
        let size = body.len();
        if let Some(sent) = send(context, event, body).await? {
            waiting.push(sent);
            continue;
        }
        let letter = letter_about(NAME, event, size);
        let sent = send(context, &letter, serde_json::to_vec(&letter)?).await?;
        waiting.push(sent.ok_or("it refuses even a dead letter as too large")?);
    }
    for stored in waiting {
        stored.await?;
    }
    Ok(())
}

/// None: it is too large for the server.
async fn send(context: &Context, event: &Event, body: Vec<u8>) -> Result<Option<PublishAckFuture>, async_nats::Error> {
    let sent = context.publish_with_headers(event.kind.clone(), headers(event), body.into());
    match sent.await {
        Ok(sent) => Ok(Some(sent)),
        Err(error) if error.kind() == PublishErrorKind::MaxPayloadExceeded => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Events in groups, each with one of a key at most and those of a key in order. The next group is sent when the server has
/// stored the one before: a connection that breaks in between can't lose an event and deliver the one behind it.
fn waves(events: &[Published]) -> Vec<Vec<&Event>> {
    let mut waves: Vec<Vec<&Event>> = Vec::new();
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for published in events.iter().filter(|e| is_for_brokers(e)) {
        let event = &published.event;
        let wave = next.entry(&event.partitionkey).or_default();
        if *wave == waves.len() {
            waves.push(Vec::new());
        }
        waves[*wave].push(event);
        *wave += 1;
    }
    waves
}

/// What the server drops duplicates by, and the attributes, for those who choose by them.
fn headers(event: &Event) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let id = event.id.to_string();
    for (name, value) in [
        ("Nats-Msg-Id", &*id),
        ("Content-Type", "application/cloudevents+json"),
        ("ce-specversion", &event.specversion),
        ("ce-id", &id),
        ("ce-source", &event.source),
        ("ce-type", &event.kind),
        ("ce-subject", &event.subject),
        ("ce-time", &event.time),
        ("ce-partitionkey", &event.partitionkey),
        ("ce-sequence", &event.sequence),
    ] {
        headers.insert(name, value);
    }
    headers
}

impl Sink for Nats {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let done = self.publish(events).await;
        if done.is_err() {
            self.connected = None;
        }
        done
    }
}
