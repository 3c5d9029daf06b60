//! What waits for webhooks is claimed key by key in order, and what a claim reads does not grow with what waits behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use provider_directory::store::webhooks::{self, CLAIM, Outcome};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::types::PgInterval};
use uuid::Uuid;

use crate::house::{House, admin};

const LEASE: Duration = Duration::from_secs(3_600);

/// A webhook for which so many deliveries wait for each of so many keys, the keys taking turns.
async fn backlog(house: &House, keys: i64, each: i64) -> Uuid {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let made = webhooks::create(&mut tx, "http://127.0.0.1:1/", &[], "whsec_c2VjcmV0").await;
    tx.commit().await.expect("committed");
    let webhook = made.expect("a webhook").id;
    plant(&mut house.owner().await, webhook, keys, each).await;
    webhook
}

async fn plant(connection: &mut PgConnection, webhook: Uuid, keys: i64, each: i64) {
    let event = r#"jsonb_build_object('specversion', '1.0', 'id', gen_random_uuid(), 'source', '/', 'type', 't', 'subject', 's',
        'time', '', 'datacontenttype', '', 'partitionkey', k::text, 'sequence', '', 'data', '{}'::jsonb)"#;
    let planted = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO webhook_delivery (webhook_id, event_id, partition_key, event)
        SELECT $1, gen_random_uuid(), k::text, {event} FROM generate_series(1, $3) n, generate_series(1, $2) k ORDER BY n, k"
    )))
    .bind(webhook)
    .bind(keys)
    .bind(each);
    planted.execute(connection).await.expect("planted");
}

/// Rows of deliveries and lanes that the session has read up to now.
async fn read(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables
        WHERE relname IN ('webhook_delivery', 'webhook_lane')",
    )
    .fetch_one(connection)
    .await
    .expect("counted")
}

#[tokio::test]
async fn a_claim_reads_no_more_than_it_takes_however_much_waits() {
    let house = House::open().await;
    let webhook = backlog(&house, 2_000, 3).await;
    let mut owner = house.owner().await;
    // Half of the keys wait for another try.
    for statement in [
        "UPDATE webhook_delivery SET due_at = now() + interval '1 hour' WHERE id IN (SELECT head FROM webhook_lane WHERE head % 2 = 0)",
        "VACUUM ANALYZE webhook_delivery, webhook_lane",
    ] {
        sqlx::query(statement).execute(&mut owner).await.expect("done");
    }
    let mut tx = owner.begin().await.expect("begun");
    let before = read(&mut tx).await;
    let lease = PgInterval {
        months: 0,
        days: 0,
        microseconds: 1_000_000,
    };
    let claimed: Vec<(i64, Uuid)> = sqlx::query_as(CLAIM)
        .bind(16_i64)
        .bind(Vec::<Uuid>::new())
        .bind(lease)
        .fetch_all(&mut *tx)
        .await
        .expect("claimed");
    assert_eq!(claimed.len(), 16);
    assert!(claimed.iter().all(|(_, of)| *of == webhook));
    let to_claim = read(&mut tx).await - before;
    assert!(to_claim < 16 * 20, "read {to_claim} rows to claim 16 of 6000");
    sqlx::query("UPDATE webhook_delivery SET status = 'DELIVERED', done_at = now() WHERE id = $1")
        .bind(claimed[0].0)
        .execute(&mut *tx)
        .await
        .expect("settled");
    let to_settle = read(&mut tx).await - before - to_claim;
    assert!(to_settle < 20, "read {to_settle} rows to settle one of 6000");
}

/// What is claimed, as its key and its place in the key.
async fn claim(house: &House, limit: i64) -> Vec<(i64, String)> {
    let due = webhooks::claim(&house.store, limit, &[], LEASE).await.expect("claimed");
    due.into_iter().map(|due| (due.id, due.event.0.partitionkey)).collect()
}

async fn settle(house: &House, id: i64, outcome: Outcome) {
    // Each is settled at its first try.
    webhooks::settle(&house.store, id, 1, outcome, "")
        .await
        .expect("settled");
}

#[tokio::test]
async fn each_key_keeps_its_order_and_waits_for_no_other() {
    let house = House::open().await;
    let webhook = backlog(&house, 30, 3).await;
    let mut told: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut claims = 0;
    loop {
        let claimed = claim(&house, 25).await;
        if claimed.is_empty() {
            break;
        }
        let keys: BTreeSet<_> = claimed.iter().map(|(_, key)| key).collect();
        assert_eq!(keys.len(), claimed.len(), "one of each key at a time");
        claims += 1;
        for (id, key) in claimed {
            // Of the key 7 the first is given up at once; the first of the key 8 is to be tried much later.
            let outcome = match (key.as_str(), told.contains_key(&key)) {
                ("7", false) => Outcome::Dead,
                ("8", false) => Outcome::Again(LEASE),
                _ => Outcome::Delivered,
            };
            settle(&house, id, outcome).await;
            told.entry(key).or_default().push(id);
        }
    }
    assert!(claims >= 4, "90 by 25");
    for (key, ids) in &told {
        assert_eq!(ids.len(), if key == "8" { 1 } else { 3 }, "{key}");
        assert!(ids.is_sorted(), "{key}: {ids:?}");
    }
    // Who comes late, or speaks of another try, changes nothing.
    let all = "SELECT string_agg(d::text, ';' ORDER BY id) FROM webhook_delivery d";
    let mut owner = house.owner().await;
    let before: String = sqlx::query_scalar(all).fetch_one(&mut owner).await.expect("read");
    settle(&house, told["9"][0], Outcome::Again(LEASE)).await;
    let late = webhooks::settle(&house.store, told["8"][0], 2, Outcome::Dead, "").await;
    late.expect("heard");
    let after: String = sqlx::query_scalar(all).fetch_one(&mut owner).await.expect("read");
    assert_eq!(before, after);
    // A replay brings back the one that was given up, before all others of its key.
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    assert_eq!(webhooks::replay(&mut tx, webhook, None).await.expect("replayed"), 1);
    tx.commit().await.expect("committed");
    assert_eq!(claim(&house, 25).await, [(told["7"][0], "7".to_owned())]);
    settle(&house, told["7"][0], Outcome::Delivered).await;
    // Nothing is kept for keys that nothing waits for.
    let lanes: Vec<String> = sqlx::query_scalar("SELECT partition_key FROM webhook_lane")
        .fetch_all(&mut house.owner().await)
        .await
        .expect("read");
    assert_eq!(lanes, ["8"]);
}

#[tokio::test]
async fn what_joins_while_the_last_one_leaves_is_not_forgotten() {
    let house = House::open().await;
    let webhook = backlog(&house, 1, 1).await;
    for committed_first in [true, false] {
        let [(first, _)]: [(i64, String); 1] = claim(&house, 25).await.try_into().expect("one");
        let mut owner = house.owner().await;
        let mut joining = owner.begin().await.expect("begun");
        let leave = settle(&house, first, Outcome::Delivered);
        if committed_first {
            plant(&mut joining, webhook, 1, 1).await;
            // The one that leaves may look once the other one is there for all to see.
            let join = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                joining.commit().await.expect("committed");
            };
            tokio::join!(leave, join);
        } else {
            leave.await;
            plant(&mut joining, webhook, 1, 1).await;
            joining.commit().await.expect("committed");
        }
    }
    assert_eq!(claim(&house, 25).await.len(), 1);
}
