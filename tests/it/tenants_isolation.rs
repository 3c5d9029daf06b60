//! The walls between tenants, held against the catalogue: no table can be forgotten.
//!
//! Every tenant table gets a row of the tenant Alpha, made from its columns alone. Then somebody of Beta looks at, changes,
//! deletes and adds to every one of them with plain SQL, which has no filter but the policies.

use std::collections::{BTreeMap, BTreeSet};

use provider_directory::{
    domain::access::Role,
    interfaces::http::openapi::DOCUMENT,
    vocab::terms::{ProviderUserKind, SubscriptionTier},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    agency::Agency,
    house::{House, execute},
    http_site::Site,
    tenants::{account, ask, join, session, signed_in, tenant},
    tenants_world::{World, machine},
};

/// Whether a statement gets at a row; it is undone. What fails by anything but a wall has passed them all.
pub async fn gets_through(app: &mut PgConnection, sql: &str) -> bool {
    execute(app, "BEGIN").await;
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *app).await;
    execute(app, "ROLLBACK").await;
    match done {
        Ok(done) => done.rows_affected() > 0,
        Err(error) => !is_refused(&error),
    }
}

/// Whether the database said no: by a policy or a missing grant, or because a column is made of another one.
fn is_refused(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("42501" | "428C9"))
}

/// 5.02: as tenant Beta nothing of Alpha is seen, added, changed or deleted in any table, with no filter but the policies; and the
/// test that says so fails for every table whose policies are taken away, and for each of these.
#[tokio::test]
async fn feature_5_02_no_table_shows_a_tenants_rows_to_another() {
    let house = House::open().await;
    let world = World::new(&house).await;
    let mut owner = house.owner().await;
    world.leave_the_policies_alone(&mut owner).await;
    assert!(world.tables.len() > 40, "{}", world.tables.len());
    for role in [
        Role::OrganizationAdmin,
        Role::Practitioner,
        Role::Reviewer,
        Role::Employer,
        Role::Member,
    ] {
        assert_eq!(world.leaks(&house, role).await, BTreeSet::new());
    }
    for table in &world.tables {
        let rows = format!("SELECT 1 FROM \"{}\" WHERE {}", table.name, world.of_alpha(table));
        assert!(
            gets_through(&mut owner, &rows).await,
            "{} has no row that could be seen",
            table.name
        );
    }
    // The same without the walls, one table at a time.
    let mut app = world.stranger(&house, Role::OrganizationAdmin).await;
    let (mut tried, mut missed) = (BTreeMap::new(), BTreeSet::new());
    for table in &world.tables {
        let name = &table.name;
        let reaches = world.reaches(&mut owner, table).await;
        execute(
            &mut owner,
            &format!("ALTER TABLE \"{name}\" DISABLE ROW LEVEL SECURITY"),
        )
        .await;
        for (what, sql) in reaches {
            *tried.entry(what).or_insert(0) += 1;
            if !gets_through(&mut app, &sql).await {
                missed.insert(format!("{name} {what}"));
            }
        }
        execute(&mut owner, &format!("ALTER TABLE \"{name}\" ENABLE ROW LEVEL SECURITY")).await;
    }
    assert_eq!(
        missed,
        BTreeSet::new(),
        "without policies these should have been got at"
    );
    for (what, tables) in [
        ("seen", 70),
        ("added", 60),
        ("changed", 40),
        ("deleted", 20),
        ("handed over", 4),
    ] {
        assert!(tried[what] >= tables, "{tried:?}");
    }
}

/// 5.02: whoever names no tenant sees no tenant's rows.
#[tokio::test]
async fn without_a_tenant_there_are_no_rows() {
    let house = House::open().await;
    let world = World::new(&house).await;
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    for table in &world.tables {
        let sql = format!(
            "SELECT count(*) FROM \"{}\" WHERE {}",
            table.name,
            world.of_alpha(table)
        );
        let seen: Result<i64, _> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut app).await;
        match seen {
            Ok(rows) => assert_eq!(rows, 0, "{}", table.name),
            Err(error) => assert!(is_refused(&error), "{}: {error}", table.name),
        }
    }
}

/// Everybody who has no business with Alpha: of another tenant as a person and as a machine, of an outside provider, and the
/// platform's own reviewer, who belongs to no tenant.
pub async fn strangers(site: &Site, world: &World) -> Vec<(&'static str, String)> {
    let house = &site.house;
    let jane = account(house, "jane@beta.example", false, None).await;
    join(house, world.beta, jane, Role::OrganizationAdmin).await;
    let reviewer = account(house, "reviewer@platform.example", false, Some(Role::Reviewer)).await;
    let machine = machine(house, world.beta).await;
    let agency = Agency::open(house, "Hope").await;
    let clinic = agency.provider("Riverside IVF", "ivf_clinic").await;
    let (ann, robot) = (
        agency.user(clinic, ProviderUserKind::Person, "Ann").await,
        agency.user(clinic, ProviderUserKind::Machine, "Robot").await,
    );
    vec![
        ("an administrator of Beta", session(house, jane).await),
        ("a machine of Beta", machine),
        ("a reviewer of the platform", session(house, reviewer).await),
        ("somebody of an outside provider", agency.token(ann, 1).await),
        ("a machine of an outside provider", agency.token(robot, 2).await),
    ]
}

/// The path with the same word for each of its parameters.
pub fn spelt_out(path: &str, word: &str) -> String {
    let mut real = path.to_owned();
    while let Some((before, rest)) = real.split_once('{') {
        let (_, behind) = rest.split_once('}').expect("a parameter");
        real = format!("{before}{word}{behind}");
    }
    real
}

/// 11.07: which role comes how far on which route of the tenants' own nouns, written down. 401 and 403 (`.`) are a no; everything
/// else (`x`) is an answer about the request itself. A service has every scope there is; somebody of an outside provider has
/// nothing here.
#[tokio::test]
async fn feature_11_07_the_matrix_of_roles_and_routes() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Alpha").await;
    let id = agency.id;
    site.house.sql("UPDATE organization SET tier = 'enterprise'").await;
    let mut people = Vec::new();
    for role in [
        Role::Member,
        Role::Employer,
        Role::Practitioner,
        Role::Reviewer,
        Role::OrganizationAdmin,
    ] {
        // A second administrator, so that none of them is the last one.
        let user = account(&site.house, &format!("{role}@example.org"), false, None).await;
        join(&site.house, id, user, role).await;
        people.push((role.code(), session(&site.house, user).await));
    }
    people.push(("platform_admin", site.token.clone()));
    people.push(("service", machine(&site.house, id).await));
    let outside = agency.provider("Riverside IVF", "ivf_clinic").await;
    let ann = agency.user(outside, ProviderUserKind::Person, "Ann").await;
    people.push(("provider_user", agency.token(ann, 1).await));
    let nobody = uuid::Uuid::nil().to_string();
    let mut matrix = format!(
        "{}\n",
        people.iter().map(|(role, _)| *role).collect::<Vec<_>>().join(" ")
    );
    let nouns = [
        "/clinics",
        "/members",
        "/invitations",
        "/organizations",
        "/me",
        "/practitioners",
        "/clinic-assignments",
        "/schedules",
        "/schedule-exceptions",
        "/slots",
        "/fhir/Schedule",
        "/fhir/Slot",
        "/fhir/Practitioner",
        "/fhir/Location",
        "/holds",
        "/appointments",
        "/statistics",
        "/cases",
        "/provider-users",
        "/provider-tokens",
        "/credentialing-requests",
        "/credentialing-work",
        "/webhooks",
        "/network-status",
        "/rosters",
        "/audit",
    ];
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, told) in methods.as_object().expect("methods") {
            if !told["security"].is_array() || !nouns.iter().any(|noun| path.starts_with(noun)) {
                continue;
            }
            let real = path.replace("/organizations/{id}", &format!("/organizations/{id}"));
            let real = real
                .replace("{section}", "branding")
                .replace("{permission}", "clinics:read");
            let real = spelt_out(&real, &nobody);
            let mut row = String::new();
            for (_, token) in &people {
                let body = (method != "get").then(|| json!({"no such": "property"}));
                let answer = ask(&site, token, Some(id), &method.to_uppercase(), &real, body).await;
                row.push(if matches!(answer.status.as_u16(), 401 | 403) {
                    '.'
                } else {
                    'x'
                });
            }
            matrix.push_str(&format!("{method:<6} {path:<44} {row}\n"));
        }
    }
    insta::assert_snapshot!(matrix);
}

/// 11.07: what the document says is the platform's is nobody else's, on every route there is.
#[tokio::test]
async fn what_is_the_platforms_is_nobody_elses() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Enterprise).await.id;
    let user = account(&site.house, "admin@example.org", false, None).await;
    join(&site.house, id, user, Role::OrganizationAdmin).await;
    let token = session(&site.house, user).await;
    let mut asked = 0;
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, told) in methods.as_object().expect("methods") {
            if told["description"] != json!("Who may: A platform administrator.") {
                continue;
            }
            let real = path
                .replace("/organizations/{id}", &format!("/organizations/{id}"))
                .replace("{key}", "1234567893")
                .replace("{id}", &uuid::Uuid::nil().to_string());
            let answer = ask(&site, &token, Some(id), &method.to_uppercase(), &real, Some(json!({}))).await;
            assert_eq!(answer.status.as_u16(), 403, "{method} {path}: {}", answer.text);
            asked += 1;
        }
    }
    assert!(asked > 5, "{asked}");
}

/// Where a uuid stands, in whatever column of whatever table: nothing here knows by which names tenants go.
async fn traces(owner: &mut PgConnection, id: uuid::Uuid) -> BTreeSet<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT c.relname::text, a.attname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped AND a.attnum > 0
        AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype)",
    )
    .fetch_all(&mut *owner)
    .await
    .expect("the catalogue");
    let mut traces = BTreeSet::new();
    for (table, column) in columns {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\" WHERE \"{column}\"::text LIKE '%{id}%')");
        let there: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut *owner)
            .await
            .expect("read");
        if there {
            traces.insert(format!("{table}.{column}"));
        }
    }
    traces
}

/// 5.18: an organisation takes everything along, table by table, without secrets; deleted, it leaves no row in any table but the
/// audit, whatever guards them.
#[tokio::test]
async fn feature_5_18_a_tenant_is_exported_whole_and_deleted_without_a_trace() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let path = format!("/organizations/{}", world.alpha);
    let traces_before = traces(&mut site.house.owner().await, world.alpha.0).await;
    assert!(traces_before.len() > 40, "{traces_before:?}");
    for known in ["credentialing_rules.tenant", "idempotency_key.organization_id"] {
        assert!(traces_before.contains(known), "{known}");
    }
    let mine = signed_in(&site.house, world.alpha, Role::OrganizationAdmin).await;
    let others = signed_in(&site.house, world.beta, Role::OrganizationAdmin).await;
    let export = ask(&site, &mine, None, "GET", &format!("{path}/export"), None).await;
    assert_eq!(export.status, 200, "{}", export.text);
    let rows = export
        .text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a row"));
    let entities = rows
        .map(|row| row["entity"].as_str().unwrap_or_default().to_owned())
        .collect::<BTreeSet<_>>();
    for table in world.tables.iter().filter(|table| table.name != "audit") {
        assert!(entities.contains(&table.name), "{} is left behind", table.name);
    }
    assert!(!export.text.contains("token_hash") && !export.text.contains("password_hash"));
    assert_eq!(
        ask(&site, &others, None, "GET", &format!("{path}/export"), None)
            .await
            .status,
        403
    );

    let delete = format!("{path}?confirm=alpha");
    assert_eq!(
        ask(&site, &mine, None, "DELETE", &delete, None).await.status,
        403,
        "the platform's to do"
    );
    let active = site.write("DELETE", &delete, None, json!({})).await;
    assert_eq!(
        (active.status.as_u16(), active.fault().1.as_str()),
        (422, "active"),
        "{}",
        active.text
    );
    let closed = site.write("PATCH", &path, Some("*"), json!({"is_active": false})).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let other = site
        .write("DELETE", &format!("{path}?confirm=beta"), None, json!({}))
        .await;
    assert_eq!((other.status.as_u16(), other.fault().0.as_str()), (400, "confirm"));
    let deleted = site.write("DELETE", &delete, None, json!({})).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    let mut owner = site.house.owner().await;
    for table in world.tables.iter().filter(|table| table.name != "audit") {
        let sql = format!(
            "SELECT count(*) FROM \"{}\" WHERE {}",
            table.name,
            world.of_alpha(table)
        );
        let left: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut owner)
            .await
            .expect("counted");
        assert_eq!(left, 0, "{}", table.name);
    }
    let mut left = traces(&mut owner, world.alpha.0).await;
    left.retain(|column| !column.starts_with("audit"));
    assert_eq!(left, BTreeSet::new(), "whatever the column is called");
    assert_eq!(
        ask(&site, &others, None, "GET", "/clinics", None).await.status,
        200,
        "others are still there"
    );
}
