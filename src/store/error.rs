//! What can go wrong in the store; each variant is a thing that a caller does differently.

use std::path::PathBuf;

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

use super::refusals;
use crate::vocab::{Fault, Locator, Npi};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another provider has this NPI.
    #[error("another provider has the npi {0}")]
    NpiTaken(Npi),
    /// No such row, or none that the actor may see.
    #[error("not found")]
    NotFound,
    /// The provider of this key turned out to be another one, which has this locator.
    #[error("the provider is one with {0}")]
    Merged(Locator),
    /// Somebody else changed it in between.
    #[error("the version is {current} by now")]
    VersionMismatch {
        /// The version to start from again.
        current: i64,
    },
    /// A rule says no; names the field.
    #[error("{0}")]
    Refused(Fault),
    /// Rules say no to several fields.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    RefusedAll(Vec<Fault>),
    /// The actor may not do this.
    #[error("the actor may not do this")]
    Forbidden,
    /// Another transaction was in the way; the same again may work.
    #[error("another transaction was in the way")]
    Conflict(#[source] sqlx::Error),
    /// The reader stands before what has been pruned from the outbox, and has to rebuild.
    #[error("the outbox no longer reaches back that far")]
    Behind,
    /// No Postgres to be had.
    #[error(
        "no Postgres found (looked {looked}); install one with `apt-get install -y postgresql`, or give its address in DATABASE_URL"
    )]
    NoPostgres {
        /// Where it was looked for, and what was wrong there.
        looked: String,
    },
    /// The managed Postgres does not start, or its folder cannot be used. The text says what helps.
    #[error("{0}")]
    Cluster(String),
    /// A file of the data folder.
    #[error("use {path}", path = .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("migrate the database")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row that cannot be: written past the checks of this product.
    #[error("a stored value makes no sense: {0}")]
    Corrupt(String),
    /// The database cannot be reached, or answered something unforeseen.
    #[error("reach the database")]
    Unavailable(#[source] sqlx::Error),
}

/// A value that the schema refuses and no name foresees. Functions of ours say why; Postgres names tables and values, which are
/// nobody's business.
fn unforeseen(database: &(dyn DatabaseError + 'static), code: &str) -> Fault {
    let constraint = database.constraint().unwrap_or_default();
    let raised = database.try_downcast_ref::<PgDatabaseError>();
    if raised.and_then(PgDatabaseError::routine) == Some("exec_stmt_raise") {
        return Fault::new(constraint, "constraint", database.message());
    }
    tracing::warn!(
        code,
        constraint,
        "the schema refused a value that nothing before it has refused"
    );
    Fault::new("value", "constraint", "holds a value that can't be stored")
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::Unavailable(error);
        };
        let constraint = database.constraint().unwrap_or_default();
        if let Some(fault) = refusals::of(constraint) {
            return Self::Refused(fault);
        }
        match database.code().as_deref().unwrap_or_default() {
            "42501" => Self::Forbidden,
            "40001" | "40P01" | "55P03" => Self::Conflict(error),
            "P0002" => Self::NotFound,
            // Integrity and data exceptions that no name above foresees: the value is at fault, not the database.
            code if code.starts_with("23") || code.starts_with("22") => Self::Refused(unforeseen(database, code)),
            _ => Self::Unavailable(error),
        }
    }
}
