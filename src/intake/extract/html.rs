//! Tables of HTML, read as lines whose cells a tab parts. The copy has as many bytes as the text.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use regex::Regex;

/// Rows that make a table.
const FEWEST: usize = 2;

static ROWS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?is)<tr\b[^<>]*>.*?</tr\s*>").expect("a pattern of our own"));
static AROUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)</?(?:table|thead|tbody|tfoot|colgroup|col)\b[^<>]*>").expect("a pattern of our own")
});
static TAGS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)</?([a-z][a-z0-9]*)\b[^<>]*>|[\r\n]+").expect("a pattern of our own"));

/// The text with the rows of its tables as lines.
pub fn rows(source: Cow<'_, str>) -> Cow<'_, str> {
    if !source.contains("</") {
        return source;
    }
    let rows: Vec<Range<usize>> = ROWS.find_iter(&source).map(|row| row.range()).collect();
    if rows.len() < FEWEST {
        return source;
    }
    let mut copy = String::with_capacity(source.len());
    let mut from = 0;
    for row in rows {
        push_between(&source[from..row.start], from > 0, &mut copy);
        push_row(&source[row.clone()], &mut copy);
        from = row.end;
    }
    push_between(&source[from..], false, &mut copy);
    Cow::Owned(copy)
}

/// What stands between rows, without the tags of the table. `inner`: a row ends before it and one begins behind it.
fn push_between(between: &str, inner: bool, copy: &mut String) {
    let start = copy.len();
    let mut from = 0;
    for tag in AROUND.find_iter(between) {
        copy.push_str(&between[from..tag.start()]);
        copy.extend(std::iter::repeat_n(' ', tag.len()));
        from = tag.end();
    }
    copy.push_str(&between[from..]);
    // A blank line would end the table.
    if inner && copy[start..].bytes().all(|b| b.is_ascii_whitespace()) {
        copy.truncate(start);
        copy.extend(std::iter::repeat_n(' ', between.len()));
    }
}

/// A row as one line; what parts two of them stands in the place of its last tag.
fn push_row(row: &str, copy: &mut String) {
    let mut from = 0;
    let mut cells = 0;
    // Whether nothing is written since the last comma, or in the cell.
    let mut parted = true;
    for tag in TAGS.captures_iter(row) {
        let Some(whole) = tag.get(0) else { continue };
        let written = &row[from..whole.start()];
        copy.push_str(written);
        parted = written
            .trim_end()
            .chars()
            .next_back()
            .map_or(parted, |last| last == ',');
        let name = tag.get(1).map_or("", |name| name.as_str());
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        let opens = (is("td") || is("th")) && !whole.as_str().starts_with("</");
        let mark = if opens && cells > 0 {
            '\t'
        } else if whole.end() == row.len() {
            '\n'
        } else if is("br") && !parted {
            ',' // `1 Elm St<br/>Katy, TX`
        } else {
            ' '
        };
        cells += usize::from(opens);
        parted |= opens || mark == ',';
        copy.push(mark);
        copy.extend(std::iter::repeat_n(' ', whole.len() - 1));
        from = whole.end();
    }
    copy.push_str(&row[from..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_lines_of_cells() {
        let source = "<table><thead><tr><th>Last</th><th>Tel</th></tr></thead>\n<tbody>\n<tr>\n<td><b>Roe</b></td>\n<td>1<br>2</td></tr></table>";
        let read = rows(Cow::Borrowed(source));
        assert_eq!(read.len(), source.len());
        let lines: Vec<Vec<&str>> = read
            .lines()
            .map(|line| line.split('\t').map(str::trim).collect())
            .collect();
        assert_eq!(lines, [vec!["Last", "Tel"], vec!["Roe", "1,   2"], vec![""]]);
        assert_eq!(rows(Cow::Borrowed("<b>Roe</b>")), "<b>Roe</b>");
    }
}
