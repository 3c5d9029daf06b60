//! Places that are no towns (`landmarks.csv`): what people call a city for short, the country around it, airports and their codes,
//! universities, bases, area codes. Each is measured from a point, which is that of a city unless the row says another one.

use rustc_hash::FxHashMap;

use super::{Gazetteer, key_of};
use crate::vocab::{
    lexicon::{Table, TableError},
    names::words,
    place::{Place, Point},
};

const COLUMNS: &[&str] = &["name", "kind", "city", "state", "lat", "lon", "miles", "other_names"];
const FILE: &str = "landmarks.csv";

/// What kind of place it is, which tells how far its name speaks for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LandmarkKind {
    /// What a city or a part of it is called for short: a word or a name elsewhere.
    Short,
    /// The same, and nothing else.
    SureShort,
    /// The country around a city.
    Region,
    /// Known by its name or the three letters of its code.
    Airport,
    /// Its main campus.
    University,
    /// Of the forces.
    Base,
    /// A park, a stadium, a square, a mall: known by its name, whatever hamlet is called so.
    Sight,
    /// The three digits of a telephone number.
    AreaCode,
}

impl LandmarkKind {
    fn of(text: &str) -> Option<Self> {
        Some(match text {
            "short" => Self::Short,
            "sure" => Self::SureShort,
            "region" => Self::Region,
            "airport" => Self::Airport,
            "university" => Self::University,
            "base" => Self::Base,
            "sight" => Self::Sight,
            "area_code" => Self::AreaCode,
            _ => return None,
        })
    }

    /// Whether it is only another name of a city.
    pub fn is_short(self) -> bool {
        matches!(self, Self::Short | Self::SureShort)
    }
}

/// Such a place.
#[derive(Clone, Debug)]
pub struct Landmark {
    /// What it is.
    pub kind: LandmarkKind,
    /// Where it is measured from. Its city is the one beside it.
    pub place: Place,
    /// How far it reaches, in miles.
    pub miles: Option<f64>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Landmarks {
    all: Vec<Landmark>,
    /// By their folded names.
    by_name: FxHashMap<Box<str>, u32>,
    /// By the first word of names: words of the longest of them.
    longest: FxHashMap<Box<str>, usize>,
    /// By the folded labels of those that are no mere other names of cities.
    by_label: FxHashMap<Box<str>, u32>,
}

impl Gazetteer {
    /// With the places of `landmarks.csv`. A row of a city that is not among the places is left out: they may be of one
    /// country's part.
    ///
    /// # Errors
    /// Unknown columns or kinds, a number that is none, a name that is there twice, half a point or one outside the globe.
    pub fn with_landmarks(mut self, text: &str) -> Result<Self, TableError> {
        let mut table = Table::open(FILE, text, COLUMNS)?;
        let mut read = Landmarks::default();
        while let Some(row) = table.next()? {
            let (name, state) = (row.required(0)?, row.required(3)?);
            let kind = LandmarkKind::of(row.text(1));
            let kind = kind.ok_or_else(|| row.fault(format!("`{}` in `kind` is no kind of landmark", row.text(1))))?;
            let point = match (row.text(4), row.text(5)) {
                ("", "") => None,
                _ => {
                    let point = Point::from_degrees(row.number(4)?, row.number(5)?);
                    Some(point.ok_or_else(|| row.fault("`lat` and `lon` lie outside the globe"))?)
                }
            };
            let miles = if row.text(6).is_empty() {
                None
            } else {
                Some(row.number(6)?)
            };
            let number = read.all.len() as u32;
            let others = row.text(7).split('|').filter(|other| !other.is_empty());
            let mut keys = Vec::new();
            for name in std::iter::once(name).chain(others) {
                let words = words(name);
                let Some(first) = words.first() else {
                    return Err(row.fault(format!("`{name}` has no words")));
                };
                keys.push((first.clone(), words.len(), words.join(" ")));
            }
            let Some(city) = self.city(row.required(2)?, state) else {
                continue;
            };
            for (first, length, key) in keys {
                if read.by_name.insert(key.as_str().into(), number).is_some() {
                    return Err(row.fault(format!("`{key}` is there already")));
                }
                let longest = read.longest.entry(first.into()).or_default();
                *longest = length.max(*longest);
            }
            let label = match kind {
                LandmarkKind::AreaCode => format!("Area code {name} ({})", city.label),
                kind if kind.is_short() => city.label.clone(),
                _ => format!("{name} ({})", city.label),
            };
            if !kind.is_short() {
                read.by_label.insert(words(&label).join(" ").into(), number);
            }
            let place = Place {
                label,
                point: point.unwrap_or(city.point),
                ..city
            };
            read.all.push(Landmark { kind, place, miles });
        }
        self.landmarks = read;
        Ok(self)
    }

    /// The longest landmark that folded words begin with, and how many of them it is.
    pub fn landmark(&self, words: &[String]) -> Option<(&Landmark, usize)> {
        let longest = *self.landmarks.longest.get(words.first()?.as_str())?;
        (1..=longest.min(words.len())).rev().find_map(|length| {
            let found = match length {
                1 => self.landmark_called(&words[0]),
                _ => self.landmark_called(&words[..length].join(" ")),
            };
            found.map(|landmark| (landmark, length))
        })
    }

    /// The landmark of a folded name.
    pub fn landmark_called(&self, name: &str) -> Option<&Landmark> {
        let number = *self.landmarks.by_name.get(name)?;
        self.landmarks.all.get(number as usize)
    }

    /// Whether a folded word alone is what a city is called for short.
    pub fn is_short(&self, word: &str) -> bool {
        self.landmark_called(word)
            .is_some_and(|landmark| landmark.kind.is_short())
    }

    /// Whether a place is a landmark, and no town.
    pub fn is_landmark(&self, place: &Place) -> bool {
        place.label.ends_with(')') && self.landmark_labelled(&words(&place.label)).is_some()
    }

    /// How far a place reaches, in miles: of a region.
    pub fn reach(&self, place: &Place) -> Option<f64> {
        let labelled = place.label.ends_with(')');
        let landmark = labelled.then(|| self.landmark_labelled(&words(&place.label)))??;
        landmark.miles
    }

    /// Whether names of landmarks begin with a word.
    pub fn begins_landmarks(&self, word: &str) -> bool {
        self.landmarks.longest.contains_key(word)
    }

    /// The landmark of a label, as it was told.
    pub(super) fn landmark_labelled(&self, words: &[String]) -> Option<&Landmark> {
        let number = *self.landmarks.by_label.get(words.join(" ").as_str())?;
        self.landmarks.all.get(number as usize)
    }

    /// The landmark that a whole text is: where no town is called so.
    pub(super) fn whole_landmark(&self, words: &[String]) -> Option<&Landmark> {
        let (landmark, taken) = self.landmark(words)?;
        let is_code = landmark.kind == LandmarkKind::AreaCode;
        (taken == words.len() && !is_code && !self.keys.has_city(&key_of(&words.join(" ")))).then_some(landmark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACES: &str = "kind,key,name,state,county,lat,lon,population,time_zone\n\
        state,florida,Florida,FL,,28,-82,,America/New_York\n\
        state,new york,New York,NY,,42,-75,,America/New_York\n\
        city,jamaica,Jamaica,NY,,40.7,-73.8,200000,\n\
        city,orlando,Orlando,FL,,28.5,-81.4,300000,\n";
    const HEADER: &str = "name,kind,city,state,lat,lon,miles,other_names\n";

    fn with(rows: &str) -> Result<Gazetteer, TableError> {
        let places = Gazetteer::parse(PLACES).expect("places");
        places.with_landmarks(&format!("{HEADER}{rows}"))
    }

    #[test]
    fn landmarks_are_found_by_all_their_names() {
        let places = with(
            "Central Florida,region,Orlando,FL,,,60,c florida\n\
             O'Town,sure,Orlando,FL,,,,\n\
             JFK Airport,airport,Jamaica,NY,40.64,-73.78,,jfk|kennedy airport\n\
             Nowhere,region,Gotham,FL,,,,\n",
        )
        .expect("a table");
        let found = |text: &str| {
            let (landmark, taken) = places.landmark(&words(text))?;
            Some(format!("{} {taken}", landmark.place.label))
        };
        assert_eq!(
            found("central florida dentist").as_deref(),
            Some("Central Florida (Orlando, FL) 2")
        );
        assert_eq!(found("kennedy airport").as_deref(), Some("JFK Airport (Jamaica, NY) 2"));
        assert_eq!(found("jfk tonight").as_deref(), Some("JFK Airport (Jamaica, NY) 1"));
        assert_eq!(
            (found("kennedy"), found("nowhere"), found("central")),
            (None, None, None)
        );
        let airport = places.landmark_called("jfk").map(|landmark| landmark.place.point);
        assert_eq!(airport, Point::from_degrees(40.64, -73.78));
        // By their names and by the labels that were told, wherever a place may be given.
        for (text, label) in [
            ("JFK", "JFK Airport (Jamaica, NY)"),
            ("Central Florida (Orlando, FL)", "Central Florida (Orlando, FL)"),
            ("otown", "Orlando, FL"),
        ] {
            assert_eq!(
                places.find(text).map(|place| place.label).as_deref(),
                Some(label),
                "{text}"
            );
        }
        assert!(places.is_short("otown") && !places.is_short("jfk"));
    }

    #[test]
    fn bad_rows_are_refused() {
        for (row, reason) in [
            ("A,village,Orlando,FL,,,,", "no kind"),
            ("A,region,Orlando,FL,1,,,", "lon"),
            ("A,region,Orlando,FL,91,0,,", "outside"),
            ("A,region,Orlando,FL,,,,a", "already"),
            ("A,region,Orlando,FL,,,far,", "miles"),
            ("'',region,Orlando,FL,,,,", "no words"),
        ] {
            let refused = with(&format!("{row}\n")).expect_err(row);
            assert!(
                refused.file == FILE && refused.to_string().contains(reason),
                "{row}: {refused}"
            );
        }
    }
}
