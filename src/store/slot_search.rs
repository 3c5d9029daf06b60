//! Slots with where each of them stands, asked for by several bounds on their begin and end at once: what programs search by that
//! do not know how this directory offers its own.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sqlx::{FromRow, Postgres, QueryBuilder};

use super::{
    Error, Tx,
    conditions::one_of,
    slot_list::{plan_by_key, plan_in_order},
    slots::{COLUMNS, HANGS_ON, LONGEST, OPEN, Row, Slot, WITHIN, organization_is_active, release_expired},
};
use crate::domain::slot::State;
use crate::vocab::{
    ClinicId, PractitionerId,
    ids::{ScheduleId, SlotId},
};

/// A slot, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The slot.
    pub slot: Slot,
    /// Whether it can be booked, and why not.
    pub state: State,
}

/// Which end of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first moment.
    Start,
    /// The first moment after it.
    End,
}

/// How an edge lies to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Before,
    /// `<=`
    UpTo,
    /// `>=`
    From,
    /// `>`
    After,
}

/// A moment: the same everywhere, or when the clock of each slot's own clinic shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The same everywhere.
    At(DateTime<Utc>),
    /// On the clinic's wall clock.
    OnTheClock(NaiveDateTime),
}

/// A bound on one edge of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Of which edge.
    pub edge: Edge,
    /// How it lies.
    pub relation: Relation,
    /// To what.
    pub moment: Moment,
}

/// Which slots; all that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With one of these keys.
    pub ids: Option<Vec<SlotId>>,
    /// Of one of these schedules.
    pub schedules: Option<Vec<ScheduleId>>,
    /// With one of these practitioners.
    pub practitioners: Option<Vec<PractitionerId>>,
    /// At one of these clinics.
    pub clinics: Option<Vec<ClinicId>>,
    /// That stand so.
    pub states: Option<Vec<State>>,
    /// That lie so.
    pub bounds: Vec<Bound>,
    /// Behind this start and slot.
    pub after: Option<(DateTime<Utc>, SlotId)>,
}

#[derive(FromRow)]
struct KnownRow {
    #[sqlx(flatten)]
    slot: Row,
    state: String,
}

/// No clock is further ahead of UTC.
const AHEAD: TimeDelta = TimeDelta::hours(14);
/// No clock is further behind it.
const BEHIND: TimeDelta = TimeDelta::hours(12);

/// The first slots that fit, in the order of time, hidden and elapsed ones too. Holds that have run out are given back before.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64, now: DateTime<Utc>) -> Result<Vec<Known>, Error> {
    let is_active = match filter.ids {
        Some(_) => plan_by_key(tx, now).await?,
        None => plan_in_order(tx, now).await?,
    };
    let mut sql = QueryBuilder::<Postgres>::new("SELECT known.* FROM (");
    push_known(&mut sql, filter, is_active, now);
    sql.push(" ORDER BY known.starts_at, known.id LIMIT ")
        .push(limit.max(0).to_string());
    let rows: Vec<KnownRow> = sql.build_query_as().fetch_all(tx.connection()).await?;
    let read = |row: KnownRow| {
        let state = State::ALL.into_iter().find(|state| state.code() == row.state);
        let state = state.ok_or_else(|| Error::Corrupt(format!("state {} of a slot", row.state)))?;
        let slot = row.slot.into();
        Ok(Known { slot, state })
    };
    rows.into_iter().map(read).collect()
}

/// How many slots fit, wherever a page begins. To be asked before a list of the same transaction, which tells the planner that
/// a few are enough.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn count(tx: &mut Tx, filter: &Filter, now: DateTime<Utc>) -> Result<i64, Error> {
    release_expired(tx, now).await?;
    let is_active = organization_is_active(tx).await?;
    let all = Filter {
        after: None,
        ..filter.clone()
    };
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) FROM (");
    push_known(&mut sql, &all, is_active, now);
    Ok(sql.build_query_scalar().fetch_one(tx.connection()).await?)
}

/// The slots that fit, as `known`, behind `FROM (`.
fn push_known(sql: &mut QueryBuilder<Postgres>, filter: &Filter, is_active: bool, now: DateTime<Utc>) {
    sql.push(COLUMNS).push(", ");
    push_state(sql, is_active, now);
    sql.push(" AS state FROM time_slot s")
        .push(HANGS_ON)
        .push("WHERE s.organization_id = app_organization_id()");
    narrow(sql, filter);
    sql.push(") known");
    if let Some(states) = &filter.states {
        let codes = states.iter().map(|state| state.code().to_owned()).collect::<Vec<_>>();
        sql.push(" WHERE known.state = ANY (").push_bind(codes).push(")");
    }
}

/// Where a slot stands, by the codes of [`State`].
fn push_state(sql: &mut QueryBuilder<Postgres>, is_active: bool, now: DateTime<Utc>) {
    sql.push(
        "CASE WHEN s.taken >= s.max_bookings THEN
            CASE WHEN s.taken - (SELECT count(*) FROM slot_hold h WHERE h.slot_id = s.id) >= s.max_bookings
                THEN 'busy' ELSE 'busy-tentative' END
        WHEN ",
    );
    sql.push_bind(is_active)
        .push(" AND")
        .push(OPEN)
        .push(WITHIN)
        .push("AND s.starts_at > ")
        .push_bind(now)
        .push(" THEN 'free' ELSE 'busy-unavailable' END");
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(ids) = &filter.ids {
        one_of(sql, "s.id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.schedules {
        one_of(sql, "s.schedule_id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.practitioners {
        one_of(sql, "s.practitioner_id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.clinics {
        one_of(sql, "s.clinic_id", ids.iter().map(|id| id.0));
    }
    let has_place = |state: &State| matches!(state, State::Free | State::BusyUnavailable);
    if filter
        .states
        .as_ref()
        .is_some_and(|states| states.iter().all(has_place))
    {
        sql.push(" AND s.taken < s.max_bookings"); // As the indexes of free slots have it.
    }
    for bound in &filter.bounds {
        push_bound(sql, *bound);
    }
    if let Some((start, id)) = filter.after {
        sql.push(" AND (s.starts_at, s.id) > (")
            .push_bind(start)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
}

/// The bound itself and, where it is not one that an index knows, a wider one that is.
fn push_bound(sql: &mut QueryBuilder<Postgres>, bound: Bound) {
    let column = match bound.edge {
        Edge::Start => "s.starts_at",
        Edge::End => "s.ends_at",
    };
    let operator = match bound.relation {
        Relation::Before => "<",
        Relation::UpTo => "<=",
        Relation::From => ">=",
        Relation::After => ">",
    };
    sql.push(format!(" AND {column} {operator} "));
    let (earliest, latest) = match bound.moment {
        Moment::At(moment) => {
            sql.push_bind(moment);
            (moment, moment)
        }
        Moment::OnTheClock(time) => {
            sql.push("(").push_bind(time).push(" AT TIME ZONE c.time_zone)");
            (time.and_utc() - AHEAD, time.and_utc() + BEHIND)
        }
    };
    let is_lower = matches!(bound.relation, Relation::From | Relation::After);
    if is_lower {
        sql.push(" AND s.starts_at >= ").push_bind(earliest - LONGEST);
    } else {
        sql.push(" AND s.starts_at <= ").push_bind(latest);
    }
}
