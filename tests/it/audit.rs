//! The audit as a chain: sealed by the schema, checked by the program.

use std::sync::Arc;

use provider_directory::{
    domain::audit::{Fault, Report},
    store::audit,
};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::house::{House, admin, execute, member};

async fn record(house: &House, text: &str) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    audit::record(&mut tx, "thing.read", "thing", text, &json!({"why": text}))
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
}

async fn verified(house: &House) -> Report {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    audit::verify(&mut tx, &[]).await.expect("verified")
}

async fn faults(house: &House) -> Vec<Fault> {
    verified(house).await.breaks.iter().map(|b| b.fault).collect()
}

/// 11.06, 3.15: whoever owns the database can change rows, but not unseen.
#[tokio::test]
async fn feature_11_06_and_3_15_tampering_is_found_out() {
    let house = House::open().await;
    for text in ["a", "b", "c", "d"] {
        record(&house, text).await;
    }
    let sound = verified(&house).await;
    assert_eq!((sound.rows, sound.breaks.len(), sound.heads.len()), (4, 0, 1));
    let mut owner = house.owner().await;
    let past_the_guards = "SET session_replication_role = replica";
    execute(&mut owner, past_the_guards).await;
    for (sql, undo, expected) in [
        (
            "UPDATE audit SET actor = 'nobody' WHERE entity_id = 'b'",
            "UPDATE audit SET actor = 'token:test' WHERE entity_id = 'b'",
            vec![Fault::Changed],
        ),
        (
            "UPDATE audit SET at = at + interval '1 second' WHERE entity_id = 'c'",
            "UPDATE audit SET at = at - interval '1 second' WHERE entity_id = 'c'",
            vec![Fault::Changed],
        ),
        (
            "UPDATE audit SET entity_id = CASE entity_id WHEN 'a' THEN 'b' ELSE 'a' END WHERE entity_id IN ('a', 'b')",
            "UPDATE audit SET entity_id = CASE entity_id WHEN 'a' THEN 'b' ELSE 'a' END WHERE entity_id IN ('a', 'b')",
            vec![Fault::Changed, Fault::Changed],
        ),
        (
            "UPDATE audit_seal SET number = 5 - number",
            "UPDATE audit_seal SET number = 5 - number",
            vec![
                Fault::Broken,
                Fault::Changed,
                Fault::Broken,
                Fault::Changed,
                Fault::Broken,
                Fault::Changed,
                Fault::Broken,
                Fault::Changed,
                Fault::CutOff,
            ],
        ),
        (
            "INSERT INTO audit (action, entity) VALUES ('x', 'y')",
            "DELETE FROM audit WHERE entity = 'y'",
            vec![Fault::Unsealed],
        ),
    ] {
        // The unique key of places stands in the way of a reversal; whoever owns the table can drop it for a moment.
        execute(
            &mut owner,
            "ALTER TABLE audit_seal DROP CONSTRAINT IF EXISTS audit_seal_link_key",
        )
        .await;
        execute(&mut owner, sql).await;
        assert_eq!(faults(&house).await, expected, "{sql}");
        execute(&mut owner, undo).await;
        assert_eq!(faults(&house).await, [], "{undo}");
    }
    execute(
        &mut owner,
        "CREATE TABLE kept AS SELECT * FROM audit WHERE entity_id = 'd'",
    )
    .await;
    execute(&mut owner, "DELETE FROM audit WHERE entity_id = 'd'").await;
    assert_eq!(faults(&house).await, [Fault::Missing]);
    execute(&mut owner, "DELETE FROM audit_seal WHERE number = 4").await;
    assert_eq!(faults(&house).await, [Fault::CutOff]);
    execute(
        &mut owner,
        "UPDATE audit_head h SET number = 3, hash = (SELECT s.hash FROM audit_seal s WHERE s.number = 3)",
    )
    .await;
    assert_eq!(
        faults(&house).await,
        [],
        "a chain that is cut and mended looks sound ..."
    );
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let report = audit::verify(&mut tx, &sound.heads).await.expect("verified");
    assert_eq!(
        report.breaks[0].fault,
        Fault::Rewritten,
        "... but not to who kept its head"
    );
}

/// 3.15: the report of a year says who did what, whether they said why, and whether anybody touched it since.
#[tokio::test]
async fn feature_3_15_the_report_of_a_year_equals_sql_and_finds_what_was_touched() {
    let house = House::open().await;
    for text in ["a", "b"] {
        record(&house, text).await;
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    audit::record(&mut tx, "thing.write", "thing", "c", &json!({"reason": null}))
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
    let mut owner = house.owner().await;
    let year: i32 = sqlx::query_scalar("SELECT extract(year FROM min(at) AT TIME ZONE 'UTC')::int FROM audit")
        .fetch_one(&mut owner)
        .await
        .expect("a year");
    let report = async |year| {
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        audit::year_report(&mut tx, year).await.expect("a report")
    };
    let told = report(year).await;
    let counts = told
        .counts
        .iter()
        .map(|c| (c.action.as_str(), c.actor.as_str(), c.times, c.explained));
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [("thing.read", "token:test", 2, 2), ("thing.write", "token:test", 1, 0)]
    );
    assert_eq!((told.rows, told.actors, told.sound, told.heads.len()), (3, 1, true, 1));
    let before = report(year - 1).await;
    assert_eq!((before.rows, before.counts.len(), before.sound), (0, 0, true));
    execute(&mut owner, "SET session_replication_role = replica").await;
    execute(&mut owner, "UPDATE audit SET detail = '{}' WHERE entity_id = 'a'").await;
    let touched = report(year).await;
    assert!(
        !touched.sound && touched.breaks[0].starts_with("Changed"),
        "{:?}",
        touched.breaks
    );
}

/// 11.06: plain SQL of the service role is sealed like any other, and cannot touch the seals.
#[tokio::test]
async fn feature_11_06_plain_sql_cannot_skip_the_chain() {
    let house = House::open().await;
    let organization = house.organization("Mine").await.id;
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    execute(
        &mut app,
        &format!("SELECT set_config('app.organization_id', '{organization}', false)"),
    )
    .await;
    execute(
        &mut app,
        "INSERT INTO audit (action, entity) VALUES ('by.hand', 'thing')",
    )
    .await;
    for sql in [
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit_seal",
        "UPDATE audit_head SET number = 0",
        "INSERT INTO audit_seal VALUES (99, uuid_v7(), 1, '', '')",
        "INSERT INTO audit (action, entity, actor) VALUES ('x', 'y', 'somebody else')",
        "SELECT audit_seals(a) FROM audit a",
    ] {
        assert!(
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app).await.is_err(),
            "{sql}"
        );
    }
    let report = verified(&house).await;
    assert_eq!((report.rows, report.breaks.len(), report.heads.len()), (1, 0, 1));
    let mut tx = house.store.begin(&member(organization)).await.expect("begun");
    assert_eq!(audit::verify(&mut tx, &[]).await.expect("verified").rows, 1);
    let other = house.organization("Other").await.id;
    let mut tx = house.store.begin(&member(other)).await.expect("begun");
    assert_eq!(audit::verify(&mut tx, &[]).await.expect("verified").rows, 0);
}

/// Many writers at once, in opposite orders of locks: all get through, and the chain is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_make_one_chain_without_deadlock() {
    let house = Arc::new(House::open().await);
    let ids = [
        house.provider("A", None).await.id.to_string(),
        house.provider("B", None).await.id.to_string(),
    ];
    let before = verified(&house).await.rows;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..8_usize {
        let (house, ids) = (house.clone(), ids.clone());
        tasks.spawn(async move {
            for round in 0..15_usize {
                let mut connection = PgConnection::connect_with(&house.access.app).await.expect("connected");
                let mut sql =
                    "BEGIN; SELECT set_config('app.role', 'platform_admin', true), set_config('app.actor', 'x', true);"
                        .to_owned();
                let audit = "INSERT INTO audit (action, entity) VALUES ('a.b', 'c');";
                let write = format!(
                    "UPDATE provider SET phone = '{n}-{round}' WHERE id = '{}';",
                    ids[round % 2]
                );
                let steps = if n % 2 == 0 { [audit, &write] } else { [&write, audit] };
                sql.extend(steps);
                sql.push_str("COMMIT");
                execute(&mut connection, &sql).await;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no deadlock");
    }
    let report = verified(&house).await;
    assert_eq!((report.rows, report.breaks.len()), (before + 120, 0));
}
