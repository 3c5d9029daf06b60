//! The audit: who did what to which row and why. Rows are sealed into a chain by the schema; nothing here can skip that.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use futures::TryStreamExt;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use sqlx::types::Uuid;

use super::{Error, Tx};
use crate::domain::audit::{Checker, Head, Link, Report, hex};

/// Writes a row in the transaction: both are there, or neither. `action` is `noun.verb`; why and what go into `detail`.
///
/// # Errors
/// [`Error::Forbidden`] where the transaction acts for another tenant than its actor; [`Error::Unavailable`].
pub async fn record(tx: &mut Tx, action: &str, entity: &str, entity_id: &str, detail: &Value) -> Result<(), Error> {
    sqlx::query("INSERT INTO audit (action, entity, entity_id, detail) VALUES ($1, $2, $3, jsonb_strip_nulls($4))")
        .bind(action)
        .bind(entity)
        .bind(entity_id)
        .bind(detail)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind of thing.
    pub entity: Option<String>,
    /// Of this very thing.
    pub entity_id: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub before: Option<DateTime<Utc>>,
}

/// A row as a reader sees it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// The tenant that the actor acted for; none: the platform.
    pub organization_id: Option<Uuid>,
    /// What, as `noun.verb`.
    pub action: String,
    /// To which kind of thing.
    pub entity: String,
    /// To which one.
    pub entity_id: Option<String>,
    /// Why, and what exactly.
    pub detail: Value,
}

/// The latest rows first, at most `limit`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Entry>, Error> {
    Ok(sqlx::query_as(
        "SELECT a.id, a.at, a.actor, a.organization_id, a.action, a.entity, a.entity_id, a.detail
        FROM audit a
        WHERE ($1::text IS NULL OR a.entity = $1) AND ($2::text IS NULL OR a.entity_id = $2)
        AND ($3::text IS NULL OR a.actor = $3) AND ($4::timestamptz IS NULL OR a.at >= $4)
        AND ($5::timestamptz IS NULL OR a.at < $5)
        ORDER BY a.id DESC LIMIT $6",
    )
    .bind(&filter.entity)
    .bind(&filter.entity_id)
    .bind(&filter.actor)
    .bind(filter.from)
    .bind(filter.before)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// How often somebody did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Count {
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// How often.
    pub times: i64,
    /// How often they said why.
    pub explained: i64,
    /// The last time.
    pub last: DateTime<Utc>,
}

/// The report of a year on the integrity of what is recorded: who did what how often, whether they said why, and whether any
/// row was touched since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct YearReport {
    /// Which year, by the calendar of UTC.
    pub year: i32,
    /// Rows of the year.
    pub rows: i64,
    /// People and machines that acted.
    pub actors: usize,
    /// By action and actor.
    pub counts: Vec<Count>,
    /// Whether every link of every chain that the reader may see is as it was written, to this day.
    pub sound: bool,
    /// Where it is not, in words.
    pub breaks: Vec<String>,
    /// The end of each chain: kept elsewhere, they prove later that nothing was made anew.
    pub heads: Vec<String>,
}

/// The report of a year, of what the actor may read.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn year_report(tx: &mut Tx, year: i32) -> Result<YearReport, Error> {
    let counts = counts(tx, new_year(year), new_year(year + 1)).await?;
    let chains = verify(tx, &[]).await?;
    let actors: BTreeSet<&str> = counts.iter().map(|c| c.actor.as_str()).collect();
    let place = |n: Option<i64>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let told = chains.breaks.iter().map(|b| {
        format!(
            "{:?}: chain {}, link {}, row {}",
            b.fault,
            b.chain,
            place(b.number),
            place(b.audit_id)
        )
    });
    Ok(YearReport {
        year,
        rows: counts.iter().map(|c| c.times).sum(),
        actors: actors.len(),
        sound: chains.breaks.is_empty(),
        breaks: told.collect(),
        heads: chains.heads.iter().map(ToString::to_string).collect(),
        counts,
    })
}

/// The first moment of a year.
fn new_year(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1)
        .unwrap_or(NaiveDate::MAX)
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
}

/// Who did what how often, from a moment until before another: the report of a year.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn counts(tx: &mut Tx, from: DateTime<Utc>, before: DateTime<Utc>) -> Result<Vec<Count>, Error> {
    Ok(sqlx::query_as(
        "SELECT a.actor, a.action, count(*) AS times,
            count(*) FILTER (WHERE a.detail ?| ARRAY['reason', 'notes', 'note', 'why']) AS explained, max(a.at) AS last
        FROM audit a WHERE a.at >= $1 AND a.at < $2
        GROUP BY a.actor, a.action ORDER BY a.action, a.actor",
    )
    .bind(from)
    .bind(before)
    .fetch_all(tx.connection())
    .await?)
}

/// Checks every chain that the actor may read, also against heads that were written down earlier.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn verify(tx: &mut Tx, noted: &[Head]) -> Result<Report, Error> {
    // One statement: heads and links of one moment, or a commit in between would look like a cut.
    let mut rows = sqlx::query_as::<_, Row>(
        "SELECT h.chain, 0 AS part, h.number, 0::bigint AS audit_id, NULL AS text, NULL::uuid AS of,
            ''::bytea AS previous, h.hash
        FROM audit_head h
        UNION ALL
        SELECT coalesce(s.chain, a.organization_id, '00000000-0000-0000-0000-000000000000'), 1, s.number,
            coalesce(s.audit_id, a.id), audit_text(a),
            CASE WHEN a.id IS NOT NULL THEN coalesce(a.organization_id, '00000000-0000-0000-0000-000000000000') END,
            coalesce(s.previous, ''), coalesce(s.hash, '')
        FROM audit a FULL JOIN audit_seal s ON s.audit_id = a.id
        ORDER BY 2, 1, 3 NULLS LAST, 4",
    )
    .fetch(tx.connection());
    let mut heads = Vec::new();
    let mut checker = None;
    while let Some(row) = rows.try_next().await? {
        if row.part == 0 {
            heads.push(row.head());
        } else {
            let checker = checker.get_or_insert_with(|| Checker::new(std::mem::take(&mut heads), noted));
            checker.take(&row.link());
        }
    }
    Ok(checker.unwrap_or_else(|| Checker::new(heads, noted)).finish())
}

#[derive(sqlx::FromRow)]
struct Row {
    chain: Uuid,
    part: i32,
    number: Option<i64>,
    audit_id: i64,
    text: Option<String>,
    of: Option<Uuid>,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl Row {
    fn head(self) -> Head {
        Head {
            chain: self.chain,
            number: self.number.unwrap_or_default(),
            hash: hex(&self.hash),
        }
    }

    fn link(self) -> Link {
        Link {
            chain: self.chain,
            number: self.number,
            audit_id: self.audit_id,
            // Of a row that is not there, the text is that of nothing.
            text: self.text.filter(|_| self.of.is_some()),
            of: self.of,
            previous: self.previous,
            hash: self.hash,
        }
    }
}
