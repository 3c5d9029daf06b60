//! Addresses: number and street with what follows, a city before its state, and the cells of a table put together.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::field::{Address, Detail, Field, FieldKind};
use super::layout::{Label, Layout};
use super::numbers::regex;
use super::text::Text;
use super::words::STATES;
use crate::intake::census::CENSUS;
use crate::vocab::{
    Lexicon,
    names::{TITLES, words},
};

/// Most words that a city's name may have.
const CITY_WORDS: usize = 4;
/// A street is no longer, in bytes.
const LONGEST_STREET: usize = 160;

const WAYS: &str = "street|st|avenue|ave|av|boulevard|blvd|road|rd|drive|dr|lane|ln|court|ct|place|pl|parkway|pkwy|highway|hwy|way|circle|cir|\
                    terrace|ter|trail|trl|square|sq|plaza|plz|freeway|fwy|expressway|expy|loop|alley|aly|row|run|crossing|xing|pike|turnpike|tpke|path|broadway|bypass";

static STREET: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"[A-Za-z0-9][A-Za-z0-9'.\-]*";
    regex(&format!(
        r"(?i)\b(?:(?P<number>\d{{1,6}}[A-Z]?(?:-\d{{1,5}})?)[ \t]+(?P<name>(?:{word}[ \t]+){{1,5}}?)(?P<way>{WAYS})\b\.?(?:[ \t]+(?:[NSEW]{{1,2}}|north|south|east|west)\b\.?)?|p\.?[ ]?o\.?[ ]?box[ ]+\d+)"
    ))
});
/// Without a word for the way: only where a city follows.
static BARE_STREET: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b\d{1,6}[A-Z]?[ \t]+(?:[NSEW]\.?[ \t]+)?[A-Z][A-Za-z'.\-]*(?:[ \t]+[A-Z0-9][A-Za-z0-9'.\-]*){0,3}")
});
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[ \t]*,?[ \t]*\n?[ \t]*(?P<unit>(?i:(?:suite|ste|apt|unit|floor|fl|room|rm|bldg|building)\b\.?[ ]*#?[ ]*[A-Z0-9\-]+|#[ ]*[A-Z0-9\-]+|\d{1,2}(?:st|nd|rd|th)[ ]+(?:floor|fl)\b))",
    )
});
static STATE_ZIP: LazyLock<Regex> = LazyLock::new(|| {
    let mut names: Vec<&str> = STATES
        .keys()
        .map(String::as_str)
        .filter(|name| name.len() > 2)
        .collect();
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
    let names = names.join("|").replace(' ', r"[ ]+");
    regex(&format!(
        r"(?:\b(?P<code>[A-Z]{{2}}|[A-Z][a-z])\b\.?|\b(?i:(?P<name>{names}))\b)(?:[ ,]+(?P<zip>\d{{5}}(?:-\d{{4}}|\d{{4}})?)\b)?"
    ))
});

/// All addresses of a text. Numbers found before are not looked at again.
pub fn find(text: &Text<'_>, layout: &Layout, lexicon: &Lexicon, taken: &[Field]) -> Vec<Field> {
    let finder = Finder { text, lexicon };
    let mut fields = finder.of_columns(layout);
    let is_free = |fields: &[Field], bytes: &Range<usize>| {
        let free = |among: &[Field]| {
            let at = among.partition_point(|f| f.bytes.end <= bytes.start);
            among.get(at).is_none_or(|f| f.bytes.start >= bytes.end)
        };
        free(fields) && free(taken)
    };
    fields.sort_by_key(|field| field.bytes.start);
    let mut found = Vec::new();
    let mut end = 0;
    for street in STREET.captures_iter(text.source) {
        let Some(whole) = street.get(0).filter(|whole| whole.start() >= end) else {
            continue;
        };
        if let Some(field) =
            finder.street_with_city(whole.range(), street.name("name").map_or("", |m| m.as_str()), &street)
            && is_free(&fields, &(whole.range()))
        {
            end = field.bytes.end;
            found.push(field);
        }
    }
    merge(&mut fields, found);
    let mut found = Vec::new();
    for place in STATE_ZIP.captures_iter(text.source) {
        let Some(whole) = place.get(0) else { continue };
        if is_free(&fields, &whole.range())
            && let Some(field) = finder.place_at(&place)
            && is_free(&fields, &field.bytes)
        {
            found.push(field);
        }
    }
    merge(&mut fields, found);
    fields
}

fn merge(fields: &mut Vec<Field>, found: Vec<Field>) {
    fields.extend(found);
    fields.sort_by_key(|field| field.bytes.start);
}

fn field(bytes: Range<usize>, address: Address) -> Field {
    Field::new(FieldKind::Address, bytes, in_one_line(&address)).with(Detail::Address(address))
}

/// `1200 Main St, Ste 5, Houston, TX 77002`.
fn in_one_line(address: &Address) -> String {
    let last = [address.state.as_deref(), address.postal_code.as_deref()];
    let last = last.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [
        address.line1.as_deref(),
        address.line2.as_deref(),
        address.city.as_deref(),
        Some(last.as_str()),
    ];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}

fn squeezed(written: &str) -> String {
    written
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches(['.', ','])
        .to_owned()
}

struct Finder<'a, 't> {
    text: &'a Text<'t>,
    lexicon: &'a Lexicon,
}

impl Finder<'_, '_> {
    /// Number and street, with the unit and the city that follow.
    fn street_with_city(&self, street: Range<usize>, name: &str, found: &regex::Captures<'_>) -> Option<Field> {
        let source = self.text.source;
        let line1 = squeezed(&source[street.clone()]);
        let mut end = street.end;
        let unit = UNIT.captures(&source[end..]).and_then(|unit| unit.name("unit"));
        let line2 = unit.map(|unit| squeezed(unit.as_str()));
        end += unit.map_or(0, |unit| unit.end());
        let tail = self.city_behind(end);
        let capitals = name
            .split_whitespace()
            .all(|word| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()));
        if !capitals && tail.is_none() && line2.is_none() {
            return None; // `3 of the best way`
        }
        // `12 Patients Dr. Smith`: a title.
        let doctor = found
            .name("way")
            .is_some_and(|way| way.as_str().eq_ignore_ascii_case("dr"));
        if doctor && tail.is_none() && line2.is_none() && self.name_follows(street.end) {
            return None;
        }
        let (mut address, mut bytes) = (Address::default(), street.start..end);
        if let Some((place, until)) = tail {
            address = place;
            bytes.end = until;
        }
        address.line1 = Some(line1);
        address.line2 = line2;
        Some(field(bytes, address))
    }

    fn name_follows(&self, at: usize) -> bool {
        let rest = self.text.source[at..].trim_start_matches(['.', ' ']);
        rest.len() < self.text.source[at..].len() && rest.starts_with(char::is_uppercase)
    }

    /// `, Houston, TX 77002` behind a street, on the same line or the next.
    fn city_behind(&self, at: usize) -> Option<(Address, usize)> {
        let source = self.text.source;
        let rest = &source[at..];
        let mut reach = rest.len().min(80);
        while !rest.is_char_boundary(reach) {
            reach -= 1;
        }
        let rest = &rest[..reach];
        let lead = rest.len()
            - rest
                .trim_start_matches([',', ' ', '\t', '\r', '\n', '.', '|', '-'])
                .len();
        if rest[..lead].matches('\n').count() > 1 {
            return None;
        }
        for place in STATE_ZIP.captures_iter(&rest[lead..]) {
            let whole = place.get(0)?;
            let city = rest[lead..lead + whole.start()].trim_end_matches([',', ' ', '\t']);
            let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '-');
            if city.is_empty() || !city.chars().all(plain) || city.split_whitespace().count() > CITY_WORDS {
                continue;
            }
            let Some(state) = state_of(&place) else { continue };
            let zip = place.name("zip").map(|zip| zip.as_str().to_owned());
            let known = self.lexicon.gazetteer.has_city(city, state);
            if zip.is_none() && !known {
                continue;
            }
            let address = Address {
                city: Some(squeezed(city)),
                state: Some(state.to_owned()),
                postal_code: zip,
                ..Address::default()
            };
            return Some((address, at + lead + whole.end()));
        }
        None
    }

    /// `Houston, TX 77002` without a street; or a street without a word for the way before it.
    fn place_at(&self, place: &regex::Captures<'_>) -> Option<Field> {
        let source = self.text.source;
        let whole = place.get(0)?;
        let state = state_of(place)?;
        if place.name("zip").is_none() && is_number(state, &source[whole.end()..]) {
            return None;
        }
        let line = self.text.lines[self.text.line_at(whole.start())].bytes.start;
        let before = &source[line..whole.start()];
        let zip = place.name("zip").map(|zip| zip.as_str().to_owned());
        let (city, start) = self.city_before(before, state, zip.is_some())?;
        if zip.is_none() && is_credential(state) && ends_in_given_name(&before[..start]) {
            return None; // `Tom Frederick, MD`
        }
        let start = line + start;
        let mut address = Address {
            city: Some(city),
            state: Some(state.to_owned()),
            postal_code: zip,
            ..Address::default()
        };
        // A line may be a whole book of places: only what stands close before this one is looked at.
        let near = source
            .floor_char_boundary(start.saturating_sub(LONGEST_STREET))
            .max(line);
        let head = &source[near..start];
        let street = BARE_STREET.find_iter(head).last();
        let joined = |end: usize| head[end..].chars().all(|c| matches!(c, ',' | ' ' | '\t'));
        let start = match street.filter(|street| joined(street.end())) {
            Some(street) => {
                address.line1 = Some(squeezed(street.as_str()));
                near + street.start()
            }
            None => start,
        };
        Some(field(start..whole.end(), address))
    }

    /// The longest run of words before a state that is one of its cities, and where it begins.
    fn city_before(&self, before: &str, state: &str, zip: bool) -> Option<(String, usize)> {
        let end = before.trim_end_matches([' ', ',', '\t']).len();
        let comma = before[end..].contains(',');
        let mut starts = Vec::new();
        let mut at = end;
        while starts.len() < CITY_WORDS && at > 0 {
            let word = before[..at].rfind(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | '|' | ':' | ';'));
            let start = word.map_or(0, |w| w + before[w..].chars().next().map_or(1, char::len_utf8));
            let written = &before[start..at];
            if written.is_empty() || !written.starts_with(char::is_uppercase) {
                break;
            }
            starts.push(start);
            match before[..start].chars().next_back() {
                Some(' ') => at = start - 1,
                _ => break,
            }
        }
        if !comma && !zip {
            return None; // `Jane Smith MD`
        }
        let found = starts.iter().rev().find_map(|start| {
            let city = self.lexicon.gazetteer.city(&before[*start..end], state)?;
            Some((city.city.unwrap_or_default(), *start))
        });
        found.map(|(_, start)| (squeezed(&before[start..end]), start))
    }

    /// Of each row of a table and each form with a street or a city of its own.
    fn of_columns(&self, layout: &Layout) -> Vec<Field> {
        let cells = layout
            .cells()
            .iter()
            .filter_map(|cell| Some((u64::from(cell.row), cell.label?, cell.bytes.clone())));
        let mut group = 0;
        let mut seen: Vec<Label> = Vec::new();
        // The items of a form belong to one address until a label comes again.
        let items = layout.items().iter().filter_map(|item| {
            if !is_place(item.label) {
                // Whoever is named next has an address of their own.
                if matches!(item.label, Label::Name | Label::Last | Label::First) && !seen.is_empty() {
                    group += 1;
                    seen.clear();
                }
                return None;
            }
            if seen.contains(&item.label) && item.label != Label::Street {
                group += 1;
                seen.clear();
            }
            seen.push(item.label);
            Some((1 << 32 | group, item.label, item.bytes.clone()))
        });
        let parts: Vec<(u64, Label, Range<usize>)> = cells
            .chain(items)
            .filter(|(_, label, bytes)| is_place(*label) && !bytes.is_empty())
            .collect();
        parts
            .chunk_by(|a, b| a.0 == b.0)
            .filter_map(|group| self.together(group))
            .collect()
    }

    fn together(&self, parts: &[(u64, Label, Range<usize>)]) -> Option<Field> {
        let written = |bytes: &Range<usize>| squeezed(&self.text.source[bytes.clone()]);
        let mut address = Address::default();
        for (_, label, bytes) in parts {
            let value = written(bytes);
            match label {
                Label::Street if address.line1.is_none() => address.line1 = Some(value),
                Label::Street => address.line2 = address.line2.or(Some(value)),
                Label::City => address.city = Some(value),
                Label::State => address.state = STATES.get(&words(&value).join(" ")).map(|code| (*code).to_owned()),
                Label::Zip => address.postal_code = Some(value),
                _ => {}
            }
        }
        // A whole address in one cell is read as any other.
        let in_parts = address.city.is_some() || address.postal_code.is_some();
        if !in_parts {
            return None;
        }
        let start = parts.iter().map(|(.., bytes)| bytes.start).min()?;
        let end = parts.iter().map(|(.., bytes)| bytes.end).max()?;
        Some(field(start..end, address))
    }
}

fn is_place(label: Label) -> bool {
    matches!(label, Label::Street | Label::City | Label::State | Label::Zip)
}

/// `Ann Ellis, ID 88213377`: no state, but whose number that is.
fn is_number(state: &str, behind: &str) -> bool {
    let behind = behind.trim_start_matches([' ', ':', '#', '.']);
    state == "ID" && behind.starts_with(|c: char| c.is_ascii_digit())
}

/// States whose letters are a credential's as well.
fn is_credential(state: &str) -> bool {
    matches!(state, "MD" | "PA" | "MA" | "MS" | "DC" | "ND" | "OD")
}

/// Whether the last word is one that stands before a surname: a given name, an initial, a title.
fn ends_in_given_name(before: &str) -> bool {
    let words = words(before.rsplit(['\n', ',', ';', '|']).next().unwrap_or_default());
    words
        .last()
        .is_some_and(|word| word.len() == 1 || CENSUS.weight(word).given > 0.0 || TITLES.contains(&word.as_str()))
}

fn state_of(found: &regex::Captures<'_>) -> Option<&'static str> {
    let written = found.name("code").or_else(|| found.name("name"))?;
    STATES.get(&words(written.as_str()).join(" ")).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::extract::embedded;

    fn found(source: &str) -> Vec<(String, String)> {
        let text = Text::new(source);
        let layout = Layout::of(&text);
        let fields = find(&text, &layout, embedded(), &[]);
        fields
            .into_iter()
            .map(|f| (source[f.bytes].to_owned(), f.value))
            .collect()
    }

    #[test]
    fn an_address_ends_where_it_ends() {
        for (source, written, value) in [
            (
                "at 1200 Main St, Suite 5, Houston, TX 77002 today",
                "1200 Main St, Suite 5, Houston, TX 77002",
                "1200 Main St, Suite 5, Houston, TX 77002",
            ),
            (
                "1200 N. MAIN STREET\nHOUSTON TX 77002-1234",
                "1200 N. MAIN STREET\nHOUSTON TX 77002-1234",
                "1200 N. MAIN STREET, HOUSTON, TX 77002-1234",
            ),
            ("see us in Houston, Texas soon", "Houston, Texas", "Houston, TX"),
            ("12 MLK Dr, Houston", "12 MLK Dr", "12 MLK Dr"),
            (
                "6550 Fannin, Houston, TX 77030",
                "6550 Fannin, Houston, TX 77030",
                "6550 Fannin, Houston, TX 77030",
            ),
        ] {
            assert_eq!(found(source), [(written.to_owned(), value.to_owned())], "{source}");
        }
    }

    #[test]
    fn people_and_ways_of_speaking_are_no_streets() {
        for source in [
            "we saw 12 Patients Dr. Smith sent",
            "3 of the best way",
            "Jane Smith, MD",
            "Jane Smith MD PA",
        ] {
            assert_eq!(found(source), [], "{source}");
        }
    }
}
