//! What all pages share: head, header, footer.

use maud::{DOCTYPE, Markup, html};

use super::{admin, assets, portal::in_words, texts::Lang, visit::Visit};
use crate::interfaces::http::{access::Identity, links::Links};

/// The name people know it by.
pub const NAME: &str = Lang::En.site();

/// Who is signed in, with the way to what is theirs and the way out; or the way in.
pub fn account(visit: &Visit, who: Option<&Identity>) -> Markup {
    let say = visit.say;
    html! {
        @match who {
            None => a href=(visit.path("/sign-in")) { (say.sign_in()) },
            Some(who) => {
                span .who { (called(who)) }
                @if admin::is_for(who) { a href=(Links::path(visit, "/admin/")) { (say.administration()) } }
                @if who.session.is_some() {
                    form action=(Links::path(visit, "/sign-out")) method="post" {
                        input type="hidden" name="csrf" value=(who.csrf());
                        button .plain type="submit" { (say.sign_out()) }
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

/// A whole page in English around `content`, for nobody in particular.
pub fn page(links: &Links, title: &str, content: &Markup) -> Markup {
    page_for(links, None, title, content)
}

/// A whole page in English around `content`.
pub fn page_for(links: &Links, who: Option<&Identity>, title: &str, content: &Markup) -> Markup {
    page_in(&Visit::plain(links), who, title, content)
}

/// A whole page around `content`, in the language of who opens it.
pub fn page_in(visit: &Visit, who: Option<&Identity>, title: &str, content: &Markup) -> Markup {
    let say = visit.say;
    html! {
        (DOCTYPE)
        html lang=(say.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if title != say.site() { " · " (say.site()) } }
                link rel="icon" type="image/svg+xml" href=(assets::path(visit, "icon.svg"));
                link rel="stylesheet" href=(assets::path(visit, "style.css"));
                script src=(assets::path(visit, "search.js")) defer {}
            }
            body {
                a .skip href="#content" { (say.skip()) }
                header .site {
                    a .brand href=(visit.path("/")) {
                        img src=(assets::path(visit, "icon.svg")) alt="" width="28" height="28";
                        span { (say.site()) }
                    }
                    nav .account aria-label=(say.account()) {
                        @if let Some((other, address)) = visit.elsewhere() {
                            a href=(address) hreflang=(other.code()) lang=(other.code()) { (other.own_name()) }
                        }
                        (account(visit, who))
                    }
                }
                main #content tabindex="-1" { (content) }
                footer .site {
                    p { (say.not_recorded()) }
                    p {
                        a href=(Links::path(visit, "/docs")) { (say.for_programs()) }
                        " \u{b7} "
                        a href=(Links::path(visit, "/provider/")) { (say.provider_portal()) }
                    }
                }
            }
        }
    }
}
