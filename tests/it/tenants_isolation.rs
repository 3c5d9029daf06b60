//! The walls between tenants, held against the catalogue and the router: no table and no route can be forgotten.
//!
//! Every tenant table gets a row of the tenant Alpha, made from its columns alone. Then somebody of Beta looks at, changes,
//! deletes and adds to every one of them with plain SQL, which has no filter but the policies; and asks every route with
//! every key that Alpha has.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    interfaces::http::{openapi::DOCUMENT, routes},
    vocab::{OrganizationId, terms::SubscriptionTier},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    house::{House, execute},
    http_site::Site,
    tenants::{account, ask, join, session, signed_in, tenant},
};

/// What all texts of Alpha are, so that one is recognised wherever it turns up.
const MARK: &str = "alphasecret";

/// A table that holds what is one tenant's, and how its rows name the tenant.
struct Table {
    name: String,
    /// The column that names the tenant, or what belongs to it.
    key: &'static str,
}

/// Everything of the catalogue that has a tenant's rows.
async fn tables(owner: &mut PgConnection) -> Vec<Table> {
    let found: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT c.relname::text, array_agg(a.attname::text)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT a.attisdropped AND a.attnum > 0
        AND c.relname NOT IN ('outbox', 'audit_head', 'change_proposal')
        GROUP BY 1 ORDER BY 1",
    )
    .fetch_all(owner)
    .await
    .expect("the catalogue");
    let keyed = |(name, columns): (String, Vec<String>)| {
        let has = |column: &str| columns.iter().any(|known| known == column);
        let keys = ["organization_id", "owner_organization_id", "provider_id"];
        let key = keys.into_iter().find(|key| has(key));
        key.or((name == "organization").then_some("id"))
            .map(|key| Table { name, key })
    };
    found.into_iter().filter_map(keyed).collect()
}

/// Two tenants; Alpha with a row in every table.
struct World {
    alpha: OrganizationId,
    beta: OrganizationId,
    /// A private provider of Alpha's.
    provider: uuid::Uuid,
    tables: Vec<Table>,
}

impl World {
    async fn new(house: &House) -> Self {
        let alpha = tenant(house, "Alpha", SubscriptionTier::Enterprise).await.id;
        let beta = tenant(house, "Beta", SubscriptionTier::Enterprise).await.id;
        let mut owner = house.owner().await;
        let world = Self {
            alpha,
            beta,
            provider: uuid::Uuid::now_v7(),
            tables: tables(&mut owner).await,
        };
        // Rows are made of columns alone: what they say makes no sense, whose they are does.
        execute(
            &mut owner,
            "DO $$ DECLARE c record; BEGIN
                FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint
                    WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0 LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
                END LOOP;
            END $$; SET session_replication_role = replica",
        )
        .await;
        for table in &world.tables {
            if table.name != "organization" {
                let sql = world.insert(&mut owner, table).await;
                execute(&mut owner, &sql).await;
            }
        }
        world
    }

    /// Whose a row is.
    fn of_alpha(&self, table: &Table) -> String {
        let id = if table.key == "provider_id" {
            self.provider
        } else {
            self.alpha.0
        };
        format!("{} = '{id}'", table.key)
    }

    /// A row of Alpha's for a table, from its columns.
    async fn insert(&self, owner: &mut PgConnection, table: &Table) -> String {
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT a.attname::text, t.typname::text FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '' AND a.attidentity = '' ORDER BY a.attnum",
        )
        .bind(&table.name)
        .fetch_all(owner)
        .await
        .expect("columns");
        let value = |(column, of): &(String, String)| match (column.as_str(), of.as_str()) {
            ("organization_id" | "owner_organization_id", _) => format!("'{}'", self.alpha),
            ("provider_id", "uuid") => format!("'{}'", self.provider),
            ("id", "uuid") if table.name == "provider" => format!("'{}'", self.provider),
            ("merged_into", _) => "NULL".to_owned(), // Who stands behind another is hidden from everybody.
            (_, "uuid") => "gen_random_uuid()".to_owned(),
            (_, "text") => format!("'{MARK}'"),
            (_, "bool") => "false".to_owned(),
            (_, "jsonb") => format!("'{{\"of\": \"{MARK}\"}}'"),
            (_, "bytea") => {
                "sha256(gen_random_bytes_of())".replace("gen_random_bytes_of()", "gen_random_uuid()::text::bytea")
            }
            (_, "date") => "'2026-11-22'".to_owned(),
            (_, "timestamptz") => "'2026-11-22 12:00Z'".to_owned(),
            (_, "time") => "'12:00'".to_owned(),
            (_, "xid8") => "pg_current_xact_id()".to_owned(),
            (_, "int2" | "int4" | "int8" | "numeric" | "float8" | "float4") => "1".to_owned(),
            (_, of) if of.starts_with('_') => "'{}'".to_owned(),
            (_, of) => format!("NULL::{of}"),
        };
        let names = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ");
        let values = columns.iter().map(value).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO \"{}\" ({names}) VALUES ({values})", table.name)
    }

    /// Where somebody of Beta gets at what is Alpha's.
    async fn leaks(&self, house: &House, role: Role) -> Vec<String> {
        let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
        execute(
            &mut app,
            &format!(
                "SELECT set_config('app.organization_id', '{}', false), set_config('app.role', '{role}', false),
                    set_config('app.user_id', gen_random_uuid()::text, false), set_config('app.actor', 'user:b', false)",
                self.beta
            ),
        )
        .await;
        let mut leaks = Vec::new();
        for table in &self.tables {
            let (name, alphas) = (&table.name, self.of_alpha(table));
            let seen: Result<i64, _> =
                sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM \"{name}\" WHERE {alphas}")))
                    .fetch_one(&mut app)
                    .await;
            match seen {
                Ok(0) => {}
                Ok(rows) => leaks.push(format!("{name}: {rows} seen by {role}")),
                Err(error) => assert!(is_refused(&error), "{name}: {error}"),
            }
            let key = table.key;
            for change in [
                format!("UPDATE \"{name}\" SET \"{key}\" = \"{key}\" WHERE {alphas}"),
                format!("DELETE FROM \"{name}\" WHERE {alphas}"),
            ] {
                match sqlx::query(AssertSqlSafe(change.clone())).execute(&mut app).await {
                    Ok(done) if done.rows_affected() == 0 => {}
                    Ok(_) => leaks.push(format!("{name}: changed by {role}")),
                    Err(error) => assert!(is_refused(&error), "{change}: {error}"),
                }
            }
        }
        leaks
    }
}

fn is_refused(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .as_deref()
        == Some("42501")
}

/// 5.02: as tenant Beta nothing of Alpha is seen or changed in any table, with no filter but the policies; and the test that
/// says so fails for every table whose policy is taken away.
#[tokio::test]
async fn feature_5_02_no_table_shows_a_tenants_rows_to_another() {
    let house = House::open().await;
    let world = World::new(&house).await;
    assert!(world.tables.len() > 40, "{}", world.tables.len());
    for role in [
        Role::OrganizationAdmin,
        Role::Practitioner,
        Role::Reviewer,
        Role::Employer,
        Role::Member,
    ] {
        assert_eq!(world.leaks(&house, role).await, Vec::<String>::new());
    }
    let mut owner = house.owner().await;
    let mut rows = 0;
    for table in &world.tables {
        let count = format!(
            "SELECT count(*) FROM \"{}\" WHERE {}",
            table.name,
            world.of_alpha(table)
        );
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut owner)
            .await
            .expect("counted");
        assert!(count > 0, "{} has no row that could be seen", table.name);
        rows += count;
    }
    // The same look without the walls, one table at a time.
    let granted: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND has_any_column_privilege('provdir_app', c.oid, 'SELECT')",
    )
    .fetch_all(&mut owner)
    .await
    .expect("the catalogue");
    let mut missed = Vec::new();
    for table in world.tables.iter().filter(|table| granted.contains(&table.name)) {
        let name = &table.name;
        let keyed: bool =
            sqlx::query_scalar("SELECT has_column_privilege('provdir_app', quote_ident($1), $2, 'SELECT')")
                .bind(name)
                .bind(table.key)
                .fetch_one(&mut owner)
                .await
                .expect("the catalogue");
        if !keyed {
            continue; // Nobody can ask whose a row is.
        }
        execute(
            &mut owner,
            &format!("BEGIN; ALTER TABLE \"{name}\" DISABLE ROW LEVEL SECURITY; COMMIT"),
        )
        .await;
        let leaks = world.leaks_of(&house, table).await;
        if !leaks {
            missed.push(name.clone());
        }
        execute(&mut owner, &format!("ALTER TABLE \"{name}\" ENABLE ROW LEVEL SECURITY")).await;
    }
    assert_eq!(
        missed,
        Vec::<String>::new(),
        "without policies these should have shown something"
    );
    assert!(rows >= 40);
}

impl World {
    /// Whether somebody of Beta sees a row of Alpha's in one table.
    async fn leaks_of(&self, house: &House, table: &Table) -> bool {
        let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
        let sql = format!("SELECT set_config('app.organization_id', '{}', false)", self.beta);
        execute(&mut app, &sql).await;
        let sql = format!("SELECT count(*) FROM \"{}\" WHERE {}", table.name, self.of_alpha(table));
        let seen: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut app)
            .await
            .expect("counted");
        seen > 0
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

/// 5.02 and 5.03: an administrator of Beta asks every route, with every key that Alpha has, to read and to write. Nothing of
/// Alpha's comes back, and nothing of it is different afterwards.
#[tokio::test]
async fn feature_5_03_no_route_shows_or_changes_what_is_anothers() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let jane = account(&site.house, "jane@beta.example", false, None).await;
    join(&site.house, world.beta, jane, Role::OrganizationAdmin).await;
    let token = session(&site.house, jane).await;
    let mut owner = site.house.owner().await;
    let keys = world.keys(&mut owner).await;
    let before = world.fingerprints(&mut owner).await;
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let mut asked = 0;
    for (path, _) in routes() {
        let methods = paths[path].as_object().expect("methods").keys();
        let filled = if path.contains('{') {
            fitting(path, &keys).map(|key| fill(path, key)).collect::<Vec<_>>()
        } else {
            vec![path.to_owned()]
        };
        for method in methods {
            let leaves = path.starts_with("/sessions") || path == "/sign-out" || path == "/events";
            if leaves || method != "get" && path.starts_with("/admin") {
                continue; // Ends the session, or the answer never ends.
            }
            for real in &filled {
                let request = Request::builder()
                    .method(method.to_uppercase().as_str())
                    .uri(real)
                    .header("authorization", format!("Bearer {token}"))
                    .header("content-type", "application/json")
                    .header("if-match", "*");
                let body = if method == "get" {
                    Body::empty()
                } else {
                    Body::from("{}")
                };
                let answer = site.send(request.body(body).expect("a request")).await;
                asked += 1;
                assert!(!answer.text.contains(MARK), "{method} {real}: {}", answer.text);
                assert_ne!(
                    answer.status.as_u16(),
                    500,
                    "{method} {real}: read what it should not: {}",
                    answer.text
                );
            }
        }
    }
    assert!(asked > 200, "{asked}");
    let after = world.fingerprints(&mut owner).await;
    for (table, before) in before {
        assert_eq!(Some(&before), after.get(&table), "{table} was changed");
    }
}

/// The keys that a path can be about: those of tables that one of its words names, or else all.
fn fitting<'a>(path: &str, keys: &'a [(String, String)]) -> impl Iterator<Item = &'a str> {
    let words = path
        .split('/')
        .filter(|word| !word.is_empty() && !word.starts_with('{'));
    let words = words
        .map(|word| word.trim_end_matches('s').replace('-', "_"))
        .collect::<Vec<_>>();
    let fits = move |table: &str| words.iter().any(|word| table.contains(word.as_str()));
    let some = keys.iter().any(|(table, _)| fits(table));
    let fitting = keys.iter().filter(move |(table, _)| !some || fits(table));
    fitting.map(|(_, key)| key.as_str())
}

/// The path with a key of Alpha's wherever it takes one.
fn fill(path: &str, key: &str) -> String {
    let mut filled = String::new();
    for part in path.split('/').skip(1) {
        filled.push('/');
        filled.push_str(if part.starts_with('{') && part != "{section}" {
            key
        } else {
            part
        });
    }
    filled.replace("{section}", "acl")
}

impl World {
    /// Every uuid that Alpha's rows are known by, with the table: one for each table that has one, and the tenant's own.
    async fn keys(&self, owner: &mut PgConnection) -> Vec<(String, String)> {
        let mut keys = vec![
            ("organization".to_owned(), self.alpha.to_string()),
            ("provider".to_owned(), self.provider.to_string()),
        ];
        for table in &self.tables {
            let has_id: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident($1))
                AND a.attname = 'id' AND a.atttypid = 'uuid'::regtype)",
            )
            .bind(&table.name)
            .fetch_one(&mut *owner)
            .await
            .expect("the catalogue");
            if has_id && table.name != "organization" && table.name != "provider" {
                let sql = format!("SELECT id::text FROM \"{}\" WHERE {}", table.name, self.of_alpha(table));
                let ids: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                    .fetch_all(&mut *owner)
                    .await
                    .expect("ids");
                keys.extend(ids.into_iter().map(|id| (table.name.clone(), id)));
            }
        }
        keys
    }

    /// What Alpha has, table by table; the audit may grow.
    async fn fingerprints(&self, owner: &mut PgConnection) -> BTreeMap<String, String> {
        let mut prints = BTreeMap::new();
        for table in &self.tables {
            let sql = format!(
                "SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') FROM \"{}\" t WHERE {}",
                table.name,
                self.of_alpha(table)
            );
            let print: String = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&mut *owner)
                .await
                .expect("read");
            prints.insert(table.name.clone(), print);
        }
        prints
    }
}

/// 11.07: which role comes how far on which route of the tenants' own nouns, written down. 401 and 403 (`.`) are a no; everything
/// else (`x`) is an answer about the request itself.
#[tokio::test]
async fn feature_11_07_the_matrix_of_roles_and_routes() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Enterprise).await.id;
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
    let nobody = uuid::Uuid::nil().to_string();
    let mut matrix = format!(
        "{}\n",
        people.iter().map(|(role, _)| *role).collect::<Vec<_>>().join(" ")
    );
    let nouns = ["/clinics", "/members", "/invitations", "/organizations", "/me"];
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        for (method, told) in methods.as_object().expect("methods") {
            if !told["security"].is_array() || !nouns.iter().any(|noun| path.starts_with(noun)) {
                continue;
            }
            let real = path.replace("/organizations/{id}", &format!("/organizations/{id}"));
            let real = real
                .replace("{section}", "branding")
                .replace("{permission}", "clinics:read");
            let real = real.replace("{id}", &nobody);
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

/// 5.18: an organisation takes everything along, table by table, without secrets; deleted, it leaves no row in any table but the
/// audit, whatever guards them.
#[tokio::test]
async fn feature_5_18_a_tenant_is_exported_whole_and_deleted_without_a_trace() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let path = format!("/organizations/{}", world.alpha);
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
    assert_eq!(
        ask(&site, &others, None, "GET", "/clinics", None).await.status,
        200,
        "others are still there"
    );
}
