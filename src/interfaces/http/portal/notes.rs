//! Notes that an agency shares with a provider.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    acts::{asked, does},
    door::Door,
};
use crate::domain::case_view::ProviderNoteView;
use crate::interfaces::http::{Rooms, problem::Problem};
use crate::store::{portal, provider_tokens::Bearer};

/// Notes about the provider itself.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProviderNotes {
    /// By time.
    pub(super) notes: Vec<ProviderNoteView>,
}

pub(super) async fn provider_notes(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let notes = seen_notes(&rooms, &bearer).await?;
    Ok(Json(ProviderNotes { notes }).into_response())
}

/// The notes about the provider itself, written down as seen.
pub async fn seen_notes(rooms: &Rooms, bearer: &Bearer) -> Result<Vec<ProviderNoteView>, Problem> {
    does(rooms, bearer, async |tx| {
        let notes = portal::provider_notes(tx).await?;
        portal::saw_notes(tx, &notes).await?;
        let ids = notes.iter().map(|note| note.id).collect::<Vec<_>>();
        let user = bearer.user_id.to_string();
        asked(
            tx,
            bearer,
            "portal.notes",
            ("provider_user", &user),
            json!({"notes": ids}),
        )
        .await?;
        Ok(notes)
    })
    .await
}
