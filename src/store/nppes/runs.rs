//! The record of a run: how far the import of one file got, saved in the transaction of each batch.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::Row as _;
use uuid::Uuid;

use crate::store::{Error, Tx};

/// The import of one file or member of a zip.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its key.
    pub id: Uuid,
    /// Rows stored or rejected for good.
    pub done_rows: u64,
    /// The caller's counts and place in the file.
    pub counts: Value,
}

/// The unfinished run of the same bytes, if there is one.
pub async fn resume(tx: &mut Tx, kind: &str, digest: &[u8]) -> Result<Option<Run>, Error> {
    let row = sqlx::query(
        "SELECT id, done_rows, counts FROM import_run
        WHERE kind = $1 AND source_digest = $2 AND state = 'RUNNING'
        ORDER BY started_at DESC LIMIT 1",
    )
    .bind(kind)
    .bind(digest)
    .fetch_optional(tx.connection())
    .await?;
    row.map(|row| {
        Ok(Run {
            id: row.try_get(0)?,
            done_rows: u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default(),
            counts: row.try_get(2)?,
        })
    })
    .transpose()
}

/// Begins a run. Unfinished ones of the same bytes are given up.
pub async fn start(tx: &mut Tx, kind: &str, source: &str, digest: &[u8], now: DateTime<Utc>) -> Result<Run, Error> {
    sqlx::query(
        "UPDATE import_run SET state = 'FAILED', finished_at = $3, updated_at = $3
        WHERE kind = $1 AND source_digest = $2 AND state = 'RUNNING'",
    )
    .bind(kind)
    .bind(digest)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let id = sqlx::query_scalar(
        "INSERT INTO import_run (kind, source, source_digest, started_at, updated_at)
        VALUES ($1, $2, $3, $4, $4)
        RETURNING id",
    )
    .bind(kind)
    .bind(source)
    .bind(digest)
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    Ok(Run {
        id,
        done_rows: 0,
        counts: Value::Null,
    })
}

/// Saves how far a run has come; `finished` closes it.
pub async fn save(tx: &mut Tx, run: &Run, finished: bool, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE import_run
        SET done_rows = $2, counts = $3, updated_at = $4,
            state = CASE WHEN $5 THEN 'DONE' ELSE state END,
            finished_at = CASE WHEN $5 THEN $4 END
        WHERE id = $1",
    )
    .bind(run.id)
    .bind(i64::try_from(run.done_rows).unwrap_or(i64::MAX))
    .bind(&run.counts)
    .bind(now)
    .bind(finished)
    .execute(tx.connection())
    .await?;
    Ok(())
}
