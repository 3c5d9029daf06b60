//! Texts that programs wrote for programs: JSON, XML, lines of `key=value`. What has a key that is a label is a cell of a row,
//! and a row is about one provider, as in a table.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::enclosing::{Enclosing, is_of_others};
use super::layout::{Cell, Label, label_of, trimmed};
use super::numbers::regex;
use super::text::Text;
use crate::vocab::names::words;

/// Fewer values than this are no record: `"npi": ".."` may stand in a sentence.
const FEWEST: usize = 2;

static VALUES: LazyLock<Regex> = LazyLock::new(|| {
    let key = "[A-Za-z][A-Za-z0-9_.-]{0,39}";
    // A system of numbers and its value, in JSON or XML.
    let system = r#"system"\s*:\s*"[^"\n]{0,60}(?P<system>us-npi)"\s*,\s*"value"\s*:\s*"(?P<npi>\d{10})"#;
    let xml_system =
        r#"<system\s+value="[^"\n]{0,60}(?P<xml_system>us-npi)"\s*/>\s*<value\s+value="(?P<xml_npi>\d{10})"#;
    // The number of a document of HL7, by what its root says; the number of a registry that has none but NPIs; a name told whole.
    let cda = r#"<id\b(?P<cda>)[^<>]*?\bextension="(?P<cda_npi>\d{10})"[^<>]*?\broot="2\.16\.840\.1\.113883\.4\.6""#;
    let registry = r#""(?P<registry>number)"\s*:\s*"?(?P<registry_npi>[12]\d{9})\b"#;
    let told = r#""(?P<told>name)"\s*:\s*\[?\s*\{\s*(?:"use"\s*:\s*"\w+"\s*,\s*)?"text"\s*:\s*"(?P<whole>[^"\\\n]*)""#;
    let query = format!(r"[?&](?P<query>{key})=(?P<part>[^=&\s#]+)");
    let json = format!(r#""(?P<json>{key})"\s*:\s*\[?\s*(?:"(?P<text>[^"\\\n]*)"|(?P<number>\d+))"#);
    let xml = format!(r#"<(?:\w+:)?(?P<xml>{key})(?:>(?P<inner>[^<>\n]*)</|\s+value="(?P<value>[^"\n]*)"\s*/>)"#);
    let line = format!(r"(?m)^[ \t]*(?P<line>{key})[ \t]*=[ \t]*(?P<rest>[^=&\n]*)$");
    // `provider="Lee, Ann"` of a log; `name` alone is as well that of anything in a page.
    let pair = format!(r#"\b(?P<pair>{key})="(?P<quoted>[^"\n]+)""#);
    regex(&format!(
        r#""{system}|{xml_system}|{cda}|{registry}|{told}|{json}|{xml}|{line}|{query}|{pair}"#
    ))
});
/// What ends one record and begins the next.
static BETWEEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\}\s*,?\s*\{|\n[ \t]*\r?\n").expect("a pattern of our own"));
static TAGS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<(/?)(?:\w+:)?([A-Za-z][\w.-]*)").expect("a pattern of our own"));

/// The values of a text that have keys which are labels, in their order, numbered by the records that they are in; and what
/// encloses them.
pub fn cells(text: &Text<'_>) -> (Vec<Cell>, Enclosing) {
    let mut cells: Vec<Cell> = Vec::new();
    for found in VALUES.captures_iter(text.source) {
        let group = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| found.name(name))
                .map(|found| found.range())
        };
        let (Some(key), Some(value)) = (
            group(&[
                "system",
                "xml_system",
                "cda",
                "registry",
                "told",
                "json",
                "xml",
                "line",
                "query",
                "pair",
            ]),
            group(&[
                "npi",
                "xml_npi",
                "cda_npi",
                "registry_npi",
                "whole",
                "text",
                "number",
                "inner",
                "value",
                "rest",
                "part",
                "quoted",
            ]),
        ) else {
            continue;
        };
        let bytes = trimmed(text.source, value);
        let words = words_of_key(&text.source[key.clone()]);
        let label = label_of(&words)
            .or_else(|| is_number_of_one(&words).then_some(Label::Number))
            .or_else(|| is_of_others(&words).then_some(Label::Other));
        let of_page = found.name("pair").is_some() && words.len() == 1 && words[0] == "name";
        if let Some(label) = label.filter(|_| !bytes.is_empty() && !of_page) {
            cells.push(Cell {
                bytes,
                head: Some(key),
                label: Some(label),
                row: 0,
            });
        }
    }
    if cells.len() < FEWEST {
        return (Vec::new(), Enclosing::default());
    }
    let enclosing = Enclosing::of(text.source);
    number(text.source, &mut cells, &enclosing);
    (cells, enclosing)
}

/// The words of a key: `provider_first_name`, `providerFirstName`.
pub fn words_of_key(key: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(key.len() + 4);
    let mut before = ' ';
    for c in key.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    words(&spaced)
}

/// Numbers the records. What names nobody and has no number of its own belongs to the one before.
fn number(source: &str, cells: &mut [Cell], enclosing: &Enclosing) {
    let key = |cell: &Cell| cell.head.clone().map(|head| &source[head]);
    let mut starts = vec![0];
    // How deep in objects a value lies, and the least deep of those that are of one provider alone.
    let mut depth = 0;
    let mut own_depth = is_own(source, &cells[0]).then_some(depth);
    for at in 1..cells.len() {
        let from = starts.last().copied().unwrap_or_default();
        let again = is_own(source, &cells[at]) && cells[from..at].iter().any(|cell| key(cell) == key(&cells[at]));
        let head = cells[at].head.as_ref().map_or(0, |head| head.start);
        let others = |cell: &Cell| enclosing.is_of_others(cell.bytes.start);
        let parted = others(&cells[at]) != others(&cells[at - 1]);
        let between = source.get(cells[at - 1].bytes.end..head).unwrap_or_default();
        // An address that follows another one within a record ends it not.
        let (bottom, behind) = depths(between, depth);
        let within = own_depth.is_some_and(|own| bottom >= own);
        depth = behind;
        if again || parted || (begins_anew(between) && !within) {
            starts.push(at);
            own_depth = None;
        }
        if is_own(source, &cells[at]) {
            own_depth = Some(own_depth.map_or(depth, |own| own.min(depth)));
        }
    }
    let mut row = 0;
    for (number, start) in starts.iter().copied().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(cells.len());
        let named = cells[start..end].iter().any(|cell| is_own(source, cell));
        row += u32::from(number > 0 && named);
        cells[start..end].iter_mut().for_each(|cell| cell.row = row);
    }
}

/// How deep in objects it is at the least deep place of what stands between two values, and behind it.
fn depths(between: &str, before: i32) -> (i32, i32) {
    between.bytes().fold((before, before), |(bottom, here), byte| {
        let here = here + i32::from(byte == b'{') - i32::from(byte == b'}');
        (bottom.min(here), here)
    })
}

/// Whether a value is of one provider alone: a name, an NPI.
fn is_own(source: &str, cell: &Cell) -> bool {
    let is_npi = || {
        let head = cell.head.clone();
        head.is_some_and(|head| is_number_of_one(&words_of_key(&source[head])))
    };
    matches!(
        cell.label,
        Some(Label::Name | Label::First | Label::Last | Label::Organization)
    ) || is_npi()
}

/// Whether a key is that of an NPI; in a document of HL7 there is none beside the number.
fn is_number_of_one(key: &[String]) -> bool {
    key.is_empty() || key == ["number"] || key.contains(&"npi".to_owned())
}

/// Whether one record ends and another begins in what stands between two values: `}, {`, `</provider><provider>`.
fn begins_anew(between: &str) -> bool {
    let mut closed: Vec<&str> = Vec::new();
    for tag in TAGS.captures_iter(between) {
        let name = tag.get(2).map_or("", |name| name.as_str());
        if tag.get(1).is_some_and(|slash| !slash.is_empty()) {
            closed.push(name);
        } else if closed.contains(&name) {
            return true;
        }
    }
    BETWEEN.is_match(between)
}

/// Whether any of some values stands in these bytes.
pub fn is_in(cells: &[Cell], bytes: &Range<usize>) -> bool {
    let at = cells.partition_point(|cell| cell.bytes.end <= bytes.start);
    cells.get(at).is_some_and(|cell| cell.bytes.start < bytes.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<(u32, Label, &str)> {
        let (cells, _) = cells(&Text::new(source));
        let told = cells
            .into_iter()
            .filter_map(|cell| Some((cell.row, cell.label?, &source[cell.bytes])));
        told.collect()
    }

    #[test]
    fn what_lies_deeper_ends_no_record() {
        use Label::{City, First, Name, Number};
        let registry = r#"{"number": "1234567893", "addresses": [{"city": "Katy"}, {"city": "Mesa"}], "basic": {"first_name": "Ann"}}, {"number": "1245319599"}"#;
        let ann = [
            (0, Number, "1234567893"),
            (0, City, "Katy"),
            (0, City, "Mesa"),
            (0, First, "Ann"),
        ];
        assert_eq!(read(registry), [&ann[..], &[(1, Number, "1245319599")]].concat());
        let told = r#"{"name":[{"use":"official","text":"Ann Lee"}],"identifier":[{"system":"http://x/us-npi","value":"1234567893"}]}"#;
        assert_eq!(read(told), [(0, Name, "Ann Lee"), (0, Number, "1234567893")]);
        let document = r#"<assignedAuthor><id extension="1234567893" root="2.16.840.1.113883.4.6"/><assignedPerson><name><given>Ann</given></name></assignedPerson></assignedAuthor>"#;
        assert_eq!(read(document), [(0, Number, "1234567893"), (0, First, "Ann")]);
    }

    #[test]
    fn records_are_rows() {
        use Label::{City, First, Last, Number};
        let jane = [
            (0, First, "Jane"),
            (0, Last, "Roe"),
            (0, Number, "1234567893"),
            (0, City, "Katy"),
        ];
        let two: Vec<_> = jane.into_iter().chain([(1, First, "Ann"), (1, Last, "Lee")]).collect();
        for source in [
            r#"[{"first_name":"Jane","lastName":"Roe","npi":1234567893,"address":{"city":"Katy"}},{"first_name":"Ann","lastName":"Lee"}]"#,
            "<list><provider><FirstName>Jane</FirstName><LastName>Roe</LastName><npi>1234567893</npi><addr><city>Katy</city></addr></provider>\n<provider><FirstName>Ann</FirstName><LastName>Lee</LastName></provider></list>",
            "first_name=Jane\nlast_name=Roe\nnpi=1234567893\ncity=Katy\n\nfirst_name=Ann\nlast_name=Lee\n",
        ] {
            assert_eq!(read(source), two, "{source}");
        }
        for plain in [
            "The \"name\": \"x\" of it",
            "<b>Dr. Roe</b> <td>Jane</td>",
            "a = b",
            "Name: Jane Roe",
        ] {
            assert!(read(plain).is_empty(), "{plain}");
        }
    }
}
