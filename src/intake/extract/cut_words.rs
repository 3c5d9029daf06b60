//! Words that the end of a line has cut in two: `Rami-` and `rez` below it are read as one.

use std::sync::LazyLock;

use regex::Regex;

use super::pieces::Pieced;

/// A small letter before the hyphen and one behind it: `Smith-` above `Jones` may well be a double name.
static CUT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{Ll}(?P<cut>-[ \t]*\r?\n[ \t]*)\p{Ll}").expect("a pattern of our own"));

/// The text with its cut words joined, where it has any; their lines become one.
pub fn joined(source: &str) -> Option<Pieced> {
    if !source.contains("-\n") && !source.contains("-\r\n") && !source.contains("- \n") {
        return None;
    }
    let mut copy = Pieced::with_capacity(source.len());
    let mut from = 0;
    for cut in CUT.captures_iter(source).filter_map(|found| found.name("cut")) {
        copy.add(source, from..cut.start(), true);
        from = cut.end();
    }
    (from > 0).then(|| {
        copy.add(source, from..source.len(), true);
        copy
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_a_word_are_one() {
        let source = "seen by Teresa Rami-\nrez, DO, for his hyper-\ntension. Ann Smith-\nJones";
        let copy = joined(source).expect("cut words");
        assert_eq!(
            copy.text,
            "seen by Teresa Ramirez, DO, for his hypertension. Ann Smith-\nJones"
        );
        let at = copy.text.find("Teresa Ramirez").expect("there");
        assert_eq!(&source[copy.back(&(at..at + 14))], "Teresa Rami-\nrez");
        assert!(joined("well-known, 12-\n13").is_none());
    }
}
