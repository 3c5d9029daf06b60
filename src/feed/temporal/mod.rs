//! Credentialing on a Temporal server, for those who run one: it waits, keeps the timers and asks again, Postgres keeps all
//! that is known, and each step is the same transaction as without it.
//!
//! Every request is a workflow there, of its name. It asks for what is due to be done ([`super::workflow::advance`]), waits
//! as long as it is told or until it is called, and ends with the request. Calls are written with what they are about, in
//! one transaction, and told from here until Temporal has heard them: it may be away, and nothing is lost or held up.

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::store::Store;

#[cfg(feature = "temporal")]
mod credentialing;
#[cfg(feature = "temporal")]
mod worker;

/// Lets the server named `server` wait, until told to stop. Must be called within a tokio runtime.
///
/// # Errors
/// If the name or what the environment says about Temporal makes no sense, or this program was built without it.
#[cfg(feature = "temporal")]
pub fn start(
    store: &Store,
    server: &str,
    clock: fn() -> DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<JoinHandle<()>, Error> {
    worker::start(store, server, clock, stop).map_err(|why| refused(server, &why))
}

/// Refuses: this program was built without it.
///
/// # Errors
/// Always.
#[cfg(not(feature = "temporal"))]
pub fn start(
    _store: &Store,
    server: &str,
    _clock: fn() -> DateTime<Utc>,
    _stop: &CancellationToken,
) -> Result<JoinHandle<()>, Error> {
    Err(refused(server, "this program was built without the feature temporal"))
}

fn refused(server: &str, why: &str) -> Error {
    Error::Temporal {
        server: server.to_owned(),
        why: why.to_owned(),
    }
}
