//! `provdir import ...`: files from outside.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::{DateTime, NaiveDate, Utc};
use clap::Subcommand;

use super::{Error, REJECTED, print, print_json, token::operator};
use crate::intake::{leie, nppes, roster};
use crate::store::{Store, rosters};
use crate::vocab::{Lexicon, NetworkId};

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
    /// Who takes part in a network: CSV with the columns npi and effective, and termination, tier, accepting, status. With
    /// --dry-run first.
    Roster {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The network, by id.
        #[arg(long, value_name = "ID")]
        network: NetworkId,
        /// Say what is wrong with which line; change nothing.
        #[arg(long)]
        dry_run: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// The OIG's list of people and firms that are excluded from Medicare and Medicaid: the monthly CSV. Everybody who is in,
    /// or asks to be let in, is compared with it.
    Leie {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The day whose state it has [default: today].
        #[arg(long, value_name = "DATE")]
        as_of: Option<NaiveDate>,
        /// Read it and say what is damaged; write nothing.
        #[arg(long)]
        dry_run: bool,
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
    let (files, rejects, restart, json) = match command {
        Command::Nppes {
            files,
            rejects,
            restart,
            json,
        } => (files, rejects, restart, json),
        Command::Roster {
            file,
            network,
            dry_run,
            json,
        } => return take_roster(store, file, *network, *dry_run, *json, now).await,
        Command::Leie {
            file,
            as_of,
            dry_run,
            json,
        } => {
            let as_of = as_of.unwrap_or_else(|| now.date_naive());
            let report = leie::import(store, &operator(), file, as_of, *dry_run, now).await?;
            return told_of_list(&report, *json);
        }
    };
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

fn told_of_list(report: &leie::Report, json: bool) -> Result<ExitCode, Error> {
    if json {
        print_json(report)?;
    } else {
        for skipped in &report.skipped_lines {
            print(&format!("line {}: {}", skipped.line, skipped.reason))?;
        }
        let what = if report.dry_run {
            "read, nothing written"
        } else {
            "loaded"
        };
        print(&format!("{} lines {what}, {} damaged", report.lines, report.skipped))?;
        if !report.dry_run {
            print(&format!(
                "{} providers compared: {} by their NPI, {} names to look at",
                report.screened, report.identified, report.candidates
            ))?;
        }
    }
    Ok(if report.skipped > 0 {
        ExitCode::from(REJECTED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Checks a roster, and applies its good rows unless it is only looked at.
async fn take_roster(
    store: &Store,
    file: &Path,
    network: NetworkId,
    dry_run: bool,
    json: bool,
    now: DateTime<Utc>,
) -> Result<ExitCode, Error> {
    let bytes = std::fs::read(file)?;
    let mut tx = store.begin(&operator()).await?;
    let checked = rosters::known(&mut tx, roster::read(&bytes)).await?;
    let id = rosters::keep(&mut tx, network, &checked, now).await?;
    let kept = if dry_run {
        rosters::find(&mut tx, id).await?
    } else {
        rosters::apply(&mut tx, id, now).await?
    };
    if !dry_run {
        tx.commit().await?; // A dry run leaves nothing behind.
    }
    if json {
        print_json(&kept)?;
    } else {
        for fault in &kept.faults {
            print(&format!("line {}: {}: {}", fault.line, fault.field, fault.message))?;
        }
        let changed = kept.changed.map(|n| format!(", {n} participations changed"));
        print(&format!("{} good rows{}", kept.good, changed.unwrap_or_default()))?;
    }
    Ok(if kept.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(REJECTED)
    })
}
