//! Signing in to pages at an OpenID Connect issuer: the authorization code flow with PKCE (RFC 6749, 7636, 9207).
//!
//! What ties the way there to the way back (state, nonce, verifier) is kept by the browser in a cookie of its own that lives for
//! minutes, so that any node takes somebody back. The issuer takes each code once; the address that it sends people back to
//! follows from the settings alone, never from a request.

use std::{convert::Infallible, fmt, str::FromStr, sync::Arc};

use arc_swap::ArcSwapOption;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{
    Rooms, oidc, parameters,
    problem::{Kind, Problem},
    sessions,
};
use crate::interfaces::web::sign_in_elsewhere::{CALLBACK, PATH};
use crate::store::people;

/// How long what the issuer says about itself is good.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
/// The longest way on that is remembered: a cookie holds four thousand bytes.
const LONGEST_NEXT: usize = 1500;

/// How this server is known to the issuer, and to browsers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The client's name there.
    pub client_id: String,
    /// Its secret; none: a public client.
    pub client_secret: Option<ClientSecret>,
    /// Where browsers find this server, without a slash at its end.
    pub public_url: String,
    /// What people call the issuer; none: its host.
    pub name: Option<String>,
}

/// The secret of a client. It never shows itself.
#[derive(Clone, Deserialize, PartialEq, Eq)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

impl FromStr for ClientSecret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// What is remembered while somebody is at the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Comes back with the code, so that nobody else's code is taken.
    state: String,
    /// Comes back in the token, so that no other sign-in's token is taken.
    nonce: String,
    /// Shows the issuer that whoever brings the code has asked for it.
    verifier: String,
    /// The page to go on to, a path of ours.
    pub next: String,
}

impl Flow {
    /// A new one from random bytes; `next` is a path of ours.
    pub fn new(random: [[u8; 32]; 3], next: &str) -> Self {
        let [state, nonce, verifier] = random.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let next = if next.len() > LONGEST_NEXT { "/" } else { next };
        Self {
            state,
            nonce,
            verifier,
            next: next.to_owned(),
        }
    }

    /// As a cookie has it.
    pub fn to_text(&self) -> String {
        let next = URL_SAFE_NO_PAD.encode(&self.next);
        format!("{}.{}.{}.{next}", self.state, self.nonce, self.verifier)
    }

    /// Back from a cookie. Whatever else a browser sends is none.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut part = || parts.next().map(str::to_owned);
        let (state, nonce, verifier, next) = (part()?, part()?, part()?, part()?);
        let is_random = |text: &String| URL_SAFE_NO_PAD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
        let is_whole = parts.next().is_none() && [&state, &nonce, &verifier].into_iter().all(is_random);
        let next = String::from_utf8(URL_SAFE_NO_PAD.decode(next).ok()?).ok()?;
        is_whole.then_some(Self {
            state,
            nonce,
            verifier,
            next,
        })
    }

    /// Whether an answer of the issuer belongs to it.
    pub fn is_of(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }
}

/// Sends people to the issuer, and takes them back.
pub struct Client {
    settings: Settings,
    issuer: String,
    name: String,
    client: reqwest::Client,
    known: ArcSwapOption<(DateTime<Utc>, oidc::Discovery)>,
}

/// What the issuer answers to a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// The way to sign in at an issuer, where there is one.
pub fn offered(rooms: &Rooms) -> Option<&Client> {
    rooms.sign_in.as_ref()
}

impl Client {
    /// One for the issuer whose tokens are trusted, if pages may send people there.
    pub fn of(issuer: Option<&oidc::Settings>, settings: Option<&Settings>) -> Option<Self> {
        let (issuer, settings) = (issuer?.issuer.clone(), settings?.clone());
        let host = reqwest::Url::parse(&issuer).ok();
        let host = host.and_then(|url| url.host_str().map(str::to_owned));
        Some(Self {
            name: settings.name.clone().or(host).unwrap_or_else(|| issuer.clone()),
            settings,
            issuer,
            client: oidc::client(),
            known: ArcSwapOption::empty(),
        })
    }

    /// What people call the issuer.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the way to the issuer begins: at the address that it also ends at, so that the cookie comes along.
    pub fn entrance(&self, next: &str) -> String {
        let query = parameters::encode([("next", next)]);
        format!("{}{PATH}?{query}", self.settings.public_url)
    }

    /// Where the issuer sends people back to.
    pub fn callback(&self) -> String {
        format!("{}{CALLBACK}", self.settings.public_url)
    }

    /// Which of our paths the cookie of a flow is for, as browsers see it, and whether it goes over https only.
    pub fn cookie_terms(&self) -> (String, bool) {
        let url = reqwest::Url::parse(&format!("{}{PATH}", self.settings.public_url));
        url.map_or((PATH.to_owned(), true), |url| {
            (url.path().to_owned(), url.scheme() == "https")
        })
    }

    /// The address at which the issuer lets somebody sign in.
    ///
    /// # Errors
    /// Where the issuer can't be asked.
    pub async fn begin(&self, flow: &Flow, now: DateTime<Utc>) -> Result<String, Problem> {
        let known = self.about(now).await?;
        let endpoint = known.1.authorization_endpoint.as_deref().unwrap_or_default();
        let mut url = oidc::safe(endpoint).map_err(|why| self.away(&why))?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(flow.verifier.as_bytes()));
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.callback())
            .append_pair("scope", "openid email")
            .append_pair("state", &flow.state)
            .append_pair("nonce", &flow.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Changes a code into the token that tells who has signed in. `issuer` is whose code it says to be.
    async fn redeem(
        &self,
        flow: &Flow,
        code: &str,
        issuer: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<String, Problem> {
        let known = self.about(now).await?;
        let says_so = known.1.authorization_response_iss_parameter_supported;
        if issuer.map_or(says_so, |issuer| issuer != self.issuer) {
            return Err(refused("The answer came from another issuer."));
        }
        let endpoint = known.1.token_endpoint.as_deref().unwrap_or_default();
        let url = oidc::safe(endpoint).map_err(|why| self.away(&why))?;
        let callback = self.callback();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &callback),
            ("code_verifier", &flow.verifier),
        ];
        let mut request = self.client.post(url);
        let id = &self.settings.client_id;
        let methods = known.1.token_endpoint_auth_methods_supported.as_deref();
        let in_the_form = methods.is_some_and(|methods| !methods.iter().any(|m| m == "client_secret_basic"));
        match &self.settings.client_secret {
            None => form.push(("client_id", id)),
            Some(secret) if in_the_form => form.extend([("client_id", id.as_str()), ("client_secret", &secret.0)]),
            Some(secret) => request = request.basic_auth(form_encoded(id), Some(form_encoded(&secret.0))),
        }
        let answer = oidc::answer(request.form(&form)).await;
        let (status, body) = answer.map_err(|why| self.away(&why))?;
        if status == reqwest::StatusCode::BAD_REQUEST {
            return Err(refused(
                "The issuer does not take its answer back: it has been used already, or is too old.",
            ));
        }
        if status != reqwest::StatusCode::OK {
            return Err(self.away(&format!("the token endpoint answers {status}")));
        }
        let tokens = serde_json::from_slice::<Tokens>(&body);
        Ok(tokens.map_err(|why| self.away(&why.to_string()))?.id_token)
    }

    /// What the issuer says about itself, read anew now and then; what it said before where it is away.
    async fn about(&self, now: DateTime<Utc>) -> Result<Arc<(DateTime<Utc>, oidc::Discovery)>, Problem> {
        let known = self.known.load_full();
        if let Some(known) = known.as_ref().filter(|known| now - known.0 < GOOD_FOR) {
            return Ok(known.clone());
        }
        match (oidc::discover(&self.client, &self.issuer).await, known) {
            (Ok(about), _) => {
                let about = Arc::new((now, about));
                self.known.store(Some(about.clone()));
                Ok(about)
            }
            (Err(_), Some(known)) => Ok(known),
            (Err(why), None) => Err(self.away(&why)),
        }
    }

    /// That the issuer does not answer as it should. Why goes to the log.
    fn away(&self, why: &str) -> Problem {
        tracing::warn!(why, issuer = self.issuer, "nobody can sign in at the issuer");
        let detail = format!("{} can't be asked right now. Try again in a moment.", self.name);
        Problem::new(Kind::Unavailable, detail).retry_after(30)
    }
}

/// Takes back somebody who has been at the issuer: the token of the session that begins.
///
/// # Errors
/// Where the code or the token is not good, its owner has no account here, or the issuer is away.
pub async fn enter(rooms: &Rooms, flow: &Flow, code: &str, issuer: Option<&str>) -> Result<String, Problem> {
    let (Some(client), Some(verifier)) = (&rooms.sign_in, &rooms.oidc) else {
        return Err(Problem::not_found("Nobody signs in elsewhere here."));
    };
    let token = client.redeem(flow, code, issuer, rooms.now()).await?;
    let signed_in = verifier.verify_sign_in(&token, &client.settings.client_id, &flow.nonce, rooms.now());
    let subject = signed_in.await.map_err(|error| match error {
        oidc::Error::Token(why) => refused(&format!("What {} says about you is not taken: {why}.", client.name)),
        oidc::Error::Keys(why) => client.away(&why),
    })?;
    let user = people::for_subject(
        &rooms.store,
        &subject.issuer,
        &subject.subject,
        subject.email.as_deref(),
    );
    let user = user.await?.ok_or_else(|| {
        let detail = format!("{} knows you, but you have no account here.", client.name);
        Problem::new(Kind::NotAllowed, detail)
    })?;
    let (session, _) = sessions::open(rooms, user).await?;
    Ok(session)
}

fn refused(why: &str) -> Problem {
    Problem::new(Kind::NotSignedIn, why)
}

/// As a form has it: what stands before and behind the colon of basic authentication (RFC 6749, 2.3.1).
fn form_encoded(text: &str) -> String {
    parameters::encode([("", text)]).split_off(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_reads_back_from_its_cookie_and_nothing_else_does() {
        let flow = Flow::new([[1; 32], [2; 32], [3; 32]], "/admin/?a=ü");
        let text = flow.to_text();
        assert!(
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)),
            "{text}"
        );
        assert_eq!(Flow::from_text(&text), Some(flow.clone()));
        assert!(flow.is_of(&flow.state) && !flow.is_of("") && !flow.is_of(&flow.nonce));
        for odd in [
            String::new(),
            "...".to_owned(),
            format!("{text}.x"),
            text[1..].to_owned(),
        ] {
            assert_eq!(Flow::from_text(&odd), None, "{odd}");
        }
        let far = format!("/{}", "x".repeat(LONGEST_NEXT));
        assert_eq!(Flow::new([[1; 32]; 3], &far).next, "/");
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret: ClientSecret = "s3cret".parse().expect("any text");
        assert_eq!(format!("{secret:?}"), "ClientSecret(..)");
        assert_eq!(form_encoded("a b:c"), "a+b%3Ac");
    }
}
