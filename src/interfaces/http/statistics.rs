//! `/statistics`: numbers about a tenant's practitioners, appointments and clinics, and how long one waits.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Operation, query},
    parameters,
    problem::Problem,
};
use crate::domain::access::Permission;
use crate::store::statistics::{self, ClinicLoad, PractitionerCounts, PractitionerLoad, Stretch, Wait};

/// The load of everybody, and who stands out.
#[derive(Serialize, JsonSchema)]
struct Appointments {
    /// The first moment.
    from: DateTime<Utc>,
    /// The first moment after it.
    until: DateTime<Utc>,
    /// Those with most appointments.
    busiest: Vec<PractitionerLoad>,
    /// Those with most places free from now on.
    most_free: Vec<PractitionerLoad>,
    /// Everybody, the busiest first.
    practitioners: Vec<PractitionerLoad>,
}

/// The load of each clinic.
#[derive(Serialize, JsonSchema)]
struct Clinics {
    /// The first moment.
    from: DateTime<Utc>,
    /// The first moment after it.
    until: DateTime<Utc>,
    /// The busiest first.
    clinics: Vec<ClinicLoad>,
}

/// Waits by specialty.
#[derive(Serialize, JsonSchema)]
struct Waits {
    /// The days allowed.
    days: i32,
    /// The share of practitioners asked for.
    percent: u8,
    /// By specialty.
    specialties: Vec<Wait>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/statistics/practitioners", get(practitioners)),
        ("/statistics/appointments", get(appointments)),
        ("/statistics/clinics", get(clinics)),
        ("/statistics/wait-times", get(waits)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "statistics";
    let moment = json!({"type": "string", "format": "date-time"});
    let stretch = || {
        [
            query("from", &moment, "From this moment on; a week ago if not said."),
            query(
                "until",
                &moment,
                "Before this moment; four weeks after `from` if not said. At most a year.",
            ),
        ]
    };
    let by = "Those with statistics:read.";
    vec![
        Operation::answering_with::<PractitionerCounts>(
            "get",
            "/statistics/practitioners",
            TAG,
            "How many practitioners, by specialty, status and gender",
        )
        .by(by),
        Operation::answering_with::<Appointments>(
            "get",
            "/statistics/appointments",
            TAG,
            "Who is busiest, who has places free, how much is used",
        )
        .by(by)
        .asking(stretch()),
        Operation::answering_with::<Clinics>("get", "/statistics/clinics", TAG, "The same by clinic")
            .by(by)
            .asking(stretch()),
        Operation::answering_with::<Waits>(
            "get",
            "/statistics/wait-times",
            TAG,
            "Whether enough practitioners have a free slot soon enough, by specialty",
        )
        .by(by)
        .asking([
            query(
                "days",
                &json!({"type": "integer", "minimum": 1, "maximum": 365, "default": 10}),
                "The days allowed.",
            ),
            query(
                "percent",
                &json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 95}),
                "The share asked for.",
            ),
            query(
                "appointment_type",
                &json!({"type": "string"}),
                "For appointments of this type.",
            ),
        ]),
    ]
}

async fn practitioners(State(rooms): State<Arc<Rooms>>, inside: InOrganization) -> Result<Response, Problem> {
    inside.require(Permission::StatisticsRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let counts = statistics::practitioners(&mut tx, rooms.now().date_naive()).await?;
    Ok(Json(counts).into_response())
}

/// How many stand out.
const TOP: usize = 5;

async fn appointments(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::StatisticsRead)?;
    let over = stretch(raw.as_deref(), rooms.now())?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let practitioners = statistics::by_practitioner(&mut tx, over).await?;
    let mut free: Vec<&PractitionerLoad> = practitioners.iter().filter(|one| one.load.free > 0).collect();
    free.sort_by_key(|one| std::cmp::Reverse(one.load.free));
    let told = Appointments {
        from: over.from,
        until: over.until,
        busiest: practitioners
            .iter()
            .filter(|one| one.load.appointments > 0)
            .take(TOP)
            .cloned()
            .collect(),
        most_free: free.into_iter().take(TOP).cloned().collect(),
        practitioners,
    };
    Ok(Json(told).into_response())
}

async fn clinics(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::StatisticsRead)?;
    let over = stretch(raw.as_deref(), rooms.now())?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let told = Clinics {
        from: over.from,
        until: over.until,
        clinics: statistics::by_clinic(&mut tx, over).await?,
    };
    Ok(Json(told).into_response())
}

fn stretch(raw: Option<&str>, now: DateTime<Utc>) -> Result<Stretch, Problem> {
    let [from, until] = parameters::only(parameters::pairs(raw)?, ["from", "until"])?;
    let from = parameters::moment("from", from)?.unwrap_or(now - TimeDelta::weeks(1));
    let until = parameters::moment("until", until)?.unwrap_or(from + TimeDelta::weeks(4));
    if until <= from || until - from > TimeDelta::days(366) {
        return Err(Problem::fault("until", "range", "after `from`, by at most a year"));
    }
    Ok(Stretch { from, until, now })
}

async fn waits(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::StatisticsRead)?;
    let known = ["days", "percent", "appointment_type"];
    let [days, percent, wanted] = parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let days = parameters::number("days", days.as_deref(), 1, 365, 10)?;
    let percent = parameters::number("percent", percent.as_deref(), 1, 100, 95)?;
    // Both are small by now.
    let (days, percent) = (
        i32::try_from(days).unwrap_or(i32::MAX),
        u8::try_from(percent).unwrap_or(u8::MAX),
    );
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let specialties = statistics::waits(&mut tx, wanted.as_deref(), days, percent, rooms.now()).await?;
    Ok(Json(Waits {
        days,
        percent,
        specialties,
    })
    .into_response())
}
