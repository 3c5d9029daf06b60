//! `provdir import ...`: files from outside.

use std::{path::PathBuf, process::ExitCode};

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{Error, REJECTED, print, print_json};
use crate::intake::nppes;
use crate::store::Store;
use crate::vocab::Lexicon;

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
        /// Begin anew where an earlier run was broken off.
        #[arg(long)]
        restart: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs an import. Exit code 3 if rows were rejected; the good ones are in.
///
/// # Errors
/// If a file can't be read at all, or Postgres goes away; the same command then goes on where it stopped.
pub async fn run(store: &Store, lexicon: &Lexicon, command: &Command, now: DateTime<Utc>) -> Result<ExitCode, Error> {
    let Command::Nppes {
        files,
        rejects,
        restart,
        json,
    } = command;
    let options = nppes::Options {
        reject_file: Some(rejects.clone()),
        restart: *restart,
        ..nppes::Options::default()
    };
    let report = nppes::import(store, lexicon, files, &options, &nppes::Bar::new(), now).await?;
    if *json {
        print_json(&report)?;
    } else {
        print(report.to_string().trim_end())?;
    }
    Ok(if report.has_rejects() {
        ExitCode::from(REJECTED)
    } else {
        ExitCode::SUCCESS
    })
}
