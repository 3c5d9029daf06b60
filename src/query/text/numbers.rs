//! Numbers that people type: NPIs, with spaces or mistyped, and telephone numbers. Such a number says by itself who is meant.

use super::{Reader, Reading};
use crate::index::{Snapshot, snapshot::Found};
use crate::query::{by_key, request::Key, spelling};
use crate::vocab::{Locator, Npi, NpiError, names::Token};

/// Digits of an NPI and of a telephone number.
const DIGITS: usize = 10;
/// What is typed right before such a number.
const LABELS: &[&str] = &["npi", "ph", "phone", "tel"];
/// More letters right behind an NPI are no state or credential.
const MOST_LETTERS: usize = 4;

/// Parts a number from the letters that it was typed together with: `NPI2584537973`, `2873398434AR`.
pub(super) fn apart(tokens: &mut Vec<Token>) {
    let is_number = |text: &str| text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    let is_npi = |text: &str| text.parse::<Npi>().is_ok_and(Npi::is_issuable);
    let mut at = 0;
    while at < tokens.len() {
        let Token { word, start, end } = &tokens[at];
        let cut = match word.bytes().position(|b| b.is_ascii_digit()) {
            // A full stop amid the word: where it would be cut in the text is not known.
            _ if word.len() != end - start => None,
            Some(0) if word.len() > DIGITS && word.len() <= DIGITS + MOST_LETTERS => {
                let (number, letters) = word.split_at(DIGITS);
                let plain = letters.bytes().all(|b| b.is_ascii_alphabetic());
                (plain && is_number(number) && is_npi(number)).then_some(DIGITS)
            }
            Some(letters) => {
                let (label, number) = word.split_at(letters);
                (LABELS.contains(&label) && is_number(number)).then_some(letters)
            }
            None => None,
        };
        if let Some(cut) = cut {
            let behind = Token {
                word: word[cut..].to_owned(),
                start: start + cut,
                end: *end,
            };
            tokens[at].end = behind.start;
            tokens[at].word.truncate(cut);
            tokens.insert(at + 1, behind);
            at += 1;
        }
        at += 1;
    }
}

/// Digits as they are said.
const SAID: &[(&str, char)] = &[
    ("eight", '8'),
    ("five", '5'),
    ("four", '4'),
    ("nine", '9'),
    ("oh", '0'),
    ("one", '1'),
    ("seven", '7'),
    ("six", '6'),
    ("three", '3'),
    ("two", '2'),
    ("zero", '0'),
];
/// Digits of a ZIP.
const ZIP: usize = 5;

/// Between an area code and the rest of a number.
const BEHIND_AREA: &[&str] = &["and", "number", "phone", "then"];
/// Characters that are not seen, as pages have them within long numbers and words.
const UNSEEN: std::ops::RangeInclusive<char> = '\u{200b}'..='\u{200d}';

/// Joins what only a character parts that nobody sees.
pub(super) fn unparted(tokens: &mut Vec<Token>, text: &str) {
    let is_unseen = |c: &char| UNSEEN.contains(c) || matches!(c, '\u{ad}' | '\u{2060}' | '\u{feff}');
    if text.is_ascii() || !text.contains(|c| is_unseen(&c)) {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut at = 1;
    while at < tokens.len() {
        let between = characters.get(tokens[at - 1].end..tokens[at].start).unwrap_or_default();
        if between.is_empty() || !between.iter().all(is_unseen) {
            at += 1;
            continue;
        }
        let Token { word, end, .. } = tokens.remove(at);
        tokens[at - 1].word.push_str(&word);
        tokens[at - 1].end = end;
    }
}

/// Joins `area code 369 number 5558460` to the telephone number that it is.
fn with_area_code(tokens: &mut Vec<Token>) {
    let is_number =
        |token: &Token, length: usize| token.word.len() == length && token.word.bytes().all(|b| b.is_ascii_digit());
    for at in 0..tokens.len().saturating_sub(3) {
        let said = tokens[at].word == "area" && tokens[at + 1].word == "code" && is_number(&tokens[at + 2], 3);
        let behind = &tokens[at + 3..];
        let between = behind
            .iter()
            .take_while(|token| BEHIND_AREA.contains(&token.word.as_str()));
        let from = between.count();
        let length = match &behind[from.min(behind.len())..] {
            [number, ..] if is_number(number, 7) => 1,
            [first, last, ..] if is_number(first, 3) && is_number(last, 4) => 2,
            _ => continue,
        };
        if said {
            let to = at + 3 + from + length;
            let number = tokens[at + 3 + from..to].iter().map(|token| token.word.as_str());
            let number: String = std::iter::once(tokens[at + 2].word.as_str()).chain(number).collect();
            let end = tokens[to - 1].end;
            tokens.drain(at + 1..to);
            (tokens[at].word, tokens[at].end) = (number, end);
            return;
        }
    }
}

/// Joins digits that were said or typed one by one to the ZIP or the number that they are: `seven seven zero zero two`, `7 1 3 ..`.
pub(super) fn said(tokens: &mut Vec<Token>) {
    let digit = |token: &Token| {
        if let [digit @ b'0'..=b'9'] = token.word.as_bytes() {
            return Some(char::from(*digit));
        }
        let at = SAID
            .binary_search_by_key(&token.word.as_str(), |(word, _)| *word)
            .ok()?;
        Some(SAID[at].1)
    };
    with_area_code(tokens);
    let mut at = 0;
    while at < tokens.len() {
        let number: String = tokens[at..].iter().map_while(digit).collect();
        let long = number.len() == DIGITS + 1 && number.starts_with('1');
        if matches!(number.len(), ZIP | DIGITS) || long {
            let last = tokens[at + number.len() - 1].end;
            tokens.drain(at + 1..at + number.len());
            tokens[at].word = number;
            tokens[at].end = last;
            at += 1;
        } else {
            at += number.len().max(1);
        }
    }
}

impl Reading {
    /// What is left of a text that has a number: an NPI of somebody who is here is all that counts, a telephone number
    /// together with a name that is borne, as several may be called by it. Nothing, where there is no such number.
    pub(super) fn by_number(&self, snapshot: &Snapshot) -> Option<Self> {
        let known = |npi: &Npi| matches!(by_key::find(snapshot, &Key::Npi(*npi)), Ok(Some(_)));
        let npi = self.npi.filter(known);
        // An NPI that nobody here has: what else is said must not bring in others.
        if npi.is_none() && (self.phone.is_none() || self.npi.is_some()) {
            return None;
        }
        let named = npi.is_none() && spelling::is_borne(snapshot, &self.name);
        let phone = self.phone.clone().filter(|_| npi.is_none());
        let kept = |kind: &str| match kind {
            "npi" => npi.is_some(),
            "phone" => phone.is_some(),
            "name" => named,
            _ => false,
        };
        let mut only = Self {
            terms: self.terms.iter().filter(|term| kept(term.kind)).cloned().collect(),
            name: if named { self.name.clone() } else { Vec::new() },
            titled: self.titled && named,
            mistyped_npi: self.mistyped_npi,
            hint: self.hint.clone().filter(|_| self.mistyped_npi.is_some()),
            corrected: self.corrected.clone().filter(|_| named),
            npi,
            phone,
            ..Self::default()
        };
        if !only.means_the_same(self) && only.mistyped_npi.is_none() {
            let number = if npi.is_some() {
                "the NPI"
            } else {
                "the telephone number"
            };
            only.tell(format!(
                "{number} says who is meant, so what else was typed is not needed"
            ));
        }
        Some(only)
    }

    /// The same by the telephone number alone, where there is more.
    pub(super) fn by_phone_alone(&self) -> Option<Self> {
        (self.phone.is_some() && !self.name.is_empty()).then(|| {
            let mut only = Self {
                terms: self.terms.iter().filter(|term| term.kind == "phone").cloned().collect(),
                phone: self.phone.clone(),
                ..Self::default()
            };
            only.tell("the telephone number says who is meant, so what else was typed is not needed".to_owned());
            only
        })
    }
}

impl Reader<'_, '_> {
    /// A number at the beginning of the words, and how many words it took.
    pub(super) fn number(&mut self, rest: &[String]) -> Option<usize> {
        let is_digits = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
        let groups: Vec<&String> = rest.iter().take(4).take_while(|word| is_digits(word)).collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        match lengths.as_slice() {
            [DIGITS, ..] => self.ten_digits(groups[0], true).then_some(1),
            [11, ..] if groups[0].starts_with('1') => self.ten_digits(&groups[0][1..], false).then_some(1),
            // With what is dialled before it from abroad.
            [13, ..] if groups[0].starts_with("001") => self.ten_digits(&groups[0][3..], false).then_some(1),
            [3, 7, ..] => self.ten_digits(&joined(&groups[..2]), false).then_some(2),
            [3, 3, 2, 2] => self.ten_digits(&joined(&groups), false).then_some(4),
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
        let found = by_key::find(self.snapshot, &Key::Locator(locator)).ok().flatten();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn numbers_are_read_however_they_are_typed_or_said() {
        assert!(SAID.is_sorted());
        let read = |text: &str| {
            let mut all = tokens(text);
            unparted(&mut all, text);
            apart(&mut all);
            said(&mut all);
            let words = all.into_iter().map(|token| format!("{}@{}", token.word, token.end));
            words.collect::<Vec<_>>().join(" ")
        };
        let npi = Npi::from_base(200_000_001).to_string();
        assert_eq!(read(&format!("NPI{npi}")), format!("npi@3 {npi}@13"));
        assert_eq!(read(&format!("{npi}AR")), format!("{npi}@10 ar@12"));
        assert_eq!(read("phone7135550103"), "phone@5 7135550103@15");
        assert_eq!(read("zip seven seven zero zero two"), "zip@3 77002@29");
        assert_eq!(read("one two dentist"), "one@3 two@7 dentist@15");
        assert_eq!(read("7 1 3 5 5 5 0 1 0 3"), "7135550103@19");
        assert_eq!(read("1 7 1 3 5 5 5 0 1 0 3 in"), "17135550103@21 in@24");
        assert_eq!(read("area code 713 number 5550103"), "7135550103@28");
        assert_eq!(read("area code 713 555 0103"), "7135550103@22");
        assert_eq!(read("71355\u{200b}50103 den\u{ad}tist"), "7135550103@11 dentist@20");
        assert_eq!(read("area code 713 dentist"), "area@4 code@9 713@13 dentist@21");
        assert_eq!(read("unit7135550103 12345ABC"), "unit7135550103@14 12345abc@23");
    }
}
