//! All SQL of the NPPES import: a batch is staged by COPY and merged by set, in one transaction.
//!
//! The staging tables are temporary and empty themselves at commit. A merge asks for each row whether it is new, changed
//! (its digest differs), unchanged, or older than what is stored; only the first two are written. Fields that somebody has
//! vouched for lately (`provider.provenance`, `provider_location.verified_at`) and rows of other sources are left alone; where
//! NPPES says something else, a proposal is left for a person.

mod children;
mod events;
mod providers;
mod record;
mod runs;
mod staging;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{
    Postgres, Row as _, SqlSafeStr,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use crate::store::{Error, Tx};
use crate::vocab::Npi;

pub use record::{Endpoint, Event, EventKind, Keyed, Outcome, Place, Record, Rows};
pub use runs::{Run, resume, save, start};

/// Who may merge at the same time.
#[derive(Clone, Copy, Debug)]
pub enum Beside {
    /// Nobody: two files may tell of the same providers, in any order.
    Nobody,
    /// Other parts of the same load, which have no provider in common with this one.
    Parts,
}

/// Merges a batch into the directory. Concurrent imports wait for each other, batch by batch. What somebody has vouched for
/// since `trusted_since` is kept.
pub async fn merge(
    tx: &mut Tx,
    rows: &Rows,
    bulk: bool,
    beside: Beside,
    trusted_since: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Outcome, Error> {
    let connection = tx.connection();
    staging::prepare(connection, bulk, beside).await?;
    sqlx::query("SELECT set_config('app.trusted_since', $1, true)")
        .bind(trusted_since.to_string())
        .execute(&mut *connection)
        .await?;
    staging::stage(connection, rows, now).await?;
    let mut outcome = Outcome::default();
    if !rows.records.is_empty() {
        providers::merge(connection, now, &mut outcome).await?;
        children::of_records(connection, &rows.records, now).await?;
    }
    if !rows.places.is_empty() {
        children::places(connection, &mut outcome).await?;
    }
    if !rows.other_names.is_empty() {
        children::other_names(connection, &mut outcome).await?;
    }
    if !rows.endpoints.is_empty() {
        children::endpoints(connection, &mut outcome).await?;
    }
    events::merge(connection, rows, now, &mut outcome).await?;
    Ok(outcome)
}

/// A statement that is planned for the tables as they are when it runs. A kept plan is one for the staging tables as they
/// were at the first batch of a connection, almost empty: nested loops, which are quadratic later on.
fn query<'q>(sql: impl SqlSafeStr) -> Query<'q, Postgres, PgArguments> {
    sqlx::query(sql).persistent(false)
}

/// The line and NPI in the first two columns of a row.
fn npi_of(row: &PgRow) -> Result<(u64, Npi), Error> {
    let number = |at: usize| row.try_get::<i64, _>(at).map(|n| u64::try_from(n).unwrap_or_default());
    let npi = Npi::from_number(number(1)?).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok((number(0)?, npi))
}
