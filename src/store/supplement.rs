//! What NPPES does not know of a provider, loaded for many at once: languages, hours, participations, the decision to
//! let them in. Sets, not rows: a batch of thousands is a handful of statements.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Error, Tx, credentialing};
use crate::{
    domain::provider::OpeningHours,
    vocab::{
        NetworkId, Npi, ProviderId,
        terms::{Accepting, Accessibility, NetworkStatus},
    },
};

/// What is added to one provider, found by its NPI.
#[derive(Clone, Debug)]
pub struct Supplement {
    /// Whose.
    pub npi: Npi,
    /// BCP 47 codes, lower case.
    pub languages: Vec<String>,
    /// When the listing was last confirmed.
    pub verified_at: Option<NaiveDate>,
    /// Of the primary location.
    pub telehealth: bool,
    /// Of the primary location.
    pub accessibility: Vec<Accessibility>,
    /// Of the primary location.
    pub hours: Vec<OpeningHours>,
    /// Whether a decision made elsewhere lets the provider in (PENDING -> ACTIVE).
    pub approved: bool,
    /// At every location.
    pub participations: Vec<Membership>,
}

/// A participation at every location of a provider.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The network.
    pub network_id: NetworkId,
    /// Tier within the network.
    pub tier: Option<String>,
    /// Below the provider's own status.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day, inclusive; none: open.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Option<Accepting>,
}

/// The decision that lets the approved ones in.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Who has credentialed them.
    pub source: String,
    /// When.
    pub decided: NaiveDate,
}

/// Adds a batch to the providers that are there; others are passed over. Said twice, it changes nothing the second time,
/// but for the version. Answers how many providers were found.
///
/// # Errors
/// [`Error::Refused`] where a value breaks a rule of the schema: the whole batch is then not stored.
pub async fn add(tx: &mut Tx, batch: &[Supplement], decision: &Decision, now: DateTime<Utc>) -> Result<u64, Error> {
    let npis: Vec<i64> = batch.iter().map(|s| number(s.npi)).collect();
    let rows: Vec<(uuid::Uuid, i64)> = sqlx::query_as("SELECT id, npi FROM provider WHERE npi = ANY ($1)")
        .bind(&npis)
        .fetch_all(tx.connection())
        .await?;
    let ids: rustc_hash::FxHashMap<i64, uuid::Uuid> = rows.into_iter().map(|(id, npi)| (npi, id)).collect();
    let known: Vec<(uuid::Uuid, &Supplement)> = batch
        .iter()
        .filter_map(|s| Some((*ids.get(&number(s.npi))?, s)))
        .collect();

    let approved: Vec<_> = known
        .iter()
        .filter(|(_, s)| s.approved)
        .map(|(id, _)| ProviderId(*id))
        .collect();
    credentialing::approve_delegated(tx, &approved, &decision.source, decision.decided, now).await?;
    verified(tx, &known).await?;
    languages(tx, &known).await?;
    locations(tx, &known).await?;
    participations(tx, &known).await?;
    Ok(known.len() as u64)
}

fn number(npi: Npi) -> i64 {
    npi.number().cast_signed()
}

async fn verified(tx: &mut Tx, known: &[(uuid::Uuid, &Supplement)]) -> Result<(), Error> {
    let (ids, days): (Vec<_>, Vec<_>) = known.iter().filter_map(|(id, s)| Some((*id, s.verified_at?))).unzip();
    sqlx::query(
        "UPDATE provider p
        SET verified_at = n.verified_at
        FROM unnest($1::uuid[], $2::date[]) AS n (id, verified_at)
        WHERE p.id = n.id AND p.verified_at IS DISTINCT FROM n.verified_at",
    )
    .bind(ids)
    .bind(days)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn languages(tx: &mut Tx, known: &[(uuid::Uuid, &Supplement)]) -> Result<(), Error> {
    let (ids, languages): (Vec<_>, Vec<_>) = known
        .iter()
        .flat_map(|(id, s)| s.languages.iter().map(|l| (*id, l.as_str())))
        .unzip();
    sqlx::query(
        "INSERT INTO provider_language (provider_id, language)
        SELECT n.id, n.language
        FROM unnest($1::uuid[], $2::text[]) AS n (id, language)
        ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .bind(languages)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn locations(tx: &mut Tx, known: &[(uuid::Uuid, &Supplement)]) -> Result<(), Error> {
    let (mut ids, mut telehealth, mut accessibility, mut hours) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, supplement) in known {
        ids.push(*id);
        telehealth.push(supplement.telehealth);
        // An array of arrays can't be ragged in Postgres: each list travels as one text.
        let codes: Vec<_> = supplement.accessibility.iter().map(|a| a.code()).collect();
        accessibility.push(codes.join(","));
        hours.push(serde_json::to_value(&supplement.hours).map_err(|e| Error::Corrupt(e.to_string()))?);
    }
    sqlx::query(
        "UPDATE provider_location l
        SET telehealth = n.telehealth,
            accessibility = coalesce(string_to_array(nullif(n.accessibility, ''), ','), '{}'),
            hours = n.hours
        FROM unnest($1::uuid[], $2::bool[], $3::text[], $4::jsonb[]) AS n (id, telehealth, accessibility, hours)
        WHERE l.provider_id = n.id AND l.is_primary",
    )
    .bind(ids)
    .bind(telehealth)
    .bind(accessibility)
    .bind(hours)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn participations(tx: &mut Tx, known: &[(uuid::Uuid, &Supplement)]) -> Result<(), Error> {
    let all: Vec<_> = known
        .iter()
        .flat_map(|(id, s)| s.participations.iter().map(|m| (*id, m)))
        .collect();
    sqlx::query(
        "INSERT INTO participation (provider_id, network_id, organization_id, tier, status, effective, termination, accepting)
        SELECT n.id, n.network_id, w.organization_id, n.tier, n.status, n.effective, n.termination, n.accepting
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::date[], $7::text[])
            AS n (id, network_id, tier, status, effective, termination, accepting)
        JOIN network w ON w.id = n.network_id
        ON CONFLICT DO NOTHING",
    )
    .bind(all.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.network_id.0).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.tier.clone()).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.status.code()).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.effective).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.termination).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, m)| m.accepting.map(Accepting::code)).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
