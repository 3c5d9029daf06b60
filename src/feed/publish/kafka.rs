//! Events to Kafka: one topic for each type, the provider's id as key, so that a partition keeps a provider's order. What the
//! broker finds too large is told of in the topic `TYPE.dead`.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

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
const PARTITIONS: u8 = 6;

/// How long the broker may take to make a topic.
const TOPIC_TIMEOUT_MS: i32 = 5_000;

/// The name of the sink.
const NAME: &str = "kafka";

/// Bytes that are sent at once: brokers take a mebibyte, unless told otherwise.
const PARCEL: usize = 900_000;

/// Bytes of a record beside its key, value and headers, or a little less.
const AROUND: usize = 100;

/// A topic that is there with fewer partitions than expected is believed when it was told of in the same way so many times.
const LOOKS: u32 = 8;

/// Between two looks at the partitions of a topic.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Kafka as a sink.
pub struct Kafka {
    topics: Topics,
}

/// The topics of the brokers. The connection is made when it is needed and again after it failed.
struct Topics {
    brokers: Vec<String>,
    client: Option<Client>,
    /// By topic, in the order of their numbers.
    partitions: FxHashMap<String, Vec<PartitionClient>>,
    /// How many partitions a topic had, also over lost connections: they never become fewer.
    counts: FxHashMap<String, usize>,
}

impl Kafka {
    /// For these brokers, separated by commas.
    pub fn new(brokers: &str) -> Self {
        let brokers = brokers.split(',').map(|b| b.trim().to_owned()).collect();
        Self {
            topics: Topics {
                brokers,
                client: None,
                partitions: FxHashMap::default(),
                counts: FxHashMap::default(),
            },
        }
    }

    async fn publish(&mut self, events: &[Published]) -> Result<(), Error> {
        let topics = &mut self.topics;
        let mut outgoing: BTreeMap<(&str, usize), Vec<Outgoing<'_>>> = BTreeMap::new();
        for published in events.iter().filter(|e| is_for_brokers(e)) {
            let event = &published.event;
            let partition = within_patience(NAME, topics.partition_of(event)).await?;
            let record = record(event);
            let place = outgoing.entry((event.kind.as_str(), partition)).or_default();
            place.push(Outgoing { event, record });
        }
        for ((topic, partition), outgoing) in outgoing {
            for refused in topics.send(topic, partition, outgoing).await? {
                let letter = letter_about(NAME, refused.event, refused.record.approximate_size());
                let partition = within_patience(NAME, topics.partition_of(&letter)).await?;
                let record = vec![record(&letter)];
                let taken = within_patience(NAME, topics.produce(&letter.kind, partition, record)).await?;
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

impl Topics {
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
            let client = match &mut self.client {
                Some(client) => client,
                none => none.insert(connect(&self.brokers).await?),
            };
            let count = count_of(client, topic, self.counts.get(topic).copied()).await?;
            let mut clients = Vec::new();
            for number in (0..).take(count) {
                clients.push(
                    client
                        .partition_client(topic, number, UnknownTopicHandling::Retry)
                        .await?,
                );
            }
            self.counts.insert(topic.to_owned(), count);
            self.partitions.insert(topic.to_owned(), clients);
        }
        Ok(&self.partitions[topic])
    }

    /// Gives the connection up; what was learnt of the topics stays.
    fn hang_up(&mut self) {
        self.client = None;
        self.partitions.clear();
    }
}

async fn connect(brokers: &[String]) -> Result<Client, Fault> {
    ClientBuilder::new(brokers.to_vec())
        .client_id("provdir")
        .backoff_config(retries())
        .build()
        .await
}

/// How many partitions a topic has, which is made if it is not there; `seen`: how many it had before. A broker that has just
/// made a topic, or has just started, tells of a part of them: to count those would send a key to another partition than
/// before, and a provider's events out of their order.
async fn count_of(client: &Client, topic: &str, seen: Option<usize>) -> Result<usize, Fault> {
    let mut looks = Looks::new(seen);
    loop {
        let mut found = client.list_topics().await?;
        if found.iter().all(|t| t.name != topic) {
            let controller = client.controller_client()?;
            // Another process may have made it in between: then it is there.
            let made = controller
                .create_topic(topic, i32::from(PARTITIONS), 1, TOPIC_TIMEOUT_MS)
                .await;
            found = client.list_topics().await?;
            if found.iter().all(|t| t.name != topic) {
                made?;
            }
        }
        let numbers = found.into_iter().find(|t| t.name == topic).map(|t| t.partitions);
        if let Some(count) = looks.told(&numbers.unwrap_or_default()) {
            return Ok(count);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// What was told of a topic's partitions, look by look, until it can be believed.
struct Looks {
    /// So many are all of them, or more than was expected.
    enough: usize,
    last: usize,
    alike: u32,
}

impl Looks {
    fn new(seen: Option<usize>) -> Self {
        let enough = seen.unwrap_or(usize::from(PARTITIONS));
        Self {
            enough,
            last: 0,
            alike: 0,
        }
    }

    /// The number of partitions, once it is sure: as many as expected, or fewer that are told again and again (somebody made
    /// the topic so). Numbers with a gap are never all.
    fn told(&mut self, numbers: &BTreeSet<i32>) -> Option<usize> {
        let whole = numbers.iter().copied().eq((0..).take(numbers.len()));
        let count = if whole { numbers.len() } else { 0 };
        self.alike = if count == self.last { self.alike + 1 } else { 1 };
        self.last = count;
        (count >= self.enough || count > 0 && self.alike >= LOOKS).then_some(count)
    }
}

impl Sink for Kafka {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn take(&mut self, events: &[Published]) -> Result<(), Error> {
        let done = self.publish(events).await;
        if done.is_err() {
            self.topics.hang_up();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(looks: &mut Looks, numbers: &[i32]) -> Option<usize> {
        looks.told(&numbers.iter().copied().collect())
    }

    #[test]
    fn a_part_of_the_partitions_is_not_taken_for_all() {
        let mut looks = Looks::new(None);
        assert_eq!(told(&mut looks, &[]), None);
        assert_eq!(told(&mut looks, &[0, 1, 2]), None);
        assert_eq!(told(&mut looks, &[0, 1, 2, 3]), None);
        assert_eq!(told(&mut looks, &[0, 1, 2, 3, 4, 5]), Some(6));
    }

    #[test]
    fn a_topic_with_fewer_is_believed_when_it_stays_so() {
        let mut looks = Looks::new(None);
        for _ in 1..LOOKS {
            assert_eq!(told(&mut looks, &[0, 1, 2]), None);
        }
        assert_eq!(told(&mut looks, &[0, 1, 2]), Some(3));
        assert_eq!(told(&mut Looks::new(Some(3)), &[0, 1, 2]), Some(3), "seen before");
    }

    #[test]
    fn fewer_than_before_and_gaps_are_waited_for() {
        let mut looks = Looks::new(Some(12));
        assert_eq!(told(&mut looks, &[0, 1, 2, 3, 4, 5]), None);
        for _ in 0..2 * LOOKS {
            assert_eq!(
                told(&mut looks, &[0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]),
                None,
                "4 is missing"
            );
        }
    }
}
