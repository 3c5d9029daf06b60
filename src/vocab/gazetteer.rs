//! The gazetteer: 41,657 ZIP codes, their cities, counties and states, each with a centroid, in a few megabytes.
//!
//! Names lie in one text, rows refer to each other by number, look-ups are binary searches. `places.csv` is sorted by
//! key within each kind of row, so nothing is sorted when it is read.

use std::str::FromStr;

use chrono_tz::Tz;
use rustc_hash::FxHashMap;

use super::{
    lexicon::{Row, Table, TableError},
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

/// A bare city name means the most populous city of that name if it has this many times the people of the next.
const CLEARLY: u64 = 4;

/// A bare name that is a state's and a city's means the city from this population on (New York, Washington).
const GREAT_CITY: u32 = 500_000;

/// How far, in degrees of latitude or longitude times 1e7, a point may lie from a ZIP's centroid to take its state and county.
const NEARBY_E7: i64 = 10_000_000;

/// Stands for no county.
const NONE: u16 = u16::MAX;

/// ZIP codes, cities, counties and states of the United States with their centroids.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {
    /// All names and keys.
    text: String,
    states: Vec<State>,
    /// Sorted by key, then state.
    counties: Vec<Named>,
    /// Where a county's time zone is not its state's; by number of the county.
    county_zones: FxHashMap<u16, &'static str>,
    /// Sorted by key, then state.
    cities: Vec<Named>,
    /// Other keys of cities, `nyc`.
    aliases: Vec<(Span, u32)>,
    /// Sorted by code.
    zips: Vec<Zip>,
    /// Numbers of `zips` by latitude.
    by_latitude: Vec<u32>,
}

/// Sorted by code, so that the number of a state sorts as its code does.
#[derive(Clone, Debug)]
struct State {
    code: String,
    key: String,
    name: String,
    point: Point,
    zone: Option<&'static str>,
}

/// A city or a county.
#[derive(Clone, Debug)]
struct Named {
    key: Span,
    name: Span,
    population: u32,
    point: Point,
    /// Of a city.
    county: u16,
    state: u8,
}

#[derive(Clone, Debug)]
struct Zip {
    code: u32,
    city: u32,
    point: Point,
    county: u16,
    state: u8,
}

/// A piece of `Gazetteer::text`.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    length: u8,
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
                other => return Err(row.fault(format!("`{other}` in `kind` is no kind of place"))),
            }
        }
        let mut gazetteer = reading.gazetteer;
        gazetteer.by_latitude = (0..gazetteer.zips.len() as u32).collect();
        let zips = &gazetteer.zips;
        gazetteer
            .by_latitude
            .sort_unstable_by_key(|n| zips[*n as usize].point.lat_e7);
        gazetteer.text.shrink_to_fit();
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

    /// A city of a state (two letters), in any case and spelling that folds to its name; `St`/`Saint`, `Ft`/`Fort`,
    /// `Mt`/`Mount` are the same.
    pub fn city(&self, city: &str, state: &str) -> Option<Place> {
        let found = self.find_city(&key(words(city)), self.state_number(state)?)?;
        Some(self.city_place(found))
    }

    /// Cities of this name in all states, the most populous first.
    pub fn cities(&self, city: &str) -> Vec<Place> {
        let found = self.cities_of(&key(words(city)));
        found.into_iter().map(|c| self.city_place(c)).collect()
    }

    /// A county of a state; the word County is optional.
    pub fn county(&self, county: &str, state: &str) -> Option<Place> {
        let number = self.find_county(&words(county), self.state_number(state)?)?;
        Some(self.county_place(number))
    }

    /// A state by its two letters or its name.
    pub fn state(&self, state: &str) -> Option<Place> {
        let folded = words(state).join(" ");
        let number = self.state_number(state).or_else(|| self.state_named(&folded))?;
        Some(self.state_place(number))
    }

    /// What `near=` accepts: `lat,lon`, a ZIP, `City, ST`; also `City State`, `Some County, ST`, a state, and a bare city
    /// that only one or clearly one state has. A point takes state and county from the nearest ZIP, if one is near.
    pub fn find(&self, text: &str) -> Option<Place> {
        if let Some(point) = point(text) {
            return Some(self.point_place(point));
        }
        if let Some(place) = self.postal_code(text.trim()) {
            return Some(place);
        }
        let words = words(text);
        // A ZIP at either end says more than the names beside it: `10013 New York, NY`.
        let ends = [words.first()?, words.last()?];
        let named = |word: &String| word.bytes().any(|b| b.is_ascii_alphabetic());
        if words.iter().any(named)
            && let Some(place) = ends.into_iter().find_map(|w| self.postal_code(w))
        {
            return Some(place);
        }
        self.find_in_state(&words).or_else(|| self.find_bare(words))
    }

    /// The best point for an address as written: its ZIP, else its city, else its county; with the county it lies in.
    ///
    /// A ZIP that lost its leading zero is repaired. Where the ZIP lies in another state than the address says, and that
    /// state has the city, the ZIP is taken for a slip and the city holds.
    pub fn locate(&self, zip: Option<&str>, city: Option<&str>, county: Option<&str>, state: Option<&str>) -> Located {
        let state = state.and_then(|s| self.state_number(s).or_else(|| self.state_named(&words(s).join(" "))));
        let city = state
            .zip(city)
            .and_then(|(state, city)| self.find_city(&key(words(city)), state));
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
        let start = self.cities.partition_point(|c| self.text(c.key) < prefix.as_str());
        let run = self.cities[start..]
            .iter()
            .take_while(|c| self.text(c.key).starts_with(&prefix));
        let mut found: Vec<&Named> = run.collect();
        found.sort_by_key(|c| std::cmp::Reverse(c.population));
        found.into_iter().take(limit).map(|c| self.city_place(c)).collect()
    }

    fn text(&self, span: Span) -> &str {
        &self.text[span.start as usize..][..usize::from(span.length)]
    }

    fn zip(&self, text: &str) -> Option<&Zip> {
        let bytes = text.as_bytes();
        let shaped = match bytes.len() {
            5 | 9 => true,
            10 => bytes[5] == b'-',
            _ => false,
        };
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        if !shaped || !digits(&bytes[..5]) || !digits(&bytes[bytes.len().min(6)..]) {
            return None;
        }
        let code = bytes[..5].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        let at = self.zips.binary_search_by_key(&code, |z| z.code).ok()?;
        self.zips.get(at)
    }

    fn state_number(&self, code: &str) -> Option<u8> {
        let code = code.trim();
        let found = self.states.iter().position(|s| s.code.eq_ignore_ascii_case(code))?;
        u8::try_from(found).ok()
    }

    fn state_named(&self, key: &str) -> Option<u8> {
        u8::try_from(self.states.iter().position(|s| s.key == key)?).ok()
    }

    fn find_city(&self, key: &str, state: u8) -> Option<&Named> {
        let at = self
            .cities
            .binary_search_by(|c| (self.text(c.key), c.state).cmp(&(key, state)));
        at.ok().and_then(|at| self.cities.get(at)).or_else(|| {
            let aliased = self.aliases.iter().filter(|(span, _)| self.text(*span) == key);
            aliased
                .filter_map(|(_, n)| self.cities.get(*n as usize))
                .find(|c| c.state == state)
        })
    }

    /// Cities of a key, by alias too, the most populous first.
    fn cities_of(&self, key: &str) -> Vec<&Named> {
        let start = self.cities.partition_point(|c| self.text(c.key) < key);
        let named = self.cities[start..].iter().take_while(|c| self.text(c.key) == key);
        let aliased = self.aliases.iter().filter(|(span, _)| self.text(*span) == key);
        let mut found: Vec<&Named> = named
            .chain(aliased.filter_map(|(_, n)| self.cities.get(*n as usize)))
            .collect();
        found.sort_by_key(|c| std::cmp::Reverse(c.population));
        found
    }

    fn find_county(&self, county: &[String], state: u8) -> Option<u16> {
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

    /// `Houston TX`, `Harris County Texas`: a place before the code or name of a state.
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
            if named_county { county().or(city) } else { city }
        })
    }

    /// A name with nothing beside it: a state, or the city that is meant beyond doubt.
    fn find_bare(&self, words: Vec<String>) -> Option<Place> {
        let folded = words.join(" ");
        let found = self.cities_of(&key(words));
        let state = match folded.len() {
            2 => self.state_number(&folded),
            _ => self.state_named(&folded),
        };
        match (found.as_slice(), state) {
            ([city, ..], Some(_)) if city.population >= GREAT_CITY => Some(self.city_place(city)),
            (_, Some(state)) => Some(self.state_place(state)),
            ([only], None) => Some(self.city_place(only)),
            ([first, second, ..], None) => {
                let clear = u64::from(first.population) > CLEARLY * u64::from(second.population);
                clear.then(|| self.city_place(first))
            }
            ([], None) => None,
        }
    }

    /// The nearest ZIP by plain degrees, good enough to tell state and county.
    fn nearest(&self, point: Point) -> Option<&Zip> {
        let at = self
            .by_latitude
            .partition_point(|n| self.zips[*n as usize].point.lat_e7 < point.lat_e7);
        let squeeze = point.lat().to_radians().cos();
        let mut best: Option<(i64, &Zip)> = None;
        let (south, north) = self.by_latitude.split_at(at);
        for side in [
            &mut south.iter().rev() as &mut dyn Iterator<Item = &u32>,
            &mut north.iter(),
        ] {
            for number in side {
                let zip = &self.zips[*number as usize];
                let up = (i64::from(zip.point.lat_e7) - i64::from(point.lat_e7)).abs();
                if up > best.map_or(NEARBY_E7, |(d, _)| d) {
                    break;
                }
                let across = (i64::from(zip.point.lon_e7) - i64::from(point.lon_e7)).abs();
                let across = (across as f64 * squeeze) as i64;
                let distance = (up as f64).hypot(across as f64) as i64;
                if distance < best.map_or(NEARBY_E7, |(d, _)| d) {
                    best = Some((distance, zip));
                }
            }
        }
        best.map(|(_, zip)| zip)
    }

    fn point_place(&self, point: Point) -> Place {
        let near = self.nearest(point);
        Place {
            label: format!("{}, {}", point.lat(), point.lon()),
            postal_code: None,
            city: None,
            state: near.map_or(String::new(), |z| self.states[usize::from(z.state)].code.clone()),
            county: near.and_then(|z| self.county_name(z.county)),
            point,
        }
    }

    fn city_place(&self, city: &Named) -> Place {
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

    fn county_place(&self, number: u16) -> Place {
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

    fn state_place(&self, number: u8) -> Place {
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
const COUNTY_WORDS: &[&str] = &["county", "parish", "borough", "municipio", "municipality"];

/// The key of a place's folded name: abbreviations that stand for a whole word are written out.
fn key(words: Vec<String>) -> String {
    let written_out = |word: String| match word.as_str() {
        "st" => "saint".to_owned(),
        "ste" => "sainte".to_owned(),
        "ft" => "fort".to_owned(),
        "mt" => "mount".to_owned(),
        _ => word,
    };
    words.into_iter().map(written_out).collect::<Vec<_>>().join(" ")
}

/// The ZIP that a spreadsheet made a number of: `1040` is 01040, `10401234` is 01040-1234.
fn repaired(zip: &str) -> Option<String> {
    let lost = matches!(zip.len(), 4 | 8) && zip.bytes().all(|b| b.is_ascii_digit());
    lost.then(|| format!("0{zip}"))
}

/// `29.76,-95.37`
fn point(text: &str) -> Option<Point> {
    let (lat, lon) = text.split_once(',')?;
    Point::from_degrees(lat.trim().parse().ok()?, lon.trim().parse().ok()?)
}

/// The gazetteer in the making, with what is only needed to read `places.csv`: earlier rows by name.
#[derive(Default)]
struct Reading {
    gazetteer: Gazetteer,
    counties: FxHashMap<(u8, String), u16>,
    cities: FxHashMap<(u8, String), u32>,
}

impl Reading {
    fn state(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let code = row.required(3)?;
        let states = &mut self.gazetteer.states;
        if states.last().is_some_and(|s| s.code.as_str() >= code) || states.len() >= usize::from(u8::MAX) {
            return Err(row.fault(format!("the state `{code}` is out of order")));
        }
        states.push(State {
            code: code.to_owned(),
            key: row.required(1)?.to_owned(),
            name: row.required(2)?.to_owned(),
            point: centroid(row)?,
            zone: zone(row)?,
        });
        Ok(())
    }

    fn county(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let county = self.named(row)?;
        let number = u16::try_from(self.gazetteer.counties.len()).unwrap_or(NONE);
        if number == NONE {
            return Err(row.fault("there are too many counties"));
        }
        self.in_order(row, self.gazetteer.counties.last(), &county)?;
        if let Some(zone) = zone(row)? {
            self.gazetteer.county_zones.insert(number, zone);
        }
        self.counties.insert((county.state, row.text(2).to_owned()), number);
        self.gazetteer.counties.push(county);
        Ok(())
    }

    fn city(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let city = self.named(row)?;
        self.in_order(row, self.gazetteer.cities.last(), &city)?;
        let number = self.gazetteer.cities.len() as u32;
        self.cities.insert((city.state, row.text(2).to_owned()), number);
        self.gazetteer.cities.push(city);
        Ok(())
    }

    fn alias(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let city = self.known_city(row, self.known_state(row)?)?;
        let key = self.keep(row, row.required(1)?)?;
        self.gazetteer.aliases.push((key, city));
        Ok(())
    }

    fn zip(&mut self, row: &Row<'_>) -> Result<(), TableError> {
        let code: u32 = row.number(1)?;
        if row.text(1).len() != 5 || self.gazetteer.zips.last().is_some_and(|z| z.code >= code) {
            return Err(row.fault(format!("the ZIP `{}` is malformed or out of order", row.text(1))));
        }
        let state = self.known_state(row)?;
        let zip = Zip {
            code,
            city: self.known_city(row, state)?,
            point: centroid(row)?,
            county: self.known_county(row, state)?,
            state,
        };
        self.gazetteer.zips.push(zip);
        Ok(())
    }

    fn named(&mut self, row: &Row<'_>) -> Result<Named, TableError> {
        let state = self.known_state(row)?;
        Ok(Named {
            key: self.keep(row, row.required(1)?)?,
            name: self.keep(row, row.required(2)?)?,
            population: if row.text(7).is_empty() { 0 } else { row.number(7)? },
            point: centroid(row)?,
            county: self.known_county(row, state)?,
            state,
        })
    }

    fn in_order(&self, row: &Row<'_>, last: Option<&Named>, next: &Named) -> Result<(), TableError> {
        let place = |n: &Named| (self.gazetteer.text(n.key).to_owned(), n.state);
        match last {
            Some(last) if place(last) >= place(next) => Err(row.fault(format!("`{}` is out of order", row.text(1)))),
            _ => Ok(()),
        }
    }

    fn known_state(&self, row: &Row<'_>) -> Result<u8, TableError> {
        let code = row.required(3)?;
        let states = &self.gazetteer.states;
        let number = states.binary_search_by(|s| s.code.as_str().cmp(code)).ok();
        let number = number.and_then(|n| u8::try_from(n).ok());
        number.ok_or_else(|| row.fault(format!("no earlier row is the state `{code}`")))
    }

    fn known_county(&self, row: &Row<'_>, state: u8) -> Result<u16, TableError> {
        match row.text(4) {
            "" => Ok(NONE),
            name => match self.counties.get(&(state, name.to_owned())) {
                Some(number) => Ok(*number),
                None => Err(row.fault(format!("no earlier row is the county `{name}`"))),
            },
        }
    }

    fn known_city(&self, row: &Row<'_>, state: u8) -> Result<u32, TableError> {
        let name = row.required(2)?;
        let city = self.cities.get(&(state, name.to_owned())).copied();
        city.ok_or_else(|| row.fault(format!("no earlier row is the city `{name}`")))
    }

    fn keep(&mut self, row: &Row<'_>, text: &str) -> Result<Span, TableError> {
        let length = u8::try_from(text.len()).map_err(|_| row.fault("a name has more than 255 bytes"))?;
        let start = self.gazetteer.text.len() as u32;
        self.gazetteer.text.push_str(text);
        Ok(Span { start, length })
    }
}

fn centroid(row: &Row<'_>) -> Result<Point, TableError> {
    let point = Point::from_degrees(row.number(5)?, row.number(6)?);
    point.ok_or_else(|| row.fault("`lat` and `lon` lie outside the globe"))
}

fn zone(row: &Row<'_>) -> Result<Option<&'static str>, TableError> {
    match row.text(8) {
        "" => Ok(None),
        name => match Tz::from_str(name) {
            Ok(zone) => Ok(Some(zone.name())),
            Err(_) => Err(row.fault(format!("`{name}` is no time zone"))),
        },
    }
}
