//! `provdir import ...`: files from outside.

use std::{path::PathBuf, process::ExitCode};

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{Error, REJECTED, print, print_json};
use crate::{index::schema::Handle, intake::nppes, store::Store};

/// Takes providers from files.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// NPPES: the files of CMS in either version (csv, gz, or the zip as shipped; main, weekly, practice locations, other
    /// names, endpoints, deactivations) and JSON of the NPI Registry API. Said twice, it changes nothing.
    Nppes {
        /// The files. Of one month: the main file first.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Where rejected rows go, with line and reason.
        #[arg(long, default_value = "rejects.csv", value_name = "FILE")]
        rejects: PathBuf,
        /// A full load: the index is rebuilt once instead of following row by row.
        #[arg(long)]
        bulk: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs an import. Exit code 3 if rows were rejected; the good ones are in.
///
/// # Errors
/// If a file can't be read at all, or Postgres goes away; the same command then goes on where it stopped.
pub async fn run(
    store: &Store,
    schema: &Handle,
    command: &Command,
    clock: fn() -> DateTime<Utc>,
) -> Result<ExitCode, Error> {
    let Command::Nppes {
        files,
        rejects,
        bulk,
        json,
    } = command;
    let options = nppes::Options {
        rejects: Some(rejects.clone()),
        bulk: *bulk,
        ..nppes::Options::default()
    };
    let report = nppes::import(store, &schema.lexicon(), files, &options, &nppes::Bar::new(), clock)
        .await
        .map_err(|e| Error::Import(Box::new(e)))?;
    if *json {
        print_json(&report)?;
    } else {
        print(report.to_string().trim_end())?;
    }
    Ok(if report.has_rejects() { ExitCode::from(REJECTED) } else { ExitCode::SUCCESS })
}
