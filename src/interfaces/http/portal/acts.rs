//! What all paths of the portal share: a transaction of the provider user, silence about what may not be seen, parts of a case.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::domain::case_view::CaseView;
use crate::interfaces::http::{Rooms, agency::now, downloads::hidden, problem::Problem};
use crate::store::{self, Tx, audit, provider_tokens::Bearer};
use crate::vocab::CaseItemId;

/// Writes down what somebody of an outside provider asked for, and with which token.
pub async fn asked(
    tx: &mut Tx,
    bearer: &Bearer,
    action: &str,
    (entity, id): (&str, &str),
    mut detail: Value,
) -> Result<(), store::Error> {
    detail["token_id"] = json!(bearer.token_id);
    audit::record(tx, action, entity, id, &detail).await
}

/// What the store says to an outside provider: of what may not be seen it says nothing.
pub fn quiet(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound | store::Error::Forbidden | store::Error::Refused(_) => hidden(),
        other => other.into(),
    }
}

/// Runs `body` as the provider user, and commits.
pub async fn does<T>(
    rooms: &Rooms,
    bearer: &Bearer,
    body: impl AsyncFnOnce(&mut Tx) -> Result<T, store::Error>,
) -> Result<T, Problem> {
    let done = async {
        let mut tx = rooms.store.begin_at(&bearer.actor, now(rooms)).await?;
        let done = body(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
    };
    done.await.map_err(quiet)
}

/// A case as it is sent: by the portal, the external API, and the agency's preview of both.
pub fn told(view: &CaseView) -> Response {
    Json(view).into_response()
}

/// The items of one kind, under the word of their path.
pub(super) fn part(view: &CaseView, word: &str) -> Option<Vec<Value>> {
    let part = match word {
        "documents" => json!(view.documents),
        "match-sheets" => json!(view.match_sheets),
        "match-sheet-lists" => json!(view.match_sheet_lists),
        "notes" => json!(view.notes),
        "financial-items" => json!(view.financial_items),
        _ => return None,
    };
    match part {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

pub(super) fn id_of(item: &Value) -> Option<CaseItemId> {
    item["id"].as_str()?.parse().ok()
}

/// One item out of a view.
pub(super) fn one(view: &CaseView, word: &str, item: &str) -> Option<(Value, CaseItemId)> {
    let id = item.parse::<CaseItemId>().ok()?;
    let found = part(view, word)?.into_iter().find(|item| id_of(item) == Some(id))?;
    Some((found, id))
}
