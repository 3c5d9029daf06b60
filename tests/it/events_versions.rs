//! Every version of a provider is told once and in order, whoever writes at the same time, by hand or from a file.

use std::{collections::BTreeMap, time::Duration};

use provider_directory::{
    store::{self, providers::ProviderKey},
    vocab::ProviderId,
};
use serde_json::{Value, json};

use crate::{
    events::{NPI, events},
    house::{House, admin, noon, person},
    nppes_import::{import, number},
    nppes_lessons::Files,
};

/// A file so large that it is taken as a bulk load changes a provider who is there: that is told, who is new is not.
#[tokio::test]
async fn feature_2_26_a_bulk_import_tells_of_those_whom_it_changes() {
    let (house, other, files) = (House::open().await, House::open().await, Files::new());
    let row = |npi, phone, day| {
        [
            ("NPI", npi),
            ("Entity Type Code", "1"),
            ("Provider Last Name (Legal Name)", "SMITH"),
            ("Provider First Line Business Practice Location Address", "1 MAIN ST"),
            ("Provider Business Practice Location Address City Name", "HOUSTON"),
            ("Provider Business Practice Location Address State Name", "TX"),
            ("Provider Business Practice Location Address Postal Code", "77030"),
            ("Provider Business Practice Location Address Telephone Number", phone),
            ("Healthcare Provider Taxonomy Code_1", "207RC0000X"),
            ("Last Update Date", day),
        ]
    };
    import(&house, &[files.main(&[&row(NPI, "7135550100", "01/02/2026")])]).await;
    let changed = row(NPI, "7135550111", "11/02/2026");
    let file = files.main(&[&changed, &row("1003000126", "7135550122", "11/02/2026")]);
    // How many rows make a bulk load is a matter of the file; here a run that has begun as one says so.
    import(&other, std::slice::from_ref(&file)).await;
    let begun: (String, String, Vec<u8>, Value) = sqlx::query_as(
        "SELECT kind, source, source_digest, (SELECT jsonb_object_agg(key, 0) FROM jsonb_each(counts)
            WHERE jsonb_typeof(value) = 'number') || '{\"bulk\": true}' FROM import_run",
    )
    .fetch_one(&mut other.owner().await)
    .await
    .expect("a run");
    sqlx::query(
        "INSERT INTO import_run (kind, source, source_digest, counts, started_at, updated_at)
        VALUES ($1, $2, $3, $4, now(), now())",
    )
    .bind(begun.0)
    .bind(begun.1)
    .bind(begun.2)
    .bind(begun.3)
    .execute(&mut house.owner().await)
    .await
    .expect("written");
    let end = house.settled().await;
    let report = import(&house, &[file]).await;
    assert_eq!((report.files[0].counts.added, report.files[0].counts.changed), (1, 1));
    let told = events(&house, end).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (&told[0]["data"]["npi"], &told[0]["data"]["version"]),
        (&json!(NPI), &json!(2))
    );
    let changed = told[0]["data"]["changed"].to_string();
    assert!(
        changed.contains("phone") || changed.contains("locations"),
        "{}",
        told[0]
    );
    let marked = "SELECT count(*) FROM outbox WHERE kind = 'REBUILD'";
    assert_eq!(number(&house, marked).await, 1, "it was a bulk load");
    assert_eq!(
        house.entries(end).await,
        [store::outbox::EntryKind::Rebuild],
        "the index reads the marker"
    );
}

/// Changes a provider in a transaction that has its number before it comes to that: so numbers and versions cross.
async fn change_late(store: &store::Store, id: ProviderId, word: &str) -> Result<(), store::Error> {
    let mut tx = store.begin(&admin()).await?;
    store::providers::create(&mut tx, &person(&format!("New{word}"), None), noon()).await?;
    let before = store::providers::find(&mut tx, &ProviderKey::Id(id)).await?;
    let version = before.ok_or(store::Error::NotFound)?.version;
    let change = serde_json::from_value(json!({"phone": word})).expect("a change");
    store::providers::update(&mut tx, id, version, &change, noon()).await?;
    tx.commit().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn feature_2_26_writers_at_once_give_every_version_once_and_in_order() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(house.provider(&format!("Smith{n}"), None).await.id);
    }
    let begin = house.settled().await;
    let writers = (0..6).map(|w: u32| {
        let (store, ids) = (house.store.clone(), ids.clone());
        tokio::spawn(async move {
            for n in 0..15_u32 {
                let id = ids[((w + n) % 4) as usize];
                let done = change_late(&store, id, &format!("{w}x{n}")).await;
                // Somebody else was first: then this one has changed nothing.
                assert!(
                    matches!(done, Ok(()) | Err(store::Error::VersionMismatch { .. })),
                    "{done:?}"
                );
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("done");
    }
    let mut seen: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events(&house, begin).await {
        let key = event["partitionkey"].as_str().expect("a key").to_owned();
        seen.entry(key)
            .or_default()
            .push(event["data"]["version"].as_i64().expect("a version"));
    }
    for id in ids {
        let versions = seen.get(&id.to_string()).cloned().unwrap_or_default();
        assert_eq!(versions, (2..2 + versions.len() as i64).collect::<Vec<_>>(), "{id}");
        assert!(!versions.is_empty());
    }
}

fn phone(number: &str) -> store::providers::ProviderChange {
    serde_json::from_value(json!({ "phone": number })).expect("a change")
}

/// A transaction that has its number early comes late to a provider, and another one that still runs stands between it and
/// the one that came before: what is final then is the later version alone.
#[tokio::test]
async fn feature_2_26_a_version_is_not_told_before_an_earlier_one_that_is_not_final_yet() {
    let house = House::open().await;
    let id = house.provider("Smith", None).await.id;
    let begin = house.settled().await;
    let mut early = house.store.begin(&admin()).await.expect("begun");
    store::providers::create(&mut early, &person("Early", None), noon())
        .await
        .expect("created");
    let mut between = house.store.begin(&admin()).await.expect("begun");
    store::providers::create(&mut between, &person("Between", None), noon())
        .await
        .expect("created");
    let mut other = house.store.begin(&admin()).await.expect("begun");
    store::providers::update(&mut other, id, 1, &phone("1"), noon())
        .await
        .expect("changed");
    other.commit().await.expect("committed");
    store::providers::update(&mut early, id, 2, &phone("2"), noon())
        .await
        .expect("changed");
    early.commit().await.expect("committed");
    let versions = |batch: &store::publish::Batch| {
        let own = batch.events.iter().filter(|e| e.event.partitionkey == id.to_string());
        own.map(|e| e.event.data["version"].as_i64().expect("a version"))
            .collect::<Vec<_>>()
    };
    let batch = loop {
        let batch = store::publish::read(&house.store, begin, 100).await.expect("read");
        if !versions(&batch).is_empty() {
            break batch;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    };
    assert_eq!(versions(&batch), [2, 3]);
    assert!(batch.events.is_sorted_by(|a, b| a.event.sequence < b.event.sequence));
    between.commit().await.expect("committed");
    house.settled().await;
    let rest = store::publish::read(&house.store, batch.position, 100)
        .await
        .expect("read");
    assert_eq!(versions(&rest), [0; 0], "each once");
    assert_eq!(rest.events.len(), 1, "and what was in between");
}
