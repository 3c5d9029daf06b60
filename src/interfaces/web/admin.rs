//! The pages under `/admin/`: an agency's own, and the board of reviewers. Who may open them, what they share, where they begin.

use std::sync::{Arc, Mutex};

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use maud::{Markup, html};
use subtle::ConstantTimeEq;

use super::{
    admin_case_forms, admin_cases, admin_credentialing,
    admin_done::{self, Done},
    admin_fields::{Form, Refused},
    admin_network, admin_network_forms,
    layout::{self, Clothes, Frame},
    portal::in_words,
    portal_session::{elsewhere, lead_to},
    problems,
    telling::sentences,
    texts::Lang,
};
use crate::domain::access::{Actor, Permission, Role, granted};
use crate::interfaces::http::{
    Rooms, Routes,
    access::{Identity, Visitor, admit},
    agency::{by_method, within},
    links::Links,
    operation::{Answer, Operation},
    parameters,
    problem::{Kind, Problem},
};
use crate::vocab::ProviderTokenId;

/// Somebody who works on an agency's cases and network, at its pages. Others are led to the sign-in page, or told that they may not.
#[derive(Clone)]
pub struct Desk {
    /// As whom transactions are opened.
    pub actor: Actor,
    identity: Identity,
    /// What their browser sent along, for what it is told once ([`admin_done`]).
    headers: HeaderMap,
    /// Where they sent it, below our own paths.
    at: String,
    /// The form that was refused, where its page is shown again.
    refused: Option<Arc<Refused>>,
}

/// What the pages of an agency ask of who opens them, and of who sends a form.
const AGENCY: (Permission, Permission) = (Permission::CasesRead, Permission::CasesWrite);
/// What the board of reviewers asks.
const BOARD: (Permission, Permission) = (Permission::CredentialingRead, Permission::CredentialingReview);

impl FromRequestParts<Arc<Rooms>> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        Self::of(parts, rooms, &[AGENCY]).await
    }
}

/// Somebody who reviews requests for credentialing: a reviewer, or an administrator.
pub struct Board(pub Desk);

impl FromRequestParts<Arc<Rooms>> for Board {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        Desk::of(parts, rooms, &[BOARD]).await.map(Self)
    }
}

/// Somebody for whom at least one of the pages is.
struct Either(Desk);

impl FromRequestParts<Arc<Rooms>> for Either {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        Desk::of(parts, rooms, &[AGENCY, BOARD]).await.map(Self)
    }
}

/// Where a part of the pages begins.
struct Entry {
    path: &'static str,
    name: &'static str,
    says: &'static str,
    asks: Permission,
}

static ENTRIES: [Entry; 3] = [
    Entry {
        path: "/admin/network",
        name: "Network",
        says: "Outside providers, their people, tokens and notes.",
        asks: AGENCY.0,
    },
    Entry {
        path: "/admin/cases",
        name: "Cases",
        says: "Who works on a case, and who sees what of it.",
        asks: AGENCY.0,
    },
    Entry {
        path: "/admin/credentialing",
        name: "Credentialing",
        says: "Requests that wait for a decision.",
        asks: BOARD.0,
    },
];

impl Desk {
    async fn of(parts: &mut Parts, rooms: &Arc<Rooms>, any_of: &[(Permission, Permission)]) -> Result<Self, Response> {
        let Visitor(known) = Visitor::from_request_parts(parts, rooms)
            .await
            .map_err(IntoResponse::into_response)?;
        let links = Links::from_request_parts(parts, rooms).await;
        let links = links.unwrap_or_else(|never| match never {});
        let Some(identity) = known else {
            let next = match parts.method {
                Method::GET | Method::HEAD => parts.uri.path_and_query().map_or("/admin/", |at| at.as_str()),
                _ => page_of(parts.uri.path()),
            };
            let to = parameters::encode([("next", next)]);
            return Err(lead_to(&links, &format!("/sign-in?{to}"), &parts.headers));
        };
        let mut refused = None;
        for (reads, writes) in any_of {
            match allowed(&identity, by_method(&parts.method, *reads, *writes)) {
                Ok(actor) => {
                    return Ok(Self {
                        actor,
                        identity,
                        headers: parts.headers.clone(),
                        at: parts.uri.path().to_owned(),
                        refused: None,
                    });
                }
                Err(problem) => refused = refused.or(Some(problem)),
            }
        }
        let problem = refused.unwrap_or_else(elsewhere);
        let asked = any_of
            .iter()
            .map(|(reads, writes)| by_method(&parts.method, *reads, *writes));
        Err(refused_page(&links, &identity, &problem, &asked.collect::<Vec<_>>()))
    }

    /// The form of a page that is sent to `action`.
    pub fn form(&self, action: &str) -> Form<'_> {
        Form::sent_to(action, self.refused.as_deref())
    }

    /// The entries that are for them.
    fn entries(&self) -> impl Iterator<Item = &'static Entry> {
        ENTRIES
            .iter()
            .filter(|entry| allowed(&self.identity, entry.asks).is_ok())
    }

    /// Whether they are in a part of the pages.
    fn is_in(&self, entry: &Entry) -> bool {
        let behind = self.at.strip_prefix(entry.path);
        behind.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Lets go on only who may do this, too.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        allowed(&self.identity, permission).map(|_| ())
    }
}

/// The field of a form whose address does not tell on which provider's page it stands.
pub const STANDS_ON: &str = "on";

/// The page that a form stands on: what a form is sent to can't be opened.
fn page_of(form: &str) -> &str {
    const WITH_PAGES: [&str; 3] = ["/admin/network", "/admin/cases", "/admin/credentialing"];
    let Some(list) = WITH_PAGES.into_iter().find(|list| form.starts_with(list)) else {
        return "/admin/";
    };
    let behind = form.get(list.len() + 1..).unwrap_or_default();
    let id = behind.split('/').next().filter(|id| !id.is_empty());
    id.and_then(|id| form.get(..=list.len() + id.len())).unwrap_or(list)
}

/// Whether any of the pages is for somebody.
pub fn is_for(identity: &Identity) -> bool {
    begins_for(identity).is_some()
}

/// Where somebody's work begins: at the one part that is for them, or where several are told; none: no part is.
pub fn begins_for(identity: &Identity) -> Option<&'static str> {
    let mut own = ENTRIES.iter().filter(|entry| allowed(identity, entry.asks).is_ok());
    let first = own.next()?;
    Some(if own.next().is_some() { "/admin/" } else { first.path })
}

/// Somebody is signed in for whom these pages are not: where they are then, and the way out.
fn refused_page(links: &Links, identity: &Identity, problem: &Problem, asked: &[Permission]) -> Response {
    let lacks = |permission: &Permission| identity.rights.decide(*permission).code == "role";
    let has = |role: &Role| asked.iter().any(|permission| granted(*role).contains(permission));
    let whom = Role::ALL.iter().filter(|role| has(role) && asked.iter().any(lacks));
    let whom = whom
        .map(|role| in_words(role.code()).to_lowercase())
        .collect::<Vec<_>>();
    let mine = html! {
        h1 { "This page is not for your account" }
        div .alert role="alert" {
            p { "You are signed in as " (layout::called(identity)) "." }
            @if whom.is_empty() { p { (sentences(problem.detail()).join(" ")) } } @else {
                p { "The page is for: " (whom.join(", ")) ". Ask one of them, or sign in with another account." }
            }
        }
        ul {
            li { a href=(links.path("/")) { "Search the directory" } }
            li { a href=(links.path("/sign-in")) { "Your account" } }
        }
    };
    let title = problem.kind().title();
    problems::respond(
        problem.kind().status(),
        layout::page_for(links, Some(identity), title, &mine),
    )
}

/// Lets go on who may. The agency's pages are for who acts for one; reviewers may be the platform's.
fn allowed(identity: &Identity, permission: Permission) -> Result<Actor, Problem> {
    let actor = admit(Some(identity.clone()), permission)?;
    if permission == BOARD.0 || permission == BOARD.1 {
        return Ok(actor);
    }
    within(actor)
}

impl Desk {
    /// The word that a form sends along, so that no other site's form can.
    pub fn word(&self) -> String {
        self.identity.csrf()
    }

    /// Takes a form only where it carries the word.
    pub fn confirm(&self, given: &str) -> Result<(), Problem> {
        if bool::from(given.as_bytes().ct_eq(self.word().as_bytes())) {
            Ok(())
        } else {
            Err(elsewhere())
        }
    }

    /// The word, for a form.
    pub fn hidden_word(&self) -> Markup {
        html! { input type="hidden" name="word" value=(self.word()); }
    }
}

/// A page of the agency's.
pub fn page(links: &Links, desk: Option<&Desk>, title: &str, content: &Markup) -> Response {
    let header = html! {
        header {
            a .brand href=(links.path("/admin/")) { "Administration" }
            @if let Some(desk) = desk {
                nav aria-label="Administration" {
                    ul {
                        li { a href=(links.path("/")) { "Directory" } }
                        @for entry in desk.entries() {
                            li { a href=(links.path(entry.path)) aria-current=[desk.is_in(entry).then_some("true")] { (entry.name) } }
                        }
                    }
                    form action=(links.path("/sign-out")) method="post" {
                        span .who { (layout::called(&desk.identity)) }
                        input type="hidden" name="csrf" value=(desk.word());
                        button type="submit" { "Sign out" }
                    }
                }
            }
        }
    };
    let content = html! {
        @if let Some(done) = desk.and_then(|desk| Done::of(&desk.headers)) { (done.told()) }
        (content)
    };
    let frame = Frame {
        say: Lang::En,
        title,
        of: "Administration",
        clothes: Clothes::Portal("plain"),
    };
    let markup = frame.around(links, &header, &content, &html! {});
    let mut answer = (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], markup).into_response();
    if let Some(desk) = desk {
        admin_done::forget(links, &desk.headers, &mut answer);
    }
    answer
}

/// What went wrong, with what is wrong about each field.
pub fn problem_page(links: &Links, desk: Option<&Desk>, problem: &Problem) -> Response {
    let content = html! {
        h1 { (problem.kind().title()) }
        div .alert role="alert" {
            @if problem.errors().is_empty() { p { (problem.detail()) } } @else {
                ul { @for fault in problem.errors() { li { strong { (in_words(&fault.field)) ":" } " " (sentences(&fault.message).join(" ")) } } }
            }
        }
        p { a href=(links.path("/admin/")) { "Administration" } }
    };
    let mut page = page(links, desk, problem.kind().title(), &content);
    *page.status_mut() = problem.kind().status();
    page
}

/// Content, or what went wrong.
pub fn shown(links: &Links, desk: &Desk, title: &str, content: Result<Markup, Problem>) -> Response {
    match content {
        Ok(content) => page(links, Some(desk), title, &content),
        Err(problem) => problem_page(links, Some(desk), &problem),
    }
}

/// After a form: on to a page that says what was done; or the page that it stands on again, with what was in it and what is wrong.
pub async fn acted(
    rooms: &Rooms,
    links: &Links,
    desk: &Desk,
    body: &[u8],
    done: Result<(String, Done), Problem>,
) -> Response {
    match done {
        Ok((to, done)) => admin_done::lead(links, &to, done),
        Err(problem) => refused(rooms, links, desk, body, problem).await,
    }
}

/// After a form that makes a token: on to the page that shows it this once; or as after any other.
pub async fn made_token(
    rooms: &Rooms,
    links: &Links,
    desk: &Desk,
    body: &[u8],
    made: Result<(ProviderTokenId, String), Problem>,
) -> Response {
    match made {
        Ok((id, token)) => {
            let to = format!("/admin/provider-tokens/{id}/made");
            admin_done::lead_to_token(links, &to, &token)
        }
        Err(problem) => refused(rooms, links, desk, body, problem).await,
    }
}

async fn refused(rooms: &Rooms, links: &Links, desk: &Desk, body: &[u8], problem: Problem) -> Response {
    let is_theirs = matches!(
        problem.kind(),
        Kind::InvalidParameter | Kind::RuleRefused | Kind::Conflict | Kind::TransitionRefused | Kind::TooLarge
    );
    let form = Arc::new(Refused {
        action: links.path(&desk.at),
        sent: parameters::pairs(std::str::from_utf8(body).ok()).unwrap_or_default(),
        problem,
        shown: Mutex::default(),
    });
    let again = Desk {
        refused: Some(form.clone()),
        ..desk.clone()
    };
    let stands_on = match is_theirs {
        true => page_at(rooms, links, &again, &form.sent).await,
        false => None,
    };
    let Some((title, Ok(content))) = stands_on else {
        return problem_page(links, Some(desk), &form.problem);
    };
    let mut page = page(links, Some(desk), title, &html! { (form.alert()) (content) });
    *page.status_mut() = form.problem.kind().status();
    page
}

/// The page that a form stands on, as it is now; none: neither the address of the form nor what is in it tells.
async fn page_at(
    rooms: &Rooms,
    links: &Links,
    desk: &Desk,
    sent: &[(String, String)],
) -> Option<(&'static str, Result<Markup, Problem>)> {
    let named = |name: &str| sent.iter().find(|(known, _)| known == name);
    let page = match page_of(&desk.at) {
        "/admin/" => format!("/admin/network/{}", named(STANDS_ON)?.1),
        page => page.to_owned(),
    };
    let (list, id) = page.rsplit_once('/')?;
    Some(match (list, id) {
        ("/admin", "network") => ("Network", admin_network::overview_content(rooms, links, desk).await),
        ("/admin", "cases") => ("Cases", admin_cases::list_content(rooms, links, desk).await),
        ("/admin/network", id) => (
            "Provider",
            admin_network::provider_content(rooms, links, desk, id).await,
        ),
        ("/admin/cases", id) => ("Case", admin_cases::case_content(rooms, links, desk, id).await),
        ("/admin/credentialing", id) => {
            let read = admin_credentialing::one_content(rooms, links, desk, id).await;
            ("Credentialing", read.map(|(_, content)| content))
        }
        _ => return None,
    })
}

impl Desk {
    /// The token that has just been made, as their browser brings it along.
    pub fn token(&self) -> Option<String> {
        admin_done::token(&self.headers)
    }
}

/// `GET /admin/`.
async fn home(State(_): State<Arc<Rooms>>, links: Links, Either(desk): Either) -> Response {
    let content = html! {
        h1 { "Administration" }
        ul .plain {
            @for entry in desk.entries() {
                li .card { h2 { a href=(links.path(entry.path)) { (entry.name) } } p { (entry.says) } }
            }
        }
    };
    page(&links, Some(&desk), "Overview", &content)
}

/// The pages.
pub fn routes() -> Routes {
    let mut routes: Routes = vec![("/admin", get(home)), ("/admin/", get(home))];
    routes.extend(admin_network::routes());
    routes.extend(admin_cases::routes());
    routes.extend(admin_network_forms::routes());
    routes.extend(admin_case_forms::routes());
    routes.extend(admin_credentialing::routes());
    routes
}

/// What they are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let pages = [("/admin", "The agency's pages"), ("/admin/", "The agency's pages")];
    let pages = pages.into_iter().map(|(path, summary)| ("get", path, summary));
    let all = pages
        .chain(admin_network::PAGES.iter().copied())
        .chain(admin_network_forms::PAGES.iter().copied())
        .chain(admin_cases::PAGES.iter().copied())
        .chain(admin_case_forms::PAGES.iter().copied())
        .map(|told| (told, "The agency's administrators, by the cookie of a browser."));
    let board = admin_credentialing::PAGES.iter().copied();
    let all = all.chain(board.map(|told| (told, "Reviewers and administrators, by the cookie of a browser.")));
    let told = |((method, path, summary), whom)| {
        Operation::new(method, path, "pages", summary, Answer::Media("text/html"))
            .by(whom)
            .answering(if method == "post" { 303 } else { 200 })
            .refusing(&[Kind::NotFound])
    };
    all.map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_on_a_page_that_can_be_opened() {
        for (form, page) in [
            ("/admin/cases/1/notes", "/admin/cases/1"),
            ("/admin/cases/1/providers/2/end", "/admin/cases/1"),
            ("/admin/network/3", "/admin/network/3"),
            ("/admin/network", "/admin/network"),
            ("/admin/provider-users/4/tokens", "/admin/"),
        ] {
            assert_eq!(page_of(form), page, "{form}");
        }
    }
}
