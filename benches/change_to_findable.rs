//! How long after its commit in Postgres is a change found by a search?
//!
//! ```text
//! cargo bench --bench change_to_findable -- [--trials 1000] [--providers 2000]
//! ```
//!
//! Half of the trials write through the store, half by plain SQL. The clock runs from the moment that COMMIT has
//! answered until a search for the new name finds the provider.

mod ground;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        reference::Reference,
    },
    feed::{self, Feed},
    index::{Index, schema::Handle},
    intake::load,
    query,
    store::providers,
};
use sqlx::{Connection, PgConnection};

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(
        ground::number("trials", 1_000),
        ground::number("providers", 2_000),
    ));
}

async fn measure(trials: u64, count: u64) {
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
    let mut people = Vec::new();
    index.versions(|id, _| people.push(id));

    let mut sql = PgConnection::connect_with(&ground.access.owner)
        .await
        .expect("the owner");
    let (mut by_store, mut by_sql) = (Vec::new(), Vec::new());
    let mut made = Vec::new();
    for n in 0..trials {
        let name = word(n);
        if n % 2 == 0 {
            let new = serde_json::json!({"kind": "individual", "category": "practitioner", "last_name": name});
            let new = serde_json::from_value(new).expect("a provider");
            let mut tx = ground.store.begin(&administrator()).await.expect("begun");
            made.push(providers::create(&mut tx, &new, now()).await.expect("created").id);
            tx.commit().await.expect("committed");
            by_store.push(until_found(&index, &schema, &name).await);
        } else {
            let id = made[usize::try_from(n / 2).expect("small")];
            sqlx::query("UPDATE provider SET last_name = $2 WHERE id = $1")
                .bind(id.0)
                .bind(&name)
                .execute(&mut sql)
                .await
                .expect("changed");
            by_sql.push(until_found(&index, &schema, &name).await);
        }
    }
    println!(
        "{} providers, {} MB at most; from COMMIT until a search finds the change:",
        people.len(),
        ground::peak_megabytes()
    );
    tell("through the store", by_store);
    tell("by plain SQL", by_sql);
    feed.stop().await;
    drop(sql);
    ground.close().await;
}

/// A last name that nobody else has.
fn word(n: u64) -> String {
    let letters = (0..6).map(|at| char::from(b'a' + u8::try_from(n / 26_u64.pow(at) % 26).expect("a letter")));
    format!("Zq{}", letters.collect::<String>())
}

async fn until_found(index: &Index, schema: &Handle, name: &str) -> Duration {
    let began = Instant::now();
    let parameters = [
        ("name".to_owned(), name.to_owned()),
        ("match".to_owned(), "exact".to_owned()),
    ];
    let request = query::Request::parse(&parameters, &schema.lexicon(), &Reference::default()).expect("parameters");
    loop {
        let answer = query::search(&index.snapshot(), &request, now()).expect("an answer");
        let answer = serde_json::to_value(&answer).expect("JSON");
        if answer["total"]["value"].as_u64() > Some(0) {
            return began.elapsed();
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

fn tell(how: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).or(took.last()).copied();
    let ms = |d: Option<Duration>| d.unwrap_or_default().as_secs_f64() * 1_000.0;
    println!(
        "{how:<18} {:>6} trials   median {:>8.2} ms   99 % {:>8.2} ms   worst {:>8.2} ms",
        took.len(),
        ms(at(0.5)),
        ms(at(0.99)),
        ms(took.last().copied())
    );
}

fn administrator() -> Actor {
    Actor::new("bench", Role::PlatformAdmin)
}
