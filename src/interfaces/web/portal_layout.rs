//! What the portal's pages share: a header and a footer of their own, plain or in a clinic's clothes.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    layout::{self, Frame},
    portal_session::Guest,
    texts::Lang,
};
use crate::interfaces::http::{links::Links, problem::Problem};
use crate::store::portal::Clothes;

/// What the portal is called where no clinic gives it a name.
const NAME: &str = "Provider portal";

/// A page for somebody who is signed in.
pub fn page(links: &Links, guest: &Guest, title: &str, content: &Markup) -> Response {
    let navigation = html! {
        nav aria-label="Portal" {
            ul {
                li { a href=(links.path("/provider/")) { "Cases" } }
                @if guest.at_clinic() { li { a href=(links.path("/provider/clinic")) { "Clinic" } } }
                @if guest.sees_appointments() { li { a href=(links.path("/provider/clinic/appointments")) { "Appointments" } } }
            }
            form action=(links.path("/provider/sign-out")) method="post" {
                input type="hidden" name="word" value=(guest.word());
                span .who { (guest.bearer.name) }
                button type="submit" { "Sign out" }
            }
        }
    };
    whole(
        links,
        StatusCode::OK,
        guest.clothes.as_ref(),
        title,
        &navigation,
        content,
    )
}

/// A page for somebody who is not.
pub fn outside(
    links: &Links,
    status: StatusCode,
    clothes: Option<&Clothes>,
    title: &str,
    content: &Markup,
) -> Response {
    whole(links, status, clothes, title, &html! {}, content)
}

/// What cannot be shown, whatever the reason, looks the same.
pub fn problem(links: &Links, guest: &Guest, problem: &Problem) -> Response {
    let content = html! {
        h1 { (problem.kind().title()) }
        p role="alert" { (problem.detail()) }
        p { a href=(links.path("/provider/")) { "Your cases" } }
    };
    let mut page = page(links, guest, problem.kind().title(), &content);
    *page.status_mut() = problem.kind().status();
    page
}

fn whole(
    links: &Links,
    status: StatusCode,
    clothes: Option<&Clothes>,
    title: &str,
    navigation: &Markup,
    content: &Markup,
) -> Response {
    let name = clothes.map_or(NAME, |clothes| clothes.title.as_str());
    let theme = clothes.map_or("plain", |clothes| clothes.theme.as_str());
    let header = html! {
        header {
            a .brand href=(links.path("/provider/")) { (name) }
            (navigation)
        }
    };
    let footer = html! {
        footer { p { "What you open here is recorded for the agency that shares it with you." } }
    };
    let frame = Frame {
        say: Lang::En,
        title,
        of: name,
        clothes: layout::Clothes::Portal(theme),
    };
    let markup = frame.around(links, &header, content, &footer);
    (status, [(axum::http::header::CACHE_CONTROL, "no-store")], markup).into_response()
}
