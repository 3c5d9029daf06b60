//! How long does each page of a large result take, from the first to the last, in every order?
//!
//! ```text
//! cargo bench --bench paging -- [--providers 20000] [--index FOLDER] [--hits 50000] [--limit 20]
//! ```

mod world;

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use provider_directory::query;
use world::World;

fn main() {
    let world = World::open_or_kept("paging");
    let all = world.snapshot().providers();
    let hits = (world::number("hits", 50_000) as u64).min(all / 2);
    let limit = world::number("limit", 20);
    let (around, total) = world.crowd(hits);
    let by_state = vec![("state", "WY".to_owned())];
    for (order, parameters) in [
        ("distance", &around),
        ("name", &around),
        ("verified", &around),
        ("relevance", &around),
        ("relevance", &by_state),
        ("name", &by_state),
    ] {
        let mut parameters = parameters.clone();
        parameters.push(("sort", order.to_owned()));
        parameters.push(("limit", limit.to_string()));
        let what = format!("{order}, {}={}", parameters[0].0, parameters[0].1);
        let pages = pages(&world, &parameters);
        if parameters[0].0 == "near" {
            assert_eq!(pages.rows as u64, total, "{what}: all pages together are the total");
        }
        tell(&what, pages);
    }
}

struct Pages {
    rows: usize,
    took: Vec<Duration>,
}

/// Walks to the last page, the better of two tries each; nobody may come twice.
fn pages(world: &World, parameters: &[(&str, String)]) -> Pages {
    let snapshot = world.snapshot();
    let (mut seen, mut took, mut cursor) = (HashSet::new(), Vec::new(), None::<String>);
    let mut body = Vec::new();
    loop {
        let mut asked = parameters.to_vec();
        asked.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let request = world.request(&asked);
        let mut best = Duration::MAX;
        for _ in 0..2 {
            body.clear();
            let started = Instant::now();
            let answer = query::search(&snapshot, &request, world::now()).expect("a page");
            serde_json::to_writer(&mut body, &answer).expect("JSON");
            best = best.min(started.elapsed());
        }
        took.push(best);
        let answer = query::search(&snapshot, &request, world::now()).expect("a page");
        for card in answer.cards() {
            assert!(seen.insert(card.id), "{} came twice", card.id);
        }
        cursor = answer.next_cursor;
        if cursor.is_none() {
            let total = answer.total.map(|total| (total.value, total.relation));
            let all = total.is_some_and(|(value, relation)| relation != "eq" || value == seen.len() as u64);
            assert!(all, "{} rows are not {total:?}", seen.len());
            return Pages { rows: seen.len(), took };
        }
    }
}

fn tell(what: &str, mut pages: Pages) {
    let last = pages.took.last().copied().unwrap_or_default();
    pages.took.sort_unstable();
    let at = |share: f64| pages.took[((pages.took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!(
        "{what}: {} rows on {} pages: median {:.1} µs, 99 % {:.1} µs, worst {:.1} µs, the last page {:.1} µs",
        pages.rows,
        pages.took.len(),
        at(0.5),
        at(0.99),
        at(1.0),
        last.as_secs_f64() * 1e6
    );
}
