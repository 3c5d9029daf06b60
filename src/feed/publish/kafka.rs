//! Events to Kafka: one topic for each type, the provider's id as key, so that a partition keeps a provider's order.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use rskafka::{
    BackoffConfig,
    client::{
        Client, ClientBuilder,
        partition::{Compression, PartitionClient, UnknownTopicHandling},
    },
    record::Record,
};
use rustc_hash::FxHashMap;

use super::{Error, Sink, is_for_brokers, within_patience};
use crate::domain::event::Event;
use crate::store::publish::Published;

/// Partitions of a topic that is not there yet.
const PARTITIONS: i32 = 6;

/// How long the broker may take to make a topic.
const TOPIC_TIMEOUT_MS: i32 = 5_000;

/// A connection to the brokers, made when it is needed and again after it failed.
pub struct Kafka {
    brokers: Vec<String>,
    connected: Option<Connected>,
}

struct Connected {
    client: Client,
    /// By topic, in the order of their numbers.
    partitions: FxHashMap<String, Vec<PartitionClient>>,
}

impl Kafka {
    /// For these brokers, separated by commas.
    pub fn new(brokers: &str) -> Self {
        Self {
            brokers: brokers.split(',').map(|b| b.trim().to_owned()).collect(),
            connected: None,
        }
    }

    async fn publish(&mut self, events: &[Published]) -> Result<(), rskafka::client::error::Error> {
        if self.connected.is_none() {
            let client = ClientBuilder::new(self.brokers.clone())
                .client_id("provdir")
                .backoff_config(retries())
                .build()
                .await?;
            let partitions = FxHashMap::default();
            self.connected = Some(Connected { client, partitions });
        }
        let connected = self.connected.as_mut().expect("just made");
        let mut records: BTreeMap<(String, usize), Vec<Record>> = BTreeMap::new();
        for published in events.iter().filter(|e| is_for_brokers(e)) {
            let event = &published.event;
            let count = connected.partitions_of(&event.kind).await?.len();
            let partition = partition(&event.partitionkey, count);
            records
                .entry((event.kind.clone(), partition))
                .or_default()
                .push(record(event));
        }
        for ((topic, partition), records) in records {
            let partitions = connected.partitions_of(&topic).await?;
            partitions[partition]
                .produce(records, Compression::NoCompression)
                .await?;
        }
        Ok(())
    }
}

impl Connected {
    /// The partitions of a topic, which is made if it is not there.
    async fn partitions_of(&mut self, topic: &str) -> Result<&[PartitionClient], rskafka::client::error::Error> {
        if !self.partitions.contains_key(topic) {
            let mut found = self.client.list_topics().await?;
            if found.iter().all(|t| t.name != topic) {
                let controller = self.client.controller_client()?;
                // Another process may have made it in between: then it is there.
                let made = controller.create_topic(topic, PARTITIONS, 1, TOPIC_TIMEOUT_MS).await;
                found = self.client.list_topics().await?;
                if found.iter().all(|t| t.name != topic) {
                    made?;
                }
            }
            let numbers = found.into_iter().find(|t| t.name == topic).map(|t| t.partitions);
            let mut clients = Vec::new();
            for number in numbers.into_iter().flatten() {
                clients.push(
                    self.client
                        .partition_client(topic, number, UnknownTopicHandling::Retry)
                        .await?,
                );
            }
            self.partitions.insert(topic.to_owned(), clients);
        }
        Ok(&self.partitions[topic])
    }
}

impl Sink for Kafka {
    fn name(&self) -> &'static str {
        "kafka"
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let done = within_patience("kafka", self.publish(events)).await;
        if done.is_err() {
            self.connected = None;
        }
        done
    }
}

/// The client's own tries are few: for brokers that are away for longer, the publisher waits and connects anew.
fn retries() -> BackoffConfig {
    BackoffConfig {
        init_backoff: Duration::from_millis(50),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
        deadline: Some(Duration::from_secs(5)),
    }
}

/// The same key has the same partition as long as there are as many.
fn partition(key: &str, count: usize) -> usize {
    let sum = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    });
    usize::try_from(sum % count.max(1) as u64).unwrap_or_default()
}

/// In structured mode: the value is the whole event. Its attributes stand in the headers too, for those who choose by them.
fn record(event: &Event) -> Record {
    let headers = [
        ("content-type", "application/cloudevents+json"),
        ("ce_specversion", &event.specversion),
        ("ce_id", &event.id.to_string()),
        ("ce_source", &event.source),
        ("ce_type", &event.kind),
        ("ce_subject", &event.subject),
        ("ce_time", &event.time),
        ("ce_partitionkey", &event.partitionkey),
        ("ce_sequence", &event.sequence),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    Record {
        key: Some(event.partitionkey.as_bytes().to_vec()),
        value: serde_json::to_vec(event).ok(),
        headers: headers.into_iter().collect(),
        timestamp: event.time.parse::<DateTime<Utc>>().unwrap_or_default(),
    }
}
