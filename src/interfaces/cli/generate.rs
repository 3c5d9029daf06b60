//! `provdir generate`: synthetic providers as NPPES files.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::{Error, print, print_json, progress};
use crate::intake::generate;

/// How many, from which seed, where to.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// How many.
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    providers: u64,
    /// The same seed gives the same bytes.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// The folder to write to; made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Writes the files.
///
/// # Errors
/// If the folder can't be written, or there are not so many NPIs.
pub fn run(options: &Options) -> Result<ExitCode, Error> {
    let bar = progress::bar(options.providers, "providers written");
    let written = generate::write(&options.out, options.providers, options.seed, |done| {
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if options.json {
        print_json(&written)?;
    } else {
        print(&format!(
            "{} providers at {} places, {} participations, in {}",
            written.providers,
            written.locations,
            written.participations,
            options.out.display()
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
