//! What all pages share: head, header, footer.

use maud::{DOCTYPE, Markup, html};

use super::assets;
use crate::interfaces::http::links::Links;

/// The name people know it by.
pub const NAME: &str = "Provider Directory";

/// A whole page around `content`.
pub fn page(links: &Links, title: &str, content: &Markup) -> Markup {
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
                }
                main #content tabindex="-1" { (content) }
                footer .site {
                    p {
                        "What you search for is not recorded under your name or address. "
                        "Call the office before a visit: listings change."
                    }
                }
            }
        }
    }
}
