//! `/cases/{id}/documents`, `/match-sheets`, `/match-sheet-lists`, `/notes`, `/financial-items`: what is in a case, as the
//! agency has it. Nothing of it is shared by being put there.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    agency::{Staff, does, id, problem, refuse},
    downloads::{self, Reader},
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
};
use crate::domain::{
    access::Actor,
    case::{Content, FinancialItem, Item, MatchSheet, MatchSheetList, Note, check_text},
    currency, document, match_sheet,
};
use crate::store::{
    self,
    case_items::{self, NewItem},
};
use crate::vocab::{CaseId, CaseItemId, Fault, terms::ItemKind};

/// Items of one kind, also those that were withdrawn.
#[derive(Serialize, JsonSchema)]
struct Items {
    /// By time.
    items: Vec<Item>,
}

async fn list(rooms: Arc<Rooms>, actor: Actor, case: String, kind: ItemKind) -> Result<Response, Problem> {
    let case = id::<CaseId>(&case)?;
    let (file, _) = does(&rooms, &actor, async |tx| case_items::file(tx, case).await).await?;
    let mut items = file.items;
    items.retain(|item| item.content.kind() == kind);
    Ok(Json(Items { items }).into_response())
}

async fn add(rooms: &Rooms, actor: &Actor, case: &str, new: &NewItem) -> Result<Response, Problem> {
    let case = id::<CaseId>(case)?;
    let (item, position) = does(rooms, actor, async |tx| case_items::add(tx, case, new).await).await?;
    Ok(at_position(StatusCode::CREATED, &item, position))
}

/// `POST /cases/{id}/documents?name=results.pdf`, the body is the file, `Content-Type` its type.
async fn upload(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let [name] = parameters::only(parameters::pairs(raw.as_deref())?, ["name"])?;
    let name = name.ok_or_else(|| Problem::fault("name", "missing", "what the file is called"))?;
    let Ok(body) = body else {
        let message = format!("a file may have {} bytes", document::MAX_BYTES);
        let fault = Fault::new("content", "length", message.clone());
        refused(&rooms, &actor, &case, &fault).await?;
        return Err(Problem::new(Kind::TooLarge, message).with_errors(vec![fault]));
    };
    let declared = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let new = match checked(name, declared.unwrap_or_default(), &body) {
        Ok(new) => new,
        Err(fault) => {
            refused(&rooms, &actor, &case, &fault).await?;
            return Err(refuse(fault));
        }
    };
    add(&rooms, &actor, &case, &new).await
}

/// A file that may be kept.
pub fn checked(name: String, declared: &str, content: &[u8]) -> Result<NewItem, Fault> {
    let media_type = document::check(&name, declared, content)?;
    Ok(NewItem::Document {
        name,
        media_type,
        content: content.to_vec(),
    })
}

/// Writes down that somebody tried to put a file there that is not taken.
pub async fn refused(rooms: &Rooms, actor: &Actor, case: &str, fault: &Fault) -> Result<(), Problem> {
    let detail = json!({"field": fault.field, "code": fault.code});
    let case = case.chars().take(40).collect::<String>();
    let written = does(rooms, actor, async |tx| {
        store::audit::record(tx, "case_document.refused", "case", &case, &detail).await
    });
    written.await.map(|_| ())
}

/// `GET /cases/{id}/documents/{item}/content`.
async fn content(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((case, item)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (case, item) = (id::<CaseId>(&case)?, id::<CaseItemId>(&item)?);
    let read = does(&rooms, &actor, async |tx| {
        let found = case_items::get(tx, case, item).await?;
        let Content::Document(document) = found.content else {
            return Err(store::Error::NotFound);
        };
        store::audit::record(tx, "case_document.read", "case_item", &item.to_string(), &json!({})).await?;
        Ok(document)
    });
    let (document, _) = read.await?;
    let reader = Reader { actor, token: None };
    downloads::of_case(&rooms, reader, item, &document)
        .await
        .map_err(|_| problem(store::Error::NotFound))
}

/// `POST /cases/{id}/match-sheets` with `{title, sections}`.
async fn add_match_sheet(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sheet: MatchSheet = parameters::json(&headers, &body)?;
    check_text("title", &sheet.title, 200).map_err(refuse)?;
    match_sheet::check(&sheet.sections).map_err(refuse)?;
    add(&rooms, &actor, &case, &NewItem::MatchSheet(sheet)).await
}

/// `POST /cases/{id}/match-sheet-lists` with `{title, match_sheets: [id, ..]}`.
async fn add_match_sheet_list(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let list: MatchSheetList = parameters::json(&headers, &body)?;
    check_text("title", &list.title, 200).map_err(refuse)?;
    if list.match_sheets.len() > 500 {
        return Err(refuse(Fault::new("match_sheets", "length", "at most 500")));
    }
    add(&rooms, &actor, &case, &NewItem::MatchSheetList(list)).await
}

/// A note to be written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    /// Plain text.
    #[schemars(length(min = 1, max = 20000))]
    text: String,
    /// An internal note is shared with nobody; so it is, if not said otherwise.
    #[serde(default = "yes")]
    internal: bool,
}

fn yes() -> bool {
    true
}

/// `POST /cases/{id}/notes` with `{text, internal?}`.
async fn add_note(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let NewNote { text, internal } = parameters::json(&headers, &body)?;
    check_text("text", &text, 20_000).map_err(refuse)?;
    let note = Note { text };
    add(&rooms, &actor, &case, &NewItem::Note { note, internal }).await
}

/// `POST /cases/{id}/financial-items` with `{label, amount_cents, currency, due_on?}`.
async fn add_financial_item(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let amount: FinancialItem = parameters::json(&headers, &body)?;
    check_text("label", &amount.label, 200).map_err(refuse)?;
    currency::check(&amount.currency).map_err(refuse)?;
    add(&rooms, &actor, &case, &NewItem::FinancialItem(amount)).await
}

/// What a note is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoteChange {
    /// True hides it from everybody at once; false lets its shares count.
    internal: bool,
}

/// `PATCH /cases/{id}/notes/{item}` with `{internal}`.
async fn change_note(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((case, item)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (case, item) = (id::<CaseId>(&case)?, id::<CaseItemId>(&item)?);
    let NoteChange { internal } = parameters::json(&headers, &body)?;
    let done = does(&rooms, &actor, async |tx| {
        case_items::set_note_internal(tx, case, item, internal).await
    });
    let (note, position) = done.await?;
    Ok(at_position(StatusCode::OK, &note, position))
}

/// `POST /cases/{id}/items/{item}/withdraw`.
async fn withdraw(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((case, item)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (case, item) = (id::<CaseId>(&case)?, id::<CaseItemId>(&item)?);
    let done = does(&rooms, &actor, async |tx| case_items::withdraw(tx, case, item).await);
    let (item, position) = done.await?;
    Ok(at_position(StatusCode::OK, &item, position))
}

/// Lists items of one kind.
macro_rules! listing {
    ($kind:ident) => {
        get(
            |State(rooms): State<Arc<Rooms>>, Staff(actor): Staff, Path(case): Path<String>| {
                list(rooms, actor, case, ItemKind::$kind)
            },
        )
    };
}

/// The paths.
pub fn routes() -> Routes {
    // A little more than a file may have: what is too long is refused by its own rule up to there, by the limit behind it.
    let file = DefaultBodyLimit::max(document::MAX_BYTES + 1);
    vec![
        ("/cases/{id}/documents", listing!(Document).post(upload).layer(file)),
        ("/cases/{id}/documents/{item}/content", get(content)),
        ("/cases/{id}/match-sheets", listing!(MatchSheet).post(add_match_sheet)),
        (
            "/cases/{id}/match-sheet-lists",
            listing!(MatchSheetList).post(add_match_sheet_list),
        ),
        ("/cases/{id}/notes", listing!(Note).post(add_note)),
        ("/cases/{id}/notes/{item}", patch(change_note)),
        (
            "/cases/{id}/financial-items",
            listing!(FinancialItem).post(add_financial_item),
        ),
        ("/cases/{id}/items/{item}/withdraw", post(withdraw)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    let listing = |path, summary| {
        Operation::answering_with::<Items>("get", path, "cases", summary)
            .by(WHO)
            .refusing(&[Kind::NotFound])
    };
    let adding = |path, summary| {
        Operation::answering_with::<Item>("post", path, "cases", summary)
            .by(WHO)
            .refusing(&[Kind::NotFound, Kind::RuleRefused])
            .answering(201)
    };
    let name = query(
        "name",
        &json!({"type": "string"}),
        "What the file is called, without a path.",
    );
    vec![
        listing("/cases/{id}/documents", "Files of a case"),
        adding(
            "/cases/{id}/documents",
            "Put a file into a case: the body is the file, Content-Type its type",
        )
        .asking([name])
        .refusing(&[Kind::TooLarge]),
        Operation::new(
            "get",
            "/cases/{id}/documents/{item}/content",
            "cases",
            "The bytes of a file",
            Answer::Media("*/*"),
        )
        .by(WHO)
        .refusing(&[Kind::NotFound]),
        listing("/cases/{id}/match-sheets", "Match sheets of a case"),
        adding("/cases/{id}/match-sheets", "Put a match sheet into a case").taking_a::<MatchSheet>(),
        listing("/cases/{id}/match-sheet-lists", "Lists of match sheets of a case"),
        adding("/cases/{id}/match-sheet-lists", "Put match sheets of the case together").taking_a::<MatchSheetList>(),
        listing("/cases/{id}/notes", "Notes of a case"),
        adding("/cases/{id}/notes", "Write a note").taking_a::<NewNote>(),
        Operation::answering_with::<Item>(
            "patch",
            "/cases/{id}/notes/{item}",
            "cases",
            "Hide a note, or let its shares count",
        )
        .by(WHO)
        .taking_a::<NoteChange>()
        .refusing(&[Kind::NotFound]),
        listing("/cases/{id}/financial-items", "Amounts of a case"),
        adding("/cases/{id}/financial-items", "Put an amount into a case").taking_a::<FinancialItem>(),
        Operation::answering_with::<Item>(
            "post",
            "/cases/{id}/items/{item}/withdraw",
            "cases",
            "Take an item back from everybody, for good",
        )
        .by(WHO)
        .refusing(&[Kind::NotFound, Kind::RuleRefused]),
    ]
}
