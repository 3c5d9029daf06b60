//! Digits that a scanner has read for letters inside names: `Gera1d`, `0'Brien`. The copy that is read has as many bytes as
//! the text, so whatever is found in it stands at the same place there.

use std::borrow::Cow;

use super::text::is_possessive;
use crate::intake::census::CENSUS;
use crate::vocab::names::fold;

/// Letters that a word must have to be a name at all.
const LEAST_LETTERS: usize = 3;
/// Digits of one word that are read as letters.
const MOST_DIGITS: usize = 3;

/// The text with digits in names as the letters that they stand for.
pub fn mended(source: &str) -> Cow<'_, str> {
    let mut copy: Option<String> = None;
    let mut from = 0;
    while let Some((start, end)) = word(source, from) {
        from = end;
        if let Some(name) = name_of(&source[start..end]) {
            // Both are ASCII where they differ.
            copy.get_or_insert_with(|| source.to_owned())
                .replace_range(start..end, &name);
        }
    }
    copy.map_or(Cow::Borrowed(source), Cow::Owned)
}

/// The next word at or behind a byte: letters and digits, with apostrophes between them.
fn word(source: &str, from: usize) -> Option<(usize, usize)> {
    let start = from + source[from..].find(char::is_alphanumeric)?;
    let mut end = start;
    for (at, c) in source[start..].char_indices() {
        let rest = &source[start + at + c.len_utf8()..];
        let apostrophe = matches!(c, '\'' | '\u{2019}') && !is_possessive(rest);
        let joins = apostrophe && rest.starts_with(char::is_alphanumeric);
        if !c.is_alphanumeric() && !joins {
            break;
        }
        end = start + at + c.len_utf8();
    }
    Some((start, end))
}

/// The name that a word with digits is, if it is one.
fn name_of(word: &str) -> Option<String> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if !(1..=MOST_DIGITS).contains(&digits) {
        return None;
    }
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let first = word.chars().next()?;
    let lower = word.chars().any(char::is_lowercase);
    // `1st` is no name; `0'Brien` and `5MITH` are.
    let begins = first.is_uppercase() || !lower || matches!(word.as_bytes().get(1), Some(b'\''));
    if letters < LEAST_LETTERS.max(2 * digits) || !begins || first.is_lowercase() {
        return None;
    }
    let read = |one: char| -> Option<String> {
        let chars = word.char_indices();
        chars
            .map(|(at, c)| {
                let capital = at == 0 || !lower;
                let letter = match c {
                    '0' => 'o',
                    '1' => one,
                    '5' => 's',
                    '8' => 'b',
                    digit if digit.is_ascii_digit() => return None,
                    letter => return Some(letter),
                };
                Some(if capital { letter.to_ascii_uppercase() } else { letter })
            })
            .collect()
    };
    let weight = |name: &String| {
        let weight = CENSUS.weight(&fold(name).replace(' ', ""));
        weight.given.max(weight.surname)
    };
    let readings = [read('l'), read('i')].into_iter().flatten();
    readings
        .filter(|name| weight(name) > 0.0)
        .max_by(|a, b| weight(a).total_cmp(&weight(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_in_names_are_letters_and_nothing_else_changes() {
        assert_eq!(
            mended("Dr. Gera1d 0'Brien, M1CHAEL 5MITH's and J0HN Wi11iams' Gera1d’s"),
            "Dr. Gerald O'Brien, MICHAEL SMITH's and JOHN Williams' Gerald’s"
        );
        for plain in [
            "1st Ave, Suite 10B, T549961, 28444397G2, B12, COVID19, H1N1, 5th, 1200 Main St, 8am, PO80X",
            "No digits at all: Gerald O'Brien",
        ] {
            assert!(matches!(mended(plain), Cow::Borrowed(_)), "{}", mended(plain));
        }
        let source = "é Gera1d’s 0'Brien ü";
        assert_eq!(mended(source).len(), source.len());
    }
}
