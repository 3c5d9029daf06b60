//! Points on the globe and the gazetteer: ZIP codes, cities, counties and states with their centroids.

use serde::{Deserialize, Serialize};

use super::terms::PositionQuality;

/// A point in WGS84, in units of 1e-7 degree: about a centimetre, four bytes each, and equal points are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Point {
    /// Latitude, -900,000,000 to 900,000,000.
    pub lat_e7: i32,
    /// Longitude, -1,800,000,000 to 1,800,000,000.
    pub lon_e7: i32,
}

impl Point {
    /// The point of these degrees, or `None` outside -90..=90 and -180..=180 (and for anything that is no number).
    pub fn from_degrees(lat: f64, lon: f64) -> Option<Self> {
        let inside = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        inside.then(|| Self {
            lat_e7: (lat * 1e7).round() as i32,
            lon_e7: (lon * 1e7).round() as i32,
        })
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }
}

/// What a text that names a place stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// `Houston, TX` or `10013 New York, NY`.
    pub label: String,
    /// The ZIP, where the place is one.
    pub postal_code: Option<String>,
    /// City name, where it has one.
    pub city: Option<String>,
    /// Two letters.
    pub state: String,
    /// County name, where known.
    pub county: Option<String>,
    /// Its centroid.
    pub point: Point,
}

/// ZIP codes, cities, counties and states of the United States with their centroids.
#[derive(Clone, Debug, Default)]
pub struct Gazetteer {}

impl Gazetteer {
    /// Reads the (decompressed) text of `places.csv`.
    pub fn parse(_text: &str) -> Result<Self, super::lexicon::TableError> {
        todo!()
    }

    /// A ZIP of five or nine digits (a dash is fine).
    pub fn postal_code(&self, _zip: &str) -> Option<Place> {
        todo!()
    }

    /// A city of a state (two letters), in any case and spelling that folds to its name; `St`/`Saint`, `Ft`/`Fort`, `Mt`/`Mount` are the same.
    pub fn city(&self, _city: &str, _state: &str) -> Option<Place> {
        todo!()
    }

    /// Cities of this name in all states, the most populous first.
    pub fn cities(&self, _city: &str) -> Vec<Place> {
        todo!()
    }

    /// A county of a state; the word County is optional.
    pub fn county(&self, _county: &str, _state: &str) -> Option<Place> {
        todo!()
    }

    /// A state by its two letters or its name.
    pub fn state(&self, _state: &str) -> Option<Place> {
        todo!()
    }

    /// What `near=` accepts: `lat,lon`, a ZIP, `City, ST`; also a bare city that only one or clearly one state has.
    pub fn find(&self, _text: &str) -> Option<Place> {
        todo!()
    }

    /// The best point for an address as written: its ZIP, else its city, else its county; with the county it lies in.
    pub fn locate(
        &self,
        _zip: Option<&str>,
        _city: Option<&str>,
        _county: Option<&str>,
        _state: Option<&str>,
    ) -> Located {
        todo!()
    }

    /// City names (with state) that start with a folded prefix, most populous first.
    pub fn complete(&self, _prefix: &str, _limit: usize) -> Vec<Place> {
        todo!()
    }
}

/// Where an address lies, and how that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The point, unless the quality is `Unknown`.
    pub point: Option<Point>,
    /// What the point is the centroid of.
    pub quality: PositionQuality,
    /// The county, where the gazetteer knows it.
    pub county: Option<String>,
    /// The IANA time zone, where the gazetteer can tell.
    pub time_zone: Option<&'static str>,
}
