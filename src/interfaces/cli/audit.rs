//! `provdir audit ...`: whether anybody has touched the audit, what is in it, and the report of a year.

use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Subcommand;
use serde_json::json;

use super::{Error, print, print_json, token::operator};
use crate::domain::audit::Head;
use crate::store::{
    Store,
    audit::{self, Filter},
};

/// Checks and reads the audit.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Recompute every link of every chain. Exit code 1 if a row was changed, removed, added past the program, or moved.
    Verify {
        /// A head that an earlier run printed and that was kept elsewhere: it must still be in its chain.
        #[arg(long = "head", value_name = "CHAIN:NUMBER:HASH")]
        heads: Vec<Head>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print rows, the latest first.
    List {
        /// Of this kind of thing, such as `provider`.
        #[arg(long)]
        entity: Option<String>,
        /// Of this very thing.
        #[arg(long, value_name = "ID")]
        entity_id: Option<String>,
        /// By this actor.
        #[arg(long)]
        actor: Option<String>,
        /// How many.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
    },
    /// Who did what how often in a year.
    Report {
        /// Which year.
        #[arg(long, value_parser = clap::value_parser!(i32).range(1970..=9998))]
        year: i32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs an audit command.
///
/// # Errors
/// If Postgres can't be reached.
pub async fn run(store: &Store, command: &Command) -> Result<ExitCode, Error> {
    let mut tx = store.begin(&operator()).await?;
    match command {
        Command::Verify { heads, json } => {
            let report = audit::verify(&mut tx, heads).await?;
            let sound = report.breaks.is_empty();
            if *json {
                print_json(&report)?;
            } else {
                for found in &report.breaks {
                    let place = found.number.map_or_else(|| "-".to_owned(), |n| n.to_string());
                    let row = found.audit_id.map_or_else(|| "-".to_owned(), |n| n.to_string());
                    print(&format!(
                        "{:?}: chain {}, link {place}, row {row}",
                        found.fault, found.chain
                    ))?;
                }
                for head in &report.heads {
                    print(&format!("head {head}"))?;
                }
                let said = if sound { "as they were written" } else { "TOUCHED" };
                print(&format!("{} rows: {said}", report.rows))?;
            }
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::List {
            entity,
            entity_id,
            actor,
            limit,
        } => {
            let filter = Filter {
                entity: entity.clone(),
                entity_id: entity_id.clone(),
                actor: actor.clone(),
                ..Filter::default()
            };
            print_json(&audit::list(&mut tx, &filter, *limit).await?)?;
        }
        Command::Report { year, json } => {
            let counts = audit::counts(&mut tx, new_year(*year), new_year(year + 1)).await?;
            if *json {
                print_json(&json!({ "year": year, "counts": counts }))?;
            } else {
                for count in counts {
                    print(&format!("{:>9}  {:<40} {}", count.times, count.action, count.actor))?;
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The first moment of a year.
fn new_year(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1)
        .unwrap_or(NaiveDate::MAX)
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
}
