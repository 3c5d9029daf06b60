//! Sharing in the store: what the database lets through by itself. [`sharing_walk`](super::sharing_walk) goes on at random.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use provider_directory::{
    domain::{access::Actor, sharing::Terms},
    store::{Error, agency_providers, case_items, provider_tokens, provider_users, sharing},
    vocab::{
        CaseItemId, ProviderUserId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    agency::{Agency, minute},
    house::{House, execute, noon},
    sharing_walk::seen_in_portal,
};

pub const PERSON: ProviderUserKind = ProviderUserKind::Person;

pub const MACHINE: ProviderUserKind = ProviderUserKind::Machine;

/// 7.06: without any filter of the program, plain SQL as the service shows a provider user what is shared and nothing else,
/// in every table that belongs to tenants, also those that have nothing to do with cases.
#[tokio::test]
async fn feature_7_06_and_7_04_the_database_alone_hides_what_is_not_shared() {
    let house = House::open().await;
    let agency = Agency::open(&house, "Hope").await;
    let other = Agency::open(&house, "Other").await;
    let (clinic, attorney) = (
        agency.provider("Riverside IVF", "ivf_clinic").await,
        agency.provider("Law", "attorney").await,
    );
    let user = agency.user(clinic, PERSON, "Ann").await;
    agency.user(attorney, PERSON, "Bob").await;
    agency.token(user, 1).await;
    let (case, unassigned) = (agency.case("C-1").await, agency.case("C-2").await);
    let foreign = other.case("C-1").await;
    let mine = agency.assign(case, clinic, PERSON).await;
    let theirs = agency.assign(case, attorney, PERSON).await;
    agency.assign(case, clinic, MACHINE).await;
    let mut shared = BTreeMap::new();
    for kind in ItemKind::ALL {
        let item = agency.item(case, *kind).await;
        agency.share(case, mine, item).await;
        shared.insert(*kind, item);
        let hidden = agency.item(case, *kind).await;
        agency.share(case, theirs, hidden).await;
        agency.item(unassigned, *kind).await;
        other.item(foreign, *kind).await;
    }
    agency
        .does(async |tx| {
            for (provider, text, shareable) in [
                (clinic, "for you", true),
                (clinic, "slow payer", false),
                (attorney, "x", true),
            ] {
                agency_providers::add_note(tx, provider, None, text, shareable)
                    .await
                    .expect("noted");
            }
        })
        .await;
    let mut app = portal_connection(&house, &agency, user).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'organization_id'
        AND has_table_privilege('provdir_app', c.oid, 'SELECT')",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("the catalogue");
    assert!(tables.len() > 20, "{tables:?}");
    for table in tables {
        let seen = match table.as_str() {
            "case" | "case_document" | "match_sheet" | "match_sheet_list" | "case_note" | "financial_item"
            | "provider_note" => 1,
            "match_sheet_field" => 3,
            "case_item" => 5,
            _ => 0,
        };
        assert_eq!(count(&mut app, &format!("\"{table}\"")).await, seen, "{table}");
    }
    let documents: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM case_document")
        .fetch_all(&mut app)
        .await
        .expect("read");
    assert_eq!(documents, [shared[&ItemKind::Document].0]);
    assert_eq!(
        count(&mut app, "provider WHERE owner_organization_id IS NOT NULL").await,
        0
    );
    // By field of a match sheet, too.
    let terms = Terms {
        fields: Some(vec!["identity.age".to_owned()]),
        expires_at: None,
    };
    let sheet = shared[&ItemKind::MatchSheet];
    let narrowed = agency.does(async |tx| sharing::grant(tx, case, mine, sheet, &terms, None, noon()).await);
    narrowed.await.expect("granted");
    assert_eq!(count(&mut app, "match_sheet_field").await, 1);
    // Each of the three, taken away and given back.
    for (take, give) in [
        (
            "UPDATE agency_provider SET is_active = false",
            "UPDATE agency_provider SET is_active = true",
        ),
        (
            "UPDATE provider_user SET status = 'deactivated'",
            "UPDATE provider_user SET status = 'active'",
        ),
        (
            "UPDATE case_provider SET ends_at = starts_at",
            "UPDATE case_provider SET ends_at = NULL",
        ),
    ] {
        house.sql(take).await;
        assert_eq!(count(&mut app, "case_item").await, 0, "{take}");
        assert_eq!(count(&mut app, "\"case\"").await, 0, "{take}");
        house.sql(give).await;
        assert_eq!(count(&mut app, "case_item").await, 5, "{give}");
    }
    // 7.04: of the eight ways in which the three can stand, one shows something.
    for row in 0..8 {
        let [provider, who, assignment] = [row & 1 != 0, row & 2 != 0, row & 4 != 0];
        let status = if who { "active" } else { "deactivated" };
        let ends = if assignment { "NULL" } else { "starts_at" };
        house
            .sql(&format!(
                "UPDATE agency_provider SET is_active = {provider}; UPDATE provider_user SET status = '{status}';
                UPDATE case_provider SET ends_at = {ends}"
            ))
            .await;
        let all = provider && who && assignment;
        for (of, seen) in [("case_item", 5), ("\"case\"", 1), ("case_document", 1)] {
            let seen = if all { seen } else { 0 };
            assert_eq!(count(&mut app, of).await, seen, "{provider} {who} {assignment}: {of}");
        }
    }
    for write in [
        "UPDATE case_item SET offered = true",
        "DELETE FROM clinic_portal",
        "UPDATE \"case\" SET status = 'closed'",
    ] {
        let done = sqlx::raw_sql(AssertSqlSafe(write))
            .execute(&mut app)
            .await
            .map(|d| d.rows_affected());
        assert!(matches!(done, Ok(0) | Err(_)), "{write}: {done:?}");
    }
    for refused in [
        format!("INSERT INTO share_sight (case_id, how) VALUES ('{unassigned}', 'viewed')"),
        format!(
            "INSERT INTO case_item (organization_id, case_id, kind) VALUES ('{}', '{case}', 'note')",
            agency.id
        ),
        "SELECT * FROM provider_session".to_owned(),
    ] {
        let done = sqlx::raw_sql(AssertSqlSafe(refused.clone())).execute(&mut app).await;
        assert!(done.is_err(), "{refused}");
    }
}

/// A connection as the service, set to a provider user at noon.
async fn portal_connection(house: &House, agency: &Agency, user: ProviderUserId) -> PgConnection {
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    let sql = format!(
        "SELECT set_config('app.organization_id', '{}', false), set_config('app.role', 'provider_user', false),
            set_config('app.provider_user_id', '{user}', false), set_config('app.now', '{}', false)",
        agency.id,
        minute(1).to_rfc3339()
    );
    execute(&mut app, &sql).await;
    app
}

async fn count(app: &mut PgConnection, of: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {of}")))
        .fetch_one(app)
        .await
        .unwrap_or_else(|e| panic!("{of}: {e}"))
}

/// 7.10: history only grows.
#[tokio::test]
async fn feature_7_10_a_revocation_is_a_row_and_no_row_ever_changes() {
    let house = House::open().await;
    let agency = Agency::open(&house, "Hope").await;
    let clinic = agency.provider("Riverside", "ivf_clinic").await;
    let case = agency.case("C-1").await;
    let assignment = agency.assign(case, clinic, PERSON).await;
    let item = agency.item(case, ItemKind::Note).await;
    agency.share(case, assignment, item).await;
    agency.revoke(case, assignment, item).await;
    let history = agency
        .does(async |tx| sharing::history(tx, case, None).await)
        .await
        .expect("read");
    let told = history
        .iter()
        .map(|r| (r.share.action.code(), r.actor.as_str()))
        .collect::<Vec<_>>();
    assert_eq!(told, [("grant", "token:staff"), ("revoke", "token:staff")]);
    let again = agency
        .does(async |tx| sharing::revoke(tx, case, assignment, item, None, noon()).await)
        .await;
    assert!(
        matches!(&again, Err(Error::Refused(fault)) if fault.code == "not_shared"),
        "{again:?}"
    );
    for table in ["share", "standing_history", "share_sight"] {
        for sql in [
            format!("UPDATE {table} SET at = now()"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let done = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                .execute(&mut house.owner().await)
                .await;
            assert!(done.is_err(), "{sql}");
        }
    }
}

/// 7.05, 7.16: a list of match sheets shares its sheets, each by a row of its own, and takes back those that came with it and
/// with no other list; what is shared by itself keeps its own terms.
#[tokio::test]
async fn a_list_takes_its_sheets_along() {
    let house = House::open().await;
    let agency = Agency::open(&house, "Hope").await;
    let clinic = agency.provider("Riverside", "ivf_clinic").await;
    let case = agency.case("C-1").await;
    let assignment = agency.assign(case, clinic, MACHINE).await;
    let mut sheets = Vec::new();
    for _ in 0..4 {
        sheets.push(agency.item(case, ItemKind::MatchSheet).await);
    }
    let [one, two, three, four] = sheets[..] else {
        unreachable!()
    };
    let foreign = agency.case("C-2").await;
    let elsewhere = agency.item(foreign, ItemKind::MatchSheet).await;
    let list = |sheets: &[CaseItemId]| {
        let list = serde_json::json!({"title": "Candidates", "match_sheets": sheets});
        case_items::NewItem::MatchSheetList(serde_json::from_value(list).expect("a list"))
    };
    let mut tx = agency.store.begin_at(&agency.staff, noon()).await.expect("begun");
    let refused = case_items::add(&mut tx, case, &list(&[one, elsewhere])).await;
    assert!(
        matches!(&refused, Err(Error::Refused(f)) if f.code == "unknown_match_sheet"),
        "{refused:?}"
    );
    drop(tx);
    let all = agency.put(case, &list(&sheets)).await;
    let some = agency.put(case, &list(&[three])).await;
    let machine = agency.user(clinic, MACHINE, "Robot").await;
    let seen = async |at| {
        let seen = seen_in_portal(&agency, machine, MACHINE, case, minute(at)).await;
        let mut seen = seen.expect("seen");
        seen.retain(|item, _| sheets.contains(item));
        seen.into_iter()
            .map(|(item, fields)| (item, fields.len()))
            .collect::<Vec<_>>()
    };
    let share = async |item, fields: Option<&str>, until: Option<i64>| {
        let terms = Terms {
            fields: fields.map(|field| vec![field.to_owned()]),
            expires_at: until.map(minute),
        };
        let done = agency.does(async |tx| sharing::grant(tx, case, assignment, item, &terms, None, noon()).await);
        done.await.expect("granted").len()
    };
    share(one, Some("identity.age"), None).await;
    share(some, None, Some(20)).await;
    assert_eq!(
        share(all, None, Some(10)).await,
        4,
        "not the one that is shared by itself"
    );
    agency.share(case, assignment, two).await; // By itself, after all: it stays when the list goes.
    assert_eq!(seen(1).await, [(one, 1), (two, 3), (three, 3), (four, 3)]);
    assert_eq!(
        seen(11).await,
        [(one, 1), (two, 3), (three, 3)],
        "as long as one of its lists"
    );
    agency.revoke(case, assignment, all).await;
    assert_eq!(seen(1).await, [(one, 1), (two, 3), (three, 3)]);
    agency.revoke(case, assignment, some).await;
    assert_eq!(seen(1).await, [(one, 1), (two, 3)]);
}

/// 7.13: a token lives while everything behind it does.
#[tokio::test]
async fn feature_7_13_a_token_dies_with_its_user_provider_end_or_revocation() {
    let house = House::open().await;
    let agency = Agency::open(&house, "Hope").await;
    let clinic = agency.provider("Riverside", "ivf_clinic").await;
    let user = agency.user(clinic, PERSON, "Ann").await;
    let token = agency.token(user, 9).await;
    let good = async |token: &str, now| {
        let found = provider_tokens::authenticate(&agency.store, token, now).await;
        found.expect("asked").is_some()
    };
    assert!(good(&token, noon()).await);
    for wrong in [
        token.replace("_0909", "_0908"),
        token[..token.len() - 2].to_owned(),
        "pvp_".to_owned(),
        String::new(),
    ] {
        assert!(!good(&wrong, noon()).await, "{wrong}");
    }
    for active in [false, true] {
        let turned = agency.does(async |tx| provider_users::set_active(tx, user, active).await);
        turned.await.expect("turned");
        assert_eq!(good(&token, noon()).await, active);
        let turned = agency.does(async |tx| agency_providers::change(tx, clinic, None, Some(!active)).await);
        turned.await.expect("turned");
        assert!(!good(&token, noon()).await);
        let turned = agency.does(async |tx| agency_providers::change(tx, clinic, None, Some(true)).await);
        turned.await.expect("turned");
    }
    let id = agency
        .does(async |tx| provider_tokens::list(tx, Some(user)).await)
        .await
        .expect("listed")[0]
        .id;
    let (new, rotated) = agency
        .does(async |tx| provider_tokens::rotate(tx, id.into(), [10; 32], noon()).await)
        .await
        .expect("rotated");
    assert_eq!(new.replaces, Some(id));
    assert!(!good(&token, noon()).await && good(&rotated, noon()).await);
    let text: String = sqlx::query_scalar("SELECT string_agg(t::text, ' ') FROM provider_token t")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("read");
    assert!(!text.contains(&rotated[17..]), "the token itself is not kept");
    let who = Actor::new("x", provider_directory::domain::access::Role::Service).within(agency.id);
    let mut tx = agency.store.begin(&who).await.expect("begun");
    let revoked = provider_tokens::revoke(&mut tx, new.id.into()).await.expect("revoked");
    tx.commit().await.expect("committed");
    assert!(revoked.revoked_at.is_some());
    assert!(!good(&rotated, Utc::now() + TimeDelta::days(1)).await);
}
