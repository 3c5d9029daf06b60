//! `provdir mcp`: the Model Context Protocol over standard input and output, for a client that starts the program itself.

use std::{process::ExitCode, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::Error;
use crate::interfaces::{http::Rooms, mcp};

/// Speaks until the client closes standard input, or until told to stop.
///
/// # Errors
/// If the client does not speak the protocol.
pub async fn run(rooms: Arc<Rooms>, stop: CancellationToken) -> Result<ExitCode, Error> {
    mcp::over_stdio(rooms, stop).await?;
    Ok(ExitCode::SUCCESS)
}
