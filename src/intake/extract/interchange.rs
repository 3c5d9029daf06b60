//! Texts that programs send each other, whose parts are known by their place: HL7 (`1234567893^LEE^ANN^B^^^MD`), X12
//! (`NM1*82*1*LEE*ANN*B***XX*1234567893`) and the rows of an `INSERT INTO providers (npi, last_name, ..) VALUES`.

use std::sync::LazyLock;

use regex::Regex;

use super::layout::{Cell, Label, label_of, trimmed};
use super::markup::words_of_key;
use super::numbers::regex;

static PLACES: LazyLock<Regex> = LazyLock::new(|| {
    let part = |name: &str, mark: &str| format!(r"(?P<{name}>[^{mark}|~\r\n]*)");
    let hl7 = [
        part("last", r"\^"),
        part("first", r"\^"),
        part("middle", r"\^"),
        part("suffix", r"\^"),
        part("prefix", r"\^"),
        part("degree", r"\^"),
    ];
    let x12 = [
        part("x_last", "*"),
        part("x_first", "*"),
        part("x_middle", "*"),
        part("x_prefix", "*"),
        part("x_suffix", "*"),
    ];
    let hl7 = format!(r"(?:^|[|~])(?P<npi>\d{{10}})\^{}", hl7.join(r"\^"));
    let x12 = format!(r"NM1\*\w{{2}}\*1\*{}\*XX\*(?P<x_npi>\d{{10}})", x12.join(r"\*"));
    regex(&format!("{hl7}|{x12}"))
});
static INSERT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\binsert\s+into\s+[\w.`\x22]+\s*\((?P<heads>[^()]{1,2000})\)\s*values\s*")
        .expect("a pattern of our own")
});

/// The parts of all who are named so, in their order, a row for each.
pub fn cells(source: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut row = 0;
    for found in PLACES.captures_iter(source) {
        let before = cells.len();
        for (name, label) in [
            ("npi", Label::Number),
            ("last", Label::Last),
            ("first", Label::First),
            ("middle", Label::Middle),
            ("suffix", Label::Suffix),
            ("degree", Label::Credential),
            ("x_last", Label::Last),
            ("x_first", Label::First),
            ("x_middle", Label::Middle),
            ("x_suffix", Label::Suffix),
            ("x_npi", Label::Number),
        ] {
            let bytes = found.name(name).map(|part| trimmed(source, part.range()));
            cells.extend(bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| Cell {
                bytes,
                head: None,
                label: Some(label),
                row,
            }));
        }
        row += u32::from(cells.len() > before);
    }
    for found in INSERT.captures_iter(source) {
        let (Some(heads), Some(whole)) = (found.name("heads"), found.get(0)) else {
            continue;
        };
        inserted(source, heads.range(), whole.end(), &mut row, &mut cells);
    }
    cells.sort_by_key(|cell| cell.bytes.start);
    cells
}

/// The rows behind `VALUES`.
fn inserted(source: &str, heads: std::ops::Range<usize>, start: usize, row: &mut u32, cells: &mut Vec<Cell>) {
    let mut columns = Vec::new();
    let mut from = heads.start;
    for name in source[heads].split(',') {
        let bytes = trimmed(source, from..from + name.len());
        from += name.len() + 1;
        columns.push((label_of(&words_of_key(&source[bytes.clone()])), bytes));
    }
    let bytes = source.as_bytes();
    let blank = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    let mut at = blank(start);
    while bytes.get(at) == Some(&b'(') {
        at += 1;
        for column in 0.. {
            at = blank(at);
            let quoted = bytes.get(at) == Some(&b'\'');
            let begin = at + usize::from(quoted);
            let ends = |b: &u8| {
                if quoted {
                    *b == b'\''
                } else {
                    matches!(b, b',' | b')' | b'\n')
                }
            };
            let Some(length) = bytes.get(begin..).and_then(|rest| rest.iter().position(ends)) else {
                return;
            };
            let value = trimmed(source, begin..begin + length);
            if let Some((label, head)) = columns.get(column).filter(|_| !value.is_empty()) {
                cells.push(Cell {
                    bytes: value,
                    head: Some(head.clone()),
                    label: *label,
                    row: *row,
                });
            }
            at = blank(begin + length + usize::from(quoted));
            if bytes.get(at) != Some(&b',') {
                break;
            }
            at += 1;
        }
        *row += 1;
        if bytes.get(at) != Some(&b')') {
            return;
        }
        at = blank(at + 1);
        if bytes.get(at) == Some(&b',') {
            at = blank(at + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_place() {
        use Label::{Credential, First, Last, Middle, Number};
        let ann = [(0, Number, "1234567893"), (0, Last, "LEE"), (0, First, "ANN")];
        for (source, rest) in [
            (
                "PV1|1|I|||1234567893^LEE^ANN^B^^^MD|1245319599^ROE^BOB^^^^",
                vec![
                    (0, Middle, "B"),
                    (0, Credential, "MD"),
                    (1, Number, "1245319599"),
                    (1, Last, "ROE"),
                    (1, First, "BOB"),
                ],
            ),
            (
                "INSERT INTO p (npi, last_name, first_name, remark)\nVALUES ('1234567893', 'LEE', 'ANN', ''),\n (1245319599, 'ROE', 'BOB', 'x');",
                vec![(1, Number, "1245319599"), (1, Last, "ROE"), (1, First, "BOB")],
            ),
        ] {
            let told: Vec<_> = cells(source)
                .into_iter()
                .filter_map(|cell| Some((cell.row, cell.label?, source[cell.bytes].to_owned())))
                .collect();
            let wanted = ann.into_iter().chain(rest);
            let wanted: Vec<_> = wanted.map(|(row, label, text)| (row, label, text.to_owned())).collect();
            assert_eq!(told, wanted, "{source}");
        }
        let named = cells("NM1*82*1*LEE*ANN*B***XX*1234567893~NM1*IL*1*DOE*JO****MI*7~");
        assert_eq!(named.len(), 4, "no insured: {named:?}");
    }
}
