//! What goes wrong with a name or a number on its way: heard, faxed, mistyped, halved, left out.

use provider_directory::intake::generate::Synthetic;
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// Written by ear: as it sounds, not as it is spelt.
pub fn heard(name: &str) -> String {
    let sounds = [
        ("ph", "f"),
        ("sch", "sh"),
        ("ck", "k"),
        ("kn", "n"),
        ("ie", "ee"),
        ("ei", "ie"),
        ("ough", "o"),
        ("tz", "ts"),
        ("cz", "ch"),
        ("ll", "l"),
        ("nn", "n"),
        ("tt", "t"),
        ("ss", "s"),
        ("y", "i"),
        ("c", "k"),
        ("z", "s"),
    ];
    let lower = name.to_lowercase();
    let found = sounds
        .iter()
        .find(|(spelt, _)| lower[1.min(lower.len())..].contains(spelt));
    let Some((spelt, sound)) = found else {
        return name.to_owned();
    };
    let at = lower[1..].find(spelt).map_or(0, |at| at + 1);
    capital(&[&lower[..at], sound, &lower[at + spelt.len()..]].concat())
}

/// Read off a fax: shapes for shapes, blanks where there are none.
pub fn faxed(name: &str, chance: &mut ChaCha8Rng) -> String {
    let shapes = [
        ("m", "rn"),
        ("rn", "m"),
        ("l", "1"),
        ("o", "0"),
        ("e", "c"),
        ("h", "li"),
        ("d", "cl"),
        ("S", "5"),
        ("B", "8"),
        ("i", "l"),
        ("n", "ri"),
    ];
    let fitting: Vec<_> = shapes.iter().filter(|(from, _)| name.contains(from)).collect();
    match fitting.choose(chance) {
        Some((from, to)) if chance.random_bool(0.8) => name.replacen(from, to, 1),
        _ if name.len() > 6 => {
            let at = name
                .char_indices()
                .nth(name.chars().count() / 2)
                .map_or(0, |(at, _)| at);
            format!("{} {}", &name[..at], &name[at..])
        }
        _ => name.to_owned(),
    }
}

/// A neighbouring key, a letter twice, one left out, two in the wrong order.
pub fn mistyped(name: &str, chance: &mut ChaCha8Rng) -> String {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return name.to_owned();
    }
    let at = chance.random_range(1..letters.len());
    match chance.random_range(0..4) {
        0 => {
            let row = ROWS
                .iter()
                .find_map(|row| Some((*row, row.find(letters[at].to_ascii_lowercase())?)));
            if let Some((row, place)) = row {
                let beside = if place == 0 { 1 } else { place - 1 };
                letters[at] = row.chars().nth(beside).unwrap_or(letters[at]);
            }
        }
        1 => letters.insert(at, letters[at]),
        2 => {
            letters.remove(at);
        }
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}

/// A double name cut in half, or half of another one put to it.
pub fn half_or_double(last: &str, other: &Synthetic, chance: &mut ChaCha8Rng) -> String {
    let parts: Vec<&str> = last.split(['-', ' ']).filter(|part| part.len() > 2).collect();
    let theirs = other.name.last.clone().unwrap_or_else(|| "Reyes".to_owned());
    match parts.as_slice() {
        [one, .., two] => (if chance.random_bool(0.5) { *one } else { *two }).to_owned(),
        _ if chance.random_bool(0.5) => format!("{last}-{theirs}"),
        _ => format!("{theirs} {last}"),
    }
}

/// What people write where they know nothing.
pub fn nulls(fields: &mut Map<String, Value>, chance: &mut ChaCha8Rng) {
    const NOTHING: [&str; 8] = ["N/A", "NONE", "<UNAVAIL>", "--", "UNKNOWN", "null", "0", "."];
    for field in [
        "middle_name",
        "suffix",
        "credential",
        "npi",
        "phone",
        "gender",
        "specialty",
    ] {
        if !fields.contains_key(field) && chance.random_bool(0.5) || field == "npi" && chance.random_bool(0.5) {
            fields.insert(field.to_owned(), json!(NOTHING.choose(chance)));
        }
    }
    if let Some(address) = fields.get_mut("address").and_then(Value::as_object_mut) {
        for part in ["line1", "line2", "city", "postal_code"] {
            if chance.random_bool(0.4) {
                address.insert(part.to_owned(), json!(NOTHING.choose(chance)));
            }
        }
    }
}

/// A number with two digits swapped, another digit, or one left out.
pub fn mangled(npi: &str, chance: &mut ChaCha8Rng) -> String {
    let mut digits: Vec<char> = npi.trim_end_matches(".0").chars().collect();
    if digits.len() < 10 {
        return npi.to_owned();
    }
    let at = chance.random_range(1..digits.len());
    match chance.random_range(0..3) {
        0 => digits.swap(at - 1, at),
        1 => {
            digits[at] = char::from_digit(
                (digits[at].to_digit(10).unwrap_or(0) + 1 + chance.random_range(0..8)) % 10,
                10,
            )
            .unwrap_or('0');
        }
        _ => {
            digits.remove(at);
        }
    }
    digits.into_iter().collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
