//! What is booked at a clinic of an agency's network, for the clinic's own people: `GET /api/portal/v1/clinic/appointments`.
//!
//! They see when somebody comes to whom, and for which case where the case is theirs; whom else an appointment is for stays
//! with the agency.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{
    Rooms, Routes,
    agency::now,
    operation::{Operation, query},
    parameters,
    portal::{self, Guest},
    problem::{Kind, Problem},
};
use crate::store::{
    Error,
    portal::{ClinicDays, clinic_days},
    provider_tokens::Bearer,
};

/// As many days are told unless somebody asks for others.
pub const WEEK: usize = 7;

/// As many at most.
const MOST_DAYS: usize = 62;

/// What somebody of an outside clinic sees of the days from `from` on, or from today.
pub async fn own_appointments(
    rooms: &Rooms,
    guest: &Bearer,
    from: Option<NaiveDate>,
    days: usize,
) -> Result<ClinicDays, Problem> {
    if from.is_some_and(|day| !(1900..=2200).contains(&day.year())) {
        return Err(Problem::fault("from", "range", "a day from 1900 to 2200"));
    }
    let now = now(rooms);
    portal::does(rooms, guest, async |tx| {
        let seen = clinic_days(tx, from, days, now).await?.ok_or(Error::NotFound)?;
        let booked = seen.appointments.iter().map(|booked| booked.id).collect::<Vec<_>>();
        let provider = guest.provider_id.to_string();
        let detail = json!({"from": seen.from, "until": seen.until, "appointments": booked});
        portal::asked(tx, guest, "portal.appointments", ("agency_provider", &provider), detail).await?;
        Ok(seen)
    })
    .await
}

/// `GET /api/portal/v1/clinic/appointments?from=&days=`.
async fn own(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    portal::admit_person(&bearer)?;
    let [from, days] = parameters::only(parameters::pairs(raw.as_deref())?, ["from", "days"])?;
    let from = parameters::parsed::<NaiveDate>("from", from, "a day like 2026-11-23")?;
    let days = parameters::number("days", days.as_deref(), 1, MOST_DAYS, WEEK)?;
    Ok(Json(own_appointments(&rooms, &bearer, from, days).await?).into_response())
}

/// The path.
pub fn routes() -> Routes {
    vec![("/api/portal/v1/clinic/appointments", get(own))]
}

/// What it does.
pub fn operations() -> Vec<Operation> {
    let from = json!({"type": "string", "format": "date"});
    let days = json!({"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": WEEK});
    let path = "/api/portal/v1/clinic/appointments";
    vec![
        Operation::answering_with::<ClinicDays>("get", path, "portal", "What is booked at the clinic")
            .asking([
                query("from", &from, "First day, by the clinic's clock; today if not said."),
                query("days", &days, "How many days."),
            ])
            .by("A person of an outside clinic whose portal the agency has tied to a site of its own.")
            .refusing(&[Kind::NotFound, Kind::TooManyRequests]),
    ]
}
