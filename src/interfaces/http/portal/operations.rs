//! What the OpenAPI document says of the paths for outside providers.

use schemars::JsonSchema;
use serde_json::json;

use super::{
    cases::{Acknowledgement, CaseSummaries},
    changes::Changes,
    documents::Link,
    notes::ProviderNotes,
    token::Checked,
};
use crate::domain::case_view::{
    CaseView, DocumentView, FinancialItemView, MatchSheetListView, MatchSheetView, NoteView,
};
use crate::interfaces::http::{
    operation::{Answer, Operation, query},
    problem::Kind,
};
use crate::store::portal::Myself;

/// An item of any kind.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "tells the OpenAPI document what the answers look like")]
enum AnyItem {
    Document(DocumentView),
    MatchSheet(MatchSheetView),
    MatchSheetList(MatchSheetListView),
    Note(NoteView),
    FinancialItem(FinancialItemView),
}

/// Items of one kind.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "tells the OpenAPI document what the answers look like")]
struct AnyItems {
    /// By time.
    items: Vec<AnyItem>,
}

/// What the paths behind one door do.
macro_rules! told_behind {
    ($prefix:literal, $tag:literal, $who:literal) => {{
        let after = query("after", &json!({"type": "string"}), "`next` of the answer before.");
        let bytes = Answer::Media("*/*");
        let never = [Kind::NotFound, Kind::TooManyRequests];
        let content = concat!($prefix, "/cases/{id}/documents/{item}/content");
        let told = vec![
            Operation::answering_with::<Myself>("get", concat!($prefix, "/me"), $tag, "Who the token is"),
            Operation::answering_with::<CaseSummaries>("get", concat!($prefix, "/cases"), $tag, "Cases assigned"),
            Operation::answering_with::<CaseView>("get", concat!($prefix, "/cases/{id}"), $tag, "A case, as far as it is shared"),
            Operation::answering_with::<AnyItems>(
                "get",
                concat!($prefix, "/cases/{id}/{items}"),
                $tag,
                "Shared documents, match-sheets, match-sheet-lists, notes or financial-items",
            ),
            Operation::answering_with::<AnyItem>("get", concat!($prefix, "/cases/{id}/{items}/{item}"), $tag, "One of them"),
            Operation::answering_with::<Acknowledgement>(
                "post",
                concat!($prefix, "/cases/{id}/{items}/{item}/acknowledgement"),
                $tag,
                "Say that it has arrived",
            )
            .answering(201),
            Operation::new("get", content, $tag, "The bytes of a document", bytes),
            Operation::answering_with::<Link>(
                "post",
                concat!($prefix, "/cases/{id}/documents/{item}/link"),
                $tag,
                "An address that fetches the document once, without a token",
            )
            .answering(201),
            Operation::answering_with::<ProviderNotes>("get", concat!($prefix, "/provider-notes"), $tag, "Notes about the provider"),
            Operation::answering_with::<Changes>("get", concat!($prefix, "/changes"), $tag, "What was shared or taken back")
                .asking([after]),
        ];
        told.into_iter().map(move |operation| operation.by($who).refusing(&never))
    }};
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let mut told = Vec::new();
    told.extend(told_behind!(
        "/api/portal/v1",
        "portal",
        "A person of an outside provider."
    ));
    told.extend(told_behind!(
        "/api/external/v1",
        "external",
        "A system of an outside provider."
    ));
    let link = Operation::new(
        "get",
        "/api/downloads/{link}",
        "portal",
        "What a link fetches, once",
        Answer::Media("*/*"),
    );
    told.push(link.refusing(&[Kind::NotFound]));
    let auth = Operation::answering_with::<Checked>(
        "get",
        "/api/provider-auth",
        "portal",
        "Whether a provider's token is good",
    );
    told.push(
        auth.by("Anybody of an outside provider.")
            .refusing(&[Kind::TooManyRequests]),
    );
    told
}
