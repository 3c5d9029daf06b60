//! What a text that names a place means: a point, a ZIP, a city of a state, a county, a state, a city beyond doubt.

use super::{COUNTY_WORDS, Gazetteer, Named, key, key_of, keys::GREAT};
use crate::vocab::likeness::Typed;
use crate::vocab::names::words;
use crate::vocab::place::{Place, Point};

/// A bare city name means the most populous city of that name if it has this many times the people of the next.
const CLEARLY: u64 = 4;

/// A bare name that is a state's and a city's means the city from this population on (New York, Washington).
const GREAT_CITY: u32 = 500_000;

/// Shorter names are not corrected.
const SHORTEST_MISSPELT: usize = 5;

/// From this length on a name may have two edits.
const SHORTEST_TWO_EDITS: usize = 9;

/// A misspelt city without a state is one of at least so many people.
const KNOWN_CITY: u32 = 20_000;

impl Gazetteer {
    /// What `near=` accepts: `lat,lon`, a ZIP, `City, ST`; also `City State`, `Some County, ST`, a state, and a bare city
    /// that only one or clearly one state has. Of a bare point only the point is known.
    pub fn find(&self, text: &str) -> Option<Place> {
        if let Some(point) = point(text) {
            return Some(self.point_place(point));
        }
        if let Some(place) = self.postal_code(text.trim()) {
            return Some(place);
        }
        let words = words(text);
        if let Some(landmark) = self.landmark_labelled(&words) {
            return Some(landmark.place.clone());
        }
        // A ZIP at either end says more than the names beside it: `10013 New York, NY`.
        let ends = [words.first()?, words.last()?];
        let named = |word: &String| word.bytes().any(|b| b.is_ascii_alphabetic());
        if words.iter().any(named)
            && let Some(place) = ends.into_iter().find_map(|w| self.postal_code(w))
        {
            return Some(place);
        }
        self.find_in_state(&words)
            .or_else(|| self.find_bare_county(&words))
            .or_else(|| self.find_bare(&words))
            .or_else(|| self.whole_landmark(&words).map(|landmark| landmark.place.clone()))
    }

    /// Whether a text is a point and no name of a place.
    pub fn is_point(&self, text: &str) -> bool {
        point(text).is_some()
    }

    /// Whether a bare name is that of a city of 100,000 people or more that the post knows.
    pub fn is_great_city(&self, text: &str) -> bool {
        let found = self.greatest(&key_of(text));
        found.is_some_and(|city| city.population >= GREAT)
    }

    /// Whether a bare name is that of a city of so many people or more.
    pub fn is_town(&self, text: &str, people: u32) -> bool {
        let key = key_of(text);
        let city = self.greatest(&key);
        city.is_some_and(|city| city.population >= people) || self.meant_locality(&key, people)
    }

    /// Cities of a bare name of so many people or more, the most populous first.
    pub fn towns(&self, text: &str, people: u32) -> Vec<Place> {
        let found = self.cities_of(&key_of(text)).into_iter();
        let many = found.filter(|city| city.population >= people);
        many.map(|city| self.city_place(city)).collect()
    }

    /// Cities of a bare name beside the one that is meant by it, of which each has at least one in so many of its people.
    pub fn rivals(&self, text: &str, share: u32) -> Vec<Place> {
        let key = key_of(text);
        let all = self.called(&key);
        let Some((first, rest)) = all.split_first() else {
            return Vec::new();
        };
        let mut rest = rest.to_vec();
        rest.sort_by_key(|city| std::cmp::Reverse(city.population));
        let many = rest
            .into_iter()
            .take_while(|city| city.population > 0 && city.population >= first.population / share);
        many.map(|city| self.city_place(city)).collect()
    }

    /// The city of 100,000 people or more whose name is one edit from a text.
    pub fn like_great_city(&self, text: &str) -> Option<Place> {
        let text = key_of(text);
        if text.len() < SHORTEST_MISSPELT || !text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ') {
            return None;
        }
        let typed = Typed::new(&text)?;
        let mut cities = self.great_like(&text);
        let near = cities.find(|city| {
            let name = self.text(city.key);
            typed.edits(name) <= 1 || (name.contains(' ') && typed.edits(&name.replace(' ', "")) <= 1)
        });
        near.map(|city| self.city_place(city))
    }

    /// Whether a city of a state has 20,000 people or more, so that many mean it.
    pub fn is_known_city(&self, city: &str, state: &str) -> bool {
        let state = self.state_number(state);
        let found = state.and_then(|state| self.find_city(&key_of(city), state));
        found.is_some_and(|city| city.population >= KNOWN_CITY)
    }

    /// The most populous city whose name is one edit from a text (two from nine letters on), in a state or anywhere.
    pub fn like(&self, text: &str, state: Option<&str>) -> Option<Place> {
        let text = key_of(text);
        if text.len() < SHORTEST_MISSPELT || !text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ') {
            return None;
        }
        let state = match state {
            Some(code) => Some(self.state_number(code)?),
            None => None,
        };
        let edits = 1 + usize::from(text.len() >= SHORTEST_TWO_EDITS);
        let typed = Typed::new(&text);
        let mut best: Option<(usize, &Named)> = None;
        // A locality is meant with its state alone.
        let localities = if state.is_some() {
            self.localities.as_slice()
        } else {
            &[]
        };
        for city in self.cities.iter().chain(localities) {
            let name = self.text(city.key);
            let here = state.is_none_or(|state| state == city.state) && name.len().abs_diff(text.len()) <= edits;
            // Without a state only places that many people mean.
            let known = state.is_some() || city.population >= KNOWN_CITY;
            if !here || !known || !shares_letters(name, &text) {
                continue;
            }
            let distance = match &typed {
                Some(typed) => typed.edits(name) as usize,
                None => strsim::osa_distance(name, &text),
            };
            let better = |(nearest, found): (usize, &Named)| {
                (distance, std::cmp::Reverse(city.population)) < (nearest, std::cmp::Reverse(found.population))
            };
            if distance <= edits && best.is_none_or(better) {
                best = Some((distance, city));
            }
        }
        best.map(|(_, city)| self.city_place(city))
    }

    /// The same of a text of four letters, which is like many: the city of a state that many know, if it is but one.
    pub fn like_short(&self, text: &str, state: &str) -> Option<Place> {
        if text.len() != SHORTEST_MISSPELT - 1 || !text.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
        let state = self.state_number(state)?;
        let typed = Typed::new(text)?;
        let cities = self.by_population.iter().map(|number| &self.cities[*number as usize]);
        let known = cities.take_while(|city| city.population >= KNOWN_CITY);
        let mut near = known.filter(|city| {
            let name = self.text(city.key);
            city.state == state && name.len().abs_diff(text.len()) <= 1 && typed.edits(name) <= 1
        });
        let only = near.next().filter(|_| near.next().is_none())?;
        Some(self.city_place(only))
    }

    /// The state whose name is nearest to a text, at most so many edits away (and with the same first letter, if only one); none
    /// where two are as near.
    pub fn like_state(&self, text: &str, edits: usize) -> Option<Place> {
        let near = (0..).zip(&self.states).filter_map(|(number, state)| {
            let name = state.key.as_str();
            let begins = if edits > 1 {
                shares_letters(name, text)
            } else {
                name.as_bytes().first() == text.as_bytes().first()
            };
            let alike = begins && name.len().abs_diff(text.len()) <= edits;
            let distance = alike.then(|| strsim::osa_distance(name, text))?;
            (distance <= edits).then_some((distance, number))
        });
        let mut near: Vec<(usize, u8)> = near.collect();
        near.sort_unstable();
        match near.as_slice() {
            [] => None,
            [(first, _), (second, _), ..] if first == second => None,
            [(_, number), ..] => Some(self.state_place(*number)),
        }
    }

    /// `Houston TX`, `Harris County Texas`: a city or county before the code or name of a state; the city first, unless it says
    /// that a county is meant.
    fn find_in_state(&self, words: &[String]) -> Option<Place> {
        (1..words.len()).find_map(|cut| {
            let (place, state) = words.split_at(cut);
            let state = match state {
                [code] if code.len() == 2 => self.state_number(code),
                name => self.state_named(&name.join(" ")),
            }?;
            let county = || self.find_county(place, state).map(|n| self.county_place(n));
            let named_county = place.last().is_some_and(|w| COUNTY_WORDS.contains(&w.as_str()));
            let city = self.find_city(&key(place.to_vec()), state).map(|c| self.city_place(c));
            if named_county {
                county().or(city)
            } else {
                city.or_else(county)
            }
        })
    }

    /// `Harris County` without a state: the one with most people.
    fn find_bare_county(&self, words: &[String]) -> Option<Place> {
        if !COUNTY_WORDS.contains(&words.last()?.as_str()) {
            return None;
        }
        let states = 0..self.states.len() as u8;
        let found = states.filter_map(|state| self.find_county(words, state));
        let greatest = found.max_by_key(|number| self.counties[usize::from(*number)].population)?;
        Some(self.county_place(greatest))
    }

    /// A name with nothing beside it: a state, or the city that is meant beyond doubt.
    fn find_bare(&self, words: &[String]) -> Option<Place> {
        let folded = words.join(" ");
        let key = key(words.to_vec());
        let found = self.cities_of(&key);
        let state = match folded.len() {
            2 => self.state_number(&folded),
            _ => self.state_named(&folded),
        };
        match (found.as_slice(), state) {
            ([city, ..], Some(_)) if city.population >= GREAT_CITY => Some(self.city_place(city)),
            (_, Some(state)) => Some(self.state_place(state)),
            ([first, rest @ ..], None) => {
                // A locality makes no city doubtful that comes before it.
                let next = rest.iter().find(|next| !first.postal || next.postal);
                let least = next.map(|next| CLEARLY * u64::from(next.population));
                let clear = least.is_none_or(|least| u64::from(first.population) > least);
                clear.then(|| self.city_place(first))
            }
            ([], None) => None,
        }
    }

    /// A bare point. In which state and county it lies is not asked: that would cost more than the search itself.
    fn point_place(&self, point: Point) -> Place {
        Place {
            label: format!("{}, {}", point.lat(), point.lon()),
            postal_code: None,
            city: None,
            state: String::new(),
            county: None,
            point,
        }
    }
}

/// Whether two texts begin or end alike, as those of one or two edits mostly do: most cities are dismissed by it.
fn shares_letters(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    a.first() == b.first() || a.last() == b.last() || a.get(1) == b.get(1)
}

/// `29.76,-95.37`
fn point(text: &str) -> Option<Point> {
    let (lat, lon) = text.split_once(',')?;
    Point::from_degrees(lat.trim().parse().ok()?, lon.trim().parse().ok()?)
}
