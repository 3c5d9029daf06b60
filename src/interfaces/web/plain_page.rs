//! A page for somebody who came by a link and has no account: the content, and the way to the directory.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    layout::{self, Clothes, Frame},
    portal::in_words,
    problems,
    telling::sentences,
    visit::Visit,
};
use crate::interfaces::http::problem::{Kind, Problem};
use crate::vocab::Fault;

/// The page. What stands in its address is nobody else's: no cache keeps it, and no search engine lists it.
pub fn answer(visit: &Visit, status: StatusCode, title: &str, content: &Markup) -> Response {
    let header = html! {
        header {
            a .brand href=(visit.path("/")) { (visit.say.site()) }
            (layout::other_language(visit))
        }
    };
    let frame = Frame {
        say: visit.say,
        title,
        of: visit.say.site(),
        clothes: Clothes::Portal("teal"),
    };
    let markup = frame.around(visit, &header, content, &html! {});
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::VARY, "accept-language")];
    (status, headers, markup).into_response()
}

/// A page that only tells what stands in the way.
pub fn refused(visit: &Visit, problem: &Problem) -> Response {
    // Nobody signs in here: the link is all that somebody has.
    let is_dead = problem.kind() == Kind::NotSignedIn;
    let title = if is_dead {
        visit.say.link_is_dead()
    } else {
        visit.say.title(problem.kind())
    };
    let content = html! {
        h1 { (title) }
        @if is_dead { div .alert role="alert" { p { (visit.say.link_is_dead_why()) } } }
        @else { (problems::alert_in(visit.say, problem)) }
        p { a href=(visit.path("/")) { (visit.say.search_directory()) } }
    };
    answer(visit, problem.kind().status(), title, &content)
}

/// The problem in a box that is read out at once.
pub fn alert(problem: &Problem) -> Markup {
    html! {
        div .alert role="alert" {
            @if problem.errors().is_empty() { p { (sentences(problem.detail()).join(" ")) } } @else {
                ul { @for fault in problem.errors() { li { strong { (in_words(&fault.field)) ":" } " " (sentences(&fault.message).join(" ")) } } }
            }
        }
    }
}

/// What is wrong about some lines of a form, each with a link to it, in a box that is read out at once.
pub fn alert_of(lines: &[&Line<'_>]) -> Markup {
    html! {
        div .alert role="alert" {
            ul {
                @for line in lines { @if let Some(wrong) = &line.wrong {
                    li { a href={ "#" (line.name) } { (line.label) } " " (wrong) }
                } }
            }
        }
    }
}

/// One line of a form with its label, and with what is wrong about it.
pub struct Line<'a> {
    /// Its name in the form, and its key on the page.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// What is wrong about it, in the words of the page.
    pub wrong: Option<Markup>,
}

/// What is wrong, as English sentences.
pub fn words(fault: &Fault) -> Markup {
    html! { (sentences(&fault.message).join(" ")) }
}

impl Line<'_> {
    /// The field.
    pub fn field(&self, longest: usize) -> Markup {
        let about = format!("{}-wrong", self.name);
        html! {
            div {
                label for=(self.name) { (self.label) }
                input id=(self.name) name=(self.name) value=(self.value) maxlength=(longest)
                    aria-invalid=[self.wrong.as_ref().map(|_| "true")] aria-describedby=[self.wrong.as_ref().map(|_| about.as_str())];
                (self.message())
            }
        }
    }

    /// What is wrong, under the field.
    pub fn message(&self) -> Markup {
        html! {
            @if let Some(wrong) = &self.wrong { p .wrong id={ (self.name) "-wrong" } { (wrong) } }
        }
    }
}
