//! How long does it take to find the provider of an NPI?
//!
//! ```text
//! cargo bench --bench find_by_npi -- [--providers 20000]
//! ```

mod world;

use world::World;

fn main() {
    let world = World::open("find-by-npi");
    let npis: Vec<_> = world.sample(500).filter_map(|provider| provider.npi).collect();
    let requests: Vec<_> = npis
        .iter()
        .map(|npi| world.request(&[("npi", npi.to_string())]))
        .collect();
    for (npi, request) in npis.iter().zip(&requests) {
        world.check(request, |provider| (provider.npi == Some(*npi)).then_some(0.0));
    }
    world.time("find_by_npi", &requests);
}
