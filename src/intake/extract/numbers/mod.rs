//! Identifiers, telephone numbers, e-mail addresses and days: what a regular expression and a check digit can tell.
//!
//! Ten digits alone say little, so what stands before them on the line (or heads their column) goes first: a label makes
//! them an NPI, a telephone number, or somebody's account.

mod day;
mod npi;
mod said;

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use self::day::{DATE, day, is_day, meaning};
use self::npi::{check, npi_of};
use self::said::{OF_LABELS, Says, is_unit, says};
use super::field::{Check, Detail, Field, FieldKind};
use super::layout::Layout;
use super::spoken;
use super::text::Text;
use super::words::{STATE_CODES, STATES};
use crate::vocab::Npi;

/// Numbers before one that are looked at.
const MOST_BEFORE: usize = 8;
/// How far a label may stand before its number.
const LABEL_REACH: usize = 40;

/// A pattern whose digits are those of ASCII: numbers in others cannot be read, and are longer than they look.
pub fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\d", "[0-9]")).expect("a pattern of our own")
}

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| regex(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}"));
static URL: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(?:https?://|www\.)[^\s<>\x22]+"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\b\d{3}[ ./-])\d{3}[ .-]\d{4}\b(?:[ ,]*(?:x|ext\.?|extension)[ .]*\d{1,6}\b)?",
    )
});
static TEL: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\btel:(?:\+?1)?(?P<digits>[2-9]\d{9})\b"));
static TEN: LazyLock<Regex> = LazyLock::new(|| regex(r"\b\d{10}(?:\.0)?\b"));
static NPI_LABEL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bn[\s.]?p[\s.]?[i1l|](?:['’]?s\b)?(?:\s*(?:number|numbers|no|num|id|\#|type\s*[12]))*[\s.:#()=|\[*\-]*",
    )
});
static DEA: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[A-Za-z][A-Za-z9][- ]?\d{7}\b"));
static LICENSE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(?:(?P<before>[A-Z]{2})\s+)?(?:(?:state|medical|professional|nursing|board)\s+)*",
        r"lic(?:en[sc]ed?|ensure)?\b\.?(?:\s*(?:number|numbers|no|num|id)\b\.?)?\s*[#(]*\s*(?:(?P<state>[A-Z]{2})\b\)?)?[\s:#)=\-]*",
        r"(?:(?P<inner>[A-Z]{2})\s+)?(?P<number>[A-Z]{0,5}[.\- ]?\d[\dA-Z]*(?:[.\-][\dA-Z]+)*)(?:\s*\((?P<after>[A-Z]{2})\))?",
    ))
});

/// All of a text in their order, and what stands in e-mail addresses and links, which is nothing else.
pub fn find(text: &Text<'_>, layout: &Layout) -> (Vec<Field>, Vec<Range<usize>>) {
    let source = text.source;
    let mut finder = Finder {
        text,
        layout,
        fields: Vec::new(),
        taken: vec![false; source.len()],
    };
    let mut closed: Vec<Range<usize>> = URL.find_iter(source).map(|found| found.range()).collect();
    for found in EMAIL.find_iter(source) {
        closed.push(found.range());
        let address = found.as_str().to_ascii_lowercase();
        finder.take(Field::new(FieldKind::Email, found.range(), address));
    }
    closed.iter().for_each(|bytes| finder.taken[bytes.clone()].fill(true));
    finder.labelled_npis();
    finder.licenses();
    finder.column_licenses();
    finder.registrations();
    finder.dates();
    finder.phones();
    finder.links();
    finder.spoken();
    finder.bare_tens();
    finder.fields.sort_by_key(|field| field.bytes.start);
    (finder.fields, closed)
}

struct Finder<'a, 't> {
    text: &'a Text<'t>,
    layout: &'a Layout,
    fields: Vec<Field>,
    /// Of each byte, whether it is part of a field already.
    taken: Vec<bool>,
}

impl Finder<'_, '_> {
    fn is_free(&self, bytes: &Range<usize>) -> bool {
        self.taken[bytes.clone()].iter().all(|taken| !taken)
    }

    fn take(&mut self, field: Field) {
        self.taken[field.bytes.clone()].fill(true);
        self.fields.push(field);
    }

    /// The words that name what stands here: the head of the column, or what is before it on the line since the last number.
    fn label(&self, start: usize) -> &str {
        if let Some(head) = self.layout.head_at(start) {
            return &self.text.source[head];
        }
        let line = self.text.lines[self.text.line_at(start)].bytes.clone();
        let mut from = line.start.max(start.saturating_sub(LABEL_REACH));
        while !self.text.source.is_char_boundary(from) {
            from += 1;
        }
        let before = &self.text.source[from..start];
        // Behind another number or a list's mark a new field begins.
        let cut = before.rfind(|c: char| c.is_ascii_digit() || matches!(c, ';' | '|' | '\t' | '/'));
        let before = cut.map_or(before, |at| before.get(at + 1..).unwrap_or(before));
        if before.trim().is_empty() && from == line.start {
            return self.layout.label_above(self.text, start);
        }
        before
    }

    /// `Group NPI`, but not `General Practice Dentistry (NPI`: the word must be the label's own.
    fn of_organization(&self, start: usize) -> bool {
        let label = crate::vocab::names::words(self.label(start));
        let own = label
            .iter()
            .rev()
            .take_while(|word| OF_LABELS.contains(&word.as_str()) || is_unit(word));
        own.clone().any(|word| is_unit(word)) || label.windows(2).any(|pair| pair == ["type", "2"])
    }

    /// Behind the letters NPI, also where some digits were misread.
    fn labelled_npis(&mut self) {
        for label in NPI_LABEL.find_iter(self.text.source) {
            let start = label.end();
            let rest = &self.text.source[start..];
            let line_end = rest.find('\n').unwrap_or(rest.len());
            let rest = &rest[..line_end];
            if let Some((length, value, check)) = npi_of(rest) {
                let mut field = Field::new(FieldKind::Npi, start..start + length, value).with(Detail::Check(check));
                field.of_organization = self.of_organization(label.start()) || self.of_organization(start);
                if self.is_free(&field.bytes) {
                    self.take(field);
                }
            }
        }
    }

    fn licenses(&mut self) {
        for found in LICENSE.captures_iter(self.text.source) {
            let Some(number) = found.name("number") else { continue };
            let value: String = number.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
            let value = value.to_ascii_uppercase();
            if value.len() < 3 || !self.is_free(&number.range()) || is_day(number.as_str()) {
                continue;
            }
            let stated = ["state", "after", "inner", "before"]
                .iter()
                .filter_map(|name| found.name(name));
            let stated = stated
                .map(|m| m.as_str().to_ascii_uppercase())
                .find(|code| STATE_CODES.contains(code.as_str()));
            let state = stated.or_else(|| self.state_before(found.get(0).map_or(0, |m| m.start())));
            let state = state.or_else(|| prefix_state(number.as_str()));
            self.take(Field::new(FieldKind::License, number.range(), value).with(Detail::State(state)));
        }
    }

    /// Cells of a column that is headed so.
    fn column_licenses(&mut self) {
        for cell in self.layout.cells() {
            let Some(head) = cell.head.clone() else { continue };
            let written = self.text.source[cell.bytes.clone()].trim();
            let plain = written.len() >= 3
                && written
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b' '));
            if says(&self.text.source[head]) == Says::License && plain && written.bytes().any(|b| b.is_ascii_digit()) {
                let start = cell.bytes.start + self.text.source[cell.bytes.clone()].find(written).unwrap_or(0);
                let value: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
                let state = prefix_state(written);
                let bytes = start..start + written.len();
                if self.is_free(&bytes) {
                    let field = Field::new(FieldKind::License, bytes, value.to_ascii_uppercase());
                    self.take(field.with(Detail::State(state)));
                }
            }
        }
    }

    /// `Texas medical license`.
    fn state_before(&self, start: usize) -> Option<String> {
        let line = self.text.lines[self.text.line_at(start)].bytes.start;
        let words = crate::vocab::names::words(self.text.source.get(line..start)?);
        let two = words.len().checked_sub(2).map(|at| words[at..].join(" "));
        let one = words.last().cloned().filter(|word| word.len() > 2);
        [two, one]
            .into_iter()
            .flatten()
            .find_map(|name| STATES.get(&name))
            .map(|code| (*code).to_owned())
    }

    fn registrations(&mut self) {
        for found in DEA.find_iter(self.text.source) {
            if !self.is_free(&found.range()) {
                continue;
            }
            let value: String = found.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
            let value = value.to_ascii_uppercase();
            let sound = dea_check(&value);
            if says(self.label(found.start())) == Says::Dea {
                let check = if sound { Check::Ok } else { Check::Digit };
                self.take(Field::new(FieldKind::Dea, found.range(), value).with(Detail::Check(check)));
            }
        }
    }

    fn dates(&mut self) {
        for found in DATE.captures_iter(self.text.source) {
            let Some(whole) = found.get(0) else { continue };
            let Some(day) = day(&found).filter(|_| self.is_free(&whole.range())) else {
                continue;
            };
            let meaning = meaning(self.label(whole.start()));
            self.take(Field::new(FieldKind::Date, whole.range(), day.to_string()).with(Detail::Meaning(meaning)));
        }
    }

    fn phones(&mut self) {
        for found in PHONE.find_iter(self.text.source) {
            let bytes = found.range();
            if !self.is_free(&bytes) || self.digit_before(bytes.start) {
                continue;
            }
            let digits: String = found.as_str().chars().filter(char::is_ascii_digit).collect();
            let digits = digits
                .strip_prefix('1')
                .filter(|rest| rest.len() >= 10)
                .unwrap_or(&digits);
            let kind = match says(self.label(bytes.start)) {
                Says::Fax => FieldKind::Fax,
                Says::Other | Says::Npi | Says::Dea | Says::License => continue,
                _ => FieldKind::Phone,
            };
            if digits.as_bytes()[0] >= b'2' {
                self.take(Field::new(kind, bytes, &digits[..10]));
            }
        }
    }

    /// `href="tel:+17135550142"`.
    fn links(&mut self) {
        for found in TEL.captures_iter(self.text.source) {
            if let Some(digits) = found.name("digits").filter(|digits| self.is_free(&digits.range())) {
                self.take(Field::new(FieldKind::Phone, digits.range(), digits.as_str()));
            }
        }
    }

    /// Numbers that were dictated.
    fn spoken(&mut self) {
        for (bytes, digits, npi) in spoken::find(self.text.source) {
            if npi {
                let check = check(&digits);
                self.take(Field::new(FieldKind::Npi, bytes, digits).with(Detail::Check(check)));
            } else if digits.as_bytes()[0] >= b'2' {
                self.take(Field::new(FieldKind::Phone, bytes, digits));
            }
        }
    }

    /// Whether an NPI that begins with 1 stands before on the line.
    fn has_npi_before(&self, start: usize) -> bool {
        let line = self.text.lines[self.text.line_at(start)].bytes.start;
        let before = self.fields.iter().rev().take(MOST_BEFORE);
        let mut here =
            before.filter(|field| field.kind == FieldKind::Npi && (line..start).contains(&field.bytes.start));
        here.any(|field| field.is_sound() && field.value.starts_with('1'))
    }

    /// Whether a number stands right behind an opening bracket, as the NPI before it does: `Ann Lee (1234567893), Bob Kim (2..)`.
    fn is_bracketed(&self, start: usize) -> bool {
        let opens = |start: usize| self.text.source[..start].ends_with('(');
        let before = self.fields.iter().rev().find(|field| field.kind == FieldKind::Npi);
        opens(start) && before.is_some_and(|before| opens(before.bytes.start))
    }

    fn digit_before(&self, start: usize) -> bool {
        let before = self.text.source[..start].bytes().next_back();
        before.is_some_and(|b| b.is_ascii_digit())
    }

    /// What the qualifier of an interchange says: `XX*1234567893`, `TE*7135550142`.
    fn qualified(&self, start: usize) -> Option<Says> {
        let before = &self.text.source[..start];
        let known = [("*XX*", Says::Npi), ("*TE*", Says::Phone), ("*FX*", Says::Fax)];
        let known = known.into_iter().find(|(qualifier, _)| before.ends_with(qualifier));
        known.map(|(_, says)| says)
    }

    /// Ten digits without a separator: by what is said of them, else by their check digit.
    fn bare_tens(&mut self) {
        for found in TEN.find_iter(self.text.source) {
            let bytes = found.start()..found.start() + 10;
            if !self.is_free(&bytes) {
                continue;
            }
            let digits = &found.as_str()[..10];
            let check = match digits.parse::<Npi>() {
                Ok(_) => Check::Ok,
                Err(_) => Check::Digit,
            };
            let issuable = matches!(digits.as_bytes()[0], b'1' | b'2');
            let said = self
                .qualified(bytes.start)
                .unwrap_or_else(|| says(self.label(bytes.start)));
            let field = match said {
                Says::Npi => Field::new(FieldKind::Npi, bytes.clone(), digits).with(Detail::Check(check)),
                Says::Phone => Field::new(FieldKind::Phone, bytes.clone(), digits),
                Says::Fax => Field::new(FieldKind::Fax, bytes.clone(), digits),
                Says::Other | Says::Dea | Says::License => continue,
                // No NPI that was given out begins with 2, and many a telephone number does.
                Says::Nothing
                    if digits.starts_with('2')
                        && self.has_npi_before(bytes.start)
                        && !(check == Check::Ok && self.is_bracketed(bytes.start)) =>
                {
                    Field::new(FieldKind::Phone, bytes.clone(), digits)
                }
                Says::Nothing if issuable && check == Check::Ok => {
                    Field::new(FieldKind::Npi, bytes.clone(), digits).with(Detail::Check(check))
                }
                // No telephone number begins with 1.
                Says::Nothing if digits.starts_with('1') => {
                    Field::new(FieldKind::Npi, bytes.clone(), digits).with(Detail::Check(check))
                }
                Says::Nothing if digits.as_bytes()[0] >= b'2' => Field::new(FieldKind::Phone, bytes.clone(), digits),
                Says::Nothing => continue,
            };
            let of_organization = field.kind == FieldKind::Npi && self.of_organization(bytes.start);
            self.take(Field {
                of_organization,
                ..field
            });
        }
    }
}

/// `TX-12345`, `12345-TX`.
fn prefix_state(written: &str) -> Option<String> {
    let parts = written.split(['-', '.', ' ']);
    parts
        .filter(|part| part.len() == 2)
        .map(str::to_ascii_uppercase)
        .find(|part| STATE_CODES.contains(part.as_str()))
}

/// Two letters and seven digits: first, third and fifth plus twice the second, fourth and sixth end in the seventh.
///
/// Source: 21 CFR 1301; DEA, registration number format.
pub fn dea_check(value: &str) -> bool {
    let digits: Vec<u32> = value.chars().skip(2).filter_map(|c| c.to_digit(10)).collect();
    let [a, b, c, d, e, f, last] = digits.as_slice() else {
        return false;
    };
    (a + c + e + 2 * (b + d + f)) % 10 == *last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(FieldKind, String)> {
        let text = Text::new(source);
        let layout = Layout::of(&text);
        let (mut fields, _) = find(&text, &layout);
        fields.sort_by_key(|field| field.bytes.start);
        fields.into_iter().map(|field| (field.kind, field.value)).collect()
    }

    #[test]
    fn numbers_are_what_their_labels_say() {
        use FieldKind::{Dea, Email, Fax, License, Npi, Phone};
        for (source, expected) in [
            ("NPI: 1234567893", vec![(Npi, "1234567893")]),
            ("NPI #1234-567-893", vec![(Npi, "1234567893")]),
            (
                "NPl: 12345678g3, NPI 123456789E",
                vec![(Npi, "1234567893"), (Npi, "1234567893")],
            ),
            (
                "NPI: l23456789B, call 713-555-0100",
                vec![(Npi, "1234567898"), (Phone, "7135550100")],
            ),
            (
                "(713) 555-0100 fax 713.555.0101",
                vec![(Phone, "7135550100"), (Fax, "7135550101")],
            ),
            ("Member ID 1234567893", vec![]),
            ("TX License: M1234 (TX)", vec![(License, "M1234")]),
            ("DEA BS1234563", vec![(Dea, "BS1234563")]),
            ("Jane@Example.org", vec![(Email, "jane@example.org")]),
        ] {
            let expected: Vec<(FieldKind, String)> = expected.into_iter().map(|(k, v)| (k, v.to_owned())).collect();
            assert_eq!(found(source), expected, "{source}");
        }
    }

    #[test]
    fn registrations_have_a_check_digit() {
        assert!(dea_check("BS1234563") && !dea_check("BS1234564"));
    }
}
