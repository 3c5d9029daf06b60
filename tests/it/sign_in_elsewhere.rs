//! People who sign in to pages at an issuer that is trusted, against a little issuer that takes each code once and wants the
//! proof that goes with it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use provider_directory::{
    domain::access::Role,
    index::schema,
    interfaces::http::{
        Settings,
        oidc::{self, Keys},
        oidc_code,
    },
    vocab::{UserId, terms::SubscriptionTier},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    browser::{cookies, sent_back},
    house::noon,
    http_site::{Answer, Site},
    tenants::{account, join, tenant},
    tenants_oidc::{published, signed},
};

const PUBLIC: &str = "https://care.example.org/directory";
const CALLBACK: &str = "https://care.example.org/directory/sign-in/oidc/callback";

/// What somebody asked for who was sent to the issuer.
type Asked = BTreeMap<String, String>;

/// What the issuer knows.
struct Desk {
    /// Codes that nobody has brought yet, with what was asked for.
    codes: BTreeMap<String, Asked>,
    /// What its tokens say beside the nonce.
    claims: Value,
    /// Which of its keys it signs with.
    key: usize,
    /// How often a code was brought.
    brought: usize,
    /// Whether what stands in front of it answers in its place.
    is_down: bool,
}

/// An issuer, as long as the value lives.
struct Issuer {
    address: String,
    desk: Arc<Mutex<Desk>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Issuer {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let desk = Arc::new(Mutex::new(Desk {
            codes: BTreeMap::new(),
            claims: json!({
                "iss": address, "aud": "pages", "sub": "s-1", "exp": noon().timestamp() + 600,
                "email": "jane@example.org", "email_verified": true,
            }),
            key: 0,
            brought: 0,
            is_down: false,
        }));
        let about = json!({
            "issuer": address, "jwks_uri": format!("{address}/keys"),
            "authorization_endpoint": format!("{address}/authorize?tenant=7"),
            "token_endpoint": format!("{address}/token"),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async || Json(about)))
            .route("/keys", get(async || published(&[0])))
            .route("/token", post(token))
            .with_state(desk.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        Self { address, desk, serving }
    }

    /// Somebody whom the site has sent here signs in: the code that they are sent back with.
    fn sign_in(&self, location: &str) -> (Asked, String) {
        let asked = query_of(location);
        let mut desk = self.desk.lock().expect("not poisoned");
        let code = format!("code-{}", desk.codes.len() + desk.brought);
        desk.codes.insert(code.clone(), asked.clone());
        (asked, code)
    }

    /// Makes its tokens say something else.
    fn says(&self, name: &str, value: Value) {
        self.desk.lock().expect("not poisoned").claims[name] = value;
    }
}

/// The token endpoint, as strict as one is.
async fn token(State(desk): State<Arc<Mutex<Desk>>>, headers: HeaderMap, body: String) -> (StatusCode, Json<Value>) {
    let form = query_of(&format!("http://h/?{body}"));
    let mut desk = desk.lock().expect("not poisoned");
    desk.brought += 1;
    if desk.is_down {
        return (StatusCode::BAD_GATEWAY, Json(Value::Null));
    }
    let basic = format!("Basic {}", STANDARD.encode("pages:s3cret%2F7"));
    if headers.get("authorization").is_none_or(|shown| shown != basic.as_str()) {
        return (StatusCode::UNAUTHORIZED, Json(json!({"error": "invalid_client"})));
    }
    let asked = form.get("code").and_then(|code| desk.codes.remove(code));
    let proof = form
        .get("code_verifier")
        .map(|text| URL_SAFE_NO_PAD.encode(Sha256::digest(text)));
    let fits = |asked: &Asked| {
        form.get("grant_type")
            .is_some_and(|grant| grant == "authorization_code")
            && asked.get("code_challenge") == proof.as_ref()
            && asked.get("redirect_uri") == form.get("redirect_uri")
    };
    let Some(asked) = asked.filter(fits) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"})));
    };
    let mut claims = desk.claims.clone();
    if claims["nonce"].is_null() {
        claims["nonce"] = json!(asked["nonce"]);
    }
    let id_token = signed(desk.key, 0, &claims);
    (
        StatusCode::OK,
        Json(json!({"id_token": id_token, "access_token": "a", "token_type": "Bearer"})),
    )
}

fn query_of(address: &str) -> Asked {
    let url = reqwest::Url::parse(address).expect("an address");
    let pairs = url.query_pairs();
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

async fn site_of(issuer: &str) -> Site {
    let settings = Settings {
        oidc: Some(oidc::Settings {
            issuer: issuer.to_owned(),
            audience: "provdir".to_owned(),
            keys: Keys::Published,
        }),
        sign_in: Some(oidc_code::Settings {
            client_id: "pages".to_owned(),
            client_secret: Some("s3cret/7".parse().expect("any text")),
            public_url: PUBLIC.to_owned(),
            name: Some("Example & Co".to_owned()),
        }),
        public_url: Some(PUBLIC.to_owned()),
        ..Settings::default()
    };
    Site::set_up(schema::Handle::embedded(), settings).await
}

/// A browser asks for a page, with a cookie if it has one.
async fn open(site: &Site, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header("cookie", cookie);
    site.send(request.body(Body::empty()).expect("a request")).await
}

/// Somebody on the way: the address at the issuer and the cookie of the way.
async fn begun(site: &Site, next: &str) -> (String, String) {
    let away = open(site, &format!("/sign-in/oidc?next={next}"), "").await;
    assert_eq!(away.status, 303, "{}", away.text);
    let set = cookies(&away);
    assert_eq!(set.len(), 1, "{set:?}");
    assert!(
        set[0].starts_with("provdir_sign_in=")
            && set[0].ends_with("; Path=/directory/sign-in/oidc; HttpOnly; SameSite=Lax; Max-Age=600; Secure"),
        "{set:?}"
    );
    (away.header("location").to_owned(), sent_back(&set[0]))
}

async fn sessions(site: &Site, user: UserId) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM user_session WHERE user_id = $1")
        .bind(user.0)
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("counted")
}

/// D14: from the sign-in page to the issuer and back to the page that was wanted, as the person that the API would know.
#[tokio::test]
async fn feature_d14_a_browser_signs_in_at_the_issuer() {
    let issuer = Issuer::open().await;
    let site = site_of(&issuer.address).await;
    let jane = account(&site.house, "jane@example.org", false, None).await;
    let alpha = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    join(&site.house, alpha, jane, Role::OrganizationAdmin).await;

    let page = site.get("/sign-in?next=/admin/").await;
    let link = format!("<a href=\"{PUBLIC}/sign-in/oidc?next=%2Fadmin%2F\">Sign in with Example &amp; Co</a>");
    assert!(page.text.contains(&link), "{}", page.text);
    assert!(
        page.text.contains("name=\"password\""),
        "built-in accounts are there, too"
    );

    let (location, cookie) = begun(&site, "/docs%3Fa=b").await;
    assert!(
        location.starts_with(&format!("{}/authorize?tenant=7&", issuer.address)),
        "{location}"
    );
    let (asked, code) = issuer.sign_in(&location);
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "pages"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid email"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked.get(name).map(String::as_str), Some(value), "{name}");
    }
    let secrets = ["state", "nonce", "code_challenge"].map(|name| asked[name].clone());
    assert!(secrets.iter().all(|secret| secret.len() == 43), "{secrets:?}");
    let callback = format!(
        "/sign-in/oidc/callback?code={code}&state={}&session_state=theirs",
        asked["state"]
    );
    let back = open(&site, &callback, &cookie).await;
    assert_eq!(
        (back.status.as_u16(), back.header("location")),
        (303, "/docs?a=b"),
        "{}",
        back.text
    );
    let set = cookies(&back);
    assert_eq!(set.len(), 2, "{set:?}");
    assert!(
        set[0].starts_with("provdir_sign_in=; ") && set[0].contains("Max-Age=0"),
        "{set:?}"
    );
    assert!(
        set[1].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure"),
        "{set:?}"
    );
    let me = open(&site, "/me", &sent_back(&set[1])).await;
    assert_eq!(me.status, 200, "{}", me.text);
    assert_eq!(me.json()["user"]["id"], json!(jane), "{}", me.text);
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'session.begin' AND entity_id = $1")
        .bind(jane.to_string())
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("counted");
    assert_eq!(noted, 1);

    // The same answer once more, by whoever has it: with the cookie the issuer refuses it, without it the site does.
    let brought = issuer.desk.lock().expect("not poisoned").brought;
    let again = open(&site, &callback, &cookie).await;
    assert_eq!(again.status, 401, "{}", again.text);
    assert!(again.text.contains("has been used already"), "{}", again.text);
    let bare = open(&site, &callback, "").await;
    assert_eq!(bare.status, 400, "{}", bare.text);
    assert_eq!(issuer.desk.lock().expect("not poisoned").brought, brought + 1);
    assert_eq!(sessions(&site, jane).await, 1);

    // Nowhere but to pages of ours, whatever the way there or the cookie says.
    let flow = oidc_code::Flow::new([[1; 32]; 3], "https://evil.example/");
    for next in ["https://evil.example/", "//evil.example", "/%5Cevil.example"] {
        let (location, cookie) = begun(&site, next).await;
        let (asked, code) = issuer.sign_in(&location);
        let callback = format!("/api/v1/sign-in/oidc/callback?code={code}&state={}", asked["state"]);
        let back = open(&site, &callback, &cookie).await;
        assert_eq!(
            (back.status.as_u16(), back.header("location")),
            (303, "/api/v1/"),
            "{next}"
        );
    }
    let forged = format!("provdir_sign_in={}", flow.to_text());
    let back = open(&site, "/sign-in/oidc/callback?code=c&state=x", &forged).await;
    assert!(back.status == 400 && !back.text.contains("evil"), "{}", back.text);
}

/// D14: what the issuer, or somebody else, gets wrong signs nobody in, and says why on a page.
#[tokio::test]
async fn feature_d14_no_other_answer_of_an_issuer_signs_anybody_in() {
    let issuer = Issuer::open().await;
    let site = site_of(&issuer.address).await;
    let jane = account(&site.house, "jane@example.org", false, None).await;
    // With these parameters in the place of the good ones, and this of the token otherwise.
    let refused = async |status: u16, says: &str, parameters: &dyn Fn(&str, &str) -> String| {
        let (location, cookie) = begun(&site, "/docs").await;
        let (asked, code) = issuer.sign_in(&location);
        let query = parameters(&code, &asked["state"]);
        let back = open(&site, &format!("/sign-in/oidc/callback?{query}"), &cookie).await;
        assert_eq!(back.status.as_u16(), status, "{query}: {}", back.text);
        assert!(
            back.text.contains("role=\"alert\"") && back.text.contains(says),
            "{says}: {}",
            back.text
        );
        assert!(
            back.text.contains("/sign-in?next=%2Fdocs\">Begin again"),
            "{}",
            back.text
        );
        let set = cookies(&back);
        assert!(set.len() == 1 && set[0].starts_with("provdir_sign_in=; "), "{set:?}");
    };
    let good = |code: &str, state: &str| format!("code={code}&state={state}");
    refused(400, "does not belong", &|code, _| {
        format!("code={code}&state={}", "A".repeat(43))
    })
    .await;
    refused(400, "does not belong", &|code, _| format!("code={code}")).await;
    refused(400, "no code", &|_, state| format!("state={state}")).await;
    refused(400, "says a thing twice", &|code, state| {
        format!("code={code}&state={state}&code=other")
    })
    .await;
    refused(401, "used already, or is too old", &|_, state| {
        format!("code=other&state={state}")
    })
    .await;
    refused(401, "or you may not", &|_, state| {
        format!("error=access_denied&error_description=%3Cb%3Epay%3C/b%3E&state={state}")
    })
    .await;
    refused(401, "another issuer", &|code, state| {
        format!("{}&iss=https://evil.example", good(code, state))
    })
    .await;
    // Somebody else's answer, put into the browser of one who has begun: the proof is not theirs.
    let (other, _) = begun(&site, "/").await;
    let (_, stolen) = issuer.sign_in(&other);
    refused(401, "used already, or is too old", &|_, state| {
        format!("code={stolen}&state={state}")
    })
    .await;

    let claims = issuer.desk.lock().expect("not poisoned").claims.clone();
    for (name, value, status, says) in [
        ("nonce", json!("another"), 401, "it belongs to another sign-in"),
        ("aud", json!("provdir"), 401, "it is for somebody else"),
        ("aud", json!(["pages", "others"]), 401, "another client asked for it"),
        ("azp", json!("others"), 401, "another client asked for it"),
        ("iss", json!("https://evil.example"), 401, "it is of another issuer"),
        ("exp", json!(noon().timestamp() - 61), 401, "it has run out"),
        ("email_verified", json!(false), 403, "you have no account here"),
        ("email", json!("nobody@example.org"), 403, "you have no account here"),
    ] {
        issuer.says(name, value);
        refused(status, says, &good).await;
        issuer.desk.lock().expect("not poisoned").claims = claims.clone();
    }
    issuer.desk.lock().expect("not poisoned").key = 1;
    refused(401, "its signature is wrong", &good).await;
    issuer.desk.lock().expect("not poisoned").key = 0;
    site.house
        .sql(&format!("UPDATE app_user SET is_active = false WHERE id = '{jane}'"))
        .await;
    refused(403, "you have no account here", &good).await;
    assert_eq!(sessions(&site, jane).await, 0);
    assert_eq!(site.get("/sign-in/oidc?begin=1").await.fault().1, "unknown_parameter");

    // While the issuer is away nobody gets in, and everything else is as it was.
    let (location, cookie) = begun(&site, "/docs").await;
    let (asked, code) = issuer.sign_in(&location);
    let away = site_of(&issuer.address).await;
    issuer.desk.lock().expect("not poisoned").is_down = true;
    issuer.serving.abort(); // Connections that are open stay so.
    while reqwest::get(format!("{}/keys", issuer.address)).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let callback = format!("/sign-in/oidc/callback?{}", good(&code, &asked["state"]));
    for answer in [
        open(&site, &callback, &cookie).await,
        open(&away, "/sign-in/oidc", "").await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert!(
            answer.text.contains("can&#39;t be asked right now") || answer.text.contains("can't be asked right now")
        );
    }
    assert_eq!(site.get("/sign-in").await.status, 200);
}

/// D14: where no issuer is trusted with pages, none is offered.
#[tokio::test]
async fn without_an_issuer_nobody_is_sent_anywhere() {
    let site = Site::open().await;
    assert!(!site.get("/sign-in").await.text.contains("Sign in with"));
    for path in ["/sign-in/oidc", "/sign-in/oidc/callback?code=c&state=s"] {
        let answer = site.get(path).await;
        assert!(
            answer.status == 404 && cookies(&answer).is_empty(),
            "{path}: {}",
            answer.text
        );
    }
}
