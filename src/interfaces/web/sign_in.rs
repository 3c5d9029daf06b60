//! The sign-in page: address and password for a cookie that no script can read; and the way out.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{admin, layout, problems};
use crate::interfaces::http::{
    Rooms,
    access::{COOKIE, Identity, Visitor, bearer},
    links::Links,
    oidc_code,
    operation::{Answer, Operation, query},
    parameters,
    problem::{Kind, Problem},
    sessions,
};

/// `GET /sign-in?next=/admin/`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    visitor: Result<Visitor, Problem>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let asked = parameters::pairs(raw.as_deref())?;
    let next = asked
        .iter()
        .find(|(name, _)| name == "next")
        .map(|(_, value)| value.as_str());
    if let Ok(Visitor(Some(who))) = &visitor
        && next.is_none()
    {
        return Ok(here(&links, who));
    }
    let page = Page::new(&rooms, &links, next.unwrap_or(HOME));
    Ok(page.answer(StatusCode::OK, "", None))
}

/// Where somebody begins who was on the way to no other page.
const HOME: &str = "/sign-in";

/// Who is signed in, and what there is for them.
fn here(links: &Links, who: &Identity) -> Response {
    let content = html! {
        h1 { "You are signed in" }
        p role="status" { "As " (layout::called(who)) "." }
        ul {
            @if admin::is_for(who) { li { a href=(links.path("/admin/")) { "Administration" } } }
            li { a href=(links.path("/")) { "Search the directory" } }
        }
        @if !admin::is_for(who) { p { "For your account there are no other pages; programs use it by the interface." } }
    };
    problems::respond(
        StatusCode::OK,
        layout::page_for(links, Some(who), "Your account", &content),
    )
}

/// `POST /sign-in` with the form.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Visitor(_): Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let [email, password, next] = posted(&body, ["email", "password", "next"])?;
    let next = local(&next);
    let page = Page::new(&rooms, &links, next);
    if email.trim().is_empty() || password.is_empty() {
        let problem = Problem::new(Kind::InvalidParameter, "Give your address and your password.");
        return Ok(page.answer(problem.kind().status(), &email, Some(&problem)));
    }
    match sessions::begin(&rooms, &email, password).await {
        Ok((_, token, _)) => {
            let cookie = cookie(&headers, &token, sessions::GOOD_FOR.num_seconds());
            let begins = match next {
                HOME => bearer(&rooms, &token).await.ok().as_ref().and_then(admin::begins_for),
                _ => None,
            };
            let to = Redirect::to(&links.path(begins.unwrap_or(next)));
            Ok(([(header::SET_COOKIE, cookie)], to).into_response())
        }
        Err(problem) if matches!(problem.kind(), Kind::NotSignedIn | Kind::TooManyRequests) => {
            Ok(page.answer(problem.kind().status(), &email, Some(&problem)))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /sign-out` with the page's word.
pub async fn leave(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let [csrf] = posted(&body, ["csrf"])?;
    if visitor.0.is_some() {
        let known = visitor.confirm(&csrf)?;
        if let Some(token) = &known.session {
            crate::store::sessions::close(&rooms.store, token, rooms.now()).await?;
        }
    }
    let gone = cookie(&headers, "", 0);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to(&links.path("/"))).into_response())
}

/// What these pages are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let html = Answer::Media("text/html");
    let next = query("next", &serde_json::json!({"type": "string"}), "The page to go on to.");
    vec![
        Operation::new("get", "/sign-in", "pages", "The sign-in page", html).asking([next]),
        Operation::new("post", "/sign-in", "pages", "Sign in by a form; sets a cookie", html)
            .answering(303)
            .refusing(&[Kind::NotSignedIn, Kind::TooManyRequests]),
        Operation::new("post", "/sign-out", "pages", "Sign out by a form", html).answering(303),
    ]
}

/// The sign-in page as somebody sees it.
struct Page<'a> {
    links: &'a Links,
    /// Where it leads.
    next: &'a str,
    /// The issuer at which one signs in as well, with the way there.
    elsewhere: Option<(&'a str, String)>,
}

impl<'a> Page<'a> {
    fn new(rooms: &'a Rooms, links: &'a Links, next: &'a str) -> Self {
        let next = local(next);
        let elsewhere = oidc_code::offered(rooms);
        Self {
            links,
            next,
            elsewhere: elsewhere.map(|client| (client.name(), client.entrance(next))),
        }
    }

    fn answer(&self, status: StatusCode, email: &str, problem: Option<&Problem>) -> Response {
        let content = html! {
            h1 { "Sign in" }
            @if problem.is_none() && self.next != HOME {
                p .note { "Sign in to go on. If you were signed in, your session has ended; what was not sent before is not kept." }
            }
            @if let Some(problem) = problem { (problems::alert(problem)) }
            @if let Some((name, entrance)) = &self.elsewhere {
                p { a href=(entrance) { "Sign in with " (name) } }
            }
            form .sign-in action=(self.links.path("/sign-in")) method="post" {
                input type="hidden" name="next" value=(self.next);
                div .field {
                    label for="email" { "Email address" }
                    input #email type="email" name="email" value=(email) required autocomplete="username" maxlength="254";
                }
                div .field {
                    label for="password" { "Password" }
                    input #password type="password" name="password" required autocomplete="current-password" maxlength="128";
                }
                button type="submit" { "Sign in" }
            }
            p { a href=(self.links.path("/")) { "Searching the directory" } " needs no account. People of outside providers sign in at the "
                a href=(self.links.path("/provider/")) { "provider portal" } "." }
        };
        problems::respond(status, layout::page(self.links, "Sign in", &content))
    }
}

/// The fields of a posted form; what is not there is empty.
pub fn posted<const N: usize>(body: &[u8], known: [&'static str; N]) -> Result<[String; N], Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::new(Kind::Malformed, "The form is not UTF-8."))?;
    let fields = parameters::only(parameters::pairs(Some(text))?, known)?;
    Ok(fields.map(Option::unwrap_or_default))
}

/// A path of ours; anything that could lead elsewhere becomes the first page.
pub(super) fn local(next: &str) -> &str {
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain && next.starts_with('/') && !next.starts_with("//") {
        next
    } else {
        "/"
    }
}

/// No script reads it, no other site's form sends it, and over https it never goes in the clear.
pub(super) fn cookie(headers: &HeaderMap, token: &str, seconds: i64) -> String {
    let proto = headers.get("x-forwarded-proto").and_then(|v| v.to_str().ok());
    let secure = if proto == Some("https") { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_leads_nowhere_else() {
        assert_eq!(local("/admin/?a=b"), "/admin/?a=b");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:x",
            "",
            "/a\nb",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
