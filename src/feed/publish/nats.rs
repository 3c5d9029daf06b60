//! Events to NATS JetStream: the subject is the type; the stream drops what it has got already by the event's id.

use std::{collections::BTreeMap, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{self, Context, stream::Config},
};

use super::{Error, Sink, is_for_brokers, within_patience};
use crate::domain::event::{DECISION_CHANGED, Event, NETWORK_UPDATED, PLAN_UPDATED, PROVIDER_UPDATED};
use crate::store::publish::Published;

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
            subjects: SUBJECTS.map(str::to_owned).into(),
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

    async fn publish(&mut self, events: &[Published]) -> Result<(), async_nats::Error> {
        let context = self.context().await?;
        for wave in waves(events) {
            let mut waiting = Vec::with_capacity(wave.len());
            for event in wave {
                let body = serde_json::to_vec(event)?;
                let sent = context.publish_with_headers(event.kind.clone(), headers(event), body.into());
                waiting.push(sent.await?);
            }
            for stored in waiting {
                stored.await?;
            }
        }
        Ok(())
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
        "nats"
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let done = within_patience("nats", self.publish(events)).await;
        if done.is_err() {
            self.connected = None;
        }
        done
    }
}
