//! Events to Kafka: one topic for each type, the provider's id as key, so that a partition keeps a provider's order. What the
//! broker finds too large is told of in the topic `TYPE.dead`.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use rskafka::{
    BackoffConfig,
    client::{
        Client, ClientBuilder,
        error::{Error as Fault, ProtocolError},
        partition::{Compression, PartitionClient, UnknownTopicHandling},
    },
    record::Record,
};
use rustc_hash::FxHashMap;

use super::{Error, Sink, is_for_brokers, letter_about, parcels::Parcels, within_patience};
use crate::domain::event::Event;
use crate::store::publish::Published;

/// Partitions of a topic that is not there yet.
const PARTITIONS: i32 = 6;

/// How long the broker may take to make a topic.
const TOPIC_TIMEOUT_MS: i32 = 5_000;

/// The name of the sink.
const NAME: &str = "kafka";

/// Bytes that are sent at once: brokers take a mebibyte, unless told otherwise.
const PARCEL: usize = 900_000;

/// Bytes of a record beside its key, value and headers, or a little less.
const AROUND: usize = 100;

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

    async fn publish(&mut self, events: &[Published]) -> Result<(), Error> {
        let connected = match &mut self.connected {
            Some(connected) => connected,
            none => none.insert(within_patience(NAME, connect(&self.brokers)).await?),
        };
        let mut outgoing: BTreeMap<(&str, usize), Vec<Outgoing<'_>>> = BTreeMap::new();
        for published in events.iter().filter(|e| is_for_brokers(e)) {
            let event = &published.event;
            let partition = within_patience(NAME, connected.partition_of(event)).await?;
            let record = record(event);
            let place = outgoing.entry((event.kind.as_str(), partition)).or_default();
            place.push(Outgoing { event, record });
        }
        for ((topic, partition), outgoing) in outgoing {
            for refused in connected.send(topic, partition, outgoing).await? {
                let letter = letter_about(NAME, refused.event, refused.record.approximate_size());
                let partition = within_patience(NAME, connected.partition_of(&letter)).await?;
                let record = vec![record(&letter)];
                let taken = within_patience(NAME, connected.produce(&letter.kind, partition, record)).await?;
                if !taken {
                    let why = "it refuses even a dead letter as too large".to_owned();
                    return Err(Error::Sink { sink: NAME, why });
                }
            }
        }
        Ok(())
    }
}

/// An event on its way.
struct Outgoing<'a> {
    event: &'a Event,
    record: Record,
}

async fn connect(brokers: &[String]) -> Result<Connected, Fault> {
    let client = ClientBuilder::new(brokers.to_vec())
        .client_id("provdir")
        .backoff_config(retries())
        .build()
        .await?;
    let partitions = FxHashMap::default();
    Ok(Connected { client, partitions })
}

impl Connected {
    /// Sends what is for one partition, in order; what is too large for the broker.
    async fn send<'a>(
        &mut self,
        topic: &str,
        partition: usize,
        outgoing: Vec<Outgoing<'a>>,
    ) -> Result<Vec<Outgoing<'a>>, Error> {
        let mut parcels = Parcels::new(outgoing, PARCEL, |o| o.record.approximate_size() + AROUND);
        let mut too_large = Vec::new();
        while let Some(parcel) = parcels.next_one() {
            let records = parcel.iter().map(|o| o.record.clone()).collect();
            if !within_patience(NAME, self.produce(topic, partition, records)).await? {
                too_large.extend(parcels.refused(parcel));
            }
        }
        Ok(too_large)
    }

    /// Whether the broker took records; no: they are too large.
    async fn produce(&mut self, topic: &str, partition: usize, records: Vec<Record>) -> Result<bool, Fault> {
        let partitions = self.partitions_of(topic).await?;
        match partitions[partition].produce(records, Compression::NoCompression).await {
            Ok(_) => Ok(true),
            Err(Fault::ServerError {
                protocol_error: ProtocolError::MessageTooLarge | ProtocolError::RecordListTooLarge,
                ..
            }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn partition_of(&mut self, event: &Event) -> Result<usize, Fault> {
        let count = self.partitions_of(&event.kind).await?.len();
        Ok(partition(&event.partitionkey, count))
    }

    /// The partitions of a topic, which is made if it is not there.
    async fn partitions_of(&mut self, topic: &str) -> Result<&[PartitionClient], Fault> {
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
