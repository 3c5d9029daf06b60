//! How long after its commit in Postgres is a change found by a search: alone, beside an import, ten thousand at once, and
//! five hundred a second while others search?
//!
//! ```text
//! cargo bench --bench change_to_findable -- [--trials 1000] [--providers 2000] [--at_once 1000] [--seconds 5]
//! ```
//!
//! Half of the trials write through the store, half by plain SQL. The clock runs from the moment that COMMIT has
//! answered until a search for the new name finds the provider. The README tells of the size that is asked for by no flag.

mod ground;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        reference::Reference,
    },
    feed::{self, Feed},
    index::{Index, schema::Handle},
    intake::{generate, load},
    query,
    store::providers,
    vocab::ProviderId,
};
use sqlx::{Connection, PgConnection};

/// Changes a second beside which queries are measured.
const CHANGES_A_SECOND: u64 = 500;

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure());
}

/// What all measurements share.
struct Bench {
    ground: ground::Ground,
    schema: Handle,
    index: Index,
    providers: u64,
}

async fn measure() {
    let (trials, count) = (ground::number("trials", 1_000), ground::number("providers", 2_000));
    let ground = ground::Ground::open("change").await;
    let schema = Handle::embedded();
    load::networks(&ground.store).await.expect("networks");
    load::synthetic(&ground.store, &schema.lexicon(), count, 1, now(), |_| {})
        .await
        .expect("loaded");
    let index = Index::open(&ground.folder.join("index"), schema.clone()).expect("an index");
    // As the server has them.
    let settings = feed::Settings {
        poll: Duration::from_secs(1),
        batch: 1_000,
        commit_after: Duration::from_secs(1),
        commit_changes: 10_000,
        clock: now,
    };
    let feed = Feed::start(ground.store.clone(), index.clone(), settings);
    feed.caught_up().await.expect("caught up");
    feed.rebuild().await.expect("one segment");
    let bench = Bench {
        ground,
        schema,
        index,
        providers: count,
    };
    println!("{count} providers; from COMMIT until a search finds the change:");
    bench.alone("", trials).await;
    bench.beside_an_import(trials / 2).await;
    feed.rebuild().await.expect("one segment");
    bench.at_once(ground::number("at_once", 1_000)).await;
    bench
        .beside_queries(Duration::from_secs(ground::number("seconds", 5)))
        .await;
    println!("{} MB resident at most", ground::peak_megabytes());
    feed.stop().await;
    bench.ground.close().await;
}

impl Bench {
    /// One change after the other, half through the store, half by plain SQL.
    async fn alone(&self, beside: &str, trials: u64) {
        let mut sql = self.owner().await;
        let (mut by_store, mut by_sql) = (Vec::new(), Vec::new());
        let mut made = Vec::new();
        for n in 0..trials {
            let name = format!("{}{}", word(n), if beside.is_empty() { "" } else { "beside" });
            if n % 2 == 0 {
                let new = serde_json::json!({"kind": "individual", "category": "practitioner", "last_name": name});
                let new = serde_json::from_value(new).expect("a provider");
                let mut tx = self.ground.store.begin(&administrator()).await.expect("begun");
                made.push(providers::create(&mut tx, &new, now()).await.expect("created").id);
                tx.commit().await.expect("committed");
                by_store.push(self.until_found(&name, 1).await);
            } else {
                let id = made[usize::try_from(n / 2).expect("small")];
                rename(&mut sql, &[id], &name).await;
                by_sql.push(self.until_found(&name, 1).await);
            }
        }
        tell(&format!("through the store{beside}"), by_store);
        tell(&format!("by plain SQL{beside}"), by_sql);
    }

    /// The same while half as many providers again are being loaded, and a new generation is built of them.
    async fn beside_an_import(&self, trials: u64) {
        let (store, lexicon) = (self.ground.store.clone(), self.schema.lexicon());
        let (count, done) = (self.providers + self.providers / 2, Arc::new(AtomicBool::new(false)));
        let over = done.clone();
        let import = tokio::spawn(async move {
            load::synthetic(&store, &lexicon, count, 1, now(), |_| {})
                .await
                .expect("loaded");
            over.store(true, Ordering::Relaxed);
        });
        self.alone(", beside an import", trials).await;
        let ended = if done.load(Ordering::Relaxed) {
            "before"
        } else {
            "after"
        };
        import.await.expect("an import");
        println!("  (the import ended {ended} the last trial)");
    }

    /// Many providers renamed in one transaction.
    async fn at_once(&self, changes: u64) {
        let mut sql = self.owner().await;
        let ids = self.some(changes);
        let mut took = Vec::new();
        for trial in 0..3 {
            let name = format!("Zqatonce{}", ["one", "two", "three"][trial]);
            rename(&mut sql, &ids, &name).await;
            took.push(self.until_found(&name, ids.len() as u64).await);
        }
        tell(&format!("{} changes in one transaction", ids.len()), took);
    }

    /// Queries by themselves, then with changes flowing in.
    async fn beside_queries(&self, each: Duration) {
        let quiet = self.queries(each).await;
        let flow = Arc::new(AtomicBool::new(true));
        let (flows, index) = (flow.clone(), self.index.clone());
        let most = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let seen = most.clone();
        let watching = tokio::spawn(async move {
            while flows.load(Ordering::Relaxed) {
                let status = index.status();
                seen.0.fetch_max(status.overlay, Ordering::Relaxed);
                seen.1.fetch_max(status.segments, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let (mut sql, ids, flows) = (self.owner().await, self.some(10_000), flow.clone());
        let writing = tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_micros(1_000_000 / CHANGES_A_SECOND));
            let mut changes = 0_u64;
            while flows.load(Ordering::Relaxed) {
                every.tick().await;
                let id = ids[usize::try_from(changes).expect("small") % ids.len()];
                rename(&mut sql, &[id], &word(changes)).await;
                changes += 1;
            }
            changes
        });
        let began = Instant::now();
        let beside = self.queries(each).await;
        flow.store(false, Ordering::Relaxed);
        let changes = writing.await.expect("a writer");
        watching.await.expect("a watcher");
        let rate = changes as f64 / began.elapsed().as_secs_f64();
        let quiet_p99 = tell("queries by themselves", quiet);
        let beside_p99 = tell(&format!("queries beside {rate:.0} changes a second"), beside);
        println!(
            "  p99 is {:.2} times what it was; {} providers in the overlay and {} segments at most",
            beside_p99 / quiet_p99.max(0.001),
            most.0.load(Ordering::Relaxed),
            most.1.load(Ordering::Relaxed)
        );
    }

    /// Asks for names, specialties at places, and whoever is near, on a thread of its own, for a while.
    async fn queries(&self, each: Duration) -> Vec<Duration> {
        let (index, lexicon, count) = (self.index.clone(), self.schema.lexicon(), self.providers);
        let asking = tokio::task::spawn_blocking(move || {
            let requests: Vec<query::Request> = (0..300)
                .map(|n| {
                    let provider = generate::provider(n * count / 300, 1).to_provider(&lexicon);
                    let point = provider.locations.iter().find_map(|location| location.point);
                    let near = point.map_or("40.7,-74".to_owned(), |at| format!("{},{}", at.lat(), at.lon()));
                    let name = provider.name.last.or(provider.name.organization).unwrap_or_default();
                    let code = provider.specialties.first().map_or("207Q00000X", |s| s.code.as_str());
                    let pairs = match n % 3 {
                        0 => vec![("name", name.as_str())],
                        1 => vec![("specialty", code), ("near", near.as_str()), ("radius", "25")],
                        _ => vec![("near", near.as_str()), ("radius", "10")],
                    };
                    let pairs: Vec<(String, String)> =
                        pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                    query::Request::parse(&pairs, &lexicon, &Reference::default()).expect("parameters")
                })
                .collect();
            let (mut took, began) = (Vec::new(), Instant::now());
            for request in requests.iter().cycle() {
                let asked = Instant::now();
                let answer = query::search(&index.snapshot(), request, now()).expect("an answer");
                serde_json::to_vec(&answer).expect("JSON");
                took.push(asked.elapsed());
                if began.elapsed() > each {
                    break;
                }
            }
            took
        });
        asking.await.expect("queries")
    }

    async fn owner(&self) -> PgConnection {
        PgConnection::connect_with(&self.ground.access.owner)
            .await
            .expect("the owner")
    }

    /// So many providers of the index, or all.
    fn some(&self, many: u64) -> Vec<ProviderId> {
        let mut ids = Vec::new();
        self.index.versions(|id, _| ids.push(id));
        ids.truncate(usize::try_from(many).expect("small"));
        ids
    }

    /// Waits until so many bear a name.
    async fn until_found(&self, name: &str, many: u64) -> Duration {
        let began = Instant::now();
        let parameters = [
            ("name".to_owned(), name.to_owned()),
            ("match".to_owned(), "exact".to_owned()),
        ];
        let request = query::Request::parse(&parameters, &self.schema.lexicon(), &Reference::default());
        let request = request.expect("parameters");
        loop {
            let answer = query::search(&self.index.snapshot(), &request, now()).expect("an answer");
            if answer.total.is_some_and(|total| total.value >= many) {
                return began.elapsed();
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
}

/// Gives providers a name; of an organisation it is the organisation's.
async fn rename(sql: &mut PgConnection, ids: &[ProviderId], name: &str) {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query(
        "UPDATE provider SET last_name = CASE kind WHEN 'individual' THEN $2 END,
             organization_name = CASE kind WHEN 'organization' THEN $2 END
         WHERE id = ANY($1)",
    )
    .bind(ids)
    .bind(name)
    .execute(sql)
    .await
    .expect("changed");
}

/// A last name that nobody else has.
fn word(n: u64) -> String {
    let letters = (0..6).map(|at| char::from(b'a' + u8::try_from(n / 26_u64.pow(at) % 26).expect("a letter")));
    format!("Zq{}", letters.collect::<String>())
}

/// Prints a line, and gives the 99th percentile in milliseconds.
fn tell(how: &str, mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).or(took.last()).copied();
    let ms = |d: Option<Duration>| d.unwrap_or_default().as_secs_f64() * 1_000.0;
    println!(
        "{how:<44} {:>7} times   median {:>8.3} ms   99 % {:>8.3} ms   worst {:>8.3} ms",
        took.len(),
        ms(at(0.5)),
        ms(at(0.99)),
        ms(took.last().copied())
    );
    ms(at(0.99))
}

fn administrator() -> Actor {
    Actor::new("bench", Role::PlatformAdmin)
}
