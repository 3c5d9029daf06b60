//! A whole site for a test: store, index, feed and the HTTP face, asked in process.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use chrono::{DateTime, Utc};
use provider_directory::{
    domain::access::Role,
    feed::{self, Feed},
    index::{Index, schema},
    interfaces::http::{Rooms, Settings, router},
    store::{
        Store,
        access::{Grant, issue_token},
    },
};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use super::house::{House, admin, noon};

/// The site, with an administrator's token.
pub struct Site {
    pub house: Arc<House>,
    pub token: String,
    /// What answers; a bulk load is in it after `wait_for_all`.
    pub index: Index,
    /// What keeps it fresh.
    pub feed: Feed,
    router: Router,
    _dir: TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// A header as text; empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// The version that its tag names, whatever stands behind it.
    pub fn version(&self) -> &str {
        let tag = self.header("etag").trim_matches('"');
        tag.split_once('-').map_or(tag, |(version, _)| version)
    }

    /// The code of the first fault of a problem, behind its field.
    pub fn fault(&self) -> (String, String) {
        let first = &self.json()["errors"][0];
        let text = |name: &str| first[name].as_str().unwrap_or_default().to_owned();
        (text("field"), text("code"))
    }
}

impl Site {
    /// An empty directory that is being served, also under `/api/v1`.
    pub async fn open() -> Self {
        Self::with(schema::Handle::embedded()).await
    }

    /// The same with a schema of one's own.
    pub async fn with(handle: schema::Handle) -> Self {
        Self::set_up(handle, Settings::default()).await
    }

    /// The same by a clock of one's own.
    pub async fn on_clock(clock: fn() -> DateTime<Utc>) -> Self {
        Self::set_up_on(schema::Handle::embedded(), Settings::default(), clock).await
    }

    /// The same with settings of one's own.
    pub async fn set_up(handle: schema::Handle, settings: Settings) -> Self {
        Self::set_up_on(handle, settings, noon).await
    }

    async fn set_up_on(handle: schema::Handle, settings: Settings, clock: fn() -> DateTime<Utc>) -> Self {
        let house = Arc::new(House::open().await);
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        let grant = Grant {
            name: "ops".to_owned(),
            role: Role::PlatformAdmin,
            organization_id: None,
            scopes: Vec::new(),
            expires_at: None,
        };
        let token = issue_token(&mut tx, &grant, [7; 32], noon()).await.expect("a token");
        tx.commit().await.expect("committed");
        let store = house.store.clone();
        Self::node(house, store, handle, token, (settings, clock)).await
    }

    /// Another node of the same site: its own connections, index and feed on the same database.
    pub async fn second_node(&self) -> Self {
        let store = Store::connect(&self.house.access, 5).await.expect("connected");
        Self::node(
            self.house.clone(),
            store,
            schema::Handle::embedded(),
            self.token.clone(),
            (Settings::default(), noon),
        )
        .await
    }

    async fn node(
        house: Arc<House>,
        store: Store,
        handle: schema::Handle,
        token: String,
        (settings, clock): (Settings, fn() -> DateTime<Utc>),
    ) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let index = Index::open(dir.path(), handle.clone()).expect("an index");
        let feed = Feed::start(
            store.clone(),
            index.clone(),
            feed::Settings {
                poll: Duration::from_millis(200),
                batch: 1000,
                commit_after: Duration::from_secs(1),
                commit_changes: 1000,
                clock: noon,
            },
        );
        feed.caught_up().await.expect("caught up");
        let settings = Settings {
            prefix: "/api/v1".to_owned(),
            ..settings
        };
        let rooms = Rooms::new(store, index.clone(), handle, feed.clone(), settings, clock);
        Self {
            router: router(Arc::new(rooms)),
            house,
            token,
            index,
            feed,
            _dir: dir,
        }
    }

    /// Serves on a free port until the process ends: for clients that speak to an address.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = self.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request"))
            .await
    }

    /// Writes as the administrator; `version` goes into `If-Match`.
    pub async fn write(&self, method: &str, path: &str, version: Option<&str>, body: Value) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json");
        if let Some(version) = version {
            request = request.header("if-match", version);
        }
        self.send(request.body(Body::from(body.to_string())).expect("a request"))
            .await
    }

    /// Creates a person in public and waits until a search sees them.
    pub async fn person(&self, body: Value) -> Value {
        let created = self.write("POST", "/providers", None, body).await;
        assert_eq!(created.status, 201, "{}", created.text);
        let search = format!(
            "/providers/search?limit=1&min_position={}",
            created.header("x-position")
        );
        let mut seen = self.get(&search).await;
        // A machine with much else to do may take longer than a search waits.
        for _ in 0..30 {
            if seen.status == 503 {
                seen = self.get(&search).await;
            }
        }
        assert_eq!(seen.status, 200, "{}", seen.text);
        created.json()
    }

    /// What answers, for a test that reads an answer piece by piece.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Sends any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.expect("a whole body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).expect("text"),
        }
    }
}
