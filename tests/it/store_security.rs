//! Who sees and writes what: row-level security, roles, tokens.

use chrono::TimeDelta;
use provider_directory::{
    domain::access::{Actor, Role},
    store::{
        Error, Store,
        access::{self, Grant},
        credentialing,
        providers::{self, ProviderKey},
        snapshot,
    },
    vocab::{ProviderId, terms::NetworkStatus},
};
use sqlx::{Connection, PgConnection};

use crate::house::{House, admin, execute, member, noon, person};

fn anonymous() -> Actor {
    Actor::new("anonymous", Role::Anonymous)
}

#[tokio::test]
async fn every_table_of_tenants_forces_row_level_security() {
    let house = House::open().await;
    let tables: Vec<(String, bool, bool, i64)> = sqlx::query_as(
        "SELECT DISTINCT c.relname::text, c.relrowsecurity, c.relforcerowsecurity,
            (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
        AND a.attname IN ('organization_id', 'owner_organization_id', 'provider_id') AND c.relname <> 'outbox'",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert!(tables.len() >= 15, "{tables:?}");
    for (name, enabled, forced, policies) in tables {
        assert!(enabled && forced && policies > 0, "{name}");
    }
    let roles: Vec<(String, bool, bool)> = sqlx::query_as(
        "SELECT r.rolname::text, r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb,
            EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
        FROM pg_roles r WHERE r.rolname IN ('provdir_app', 'provdir_feed')",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert_eq!(roles.len(), 2);
    assert!(roles.iter().all(|(_, mighty, owns)| !mighty && !owns), "{roles:?}");
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        AND (has_any_column_privilege('provdir_app', c.oid, 'INSERT, UPDATE')
            OR has_table_privilege('provdir_app', c.oid, 'DELETE, TRUNCATE'))",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert!(open.is_empty(), "any transaction may write: {open:?}");
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    for (role, may) in [("organization_admin", false), ("import", true)] {
        let acts = format!("SET app.role = '{role}'");
        execute(&mut app, &acts).await;
        let written = sqlx::query(
            "INSERT INTO npi_event (npi, kind, occurred_on, source) VALUES (1234567893, 'deactivation', '2026-01-01', 'x')",
        )
        .execute(&mut app)
        .await;
        match written.map_err(Error::from) {
            Ok(_) => assert!(may, "{role}"),
            Err(error) => assert!(!may && matches!(error, Error::Forbidden), "{role}: {error}"),
        }
    }
}

#[tokio::test]
async fn every_table_says_what_it_is_and_definer_functions_pin_their_path() {
    let house = House::open().await;
    let silent: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname !~ '^_sqlx'
        AND obj_description(c.oid, 'pg_class') IS NULL",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert!(silent.is_empty(), "without a comment: {silent:?}");
    let loose: Vec<String> = sqlx::query_scalar(
        "SELECT p.proname::text FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
        AND NOT coalesce(array_to_string(p.proconfig, ','), '') LIKE '%search_path=pg_catalog, public, pg_temp%'",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert!(loose.is_empty(), "without a pinned search_path: {loose:?}");
}

async fn sees(store: &Store, actor: &Actor, id: ProviderId) -> bool {
    let mut tx = store.begin(actor).await.expect("begun");
    providers::find(&mut tx, &ProviderKey::Id(id))
        .await
        .expect("asked")
        .is_some()
}

#[tokio::test]
async fn a_private_row_never_keeps_a_public_npi_out() {
    let house = House::open().await;
    let mine = house.organization("Mine").await.id;
    let mut tx = house.store.begin(&member(mine)).await.expect("begun");
    let refused = providers::create(&mut tx, &person("PRIVATE", Some("1234567893")), noon()).await;
    assert!(
        matches!(&refused, Err(Error::Refused(fault)) if fault.field == "npi" && fault.code == "private_npi"),
        "{refused:?}"
    );
    drop(tx);
    house.provider("PUBLIC", Some("1234567893")).await;
}

#[tokio::test]
async fn a_private_provider_is_its_tenants_alone() {
    let house = House::open().await;
    let (mine, other) = (
        house.organization("Mine").await.id,
        house.organization("Other").await.id,
    );
    let mut new = person("ATTORNEY", None);
    new.category = "attorney".to_owned();
    new.languages = Some(vec!["es".to_owned()]);
    let mut tx = house.store.begin(&member(mine)).await.expect("begun");
    let made = providers::create(&mut tx, &new, noon()).await.expect("created");
    tx.commit().await.expect("committed");
    assert_eq!(made.owner_organization_id, Some(mine));
    assert!(sees(&house.store, &member(mine), made.id).await);
    for stranger in [anonymous(), member(other), admin()] {
        assert!(!sees(&house.store, &stranger, made.id).await, "{stranger:?}");
        let mut tx = house.store.begin(&stranger).await.expect("begun");
        let approved = credentialing::approve_delegated(&mut tx, &[made.id], "X", noon().date_naive(), noon()).await;
        assert_ne!(approved.ok(), Some(1), "{stranger:?}");
    }
    assert!(
        snapshot::load(&house.store, &[made.id])
            .await
            .expect("loaded")
            .is_empty()
    );
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    for table in [
        "provider",
        "provider_language",
        "party",
        "organization",
        "credentialing_request",
        "audit",
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut app)
            .await
            .expect("counted");
        assert_eq!(rows, 0, "{table} without a setting");
    }
}

#[tokio::test]
async fn public_rows_are_written_by_the_platform_only() {
    let house = House::open().await;
    let organization = house.organization("Mine").await.id;
    let public = house.provider("SMITH", None).await;
    let mut tx = house.store.begin(&anonymous()).await.expect("begun");
    let made = providers::create(&mut tx, &person("X", None), noon()).await;
    assert!(matches!(made, Err(Error::Forbidden)), "{made:?}");
    for actor in [anonymous(), member(organization)] {
        let change = serde_json::from_value(serde_json::json!({"phone": "1"})).expect("a change");
        let mut tx = house.store.begin(&actor).await.expect("begun");
        let changed = providers::update(&mut tx, public.id, 1, &change, noon()).await;
        assert!(matches!(changed, Err(Error::Forbidden)), "{changed:?}");
        let mut tx = house.store.begin(&actor).await.expect("begun");
        let out = providers::deactivate(&mut tx, public.id, 1, "x", noon()).await;
        assert!(matches!(out, Err(Error::Forbidden)), "{out:?}");
    }
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    execute(
        &mut app,
        &format!("SELECT set_config('app.organization_id', '{organization}', false)"),
    )
    .await;
    let child = format!("INSERT INTO provider_language VALUES ('{}', 'es')", public.id);
    assert!(
        sqlx::raw_sql(sqlx::AssertSqlSafe(child))
            .execute(&mut app)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_closed_network_is_its_organisations_alone() {
    let house = House::open().await;
    let provider = house.provider("SMITH", None).await;
    let network = house.network("Employer", false).await;
    let mut tx = house
        .store
        .begin(&member(network.organization_id))
        .await
        .expect("begun");
    let new = provider_directory::store::networks::NewParticipation {
        provider_id: provider.id,
        network_id: network.id,
        location_id: None,
        tier: None,
        status: NetworkStatus::Active,
        effective: noon().date_naive(),
        termination: None,
        accepting: None,
        characteristics: None,
    };
    provider_directory::store::networks::add_participations(&mut tx, &[new])
        .await
        .expect("added");
    tx.commit().await.expect("committed");
    for (actor, seen) in [(member(network.organization_id), 1), (anonymous(), 0)] {
        let mut tx = house.store.begin(&actor).await.expect("begun");
        let found = providers::find(&mut tx, &ProviderKey::Id(provider.id))
            .await
            .expect("asked")
            .expect("public");
        assert_eq!(found.participations.len(), seen);
    }
}

#[tokio::test]
async fn a_token_works_until_it_runs_out_or_is_revoked() {
    let house = House::open().await;
    let grant = |name: &str, days: Option<i64>| Grant {
        name: name.to_owned(),
        role: Role::PlatformAdmin,
        organization_id: None,
        scopes: Vec::new(),
        expires_at: days.map(|d| noon() + TimeDelta::days(d)),
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let forever = access::issue_token(&mut tx, &grant("ops", None), [1; 32], noon())
        .await
        .expect("issued");
    let brief = access::issue_token(&mut tx, &grant("brief", Some(1)), [2; 32], noon())
        .await
        .expect("issued");
    tx.commit().await.expect("committed");
    let who = access::authenticate(&house.store, &forever, noon())
        .await
        .expect("asked")
        .expect("known");
    assert_eq!((who.name.as_str(), who.role), ("token:ops", Role::PlatformAdmin));
    assert!(
        access::authenticate(&house.store, &brief, noon())
            .await
            .expect("asked")
            .is_some()
    );
    let later = noon() + TimeDelta::days(2);
    assert!(
        access::authenticate(&house.store, &brief, later)
            .await
            .expect("asked")
            .is_none()
    );
    assert!(
        access::authenticate(&house.store, "provdir_00", noon())
            .await
            .expect("asked")
            .is_none()
    );
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    assert!(access::revoke_token(&mut tx, "ops", noon()).await.expect("revoked"));
    tx.commit().await.expect("committed");
    assert!(
        access::authenticate(&house.store, &forever, noon())
            .await
            .expect("asked")
            .is_none()
    );
    let mut tx = house.store.begin(&anonymous()).await.expect("begun");
    let refused = access::issue_token(&mut tx, &grant("mine", None), [3; 32], noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let text: String = sqlx::query_scalar("SELECT string_agg(t::text, ' ') FROM api_token t")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("read");
    assert!(!text.contains(&forever), "the token itself is not kept");
}
