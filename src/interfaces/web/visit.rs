//! Who opens a public page: in which language it speaks to them, and where its links lead.
//!
//! A browser says which languages its user reads (`Accept-Language`). Who wants another one takes the link that every page has, and
//! keeps it: `lang=` stays in all links from then on. Nothing is remembered on either side.

use std::{convert::Infallible, ops::Deref, sync::Arc};

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderMap, Uri, header, request::Parts},
};
use chrono::NaiveDate;

use super::{form::Form, texts::Lang};
use crate::interfaces::http::{Rooms, links::Links, parameters};

/// The parameter that chooses a language.
pub const LANG: &str = "lang";

/// The parameter in which the way to the other language carries the search that one comes from: a browser tells of it only once.
/// The script takes it out of the address again.
pub const FROM: &str = "from";

/// Who opens a page.
#[derive(Clone, Debug)]
pub struct Visit {
    links: Links,
    /// The language of the page.
    pub say: Lang,
    /// Whether the address says so, and links must.
    chosen: bool,
    /// The same page in another language; none for pages that speak one only.
    elsewhere: Option<(Lang, String)>,
    /// The search that they come from, as the query of its address.
    searched: Option<String>,
    /// The day, and the whole address of the page: what a printed copy of it says.
    seen: Option<(NaiveDate, String)>,
}

impl Deref for Visit {
    type Target = Links;

    fn deref(&self) -> &Links {
        &self.links
    }
}

impl Visit {
    /// By what the address says, or else the browser.
    pub fn of(links: Links, headers: &HeaderMap, uri: &Uri) -> Self {
        let pairs = parameters::pairs(uri.query()).unwrap_or_default();
        let asked = pairs.iter().find(|(name, _)| name == LANG);
        let asked = asked.and_then(|(_, code)| Lang::of_code(code));
        let say = asked.unwrap_or_else(|| preferred(headers));
        let other = say.other();
        let carried = pairs.iter().find(|(name, _)| name == FROM);
        let searched = searched(&links, headers).or_else(|| carried.map(|(_, query)| query.clone()));
        let rest = pairs.iter().filter(|(name, _)| name != LANG && name != FROM);
        let rest = rest.map(|(name, value)| (name.as_str(), value.as_str()));
        let from = searched.as_deref().map(|query| (FROM, query));
        let query = parameters::encode(rest.chain(from).chain([(LANG, other.code())]));
        Self {
            searched,
            links,
            say,
            chosen: asked.is_some(),
            elsewhere: Some((other, format!("?{query}"))),
            seen: None,
        }
    }

    /// For a page that speaks English only.
    pub fn plain(links: &Links) -> Self {
        Self {
            links: links.clone(),
            say: Lang::En,
            chosen: false,
            elsewhere: None,
            searched: None,
            seen: None,
        }
    }

    /// The path of the search that they come from, made anew from what our own form has, so that it leads nowhere else.
    pub fn results(&self) -> Option<String> {
        let (form, _) = Form::read(self.searched.as_deref());
        (!form.is_empty()).then(|| self.path(&form.at(&form.cursor)))
    }

    /// The path of a public page of ours, in the language that was chosen.
    pub fn path(&self, ours: &str) -> String {
        let path = self.links.path(ours);
        if !self.chosen {
            return path;
        }
        let sign = if ours.contains('?') { '&' } else { '?' };
        format!("{path}{sign}{LANG}={}", self.say.code())
    }

    /// The language as a form sends it on: only where it was chosen.
    pub fn kept(&self) -> Option<&'static str> {
        self.chosen.then(|| self.say.code())
    }

    /// The day and the whole address, for paper.
    pub fn seen(&self) -> Option<(NaiveDate, &str)> {
        self.seen.as_ref().map(|(day, address)| (*day, address.as_str()))
    }

    /// The other language and the address of this page in it.
    pub fn elsewhere(&self) -> Option<(Lang, &str)> {
        self.elsewhere.as_ref().map(|(lang, address)| (*lang, address.as_str()))
    }
}

impl FromRequestParts<Arc<Rooms>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Infallible> {
        let links = Links::from_request_parts(parts, rooms).await?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        // It has our own prefix already.
        let address = uri.path_and_query().map_or("/", |address| address.as_str());
        let seen = (
            rooms.now().date_naive(),
            Links::of(&parts.headers, "", "").absolute(address),
        );
        Ok(Self {
            seen: Some(seen),
            ..Self::of(links, &parts.headers, uri)
        })
    }
}

/// The query of the search that a browser says it comes from. Only links to providers among results make it say so, to us alone:
/// what was searched for stands in no address that somebody passes on.
fn searched(links: &Links, headers: &HeaderMap) -> Option<String> {
    let from = headers.get(header::REFERER)?.to_str().ok()?;
    let (_, from) = from.split_once("://")?;
    let (_, home) = links
        .absolute("/")
        .split_once("://")
        .map(|(s, h)| (s.to_owned(), h.to_owned()))?;
    let query = from.strip_prefix(home.as_str())?.strip_prefix('?')?;
    Some(query.split('#').next().unwrap_or_default().to_owned())
}

/// The language that a browser would rather have, of those that the pages speak (RFC 9110, 12.5.4).
fn preferred(headers: &HeaderMap) -> Lang {
    let said = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let ranges = said
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut best = (Lang::default(), 0.0);
    for range in ranges {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let weight = weight
            .trim()
            .strip_prefix("q=")
            .and_then(|q| q.trim().parse::<f32>().ok());
        let tag = tag.trim();
        let lang = if tag == "*" {
            Some(Lang::default())
        } else {
            Lang::of_code(tag.split('-').next().unwrap_or_default())
        };
        // Of equals the one that is named first.
        if let (Some(lang), Some(weight)) = (lang, weight)
            && weight > best.1
        {
            best = (lang, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(accept: &str, uri: &str) -> Visit {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().expect("a header"));
        let links = Links::of(&headers, "/", "");
        Visit::of(links, &headers, &uri.parse().expect("an address"))
    }

    #[test]
    fn a_browser_is_answered_in_the_language_it_would_rather_have() {
        for (accept, lang) in [
            ("es", Lang::Es),
            ("es-MX,es;q=0.9,en;q=0.8", Lang::Es),
            ("en-US,en;q=0.9,es;q=0.8", Lang::En),
            ("fr, es;q=0.5, en;q=0.7", Lang::En),
            ("fr;q=0.9, ES-419;q=0.4", Lang::Es),
            ("es;q=0, *;q=0.1", Lang::En),
            ("es;q=x", Lang::En),
            ("zh", Lang::En),
            ("", Lang::En),
        ] {
            assert_eq!(visit(accept, "/").say, lang, "{accept}");
        }
    }

    #[test]
    fn the_way_back_leads_to_a_search_of_ours_alone() {
        let back = |host: &str, referer: &str, uri: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a host"));
            headers.insert(header::REFERER, referer.parse().expect("an address"));
            let links = Links::of(&headers, "/", "");
            Visit::of(links, &headers, &uri.parse().expect("an address")).results()
        };
        let from = "http://directory.example/?q=heart+doctor&near=10013&language=es&cursor=abc&lang=es#result-3";
        assert_eq!(
            back("directory.example", from, "/p/X?lang=es").as_deref(),
            Some("/?q=heart+doctor&near=10013&language=es&cursor=abc&lang=es")
        );
        let odd = "http://directory.example/?q=x&next=//evil.example";
        assert_eq!(back("directory.example", odd, "/p/X").as_deref(), Some("/?q=x"));
        for other in [
            "http://evil.example/?q=x",
            "http://directory.example.evil.example/?q=x",
            "http://directory.example/p/X?q=x",
            "http://directory.example/",
            "http://directory.example/?lang=es",
            "//directory.example/?q=x",
            "q=x",
        ] {
            assert_eq!(back("directory.example", other, "/p/X"), None, "{other}");
        }
    }

    #[test]
    fn a_language_that_was_chosen_is_kept_and_can_be_left() {
        let chosen = visit("en", "/?q=a+b&lang=es");
        assert_eq!((chosen.say, chosen.kept()), (Lang::Es, Some("es")));
        assert_eq!(chosen.path("/p/X"), "/p/X?lang=es");
        assert_eq!(chosen.path("/?q=x"), "/?q=x&lang=es");
        assert_eq!(chosen.elsewhere(), Some((Lang::En, "?q=a+b&lang=en")));
        let unasked = visit("es", "/p/X");
        assert_eq!((unasked.path("/p/Y"), unasked.kept()), ("/p/Y".to_owned(), None));
        assert_eq!(unasked.elsewhere(), Some((Lang::En, "?lang=en")));
        assert_eq!(visit("es", "/?lang=fr").say, Lang::Es);
        assert_eq!(Visit::plain(&Links::of(&HeaderMap::new(), "/", "")).elsewhere(), None);
    }
}
