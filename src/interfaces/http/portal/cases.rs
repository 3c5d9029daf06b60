//! A provider user's cases, and the items of them that are shared.

use std::sync::Arc;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    acts::{asked, does, id_of, one, part, told},
    door::Door,
};
use crate::domain::{case::Case, case_view::CaseView};
use crate::interfaces::http::{Rooms, agency::now, downloads::hidden, problem::Problem};
use crate::store::{
    self,
    portal::{self, Shown},
    provider_tokens::Bearer,
};
use crate::vocab::{
    CaseId, CaseItemId,
    terms::{CaseStatus, SightKind},
};

/// A case in a list.
#[derive(Serialize, JsonSchema)]
pub struct CaseSummary {
    /// Its key.
    pub id: CaseId,
    /// The agency's key.
    pub reference: String,
    /// `surrogacy`, `egg_donation`, the agency's word.
    pub kind: String,
    /// Where it stands.
    pub status: CaseStatus,
}

impl From<Case> for CaseSummary {
    fn from(case: Case) -> Self {
        Self {
            id: case.id,
            reference: case.reference,
            kind: case.kind,
            status: case.status,
        }
    }
}

/// The cases of a provider.
#[derive(Serialize, JsonSchema)]
pub(super) struct CaseSummaries {
    /// By reference.
    cases: Vec<CaseSummary>,
}

pub(super) async fn me(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let user = bearer.user_id.to_string();
    let myself = does(&rooms, &bearer, async |tx| {
        asked(tx, &bearer, "portal.me", ("provider_user", &user), json!({})).await?;
        portal::myself(tx).await
    })
    .await?;
    myself.map(|me| Json(me).into_response()).ok_or_else(hidden)
}

pub(super) async fn cases(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let cases = seen_cases(&rooms, &bearer).await?;
    Ok(Json(CaseSummaries { cases }).into_response())
}

/// The cases that somebody sees, and a line in the audit that they asked.
pub async fn seen_cases(rooms: &Rooms, bearer: &Bearer) -> Result<Vec<CaseSummary>, Problem> {
    let at = now(rooms);
    let read = does(rooms, bearer, async |tx| {
        let user = bearer.user_id.to_string();
        asked(tx, bearer, "portal.cases", ("provider_user", &user), json!({})).await?;
        portal::cases(tx, bearer.kind, at).await
    });
    Ok(read.await?.into_iter().map(Into::into).collect())
}

/// What somebody sees of a case; what `pick` takes out of it is written down as seen.
pub async fn seen_case<T>(
    rooms: &Rooms,
    bearer: &Bearer,
    case: &str,
    how: SightKind,
    pick: impl FnOnce(&CaseView) -> Option<(T, Shown)>,
) -> Result<T, Problem> {
    let case = case.parse::<CaseId>().map_err(|_| hidden())?;
    let at = now(rooms);
    does(rooms, bearer, async |tx| {
        let view = portal::case(tx, case, bearer.kind, at).await?;
        let view = view.ok_or(store::Error::NotFound)?;
        let (picked, shown) = pick(&view).ok_or(store::Error::NotFound)?;
        portal::saw(tx, bearer.token_id, &view, &shown, how).await?;
        Ok(picked)
    })
    .await
}

pub(super) async fn case(rooms: Arc<Rooms>, bearer: Bearer, door: Door, case: String) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        Some((told(view), Shown::whole(view)))
    })
    .await
}

pub(super) async fn items(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        let items = part(view, &word)?;
        let ids = items.iter().filter_map(id_of).collect();
        Some((Json(json!({ "items": items })).into_response(), Shown::items(ids)))
    })
    .await
}

pub(super) async fn item(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word, item): (String, String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        let (found, id) = one(view, &word, &item)?;
        Some((Json(found).into_response(), Shown::items(vec![id])))
    })
    .await
}

/// That something has arrived.
#[derive(Serialize, JsonSchema)]
pub(super) struct Acknowledgement {
    /// What.
    pub(super) item_id: CaseItemId,
    /// When.
    acknowledged_at: DateTime<Utc>,
}

pub(super) async fn acknowledge(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word, item): (String, String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, true)?;
    let found = seen_case(&rooms, &bearer, &case, SightKind::Acknowledged, |view| {
        one(view, &word, &item).map(|(_, id)| (id, Shown::items(vec![id])))
    });
    let told = Acknowledgement {
        item_id: found.await?,
        acknowledged_at: now(&rooms),
    };
    Ok((StatusCode::CREATED, Json(told)).into_response())
}
