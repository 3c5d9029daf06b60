//! Texts that programs send each other, whose parts are known by their place: HL7 (`1234567893^LEE^ANN^B^^^MD`), X12
//! (`NM1*82*1*LEE*ANN*B***XX*1234567893`), cards (`N:Lee;Ann;B;Dr.;MD`) and the rows of an `INSERT INTO providers (npi, last_name, ..) VALUES`.

use std::sync::LazyLock;

use regex::Regex;

use super::layout::{Cell, Label, label_of, trimmed};
use super::markup::words_of_key;
use super::numbers::regex;

static PLACES: LazyLock<Regex> = LazyLock::new(|| regex(&[hl7(), staff(), x12(), card()].join("|")));
/// Codes of people in X12 who provide, with a number or without.
const PROVIDING: &[&str] = &[
    "1P", "1T", "71", "72", "73", "77", "82", "85", "DD", "DK", "DN", "DQ", "FA", "P3", "SJ", "SK", "T4",
];
static INSERT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\binsert\s+into\s+[\w.`\x22]+\s*\((?P<heads>[^()]{1,2000})\)\s*values\s*")
        .expect("a pattern of our own")
});

/// What stands between two marks.
fn part(name: &str, mark: &str) -> String {
    format!(r"(?P<{name}>[^{mark}|~\r\n]*)")
}

/// Parts behind a mark each, of which any may be left out with all behind it.
fn further(names: &[&str], mark: &str, end: &str) -> String {
    let parts = names.iter().rev();
    parts.fold(end.to_owned(), |rest, name| {
        format!("(?:{mark}{}{rest})?", part(name, mark))
    })
}

/// `1234567893^LEE^ANN^B^^^MD`
fn hl7() -> String {
    let names = ["last", "first", "middle", "suffix", "prefix", "degree"];
    let parts = names.map(|name| part(name, r"\^")).join(r"\^");
    format!(r"(?:^|[|~])(?P<npi>\d{{10}})\^{parts}")
}

/// Members of a staff and parties to a referral, before whose names stands no number: `PRD|RT^..|LEE^ANN^B`.
fn staff() -> String {
    let (last, first) = (part("staff_last", r"\^"), part("staff_first", r"\^"));
    let names = ["staff_middle", "staff_suffix", "staff_prefix", "staff_degree"];
    let further = further(&names, r"\^", "");
    format!(r"(?:^|[\r\n])(?:STF\|[^|\r\n]*\|[^|\r\n]*|PRD\|[^|\r\n]*)\|{last}\^{first}{further}")
}

/// `NM1*82*1*LEE*ANN*B***XX*1234567893`, and whom to call: `PER*IC*BOB ROE*TE*..`.
fn x12() -> String {
    let last = part("x_last", r"\*");
    let names = ["x_first", "x_middle", "x_prefix", "x_suffix"];
    let further = further(&names, r"\*", r"(?:\*XX\*(?P<x_npi>\d{10}))?");
    let contact = r"\bPER\*(?P<contact_code>\w{2})\*(?P<contact>[^*~\r\n]+)\*";
    format!(r"\bNM1\*(?P<x_code>\w{{2,3}})\*1\*{last}{further}|{contact}")
}

/// `N:Lee;Ann;B;Dr.;MD`
fn card() -> String {
    let (last, first) = (part("card_last", ";:"), part("card_first", ";"));
    let further = further(&["card_middle", "card_prefix", "card_degree"], ";", "");
    format!(r"(?m:^N(?:;[^:\r\n]*)?:{last};{first}{further}[ \t\r]*$)")
}

/// The parts of all who are named so, in their order, a row for each.
pub fn cells(source: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut row = 0;
    let is_of_cards = source.contains("BEGIN:VCARD");
    // Most texts are no interchange, and are not read for one.
    let may_be = is_of_cards || source.contains('^') || source.contains("NM1*");
    for found in may_be.then(|| PLACES.captures_iter(source)).into_iter().flatten() {
        let provides = |code: &str| found.name("x_npi").is_some() || PROVIDING.contains(&code);
        if found.name("x_code").is_some_and(|code| !provides(code.as_str())) {
            continue;
        }
        if found.name("card_last").is_some() && !is_of_cards {
            continue;
        }
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
            ("contact", Label::Other),
            ("card_last", Label::Last),
            ("card_first", Label::First),
            ("card_middle", Label::Middle),
            ("card_degree", Label::Credential),
            ("staff_last", Label::Last),
            ("staff_first", Label::First),
            ("staff_middle", Label::Middle),
            ("staff_suffix", Label::Suffix),
            ("staff_degree", Label::Credential),
        ] {
            let bytes = found.name(name).map(|part| trimmed(source, part.range()));
            // A contact is known by the code of its segment.
            let head = found.name("contact_code").map(|code| code.range());
            cells.extend(bytes.filter(|bytes| !bytes.is_empty()).map(|bytes| Cell {
                bytes,
                head: head.clone(),
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
        let plain = "NM1*1P*1*LEE*ANN****24*860017935~PER*IC*BOB ROE*TE*1234567893~";
        let told: Vec<_> = cells(plain)
            .into_iter()
            .map(|cell| (cell.label, &plain[cell.bytes]))
            .collect();
        assert_eq!(
            told,
            [
                (Some(Last), "LEE"),
                (Some(First), "ANN"),
                (Some(Label::Other), "BOB ROE")
            ]
        );
        let staff = "MFI|PRA\rSTF|S1|7^^^H|Allen^Josie^V^^^MD|P\nPRD|RP^Referring|Frick^Connie^O^^Dr.|1 Elm St";
        let told: Vec<_> = cells(staff).into_iter().map(|cell| &staff[cell.bytes]).collect();
        assert_eq!(told, ["Allen", "Josie", "V", "MD", "Frick", "Connie", "O"]);
        let card = "BEGIN:VCARD\r\nN;CHARSET=utf-8:Lee;Ann;B;Dr.;MD\r\nFN:Dr. Ann Lee\r\n";
        let told: Vec<_> = cells(card).into_iter().map(|cell| &card[cell.bytes]).collect();
        assert_eq!(told, ["Lee", "Ann", "B", "MD"]);
    }
}
