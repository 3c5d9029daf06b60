//! Signing in at an issuer that is trusted: the way there, and the way back to a session like any other.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use maud::html;

use super::{layout, problems, sign_in, visit::Visit};
use crate::interfaces::http::{
    Rooms,
    cookies::{self, Cookie, SameSite},
    links::Links,
    oidc_code::{self, Client, Flow},
    operation::{Answer, Operation, query},
    parameters,
    problem::{Kind, Problem},
    sessions,
};

/// Where the way begins.
pub const PATH: &str = "/sign-in/oidc";
/// Where the issuer sends people back to.
pub const CALLBACK: &str = "/sign-in/oidc/callback";
/// The cookie of somebody who is on the way.
const COOKIE: &str = "provdir_sign_in";
/// How long the way may take, in seconds.
const MAX_AGE: i64 = 600;

/// `GET /sign-in/oidc?next=/admin/`: leads to the issuer.
pub async fn begin(
    State(rooms): State<Arc<Rooms>>,
    visit: Visit,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let Some(client) = oidc_code::offered(&rooms) else {
        return Ok(problems::page(&visit, &nowhere()));
    };
    let [next] = parameters::only(parameters::pairs(raw.as_deref())?, ["next"])?;
    let next = sign_in::local(next.as_deref().unwrap_or("/"));
    let flow = Flow::new(rand::random(), next);
    match client.begin(&flow, rooms.now()).await {
        Ok(there) => {
            let headers = [
                (header::SET_COOKIE, cookie(client, &flow.to_text(), MAX_AGE)),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((headers, Redirect::to(&there)).into_response())
        }
        Err(problem) => Ok(refusal(&visit, next, &problem)),
    }
}

/// `GET /sign-in/oidc/callback?code=&state=`: whom the issuer sends back is signed in.
///
/// Issuers add parameters of their own; what is not known is passed over. Whatever comes of it, the cookie is spent.
pub async fn back(
    State(rooms): State<Arc<Rooms>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let Some(client) = oidc_code::offered(&rooms) else {
        return Ok(problems::page(&visit, &nowhere()));
    };
    let flow = cookies::find(&headers, COOKIE).and_then(Flow::from_text);
    let next = flow.as_ref().map_or("/", |flow| sign_in::local(&flow.next)).to_owned();
    let spent = (header::SET_COOKIE, cookie(client, "", 0));
    match taken_back(&rooms, flow.as_ref(), raw.as_deref()).await {
        Ok(session) => {
            let begun = sign_in::cookie(&visit).line(&session, sessions::GOOD_FOR.num_seconds());
            let kept = (header::CACHE_CONTROL, "no-store".to_owned());
            let headers = AppendHeaders([spent, (header::SET_COOKIE, begun), kept]);
            Ok((headers, Redirect::to(&Links::path(&visit, &next))).into_response())
        }
        Err(problem) => Ok((AppendHeaders([spent]), refusal(&visit, &next, &problem)).into_response()),
    }
}

async fn taken_back(rooms: &Rooms, flow: Option<&Flow>, raw: Option<&str>) -> Result<String, Problem> {
    let pairs = parameters::pairs(raw)?;
    let said = |name: &'static str| {
        let mut values = pairs
            .iter()
            .filter(|(said, _)| said == name)
            .map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            return Err(Problem::new(
                Kind::Malformed,
                "The answer of the issuer says a thing twice.",
            ));
        }
        Ok(value)
    };
    let flow = flow.ok_or_else(|| {
        let detail = "No sign-in has begun in this browser, or it has taken too long.";
        Problem::new(Kind::Malformed, detail)
    })?;
    if !said("state")?.is_some_and(|state| flow.is_of(state)) {
        let detail = "The answer does not belong to the sign-in that has begun in this browser.";
        return Err(Problem::new(Kind::Malformed, detail));
    }
    if let Some(error) = said("error")? {
        return Err(Problem::new(Kind::NotSignedIn, why_not(error)));
    }
    let code = said("code")?.ok_or_else(|| Problem::new(Kind::Malformed, "The answer of the issuer has no code."))?;
    oidc_code::enter(rooms, flow, code, said("iss")?).await
}

/// What an issuer's error comes to. Its own words are not repeated: anybody could write them.
fn why_not(error: &str) -> &'static str {
    match error {
        "access_denied" => "You did not sign in, or you may not.",
        "server_error" | "temporarily_unavailable" => "The issuer can't sign anybody in right now.",
        _ => "The issuer refuses to sign anybody in here: its settings and ours do not fit.",
    }
}

fn nowhere() -> Problem {
    Problem::not_found("Nobody signs in elsewhere here.")
}

/// That nobody was signed in, and the way to begin again.
fn refusal(visit: &Visit, next: &str, problem: &Problem) -> Response {
    let say = visit.say;
    let again = visit.path(&format!("/sign-in?{}", parameters::encode([("next", next)])));
    let content = html! {
        h1 { (say.not_signed_in()) }
        (problems::alert_in(say, problem))
        p { a href=(again) { (say.begin_again()) } }
    };
    let page = layout::page_in(visit, None, say.not_signed_in(), &content);
    problems::respond(problem.kind().status(), page)
}

/// No script reads it, and it goes to the way back alone. An issuer sends people back by a link, which `Lax` allows.
fn cookie(client: &Client, value: &str, seconds: i64) -> String {
    let (path, is_secure) = client.cookie_terms();
    let cookie = Cookie {
        name: COOKIE,
        path: &path,
        same_site: SameSite::Lax,
        is_secure,
    };
    cookie.line(value, seconds)
}

/// What these pages are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let html = Answer::Media("text/html");
    let text = serde_json::json!({"type": "string"});
    let refusals = [Kind::NotFound, Kind::Unavailable];
    vec![
        Operation::new(
            "get",
            PATH,
            "pages",
            "Leads to the issuer at which people sign in",
            html,
        )
        .asking([query("next", &text, "The page to go on to.")])
        .answering(303)
        .refusing(&refusals),
        Operation::new(
            "get",
            CALLBACK,
            "pages",
            "Whom the issuer sends back is signed in; sets a cookie",
            html,
        )
        .asking([
            query("code", &text, "The issuer's."),
            query("state", &text, "As it was sent there."),
            query("iss", &text, "Which issuer it is."),
            query("error", &text, "Why there is no code."),
        ])
        .answering(303)
        .refusing(&[Kind::NotSignedIn, Kind::NotAllowed])
        .refusing(&refusals),
    ]
}
