//! People who sign in elsewhere: tokens of an issuer that is trusted.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use provider_directory::{
    domain::access::Role,
    index::schema,
    interfaces::http::oidc::{Error, Keys, Settings, Verifier},
    store::people,
    vocab::terms::SubscriptionTier,
};
use serde_json::{Value, json};

use crate::{
    house::{House, noon},
    http_site::Site,
    tenants::{account, ask, join, tenant},
};

/// Two keys of nobody, made for this test: PKCS #8, and the point of the public half.
const KEYS: [(&str, &str, &str); 2] = [
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3vG0Dj0cFkDwN4m0agsMeGjYe8zYoF+GkZO0LUbhZiGhRANCAAQs9VJpG74UcxC0ZRrOucmzeAie1AXCgftk+tKY67ayRmiyn2JOXHEP3a1D+ZId5aEck/3/DS5S7cr+p3ssVTVW",
        "LPVSaRu-FHMQtGUazrnJs3gIntQFwoH7ZPrSmOu2skY",
        "aLKfYk5ccQ_drUP5kh3loRyT_f8NLlLtyv6neyxVNVY",
    ),
    (
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgx4AXCCv5WtE0PXx9yipyVe0xHZ/H1PiVnvq/xRRSm2ihRANCAAR8AF1YChomzOWRMxtXZifd8GCFCSGlPXkcie98BQvBJmIhCml3DjFzKqzwWANLdupCOQyVpIni1lqkRrUBIDVH",
        "fABdWAoaJszlkTMbV2Yn3fBghQkhpT15HInvfAULwSY",
        "YiEKaXcOMXMqrPBYA0t26kI5DJWkieLWWqRGtQEgNUc",
    ),
];

pub fn published(keys: &[usize]) -> String {
    let key = |n: &usize| {
        let (_, x, y) = KEYS[*n];
        json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": format!("k{n}"), "x": x, "y": y})
    };
    json!({"keys": keys.iter().map(key).collect::<Vec<_>>()}).to_string()
}

pub fn signed(key: usize, named: usize, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(format!("k{named}"));
    let der = STANDARD.decode(KEYS[key].0).expect("a key");
    encode(&header, claims, &EncodingKey::from_ec_der(&der)).expect("signed")
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example", "aud": "provdir", "sub": "s-1", "exp": noon().timestamp() + 600,
        "email": "jane@example.org", "email_verified": true,
    })
}

/// D14: a token is taken only from its issuer, for us, in its time; a new key of the issuer is found by itself.
#[tokio::test]
async fn feature_d14_tokens_of_a_trusted_issuer_are_checked_and_keys_rotate() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("jwks.json");
    std::fs::write(&file, published(&[0])).expect("written");
    let verifier = Verifier::new(Settings {
        issuer: "https://id.example".to_owned(),
        audience: "provdir".to_owned(),
        keys: Keys::File(file.clone()),
    });
    let subject = verifier.verify(&signed(0, 0, &claims()), noon()).await.expect("good");
    assert_eq!(
        (subject.subject.as_str(), subject.email.as_deref()),
        ("s-1", Some("jane@example.org"))
    );
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(0, 0, &claims)
    };
    for (token, why) in [
        (with("aud", json!("others")), "it is for somebody else"),
        (with("iss", json!("https://evil.example")), "it is of another issuer"),
        (with("exp", json!(noon().timestamp() - 61)), "it has run out"),
        (with("nbf", json!(noon().timestamp() + 120)), "it is not good yet"),
        (signed(1, 0, &claims()), "its signature is wrong"),
        ("a.b.c".to_owned(), "it is no JSON Web Token"),
    ] {
        let refused = verifier.verify(&token, noon()).await;
        assert!(
            matches!(refused, Err(Error::Token(said)) if said == why),
            "{why}: {refused:?}"
        );
    }
    let unverified = with("email_verified", json!(false));
    assert_eq!(verifier.verify(&unverified, noon()).await.expect("good").email, None);

    std::fs::write(&file, published(&[0, 1])).expect("written");
    let new = signed(1, 1, &claims());
    assert!(
        verifier.verify(&new, noon()).await.is_err(),
        "keys were read a moment ago"
    );
    let later = noon() + TimeDelta::seconds(31);
    assert!(verifier.verify(&new, later).await.is_ok(), "the new key is found");
}

/// An issuer that publishes its keys over HTTP, as long as the value lives.
struct Issuer {
    address: String,
    /// What it publishes; empty: it fails.
    keys: Arc<Mutex<String>>,
    /// How often its keys were asked for.
    asked: Arc<AtomicUsize>,
    serving: tokio::task::JoinHandle<()>,
}

impl Issuer {
    async fn open(keys: &[usize]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (keys, asked) = (Arc::new(Mutex::new(published(keys))), Arc::new(AtomicUsize::new(0)));
        let about = json!({"issuer": address, "jwks_uri": format!("{address}/keys")}).to_string();
        let (told, counted) = (keys.clone(), asked.clone());
        let jwks = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let keys = told.lock().expect("not poisoned").clone();
            async move {
                if keys.is_empty() {
                    (axum::http::StatusCode::BAD_GATEWAY, keys)
                } else {
                    (axum::http::StatusCode::OK, keys)
                }
            }
        };
        let router = axum::Router::new()
            .route(
                "/.well-known/openid-configuration",
                axum::routing::get(move || async move { about }),
            )
            .route("/keys", axum::routing::get(jwks));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self {
            address,
            keys,
            asked,
            serving,
        }
    }

    fn publish(&self, keys: String) {
        *self.keys.lock().expect("not poisoned") = keys;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// D14: an issuer's keys are found by its address; they rotate by themselves, strangers' tokens don't make us ask again and
/// again, and what the issuer takes back is good for an hour at most.
#[tokio::test]
async fn feature_d14_keys_are_found_where_the_issuer_publishes_them() {
    let issuer = Issuer::open(&[0]).await;
    let settings = |address: &str| Settings {
        issuer: address.to_owned(),
        audience: "provdir".to_owned(),
        keys: Keys::Published,
    };
    let verifier = Verifier::new(settings(&issuer.address));
    let mut claims = claims();
    claims["iss"] = json!(issuer.address);
    claims["exp"] = json!(noon().timestamp() + 100_000);
    let (old, new) = (signed(0, 0, &claims), signed(1, 1, &claims));
    assert!(verifier.verify(&old, noon()).await.is_ok());
    assert!(verifier.verify(&old, noon()).await.is_ok());
    for _ in 0..5 {
        assert!(matches!(verifier.verify(&new, noon()).await, Err(Error::Token(_))));
    }
    assert_eq!(issuer.asked(), 1, "an unknown key does not make us ask again at once");

    issuer.publish(published(&[1]));
    let at = |seconds| noon() + TimeDelta::seconds(seconds);
    assert!(verifier.verify(&new, at(31)).await.is_ok(), "the new key is found");
    assert!(verifier.verify(&old, at(32)).await.is_err(), "the old one is gone");
    assert_eq!(issuer.asked(), 2);

    issuer.publish(String::new());
    assert!(
        verifier.verify(&new, at(31 + 3_700)).await.is_ok(),
        "known keys outlast a failure"
    );
    let failed = verifier.verify(&old, at(31 + 3_710)).await;
    assert!(matches!(failed, Err(Error::Keys(_))), "{failed:?}");
    issuer.publish(published(&[]));
    assert!(
        verifier.verify(&new, at(31 + 3_720)).await.is_err(),
        "what was taken back is not taken"
    );

    let elsewhere = Verifier::new(settings("http://id.example"));
    let failed = elsewhere.verify(&old, noon()).await;
    assert!(
        matches!(&failed, Err(Error::Keys(why)) if why.contains("not https")),
        "{failed:?}"
    );
    let other = format!("{}/", issuer.address);
    let failed = Verifier::new(settings(&other)).verify(&old, noon()).await;
    assert!(
        matches!(&failed, Err(Error::Keys(why)) if why.contains("calls itself")),
        "{failed:?}"
    );
}

/// An account is bound to a subject by its verified address, once.
#[tokio::test]
async fn an_account_is_bound_to_one_subject() {
    let house = House::open().await;
    let jane = account(&house, "jane@example.org", false, None).await;
    let who = async |subject: &str, email: Option<&str>| {
        people::for_subject(&house.store, "https://id.example", subject, email)
            .await
            .expect("asked")
    };
    assert_eq!(
        who("s-1", None).await,
        None,
        "without a verified address nobody is known"
    );
    assert_eq!(who("s-1", Some("Jane@example.org")).await, Some(jane));
    assert_eq!(who("s-1", None).await, Some(jane), "from now on by the subject");
    assert_eq!(
        who("s-2", Some("jane@example.org")).await,
        None,
        "nobody else takes the account over"
    );
}

/// D14 over HTTP: who holds a good token of the issuer is the person with that address, within the organisations that they
/// belong to, for what reads the store and for searches; whoever holds any other token is nobody.
#[tokio::test]
async fn feature_d14_a_token_of_the_issuer_signs_in_over_http() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("jwks.json");
    std::fs::write(&file, published(&[0])).expect("written");
    let settings = provider_directory::interfaces::http::Settings {
        oidc: Some(Settings {
            issuer: "https://id.example".to_owned(),
            audience: "provdir".to_owned(),
            keys: Keys::File(file),
        }),
        ..Default::default()
    };
    let site = Site::set_up(schema::Handle::embedded(), settings).await;
    let (alpha, beta) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await.id,
    );
    let jane = account(&site.house, "jane@example.org", false, None).await;
    join(&site.house, alpha, jane, Role::OrganizationAdmin).await;
    let last = account(&site.house, "last@example.org", false, None).await;
    join(&site.house, alpha, last, Role::OrganizationAdmin).await; // One administrator stays.
    let good = signed(0, 0, &claims());
    let me = ask(&site, &good, None, "GET", "/me", None).await;
    assert_eq!(me.status, 200, "{}", me.text);
    assert!(me.text.contains(&jane.to_string()), "{}", me.text);
    let clinic = json!({"name": "North", "time_zone": "UTC"});
    let made = ask(&site, &good, Some(alpha), "POST", "/clinics", Some(clinic)).await;
    assert_eq!(
        (made.status.as_u16(), made.json()["organization_id"].clone()),
        (201, json!(alpha)),
        "{}",
        made.text
    );
    // What the memory of the node answers, and what the store is asked for.
    site.feed.identities().catch_up().await;
    for path in ["/clinics", "/providers/search?q=smith"] {
        assert_eq!(
            ask(&site, &good, Some(alpha), "GET", path, None).await.status,
            200,
            "{path}"
        );
        let elsewhere = ask(&site, &good, Some(beta), "GET", path, None).await;
        assert_eq!(
            (elsewhere.status.as_u16(), elsewhere.fault().1.as_str()),
            (403, "not_a_member"),
            "{path}: {}",
            elsewhere.text
        );
    }
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        signed(0, 0, &claims)
    };
    let mut stranger = claims();
    (stranger["sub"], stranger["email"]) = (json!("s-9"), json!("nobody@example.org"));
    for (token, status) in [
        (with("exp", json!(noon().timestamp() - 61)), 401),
        (with("aud", json!("others")), 401),
        (signed(1, 0, &claims()), 401),
        (with("sub", json!("s-2")), 403), // The address is bound to another subject.
        (signed(0, 0, &stranger), 403),
    ] {
        for path in ["/me", "/clinics", "/providers/search?q=smith"] {
            let refused = ask(&site, &token, Some(alpha), "GET", path, None).await;
            assert_eq!(refused.status.as_u16(), status, "{path}: {}", refused.text);
        }
    }
    // Whoever is shut out is, also where the node remembers.
    site.house
        .sql(&format!(
            "UPDATE organization_member SET is_active = false WHERE user_id = '{jane}'"
        ))
        .await;
    site.feed.identities().catch_up().await;
    for path in ["/clinics", "/providers/search?q=smith"] {
        assert_eq!(
            ask(&site, &good, Some(alpha), "GET", path, None).await.status,
            403,
            "{path}"
        );
    }
    let without = Site::open().await;
    let refused = ask(&without, &good, None, "GET", "/me", None).await;
    assert_eq!(refused.status, 401, "no issuer is trusted: {}", refused.text);
}
