//! What has changed, in an order that misses nothing.
//!
//! Rows are read in the order of (transaction, row) and only below `pg_snapshot_xmin`, the oldest transaction that is still
//! running: everything below has ended, so what is visible there is final, and no later commit can slip in before the
//! position that a reader has reached. A long writing transaction holds that position up; it never makes readers miss a row.
//! What is committed behind it they are told early, for who only wants to know of whom to look at need not wait.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{
    PgPool, Row,
    postgres::{PgListener, PgRow},
    types::Uuid,
};

use super::{Error, Store, pruning};
use crate::vocab::{Position, ProviderId};

/// What one row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// The provider or a child of it changed, came or went, or its credentialing was opened or closed.
    Provider(ProviderId),
    /// A bulk load changed too many to name.
    Rebuild,
    /// Networks, plans or organisations changed.
    Reference,
    /// The provider is free at other times.
    Slots(ProviderId),
}

/// One row of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What it tells.
    pub kind: EntryKind,
}

/// What a reader gets at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// In order.
    pub entries: Vec<Entry>,
    /// Where to read on: the last entry, or, where there are no more, everything that is final by now.
    pub position: Position,
    /// What is committed behind it and not final yet, for a transaction before it still runs: as many of the last as were
    /// asked for. Others may still come in between, and all of it is read once more as entries.
    pub early: Vec<Entry>,
}

/// Reads up to `limit` entries behind `after`, and as many early ones.
///
/// # Errors
/// [`Error::Behind`] where rows behind `after` have been pruned; [`Error::Unavailable`].
pub async fn read(store: &Store, after: Position, limit: i64) -> Result<Batch, Error> {
    // One statement: the snapshot that decides what is final is the one that reads. The order names o.xid, for the output
    // column of that name would be ordered as text.
    let rows = sqlx::query(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS final_below,
            (h.xid, h.id) > ($1::text::xid8, $2) AS pruned,
            e.early AS early, e.xid AS xid, e.id AS id, e.kind AS kind, e.provider_id AS provider_id
        FROM outbox_horizon h
        LEFT JOIN LATERAL (
            (
                SELECT false AS early, o.xid::text AS xid, o.id, o.kind, o.provider_id, o.xid AS in_order
                FROM outbox o
                WHERE (o.xid, o.id) > ($1::text::xid8, $2)
                AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
                AND o.kind NOT IN ('EVENT', 'VERSION')
                ORDER BY o.xid, o.id
                LIMIT $3
            ) UNION ALL (
                SELECT true, o.xid::text, o.id, o.kind, o.provider_id, o.xid
                FROM outbox o
                WHERE o.xid >= pg_snapshot_xmin(pg_current_snapshot())
                AND o.kind NOT IN ('EVENT', 'VERSION')
                ORDER BY o.xid DESC, o.id DESC
                LIMIT $3
            )
        ) e ON true
        ORDER BY e.in_order, e.id",
    )
    .bind(after.xid.to_string())
    .bind(after.id)
    .bind(limit)
    .fetch_all(store.feed())
    .await?;
    let (mut entries, mut early) = (Vec::with_capacity(rows.len()), Vec::new());
    let mut end = after;
    for row in &rows {
        if row.try_get("pruned")? {
            return Err(Error::Behind);
        }
        end = end.max(below(&row.try_get::<String, _>("final_below")?)?);
        if let Some(is_early) = row.try_get::<Option<bool>, _>("early")? {
            let list = if is_early { &mut early } else { &mut entries };
            list.push(entry(row)?);
        }
    }
    let full = i64::try_from(entries.len()).is_ok_and(|read| read >= limit);
    let position = match entries.last() {
        Some(last) if full => last.position,
        _ => end,
    };
    Ok(Batch {
        entries,
        position,
        early,
    })
}

fn entry(row: &PgRow) -> Result<Entry, Error> {
    let position = Position {
        xid: number(row.try_get("xid")?)?,
        id: row.try_get("id")?,
    };
    let provider = || Ok::<_, Error>(ProviderId(row.try_get::<Uuid, _>("provider_id")?));
    let kind = match row.try_get::<&str, _>("kind")? {
        "PROVIDER" | "DECIDED" => EntryKind::Provider(provider()?),
        "REBUILD" => EntryKind::Rebuild,
        "REFERENCE" => EntryKind::Reference,
        "SLOTS" => EntryKind::Slots(provider()?),
        other => return Err(Error::Corrupt(format!("outbox kind {other}"))),
    };
    Ok(Entry { position, kind })
}

/// The position up to which everything is final now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn end(store: &Store) -> Result<Position, Error> {
    let xmin: String = sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        .fetch_one(store.feed())
        .await?;
    below(&xmin)
}

/// The position that contains every transaction begun by now, those still running included: a reader that has reached
/// it has seen whatever is committed at this moment.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn begun(store: &Store) -> Result<Position, Error> {
    let xmax: String = sqlx::query_scalar("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        .fetch_one(store.feed())
        .await?;
    below(&xmax)
}

/// Everything of transactions before `xmin`.
pub(super) fn below(xmin: &str) -> Result<Position, Error> {
    Ok(Position {
        xid: number(xmin)?.saturating_sub(1),
        id: i64::MAX,
    })
}

fn number(xid: &str) -> Result<u64, Error> {
    xid.parse()
        .map_err(|_| Error::Corrupt(format!("transaction number {xid}")))
}

/// Wakes a reader when something was committed. It may wake for nothing, and it may miss: read after each wait.
pub struct Listener {
    pool: PgPool,
    listener: Option<PgListener>,
}

/// Starts to listen.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn listen(store: &Store) -> Result<Listener, Error> {
    let pool = store.feed().clone();
    let listener = Some(connect(&pool).await?);
    Ok(Listener { pool, listener })
}

async fn connect(pool: &PgPool) -> Result<PgListener, sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("outbox").await?;
    Ok(listener)
}

impl Listener {
    /// Returns when something was committed, or after `at_most`. A lost connection is made anew; until then, it only waits.
    pub async fn wait(&mut self, at_most: Duration) {
        let woken = tokio::time::timeout(at_most, async {
            loop {
                match &mut self.listener {
                    Some(listener) => match listener.recv().await {
                        Ok(_) => {
                            while listener.next_buffered().is_some() {}
                            return;
                        }
                        Err(_) => self.listener = None,
                    },
                    None => {
                        self.listener = connect(&self.pool).await.ok();
                        if self.listener.is_none() {
                            tokio::time::sleep(Duration::from_millis(200)).await;
                        } else {
                            return; // What was committed while nobody listened may wait to be read.
                        }
                    }
                }
            }
        });
        let _ = woken.await; // Time is up: that is one of the two ways to return.
    }
}

/// Deletes what was written before `older_than`, in batches; how many rows. What a publisher has not got to yet stays, unless
/// it has not moved for a month.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn prune(store: &Store, older_than: DateTime<Utc>) -> Result<u64, Error> {
    let mut pruned = 0;
    loop {
        let batch = prune_batch(store, older_than).await?;
        pruned += batch;
        if batch == 0 {
            return Ok(pruned);
        }
    }
}

/// One batch, and the rows of the same transactions: what goes with them goes by transaction.
async fn prune_batch(store: &Store, older_than: DateTime<Utc>) -> Result<u64, Error> {
    let pruned: i64 = sqlx::query_scalar(
        "WITH border AS (
            SELECT o.xid FROM outbox o ORDER BY o.xid, o.id OFFSET $2 LIMIT 1
        ), gone AS (
            DELETE FROM outbox o
            WHERE o.created_at < $1 AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
            AND o.xid <= coalesce((SELECT b.xid FROM border b), o.xid)
            AND NOT EXISTS (
                SELECT 1 FROM publisher p
                WHERE (p.xid, p.id) < (o.xid, o.id) AND p.moved_at > $1 - interval '30 days')
            RETURNING o.xid, o.id
        ), told AS (
            DELETE FROM provider_change c USING gone g WHERE c.xid = g.xid
        ), last AS (
            SELECT g.xid, g.id FROM gone g ORDER BY g.xid DESC, g.id DESC LIMIT 1
        ), moved AS (
            UPDATE outbox_horizon h SET xid = l.xid, id = l.id FROM last l WHERE (l.xid, l.id) > (h.xid, h.id)
        )
        SELECT count(*) FROM gone",
    )
    .bind(older_than)
    .bind(pruning::AT_ONCE)
    .fetch_one(store.feed())
    .await?;
    Ok(pruned.cast_unsigned())
}
