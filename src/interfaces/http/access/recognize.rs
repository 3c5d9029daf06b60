//! Who it is that shows something: as the memory of the node knows them, or the store.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};

use super::{
    browser::is_writing,
    identity::{Identity, Known},
    shown::{ORGANIZATION, Shown, is_web_token, shown, wanted},
};
use crate::domain::access::{Actor, Role};
use crate::interfaces::http::{
    Rooms, oidc,
    problem::{Kind, Problem},
    refusals,
};
use crate::store::{
    access::{Credential, Standing, identify},
    audit, people,
};
use crate::vocab::{Fault, OrganizationId, UserId};

/// Who the request comes from; none: nobody has signed in.
pub(super) async fn identity(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Option<Identity>, Problem> {
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

pub(super) async fn recognize_in_time(
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
        if standing.actor.role == Role::PlatformAdmin && standing.organization.is_none() {
            return Err(Problem::not_found("There is no such organisation.")); // They may know of all there are.
        }
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
pub(super) async fn remembered(
    rooms: &Rooms,
    shown: &Shown,
    wanted: Option<OrganizationId>,
) -> Result<Option<Identity>, Problem> {
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

pub(super) fn inactive() -> Problem {
    let sentence = "The organisation is not active: nobody can act for it. Its data is kept.";
    let fault = Fault::new("X-Organization-Id", "organization_inactive", sentence);
    Problem::new(Kind::NotAllowed, sentence).with_errors(vec![fault])
}

/// That somebody has to show who they are.
pub fn sign_in() -> Problem {
    Problem::new(Kind::NotSignedIn, "Send the header `Authorization: Bearer <token>`.")
}
