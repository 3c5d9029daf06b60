//! How long does it take to find the bearers of a name, near a place, nearest first?
//!
//! ```text
//! cargo bench --bench find_by_name -- [--providers 20000]
//! ```

mod world;

use provider_directory::vocab::names::words;
use world::World;

const MIDTOWN: (f64, f64) = (40.7549, -73.984);
const MILES: f64 = 200.0;

fn main() {
    let world = World::open("find-by-name");
    // Former names stand behind all current ones: people whose name is nobody's former one are asked for.
    let former: Vec<String> = world
        .providers
        .iter()
        .flat_map(|provider| &provider.other_names)
        .flat_map(|other| [&other.name.first, &other.name.last, &other.name.organization])
        .flatten()
        .flat_map(|part| words(part))
        .collect();
    let lasts = world.sample(4_000).filter_map(|provider| provider.name.last.clone());
    let mut names: Vec<String> = lasts
        .filter(|last| words(last).iter().all(|word| !former.contains(word)))
        .collect();
    names.sort();
    names.dedup();
    names.truncate(300);
    let near = format!("{},{}", MIDTOWN.0, MIDTOWN.1);
    let requests: Vec<_> = names
        .iter()
        .map(|name| {
            world.request(&[
                ("name", name.clone()),
                ("match", "exact".to_owned()),
                ("sort", "distance".to_owned()),
                ("near", near.clone()),
                ("radius", MILES.to_string()),
            ])
        })
        .collect();
    for (name, request) in names.iter().zip(&requests) {
        let asked = words(name);
        world.check(request, |provider| {
            let own = world::name_words(&provider.name);
            let bears = asked.iter().all(|word| own.contains(word));
            world::nearest(provider, MIDTOWN, MILES, |_| bears)
        });
    }
    world.time("find_by_name", &requests);
}
