//! `/sessions`: signing in with address and password, acting for another organisation, signing out.

use std::sync::{Arc, LazyLock};

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{delete, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{
    Rooms, Routes,
    access::{Identity, SignedIn},
    operation::{Answer, Operation},
    parameters,
    problem::{Kind, Problem},
};
use crate::domain::{access::Actor, password};
use crate::interfaces::parts::cores;
use crate::store::{self, Store, audit, people, sessions};
use crate::vocab::{Fault, OrganizationId, UserId, terms::Role};

/// How long a session is good.
pub const GOOD_FOR: TimeDelta = TimeDelta::hours(12);

/// Address and password.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// The address of the account.
    email: String,
    /// Its password.
    password: String,
}

/// A session that has begun.
#[derive(Serialize, JsonSchema)]
struct NewSession {
    /// For `Authorization: Bearer`. Shown once.
    token: String,
    /// When it runs out.
    expires_at: DateTime<Utc>,
    /// Who signed in.
    user_id: UserId,
}

/// Where to act from now on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// An organisation that one belongs to.
    organization_id: OrganizationId,
}

/// A password for oneself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// The one so far.
    current: String,
    /// The one from now on: at least 12 characters.
    #[schemars(length(min = 12, max = 128))]
    new: String,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/sessions", post(create)),
        ("/sessions/current", delete(end).patch(switch)),
        ("/me/password", post(change_password)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::answering_with::<NewSession>("post", "/sessions", "people", "Sign in")
            .taking_a::<SignIn>()
            .answering(201)
            .refusing(&[Kind::NotSignedIn, Kind::TooManyRequests]),
        Operation::new(
            "patch",
            "/sessions/current",
            "people",
            "Act for another organisation",
            Answer::Nothing,
        )
        .by("Whoever has a session.")
        .taking_a::<Switch>()
        .answering(204),
        Operation::new("delete", "/sessions/current", "people", "Sign out", Answer::Nothing)
            .by("Whoever has a session.")
            .answering(204),
        Operation::new(
            "post",
            "/me/password",
            "people",
            "Change one's password; ends all other sessions",
            Answer::Nothing,
        )
        .by("Whoever has a session.")
        .taking_a::<NewPassword>()
        .answering(204)
        .refusing(&[Kind::RuleRefused, Kind::TooManyRequests]),
    ]
}

async fn create(State(rooms): State<Arc<Rooms>>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let given: SignIn = parameters::json(&headers, &body)?;
    let (user_id, token, expires_at) = begin(&rooms, &given.email, given.password).await?;
    let session = NewSession {
        token,
        expires_at,
        user_id,
    };
    Ok((StatusCode::CREATED, Json(session)).into_response())
}

/// Checks a password and begins a session. Also what the sign-in page calls.
pub async fn begin(rooms: &Rooms, email: &str, password: String) -> Result<(UserId, String, DateTime<Utc>), Problem> {
    rooms.limits.sign_in(email)?;
    let found = people::for_sign_in(&rooms.store, email.trim()).await?;
    let (user, kept) = found.map_or((None, None), |(user, kept)| (Some(user), kept));
    let right = is_right(password, kept.clone()).await?; // Asked also for nobody: it takes the same time.
    let Some(user) = user else {
        return Err(wrong());
    };
    let Some(kept) = kept.filter(|_| right) else {
        // Not waited for: an account would be known by the time that its entry takes.
        let store = rooms.store.clone();
        tokio::spawn(async move {
            if let Err(error) = note(&store, user, "session.refused").await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a refused sign-in was not written down"
                );
            }
        });
        return Err(wrong());
    };
    let until = rooms.now() + GOOD_FOR;
    let begun = sessions::open_by_password(&rooms.store, user, &kept, rand::random(), rooms.now(), until).await?;
    let token = begun.ok_or_else(wrong)?;
    note(&rooms.store, user, "session.begin").await?;
    Ok((user, token, until))
}

/// Begins a session of somebody who has shown who they are.
pub async fn open(rooms: &Rooms, user: UserId) -> Result<(String, DateTime<Utc>), Problem> {
    let until = rooms.now() + GOOD_FOR;
    let token = sessions::open(&rooms.store, user, rand::random(), rooms.now(), until).await?;
    note(&rooms.store, user, "session.begin").await?;
    Ok((token, until))
}

/// Checks a password.
async fn is_right(password: String, kept: Option<String>) -> Result<bool, Problem> {
    hashing(move || password::is_right(&password, kept.as_deref())).await
}

/// Passwords that are hashed at once in this process, whoever asks: each takes 20 MB and a core.
static HASHING: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(cores())));

/// Works with a password off the threads that answer: it takes tens of milliseconds on purpose.
async fn hashing<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let turn = HASHING.clone().acquire_owned().await;
    let turn = turn.map_err(|e| Problem::internal(&e))?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn); // Not before: a caller who goes away does not stop the thread.
        done
    });
    done.await.map_err(|e| Problem::internal(&e))
}

/// The same words whatever was wrong: who asks does not learn who has an account.
fn wrong() -> Problem {
    Problem::new(Kind::NotSignedIn, "The address or the password is wrong.")
}

async fn note(store: &Store, user: UserId, action: &str) -> Result<(), store::Error> {
    let actor = Actor::new(format!("user:{user}"), Role::Member).with_person(user);
    let mut tx = store.begin(&actor).await?;
    audit::record(&mut tx, action, "user", &user.to_string(), &serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}

async fn switch(
    State(rooms): State<Arc<Rooms>>,
    SignedIn(known): SignedIn,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Switch { organization_id } = parameters::json(&headers, &body)?;
    enter(&rooms, &known, organization_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the session act for another organisation. Also what a page calls.
pub async fn enter(rooms: &Rooms, known: &Identity, organization: OrganizationId) -> Result<(), Problem> {
    if sessions::enter(&rooms.store, session_of(known)?, organization).await? {
        return Ok(());
    }
    let mut tx = rooms.store.begin(&known.actor).await?;
    let detail = serde_json::json!({"reason": "not_a_member"});
    let wanted = organization.to_string();
    audit::record(&mut tx, "organization.refused", "organization", &wanted, &detail).await?;
    tx.commit().await?;
    let sentence = "You do not belong to this organisation.";
    let fault = Fault::new("organization_id", "not_a_member", sentence);
    Err(Problem::new(Kind::NotAllowed, sentence).with_errors(vec![fault]))
}

async fn end(State(rooms): State<Arc<Rooms>>, SignedIn(known): SignedIn) -> Result<StatusCode, Problem> {
    sessions::close(&rooms.store, session_of(&known)?, rooms.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change_password(
    State(rooms): State<Arc<Rooms>>,
    SignedIn(known): SignedIn,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let given: NewPassword = parameters::json(&headers, &body)?;
    let token = session_of(&known)?;
    let user = known.actor.user_id.ok_or_else(no_session)?;
    let mut tx = rooms.store.begin(&known.actor).await?;
    let email = people::find(&mut tx, user).await?.ok_or_else(no_session)?.email;
    tx.commit().await?;
    rooms.limits.sign_in(&email)?; // Whoever holds a session may not guess either.
    let kept = people::for_sign_in(&rooms.store, &email)
        .await?
        .and_then(|(_, kept)| kept);
    let is_same = given.new == given.current;
    // No connection is held while this computes.
    if !is_right(given.current, kept).await? {
        let fault = Fault::new("current", "wrong", "is not the password so far");
        return Err(Problem::new(Kind::RuleRefused, "The password was not changed.").with_errors(vec![fault]));
    }
    if is_same {
        let fault = Fault::new("new", "same", "is the password so far: choose another one");
        return Err(Problem::new(Kind::RuleRefused, "The password was not changed.").with_errors(vec![fault]));
    }
    let hash = hashed("new", given.new, &email).await?;
    let keep = sessions::digest(token);
    let mut tx = rooms.store.begin(&known.actor).await?;
    people::set_password(&mut tx, user, &hash, Some(&keep), rooms.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The hash of a password that will do; `field` is where it was given.
pub async fn hashed(field: &'static str, password: String, email: &str) -> Result<String, Problem> {
    if let Err(mut fault) = password::check(&password, email) {
        field.clone_into(&mut fault.field);
        return Err(Problem::new(Kind::RuleRefused, "The password will not do.").with_errors(vec![fault]));
    }
    hashing(move || password::hash(&password, rand::random())).await
}

fn session_of(known: &Identity) -> Result<&str, Problem> {
    known.session.as_deref().ok_or_else(no_session)
}

fn no_session() -> Problem {
    Problem::new(
        Kind::NotAllowed,
        "This is for people with a session; a machine's token has none.",
    )
}
