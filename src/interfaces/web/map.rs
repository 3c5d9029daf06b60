//! The results of a page on a map: drawn here, as SVG, from nothing but their points. No tiles, so nobody outside learns what was
//! searched for; north is up, rings tell how far it is from the place that was searched.
//!
//! Near a place the earth is flat enough: a degree of longitude is that of latitude times the cosine of the place's. Longitudes are
//! taken relative to the middle, so the date line is a line like any other.

use maud::{Markup, html};

use super::{
    answer::{Card, Place},
    results::Names,
};

/// Miles in a degree of latitude.
const MILES_PER_DEGREE: f64 = 69.09;
/// Half the side of the picture, in its own units.
const HALF: f64 = 180.0;
/// The part of it that points may take: markers need room beyond.
const INSIDE: f64 = 152.0;
/// How far the middles of two markers are apart at least: a finger must meet one of them.
const APART: f64 = 29.0;
/// The least half of a side, in miles: below it, a point is known no better.
const CLOSEST: f64 = 0.2;
/// Radii of rings, in miles.
const RINGS: [f64; 14] = [
    0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0,
];

/// Where something is drawn: from the middle to the right and down.
type Spot = (f64, f64);

/// What is drawn of one result.
#[derive(Clone, Debug, PartialEq)]
struct Marker {
    /// Its number among the cards, from one.
    number: usize,
    /// Where it is.
    point: Spot,
    /// Where its marker stands: there, or beside it where another one stands.
    spot: Spot,
}

/// The picture: how many units a mile is, and what stands where.
#[derive(Debug)]
struct Plan {
    per_mile: f64,
    markers: Vec<Marker>,
}

/// Draws points (number, latitude, longitude) around a middle, or so that all fit.
fn plan(points: &[(usize, f64, f64)], around: Option<(f64, f64)>) -> Plan {
    let (lat, lon) = around.unwrap_or_else(|| middle(points));
    let shrink = lat.to_radians().cos().max(0.01);
    let miles = points.iter().map(|(number, north, east)| {
        let x = turned(east - lon) * shrink * MILES_PER_DEGREE;
        (*number, x, (lat - north) * MILES_PER_DEGREE)
    });
    let miles = miles.collect::<Vec<_>>();
    let farthest = miles
        .iter()
        .map(|(_, x, y)| x.abs().max(y.abs()))
        .fold(CLOSEST, f64::max);
    let per_mile = INSIDE / farthest;
    let mut markers: Vec<Marker> = Vec::new();
    for (number, x, y) in miles {
        let point = (x * per_mile, y * per_mile);
        let spot = free_spot(point, &markers);
        markers.push(Marker { number, point, spot });
    }
    Plan { per_mile, markers }
}

/// A difference of longitudes the short way round.
fn turned(degrees: f64) -> f64 {
    (degrees + 540.0).rem_euclid(360.0) - 180.0
}

/// The middle of the box around points.
fn middle(points: &[(usize, f64, f64)]) -> (f64, f64) {
    let Some((_, _, first)) = points.first() else {
        return (0.0, 0.0);
    };
    let ends = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (south, north) = ends(&mut points.iter().map(|(_, lat, _)| *lat));
    let (west, east) = ends(&mut points.iter().map(|(_, _, lon)| turned(lon - first)));
    (f64::midpoint(south, north), turned(first + f64::midpoint(west, east)))
}

/// The spot nearest to a point at which a marker covers no other.
fn free_spot(point: Spot, taken: &[Marker]) -> Spot {
    const WAYS: usize = 12;
    let is_free = |spot: &Spot| {
        let inside = spot.0.abs().max(spot.1.abs()) <= HALF - 15.0;
        inside
            && taken
                .iter()
                .all(|other| (other.spot.0 - spot.0).hypot(other.spot.1 - spot.1) >= APART)
    };
    let around = (1..40).flat_map(|step| {
        (0..WAYS).map(move |way| {
            let angle = std::f64::consts::TAU * way as f64 / WAYS as f64;
            let far = f64::from(step) * APART / 2.0;
            (point.0 + far * angle.sin(), point.1 - far * angle.cos())
        })
    });
    std::iter::once(point).chain(around).find(is_free).unwrap_or(point)
}

/// The rings that fit, at most two: more would be hidden by what stands in them.
fn rings(per_mile: f64) -> Vec<f64> {
    let fitting = RINGS.iter().copied().filter(|miles| miles * per_mile <= INSIDE + 10.0);
    let mut fitting = fitting.collect::<Vec<_>>();
    fitting.split_off(fitting.len().saturating_sub(2))
}

/// The results of a page on a map, folded; nothing where there is nothing to be seen on it.
pub fn of(cards: &[Card], place: Option<&Place>, names: &Names<'_>) -> Markup {
    let points = (1..).zip(cards).filter_map(|(number, card)| {
        let location = card.location.as_ref()?;
        Some((number, location.lat?, location.lon?))
    });
    let points = points.collect::<Vec<_>>();
    if points.len() < if place.is_some() { 1 } else { 2 } {
        return html! {};
    }
    let plan = plan(&points, place.map(|place| (place.lat, place.lon)));
    let say = names.say;
    let label = say.map_of(points.len(), place.and_then(|place| place.label.as_deref()));
    let without = cards.len() - points.len();
    html! {
        details .map .aside {
            summary { (say.map()) }
            h3 .label { (say.map()) }
            (picture(&plan, place.is_some(), &label, cards, names))
            p .more { (say.map_numbers()) @if without > 0 { " " (say.map_without(without)) } }
        }
    }
}

fn picture(plan: &Plan, is_around: bool, label: &str, cards: &[Card], names: &Names<'_>) -> Markup {
    let say = names.say;
    let rings = rings(plan.per_mile);
    html! {
        svg viewBox={ (-HALF) " " (-HALF) " " (2.0 * HALF) " " (2.0 * HALF) } role="group" aria-labelledby="map-title" {
            title #map-title { (label) }
            g .ground role="img" aria-label=(label) {
                @if is_around {
                    @for miles in &rings { circle .ring r=(tenths(miles * plan.per_mile)) {} }
                    path .middle d="M-7 0H7M0-7V7" {}
                    @for miles in &rings { text .scale y=(tenths(12.0 - miles * plan.per_mile)) { (say.miles_short(*miles)) } }
                } @else if let Some(miles) = rings.last() {
                    path .bar d={ "M" (8.0 - HALF) " " (HALF - 8.0) "h" (tenths(miles * plan.per_mile)) } {}
                    text .scale .begins x=(8.0 - HALF) y=(HALF - 14.0) { (say.miles_short(*miles)) }
                }
                path .north d={ "M" (HALF - 14.0) " " (14.0 - HALF) "l5 12h-10z" } {}
                text .scale x=(HALF - 14.0) y=(40.0 - HALF) { (say.north()) }
                @for marker in plan.markers.iter().filter(|marker| marker.spot != marker.point) {
                    path .lead d={ "M" (tenths(marker.point.0)) " " (tenths(marker.point.1)) "L" (tenths(marker.spot.0)) " " (tenths(marker.spot.1)) } {}
                    circle .point cx=(tenths(marker.point.0)) cy=(tenths(marker.point.1)) r="2.5" {}
                }
            }
            // Who is first stands above the others.
            @for marker in plan.markers.iter().rev() {
                @let name = cards.get(marker.number - 1).map_or("", |card| card.name.as_str());
                a href={ "#result-" (marker.number) } aria-label={ (marker.number) ", " (name) } {
                    circle .marker cx=(tenths(marker.spot.0)) cy=(tenths(marker.spot.1)) r="13" {}
                    text x=(tenths(marker.spot.0)) y=(tenths(marker.spot.1 + 4.5)) { (marker.number) }
                }
            }
        }
    }
}

/// A length in the picture: no eye sees more.
fn tenths(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn north_is_up_and_degrees_of_longitude_shrink() {
        let drawn = plan(&[(1, 61.0, 10.0), (2, 60.0, 11.0)], Some((60.0, 10.0)));
        let [north, east] = &drawn.markers[..] else {
            panic!("two markers");
        };
        assert!(
            north.point.0.abs() < 1e-9 && (north.point.1 + INSIDE).abs() < 1e-9,
            "{north:?}"
        );
        assert!(east.point.1.abs() < 1e-9, "{east:?}");
        assert!(
            (east.point.0 - INSIDE / 2.0).abs() < 1.0,
            "cos 60\u{b0} is a half: {east:?}"
        );
        assert_eq!(rings(drawn.per_mile), [20.0, 50.0]);
    }

    #[test]
    fn the_date_line_parts_nobody() {
        let fiji = [(1, -17.0, 179.9), (2, -17.0, -179.9)];
        let drawn = plan(&fiji, None);
        let [west, east] = &drawn.markers[..] else {
            panic!("two markers");
        };
        assert!(
            (west.point.0 + INSIDE).abs() < 1e-6 && (east.point.0 - INSIDE).abs() < 1e-6,
            "{drawn:?}"
        );
        assert!((middle(&fiji).1.abs() - 180.0).abs() < 1e-9);
        let around = plan(&fiji, Some((-17.0, -179.95)));
        assert!(
            around
                .markers
                .iter()
                .all(|marker| marker.point.0.abs() <= INSIDE + 1e-9)
        );
    }

    #[test]
    fn markers_of_one_house_stand_beside_each_other_within_the_picture() {
        for at in [(29.7, -95.4), (29.9, -95.6)] {
            let points = (1..=20).map(|number| (number, at.0, at.1)).collect::<Vec<_>>();
            let drawn = plan(&points, Some((29.7, -95.4)));
            for (n, one) in drawn.markers.iter().enumerate() {
                assert!(one.spot.0.abs().max(one.spot.1.abs()) <= HALF - 14.0, "{one:?}");
                for other in &drawn.markers[..n] {
                    let apart = (one.spot.0 - other.spot.0).hypot(one.spot.1 - other.spot.1);
                    assert!(apart > APART - 1e-6, "{one:?} covers {other:?}");
                }
            }
            assert_eq!(drawn.markers[0].spot, drawn.markers[0].point);
        }
    }

    #[test]
    fn one_point_and_none_are_drawn() {
        let one = plan(&[(1, 10.0, 20.0)], None);
        assert_eq!((one.markers[0].point, rings(one.per_mile).len()), ((0.0, 0.0), 1));
        assert!(plan(&[], None).markers.is_empty());
        assert_eq!(tenths(-1.26), -1.3);
    }
}
