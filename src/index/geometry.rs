//! Distances on the sphere and the regions a search can ask for, with bounds for boxes.
//!
//! The measure is the haversine itself, `h = sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)`: it grows with the distance, so an
//! order by `h` is the order by distance, and only what is shown is turned into miles.

use geo::{BoundingRect, Contains, Coord, Intersects, LineString, Polygon, Rect};

use super::tree::{Bounds, Relation};
use crate::vocab::place::Point;

/// Mean radius of the earth (IUGG), in kilometres.
pub const EARTH_RADIUS_KM: f64 = 6371.0088;
/// International mile, in kilometres.
pub const KM_PER_MILE: f64 = 1.609_344;

/// Bounds are taken a hair smaller (greater) than computed, so that rounding can never cut off an entry.
const SAFE: f64 = 1e-12;

/// The point from which distances are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origin {
    point: Point,
    cos: f64,
    sin: f64,
}

/// The measure of a distance in kilometres. Half the earth's girth and more is everywhere.
pub fn measure_of_km(km: f64) -> f64 {
    let angle = km / EARTH_RADIUS_KM;
    if angle >= std::f64::consts::PI {
        1.0
    } else {
        (angle / 2.0).sin().powi(2)
    }
}

/// The distance of a measure, in kilometres.
pub fn km_of_measure(h: f64) -> f64 {
    2.0 * EARTH_RADIUS_KM * h.clamp(0.0, 1.0).sqrt().asin()
}

/// sin² of half of a difference given in 1e-7 degree.
fn half_sine_squared(difference_e7: i64) -> f64 {
    let s = (difference_e7 as f64 * (1e-7_f64.to_radians() / 2.0)).sin();
    s * s
}

/// Half of a difference given in 1e-7 degree, squared, in radians; only where the series below is close.
fn half_squared(difference_e7: i64) -> Option<f64> {
    let half = difference_e7 as f64 * (1e-7_f64.to_radians() / 2.0);
    (half < 0.5).then_some(half * half)
}

/// Not more than [`half_sine_squared`], at a tenth of its price: sin² x ≥ x² − x⁴/3.
fn half_sine_squared_low(difference_e7: i64) -> f64 {
    match half_squared(difference_e7) {
        Some(x2) => x2 * (1.0 - x2 / 3.0),
        None => half_sine_squared(difference_e7),
    }
}

/// Not less: sin² x ≤ x² − x⁴/3 + 2x⁶/45.
fn half_sine_squared_high(difference_e7: i64) -> f64 {
    match half_squared(difference_e7) {
        Some(x2) => x2 * (1.0 - x2 / 3.0 + x2 * x2 * (2.0 / 45.0)),
        None => half_sine_squared(difference_e7),
    }
}

/// The difference of two longitudes the short way round, at most 180 degrees.
fn around(a: i64, b: i64) -> i64 {
    let d = (a - b).abs();
    d.min(3_600_000_000 - d)
}

impl Origin {
    /// Distances from this point.
    pub fn new(point: Point) -> Self {
        Self {
            point,
            cos: point.lat().to_radians().cos(),
            sin: point.lat().to_radians().sin(),
        }
    }

    /// The point.
    pub fn point(&self) -> Point {
        self.point
    }

    /// The measure from here to a point.
    pub fn measure(&self, to: Point) -> f64 {
        let lat = half_sine_squared(i64::from(to.lat_e7) - i64::from(self.point.lat_e7));
        if to.lon_e7 == self.point.lon_e7 {
            return lat;
        }
        let lon = half_sine_squared(around(i64::from(to.lon_e7), i64::from(self.point.lon_e7)));
        (lat + self.cos * to.lat().to_radians().cos() * lon).min(1.0)
    }

    /// Less for a point that is nearer, but for the curvature of the Earth: to find those first that are likely to be nearest.
    pub fn roughly(&self, to: Point) -> f32 {
        let lat = (i64::from(to.lat_e7) - i64::from(self.point.lat_e7)) as f32;
        let lon = around(i64::from(to.lon_e7), i64::from(self.point.lon_e7)) as f32 * self.cos as f32;
        lat * lat + lon * lon
    }

    /// Whether a point's [`measure`](Self::measure) is at most `most`. Mostly told by bounds, without trigonometry.
    pub fn is_within(&self, to: Point, most: f64) -> bool {
        let d_lat = i64::from(to.lat_e7) - i64::from(self.point.lat_e7);
        let d_lon = around(i64::from(to.lon_e7), i64::from(self.point.lon_e7));
        let lat_low = half_sine_squared_low(d_lat.abs());
        if lat_low * (1.0 - SAFE) > most {
            return false;
        }
        let delta = d_lat as f64 * 1e-7_f64.to_radians();
        if delta.abs() < 0.5 {
            // cos(φ+δ) = cos φ cos δ - sin φ sin δ, with δ - δ³/6 ≤ sin δ ≤ δ - δ³/6 + δ⁵/120 for δ ≥ 0.
            let (lat_high, lon_low, lon_high) = (
                half_sine_squared_high(d_lat.abs()),
                half_sine_squared_low(d_lon),
                half_sine_squared_high(d_lon),
            );
            let cube = delta - delta * delta * delta / 6.0;
            // The last term: rounding, which matters beside a pole, where the cosine vanishes.
            let slack = delta.abs().powi(5) / 120.0 * self.sin.abs() + 1e-15;
            let middle = -self.sin * cube;
            let cos_low = (self.cos * (1.0 - 2.0 * lat_high) + middle - slack).max(0.0);
            let cos_high = self.cos * (1.0 - 2.0 * lat_low) + middle + slack;
            if (lat_high + self.cos * cos_high * lon_high) * (1.0 + SAFE) <= most {
                return true;
            }
            if (lat_low + self.cos * cos_low * lon_low) * (1.0 - SAFE) > most {
                return false;
            }
        }
        self.measure(to) <= most
    }

    /// The distance from here to a point, in kilometres.
    pub fn km(&self, to: Point) -> f64 {
        km_of_measure(self.measure(to))
    }

    /// A measure that no point of the box falls below; for a box of one point its very measure.
    pub fn least(&self, bounds: &Bounds) -> f64 {
        if bounds.is_point() {
            return self.measure(Point {
                lat_e7: bounds.min_lat,
                lon_e7: bounds.min_lon,
            });
        }
        self.least_of_many(bounds)
    }

    /// The same of a box of any size, without trigonometry for those that are not on the other side of the Earth.
    fn least_of_many(&self, bounds: &Bounds) -> f64 {
        let (lat, lon) = (i64::from(self.point.lat_e7), i64::from(self.point.lon_e7));
        let (south, north) = (i64::from(bounds.min_lat), i64::from(bounds.max_lat));
        let (west, east) = (i64::from(bounds.min_lon), i64::from(bounds.max_lon));
        let mut h = half_sine_squared_low((south - lat).max(lat - north).max(0));
        if lon < west || lon > east {
            let d = around(lon, west).min(around(lon, east));
            h += self.cos * f64::from(bounds.min_cos).max(0.0) * half_sine_squared_low(d);
        }
        h * (1.0 - SAFE)
    }

    /// The greatest difference of longitude to a range of longitudes, the short way round, in 1e-7 degree.
    fn farthest_lon(&self, west: i64, east: i64) -> i64 {
        let lon = i64::from(self.point.lon_e7);
        let opposite = if lon > 0 {
            lon - 1_800_000_000
        } else {
            lon + 1_800_000_000
        };
        if (west..=east).contains(&opposite) {
            1_800_000_000
        } else {
            around(lon, west).max(around(lon, east))
        }
    }

    /// A measure that no point of the box exceeds.
    pub fn greatest(&self, bounds: &Bounds) -> f64 {
        let lat = i64::from(self.point.lat_e7);
        let (south, north) = (i64::from(bounds.min_lat), i64::from(bounds.max_lat));
        let (west, east) = (i64::from(bounds.min_lon), i64::from(bounds.max_lon));
        let d_lat = (lat - south).abs().max((lat - north).abs());
        let d_lon = self.farthest_lon(west, east);
        let h = half_sine_squared_high(d_lat) + self.cos * f64::from(bounds.max_cos) * half_sine_squared_high(d_lon);
        (h * (1.0 + SAFE)).min(1.0)
    }
}

/// Where a hit may lie. Several are met together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    /// Within a measure of a point.
    pub disc: Option<Disc>,
    /// Within one of these boxes, as (south, west, north, east) in 1e-7 degree; one across the date line comes as two.
    pub boxes: Vec<[i32; 4]>,
    /// Within an area.
    pub area: Option<Area>,
}

/// All points within a distance of an origin, with two boxes that spare most of the trigonometry: nothing outside the
/// outer one is in, everything inside the inner one is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disc {
    /// The middle.
    pub origin: Origin,
    /// The greatest measure.
    pub measure: f64,
    outer: Reach,
    inner: Reach,
}

/// A box around an origin: how far it goes north and south, east and west, in 1e-7 degree.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reach {
    lat: i64,
    lon: i64,
}

impl Disc {
    /// The disc of a radius in kilometres.
    pub fn new(origin: Origin, km: f64) -> Self {
        let measure = measure_of_km(km);
        let angle = (km / EARTH_RADIUS_KM).min(std::f64::consts::PI);
        let lat = origin.point.lat().to_radians();
        // The meridian that touches the circle; a circle around a pole touches none.
        let touching = angle.sin() / lat.cos();
        let round = angle >= std::f64::consts::FRAC_PI_2 || lat.abs() + angle >= std::f64::consts::FRAC_PI_2;
        let outer_lon = if round || touching >= 1.0 {
            std::f64::consts::PI
        } else {
            touching.asin()
        };
        // A box of 0.7 of the radius north and south leaves this much east and west at its widest cosine.
        let inner_lat = (angle * 0.7).min(std::f64::consts::FRAC_PI_2);
        let low = (lat - inner_lat).max(-std::f64::consts::FRAC_PI_2);
        let high = (lat + inner_lat).min(std::f64::consts::FRAC_PI_2);
        let widest = if low <= 0.0 && high >= 0.0 {
            1.0
        } else {
            low.cos().max(high.cos())
        };
        let left = (measure - (inner_lat / 2.0).sin().powi(2)).max(0.0);
        let sine = (left / (origin.cos * widest).max(f64::MIN_POSITIVE)).sqrt();
        let inner_lon = if sine >= 1.0 {
            std::f64::consts::PI
        } else {
            2.0 * sine.asin()
        };
        let e7 = |radians: f64| radians.to_degrees() * 1e7;
        let wider = |radians: f64| (e7(radians) * (1.0 + 1e-9)).ceil() as i64 + 1;
        let narrower = |radians: f64| ((e7(radians) * (1.0 - 1e-9)).floor() as i64 - 1).max(-1);
        Self {
            origin,
            measure,
            outer: Reach {
                lat: wider(angle),
                lon: wider(outer_lon),
            },
            inner: Reach {
                lat: narrower(inner_lat),
                lon: narrower(inner_lon),
            },
        }
    }

    /// The radius in kilometres.
    pub fn km(&self) -> f64 {
        km_of_measure(self.measure)
    }

    /// The outer box as corners; all longitudes where it goes across the date line.
    fn frame(&self) -> [i32; 4] {
        let (lat, lon) = (i64::from(self.origin.point.lat_e7), i64::from(self.origin.point.lon_e7));
        let edge = |e7: i64| e7.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        let (west, east) = (lon - self.outer.lon, lon + self.outer.lon);
        let (west, east) = if west < -1_800_000_000 || east > 1_800_000_000 {
            (i32::MIN, i32::MAX)
        } else {
            (edge(west), edge(east))
        };
        [edge(lat - self.outer.lat), west, edge(lat + self.outer.lat), east]
    }

    fn contains(&self, point: Point) -> bool {
        let north = (i64::from(point.lat_e7) - i64::from(self.origin.point.lat_e7)).abs();
        if north > self.outer.lat {
            return false;
        }
        let east = around(i64::from(point.lon_e7), i64::from(self.origin.point.lon_e7));
        if east > self.outer.lon {
            return false;
        }
        (north <= self.inner.lat && east <= self.inner.lon) || self.origin.is_within(point, self.measure)
    }

    fn relation(&self, bounds: &Bounds) -> Relation {
        let (lat, lon) = (i64::from(self.origin.point.lat_e7), i64::from(self.origin.point.lon_e7));
        let (south, north) = (i64::from(bounds.min_lat), i64::from(bounds.max_lat));
        let (west, east) = (i64::from(bounds.min_lon), i64::from(bounds.max_lon));
        let nearest_lon = if (west..=east).contains(&lon) {
            0
        } else {
            around(lon, west).min(around(lon, east))
        };
        if south - lat > self.outer.lat || lat - north > self.outer.lat || nearest_lon > self.outer.lon {
            return Relation::Outside;
        }
        let farthest_lat = (lat - south).abs().max((lat - north).abs());
        if farthest_lat <= self.inner.lat && self.origin.farthest_lon(west, east) <= self.inner.lon {
            return Relation::Inside;
        }
        if self.origin.least_of_many(bounds) > self.measure {
            Relation::Outside
        } else if self.origin.greatest(bounds) > self.measure {
            Relation::Crosses
        } else {
            Relation::Inside
        }
    }
}

/// A polygon in degrees. Its edges are straight lines on the map of longitude and latitude, as in GeoJSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    polygon: Polygon<f64>,
}

impl Area {
    /// The polygon of a ring of (longitude, latitude); the ring is closed if it is not.
    pub fn new(ring: Vec<(f64, f64)>) -> Self {
        Self {
            polygon: Polygon::new(LineString::from(ring), Vec::new()),
        }
    }

    fn contains(&self, point: Point) -> bool {
        // A point on the edge is in.
        self.polygon.intersects(&geo::Point::new(point.lon(), point.lat()))
    }

    fn relation(&self, bounds: &Bounds) -> Relation {
        let corner = |lat: i32, lon: i32| Coord {
            x: f64::from(lon) / 1e7,
            y: f64::from(lat) / 1e7,
        };
        let rect = Rect::new(
            corner(bounds.min_lat, bounds.min_lon),
            corner(bounds.max_lat, bounds.max_lon),
        );
        match self.polygon.bounding_rect() {
            Some(around) if around.intersects(&rect) => {}
            _ => return Relation::Outside,
        }
        if bounds.is_point() {
            return if self.polygon.intersects(&rect.min()) {
                Relation::Inside
            } else {
                Relation::Outside
            };
        }
        if self.polygon.contains(&rect.to_polygon()) {
            Relation::Inside
        } else if self.polygon.intersects(&rect.to_polygon()) {
            Relation::Crosses
        } else {
            Relation::Outside
        }
    }
}

impl Region {
    /// Whether it asks nothing.
    pub fn is_everywhere(&self) -> bool {
        self.disc.is_none() && self.boxes.is_empty() && self.area.is_none()
    }

    /// Whether a point is in.
    pub fn contains(&self, point: Point) -> bool {
        self.disc.is_none_or(|disc| disc.contains(point))
            && (self.boxes.is_empty() || self.boxes.iter().any(|b| box_contains(b, point)))
            && self.area.as_ref().is_none_or(|area| area.contains(point))
    }

    /// A box (south, west, north, east in 1e-7 degree) outside of which nothing of the region is. An area is taken for the whole
    /// Earth.
    pub fn frame(&self) -> [i32; 4] {
        let whole = [i32::MIN, i32::MIN, i32::MAX, i32::MAX];
        let mut frame = self.disc.map_or(whole, |disc| disc.frame());
        if !self.boxes.is_empty() {
            let edges = |edge: usize| self.boxes.iter().map(move |corners| corners[edge]);
            for (edge, own) in frame.iter_mut().enumerate() {
                *own = if edge < 2 {
                    edges(edge).min().map_or(*own, |least| least.max(*own))
                } else {
                    edges(edge).max().map_or(*own, |greatest| greatest.min(*own))
                };
            }
        }
        frame
    }

    /// How a box lies to the region.
    pub fn relation(&self, bounds: &Bounds) -> Relation {
        let mut all = Relation::Inside;
        if let Some(disc) = &self.disc {
            match disc.relation(bounds) {
                Relation::Outside => return Relation::Outside,
                Relation::Crosses => all = Relation::Crosses,
                Relation::Inside => {}
            }
        }
        if !self.boxes.is_empty() {
            match self
                .boxes
                .iter()
                .map(|b| box_relation(b, bounds))
                .max_by_key(|r| match r {
                    Relation::Outside => 0,
                    Relation::Crosses => 1,
                    Relation::Inside => 2,
                }) {
                Some(Relation::Outside) => return Relation::Outside,
                Some(Relation::Crosses) => all = Relation::Crosses,
                _ => {}
            }
        }
        if let Some(area) = &self.area {
            match area.relation(bounds) {
                Relation::Outside => return Relation::Outside,
                Relation::Crosses => all = Relation::Crosses,
                Relation::Inside => {}
            }
        }
        all
    }
}

/// Whether a point is in a box of (south, west, north, east).
pub fn box_contains(&[south, west, north, east]: &[i32; 4], point: Point) -> bool {
    (south..=north).contains(&point.lat_e7) && (west..=east).contains(&point.lon_e7)
}

fn box_relation(&[south, west, north, east]: &[i32; 4], bounds: &Bounds) -> Relation {
    if bounds.max_lat < south || bounds.min_lat > north || bounds.max_lon < west || bounds.min_lon > east {
        Relation::Outside
    } else if bounds.min_lat >= south && bounds.max_lat <= north && bounds.min_lon >= west && bounds.max_lon <= east {
        Relation::Inside
    } else {
        Relation::Crosses
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn boxes_never_overrule_the_measure(
            (lat, lon) in (-90.0..=90.0, -180.0..=180.0),
            (lat2, lon2) in (-90.0..=90.0, -180.0..=180.0),
            (d_lat, d_lon) in (-3.0..=3.0, -3.0..=3.0),
            km in prop_oneof![0.1..500.0, 0.1..20_015.0],
            close in any::<bool>(),
        ) {
            let near: (f64, f64) = if close { (lat + d_lat, lon + d_lon) } else { (lat2, lon2) };
            let (Some(from), Some(to)) = (Point::from_degrees(lat, lon), Point::from_degrees(near.0, near.1)) else {
                return Ok(());
            };
            let origin = Origin::new(from);
            let disc = Disc::new(origin, km);
            prop_assert_eq!(disc.contains(to), origin.measure(to) <= disc.measure);
            prop_assert!(!disc.contains(to) || box_contains(&disc.frame(), to));
            for most in [origin.measure(to).next_down(), origin.measure(to), origin.measure(to) * (1.0 - 1e-9)] {
                prop_assert_eq!(origin.is_within(to, most), origin.measure(to) <= most);
            }
            let bounds = Bounds::of(to).or(Bounds::of(Point::from_degrees(lat2, lon2).expect("on the globe")));
            prop_assert!(origin.least(&bounds) <= origin.measure(to));
            prop_assert!(origin.greatest(&bounds) >= origin.measure(to));
            match disc.relation(&bounds) {
                Relation::Outside => prop_assert!(!disc.contains(to)),
                Relation::Inside => prop_assert!(disc.contains(to)),
                Relation::Crosses => {}
            }
        }
    }
}
