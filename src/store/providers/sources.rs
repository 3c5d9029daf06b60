//! Where each group of a provider's fields comes from, and since when.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;
use sqlx::types::Json;

use crate::domain::{
    provider::Provider,
    survivorship::{GROUPS, Source},
};
use crate::store::{Error, Tx};
use crate::vocab::ProviderId;

/// What was vouched for by group, where the record comes from, and as of which day.
type Row = (Json<BTreeMap<String, Source>>, Option<String>, Option<NaiveDate>);

/// The source of each group, as [`GROUPS`] names them. What nobody has vouched for comes from where the record comes from,
/// as of the day of its last update there.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn of(tx: &mut Tx, id: ProviderId) -> Result<BTreeMap<String, Source>, Error> {
    let row: Option<Row> = sqlx::query_as("SELECT provenance, source, source_updated_on FROM provider WHERE id = $1")
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    let (Json(vouched), source, updated) = row.ok_or(Error::NotFound)?;
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for group in GROUPS {
        let of_record = || Source {
            source: source.clone().unwrap_or_else(|| "unknown".to_owned()),
            verified_at: updated,
        };
        let source = vouched.get(group).cloned().unwrap_or_else(of_record);
        sources.insert(group.to_owned(), source);
    }
    Ok(sources)
}

/// Groups of fields that differ.
pub(super) fn changed(before: &Provider, after: &Provider) -> Vec<&'static str> {
    let differs = [
        ("name", before.name != after.name || before.kind != after.kind),
        ("category", before.category != after.category),
        ("gender", before.gender != after.gender),
        ("phone", before.phone != after.phone),
        ("email", before.email != after.email),
        ("address", before.address != after.address),
        ("specialties", before.specialties != after.specialties),
        ("identifiers", before.identifiers != after.identifiers),
        ("languages", before.languages != after.languages),
        ("locations", before.locations != after.locations),
    ];
    differs
        .into_iter()
        .filter(|(_, differ)| *differ)
        .map(|(group, _)| group)
        .collect()
}

/// Groups of fields that say something.
pub(in crate::store) fn told(provider: &Provider) -> Vec<&'static str> {
    let tells = [
        ("name", true),
        ("gender", provider.gender.is_some()),
        ("phone", provider.phone.is_some()),
        ("email", provider.email.is_some()),
        ("address", provider.address.is_some()),
        ("specialties", !provider.specialties.is_empty()),
        ("identifiers", !provider.identifiers.is_empty()),
        ("languages", !provider.languages.is_empty()),
        ("locations", !provider.locations.is_empty()),
    ];
    tells
        .into_iter()
        .filter(|(_, tells)| *tells)
        .map(|(group, _)| group)
        .collect()
}

/// Writes down who vouches for groups of fields from a day on.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn vouch(tx: &mut Tx, id: ProviderId, groups: &[&str], source: &str, day: NaiveDate) -> Result<(), Error> {
    if groups.is_empty() {
        return Ok(());
    }
    let said = json!(Source::new(source, day));
    sqlx::query(
        "UPDATE provider SET provenance = provenance || (SELECT jsonb_object_agg(g, $3::jsonb) FROM unnest($2::text[]) g)
        WHERE id = $1",
    )
    .bind(id.0)
    .bind(groups.iter().map(|g| (*g).to_owned()).collect::<Vec<_>>())
    .bind(said)
    .execute(tx.connection())
    .await?;
    Ok(())
}
