//! The agency's pages under `/admin/`: who may open them, what they share, and where they begin.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};
use subtle::ConstantTimeEq;

use super::{
    admin_cases, admin_credentialing, admin_network, assets,
    portal_session::{elsewhere, lead_to},
};
use crate::domain::access::Actor;
use crate::interfaces::http::{
    Rooms, Routes,
    access::{Identity, Visitor},
    agency::staff,
    links::Links,
    operation::{Answer, Operation},
    parameters,
    problem::{Kind, Problem},
};

/// Somebody who runs an agency, at its pages. Others are led to the sign-in page, or told that they may not.
pub struct Desk {
    /// As whom transactions are opened.
    pub actor: Actor,
    identity: Identity,
}

impl FromRequestParts<Arc<Rooms>> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        let Visitor(known) = Visitor::from_request_parts(parts, rooms)
            .await
            .map_err(IntoResponse::into_response)?;
        let Some(identity) = known else {
            let links = Links::from_request_parts(parts, rooms).await;
            let links = links.unwrap_or_else(|never| match never {});
            let next = parts.uri.path_and_query().map_or("/admin/", |at| at.as_str());
            let to = parameters::encode([("next", next)]);
            return Err(lead_to(&links.path(&format!("/sign-in?{to}")), &parts.headers));
        };
        match staff(identity.actor.clone()) {
            Ok(actor) => Ok(Self { actor, identity }),
            Err(problem) => {
                let links = Links::from_request_parts(parts, rooms).await;
                let links = links.unwrap_or_else(|never| match never {});
                Err(problem_page(&links, None, &problem))
            }
        }
    }
}

impl Desk {
    /// The word that a form sends along, so that no other site's form can.
    pub fn word(&self) -> String {
        self.identity.csrf()
    }

    /// Takes a form only where it carries the word.
    pub fn confirm(&self, given: &str) -> Result<(), Problem> {
        if bool::from(given.as_bytes().ct_eq(self.word().as_bytes())) {
            Ok(())
        } else {
            Err(elsewhere())
        }
    }

    /// The word, for a form.
    pub fn hidden_word(&self) -> Markup {
        html! { input type="hidden" name="word" value=(self.word()); }
    }
}

/// A page of the agency's.
pub fn page(links: &Links, desk: Option<&Desk>, title: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · Administration" }
                link rel="icon" type="image/svg+xml" href=(assets::path(links, "icon.svg"));
                link rel="stylesheet" href=(assets::path(links, "portal.css"));
            }
            body .theme-plain {
                a .skip href="#content" { "Skip to content" }
                header {
                    a .brand href=(links.path("/admin/")) { "Administration" }
                    @if let Some(desk) = desk {
                        nav aria-label="Administration" {
                            ul {
                                li { a href=(links.path("/admin/network")) { "Network" } }
                                li { a href=(links.path("/admin/cases")) { "Cases" } }
                                li { a href=(links.path("/admin/credentialing")) { "Credentialing" } }
                            }
                            form action=(links.path("/sign-out")) method="post" {
                                input type="hidden" name="csrf" value=(desk.word());
                                button type="submit" { "Sign out" }
                            }
                        }
                    }
                }
                main #content tabindex="-1" { (content) }
            }
        }
    };
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], markup).into_response()
}

/// What went wrong, with what is wrong about each field.
pub fn problem_page(links: &Links, desk: Option<&Desk>, problem: &Problem) -> Response {
    let content = html! {
        h1 { (problem.kind().title()) }
        div .alert role="alert" {
            @if problem.errors().is_empty() { p { (problem.detail()) } } @else {
                ul { @for fault in problem.errors() { li { strong { (fault.field.replace('_', " ")) } ": " (fault.message) } } }
            }
        }
        p { a href=(links.path("/admin/")) { "Administration" } }
    };
    let mut page = page(links, desk, problem.kind().title(), &content);
    *page.status_mut() = problem.kind().status();
    page
}

/// Content, or what went wrong.
pub fn shown(links: &Links, desk: &Desk, title: &str, content: Result<Markup, Problem>) -> Response {
    match content {
        Ok(content) => page(links, Some(desk), title, &content),
        Err(problem) => problem_page(links, Some(desk), &problem),
    }
}

/// After a form: on to a page, or what went wrong.
pub fn acted(links: &Links, desk: &Desk, done: Result<String, Problem>) -> Response {
    match done {
        Ok(to) => Redirect::to(&links.path(&to)).into_response(),
        Err(problem) => problem_page(links, Some(desk), &problem),
    }
}

/// `GET /admin/`.
async fn home(State(_): State<Arc<Rooms>>, links: Links, desk: Desk) -> Response {
    let entry = |path: &str, name: &str, says: &str| {
        html! { li .card { h2 { a href=(links.path(path)) { (name) } } p { (says) } } }
    };
    let content = html! {
        h1 { "Administration" }
        ul .plain {
            (entry("/admin/network", "Network", "Outside providers, their people, tokens and notes."))
            (entry("/admin/cases", "Cases", "Who works on a case, and who sees what of it."))
            (entry("/admin/credentialing", "Credentialing", "Requests that wait for a decision."))
        }
    };
    page(&links, Some(&desk), "Overview", &content)
}

/// The pages.
pub fn routes() -> Routes {
    let mut routes: Routes = vec![("/admin", get(home)), ("/admin/", get(home))];
    routes.extend(admin_network::routes());
    routes.extend(admin_cases::routes());
    routes.extend(admin_credentialing::routes());
    routes
}

/// What they are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let pages = [("/admin", "The agency's pages"), ("/admin/", "The agency's pages")];
    let pages = pages.into_iter().map(|(path, summary)| ("get", path, summary));
    let all = pages
        .chain(admin_network::PAGES.iter().copied())
        .chain(admin_cases::PAGES.iter().copied())
        .chain(admin_credentialing::PAGES.iter().copied());
    let told = |(method, path, summary)| {
        Operation::new(method, path, "pages", summary, Answer::Media("text/html"))
            .by("The agency's administrators, by the cookie of a browser.")
            .answering(if method == "post" { 303 } else { 200 })
            .refusing(&[Kind::NotFound])
    };
    all.map(told).collect()
}
