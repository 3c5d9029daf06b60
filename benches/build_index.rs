//! How many provider-at-location documents a second does the index take in?
//!
//! ```text
//! cargo bench --bench build_index -- [--providers 20000]
//! ```

mod world;

use std::time::Instant;

use world::World;

fn main() {
    let providers = World::invented(world::number("providers", 20_000));
    let documents: usize = providers.iter().map(|provider| provider.locations.len().max(1)).sum();
    let mut best = f64::MAX;
    for round in 0..3 {
        let rows = providers.clone();
        let started = Instant::now();
        let world = World::of(&format!("build-index-{round}"), rows);
        best = best.min(started.elapsed().as_secs_f64());
        let status = world.index.status();
        assert_eq!(
            (status.providers, status.locations),
            (providers.len() as u64, documents as u64),
            "everything is in, once"
        );
    }
    println!(
        "build_index: {} providers, {documents} documents, best of 3: {best:.2} s, {:.0} documents a second",
        providers.len(),
        documents as f64 / best
    );
}
