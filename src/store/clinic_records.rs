//! Contacts and papers of a clinic, a tenant's own site or an outside provider of an agency's network.
//!
//! The same statements serve the tenant and the provider's own people: what each gets to see is row-level security's business.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::types::Uuid;

use super::{Error, Tx, audit, connection::hex};
use crate::domain::{
    line::{check_line, check_phone},
    person::is_email,
};
use crate::vocab::{ClinicId, Fault, ProviderId};

/// Whose records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clinic {
    /// A site of the tenant.
    Own(ClinicId),
    /// An outside provider of an agency's network.
    Outside(ProviderId),
}

impl Clinic {
    fn own(self) -> Option<Uuid> {
        match self {
            Self::Own(id) => Some(id.0),
            Self::Outside(_) => None,
        }
    }

    fn outside(self) -> Option<Uuid> {
        match self {
            Self::Own(_) => None,
            Self::Outside(id) => Some(id.0),
        }
    }
}

/// Somebody to talk to at a clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Contact {
    /// Its key.
    pub id: Uuid,
    /// What they are called.
    pub name: String,
    /// What they do there.
    pub role: Option<String>,
    /// Where they are reached.
    pub phone: Option<String>,
    /// Where they are reached.
    pub email: Option<String>,
}

/// A contact to be kept.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    /// What they are called.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// What they do there.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub role: Option<String>,
    /// Where they are reached.
    #[serde(default)]
    #[schemars(length(max = 40))]
    pub phone: Option<String>,
    /// Where they are reached.
    #[serde(default)]
    #[schemars(length(max = 254))]
    pub email: Option<String>,
}

impl NewContact {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(check_line("name", &self.name, 200).err());
        let role = self.role.as_deref().filter(|role| !role.is_empty());
        faults.extend(role.and_then(|role| check_line("role", role, 100).err()));
        let phone = self.phone.as_deref().filter(|phone| !phone.is_empty());
        faults.extend(phone.and_then(|phone| check_phone("phone", phone).err()));
        let email = self.email.as_deref().filter(|email| !email.is_empty());
        if email.is_some_and(|email| !is_email(email)) {
            faults.push(Fault::new("email", "format", "an address such as jane@example.org"));
        }
        faults
    }
}

/// A paper of a clinic; its bytes are fetched by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Paper {
    /// Its key.
    pub id: Uuid,
    /// Its name, without a path.
    pub name: String,
    /// As declared, and as its first bytes say.
    pub media_type: String,
    /// Its length.
    pub size_bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Whether the people of an outside clinic see it in the portal.
    pub shareable: bool,
    /// When it was put there.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct PaperRow {
    id: Uuid,
    name: String,
    media_type: String,
    size_bytes: i64,
    sha256: Vec<u8>,
    shareable: bool,
    created_at: DateTime<Utc>,
}

impl From<PaperRow> for Paper {
    fn from(row: PaperRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256: hex(&row.sha256),
            shareable: row.shareable,
            created_at: row.created_at,
        }
    }
}

/// Whether the tenant has this clinic: of one that it does not know it has no records.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn must_be_known(tx: &mut Tx, clinic: Clinic) -> Result<(), Error> {
    let known: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM clinic c WHERE c.id = $1 AND c.organization_id = app_organization_id())
            OR EXISTS (SELECT 1 FROM agency_provider a
                WHERE a.provider_id = $2 AND a.organization_id = app_organization_id())",
    )
    .bind(clinic.own())
    .bind(clinic.outside())
    .fetch_one(tx.connection())
    .await?;
    if known { Ok(()) } else { Err(Error::NotFound) }
}

/// The contacts of a clinic, by name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn contacts(tx: &mut Tx, clinic: Clinic) -> Result<Vec<Contact>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, name, role, phone, email FROM clinic_contact
        WHERE clinic_id IS NOT DISTINCT FROM $1 AND provider_id IS NOT DISTINCT FROM $2 ORDER BY name, id",
    )
    .bind(clinic.own())
    .bind(clinic.outside())
    .fetch_all(tx.connection())
    .await?)
}

/// Keeps a contact.
///
/// # Errors
/// [`Error::Refused`] where the clinic is not the tenant's, or the address is none.
pub async fn add_contact(tx: &mut Tx, clinic: Clinic, new: &NewContact) -> Result<Contact, Error> {
    let contact: Contact = sqlx::query_as(
        "INSERT INTO clinic_contact (organization_id, clinic_id, provider_id, name, role, phone, email)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6)
        RETURNING id, name, role, phone, email",
    )
    .bind(clinic.own())
    .bind(clinic.outside())
    .bind(&new.name)
    .bind(&new.role)
    .bind(&new.phone)
    .bind(&new.email)
    .fetch_one(tx.connection())
    .await?;
    let nothing = serde_json::json!({});
    audit::record(
        tx,
        "clinic_contact.add",
        "clinic_contact",
        &contact.id.to_string(),
        &nothing,
    )
    .await?;
    Ok(contact)
}

/// Forgets a contact.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_contact(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    let done = sqlx::query("DELETE FROM clinic_contact WHERE id = $1")
        .bind(id)
        .execute(tx.connection())
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let nothing = serde_json::json!({});
    audit::record(tx, "clinic_contact.remove", "clinic_contact", &id.to_string(), &nothing).await
}

/// The papers of a clinic, by time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn papers(tx: &mut Tx, clinic: Clinic) -> Result<Vec<Paper>, Error> {
    let rows: Vec<PaperRow> = sqlx::query_as(
        "SELECT id, name, media_type, size_bytes, sha256, shareable, created_at FROM clinic_document
        WHERE clinic_id IS NOT DISTINCT FROM $1 AND provider_id IS NOT DISTINCT FROM $2 ORDER BY created_at, id",
    )
    .bind(clinic.own())
    .bind(clinic.outside())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// A paper to be kept: its name and type are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPaper<'a> {
    /// Without a path.
    pub name: &'a str,
    /// As declared and found.
    pub media_type: &'static str,
    /// All of it.
    pub content: &'a [u8],
}

/// Keeps a paper. Nobody outside sees it until it is made shareable.
///
/// # Errors
/// [`Error::Refused`] where the clinic is not the tenant's.
pub async fn add_paper(tx: &mut Tx, clinic: Clinic, new: &NewPaper<'_>) -> Result<Paper, Error> {
    let row: PaperRow = sqlx::query_as(
        "INSERT INTO clinic_document (organization_id, clinic_id, provider_id, name, media_type, size_bytes, sha256, content)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7)
        RETURNING id, name, media_type, size_bytes, sha256, shareable, created_at",
    )
    .bind(clinic.own())
    .bind(clinic.outside())
    .bind(new.name)
    .bind(new.media_type)
    .bind(i64::try_from(new.content.len()).unwrap_or(i64::MAX))
    .bind(Sha256::digest(new.content).to_vec())
    .bind(new.content)
    .fetch_one(tx.connection())
    .await?;
    let nothing = serde_json::json!({});
    audit::record(
        tx,
        "clinic_document.add",
        "clinic_document",
        &row.id.to_string(),
        &nothing,
    )
    .await?;
    Ok(row.into())
}

/// Shows a paper to the clinic's own people, or hides it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] for the tenant's own clinic, which has no portal.
pub async fn set_paper_shareable(tx: &mut Tx, clinic: Clinic, id: Uuid, shareable: bool) -> Result<Paper, Error> {
    if clinic.outside().is_none() {
        let message = "only papers of outside clinics are shown in a portal";
        return Err(Error::Refused(Fault::new("shareable", "own_clinic", message)));
    }
    let row: Option<PaperRow> = sqlx::query_as(
        "UPDATE clinic_document SET shareable = $3 WHERE id = $1 AND provider_id = $2
        RETURNING id, name, media_type, size_bytes, sha256, shareable, created_at",
    )
    .bind(id)
    .bind(clinic.outside())
    .bind(shareable)
    .fetch_optional(tx.connection())
    .await?;
    let paper = row.map(Paper::from).ok_or(Error::NotFound)?;
    let detail = serde_json::json!({ "shareable": shareable });
    audit::record(
        tx,
        "clinic_document.shareable",
        "clinic_document",
        &id.to_string(),
        &detail,
    )
    .await?;
    Ok(paper)
}

/// The bytes of a paper that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn paper_content(tx: &mut Tx, clinic: Clinic, id: Uuid) -> Result<(Paper, Vec<u8>), Error> {
    let mut papers = papers(tx, clinic).await?;
    papers.retain(|paper| paper.id == id);
    let paper = papers.pop().ok_or(Error::NotFound)?;
    let content: Option<Vec<u8>> = sqlx::query_scalar("SELECT content FROM clinic_document WHERE id = $1")
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    let nothing = serde_json::json!({});
    audit::record(tx, "clinic_document.read", "clinic_document", &id.to_string(), &nothing).await?;
    Ok((paper, content.ok_or(Error::NotFound)?))
}
