//! What stands for a blank in HTML, wikis, LaTeX and tables with quotation marks: `&nbsp;`, `<br/>`, `[[..]]`, `Dr.~Lee`, the end of a
//! line inside a cell. The copy that is read has as many bytes as the text.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::Regex;

static MARKS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)&nbsp;|<br\s*/?>|\[\[|\]\]|~").expect("a pattern of our own"));
/// Cells in quotation marks that a table's first line must have.
const FEWEST: usize = 3;

/// The text with blanks where they are meant.
pub fn cleared(source: Cow<'_, str>) -> Cow<'_, str> {
    let mut places: Vec<(Range<usize>, char)> = Vec::new();
    for found in MARKS.find_iter(&source) {
        let is_break = found.as_str().starts_with('<');
        if found.as_str() != "~" || ties(&source, found.start()) {
            places.push((found.range(), if is_break { '\n' } else { ' ' }));
        }
    }
    places.extend(ends_in_cells(&source).into_iter().map(|at| (at..at + 1, ' ')));
    if places.is_empty() {
        return source;
    }
    let mut copy = source.into_owned();
    for (bytes, first) in places {
        // All of it is ASCII.
        let blank: String = std::iter::once(first)
            .chain(std::iter::repeat_n(' ', bytes.len() - 1))
            .collect();
        copy.replace_range(bytes, &blank);
    }
    Cow::Owned(copy)
}

/// `Dr.~Lee`: a tilde between words that are not to be parted.
fn ties(source: &str, at: usize) -> bool {
    let before = source[..at].chars().next_back();
    let behind = source[at + 1..].chars().next();
    before.is_some_and(|c| c == '.' || c.is_lowercase()) && behind.is_some_and(char::is_alphabetic)
}

/// The ends of lines that stand inside the quotation marks of a table's cells.
fn ends_in_cells(source: &str) -> Vec<usize> {
    let first = source.lines().next().unwrap_or_default();
    if !first.starts_with('"') || first.matches("\",\"").count() + 1 < FEWEST {
        return Vec::new();
    }
    let mut quoted = false;
    let mut ends = Vec::new();
    for (at, byte) in source.bytes().enumerate() {
        quoted ^= byte == b'"';
        if quoted && matches!(byte, b'\n' | b'\r') {
            ends.push(at);
        }
    }
    // A mark too many: nobody knows what is inside.
    if quoted { Vec::new() } else { ends }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_where_they_are_meant() {
        for (source, read) in [
            ("1 Elm St<br/>Katy,&nbsp;TX", "1 Elm St\n    Katy,      TX"),
            ("[[Ann Lee]], MD, Dear Dr.~Lee", "  Ann Lee  , MD, Dear Dr. Lee"),
            ("XX*1234567893~NM1*82", "XX*1234567893~NM1*82"),
            (
                "\"a\",\"b\",\"c\"\n\"1\n2\",\"3\",\"4\"\n",
                "\"a\",\"b\",\"c\"\n\"1 2\",\"3\",\"4\"\n",
            ),
            ("\"a\",\"b\",\"c\"\n\"1\n2,3\n", "\"a\",\"b\",\"c\"\n\"1\n2,3\n"),
        ] {
            assert_eq!(cleared(Cow::Borrowed(source)), read);
        }
    }
}
