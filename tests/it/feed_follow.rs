//! The change feed: what is committed becomes visible, in order, at least once, through rebuilds, gaps and drift.
//!
//! Tests wait for positions. The time in `PATIENCE` only ends a test that would hang.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use chrono::{DateTime, Days, Utc};
use provider_directory::{
    feed::{self, Feed, reconcile, timers},
    index::{Change, Index, schema::Handle},
    store::{self, outbox},
    vocab::{Position, ProviderId},
};

use crate::house::{House, admin, noon, person};

const PATIENCE: Duration = Duration::from_secs(120);

/// A house whose changes are followed.
struct Followed {
    house: House,
    index: Index,
    feed: Feed,
    folder: tempfile::TempDir,
}

fn settings() -> feed::Settings {
    feed::Settings {
        poll: Duration::from_millis(200),
        batch: 7,
        commit_after: Duration::from_millis(5),
        commit_changes: 20,
        clock: noon,
    }
}

impl Followed {
    async fn open(house: House) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
        let feed = Feed::start(house.store.clone(), index.clone(), settings());
        feed.caught_up().await.expect("caught up");
        Self {
            house,
            index,
            feed,
            folder,
        }
    }

    /// Waits until everything that is committed by now is visible.
    async fn settle(&self) {
        let begun = outbox::begun(&self.house.store).await.expect("read");
        assert!(
            self.index.wait_for_all(begun, PATIENCE).await,
            "stuck: {:?}",
            self.feed.status()
        );
    }

    async fn rename(&self, id: ProviderId, version: i64, last: &str) -> (i64, Position) {
        let change = serde_json::from_value(serde_json::json!({ "last_name": last })).expect("a change");
        let mut tx = self.house.store.begin(&admin()).await.expect("begun");
        let changed = store::providers::update(&mut tx, id, version, &change, noon())
            .await
            .expect("renamed");
        (changed.version, tx.commit().await.expect("committed"))
    }

    /// Waits until a provider is in the index, wherever its position stands.
    async fn sees(&self, id: ProviderId) {
        let seen = async {
            while !versions(&self.index).contains_key(&id) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.expect("seen");
    }

    async fn agrees(&self) {
        let drift = reconcile::compare(&self.house.store, &self.index, PATIENCE)
            .await
            .expect("compared");
        assert!(drift.is_none(), "{drift:?}");
    }
}

fn versions(index: &Index) -> BTreeMap<ProviderId, i64> {
    let mut all = BTreeMap::new();
    index.versions(|id, version| assert!(all.insert(id, version).is_none(), "{id} is there twice"));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_visible_at_its_position() {
    let followed = Followed::open(House::open().await).await;
    let provider = followed.house.provider("Visible", None).await;
    followed.settle().await;
    assert_eq!(versions(&followed.index).get(&provider.id), Some(&provider.version));

    let (version, position) = followed.rename(provider.id, provider.version, "Seen").await;
    assert!(followed.index.wait_for(position, PATIENCE).await);
    assert_eq!(versions(&followed.index).get(&provider.id), Some(&version));

    // Plain SQL too, by whoever may: no code path can forget the outbox.
    followed.house.sql("UPDATE provider SET last_name = 'ByHand'").await;
    followed.settle().await;
    assert_eq!(versions(&followed.index).get(&provider.id), Some(&(version + 1)));
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_commits_late_is_not_skipped() {
    let followed = Followed::open(House::open().await).await;
    let mut late = followed.house.store.begin(&admin()).await.expect("begun");
    let first = store::providers::create(&mut late, &person("Late", None), noon())
        .await
        .expect("created");
    let second = followed.house.provider("Early", None).await;
    // The younger one is seen though the older transaction runs; its row must not move the reader past that.
    followed.sees(second.id).await;
    let stood = followed.index.position();
    assert!(!versions(&followed.index).contains_key(&first.id));
    let position = late.commit().await.expect("committed");
    assert!(stood < Some(position));
    assert!(followed.index.wait_for(position, PATIENCE).await);
    followed.settle().await;
    let seen = versions(&followed.index);
    assert!(seen.contains_key(&first.id) && seen.contains_key(&second.id));
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_goes_on_where_its_index_stands() {
    let followed = Followed::open(House::open().await).await;
    let one = followed.house.provider("One", None).await;
    followed.settle().await;
    let Followed {
        house,
        index,
        feed,
        folder,
    } = followed;
    feed.stop().await;
    let stood = index.position().expect("built");
    drop((feed, index));

    let two = house.provider("Two", None).await;
    let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
    assert_eq!(
        index.position(),
        Some(stood),
        "an orderly stop leaves nothing unwritten"
    );
    assert_eq!(index.status().generation, 1);
    let feed = Feed::start(house.store.clone(), index.clone(), settings());
    feed.caught_up().await.expect("caught up");
    let followed = Followed {
        house,
        index,
        feed,
        folder,
    };
    followed.settle().await;
    let seen = versions(&followed.index);
    assert!(seen.contains_key(&one.id) && seen.contains_key(&two.id));
    assert_eq!(followed.index.status().generation, 1, "nothing had to be built anew");
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_cluster_or_too_old_is_built_anew() {
    let house = House::open().await;
    let provider = house.provider("Here", None).await;
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
    let mut strange = index.rebuild().expect("begun");
    strange.seal(Position { xid: 1 << 40, id: 1 }, 4711).expect("sealed");
    strange.swap().expect("swapped");
    let feed = Feed::start(house.store.clone(), index.clone(), settings());
    feed.caught_up().await.expect("caught up");
    assert!(versions(&index).contains_key(&provider.id));
    assert_eq!(index.system_identifier(), house.store.system_identifier().await.ok());
    feed.stop().await;

    // What the outbox no longer has can't be followed.
    let system = house.store.system_identifier().await.expect("asked");
    let mut old = index.rebuild().expect("begun");
    old.seal(Position { xid: 1, id: 1 }, system).expect("sealed");
    old.swap().expect("swapped");
    assert!(versions(&index).is_empty());
    outbox::prune(&house.store, noon() + Days::new(36_500))
        .await
        .expect("pruned");
    let feed = Feed::start(house.store.clone(), index.clone(), settings());
    feed.caught_up().await.expect("caught up");
    assert!(versions(&index).contains_key(&provider.id));
    feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_load_is_visible_when_nothing_is_owed() {
    let followed = Followed::open(House::open().await).await;
    let mut tx = followed.house.store.begin(&admin()).await.expect("begun");
    tx.bulk().await.expect("a setting");
    for n in 0..50 {
        let new = person(&format!("Bulk{n}"), None);
        store::providers::create(&mut tx, &new, noon()).await.expect("created");
    }
    let position = tx.commit().await.expect("committed");
    assert!(
        followed.index.wait_for_all(position, PATIENCE).await,
        "{:?}",
        followed.feed.status()
    );
    assert_eq!(versions(&followed.index).len(), 50);
    followed.agrees().await;
    followed.feed.stop().await;
}

/// A bulk load of one provider, as one of the many transactions of an import.
async fn bulk(house: &House, name: &str) -> Position {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    tx.bulk().await.expect("a setting");
    store::providers::create(&mut tx, &person(name, None), noon())
        .await
        .expect("created");
    tx.commit().await.expect("committed")
}

#[tokio::test(flavor = "multi_thread")]
async fn many_bulk_transactions_are_a_few_rebuilds_and_hold_nobody_up() {
    const TRANSACTIONS: usize = 400;
    let followed = Followed::open(House::open().await).await;
    let known = followed.house.provider("Single", None).await;
    followed.settle().await;
    assert_eq!(followed.index.status().generation, 1);

    let mut version = known.version;
    for n in 0..TRANSACTIONS {
        bulk(&followed.house, &format!("Bulk{n}")).await;
        if n % 100 == 50 {
            // Committed between bulk loads, visible at its position; what the bulk loads wrote is still owed.
            let (changed, position) = followed.rename(known.id, version, &format!("Single{n}")).await;
            version = changed;
            assert!(followed.index.wait_for(position, PATIENCE).await);
            assert_eq!(versions(&followed.index).get(&known.id), Some(&version));
        }
    }
    followed.settle().await;
    assert_eq!(versions(&followed.index).len(), TRANSACTIONS + 1);
    assert_eq!(versions(&followed.index).get(&known.id), Some(&version));
    assert!(followed.index.owed().is_none());
    let generation = followed.index.status().generation;
    // A slow machine pauses between transactions, and a pause is when the index is built.
    assert!(
        generation < TRANSACTIONS as u64 / 10,
        "a few rebuilds at most, not {generation}"
    );
    followed.agrees().await;
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_is_remembered_over_a_stop() {
    let followed = Followed::open(House::open().await).await;
    let before = followed.index.position().expect("built");
    let position = bulk(&followed.house, "Owed").await;
    assert!(followed.index.wait_for(position, PATIENCE).await);
    let Followed {
        house,
        index,
        feed,
        folder,
    } = followed;
    feed.stop().await;
    let owed = index.owed();
    drop((feed, index));

    let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
    assert_eq!(index.owed(), owed, "it is on disk with the position");
    assert!(index.position() >= Some(position) && owed.is_none_or(|owed| owed >= before));
    let feed = Feed::start(house.store.clone(), index.clone(), settings());
    assert!(index.wait_for_all(position, PATIENCE).await);
    assert_eq!(versions(&index).len(), 1);
    feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_read_beside_its_writer() {
    let followed = Followed::open(House::open().await).await;
    let one = followed.house.provider("One", None).await;
    followed.settle().await;
    followed.feed.stop().await;
    let beside = Index::open_read_only(followed.folder.path(), Handle::embedded()).expect("opened beside the writer");
    assert_eq!(versions(&beside).get(&one.id), Some(&one.version));
    assert!(matches!(
        beside.rebuild().err(),
        Some(provider_directory::index::Error::ReadOnly)
    ));
    let busy = Index::open(followed.folder.path(), Handle::embedded())
        .err()
        .expect("the writer is there");
    assert!(!busy.is_corruption(), "a lock is no damage: {busy}");

    let empty = tempfile::tempdir().expect("a folder");
    let nothing = Index::open_read_only(&empty.path().join("index"), Handle::embedded()).expect("opened");
    assert_eq!(nothing.position(), None);
    assert!(!empty.path().join("index").exists(), "reading makes nothing");
}

/// 11.02: queries during a rebuild never fail or mix generations.
#[tokio::test(flavor = "multi_thread")]
async fn feature_11_02_a_rebuild_never_fails_or_mixes_what_searches_see() {
    const PROVIDERS: u64 = 60;
    let house = House::open().await;
    let mut known = Vec::new();
    for n in 0..PROVIDERS {
        let provider = house.provider(&format!("Person{n}"), None).await;
        known.push((provider.id, provider.version));
    }
    let followed = Followed::open(house).await;
    followed.settle().await;

    let (stop, looks) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let (stop, looks, index) = (&stop, &looks, &followed.index);
        scope.spawn(move || {
            let mut newest = BTreeMap::new();
            while !stop.load(Ordering::Relaxed) {
                let seen = versions(index);
                assert_eq!(seen.len() as u64, PROVIDERS, "all are there at every moment, each once");
                for (id, version) in seen {
                    let before = newest.insert(id, version).unwrap_or_default();
                    assert!(before <= version, "{id} went back from {before} to {version}");
                }
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                for round in 0..4 {
                    let rebuilt = tokio::spawn({
                        let feed = followed.feed.clone();
                        async move { feed.rebuild().await }
                    });
                    for (n, (id, version)) in known.iter_mut().enumerate() {
                        *version = followed.rename(*id, *version, &format!("Round{round}No{n}")).await.0;
                    }
                    rebuilt.await.expect("joined").expect("rebuilt");
                }
            });
        });
        stop.store(true, Ordering::Relaxed);
    });
    assert!(looks.load(Ordering::Relaxed) > 0);
    followed.settle().await;
    assert_eq!(versions(&followed.index), known.into_iter().collect());
    assert_eq!(followed.index.status().generation, 5);
    followed.agrees().await;
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_is_found_and_repaired() {
    let followed = Followed::open(House::open().await).await;
    let gone = followed.house.provider("Gone", None).await;
    let stale = followed.house.provider("Stale", None).await;
    followed.settle().await;
    followed.agrees().await;

    let (position, day) = (followed.index.position().expect("built"), noon().date_naive());
    let mut phantom = stale.clone();
    phantom.id = ProviderId(uuid::Uuid::from_u128(7));
    let mut old = stale.clone();
    old.version = 0;
    let damage = vec![
        Change::Remove(gone.id),
        Change::Put(Box::new(old)),
        Change::Put(Box::new(phantom.clone())),
    ];
    followed.index.apply(damage, position, day).expect("damaged");

    let drift = reconcile::compare(&followed.house.store, &followed.index, PATIENCE)
        .await
        .expect("compared");
    assert_eq!(
        (drift.missing.clone(), drift.stale.clone()),
        (vec![gone.id], vec![stale.id])
    );
    assert_eq!((drift.orphan.clone(), drift.checked), (vec![phantom.id], 2));
    followed.feed.repair(drift.providers()).await.expect("repaired");
    followed.agrees().await;
    followed.feed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_pass_ring_once_for_all_nodes() {
    let house = House::open().await;
    let network = house.network("Lakeshore", true).await;
    let today = noon().date_naive();
    let begins = house.provider("Begins", None).await.id;
    let ends = house.provider("Ends", None).await.id;
    for (id, effective, termination) in [
        (begins, today + Days::new(2), None),
        (ends, today - Days::new(30), Some(today + Days::new(1))),
    ] {
        let termination = termination.map_or("NULL".to_owned(), |day| format!("'{day}'"));
        house
            .sql(&format!(
                "INSERT INTO participation (provider_id, network_id, organization_id, status, effective, termination)
                VALUES ('{id}', '{}', '{}', 'ACTIVE', '{effective}', {termination})",
                network.id, network.organization_id
            ))
            .await;
    }
    let on = |days: u64| -> DateTime<Utc> { noon() + Days::new(days) };
    let (mut one, mut other) = (None, None);
    assert_eq!(timers::ring(&house.store, &mut one, on(0)).await.expect("rung"), 0);
    assert_eq!(
        timers::ring(&house.store, &mut one, on(1)).await.expect("rung"),
        0,
        "the last day is inclusive"
    );
    let rows = async || -> i64 {
        let count = "SELECT count(*) FROM outbox WHERE kind = 'PROVIDER'";
        sqlx::query_scalar(count)
            .fetch_one(&mut house.owner().await)
            .await
            .expect("counted")
    };
    let before = rows().await;
    assert_eq!(timers::ring(&house.store, &mut one, on(2)).await.expect("rung"), 2);
    assert_eq!(
        timers::ring(&house.store, &mut other, on(2)).await.expect("rung"),
        0,
        "once for all nodes"
    );
    assert_eq!(rows().await - before, 2);
}
