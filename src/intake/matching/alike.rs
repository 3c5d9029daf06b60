//! Words that stand for one another: a slip of the hand, what a scanner makes of letters, the same sound.

use crate::intake::census::CENSUS;
use crate::vocab::keys::sound;

/// Of a million people, so many bear a given name that is a usual one.
const USUAL_GIVEN: f32 = 20.0;
/// Share of those called so from which on a given name is one of that sex.
const OF_ONE_SEX: f32 = 0.9;

/// Whether one is a given name of women and the other of men: a letter apart they are two people's all the same.
pub fn are_of_two_sexes(a: &str, b: &str) -> bool {
    let women = |name: &str| CENSUS.weight(name).women();
    match (women(a), women(b)) {
        (Some(a), Some(b)) => (a >= OF_ONE_SEX && b <= 1.0 - OF_ONE_SEX) || (b >= OF_ONE_SEX && a <= 1.0 - OF_ONE_SEX),
        _ => false,
    }
}

/// Whether both are usual given names, each in its own right.
pub fn are_usual(a: &str, b: &str) -> bool {
    [a, b].iter().all(|name| CENSUS.weight(name).given >= USUAL_GIVEN)
}

/// Whether a word of an organisation's name is another one as it was mistyped, misread or cut.
pub fn is_slip(word: &str, other: &str) -> bool {
    is_typo(word, other) || is_short_for(word, other) || is_alike(word, other)
}

/// Whether a word of an organisation's name is another one cut or without its vowels: `transporta`, `fam`, `hlth`, `ptnrs`.
pub fn is_short_for(short: &str, long: &str) -> bool {
    if short.len() < 3 || long.len() < short.len() + 2 || !short.is_ascii() || !long.is_ascii() {
        return false;
    }
    if long.starts_with(short) {
        return true;
    }
    let bare = !short[1..].contains(['a', 'e', 'i', 'o', 'u']);
    let mut rest = long.bytes();
    bare && short.len() <= 6
        && short.as_bytes()[0] == long.as_bytes()[0]
        && short.bytes().all(|letter| rest.any(|other| other == letter))
}

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
    fn short_writings_are_those_of_their_words() {
        for (short, long) in [
            ("hlth", "health"),
            ("fam", "family"),
            ("ptnrs", "partners"),
            ("transporta", "transportation"),
        ] {
            assert!(is_short_for(short, long), "{short} {long}");
        }
        for (short, long) in [
            ("care", "cancer"),
            ("hlth", "hospital"),
            ("st", "street"),
            ("dental", "dentistry"),
        ] {
            assert!(!is_short_for(short, long), "{short} {long}");
        }
    }

    #[test]
    fn names_of_two_sexes_are_no_slips_of_one_another() {
        for (one, other) in [("paula", "paul"), ("mary", "gary"), ("brian", "briana")] {
            assert!(are_of_two_sexes(one, other) && is_typo(one, other), "{one} {other}");
        }
        for (one, other) in [("jon", "john"), ("grry", "gary"), ("carol", "carole")] {
            assert!(!are_of_two_sexes(one, other), "{one} {other}");
        }
    }

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
