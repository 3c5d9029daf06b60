//! Where the cities and states of a name stand. Each word of a sentence is asked whether it is one, alone and with those around
//! it, so an answer has to cost tens of nanoseconds, and most answers are that there is none.

use rustc_hash::FxHashMap;

use super::places::{Gazetteer, Span};

/// Letters of the alphabet.
const LETTERS: usize = 26;
/// Stands for no state.
const NONE: u8 = u8::MAX;
/// Cities from so many people on are great ones.
pub(super) const GREAT: u32 = 100_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    /// Numbers of cities by key: those that are called so, then those that are also called so.
    cities: FxHashMap<Box<str>, Box<[u32]>>,
    /// Numbers of localities by key.
    localities: FxHashMap<Box<str>, Box<[u32]>>,
    states: FxHashMap<Box<str>, u8>,
    /// The state of each two letters, or [`NONE`].
    codes: Vec<u8>,
    great: Vec<Great>,
}

/// A great city.
#[derive(Clone, Copy, Debug)]
pub(super) struct Great {
    pub(super) number: u32,
    name: Outline,
}

/// The outline of a name, by which most words are told to be none that is one edit from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline {
    /// A bit for each letter that is in it.
    letters: u32,
    first: u8,
    second: u8,
    last: u8,
    length: u8,
}

impl Outline {
    /// None for a text that is shorter or longer than names are.
    pub(super) fn of(text: &str) -> Option<Self> {
        let [first, second, .., last] = *text.as_bytes() else {
            return None;
        };
        let letters = text.bytes().filter(u8::is_ascii_lowercase);
        Some(Self {
            letters: letters.fold(0, |letters, b| letters | 1 << (b - b'a')),
            first,
            second,
            last,
            length: u8::try_from(text.len()).ok()?,
        })
    }

    /// Whether a text may be one edit from another, the space between its words apart: they begin or end alike, and an edit
    /// takes at most one letter and brings one.
    fn may_be(&self, other: &Self) -> bool {
        (self.letters ^ other.letters).count_ones() <= 2
            && self.length.abs_diff(other.length) <= 2
            && (self.first == other.first || self.last == other.last || self.second == other.second)
    }
}

impl Keys {
    pub(super) fn of(gazetteer: &Gazetteer) -> Self {
        let named = (0..).zip(&gazetteer.cities).map(|(number, city)| (city.key, number));
        let cities = by_key(gazetteer, named.chain(gazetteer.aliases.iter().copied()));
        let localities = (0..).zip(&gazetteer.localities);
        let localities = by_key(gazetteer, localities.map(|(number, locality)| (locality.key, number)));
        let mut codes = vec![NONE; LETTERS * LETTERS];
        let mut states = FxHashMap::default();
        for (number, state) in (0..).zip(&gazetteer.states) {
            states.entry(state.key.as_str().into()).or_insert(number);
            if let Some(at) = code_at(&state.code) {
                codes[at] = number;
            }
        }
        let populous = gazetteer.by_population.iter().copied();
        let great = populous.take_while(|number| gazetteer.cities[*number as usize].population >= GREAT);
        let outline = |number: u32| {
            let name = Outline::of(gazetteer.text(gazetteer.cities[number as usize].key))?;
            Some(Great { number, name })
        };
        Self {
            cities,
            localities,
            states,
            codes,
            great: great.filter_map(outline).collect(),
        }
    }

    /// Numbers of the cities of a key.
    pub(super) fn cities(&self, key: &str) -> impl DoubleEndedIterator<Item = u32> {
        self.cities.get(key).into_iter().flatten().copied()
    }

    /// Numbers of the localities of a key.
    pub(super) fn localities(&self, key: &str) -> impl Iterator<Item = u32> {
        self.localities.get(key).into_iter().flatten().copied()
    }

    pub(super) fn has_city(&self, key: &str) -> bool {
        self.cities.contains_key(key)
    }

    /// The number of the state of a folded name.
    pub(super) fn state_named(&self, key: &str) -> Option<u8> {
        self.states.get(key).copied()
    }

    /// The number of the state of two letters, in any case.
    pub(super) fn state_of_code(&self, code: &str) -> Option<u8> {
        let number = *self.codes.get(code_at(code)?)?;
        (number != NONE).then_some(number)
    }

    /// Numbers of great cities whose names may be one edit from a text, the most populous first.
    pub(super) fn great_like(&self, text: &str) -> impl Iterator<Item = u32> {
        let text = Outline::of(text);
        let alike = self
            .great
            .iter()
            .filter(move |great| text.is_some_and(|text| great.name.may_be(&text)));
        alike.map(|great| great.number)
    }
}

/// Numbers by the text of their keys, those of one key in the order in which they come.
fn by_key(gazetteer: &Gazetteer, named: impl Iterator<Item = (Span, u32)>) -> FxHashMap<Box<str>, Box<[u32]>> {
    let mut all = FxHashMap::<&str, Vec<u32>>::default();
    for (key, number) in named {
        all.entry(gazetteer.text(key)).or_default().push(number);
    }
    all.into_iter()
        .map(|(key, numbers)| (key.into(), numbers.into()))
        .collect()
}

/// Where two letters stand in the table of codes.
fn code_at(code: &str) -> Option<usize> {
    let letter = |b: u8| {
        b.is_ascii_alphabetic()
            .then(|| usize::from(b.to_ascii_lowercase() - b'a'))
    };
    let [first, second] = *code.as_bytes() else { return None };
    Some(letter(first)? * LETTERS + letter(second)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{key, key_of};
    use super::*;
    use crate::vocab::names::words;
    use crate::vocab::place::Place;

    const PLACES: &str = "kind,key,name,state,county,lat,lon,population,time_zone\n\
        state,illinois,Illinois,IL,,40,-89,,America/Chicago\n\
        state,new york,New York,NY,,42,-75,,America/New_York\n\
        city,new york,New York,NY,,40.7,-74,8000000,\n\
        city,springfield,Springfield,IL,,39.8,-89.6,114000,\n\
        city,springfield,Springfield,NY,,42.8,-74.8,1300,\n\
        city,utica,Utica,NY,,43.1,-75.2,65000,\n\
        alias,nyc,New York,NY,,,,,\n\
        locality,lisle,Lisle,IL,,41.8,-88.1,22000,\n\
        locality,springbrook,Springbrook,IL,,41.7,-88.2,900,\n\
        locality,utica,Utica,IL,,41.3,-89,70000,\n";

    fn places() -> Gazetteer {
        Gazetteer::parse(PLACES).expect("a table")
    }

    #[test]
    fn cities_and_states_are_found_by_every_key() {
        let places = places();
        assert!(places.is_city("springfield") && places.is_city("NYC") && !places.is_city("york"));
        assert!(places.has_city("nyc", "ny") && places.has_city("Springfield", "IL"));
        assert!(!places.has_city("springfield", "ZZ") && !places.has_city("nyc", "il"));
        assert!(
            places.is_state("ny") && places.is_state("New  York") && !places.is_state("york") && !places.is_state("n1")
        );
        let label = |text: &str| places.city(text, "NY").map(|place| place.label);
        assert_eq!(label("nyc").as_deref(), Some("New York, NY"));
        let springfields: Vec<String> = places
            .cities("springfield")
            .into_iter()
            .map(|place| place.state)
            .collect();
        assert_eq!(springfields, ["IL", "NY"]);
        assert!(places.is_great_city("springfield") && !places.is_great_city("utica"));
        assert!(places.is_town("utica", 70_000) && !places.is_town("utica", 70_001));
    }

    /// Of the towns that no ZIP is called after.
    #[test]
    fn localities_are_meant_with_their_state() {
        let places = places();
        let label = |text: &str| places.find(text).map(|place| place.label);
        assert_eq!(label("Utica, IL").as_deref(), Some("Utica, IL"));
        assert_eq!(label("springbrook illinois").as_deref(), Some("Springbrook, IL"));
        // Bare only where many live, and in the place of a city where far more do.
        assert_eq!(label("utica").as_deref(), Some("Utica, NY"));
        assert_eq!(label("lisle").as_deref(), Some("Lisle, IL"));
        assert_eq!(label("springbrook"), None);
        assert!(places.has_city("utica", "il") && !places.is_city("lisle") && places.is_town("lisle", 20_000));
        assert!(!places.is_great_city("utica") && !places.is_town("springbrook", 500));
        let all = |places: Vec<Place>| places.into_iter().map(|place| place.label).collect::<Vec<_>>();
        assert_eq!(all(places.cities("utica")), ["Utica, NY", "Utica, IL"]);
        assert_eq!(all(places.rivals("utica", 3)), ["Utica, IL"]);
        assert_eq!(all(places.complete("uti", 3)), ["Utica, IL", "Utica, NY"]);
        let like = places.like("sprngbrook", Some("IL")).map(|place| place.label);
        assert_eq!(
            (like.as_deref(), places.like("lislle", None)),
            (Some("Springbrook, IL"), None)
        );
    }

    proptest! {
        #[test]
        fn a_key_is_that_of_the_folded_words(text in "[a-z0-9 ]{0,12}|(st|ste|ft|mt|new) [a-z]{1,6}|\\\\PC{0,12}") {
            prop_assert_eq!(key_of(&text), key(words(&text)));
        }

        /// Whatever is dropped or changed, put in or swapped.
        #[test]
        fn a_great_city_is_known_by_a_name_of_one_edit(
            great in prop::sample::select(vec!["new york", "springfield"]), at in 0usize..11, letter in "[a-z]", way in 0u8..4
        ) {
            let mut letters: Vec<char> = great.chars().collect();
            let (at, letter) = (at % letters.len(), letter.chars().next().expect("one"));
            match way {
                0 => _ = letters.remove(at),
                1 => letters[at] = letter,
                2 => letters.insert(at, letter),
                _ if at > 0 => letters.swap(at - 1, at),
                _ => {}
            }
            let typed: String = letters.into_iter().collect();
            // A space at an end or beside another is none, and the name is nearer then.
            let found = places().like_great_city(&typed).and_then(|place| place.city);
            prop_assert_eq!(found.map(|city| city.to_lowercase()), Some(great.to_owned()), "{}", typed);
        }
    }
}
