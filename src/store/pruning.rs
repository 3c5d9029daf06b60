//! Takes old rows away in batches, each a transaction of its own: none is long, and none holds the locks of very many rows.

use chrono::{DateTime, Utc};

use super::{Error, Store};

/// Rows that are taken away at once.
pub(super) const AT_ONCE: i64 = 10_000;

/// Runs `statement` until it takes nothing away any more; how many rows are gone. It deletes rows that are older than `$1`, at
/// most `$2` of them.
pub(super) async fn in_batches(
    store: &Store,
    statement: &'static str,
    older_than: DateTime<Utc>,
) -> Result<u64, Error> {
    let mut pruned = 0;
    loop {
        let done = sqlx::query(statement)
            .bind(older_than)
            .bind(AT_ONCE)
            .execute(store.feed())
            .await?;
        pruned += done.rows_affected();
        if done.rows_affected() == 0 {
            return Ok(pruned);
        }
    }
}
