//! Steps of a credentialing in a line each, for the tests that need a request on its way.

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    domain::exclusion::Exclusion,
    feed::workflow::run_due,
    store::{
        credentialing::{
            self, NewRequest,
            work::{self, TaskFilter},
        },
        exclusion, providers,
    },
    vocab::{
        CredentialingRequestId, ProviderId,
        terms::{NetworkStatus, Stage},
    },
};

use crate::{
    credentialing_requests::submitted,
    house::{House, admin, noon},
};

pub fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}

pub async fn open_request(house: &House, provider: ProviderId, new: &NewRequest) -> CredentialingRequestId {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let request = submitted(&mut tx, provider, new).await;
    tx.commit().await.expect("committed");
    request
}

pub async fn work(house: &House, now: DateTime<Utc>) {
    run_due(&house.store, now).await.expect("done");
}

pub async fn stage(house: &House, request: CredentialingRequestId) -> Stage {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::find(&mut tx, request).await.expect("there").stage
}

pub async fn approve(house: &House, request: CredentialingRequestId, now: DateTime<Utc>) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve(&mut tx, request, None, now)
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
}

/// The names of all tasks of a request, open and done.
pub async fn tasks(house: &House, request: CredentialingRequestId) -> Vec<String> {
    let filter = TaskFilter {
        request: Some(request),
        ..TaskFilter::default()
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let tasks = work::tasks(&mut tx, &filter, 1000).await.expect("read");
    tasks.into_iter().map(|t| t.name).collect()
}

pub async fn status(house: &House, id: ProviderId) -> NetworkStatus {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let found = providers::find(&mut tx, &providers::ProviderKey::Id(id))
        .await
        .expect("asked");
    found.expect("there").network_status
}

/// Loads a list with these people and numbers on it.
pub async fn excluded(house: &House, lines: &[(&str, &str, Option<&str>)]) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let list = exclusion::begin(&mut tx, "OIG LEIE", noon().date_naive(), noon())
        .await
        .expect("begun");
    let lines = (2..).zip(lines).map(|(n, (last, first, npi))| {
        let line = Exclusion {
            last_name: (*last).to_owned(),
            first_name: (*first).to_owned(),
            npi: npi.map(|n| n.parse().expect("an NPI")),
            ..Exclusion::default()
        };
        (n, line)
    });
    let lines = lines.collect::<Vec<_>>();
    exclusion::add(&mut tx, list, &lines).await.expect("added");
    exclusion::publish(&mut tx, list, 0).await.expect("published");
    tx.commit().await.expect("committed");
}
