//! Rows that time itself writes to the outbox.

use chrono::NaiveDate;

use super::{Error, Store};

/// Names the providers whose participations begin on a day after the one last seen, up to `day`, or ended the day before
/// one of those; as outbox rows, once for all nodes. Answers how many.
///
/// # Errors
/// [`Error::Unavailable`]; nothing is written then.
pub async fn participations_through(store: &Store, day: NaiveDate) -> Result<u64, Error> {
    let written: i64 = sqlx::query_scalar("SELECT timer_participations($1)")
        .bind(day)
        .fetch_one(store.feed())
        .await?;
    Ok(written.cast_unsigned())
}
