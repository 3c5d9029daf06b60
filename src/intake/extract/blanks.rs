//! What stands for a blank in HTML, wikis, LaTeX, tables with quotation marks and answered e-mails: `&nbsp;`, `<br/>`, `[[..]]`,
//! `Dr.~Lee`, the end of a line inside a cell, the `>` before a line that is quoted. The copy that is read has as many bytes as the text.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::Regex;

static MARKS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)&nbsp;|<br\s*/?>|\[\[|\]\]|~|_+").expect("a pattern of our own"));
/// Cells in quotation marks that a table's first line must have.
const FEWEST: usize = 3;

/// Lines of an e-mail that must be quoted.
const FEWEST_QUOTED: usize = 2;

/// The text with blanks where they are meant.
pub fn cleared(source: Cow<'_, str>) -> Cow<'_, str> {
    let mut places: Vec<(Range<usize>, char)> = Vec::new();
    for found in MARKS.find_iter(&source) {
        let is_break = found.as_str().starts_with('<');
        let is_blank = match found.as_str() {
            "~" => ties(&source, found.start()),
            // `Name: _Ann Lee_`; but `last_name` is one word.
            "_" => fills(&source, found.start()),
            // `Name: __Ann Lee__`: what is filled in stands on a line; an empty one stays.
            marks if marks.starts_with('_') => touches(&source, &found.range()),
            _ => true,
        };
        if is_blank {
            places.push((found.range(), if is_break { '\n' } else { ' ' }));
        }
    }
    let ends = ends_in_cells(&source).into_iter().chain(quotes(&source));
    places.extend(ends.map(|at| (at..at + 1, ' ')));
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

/// Whether something written stands right before some bytes or behind them.
fn touches(source: &str, bytes: &Range<usize>) -> bool {
    let before = source[..bytes.start].chars().next_back();
    let behind = source[bytes.end..].chars().next();
    [before, behind].into_iter().flatten().any(char::is_alphanumeric)
}

/// Whether the one line before or behind what is filled in stands at a byte.
fn fills(source: &str, at: usize) -> bool {
    let before = source[..at].chars().next_back();
    let behind = source[at + 1..].chars().next();
    let written = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '(' | ')' | '.' | '+'));
    let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
    (blank(before) && written(behind)) || (written(before) && blank(behind))
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

/// The marks before lines that are quoted, where several lines are.
fn quotes(source: &str) -> Vec<usize> {
    let mut marks = Vec::new();
    let (mut start, mut lines) = (0, 0);
    for line in source.split('\n') {
        let lead = line.len() - line.trim_start_matches(['>', ' ', '\t']).len();
        let own = line[..lead].match_indices('>').map(|(at, _)| start + at);
        lines += usize::from(line.starts_with('>'));
        if line.starts_with('>') {
            marks.extend(own);
        }
        start += line.len() + 1;
    }
    if lines < FEWEST_QUOTED { Vec::new() } else { marks }
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
            ("> a\n>> b\n5 > 3", "  a\n   b\n5 > 3"),
            ("> alone", "> alone"),
            ("To: __Ann Lee__ By: ____", "To:   Ann Lee   By: ____"),
            (
                "TEL _713-555-0142_ last_name _ _(a)_",
                "TEL  713-555-0142  last_name _  (a) ",
            ),
            ("\"a\",\"b\",\"c\"\n\"1\n2,3\n", "\"a\",\"b\",\"c\"\n\"1\n2,3\n"),
        ] {
            assert_eq!(cleared(Cow::Borrowed(source)), read);
        }
    }
}
