//! What has changed for a provider user since they asked last.

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
use crate::interfaces::http::{Rooms, parameters, problem::Problem};
use crate::store::{
    portal::{self, After, Change},
    provider_tokens::Bearer,
};

/// What was shared or taken back.
#[derive(Serialize, JsonSchema)]
pub(super) struct Changes {
    /// The last one of each item, in order. Now and then one is told again; none is left out.
    changes: Vec<Change>,
    /// For `after`, the next time.
    next: Option<String>,
}

pub(super) async fn changes(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    raw: Option<String>,
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let [after] = parameters::only(parameters::pairs(raw.as_deref())?, ["after"])?;
    let read = |text: &String| match text.parse() {
        Ok(position) => Ok(After::Position(position)),
        Err(_) => text.parse().map(After::Moment),
    };
    let place = after.as_ref().map(read).transpose();
    let place = place.map_err(|_| Problem::fault("after", "invalid", "`next` of the answer before"))?;
    let user = bearer.user_id.to_string();
    let (changes, next) = does(&rooms, &bearer, async |tx| {
        let (changes, next) = portal::changes(tx, place).await?;
        let items = changes.iter().map(|change| change.item_id).collect::<Vec<_>>();
        asked(
            tx,
            &bearer,
            "portal.changes",
            ("provider_user", &user),
            json!({"items": items}),
        )
        .await?;
        Ok((changes, next))
    })
    .await?;
    let next = next.map(|position| position.to_string()).or(after);
    Ok(Json(Changes { changes, next }).into_response())
}
