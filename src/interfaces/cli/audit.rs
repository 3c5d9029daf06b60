//! `provdir audit ...`: whether anybody has touched the audit, what is in it, and the report of a year.

use std::process::ExitCode;

use clap::Subcommand;

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
    /// Who did what how often in a year, how often they said why, and whether any row was touched since. Exit code 1 if one was.
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
            let report = audit::year_report(&mut tx, *year).await?;
            if *json {
                print_json(&report)?;
            } else {
                for count in &report.counts {
                    print(&format!(
                        "{:>9} {:>9}  {:<40} {}",
                        count.times, count.explained, count.action, count.actor
                    ))?;
                }
                report.breaks.iter().try_for_each(|found| print(found))?;
                report
                    .heads
                    .iter()
                    .try_for_each(|head| print(&format!("head {head}")))?;
                let said = if report.sound {
                    "as they were written"
                } else {
                    "TOUCHED"
                };
                print(&format!(
                    "{} rows by {} actors; all chains: {said}",
                    report.rows, report.actors
                ))?;
            }
            return Ok(if report.sound {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}
