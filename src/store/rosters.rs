//! Rosters: kept as they were checked, applied once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sqlx::{
    FromRow,
    types::{Json, Uuid},
};

use super::{
    Error, Tx, audit,
    networks::{self, NewParticipation},
    providers,
};
use crate::domain::roster::{Checked, Place, Row, RowFault, meant};
use crate::vocab::{Fault, NetworkId, ProviderId};

/// Participations of one statement.
const BATCH: usize = 1_000;

/// A roster as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Roster {
    /// Its key.
    pub id: Uuid,
    /// For which network.
    pub network_id: NetworkId,
    /// When it came.
    pub uploaded_at: DateTime<Utc>,
    /// From whom.
    pub uploaded_by: String,
    /// Good rows.
    pub good: usize,
    /// How many of them are for one location of the provider; the others are for all of them.
    pub at_one_location: usize,
    /// What is wrong with the others.
    pub faults: Vec<RowFault>,
    /// When it was applied; null: nothing of it counts yet.
    pub applied_at: Option<DateTime<Utc>>,
    /// Participations that changed by it.
    pub changed: Option<i64>,
}

/// Finds out whom and which location rows name: where there is none, or not one, they become faults.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn known(tx: &mut Tx, checked: Checked) -> Result<Checked, Error> {
    let npis = checked.rows.iter().map(|row| row.npi).collect::<Vec<_>>();
    let found = providers::ids_of(tx, &npis).await?;
    let mut known = Checked {
        rows: Vec::new(),
        faults: checked.faults,
    };
    let located = checked
        .rows
        .iter()
        .zip(&found)
        .filter(|(row, _)| row.location.is_some());
    let located = located.filter_map(|(_, provider)| *provider).collect::<Vec<_>>();
    let places = places(tx, &located).await?;
    let mut seen = HashSet::new();
    for (mut row, provider) in checked.rows.into_iter().zip(found) {
        let line = row.line;
        let mut fault = |field, code, message| known.faults.push(RowFault::new(line, field, code, message));
        let Some(provider) = provider else {
            fault("npi", "unknown_provider", "no provider has this NPI");
            continue;
        };
        if let Some(written) = &row.location {
            match meant(written, places.get(&provider).map_or(&[][..], Vec::as_slice)) {
                Ok(id) => row.location_id = Some(id),
                Err((code, message)) => {
                    fault("location", code, message);
                    continue;
                }
            }
        }
        // The same place may be written in two ways.
        if seen.insert((provider, row.location_id, row.tier.clone(), row.effective)) {
            known.rows.push(row);
        } else {
            let message = "an earlier row has the same NPI, location, tier and first day";
            fault("location", "repeated", message);
        }
    }
    known.faults.sort_by_key(|fault| fault.line);
    Ok(known)
}

/// Provider, location, its two lines and ZIP.
type PlaceRow = (Uuid, Uuid, Option<String>, Option<String>, Option<String>);

/// Where these providers practise.
async fn places(tx: &mut Tx, providers: &[ProviderId]) -> Result<HashMap<ProviderId, Vec<Place>>, Error> {
    if providers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<PlaceRow> = sqlx::query_as(
        "SELECT provider_id, id, line1, line2, postal_code FROM provider_location
        WHERE provider_id = ANY ($1) ORDER BY provider_id, id",
    )
    .bind(providers.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?;
    let mut places: HashMap<ProviderId, Vec<Place>> = HashMap::new();
    for (provider, id, line1, line2, postal_code) in rows {
        places.entry(provider.into()).or_default().push(Place {
            id: id.into(),
            line1,
            line2,
            postal_code,
        });
    }
    Ok(places)
}

/// Keeps a checked roster for a network. Nothing of it counts yet.
///
/// # Errors
/// [`Error::Refused`] for a network that is not known, [`Error::Forbidden`] for another's.
pub async fn keep(tx: &mut Tx, network: NetworkId, checked: &Checked, now: DateTime<Utc>) -> Result<Uuid, Error> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "INSERT INTO roster (organization_id, network_id, uploaded_at, rows, faults)
        SELECT n.organization_id, n.id, $2, $3, $4 FROM network n WHERE n.id = $1 RETURNING id",
    )
    .bind(network.0)
    .bind(now)
    .bind(Json(&checked.rows))
    .bind(Json(&checked.faults))
    .fetch_optional(tx.connection())
    .await?;
    let unknown = || Error::Refused(Fault::new("network", "unknown_network", "is no network that is known"));
    let id = id.ok_or_else(unknown)?;
    let detail = json!({ "network_id": network, "good": checked.rows.len(), "faults": checked.faults.len() });
    audit::record(tx, "roster.upload", "roster", &id.to_string(), &detail).await?;
    Ok(id)
}

#[derive(FromRow)]
struct RosterRow {
    id: Uuid,
    network_id: Uuid,
    uploaded_at: DateTime<Utc>,
    uploaded_by: String,
    rows: Json<Vec<Row>>,
    faults: Json<Vec<RowFault>>,
    applied_at: Option<DateTime<Utc>>,
    changed: Option<i64>,
}

async fn row(tx: &mut Tx, id: Uuid) -> Result<RosterRow, Error> {
    let row: Option<RosterRow> = sqlx::query_as(
        "SELECT r.id, r.network_id, r.uploaded_at, r.uploaded_by, r.rows, r.faults, r.applied_at, r.changed
        FROM roster r WHERE r.id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    row.ok_or(Error::NotFound)
}

/// A roster, if the actor may see it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Roster, Error> {
    let row = row(tx, id).await?;
    Ok(Roster {
        id: row.id,
        network_id: row.network_id.into(),
        uploaded_at: row.uploaded_at,
        uploaded_by: row.uploaded_by,
        good: row.rows.len(),
        at_one_location: row.rows.iter().filter(|row| row.location_id.is_some()).count(),
        faults: row.faults.0,
        applied_at: row.applied_at,
        changed: row.changed,
    })
}

/// Applies the good rows of a roster, once: participations are added, those that are there brought up to date. A provider
/// that is not ACTIVE stays out of the network until it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it was applied already.
pub async fn apply(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<Roster, Error> {
    let claimed =
        sqlx::query("UPDATE roster SET applied_at = $2, applied_by = app_actor() WHERE id = $1 AND applied_at IS NULL")
            .bind(id)
            .bind(now)
            .execute(tx.connection())
            .await?;
    let roster = row(tx, id).await?;
    if claimed.rows_affected() == 0 {
        let message = "the roster was applied already: upload it again";
        return Err(Error::Refused(Fault::new("id", "request_transition", message)));
    }
    let npis = roster.rows.iter().map(|row| row.npi).collect::<Vec<_>>();
    let found = providers::ids_of(tx, &npis).await?;
    let participations = roster.rows.iter().zip(found).filter_map(|(row, provider)| {
        Some(NewParticipation {
            provider_id: provider?,
            network_id: roster.network_id.into(),
            location_id: row.location_id,
            tier: row.tier.clone(),
            status: row.status,
            effective: row.effective,
            termination: row.termination,
            accepting: row.accepting,
            characteristics: row.characteristics.clone(),
        })
    });
    let participations = participations.collect::<Vec<_>>();
    let mut changed = 0;
    for batch in participations.chunks(BATCH) {
        changed += networks::add_participations(tx, batch).await?;
    }
    sqlx::query("UPDATE roster SET changed = $2 WHERE id = $1")
        .bind(id)
        .bind(i64::try_from(changed).unwrap_or(i64::MAX))
        .execute(tx.connection())
        .await?;
    let detail = json!({ "network_id": roster.network_id, "changed": changed });
    audit::record(tx, "roster.apply", "roster", &id.to_string(), &detail).await?;
    find(tx, id).await
}
