//! Lists of schedules, page by page.

use chrono::{NaiveDate, NaiveTime};
use sqlx::{Postgres, QueryBuilder};

use super::rows::{COLUMNS, Row};
use crate::domain::schedule::{Schedule, Weekly};
use crate::store::{
    Error, Tx,
    conditions::{Changed, one_of},
};
use crate::vocab::{ClinicId, PractitionerId, ids::ScheduleId};

/// Which schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With one of these keys.
    pub ids: Option<Vec<ScheduleId>>,
    /// Of one of these practitioners.
    pub practitioners: Option<Vec<PractitionerId>>,
    /// At one of these clinics.
    pub clinics: Option<Vec<ClinicId>>,
    /// Active ones that have slots for days before this one only.
    pub behind: Option<NaiveDate>,
    /// Active ones, or those that are not.
    pub is_active: Option<bool>,
    /// Last changed then.
    pub changed: Changed,
}

/// What schedules are sorted by: practitioner, weekday and time.
pub type Place = (PractitionerId, u8, NaiveTime, ScheduleId);

/// Where a schedule stands in a list.
pub fn place(schedule: &Schedule) -> Place {
    let Weekly {
        day_of_week,
        start_time,
        ..
    } = schedule.weekly;
    (schedule.practitioner_id, day_of_week, start_time, schedule.id)
}

/// Schedules read at once.
const PAGE: i64 = 1000;

/// All of the tenant's schedules that fit, by practitioner, weekday and time.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter) -> Result<Vec<Schedule>, Error> {
    let mut all: Vec<Schedule> = Vec::new();
    loop {
        let read = page(tx, filter, all.last().map(place), PAGE).await?;
        let more = i64::try_from(read.len()) == Ok(PAGE);
        all.extend(read);
        if !more {
            return Ok(all);
        }
    }
}

/// The first `limit` of the tenant's schedules that fit, behind a place in the order of [`place`].
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn page(tx: &mut Tx, filter: &Filter, after: Option<Place>, limit: i64) -> Result<Vec<Schedule>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new(COLUMNS);
    narrow(&mut sql, filter);
    if let Some((practitioner, weekday, time, id)) = after {
        sql.push(" AND (d.practitioner_id, d.day_of_week, d.start_time, d.id) > (")
            .push_bind(practitioner.0)
            .push(", ")
            .push_bind(i16::from(weekday))
            .push(", ")
            .push_bind(time)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
    sql.push(" ORDER BY d.practitioner_id, d.day_of_week, d.start_time, d.id LIMIT ")
        .push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many of the tenant's schedules fit.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) FROM (");
    sql.push(COLUMNS);
    narrow(&mut sql, filter);
    sql.push(") known");
    Ok(sql.build_query_scalar().fetch_one(tx.connection()).await?)
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(ids) = &filter.ids {
        one_of(sql, "d.id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.practitioners {
        one_of(sql, "d.practitioner_id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.clinics {
        one_of(sql, "d.clinic_id", ids.iter().map(|id| id.0));
    }
    if let Some(day) = filter.behind {
        sql.push(" AND d.is_active AND d.materialized_through < ")
            .push_bind(day);
    }
    if let Some(is_active) = filter.is_active {
        sql.push(" AND d.is_active = ").push_bind(is_active);
    }
    filter.changed.push(sql, "greatest(d.updated_at, c.updated_at)");
}
