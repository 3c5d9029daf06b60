//! The walls between tenants, held against the catalogue and the router: no table and no route can be forgotten.
//!
//! Every tenant table gets a row of the tenant Alpha, made from its columns alone. Then somebody of Beta looks at, changes,
//! deletes and adds to every one of them with plain SQL, which has no filter but the policies; and asks every route with
//! every key that Alpha has.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::{Permission, Role},
    interfaces::http::{openapi::DOCUMENT, routes},
    store::access::{Grant, issue_token},
    vocab::{
        OrganizationId,
        terms::{ProviderUserKind, SubscriptionTier},
    },
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    agency::Agency,
    house::{House, admin, execute, noon},
    http_site::Site,
    sample,
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
pub struct World {
    alpha: OrganizationId,
    pub beta: OrganizationId,
    /// A private provider of Alpha's.
    provider: uuid::Uuid,
    tables: Vec<Table>,
    /// The key of Alpha's row in each table.
    rows: BTreeMap<String, uuid::Uuid>,
    /// By table and column, the table that it leads to.
    leads: BTreeMap<(String, String), String>,
}

/// The columns that lead to the key of another table.
async fn leads(owner: &mut PgConnection) -> BTreeMap<(String, String), String> {
    let found: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT t.relname::text, a.attname::text, f.relname::text
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS k (here, there)
        JOIN pg_class t ON t.oid = c.conrelid
        JOIN pg_class f ON f.oid = c.confrelid AND f.oid <> t.oid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.here
        JOIN pg_attribute r ON r.attrelid = f.oid AND r.attnum = k.there AND r.attname = 'id'
        WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
    )
    .fetch_all(owner)
    .await
    .expect("the catalogue");
    found
        .into_iter()
        .map(|(table, column, to)| ((table, column), to))
        .collect()
}

impl World {
    pub async fn new(house: &House) -> Self {
        let alpha = tenant(house, "Alpha", SubscriptionTier::Enterprise).await.id;
        let beta = tenant(house, "Beta", SubscriptionTier::Enterprise).await.id;
        let mut owner = house.owner().await;
        let (provider, tables) = (uuid::Uuid::now_v7(), tables(&mut owner).await);
        let mut rows: BTreeMap<_, _> = tables
            .iter()
            .map(|table| (table.name.clone(), uuid::Uuid::now_v7()))
            .collect();
        rows.insert("organization".to_owned(), alpha.0);
        rows.insert("provider".to_owned(), provider);
        let world = Self {
            alpha,
            beta,
            provider,
            tables,
            rows,
            leads: leads(&mut owner).await,
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
        let columns = columns(owner, table).await;
        self.insert_into(table, columns.iter().filter(|column| !column.made))
    }

    fn insert_into<'a>(&self, table: &Table, columns: impl Iterator<Item = &'a Column>) -> String {
        let (names, values): (Vec<_>, Vec<_>) = columns
            .map(|column| (format!("\"{}\"", column.name), self.value(table, column)))
            .unzip();
        let (names, values) = (names.join(", "), values.join(", "));
        format!("INSERT INTO \"{}\" ({names}) VALUES ({values})", table.name)
    }

    /// What Alpha's row has in a column.
    fn value(&self, table: &Table, column: &Column) -> String {
        match (column.name.as_str(), column.of.as_str()) {
            ("organization_id" | "owner_organization_id" | "tenant", _) => format!("'{}'", self.alpha),
            ("provider_id", "uuid") => format!("'{}'", self.provider),
            ("id", "uuid") => format!("'{}'", self.rows[&table.name]),
            ("merged_into", _) => "NULL".to_owned(), // Who stands behind another is hidden from everybody.
            (name, "uuid") => {
                let to = self.leads.get(&(table.name.clone(), name.to_owned()));
                let row = to.and_then(|to| self.rows.get(to));
                row.map_or_else(|| "gen_random_uuid()".to_owned(), |id| format!("'{id}'"))
            }
            (_, "text") => format!("'{MARK}'"),
            (_, "bool") => "false".to_owned(),
            (_, "jsonb") => format!("'{{\"of\": \"{MARK}\"}}'"),
            (_, "bytea") => "sha256(gen_random_uuid()::text::bytea)".to_owned(),
            (_, "date") => "'2026-11-22'".to_owned(),
            (_, "timestamptz") => "'2026-11-22 12:00Z'".to_owned(),
            (_, "time") => "'12:00'".to_owned(),
            (_, "xid8") => "pg_current_xact_id()".to_owned(),
            (_, "int2" | "int4" | "int8" | "numeric" | "float8" | "float4") => "1".to_owned(),
            (_, of) if of.starts_with('_') => "'{}'".to_owned(),
            (_, of) => format!("NULL::{of}"),
        }
    }

    /// How somebody of another tenant could get at what is Alpha's in a table: by all that the service's role is granted there,
    /// with a word for each. What it is not granted is refused whatever the policies say.
    async fn reaches(&self, owner: &mut PgConnection, table: &Table) -> Vec<(&'static str, String)> {
        let (name, alphas) = (&table.name, self.of_alpha(table));
        let columns = columns(owner, table).await;
        let may_delete: bool =
            sqlx::query_scalar("SELECT has_table_privilege('provdir_app', quote_ident($1), 'DELETE')")
                .bind(name)
                .fetch_one(owner)
                .await
                .expect("the catalogue");
        let key = columns.iter().find(|column| column.name == table.key).expect("the key");
        let mut reaches = Vec::new();
        if key.insert || key.made {
            let sql = self.insert_into(table, columns.iter().filter(|column| column.insert));
            reaches.push(("added", sql));
        }
        if key.update {
            let (alpha, beta) = (self.alpha, self.beta);
            let key = table.key;
            let sql = format!("UPDATE \"{name}\" SET \"{key}\" = '{alpha}' WHERE \"{key}\" = '{beta}'");
            reaches.push(("handed over", sql));
        }
        if !key.select {
            return reaches; // Nobody can ask whose a row is.
        }
        reaches.push(("seen", format!("SELECT 1 FROM \"{name}\" WHERE {alphas}")));
        if let Some(column) = columns.iter().find(|column| column.update && column.name != table.key) {
            let set = format!("\"{}\" = {}", column.name, self.value(table, column));
            reaches.push(("changed", format!("UPDATE \"{name}\" SET {set} WHERE {alphas}")));
        }
        if may_delete {
            reaches.push(("deleted", format!("DELETE FROM \"{name}\" WHERE {alphas}")));
        }
        reaches
    }

    /// Takes away triggers and foreign keys, which would refuse some of what only policies are to refuse, and gives Beta a row of
    /// its own wherever one can change hands.
    async fn leave_the_policies_alone(&self, owner: &mut PgConnection) {
        for table in &self.tables {
            let sql = format!("ALTER TABLE \"{}\" DISABLE TRIGGER ALL", table.name);
            execute(owner, &sql).await;
            let columns = columns(owner, table).await;
            let changes_hands = columns.iter().any(|column| column.update && column.name == table.key);
            if !changes_hands || table.name == "organization" {
                continue; // Beta is an organisation itself.
            }
            let mut sql = self.insert_into(table, columns.iter().filter(|column| !column.made));
            for (of_alpha, of_beta) in [
                (self.alpha.to_string(), self.beta.to_string()),
                (self.provider.to_string(), self.beta.to_string()),
                (self.rows[&table.name].to_string(), uuid::Uuid::now_v7().to_string()),
                (MARK.to_owned(), "betasecret".to_owned()),
            ] {
                sql = sql.replace(&of_alpha, &of_beta);
            }
            execute(owner, &sql).await;
        }
    }

    /// Somebody of Beta, with no filter but the policies.
    async fn stranger(&self, house: &House, role: Role) -> PgConnection {
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
        app
    }

    /// Where somebody of Beta gets at what is Alpha's.
    async fn leaks(&self, house: &House, role: Role) -> BTreeSet<String> {
        let (mut owner, mut app) = (house.owner().await, self.stranger(house, role).await);
        let mut leaks = BTreeSet::new();
        for table in &self.tables {
            for (what, sql) in self.reaches(&mut owner, table).await {
                if gets_through(&mut app, &sql).await {
                    leaks.insert(format!("{} {what} by {role}", table.name));
                }
            }
        }
        leaks
    }
}

/// A column of a table, and what the service's role may do with it.
#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    /// The name of its type.
    of: String,
    insert: bool,
    update: bool,
    select: bool,
    /// Made of other columns: nobody writes it.
    made: bool,
}

/// The columns.
async fn columns(owner: &mut PgConnection, table: &Table) -> Vec<Column> {
    sqlx::query_as(
        "SELECT a.attname::text AS name, t.typname::text AS of,
            NOT made AND has_column_privilege('provdir_app', a.attrelid, a.attnum, 'INSERT') AS insert,
            NOT made AND has_column_privilege('provdir_app', a.attrelid, a.attnum, 'UPDATE') AS update,
            has_column_privilege('provdir_app', a.attrelid, a.attnum, 'SELECT') AS select, made
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
            CROSS JOIN LATERAL (SELECT a.attgenerated <> '' OR a.attidentity <> '' AS made) m
        WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum",
    )
    .bind(&table.name)
    .fetch_all(owner)
    .await
    .expect("columns")
}

/// Whether a statement gets at a row; it is undone. What fails by anything but a wall has passed them all.
async fn gets_through(app: &mut PgConnection, sql: &str) -> bool {
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

/// What reads the names of all payers' networks and plans, which are everybody's: among them Alpha's make no sense here.
const OF_EVERYBODY: [&str; 1] = ["/plans/{id}/accuracy-reports"];

/// 5.02 and 5.03: an administrator of Beta and others who have no business with Alpha ask every route, with the keys that Alpha
/// has in path and body, to read and to write. Nothing of Alpha's comes back, and nothing of it is different afterwards.
#[tokio::test]
async fn feature_5_03_no_route_shows_or_changes_what_is_anothers() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let mut owner = site.house.owner().await;
    let keys = world.keys(&mut owner).await;
    let before = world.fingerprints(&mut owner).await;
    let (mut asked, mut broken) = (0, BTreeSet::new());
    for (n, (who, token)) in strangers(&site, &world).await.into_iter().enumerate() {
        for (path, _) in routes() {
            let mut filled = filled(path, &keys);
            if n > 0 {
                filled.truncate(2); // The first one asks for everything, the others for what is nearest.
            }
            for (method, operation) in DOCUMENT["paths"][path].as_object().expect("methods") {
                let leaves = path.starts_with("/sessions") || path == "/sign-out" || path == "/events";
                if leaves || method != "get" && path.starts_with("/admin") {
                    continue; // Ends the session, or the answer never ends.
                }
                for (real, body) in filled
                    .iter()
                    .flat_map(|real| bodies(method, operation, &keys).map(move |b| (real, b)))
                {
                    let request = Request::builder()
                        .method(method.to_uppercase().as_str())
                        .uri(real)
                        .header("authorization", format!("Bearer {token}"))
                        .header("content-type", "application/json")
                        .header("if-match", "*");
                    let answer = site
                        .send(request.body(Body::from(body.clone())).expect("a request"))
                        .await;
                    asked += 1;
                    assert!(
                        !answer.text.contains(MARK),
                        "{who}: {method} {real} {body}: {}",
                        answer.text
                    );
                    if answer.status == 500 && !OF_EVERYBODY.contains(&path) {
                        broken.insert(format!("{who}: {method} {path} {body}"));
                    }
                }
            }
        }
    }
    assert_eq!(broken, BTreeSet::new(), "read what they should not");
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

/// The paths with keys of Alpha's: every key that fits for the last of its parameters, and the row that it belongs to for those
/// before.
pub fn filled(path: &str, keys: &[(String, String)]) -> Vec<String> {
    let path = path.replace("{section}", "acl");
    let Some((head, last)) = path.rsplit_once('{') else {
        return vec![path];
    };
    let (_, tail) = last.split_once('}').expect("a parameter");
    let mut before = head.to_owned();
    while let Some((noun, rest)) = before.split_once('{') {
        let (_, behind) = rest.split_once('}').expect("a parameter");
        let key = nearest(noun.trim_end_matches('/').rsplit('/').next().unwrap_or_default(), keys);
        before = format!("{noun}{key}{behind}");
    }
    let known = head.rsplit('}').next().unwrap_or_default();
    let fitting = fitting(known, keys).map(|key| format!("{before}{key}{tail}"));
    fitting.collect()
}

/// The key in the table that a word names best.
fn nearest(word: &str, keys: &[(String, String)]) -> String {
    let word = word.trim_end_matches("_id").trim_end_matches('s').replace('-', "_");
    let fits = keys.iter().filter(|(table, _)| table.contains(&word));
    let best = fits.min_by_key(|(table, _)| table.len());
    best.or(keys.first()).map(|(_, key)| key.clone()).unwrap_or_default()
}

/// What is sent to an operation: nothing to read, else nothing said, and all that can be said.
fn bodies(method: &str, operation: &Value, keys: &[(String, String)]) -> impl Iterator<Item = String> {
    let whole = sample::body(&DOCUMENT, operation, &|name| nearest(name, keys));
    let bodies = if method == "get" {
        vec![String::new()]
    } else {
        let whole = whole.map(|body| body.to_string());
        std::iter::once("{}".to_owned()).chain(whole).collect()
    };
    bodies.into_iter()
}

/// Everybody who has no business with Alpha: of another tenant as a person and as a machine, of an outside provider, and the
/// platform's own reviewer, who belongs to no tenant.
async fn strangers(site: &Site, world: &World) -> Vec<(&'static str, String)> {
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

/// The token of a service of a tenant with every scope there is.
async fn machine(house: &House, tenant: OrganizationId) -> String {
    let grant = Grant {
        name: "machine".to_owned(),
        role: Role::Service,
        organization_id: Some(tenant),
        scopes: Permission::ALL
            .iter()
            .map(|permission| permission.code().to_owned())
            .collect(),
        expires_at: None,
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let machine = issue_token(&mut tx, &grant, [9; 32], noon()).await.expect("a token");
    tx.commit().await.expect("committed");
    machine
}

impl World {
    /// Every uuid that Alpha's rows are known by, with the table: one for each table that has one, and the tenant's own.
    pub async fn keys(&self, owner: &mut PgConnection) -> Vec<(String, String)> {
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

/// The path with the same word for each of its parameters.
fn spelt_out(path: &str, word: &str) -> String {
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

/// A key that can be none is told with its field and the reason, on every route that takes one.
#[tokio::test]
async fn a_malformed_id_is_named_on_every_route() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Enterprise).await.id;
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let mut named = BTreeSet::new();
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        if !path.contains('{') {
            continue;
        }
        let real = spelt_out(path, "no-id");
        for method in methods.as_object().expect("methods").keys() {
            let body = (method != "get").then(|| json!({}));
            for token in [&admin, &site.token] {
                let answer = ask(&site, token, Some(id), &method.to_uppercase(), &real, body.clone()).await;
                assert_ne!(answer.status.as_u16(), 500, "{method} {path}: {}", answer.text);
                if answer.status != 400 || answer.header("content-type") != "application/problem+json" {
                    continue;
                }
                let (field, code) = answer.fault();
                assert!(
                    !field.is_empty() && !code.is_empty(),
                    "{method} {path}: {}",
                    answer.text
                );
                if path.contains(&format!("{{{field}}}")) {
                    named.insert(format!("{method} {path}"));
                }
            }
        }
    }
    for known in [
        "get /clinics/{id}",
        "patch /practitioners/{id}",
        "delete /schedules/{id}",
        "post /slots/{id}/holds",
        "delete /holds/{id}",
        "get /appointments/{id}",
        "post /appointments/{id}/reschedule",
        "delete /schedule-exceptions/{id}",
        "patch /clinic-assignments/{id}",
        "patch /members/{id}",
        "delete /invitations/{id}",
    ] {
        assert!(named.contains(known), "{known} of {named:#?}");
    }
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
