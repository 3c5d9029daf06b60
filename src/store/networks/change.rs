//! Networks and plans change and end. History, version and event are written by the database, whoever changes them.

use sqlx::{
    AssertSqlSafe,
    types::{Json, Uuid},
};

use super::{NETWORK_COLUMNS, NetworkRow, PLAN_COLUMNS, PlanRow, UsedRow, network, oon_code, pending_code, plan, used};
use crate::domain::reference::{Network, OonPolicy, PendingPolicy, Plan, PlanNetwork};
use crate::store::{Error, Tx};
use crate::vocab::{NetworkId, OrganizationId, PlanId};

use chrono::NaiveDate;

/// What is to be another way of a network; none: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkChange {
    /// The name shown.
    pub name: Option<String>,
    /// Whether everybody may see and filter by it.
    pub public: Option<bool>,
    /// The last day; `Some(None)`: no end is known any more.
    pub ends_on: Option<Option<NaiveDate>>,
}

/// What is to be another way of a plan; none: as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanChange {
    /// HIOS plan id or the payer's own.
    pub code: Option<String>,
    /// The name shown.
    pub name: Option<String>,
    /// What happens to claims from outside.
    pub oon_policy: Option<OonPolicy>,
    /// What happens to claims of providers whose credentialing is open.
    pub pending_policy: Option<PendingPolicy>,
    /// The first day of service on which these two count.
    pub policies_from: NaiveDate,
    /// The last day of service that it pays; `Some(None)`: no end is known any more.
    pub ends_on: Option<Option<NaiveDate>>,
    /// All the networks that it pays in.
    pub networks: Option<Vec<PlanNetwork>>,
}

/// A network that the actor may see; it stays as it is until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn find_network(tx: &mut Tx, id: NetworkId) -> Result<Network, Error> {
    let sql = format!("SELECT {NETWORK_COLUMNS} FROM network WHERE id = $1 FOR UPDATE");
    let row: Option<NetworkRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    row.map(network).ok_or(Error::NotFound)
}

/// A plan that the actor may see; it stays as it is until the transaction ends.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find_plan_by_id(tx: &mut Tx, id: PlanId) -> Result<Plan, Error> {
    let sql = format!("SELECT {PLAN_COLUMNS} FROM plan WHERE id = $1 FOR UPDATE");
    let row: Option<PlanRow> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    let row = row.ok_or(Error::NotFound)?;
    let networks: Vec<UsedRow> = sqlx::query_as(
        "SELECT plan_id, network_id, tier, begins_on, ends_on FROM plan_network
        WHERE plan_id = $1 ORDER BY network_id, tier, begins_on",
    )
    .bind(id.0)
    .fetch_all(tx.connection())
    .await?;
    plan(row, networks.into_iter().map(used).collect())
}

fn at_version(found: i64, wanted: Option<i64>) -> Result<(), Error> {
    match wanted {
        Some(wanted) if wanted != found => Err(Error::VersionMismatch { current: found }),
        _ => Ok(()),
    }
}

/// Changes a network that is at a version; with none, at any. As it was and as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`] where the name is taken.
pub async fn change_network(
    tx: &mut Tx,
    id: NetworkId,
    version: Option<i64>,
    change: &NetworkChange,
) -> Result<(Network, Network), Error> {
    let before = find_network(tx, id).await?;
    at_version(before.life.version, version)?;
    let mut wanted = before.clone();
    wanted.name = change.name.clone().unwrap_or(wanted.name);
    wanted.public = change.public.unwrap_or(wanted.public);
    wanted.life.ends_on = change.ends_on.unwrap_or(wanted.life.ends_on);
    if wanted == before {
        return Ok((before, wanted));
    }
    sqlx::query("UPDATE network SET name = $2, public = $3, ends_on = $4 WHERE id = $1")
        .bind(id.0)
        .bind(&wanted.name)
        .bind(wanted.public)
        .bind(wanted.life.ends_on)
        .execute(tx.connection())
        .await?;
    Ok((before, find_network(tx, id).await?))
}

/// Changes a plan that is at a version; with none, at any. As it was and as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`] where the code is taken or a network not known.
pub async fn change_plan(
    tx: &mut Tx,
    id: PlanId,
    version: Option<i64>,
    change: PlanChange,
) -> Result<(Plan, Plan), Error> {
    let before = find_plan_by_id(tx, id).await?;
    at_version(before.life.version, version)?;
    let mut wanted = before.clone();
    wanted.code = change.code.unwrap_or(wanted.code);
    wanted.name = change.name.unwrap_or(wanted.name);
    wanted.change_policies(change.oon_policy, change.pending_policy, change.policies_from);
    wanted.life.ends_on = change.ends_on.unwrap_or(wanted.life.ends_on);
    if wanted != before {
        sqlx::query(
            "UPDATE plan SET code = $2, name = $3, oon_policy = $4, pending_policy = $5, ends_on = $6, earlier_policies = $7
            WHERE id = $1",
        )
        .bind(id.0)
        .bind(&wanted.code)
        .bind(&wanted.name)
        .bind(oon_code(wanted.oon_policy))
        .bind(pending_code(wanted.pending_policy))
        .bind(wanted.life.ends_on)
        .bind(Json(&wanted.earlier_policies))
        .execute(tx.connection())
        .await?;
    }
    if let Some(mut networks) = change.networks {
        networks.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut there = before.networks.clone();
        there.sort_by(|a, b| key(a).cmp(&key(b)));
        if networks != there {
            sqlx::query("DELETE FROM plan_network WHERE plan_id = $1")
                .bind(id.0)
                .execute(tx.connection())
                .await?;
            add_networks(tx, id, before.organization_id, &networks).await?;
        }
    }
    Ok((before, find_plan_by_id(tx, id).await?))
}

fn key(used: &PlanNetwork) -> impl Ord + '_ {
    (used.network_id, &used.tier, used.days.begins_on, used.days.ends_on)
}

/// Adds networks to those that a plan pays in.
pub(super) async fn add_networks(
    tx: &mut Tx,
    plan: PlanId,
    organization: OrganizationId,
    networks: &[PlanNetwork],
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO plan_network (plan_id, organization_id, network_id, tier, begins_on, ends_on)
        SELECT $1, $2, n, t, b, e FROM unnest($3::uuid[], $4::text[], $5::date[], $6::date[]) AS u (n, t, b, e)",
    )
    .bind(plan.0)
    .bind(organization.0)
    .bind(networks.iter().map(|n| n.network_id.0).collect::<Vec<Uuid>>())
    .bind(networks.iter().map(|n| n.tier.clone()).collect::<Vec<_>>())
    .bind(networks.iter().map(|n| n.days.begins_on).collect::<Vec<_>>())
    .bind(networks.iter().map(|n| n.days.ends_on).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
