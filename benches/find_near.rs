//! How long does it take to find the nearest providers, of anything and of a specialty, and to count all of them?
//!
//! ```text
//! cargo bench --bench find_near -- [--providers 20000]
//! ```

mod world;

use world::World;

fn main() {
    let world = World::open("find-near");
    for of_specialty in [false, true] {
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        for (number, provider) in world.sample(200).enumerate() {
            let Some(point) = provider.locations.first().and_then(|location| location.point) else {
                continue;
            };
            let miles = [1.0, 10.0, 50.0, 200.0][number % 4];
            let code = provider.specialties.first().map(|specialty| specialty.code.clone());
            let code = code.filter(|_| of_specialty);
            let mut pairs = vec![
                ("near", format!("{},{}", point.lat(), point.lon())),
                ("radius", miles.to_string()),
                ("sort", "distance".to_owned()),
            ];
            pairs.extend(code.clone().map(|code| ("specialty", code)));
            requests.push(world.request(&pairs));
            asked.push(((point.lat(), point.lon()), miles, code));
        }
        for ((from, miles, code), request) in asked.iter().zip(&requests) {
            world.check(request, |provider| {
                let has = |code: &String| provider.specialties.iter().any(|s| s.code == *code);
                world::nearest(provider, *from, *miles, |_| code.as_ref().is_none_or(has))
            });
        }
        world.time(
            if of_specialty {
                "find_near, a specialty"
            } else {
                "find_near, anything"
            },
            &requests,
        );
    }
}
