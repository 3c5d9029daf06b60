//! How fast do NPPES rows get into the store, into it again (nothing changes), and from there into the index? In how much
//! memory?
//!
//! ```text
//! cargo bench --bench import_nppes -- [--rows 20000]
//! ```

mod ground;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use provider_directory::{
    feed::{self, Feed},
    index::{Index, schema::Handle},
    intake::{generate, nppes},
};
use sqlx::{Connection, PgConnection};

fn now() -> DateTime<Utc> {
    Utc::now()
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(ground::number("rows", 20_000)));
}

async fn measure(rows: u64) {
    let ground = ground::Ground::open("import").await;
    let files = ground.folder.join("files");
    generate::write(&files, rows, 1, |_| {}).expect("written");
    let main = std::fs::read_dir(&files)
        .expect("listed")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().contains("npidata"))
        .expect("a main file");
    let schema = Handle::embedded();
    println!("{rows} rows of the main file; {} MB before", ground::peak_megabytes());
    for what in ["first import", "second import"] {
        import(&ground, &schema, &main, what).await;
    }
    let mut owner = PgConnection::connect_with(&ground.access.owner)
        .await
        .expect("the owner");
    let size: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())")
        .fetch_one(&mut owner)
        .await
        .expect("a size");
    drop(owner);
    println!("database        {:>8} MB", size >> 20);
    let index = Index::open(&ground.folder.join("index"), schema.clone()).expect("an index");
    let settings = feed::Settings {
        poll: Duration::from_secs(1),
        batch: 1_000,
        commit_after: Duration::from_secs(1),
        commit_changes: 10_000,
        clock: now,
    };
    let feed = Feed::start(ground.store.clone(), index.clone(), settings);
    feed.caught_up().await.expect("caught up");
    let built = feed.rebuild().await.expect("rebuilt");
    println!(
        "index rebuild   {:>8.0} providers/s  {:>7.1} s   {} MB at most",
        built.rows_per_s,
        built.elapsed_s,
        ground::peak_megabytes()
    );
    feed.stop().await;
    ground.close().await;
}

async fn import(ground: &ground::Ground, schema: &Handle, main: &PathBuf, what: &str) {
    let options = nppes::Options {
        restart: true,
        ..nppes::Options::default()
    };
    let halves = Halves::default();
    let began = Instant::now();
    let report = nppes::import(
        &ground.store,
        &schema.lexicon(),
        std::slice::from_ref(main),
        &options,
        &halves,
        now(),
    )
    .await
    .expect("imported");
    let took = began.elapsed().as_secs_f64();
    let counts = &report.files[0].counts;
    println!(
        "{what:<15} {:>8.0} rows/s       {took:>7.1} s   {} MB at most, {} MB half-way   ({} added, {} unchanged)",
        counts.rows_in as f64 / took,
        ground::peak_megabytes(),
        halves.memory.load(Ordering::Relaxed),
        counts.added,
        counts.unchanged
    );
}

/// Notes the memory at half of the bytes: flat memory is the same at the end.
#[derive(Default)]
struct Halves {
    total: AtomicU64,
    seen: AtomicU64,
    memory: AtomicU64,
}

impl nppes::Progress for Halves {
    fn begin(&self, _: &str, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    fn advance(&self, bytes: u64, _: u64) {
        let seen = self.seen.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if seen * 2 >= self.total.load(Ordering::Relaxed) && self.memory.load(Ordering::Relaxed) == 0 {
            self.memory.store(ground::peak_megabytes(), Ordering::Relaxed);
        }
    }

    fn end(&self) {}
}
