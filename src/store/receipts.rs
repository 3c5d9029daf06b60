//! Decisions that can be proved later: stated, hashed, signed, never changed.

use chrono::{DateTime, NaiveDate, Utc};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use super::{Error, Store, Tx, pruning};
use crate::domain::network::Statement;
use crate::vocab::OrganizationId;

/// A receipt as it is kept.
#[derive(Clone, Debug, FromRow)]
pub struct Receipt {
    /// Its key.
    pub id: Uuid,
    /// Whose it is.
    pub organization_id: Uuid,
    /// The payer's own word for the claim.
    pub claim_ref: Option<String>,
    /// What it states.
    #[sqlx(json)]
    pub statement: Statement,
    /// SHA-256 of the statement's bytes.
    pub hash: Vec<u8>,
    /// HMAC-SHA-256 of the hash by the directory's own key.
    pub signature: Vec<u8>,
    /// When it was given.
    pub created_at: DateTime<Utc>,
    /// To whom.
    pub created_by: String,
}

/// Keeps a statement, signed.
///
/// # Errors
/// [`Error::Forbidden`] for another tenant's.
pub async fn keep(
    tx: &mut Tx,
    organization: OrganizationId,
    claim_ref: Option<&str>,
    statement: &Statement,
) -> Result<Uuid, Error> {
    let hash = Sha256::digest(statement.bytes()).to_vec();
    let signature = sign(&key(tx).await?, &hash);
    Ok(sqlx::query_scalar(
        "INSERT INTO network_receipt (organization_id, claim_ref, npi, service_date, known_at, statement, hash, signature)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id",
    )
    .bind(organization.0)
    .bind(claim_ref)
    .bind(statement.question.npi.number().cast_signed())
    .bind(statement.question.service_date)
    .bind(statement.known_at)
    .bind(Json(statement))
    .bind(hash)
    .bind(signature)
    .fetch_one(tx.connection())
    .await?)
}

/// A receipt that the actor may see, and whether hash and signature are right.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<(Receipt, bool)>, Error> {
    let found: Option<Receipt> = sqlx::query_as(
        "SELECT id, organization_id, claim_ref, statement, hash, signature, created_at, created_by
        FROM network_receipt WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    let Some(receipt) = found else { return Ok(None) };
    let hash = Sha256::digest(receipt.statement.bytes()).to_vec();
    let good = hash == receipt.hash && sign(&key(tx).await?, &hash) == receipt.signature;
    Ok(Some((receipt, good)))
}

/// The receipts of a period of service behind `after`, by key: for deciding them again.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn of_period(
    tx: &mut Tx,
    from: NaiveDate,
    until: NaiveDate,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Receipt>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, organization_id, claim_ref, statement, hash, signature, created_at, created_by
        FROM network_receipt
        WHERE service_date BETWEEN $1 AND $2 AND id > $3
        ORDER BY id
        LIMIT $4",
    )
    .bind(from)
    .bind(until)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Takes receipts away that were given before `older_than`, in batches; how many. The schema keeps what is younger than two years.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn prune(store: &Store, older_than: DateTime<Utc>) -> Result<u64, Error> {
    let statement = "DELETE FROM network_receipt WHERE id = ANY (ARRAY(
            SELECT r.id FROM network_receipt r
            WHERE r.created_at < $1 AND r.created_at < now() - interval '2 years' LIMIT $2))";
    pruning::in_batches(store, statement, older_than).await
}

async fn key(tx: &mut Tx) -> Result<String, Error> {
    Ok(sqlx::query_scalar("SELECT network_receipt_key()")
        .fetch_one(tx.connection())
        .await?)
}

fn sign(key: &str, hash: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("a key of any length");
    mac.update(hash);
    mac.finalize().into_bytes().to_vec()
}
