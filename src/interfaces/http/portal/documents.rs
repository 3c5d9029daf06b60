//! Documents of a case: read at once, or by a link that is good for minutes.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    acts::{asked, does, quiet},
    cases::seen_case,
    door::{Door, log, may_write},
};
use crate::domain::{case::Document, case_view::CaseView};
use crate::interfaces::http::{
    Rooms,
    agency::now,
    downloads::{self, Reader, hidden},
    links::Links,
    path::Path,
    problem::Problem,
};
use crate::store::{
    self,
    portal::{self, Shown},
    provider_tokens::{self, Bearer},
};
use crate::vocab::{CaseId, CaseItemId, terms::SightKind};

/// How long a download link is good, once.
const LINK_GOOD_FOR: TimeDelta = TimeDelta::minutes(5);

/// A link that fetched nothing.
async fn link_not_taken(rooms: &Rooms, link: &str, was_taken: bool) -> Problem {
    let may_write = |token| may_write(rooms, token);
    log(portal::link_refused(&rooms.store, link, was_taken, now(rooms), may_write).await);
    hidden()
}

pub(super) async fn content(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, item): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    download(&rooms, &bearer, &case, &item).await
}

/// The bytes of a document that somebody sees.
pub async fn download(rooms: &Arc<Rooms>, bearer: &Bearer, case: &str, item: &str) -> Result<Response, Problem> {
    let item = item.parse::<CaseItemId>().map_err(|_| hidden())?;
    let document = seen_case(rooms, bearer, case, SightKind::Downloaded, |view| {
        document(view, item).map(|document| (document, Shown::items(vec![item])))
    });
    let document = document.await?;
    let reader = Reader {
        actor: bearer.actor.clone(),
        token: Some(bearer.token_id),
    };
    downloads::of_case(rooms, reader, item, &document).await.map_err(quiet)
}

fn document(view: &CaseView, item: CaseItemId) -> Option<Document> {
    let found = view.documents.iter().find(|document| document.shared.id == item)?;
    Some(Document {
        name: found.name.clone(),
        media_type: found.media_type.clone(),
        size_bytes: found.size_bytes,
        sha256: found.sha256.clone(),
    })
}

/// An address that fetches a document once, without a token.
#[derive(Serialize, JsonSchema)]
pub(super) struct Link {
    /// The address.
    url: String,
    /// Good before this moment, and as long as the document may be seen.
    pub(super) expires_at: DateTime<Utc>,
}

pub(super) async fn link(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    links: Links,
    (case, item): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let id = item.parse::<CaseItemId>().map_err(|_| hidden())?;
    let case = case.parse::<CaseId>().map_err(|_| hidden())?;
    let secret = rand::random::<[u8; 32]>()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<String>();
    let (at, expires_at) = (now(&rooms), now(&rooms) + LINK_GOOD_FOR);
    does(&rooms, &bearer, async |tx| {
        let view = portal::case(tx, case, bearer.kind, at).await?;
        view.and_then(|view| document(&view, id))
            .ok_or(store::Error::NotFound)?;
        let detail = json!({"document_id": id});
        asked(tx, &bearer, "portal.link", ("case_item", &id.to_string()), detail).await?;
        portal::make_link(tx, bearer.token_id, id, &secret, expires_at).await
    })
    .await?;
    let url = links.absolute(&format!("/api/downloads/{secret}"));
    Ok((StatusCode::CREATED, Json(Link { url, expires_at })).into_response())
}

/// `GET /api/downloads/{link}`: once, and only what the maker of the link may see now.
pub(super) async fn by_link(State(rooms): State<Arc<Rooms>>, Path(link): Path<String>) -> Result<Response, Problem> {
    let at = now(&rooms);
    let taken = portal::use_link(&rooms.store, &link, at).await?;
    let Some(taken) = taken else {
        return Err(link_not_taken(&rooms, &link, false).await);
    };
    let item = CaseItemId::from(taken.document_id);
    let bearer = provider_tokens::bearer(&rooms.store, taken.token_id.into(), at).await?;
    let Some(bearer) = bearer.filter(|_| !taken.is_revoked) else {
        return Err(link_not_taken(&rooms, &link, true).await);
    };
    let case = does(&rooms, &bearer, async |tx| portal::case_of(tx, item).await).await?;
    match case {
        Some(case) => download(&rooms, &bearer, &case.to_string(), &item.to_string()).await,
        None => Err(link_not_taken(&rooms, &link, true).await),
    }
}
