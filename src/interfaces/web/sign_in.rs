//! The sign-in page: address and password for a cookie that no script can read; and the way out.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    admin, layout, problems,
    visit::{LANG, Visit},
};
use crate::interfaces::http::{
    Rooms,
    access::{COOKIE, Identity, Visitor, bearer},
    cookies::{Cookie, SameSite},
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
    visit: Visit,
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
        return Ok(here(&visit, who));
    }
    let page = Page::new(&rooms, &visit, next.unwrap_or(HOME));
    Ok(page.answer(StatusCode::OK, "", None))
}

/// Where somebody begins who was on the way to no other page.
const HOME: &str = "/sign-in";

/// Who is signed in, and what there is for them.
fn here(visit: &Visit, who: &Identity) -> Response {
    let say = visit.say;
    let content = html! {
        h1 { (say.signed_in()) }
        p role="status" { (say.signed_in_as(&layout::called(who))) }
        ul {
            @if admin::is_for(who) { li { a href=(Links::path(visit, "/admin/")) { (say.administration()) } } }
            li { a href=(visit.path("/")) { (say.search_directory()) } }
        }
        @if !admin::is_for(who) { p { (say.no_other_pages()) } }
    };
    problems::respond(
        StatusCode::OK,
        layout::page_in(visit, Some(who), say.your_account(), &content),
    )
}

/// `POST /sign-in` with the form.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    visit: Visit,
    Visitor(_): Visitor,
    body: Bytes,
) -> Result<Response, Problem> {
    let [email, password, next] = posted(&body, ["email", "password", "next"])?;
    let next = local(&next);
    let page = Page::new(&rooms, &visit, next);
    if email.trim().is_empty() || password.is_empty() {
        let problem = Problem::new(Kind::InvalidParameter, visit.say.give_both());
        return Ok(page.answer(problem.kind().status(), &email, Some(&problem)));
    }
    match sessions::begin(&rooms, &email, password).await {
        Ok((_, token, _)) => {
            let cookie = cookie(&visit).line(&token, sessions::GOOD_FOR.num_seconds());
            let begins = match next {
                HOME => bearer(&rooms, &token).await.ok().as_ref().and_then(admin::begins_for),
                _ => None,
            };
            let there = begins.map_or_else(|| page.there(), |begins| Links::path(&visit, begins));
            let to = Redirect::to(&there);
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
    body: Bytes,
) -> Result<Response, Problem> {
    let [csrf] = posted(&body, ["csrf"])?;
    if visitor.0.is_some() {
        let known = visitor.confirm(&csrf)?;
        if let Some(token) = &known.session {
            crate::store::sessions::close(&rooms.store, token, rooms.now()).await?;
        }
    }
    let gone = cookie(&links).line("", 0);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to(&links.path("/"))).into_response())
}

/// What these pages are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let html = Answer::Media("text/html");
    let next = query("next", &serde_json::json!({"type": "string"}), "The page to go on to.");
    let language = serde_json::json!({"type": "string", "enum": ["en", "es"]});
    let lang = query(LANG, &language, "The language of the page; else the browser's.");
    vec![
        Operation::new("get", "/sign-in", "pages", "The sign-in page", html).asking([next, lang]),
        Operation::new("post", "/sign-in", "pages", "Sign in by a form; sets a cookie", html)
            .answering(303)
            .refusing(&[Kind::NotSignedIn, Kind::TooManyRequests]),
        Operation::new("post", "/sign-out", "pages", "Sign out by a form", html).answering(303),
    ]
}

/// The sign-in page as somebody sees it.
struct Page<'a> {
    visit: &'a Visit,
    /// Where it leads.
    next: &'a str,
    /// The issuer at which one signs in as well, with the way there.
    elsewhere: Option<(&'a str, String)>,
}

impl<'a> Page<'a> {
    fn new(rooms: &'a Rooms, visit: &'a Visit, next: &'a str) -> Self {
        let next = local(next);
        let elsewhere = oidc_code::offered(rooms);
        Self {
            visit,
            next,
            elsewhere: elsewhere.map(|client| (client.name(), client.entrance(next))),
        }
    }

    /// Where it leads, in the language that was chosen where that page has it.
    fn there(&self) -> String {
        match self.next {
            HOME | "/" => self.visit.path(self.next),
            other => Links::path(self.visit, other),
        }
    }

    fn answer(&self, status: StatusCode, email: &str, problem: Option<&Problem>) -> Response {
        let (visit, say) = (self.visit, self.visit.say);
        let content = html! {
            h1 { (say.sign_in()) }
            @if problem.is_none() && self.next != HOME { p .note { (say.session_ended()) } }
            @if let Some(problem) = problem { (problems::alert_in(say, problem)) }
            @if let Some((name, entrance)) = &self.elsewhere {
                p { a href=(entrance) { (say.sign_in_with(name)) } }
            }
            form .sign-in action=(visit.path("/sign-in")) method="post" {
                input type="hidden" name="next" value=(self.next);
                div .field {
                    label for="email" { (say.email()) }
                    input #email type="email" name="email" value=(email) required autocomplete="username" maxlength="254";
                }
                div .field {
                    label for="password" { (say.password()) }
                    input #password type="password" name="password" required autocomplete="current-password" maxlength="128";
                }
                button type="submit" { (say.sign_in()) }
            }
            p {
                a href=(visit.path("/")) { (say.searching()) } " " (say.no_account_needed()) " "
                a href=(Links::path(visit, "/provider/")) { (say.provider_portal_small()) } "."
            }
        };
        let title = problem.map_or(say.sign_in(), |problem| say.title(problem.kind()));
        problems::respond(status, layout::page_in(visit, None, title, &content))
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
pub(super) fn cookie(links: &Links) -> Cookie<'static> {
    Cookie {
        name: COOKIE,
        path: "/",
        same_site: SameSite::Lax,
        is_secure: links.is_https(),
    }
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
