//! How a text is laid out: tables pasted as text (with a header or without) and forms of labels and values.

mod labels;
mod table;

use std::ops::Range;

pub use self::labels::label_of;
use self::table::{Table, gaps};
use super::enclosing::Enclosing;
use super::text::{Kind, Text};
use super::{interchange, markup};
use crate::vocab::names::words;

/// What a label or the head of a column names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// A provider's whole name.
    Name,
    /// Its parts.
    First,
    /// Its parts.
    Middle,
    /// Its parts.
    Last,
    /// Its parts.
    Suffix,
    /// `MD`.
    Credential,
    /// An organisation's name.
    Organization,
    /// Somebody who is no provider.
    Other,
    /// Numbers read themselves.
    Number,
    /// Number and street.
    Street,
    /// City.
    City,
    /// State.
    State,
    /// ZIP.
    Zip,
    /// City, state and ZIP, or the whole address.
    Place,
    /// Specialty.
    Specialty,
    /// Languages.
    Language,
    /// Anything else that is known to be no name.
    Misc,
}

/// Tokens of what stands in brackets behind a label.
const LONGEST_BRACKET: usize = 16;

/// A cell of a table.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its bytes, trimmed.
    pub bytes: Range<usize>,
    /// The bytes of its column's head, if the table has a header.
    pub head: Option<Range<usize>>,
    /// What the head names.
    pub label: Option<Label>,
    /// Number of its row among all rows of all tables.
    pub row: u32,
}

/// A label and what stands behind or below it.
#[derive(Clone, Debug)]
pub struct Item {
    /// What it names.
    pub label: Label,
    /// Where the label stands.
    pub label_bytes: Range<usize>,
    /// The value, trimmed; may be empty.
    pub bytes: Range<usize>,
}

/// Tables and forms of a text.
#[derive(Debug, Default)]
pub struct Layout {
    cells: Vec<Cell>,
    items: Vec<Item>,
    /// Lines that are the header of a table, in order.
    headers: Vec<usize>,
    enclosing: Enclosing,
}

impl Layout {
    /// Of a text.
    pub fn of(text: &Text<'_>) -> Self {
        let mut layout = Self::default();
        let (mut marked, enclosing) = markup::cells(text);
        layout.enclosing = enclosing;
        let mut placed = interchange::cells(text.source);
        placed.retain(|cell| !markup::is_in(&marked, &cell.bytes));
        let after = marked.last().map_or(0, |last| last.row + 1);
        marked.extend(placed.into_iter().map(|cell| Cell {
            row: cell.row + after,
            ..cell
        }));
        marked.sort_by_key(|cell| cell.bytes.start);
        let is_marked = |line: usize| markup::is_in(&marked, &text.lines[line].bytes);
        let mut line = 0;
        let mut paired: Vec<Range<usize>> = Vec::new();
        let mut rows = marked.iter().map(|cell| cell.row + 1).max().unwrap_or(0);
        while line < text.lines.len() {
            let table = Table::at(text, line).filter(|table| !(line..table.end).any(is_marked));
            if let Some(table) = table {
                if table.is_of_pairs(text) {
                    layout.add_pairs(&table, text.source);
                    paired.push(line..table.end);
                } else {
                    layout.add(&table, &mut rows);
                }
                line = table.end;
            } else {
                line += 1;
            }
        }
        for line in 0..text.lines.len() {
            let in_header = layout.headers.binary_search(&line).is_ok();
            let in_table = in_header || layout.cell_at(text.lines[line].bytes.start).is_some();
            let pairs = paired.partition_point(|lines: &Range<usize>| lines.end <= line);
            let in_pairs = paired.get(pairs).is_some_and(|lines| lines.contains(&line));
            if !in_table && !in_pairs && !is_marked(line) {
                layout.read_labels(text, line);
            }
        }
        layout.items.sort_by_key(|item| item.bytes.start);
        layout.join(marked);
        layout
    }

    /// Puts what stands in markup among the cells of tables, and numbers all rows in their order.
    fn join(&mut self, marked: Vec<Cell>) {
        if marked.is_empty() {
            return;
        }
        self.cells.extend(marked);
        self.cells.sort_by_key(|cell| cell.bytes.start);
        let (mut row, mut before) = (0, self.cells[0].row);
        for cell in &mut self.cells {
            row += u32::from(cell.row != before);
            before = cell.row;
            cell.row = row;
        }
    }

    /// All cells, in order.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// All labels with values, in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The cell that has a byte.
    pub fn cell_at(&self, byte: usize) -> Option<&Cell> {
        let at = self.cells.partition_point(|cell| cell.bytes.end <= byte);
        self.cells.get(at).filter(|cell| cell.bytes.start <= byte)
    }

    /// The cells of a row.
    pub fn row(&self, row: u32) -> &[Cell] {
        let first = self.cells.partition_point(|cell| cell.row < row);
        let last = self.cells.partition_point(|cell| cell.row <= row);
        &self.cells[first..last]
    }

    /// The row that has a byte.
    pub fn row_at(&self, byte: usize) -> Option<u32> {
        self.cell_at(byte).map(|cell| cell.row)
    }

    /// The head of the column that has a byte.
    pub fn head_at(&self, byte: usize) -> Option<Range<usize>> {
        self.cell_at(byte)?.head.clone()
    }

    /// The item whose value has a byte.
    pub fn item_at(&self, byte: usize) -> Option<&Item> {
        let at = self.items.partition_point(|item| item.bytes.end <= byte);
        self.items.get(at).filter(|item| item.bytes.start <= byte)
    }

    /// The items whose values begin at a byte or behind it.
    pub fn items_from(&self, byte: usize) -> impl Iterator<Item = &Item> {
        let at = self.items.partition_point(|item| item.bytes.start < byte);
        self.items[at..].iter()
    }

    /// Whether what stands at a byte is in an object or a section about somebody who is no provider.
    pub fn is_of_others(&self, byte: usize) -> bool {
        self.enclosing.is_of_others(byte)
    }

    /// Where the value stands below its label, the label.
    pub fn label_above<'t>(&self, text: &Text<'t>, byte: usize) -> &'t str {
        self.item_at(byte)
            .map_or("", |item| &text.source[item.label_bytes.clone()])
    }

    /// The rows of a table that has its labels in the first column: `Patient | Lee, Ann`.
    fn add_pairs(&mut self, table: &Table, source: &str) {
        for pair in &table.rows {
            if let [label_bytes, bytes, ..] = pair.as_slice()
                && let Some(label) = label_of(&words(&source[label_bytes.clone()]))
            {
                self.items.push(Item {
                    label,
                    label_bytes: label_bytes.clone(),
                    bytes: bytes.clone(),
                });
            }
        }
    }

    fn add(&mut self, table: &Table, rows: &mut u32) {
        let mut lines = table.rows.iter().zip(&table.further);
        let head = if table.labels.is_empty() {
            None
        } else {
            lines.next().map(|(head, _)| head)
        };
        if head.is_some() {
            self.headers.push(table.first);
        }
        for (cells, further) in lines {
            *rows -= u32::from(*further);
            for (column, bytes) in cells.iter().enumerate() {
                let label = table.labels.get(column).copied().flatten();
                self.cells.push(Cell {
                    bytes: bytes.clone(),
                    head: head.and_then(|head| head.get(column).cloned()),
                    // Below a name stand letters or a specialty.
                    label: label.filter(|label| !further || *label != Label::Name),
                    row: *rows,
                });
            }
            *rows += 1;
        }
    }

    /// `Label: value` in a line, once or several times; or a label alone, with its value on the next line.
    fn read_labels(&mut self, text: &Text<'_>, line: usize) {
        let bytes = text.lines[line].bytes.clone();
        let tokens = text.lines[line].tokens.clone();
        let first = self.items.len();
        for at in tokens.clone() {
            if text.tokens[at].is(':')
                && let Some((label, label_bytes)) = label_before(text, tokens.start, at)
            {
                let start = text.tokens[at].end as usize;
                if let Some(item) = self.items.last_mut().filter(|item| item.bytes.end > label_bytes.start) {
                    item.bytes.end = label_bytes.start.max(item.bytes.start);
                }
                self.items.push(Item {
                    label,
                    label_bytes,
                    bytes: start..bytes.end,
                });
            }
        }
        if self.items.len() == first {
            self.items.extend(labels_in_gaps(text, line));
        }
        if self.items.len() == first {
            self.items.extend(bare_label(text, line));
        }
        for item in &mut self.items[first..] {
            item.bytes = trimmed(text.source, item.bytes.clone());
        }
        // A label at the end of its line names what is on the next one.
        if let Some(item) = self.items[first..].last_mut()
            && item.bytes.is_empty()
            && line + 1 < text.lines.len()
            && !text.line(line + 1).contains(':')
            && bare_label(text, line + 1).is_none()
        {
            item.bytes = trimmed(text.source, text.lines[line + 1].bytes.clone());
        }
    }
}

/// A line that is a label alone, or a label, a gap and a value: `Last Name ...... SMITH`.
fn bare_label(text: &Text<'_>, line: usize) -> Option<Item> {
    let written = text.line(line);
    let bytes = text.lines[line].bytes.clone();
    let gap = written
        .find("  ")
        .or_else(|| written.find('\t'))
        .or_else(|| written.find(".."))
        .or_else(|| written.find("__"));
    let (label, value) = match gap {
        Some(at) if at > 0 => (bytes.start..bytes.start + at, bytes.start + at..bytes.end),
        _ => (bytes.clone(), bytes.end..bytes.end),
    };
    let written_label = text.source[label.clone()].trim();
    let kind = label_of(&words(written_label)).filter(|_| written_label.len() >= 3)?;
    // `Provider name    Specialty    Phone` heads columns.
    let first = text.source[value.clone()]
        .trim_start()
        .split("  ")
        .next()
        .unwrap_or_default();
    if label_of(&words(first)).is_some() {
        return None;
    }
    let tail: &[char] = &['.', '_', ' ', '\t', '-'];
    let kept = text.source[value.clone()].trim_start_matches(tail).len();
    Some(Item {
        label: kind,
        label_bytes: label,
        bytes: value.end - kept..value.end,
    })
}

/// `Last Name* SMITH   First Name* ROBERT   Suffix ____`: every piece of the line is a label and its value.
fn labels_in_gaps(text: &Text<'_>, line: usize) -> Vec<Item> {
    let start = text.lines[line].bytes.start;
    let pieces = gaps(text.line(line));
    let items = pieces.iter().map(|piece| {
        let piece = start + piece.start..start + piece.end;
        let written = &text.source[piece.clone()];
        // The longest label that the piece begins with.
        let ends = written.match_indices(' ').map(|(at, _)| at).take(6);
        let (label, end) = ends
            .filter_map(|end| Some((label_of(&words(&written[..end]))?, end)))
            .last()?;
        let blank: &[char] = &['_', ' ', '.'];
        let kept = written[end..].trim_start_matches(blank).len();
        Some(Item {
            label,
            label_bytes: piece.start..piece.start + end,
            bytes: piece.end - kept..piece.end,
        })
    });
    let items: Option<Vec<Item>> = items.collect();
    items.filter(|items| items.len() > 1).unwrap_or_default()
}

/// The bytes without white space around them.
pub fn trimmed(source: &str, bytes: Range<usize>) -> Range<usize> {
    let written = &source[bytes.clone()];
    let start = bytes.start + (written.len() - written.trim_start().len());
    start..start + written.trim().len()
}

/// Where a bracket opens that is closed right before a token, and has commas in it.
fn bracket_before(text: &Text<'_>, first: usize, end: usize) -> Option<usize> {
    let closes = end
        .checked_sub(1)
        .filter(|at| *at > first && text.tokens[*at].is(')'))?;
    let opens = (first..closes)
        .rev()
        .take(LONGEST_BRACKET)
        .find(|at| text.tokens[*at].is('('))?;
    let listed = text.tokens[opens..closes].iter().any(|token| token.is(','));
    (listed && opens > first).then_some(opens)
}

/// The label before a colon, be it in front of what stands in brackets.
fn label_before(text: &Text<'_>, first: usize, colon: usize) -> Option<(Label, Range<usize>)> {
    // `PATIENT NAME (first name, last name): ..`
    let before_bracket = bracket_before(text, first, colon).and_then(|opens| words_before(text, first, opens));
    before_bracket.or_else(|| words_before(text, first, colon))
}

/// The longest run of words right before a token that is a label.
fn words_before(text: &Text<'_>, first: usize, colon: usize) -> Option<(Label, Range<usize>)> {
    let mut folded: Vec<String> = Vec::new();
    let mut best = None;
    for at in (first..colon).rev() {
        let token = &text.tokens[at];
        // `Pharmacy: St Anne Pharmacy   Phone:`: behind a gap something new begins.
        let next = text.tokens.get(at + 1).map_or(token.end, |next| next.start);
        if at + 1 < colon
            && text.source[token.end as usize..next as usize]
                .trim_end_matches(' ')
                .len()
                + 2
                <= (next - token.end) as usize
        {
            break;
        }
        match token.kind {
            Kind::Word | Kind::Mixed => folded.insert(0, text.folded(at).replace('-', " ")),
            Kind::Number if folded.is_empty() => folded.insert(0, text.folded(at).to_owned()),
            Kind::Mark('.' | '#' | '/' | '(' | ')' | '\'' | '*' | '&') => continue,
            _ => break,
        }
        if folded.len() > 6 {
            break;
        }
        let split: Vec<String> = folded.iter().flat_map(|word| words(word)).collect();
        // `Family: daughter Ann`
        if let Some(label) = label_of(&split).filter(|_| split != ["family"]) {
            best = Some((label, token.start as usize..text.tokens[colon].start as usize));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_roster_has_rows_and_columns() {
        let source = "Last Name\tFirst Name\tNPI\nSmith\tJane\t1234567893\nLee\tAnn\t1234567893\n";
        let layout = Layout::of(&Text::new(source));
        let labels: Vec<_> = layout.cells()[..3].iter().map(|cell| cell.label).collect();
        assert_eq!(labels, [Some(Label::Last), Some(Label::First), Some(Label::Number)]);
        assert_eq!(layout.cells().len(), 6);
        assert_eq!(&source[layout.cells()[3].bytes.clone()], "Lee");
    }

    #[test]
    fn labels_are_read_before_behind_and_above_their_values() {
        let source = "Last Name: SMITH  First Name: ROBERT\nNPI\n1234567893\nCity .......... Houston\nHe said: fine";
        let layout = Layout::of(&Text::new(source));
        let read: Vec<_> = layout
            .items()
            .iter()
            .map(|i| (i.label, &source[i.bytes.clone()]))
            .collect();
        assert_eq!(
            read,
            [
                (Label::Last, "SMITH"),
                (Label::First, "ROBERT"),
                (Label::Number, "1234567893"),
                (Label::City, "Houston")
            ]
        );
    }

    #[test]
    fn prose_is_no_table() {
        let source = "Jane Smith, MD, and Ann Lee, DO, joined us.\nThey practice in Houston, Texas, and Katy, Texas.\nCall, write, or visit, please.";
        assert!(Layout::of(&Text::new(source)).cells().is_empty());
    }
}
