//! Killed at any moment, a server loses no step of a workflow and does none twice.

use std::{path::Path, time::Duration};

use provider_directory::{
    feed::workflow::run_due,
    store::{
        self, Database, Store,
        credentialing::{self, NewRequest},
        providers, verification,
    },
    vocab::terms::{Element, Profile},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::{
    credentialing_requests::verified,
    house::{admin, noon, person},
    program::{Folder, Server, kills, run},
};

/// Opens requests whose clocks have all rung by the time of a real server, and approves some of them.
async fn begin(store: &Store, count: usize) {
    for n in 0..count {
        let mut tx = store.begin(&admin()).await.expect("begun");
        let long_ago = noon() - chrono::TimeDelta::days(1200);
        let provider = providers::create(&mut tx, &person(&format!("N{n:03}"), None), long_ago)
            .await
            .expect("created");
        let new = NewRequest {
            profile: (n % 2 == 1).then_some(Profile::NcqaAccreditation),
            ..NewRequest::default()
        };
        let request = credentialing::submit(&mut tx, provider.id, &new, long_ago)
            .await
            .expect("submitted");
        if n % 2 == 0 {
            let mut license = verified(Element::License, long_ago.date_naive());
            license.expires_on = Some(noon().date_naive() - chrono::TimeDelta::days(30));
            verification::record(&mut tx, request, &license, long_ago)
                .await
                .expect("recorded");
            credentialing::approve(&mut tx, request, None, long_ago)
                .await
                .expect("approved");
        }
        tx.commit().await.expect("committed");
    }
}

/// Everything that the workflows left behind, without keys and moments.
async fn state(store: &Store) -> Vec<String> {
    let mut tx = store.begin(&admin()).await.expect("begun");
    let mut lines = Vec::new();
    let all = credentialing::list(&mut tx, &credentialing::Filter::default(), 10_000)
        .await
        .expect("listed");
    for request in all {
        let key = providers::ProviderKey::Id(request.provider_id);
        let provider = providers::find(&mut tx, &key).await.expect("asked").expect("there");
        let name = provider.name.last.clone().unwrap_or_default();
        lines.push(format!(
            "{name} {} {} {}",
            request.status, request.stage, provider.network_status
        ));
        let short = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
        let events = credentialing::work::timeline(&mut tx, request.id).await.expect("read");
        lines.extend(events.iter().map(|e| {
            let task = e.detail["task"].as_str().map(short).unwrap_or_default();
            format!("{name} event {} {task} {:?}", e.kind, e.stage)
        }));
        let filter = credentialing::work::TaskFilter {
            request: Some(request.id),
            ..Default::default()
        };
        let tasks = credentialing::work::tasks(&mut tx, &filter, 1000).await.expect("read");
        lines.extend(
            tasks
                .iter()
                .map(|t| format!("{name} task {} {}", short(&t.name), t.done_at.is_some())),
        );
    }
    lines.sort();
    lines
}

async fn opened(data: &Path) -> Store {
    let settings = store::Settings {
        database: Database::Managed {
            data_dir: data.to_owned(),
            binaries: None,
        },
        max_connections: 4,
    };
    Store::open(&settings).await.expect("a cluster")
}

/// Whether no step waits that is due by the clock on the wall, and no approval that has run out.
async fn is_done(store: &Store) -> bool {
    let mut tx = store.begin(&admin()).await.expect("begun");
    let over = credentialing::Filter {
        expires_before: Some(noon()),
        ..Default::default()
    };
    if !credentialing::list(&mut tx, &over, 1).await.expect("listed").is_empty() {
        return false;
    }
    let next = store::workflow::next_due(&mut tx).await.expect("asked");
    next.is_none_or(|at| at > noon())
}

async fn killed(kills: usize, requests: usize) {
    let calm = Folder::new("workflow-calm");
    let store = opened(&calm.0).await;
    begin(&store, requests).await;
    // Every clock that was set has rung by now.
    while run_due(&store, noon()).await.expect("done") > 0 {}
    let expected = state(&store).await;
    store.close().await;

    let folder = Folder::new("workflow-kill");
    let store = opened(&folder.0).await;
    begin(&store, requests).await;
    let mut dice = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..kills {
        let mut server = Server::start(&["serve"], &folder.0);
        server.listening();
        tokio::time::sleep(Duration::from_millis(dice.random_range(0..60))).await;
        server.kill();
    }
    let mut server = Server::start(&["serve"], &folder.0);
    server.listening();
    while !is_done(&store).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(server.stop(), "stops in order");
    assert_eq!(state(&store).await, expected);
    let report: Value = serde_json::from_str(&run(&["audit", "verify", "--json"], &folder.0)).expect("JSON");
    assert_eq!(report["breaks"], serde_json::json!([]), "the audit is whole");
    store.close().await;
}

/// 3.02: killed at drawn moments, the end is as without. There are so many requests that the last kill still finds work.
#[tokio::test(flavor = "multi_thread")]
async fn feature_3_02_a_server_killed_at_any_moment_changes_nothing_in_the_end() {
    let kills = kills(5);
    killed(kills, 60.max(kills * 3)).await;
}
