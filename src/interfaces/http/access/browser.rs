//! What a browser sends along by itself is not meant by anybody: what changes something must come from a page of ours.

use axum::http::{HeaderMap, HeaderName, Method, request::Parts};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::identity::Identity;
use crate::interfaces::http::problem::{Kind, Problem};

/// What a script on one of our pages sends along with what it changes.
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");

pub(super) fn elsewhere() -> Problem {
    Problem::new(
        Kind::NotAllowed,
        "The request does not come from one of our pages, or the page is too old. Open the page again.",
    )
}

/// A browser sends its cookie along with whatever any site makes it send. What changes something must be meant.
pub(super) fn deliberate(parts: &Parts, known: Identity) -> Result<Identity, Problem> {
    if known.by_cookie && is_writing(&parts.method) {
        let given = parts
            .headers
            .get(CSRF)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        if !is_same_origin(&parts.headers) || !is_equal(given, &known.csrf()) {
            return Err(elsewhere());
        }
    }
    Ok(known)
}

pub(super) fn is_writing(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that a request comes from a page of ours. A program says nothing, and has no cookie.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            let ours = [text("x-forwarded-host"), text("host")];
            host.is_some() && ours.contains(&host)
        }
        (None, None) => true,
    }
}

pub(super) fn csrf_of(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("any length is a key");
    mac.update(b"csrf");
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn is_equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (name.parse().expect("a name"), value.parse().expect("a value"))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_browser_on_another_site_is_seen() {
        for ours in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("origin", "http://a.example:8080"), ("host", "a.example:8080")],
        ] {
            assert!(is_same_origin(&headers(ours)), "{ours:?}");
        }
        for other in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("origin", "https://evil.example"), ("host", "a.example")],
            &[("origin", "null"), ("host", "a.example")],
        ] {
            assert!(!is_same_origin(&headers(other)), "{other:?}");
        }
    }
}
