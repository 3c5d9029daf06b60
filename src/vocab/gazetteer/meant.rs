//! Which place a bare name means: the most populous one that is called so, whether the post knows it or not.
//!
//! Populations of localities are those of another source than the cities', and some of them are wrong: a part of a city has all
//! its people (East Hampton, VA), or twice as many (South Boston, MA). So a part that is called after a great city beside it
//! counts as a tenth of it, and any locality has to have half as many people again as a postal city of its name to be meant in
//! its place. What is near to either bound is told as the other reading in any case.

use super::{Gazetteer, Named};

/// So many live in a locality that is meant by its bare name.
const KNOWN_LOCALITY: u32 = 10_000;
/// A locality is weighed with so many thirds of its people.
const THIRDS: u32 = 2;
/// A part of a city has at most one in so many of its people.
const PART: u32 = 10;
/// Degrees from a city within which its parts lie.
const BESIDE: f64 = 0.4;
/// Words before the name of a city that make it the name of a part of it.
const OF_PARTS: &[&str] = &["east", "new", "north", "south", "upper", "west"];
/// Localities whose bare names say nothing but that they are one.
const NO_NAME: &[&str] = &[
    "airport",
    "central",
    "chinatown",
    "college",
    "downtown",
    "opportunity",
    "university",
    "uptown",
];

impl Gazetteer {
    /// Cities of a key, by alias too, and the localities that are meant by their bare name: the one that is meant first.
    pub(super) fn cities_of(&self, key: &str) -> Vec<&Named> {
        let cities = self.keys.cities(key).map(|number| &self.cities[number as usize]);
        let cities = cities.map(|city| (city.population, city));
        let localities = self.localities_of(key).filter(|locality| is_meant(locality, key));
        let localities = localities.map(|locality| (locality.population / 3 * THIRDS, locality));
        let mut found: Vec<(u32, &Named)> = cities.chain(localities).collect();
        found.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        found.into_iter().map(|(_, place)| place).collect()
    }

    /// The same, and then the localities that nobody means by their name alone, the most populous first.
    pub(super) fn called(&self, key: &str) -> Vec<&Named> {
        let others = self.localities_of(key).filter(|locality| !is_meant(locality, key));
        let mut others: Vec<&Named> = others.collect();
        others.sort_by_key(|locality| std::cmp::Reverse(locality.population));
        let mut found = self.cities_of(key);
        found.append(&mut others);
        found
    }

    /// The most populous postal city of a key.
    pub(super) fn greatest(&self, key: &str) -> Option<&Named> {
        let numbers = self.keys.cities(key);
        // Of equals the first, as in `cities_of`.
        let found = numbers.map(|number| &self.cities[number as usize]).rev();
        found.max_by_key(|city| city.population)
    }

    /// Whether a locality of so many people or more is meant by a bare name.
    pub(super) fn meant_locality(&self, key: &str, people: u32) -> bool {
        self.localities_of(key)
            .any(|locality| locality.population >= people && is_meant(locality, key))
    }

    fn localities_of(&self, key: &str) -> impl Iterator<Item = &Named> {
        let numbers = self.keys.localities(key);
        numbers.map(|number| &self.localities[number as usize])
    }

    /// Takes from localities that are called after a great city beside them the people that are not theirs.
    pub(super) fn trim_localities(&mut self) {
        let most = |locality: &Named| {
            let mut name = self.text(locality.key);
            while let Some((first, rest)) = name.split_once(' ')
                && OF_PARTS.contains(&first)
            {
                name = rest;
            }
            let city = (name != self.text(locality.key)).then(|| self.city_of(name, locality.state))??;
            let apart = |a: f64, b: f64| (a - b).abs() > BESIDE;
            let beside =
                !apart(city.point.lat(), locality.point.lat()) && !apart(city.point.lon(), locality.point.lon());
            beside.then_some(city.population / PART)
        };
        let trimmed: Vec<u32> = self
            .localities
            .iter()
            .map(|locality| most(locality).map_or(locality.population, |most| locality.population.min(most)))
            .collect();
        for (locality, population) in self.localities.iter_mut().zip(trimmed) {
            locality.population = population;
        }
    }

    /// The postal city of a key in a state.
    fn city_of(&self, key: &str, state: u8) -> Option<&Named> {
        let cities = self.keys.cities(key).map(|number| &self.cities[number as usize]);
        cities.into_iter().find(|city| city.state == state)
    }
}

/// Whether somebody means a locality by its name alone.
fn is_meant(locality: &Named, key: &str) -> bool {
    locality.population >= KNOWN_LOCALITY && !NO_NAME.contains(&key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::place::Place;

    const PLACES: &str = "kind,key,name,state,county,lat,lon,population,time_zone\n\
        state,massachusetts,Massachusetts,MA,,42,-72,,America/New_York\n\
        state,ohio,Ohio,OH,,40,-82,,America/New_York\n\
        state,virginia,Virginia,VA,,37,-78,,America/New_York\n\
        city,boston,Boston,MA,,42.35,-71.06,232258,\n\
        city,hampton,Hampton,VA,,37.03,-76.34,137000,\n\
        city,east hampton,East Hampton,MA,,41.2,-72.5,21806,\n\
        city,lakewood,Lakewood,MA,,40.1,-74.2,136784,\n\
        city,parma,Parma,VA,,43.8,-116.9,6401,\n\
        city,south boston,South Boston,VA,,36.7,-78.9,14411,\n\
        city,eden,Eden,VA,,36.5,-79.7,900,\n\
        locality,east hampton,East Hampton,VA,,37.04,-76.33,147993,\n\
        locality,eden,Eden,OH,,41,-82,4000,\n\
        locality,lakewood,Lakewood,OH,,39.7,-105.1,152597,\n\
        locality,parma,Parma,OH,,41.4,-81.72,79937,\n\
        locality,south boston,South Boston,MA,,42.33,-71.05,571281,\n";

    #[test]
    fn a_bare_name_means_the_place_of_most_people() {
        let mut rows: Vec<&str> = PLACES.lines().collect();
        rows[4..].sort_by_key(|row| row.split(',').take(4).map(str::to_owned).collect::<Vec<_>>());
        let places = Gazetteer::parse(&rows.join("\n")).expect("a table");
        let meant = |name: &str| places.cities(name).into_iter().next().map(|place| place.label);
        for (name, label) in [
            ("parma", "Parma, OH"),
            // Not much greater, and by another count.
            ("lakewood", "Lakewood, MA"),
            // Too few live in the other one for it to be meant by its name alone.
            ("eden", "Eden, VA"),
            // Copies of the people of the city beside them.
            ("east hampton", "East Hampton, MA"),
            ("south boston", "South Boston, MA"),
        ] {
            assert_eq!(meant(name).as_deref(), Some(label), "{name}");
        }
        let find = |name: &str| places.find(name).map(|place| place.label);
        assert_eq!(
            ["parma", "lakewood", "east hampton"]
                .map(find)
                .map(Option::unwrap_or_default),
            ["Parma, OH", "Lakewood, MA", "East Hampton, MA"],
            "a locality makes no city doubtful that comes before it"
        );
        let labels = |places: Vec<Place>| places.into_iter().map(|place| place.label).collect::<Vec<_>>();
        assert_eq!(labels(places.rivals("lakewood", 3)), ["Lakewood, OH"]);
        assert_eq!(
            labels(places.towns("lakewood", 100_000)),
            ["Lakewood, MA", "Lakewood, OH"]
        );
        assert!(places.is_town("parma", 50_000) && !places.is_great_city("south boston"));
    }
}
