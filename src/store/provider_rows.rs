//! Reads providers with everything that hangs on them: one statement a table, however many providers.

use std::{collections::HashMap, str::FromStr};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{
    FromRow, PgConnection,
    types::{Json, Uuid},
};

use super::Error;
use crate::domain::provider::{
    Affiliation, Identifier, Location, Name, OpeningHours, OtherName, Participation, Provider, Specialty,
};
use crate::vocab::{LocationId, Npi, ProviderId, place::Point};

/// The columns of a provider, for `SELECT` in front of `FROM provider p`.
macro_rules! provider_columns {
    () => {
        "SELECT p.id, p.locator, p.npi, p.party_id, p.kind, p.category, p.name_prefix, p.first_name, p.middle_name, \
         p.last_name, p.name_suffix, p.credential, p.organization_name, p.gender, p.network_status, p.address, p.phone, \
         p.email, p.activated_at, p.version, p.owner_organization_id, p.verified_at FROM provider p "
    };
}
pub(super) use provider_columns;

/// A row of `provider`, as [`provider_columns`] selects it.
#[derive(FromRow)]
pub(super) struct ProviderRow {
    pub(super) id: Uuid,
    locator: String,
    npi: Option<i64>,
    party_id: Uuid,
    kind: String,
    category: String,
    #[sqlx(flatten)]
    name: NameColumns,
    gender: Option<String>,
    network_status: String,
    address: Option<serde_json::Value>,
    phone: Option<String>,
    email: Option<String>,
    activated_at: Option<DateTime<Utc>>,
    version: i64,
    owner_organization_id: Option<Uuid>,
    verified_at: Option<NaiveDate>,
}

#[derive(FromRow)]
pub(super) struct NameColumns {
    name_prefix: Option<String>,
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    name_suffix: Option<String>,
    credential: Option<String>,
    organization_name: Option<String>,
}

impl From<NameColumns> for Name {
    fn from(row: NameColumns) -> Self {
        Self {
            prefix: row.name_prefix,
            first: row.first_name,
            middle: row.middle_name,
            last: row.last_name,
            suffix: row.name_suffix,
            credential: row.credential,
            organization: row.organization_name,
        }
    }
}

/// A coded term as stored. The schema's checks make a stranger impossible; if one is there, the row is at fault.
pub(super) fn term<T: FromStr>(code: &str) -> Result<T, Error> {
    code.parse().map_err(|_| Error::Corrupt(format!("the code {code}")))
}

impl TryFrom<ProviderRow> for Provider {
    type Error = Error;

    fn try_from(row: ProviderRow) -> Result<Self, Error> {
        let npi = row
            .npi
            .map(|n| Npi::from_number(n.cast_unsigned()).map_err(|_| Error::Corrupt(format!("the npi {n}"))));
        Ok(Self {
            id: row.id.into(),
            locator: term(&row.locator)?,
            npi: npi.transpose()?,
            party_id: row.party_id.into(),
            kind: term(&row.kind)?,
            category: row.category,
            name: row.name.into(),
            other_names: Vec::new(),
            specialties: Vec::new(),
            languages: Vec::new(),
            gender: row.gender.as_deref().map(term).transpose()?,
            network_status: term(&row.network_status)?,
            address: row.address,
            phone: row.phone,
            email: row.email,
            activated_at: row.activated_at,
            version: row.version,
            owner_organization_id: row.owner_organization_id.map(Into::into),
            verified_at: row.verified_at,
            locations: Vec::new(),
            identifiers: Vec::new(),
            affiliations: Vec::new(),
            participations: Vec::new(),
        })
    }
}

/// Completes rows with their children, keeping their order: seven statements for any number of providers.
pub(super) async fn complete(connection: &mut PgConnection, rows: Vec<ProviderRow>) -> Result<Vec<Provider>, Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut providers = rows
        .into_iter()
        .map(Provider::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    if ids.is_empty() {
        return Ok(providers);
    }
    let mut by_id: HashMap<Uuid, &mut Provider> = providers.iter_mut().map(|p| (p.id.0, p)).collect();
    names_and_terms(connection, &ids, &mut by_id).await?;
    places_and_ties(connection, &ids, &mut by_id).await?;
    Ok(providers)
}

#[derive(FromRow)]
struct OtherNameRow {
    provider_id: Uuid,
    type_code: i16,
    #[sqlx(flatten)]
    name: NameColumns,
}

/// Provider, code, primary, licence number and state.
type SpecialtyRow = (Uuid, String, bool, Option<String>, Option<String>);

/// Provider, type, value, state, issuer.
type IdentifierRow = (Uuid, String, String, Option<String>, Option<String>);

async fn names_and_terms(
    connection: &mut PgConnection,
    ids: &[Uuid],
    providers: &mut HashMap<Uuid, &mut Provider>,
) -> Result<(), Error> {
    let names: Vec<OtherNameRow> = sqlx::query_as(
        "SELECT provider_id, type_code, name_prefix, first_name, middle_name, last_name, name_suffix, credential,
            organization_name
        FROM provider_other_name WHERE provider_id = ANY ($1) ORDER BY provider_id, position",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for row in names {
        if let Some(provider) = providers.get_mut(&row.provider_id) {
            provider.other_names.push(OtherName {
                type_code: row.type_code,
                name: row.name.into(),
            });
        }
    }
    let specialties: Vec<SpecialtyRow> = sqlx::query_as(
        "SELECT provider_id, code, is_primary, license_number, license_state
        FROM provider_specialty WHERE provider_id = ANY ($1) ORDER BY provider_id, position",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for (id, code, primary, license_number, license_state) in specialties {
        if let Some(provider) = providers.get_mut(&id) {
            provider.specialties.push(Specialty {
                code,
                primary,
                license_number,
                license_state,
            });
        }
    }
    let languages: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT provider_id, language FROM provider_language
        WHERE provider_id = ANY ($1) ORDER BY provider_id, language COLLATE \"C\"",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for (id, language) in languages {
        if let Some(provider) = providers.get_mut(&id) {
            provider.languages.push(language);
        }
    }
    let identifiers: Vec<IdentifierRow> = sqlx::query_as(
        "SELECT provider_id, type_code, value, state, issuer
        FROM provider_identifier WHERE provider_id = ANY ($1) ORDER BY provider_id, position",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for (id, type_code, value, state, issuer) in identifiers {
        if let Some(provider) = providers.get_mut(&id) {
            provider.identifiers.push(Identifier {
                type_code,
                value,
                state,
                issuer,
            });
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct LocationRow {
    provider_id: Uuid,
    id: Uuid,
    line1: Option<String>,
    line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    county: Option<String>,
    country: String,
    lat_e7: Option<i32>,
    lon_e7: Option<i32>,
    position_quality: String,
    phone: Option<String>,
    fax: Option<String>,
    time_zone: Option<String>,
    hours: Json<Vec<OpeningHours>>,
    telehealth: bool,
    accessibility: Vec<String>,
    is_primary: bool,
}

impl TryFrom<LocationRow> for Location {
    type Error = Error;

    fn try_from(row: LocationRow) -> Result<Self, Error> {
        Ok(Self {
            id: LocationId(row.id),
            line1: row.line1,
            line2: row.line2,
            city: row.city,
            state: row.state,
            postal_code: row.postal_code,
            county: row.county,
            country: row.country,
            point: row
                .lat_e7
                .zip(row.lon_e7)
                .map(|(lat_e7, lon_e7)| Point { lat_e7, lon_e7 }),
            position_quality: term(&row.position_quality)?,
            phone: row.phone,
            fax: row.fax,
            time_zone: row.time_zone,
            hours: row.hours.0,
            telehealth: row.telehealth,
            accessibility: row.accessibility.iter().map(|a| term(a)).collect::<Result<_, _>>()?,
            primary: row.is_primary,
        })
    }
}

/// A participation as its columns hold it.
#[derive(FromRow)]
pub(super) struct ParticipationRow {
    pub(super) provider_id: Uuid,
    id: Uuid,
    network_id: Uuid,
    location_id: Option<Uuid>,
    tier: Option<String>,
    status: String,
    effective: NaiveDate,
    termination: Option<NaiveDate>,
    accepting: Option<String>,
    /// Decides nothing: who only decides does not ask for it.
    #[sqlx(default)]
    characteristics: Option<String>,
}

impl TryFrom<ParticipationRow> for Participation {
    type Error = Error;

    fn try_from(row: ParticipationRow) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            network_id: row.network_id.into(),
            location_id: row.location_id.map(Into::into),
            tier: row.tier,
            status: term(&row.status)?,
            effective: row.effective,
            termination: row.termination,
            accepting: row.accepting.as_deref().map(term).transpose()?,
            characteristics: row.characteristics,
        })
    }
}

async fn places_and_ties(
    connection: &mut PgConnection,
    ids: &[Uuid],
    providers: &mut HashMap<Uuid, &mut Provider>,
) -> Result<(), Error> {
    let locations: Vec<LocationRow> = sqlx::query_as(
        "SELECT provider_id, id, line1, line2, city, state, postal_code, county, country, lat_e7, lon_e7,
            position_quality, phone, fax, time_zone, hours, telehealth, accessibility, is_primary
        FROM provider_location WHERE provider_id = ANY ($1) ORDER BY provider_id, is_primary DESC, id",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for row in locations {
        if let Some(provider) = providers.get_mut(&row.provider_id) {
            provider.locations.push(row.try_into()?);
        }
    }
    let affiliations: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "SELECT provider_id, to_provider_id, role
        FROM provider_affiliation WHERE provider_id = ANY ($1) ORDER BY provider_id, to_provider_id, role",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for (id, to, role) in affiliations {
        if let Some(provider) = providers.get_mut(&id) {
            let to = ProviderId(to);
            provider.affiliations.push(Affiliation { to, role });
        }
    }
    let participations: Vec<ParticipationRow> = sqlx::query_as(
        "SELECT provider_id, id, network_id, location_id, tier, status, effective, termination, accepting, characteristics
        FROM participation WHERE provider_id = ANY ($1) ORDER BY provider_id, network_id, effective, id",
    )
    .bind(ids)
    .fetch_all(&mut *connection)
    .await?;
    for row in participations {
        if let Some(provider) = providers.get_mut(&row.provider_id) {
            provider.participations.push(row.try_into()?);
        }
    }
    Ok(())
}
