//! Words that stand for one another: a slip of the hand, what a scanner makes of letters, the same sound.

use std::ops::Range;

use super::called::is_usual_of_organizations;
use crate::intake::census::CENSUS;
use crate::vocab::keys::{self, sound};

/// Of a million people, so many bear a given name that is a usual one.
const USUAL_GIVEN: f32 = 20.0;
/// And so many one that hardly stands for another.
const IN_ITS_OWN_RIGHT: f32 = 500.0;
/// Share of those called so from which on a given name is one of that sex.
const OF_ONE_SEX: f32 = 0.9;

/// Letters that are left of a name of several words at least.
const SHORTEST_CUT_OFF: usize = 10;

/// Whether one is a given name of women and the other of men: a letter apart they are two people's all the same.
pub fn are_of_two_sexes(a: &str, b: &str) -> bool {
    let women = |name: &str| CENSUS.weight(name).women();
    match (women(a), women(b)) {
        (Some(a), Some(b)) => (a >= OF_ONE_SEX && b <= 1.0 - OF_ONE_SEX) || (b >= OF_ONE_SEX && a <= 1.0 - OF_ONE_SEX),
        _ => false,
    }
}

/// Whether nearly all who are called so are of one sex.
pub fn is_of_one_sex(name: &str) -> bool {
    let women = CENSUS.weight(name).women();
    women.is_some_and(|women| women >= OF_ONE_SEX || women <= 1.0 - OF_ONE_SEX)
}

/// Whether a name is the first two or more of some parts, written together.
pub fn is_joined<'p>(name: &str, parts: impl Iterator<Item = &'p String>) -> bool {
    let mut rest = name;
    for (before, part) in parts.enumerate() {
        match rest.strip_prefix(part.as_str()) {
            Some("") => return before > 0,
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    false
}

/// Whether a name in one word is some words written together.
pub fn are_glued(words: &[String], name: &str) -> bool {
    let rest = words
        .iter()
        .try_fold(name, |rest, word| rest.strip_prefix(word.as_str()));
    rest == Some("")
}

/// Whether a name in one word is some words written together but for one slip, which is of no digit: `Suite 1` is not `Suite 2`.
pub fn is_slip_of(name: &str, words: &[String]) -> bool {
    let letters: usize = words.iter().map(String::len).sum();
    if letters < SHORTEST_CUT_OFF || letters.abs_diff(name.len()) > 1 {
        return false;
    }
    let other = words.concat();
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
    is_one_edit(name, &other) && digits(name) == digits(&other)
}

/// Whether a name of several words is another one as a narrow column has cut it: `mountain view ho`.
pub fn is_cut_off(given: &[String], own: &[String]) -> bool {
    let Some((last, before)) = given.split_last() else {
        return false;
    };
    let letters: usize = given.iter().map(String::len).sum();
    !before.is_empty()
        && letters >= SHORTEST_CUT_OFF
        && own.starts_with(before)
        && own
            .get(before.len())
            .is_some_and(|word| word.starts_with(last.as_str()))
}

/// Whether a given name is that of so many that it is seldom a short form of another: `Jose` is not `Joseph`.
pub fn is_in_its_own_right(name: &str) -> bool {
    CENSUS.weight(name).given >= IN_ITS_OWN_RIGHT
}

/// Whether both are usual given names, each in its own right.
pub fn are_usual(a: &str, b: &str) -> bool {
    [a, b].iter().all(|name| CENSUS.weight(name).given >= USUAL_GIVEN)
}

/// Whether a word of an organisation's name was written for another, which is kept in the shortest of its usual writings.
pub fn is_written_for(word: &str, kept: &str) -> bool {
    let stands = |whole: &str| is_slip(word, whole) || is_in_two_letters(word, whole);
    // Hardly anybody mistypes the first letter, and most words are not alike at all.
    let begins = word.as_bytes().first() == kept.as_bytes().first();
    stands(kept) || (begins && keys::long_writings(kept).any(stands))
}

/// `Gp`, `Cr`, `Hm` for what many organisations are: the first letter and one more of its consonants.
fn is_in_two_letters(short: &str, long: &str) -> bool {
    let [first, second] = short.as_bytes() else {
        return false;
    };
    let consonant = second.is_ascii_alphabetic() && !b"aeiou".contains(second);
    let spelt = long
        .as_bytes()
        .split_first()
        .is_some_and(|(begin, rest)| begin == first && rest.contains(second));
    (consonant && spelt && is_usual_of_organizations(long))
        || matches!((short, long), ("rx", "pharm") | ("tx", "therapy"))
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

/// Whether a word of one name stands for several side by side in the other, or is one of several that stand for one: `PT` and
/// `Physical Therapy`, `UC` and `Urgent Care`.
pub fn are_initials(of: &[String], other: &[String], at: usize) -> bool {
    stands_for(&of[at], other).is_some()
        || other
            .iter()
            .any(|short| stands_for(short, of).is_some_and(|long| long.contains(&at)))
}

/// Where the words stand that one has the initials of, or that it is when they are written together: `HomeCare`.
fn stands_for(one: &str, words: &[String]) -> Option<Range<usize>> {
    let spells = |run: &[String]| {
        let mut letters = run.iter().zip(one.chars());
        letters.all(|(word, letter)| word.starts_with(letter) && word.len() > 2)
    };
    // Longer ones stand for the whole name only.
    let may_be = (2..=3).contains(&one.len()) || (one.len() == words.len() && one.len() <= 6);
    let initials = if may_be && one.is_ascii() {
        words.windows(one.len()).position(spells)
    } else {
        None
    };
    let is_joined = |run: &[String]| one.strip_prefix(run[0].as_str()) == Some(run[1].as_str());
    let joined = || words.windows(2).position(is_joined);
    match initials {
        Some(start) => Some(start..start + one.len()),
        None => joined().map(|start| start..start + 2),
    }
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
    use crate::vocab::names::words;

    #[test]
    fn names_of_organisations_are_one_written_together_or_with_a_slip() {
        for (given, own, glued, slip) in [
            ("SAINTJOSEPHCLINIC", "Saint Joseph Clinic", true, false),
            ("Saint Joseph Clinics", "Saint Joseph Clinic", false, true),
            (
                "Family FirstrBrooklyn Dentistry",
                "Family First Brooklyn Dentistry",
                false,
                true,
            ),
            ("Rlo Grande Transport", "Rio Grande Transport", false, true),
            ("Grande Clinic 12", "Grande Clinic 13", false, false),
            ("Grande Clinic 12", "Grande Clinic 1", false, false),
            ("Northside Dental", "Southside Dental", false, false),
            ("A Clinic", "B Clinic", false, false),
            ("", "Clinic", false, false),
        ] {
            let (name, own) = (keys::glued(given), words(own));
            assert_eq!(are_glued(&own, &name), glued, "{given}");
            assert_eq!(is_slip_of(&name, &own), slip, "{given}");
        }
    }

    #[test]
    fn a_name_is_joined_of_its_parts() {
        let parts = ["mary".to_owned(), "anne".to_owned(), "lou".to_owned()];
        for (name, joined) in [
            ("maryanne", true),
            ("maryannelou", true),
            ("mary", false),
            ("maryann", false),
            ("maryannelouise", false),
            ("anne", false),
        ] {
            assert_eq!(is_joined(name, parts.iter()), joined, "{name}");
        }
    }

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
    fn words_are_written_for_those_that_are_kept_short() {
        for (word, usual) in [
            ("orthopaaedic", "orthopaedic"),
            ("physiccians", "physicians"),
            ("pharmcay", "pharmacy"),
            ("rx", "pharmacy"),
            ("cmty", "community"),
            ("serv", "services"),
            ("gp", "group"),
            ("cr", "center"),
            ("cl", "clinic"),
            ("hm", "home"),
        ] {
            let kept = keys::organization_words(usual);
            assert!(is_written_for(word, &kept[0]), "{word} {kept:?}");
        }
        for (word, other) in [
            ("cl", "smith"),
            ("gp", "gupta"),
            ("dental", "dermatology"),
            ("summit", "sumner"),
        ] {
            assert!(!is_written_for(word, other), "{word} {other}");
        }
    }

    #[test]
    fn initials_stand_for_words_side_by_side() {
        let words = |name: &str| name.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (short, long) = (words("lakeside pt"), words("lakeside physical therapy"));
        assert!(are_initials(&short, &long, 1) && are_initials(&long, &short, 1) && are_initials(&long, &short, 2));
        assert!(!are_initials(&short, &long, 0) && !are_initials(&long, &short, 0));
        assert!(are_initials(&words("kitt homecare"), &words("kitt home care"), 1));
        let apart = words("physical lakeside therapy");
        assert!(!are_initials(&short, &apart, 1) && !are_initials(&words("lakeside uc"), &long, 1));
    }

    #[test]
    fn names_of_two_sexes_are_no_slips_of_one_another() {
        for (one, other) in [("paula", "paul"), ("mary", "gary"), ("brian", "briana")] {
            assert!(are_of_two_sexes(one, other) && is_typo(one, other), "{one} {other}");
        }
        for (one, other) in [("jon", "john"), ("grry", "gary"), ("carol", "carole")] {
            assert!(!are_of_two_sexes(one, other), "{one} {other}");
        }
        for name in ["jose", "robert", "carol"] {
            assert!(is_in_its_own_right(name), "{name}");
        }
        for name in ["barb", "stan", "maddie", "gabr"] {
            assert!(!is_in_its_own_right(name), "{name}");
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
