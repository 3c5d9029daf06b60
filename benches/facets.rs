//! How long does it take to count the values of facets over a large result?
//!
//! ```text
//! cargo bench --bench facets -- [--providers 20000] [--index FOLDER] [--hits 50000]
//! ```

mod world;

use provider_directory::query;
use world::World;

const FACETS: &[&str] = &[
    "specialty",
    "language",
    "gender",
    "network",
    "plan",
    "network_status",
    "accepting_new_patients",
    "telehealth",
    "city",
    "state",
    "category",
    "kind",
];
/// Those that a result page shows beside its rows.
const TOGETHER: &str = "specialty,language,gender,network,accepting_new_patients,telehealth,city";

fn main() {
    let world = World::open_or_kept("facets");
    let all = world.snapshot().providers();
    for hits in [world::number("hits", 50_000) as u64, u64::MAX] {
        let parameters = if hits < all { world.crowd(hits).0 } else { Vec::new() };
        for facet in FACETS.iter().chain([&TOGETHER]) {
            let mut asked = parameters.clone();
            asked.push(("facets", (*facet).to_owned()));
            asked.push(("limit", "1".to_owned()));
            let request = world.request(&asked);
            let answer = query::search(&world.snapshot(), &request, world::now()).expect("an answer");
            for (facet, values) in answer.facets.iter().filter(|_| !facet.contains(',')) {
                for value in values.iter().take(3) {
                    let mut filtered: Vec<(&str, String)> = parameters.clone();
                    filtered.push((facet.as_str(), value.value.clone()));
                    filtered.push(("limit", "1".to_owned()));
                    let total = query::search(&world.snapshot(), &world.request(&filtered), world::now())
                        .expect("an answer")
                        .total
                        .expect("a total");
                    let agrees = total.value == value.count || total.relation == "gte";
                    assert!(agrees, "{facet} {}: {} is not {total:?}", value.value, value.count);
                }
            }
            let count = answer.total.map_or(0, |total| total.value);
            world.tell(&format!("{count} hits, {facet}"), &[request], |request, bytes| {
                let answer = query::search(&world.snapshot(), request, world::now()).expect("an answer");
                serde_json::to_writer(bytes, &answer).expect("JSON");
            });
        }
    }
}
