//! Whether a profile's name fits the provider of its number.

use super::{Error, Tx, providers::npi_column};
use crate::vocab::{Fault, Npi};

/// That a number is somebody's of another name: a slip would put this practice on a stranger's page. The platform may say that
/// it is the same person.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn other_name(tx: &mut Tx, npi: Option<Npi>, name: &str) -> Result<Option<Fault>, Error> {
    let Some(npi) = npi else { return Ok(None) };
    let conflicts: bool =
        sqlx::query_scalar("SELECT practitioner_provider($1) IS NOT NULL AND practitioner_links($1, $2, NULL) IS NULL")
            .bind(npi_column(npi))
            .bind(name.trim())
            .fetch_one(tx.connection())
            .await?;
    let message =
        "is somebody's of another name in the directory: correct the number or the name, or let the platform set it";
    Ok(conflicts.then(|| Fault::new("npi", "other_name", message)))
}
