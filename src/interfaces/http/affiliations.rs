//! `GET /providers/{key}/affiliations`: who is tied to a provider, and to those, up to three ties away.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    routing::get,
};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::Caller,
    operation::{Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    providers::{locate, parse_key},
};
use crate::store::affiliations::{self, Graph};

/// The path of this file.
pub fn routes() -> Routes {
    vec![("/providers/{key}/affiliations", get(around))]
}

/// What it does.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::answering_with::<Graph>(
            "get",
            "/providers/{key}/affiliations",
            "providers",
            "Groups, hospitals, supervisors and cover around a provider, and their ties",
        )
        .asking([query(
            "hops",
            &json!({"type": "integer", "minimum": 1, "maximum": 3, "default": 2}),
            "How many ties away.",
        )])
        .refusing(&[Kind::Merged, Kind::NotFound, Kind::Unavailable]),
    ]
}

async fn around(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Caller(actor): Caller,
    RawQuery(raw): RawQuery,
) -> Result<Json<Graph>, Problem> {
    let [hops] = parameters::only(parameters::pairs(raw.as_deref())?, ["hops"])?;
    let hops = parameters::number("hops", hops.as_deref(), 1, 3, 2)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &parse_key(&key)?).await?;
    let hops = u32::try_from(hops).unwrap_or(2);
    Ok(Json(affiliations::around(&mut tx, provider.id, hops).await?))
}
