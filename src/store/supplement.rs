//! What NPPES does not know of a provider, loaded for many at once: languages, hours, participations, the decision to
//! let them in. Sets, not rows: a batch of thousands is a handful of statements.

use chrono::{DateTime, NaiveDate, Utc};
use rustc_hash::FxHashMap;
use sqlx::types::Uuid;

use super::{Error, Tx, credentialing};
use crate::domain::provider::OpeningHours;
use crate::vocab::{
    NetworkId, Npi, ProviderId,
    terms::{Accepting, Accessibility, NetworkStatus},
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
    /// Where it shall stand: ACTIVE through a decision made elsewhere, INACTIVE, or PENDING as it is.
    pub status: NetworkStatus,
    /// Its locations, found by street and ZIP.
    pub sites: Vec<Site>,
    /// At those locations.
    pub participations: Vec<Membership>,
}

/// What is added to one location.
#[derive(Clone, Debug)]
pub struct Site {
    /// Street.
    pub line1: String,
    /// Five or nine digits.
    pub postal_code: String,
    /// Whether patients are seen by telehealth from here.
    pub telehealth: bool,
    /// Plan-Net codes.
    pub accessibility: Vec<Accessibility>,
    /// Opening hours.
    pub hours: Vec<OpeningHours>,
}

/// A participation at one location of a provider.
#[derive(Clone, Debug)]
pub struct Membership {
    /// The number of the site, from zero.
    pub site: usize,
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
    let rows: Vec<(Uuid, i64)> = sqlx::query_as("SELECT id, npi FROM provider WHERE npi = ANY ($1)")
        .bind(&npis)
        .fetch_all(tx.connection())
        .await?;
    let ids: FxHashMap<i64, Uuid> = rows.into_iter().map(|(id, npi)| (npi, id)).collect();
    let known: Vec<(Uuid, &Supplement)> = batch
        .iter()
        .filter_map(|s| Some((*ids.get(&number(s.npi))?, s)))
        .collect();

    let with = |status| {
        known
            .iter()
            .filter(move |(_, s)| s.status == status)
            .map(|(id, _)| ProviderId(*id))
    };
    let approved: Vec<_> = with(NetworkStatus::Active).collect();
    let places = places(tx, &known).await?;
    credentialing::approve_delegated(tx, &approved, &decision.source, decision.decided, now).await?;
    deactivate(
        tx,
        with(NetworkStatus::Inactive).map(|id| id.0).collect(),
        decision,
        now,
    )
    .await?;
    verified(tx, &known).await?;
    languages(tx, &known).await?;
    locations(tx, &known, &places).await?;
    participations(tx, &known, &places).await?;
    Ok(known.len() as u64)
}

/// The ids of locations, by provider, street and the first five digits of the ZIP.
type Places = FxHashMap<(Uuid, String, String), Uuid>;

fn place(provider: Uuid, line1: &str, postal_code: &str) -> (Uuid, String, String) {
    (provider, line1.to_lowercase(), postal_code.chars().take(5).collect())
}

async fn places(tx: &mut Tx, known: &[(Uuid, &Supplement)]) -> Result<Places, Error> {
    let rows: Vec<(Uuid, Uuid, String, String)> = sqlx::query_as(
        "SELECT provider_id, id, coalesce(line1, ''), coalesce(postal_code, '')
        FROM provider_location
        WHERE provider_id = ANY ($1)",
    )
    .bind(known.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(provider, id, line1, zip)| (place(provider, &line1, &zip), id))
        .collect())
}

async fn deactivate(tx: &mut Tx, ids: Vec<Uuid>, decision: &Decision, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("SELECT provider_deactivate(n.id, $2, $3) FROM unnest($1::uuid[]) AS n (id)")
        .bind(ids)
        .bind(format!("told by {}", decision.source))
        .bind(now)
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn number(npi: Npi) -> i64 {
    npi.number().cast_signed()
}

async fn verified(tx: &mut Tx, known: &[(Uuid, &Supplement)]) -> Result<(), Error> {
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

async fn languages(tx: &mut Tx, known: &[(Uuid, &Supplement)]) -> Result<(), Error> {
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

async fn locations(tx: &mut Tx, known: &[(Uuid, &Supplement)], places: &Places) -> Result<(), Error> {
    let (mut ids, mut at) = (Vec::new(), Vec::new());
    let (mut telehealth, mut accessibility, mut hours) = (Vec::new(), Vec::new(), Vec::new());
    for (id, site) in known.iter().flat_map(|(id, s)| s.sites.iter().map(|site| (*id, site))) {
        let Some(location) = places.get(&place(id, &site.line1, &site.postal_code)) else {
            continue;
        };
        ids.push(id);
        at.push(*location);
        telehealth.push(site.telehealth);
        // An array of arrays can't be ragged in Postgres: each list travels as one text.
        let codes: Vec<_> = site.accessibility.iter().map(|a| a.code()).collect();
        accessibility.push(codes.join(","));
        hours.push(serde_json::to_value(&site.hours).map_err(|e| Error::Corrupt(e.to_string()))?);
    }
    sqlx::query(
        "UPDATE provider_location l
        SET telehealth = n.telehealth,
            accessibility = coalesce(string_to_array(nullif(n.accessibility, ''), ','), '{}'),
            hours = n.hours
        FROM unnest($1::uuid[], $2::uuid[], $3::bool[], $4::text[], $5::jsonb[])
            AS n (provider_id, id, telehealth, accessibility, hours)
        WHERE l.provider_id = n.provider_id AND l.id = n.id
            AND (l.telehealth, l.accessibility, l.hours) IS DISTINCT FROM
                (n.telehealth, coalesce(string_to_array(nullif(n.accessibility, ''), ','), '{}'), n.hours)",
    )
    .bind(ids)
    .bind(at)
    .bind(telehealth)
    .bind(accessibility)
    .bind(hours)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn participations(tx: &mut Tx, known: &[(Uuid, &Supplement)], places: &Places) -> Result<(), Error> {
    let mut all = Vec::new();
    for (id, supplement) in known {
        for membership in &supplement.participations {
            let site = supplement.sites.get(membership.site);
            let location = site.and_then(|s| places.get(&place(*id, &s.line1, &s.postal_code)));
            all.extend(location.map(|location| (*id, *location, membership)));
        }
    }
    sqlx::query(
        "INSERT INTO participation (provider_id, location_id, network_id, organization_id, tier, status, effective, termination, accepting)
        SELECT n.id, n.location_id, n.network_id, w.organization_id, n.tier, n.status, n.effective, n.termination, n.accepting
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::text[])
            AS n (id, location_id, network_id, tier, status, effective, termination, accepting)
        JOIN network w ON w.id = n.network_id
        ON CONFLICT DO NOTHING",
    )
    .bind(all.iter().map(|(id, ..)| *id).collect::<Vec<_>>())
    .bind(all.iter().map(|(_, at, _)| *at).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.network_id.0).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.tier.clone()).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.status.code()).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.effective).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.termination).collect::<Vec<_>>())
    .bind(all.iter().map(|(.., m)| m.accepting.map(Accepting::code)).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
