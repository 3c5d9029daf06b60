//! A tenant with a row in every table, made from the columns alone, and keys to each: for the tests of what others may not see.

use std::collections::{BTreeMap, BTreeSet};

use provider_directory::{
    domain::access::{Permission, Role},
    store::access::{Grant, issue_token},
    vocab::{OrganizationId, terms::SubscriptionTier},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    house::{House, admin, execute, noon},
    tenants::tenant,
    tenants_isolation::gets_through,
};

/// What all texts of Alpha are, so that one is recognised wherever it turns up.
pub const MARK: &str = "alphasecret";

/// A table that holds what is one tenant's, and how its rows name the tenant.
pub struct Table {
    pub name: String,
    /// The column that names the tenant, or what belongs to it.
    pub key: &'static str,
}

/// Everything of the catalogue that has a tenant's rows.
pub async fn tables(owner: &mut PgConnection) -> Vec<Table> {
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
    pub alpha: OrganizationId,
    pub beta: OrganizationId,
    /// A private provider of Alpha's.
    pub provider: uuid::Uuid,
    pub tables: Vec<Table>,
    /// The key of Alpha's row in each table.
    pub rows: BTreeMap<String, uuid::Uuid>,
    /// By table and column, the table that it leads to.
    pub leads: BTreeMap<(String, String), String>,
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
    pub fn of_alpha(&self, table: &Table) -> String {
        let id = if table.key == "provider_id" {
            self.provider
        } else {
            self.alpha.0
        };
        format!("{} = '{id}'", table.key)
    }

    /// A row of Alpha's for a table, from its columns.
    pub async fn insert(&self, owner: &mut PgConnection, table: &Table) -> String {
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
    pub fn value(&self, table: &Table, column: &Column) -> String {
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
    pub async fn reaches(&self, owner: &mut PgConnection, table: &Table) -> Vec<(&'static str, String)> {
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
    pub async fn leave_the_policies_alone(&self, owner: &mut PgConnection) {
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
    pub async fn stranger(&self, house: &House, role: Role) -> PgConnection {
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
    pub async fn leaks(&self, house: &House, role: Role) -> BTreeSet<String> {
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
pub struct Column {
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
pub async fn columns(owner: &mut PgConnection, table: &Table) -> Vec<Column> {
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

/// The token of a service of a tenant with every scope there is.
pub async fn machine(house: &House, tenant: OrganizationId) -> String {
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
    pub async fn fingerprints(&self, owner: &mut PgConnection) -> BTreeMap<String, String> {
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
