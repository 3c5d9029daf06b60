//! `/rosters`: who takes part in a network, uploaded as CSV, checked, and applied when somebody says so.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    operation::{Operation, query},
    parameters,
    path::Path,
    position::{at_position, position_header},
    problem::{Kind, Problem},
    refusals::unless_absent,
};
use crate::domain::access::{Actor, Permission};
use crate::intake::roster;
use crate::store::{
    self,
    rosters::{self, Roster},
};
use crate::vocab::NetworkId;

/// The paths of this file.
pub fn routes() -> Routes {
    vec![
        ("/rosters", post(upload)),
        ("/rosters/{id}", get(read)),
        ("/rosters/{id}/apply", post(apply)),
    ]
}

/// What the paths do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "An administrator of the network's organisation, or a platform administrator.";
    let one = |method, path, summary| {
        Operation::answering_with::<Roster>(method, path, "networks", summary)
            .by(WHO)
            .refusing(&[Kind::NotFound, Kind::InvalidParameter])
    };
    vec![
        one(
            "post",
            "/rosters",
            "Upload a roster as text/csv; it is checked, and nothing changes",
        )
        .asking([query(
            "network",
            &json!({"type": "string", "format": "uuid"}),
            "The network that the rows take part in.",
        )])
        .refusing(&[Kind::UnsupportedMediaType, Kind::RuleRefused])
        .answering(201),
        one("get", "/rosters/{id}", "A roster and what is wrong with its rows"),
        one("post", "/rosters/{id}/apply", "Apply the good rows").refusing(&[Kind::TransitionRefused]),
    ]
}

/// Somebody who runs networks.
struct Manager(Actor);

impl FromRequestParts<Arc<Rooms>> for Manager {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let Asker(known) = Asker::from_request_parts(parts, rooms).await?;
        admit(known, Permission::NetworksWrite).map(Self)
    }
}

/// `POST /rosters?network=` with the file as its body.
async fn upload(
    State(rooms): State<Arc<Rooms>>,
    Manager(actor): Manager,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let [network] = parameters::only(parameters::pairs(raw.as_deref())?, ["network"])?;
    let network: NetworkId = network
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Problem::fault("network", "malformed", "the id of a network"))?;
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    if !media.trim().to_ascii_lowercase().starts_with("text/csv") {
        return Err(Problem::new(Kind::UnsupportedMediaType, "Send the roster as text/csv."));
    }
    if body.contains(&0) {
        let message = "is no UTF-8 text: of a spreadsheet, save it as CSV (UTF-8)";
        return Err(Problem::fault("body", "encoding", message));
    }
    let mut tx = rooms.store.begin(&actor).await?;
    let checked = rosters::known(&mut tx, roster::read(&body)).await?;
    let id = rosters::keep(&mut tx, network, &checked, rooms.now()).await?;
    let kept = rosters::find(&mut tx, id).await?;
    let position = tx.commit().await?;
    let at = [(header::LOCATION, format!("/rosters/{id}"))];
    let mut response = (StatusCode::CREATED, at, Json(kept)).into_response();
    response.headers_mut().extend(position_header(position));
    Ok(response)
}

/// `GET /rosters/{id}`.
async fn read(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Manager(actor): Manager,
) -> Result<Json<Roster>, Problem> {
    let id = id.parse().map_err(|_| malformed())?;
    let mut tx = rooms.store.begin(&actor).await?;
    Ok(Json(rosters::find(&mut tx, id).await.map_err(none)?))
}

/// `POST /rosters/{id}/apply`.
async fn apply(
    State(rooms): State<Arc<Rooms>>,
    Path(id): Path<String>,
    Manager(actor): Manager,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| malformed())?;
    let mut tx = rooms.store.begin(&actor).await?;
    let applied = rosters::apply(&mut tx, id, rooms.now()).await.map_err(none)?;
    let position = tx.commit().await?;
    Ok(at_position(StatusCode::OK, &applied, position))
}

fn malformed() -> Problem {
    Problem::fault("id", "malformed", "the id of a roster")
}

fn none(error: store::Error) -> Problem {
    unless_absent("There is no such roster.")(error)
}
