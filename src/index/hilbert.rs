//! The Hilbert curve over the globe: points near each other get keys near each other, so documents sorted by the key lie
//! in the file as they lie on the map.

use crate::vocab::place::Point;

/// Bits for each axis. 31 leave two bits of a `u64` for the kinds of documents; a cell is then under two centimetres.
const BITS: u32 = 31;

/// The key of a point, below 2^62.
pub fn key(point: Point) -> u64 {
    // Both axes are scaled by the same factor, so that a cell is a square in degrees. 3.6e9 units fit into 32 bits; one is dropped.
    let x = (i64::from(point.lon_e7) + 1_800_000_000) as u64 >> (32 - BITS);
    let y = (i64::from(point.lat_e7) + 900_000_000) as u64 >> (32 - BITS);
    curve(x, y)
}

/// Whether two points have the same key, though they may differ by a centimetre or two.
pub fn same_cell(a: Point, b: Point) -> bool {
    let cell = |e7: i32, shift: i64| (i64::from(e7) + shift) >> (32 - BITS);
    cell(a.lon_e7, 1_800_000_000) == cell(b.lon_e7, 1_800_000_000)
        && cell(a.lat_e7, 900_000_000) == cell(b.lat_e7, 900_000_000)
}

/// The classic construction, one bit of each axis at a time from the top: emit the quadrant, then turn the curve.
fn curve(mut x: u64, mut y: u64) -> u64 {
    let side = 1 << BITS;
    let mut key = 0;
    let mut half = side >> 1;
    while half > 0 {
        let right = u64::from(x & half > 0);
        let upper = u64::from(y & half > 0);
        key += half * half * ((3 * right) ^ upper);
        if upper == 0 {
            if right == 1 {
                x = side - 1 - x;
                y = side - 1 - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        half >>= 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_one_walk_without_jumps() {
        // At the finest level, neighbours on the curve are neighbours on the map: check a stretch of it by inversion over a block.
        let mut cells: Vec<(u64, u64, u64)> = (0..32)
            .flat_map(|x| (0..32).map(move |y| (curve(x, y), x, y)))
            .collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            assert_eq!(pair[1].0 - pair[0].0, 1, "no key is left out");
            assert_eq!(
                pair[1].1.abs_diff(pair[0].1) + pair[1].2.abs_diff(pair[0].2),
                1,
                "no jump"
            );
        }
    }

    #[test]
    fn corners_of_the_globe_fit() {
        for (lat, lon) in [(-90.0, -180.0), (90.0, 180.0), (0.0, 0.0), (-90.0, 180.0)] {
            assert!(key(Point::from_degrees(lat, lon).expect("on the globe")) < 1 << 62);
        }
    }
}
