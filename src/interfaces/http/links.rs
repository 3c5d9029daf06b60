//! Links that hold from outside: behind a gateway the address that the caller used is in `X-Forwarded-*`.

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderMap, header, request::Parts},
};

use super::Rooms;

/// Where this service is, seen from the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// `https://directory.example.org`, or empty where the request names no host.
    origin: String,
    /// `/api/v1`, or empty: everything before our own paths.
    base: String,
    /// Whether the caller came by https, as far as the request tells; none: it tells nothing.
    is_https: Option<bool>,
}

impl Links {
    /// Reads them from a request that arrived at `path` (before any prefix was taken off); `prefix` is the configured one.
    ///
    /// A forwarded value that does not look like what it should be is passed over.
    pub fn of(headers: &HeaderMap, path: &str, prefix: &str) -> Self {
        let text = |name: &str| {
            let first = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
            Some(first).filter(|t| !t.is_empty())
        };
        let host = text("x-forwarded-host").filter(|h| is_host(h));
        let host = host.or_else(|| text(header::HOST.as_str()).filter(|h| is_host(h)));
        let scheme = text("x-forwarded-proto").filter(|s| matches!(*s, "http" | "https"));
        let before = text("x-forwarded-prefix").filter(|p| is_prefix(p)).unwrap_or_default();
        let under = path
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        Self {
            origin: host
                .map(|h| format!("{}://{h}", scheme.unwrap_or("http")))
                .unwrap_or_default(),
            base: format!("{}{}", before.trim_end_matches('/'), if under { prefix } else { "" }),
            is_https: scheme.map(|scheme| scheme == "https"),
        }
    }

    /// Where a request does not tell how the caller came, it is as `public_url` has it, where browsers are told to find us.
    fn published_at(mut self, public_url: Option<&str>) -> Self {
        let public = public_url.map(|url| url.starts_with("https://"));
        self.is_https = self.is_https.or(public);
        self
    }

    /// Whether the caller came by https: whether a cookie may be kept out of all that goes in the clear.
    pub fn is_https(&self) -> bool {
        self.is_https == Some(true)
    }

    /// The path of ours as a page links to it: `/p/PRV-2026-000042`.
    pub fn path(&self, ours: &str) -> String {
        format!("{}{ours}", self.base)
    }

    /// The path of ours with scheme and host, for headers.
    pub fn absolute(&self, ours: &str) -> String {
        format!("{}{}{ours}", self.origin, self.base)
    }
}

impl FromRequestParts<Arc<Rooms>> for Links {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Infallible> {
        let path = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(parts.uri.path(), |uri| uri.0.path());
        let settings = &rooms.settings;
        let links = Self::of(&parts.headers, path, settings.prefix.as_str());
        Ok(links.published_at(settings.public_url.as_deref()))
    }
}

fn is_host(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    text.len() <= 255 && text.bytes().all(fits)
}

/// Whether a text can stand before all paths: `/directory/v2`.
pub fn is_prefix(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    text.len() <= 255 && text.starts_with('/') && !text.contains("//") && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (n.parse().expect("a name"), v.parse().expect("a value")))
            .collect()
    }

    #[test]
    fn a_gateway_is_believed_where_it_makes_sense() {
        let forwarded = headers(&[
            ("host", "10.0.0.7:8080"),
            ("x-forwarded-host", "care.example.org, inner"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/directory/"),
        ]);
        let links = Links::of(&forwarded, "/providers/search", "/api/v1");
        assert_eq!(
            links.absolute("/providers/1"),
            "https://care.example.org/directory/providers/1"
        );
        let odd = headers(&[
            ("host", "h:1"),
            ("x-forwarded-prefix", "//evil.example"),
            ("x-forwarded-host", "a b"),
        ]);
        assert_eq!(Links::of(&odd, "/", "").absolute("/x"), "http://h:1/x");
    }

    #[test]
    fn the_first_of_several_proxies_says_how_a_caller_came() {
        let links = |proto: &'static str| Links::of(&headers(&[("x-forwarded-proto", proto)]), "/", "");
        let silent = Links::of(&HeaderMap::new(), "/", "");
        let public = Some("https://care.example.org/directory");
        assert!(links("https").is_https() && links("https, http").is_https());
        assert!(!links("http, https").published_at(public).is_https());
        assert!(!silent.is_https() && !links("gopher").is_https());
        assert!(silent.clone().published_at(public).is_https());
        assert!(!silent.published_at(Some("http://127.0.0.1:8080")).is_https());
    }

    #[test]
    fn the_configured_prefix_is_kept_where_the_request_came_through_it() {
        let none = HeaderMap::new();
        assert_eq!(
            Links::of(&none, "/api/v1/providers/search", "/api/v1").path("/p/1"),
            "/api/v1/p/1"
        );
        assert_eq!(Links::of(&none, "/providers/search", "/api/v1").path("/p/1"), "/p/1");
        assert_eq!(Links::of(&none, "/api/v10", "/api/v1").path("/p/1"), "/p/1");
    }
}
