//! The questions of the query mix as SQL, for `provdir bench --against postgres`: what they cost where they are asked of
//! Postgres itself, with the tables and indexes that somebody who knows Postgres would make for them.
//!
//! Joins are made beforehand: a row for each provider, each of its places, and each specialty at a place. Names are looked
//! up by GIN over their words, places by GiST over the earth (`cube`, `earthdistance`), specialties at places by one GiST
//! over both (`btree_gist`), misspelt names by trigrams (`pg_trgm`), beginnings of words by a B-tree. A Postgres without one
//! of these extensions leaves out the kinds that need it.

use chrono::NaiveDate;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};

use super::{Access, Error};
use crate::vocab::{NetworkId, Npi, place::Point};

/// The mean radius of the earth in metres, as distances in the directory are measured.
const EARTH: f64 = 6_371_008.8;

/// Around a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Its middle.
    pub at: Point,
    /// Its radius.
    pub km: f64,
}

/// A question of the mix.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Who has a number.
    Npi(Npi),
    /// Who bears all words of a name, current names first, then by rank.
    Name(Vec<String>),
    /// The same within a circle, by distance.
    NameNear(Vec<String>, Circle),
    /// Whose name is like this.
    Like(String),
    /// Who bears whole words and one that begins so.
    Begins(Vec<String>, String),
    /// Who has one of some specialties within a circle, speaks a language, is in a network; by distance.
    SpecialtyNear {
        /// NUCC codes; none: anybody.
        codes: Vec<String>,
        /// Language codes, all of which must be spoken.
        languages: Vec<String>,
        /// Networks, in all of which they must be ACTIVE at that place.
        networks: Vec<NetworkId>,
        /// Where.
        circle: Circle,
    },
}

/// What Postgres answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Result rows as text, at most twenty, or ten of a type-ahead.
    pub cards: Vec<String>,
    /// How many there are in all, where the question has a total.
    pub total: Option<i64>,
}

/// The names of a provider as words, as the index has them.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The provider.
    pub npi: i64,
    /// Of its current name, with blanks between.
    pub current: String,
    /// Of all its names.
    pub any: String,
}

/// A connection that asks.
pub struct AsSql {
    connection: PgConnection,
    missing: Vec<&'static str>,
}

const EXTENSIONS: [&str; 4] = ["cube", "earthdistance", "btree_gist", "pg_trgm"];

/// Tables without anything that the questions do not need. `$1` cannot stand in a statement that makes a table, so the day
/// is written into it.
const TABLES: &[&str] = &[
    "CREATE UNLOGGED TABLE measure.provider AS
     SELECT p.id, p.npi, n.words, n.any_words,
         concat_ws(' ', p.first_name, p.last_name, p.organization_name) AS name,
         (CASE p.network_status WHEN 'ACTIVE' THEN 0 WHEN 'PENDING' THEN 2 ELSE 4 END + CASE WHEN EXISTS (
             SELECT FROM participation a WHERE a.provider_id = p.id AND p.network_status = 'ACTIVE' AND a.status = 'ACTIVE'
                 AND a.accepting = 'newpt' AND a.effective <= DATE '{day}' AND coalesce(a.termination >= DATE '{day}', true)
         ) THEN 0 ELSE 1 END)::smallint AS rank,
         json_build_object('npi', p.npi, 'locator', p.locator, 'kind', p.kind, 'category', p.category,
             'first_name', p.first_name, 'last_name', p.last_name, 'organization_name', p.organization_name,
             'gender', p.gender, 'network_status', p.network_status, 'address', p.address, 'phone', p.phone,
             'specialties', (SELECT json_agg(s.code ORDER BY s.position) FROM provider_specialty s
                 WHERE s.provider_id = p.id),
             'languages', (SELECT json_agg(l.language) FROM provider_language l WHERE l.provider_id = p.id))::text AS card
     FROM provider p JOIN measure.name n ON n.npi = p.npi",
    "ALTER TABLE measure.provider ADD PRIMARY KEY (npi)",
    "CREATE INDEX ON measure.provider USING gin (any_words)",
    "CREATE UNLOGGED TABLE measure.word AS
     SELECT DISTINCT word COLLATE \"C\" AS word, rank, npi FROM measure.provider, unnest(any_words) AS word",
    "CREATE INDEX ON measure.word (word, rank, npi)",
];

const PLACES: &[&str] = &[
    "CREATE UNLOGGED TABLE measure.place AS
     SELECT p.npi, p.rank, p.words, p.any_words, l.id AS location_id, l.is_primary,
         ll_to_earth(l.lat_e7 / 1e7, l.lon_e7 / 1e7) AS earth
     FROM measure.provider p JOIN provider_location l ON l.provider_id = p.id WHERE l.lat_e7 IS NOT NULL",
    "CREATE INDEX ON measure.place USING gist (earth)",
    "CREATE INDEX ON measure.place USING gin (any_words)",
    "CREATE INDEX ON measure.place (npi)",
    "CREATE UNLOGGED TABLE measure.specialty AS
     SELECT c.code, s.npi, s.location_id, s.is_primary, s.earth,
         ARRAY(SELECT l.language FROM provider_language l WHERE l.provider_id = p.id) AS languages,
         ARRAY(SELECT DISTINCT a.network_id FROM participation a JOIN provider q ON q.id = a.provider_id
             WHERE a.provider_id = p.id AND (a.location_id IS NULL OR a.location_id = s.location_id)
                 AND q.network_status = 'ACTIVE' AND a.status = 'ACTIVE' AND a.effective <= DATE '{day}'
                 AND coalesce(a.termination >= DATE '{day}', true)) AS networks
     FROM measure.place s JOIN measure.provider p USING (npi)
     JOIN LATERAL (SELECT DISTINCT x.code FROM provider_specialty x WHERE x.provider_id = p.id) c ON true",
    "CREATE INDEX ON measure.specialty USING gist (code, earth)",
    "CREATE INDEX ON measure.specialty (npi)",
];

const TRIGRAMS: &[&str] = &["CREATE INDEX ON measure.provider USING gin (name gin_trgm_ops)"];

/// The rows of the page and the number of all of them in one pass.
const NAME: &str = "SELECT card, count(*) OVER () AS total FROM measure.provider WHERE any_words @> $1
    ORDER BY NOT words @> $1, rank, id LIMIT 20";

const NAME_NEAR: &str = "WITH here AS MATERIALIZED (
        SELECT npi, min((NOT words @> $1)::int) AS tier, min(earth <-> ll_to_earth($2, $3)) AS far
        FROM measure.place WHERE any_words @> $1 AND earth_box(ll_to_earth($2, $3), $4) @> earth
            AND earth_distance(ll_to_earth($2, $3), earth) <= $4 GROUP BY npi),
    page AS (SELECT npi, tier, far, count(*) OVER () AS total FROM here ORDER BY tier, far, npi LIMIT 20)
    SELECT card, total FROM page JOIN measure.provider USING (npi) ORDER BY tier, far, npi";

const SPECIALTY_NEAR: &str = "WITH here AS MATERIALIZED (
        SELECT npi, min(earth <-> ll_to_earth($2, $3)) AS far
        FROM measure.specialty WHERE code = ANY($1) AND earth_box(ll_to_earth($2, $3), $4) @> earth
            AND earth_distance(ll_to_earth($2, $3), earth) <= $4 AND languages @> $5 AND networks @> $6 GROUP BY npi),
    page AS (SELECT npi, far, count(*) OVER () AS total FROM here ORDER BY far, npi LIMIT 20)
    SELECT card, total FROM page JOIN measure.provider USING (npi) ORDER BY far, npi";

const NEAREST: &str = "WITH here AS MATERIALIZED (
        SELECT npi, min(earth <-> ll_to_earth($1, $2)) AS far
        FROM measure.place WHERE earth_box(ll_to_earth($1, $2), $3) @> earth
            AND earth_distance(ll_to_earth($1, $2), earth) <= $3 GROUP BY npi),
    page AS (SELECT npi, far, count(*) OVER () AS total FROM here ORDER BY far, npi LIMIT 20)
    SELECT card, total FROM page JOIN measure.provider USING (npi) ORDER BY far, npi";

const LIKE: &str =
    "SELECT card FROM measure.provider WHERE name % $1 ORDER BY similarity(name, $1) DESC, rank, id LIMIT 20";

/// A provider may have several words that begin so, so more than a page is read.
const BEGINS: &str = "WITH found AS (
        SELECT DISTINCT rank, npi FROM measure.word WHERE word >= $1 AND word < $2 ORDER BY rank, npi LIMIT 10)
    SELECT card FROM found JOIN measure.provider USING (npi) ORDER BY found.rank, found.npi";

const BEGINS_AND_HAS: &str = "SELECT card FROM measure.provider p WHERE any_words @> $3 AND EXISTS (
        SELECT FROM measure.word w WHERE w.npi = p.npi AND w.rank = p.rank AND w.word >= $1 AND w.word < $2)
    ORDER BY rank, npi LIMIT 10";

impl AsSql {
    /// Connects as the owner, whom row-level security does not slow down, and sets one connection up to be fast: no parallel
    /// workers (the search uses one thread as well), no compilation, room for sorts.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn connect(access: &Access) -> Result<Self, Error> {
        let mut connection = PgConnection::connect_with(&access.owner).await?;
        let mut missing = Vec::new();
        for name in EXTENSIONS {
            let made = format!("CREATE EXTENSION IF NOT EXISTS {name}");
            if sqlx::raw_sql(sqlx::AssertSqlSafe(made))
                .execute(&mut connection)
                .await
                .is_err()
            {
                missing.push(name);
            }
        }
        let settings = "SET jit = off; SET max_parallel_workers_per_gather = 0; SET work_mem = '128MB';
            SET maintenance_work_mem = '1GB'; SET effective_cache_size = '8GB'; SET random_page_cost = 1.1;
            SET plan_cache_mode = force_custom_plan; SET search_path = public, measure";
        sqlx::raw_sql(settings).execute(&mut connection).await?;
        Ok(Self { connection, missing })
    }

    /// Extensions that this Postgres does not have.
    pub fn missing(&self) -> &[&'static str] {
        &self.missing
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().all(|name| !self.missing.contains(name))
    }

    /// Whether a question can be asked.
    pub fn can_answer(&self, question: &Question) -> bool {
        match question {
            Question::Npi(_) | Question::Name(_) | Question::Begins(..) => true,
            Question::Like(_) => self.has(&["pg_trgm"]),
            Question::NameNear(..) => self.has(&["cube", "earthdistance"]),
            Question::SpecialtyNear { .. } => self.has(&["cube", "earthdistance", "btree_gist"]),
        }
    }

    /// How many providers the tables were made for; none: not made, or not to the end.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn providers(&mut self) -> Result<Option<i64>, Error> {
        let there: bool = sqlx::query_scalar("SELECT to_regclass('measure.done') IS NOT NULL")
            .fetch_one(&mut self.connection)
            .await?;
        if !there {
            return Ok(None);
        }
        let count = sqlx::query_scalar("SELECT providers FROM measure.done")
            .fetch_optional(&mut self.connection)
            .await?;
        Ok(count)
    }

    /// Begins the tables anew.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(&mut self) -> Result<(), Error> {
        self.run(
            "DROP SCHEMA IF EXISTS measure CASCADE; CREATE SCHEMA measure;
             CREATE UNLOGGED TABLE measure.name (npi bigint PRIMARY KEY, words text[] NOT NULL, any_words text[] NOT NULL)",
        )
        .await
    }

    async fn run(&mut self, sql: &str) -> Result<(), Error> {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Takes the words of names, which the directory folds in its own way.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn add(&mut self, batch: &[Words]) -> Result<(), Error> {
        let npi: Vec<i64> = batch.iter().map(|words| words.npi).collect();
        let current: Vec<&str> = batch.iter().map(|words| words.current.as_str()).collect();
        let any: Vec<&str> = batch.iter().map(|words| words.any.as_str()).collect();
        sqlx::query(
            "INSERT INTO measure.name SELECT npi, string_to_array(words, ' '), string_to_array(any_words, ' ')
             FROM unnest($1::bigint[], $2::text[], $3::text[]) AS given (npi, words, any_words)",
        )
        .bind(npi)
        .bind(current)
        .bind(any)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Makes tables and indexes of what the store has on a day.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn make(&mut self, day: NaiveDate) -> Result<(), Error> {
        let mut statements = TABLES.to_vec();
        if self.has(&["cube", "earthdistance", "btree_gist"]) {
            statements.extend(PLACES);
        }
        if self.has(&["pg_trgm"]) {
            statements.extend(TRIGRAMS);
        }
        self.run("ANALYZE").await?;
        for statement in statements {
            self.run(&statement.replace("{day}", &day.to_string())).await?;
        }
        self.run("CREATE UNLOGGED TABLE measure.done AS SELECT count(*) AS providers FROM measure.provider")
            .await?;
        self.run("VACUUM ANALYZE").await
    }

    /// Moves the main place of a provider, as the directory has moved it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn shift(&mut self, npi: Npi, to: Point) -> Result<(), Error> {
        for table in ["place", "specialty"] {
            let sql = format!("UPDATE measure.{table} SET earth = ll_to_earth($2, $3) WHERE npi = $1 AND is_primary");
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(npi.number() as i64)
                .bind(to.lat())
                .bind(to.lon())
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    /// The way to Postgres and back, with nothing to do there.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ping(&mut self) -> Result<(), Error> {
        sqlx::query("SELECT 1").execute(&mut self.connection).await?;
        Ok(())
    }

    /// Asks.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn ask(&mut self, question: &Question) -> Result<Told, Error> {
        let earth = |circle: &Circle| circle.km * 1_000.0 * 6_378_168.0 / EARTH; // The extension's earth is larger.
        let query = match question {
            Question::Npi(npi) => {
                sqlx::query("SELECT card, count(*) OVER () AS total FROM measure.provider WHERE npi = $1")
                    .bind(npi.number() as i64)
            }
            Question::Name(words) => sqlx::query(NAME).bind(words),
            Question::NameNear(words, circle) => sqlx::query(NAME_NEAR)
                .bind(words)
                .bind(circle.at.lat())
                .bind(circle.at.lon())
                .bind(earth(circle)),
            Question::Like(name) => sqlx::query(LIKE).bind(name),
            Question::Begins(whole, last) if whole.is_empty() => sqlx::query(BEGINS).bind(last).bind(behind(last)),
            Question::Begins(whole, last) => sqlx::query(BEGINS_AND_HAS).bind(last).bind(behind(last)).bind(whole),
            Question::SpecialtyNear {
                codes,
                languages,
                networks,
                circle,
            } => {
                let (lat, lon, radius) = (circle.at.lat(), circle.at.lon(), earth(circle));
                if codes.is_empty() {
                    sqlx::query(NEAREST).bind(lat).bind(lon).bind(radius)
                } else {
                    let networks: Vec<uuid::Uuid> = networks.iter().map(|id| id.0).collect();
                    sqlx::query(SPECIALTY_NEAR)
                        .bind(codes)
                        .bind(lat)
                        .bind(lon)
                        .bind(radius)
                        .bind(languages)
                        .bind(networks)
                }
            }
        };
        let rows: Vec<PgRow> = query.fetch_all(&mut self.connection).await?;
        let counted = !matches!(question, Question::Like(_) | Question::Begins(..));
        let total = rows.first().filter(|_| counted).map(|row| row.try_get("total"));
        Ok(Told {
            total: total.transpose()?.or(counted.then_some(0)),
            cards: rows.iter().map(|row| row.try_get("card")).collect::<Result<_, _>>()?,
        })
    }

    /// Lets go of the connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn close(self) -> Result<(), Error> {
        Ok(self.connection.close().await?)
    }
}

/// The first text behind all that begin with a word, in the order of bytes.
fn behind(word: &str) -> String {
    format!("{word}\u{10ffff}")
}
