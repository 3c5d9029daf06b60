//! Who is asking, checked before a handler is entered: a token, a session or an OpenID Connect token in `Authorization: Bearer`, or the
//! cookie of a browser; and for which organisation: `X-Organization-Id`, the path, or the one that they are in.
//!
//! A handler names what it needs by what it takes: [`Caller`] for anybody, [`SignedIn`], [`InOrganization`],
//! [`Administrator`]; pages take a [`Visitor`]. Who names an organisation that is not theirs is refused and written down.
//!
//! A search asks the memory of the node instead of the store ([`Searcher`]), and so does a check of a network ([`Checker`]); both
//! ask the store only before somebody is refused.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, HeaderName, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{
    Rooms,
    links::Links,
    oidc, parameters,
    problem::{Kind, Problem},
    refusals,
};
use crate::domain::access::{Actor, Permission, Rights, Role, Terms, granted};
use crate::domain::configuration::Search;
use crate::store::{
    access::{Credential, Standing, Tenant, identify},
    audit, people, sessions,
};
use crate::vocab::{Fault, OrganizationId, UserId};

/// The organisation that a request is for.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-organization-id");
/// What a script on one of our pages sends along with what it changes.
pub const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// The cookie of a signed-in browser.
pub const COOKIE: &str = "provdir_session";

/// Somebody who has shown who they are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who acts, and for which tenant.
    pub actor: Actor,
    /// What they may.
    pub rights: Rights,
    /// How members of their tenant search.
    pub search: Search,
    /// The tenant, also where it is not active and nobody can act for it.
    pub organization: Option<Tenant>,
    /// The token of their session, if they have one.
    pub session: Option<String>,
    by_cookie: bool,
}

/// What was found out about a request, for the next one who asks.
#[derive(Clone)]
struct Known(Option<Identity>);

impl Identity {
    fn new(standing: Standing, session: Option<String>, by_cookie: bool) -> Self {
        let Standing {
            mut actor,
            organization,
            terms,
            search,
            ..
        } = standing;
        let platform = actor.role == Role::PlatformAdmin;
        let active = organization.as_ref().is_some_and(|tenant| tenant.is_active || platform);
        if !active && actor.organization_id.take().is_some() {
            actor.role = Role::Member; // What they were was for the organisation.
        }
        Self {
            rights: rights(&actor, terms.filter(|_| active)),
            search: if active { search } else { Search::default() },
            actor,
            organization,
            session,
            by_cookie,
        }
    }

    /// The word that a form of one of our pages sends along, so that no other site's form can.
    pub fn csrf(&self) -> String {
        self.session.as_deref().map(csrf_of).unwrap_or_default()
    }
}

fn rights(actor: &Actor, terms: Option<Terms>) -> Rights {
    Rights {
        role: actor.role,
        scopes: actor.scopes.clone(),
        terms,
    }
}

/// Whoever asks: the bearer of a good token, or nobody in particular if none is sent. A bad token is refused.
pub struct Caller(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?;
        Ok(Self(match known {
            Some(known) => deliberate(parts, known)?.actor,
            None => anonymous(),
        }))
    }
}

/// Whoever searches: found in the memory of the node, so that a search waits for no database.
pub struct Searcher(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Searcher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        remember(parts, rooms).await?;
        // A search changes nothing, so a browser may be made to ask for one: nobody else can read the answer.
        identity(parts, rooms).await.map(Self)
    }
}

/// Whoever asks what mostly leaves nothing behind: found in the memory of the node as a [`Searcher`] is. For what is written
/// down the store says who it is ([`Checker::confirmed`]).
pub struct Checker {
    /// Who asks, as the node knows them.
    pub actor: Actor,
    /// What they have shown, where only memory was asked.
    shown: Option<(Shown, Option<OrganizationId>)>,
}

impl FromRequestParts<Arc<Rooms>> for Checker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let shown = remember(parts, rooms).await?;
        let known = identity(parts, rooms).await?;
        let known = known.map(|known| deliberate(parts, known)).transpose()?;
        let actor = admit(known, Permission::NetworkCheck)?;
        Ok(Self { actor, shown })
    }
}

impl Checker {
    /// Who asks, as the store knows them now.
    ///
    /// # Errors
    /// As where the store is asked first.
    pub async fn confirmed(self, rooms: &Rooms) -> Result<Actor, Problem> {
        let Some((shown, wanted)) = self.shown else {
            return Ok(self.actor);
        };
        let known = recognize_in_time(rooms, &shown, wanted).await?;
        admit(known, Permission::NetworkCheck)
    }
}

/// Whoever makes a call that is no request of HTTP, by what it brings along: the same tokens, for the same organisations. Where
/// the call leaves nothing behind the memory of the node may say who it is; the store is asked before somebody is refused.
///
/// # Errors
/// For a token that is no good, and somebody who may not.
pub async fn checker(rooms: &Arc<Rooms>, mut headers: HeaderMap, from_memory: bool) -> Result<Actor, Problem> {
    headers.remove(header::COOKIE); // Browsers do not make such calls.
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.headers = headers;
    let shown = match from_memory {
        true => remember(&mut parts, rooms).await?,
        false => None,
    };
    let known = identity(&mut parts, rooms).await?;
    match admit(known, Permission::NetworkCheck) {
        Err(_) if shown.is_some() => {
            Checker {
                actor: anonymous(),
                shown,
            }
            .confirmed(rooms)
            .await
        }
        said => said,
    }
}

/// Takes whoever asks from the memory of the node, if it knows and admits them; then what they have shown.
async fn remember(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Option<(Shown, Option<OrganizationId>)>, Problem> {
    if parts.extensions.get::<Known>().is_some() {
        return Ok(None);
    }
    let Some(shown) = shown(&parts.headers)? else {
        return Ok(None);
    };
    let wanted = wanted(parts, rooms).await?;
    let Some(known) = remembered(rooms, &shown, wanted).await? else {
        return Ok(None);
    };
    parts.extensions.insert(Known(Some(known)));
    Ok(Some((shown, wanted)))
}

/// The bearer of a token, without a request around it: from memory where that knows them, else as the store says. For what
/// leaves nothing behind.
///
/// # Errors
/// For a token that is no good, and where only the store could tell and is away.
pub async fn bearer(rooms: &Rooms, token: &str) -> Result<Identity, Problem> {
    let shown = Shown::Bearer(token.to_owned());
    if let Some(known) = remembered(rooms, &shown, None).await? {
        return Ok(known);
    }
    recognize_in_time(rooms, &shown, None).await?.ok_or_else(sign_in)
}

/// Whoever asks, with what they may where they have shown who they are.
pub struct Asker(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?;
        known.map(|known| deliberate(parts, known)).transpose().map(Self)
    }
}

/// Somebody who is signed in, whatever they may.
pub struct SignedIn(pub Identity);

impl FromRequestParts<Arc<Rooms>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let known = identity(parts, rooms).await?.ok_or_else(sign_in)?;
        deliberate(parts, known).map(Self)
    }
}

/// Somebody who runs the platform. A handler that takes one is closed to everybody else.
pub struct Administrator(pub Actor);

impl FromRequestParts<Arc<Rooms>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let SignedIn(known) = SignedIn::from_request_parts(parts, rooms).await?;
        if known.rights.may(Permission::PlatformAdminister) {
            Ok(Self(known.actor))
        } else {
            Err(Problem::new(
                Kind::NotAllowed,
                "Only a platform administrator may do this.",
            ))
        }
    }
}

/// Somebody who acts for an organisation that is active and that they belong to.
pub struct InOrganization {
    /// Who acts. Its transactions see this tenant's rows.
    pub actor: Actor,
    /// The tenant.
    pub organization: OrganizationId,
    /// What they may there.
    pub rights: Rights,
}

impl InOrganization {
    /// Lets only those go on who may.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        require(&self.rights, permission)
    }
}

impl FromRequestParts<Arc<Rooms>> for InOrganization {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let SignedIn(known) = SignedIn::from_request_parts(parts, rooms).await?;
        Self::of(known)
    }
}

impl InOrganization {
    /// Whoever asks, if they are signed in and act for an organisation.
    pub fn of_asker(asker: Option<&Identity>) -> Result<Self, Problem> {
        asker.cloned().ok_or_else(sign_in).and_then(Self::of)
    }

    /// Somebody signed in as one who acts for an organisation, if they do.
    pub fn of(known: Identity) -> Result<Self, Problem> {
        match (known.actor.organization_id, &known.organization) {
            (Some(organization), _) => Ok(Self {
                organization,
                actor: known.actor,
                rights: known.rights,
            }),
            (None, Some(_)) => Err(inactive()),
            (None, None) => Err(Problem::fault(
                "X-Organization-Id",
                "missing",
                "name the organisation that you act for",
            )),
        }
    }
}

/// Whoever opens a page, signed in or not. A form that changes something is confirmed by [`Visitor::confirm`].
pub struct Visitor(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        if is_writing(&parts.method) && !is_same_origin(&parts.headers) {
            return Err(elsewhere());
        }
        identity(parts, rooms).await.map(Self)
    }
}

impl Visitor {
    /// Takes a form only from one of our own pages: it carries the word of [`Identity::csrf`].
    pub fn confirm(&self, given: &str) -> Result<&Identity, Problem> {
        let known = self.0.as_ref().ok_or_else(sign_in)?;
        if known.by_cookie && !is_equal(given, &known.csrf()) {
            return Err(elsewhere());
        }
        Ok(known)
    }
}

/// Somebody signed in who opens a page; everybody else is led to the sign-in page and back.
pub struct SignedInVisitor(pub Identity);

impl FromRequestParts<Arc<Rooms>> for SignedInVisitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        let Visitor(known) = Visitor::from_request_parts(parts, rooms)
            .await
            .map_err(IntoResponse::into_response)?;
        match known {
            Some(known) => Ok(Self(known)),
            None => {
                let links = Links::from_request_parts(parts, rooms).await;
                let links = links.map_err(|never| match never {})?;
                let next = parts.uri.path_and_query().map_or("/", |at| at.as_str());
                let to = format!("/sign-in?{}", parameters::encode([("next", next)]));
                Err(Redirect::to(&links.path(&to)).into_response())
            }
        }
    }
}

/// Nobody in particular: sees what is public.
pub fn anonymous() -> Actor {
    Actor::new("anonymous", Role::Anonymous)
}

/// Lets only those go on who may; who has not shown who they are is asked to, where not everybody may.
pub fn admit(known: Option<Identity>, permission: Permission) -> Result<Actor, Problem> {
    match known {
        Some(known) => require(&known.rights, permission).map(|()| known.actor),
        None if granted(Role::Anonymous).contains(&permission) => Ok(anonymous()),
        None => Err(sign_in()),
    }
}

/// Lets only those go on who may; says why not.
pub fn require(rights: &Rights, permission: Permission) -> Result<(), Problem> {
    let decision = rights.decide(permission);
    if decision.allowed {
        return Ok(());
    }
    let mut sentence = decision.because;
    if let Some(first) = sentence.get(..1).map(str::to_uppercase) {
        sentence.replace_range(..1, &first);
    }
    let (kind, field) = match decision.code {
        "feature_off" => (Kind::NotFound, "feature"),
        "tier_required" => (Kind::NotAllowed, "subscription_tier"),
        _ => (Kind::NotAllowed, "permission"),
    };
    let fault = Fault::new(field, decision.code, sentence.clone());
    Err(Problem::new(kind, format!("{sentence}.")).with_errors(vec![fault]))
}

/// Who the request comes from; none: nobody has signed in.
async fn identity(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Option<Identity>, Problem> {
    if let Some(Known(known)) = parts.extensions.get() {
        return Ok(known.clone());
    }
    let known = match shown(&parts.headers)? {
        None if parts.headers.contains_key(ORGANIZATION) => return Err(sign_in()),
        None => None,
        Some(shown) => {
            let wanted = wanted(parts, rooms).await?;
            recognize_in_time(rooms, &shown, wanted).await?
        }
    };
    parts.extensions.insert(Known(known.clone()));
    Ok(known)
}

/// Who opened a stream, as they are now, by what they showed then; none: they had signed in as nobody.
///
/// # Errors
/// As for a request with these headers; a store that is away says nothing about the caller.
pub async fn once_more(
    rooms: &Arc<Rooms>,
    headers: &HeaderMap,
    opened_by: &Actor,
) -> Result<Option<Identity>, Problem> {
    let Some(shown) = shown(headers)? else {
        return Ok(None);
    };
    let wanted = opened_by.organization_id.filter(|_| headers.contains_key(ORGANIZATION));
    match remembered(rooms, &shown, wanted).await? {
        Some(known) => Ok(Some(known)),
        None => recognize(rooms, &shown, wanted).await,
    }
}

/// What a request shows, if it is more than anybody could write there: a token or session that memory admits, or a token that
/// is taken only after it has been verified.
pub async fn worth_counting(rooms: &Rooms, headers: &HeaderMap) -> Option<String> {
    let shown = shown(headers).ok().flatten()?;
    let is_good = match &shown {
        Shown::Bearer(token) if is_web_token(token) => verified(rooms, token).await.is_ok(),
        shown => admitted(rooms, shown.own().0, None).is_some(),
    };
    is_good.then_some(match shown {
        Shown::Bearer(text) | Shown::Cookie(text) => text,
    })
}

/// What a request shows.
enum Shown {
    Bearer(String),
    Cookie(String),
}

async fn recognize_in_time(
    rooms: &Rooms,
    shown: &Shown,
    wanted: Option<OrganizationId>,
) -> Result<Option<Identity>, Problem> {
    tokio::time::timeout(rooms.settings.store_patience, recognize(rooms, shown, wanted))
        .await
        .map_err(|_| refusals::away())?
}

async fn recognize(rooms: &Rooms, shown: &Shown, wanted: Option<OrganizationId>) -> Result<Option<Identity>, Problem> {
    let (credential, session, by_cookie) = match shown {
        Shown::Bearer(token) if is_web_token(token) => (Credential::Person(vouched(rooms, token).await?), None, false),
        shown => shown.own(),
    };
    let Some(standing) = identify(&rooms.store, credential, wanted, rooms.now()).await? else {
        if by_cookie {
            return Ok(None); // A browser keeps its cookie longer than we do; what is public stays so.
        }
        let detail = "The token is unknown, revoked or has run out.";
        return Err(Problem::new(Kind::NotSignedIn, detail));
    };
    if !standing.admitted {
        return Err(refuse(rooms, standing.actor, wanted).await);
    }
    let closed = standing.organization.as_ref().is_some_and(|tenant| !tenant.is_active);
    let platform = standing.actor.role == Role::PlatformAdmin;
    if closed && !platform && (wanted.is_some() || session.is_none()) {
        return Err(inactive());
    }
    Ok(Some(Identity::new(standing, session, by_cookie)))
}

/// Who the memory of the node knows and admits. None: the store must say, which may know more.
async fn remembered(rooms: &Rooms, shown: &Shown, wanted: Option<OrganizationId>) -> Result<Option<Identity>, Problem> {
    let (credential, session, by_cookie) = match shown {
        Shown::Bearer(token) if is_web_token(token) => {
            let subject = verified(rooms, token).await?;
            let at_most = rooms.settings.identity_patience;
            match rooms
                .feed
                .identities()
                .person(&subject.issuer, &subject.subject, at_most)
            {
                Some(user) => (Credential::Person(user), None, false),
                None => return Ok(None),
            }
        }
        shown => shown.own(),
    };
    let admitted = admitted(rooms, credential, wanted);
    Ok(admitted.map(|standing| Identity::new(standing, session, by_cookie)))
}

/// What memory knows of somebody whom it admits to an organisation that is active, or to none.
fn admitted(rooms: &Rooms, credential: Credential<'_>, wanted: Option<OrganizationId>) -> Option<Standing> {
    let at_most = rooms.settings.identity_patience;
    let standing = rooms
        .feed
        .identities()
        .standing(credential, wanted, rooms.now(), at_most);
    standing.filter(|standing| {
        let is_active = standing.organization.as_ref().is_none_or(|tenant| tenant.is_active);
        standing.admitted && is_active
    })
}

impl Shown {
    /// As a credential of ours, with the session if it is one, and whether a browser sent it along by itself.
    fn own(&self) -> (Credential<'_>, Option<String>, bool) {
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
fn is_web_token(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 2
}

/// Whom an issuer that we trust vouches for.
async fn verified(rooms: &Rooms, token: &str) -> Result<oidc::Subject, Problem> {
    let refused = |detail: String| Problem::new(Kind::NotSignedIn, detail);
    let verifier = rooms.oidc.as_ref();
    let verifier = verifier.ok_or_else(|| refused("Tokens of other issuers are not taken here.".to_owned()))?;
    match verifier.verify(token, rooms.now()).await {
        Ok(subject) => Ok(subject),
        Err(oidc::Error::Token(why)) => Err(refused(format!("The token is not good: {why}."))),
        Err(error @ oidc::Error::Keys(_)) => {
            tracing::warn!(%error, "tokens of the issuer can't be checked");
            let detail = "The issuer's keys can't be read right now.";
            Err(Problem::new(Kind::Unavailable, detail).retry_after(30))
        }
    }
}

/// The person whom an issuer that we trust vouches for.
async fn vouched(rooms: &Rooms, token: &str) -> Result<UserId, Problem> {
    let subject = verified(rooms, token).await?;
    let found = people::for_subject(
        &rooms.store,
        &subject.issuer,
        &subject.subject,
        subject.email.as_deref(),
    )
    .await?;
    found.ok_or_else(|| {
        Problem::new(
            Kind::NotAllowed,
            "The token is good, but its owner has no account here.",
        )
    })
}

/// What of our paths changes who somebody is.
const OF_IDENTITY: [&str; 8] = [
    "/sessions",
    "/members",
    "/organizations",
    "/invitations",
    "/me",
    "/sign-in",
    "/sign-out",
    "/admin",
];

/// Who was let in or shut out by what a request did is so on this node when it has been answered.
pub async fn keep_up(State(rooms): State<Arc<Rooms>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let may_change = is_writing(request.method()) && OF_IDENTITY.iter().any(|noun| path.contains(noun));
    let response = next.run(request).await;
    if may_change && !response.status().is_client_error() && !response.status().is_server_error() {
        rooms.feed.identities().catch_up().await;
    }
    response
}

/// Writes down that somebody named an organisation that is not theirs. Whether there is one is not told.
async fn refuse(rooms: &Rooms, actor: Actor, wanted: Option<OrganizationId>) -> Problem {
    let wanted = wanted.map(|id| id.to_string()).unwrap_or_default();
    let written = async {
        let mut tx = rooms.store.begin(&actor).await?;
        let detail = serde_json::json!({"reason": "not_a_member"});
        audit::record(&mut tx, "organization.refused", "organization", &wanted, &detail).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refusal could not be written down"
        );
    }
    let sentence = "You do not belong to this organisation.";
    let fault = Fault::new("X-Organization-Id", "not_a_member", sentence);
    Problem::new(Kind::NotAllowed, sentence).with_errors(vec![fault])
}

fn inactive() -> Problem {
    let sentence = "The organisation is not active: nobody can act for it. Its data is kept.";
    let fault = Fault::new("X-Organization-Id", "organization_inactive", sentence);
    Problem::new(Kind::NotAllowed, sentence).with_errors(vec![fault])
}

/// That somebody has to show who they are.
pub fn sign_in() -> Problem {
    Problem::new(Kind::NotSignedIn, "Send the header `Authorization: Bearer <token>`.")
}

fn elsewhere() -> Problem {
    Problem::new(
        Kind::NotAllowed,
        "The request does not come from one of our pages, or the page is too old. Open the page again.",
    )
}

/// The organisation in the path of `/organizations/{id}/..`, or in the header; both must be the same.
async fn wanted(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Option<OrganizationId>, Problem> {
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
fn shown(headers: &HeaderMap) -> Result<Option<Shown>, Problem> {
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let given = given.to_str().map_err(|_| sign_in())?;
        let (scheme, token) = given.split_once(' ').ok_or_else(sign_in)?;
        let token = token.trim();
        if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > 8192 {
            return Err(sign_in());
        }
        return Ok(Some(Shown::Bearer(token.to_owned())));
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    let own = pairs.find(|(name, value)| *name == COOKIE && value.starts_with(sessions::PREFIX));
    Ok(own.map(|(_, value)| Shown::Cookie(value.to_owned())))
}

/// A browser sends its cookie along with whatever any site makes it send. What changes something must be meant.
fn deliberate(parts: &Parts, known: Identity) -> Result<Identity, Problem> {
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

fn is_writing(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that a request comes from a page of ours. A program says nothing, and has no cookie.
fn is_same_origin(headers: &HeaderMap) -> bool {
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

fn csrf_of(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("any length is a key");
    mac.update(b"csrf");
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

fn is_equal(a: &str, b: &str) -> bool {
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
