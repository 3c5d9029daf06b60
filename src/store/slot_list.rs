//! Lists of slots in the order of time: the first of many, read along an index.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, QueryBuilder};

use super::{
    Error, Tx,
    slots::{COLUMNS, HANGS_ON, OPEN, Row, Slot, WITHIN, earliest, release_expired},
};
use crate::vocab::{
    ClinicId, PractitionerId,
    ids::{ScheduleId, SlotId},
};

/// Which slots of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// With a place left, to come, and all that they hang on active.
    #[default]
    Free,
    /// Without a place left.
    Busy,
    /// All that there are, also elapsed and hidden ones.
    All,
}

/// Which slots, in the order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Free, busy or all.
    pub which: Which,
    /// Of these practitioners; none: of all.
    pub practitioners: Option<Vec<PractitionerId>>,
    /// At this clinic; none: at all.
    pub clinic_id: Option<ClinicId>,
    /// Of this schedule.
    pub schedule_id: Option<ScheduleId>,
    /// That take appointments of this type.
    pub appointment_type: Option<String>,
    /// Free ones that begin at or after this moment; others that have a moment at or after it.
    pub from: Option<DateTime<Utc>>,
    /// That end after this moment.
    pub ending_after: Option<DateTime<Utc>>,
    /// That begin before this moment.
    pub until: Option<DateTime<Utc>>,
    /// Behind this start and slot.
    pub after: Option<(DateTime<Utc>, SlotId)>,
}

/// Up to here the first slots of each practitioner are looked up by themselves, beyond all slots are read in order.
const FEW: usize = 64;

/// The first slots that fit, in the order of time. Holds that have run out are given back before.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64, now: DateTime<Utc>) -> Result<Vec<Slot>, Error> {
    if !plan_in_order(tx, now).await? && filter.which == Which::Free {
        return Ok(Vec::new());
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    if let Some(list) = filter.practitioners.as_deref().filter(|list| list.len() <= FEW) {
        return first_of_each(tx, filter, list, limit, now).await;
    }
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    sql.push("FROM time_slot s")
        .push(HANGS_ON)
        .push("WHERE s.organization_id = app_organization_id()");
    if let Some(list) = &filter.practitioners {
        let ids = list.iter().map(|id| id.0).collect::<Vec<_>>();
        sql.push(" AND s.practitioner_id = ANY (").push_bind(ids).push(")");
    }
    narrow(&mut sql, filter, now);
    sql.push(" ORDER BY s.starts_at, s.id LIMIT ").push(limit.to_string());
    read(tx, sql).await
}

/// The first slots of a few practitioners. Hardly ever one of them has them all, so a share is read of each; who had all of it
/// before the last one that is wanted may have more before it, and is asked once more.
async fn first_of_each(
    tx: &mut Tx,
    filter: &Filter,
    list: &[PractitionerId],
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Slot>, Error> {
    let share = share_of_each(limit, list.len());
    let mut slots = up_to_of_each(tx, filter, list, share, limit, now).await?;
    if share == limit {
        return Ok(slots);
    }
    let had = |slots: &[Slot], id: PractitionerId| slots.iter().filter(|slot| slot.practitioner_id == id).count();
    let mut cut: Vec<PractitionerId> = list.to_vec();
    cut.retain(|id| had(&slots, *id) >= share);
    if !cut.is_empty() {
        slots.retain(|slot| !cut.contains(&slot.practitioner_id));
        slots.extend(up_to_of_each(tx, filter, &cut, limit, limit, now).await?);
        slots.sort_unstable_by_key(|slot| (slot.span.starts_at, slot.id));
        slots.truncate(limit);
    }
    Ok(slots)
}

/// What is read of each of so many practitioners at first: of a larger share more is read in vain, of a smaller one more of them
/// are asked twice. At most `limit / share` can be.
fn share_of_each(limit: usize, practitioners: usize) -> usize {
    limit.div_ceil(practitioners.isqrt().max(1))
}

/// The first `limit` of what are at most the first `share` slots of each practitioner.
async fn up_to_of_each(
    tx: &mut Tx,
    filter: &Filter,
    list: &[PractitionerId],
    share: usize,
    limit: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Slot>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT s.* FROM unnest(");
    sql.push_bind(list.iter().map(|id| id.0).collect::<Vec<_>>());
    sql.push("::uuid[]) AS wanted (id) CROSS JOIN LATERAL (");
    sql.push(COLUMNS)
        .push("FROM time_slot s")
        .push(HANGS_ON)
        .push("WHERE s.practitioner_id = wanted.id");
    narrow(&mut sql, filter, now);
    // Written out: of a number that it does not know, the planner believes that it is a tenth of all. And nobody has two slots that
    // begin at the same time.
    sql.push(format!(" ORDER BY s.starts_at LIMIT {share}) s"));
    sql.push(format!(" ORDER BY s.starts_at, s.id LIMIT {limit}"));
    read(tx, sql).await
}

async fn read(tx: &mut Tx, mut sql: QueryBuilder<Postgres>) -> Result<Vec<Slot>, Error> {
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter, now: DateTime<Utc>) {
    match filter.which {
        Which::Free => {
            sql.push(" AND s.taken < s.max_bookings AND")
                .push(OPEN)
                .push(WITHIN)
                .push("AND s.starts_at > ")
                .push_bind(now);
        }
        Which::Busy => {
            sql.push(" AND s.taken >= s.max_bookings");
        }
        Which::All => {}
    }
    if let Some(id) = filter.clinic_id {
        sql.push(" AND s.clinic_id = ").push_bind(id.0);
    }
    if let Some(id) = filter.schedule_id {
        sql.push(" AND s.schedule_id = ").push_bind(id.0);
    }
    if let Some(wanted) = &filter.appointment_type {
        sql.push(" AND (s.appointment_types = '{}' OR lower(")
            .push_bind(wanted.clone());
        sql.push(") = ANY (SELECT lower(t) FROM unnest(s.appointment_types) t))");
    }
    match filter.from {
        // Nobody books what has begun.
        Some(from) if filter.which == Which::Free => {
            sql.push(" AND s.starts_at >= ").push_bind(from);
        }
        Some(from) => end_after(sql, from),
        None => {}
    }
    if let Some(start) = filter.ending_after {
        end_after(sql, start);
    }
    if let Some(until) = filter.until {
        sql.push(" AND s.starts_at < ").push_bind(until);
    }
    if let Some((start, id)) = filter.after {
        sql.push(" AND (s.starts_at, s.id) > (")
            .push_bind(start)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
}

fn end_after(sql: &mut QueryBuilder<Postgres>, start: DateTime<Utc>) {
    // The first bound is for the index.
    sql.push(" AND s.starts_at > ").push_bind(earliest(start));
    sql.push(" AND s.ends_at > ").push_bind(start);
}

/// Gives back the tenant's holds that have run out, tells the planner how the rest of the transaction asks, and answers whether
/// the tenant is active: one question, for its answer takes less time than its way.
///
/// Always the first few of many slots are wanted, in the order of an index: nested loops along it stop after those few, while
/// whatever gathers rows to join or sort them reads all that a tenant has. The planner does not see that by itself: each table
/// says once more whose a row is, which it takes for as many reasons to find few. And the plan is kept: making one takes ten
/// times as long as the answer.
pub(super) async fn plan_in_order(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Error> {
    let (active, some_ran_out): (Option<bool>, bool) = sqlx::query_as(
        "SELECT (SELECT o.is_active FROM organization o WHERE o.id = app_organization_id()),
            EXISTS (SELECT 1 FROM slot_hold h WHERE h.organization_id = app_organization_id() AND h.expires_at <= $1)
        FROM (SELECT count(set_config(s.name, s.value, true)) FROM (VALUES ('plan_cache_mode', 'force_generic_plan'),
            ('enable_bitmapscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('enable_sort', 'off'),
            ('max_parallel_workers_per_gather', '0'), ('jit', 'off')) AS s (name, value)) AS told",
    )
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    if some_ran_out {
        release_expired(tx, now).await?;
    }
    Ok(active.unwrap_or_default())
}

/// The same for what is found by its own key, however it is sorted afterwards.
pub(super) async fn plan_by_key(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Error> {
    let active = plan_in_order(tx, now).await?;
    sqlx::query("SELECT set_config('enable_sort', 'on', true)")
        .execute(tx.connection())
        .await?;
    Ok(active)
}
