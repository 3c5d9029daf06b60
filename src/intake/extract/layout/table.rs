//! Tables pasted as text: lines of equal columns, with a header or without.

use std::ops::Range;

use super::{Label, label_of, trimmed};
use crate::intake::extract::text::Text;
use crate::intake::extract::words::{sense, senses};
use crate::vocab::names::words;

/// Columns with known heads that make a header beside any number of unknown ones.
const WIDE: usize = 3;

/// A run of lines with equal columns.
pub struct Table {
    /// Its first line.
    pub first: usize,
    /// Behind its last line.
    pub end: usize,
    /// The cells of its lines.
    pub rows: Vec<Vec<Range<usize>>>,
    /// Of each of them, whether it goes on the row above, as where cells are too narrow for what they say.
    pub further: Vec<bool>,
    /// Of the header; empty where there is none.
    pub labels: Vec<Option<Label>>,
}

impl Table {
    /// A table that begins at a line.
    pub fn at(text: &Text<'_>, first: usize) -> Option<Self> {
        if text.lines[first].tokens.is_empty() || is_rule(text.line(first)) {
            return None;
        }
        let separators = [
            Separator::Tab,
            Separator::Pipe,
            Separator::Semicolon,
            Separator::Comma,
            Separator::Gap,
        ];
        let rare = RARE.iter().copied().map(Separator::Rare);
        let rare = rare.filter(|separator| separator.is_in(text.line(first)));
        rare.chain(separators)
            .find_map(|separator| Self::with(text, first, separator))
    }

    /// Whether it has two columns, of which the first is one of labels.
    pub fn is_of_pairs(&self, text: &Text<'_>) -> bool {
        let is_label = |row: &&Vec<Range<usize>>| label_of(&words(&text.source[row[0].clone()])).is_some();
        let labels = self.rows.iter().filter(is_label).count();
        self.labels.is_empty() && self.rows.iter().all(|row| row.len() == 2) && labels * 2 > self.rows.len()
    }

    fn with(text: &Text<'_>, first: usize, separator: Separator) -> Option<Self> {
        let head = separator.cells(text, first);
        if head.len() < separator.fewest() {
            return None;
        }
        let labels: Vec<Option<Label>> = head
            .iter()
            .map(|cell| label_of(&words(&text.source[cell.clone()])))
            .collect();
        let known = labels.iter().flatten().count();
        // A wide table has columns that nobody has heard of.
        let told = |label: &Label| matches!(label, Label::Name | Label::Last | Label::Number | Label::Other);
        let wide = known >= WIDE && labels.iter().flatten().filter(|label| told(label)).count() > 1;
        let has_header = known * 2 > labels.len() || (wide && separator != Separator::Comma);
        if !has_header && matches!(separator, Separator::Comma | Separator::Gap | Separator::Rare(_)) {
            return None; // Prose has commas, and lines of letters have gaps.
        }
        let begins = columns(text, &head);
        let mut rows = vec![head];
        let mut further = vec![false];
        let mut end = first + 1;
        while end < text.lines.len() {
            let cells = separator.cells(text, end);
            if is_rule(text.line(end)) {
                end += 1;
                continue;
            }
            if separator == Separator::Gap
                && cells.len() < rows[0].len()
                && let Some(cells) = aligned(text, cells.clone(), &begins)
            {
                let goes_on = goes_on(text, &cells, &labels) && rows.len() > 1;
                rows.push(cells);
                further.push(goes_on);
                end += 1;
                continue;
            }
            let fits = cells.len() == rows[0].len()
                || (separator.may_miss() && cells.len().abs_diff(rows[0].len()) <= 1 && cells.len() > 1);
            if !fits {
                break;
            }
            rows.push(cells);
            further.push(false);
            end += 1;
        }
        let enough = if has_header { rows.len() >= 2 } else { rows.len() >= 3 };
        enough.then_some(Self {
            first,
            end,
            rows,
            further,
            labels: if has_header { labels } else { Vec::new() },
        })
    }
}

/// The characters of their line at which cells begin, in one pass: a line may be a megabyte of them.
fn columns(text: &Text<'_>, cells: &[Range<usize>]) -> Vec<usize> {
    let line = |cell: &Range<usize>| text.lines[text.line_at(cell.start)].bytes.start;
    let (mut from, mut passed) = (cells.first().map_or(0, line), 0);
    cells
        .iter()
        .map(|cell| {
            passed += text.source[from..cell.start].chars().count();
            from = cell.start;
            passed
        })
        .collect()
}

/// The cells of a line that has fewer than its table, each in the column whose head stands above it.
fn aligned(text: &Text<'_>, cells: Vec<Range<usize>>, begins: &[usize]) -> Option<Vec<Range<usize>>> {
    let first = cells.first()?.start;
    let stands = columns(text, &cells);
    // A line of one piece is as well what follows the table.
    if cells.len() == 1 && stands[0] <= begins[0] + SHIFT {
        return None;
    }
    let mut placed = vec![first..first; begins.len()];
    let mut from = 0;
    for (cell, at) in cells.into_iter().zip(stands) {
        let column = (from..begins.len()).find(|number| begins[*number].abs_diff(at) <= SHIFT)?;
        placed[from..column].fill(cell.start..cell.start);
        placed[column..].fill(cell.end..cell.end);
        placed[column] = cell;
        from = column + 1;
    }
    Some(placed)
}

/// Whether a line goes on the row above: it has nothing in the columns of numbers, which every row of a table has, and nothing in
/// the first or no name where names stand. Where no column has numbers, it must have neither.
fn goes_on(text: &Text<'_>, cells: &[Range<usize>], labels: &[Option<Label>]) -> bool {
    let of = |wanted: Label| {
        let all = cells.iter().zip(labels);
        all.filter(move |(_, label)| **label == Some(wanted))
            .map(|(cell, _)| cell)
    };
    let (begins, named) = (
        !cells[0].is_empty(),
        of(Label::Name).any(|cell| is_name(&text.source[cell.clone()])),
    );
    if of(Label::Number).next().is_none() {
        return !begins && !named;
    }
    of(Label::Number).all(Range::is_empty) && !(begins && named)
}

/// Two words with capitals, of which the first is no credential.
fn is_name(cell: &str) -> bool {
    let capitals = cell
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_uppercase));
    let letters = words(cell)
        .first()
        .is_some_and(|word| senses(word) & sense::CREDENTIAL != 0);
    capitals.count() > 1 && !letters
}

/// What parts the cells of a table that is headed, where neither tabs nor bars do.
const RARE: &[&str] = &["||", "::", "^", "~", "\u{a6}", "#"];
/// How far a cell may stand from the begin of its column's head, in characters.
const SHIFT: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Rare(&'static str),
    Tab,
    Pipe,
    Semicolon,
    Comma,
    /// Two or more spaces.
    Gap,
}

impl Separator {
    fn fewest(self) -> usize {
        match self {
            Self::Comma | Self::Gap | Self::Semicolon | Self::Rare(_) => 3,
            Self::Tab | Self::Pipe => 2,
        }
    }

    fn is_in(self, line: &str) -> bool {
        match self {
            Self::Rare(mark) => line.matches(mark).nth(1).is_some(),
            _ => true,
        }
    }

    /// Whether the last cell may be left out where it is empty.
    fn may_miss(self) -> bool {
        self == Self::Tab
    }

    /// The cells of a line, trimmed and without quotes.
    fn cells(self, text: &Text<'_>, line: usize) -> Vec<Range<usize>> {
        let bytes = text.lines[line].bytes.clone();
        let written = text.line(line);
        let parts = match self {
            Self::Rare(mark) => between(written, mark),
            Self::Tab => split(written, b'\t'),
            Self::Pipe => split(written, b'|'),
            Self::Semicolon => split(written, b';'),
            Self::Comma => split(written, b','),
            Self::Gap => gaps(written),
        };
        let mut cells: Vec<Range<usize>> = parts
            .into_iter()
            .map(|part| {
                unquoted(
                    text.source,
                    trimmed(text.source, bytes.start + part.start..bytes.start + part.end),
                )
            })
            .collect();
        if self == Self::Pipe {
            // `| a | b |`
            if cells.first().is_some_and(Range::is_empty) {
                cells.remove(0);
            }
            if cells.last().is_some_and(Range::is_empty) {
                cells.pop();
            }
        }
        cells
    }
}

/// `---|---`: drawn below a header.
fn is_rule(line: &str) -> bool {
    let drawn = line
        .bytes()
        .all(|b| matches!(b, b'-' | b'|' | b'+' | b'=' | b':' | b' ' | b'\t'));
    drawn && line.contains(['-', '='])
}

/// Splits at a mark.
fn between(line: &str, mark: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, mark) in line.match_indices(mark) {
        parts.push(start..at);
        start = at + mark.len();
    }
    parts.push(start..line.len());
    parts
}

/// Splits at a byte outside quotes.
fn split(line: &str, separator: u8) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().enumerate() {
        if byte == b'"' {
            quoted = !quoted;
        } else if byte == separator && !quoted {
            parts.push(start..at);
            start = at + 1;
        }
    }
    if quoted {
        return Vec::new(); // A quotation mark of prose.
    }
    parts.push(start..line.len());
    parts
}

/// Splits at two or more spaces.
pub fn gaps(line: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = line.len() - line.trim_start().len();
    let trimmed = line.trim_end();
    while let Some(found) = trimmed.get(start..).and_then(|rest| rest.find("  ")) {
        parts.push(start..start + found);
        let rest = &trimmed[start + found..];
        start += found + (rest.len() - rest.trim_start().len());
    }
    if start < trimmed.len() {
        parts.push(start..trimmed.len());
    }
    parts
}

fn unquoted(source: &str, bytes: Range<usize>) -> Range<usize> {
    let written = &source[bytes.clone()];
    if written.len() >= 2 && written.starts_with('"') && written.ends_with('"') {
        bytes.start + 1..bytes.end - 1
    } else {
        bytes
    }
}
