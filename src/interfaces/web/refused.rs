//! A refusal as a browser gets it: whatever refused, the problem document becomes a page.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use maud::html;

use super::{layout, portal, prefers_pages, problems, telling::sentences, texts::Lang, visit::Visit};
use crate::interfaces::http::{
    Rooms,
    problem::{Kind, Problem, of_framework},
};

/// Turns a refusal that a browser would show as it is into a page of the same status.
pub async fn in_pages(State(rooms): State<Arc<Rooms>>, visit: Visit, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let path = path.strip_prefix(rooms.settings.prefix.as_str()).unwrap_or(path);
    // Readers of these speak protocols of their own, whatever they accept.
    let is_page = prefers_pages(request.headers()) && !path.starts_with("/fhir") && !path.starts_with("/mcp");
    let answer = next.run(request).await;
    match refusal(&answer).filter(|_| is_page) {
        Some(problem) => page(&visit, &problem, answer),
        None => answer,
    }
}

/// What was refused, unless that is said in a page already. A record that is another's leads on, as it is.
fn refusal(answer: &Response) -> Option<Problem> {
    let status = answer.status();
    let told = answer.extensions().get::<Problem>();
    let is_bare =
        (status.is_client_error() || status.is_server_error()) && !answer.headers().contains_key(header::CONTENT_TYPE);
    let problem = told.cloned().or_else(|| is_bare.then(|| of_framework(status)))?;
    (problem.kind() != Kind::Merged).then_some(problem)
}

/// The language of what is known in English only, on a page that is not.
fn foreign(say: Lang) -> Option<&'static str> {
    (say != Lang::En).then_some("en")
}

fn page(visit: &Visit, problem: &Problem, answer: Response) -> Response {
    let say = visit.say;
    let title = say.title(problem.kind());
    let content = html! {
        h1 { (title) }
        div .alert role="alert" {
            @if problem.errors().is_empty() {
                @match say.detail(problem) {
                    Some(told) => p { (told) },
                    None => p lang=[foreign(say)] { (sentences(problem.detail()).join(" ")) },
                }
            } @else {
                ul {
                    @for wrong in problem.errors() {
                        li {
                            strong { (say.field(&wrong.field).map_or_else(|| portal::in_words(&wrong.field), ToOwned::to_owned)) ":" } " "
                            span lang=[foreign(say)] { (sentences(&wrong.message).join(" ")) }
                        }
                    }
                }
            }
        }
        p { a href=(visit.path("/")) { (say.start_new_search()) } }
    };
    let mut page = problems::respond(answer.status(), layout::page_in(visit, None, title, &content));
    for name in [
        header::ALLOW,
        header::LOCATION,
        header::RETRY_AFTER,
        header::WWW_AUTHENTICATE,
        header::SET_COOKIE,
    ] {
        if let Some(value) = answer.headers().get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}
