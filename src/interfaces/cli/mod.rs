//! The command line: its grammar, and what each command prints. `main` joins the two with the rooms.
//!
//! Results go to standard output, one JSON document with `--json`; progress and logs go to standard error. Exit codes:
//! 0 done, 1 failed or a difference was found, 2 the command line was not understood, 3 done but some rows were rejected.

pub mod audit;
pub mod bench;
pub mod demo;
pub mod demo_accounts;
pub mod demo_content;
pub mod generate;
pub mod import;
pub mod index;
pub mod matching;
pub mod mcp;
pub mod organization;
mod progress;
mod records;
pub mod search;
pub mod token;
pub mod user;

use std::{io, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

/// The exit code where everything was done but some rows of the input were rejected, with the reason.
pub const REJECTED: u8 = 3;

/// A directory of healthcare providers that is built around search.
#[derive(Debug, Parser)]
#[command(
    name = "provdir",
    version,
    about,
    max_term_width = 120,
    arg_required_else_help = true
)]
pub struct CommandLine<S: Args> {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Settings that every command takes.
    #[command(flatten)]
    pub settings: S,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything with real and synthetic providers, and say what to try.
    Demo(demo::Options),
    /// Serve searches and changes.
    Serve,
    /// Take providers from files.
    #[command(subcommand)]
    Import(import::Command),
    /// Write synthetic providers as NPPES files: the same seed gives the same bytes.
    Generate(generate::Options),
    /// Look after the index.
    #[command(subcommand)]
    Index(index::Command),
    /// Search on the terminal, from the index folder alone.
    Search(search::Options),
    /// Match a file of records against the directory; estimate the weights; look for duplicates.
    Match(Box<matching::Options>),
    /// Measure the query mix at any size, checked by brute force.
    Bench(bench::Options),
    /// Answer a client of the Model Context Protocol over standard input and output; a running server has it at /mcp.
    Mcp(mcp::Options),
    /// Tokens for administrators and machines.
    #[command(subcommand)]
    Token(token::Command),
    /// Accounts of people.
    #[command(subcommand)]
    User(user::Command),
    /// Tenants.
    #[command(subcommand)]
    Organization(organization::Command),
    /// Check and read the audit.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print the version.
    Version {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store of record refused or is away.
    #[error("use the store")]
    Store(#[from] crate::store::Error),
    /// The feed or the index failed.
    #[error("bring the index up to date")]
    Feed(#[from] crate::feed::Error),
    /// A file could not be taken.
    #[error("import")]
    Import(#[from] crate::intake::Error),
    /// Synthetic files could not be written.
    #[error(transparent)]
    Generate(#[from] crate::intake::generate::Error),
    /// Parameters of a search that were refused.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<crate::vocab::Fault>),
    /// The search itself failed.
    #[error("search")]
    Query(#[from] crate::query::Error),
    /// A client of the Model Context Protocol.
    #[error(transparent)]
    Mcp(#[from] crate::interfaces::mcp::Error),
    /// A part of what is done on all cores.
    #[error(transparent)]
    BrokenOff(#[from] crate::interfaces::parts::BrokenOff),
    /// A file or the terminal could not be written.
    #[error("write")]
    Write(#[from] io::Error),
}

/// Prints what `provdir version` says.
///
/// # Errors
/// If standard output is closed.
pub fn version(json: bool) -> Result<ExitCode, Error> {
    let version = env!("CARGO_PKG_VERSION");
    if json {
        print_json(&serde_json::json!({ "name": "provdir", "version": version }))?;
    } else {
        print(&format!("provdir {version}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One line to standard output.
pub(crate) fn print(line: &str) -> io::Result<()> {
    use io::Write;
    writeln!(io::stdout().lock(), "{line}")
}

/// One JSON document to standard output, indented.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    print(&serde_json::to_string_pretty(value)?)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(Debug, Args)]
    struct None {}

    #[test]
    fn the_grammar_holds_together() {
        CommandLine::<None>::command().debug_assert();
    }
}
