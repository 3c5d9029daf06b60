//! Where somebody says that a listing is wrong, and where they see what has become of it.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{
    plain_page::{self, Line},
    problems,
    sign_in::posted,
    texts::Lang,
    visit::Visit,
};
use crate::interfaces::http::{
    Rooms,
    access::Visitor,
    listing_reports::{Report, reported},
    operation::{Answer, Operation},
    path::Path,
    problem::{Kind, Problem},
    providers,
    search::View,
};
use crate::store::listings::Followed;
use crate::vocab::Fault;

/// The page's path.
pub const PATH: &str = "/p/{key}/report";

/// `GET /p/{key}/report`.
pub async fn get(State(rooms): State<Arc<Rooms>>, visit: Visit, Path(key): Path<String>) -> Response {
    match name_of(&rooms, &key).await {
        Ok(name) => page(&visit, &key, &name, (StatusCode::OK, None), ("", "")),
        Err(problem) => plain_page::refused(&visit, &problem),
    }
}

/// `POST /p/{key}/report` with the form: leads to where the report is followed.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    visit: Visit,
    Path(key): Path<String>,
    Visitor(_): Visitor,
    body: Bytes,
) -> Response {
    let name = match name_of(&rooms, &key).await {
        Ok(name) => name,
        Err(problem) => return plain_page::refused(&visit, &problem),
    };
    let [text, contact] = match posted(&body, ["text", "contact"]) {
        Ok(fields) => fields,
        Err(problem) => return plain_page::refused(&visit, &problem),
    };
    let given = Report {
        text: text.clone(),
        contact: Some(contact.clone()).filter(|contact| !contact.trim().is_empty()),
    };
    match reported(&rooms, &key, given).await {
        Ok((made, _)) => Redirect::to(&visit.path(&format!("/reports/{}", made.key))).into_response(),
        Err(problem) => page(
            &visit,
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
    visit: &Visit,
    key: &str,
    name: &str,
    (status, problem): (StatusCode, Option<&Problem>),
    (text, contact): (&str, &str),
) -> Response {
    let say = visit.say;
    let faults = problem.map(Problem::errors).unwrap_or_default();
    let of = |name: &str| {
        let wrong = faults.iter().find(|fault| fault.field == name);
        wrong.map(|fault| told(say, fault))
    };
    let what = Line {
        name: "text",
        label: say.report_text(),
        value: text,
        wrong: of("text"),
    };
    let whom = Line {
        name: "contact",
        label: say.report_contact(),
        value: contact,
        wrong: of("contact"),
    };
    let lines = [&what, &whom];
    let content = html! {
        p { a href=(visit.path(&format!("/p/{key}"))) { (name) } }
        h1 { (say.report_title()) }
        @if lines.iter().any(|line| line.wrong.is_some()) { (plain_page::alert_of(&lines)) }
        @else if let Some(problem) = problem { (problems::alert_in(say, problem)) }
        p { (say.report_asks()) " " strong { (name) } ". " (say.report_then()) }
        form .stack action=(visit.path(&format!("/p/{key}/report"))) method="post" {
            div {
                label for="text" { (what.label) }
                textarea #text name="text" required maxlength="10000" rows="5"
                    aria-invalid=[what.wrong.as_ref().map(|_| "true")] aria-describedby=[what.wrong.as_ref().map(|_| "text-wrong")] { (text) }
                (what.message())
            }
            (whom.field(300))
            div { button type="submit" { (say.report_send()) } }
        }
        p .muted { (say.report_no_health()) }
    };
    plain_page::answer(visit, status, say.report_title(), &content)
}

/// What is wrong about a field, in words for who filled it in.
fn told(say: Lang, fault: &Fault) -> Markup {
    match (fault.field.as_str(), fault.code) {
        ("text", "required") => html! { (say.report_empty()) },
        (_, "length") => html! { (say.report_too_long()) },
        _ if say == Lang::En => plain_page::words(fault),
        _ => html! { span lang="en" { (plain_page::words(fault)) } },
    }
}

/// `GET /reports/{key}` by a browser.
pub fn followed(visit: &Visit, report: &Followed) -> Response {
    let say = visit.say;
    let moment = |at: DateTime<Utc>| html! { time datetime=(at.to_rfc3339()) { (say.moment(at)) } };
    let standing = match report.status.as_str() {
        "OPEN" => say.report_open(),
        "APPLIED" => say.report_applied(),
        _ => say.report_rejected(),
    };
    let content = html! {
        h1 { (say.your_report()) }
        p .done role="status" { (standing) }
        dl {
            dt { (say.report_came_in()) } dd { (moment(report.received_at)) }
            @if let Some(at) = report.decided_at { dt { (say.report_looked_at()) } dd { (moment(at)) } }
            @else { dt { (say.report_looked_at_by()) } dd { (moment(report.due_at)) } }
            @if let Some(outcome) = &report.outcome { dt { (say.report_outcome()) } dd .text { (outcome) } }
        }
        p .muted { (say.report_keep()) }
        p { a href=(visit.path("/")) { (say.search_directory()) } }
    };
    plain_page::answer(visit, StatusCode::OK, say.your_report(), &content)
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
