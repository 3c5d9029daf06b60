//! People who sign in elsewhere: OpenID Connect tokens as bearer tokens, checked against the keys that their issuer publishes.
//!
//! Who holds such a token and has an account here (bound at first by the address that the issuer has verified) is that person.
//! Its keys are found as it publishes them (`/.well-known/openid-configuration`), or in a file. They are read anew when a token
//! names one that is not known, at most every half minute, since an issuer can rotate at any time; and every hour, since it can
//! also take a key back.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// How often keys are read anew at most.
const BETWEEN: TimeDelta = TimeDelta::seconds(30);
/// How soon after a failure they are asked for again.
const AFTER_FAILURE: TimeDelta = TimeDelta::seconds(5);
/// How old keys may grow: what the issuer has taken back is good no longer than this, where it can be reached.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
/// How old they may grow where it cannot.
const GOOD_UNHEARD: TimeDelta = TimeDelta::hours(24);
/// Most bytes of an issuer's answer.
const MOST_BYTES: usize = 1 << 20;
/// How long an issuer may take to tell its keys.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signatures that only the issuer can make. None that both sides can (HS*), and not "none".
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Whom to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` that says that a token is for us.
    pub audience: String,
    /// Where its keys are.
    pub keys: Keys,
}

/// Where the keys of an issuer are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// Where it says itself.
    Published,
    /// In a file (a JSON Web Key Set), which somebody keeps fresh.
    File(PathBuf),
}

/// Why a token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is broken, forged, for somebody else, or not good any more.
    #[error("the token is not good: {0}")]
    Token(&'static str),
    /// The keys can't be read.
    #[error("read the keys of the issuer: {0}")]
    Keys(String),
}

/// Who a token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who says so.
    pub issuer: String,
    /// Unique there.
    pub subject: String,
    /// An address that the issuer has verified.
    pub email: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    /// Those that it is for: one, or a list.
    #[serde(default)]
    aud: serde_json::Value,
    /// The client that asked for it.
    #[serde(default)]
    azp: Option<String>,
    /// What ties it to the sign-in that asked for it.
    #[serde(default)]
    nonce: Option<String>,
}

/// Checks tokens of one issuer.
pub struct Verifier {
    settings: Settings,
    keys: ArcSwap<JwkSet>,
    last: Mutex<Option<Reading>>,
    /// When the keys that are known were read, in seconds since 1970.
    read_at: AtomicI64,
    client: reqwest::Client,
}

/// The last time that keys were asked for.
struct Reading {
    at: DateTime<Utc>,
    failed: Option<String>,
}

/// What an issuer says about itself.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Discovery {
    issuer: String,
    jwks_uri: String,
    /// Where people sign in.
    #[serde(default)]
    pub(super) authorization_endpoint: Option<String>,
    /// Where a code is changed into tokens.
    #[serde(default)]
    pub(super) token_endpoint: Option<String>,
    /// In which ways a client shows there who it is.
    #[serde(default)]
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether it says with each code that the code is its own (RFC 9207).
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Verifier {
    /// A verifier that knows no keys yet: the first token makes it read them.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            keys: ArcSwap::from_pointee(JwkSet { keys: Vec::new() }),
            last: Mutex::new(None),
            read_at: AtomicI64::new(i64::MIN),
            client: client(),
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`Error::Token`], and [`Error::Keys`] where it can't be told.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Subject, Error> {
        let claims = self.claims(token, &self.settings.audience, now).await?;
        Ok(self.subject(claims))
    }

    /// Who has signed in at the issuer for a client of ours, in the sign-in that this nonce was made for.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub async fn verify_sign_in(
        &self,
        token: &str,
        client_id: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Result<Subject, Error> {
        let claims = self.claims(token, client_id, now).await?;
        let of_several = claims.aud.as_array().is_some_and(|audiences| audiences.len() > 1);
        if claims.azp.as_deref().map_or(of_several, |client| client != client_id) {
            return Err(Error::Token("another client asked for it"));
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(Error::Token("it belongs to another sign-in"));
        }
        Ok(self.subject(claims))
    }

    fn subject(&self, claims: Claims) -> Subject {
        Subject {
            issuer: self.settings.issuer.clone(),
            subject: claims.sub,
            email: claims.email.filter(|_| claims.email_verified),
        }
    }

    /// What a token says that the issuer has signed, for this audience, and that is good now.
    async fn claims(&self, token: &str, audience: &str, now: DateTime<Utc>) -> Result<Claims, Error> {
        let header = decode_header(token).map_err(|_| Error::Token("it is no JSON Web Token"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Error::Token("it is signed in a way that is not taken"));
        }
        let kid = header.kid.ok_or(Error::Token("it names no key"))?;
        let known = self.key(&kid);
        if known.is_none() || self.read_at.load(Ordering::Relaxed) < (now - GOOD_FOR).timestamp() {
            match self.read_keys(now).await {
                Err(error)
                    if known.is_some() && self.read_at.load(Ordering::Relaxed) >= (now - GOOD_UNHEARD).timestamp() =>
                {
                    tracing::warn!(%error, "the issuer's keys are not read anew");
                }
                read => read?,
            }
        }
        let key = self.key(&kid);
        let key = key.ok_or(Error::Token("its key is not one of the issuer's"))?;
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["iss", "aud", "exp", "sub"]);
        validation.validate_exp = false; // Held below against the clock that everything else here goes by.
        let claims = decode::<Claims>(token, &key, &validation)
            .map_err(|error| refused(&error))?
            .claims;
        let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(Error::Token("its times make no sense"));
        if at(claims.exp)? + LEEWAY <= now {
            return Err(Error::Token("it has run out"));
        }
        if let Some(nbf) = claims.nbf
            && at(nbf)? - LEEWAY > now
        {
            return Err(Error::Token("it is not good yet"));
        }
        Ok(claims)
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.keys.load();
        let jwk = keys.find(kid)?;
        DecodingKey::from_jwk(jwk).ok()
    }

    /// Reads the keys anew, unless that was done a moment ago. Who waits here meanwhile finds them read.
    async fn read_keys(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let mut last = self.last.lock().await;
        if let Some(Reading { at, failed }) = &*last {
            let wait = if failed.is_some() { AFTER_FAILURE } else { BETWEEN };
            if now - *at < wait && now >= *at {
                return failed.clone().map_or(Ok(()), |why| Err(Error::Keys(why)));
            }
        }
        let told = tokio::time::timeout(PATIENCE, self.told()).await;
        let told = told.unwrap_or_else(|_| Err("it took too long".to_owned()));
        let (at, failed) = (now, told.as_ref().err().cloned());
        *last = Some(Reading { at, failed });
        self.keys.store(Arc::new(told.map_err(Error::Keys)?));
        self.read_at.store(now.timestamp(), Ordering::Relaxed);
        Ok(())
    }

    async fn told(&self) -> Result<JwkSet, String> {
        let text = match &self.settings.keys {
            Keys::File(path) => tokio::fs::read(path).await.map_err(|e| e.to_string())?,
            Keys::Published => {
                let about = discover(&self.client, &self.settings.issuer).await?;
                body(self.client.get(safe(&about.jwks_uri)?)).await?
            }
        };
        read_set(&text)
    }
}

/// What speaks to an issuer: with patience, and never led elsewhere.
pub(super) fn client() -> reqwest::Client {
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none());
    client.build().unwrap_or_default()
}

/// What an issuer says about itself, if it is the one that is meant.
pub(super) async fn discover(client: &reqwest::Client, issuer: &str) -> Result<Discovery, String> {
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let about = body(client.get(safe(&address)?)).await?;
    let about: Discovery = serde_json::from_slice(&about).map_err(|e| e.to_string())?;
    if about.issuer == issuer {
        Ok(about)
    } else {
        Err(format!("it calls itself {}", about.issuer))
    }
}

/// An address at which nobody on the way can change what is said.
pub(super) fn safe(address: &str) -> Result<reqwest::Url, String> {
    let url = reqwest::Url::parse(address).map_err(|e| format!("{address}: {e}"))?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || url.scheme() == "http" && is_here {
        Ok(url)
    } else {
        Err(format!("{address} is not https"))
    }
}

/// Whether an address can be one of ours that an issuer sends people back to.
pub fn is_public(address: &str) -> bool {
    safe(address).is_ok_and(|url| url.query().is_none() && url.fragment().is_none() && url.username().is_empty())
}

/// The body of a good answer.
async fn body(request: reqwest::RequestBuilder) -> Result<Vec<u8>, String> {
    let (status, body) = answer(request).await?;
    if status == reqwest::StatusCode::OK {
        Ok(body)
    } else {
        Err(format!("it answers {status}"))
    }
}

/// Whatever is answered.
pub(super) async fn answer(request: reqwest::RequestBuilder) -> Result<(reqwest::StatusCode, Vec<u8>), String> {
    let mut answer = request.send().await.map_err(|e| e.to_string())?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| e.to_string())? {
        body.extend_from_slice(&chunk);
        if body.len() > MOST_BYTES {
            return Err(format!("it answers more than {MOST_BYTES} bytes"));
        }
    }
    Ok((answer.status(), body))
}

/// The keys of a set that are understood: others may be for others.
fn read_set(text: &[u8]) -> Result<JwkSet, String> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
    Ok(JwkSet { keys: keys.collect() })
}

fn refused(error: &jsonwebtoken::errors::Error) -> Error {
    use jsonwebtoken::errors::ErrorKind;
    Error::Token(match error.kind() {
        ErrorKind::InvalidSignature => "its signature is wrong",
        ErrorKind::InvalidAudience => "it is for somebody else",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::MissingRequiredClaim(_) => "it lacks a claim",
        _ => "it can't be read",
    })
}
