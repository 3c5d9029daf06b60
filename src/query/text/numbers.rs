//! Numbers that people type: NPIs, with spaces or mistyped, and telephone numbers.

use super::Reader;
use crate::index::snapshot::Found;
use crate::query::{request::Key, search};
use crate::vocab::{Locator, Npi, NpiError};

/// Digits of an NPI and of a telephone number.
const DIGITS: usize = 10;

impl Reader<'_, '_> {
    /// A number at the beginning of the words, and how many words it took.
    pub(super) fn number(&mut self, rest: &[String]) -> Option<usize> {
        let is_digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
        let groups: Vec<&String> = rest.iter().take(4).take_while(|word| is_digits(word)).collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        match lengths.as_slice() {
            [DIGITS, ..] => self.ten_digits(groups[0], true).then_some(1),
            [11, ..] if groups[0].starts_with('1') => self.ten_digits(&groups[0][1..], false).then_some(1),
            [3, 3, 4, ..] => self.ten_digits(&joined(&groups[..3]), true).then_some(3),
            [1, 3, 3, 4] if groups[0] == "1" => self.ten_digits(&joined(&groups[1..]), false).then_some(4),
            [7] | [3, 4] if self.is_all(groups.len(), rest) => {
                let hint = "a telephone number is looked for with its area code, ten digits";
                self.reading.hint = Some(hint.to_owned());
                Some(groups.len())
            }
            [6 | 8 | 9 | 11..] if self.is_all(1, rest) => {
                let (number, length) = (groups[0], lengths[0]);
                let hint = format!("{number} has {length} digits; NPIs and telephone numbers have ten");
                self.reading.hint = Some(hint);
                Some(1)
            }
            // `1245 319 599`: nobody writes a telephone number so.
            _ => (2..=groups.len()).find(|count| {
                let text = joined(&groups[..*count]);
                let zips = lengths[..*count].contains(&5);
                let npi = (text.len() == DIGITS && !zips)
                    .then(|| text.parse::<Npi>().ok())
                    .flatten();
                self.reading.npi = self.reading.npi.or(npi);
                npi.is_some()
            }),
        }
    }

    /// `PRV-2026-034932`, as it stands on a page: the provider's NPI, or the words of the name of one who has none.
    pub(super) fn locator(&mut self, rest: &[String]) -> Option<usize> {
        let [first, year, number, ..] = rest else { return None };
        if first != "prv" {
            return None;
        }
        let locator: Locator = format!("PRV-{year}-{number}").parse().ok()?;
        // An index that cannot be read has nobody; the search itself will say why.
        let found = search::find(self.snapshot, &Key::Locator(locator)).ok().flatten();
        let record = match &found {
            Some(Found::InOverlay(changed)) => Some(changed.record(0)),
            Some(Found::InSegment(living, provider)) => {
                let location = living.segment.locations_of(*provider).first();
                location.map(|location| living.segment.record(*location))
            }
            None => None,
        };
        match record {
            Some(record) => {
                self.reading.npi = record.npi.and_then(|npi| Npi::from_number(npi).ok());
                if self.reading.npi.is_none() {
                    self.reading.name = record.words.split(' ').map(str::to_owned).collect();
                }
            }
            None => self.tell(format!("nobody here has the locator {locator}")),
        }
        Some(3)
    }

    /// Whether nothing was understood before so many words, and nothing stands behind them.
    fn is_all(&self, count: usize, rest: &[String]) -> bool {
        rest.len() == count && self.pieces == 0 && self.named.is_empty()
    }

    /// Ten digits: an NPI if the check digit says so, else a telephone number. Neither: a mistyped NPI. Area codes begin with
    /// 2 to 9.
    fn ten_digits(&mut self, digits: &str, may_be_npi: bool) -> bool {
        let phone = !digits.starts_with(['0', '1']);
        match digits.parse::<Npi>() {
            Ok(npi) if may_be_npi && npi.is_issuable() => self.reading.npi = Some(npi),
            Err(error @ NpiError::CheckDigit { given, .. }) if may_be_npi && digits.starts_with(['1', '2']) => {
                self.reading.mistyped_npi = Some(given);
                self.reading.hint = Some(error.to_string());
                self.reading.phone = phone.then(|| digits.to_owned());
            }
            _ if phone => self.reading.phone = Some(digits.to_owned()),
            _ => self.reading.hint = Some(format!("{digits} is neither an NPI nor a telephone number")),
        }
        true
    }
}

fn joined(groups: &[&String]) -> String {
    groups.iter().map(|group| group.as_str()).collect()
}
