//! Where somebody says that a listing is wrong, and where they see what has become of it.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    plain_page::{self, Line},
    portal::moment,
    sign_in::posted,
};
use crate::interfaces::http::{
    Rooms,
    access::Visitor,
    links::Links,
    listing_reports::{Report, reported},
    operation::{Answer, Operation},
    problem::{Kind, Problem},
    providers,
    search::View,
};
use crate::store::listings::Followed;

/// The page's path.
pub const PATH: &str = "/p/{key}/report";

/// `GET /p/{key}/report`.
pub async fn get(State(rooms): State<Arc<Rooms>>, links: Links, Path(key): Path<String>) -> Response {
    match name_of(&rooms, &key).await {
        Ok(name) => page(&links, &key, &name, (StatusCode::OK, None), ("", "")),
        Err(problem) => plain_page::refused(&links, &problem),
    }
}

/// `POST /p/{key}/report` with the form: leads to where the report is followed.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Path(key): Path<String>,
    Visitor(_): Visitor,
    body: Bytes,
) -> Response {
    let name = match name_of(&rooms, &key).await {
        Ok(name) => name,
        Err(problem) => return plain_page::refused(&links, &problem),
    };
    let [text, contact] = match posted(&body, ["text", "contact"]) {
        Ok(fields) => fields,
        Err(problem) => return plain_page::refused(&links, &problem),
    };
    let given = Report {
        text: text.clone(),
        contact: Some(contact.clone()).filter(|contact| !contact.trim().is_empty()),
    };
    match reported(&rooms, &key, given).await {
        Ok((made, _)) => Redirect::to(&links.path(&format!("/reports/{}", made.key))).into_response(),
        Err(problem) => page(
            &links,
            &key,
            &name,
            (problem.kind().status(), Some(&problem)),
            (&text, &contact),
        ),
    }
}

/// Whose public listing it is.
async fn name_of(rooms: &Rooms, key: &str) -> Result<String, Problem> {
    let found = providers::read(rooms, &View::default(), &providers::parse_key(key)?).await?;
    Ok(found.provider.name.display())
}

fn page(
    links: &Links,
    key: &str,
    name: &str,
    (status, problem): (StatusCode, Option<&Problem>),
    (text, contact): (&str, &str),
) -> Response {
    let faults = problem.map(Problem::errors).unwrap_or_default();
    let of = |name: &str| faults.iter().find(|fault| fault.field == name);
    let what = Line {
        name: "text",
        label: "What is wrong?",
        value: text,
        wrong: of("text"),
    };
    let whom = Line {
        name: "contact",
        label: "How can you be reached, if you like? An email address or a telephone number",
        value: contact,
        wrong: of("contact"),
    };
    let back = links.path(&format!("/p/{key}"));
    let content = html! {
        p { a href=(back) { (name) } }
        h1 { "Report a wrong listing" }
        @if let Some(problem) = problem { (plain_page::alert(problem)) }
        p { "Is the telephone number dead, has the office moved, are no new patients taken? Say what is wrong about the listing of "
            strong { (name) } ". Somebody calls the office and puts it right." }
        form .stack action=(links.path(&format!("/p/{key}/report"))) method="post" {
            div {
                label for="text" { (what.label) }
                textarea #text name="text" required maxlength="10000" rows="5"
                    aria-invalid=[what.wrong.map(|_| "true")] aria-describedby=[what.wrong.map(|_| "text-wrong")] { (text) }
                (what.message())
            }
            (whom.field(300))
            div { button type="submit" { "Send the report" } }
        }
        p .muted { "Write nothing here about your health. In an emergency call 911." }
    };
    plain_page::answer(links, status, "Report a wrong listing", &content)
}

/// `GET /reports/{key}` by a browser.
pub fn followed(links: &Links, report: &Followed) -> Response {
    let content = html! {
        h1 { "Your report" }
        (standing(report))
        dl {
            dt { "Came in" } dd { (moment(report.received_at)) }
            @if let Some(at) = report.decided_at { dt { "Looked at" } dd { (moment(at)) } }
            @else { dt { "Looked at by" } dd { (moment(report.due_at)) } }
            @if let Some(outcome) = &report.outcome { dt { "What came of it" } dd .text { (outcome) } }
        }
        p .muted { "Only who knows the address of this page sees it. Keep it to see what becomes of your report." }
        p { a href=(links.path("/")) { "Search the directory" } }
    };
    plain_page::answer(links, StatusCode::OK, "Your report", &content)
}

fn standing(report: &Followed) -> Markup {
    html! {
        p .done role="status" {
            @match report.status.as_str() {
                "OPEN" => "Thank you. The report has come in, and somebody looks at it.",
                "APPLIED" => "The listing was wrong, and is put right.",
                _ => "Somebody has looked at it; the listing stays as it is.",
            }
        }
    }
}

/// What the page is, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let html = Answer::Media("text/html");
    vec![
        Operation::new("get", PATH, "pages", "Where a wrong listing is reported", html).refusing(&[Kind::NotFound]),
        Operation::new("post", PATH, "pages", "Report a wrong listing, by a form", html)
            .answering(303)
            .refusing(&[Kind::NotFound]),
    ]
}
