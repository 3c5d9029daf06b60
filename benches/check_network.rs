//! How long does a network check take, in process and over gRPC on loopback, and how many are answered in a second?
//!
//! ```text
//! cargo bench --bench check_network -- [--providers 100000] [--checks 200000] [--calls 20000] [--stored 5000] [--trials 200]
//! ```
//!
//! First providers are made up in memory, with two to three participations each; the table is the one that the server keeps.
//! Expected: a binary search over as many numbers as there are providers, so a microsecond or less in process. Then a smaller
//! directory is read from Postgres, as a server does it, asked by nobody in particular and by the bearer of a token (known from
//! memory as well: expected to cost a hash and a look more), and asked right after each of some changes: the clock runs from the
//! moment that COMMIT has answered until the check over gRPC says what is true now.

mod ground;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        network::{Facts, Question, Span, Terms, Timeline},
        provider::Participation,
        reference::{Days, Life, Network, OonPolicy, PendingPolicy, Plan, PlanNetwork, Reference},
    },
    feed::{
        self, Feed, Participations,
        participations::table::{Builder, Table},
    },
    index::{Index, schema::Handle},
    intake::{generate, load},
    interfaces::{
        grpc::proto::{CheckNetworkRequest, Decision, network_status_service_client::NetworkStatusServiceClient},
        http,
    },
    store::{
        self, Store,
        access::{Grant, issue_token},
        providers::ProviderKey,
        standing::Standing,
    },
    vocab::{LocationId, NetworkId, Npi, OrganizationId, PlanId, ProviderId, terms::NetworkStatus},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tonic::metadata::MetadataValue;
use uuid::Uuid;

/// Networks that there are.
const NETWORKS: u128 = 200;

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn main() {
    let count = ground::number("providers", 100_000);
    let before = ground::peak_megabytes();
    let began = Instant::now();
    let table = table(count);
    println!(
        "{} providers, {} participations: {} MB in the table, {} MB more resident at most, filled in {:.1} s",
        table.len(),
        table.participations(),
        table.bytes() >> 20,
        ground::peak_megabytes().saturating_sub(before),
        began.elapsed().as_secs_f64()
    );
    let participations = Participations::of_table(table, reference());
    in_process(&participations, count, ground::number("checks", 200_000));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let calls = ground::number("calls", 20_000);
    runtime.block_on(over_grpc(participations, count, calls));
    let (stored, trials) = (ground::number("stored", 5_000), ground::number("trials", 200));
    if stored > 0 {
        runtime.block_on(through_postgres(stored, calls, trials));
    }
}

fn day(dice: &mut ChaCha8Rng) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a day");
    first + chrono::Days::new(dice.random_range(0..700))
}

fn table(count: u64) -> Table {
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let mut builder = Builder::default();
    for n in 0..count {
        let places = dice.random_range(1..=2_u128);
        let participation = |dice: &mut ChaCha8Rng| Participation {
            id: Uuid::nil(),
            network_id: NetworkId(Uuid::from_u128(dice.random_range(0..NETWORKS))),
            location_id: Some(LocationId(Uuid::from_u128(
                u128::from(n) << 8 | dice.random_range(0..places),
            ))),
            tier: dice.random_ratio(1, 3).then(|| "PREFERRED".to_owned()),
            status: NetworkStatus::Active,
            effective: day(dice),
            termination: dice.random_ratio(1, 5).then(|| day(dice) + chrono::Days::new(700)),
            accepting: None,
            characteristics: None,
        };
        let many = 2 + usize::from(dice.random_ratio(1, 4));
        let participations = (0..many).map(|_| participation(&mut dice)).collect();
        let status = [NetworkStatus::Active, NetworkStatus::Inactive][usize::from(dice.random_ratio(1, 20))];
        let facts = Facts {
            timeline: Timeline::of([Span {
                from: day(&mut dice),
                status,
            }]),
            participations,
            taxonomies: vec![format!("{:010}", dice.random_range(0..800))],
        };
        builder.push(Standing {
            id: ProviderId(Uuid::from_u128(dice.random())),
            npi: Some(npi(n)),
            facts,
        });
    }
    builder.finish()
}

/// The `n`-th number: spread as real ones are.
fn npi(n: u64) -> Npi {
    Npi::from_base(100_000_000 + n * 19)
}

fn reference() -> Reference {
    let organization_id = OrganizationId(Uuid::nil());
    let network = |n| Network {
        id: NetworkId(Uuid::from_u128(n)),
        name: format!("Network {n}"),
        organization_id,
        public: true,
        life: Life::default(),
    };
    let plan = |n: u128| Plan {
        id: PlanId(Uuid::from_u128(n)),
        code: format!("PLAN{n}"),
        name: format!("Plan {n}"),
        organization_id,
        networks: (0..4)
            .map(|k| PlanNetwork {
                network_id: NetworkId(Uuid::from_u128((n + k * 7) % NETWORKS)),
                tier: None,
                days: Days::default(),
            })
            .collect(),
        oon_policy: OonPolicy::Pay,
        pending_policy: PendingPolicy::Hold,
        earlier_policies: Vec::new(),
        life: Life::default(),
    };
    Reference {
        networks: (0..NETWORKS).map(network).collect(),
        plans: (0..NETWORKS).map(plan).collect(),
        organizations: Vec::new(),
    }
}

/// Somebody of the table; one in a hundred is not in it.
fn question(dice: &mut ChaCha8Rng, count: u64) -> Question {
    let strange = dice.random_ratio(1, 100);
    Question {
        npi: npi(dice.random_range(0..count) + if strange { count } else { 0 }),
        service_date: day(dice) + chrono::Days::new(300),
        location_id: None,
        taxonomy: None,
    }
}

fn in_process(participations: &Participations, count: u64, checks: u64) {
    let mut dice = ChaCha8Rng::seed_from_u64(2);
    let reference = participations.reference();
    let mut took = Vec::new();
    for _ in 0..checks {
        let question = question(&mut dice, count);
        let plan = &reference.plans[dice.random_range(0..reference.plans.len())];
        let began = Instant::now();
        let answer = participations.check(&question, &Terms::of_plan(plan, question.service_date));
        took.push(began.elapsed());
        assert!(answer.is_some());
    }
    tell("in process", took, None);
}

/// A server on loopback.
struct Served {
    address: String,
    feed: Feed,
    stop: tokio_util::sync::CancellationToken,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Served {
    /// Serves what is in the store; with participations that are given in the place of those that it reads.
    async fn start(ground: &ground::Ground, given: Option<Participations>) -> Self {
        let schema = Handle::embedded();
        let index = Index::open(&ground.folder.join("index"), schema.clone()).expect("an index");
        let settings = feed::Settings {
            poll: Duration::from_secs(1),
            batch: 1_000,
            commit_after: Duration::from_secs(1),
            commit_changes: 10_000,
            clock: now,
        };
        let store = Store::connect(&ground.access, 8).await.expect("connected");
        let mut feed = Feed::start(store.clone(), index.clone(), settings);
        if let Some(given) = given {
            feed = feed.with_participations(given);
        }
        let rooms = http::Rooms::new(store, index, schema, feed.clone(), http::Settings::default(), now);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = tokio_util::sync::CancellationToken::new();
        let serving = tokio::spawn(http::serve(listener, Arc::new(rooms), stop.clone().cancelled_owned()));
        Self {
            address,
            feed,
            stop,
            serving,
        }
    }

    async fn end(self) {
        self.stop.cancel();
        let _ = self.serving.await;
        self.feed.stop().await;
    }
}

async fn over_grpc(participations: Participations, count: u64, calls: u64) {
    let ground = ground::Ground::open("check").await;
    let served = Served::start(&ground, Some(participations)).await;
    let made_up = move |n: u64| (npi(n % count), format!("PLAN{}", u128::from(n) % NETWORKS));
    both_ways(&served.address, "gRPC", None, calls, made_up).await;
    served.end().await;
    ground.close().await;
}

/// One caller, then sixteen at once.
async fn both_ways(
    address: &str,
    how: &str,
    token: Option<&str>,
    calls: u64,
    pick: impl Fn(u64) -> (Npi, String) + Clone + Send + 'static,
) {
    let took = call(address, token, calls, 3, pick.clone()).await;
    tell(&format!("{how}, one after the other"), took, None);
    let began = Instant::now();
    let callers = (0..16).map(|n| {
        let (address, pick, token) = (address.to_owned(), pick.clone(), token.map(str::to_owned));
        tokio::spawn(async move { call(&address, token.as_deref(), calls / 4, 100 + n, pick).await })
    });
    let mut took = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        took.extend(caller.await.expect("done"));
    }
    tell(&format!("{how}, sixteen at once"), took, Some(began.elapsed()));
}

/// A directory that is in Postgres: read, asked, and asked right after each change.
async fn through_postgres(count: u64, calls: u64, trials: u64) {
    let ground = ground::Ground::open("check-stored").await;
    let lexicon = Handle::embedded().lexicon();
    load::networks(&ground.store).await.expect("networks");
    load::synthetic(&ground.store, &lexicon, count, 1, now(), |_| {})
        .await
        .expect("loaded");
    let served = Served::start(&ground, None).await;
    let end = store::outbox::end(&ground.store).await.expect("an end");
    let began = Instant::now();
    let memory = served.feed.participations();
    assert!(memory.wait_for(end, Duration::from_secs(600)).await, "read in time");
    let size = memory.size();
    println!(
        "{} providers, {} participations read from Postgres in {:.1} s",
        size.providers,
        size.participations,
        began.elapsed().as_secs_f64()
    );
    let plans: Vec<String> = generate::reference().plans.into_iter().map(|plan| plan.code).collect();
    let pick = move |n: u64| {
        let of = generate::provider(n % count, 1).npi;
        (of, plans[usize::try_from(n).unwrap_or_default() % plans.len()].clone())
    };
    both_ways(&served.address, "gRPC, from Postgres", None, calls, pick.clone()).await;
    let token = machine(&ground).await;
    served.feed.identities().catch_up().await;
    both_ways(&served.address, "gRPC, with a token", Some(&token), calls, pick).await;
    right_after_commit(&ground, &served.address, count, trials).await;
    served.end().await;
    ground.close().await;
}

/// The token of a machine that may check networks.
async fn machine(ground: &ground::Ground) -> String {
    let grant = Grant {
        name: "bench".to_owned(),
        role: Role::Service,
        organization_id: None,
        scopes: vec!["network:check".to_owned()],
        expires_at: None,
    };
    let actor = Actor::new("bench", Role::PlatformAdmin);
    let mut tx = ground.store.begin(&actor).await.expect("begun");
    let token = issue_token(&mut tx, &grant, [7; 32], now()).await.expect("a token");
    tx.commit().await.expect("committed");
    token
}

/// A provider is taken out and asked for at once, with the position of that change.
async fn right_after_commit(ground: &ground::Ground, address: &str, count: u64, trials: u64) {
    let mut client = NetworkStatusServiceClient::connect(address.to_owned())
        .await
        .expect("connected");
    let plan = generate::reference().plans.first().map(|plan| plan.code.clone());
    let actor = Actor::new("bench", Role::PlatformAdmin);
    let (mut took, mut n) = (Vec::new(), 0);
    while (took.len() as u64) < trials && n < count {
        let npi = generate::provider(n, 1).npi;
        n += 1;
        let mut tx = ground.store.begin(&actor).await.expect("begun");
        let found = store::providers::find(&mut tx, &ProviderKey::Npi(npi))
            .await
            .expect("read");
        let Some(provider) = found.filter(|p| p.network_status == NetworkStatus::Active) else {
            continue;
        };
        store::providers::deactivate(&mut tx, provider.id, provider.version, "bench", now())
            .await
            .expect("taken out");
        let position = tx.commit().await.expect("committed");
        let began = Instant::now();
        let asked = CheckNetworkRequest {
            npi: npi.to_string(),
            plan_id: plan.clone().unwrap_or_default(),
            min_position: position.to_string(),
            ..CheckNetworkRequest::default()
        };
        let answer = client.check_network(asked).await.expect("an answer").into_inner();
        took.push(began.elapsed());
        assert_ne!(
            answer.decision(),
            Decision::InNetwork,
            "it was taken out before it was asked"
        );
    }
    tell("gRPC, right after a commit", took, None);
}

async fn call(
    address: &str,
    token: Option<&str>,
    calls: u64,
    seed: u64,
    pick: impl Fn(u64) -> (Npi, String),
) -> Vec<Duration> {
    let bearer = token.map(|token| format!("Bearer {token}").parse().expect("ASCII"));
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut client = NetworkStatusServiceClient::connect(address.to_owned())
        .await
        .expect("connected");
    let mut took = Vec::new();
    for _ in 0..calls {
        let (npi, plan_id) = pick(dice.random_range(0..1 << 40));
        let asked = CheckNetworkRequest {
            npi: npi.to_string(),
            plan_id,
            service_date: (day(&mut dice) + chrono::Days::new(300)).to_string(),
            ..CheckNetworkRequest::default()
        };
        let mut asked = tonic::Request::new(asked);
        if let Some(bearer) = &bearer {
            asked
                .metadata_mut()
                .insert("authorization", MetadataValue::clone(bearer));
        }
        let began = Instant::now();
        client.check_network(asked).await.expect("an answer");
        took.push(began.elapsed());
    }
    took
}

fn tell(how: &str, mut took: Vec<Duration>, all: Option<Duration>) {
    took.sort_unstable();
    let at = |share: f64| {
        took.get((took.len() as f64 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    let us = |d: Duration| d.as_secs_f64() * 1e6;
    let all = all.unwrap_or_else(|| took.iter().sum());
    println!(
        "{how:<40} {:>8} checks   median {:>8.2} us   99 % {:>8.2} us   {:>9.0} a second",
        took.len(),
        us(at(0.5)),
        us(at(0.99)),
        took.len() as f64 / all.as_secs_f64()
    );
}
