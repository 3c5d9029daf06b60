//! People who sign in elsewhere: OpenID Connect tokens as bearer tokens, checked against the keys that their issuer publishes.
//!
//! Who holds such a token and has an account here (bound at first by the address that the issuer has verified) is that person.
//! Keys are read anew when a token names one that is not known, at most every half minute: an issuer can rotate at any time.

use std::{path::PathBuf, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;
use tokio::sync::Mutex;

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// How often keys are read anew at most.
const BETWEEN: TimeDelta = TimeDelta::seconds(30);
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
    /// A file with its keys (a JSON Web Key Set), which somebody keeps fresh.
    pub keys: PathBuf,
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
}

/// Checks tokens of one issuer.
pub struct Verifier {
    settings: Settings,
    keys: ArcSwap<JwkSet>,
    read_at: Mutex<Option<DateTime<Utc>>>,
}

impl Verifier {
    /// A verifier that knows no keys yet: the first token makes it read them.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            keys: ArcSwap::from_pointee(JwkSet { keys: Vec::new() }),
            read_at: Mutex::new(None),
        }
    }

    /// Whose token this is.
    ///
    /// # Errors
    /// [`Error::Token`], and [`Error::Keys`] where it can't be told.
    pub async fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Subject, Error> {
        let header = decode_header(token).map_err(|_| Error::Token("it is no JSON Web Token"))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Error::Token("it is signed in a way that is not taken"));
        }
        let kid = header.kid.ok_or(Error::Token("it names no key"))?;
        let key = match self.key(&kid) {
            Some(key) => key,
            None => {
                self.read_keys(now).await?;
                self.key(&kid)
                    .ok_or(Error::Token("its key is not one of the issuer's"))?
            }
        };
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
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
        Ok(Subject {
            issuer: self.settings.issuer.clone(),
            subject: claims.sub,
            email: claims.email.filter(|_| claims.email_verified),
        })
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        let keys = self.keys.load();
        let jwk = keys.find(kid)?;
        DecodingKey::from_jwk(jwk).ok()
    }

    /// Reads the keys anew, unless that was done a moment ago. Who waits here meanwhile finds them read.
    async fn read_keys(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let mut read_at = self.read_at.lock().await;
        if read_at.is_some_and(|at| now - at < BETWEEN && now >= at) {
            return Ok(());
        }
        let told = tokio::time::timeout(PATIENCE, self.told()).await;
        let told = told.map_err(|_| Error::Keys("it took too long".to_owned()))??;
        let keys = serde_json::from_slice(&told).map_err(|e| Error::Keys(e.to_string()))?;
        self.keys.store(Arc::new(keys));
        *read_at = Some(now);
        Ok(())
    }

    async fn told(&self) -> Result<Vec<u8>, Error> {
        tokio::fs::read(&self.settings.keys)
            .await
            .map_err(|e| Error::Keys(e.to_string()))
    }
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
