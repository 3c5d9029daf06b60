//! Creates, changes and deactivates providers.

use chrono::{DateTime, Datelike, Utc};
use serde_json::json;
use sqlx::types::Uuid;

use super::{
    children,
    find::{npi_column, required},
    input::{self, NewProvider, ProviderChange},
    sources, written,
};
use crate::domain::provider::Provider;
use crate::store::{
    Error, Tx,
    networks::{self, NewParticipation},
};
use crate::vocab::{
    Fault, Npi, ProviderId,
    terms::{Gender, NetworkStatus},
};

/// Most providers that a tenant has of its own. They are in the memory of every node.
pub const MOST_PRIVATE: i64 = 10_000;

/// Refuses where the tenant has as many providers of its own as it may.
async fn leave_room(tx: &mut Tx) -> Result<(), Error> {
    let has: i64 =
        sqlx::query_scalar("SELECT count(*) FROM provider WHERE owner_organization_id = app_organization_id()")
            .fetch_one(tx.connection())
            .await?;
    if has < MOST_PRIVATE {
        return Ok(());
    }
    let message = format!("an organisation has at most {MOST_PRIVATE} providers of its own");
    Err(Error::Refused(Fault::new("provider", "too_many_private", message)))
}

/// Creates a provider, PENDING, with a party of its own unless one is named. Public where a platform administrator or an
/// import does it; else private to the actor's tenant.
///
/// # Errors
/// [`Error::NpiTaken`], [`Error::Refused`] with the field, [`Error::Forbidden`].
pub async fn create(tx: &mut Tx, new: &NewProvider, now: DateTime<Utc>) -> Result<Provider, Error> {
    let specialties = input::check(new)?;
    written::check_new(new, now.date_naive())?;
    let owner = tx.owner.map(|id| id.0);
    if owner.is_some() {
        leave_room(tx).await?;
    }
    let party = match new.party_id {
        Some(party) => party.0,
        None => {
            sqlx::query_scalar(
                "INSERT INTO party (party_type, owner_organization_id) VALUES ('PROVIDER', $1) RETURNING id",
            )
            .bind(owner)
            .fetch_one(tx.connection())
            .await?
        }
    };
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO provider (id, locator, npi, party_id, kind, category, name_prefix, first_name, middle_name, last_name,
            name_suffix, credential, organization_name, gender, specialty, address, phone, email,
            owner_organization_id, verified_at, source)
        VALUES (uuid_v7(), next_locator($1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, 'manual')
        RETURNING id",
    )
    .bind(now.year())
    .bind(new.npi.map(npi_column))
    .bind(party)
    .bind(new.kind.code())
    .bind(&new.category)
    .bind(&new.prefix)
    .bind(&new.first_name)
    .bind(&new.middle_name)
    .bind(&new.last_name)
    .bind(&new.suffix)
    .bind(&new.credential)
    .bind(&new.organization_name)
    .bind(new.gender.map(Gender::code))
    .bind(specialties.iter().find(|s| s.primary).map(|s| s.code.clone()))
    .bind(&new.address)
    .bind(&new.phone)
    .bind(&new.email)
    .bind(owner)
    .bind(new.verified_at)
    .fetch_one(tx.connection())
    .await
    .map_err(|e| npi_taken(e, new.npi))?;
    let id = ProviderId(id);
    children::specialties(tx, id, &specialties).await?;
    if let Some(languages) = &new.languages {
        children::languages(tx, id, languages).await?;
    }
    children::identifiers(tx, id, &new.identifiers).await?;
    children::other_names(tx, id, &new.other_names).await?;
    children::affiliations(tx, id, &new.affiliations).await?;
    children::locations(tx, id, &new.locations, now.date_naive()).await?;
    audit(tx, id, "provider.create", "").await?;
    required(tx, id).await
}

/// Changes what `change` names; raises the version once, however much it is, and not at all where nothing differs.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], and those of [`create`].
pub async fn update(
    tx: &mut Tx,
    id: ProviderId,
    expected_version: i64,
    change: &ProviderChange,
    now: DateTime<Utc>,
) -> Result<Provider, Error> {
    update_as(tx, id, expected_version, change, WRITTEN, now).await
}

/// The source of what people write here themselves.
const WRITTEN: &str = "manual";

/// The same, on the word of a source: what changes is vouched for by it from now on.
///
/// # Errors
/// Those of [`update`].
pub async fn update_as(
    tx: &mut Tx,
    id: ProviderId,
    expected_version: i64,
    change: &ProviderChange,
    source: &str,
    now: DateTime<Utc>,
) -> Result<Provider, Error> {
    lock(tx, id, expected_version).await?;
    let before = required(tx, id).await?;
    if source == WRITTEN {
        written::check_change(change, &before, now.date_naive())?;
    }
    let after = change.applied_to(&before)?;
    write_columns(tx, &before, &after, change).await?;
    if after.specialties != before.specialties {
        children::specialties(tx, id, &after.specialties).await?;
    }
    if let Some(languages) = &change.languages {
        children::languages(tx, id, languages).await?;
    }
    if after.identifiers != before.identifiers {
        children::identifiers(tx, id, &after.identifiers).await?;
    }
    if after.other_names != before.other_names {
        children::other_names(tx, id, &after.other_names).await?;
    }
    if after.affiliations != before.affiliations {
        children::affiliations(tx, id, &after.affiliations).await?;
    }
    if let Some(locations) = &change.locations {
        children::locations(tx, id, locations, now.date_naive()).await?;
    }
    let after = required(tx, id).await?;
    sources::vouch(tx, id, &sources::changed(&before, &after), source, now.date_naive()).await?;
    audit(tx, id, "provider.update", "").await?;
    Ok(after)
}

async fn write_columns(tx: &mut Tx, before: &Provider, after: &Provider, change: &ProviderChange) -> Result<(), Error> {
    let same = (
        &before.npi,
        before.kind,
        &before.category,
        &before.name,
        before.gender,
        &before.address,
    ) == (
        &after.npi,
        after.kind,
        &after.category,
        &after.name,
        after.gender,
        &after.address,
    ) && (&before.phone, &before.email, before.verified_at)
        == (&after.phone, &after.email, after.verified_at);
    if same {
        return Ok(());
    }
    let done = sqlx::query(
        "UPDATE provider SET npi = $2, kind = $3, category = $4, name_prefix = $5, first_name = $6, middle_name = $7,
            last_name = $8, name_suffix = $9, credential = $10, organization_name = $11, gender = $12, address = $13,
            phone = $14, email = $15, verified_at = $16
        WHERE id = $1",
    )
    .bind(before.id.0)
    .bind(after.npi.map(npi_column))
    .bind(after.kind.code())
    .bind(&after.category)
    .bind(&after.name.prefix)
    .bind(&after.name.first)
    .bind(&after.name.middle)
    .bind(&after.name.last)
    .bind(&after.name.suffix)
    .bind(&after.name.credential)
    .bind(&after.name.organization)
    .bind(after.gender.map(Gender::code))
    .bind(&after.address)
    .bind(&after.phone)
    .bind(&after.email)
    .bind(after.verified_at)
    .execute(tx.connection())
    .await
    .map_err(|e| npi_taken(e, change.npi.flatten()))?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Makes `list` the provider's participations: what is not in it goes (its history stays), what is new or differs comes.
/// The provider as it is then.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Forbidden`], and [`Error::Refused`] with the entry.
pub async fn set_participations(
    tx: &mut Tx,
    id: ProviderId,
    expected_version: i64,
    list: &[NewParticipation],
) -> Result<Provider, Error> {
    lock(tx, id, expected_version).await?;
    let before = required(tx, id).await?;
    networks::check_participations(tx, &before, list).await?;
    networks::retain_participations(tx, id, list).await?;
    networks::add_participations(tx, list).await?;
    audit(tx, id, "provider.participations", "").await?;
    required(tx, id).await
}

/// Takes a provider out: INACTIVE, with the reason in its history. Nothing is deleted.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Forbidden`], and [`Error::Refused`] where it is out already.
pub async fn deactivate(
    tx: &mut Tx,
    id: ProviderId,
    expected_version: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<Provider, Error> {
    lock(tx, id, expected_version).await?;
    if required(tx, id).await?.network_status == NetworkStatus::Inactive {
        return Err(Error::Refused(Fault::new(
            "network_status",
            "transition",
            "the provider is INACTIVE already",
        )));
    }
    let done: bool = sqlx::query_scalar("SELECT provider_deactivate($1, $2, $3)")
        .bind(id.0)
        .bind(reason)
        .bind(now)
        .fetch_one(tx.connection())
        .await?;
    if !done {
        return Err(Error::Forbidden);
    }
    audit(tx, id, "provider.deactivate", reason).await?;
    required(tx, id).await
}

/// Locks the provider's row and compares versions: of two writers who read the same version, the second is told.
async fn lock(tx: &mut Tx, id: ProviderId, expected_version: i64) -> Result<(), Error> {
    let visible: Option<i64> = sqlx::query_scalar("SELECT version FROM provider WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    visible.ok_or(Error::NotFound)?;
    // Who may not write a row that it sees does not get the lock either.
    let current: Option<i64> = sqlx::query_scalar("SELECT version FROM provider WHERE id = $1 FOR UPDATE")
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    let current = current.ok_or(Error::Forbidden)?;
    if current == expected_version {
        Ok(())
    } else {
        Err(Error::VersionMismatch { current })
    }
}

async fn audit(tx: &mut Tx, id: ProviderId, action: &str, reason: &str) -> Result<(), Error> {
    let why = Some(reason).filter(|r| !r.is_empty());
    crate::store::audit::record(tx, action, "provider", &id.to_string(), &json!({ "reason": why })).await
}

fn npi_taken(error: sqlx::Error, npi: Option<Npi>) -> Error {
    let constraint = error.as_database_error().and_then(|e| e.constraint());
    match (constraint, npi) {
        (Some("provider_npi_key"), Some(npi)) => Error::NpiTaken(npi),
        _ => error.into(),
    }
}
