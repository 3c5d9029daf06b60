//! How a text is laid out: tables pasted as text (with a header or without) and forms of labels and values.

use std::ops::Range;

use super::markup;
use super::text::{Kind, Text};
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
}

impl Layout {
    /// Of a text.
    pub fn of(text: &Text<'_>) -> Self {
        let mut layout = Self::default();
        let marked = markup::cells(text);
        let is_marked = |line: usize| markup::is_in(&marked, &text.lines[line].bytes);
        let mut line = 0;
        let mut rows = marked.last().map_or(0, |last| last.row + 1);
        while line < text.lines.len() {
            let table = Table::at(text, line).filter(|table| !(line..table.end).any(is_marked));
            if let Some(table) = table {
                layout.add(&table, &mut rows);
                line = table.end;
            } else {
                line += 1;
            }
        }
        for line in 0..text.lines.len() {
            let in_header = layout.headers.binary_search(&line).is_ok();
            let in_table = in_header || layout.cell_at(text.lines[line].bytes.start).is_some();
            if !in_table && !is_marked(line) {
                layout.read_labels(text, line);
            }
        }
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

    /// Where the value stands below its label, the label.
    pub fn label_above<'t>(&self, text: &Text<'t>, byte: usize) -> &'t str {
        self.item_at(byte)
            .map_or("", |item| &text.source[item.label_bytes.clone()])
    }

    fn add(&mut self, table: &Table, rows: &mut u32) {
        let mut lines = table.rows.iter();
        let head = if table.labels.is_empty() { None } else { lines.next() };
        if head.is_some() {
            self.headers.push(table.first);
        }
        for cells in lines {
            for (column, bytes) in cells.iter().enumerate() {
                self.cells.push(Cell {
                    bytes: bytes.clone(),
                    head: head.and_then(|head| head.get(column).cloned()),
                    label: table.labels.get(column).copied().flatten(),
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
    let tail: &[char] = &['.', '_', ' ', '\t', '-'];
    let kept = text.source[value.clone()].trim_start_matches(tail).len();
    Some(Item {
        label: kind,
        label_bytes: label,
        bytes: value.end - kept..value.end,
    })
}

/// The bytes without white space around them.
pub fn trimmed(source: &str, bytes: Range<usize>) -> Range<usize> {
    let written = &source[bytes.clone()];
    let start = bytes.start + (written.len() - written.trim_start().len());
    start..start + written.trim().len()
}

/// The longest run of words before a colon that is a label.
fn label_before(text: &Text<'_>, first: usize, colon: usize) -> Option<(Label, Range<usize>)> {
    let mut folded: Vec<String> = Vec::new();
    let mut best = None;
    for at in (first..colon).rev() {
        let token = &text.tokens[at];
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
        if let Some(label) = label_of(&split) {
            best = Some((label, token.start as usize..text.tokens[colon].start as usize));
        }
    }
    best
}

/// Words that labels consist of, beside those that decide.
const FILLERS: &[&str] = &[
    "number",
    "no",
    "num",
    "s",
    "of",
    "the",
    "and",
    "or",
    "full",
    "legal",
    "current",
    "primary",
    "office",
    "mailing",
    "home",
    "work",
    "business",
    "location",
    "physical",
    "main",
    "individual",
    "type",
    "1",
    "2",
    "your",
    "id",
    "state",
    "professional",
    "medical",
    "code",
    "mobile",
    "direct",
    "line",
    "contact",
    "information",
    "info",
    "secondary",
    "if",
    "any",
    "please",
    "print",
    "as",
    "it",
    "appears",
    "on",
    "nucc",
    "service",
    "other",
    "registration",
    "certificate",
    "initial",
    "care",
];

/// Words that say what a label names, and what they say. The first list that has a word of the label decides.
const DECIDING: &[(Label, &[&str])] = &[
    (
        Label::Other,
        &[
            "patient",
            "patients",
            "member",
            "subscriber",
            "insured",
            "guarantor",
            "emergency",
            "spouse",
            "mother",
            "mothers",
            "maiden",
            "employee",
            "prepared",
            "submitted",
            "entered",
            "completed",
            "recipient",
            "beneficiary",
            "client",
            "manager",
            "coordinator",
            "credentialer",
            "sender",
            "from",
            "to",
            "cc",
            "bcc",
            "attn",
            "attention",
            "typed",
            "transcribed",
            "reviewer",
            "requestor",
            "requester",
            "caller",
            "resident",
            "dependent",
            "policyholder",
            "administrator",
            "biller",
            "witness",
            "notary",
        ],
    ),
    (
        Label::Number,
        &[
            "npi",
            "npis",
            "npl",
            "dea",
            "license",
            "licence",
            "lic",
            "phone",
            "tel",
            "telephone",
            "ph",
            "fax",
            "email",
            "e-mail",
            "mail",
            "tin",
            "ein",
            "ssn",
            "caqh",
            "upin",
            "ptan",
            "medicaid",
            "medicare",
            "cell",
            "website",
            "url",
            "web",
        ],
    ),
    (
        Label::Misc,
        &[
            "dob",
            "birth",
            "date",
            "gender",
            "sex",
            "hours",
            "status",
            "accepting",
            "notes",
            "comments",
            "subject",
            "re",
            "ext",
            "age",
            "diagnosis",
            "county",
            "country",
            "plan",
            "network",
            "networks",
            "insurance",
        ],
    ),
    (Label::Last, &["last", "surname", "family"]),
    (Label::First, &["first", "given", "forename"]),
    (Label::Middle, &["middle", "mi"]),
    (Label::Suffix, &["suffix"]),
    (
        Label::Credential,
        &[
            "credential",
            "credentials",
            "degree",
            "degrees",
            "title",
            "titles",
            "designation",
        ],
    ),
    (
        Label::Specialty,
        &[
            "specialty",
            "specialties",
            "speciality",
            "taxonomy",
            "subspecialty",
            "specialization",
            "discipline",
            "spec",
        ],
    ),
    (Label::Language, &["language", "languages"]),
    (Label::Zip, &["zip", "zipcode", "postal"]),
    (Label::City, &["city", "town"]),
    (Label::Place, &["citystatezip"]),
    (
        Label::Street,
        &["address", "street", "addr", "suite", "address1", "address2"],
    ),
    (
        Label::Organization,
        &[
            "practice",
            "group",
            "clinic",
            "facility",
            "organization",
            "organisation",
            "hospital",
            "employer",
            "company",
            "dba",
            "entity",
            "affiliation",
            "affiliations",
            "pharmacy",
            "laboratory",
            "lab",
            "site",
            "vendor",
            "supplier",
        ],
    ),
    (
        Label::Name,
        &[
            "provider",
            "providers",
            "physician",
            "doctor",
            "dr",
            "practitioner",
            "clinician",
            "pcp",
            "name",
            "attending",
            "referring",
            "rendering",
            "ordering",
            "supervising",
            "prescriber",
            "applicant",
            "surgeon",
            "consultant",
            "therapist",
            "dentist",
            "signed",
            "dictated",
            "specialist",
            "hospitalist",
            "requesting",
            "servicing",
            "performing",
            "consulting",
            "by",
            "staff",
            "nurse",
            "psychiatrist",
            "psychologist",
            "counselor",
            "midwife",
            "cardiologist",
            "pediatrician",
        ],
    ),
];

/// What a label names, if all of its folded words are words of labels.
pub fn label_of(label: &[String]) -> Option<Label> {
    if label.is_empty() || label.len() > 7 {
        return None;
    }
    let has = |word: &str| label.iter().any(|w| w == word);
    let is_known = |word: &String| {
        FILLERS.contains(&word.as_str()) || DECIDING.iter().any(|(_, decides)| decides.contains(&word.as_str()))
    };
    if !label.iter().all(is_known) {
        return None;
    }
    if has("city") && (has("zip") || has("state")) {
        return Some(Label::Place);
    }
    if has("contact") && (has("name") || has("person") || label.len() == 1) && !has("phone") {
        return Some(Label::Other);
    }
    let decided = DECIDING
        .iter()
        .find(|(_, decides)| label.iter().any(|word| decides.contains(&word.as_str())));
    match decided {
        Some((Label::Organization, _)) if has("address") => Some(Label::Street),
        // `Signed by`, `Dictated by` yes; `by` alone, `first` alone in a sentence no.
        Some((Label::Name, _)) if label == ["by"] => None,
        Some((label, _)) => Some(*label),
        None if has("state") => Some(Label::State),
        None => None,
    }
}

/// A run of lines with equal columns.
struct Table {
    first: usize,
    end: usize,
    rows: Vec<Vec<Range<usize>>>,
    /// Of the header; empty where there is none.
    labels: Vec<Option<Label>>,
}

impl Table {
    /// A table that begins at a line.
    fn at(text: &Text<'_>, first: usize) -> Option<Self> {
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
        separators
            .into_iter()
            .find_map(|separator| Self::with(text, first, separator))
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
        let has_header = known * 2 > labels.len();
        if !has_header && matches!(separator, Separator::Comma | Separator::Gap) {
            return None; // Prose has commas, and lines of letters have gaps.
        }
        let mut rows = vec![head];
        let mut end = first + 1;
        while end < text.lines.len() {
            let cells = separator.cells(text, end);
            if is_rule(text.line(end)) {
                end += 1;
                continue;
            }
            let fits = cells.len() == rows[0].len()
                || (separator.may_miss() && cells.len().abs_diff(rows[0].len()) <= 1 && cells.len() > 1);
            if !fits {
                break;
            }
            rows.push(cells);
            end += 1;
        }
        let enough = if has_header { rows.len() >= 2 } else { rows.len() >= 3 };
        enough.then_some(Self {
            first,
            end,
            rows,
            labels: if has_header { labels } else { Vec::new() },
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
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
            Self::Comma | Self::Gap | Self::Semicolon => 3,
            Self::Tab | Self::Pipe => 2,
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
fn gaps(line: &str) -> Vec<Range<usize>> {
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
