//! How names are compared: folded words without case, accents or punctuation; credentials and suffixes told apart.

use deunicode::deunicode_char;

/// The folded words of a text: lower case ASCII letters and digits, accents dropped, apostrophes and full stops inside
/// words closed up (`O'Brien` and `obrien`, `M.D.` and `md`), everything else a separator.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
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
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
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
}
