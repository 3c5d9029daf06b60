//! How long does it take to find the nearest providers who are active in a network?
//!
//! ```text
//! cargo bench --bench filter_by_network -- [--providers 20000]
//! ```

mod world;

use provider_directory::vocab::NetworkId;
use world::World;

fn main() {
    let world = World::open("filter-by-network");
    let snapshot = world.snapshot();
    let networks: Vec<NetworkId> = snapshot.reference.networks.iter().map(|network| network.id).collect();
    let (mut asked, mut requests) = (Vec::new(), Vec::new());
    for (number, provider) in world.sample(200).enumerate() {
        let Some(point) = provider.locations.first().and_then(|location| location.point) else {
            continue;
        };
        let network = networks[number % networks.len()];
        let miles = [5.0, 25.0, 100.0][number % 3];
        requests.push(world.request(&[
            ("network", network.to_string()),
            ("network_status", "ACTIVE".to_owned()),
            ("sort", "distance".to_owned()),
            ("near", format!("{},{}", point.lat(), point.lon())),
            ("radius", miles.to_string()),
        ]));
        asked.push(((point.lat(), point.lon()), miles, network));
    }
    for ((from, miles, network), request) in asked.iter().zip(&requests) {
        world.check(request, |provider| {
            world::nearest(provider, *from, *miles, |location| {
                world::is_active(provider, location, *network)
            })
        });
    }
    world.time("filter_by_network", &requests);
}
