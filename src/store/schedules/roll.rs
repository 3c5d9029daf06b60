//! Windows roll on: slots for the days that come within the horizon.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::types::Uuid;

use super::{Filter, defaults, find, keep_clinics, list, lock, zone_of};
use crate::domain::{
    access::{Actor, Role},
    schedule::{self, Schedule},
};
use crate::store::{Error, Store, Tx, schedule_exceptions, slots};
use crate::vocab::OrganizationId;

/// What rolling the windows on has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rolled {
    /// Slots that are new.
    pub slots: usize,
    /// Schedules that were left as they are; the log says why.
    pub failed: usize,
}

/// Rolls the windows of a tenant's schedules on: slots up to the horizon, for days that have none yet. Each schedule goes in a
/// transaction of its own, so that one that fails keeps no other from it.
///
/// # Errors
/// [`Error::Unavailable`], where not even the schedules can be read.
pub async fn roll_on(store: &Store, tenant: OrganizationId, now: DateTime<Utc>) -> Result<Rolled, Error> {
    let actor = Actor::new("timer:slots", Role::Service).within(tenant);
    let mut tx = store.begin(&actor).await?;
    let through = now.date_naive() + Days::new(defaults(&mut tx).await?.horizon_days.into());
    open_to(&mut tx, tenant, through, now).await?;
    let due = Filter {
        behind: Some(through),
        ..Filter::default()
    };
    let due = list(&mut tx, &due).await?;
    tx.commit().await?;
    let mut rolled = Rolled::default();
    for schedule in due {
        let id = schedule.id;
        let one = async {
            let mut tx = store.begin(&actor).await?;
            let added = roll_one(&mut tx, &schedule, through, now).await?;
            tx.commit().await?;
            Ok::<usize, Error>(added)
        };
        match one.await {
            Ok(added) => rolled.slots += added,
            Err(error) => {
                rolled.failed += 1;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, schedule = %id, organization = %tenant, "no slots for the days to come");
            }
        }
    }
    Ok(rolled)
}

/// Shows and books the tenant's slots as far ahead as it is configured to now. Slots that were made for later days stay for when
/// they come, and so do appointments in them.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn keep_horizon(tx: &mut Tx, tenant: OrganizationId, now: DateTime<Utc>) -> Result<(), Error> {
    let through = now.date_naive() + Days::new(defaults(tx).await?.horizon_days.into());
    open_to(tx, tenant, through, now).await
}

async fn open_to(tx: &mut Tx, tenant: OrganizationId, through: NaiveDate, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE schedule SET open_through = CASE WHEN materialized_through > $2 THEN $2 END,
            updated_at = greatest(updated_at, $3)
        WHERE organization_id = $1 AND deleted_at IS NULL
        AND open_through IS DISTINCT FROM CASE WHEN materialized_through > $2 THEN $2 END",
    )
    .bind(tenant.0)
    .bind(through)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn roll_one(tx: &mut Tx, before: &Schedule, through: NaiveDate, now: DateTime<Utc>) -> Result<usize, Error> {
    keep_clinics(tx, [before.clinic_id]).await?;
    lock(tx, before.practitioner_id).await?;
    let Some(schedule) = find(tx, before.id).await? else {
        return Ok(0);
    };
    if !schedule.is_active || schedule.materialized_through >= through {
        return Ok(0); // Somebody else has, since it was read.
    }
    // It is no new version, but what is told of it has changed.
    sqlx::query("UPDATE schedule SET materialized_through = $2, updated_at = greatest(updated_at, $3) WHERE id = $1")
        .bind(schedule.id.0)
        .bind(through)
        .bind(now)
        .execute(tx.connection())
        .await?;
    let zone = zone_of(&schedule)?;
    let exceptions = schedule_exceptions::list_from(tx, schedule.materialized_through).await?;
    let days = (schedule.materialized_through + Days::new(1), through);
    let fresh = schedule::slots(&schedule, &exceptions, zone, days, now);
    slots::add(tx, &schedule, &fresh, now).await
}

/// Rolls the windows of all tenants on, whatever fails for one of them.
///
/// # Errors
/// [`Error::Unavailable`], where the tenants can't be read.
pub async fn roll_on_all(store: &Store, now: DateTime<Utc>) -> Result<Rolled, Error> {
    let tenants: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM organization WHERE is_active ORDER BY id")
        .fetch_all(store.feed())
        .await?;
    let mut rolled = Rolled::default();
    for tenant in tenants {
        match roll_on(store, tenant.into(), now).await {
            Ok(one) => {
                rolled.slots += one.slots;
                rolled.failed += one.failed;
            }
            Err(error) => {
                rolled.failed += 1;
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, organization = %tenant, "no slots for the days to come");
            }
        }
    }
    Ok(rolled)
}
