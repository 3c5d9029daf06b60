//! How far somebody goes: `within 10 miles`, `2.5 mi`, `twenty five miles`, `half a mile`, `a mile and a half`, `5 to 10 km`.

use crate::index::geometry::KM_PER_MILE;
use crate::vocab::names::Token;

/// Farther is nothing on earth; miles.
const FARTHEST: f64 = 12_437.0;
/// What the parts of a mile are told in.
const UNITS: &[&str] = &[
    "kilometer",
    "kilometers",
    "kilometre",
    "kilometres",
    "km",
    "kms",
    "mi",
    "mile",
    "miles",
    "millas",
];
/// Numbers as they are said.
const SAID: &[(&str, f64)] = &[
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("fifteen", 15.0),
    ("eighteen", 18.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
];
/// Behind one of those from here on stands another: `twenty five`.
const TENS: f64 = 20.0;
/// Amounts that are no number.
const AMOUNTS: &[(&[&str], f64)] = &[
    (&["a", "couple", "of"], 2.0),
    (&["a", "couple"], 2.0),
    (&["couple", "of"], 2.0),
    (&["a", "few"], 3.0),
    (&["a", "half", "a"], 0.5),
    (&["half", "of", "a"], 0.5),
    (&["half", "a"], 0.5),
    (&["a", "half"], 0.5),
    (&["half"], 0.5),
    (&["a", "quarter", "of", "a"], 0.25),
    (&["a", "quarter"], 0.25),
    (&["quarter"], 0.25),
    (&["a", "dozen"], 12.0),
    (&["a", "hundred"], 100.0),
    (&["one", "hundred"], 100.0),
];

/// `2.5 miles`: a full stop is no letter of a word, so what was typed tells the number.
pub(super) fn with_decimals(tokens: &mut [Token], text: &str) {
    if !text.contains('.') {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    for at in 0..tokens.len() {
        let (start, end) = (tokens[at].start, tokens[at].end);
        let before = start
            .checked_sub(1)
            .and_then(|at| characters.get(at))
            .filter(|c| **c == '.');
        let typed: String = before.into_iter().chain(&characters[start..end]).collect();
        let number = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let decimal = number.contains('.') && number.parse::<f64>().is_ok();
        let unit = &typed[number.len()..];
        let next = tokens.get(at + 1).map(|next| next.word.as_str());
        if decimal && (is_unit(unit) || (unit.is_empty() && next.is_some_and(is_unit))) {
            tokens[at].word = typed;
        }
    }
}

fn is_unit(word: &str) -> bool {
    UNITS.binary_search(&word).is_ok()
}

/// `within 10 miles`, `10mi`, `less than 5 miles`, with `of` or `from` behind it: the miles, and how many words it took.
pub(super) fn distance(words: &[String]) -> Option<(f64, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let led = match (word(0)?, word(1)) {
        ("within" | "under" | "inside", _) => 1,
        ("less" | "no", Some("than" | "more")) => 2 + usize::from(word(2) == Some("than")),
        ("not", Some("more")) => 2 + usize::from(word(2) == Some("than")),
        ("menos", Some("de")) => 2,
        ("a", Some("menos")) => 2 + usize::from(word(2) == Some("de")),
        _ => 0,
    };
    let (number, unit, taken) = measured(words.get(led..)?)?;
    let mut at = led + taken;
    let factor = match unit {
        // `within 10 miels`
        _ if led == 1 && (4..=6).contains(&unit.len()) && strsim::osa_distance(unit, "miles") == 1 => 1.0,
        "mile" | "miles" | "mi" | "millas" => 1.0,
        _ if is_unit(unit) => 1.0 / KM_PER_MILE,
        _ => return None,
    };
    // `a mile and a half`
    let half = ["and", "a", "half"]
        .iter()
        .enumerate()
        .all(|(n, own)| word(at + n) == Some(own));
    let miles = (number + if half { 0.5 } else { 0.0 }) * factor;
    at += if half { 3 } else { 0 };
    at += usize::from(matches!(word(at), Some("radius")));
    at += usize::from(matches!(word(at), Some("of" | "from")));
    (miles > 0.0 && miles <= FARTHEST).then_some((miles, at))
}

/// A number and what it counts: `10 miles`, `10mi`, `a 5 mile`, `half a mile`, `two and a half miles`; and how many words both took.
fn measured(words: &[String]) -> Option<(f64, &str, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let amount = AMOUNTS.iter().find(|(said, _)| super::starts_with(words, said));
    if let Some((said, amount)) = amount.filter(|(said, _)| word(said.len()).is_some_and(is_unit)) {
        return Some((*amount, word(said.len())?, said.len() + 1));
    }
    let mut at = usize::from(word(0) == Some("a"));
    // `a mile`, but no `a mi`.
    if at == 1 && word(1).is_some_and(|unit| unit == "mile" || unit.starts_with("kilomet")) {
        return Some((1.0, word(1)?, 2));
    }
    let said = word(at)?;
    at += 1;
    let digits = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let mut number: f64 = if digits.is_empty() {
        let tens = spoken(said)?;
        let ones = word(at).and_then(spoken).filter(|ones| tens >= TENS && *ones < 10.0);
        at += usize::from(ones.is_some());
        tens + ones.unwrap_or_default()
    } else {
        digits.parse().ok()?
    };
    if digits.len() < said.len() && !digits.is_empty() {
        return Some((number, &said[digits.len()..], at));
    }
    if (word(at), word(at + 1), word(at + 2)) == (Some("and"), Some("a"), Some("half")) {
        number += 0.5;
        at += 3;
    }
    Some((number, word(at)?, at + 1))
}

fn spoken(word: &str) -> Option<f64> {
    let said = SAID.iter().find(|(said, _)| *said == word);
    said.map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn miles_are_read_however_they_are_said() {
        assert!(UNITS.is_sorted());
        let read = |text: &str| {
            let mut all = tokens(text);
            with_decimals(&mut all, text);
            let words: Vec<String> = all.into_iter().map(|token| token.word).collect();
            distance(&words)
        };
        let exactly = |text: &str, miles: f64| {
            let words = tokens(text).len();
            assert_eq!(read(text), Some((miles, words)), "{text}");
        };
        exactly("within 10 miles of", 10.0);
        exactly("10mi", 10.0);
        exactly("within a 5 mile radius of", 5.0);
        exactly("2.5 miles", 2.5);
        exactly("within .5 mi of", 0.5);
        exactly("within 1.5mi", 1.5);
        exactly("less than twenty five miles", 25.0);
        exactly("no more than thirty miles from", 30.0);
        exactly("three miles", 3.0);
        exactly("within half a mile of", 0.5);
        exactly("half mile", 0.5);
        exactly("within a mile", 1.0);
        exactly("within a mile and a half of", 1.5);
        exactly("two and a half miles", 2.5);
        exactly("a couple of miles", 2.0);
        exactly("within 10 miels", 10.0);
        assert_eq!(read("a mi hijo"), None);
        assert_eq!(read("dr two miles"), None);
        assert_eq!(read("2.5 years"), None);
    }
}
