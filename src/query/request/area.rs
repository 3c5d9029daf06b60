//! Areas on a map: boxes and polygons.

use crate::vocab::place::Point;

/// Most corners of a polygon.
const MAX_CORNERS: usize = 500;

fn degrees(value: &str, count: usize) -> Option<Vec<f64>> {
    let numbers: Option<Vec<f64>> = value
        .split(',')
        .map(|part| part.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    numbers.filter(|numbers| numbers.len() == count)
}

/// `west,south,east,north`; a box whose west is greater than its east goes across the date line.
pub(super) fn bbox(value: &str) -> Result<Vec<[i32; 4]>, &'static str> {
    let numbers = degrees(value, 4).ok_or("must be west,south,east,north in degrees")?;
    let (southwest, northeast) = (
        Point::from_degrees(numbers[1], numbers[0]),
        Point::from_degrees(numbers[3], numbers[2]),
    );
    let (Some(sw), Some(ne)) = (southwest, northeast) else {
        return Err("latitudes are -90 to 90, longitudes -180 to 180");
    };
    if sw.lat_e7 > ne.lat_e7 {
        return Err("south must not be north of north: the order is west,south,east,north");
    }
    Ok(if sw.lon_e7 <= ne.lon_e7 {
        vec![[sw.lat_e7, sw.lon_e7, ne.lat_e7, ne.lon_e7]]
    } else {
        vec![
            [sw.lat_e7, sw.lon_e7, ne.lat_e7, 1_800_000_000],
            [sw.lat_e7, -1_800_000_000, ne.lat_e7, ne.lon_e7],
        ]
    })
}

/// `lon,lat;lon,lat;...` with at least three corners.
pub(super) fn polygon(value: &str) -> Result<Vec<(f64, f64)>, &'static str> {
    let corners: Option<Vec<(f64, f64)>> = value
        .split(';')
        .filter(|corner| !corner.trim().is_empty())
        .map(|corner| {
            degrees(corner, 2)
                .filter(|n| Point::from_degrees(n[1], n[0]).is_some())
                .map(|n| (n[0], n[1]))
        })
        .collect();
    match corners {
        Some(corners) if (3..=MAX_CORNERS).contains(&corners.len()) => {
            let encloses = !is_line(&corners);
            encloses
                .then_some(corners)
                .ok_or("must enclose an area: all corners are on one line")
        }
        Some(_) => Err("a polygon has 3 to 500 corners"),
        None => Err("must be lon,lat pairs separated by `;`"),
    }
}

/// Whether all corners lie on one line, or at one point.
fn is_line(corners: &[(f64, f64)]) -> bool {
    let (lon, lat) = corners[0];
    let mut ways = corners.iter().map(|corner| (corner.0 - lon, corner.1 - lat));
    let Some(way) = ways.find(|way| *way != (0.0, 0.0)) else {
        return true;
    };
    ways.all(|other| way.0 * other.1 == way.1 * other.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polygon_encloses_something() {
        for line in ["1,1;1,1;1,1", "1,1;2,2;3,3", "1,1;1,2;1,3;1,1"] {
            assert!(polygon(line).is_err(), "{line}");
        }
        assert!(polygon("1,1;2,2;3,2").is_ok());
        assert!(polygon("1,1;2,2").is_err());
    }
}
