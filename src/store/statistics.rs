//! Numbers about a tenant's practitioners, slots and appointments.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

use super::{
    Error, Tx,
    slots::{HANGS_ON, OPEN, WITHIN},
};
use crate::vocab::{ClinicId, PractitionerId};

/// How many practitioners there are, by what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PractitionerCounts {
    /// All of them.
    pub total: i64,
    /// By NUCC code; `unknown` where none is said.
    pub by_specialty: BTreeMap<String, i64>,
    /// By the status that holds today.
    pub by_status: BTreeMap<String, i64>,
    /// F, M, X, and `unknown` where none is said.
    pub by_gender: BTreeMap<String, i64>,
}

/// Counts the tenant's practitioners as they are on `day`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn practitioners(tx: &mut Tx, day: NaiveDate) -> Result<PractitionerCounts, Error> {
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "WITH p AS (
            SELECT coalesce(specialty, 'unknown') AS specialty, coalesce(gender, 'unknown') AS gender,
                CASE WHEN $1 BETWEEN coalesce(status_from, '-infinity') AND coalesce(status_until, 'infinity')
                    THEN status ELSE 'active' END AS status
            FROM practitioner WHERE organization_id = app_organization_id())
        SELECT 'total', '', count(*) FROM p
        UNION ALL SELECT 'specialty', specialty, count(*) FROM p GROUP BY specialty
        UNION ALL SELECT 'status', status, count(*) FROM p GROUP BY status
        UNION ALL SELECT 'gender', gender, count(*) FROM p GROUP BY gender",
    )
    .bind(day)
    .fetch_all(tx.connection())
    .await?;
    let mut counts = PractitionerCounts::default();
    for (by, value, count) in rows {
        match by.as_str() {
            "specialty" => counts.by_specialty.insert(value, count),
            "status" => counts.by_status.insert(value, count),
            "gender" => counts.by_gender.insert(value, count),
            _ => {
                counts.total = count;
                None
            }
        };
    }
    Ok(counts)
}

/// How much is booked of what there is, over a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Load {
    /// Appointments that are not cancelled.
    pub appointments: i64,
    /// Cancelled ones.
    pub cancelled: i64,
    /// Ones to which the patient did not come.
    pub no_shows: i64,
    /// Ones that have lost their slot.
    pub displaced: i64,
    /// Places of all slots.
    pub capacity: i64,
    /// Places that an appointment or a hold has.
    pub taken: i64,
    /// Places that can be booked from now on.
    pub free: i64,
    /// Taken of capacity, 0 to 1; none without slots.
    pub utilisation: Option<f64>,
}

/// The load of one practitioner.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PractitionerLoad {
    /// Who.
    pub practitioner_id: PractitionerId,
    /// As shown.
    pub name: String,
    /// How much.
    #[serde(flatten)]
    pub load: Load,
}

/// The load of one clinic.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ClinicLoad {
    /// Where.
    pub clinic_id: ClinicId,
    /// As shown.
    pub name: String,
    /// How many practitioners are assigned to it in that time.
    pub practitioners: i64,
    /// How much.
    #[serde(flatten)]
    pub load: Load,
}

/// Over which time: from the first moment until before the second, with `now` between them or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
    /// What is free is free from now on.
    pub now: DateTime<Utc>,
}

#[derive(FromRow)]
struct LoadRow {
    id: Uuid,
    name: String,
    practitioners: i64,
    #[sqlx(flatten)]
    load: Load,
}

/// The load of everybody who practises in the tenant, the busiest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_practitioner(tx: &mut Tx, over: Stretch) -> Result<Vec<PractitionerLoad>, Error> {
    let rows = loads(tx, over, "practitioner", "practitioner_id", "1::bigint").await?;
    let read = |row: LoadRow| PractitionerLoad {
        practitioner_id: row.id.into(),
        name: row.name,
        load: row.load,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The load of the tenant's clinics, the busiest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn by_clinic(tx: &mut Tx, over: Stretch) -> Result<Vec<ClinicLoad>, Error> {
    let assigned = "(SELECT count(DISTINCT a.practitioner_id) FROM clinic_assignment a WHERE a.clinic_id = x.id
        AND tstzrange(a.start_date, a.end_date + 1) && tstzrange(over.from_at, over.until_at))";
    let rows = loads(tx, over, "clinic", "clinic_id", assigned).await?;
    let read = |row: LoadRow| ClinicLoad {
        clinic_id: row.id.into(),
        name: row.name,
        practitioners: row.practitioners,
        load: row.load,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// `table`, `key` and `practitioners` are this file's own words.
async fn loads(
    tx: &mut Tx,
    over: Stretch,
    table: &'static str,
    key: &'static str,
    practitioners: &'static str,
) -> Result<Vec<LoadRow>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("WITH over AS (SELECT ");
    sql.push_bind(over.from)
        .push("::timestamptz AS from_at, ")
        .push_bind(over.until)
        .push("::timestamptz AS until_at, ");
    sql.push_bind(over.now)
        .push("::timestamptz AS now_at), booked AS (SELECT b.")
        .push(key)
        .push(
            " AS key, count(*) FILTER (WHERE b.status <> 'cancelled') AS appointments,
            count(*) FILTER (WHERE b.status = 'cancelled') AS cancelled,
            count(*) FILTER (WHERE b.status = 'no_show') AS no_shows,
            count(*) FILTER (WHERE b.displaced AND b.status <> 'cancelled') AS displaced
        FROM appointment b, over
        WHERE b.organization_id = app_organization_id() AND b.starts_at >= over.from_at AND b.starts_at < over.until_at
        GROUP BY 1), slots AS (SELECT s.",
        );
    sql.push(key).push(
        " AS key, sum(s.max_bookings) AS capacity, sum(s.taken) AS taken, sum(CASE WHEN s.starts_at > over.now_at AND",
    );
    sql.push(OPEN)
        .push(WITHIN)
        .push("THEN s.max_bookings - s.taken ELSE 0 END) AS free FROM over CROSS JOIN time_slot s")
        .push(HANGS_ON);
    sql.push(
        "WHERE s.organization_id = app_organization_id() AND s.starts_at >= over.from_at AND s.starts_at < over.until_at
        GROUP BY 1)
        SELECT x.id, x.name, ",
    );
    sql.push(practitioners).push(
        " AS practitioners, coalesce(b.appointments, 0) AS appointments, coalesce(b.cancelled, 0) AS cancelled,
            coalesce(b.no_shows, 0) AS no_shows, coalesce(b.displaced, 0) AS displaced,
            coalesce(s.capacity, 0) AS capacity, coalesce(s.taken, 0) AS taken, coalesce(s.free, 0) AS free,
            s.taken::float8 / s.capacity AS utilisation
        FROM over CROSS JOIN ",
    );
    sql.push(table).push(
        " x LEFT JOIN booked b ON b.key = x.id LEFT JOIN slots s ON s.key = x.id
        WHERE x.organization_id = app_organization_id()
        ORDER BY appointments DESC, x.name, x.id",
    );
    Ok(sql.build_query_as().fetch_all(tx.connection()).await?)
}

/// How long one waits for an appointment in a specialty.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Wait {
    /// A NUCC code; `unknown` where the practitioners have none.
    pub specialty: String,
    /// Practitioners who are active today.
    pub practitioners: i64,
    /// Those of them who have a free slot within the days allowed.
    pub within: i64,
    /// Their share, 0 to 1.
    pub share: f64,
    /// Days until the next free slot, in the middle; none where most have none.
    pub median_days: Option<f64>,
    /// Whether the share reaches the one asked for.
    pub adequate: bool,
}

/// The wait for the next free slot by specialty: whether `percent` of the practitioners have one within `days`.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn waits(
    tx: &mut Tx,
    appointment_type: Option<&str>,
    days: i32,
    percent: u8,
    now: DateTime<Utc>,
) -> Result<Vec<Wait>, Error> {
    let mut sql =
        QueryBuilder::<Postgres>::new("WITH one AS (SELECT p.id, coalesce(p.specialty, 'unknown') AS specialty, ");
    sql.push("(SELECT extract(epoch FROM s.starts_at - ")
        .push_bind(now)
        .push(")::float8 / 86400 FROM time_slot s");
    sql.push(HANGS_ON.replace("JOIN practitioner p ON p.id = s.practitioner_id", ""));
    sql.push("WHERE s.practitioner_id = p.id AND s.taken < s.max_bookings AND")
        .push(OPEN)
        .push(WITHIN);
    sql.push("AND s.starts_at > ").push_bind(now);
    if let Some(wanted) = appointment_type {
        sql.push(" AND (s.appointment_types = '{}' OR lower(")
            .push_bind(wanted.to_owned());
        sql.push(") = ANY (SELECT lower(t) FROM unnest(s.appointment_types) t))");
    }
    sql.push(
        " ORDER BY s.starts_at LIMIT 1) AS wait FROM practitioner p WHERE p.organization_id = app_organization_id()",
    );
    sql.push(" AND (p.status = 'active' OR ").push_bind(now.date_naive());
    sql.push(
        " NOT BETWEEN coalesce(p.status_from, '-infinity') AND coalesce(p.status_until, 'infinity')))
        SELECT specialty, count(*), count(*) FILTER (WHERE wait <= ",
    );
    sql.push_bind(days).push(
        "), CASE WHEN count(wait) * 2 > count(*)
                THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY coalesce(wait, 'infinity')) END
        FROM one GROUP BY specialty ORDER BY specialty",
    );
    let rows: Vec<(String, i64, i64, Option<f64>)> = sql.build_query_as().fetch_all(tx.connection()).await?;
    let read = |(specialty, practitioners, within, median_days): (String, i64, i64, Option<f64>)| Wait {
        specialty,
        practitioners,
        within,
        share: ratio(within, practitioners),
        median_days: median_days.filter(|days| days.is_finite()),
        adequate: within * 100 >= practitioners * i64::from(percent),
    };
    Ok(rows.into_iter().map(read).collect())
}

#[expect(clippy::cast_precision_loss, reason = "counts of practitioners are small")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
