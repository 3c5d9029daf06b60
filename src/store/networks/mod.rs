//! Organisations, networks, plans, and who takes part in them.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use sqlx::{
    AssertSqlSafe,
    types::{Json, Uuid},
};

use super::{Error, Store, Tx};
use crate::domain::provider::{Participation, Provider};
use crate::domain::reference::{
    Days, EarlierPolicies, Life, Network, OonPolicy, Organization, PendingPolicy, Plan, PlanNetwork, Reference,
};
use crate::vocab::{
    Fault, LocationId, NetworkId, ProviderId,
    terms::{Accepting, NetworkStatus},
};

mod change;
mod history;

pub use change::{NetworkChange, PlanChange, change_network, change_plan, find_network, find_plan_by_id};
pub use history::{Kind, State, earlier, history};

/// Id, code, name, organisation, policies for claims from outside and of pending providers, those of before, version, last day.
type PlanRow = (
    Uuid,
    String,
    String,
    Uuid,
    String,
    String,
    Json<Vec<EarlierPolicies>>,
    i64,
    Option<NaiveDate>,
);

/// Id, name, organisation, whether public, version, last day.
type NetworkRow = (Uuid, String, Uuid, bool, i64, Option<NaiveDate>);

/// Plan, network, tier, first and last day.
type UsedRow = (Uuid, Uuid, Option<String>, Option<NaiveDate>, Option<NaiveDate>);

const NETWORK_COLUMNS: &str = "id, name, organization_id, public, version, ends_on";
const PLAN_COLUMNS: &str =
    "id, code, name, organization_id, oon_policy, pending_policy, earlier_policies, version, ends_on";

fn network((id, name, organization, public, version, ends_on): NetworkRow) -> Network {
    Network {
        id: id.into(),
        name,
        organization_id: organization.into(),
        public,
        life: Life { version, ends_on },
    }
}

fn plan(row: PlanRow, networks: Vec<PlanNetwork>) -> Result<Plan, Error> {
    let (id, code, name, organization, oon, pending, Json(earlier_policies), version, ends_on) = row;
    Ok(Plan {
        id: id.into(),
        code,
        name,
        organization_id: organization.into(),
        networks,
        oon_policy: oon_policy(&oon)?,
        pending_policy: pending_policy(&pending)?,
        earlier_policies,
        life: Life { version, ends_on },
    })
}

fn used((_, network, tier, begins_on, ends_on): UsedRow) -> PlanNetwork {
    PlanNetwork {
        network_id: network.into(),
        tier,
        days: Days { begins_on, ends_on },
    }
}

/// All networks, plans and organisations, for readers that join them to providers in memory.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn reference(store: &Store) -> Result<Reference, Error> {
    let mut tx = store
        .feed()
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let organizations: Vec<(Uuid, String, String, String)> =
        sqlx::query_as("SELECT id, name, slug, type FROM organization WHERE is_active ORDER BY id")
            .fetch_all(&mut *tx)
            .await?;
    let sql = format!("SELECT {NETWORK_COLUMNS} FROM network ORDER BY id");
    let networks: Vec<NetworkRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *tx).await?;
    let sql = format!("SELECT {PLAN_COLUMNS} FROM plan ORDER BY id");
    let plans: Vec<PlanRow> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *tx).await?;
    let all_used: Vec<UsedRow> = sqlx::query_as(
        "SELECT plan_id, network_id, tier, begins_on, ends_on FROM plan_network
        ORDER BY plan_id, network_id, tier, begins_on",
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    let mut networks_of: HashMap<Uuid, Vec<PlanNetwork>> = HashMap::new();
    for row in all_used {
        networks_of.entry(row.0).or_default().push(used(row));
    }
    let with_networks = |row: PlanRow| {
        let networks = networks_of.remove(&row.0).unwrap_or_default();
        plan(row, networks)
    };
    Ok(Reference {
        plans: plans.into_iter().map(with_networks).collect::<Result<_, Error>>()?,
        networks: networks.into_iter().map(network).collect(),
        organizations: organizations
            .into_iter()
            .map(|(id, name, slug, kind)| Organization {
                id: id.into(),
                name,
                slug,
                kind,
            })
            .collect(),
    })
}

fn oon_policy(code: &str) -> Result<OonPolicy, Error> {
    match code {
        "PAY" => Ok(OonPolicy::Pay),
        "DENY" => Ok(OonPolicy::Deny),
        other => Err(Error::Corrupt(format!("oon_policy {other}"))),
    }
}

fn pending_policy(code: &str) -> Result<PendingPolicy, Error> {
    match code {
        "HOLD" => Ok(PendingPolicy::Hold),
        "OON" => Ok(PendingPolicy::Oon),
        "DENY" => Ok(PendingPolicy::Deny),
        other => Err(Error::Corrupt(format!("pending_policy {other}"))),
    }
}

fn oon_code(policy: OonPolicy) -> &'static str {
    match policy {
        OonPolicy::Pay => "PAY",
        OonPolicy::Deny => "DENY",
    }
}

fn pending_code(policy: PendingPolicy) -> &'static str {
    match policy {
        PendingPolicy::Hold => "HOLD",
        PendingPolicy::Oon => "OON",
        PendingPolicy::Deny => "DENY",
    }
}

/// Adds a tenant. The id is the caller's (uuid v7).
///
/// # Errors
/// [`Error::Refused`] where the slug is taken or the kind unknown, [`Error::Forbidden`] for others than administrators.
pub async fn create_organization(tx: &mut Tx, new: &Organization) -> Result<(), Error> {
    sqlx::query("INSERT INTO organization (id, name, slug, type) VALUES ($1, $2, $3, $4)")
        .bind(new.id.0)
        .bind(&new.name)
        .bind(&new.slug)
        .bind(&new.kind)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Adds a network.
///
/// # Errors
/// [`Error::Refused`] where its organisation has one of that name, [`Error::Forbidden`] for another tenant's.
pub async fn create_network(tx: &mut Tx, new: &Network) -> Result<(), Error> {
    sqlx::query("INSERT INTO network (id, organization_id, name, public) VALUES ($1, $2, $3, $4)")
        .bind(new.id.0)
        .bind(new.organization_id.0)
        .bind(&new.name)
        .bind(new.public)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Adds a plan with the networks it uses.
///
/// # Errors
/// [`Error::Refused`] where its organisation has one of that code, [`Error::Forbidden`] for another tenant's.
pub async fn create_plan(tx: &mut Tx, new: &Plan) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO plan (id, organization_id, code, name, oon_policy, pending_policy) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.id.0)
    .bind(new.organization_id.0)
    .bind(&new.code)
    .bind(&new.name)
    .bind(oon_code(new.oon_policy))
    .bind(pending_code(new.pending_policy))
    .execute(tx.connection())
    .await?;
    change::add_networks(tx, new.id, new.organization_id, &new.networks).await
}

/// A participation to be added or brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewParticipation {
    /// Who.
    pub provider_id: ProviderId,
    /// In which network.
    pub network_id: NetworkId,
    /// Where; none: at every place.
    pub location_id: Option<LocationId>,
    /// In which tier.
    pub tier: Option<String>,
    /// Below the provider's own status.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day, inclusive; none: open.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Option<Accepting>,
    /// Which, in words; only where some are taken.
    pub characteristics: Option<String>,
}

/// Adds participations; one that is there already (same provider, network, place, tier and first day) is brought up to
/// date. How many rows changed.
///
/// # Errors
/// [`Error::Refused`] for an unknown provider, network or place; the same participation must not come twice.
pub async fn add_participations(tx: &mut Tx, new: &[NewParticipation]) -> Result<u64, Error> {
    let column = |f: fn(&NewParticipation) -> Option<Uuid>| new.iter().map(f).collect::<Vec<_>>();
    let done = sqlx::query(
        "INSERT INTO participation AS p
            (provider_id, network_id, organization_id, location_id, tier, status, effective, termination, accepting,
            characteristics)
        SELECT u.provider_id, u.network_id, n.organization_id, u.location_id, u.tier, u.status, u.effective,
            u.termination, u.accepting, u.characteristics
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::text[], $9::text[])
            AS u (provider_id, network_id, location_id, tier, status, effective, termination, accepting, characteristics)
        LEFT JOIN network n ON n.id = u.network_id
        ON CONFLICT (provider_id, network_id, effective,
            coalesce(location_id, '00000000-0000-0000-0000-000000000000'), coalesce(tier, ''))
        DO UPDATE SET status = excluded.status, termination = excluded.termination, accepting = excluded.accepting,
            characteristics = excluded.characteristics
        WHERE (p.status, p.termination, p.accepting, p.characteristics)
            IS DISTINCT FROM (excluded.status, excluded.termination, excluded.accepting, excluded.characteristics)",
    )
    .bind(column(|p| Some(p.provider_id.0)))
    .bind(column(|p| Some(p.network_id.0)))
    .bind(column(|p| p.location_id.map(|id| id.0)))
    .bind(new.iter().map(|p| p.tier.clone()).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.status.code()).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.effective).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.termination).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.accepting.map(Accepting::code)).collect::<Vec<_>>())
    .bind(new.iter().map(|p| p.characteristics.clone()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected())
}

/// What a list of participations of one provider may not have: networks and places that are not known, days in the wrong
/// order, one participation twice.
pub(super) async fn check_participations(
    tx: &mut Tx,
    provider: &Provider,
    list: &[NewParticipation],
) -> Result<(), Error> {
    let asked: Vec<Uuid> = list.iter().map(|p| p.network_id.0).collect();
    let known: Vec<(Uuid, Option<NaiveDate>)> = sqlx::query_as("SELECT id, ends_on FROM network WHERE id = ANY ($1)")
        .bind(asked)
        .fetch_all(tx.connection())
        .await?;
    let known: HashMap<Uuid, Option<NaiveDate>> = known.into_iter().collect();
    let mut seen = HashSet::new();
    for (n, p) in list.iter().enumerate() {
        let refuse = |field: &str, code, message: &str| {
            let field = format!("participations[{n}]{field}");
            Err(Error::Refused(Fault::new(field, code, message)))
        };
        let Some(ends_on) = known.get(&p.network_id.0) else {
            return refuse(".network_id", "unknown_network", "is no network that is known");
        };
        if ends_on.is_some_and(|last| last < p.effective) {
            return refuse(".effective", "network_ended", "the network has ended by then");
        }
        let is_elsewhere = |id| provider.locations.iter().all(|l| l.id != id);
        if p.location_id.is_some_and(is_elsewhere) && !has_ended(provider, p) {
            let message =
                "is no location of this provider, or has closed: what was there ends on its last day at the latest";
            return refuse(".location_id", "unknown_location", message);
        }
        if p.termination.is_some_and(|last| last < p.effective) {
            return refuse(".termination", "range", "the last day is not before the first");
        }
        if p.tier.as_deref().is_some_and(|tier| tier.trim().is_empty()) {
            return refuse(".tier", "format", "a word, or left out");
        }
        if p.tier.as_deref().is_some_and(|tier| tier.chars().count() > 100) {
            return refuse(".tier", "length", "at most 100 characters");
        }
        if let Some(code) = characteristics_fault(p.accepting, p.characteristics.as_deref()) {
            return refuse(".characteristics", code.0, code.1);
        }
        if !seen.insert((p.network_id, p.location_id, p.tier.as_deref(), p.effective)) {
            return refuse("", "repeated", "the same network, place, tier and first day come twice");
        }
    }
    Ok(())
}

/// Whether it is there already and has ended, as all that was at a place that has closed, and is not to go on for longer.
fn has_ended(provider: &Provider, new: &NewParticipation) -> bool {
    let is_it = |p: &&Participation| {
        (p.network_id, p.location_id, p.effective) == (new.network_id, new.location_id, new.effective)
            && p.tier == new.tier
    };
    let known = provider.participations.iter().find(is_it);
    let last = known.and_then(|known| known.termination);
    last.is_some_and(|last| new.termination.is_some_and(|asked| asked <= last))
}

/// What is wrong with a word on which new patients are taken.
fn characteristics_fault(accepting: Option<Accepting>, said: Option<&str>) -> Option<(&'static str, &'static str)> {
    let said = said?;
    if said.trim().is_empty() || said.chars().count() > 500 {
        return Some(("length", "1 to 500 characters, or left out"));
    }
    match accepting {
        None | Some(Accepting::None) => Some(("not_accepting", "is said only where patients are taken (`accepting`)")),
        Some(_) => None,
    }
}

/// Deletes the participations of a provider that are not in the list.
pub(super) async fn retain_participations(
    tx: &mut Tx,
    provider: ProviderId,
    list: &[NewParticipation],
) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM participation p WHERE p.provider_id = $1 AND NOT EXISTS (
            SELECT 1 FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::date[])
                AS u (network_id, location_id, tier, effective)
            WHERE (u.network_id, u.effective) = (p.network_id, p.effective)
                AND u.location_id IS NOT DISTINCT FROM p.location_id AND u.tier IS NOT DISTINCT FROM p.tier)",
    )
    .bind(provider.0)
    .bind(list.iter().map(|p| p.network_id.0).collect::<Vec<_>>())
    .bind(list.iter().map(|p| p.location_id.map(|id| id.0)).collect::<Vec<_>>())
    .bind(list.iter().map(|p| p.tier.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|p| p.effective).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
