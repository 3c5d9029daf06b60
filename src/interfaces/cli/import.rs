//! `provdir import ...`: files from outside.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};

use super::{Error, REJECTED, print, print_json, token::operator};
use crate::intake::{
    exclusions::{self, Layout},
    nppes, roster,
};
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
        /// Days for which what somebody has vouched for is kept against the files; what differs is proposed.
        #[arg(long, value_name = "N", default_value_t = crate::domain::survivorship::TRUSTED_DAYS)]
        trust_days: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Who takes part in a network: CSV with the columns npi and effective, and termination, tier, accepting,
    /// characteristics, status. With --dry-run first.
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
    /// or asks to be let in, is compared with it. The full file is better than supplements, which do not add up to it exactly.
    Leie {
        /// The file.
        #[command(flatten)]
        list: ExclusionFile,
    },
    /// SAM.gov's public extract of exclusions, as CSV.
    Sam {
        /// The file.
        #[command(flatten)]
        list: ExclusionFile,
    },
    /// The list of a state or of somebody else, by a layout that says which column is what.
    Exclusions {
        /// The layout: TOML with source, date_formats, needed and columns.
        #[arg(long, value_name = "FILE")]
        layout: PathBuf,
        /// The file.
        #[command(flatten)]
        list: ExclusionFile,
    },
}

/// A list of exclusions.
#[derive(Clone, Debug, Args)]
pub struct ExclusionFile {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What it is of its list.
    #[arg(long, value_enum, default_value_t = Part::Whole)]
    part: Part,
    /// The day whose state it has [default: today].
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Read it and say what is damaged; write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take it for the whole list also where it is empty, or much shorter than the one before.
    #[arg(long)]
    force: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// What a file is of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// All of it.
    Whole,
    /// A supplement of lines that have come.
    Additions,
    /// A supplement of lines that are lifted.
    Reinstatements,
}

/// Runs an import. Exit code 3 if rows were rejected; the good ones are in.
///
/// # Errors
/// If a file can't be read at all, or Postgres goes away; the same command then goes on where it stopped.
pub async fn run(store: &Store, lexicon: &Lexicon, command: &Command, now: DateTime<Utc>) -> Result<ExitCode, Error> {
    let (files, rejects, restart, trust_days, json) = match command {
        Command::Nppes {
            files,
            rejects,
            restart,
            trust_days,
            json,
        } => (files, rejects, restart, trust_days, json),
        Command::Roster {
            file,
            network,
            dry_run,
            json,
        } => return take_roster(store, file, *network, *dry_run, *json, now).await,
        Command::Leie { list } => return take_list(store, &Layout::leie(), list, now).await,
        Command::Sam { list } => return take_list(store, &Layout::sam(), list, now).await,
        Command::Exclusions { layout, list } => return take_list(store, &Layout::read(layout)?, list, now).await,
    };
    let options = nppes::Options {
        reject_file: Some(rejects.clone()),
        restart: *restart,
        trusted_days: *trust_days,
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

async fn take_list(
    store: &Store,
    layout: &Layout,
    list: &ExclusionFile,
    now: DateTime<Utc>,
) -> Result<ExitCode, Error> {
    let asked = exclusions::Asked {
        file: &list.file,
        layout,
        part: match list.part {
            Part::Whole => exclusions::Part::Whole,
            Part::Additions => exclusions::Part::Additions,
            Part::Reinstatements => exclusions::Part::Reinstatements,
        },
        as_of: list.as_of.unwrap_or_else(|| now.date_naive()),
        dry_run: list.dry_run,
        force: list.force,
    };
    let report = exclusions::import(store, &operator(), asked, now).await?;
    told_of_list(&report, list.json)
}

fn told_of_list(report: &exclusions::Report, json: bool) -> Result<ExitCode, Error> {
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
                "{} providers compared: {} by their NPI, {} names to look at; {} findings no longer hold",
                report.screened, report.identified, report.candidates, report.lifted
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
