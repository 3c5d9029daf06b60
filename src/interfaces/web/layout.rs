//! What all pages share: head, header, footer.

use maud::{DOCTYPE, Markup, html};

use super::{admin, assets, portal::in_words};
use crate::interfaces::http::{access::Identity, links::Links};

/// The name people know it by.
pub const NAME: &str = "Provider Directory";

/// Who is signed in, with the way to what is theirs and the way out; or the way in.
pub fn account(links: &Links, who: Option<&Identity>) -> Markup {
    html! {
        @match who {
            None => a href=(links.path("/sign-in")) { "Sign in" },
            Some(who) => {
                span .who { (called(who)) }
                @if admin::is_for(who) { a href=(links.path("/admin/")) { "Administration" } }
                @if who.session.is_some() {
                    form action=(links.path("/sign-out")) method="post" {
                        input type="hidden" name="csrf" value=(who.csrf());
                        button .plain type="submit" { "Sign out" }
                    }
                }
            }
        }
    }
}

/// `Harbor Health, organization admin`: a search asks no store for a person's own name.
pub fn called(who: &Identity) -> String {
    let role = in_words(who.actor.role.code());
    match &who.organization {
        Some(organization) => format!("{}, {}", organization.name, role.to_lowercase()),
        None => role,
    }
}

/// A whole page around `content`, for nobody in particular.
pub fn page(links: &Links, title: &str, content: &Markup) -> Markup {
    page_for(links, None, title, content)
}

/// A whole page around `content`.
pub fn page_for(links: &Links, who: Option<&Identity>, title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if title != NAME { " · " (NAME) } }
                link rel="icon" type="image/svg+xml" href=(assets::path(links, "icon.svg"));
                link rel="stylesheet" href=(assets::path(links, "style.css"));
                script src=(assets::path(links, "search.js")) defer {}
            }
            body {
                a .skip href="#content" { "Skip to content" }
                header .site {
                    a .brand href=(links.path("/")) {
                        img src=(assets::path(links, "icon.svg")) alt="" width="28" height="28";
                        span { (NAME) }
                    }
                    nav .account aria-label="Account" { (account(links, who)) }
                }
                main #content tabindex="-1" { (content) }
                footer .site {
                    p {
                        "What you search for is not recorded under your name or address. "
                        "Call the office before a visit: listings change."
                    }
                    p { a href=(links.path("/docs")) { "For programs" } " \u{b7} " a href=(links.path("/provider/")) { "Provider portal" } }
                }
            }
        }
    }
}
