//! Texts that are pasted from addresses of pages, or typed with full stops for spaces: `charles%20bryant`,
//! `https://pages.example/physician/dr-joseph-edwards-x7k2q`, `lora.hines.charleston.sc`. What is in between becomes blanks, so that
//! every word stays where it stands.

use std::borrow::Cow;

use crate::vocab::Npi;

/// How addresses of pages begin and end.
const PAGE: &[&str] = &[
    "www", "com", "org", "net", "gov", "edu", "info", "health", "html", "htm", "php",
];
/// Fewest letters of a word beside a full stop.
const SHORTEST: usize = 2;

/// The text with blanks for what stands between its words; of as many characters.
pub(super) fn parted(text: &str) -> Cow<'_, str> {
    let (encoded, linked, dotted) = (text.contains("%20"), text.contains("://"), text.contains('.'));
    if !encoded && !linked && !dotted {
        return Cow::Borrowed(text);
    }
    let mut characters: Vec<char> = text.chars().collect();
    if linked {
        links(&mut characters);
    }
    if encoded {
        while let Some(at) = characters.windows(3).position(|three| three == ['%', '2', '0']) {
            characters[at..at + 3].fill(' ');
        }
    }
    if dotted {
        stops(&mut characters);
    }
    Cow::Owned(characters.into_iter().collect())
}

/// Leaves of the address of a page the words of its last part, without numbers and signs; of an address that has but a host, that.
fn links(characters: &mut [char]) {
    let mut from = 0;
    while let Some(colon) = characters[from..].windows(3).position(|three| three == [':', '/', '/']) {
        let colon = from + colon;
        let start = characters[..colon]
            .iter()
            .rposition(|c| !c.is_ascii_alphabetic())
            .map_or(0, |at| at + 1);
        let end = characters[colon..]
            .iter()
            .position(|c| c.is_whitespace())
            .map_or(characters.len(), |at| colon + at);
        // `https://maps.example/?q=joan+ferguson+lagrange+ga`
        if let Some(asked) = asked(&characters[colon..end]) {
            let (first, behind) = (colon + asked.start, colon + asked.end);
            characters[start..first].fill(' ');
            characters[behind..end].fill(' ');
            for c in characters[first..behind].iter_mut().filter(|c| **c == '+') {
                *c = ' ';
            }
            from = end;
            continue;
        }
        let path = characters[colon..end]
            .iter()
            .position(|c| matches!(*c, '?' | '#'))
            .map_or(end, |at| colon + at);
        let last = (colon + 3..path).rev().find(|at| characters[*at] != '/');
        let begins = last.and_then(|last| characters[..last].iter().rposition(|c| *c == '/'));
        let Some((last, begins)) = last.zip(begins) else {
            from = end;
            continue;
        };
        characters[start..=begins].fill(' ');
        characters[last + 1..end].fill(' ');
        // Behind the host.
        if begins > colon + 2 {
            for c in &mut characters[begins..=last] {
                if !c.is_alphanumeric() && *c != '%' {
                    *c = ' ';
                }
            }
            for word in characters[begins..=last].split_mut(|c| *c == ' ') {
                let numbered = word.iter().any(char::is_ascii_digit);
                // `../provider-view/2559072741`: whose page it is.
                let npi = || {
                    word.iter()
                        .collect::<String>()
                        .parse::<Npi>()
                        .is_ok_and(Npi::is_issuable)
                };
                if numbered && !word.contains(&'%') && !npi() {
                    word.fill(' ');
                }
            }
        }
        from = end;
    }
}

/// What a page is asked for, by where it stands in its address.
fn asked(address: &[char]) -> Option<std::ops::Range<usize>> {
    let value = |mark: char| {
        let asks = address.windows(3).position(|three| three == [mark, 'q', '=']);
        asks.map(|at| at + 3)
    };
    let first = value('?').or_else(|| value('&'))?;
    let length = address[first..].iter().position(|c| matches!(*c, '&' | '#'));
    Some(first..length.map_or(address.len(), |length| first + length))
}

/// Full stops between words of two letters or more become blanks: never those of initials, of degrees and of addresses.
fn stops(characters: &mut [char]) {
    let is_part = |c: &char| c.is_alphabetic() || *c == '.';
    let mut from = 0;
    while from < characters.len() {
        let Some(start) = characters[from..].iter().position(is_part).map(|at| from + at) else {
            return;
        };
        let end = characters[start..]
            .iter()
            .position(|c| !is_part(c))
            .map_or(characters.len(), |at| start + at);
        from = end;
        let run = &characters[start..end];
        let beside = [start.checked_sub(1), Some(end)].into_iter().flatten();
        let mut beside = beside.filter_map(|at| characters.get(at));
        if !run.contains(&'.') || beside.any(|c| matches!(*c, '@' | '/' | ':' | '-' | '_') || c.is_ascii_digit()) {
            continue;
        }
        let words: Vec<String> = run
            .split(|c| *c == '.')
            .map(|word| word.iter().collect::<String>().to_lowercase())
            .collect();
        let words = match words.as_slice() {
            [words @ .., last] if last.is_empty() => words,
            words => words,
        };
        let long = words.iter().all(|word| word.chars().count() >= SHORTEST);
        let page = words.iter().any(|word| PAGE.contains(&word.as_str()));
        // `Au.D`, `Lic.Ac`: of two the first is no degree.
        let two = words.len() == 2 && (words[0] == "dr" || words[0].chars().count() > 3);
        if long && !page && (words.len() > 2 || two) {
            for c in characters[start..end].iter_mut().filter(|c| **c == '.') {
                *c = ' ';
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_left_where_they_stand() {
        let page = "https://www.healthgrades.com/physician/dr-joseph-edwards-x7k2q?x=1 reno nv";
        let npi = Npi::from_base(200_000_001).to_string();
        let words = |text: &str| {
            let left = parted(text).into_owned();
            assert_eq!(left.chars().count(), text.chars().count(), "{left}");
            left.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ")
        };
        for (text, left) in [
            (
                "charles%20bryant%20apple%20valley%20ca",
                "charles bryant apple valley ca",
            ),
            (page, "dr joseph edwards reno nv"),
            ("https://www.drward.com/", "www.drward.com"),
            (&format!("https://pages.example/view/{npi}"), &npi),
            (
                &format!("http://pages.example/sid/us-npi|{npi}"),
                &format!("us npi {npi}"),
            ),
            ("https://pages.example/view/1234567890", ""),
            (
                "https://maps.google.com/?q=Joan+Ferguson+Lagrange+GA&z=3",
                "Joan Ferguson Lagrange GA",
            ),
            ("lora.hines.charleston.sc", "lora hines charleston sc"),
            ("ann.wilson.silver spring.md", "ann wilson silver spring md"),
            ("Dr.Smith in Reno.", "Dr Smith in Reno."),
            ("Ann Lee, D.D.S., Au.D. and Ph.D", "Ann Lee, D.D.S., Au.D. and Ph.D"),
            ("www.drward.com", "www.drward.com"),
            ("29.7,-95.4", "29.7,-95.4"),
        ] {
            assert_eq!(words(text), left, "{text}");
        }
    }
}
