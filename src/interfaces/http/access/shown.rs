//! What a request shows: a token, a session or a cookie, and the organisation that it is for.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams},
    http::{HeaderMap, HeaderName, header, request::Parts},
};

use super::recognize::sign_in;
use crate::interfaces::http::{Rooms, cookies, problem::Problem};
use crate::store::{access::Credential, sessions};
use crate::vocab::OrganizationId;

/// The organisation that a request is for.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-organization-id");
/// The cookie of a signed-in browser.
pub const COOKIE: &str = "provdir_session";

/// What a request shows.
pub(super) enum Shown {
    Bearer(String),
    Cookie(String),
}

impl Shown {
    /// As a credential of ours, with the session if it is one, and whether a browser sent it along by itself.
    pub(super) fn own(&self) -> (Credential<'_>, Option<String>, bool) {
        match self {
            Self::Cookie(token) => (Credential::Session(token), Some(token.clone()), true),
            Self::Bearer(token) if token.starts_with(sessions::PREFIX) => {
                (Credential::Session(token), Some(token.clone()), false)
            }
            Self::Bearer(token) => (Credential::Token(token), None, false),
        }
    }
}

/// Whether a token is one of OpenID Connect: three parts with dots between. Our own have none.
pub(super) fn is_web_token(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// The organisation in the path of `/organizations/{id}/..`, or in the header; both must be the same.
pub(super) async fn wanted(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Option<OrganizationId>, Problem> {
    let header = match parts.headers.get(ORGANIZATION) {
        None => None,
        Some(given) => Some(read_id("X-Organization-Id", given.to_str().unwrap_or_default())?),
    };
    let route = parts.extensions.get::<MatchedPath>();
    if !route.is_some_and(|route| route.as_str().contains("/organizations/{id}")) {
        return Ok(header);
    }
    let path = RawPathParams::from_request_parts(parts, rooms).await;
    let path = path
        .ok()
        .and_then(|path| path.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.to_owned()));
    let path = path.map(|id| read_id("id", &id)).transpose()?;
    if header.is_some() && header != path {
        let message = "names another organisation than the path";
        return Err(Problem::fault("X-Organization-Id", "contradiction", message));
    }
    Ok(path)
}

fn read_id(field: &str, text: &str) -> Result<OrganizationId, Problem> {
    text.trim()
        .parse()
        .map_err(|_| Problem::fault(field, "invalid", "is no id of an organisation"))
}

/// `Authorization: Bearer <token>`, or else the cookie.
pub(super) fn shown(headers: &HeaderMap) -> Result<Option<Shown>, Problem> {
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let given = given.to_str().map_err(|_| sign_in())?;
        let (scheme, token) = given.split_once(' ').ok_or_else(sign_in)?;
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > 8192 {
            return Err(sign_in());
        }
        return Ok(Some(Shown::Bearer(token.to_owned())));
    }
    let own = cookies::all(headers, COOKIE).find(|value| value.starts_with(sessions::PREFIX));
    Ok(own.map(|value| Shown::Cookie(value.to_owned())))
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
    fn a_header_comes_before_a_cookie_and_other_cookies_are_nobodys() {
        let both = headers(&[
            ("authorization", "Bearer abc"),
            ("cookie", "provdir_session=provsession_1"),
        ]);
        assert!(matches!(shown(&both), Ok(Some(Shown::Bearer(token))) if token == "abc"));
        let cookie = headers(&[("cookie", "a=b; provdir_session=provsession_1")]);
        assert!(matches!(shown(&cookie), Ok(Some(Shown::Cookie(token))) if token == "provsession_1"));
        assert!(matches!(shown(&headers(&[("cookie", "provdir_session=x")])), Ok(None)));
        assert!(shown(&headers(&[("authorization", "Basic abc")])).is_err());
    }
}
