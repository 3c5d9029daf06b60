//! `provdir bench`: what to measure, and how it is printed.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Args;

use super::{Error, print, print_json};

/// Measures the query mix on invented providers, and checks a sample of every kind by brute force.
#[derive(Debug, Args)]
pub struct Options {
    /// Providers; the index is built at the first run and kept in the data folder [default: 100000; against Postgres 1000000].
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    providers: Option<u64>,
    /// Seed of providers and queries.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Queries, over all kinds.
    #[arg(long, default_value_t = 2_000)]
    pub queries: usize,
    /// Times that each query is run.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Queries of each kind to check by brute force; 0 checks none.
    #[arg(long, default_value_t = 10)]
    pub check: usize,
    /// Only queries of this kind (`npi`, `name near`, ...); repeat for several.
    #[arg(long = "kind", value_name = "KIND")]
    pub kinds: Vec<String>,
    /// Also show so many of the slowest queries of each kind.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub slowest: usize,
    /// Ask Postgres the same, in a store of the bench's own with the same providers, and print the ratio.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub against: Option<Rival>,
    /// Ask the server the same over HTTP on this machine: on one connection, and as much as it can answer.
    #[arg(long)]
    http: bool,
    /// Seconds that each load over HTTP goes on.
    #[arg(long, default_value_t = 5.0, value_name = "SECONDS")]
    load: f64,
    /// Draw the latencies into an SVG file.
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// What else can be asked the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Rival {
    /// Postgres, with indexes made for these queries.
    Postgres,
}

impl Options {
    /// How many providers.
    pub fn providers(&self) -> u64 {
        let usual = if self.against.is_some() { 1_000_000 } else { 100_000 };
        self.providers.unwrap_or(usual)
    }

    /// How long each load over HTTP goes on; none: there is none.
    pub fn load(&self) -> Option<Duration> {
        self.http
            .then(|| Duration::try_from_secs_f64(self.load).unwrap_or_default())
    }
}

/// A finished measurement, as the wiring hands it over.
pub trait Measured: std::fmt::Display + serde::Serialize {
    /// Queries whose answer differed from brute force.
    fn differences(&self) -> usize;
}

/// The folder of the index of a bench.
pub fn folder(data: &Path, options: &Options) -> PathBuf {
    data.join(format!("bench-{}-{}", options.providers(), options.seed))
}

/// The folder of the Postgres of a bench.
pub fn postgres_folder(data: &Path, options: &Options) -> PathBuf {
    data.join(format!("bench-postgres-{}-{}", options.providers(), options.seed))
}

/// Tells progress on standard error.
pub fn said(line: &str) {
    use io::Write;
    // Progress is a courtesy: a closed terminal must not end the bench.
    writeln!(io::stderr().lock(), "{line}").ok();
}

/// Prints a report. A difference to brute force is a failure.
///
/// # Errors
/// If standard output is closed.
pub fn report(report: &impl Measured, options: &Options) -> Result<ExitCode, Error> {
    if options.json {
        print_json(report)?;
    } else {
        print(&report.to_string())?;
    }
    Ok(if report.differences() == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
