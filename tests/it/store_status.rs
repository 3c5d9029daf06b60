//! The status machine, for every way in.

use chrono::{NaiveDate, TimeDelta};
use provider_directory::{
    store::{
        Error, Tx,
        credentialing::{self, NewRequest},
        providers,
    },
    vocab::{
        ProviderId,
        terms::{NetworkStatus, RequestStatus},
    },
};
use sqlx::{Connection, PgConnection};

use crate::house::{House, admin, execute, noon, person};
use NetworkStatus::{Active, Inactive, Pending};

fn day(days_ago: i64) -> NaiveDate {
    (noon() - TimeDelta::days(days_ago)).date_naive()
}

async fn status(tx: &mut Tx, id: ProviderId) -> NetworkStatus {
    let found = providers::find(tx, &providers::ProviderKey::Id(id))
        .await
        .expect("asked");
    found.expect("there").network_status
}

/// A provider in a status, in an open transaction.
async fn brought_to(house: &House, status: NetworkStatus) -> (Tx, ProviderId) {
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    if status != Pending {
        credentialing::approve_delegated(&mut tx, &[id], "Roster", day(9), noon())
            .await
            .expect("approved");
    }
    if status == Inactive {
        providers::deactivate(&mut tx, id, 2, "left", noon())
            .await
            .expect("deactivated");
    }
    (tx, id)
}

/// 2.06: a model of all transitions, with the guard in front of ACTIVE.
#[tokio::test]
async fn feature_2_06_every_move_through_the_doors_is_as_the_model_says() {
    let house = House::open().await;
    for from in [Pending, Active, Inactive] {
        // Approving: everybody who is not in comes in; who is in stays.
        let (mut tx, id) = brought_to(&house, from).await;
        let approved = credentialing::approve_delegated(&mut tx, &[id], "Other", day(1), noon())
            .await
            .expect("asked");
        assert_eq!(approved, u64::from(from != Active));
        assert_eq!(status(&mut tx, id).await, Active);
        // Deactivating: from everywhere but INACTIVE.
        let (mut tx, id) = brought_to(&house, from).await;
        let version = if from == Pending { 1 } else { 2 };
        let out = providers::deactivate(&mut tx, id, version, "gone", noon()).await;
        match from {
            Inactive => assert!(matches!(out, Err(Error::Refused(_)))),
            _ => assert_eq!(out.expect("out").network_status, Inactive),
        }
        // Coming back: only from INACTIVE, while the approval has not run out.
        let (mut tx, id) = brought_to(&house, from).await;
        let back = credentialing::reactivate(&mut tx, id, "back", noon())
            .await
            .expect("asked");
        assert_eq!(back, from == Inactive);
    }
    let (mut tx, id) = brought_to(&house, Inactive).await;
    let late = noon() + TimeDelta::days(3 * 366);
    let refused = credentialing::reactivate(&mut tx, id, "back", late).await;
    assert!(matches!(refused, Err(Error::Refused(f)) if f.code == "credentialing"));
}

#[tokio::test]
async fn the_service_role_cannot_touch_status_by_sql() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    execute(&mut app, "SELECT set_config('app.role', 'platform_admin', false)").await;
    for sql in [
        format!("UPDATE provider SET network_status = 'ACTIVE' WHERE id = '{id}'"),
        format!("UPDATE provider SET network_status = 'INACTIVE' WHERE id = '{id}'"),
        format!("UPDATE provider SET activated_at = now() WHERE id = '{id}'"),
        format!("UPDATE provider SET version = 9 WHERE id = '{id}'"),
        format!("UPDATE provider SET owner_organization_id = uuid_v7() WHERE id = '{id}'"),
        "INSERT INTO provider (locator, party_id, kind, category, last_name, network_status)
            SELECT next_locator(2026), party_id, kind, category, 'X', 'ACTIVE' FROM provider"
            .to_owned(),
        format!(
            "INSERT INTO credentialing_request (provider_id, submitted_at, status) VALUES ('{id}', now(), 'APPROVED')"
        ),
        "UPDATE credentialing_request SET status = 'APPROVED'".to_owned(),
        "UPDATE credentialing_request SET expires_at = 'infinity'".to_owned(),
        format!("INSERT INTO provider_status_history VALUES ('{id}')"),
        format!("DELETE FROM provider WHERE id = '{id}'"),
        "INSERT INTO outbox (kind) VALUES ('REBUILD')".to_owned(),
        "SELECT outbox_mark('REBUILD')".to_owned(),
        "SELECT * FROM private_setting".to_owned(),
        "SELECT * FROM api_token".to_owned(),
        "UPDATE audit SET action = ''".to_owned(),
        "ALTER TABLE provider DISABLE TRIGGER ALL".to_owned(),
        "CREATE TABLE mine ()".to_owned(),
    ] {
        let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())).execute(&mut app).await;
        let code = refused.err().and_then(|e| {
            e.as_database_error()
                .and_then(|d| d.code().map(std::borrow::Cow::into_owned))
        });
        assert_eq!(code.as_deref(), Some("42501"), "{sql}");
    }
}

#[tokio::test]
async fn not_even_the_owner_skips_credentialing() {
    let house = House::open().await;
    for from in [Pending, Active, Inactive] {
        for to in [Pending, Active, Inactive] {
            let (tx, id) = brought_to(&house, from).await;
            tx.commit().await.expect("committed");
            let done = sqlx::query("UPDATE provider SET network_status = $2 WHERE id = $1")
                .bind(id.0)
                .bind(to.code())
                .execute(&mut house.owner().await)
                .await;
            // From INACTIVE the earlier approval still holds.
            let may = from == to || to == Inactive || (from, to) == (Inactive, Active);
            assert_eq!(done.is_ok(), may, "{from} to {to}");
        }
    }
    let born = sqlx::query(
        "INSERT INTO provider (locator, party_id, kind, category, last_name, network_status)
        SELECT next_locator(2026), party_id, kind, category, 'X', 'ACTIVE' FROM provider LIMIT 1",
    );
    assert!(born.execute(&mut house.owner().await).await.is_err());
}

/// 2.07: de- and re-activation leave the first date, and history has both.
#[tokio::test]
async fn feature_2_07_activation_counts_from_the_first_time_and_history_has_all() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let request = credentialing::submit(&mut tx, id, &NewRequest::default(), noon())
        .await
        .expect("submitted");
    let approved = credentialing::approve(&mut tx, request, Some("fine"), noon())
        .await
        .expect("approved");
    assert_eq!((approved.provider_id, approved.status), (id, RequestStatus::Approved));
    let again = credentialing::approve(&mut tx, request, None, noon()).await;
    assert!(matches!(again, Err(Error::Refused(fault)) if fault.code == "request_transition"));
    drop(tx);

    let (mut tx, id) = brought_to(&house, Inactive).await;
    let later = noon() + TimeDelta::days(5);
    assert!(
        credentialing::reactivate(&mut tx, id, "back", later)
            .await
            .expect("asked")
    );
    let found = providers::find(&mut tx, &providers::ProviderKey::Id(id))
        .await
        .expect("asked")
        .expect("there");
    assert_eq!(found.activated_at, Some(noon()));
    tx.commit().await.expect("committed");
    let history: Vec<(String, String, Option<String>)> =
        sqlx::query_as("SELECT from_status, to_status, reason FROM provider_status_history ORDER BY id")
            .fetch_all(&mut house.owner().await)
            .await
            .expect("read");
    let told: Vec<_> = history
        .iter()
        .map(|(f, t, r)| (f.as_str(), t.as_str(), r.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(
        told,
        [
            ("PENDING", "ACTIVE", "delegated: Roster"),
            ("ACTIVE", "INACTIVE", "left"),
            ("INACTIVE", "ACTIVE", "back")
        ]
    );
}

#[tokio::test]
async fn rosters_are_taken_as_sets_and_old_decisions_are_not() {
    let house = House::open().await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let mut ids = Vec::new();
    for n in 0..50 {
        ids.push(
            providers::create(&mut tx, &person(&format!("N{n}"), None), noon())
                .await
                .expect("created")
                .id,
        );
    }
    assert_eq!(
        credentialing::approve_delegated(&mut tx, &ids, "Roster", day(30), noon())
            .await
            .expect("done"),
        50
    );
    assert_eq!(
        credentialing::approve_delegated(&mut tx, &ids, "Roster", day(30), noon())
            .await
            .expect("done"),
        0
    );
    tx.commit().await.expect("committed");
    for (source, days_ago) in [("Roster", 1200), ("Roster", -2), ("", 1)] {
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        let refused = credentialing::approve_delegated(&mut tx, &ids, source, day(days_ago), noon()).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{source} {days_ago}");
    }
}
