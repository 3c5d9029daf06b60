//! A provider as it was: on a day (valid time), as the directory knew it at a moment (recorded time).
//!
//! Participations and the status say themselves from when on they count. Everything else counts from the moment at which it
//! was recorded.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::types::Uuid;

use super::{Error, Store, Tx, standing};
use crate::domain::provider::{Affiliation, Location, Name, OpeningHours, OtherName, Provider, Specialty};
use crate::vocab::{
    ProviderId,
    place::Point,
    terms::{Accessibility, PositionQuality},
};

/// Puts a provider back to what it was on a day, as known at a moment. `false`: it was not known then.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn turn_back(
    tx: &mut Tx,
    store: &Store,
    provider: &mut Provider,
    as_of: NaiveDate,
    known_at: DateTime<Utc>,
    end_of_day: DateTime<Utc>,
) -> Result<bool, Error> {
    let created_at: DateTime<Utc> = sqlx::query_scalar("SELECT created_at FROM provider WHERE id = $1")
        .bind(provider.id.0)
        .fetch_one(tx.connection())
        .await?;
    if created_at > known_at {
        return Ok(false);
    }
    // What was said first counts for the days before it as well.
    let moment = known_at.min(end_of_day).max(created_at);
    let rows: Vec<(String, Option<Value>)> = sqlx::query_as(
        "SELECT DISTINCT ON (field) field, was FROM provider_history
        WHERE provider_id = $1 AND superseded_at > $2
        ORDER BY field, superseded_at, superseded_xid",
    )
    .bind(provider.id.0)
    .bind(moment)
    .fetch_all(tx.connection())
    .await?;
    for (field, was) in rows {
        set(provider, &field, was.unwrap_or_default())?;
    }
    let facts = standing::facts_as_known(store, provider.id, known_at).await?;
    provider.network_status = facts.timeline.on(as_of);
    provider.participations = facts.participations;
    provider
        .participations
        .retain(|p| p.effective <= as_of && p.termination.is_none_or(|last| as_of <= last));
    Ok(true)
}

fn set(provider: &mut Provider, field: &str, was: Value) -> Result<(), Error> {
    match field {
        "name" => provider.name = name(read(field, was)?),
        "npi" => provider.npi = read(field, was)?,
        "kind" => provider.kind = read(field, was)?,
        "category" => provider.category = read(field, was)?,
        "gender" => provider.gender = read(field, was)?,
        "phone" => provider.phone = read(field, was)?,
        "email" => provider.email = read(field, was)?,
        "address" => provider.address = read(field, was)?,
        "activated_at" => provider.activated_at = read(field, was)?,
        "verified_at" => provider.verified_at = read(field, was)?,
        "other_names" => {
            let rows = in_order(read::<Vec<OtherNameThen>>(field, was)?, |row| row.position);
            provider.other_names = rows.into_iter().map(OtherName::from).collect();
        }
        "specialties" => {
            let rows = in_order(read::<Vec<SpecialtyThen>>(field, was)?, |row| row.position);
            provider.specialties = rows.into_iter().map(Specialty::from).collect();
        }
        "languages" => {
            let rows = read::<Vec<LanguageThen>>(field, was)?;
            provider.languages = rows.into_iter().map(|row| row.language).collect();
            provider.languages.sort_unstable();
        }
        "affiliations" => {
            let rows = read::<Vec<AffiliationThen>>(field, was)?;
            let tie = |row: AffiliationThen| Affiliation {
                to: ProviderId(row.to_provider_id),
                role: row.role,
            };
            provider.affiliations = rows.into_iter().map(tie).collect();
        }
        "locations" => {
            let rows = read::<Vec<LocationThen>>(field, was)?;
            let now = std::mem::take(&mut provider.locations);
            provider.locations = rows.into_iter().map(|row| row.told(&now)).collect();
            provider
                .locations
                .sort_by_key(|location| (!location.primary, location.id));
        }
        _ => {}
    }
    Ok(())
}

fn read<T: DeserializeOwned>(field: &str, was: Value) -> Result<T, Error> {
    serde_json::from_value(was).map_err(|why| Error::Corrupt(format!("the history of {field}: {why}")))
}

fn in_order<T>(mut rows: Vec<T>, position: fn(&T) -> i16) -> Vec<T> {
    rows.sort_by_key(position);
    rows
}

/// Prefix, first, middle, last, suffix, credential, organisation.
type NameThen = [Option<String>; 7];

fn name([prefix, first, middle, last, suffix, credential, organization]: NameThen) -> Name {
    Name {
        prefix,
        first,
        middle,
        last,
        suffix,
        credential,
        organization,
    }
}

#[derive(Deserialize)]
struct OtherNameThen {
    position: i16,
    type_code: i16,
    name_prefix: Option<String>,
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    name_suffix: Option<String>,
    credential: Option<String>,
    organization_name: Option<String>,
}

impl From<OtherNameThen> for OtherName {
    fn from(row: OtherNameThen) -> Self {
        let parts = [
            row.name_prefix,
            row.first_name,
            row.middle_name,
            row.last_name,
            row.name_suffix,
            row.credential,
            row.organization_name,
        ];
        Self {
            type_code: row.type_code,
            name: name(parts),
        }
    }
}

#[derive(Deserialize)]
struct SpecialtyThen {
    position: i16,
    code: String,
    is_primary: bool,
    license_number: Option<String>,
    license_state: Option<String>,
}

impl From<SpecialtyThen> for Specialty {
    fn from(row: SpecialtyThen) -> Self {
        Self {
            code: row.code,
            primary: row.is_primary,
            license_number: row.license_number,
            license_state: row.license_state,
        }
    }
}

#[derive(Deserialize)]
struct LanguageThen {
    language: String,
}

#[derive(Deserialize)]
struct AffiliationThen {
    to_provider_id: Uuid,
    role: String,
}

/// A location as changes are told: without its fax and how its point was found.
#[derive(Deserialize)]
struct LocationThen {
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
    phone: Option<String>,
    time_zone: Option<String>,
    hours: Vec<OpeningHours>,
    telehealth: bool,
    accessibility: Vec<Accessibility>,
    is_primary: bool,
}

impl LocationThen {
    fn told(self, now: &[Location]) -> Location {
        let point = self.lat_e7.zip(self.lon_e7);
        let point = point.map(|(lat_e7, lon_e7)| Point { lat_e7, lon_e7 });
        let id = self.id.into();
        let same = now.iter().find(|l| l.id == id && l.point == point);
        Location {
            id,
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            state: self.state,
            postal_code: self.postal_code,
            county: self.county,
            country: self.country,
            point,
            position_quality: same.map_or(PositionQuality::Unknown, |l| l.position_quality),
            phone: self.phone,
            fax: None,
            time_zone: self.time_zone,
            hours: self.hours,
            telehealth: self.telehealth,
            accessibility: self.accessibility,
            primary: self.is_primary,
        }
    }
}
