//! The outside providers that an agency works with, its notes about them, and the clothes of their portal.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Uuid;

use super::{Error, Tx, audit};
use crate::domain::case::ProviderNote;
use crate::vocab::{CaseId, ProviderId, ProviderNoteId};

/// A provider of an agency's network, with what is going on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct AgencyProvider {
    /// The provider.
    pub provider_id: Uuid,
    /// Its readable key.
    pub locator: String,
    /// Its name.
    pub name: String,
    /// What it is to the agency: `ivf_clinic`, `attorney`, `escrow_agency`, `genetic_counselor`, `psychologist`, its own word.
    pub r#type: String,
    /// Ten digits; none outside health care and for the agency's own entries.
    pub npi: Option<i64>,
    /// Whether it is the agency's own entry, which nobody else sees.
    pub private: bool,
    /// Where it stands in the directory.
    pub network_status: String,
    /// Whether the agency still works with it.
    pub is_active: bool,
    /// Since when.
    pub added_at: DateTime<Utc>,
    /// How many of its people and machines are active.
    pub active_users: i64,
    /// How many cases it is assigned to right now.
    pub open_cases: i64,
    /// When somebody of it last saw something.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// The agency's network, by type and name; with `only`, that provider.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, only: Option<ProviderId>) -> Result<Vec<AgencyProvider>, Error> {
    Ok(sqlx::query_as(
        "SELECT a.provider_id, p.locator, coalesce(p.organization_name, concat_ws(' ', p.first_name, p.last_name)) AS name,
            a.type, p.npi, p.owner_organization_id IS NOT NULL AS private, p.network_status, a.is_active, a.added_at,
            (SELECT count(*) FROM provider_user u
                WHERE (u.organization_id, u.provider_id) = (a.organization_id, a.provider_id) AND u.status = 'active')
                AS active_users,
            (SELECT count(DISTINCT c.case_id) FROM (
                SELECT x.case_id, x.organization_id, x.provider_id, x.starts_at, x.ends_at FROM case_provider x
                UNION ALL
                SELECT y.case_id, y.organization_id, y.provider_id, y.starts_at, y.ends_at FROM case_provider_external y) c
                WHERE (c.organization_id, c.provider_id) = (a.organization_id, a.provider_id)
                AND c.starts_at <= app_now() AND (c.ends_at IS NULL OR c.ends_at > app_now())) AS open_cases,
            (SELECT max(s.at) FROM share_sight s JOIN provider_user u ON u.id = s.provider_user_id
                WHERE (u.organization_id, u.provider_id) = (a.organization_id, a.provider_id)) AS last_seen_at
        FROM agency_provider a
        JOIN provider p ON p.id = a.provider_id
        WHERE $1::uuid IS NULL OR a.provider_id = $1
        ORDER BY a.type, name, a.provider_id",
    )
    .bind(only.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?)
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &mut Tx, id: ProviderId) -> Result<AgencyProvider, Error> {
    list(tx, Some(id)).await?.pop().ok_or(Error::NotFound)
}

/// Takes a provider into the agency's network.
///
/// # Errors
/// [`Error::Refused`] where it is there already.
pub async fn add(tx: &mut Tx, id: ProviderId, kind: &str) -> Result<AgencyProvider, Error> {
    sqlx::query(
        "INSERT INTO agency_provider (organization_id, provider_id, type) VALUES (app_organization_id(), $1, $2)",
    )
    .bind(id.0)
    .bind(kind)
    .execute(tx.connection())
    .await?;
    let detail = serde_json::json!({ "type": kind });
    audit::record(tx, "agency_provider.add", "agency_provider", &id.to_string(), &detail).await?;
    get(tx, id).await
}

/// Changes what is named. A provider that is no longer worked with sees nothing from this moment on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn change(
    tx: &mut Tx,
    id: ProviderId,
    kind: Option<&str>,
    is_active: Option<bool>,
) -> Result<AgencyProvider, Error> {
    let done = sqlx::query(
        "UPDATE agency_provider SET type = coalesce($2, type), is_active = coalesce($3, is_active)
        WHERE organization_id = app_organization_id() AND provider_id = $1",
    )
    .bind(id.0)
    .bind(kind)
    .bind(is_active)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let detail = serde_json::json!({ "type": kind, "is_active": is_active });
    audit::record(
        tx,
        "agency_provider.change",
        "agency_provider",
        &id.to_string(),
        &detail,
    )
    .await?;
    get(tx, id).await
}

#[derive(sqlx::FromRow)]
struct NoteRow {
    id: Uuid,
    provider_id: Uuid,
    case_id: Option<Uuid>,
    text: String,
    shareable: bool,
    created_at: DateTime<Utc>,
}

impl From<NoteRow> for ProviderNote {
    fn from(row: NoteRow) -> Self {
        Self {
            id: row.id.into(),
            provider_id: row.provider_id.into(),
            case_id: row.case_id.map(Into::into),
            text: row.text,
            shareable: row.shareable,
            created_at: row.created_at,
        }
    }
}

/// Notes about a provider, about a case, or all that the transaction may see; by time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn notes(
    tx: &mut Tx,
    provider: Option<ProviderId>,
    case: Option<CaseId>,
) -> Result<Vec<ProviderNote>, Error> {
    let rows: Vec<NoteRow> = sqlx::query_as(
        "SELECT n.id, n.provider_id, n.case_id, n.text, n.shareable, n.created_at FROM provider_note n
        WHERE ($1::uuid IS NULL OR n.provider_id = $1) AND ($2::uuid IS NULL OR n.case_id = $2)
        ORDER BY n.created_at, n.id",
    )
    .bind(provider.map(|id| id.0))
    .bind(case.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Writes a note about a provider.
///
/// # Errors
/// [`Error::Refused`] where provider or case are not the agency's.
pub async fn add_note(
    tx: &mut Tx,
    provider: ProviderId,
    case: Option<CaseId>,
    text: &str,
    shareable: bool,
) -> Result<ProviderNote, Error> {
    let row: NoteRow = sqlx::query_as(
        "INSERT INTO provider_note (organization_id, provider_id, case_id, text, shareable)
        VALUES (app_organization_id(), $1, $2, $3, $4)
        RETURNING id, provider_id, case_id, text, shareable, created_at",
    )
    .bind(provider.0)
    .bind(case.map(|id| id.0))
    .bind(text)
    .bind(shareable)
    .fetch_one(tx.connection())
    .await?;
    let note = ProviderNote::from(row);
    let detail = serde_json::json!({ "provider_id": provider, "shareable": shareable });
    audit::record(tx, "provider_note.add", "provider_note", &note.id.to_string(), &detail).await?;
    Ok(note)
}

/// Shows a note to the provider's people, or hides it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_note_shareable(tx: &mut Tx, id: ProviderNoteId, shareable: bool) -> Result<ProviderNote, Error> {
    let row: Option<NoteRow> = sqlx::query_as(
        "UPDATE provider_note SET shareable = $2 WHERE id = $1 AND organization_id = app_organization_id()
        RETURNING id, provider_id, case_id, text, shareable, created_at",
    )
    .bind(id.0)
    .bind(shareable)
    .fetch_optional(tx.connection())
    .await?;
    let note = row.map(ProviderNote::from).ok_or(Error::NotFound)?;
    let detail = serde_json::json!({ "shareable": shareable });
    audit::record(tx, "provider_note.change", "provider_note", &id.to_string(), &detail).await?;
    Ok(note)
}

/// The portal of a clinic in its own clothes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::FromRow)]
#[serde(deny_unknown_fields)]
pub struct ClinicPortal {
    /// The first label of the host: `riverside` in `riverside.portal.example.org`.
    pub subdomain: String,
    /// Shown instead of the portal's name.
    pub title: String,
    /// `plain`, `teal`, `plum` or `amber`.
    #[serde(default = "plain")]
    pub theme: String,
    /// Shown on the sign-in page.
    #[serde(default)]
    pub welcome: String,
    /// The agency's own site whose appointments the clinic sees; none: it sees none.
    #[serde(default)]
    pub clinic_id: Option<Uuid>,
}

fn plain() -> String {
    "plain".to_owned()
}

/// A clinic's portal, if it has one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn clinic_portal(tx: &mut Tx, provider: ProviderId) -> Result<Option<ClinicPortal>, Error> {
    Ok(
        sqlx::query_as("SELECT subdomain, title, theme, welcome, clinic_id FROM clinic_portal WHERE provider_id = $1")
            .bind(provider.0)
            .fetch_optional(tx.connection())
            .await?,
    )
}

/// Gives a clinic of the agency's network a portal of its own, instead of the one it had.
///
/// # Errors
/// [`Error::NotFound`] where it is not in the network; [`Error::Refused`] where the subdomain is taken or the site is not the
/// agency's.
pub async fn set_clinic_portal(tx: &mut Tx, provider: ProviderId, portal: &ClinicPortal) -> Result<(), Error> {
    get(tx, provider).await?;
    remove_clinic_portal(tx, provider).await?;
    sqlx::query(
        "INSERT INTO clinic_portal (subdomain, organization_id, provider_id, title, theme, welcome, clinic_id)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6)",
    )
    .bind(&portal.subdomain)
    .bind(provider.0)
    .bind(&portal.title)
    .bind(&portal.theme)
    .bind(&portal.welcome)
    .bind(portal.clinic_id)
    .execute(tx.connection())
    .await?;
    let detail = serde_json::json!({ "subdomain": portal.subdomain, "clinic_id": portal.clinic_id });
    audit::record(
        tx,
        "clinic_portal.set",
        "agency_provider",
        &provider.to_string(),
        &detail,
    )
    .await
}

/// The agency's own sites, by name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn own_sites(tx: &mut Tx) -> Result<Vec<(Uuid, String)>, Error> {
    Ok(
        sqlx::query_as("SELECT id, name FROM clinic WHERE organization_id = app_organization_id() ORDER BY name, id")
            .fetch_all(tx.connection())
            .await?,
    )
}

/// Takes a clinic's portal away; it gets the plain one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn remove_clinic_portal(tx: &mut Tx, provider: ProviderId) -> Result<(), Error> {
    sqlx::query("DELETE FROM clinic_portal WHERE provider_id = $1 AND organization_id = app_organization_id()")
        .bind(provider.0)
        .execute(tx.connection())
        .await?;
    Ok(())
}
