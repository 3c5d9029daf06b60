//! Refusals in words: on a page of their own, in a box above the form, and what each kind means.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{layout, texts::Lang, visit::Visit};
use crate::interfaces::http::{
    Rooms,
    links::Links,
    path::Path,
    problem::{Kind, Problem},
};
use crate::vocab::Fault;

/// A page that only tells a problem, with its status.
pub fn page(visit: &Visit, problem: &Problem) -> Response {
    let title = visit.say.title(problem.kind());
    let content = html! {
        h1 { (title) }
        (alert_in(visit.say, problem))
        p { a href=(visit.path("/")) { (visit.say.start_new_search()) } }
    };
    respond(problem.kind().status(), layout::page_in(visit, None, title, &content))
}

/// A page as an answer that no cache keeps, in the language that the browser asked for.
pub fn respond(status: StatusCode, page: Markup) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::VARY, "accept-language")];
    (status, headers, page).into_response()
}

/// The problem in a box that is read out at once.
pub fn alert_in(say: Lang, problem: &Problem) -> Markup {
    alert_with(say, problem, None, |_| html! {})
}

/// The same for a search: said first, and behind each fault what may have been meant.
pub fn alert_of_search(say: Lang, problem: &Problem, meant: impl Fn(&Fault) -> Markup) -> Markup {
    let first = match problem.kind() {
        Kind::TooCostly => say.asks_too_much(),
        _ => say.not_understood(),
    };
    alert_with(say, problem, Some(first), meant)
}

fn alert_with(say: Lang, problem: &Problem, first: Option<&str>, meant: impl Fn(&Fault) -> Markup) -> Markup {
    html! {
        div .alert role="alert" {
            @if !problem.errors().is_empty() {
                @if let Some(first) = first { p { strong { (first) } } }
                ul {
                    @for fault in problem.errors() {
                        li {
                            strong { (in_words(say, &fault.field)) } ": "
                            @match say.fault(fault) { Some(told) => (told), None => (own_words(say, &fault.message)) }
                            (meant(fault))
                        }
                    }
                }
            } @else if let Some(told) = say.detail(problem) {
                p { (told) }
            } @else {
                p { (own_words(say, problem.detail())) }
            }
        }
    }
}

/// What is known in English only.
fn own_words(say: Lang, message: &str) -> Markup {
    html! {
        @match say {
            Lang::En => (set_apart(message)),
            Lang::Es => span lang="en" { (set_apart(message)) },
        }
    }
}

/// What stands between backticks in a message is a value or a name: set apart here, where Markdown is not read.
pub fn set_apart(message: &str) -> Markup {
    html! {
        @for (at, part) in message.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A parameter's name as the form labels it.
pub fn in_words(say: Lang, field: &str) -> String {
    say.field(field)
        .map_or_else(|| field.replace('_', " "), ToOwned::to_owned)
}

/// `GET /problems/{slug}`: where a type URI leads.
pub async fn explain(_: State<Arc<Rooms>>, links: Links, Path(slug): Path<String>) -> Result<Response, Problem> {
    let kind = Kind::ALL.iter().copied().find(|kind| kind.slug() == slug);
    let kind = kind.ok_or_else(|| Problem::not_found("There is no such kind of problem."))?;
    let content = html! {
        h1 { (kind.title()) }
        p { "Problems of the type " code { (kind.uri()) } " are answered with status " (kind.status().as_u16()) "." }
        p { (set_apart(meaning(kind))) }
    };
    Ok(respond(StatusCode::OK, layout::page(&links, kind.title(), &content)))
}

/// What to do about it.
fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Merged => "Two records turned out to be one provider. The header Location leads to the one that stays.",
        Kind::Malformed => "The bytes could not be read as a request: broken encoding or broken JSON.",
        Kind::InvalidParameter => "The entries of errors name each field that is not understood and say what would be.",
        Kind::UnknownParameter => {
            "Parameters that do not exist are refused, so that a typing error never widens a search."
        }
        Kind::NotSignedIn => "Send a token in the header Authorization: Bearer.",
        Kind::NotAllowed => "The token is good, but its owner may not do this.",
        Kind::NotFound => "There is nothing here, or nothing that you may see.",
        Kind::MethodNotAllowed => "The header Allow lists the methods that this path takes.",
        Kind::TimedOut => "Send the request faster, or ask for less.",
        Kind::Conflict => "Something that exists already stands against it.",
        Kind::StatusGuard => "A provider's network status follows from credentialing and can't be written.",
        Kind::TransitionRefused => "What was decided stays decided. The errors say which ways lead from here.",
        Kind::VersionMismatch => "Read the provider again and repeat the change with the new ETag.",
        Kind::TooLarge => "Send less at once.",
        Kind::NotAcceptable => "Answers of /fhir are application/fhir+json of version 4.0.",
        Kind::UnsupportedMediaType => "Bodies are application/json.",
        Kind::RuleRefused => "The request was understood, and a rule of the directory forbids it.",
        Kind::NoLongerKept => "Events are kept for a while only. Read what you follow anew, then follow from now on.",
        Kind::TooCostly => {
            "The search would have to look at more, or take longer, than one search may. Ask for a smaller radius, a more \
             exact name, a specialty or a place, or leave out what is counted."
        }
        Kind::VersionRequired => "Send the ETag of what you read in the header If-Match.",
        Kind::TooManyRequests => "Wait as long as the header Retry-After says.",
        Kind::Internal => "The fault is ours. The request id helps us to find it.",
        Kind::Unavailable => "Wait as long as the header Retry-After says and try again.",
        Kind::PositionNotReached => "The change exists but can't be searched yet. Try again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_message_are_set_apart_and_stay_text() {
        let shown = set_apart("`<b>` is no place: use `lat,lon`").into_string();
        assert_eq!(shown, "<code>&lt;b&gt;</code> is no place: use <code>lat,lon</code>");
        assert_eq!(set_apart("plain").into_string(), "plain");
    }
}
