//! `GET /audit/report`: the report of a year on who did what and whether it was touched since.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    routing::get,
};
use chrono::Datelike;
use serde_json::json;

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    operation::{Operation, query},
    parameters,
    problem::Problem,
};
use crate::domain::access::Permission;
use crate::store::audit::{self, YearReport};

/// The path of this file.
pub fn routes() -> Routes {
    vec![("/audit/report", get(report))]
}

/// What it does.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::answering_with::<YearReport>(
            "get",
            "/audit/report",
            "operations",
            "Who did what in a year, how often they said why, and whether any row was touched since",
        )
        .by("An administrator of the organisation about it, or a platform administrator about all.")
        .asking([query(
            "year",
            &json!({"type": "integer", "minimum": 1970, "maximum": 9998}),
            "Which year; this one if not said.",
        )]),
    ]
}

async fn report(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    RawQuery(raw): RawQuery,
) -> Result<Json<YearReport>, Problem> {
    let actor = admit(known, Permission::AuditRead)?;
    let [year] = parameters::only(parameters::pairs(raw.as_deref())?, ["year"])?;
    let this = usize::try_from(rooms.now().year()).unwrap_or(1970);
    let year = parameters::number("year", year.as_deref(), 1970, 9998, this)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let year = i32::try_from(year).unwrap_or_default();
    Ok(Json(audit::year_report(&mut tx, year).await?))
}
