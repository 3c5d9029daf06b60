//! How long is a token still taken on another node after its revocation has been acknowledged?
//!
//! ```text
//! cargo bench --bench token_revocation -- [--trials 300]
//! ```
//!
//! Two nodes with connections, feeds and memories of their own stand on one Postgres. A token is shown to the second node until
//! it is known there, revoked in a transaction of the first, and shown to the second without a pause until it is refused. The
//! clock runs from the moment that COMMIT has answered to the answer 401. A provider's token for the portal is asked about in
//! the store at every request: expected are no answers at all after the commit but the first, so the time of one request. A
//! machine's token for network checks is known from memory, which follows the store: expected is what a notification takes to
//! come, a few milliseconds. In any case it has to be less than a second.

mod ground;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use chrono::{DateTime, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        reference::Organization,
    },
    feed::{self, Feed},
    index::{Index, schema::Handle},
    interfaces::http::{Rooms, Settings, router},
    store::{
        Store,
        access::{Grant, issue_token, revoke_token},
        agency_providers, networks, provider_tokens,
        provider_tokens::NewToken,
        provider_users, providers,
    },
    vocab::{OrganizationId, ProviderUserId, terms::ProviderUserKind},
};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn main() {
    let trials = ground::number("trials", 300);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(trials));
}

/// A node: what it answers with, and what keeps it fresh.
struct Node {
    store: Store,
    router: Router,
    feed: Feed,
}

impl Node {
    async fn start(ground: &ground::Ground, name: &str) -> Self {
        let schema = Handle::embedded();
        let folder: PathBuf = ground.folder.join(name);
        let index = Index::open(&folder, schema.clone()).expect("an index");
        let store = Store::connect(&ground.access, 8).await.expect("connected");
        let settings = feed::Settings {
            poll: Duration::from_secs(1),
            batch: 1_000,
            commit_after: Duration::from_secs(1),
            commit_changes: 10_000,
            clock: now,
        };
        let feed = Feed::start(store.clone(), index.clone(), settings);
        feed.caught_up().await.expect("caught up");
        let rooms = Rooms::new(store.clone(), index, schema, feed.clone(), Settings::default(), now);
        Self {
            store,
            router: router(Arc::new(rooms)),
            feed,
        }
    }

    /// What the node says to the bearer of a token.
    async fn says(&self, path: &str, token: &str) -> StatusCode {
        let request = Request::get(path).header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).expect("a request");
        let Ok(answer) = self.router.clone().oneshot(request).await;
        answer.status()
    }

    /// How long the token is still taken, and how often.
    async fn takes(&self, path: &str, token: &str) -> (Duration, u32) {
        let began = Instant::now();
        let mut taken = 0;
        while self.says(path, token).await != StatusCode::UNAUTHORIZED {
            taken += 1;
            assert!(began.elapsed() < Duration::from_secs(10), "it is never refused");
        }
        (began.elapsed(), taken)
    }

    async fn end(self) {
        self.feed.stop().await;
        self.store.close().await;
    }
}

async fn run(trials: u64) {
    let ground = ground::Ground::open("revocation").await;
    let (here, there) = (Node::start(&ground, "here").await, Node::start(&ground, "there").await);
    let (agency, user) = guest(&here.store).await;
    let (mut portal, mut machine) = (Vec::new(), Vec::new());
    for n in 0..trials {
        let secret = || {
            let mut secret = [0; 32];
            secret[..8].copy_from_slice(&n.to_be_bytes());
            secret
        };
        portal.push(provider(&here, &there, &agency, user, secret()).await);
        machine.push(checker(&here, &there, &format!("m{n}"), secret()).await);
    }
    tell("a provider's token, asked about in the store", portal);
    tell("a machine's token, known from memory", machine);
    println!(
        "two nodes in one process: {} MB resident at most",
        ground::peak_megabytes()
    );
    here.end().await;
    there.end().await;
    ground.close().await;
}

/// An agency with somebody at an outside provider.
async fn guest(store: &Store) -> (Actor, ProviderUserId) {
    let organization = Organization {
        id: OrganizationId(Uuid::now_v7()),
        name: "Hope".to_owned(),
        slug: "hope".to_owned(),
        kind: "agency".to_owned(),
    };
    let platform = Actor::new("bench", Role::PlatformAdmin);
    let mut tx = store.begin(&platform).await.expect("begun");
    networks::create_organization(&mut tx, &organization)
        .await
        .expect("created");
    tx.commit().await.expect("committed");
    let staff = Actor::new("bench", Role::OrganizationAdmin).within(organization.id);
    let new = json!({"kind": "organization", "category": "attorney", "organization_name": "Law"});
    let new = serde_json::from_value(new).expect("a provider");
    let mut tx = store.begin(&staff).await.expect("begun");
    let provider = providers::create(&mut tx, &new, now()).await.expect("created");
    agency_providers::add(&mut tx, provider.id, "attorney")
        .await
        .expect("added");
    let email = Some("ann@example.org");
    let user = provider_users::invite(&mut tx, provider.id, ProviderUserKind::Person, "Ann", email).await;
    let user = user.expect("invited").id;
    provider_users::set_active(&mut tx, user, true).await.expect("active");
    tx.commit().await.expect("committed");
    (staff, user)
}

async fn provider(here: &Node, there: &Node, staff: &Actor, user: ProviderUserId, secret: [u8; 32]) -> (Duration, u32) {
    const PATH: &str = "/api/provider-auth";
    let new = NewToken {
        user,
        name: "bench".to_owned(),
        scopes: Vec::new(),
        expires_at: None,
    };
    let mut tx = here.store.begin(staff).await.expect("begun");
    let (listed, token) = provider_tokens::issue(&mut tx, &new, secret).await.expect("issued");
    tx.commit().await.expect("committed");
    assert_eq!(there.says(PATH, &token).await, StatusCode::OK);
    let mut tx = here.store.begin(staff).await.expect("begun");
    provider_tokens::revoke(&mut tx, listed.id.into())
        .await
        .expect("revoked");
    tx.commit().await.expect("committed");
    there.takes(PATH, &token).await
}

async fn checker(here: &Node, there: &Node, name: &str, secret: [u8; 32]) -> (Duration, u32) {
    const PATH: &str = "/network-status?npi=1234567893&network=none";
    let platform = Actor::new("bench", Role::PlatformAdmin);
    let grant = Grant {
        name: name.to_owned(),
        role: Role::Service,
        organization_id: None,
        scopes: vec!["network:check".to_owned()],
        expires_at: None,
    };
    let mut tx = here.store.begin(&platform).await.expect("begun");
    let token = issue_token(&mut tx, &grant, secret, now()).await.expect("issued");
    tx.commit().await.expect("committed");
    there.feed.identities().catch_up().await;
    assert_eq!(
        there.says(PATH, &token).await,
        StatusCode::NOT_FOUND,
        "a network that is not there"
    );
    let mut tx = here.store.begin(&platform).await.expect("begun");
    assert!(revoke_token(&mut tx, name, now()).await.expect("asked"), "it was good");
    tx.commit().await.expect("committed");
    there.takes(PATH, &token).await
}

fn tell(what: &str, mut took: Vec<(Duration, u32)>) {
    took.sort_unstable();
    let at = |share: f64| {
        took.get((took.len() as f64 * share) as usize)
            .or(took.last())
            .copied()
            .unwrap_or_default()
    };
    let ms = |share| at(share).0.as_secs_f64() * 1e3;
    let still = took.iter().filter(|(_, taken)| *taken > 0).count();
    println!(
        "{what:<46} {:>5} revocations   median {:>6.2} ms   99 % {:>6.2} ms   worst {:>6.2} ms   still taken at first {still} times",
        took.len(),
        ms(0.5),
        ms(0.99),
        ms(1.0)
    );
}
