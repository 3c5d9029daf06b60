//! `provdir mcp`: the Model Context Protocol over standard input and output, for a client that starts the program itself.

use std::{convert::Infallible, fmt, process::ExitCode, str::FromStr, sync::Arc};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::interfaces::{http::Rooms, mcp};

/// On whose behalf the tools are called.
#[derive(Debug, Args)]
pub struct Options {
    /// A token, best given as PROVDIR_TOKEN where no list of processes shows it: then the tools see and may what its bearer does.
    /// Without one they see what everybody may.
    #[arg(long, env = "PROVDIR_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    token: Option<Token>,
}

/// A token that no log shows.
#[derive(Clone)]
struct Token(String);

impl FromStr for Token {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// Speaks until the client closes standard input, or until told to stop.
///
/// # Errors
/// If the client does not speak the protocol.
pub async fn run(rooms: Arc<Rooms>, options: &Options, stop: CancellationToken) -> Result<ExitCode, Error> {
    let token = options.token.as_ref().map(|token| token.0.as_str());
    mcp::over_stdio(rooms, token.filter(|token| !token.is_empty()), stop).await?;
    Ok(ExitCode::SUCCESS)
}
