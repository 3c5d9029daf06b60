//! What a record says, without what says nothing: `N/A` where somebody knew nothing, numbers that fill a field, the marks of the
//! page or the form that a text was copied from.

use super::record::Record;
use crate::vocab::keys;

/// What people and programs write where they know nothing.
const NOTHING: &[&str] = &[
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "unk",
    "unavail",
    "unavailable",
    "not available",
    "not applicable",
    "not provided",
    "missing",
    "tbd",
    "nan",
    "blank",
    "no data",
];
/// Of these, those that somebody may be called.
const NAMES_AS_WELL: &[&str] = &["na", "null", "none", "unk", "nan", "nil", "blank"];
/// What stands for a middle name that there is not.
const NO_MIDDLE_NAME: &[&str] = &["nmi", "nmn", "no middle name", "no middle initial", "nomiddlename"];
/// Numbers that fill a field.
const FILLERS: &[&str] = &["1234567890", "0123456789", "1231231234"];
/// Marks of a page, and what they stand for.
const ENTITIES: &[(&str, &str)] = &[
    ("&quot;", "\""),
    ("&apos;", "'"),
    ("&#39;", "'"),
    ("&nbsp;", " "),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];
/// What is written before the number of a licence.
const LICENSE_LABELS: &[&str] = &["license", "licence", "lic", "number", "no", "num"];

/// A record with what it says, and nothing else.
pub fn told(record: &Record) -> Record {
    let mut record = record.clone();
    for name in [
        &mut record.name,
        &mut record.first_name,
        &mut record.last_name,
        &mut record.organization_name,
    ] {
        unmarked(name);
        name.take_if(|text| !says(text, true));
    }
    for field in [
        &mut record.middle_name,
        &mut record.suffix,
        &mut record.credential,
        &mut record.npi,
        &mut record.phone,
        &mut record.specialty,
        &mut record.gender,
    ] {
        unmarked(field);
        field.take_if(|text| !says(text, false));
    }
    let middle = &mut record.middle_name;
    middle.take_if(|text| NO_MIDDLE_NAME.contains(&text.trim().trim_end_matches('.').to_lowercase().as_str()));
    for number in [&mut record.npi, &mut record.phone] {
        number.take_if(|text| fills(text));
    }
    record.other_names.retain(|text| says(text, true));
    if let Some(address) = &mut record.address {
        for part in [
            &mut address.line1,
            &mut address.line2,
            &mut address.city,
            &mut address.state,
            &mut address.postal_code,
        ] {
            unmarked(part);
            part.take_if(|text| !says(text, false));
        }
    }
    if let Some(license) = &mut record.license {
        license.number.take_if(|text| !says(text, false));
    }
    record
}

fn says(text: &str, is_name: bool) -> bool {
    let bare = text.trim().trim_matches(['<', '>', '[', ']', '(', ')']).to_lowercase();
    let nothing = NOTHING.contains(&bare.as_str()) && !(is_name && NAMES_AS_WELL.contains(&bare.as_str()));
    !nothing && bare.chars().any(char::is_alphanumeric) && (is_name || bare.bytes().any(|b| b != b'0'))
}

/// Whether a number is none: one digit ten times, or counted through.
fn fills(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_one_digit = digits.len() >= 9 && digits.bytes().all(|digit| digit == digits.as_bytes()[0]);
    is_one_digit || FILLERS.contains(&digits.as_str())
}

/// What nobody sees and pages are full of: joiners, marks of the order of bytes.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Writes a text as it was meant that comes out of the source of a page, or in quotes.
fn unmarked(field: &mut Option<String>) {
    let Some(text) = field else { return };
    text.retain(|c| !is_unseen(c));
    if text.contains('&') && text.contains(';') {
        for (mark, meant) in ENTITIES {
            *text = text.replace(mark, meant);
        }
    }
    let bare = text.trim();
    let quoted = ['"', '\'', '`'].into_iter().find_map(|quote| {
        let inside = bare.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inside.contains(quote)).then_some(inside)
    });
    if let Some(inside) = quoted {
        *text = inside.trim().to_owned();
    }
}

/// The first telephone number of a field: `Office: 713-555-0142 / Fax: ..`, `001-713-555-0142`.
pub fn phone(text: &str) -> Option<String> {
    let text = in_ascii(text);
    keys::phone(&text).or_else(|| {
        let mut pieces = text.split(|c: char| c.is_alphabetic() || matches!(c, '/' | ';' | '|' | ',' | '#'));
        pieces.find_map(|piece| {
            let piece = piece.trim_start_matches([' ', ':', '.', '+']);
            keys::phone(piece.strip_prefix("00").unwrap_or(piece))
        })
    })
}

/// A text whose wide letters and digits are those of ASCII: `７１３`.
pub fn in_ascii(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(plain).collect()
}

/// A licence number without its label, and without the state that is written before it: `Lic# TX T549961`.
pub fn bare_license<'n>(number: &'n str, state: Option<&str>) -> &'n str {
    let between = [' ', '-', ':', '#', '.'];
    let mut number = number.trim();
    while let Some(rest) = LICENSE_LABELS.iter().find_map(|label| behind(number, label)) {
        number = rest;
    }
    state
        .and_then(|state| behind(number, state))
        .unwrap_or(number)
        .trim_start_matches(between)
}

/// What stands behind a word at the beginning, in any case, and a mark.
fn behind<'n>(text: &'n str, word: &str) -> Option<&'n str> {
    let between = [' ', '-', ':', '#', '.'];
    let start = text
        .get(..word.len())
        .filter(|start| start.eq_ignore_ascii_case(word))?;
    let rest = &text[start.len()..];
    let bare = rest.trim_start_matches(between);
    (rest.starts_with(between) && !bare.is_empty()).then_some(bare)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_says_nothing_is_left_out() {
        let left = |given: Value| serde_json::to_value(told(&Record::parse(given).expect("a record"))).expect("JSON");
        for (given, meant) in [
            (
                json!({"last_name": "Roe", "middle_name": "NMI"}),
                json!({"last_name": "Roe"}),
            ),
            (
                json!({"last_name": "Roe", "phone": "(999) 999-9999"}),
                json!({"last_name": "Roe"}),
            ),
            (
                json!({"last_name": "Roe", "phone": "123-456-7890"}),
                json!({"last_name": "Roe"}),
            ),
            (
                json!({"last_name": "Roe", "npi": "9999999999"}),
                json!({"last_name": "Roe"}),
            ),
            (
                json!({"last_name": "&quot;O&apos;Hara&quot;"}),
                json!({"last_name": "O'Hara"}),
            ),
            (
                json!({"organization_name": "Bone &amp; Joint"}),
                json!({"organization_name": "Bone & Joint"}),
            ),
        ] {
            assert_eq!(left(given), meant);
        }
        for kept in [
            json!({"last_name": "Null", "middle_name": "N", "phone": "7135550142"}),
            json!({"name": "Robert \"Bob\" Smith", "npi": "1234567893"}),
        ] {
            assert_eq!(left(kept.clone()), kept);
        }
    }

    #[test]
    fn a_license_stands_behind_its_label_and_its_state() {
        for (written, state) in [
            ("TX T549961", "tx"),
            ("Lic# T549961", "tx"),
            ("License No. TX-T549961", "tx"),
            ("T549961", "tx"),
        ] {
            assert_eq!(bare_license(written, Some(state)), "T549961", "{written}");
        }
        assert_eq!(bare_license("NO12345", None), "NO12345");
    }

    #[test]
    fn a_field_may_have_more_than_a_telephone_number() {
        for written in [
            "713-555-0142",
            "Office: 713.555.0142",
            "713-555-0142 / 212-555-0199",
            "P: 713-555-0142 F: 212-555-0199",
            "001-713-555-0142",
            "tel:+17135550142",
            "7135550142 ext. 40213",
            "Fax 713-555-0142",
            "７１３-５５５-０１４２",
        ] {
            assert_eq!(phone(written).as_deref(), Some("7135550142"), "{written}");
        }
        assert_eq!(phone("555-0142"), None);
    }
}
