//! What all pages share: head, header, footer.

use maud::{DOCTYPE, Markup, html};

use super::{admin, assets, portal::in_words, texts::Lang, visit::Visit};
use crate::interfaces::http::{access::Identity, links::Links};

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
    let header = html! {
        header .site {
            a .brand href=(visit.path("/")) {
                img src=(assets::path(visit, "icon.svg")) alt="" width="28" height="28";
                span { (say.site()) }
            }
            nav .account aria-label=(say.account()) {
                (other_language(visit))
                (account(visit, who))
            }
        }
    };
    let footer = html! {
        footer .site {
            @if let Some((day, address)) = visit.seen() {
                p .printed { (say.as_of(day)) " " (address) }
            }
            p { (say.not_recorded()) }
            p .ways {
                a href=(Links::path(visit, "/docs")) { (say.for_programs()) }
                " \u{b7} "
                a href=(Links::path(visit, "/provider/")) { (say.provider_portal()) }
            }
        }
    };
    let frame = Frame {
        say,
        title,
        of: say.site(),
        clothes: Clothes::Directory,
    };
    frame.around(visit, &header, content, &footer)
}

/// The way to the same page in the other language, where it speaks several.
pub fn other_language(visit: &Visit) -> Markup {
    html! {
        @if let Some((other, address)) = visit.elsewhere() {
            a href=(address) hreflang=(other.code()) lang=(other.code()) { (other.own_name()) }
        }
    }
}

/// What a page wears.
#[derive(Clone, Copy, Debug)]
pub enum Clothes<'a> {
    /// The directory's own, with its script. Search engines may list the page.
    Directory,
    /// The portal's and the administration's, in this theme. The page is nobody's but who opens it: no search engine lists it.
    Portal(&'a str),
}

/// The frame that every page of ours has, with what differs between them.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The language.
    pub say: Lang,
    /// What the page is called.
    pub title: &'a str,
    /// What it is a page of.
    pub of: &'a str,
    /// What it wears.
    pub clothes: Clothes<'a>,
}

impl Frame<'_> {
    /// A whole page: head, the way past the header, header, content, footer.
    pub fn around(&self, links: &Links, header: &Markup, content: &Markup, footer: &Markup) -> Markup {
        let theme = match self.clothes {
            Clothes::Directory => None,
            Clothes::Portal(theme) => Some(theme),
        };
        let sheet = if theme.is_some() { "portal.css" } else { "style.css" };
        html! {
            (DOCTYPE)
            html lang=(self.say.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if theme.is_some() { meta name="robots" content="noindex"; }
                    title { (self.title) @if self.title != self.of { " · " (self.of) } }
                    link rel="icon" type="image/svg+xml" href=(assets::path(links, "icon.svg"));
                    link rel="stylesheet" href=(assets::path(links, sheet));
                    @if theme.is_none() { script src=(assets::path(links, "search.js")) defer {} }
                }
                body class=[theme.map(|theme| format!("theme-{theme}"))] {
                    a .skip href="#content" { (self.say.skip()) }
                    (header)
                    main #content tabindex="-1" { (content) }
                    (footer)
                }
            }
        }
    }
}
