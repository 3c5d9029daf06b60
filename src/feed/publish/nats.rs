//! Events to NATS JetStream: the subject is the type; the stream drops what it has got already by the event's id.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{self, Context, stream::Config},
};

use super::{Error, Sink, is_for_brokers};
use crate::domain::event::{DECISION_CHANGED, PROVIDER_UPDATED};
use crate::store::publish::Published;

/// The stream that keeps the events.
const STREAM: &str = "provider-directory";

/// How long the stream remembers ids.
const REMEMBERS: Duration = Duration::from_secs(600);

/// A connection to the server, made when it is needed.
pub struct Nats {
    server: String,
    connected: Option<Context>,
}

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
            subjects: vec![PROVIDER_UPDATED.to_owned(), DECISION_CHANGED.to_owned()],
            duplicate_window: REMEMBERS,
            ..Config::default()
        };
        context.get_or_create_stream(stream).await?;
        self.connected = Some(context.clone());
        Ok(context)
    }

    async fn publish(&mut self, events: &[Published]) -> Result<(), async_nats::Error> {
        let context = self.context().await?;
        let mut waiting = Vec::with_capacity(events.len());
        for published in events.iter().filter(|e| is_for_brokers(e)) {
            let event = &published.event;
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", event.id.to_string());
            headers.insert("Content-Type", "application/cloudevents+json");
            let body = serde_json::to_vec(event)?;
            // One connection keeps the order; the server's word for each is waited for below.
            waiting.push(
                context
                    .publish_with_headers(event.kind.clone(), headers, body.into())
                    .await?,
            );
        }
        for ack in waiting {
            ack.await?;
        }
        Ok(())
    }
}

impl Sink for Nats {
    fn name(&self) -> &'static str {
        "nats"
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let done = self.publish(events).await;
        done.map_err(|error| {
            self.connected = None;
            Error::Sink {
                sink: "nats",
                why: error.to_string(),
            }
        })
    }
}
