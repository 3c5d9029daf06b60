//! Points on the globe and places by name; the table of them is [`Gazetteer`].

use serde::{Deserialize, Serialize};

pub use super::gazetteer::{Gazetteer, Landmark, LandmarkKind, bare_county, ways_to_write};
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// `Houston, TX` or `10013 New York, NY`.
    pub label: String,
    /// The ZIP, where the place is one.
    pub postal_code: Option<String>,
    /// City name, where it has one.
    pub city: Option<String>,
    /// Two letters; empty for a point far from any ZIP.
    pub state: String,
    /// County name, where known.
    pub county: Option<String>,
    /// Its centroid.
    pub point: Point,
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
