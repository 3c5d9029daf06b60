//! A page for somebody who came by a link and has no account: a head, the content, the way to the directory.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::{assets, layout, portal::in_words, telling::sentences};
use crate::interfaces::http::{links::Links, problem::Problem};
use crate::vocab::Fault;

/// The page. What stands in its address is nobody else's: no cache keeps it, and no search engine lists it.
pub fn answer(links: &Links, status: StatusCode, title: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · " (layout::NAME) }
                link rel="icon" type="image/svg+xml" href=(assets::path(links, "icon.svg"));
                link rel="stylesheet" href=(assets::path(links, "portal.css"));
            }
            body .theme-teal {
                a .skip href="#content" { "Skip to content" }
                header { a .brand href=(links.path("/")) { (layout::NAME) } }
                main #content tabindex="-1" { (content) }
            }
        }
    };
    (status, [(header::CACHE_CONTROL, "no-store")], markup).into_response()
}

/// A page that only tells what stands in the way.
pub fn refused(links: &Links, problem: &Problem) -> Response {
    let content = html! {
        h1 { (problem.kind().title()) }
        (alert(problem))
        p { a href=(links.path("/")) { "Search the directory" } }
    };
    answer(links, problem.kind().status(), problem.kind().title(), &content)
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

/// One line of a form with its label, and with what is wrong about it.
pub struct Line<'a> {
    /// Its name in the form, and its key on the page.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// What is wrong about it.
    pub wrong: Option<&'a Fault>,
}

impl Line<'_> {
    /// The field.
    pub fn field(&self, longest: usize) -> Markup {
        let about = format!("{}-wrong", self.name);
        html! {
            div {
                label for=(self.name) { (self.label) }
                input id=(self.name) name=(self.name) value=(self.value) maxlength=(longest)
                    aria-invalid=[self.wrong.map(|_| "true")] aria-describedby=[self.wrong.map(|_| about.as_str())];
                (self.message())
            }
        }
    }

    /// What is wrong, under the field.
    pub fn message(&self) -> Markup {
        html! {
            @if let Some(fault) = self.wrong {
                p .wrong id={ (self.name) "-wrong" } { (sentences(&fault.message).join(" ")) }
            }
        }
    }
}
