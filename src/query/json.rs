//! The answer as JSON, written straight from the records in the map: what [`Serialize`] makes of it, byte by byte, at a
//! fraction of the time. Cards are nine tenths of an answer, and nothing of one is copied on the way.
//!
//! [`Serialize`]: serde::Serialize

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use uuid::Uuid;

use super::{
    answer::{Answer, Half, Hit},
    matched::Matched,
};
use crate::domain::reference::Reference;
use crate::index::record::{PlaceRecord, Record};
use crate::vocab::{
    Lexicon,
    terms::{Accessibility, Gender},
};

/// What a search adds to the record of a hit.
pub(super) struct Added<'a> {
    /// Further locations that match.
    pub other_locations: usize,
    /// In hundredths of a mile.
    pub distance: Option<f64>,
    /// The score.
    pub score: Option<f64>,
    /// How the name matched.
    pub matched: Matched<'a>,
    /// The next free slot.
    pub next_available: Option<String>,
}

impl Answer {
    /// The answer as JSON.
    pub fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(1024 + 1024 * self.hits.len());
        self.write_json(&mut out)?;
        Ok(out)
    }

    /// Appends the answer as JSON.
    pub fn write_json(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        if !self.fields.is_empty() || self.explained.is_some() {
            return serde_json::to_writer(out, self);
        }
        serde_json::to_writer(&mut *out, &Half::Before(self))?;
        // The two halves are objects of their own: they grow together around the cards.
        out.pop();
        out.extend_from_slice(b",\"results\":[");
        for (at, hit) in self.hits.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            self.write_card(hit, out);
        }
        out.push(b']');
        let seam = out.len();
        serde_json::to_writer(&mut *out, &Half::Behind(self))?;
        out[seam] = b',';
        Ok(())
    }

    fn write_card(&self, hit: &Hit, out: &mut Vec<u8>) {
        let record = self.record(hit);
        let added = self.added(&record, hit);
        card(out, &record, &added, &self.snapshot.lexicon, &self.snapshot.reference);
    }
}

/// Appends literals, each with a value behind it, and a last one.
macro_rules! entries {
    ($out:ident, $($key:literal => $write:expr;)+ end $end:literal) => {
        $($out.extend_from_slice($key); $write;)+
        $out.extend_from_slice($end);
    };
}

fn card(out: &mut Vec<u8>, record: &Record<'_>, added: &Added<'_>, lexicon: &Lexicon, reference: &Reference) {
    let (year, number) = record.locator;
    let (telehealth, accessible) = record
        .place
        .as_ref()
        .map_or((false, 0), |place| (place.telehealth, place.accessibility));
    entries! { out,
        b"{\"id\":" => id(out, record.provider);
        b",\"locator\":\"PRV-" => digits(out, u64::from(year), 4);
        b"-" => digits(out, u64::from(number), 6);
        b"\",\"npi\":" => option(out, record.npi.filter(|npi| crate::vocab::Npi::from_number(*npi).is_ok()), |out, npi| {
            out.push(b'"');
            digits(out, npi, 10);
            out.push(b'"');
        });
        b",\"name\":" => text(out, record.name);
        b",\"kind\":" => text(out, record.kind.code());
        b",\"category\":" => text(out, record.category);
        b",\"specialties\":" => list(out, record.specialties.iter().enumerate(), |out, (at, code)| {
            let name = lexicon.specialties.get(code).map_or(code, |term| term.name.as_str());
            entries! { out,
                b"{\"code\":" => text(out, code);
                b",\"name\":" => text(out, name);
                b",\"primary\":" => flag(out, at == 0 && record.has_primary);
                end b"}"
            }
        });
        b",\"languages\":" => list(out, record.languages.iter(), text);
        b",\"gender\":" => option(out, record.gender.map(Gender::code), text);
        b",\"network_status\":" => text(out, record.status.code());
        b",\"networks\":" => {
            let known = record.networks.iter().filter_map(|here| Some((reference.public_network(here.id)?, here)));
            list(out, known, |out, (network, here)| {
                entries! { out,
                    b"{\"id\":" => id(out, here.id);
                    b",\"name\":" => text(out, &network.name);
                    b",\"status\":" => text(out, here.status.code());
                    b",\"tier\":" => option(out, here.tier, text);
                    end b"}"
                }
            });
        };
        b",\"accepting_new_patients\":" => option(out, record.accepting(), flag);
        b",\"telehealth\":" => flag(out, telehealth);
        b",\"accessibility\":" => {
            let here = Accessibility::ALL.iter().filter(|code| accessible & (1 << **code as u8) != 0);
            list(out, here, |out, code| text(out, code.code()));
        };
        b",\"location\":" => option(out, record.place.as_ref(), place);
        b",\"other_locations\":" => digits(out, added.other_locations as u64, 1);
        b",\"distance_miles\":" => option(out, added.distance, |out, miles| decimal(out, miles, 2));
        b",\"next_available\":" => option(out, added.next_available.as_deref(), text);
        b",\"verified_at\":" => {
            option(out, record.verified.and_then(NaiveDate::from_num_days_from_ce_opt), date);
        };
        b",\"score\":" => option(out, added.score, |out, score| decimal(out, score, 3));
        b",\"matched\":{\"name\":" => option(out, added.matched.name, text);
        b"" => matched(out, &added.matched);
        end b"}}"
    }
}

/// Which name it was and what of it, where there is any.
fn matched(out: &mut Vec<u8>, matched: &Matched<'_>) {
    if let Some(name) = matched.text {
        out.extend_from_slice(b",\"text\":");
        text(out, name);
    }
    if !matched.highlights.is_empty() {
        out.extend_from_slice(b",\"highlights\":");
        list(out, matched.highlights.iter(), |out, (from, to)| {
            entries! { out,
                b"[" => digits(out, *from as u64, 1);
                b"," => digits(out, *to as u64, 1);
                end b"]"
            }
        });
    }
    if let Some(npi) = matched.former_npi {
        out.extend_from_slice(b",\"former_npi\":\"");
        digits(out, npi.number(), 10);
        out.push(b'"');
    }
}

fn place(out: &mut Vec<u8>, place: &PlaceRecord<'_>) {
    entries! { out,
        b"{\"id\":" => id(out, place.id);
        b",\"line1\":" => option(out, place.line1, text);
        b",\"line2\":" => option(out, place.line2, text);
        b",\"city\":" => option(out, place.city, text);
        b",\"state\":" => option(out, place.state, text);
        b",\"postal_code\":" => option(out, place.postal_code, text);
        b",\"lat\":" => option(out, place.point, |out, point| decimal(out, point.lat(), 7));
        b",\"lon\":" => option(out, place.point, |out, point| decimal(out, point.lon(), 7));
        b",\"position_quality\":" => text(out, place.quality.code());
        b",\"phone\":" => option(out, place.phone, text);
        end b"}"
    }
}

/// As serde writes it.
fn plain(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("writing a plain value into memory cannot fail");
}

fn option<T>(out: &mut Vec<u8>, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
    match value {
        Some(value) => write(out, value),
        None => out.extend_from_slice(b"null"),
    }
}

fn list<T>(out: &mut Vec<u8>, values: impl Iterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.push(b']');
}

fn flag(out: &mut Vec<u8>, value: bool) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

fn text(out: &mut Vec<u8>, text: &str) {
    // Without a branch for each letter, so that several are looked at at once.
    let odd = text
        .bytes()
        .fold(false, |odd, b| odd | (b < 0x20) | (b == b'"') | (b == b'\\'));
    if odd {
        return plain(out, &text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn id(out: &mut Vec<u8>, id: u128) {
    out.push(b'"');
    let mut buffer = [0; 36];
    out.extend_from_slice(Uuid::from_u128(id).hyphenated().encode_lower(&mut buffer).as_bytes());
    out.push(b'"');
}

/// At least so many digits, with zeros before them.
fn digits(out: &mut Vec<u8>, number: u64, least: usize) {
    let mut buffer = [b'0'; 20];
    let (mut at, mut rest) = (buffer.len(), number);
    while rest > 0 {
        at -= 1;
        buffer[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&buffer[at.min(buffer.len() - least)..]);
}

fn date(out: &mut Vec<u8>, day: NaiveDate) {
    match u64::try_from(day.year()) {
        Ok(year) if year < 10_000 => {
            entries! { out,
                b"\"" => digits(out, year, 4);
                b"-" => digits(out, u64::from(day.month()), 2);
                b"-" => digits(out, u64::from(day.day()), 2);
                end b"\""
            }
        }
        _ => plain(out, &day),
    }
}

/// A number of at most so many decimal places: the shortest text that reads as that number again.
fn decimal(out: &mut Vec<u8>, value: f64, places: u32) {
    let unit = 10u64.pow(places);
    let scaled = (value.abs() * unit as f64).round();
    let exact = scaled / unit as f64 == value.abs();
    // Very small and very great numbers are written with an exponent, and so great ones have fewer places.
    if !exact || !(value == 0.0 || (1e-3..1e8).contains(&value.abs())) {
        return plain(out, &value);
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let scaled = scaled as u64;
    digits(out, scaled / unit, 1);
    out.push(b'.');
    let start = out.len();
    digits(out, scaled % unit, places as usize);
    while out.len() > start + 1 && out.last() == Some(&b'0') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("a text")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn numbers_and_texts_are_written_as_serde_writes_them(
            e7 in prop_oneof![-1_800_000_000i32..=1_800_000_000, -2_000i32..2_000],
            hundredths in 0u32..2_000_000,
            any in any::<f64>(),
            words in ".{0,20}",
            days in -400_000i32..4_000_000,
        ) {
            let values = [(f64::from(e7) / 1e7, 7), (f64::from(hundredths) / 100.0, 2), (f64::from(hundredths) / 1000.0, 3), (any, 7)];
            for (value, places) in values {
                prop_assert_eq!(written(|out| decimal(out, value, places)), serde_json::to_string(&value)?);
            }
            prop_assert_eq!(written(|out| text(out, &words)), serde_json::to_string(&words)?);
            if let Some(day) = NaiveDate::from_num_days_from_ce_opt(days) {
                prop_assert_eq!(written(|out| date(out, day)), serde_json::to_string(&day)?);
            }
        }
    }
}
