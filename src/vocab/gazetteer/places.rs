//! Places in memory: states, counties, cities and ZIPs, each with its centroid.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{keys::Keys, landmarks::Landmarks, read::Reading};
use crate::vocab::{
    lexicon::{Table, TableError},
    names::words,
    place::{Located, Place, Point},
    terms::PositionQuality,
};

const COLUMNS: &[&str] = &[
    "kind",
    "key",
    "name",
    "state",
    "county",
    "lat",
    "lon",
    "population",
    "time_zone",
];

/// More cities than these are not sorted to find the most populous.
const MOST_SORTED: usize = 64;
/// Stands for no county.
pub(super) const NONE: u16 = u16::MAX;

/// ZIP codes, cities, counties and states of the United States with their centroids.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {
    /// All names and keys.
    pub(super) text: String,
    pub(super) states: Vec<State>,
    /// Sorted by key, then state.
    pub(super) counties: Vec<Named>,
    /// Where a county's time zone is not its state's; by number of the county.
    pub(super) county_zones: FxHashMap<u16, &'static str>,
    /// Sorted by key, then state.
    pub(super) cities: Vec<Named>,
    /// Towns and parts of towns that no ZIP is called after; sorted by key, then state.
    pub(super) localities: Vec<Named>,
    /// Numbers of all cities, the most populous first.
    pub(super) by_population: Vec<u32>,
    /// Other keys of cities, `nyc`.
    pub(super) aliases: Vec<(Span, u32)>,
    /// Where all of these stand.
    pub(super) keys: Keys,
    /// Sorted by code.
    pub(super) zips: Vec<Zip>,
    /// Places that are no towns.
    pub(super) landmarks: Landmarks,
}

/// Sorted by code, so that the number of a state sorts as its code does.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) code: String,
    pub(super) key: String,
    pub(super) name: String,
    pub(super) point: Point,
    pub(super) zone: Option<&'static str>,
}

/// A city or a county.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) key: Span,
    pub(super) name: Span,
    pub(super) population: u32,
    pub(super) point: Point,
    /// Of a city.
    pub(super) county: u16,
    pub(super) state: u8,
    /// Whether a ZIP is called after it.
    pub(super) postal: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Zip {
    pub(super) code: u32,
    pub(super) city: u32,
    pub(super) point: Point,
    pub(super) county: u16,
    pub(super) state: u8,
}

/// A piece of `Gazetteer::text`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) length: u8,
}

impl Gazetteer {
    /// Reads the (decompressed) text of `places.csv`.
    ///
    /// # Errors
    /// Unknown columns or kinds of row, a number or time zone that is none, a place outside the globe, a state, county or
    /// city that no earlier row has, rows out of order or repeated.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open("places.csv", text, COLUMNS)?;
        let mut reading = Reading::default();
        while let Some(row) = table.next()? {
            match row.text(0) {
                "zip" => reading.zip(&row)?,
                "city" => reading.city(&row)?,
                "county" => reading.county(&row)?,
                "state" => reading.state(&row)?,
                "alias" => reading.alias(&row)?,
                "locality" => reading.locality(&row)?,
                other => return Err(row.fault(format!("`{other}` in `kind` is no kind of place"))),
            }
        }
        let mut gazetteer = reading.gazetteer;
        gazetteer.text.shrink_to_fit();
        gazetteer.by_population = (0..gazetteer.cities.len() as u32).collect();
        let cities = &gazetteer.cities;
        let fewest_last = |number: &u32| std::cmp::Reverse(cities[*number as usize].population);
        gazetteer.by_population.sort_by_key(fewest_last);
        gazetteer.keys = Keys::of(&gazetteer);
        gazetteer.trim_localities();
        Ok(gazetteer)
    }

    /// A ZIP of five or nine digits (a dash is fine).
    pub fn postal_code(&self, zip: &str) -> Option<Place> {
        let zip = self.zip(zip)?;
        let place = self.city_place(&self.cities[zip.city as usize]);
        Some(Place {
            label: format!("{:05} {}", zip.code, place.label),
            postal_code: Some(format!("{:05}", zip.code)),
            county: self.county_name(zip.county),
            point: zip.point,
            ..place
        })
    }

    /// A city or locality of a state (two letters), in any case and spelling that folds to its name; `St`/`Saint`, `Ft`/`Fort`,
    /// `Mt`/`Mount` are the same.
    pub fn city(&self, city: &str, state: &str) -> Option<Place> {
        let found = self.find_city(&key_of(city), self.state_number(state)?)?;
        Some(self.city_place(found))
    }

    /// Whether [`Self::city`] finds one: asked of most words of a sentence, and answered without making a place.
    pub fn has_city(&self, city: &str, state: &str) -> bool {
        let state = self.state_number(state);
        state.is_some_and(|state| self.find_city(&key_of(city), state).is_some())
    }

    /// Cities of this name in all states, the one that is meant by it first; then the localities that nobody means so.
    pub fn cities(&self, city: &str) -> Vec<Place> {
        let found = self.called(&key_of(city)).into_iter();
        found.map(|c| self.city_place(c)).collect()
    }

    /// Whether any city has this name.
    pub fn is_city(&self, city: &str) -> bool {
        self.keys.has_city(&key_of(city))
    }

    /// A county of a state; the word County is optional.
    pub fn county(&self, county: &str, state: &str) -> Option<Place> {
        let number = self.find_county(&words(county), self.state_number(state)?)?;
        Some(self.county_place(number))
    }

    /// A state by its two letters or its name.
    pub fn state(&self, state: &str) -> Option<Place> {
        self.number_of_state(state).map(|number| self.state_place(number))
    }

    /// Whether a text is the two letters or the name of a state.
    pub fn is_state(&self, text: &str) -> bool {
        self.number_of_state(text).is_some()
    }

    fn number_of_state(&self, text: &str) -> Option<u8> {
        self.state_number(text).or_else(|| self.state_named(&folded(text)))
    }

    /// The best point for an address as written: its ZIP, else its city, else its county; with the county it lies in.
    ///
    /// A ZIP that lost its leading zero is repaired. Where the ZIP lies in another state than the address says, and that
    /// state has the city, the ZIP is taken for a slip and the city holds.
    pub fn locate(&self, zip: Option<&str>, city: Option<&str>, county: Option<&str>, state: Option<&str>) -> Located {
        let state = state.and_then(|s| self.number_of_state(s));
        let city = state
            .zip(city)
            .and_then(|(state, city)| self.find_city(&key_of(city), state));
        let zip = zip.and_then(|z| self.zip(z).or_else(|| self.zip(&repaired(z)?)));
        if let Some(zip) = zip.filter(|z| city.is_none() || state.is_none_or(|s| s == z.state)) {
            return self.located(zip.point, PositionQuality::PostalCode, zip.county, zip.state);
        }
        if let Some(city) = city {
            return self.located(city.point, PositionQuality::City, city.county, city.state);
        }
        let county = state
            .zip(county)
            .and_then(|(state, c)| self.find_county(&words(c), state));
        if let Some(number) = county {
            let county = &self.counties[usize::from(number)];
            return self.located(county.point, PositionQuality::County, number, county.state);
        }
        Located {
            point: None,
            quality: PositionQuality::Unknown,
            county: None,
            // Without a place, the state's zone is no more than a guess where the state is split.
            time_zone: None,
        }
    }

    /// City names (with state) that start with a folded prefix, most populous first.
    pub fn complete(&self, prefix: &str, limit: usize) -> Vec<Place> {
        let prefix = key(prefix.split_whitespace().map(str::to_owned).collect());
        let run = self.begun(&self.cities, &prefix);
        let mut found: Vec<&Named> = if run.len() > MOST_SORTED {
            // Most of those that begin with a letter or two are villages: the great cities are met sooner.
            let great = self.by_population.iter().map(|number| *number as usize);
            let found = great.filter(|number| run.contains(number)).take(limit);
            found.map(|number| &self.cities[number]).collect()
        } else {
            self.cities[run].iter().collect()
        };
        found.extend(&self.localities[self.begun(&self.localities, &prefix)]);
        found.sort_by_key(|c| std::cmp::Reverse(c.population));
        found.into_iter().take(limit).map(|c| self.city_place(c)).collect()
    }

    /// Where those stand whose keys start with a prefix.
    fn begun(&self, all: &[Named], prefix: &str) -> std::ops::Range<usize> {
        let start = all.partition_point(|c| self.text(c.key) < prefix);
        let length = all[start..].partition_point(|c| self.text(c.key).starts_with(prefix));
        start..start + length
    }

    /// The state whose name starts with a folded prefix, if it is but one.
    pub fn complete_state(&self, prefix: &str) -> Option<Place> {
        let mut begun = (0..)
            .zip(&self.states)
            .filter(|(_, state)| state.key.starts_with(prefix));
        let (number, _) = begun.next()?;
        begun.next().is_none().then(|| self.state_place(number))
    }

    pub(super) fn text(&self, span: Span) -> &str {
        &self.text[span.start as usize..][..usize::from(span.length)]
    }

    fn zip(&self, text: &str) -> Option<&Zip> {
        let bytes = text.as_bytes();
        let rest = match bytes.len() {
            5 | 9 => 5,
            10 if bytes[5] == b'-' => 6,
            _ => return None,
        };
        if !bytes[..5].iter().chain(&bytes[rest..]).all(u8::is_ascii_digit) {
            return None;
        }
        let code = bytes[..5].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        let at = self.zips.binary_search_by_key(&code, |z| z.code).ok()?;
        self.zips.get(at)
    }

    pub(super) fn state_number(&self, code: &str) -> Option<u8> {
        self.keys.state_of_code(code.trim())
    }

    pub(super) fn state_named(&self, key: &str) -> Option<u8> {
        self.keys.state_named(key)
    }

    pub(super) fn find_city(&self, key: &str, state: u8) -> Option<&Named> {
        let cities = self.keys.cities(key).map(|number| &self.cities[number as usize]);
        let localities = self.keys.localities(key);
        let localities = localities.map(|number| &self.localities[number as usize]);
        cities.chain(localities).find(|city| city.state == state)
    }

    /// Great cities whose names may be one edit from a key, the most populous first.
    pub(super) fn great_like(&self, key: &str) -> impl Iterator<Item = &Named> {
        self.keys.great_like(key).map(|number| &self.cities[number as usize])
    }

    pub(super) fn find_county(&self, county: &[String], state: u8) -> Option<u16> {
        let bare = match county.split_last() {
            Some((last, rest)) if COUNTY_WORDS.contains(&last.as_str()) && !rest.is_empty() => rest,
            _ => county,
        };
        // `Baltimore City` and `Bedford city` keep their word, so the whole name comes first.
        [county, bare].into_iter().find_map(|name| {
            let key = key(name.to_vec());
            let at = self
                .counties
                .binary_search_by(|c| (self.text(c.key), c.state).cmp(&(&key, state)));
            u16::try_from(at.ok()?).ok()
        })
    }

    pub(super) fn city_place(&self, city: &Named) -> Place {
        let state = &self.states[usize::from(city.state)].code;
        let name = self.text(city.name);
        Place {
            label: format!("{name}, {state}"),
            postal_code: None,
            city: Some(name.to_owned()),
            state: state.clone(),
            county: self.county_name(city.county),
            point: city.point,
        }
    }

    pub(super) fn county_place(&self, number: u16) -> Place {
        let county = &self.counties[usize::from(number)];
        let state = &self.states[usize::from(county.state)].code;
        let name = self.text(county.name);
        let word = match state.as_str() {
            "LA" => " Parish",
            "AK" | "PR" | "GU" | "VI" | "AS" | "MP" => "",
            _ if name.ends_with(" City") => "",
            _ => " County",
        };
        Place {
            label: format!("{name}{word}, {state}"),
            postal_code: None,
            city: None,
            state: state.clone(),
            county: Some(name.to_owned()),
            point: county.point,
        }
    }

    pub(super) fn state_place(&self, number: u8) -> Place {
        let state = &self.states[usize::from(number)];
        Place {
            label: state.name.clone(),
            postal_code: None,
            city: None,
            state: state.code.clone(),
            county: None,
            point: state.point,
        }
    }

    fn county_name(&self, number: u16) -> Option<String> {
        let county = self.counties.get(usize::from(number))?;
        Some(self.text(county.name).to_owned())
    }

    fn located(&self, point: Point, quality: PositionQuality, county: u16, state: u8) -> Located {
        let zone = self.county_zones.get(&county).copied();
        Located {
            point: Some(point),
            quality,
            county: self.county_name(county),
            time_zone: zone.or(self.states[usize::from(state)].zone),
        }
    }
}

/// Words behind a county's name that are not part of it.
pub(super) const COUNTY_WORDS: &[&str] = &["county", "parish", "borough", "municipio", "municipality"];

/// A folded county's name without the word for what it is: `orleans` of `orleans parish`. `Baltimore City` keeps its own.
pub fn bare_county(county: &str) -> &str {
    match county.rsplit_once(' ') {
        Some((bare, last)) if COUNTY_WORDS.contains(&last) => bare,
        _ => county,
    }
}

/// A folded city's name as it is written, and with its first word in short or whole: `st louis` and `saint louis`.
pub fn ways_to_write(city: &str) -> impl Iterator<Item = String> {
    let (first, rest) = city.split_once(' ').unwrap_or((city, ""));
    let other = IN_SHORT.iter().find_map(|(short, whole)| match first {
        _ if first == *short => Some(*whole),
        _ if first == *whole => Some(*short),
        _ => None,
    });
    let other = other
        .filter(|_| !rest.is_empty())
        .map(|other| format!("{other} {rest}"));
    std::iter::once(city.to_owned()).chain(other)
}

/// Words that are written in short where a place is named, and the whole ones.
const IN_SHORT: &[(&str, &str)] = &[("st", "saint"), ("ste", "sainte"), ("ft", "fort"), ("mt", "mount")];

/// The key of a place's name, in whatever way it is written. A text that is one already is borrowed.
pub(super) fn key_of(text: &str) -> Cow<'_, str> {
    let is_key = is_folded(text)
        && !text
            .split(' ')
            .any(|word| IN_SHORT.iter().any(|(short, _)| *short == word));
    if is_key {
        return Cow::Borrowed(text);
    }
    Cow::Owned(key(words(text)))
}

/// The folded words of a text, joined by spaces. A text that is so already is borrowed.
fn folded(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(words(text).join(" "))
}

/// Whether a text is of lower case letters and digits, with one space between each two words.
fn is_folded(text: &str) -> bool {
    let letters = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b' ');
    letters && !text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  ")
}

/// The key of a place's folded name: abbreviations that stand for a whole word are written out.
pub(super) fn key(words: Vec<String>) -> String {
    let written_out = |word: String| {
        let long = IN_SHORT.iter().find(|(short, _)| *short == word);
        long.map_or(word, |(_, long)| (*long).to_owned())
    };
    words.into_iter().map(written_out).collect::<Vec<_>>().join(" ")
}

/// The ZIP that a spreadsheet made a number of: `1040` is 01040, `10401234` is 01040-1234.
fn repaired(zip: &str) -> Option<String> {
    let lost = matches!(zip.len(), 4 | 8) && zip.bytes().all(|b| b.is_ascii_digit());
    lost.then(|| format!("0{zip}"))
}
