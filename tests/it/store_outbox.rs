//! The outbox: nothing missed, nothing repeated, one row for each provider and transaction.

use std::{collections::HashSet, sync::Arc, time::Duration};

use provider_directory::{
    store::{
        Error,
        outbox::{self, EntryKind},
        providers,
    },
    vocab::{Position, ProviderId},
};
use tokio::sync::Barrier;

use crate::house::{House, admin, execute, noon, person};

#[tokio::test]
async fn eight_writers_with_rollbacks_are_read_without_gap_or_repeat() {
    let house = House::open().await;
    let start = Arc::new(Barrier::new(9));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..8_u64 {
        let (store, start) = (house.store.clone(), start.clone());
        writers.spawn(async move {
            start.wait().await;
            let mut written = Vec::new();
            for n in 0..40 {
                let mut tx = store.begin(&admin()).await.expect("begun");
                let mut mine = Vec::new();
                for _ in 0..=(writer + n) % 3 {
                    let made = providers::create(&mut tx, &person("SMITH", None), noon())
                        .await
                        .expect("created");
                    mine.push(made.id);
                }
                // Late commits are what a naive cursor misses.
                tokio::time::sleep(Duration::from_millis((writer * 7 + n * 3) % 11)).await;
                if (writer + n) % 5 != 0 {
                    tx.commit().await.expect("committed");
                    written.append(&mut mine);
                }
            }
            written
        });
    }
    start.wait().await;
    let mut seen: Vec<ProviderId> = Vec::new();
    let mut position = Position::default();
    let mut running = true;
    loop {
        let batch = outbox::read(&house.store, position, 13).await.expect("read");
        assert!(batch.entries.iter().all(|e| e.position > position));
        assert!(batch.entries.is_sorted_by_key(|e| e.position));
        assert!(batch.position >= position);
        let got = batch.entries.len();
        position = batch.position;
        seen.extend(batch.entries.iter().filter_map(|e| match e.kind {
            EntryKind::Provider(id) => Some(id),
            _ => None,
        }));
        if !running && got == 0 {
            break;
        }
        if running && is_done(&mut writers).await {
            running = false;
            house.settled().await;
        }
        tokio::task::yield_now().await;
    }
    let written: HashSet<ProviderId> = FINISHED.with_borrow_mut(std::mem::take).into_iter().collect();
    assert_eq!(seen.len(), written.len(), "nothing is repeated");
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), written, "nothing is missed");
}

thread_local! {
    static FINISHED: std::cell::RefCell<Vec<ProviderId>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Collects writers that have ended; whether all have.
async fn is_done(writers: &mut tokio::task::JoinSet<Vec<ProviderId>>) -> bool {
    while let Some(ended) = writers.try_join_next() {
        FINISHED.with_borrow_mut(|all| all.extend(ended.expect("no panic")));
    }
    writers.is_empty()
}

#[tokio::test]
async fn a_transaction_writes_one_row_for_each_provider_children_included() {
    let house = House::open().await;
    let provider = house.provider("SMITH", None).await;
    let other = house.provider("JONES", None).await;
    let network = house.network("Gold", true).await;
    let start = house.settled().await;
    let mut owner = house.owner().await;
    let (id, net, org) = (provider.id, network.id, network.organization_id);
    execute(
        &mut owner,
        &format!(
            "BEGIN;
            UPDATE provider SET phone = '1' WHERE id = '{id}';
            INSERT INTO provider_language VALUES ('{id}', 'es'), ('{other}', 'en');
            INSERT INTO provider_specialty VALUES ('{id}', 1, '207RC0000X', true);
            INSERT INTO provider_location (provider_id, city) VALUES ('{id}', 'HOUSTON');
            UPDATE provider_location SET city = 'AUSTIN' WHERE provider_id = '{id}';
            INSERT INTO participation (provider_id, network_id, organization_id, effective)
                VALUES ('{id}', '{net}', '{org}', '2026-01-01');
            DELETE FROM provider_language WHERE provider_id = '{id}';
            UPDATE provider SET phone = '2' WHERE id = '{id}';
            COMMIT",
            other = other.id,
        ),
    )
    .await;
    let entries = house.entries(start).await;
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(
        entries.into_iter().collect::<HashSet<_>>(),
        HashSet::from([EntryKind::Provider(provider.id), EntryKind::Provider(other.id)])
    );
    let version: i64 = sqlx::query_scalar("SELECT version FROM provider WHERE id = $1")
        .bind(provider.id.0)
        .fetch_one(&mut owner)
        .await
        .expect("read");
    assert_eq!(version, 2);
    let start = house.settled().await;
    execute(&mut owner, &format!("DELETE FROM provider WHERE id = '{id}'")).await;
    assert_eq!(
        house.entries(start).await,
        [EntryKind::Provider(provider.id)],
        "a deletion is told too"
    );
}

#[tokio::test]
async fn a_savepoint_rolled_back_takes_its_row_along() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let start = house.settled().await;
    house
        .sql(&format!(
            "BEGIN; SAVEPOINT s; UPDATE provider SET phone = '1' WHERE id = '{id}'; ROLLBACK TO s;
            UPDATE provider SET phone = '2' WHERE id = '{id}'; COMMIT"
        ))
        .await;
    assert_eq!(house.entries(start).await, [EntryKind::Provider(id)]);
}

#[tokio::test]
async fn a_bulk_load_writes_one_marker_and_raises_versions() {
    let house = House::open().await;
    let old = house.provider("SMITH", None).await;
    let start = house.settled().await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    tx.bulk().await.expect("set");
    for n in 0..5 {
        providers::create(&mut tx, &person(&format!("N{n}"), None), noon())
            .await
            .expect("created");
    }
    let change = serde_json::from_value(serde_json::json!({"phone": "1"})).expect("a change");
    let changed = providers::update(&mut tx, old.id, 1, &change, noon())
        .await
        .expect("changed");
    tx.commit().await.expect("committed");
    assert_eq!(house.entries(start).await, [EntryKind::Rebuild]);
    assert_eq!(changed.version, 2);
}

#[tokio::test]
async fn reference_data_tells_of_itself_and_not_of_providers() {
    let house = House::open().await;
    house.provider("SMITH", None).await;
    let network = house.network("Gold", true).await;
    let start = house.settled().await;
    house
        .sql(&format!(
            "UPDATE network SET name = 'Golden' WHERE id = '{}'",
            network.id
        ))
        .await;
    assert_eq!(house.entries(start).await, [EntryKind::Reference]);
}

#[tokio::test]
async fn the_position_of_a_commit_is_reached_and_not_before() {
    let house = House::open().await;
    let mut listener = outbox::listen(&house.store).await.expect("listening");
    // A transaction that stays open holds readers back behind it, and nothing is lost by that.
    let mut open = house.store.begin(&admin()).await.expect("begun");
    providers::create(&mut open, &person("OPEN", None), noon())
        .await
        .expect("created");
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let made = providers::create(&mut tx, &person("DONE", None), noon())
        .await
        .expect("created");
    let waited_for = tx.commit().await.expect("committed");
    listener.wait(Duration::from_secs(10)).await;
    let batch = outbox::read(&house.store, Position::default(), 100)
        .await
        .expect("read");
    assert!(batch.entries.is_empty() && batch.position < waited_for);
    let early: Vec<_> = batch.early.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        early,
        [EntryKind::Provider(made.id)],
        "it is committed and waits for the other one"
    );
    open.commit().await.expect("committed");
    house.settled().await;
    let batch = outbox::read(&house.store, batch.position, 100).await.expect("read");
    assert!(batch.position >= waited_for && batch.early.is_empty());
    assert_eq!(batch.entries.len(), 2);
    assert_eq!(batch.entries[1].kind, EntryKind::Provider(made.id));
}

#[tokio::test]
async fn a_reader_before_what_was_pruned_is_told() {
    let house = House::open().await;
    house.provider("SMITH", None).await;
    let end = house.settled().await;
    let later = chrono::Utc::now() + chrono::TimeDelta::days(1);
    assert_eq!(outbox::prune(&house.store, later).await.expect("pruned"), 1);
    let behind = outbox::read(&house.store, Position::default(), 10).await;
    assert!(matches!(behind, Err(Error::Behind)));
    assert!(
        outbox::read(&house.store, end, 10)
            .await
            .expect("read")
            .entries
            .is_empty()
    );
}
