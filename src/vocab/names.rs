//! How names are compared: folded words without case, accents or punctuation; credentials and suffixes told apart.

use deunicode::deunicode_char;

/// The folded words of a text: lower case ASCII letters and digits, accents dropped, apostrophes and full stops inside
/// words closed up (`O'Brien` and `obrien`, `M.D.` and `md`), everything else a separator.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word, _, _| words.push(word));
    words
}

/// A folded word, and which characters of the text it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Folded.
    pub word: String,
    /// Where it begins, in characters.
    pub start: usize,
    /// Where it ends, not included.
    pub end: usize,
}

/// The folded words of a text, as in [`words`], with their places.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    each_word(text, |word, start, end| tokens.push(Token { word, start, end }));
    tokens
}

/// The same with initials that are written together apart (`J.A. Smith`), unless they are a credential or `is_word` says, of
/// the number of the token and its word, that they are a word.
pub fn apart(tokens: Vec<Token>, text: &str, is_word: impl Fn(usize, &String) -> bool) -> Vec<Token> {
    let mut all = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.into_iter().enumerate() {
        let written = || text.chars().skip(token.start).take(token.end - token.start);
        let initials = (2..=3).contains(&token.word.len())
            && are_initials(written())
            && !CREDENTIALS.contains(&token.word.as_str())
            && !is_word(at, &token.word);
        if initials {
            all.extend(token.word.char_indices().map(|(letter, initial)| Token {
                word: initial.to_string(),
                start: token.start + 2 * letter,
                end: token.start + 2 * letter + 1,
            }));
        } else {
            all.push(token);
        }
    }
    all
}

/// Letters with a full stop behind each but perhaps the last.
fn are_initials(text: impl Iterator<Item = char>) -> bool {
    let mut count = 0;
    for (at, c) in text.enumerate() {
        if (at % 2 == 0) != c.is_ascii_alphabetic() || (at % 2 == 1 && c != '.') {
            return false;
        }
        count = at + 1;
    }
    count > 2
}

/// Calls `found` with each folded word and the characters that it is: from, and up to but not including.
fn each_word(text: &str, mut found: impl FnMut(String, usize, usize)) {
    let mut word = String::new();
    let (mut start, mut end) = (0, 0);
    for (at, c) in text.chars().enumerate() {
        let length = word.len();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        } else if matches!(c, '\'' | '.' | '`' | '\u{2018}' | '\u{2019}' | '\u{02bc}') || is_combining(c) {
            // Closed up: the word goes on.
        } else if c.is_alphanumeric() {
            for b in deunicode_char(c)
                .unwrap_or_default()
                .chars()
                .filter(char::is_ascii_alphanumeric)
            {
                word.push(b.to_ascii_lowercase());
            }
        } else if !word.is_empty() {
            found(std::mem::take(&mut word), start, end);
        }
        if word.len() > length {
            start = if length == 0 { at } else { start };
            end = at + 1;
        }
    }
    if !word.is_empty() {
        found(word, start, end);
    }
}

/// The folded words of a text, joined by single spaces: the key under which two spellings are the same.
pub fn fold(text: &str) -> String {
    words(text).join(" ")
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}')
}

/// Titles that may stand before a name and say nothing about which one it is (folded).
pub const TITLES: &[&str] = &["dr", "doctor", "mr", "mrs", "ms", "miss", "prof", "professor"];

/// Generational suffixes (folded).
pub const SUFFIXES: &[&str] = &["jr", "sr", "ii", "iii", "iv"];

/// Credentials commonly written behind a name (folded). Free text in NPPES: this list only serves to set them aside.
pub const CREDENTIALS: &[&str] = &[
    "md", "do", "dds", "dmd", "dpm", "od", "dc", "phd", "psyd", "rn", "np", "fnp", "aprn", "arnp", "crnp", "cnm",
    "crna", "pa", "pac", "pharmd", "rph", "lcsw", "lmsw", "msw", "lpc", "lmft", "lmhc", "pt", "dpt", "ot", "otr",
    "otrl", "slp", "mph", "ms", "ma", "mba", "facc", "facs", "faap", "facog", "facp", "bcba", "rbt", "rd", "ldn",
    "agnp", "anp", "aud", "bsn", "cadc", "cdces", "cnp", "cns", "cota", "dnp", "edd", "lcmhc", "lcpc", "licsw", "lisw",
    "lmhp", "lmt", "lpcc", "lpn", "lvn", "mbbs", "mft", "msn", "pmhnp", "pta", "rdn", "whnp",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_fold_to_one_key() {
        for (a, b) in [
            ("O'Brien", "OBRIEN"),
            ("O\u{2019}Brien", "obrien"),
            ("Muñoz", "munoz"),
            ("Mun\u{0303}oz", "munoz"),
            ("Smith-Jones", "smith jones"),
            ("M.D.", "MD"),
            ("  St. Mary's   Clinic ", "st marys clinic"),
            ("Łukasz", "lukasz"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} and {b}");
        }
        assert!(words("--- \u{1f600} ,").is_empty());
    }

    #[test]
    fn words_know_their_place_and_initials_stand_apart() {
        let told = |text: &str| -> Vec<(String, usize, usize)> {
            let tokens = apart(tokens(text), text, |_, word| word == "ny");
            tokens.into_iter().map(|t| (t.word, t.start, t.end)).collect()
        };
        let expected = |words: &[(&str, usize, usize)]| -> Vec<(String, usize, usize)> {
            words
                .iter()
                .map(|(word, start, end)| ((*word).to_owned(), *start, *end))
                .collect()
        };
        assert_eq!(told("Dr. Muñoz"), expected(&[("dr", 0, 2), ("munoz", 4, 9)]));
        assert_eq!(
            told("J.A. Smith"),
            expected(&[("j", 0, 1), ("a", 2, 3), ("smith", 5, 10)])
        );
        assert_eq!(told("Troy N.Y."), expected(&[("troy", 0, 4), ("ny", 5, 8)]));
        assert_eq!(told(" O'Brien, M.D."), expected(&[("obrien", 1, 8), ("md", 10, 13)]));
        for text in ["Smith-Jones M.D. 心脏科 \u{1f600}x", "a.b.c.d", "...", "''a''"] {
            let length = text.chars().count();
            assert!(
                tokens(text).iter().all(|t| t.start < t.end && t.end <= length),
                "{text}"
            );
        }
    }
}
