//! Numbers that were dictated: `seven one three five five five oh one four two`.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::vocab::names::words;

const DIGITS: &[(&str, char)] = &[
    ("zero", '0'),
    ("oh", '0'),
    ("o", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
];

static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    let digit = DIGITS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("|");
    Regex::new(&format!(r"(?i)\b(?:{digit})(?:[ ,.-]{{1,3}}(?:{digit})\b){{9,}}")).expect("a pattern of our own")
});
static NPI_SPELLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bn[ .]?p[ .]?i\.?(?:\s+(?:number|is|of))*[\s:,]*$").expect("a pattern of our own")
});
/// So far before a number its name may stand, in bytes.
const REACH: usize = 24;

/// The runs of ten spoken digits, with whether each is said to be an NPI.
pub fn find(source: &str) -> Vec<(Range<usize>, String, bool)> {
    let runs = SPOKEN.find_iter(source).filter_map(|found| {
        let digits: String = words(found.as_str())
            .iter()
            .filter_map(|word| DIGITS.iter().find(|(spoken, _)| spoken == word))
            .map(|(_, digit)| *digit)
            .collect();
        let digits = match digits.len() {
            11 => digits.strip_prefix('1')?.to_owned(),
            10 => digits,
            _ => return None,
        };
        let near = source.floor_char_boundary(found.start().saturating_sub(REACH));
        Some((
            found.range(),
            digits,
            NPI_SPELLED.is_match(&source[near..found.start()]),
        ))
    });
    runs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_words_are_a_number() {
        for (source, digits) in [
            (
                "call seven one three five five five oh one four two please",
                Some(("7135550142", false)),
            ),
            (
                "n p i one two three four five six seven eight nine three.",
                Some(("1234567893", true)),
            ),
            ("one two three four five", None),
        ] {
            let found = find(source);
            let read = found.first().map(|(_, digits, npi)| (digits.as_str(), *npi));
            assert_eq!(read, digits, "{source}");
        }
    }
}
