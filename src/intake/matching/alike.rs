//! Words that stand for one another: a slip of the hand, what a scanner makes of letters, the same sound.

use crate::vocab::keys::sound;

/// One letter more, less or other, or two swapped, in words long enough to tell; or what a scanner makes of letters.
pub fn is_typo(a: &str, b: &str) -> bool {
    if a == b || a.len().max(b.len()) < 4 || a.len().abs_diff(b.len()) > 2 {
        return false;
    }
    is_one_edit(a, b) || scanned_alike(a, b)
}

/// Whether two words that differ are one edit apart: what is left without what they begin and end with in common.
fn is_one_edit(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&a[..a.len() - end], &b[..b.len() - end]) {
        ([], [_]) | ([_], []) | ([_], [_]) => true,
        ([one, two], [three, four]) => one == four && two == three,
        _ => false,
    }
}

/// Letters that look alike in print.
pub const LOOKALIKES: [(&str, &str); 9] = [
    ("rn", "m"),
    ("cl", "d"),
    ("vv", "w"),
    ("l", "i"),
    ("h", "b"),
    ("c", "e"),
    ("u", "v"),
    ("nn", "m"),
    ("li", "h"),
];

/// Whether one is the other with one pair of letters read for another, wherever they stand.
fn scanned_alike(a: &str, b: &str) -> bool {
    a.len() > 4 && LOOKALIKES.iter().any(|(one, two)| are_read_alike(a, b, one, two))
}

fn are_read_alike(mut a: &str, mut b: &str, one: &str, two: &str) -> bool {
    // A piece that looks like the other is passed over on both sides at once.
    let piece = |word: &str| match () {
        () if word.starts_with(one) => one.len(),
        () if word.starts_with(two) => two.len(),
        () => 0,
    };
    while !a.is_empty() && !b.is_empty() {
        match (piece(a), piece(b)) {
            (0, 0) if a.as_bytes()[0] == b.as_bytes()[0] && a.is_ascii() && b.is_ascii() => {
                (a, b) = (&a[1..], &b[1..]);
            }
            (of_a, of_b) if of_a > 0 && of_b > 0 => (a, b) = (&a[of_a..], &b[of_b..]),
            _ => return false,
        }
    }
    a.is_empty() && b.is_empty()
}

/// The same sound, or two letters apart in a long word.
pub fn is_alike(a: &str, b: &str) -> bool {
    if a.len().min(b.len()) < 4 || a.len().abs_diff(b.len()) > 3 {
        return false;
    }
    // An edit changes two letters of the alphabet at most.
    if (letters(a) ^ letters(b)).count_ones() > 6 {
        return false;
    }
    let near = strsim::osa_distance(a, b);
    (near <= 2 && a.len().max(b.len()) > 6) || (near <= 3 && sound(a) == sound(b))
}

/// One bit for each letter that occurs.
fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |bits, byte| bits | 1 << (byte % 32))
}

/// Whether a damaged number is at one slip from an NPI.
pub fn is_near(digits: &str, npi: u64) -> bool {
    strsim::osa_distance(digits, &format!("{npi:010}")) <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_and_what_a_scanner_makes_of_letters() {
        for (one, other) in [
            ("smith", "smyth"),
            ("smith", "smit"),
            ("smith", "msith"),
            ("martin", "rnartin"),
            ("daley", "claley"),
            ("gonzalez", "gonzales"),
            ("wendell", "wendeii"),
        ] {
            assert!(is_typo(one, other) && is_typo(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("smith", "smith"),
            ("smith", "smythe"),
            ("li", "lo"),
            ("baker", "bakery shop"),
            ("anderson", "sanderso"),
        ] {
            assert!(!is_typo(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("smith", "smyth"),
            ("teh", "the"),
            ("abcd", "badc"),
            ("ab", "abc"),
            ("abc", "xyz"),
        ] {
            let plain = strsim::osa_distance(one, other) == 1;
            assert_eq!(is_one_edit(one, other), plain, "{one} {other}");
        }
    }
}
