//! Who is at the portal's pages: a session of their own, which no other page knows, in a cookie of its own, which is sent to
//! no other page. It lives only as long as the token that opened it.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{
    layout::{self, Frame},
    prefers_pages,
    sign_in::local,
    texts::Lang,
};
use crate::interfaces::http::{
    Rooms,
    agency::now,
    cookies::{self, Cookie, SameSite},
    links::Links,
    parameters,
    portal::session_not_taken,
    problem::{Kind, Problem},
};
use crate::store::{
    portal::{self, Clothes},
    provider_tokens::{self, Bearer},
};

/// The portal's cookie.
pub const COOKIE: &str = "provdir_portal";

/// Somebody of an outside provider with a session; everybody else is led to the portal's sign-in page.
pub struct Guest {
    /// Who.
    pub bearer: Bearer,
    /// The cookie's value.
    pub session: String,
    /// The clothes of the portal, if it wears any for them.
    pub clothes: Option<Clothes>,
}

impl Guest {
    /// The word that a form of the portal sends along, so that no other site's form can.
    pub fn word(&self) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.session.as_bytes()).expect("any length is a key");
        mac.update(b"portal form");
        mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Takes a form only where it carries the word.
    pub fn confirm(&self, given: &str) -> Result<(), Problem> {
        if bool::from(given.as_bytes().ct_eq(self.word().as_bytes())) {
            Ok(())
        } else {
            Err(elsewhere())
        }
    }

    /// Whether this is the clinic's own portal and they are of that clinic.
    pub fn at_clinic(&self) -> bool {
        self.clothes.is_some()
    }

    /// Whether the clinic sees there what is booked at it.
    pub fn sees_appointments(&self) -> bool {
        self.clothes.as_ref().is_some_and(|clothes| clothes.has_appointments)
    }
}

impl FromRequestParts<Arc<Rooms>> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        if !is_reading(&parts.method) && !is_own(&parts.headers) {
            return Err(elsewhere().into_response());
        }
        let Some(session) = cookie_of(&parts.headers) else {
            return Err(to_sign_in(parts, rooms).await);
        };
        let found = provider_tokens::session(&rooms.store, session, now(rooms)).await;
        let found = found.map_err(|error| Problem::from(error).into_response())?;
        let Some(bearer) = found.filter(is_person) else {
            session_not_taken(rooms, session).await;
            return Err(to_sign_in(parts, rooms).await);
        };
        let measured = rooms.token_rate.check(bearer.token_id.0);
        measured.map_err(IntoResponse::into_response)?;
        let clothes = clothes(rooms, &parts.headers)
            .await
            .map_err(IntoResponse::into_response)?;
        let fits = |c: &Clothes| c.organization_id == bearer.organization_id.0 && c.provider_id == bearer.provider_id.0;
        Ok(Self {
            clothes: clothes.filter(fits),
            session: session.to_owned(),
            bearer,
        })
    }
}

/// Whether a token or session is one for the portal.
pub fn is_person(bearer: &Bearer) -> bool {
    bearer.scopes.iter().any(|scope| scope == "portal")
}

async fn to_sign_in(parts: &mut Parts, rooms: &Arc<Rooms>) -> Response {
    let next = if is_reading(&parts.method) {
        parts.uri.path_and_query().map_or(HOME, |at| at.as_str())
    } else {
        page_of(parts.uri.path())
    };
    let to = match next.trim_end_matches('/') {
        "/provider" => "/provider/sign-in".to_owned(),
        _ => format!("/provider/sign-in?{}", parameters::encode([("next", next)])),
    };
    match Links::from_request_parts(parts, rooms).await {
        Ok(links) => lead_to(&links, &to, &parts.headers),
        Err(never) => match never {},
    }
}

/// Where the portal begins.
pub const HOME: &str = "/provider/";

/// The page that a form stands on: what a form is sent to can't be opened.
fn page_of(form: &str) -> &str {
    let behind = form.strip_prefix("/provider/cases/").unwrap_or_default();
    match behind.split_once('/') {
        Some((id, _)) => form.get(.."/provider/cases/".len() + id.len()).unwrap_or(HOME),
        None => HOME,
    }
}

/// A page of the portal; anything else becomes the one where it begins.
pub fn own_page(next: &str) -> &str {
    let next = local(next);
    let is_own = next.starts_with("/provider/") && !next.starts_with("/provider/sign-") && !next.contains("..");
    if is_own { next } else { HOME }
}

/// Nobody is signed in: a program is told so, a browser goes on to where one signs in, at this path of ours.
pub fn lead_to(links: &Links, sign_in: &str, headers: &HeaderMap) -> Response {
    if !prefers_pages(headers) {
        return Problem::new(Kind::NotSignedIn, "Sign in first.").into_response();
    }
    let sign_in = links.path(sign_in);
    // A refusal without a body would be shown as a failure of the connection. Who has it stand still reads it, and goes on by hand.
    let content = maud::html! {
        h1 { "Sign in to go on" }
        p { "You are not signed in, or your session has ended. What was not sent before is not kept." }
        p { a href=(sign_in) { "Sign in" } }
    };
    let frame = Frame {
        say: Lang::En,
        title: "Sign in to go on",
        of: Lang::En.site(),
        clothes: layout::Clothes::Portal("plain"),
    };
    let header = maud::html! { header { a .brand href=(links.path("/")) { (Lang::En.site()) } } };
    let page = frame.around(links, &header, &content, &maud::html! {});
    let next = [
        (header::REFRESH, format!("0; url={sign_in}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (StatusCode::UNAUTHORIZED, next, page).into_response()
}

/// The clothes that belong to the first label of the host: `riverside` of `riverside.portal.example.org`.
pub async fn clothes(rooms: &Rooms, headers: &HeaderMap) -> Result<Option<Clothes>, Problem> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text("x-forwarded-host").or_else(|| text("host")).unwrap_or_default();
    match subdomain(host) {
        Some(label) => Ok(portal::clothes(&rooms.store, &label).await?),
        None => Ok(None),
    }
}

fn subdomain(host: &str) -> Option<String> {
    let host = host.split(',').next()?.trim();
    let (label, rest) = host.split_once('.')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let is_name = rest.bytes().any(|b| b.is_ascii_alphabetic());
    (is_name && !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)).then(|| label.to_ascii_lowercase())
}

fn cookie_of(headers: &HeaderMap) -> Option<&str> {
    cookies::find(headers, COOKIE).filter(|value| value.len() == 64)
}

/// The cookie: no script reads it, no other site's page sends it, no other path of ours gets it.
pub fn cookie(links: &Links, session: &str, seconds: i64) -> String {
    let cookie = Cookie {
        name: COOKIE,
        path: &links.path("/provider"),
        same_site: SameSite::Strict,
        is_secure: links.is_https(),
    };
    cookie.line(session, seconds)
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a browser says that a request comes from a page of ours; what says nothing is no browser.
pub fn is_own(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").and_then(|v| v.to_str().ok());
    site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

/// A form that is not from one of our pages.
pub fn elsewhere() -> Problem {
    let detail = "The request does not come from one of our pages, or the page is too old. Open the page again.";
    Problem::new(Kind::NotAllowed, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_of_a_name_chooses_the_clothes() {
        assert_eq!(
            subdomain("Riverside.portal.example.org:8080").as_deref(),
            Some("riverside")
        );
        assert_eq!(subdomain("riverside.localhost:8080").as_deref(), Some("riverside"));
        for none in [
            "localhost:8080",
            "127.0.0.1:8080",
            "",
            "[::1]:80",
            "a_b.example.org",
            ".example.org",
        ] {
            assert_eq!(subdomain(none), None, "{none}");
        }
    }

    #[test]
    fn one_goes_on_to_pages_of_the_portal_only() {
        assert_eq!(own_page("/provider/cases/1"), "/provider/cases/1");
        for other in [
            "",
            "/admin/",
            "//evil.example",
            "/provider/sign-in",
            "/provider/../admin",
            "/providers/1",
        ] {
            assert_eq!(own_page(other), HOME, "{other}");
        }
        assert_eq!(page_of("/provider/cases/1/documents/2/received"), "/provider/cases/1");
        assert_eq!(page_of("/provider/sign-out"), HOME);
    }

    #[test]
    fn a_request_from_another_site_is_seen() {
        let from = |site: &'static str| {
            HeaderMap::from_iter([(
                "sec-fetch-site".parse().expect("a name"),
                site.parse().expect("a value"),
            )])
        };
        assert!(is_own(&HeaderMap::new()) && is_own(&from("same-origin")));
        assert!(!is_own(&from("cross-site")) && !is_own(&from("same-site")));
    }
}
