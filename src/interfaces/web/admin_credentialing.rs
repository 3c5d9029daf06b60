//! Credentialing requests that wait for a decision, as a page: approve or reject with a note.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};

use super::{
    admin::{Board, Desk, acted, shown},
    portal::moment,
    sign_in::posted,
};
use crate::domain::credentialing::Request;
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id},
    links::Links,
    problem::Problem,
};
use crate::store::{
    credentialing::{self, Filter, doors::Closing},
    providers,
};
use crate::vocab::{CredentialingRequestId, terms::RequestStatus};

/// The pages, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    ("get", "/admin/credentialing", "Requests that wait for a decision"),
    ("post", "/admin/credentialing/{id}", "Decide about a request, by a form"),
];

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/admin/credentialing", get(list)),
        ("/admin/credentialing/{id}", post(decide)),
    ]
}

async fn list(State(rooms): State<Arc<Rooms>>, links: Links, Board(desk): Board) -> Response {
    let filter = Filter {
        status: Some(RequestStatus::Submitted),
        ..Filter::default()
    };
    let read = does(&rooms, &desk.actor, async |tx| {
        let waiting = credentialing::list(tx, &filter, 100).await?;
        let ids: Vec<_> = waiting.iter().map(|request| request.provider_id).collect();
        let names = providers::names_of(tx, &ids).await?;
        let named = waiting.into_iter().map(|request| {
            let name = names.get(&request.provider_id).cloned().unwrap_or_default();
            (request, name)
        });
        Ok(named.collect::<Vec<_>>())
    });
    let content = read.await.map(|(waiting, _)| {
        html! {
            h1 { "Credentialing" }
            @if waiting.is_empty() { p { "No request waits for a decision." } }
            @for (request, name) in &waiting { (card(&links, &desk, request, name)) }
        }
    });
    shown(&links, &desk, "Credentialing", content)
}

fn card(links: &Links, desk: &Desk, request: &Request, name: &str) -> Markup {
    let notes = format!("notes-{}", request.id);
    html! {
        section .card aria-labelledby={ "request-" (request.id) } {
            h2 id={ "request-" (request.id) } { (name) }
            dl {
                dt { "Submitted" } dd { (moment(request.submitted_at)) " by " (request.submitted_by) }
                dt { "Stage" } dd { (request.stage) }
                @if let Some(who) = &request.assigned_to { dt { "With" } dd { (who) } }
            }
            form .stack action=(links.path(&format!("/admin/credentialing/{}", request.id))) method="post" {
                (desk.hidden_word())
                div { label for=(notes) { "Notes" } textarea id=(notes) name="notes" maxlength="2000" rows="2" {} }
                div {
                    button type="submit" name="decision" value="approve" aria-label={ "Approve " (name) } { "Approve" } " "
                    button .quiet type="submit" name="decision" value="reject" aria-label={ "Reject " (name) } { "Reject" }
                }
            }
        }
    }
}

async fn decide(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Board(desk): Board,
    Path(request): Path<String>,
    body: Bytes,
) -> Response {
    let now = rooms.now();
    let done = async {
        let [word, notes, decision] = posted(&body, ["word", "notes", "decision"])?;
        desk.confirm(&word)?;
        let request = id::<CredentialingRequestId>(&request)?;
        let notes = Some(notes.trim()).filter(|notes| !notes.is_empty());
        if decision != "approve" && notes.is_none() {
            return Err(Problem::fault(
                "notes",
                "required",
                "say why, for the applicant to read",
            ));
        }
        does(&rooms, &desk.actor, async |tx| match decision.as_str() {
            "approve" => credentialing::approve(tx, request, notes, now).await,
            _ => credentialing::close(tx, request, Closing::Declined, notes, now).await,
        })
        .await?;
        Ok("/admin/credentialing".to_owned())
    };
    acted(&links, &desk, done.await)
}
