//! Samples of a plan's listings, and what was found of them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Tx, audit,
    providers::{self, ProviderKey},
    term,
};
use crate::domain::{
    accuracy::{Score, score},
    reference::Plan,
};
use crate::vocab::{
    Fault, ProviderId,
    terms::{FieldFinding, ListingField},
};

/// A sample and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// Its key.
    pub id: Uuid,
    /// Of which plan.
    pub plan_id: Uuid,
    /// What decided who is in it.
    pub seed: String,
    /// Listings of the plan when it was drawn.
    pub population: i64,
    /// When.
    pub drawn_at: DateTime<Utc>,
    /// By whom.
    pub drawn_by: String,
    /// How accurate the directory is, by what was found so far.
    pub score: Score,
    /// The sample, in the order in which it was drawn.
    pub listings: Vec<Listing>,
}

/// A listing of a sample.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Listing {
    /// Whose.
    pub provider_id: Uuid,
    /// What the directory said when it was drawn.
    pub listed: Value,
    /// What was found, by field.
    pub found: BTreeMap<ListingField, FieldFinding>,
}

/// Draws a sample of those who take part in a plan today, as the public sees it. The same seed and the same directory give the
/// same sample; a smaller one is the beginning of a larger one.
///
/// # Errors
/// [`Error::Forbidden`] for another tenant's plan.
pub async fn draw(tx: &mut Tx, plan: &Plan, seed: &str, size: i64, now: DateTime<Utc>) -> Result<Uuid, Error> {
    let networks: Vec<Uuid> = plan.networks.iter().map(|n| n.network_id.0).collect();
    let tiers: Vec<Option<String>> = plan.networks.iter().map(|n| n.tier.clone()).collect();
    let drawn: Vec<(Uuid, i64)> = sqlx::query_as(
        "WITH listed AS (
            SELECT DISTINCT p.id FROM provider p JOIN participation a ON a.provider_id = p.id
            JOIN unnest($1::uuid[], $2::text[]) AS n (network, tier)
                ON n.network = a.network_id AND (n.tier IS NULL OR n.tier = a.tier)
            WHERE p.owner_organization_id IS NULL AND p.network_status = 'ACTIVE' AND a.status = 'ACTIVE'
            AND a.effective <= $3 AND (a.termination IS NULL OR a.termination >= $3)
        )
        SELECT l.id, count(*) OVER () FROM listed l
        ORDER BY sha256(convert_to($4 || ':' || l.id::text, 'UTF8')), l.id LIMIT $5",
    )
    .bind(networks)
    .bind(tiers)
    .bind(now.date_naive())
    .bind(seed)
    .bind(size)
    .fetch_all(tx.connection())
    .await?;
    let report: Uuid = sqlx::query_scalar(
        "INSERT INTO accuracy_report (organization_id, plan_id, seed, population, drawn_at) VALUES ($1, $2, $3, $4, $5)
        RETURNING id",
    )
    .bind(plan.organization_id.0)
    .bind(plan.id.0)
    .bind(seed)
    .bind(drawn.first().map_or(0, |(_, population)| *population))
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    for (place, (provider, _)) in (1_i32..).zip(&drawn) {
        let found = providers::find(tx, &ProviderKey::Id(ProviderId(*provider))).await?;
        sqlx::query(
            "INSERT INTO accuracy_listing (report_id, organization_id, place, provider_id, listed)
            VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(report)
        .bind(plan.organization_id.0)
        .bind(place)
        .bind(provider)
        .bind(json!(found))
        .execute(tx.connection())
        .await?;
    }
    let detail = json!({ "plan_id": plan.id, "seed": seed, "sample": drawn.len() });
    audit::record(tx, "accuracy.draw", "accuracy_report", &report.to_string(), &detail).await?;
    Ok(report)
}

/// Writes down what was found of a listing of a sample.
///
/// # Errors
/// [`Error::NotFound`] where there is no such sample; [`Error::Refused`] where the provider is not in it.
pub async fn find_out(
    tx: &mut Tx,
    report: Uuid,
    provider: ProviderId,
    found: &BTreeMap<ListingField, FieldFinding>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    head(tx, report).await?;
    let (fields, findings): (Vec<_>, Vec<_>) = found.iter().map(|(f, found)| (f.code(), found.code())).unzip();
    let written = sqlx::query(
        "INSERT INTO accuracy_finding (report_id, provider_id, field, organization_id, finding, found_at)
        SELECT l.report_id, l.provider_id, u.field, l.organization_id, u.finding, $5
        FROM accuracy_listing l CROSS JOIN unnest($3::text[], $4::text[]) AS u (field, finding)
        WHERE l.report_id = $1 AND l.provider_id = $2
        ON CONFLICT (report_id, provider_id, field)
            DO UPDATE SET finding = excluded.finding, found_at = excluded.found_at, found_by = app_actor()",
    )
    .bind(report)
    .bind(provider.0)
    .bind(fields)
    .bind(findings)
    .bind(now)
    .execute(tx.connection())
    .await?;
    if written.rows_affected() == 0 {
        return Err(Error::Refused(Fault::new(
            "provider",
            "stranger",
            "is not in the sample",
        )));
    }
    let detail = json!({ "provider_id": provider, "found": found });
    audit::record(tx, "accuracy.find", "accuracy_report", &report.to_string(), &detail).await
}

#[derive(FromRow)]
struct Head {
    id: Uuid,
    plan_id: Uuid,
    seed: String,
    population: i64,
    drawn_at: DateTime<Utc>,
    drawn_by: String,
}

async fn head(tx: &mut Tx, id: Uuid) -> Result<Head, Error> {
    let head = sqlx::query_as(
        "SELECT r.id, r.plan_id, r.seed, r.population, r.drawn_at, r.drawn_by FROM accuracy_report r WHERE r.id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    head.ok_or(Error::NotFound)
}

/// A sample with its score.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn read(tx: &mut Tx, id: Uuid) -> Result<Report, Error> {
    let head = head(tx, id).await?;
    let listed: Vec<(Uuid, Value)> = sqlx::query_as(
        "SELECT l.provider_id, l.listed FROM accuracy_listing l WHERE l.report_id = $1 ORDER BY l.place",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    let found: Vec<(Uuid, String, String)> =
        sqlx::query_as("SELECT f.provider_id, f.field, f.finding FROM accuracy_finding f WHERE f.report_id = $1")
            .bind(id)
            .fetch_all(tx.connection())
            .await?;
    let mut by_provider: HashMap<Uuid, BTreeMap<ListingField, FieldFinding>> = HashMap::new();
    for (provider, field, finding) in found {
        let fields = by_provider.entry(provider).or_default();
        fields.insert(term(&field)?, term(&finding)?);
    }
    let listing = |(provider_id, listed): (Uuid, Value)| Listing {
        found: by_provider.remove(&provider_id).unwrap_or_default(),
        provider_id,
        listed,
    };
    let listings: Vec<Listing> = listed.into_iter().map(listing).collect();
    let found: Vec<_> = listings.iter().map(|l| l.found.clone()).collect();
    Ok(Report {
        id: head.id,
        plan_id: head.plan_id,
        seed: head.seed,
        population: head.population,
        drawn_at: head.drawn_at,
        drawn_by: head.drawn_by,
        score: score(u32::try_from(listings.len()).unwrap_or(u32::MAX), &found),
        listings,
    })
}
