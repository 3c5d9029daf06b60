//! The name of a person taken apart, in every way that it may be meant.

use super::brackets::{credentials_in_brackets, former_surname, without_brackets};
use crate::vocab::{
    keys::surnames,
    names::{CREDENTIALS, SUFFIXES, TITLES, words},
};

/// Words that stand behind names only in a row of credentials.
const MORE_CREDENTIALS: &[&str] = &[
    "bc", "c", "cnp", "dnp", "edd", "jd", "msn", "bsn", "mhs", "ccc", "lac", "lmt", "lpn", "cns", "pmhnp", "agnp",
    "faan", "facep", "abpp", "atc", "cde", "otd", "drph", "bds", "mbbs", "mbchb", "pac", "np", "apn", "cpnp", "lvn",
    "dr", "mha", "mpas", "mspt", "rdn", "lmfc", "lcpc", "lpcc", "nd", "dnap", "aud", "dvm", "facc", "fccp", "faans",
    "facr", "esq",
];

/// Suffixes in other writings.
const SUFFIX_WRITINGS: &[(&str, &str)] = &[
    ("junior", "jr"),
    ("senior", "sr"),
    ("jnr", "jr"),
    ("snr", "sr"),
    ("2nd", "ii"),
    ("3rd", "iii"),
    ("4th", "iv"),
];

/// Words that begin a surname of several.
const PARTICLES: &[&str] = &[
    "de", "la", "del", "los", "las", "van", "von", "der", "den", "da", "di", "dos", "el", "al", "le", "st", "san",
    "mc", "mac", "ter", "bin", "ibn", "o",
];

/// One way to read a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Given name, folded, in one word; may be an initial or empty.
    pub first: String,
    /// Middle names, folded.
    pub middles: Vec<String>,
    /// The surname in one word; may be empty.
    pub last: String,
    /// The surname and the surnames it is made of.
    pub surnames: Vec<String>,
    /// `jr`.
    pub suffix: Option<String>,
    /// How it departs from the plain reading: `swapped`, `compound`, `other_name`.
    pub how: Option<&'static str>,
    /// What that costs, in bits.
    pub cost: f64,
}

/// A name with what was written around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Name {
    /// Ways to read it, the plain one first. Empty where there is no name.
    pub readings: Vec<Reading>,
    /// Credentials that stood with it, folded.
    pub credentials: Vec<String>,
}

/// Letters of names that are taken apart where a full stop stands between them: initials are not.
const SHORTEST_APART: usize = 3;
/// What it costs to take what stands in brackets for a former surname.
const FORMER: f64 = 2.0;
/// What a swapped name costs, in bits.
const SWAPPED: f64 = 6.0;
/// What it costs to take what stands behind a comma for a credential.
const ASIDE: f64 = 2.0;
/// What a surname of two words costs where one was as likely.
const COMPOUND: f64 = 2.0;

/// The people of a text that names several, `Gerard Faucett / Lamont Blanche MD`: each with at least two names of their own,
/// for `Smith / Jones` may be one surname. The whole text where it names one.
pub fn people(text: &str) -> Vec<&str> {
    let bounds = [" / ", "/", ";", "|", " and ", " AND ", " And ", " & "];
    let named = |part: &&str| {
        let names = tokens(part)
            .into_iter()
            .filter(|token| !is_credential(token) && suffix_of(token).is_none())
            .filter(|token| !TITLES.contains(&fold(token).as_str()));
        names.count() > 1
    };
    for bound in bounds {
        let parts: Vec<&str> = text.split(bound).collect();
        if parts.len() > 1 && parts.iter().all(named) {
            return parts;
        }
    }
    vec![text]
}

/// Reads a whole name: `SMITH, ROBERT J JR MD`, `Dr. Robert J. Smith Jr., M.D.`.
pub fn whole(text: &str) -> Name {
    let (whole_text, in_brackets) = (text, credentials_in_brackets(text));
    let text = without_brackets(text);
    let mut parts: Vec<Vec<String>> = text.split(',').map(tokens).filter(|part| !part.is_empty()).collect();
    let mut name = Name::default();
    let mut suffix = None;
    let mut at = 0;
    parts.retain_mut(|part| {
        // The first part is a name whatever it looks like.
        let aside = at > 0
            && part
                .iter()
                .all(|token| is_credential(token) || suffix_of(token).is_some());
        at += 1;
        if aside {
            set_aside(part, 0, &mut suffix, &mut name.credentials);
        }
        !part.is_empty()
    });
    for part in &mut parts {
        while part.len() > 1 && TITLES.contains(&fold(&part[0]).as_str()) {
            part.remove(0);
        }
        set_aside(part, 2, &mut suffix, &mut name.credentials);
    }
    match parts.as_mut_slice() {
        [] => {}
        [last, given, ..] => {
            set_aside(last, 1, &mut suffix, &mut name.credentials);
            set_aside(given, 1, &mut suffix, &mut name.credentials);
            name.readings.push(reading(given, last, &suffix));
            // `John Williams, CPHT`: letters behind a name that no list of credentials has.
            if last.len() > 1 && given.len() == 1 && is_abbreviation(&given[0]) {
                let aside = unmarked(last, &suffix).into_iter().take(1);
                // Where all is written in capitals, that says nothing.
                let cost = if last.iter().all(|token| is_shouted(token)) {
                    SWAPPED
                } else {
                    ASIDE
                };
                name.readings.extend(aside.map(|reading| Reading {
                    how: Some("credential_aside"),
                    cost,
                    ..reading
                }));
            }
            if let ([first], [surname]) = (last.as_slice(), given.as_slice()) {
                name.readings.push(Reading {
                    how: Some("swapped"),
                    cost: SWAPPED,
                    ..reading(std::slice::from_ref(first), std::slice::from_ref(surname), &suffix)
                });
            }
        }
        [all] => name.readings = unmarked(all, &suffix),
    }
    if in_brackets.is_empty()
        && let Some(former) = former_surname(whole_text)
        && let Some(plain) = name.readings.first().filter(|plain| !plain.first.is_empty())
    {
        let surnames = surnames(&former);
        let last = surnames.first().cloned().unwrap_or_default();
        name.readings.push(Reading {
            how: Some("other_name"),
            cost: FORMER,
            last,
            surnames,
            ..plain.clone()
        });
    }
    name.credentials.extend(in_brackets);
    name
}

/// Readings of a name without a comma.
fn unmarked(all: &[String], suffix: &Option<String>) -> Vec<Reading> {
    let count = all.len();
    if count == 1 {
        return vec![reading(&[], all, suffix)];
    }
    // `JR HENRY WELCH`.
    if count > 2
        && let Some(first) = suffix_of(&all[0])
    {
        return unmarked(&all[1..], &Some(first));
    }
    // `WELCH JR HENRY`: what stands before a suffix is the surname; but some write `HENRY JR WELCH`.
    if count > 2
        && let Some(within) = suffix_of(&all[1])
    {
        let suffix = Some(within);
        let plain = reading(&all[2..], &all[..1], &suffix);
        let turned = Reading {
            how: Some("swapped"),
            cost: ASIDE,
            ..reading(&[&all[..1], &all[2..count - 1]].concat(), &all[count - 1..], &suffix)
        };
        return vec![plain, turned];
    }
    // A particle draws everything behind it into the surname.
    let particle = (1..count - 1).find(|at| PARTICLES.contains(&fold(&all[*at]).as_str()) && fold(&all[*at]).len() > 1);
    let cut = particle.unwrap_or(count - 1);
    let mut readings = vec![reading(&all[..cut], &all[cut..], suffix)];
    if count > 2 && particle.is_none() && fold(&all[count - 2]).len() > 1 {
        readings.push(Reading {
            how: Some("compound"),
            cost: COMPOUND,
            ..reading(&all[..count - 2], &all[count - 2..], suffix)
        });
    }
    readings.push(Reading {
        how: Some("swapped"),
        cost: SWAPPED,
        ..reading(&all[1..], &all[..1], suffix)
    });
    readings
}

/// Reads a name whose parts are told apart.
pub fn in_parts(first: &str, middle: &str, last: &str, suffix: &str) -> Name {
    let mut name = Name::default();
    let mut said = tokens(suffix).iter().find_map(|token| suffix_of(token));
    let (mut given, mut family) = (tokens(first), tokens(last));
    set_aside(&mut family, 1, &mut said, &mut name.credentials);
    set_aside(&mut given, 1, &mut said, &mut name.credentials);
    for part in [&mut given, &mut family] {
        // `JR HENRY`.
        if part.len() > 1
            && let Some(first) = suffix_of(&part[0])
        {
            said.get_or_insert(first);
            part.remove(0);
        }
        while part.len() > 1 && TITLES.contains(&fold(&part[0]).as_str()) {
            part.remove(0);
        }
    }
    let mut middles = tokens(middle);
    set_aside(&mut middles, 1, &mut said, &mut name.credentials);
    if let [only] = middles.as_slice()
        && let Some(suffix) = suffix_of(only)
    {
        said.get_or_insert(suffix);
        middles.clear();
    }
    if given.is_empty() && family.is_empty() {
        return name;
    }
    let moved = moved_by_a_credential(&given, &middles, &family, &said);
    if given.is_empty() && !middles.is_empty() {
        // Nobody says what the given name is: the middle name is not it.
        let middles = middles.iter().map(|token| lettered(&fold(token))).collect();
        name.readings.push(Reading {
            middles,
            ..reading(&[], &family, &said)
        });
        return name;
    }
    let swapped = (!given.is_empty() && !family.is_empty()).then(|| Reading {
        how: Some("swapped"),
        cost: SWAPPED,
        ..reading(&[family.as_slice(), middles.as_slice()].concat(), &given, &said)
    });
    given.extend(middles);
    name.readings.push(reading(&given, &family, &said));
    name.readings.extend(swapped);
    name.readings.extend(moved);
    name
}

/// The name where a credential stands in the field of the surname, and so all else a field too early: `BILL`, `LEVINS`, `DMD`.
fn moved_by_a_credential(
    given: &[String],
    middles: &[String],
    family: &[String],
    suffix: &Option<String>,
) -> Option<Reading> {
    let before = [given, middles].concat();
    let [.., _] = family else { return None };
    let is_moved = before.len() > 1 && family.iter().all(|token| is_credential(token));
    // `Alvarez, Melissa` in the field of the given name.
    let (last, first) = match before.split_first() {
        Some((first, rest)) if first.ends_with(',') => (std::slice::from_ref(first), rest),
        _ => {
            let (first, last) = before.split_at(before.len().saturating_sub(1));
            (last, first)
        }
    };
    is_moved.then(|| Reading {
        how: Some("credential_aside"),
        cost: ASIDE,
        ..reading(first, last, suffix)
    })
}

fn reading(given: &[String], last: &[String], suffix: &Option<String>) -> Reading {
    let surnames = surnames(&last.join(" "));
    let mut given = given
        .iter()
        .map(|token| lettered(&fold(token)))
        .filter(|word| !word.is_empty());
    let mut surnames: Vec<String> = surnames.iter().map(|name| lettered(name)).collect();
    // `SMITHJR`: a suffix that has grown on.
    let grown = surnames.first().and_then(|whole| {
        let bare = |suffix: &&str| Some((whole.strip_suffix(*suffix)?.to_owned(), (*suffix).to_owned()));
        SUFFIXES.iter().find_map(bare)
    });
    let mut suffix = suffix.clone();
    if let Some((bare, grown)) = grown.filter(|(bare, _)| bare.len() > 3) {
        surnames.push(bare);
        suffix.get_or_insert(grown);
    }
    Reading {
        first: given.next().unwrap_or_default(),
        middles: given.collect(),
        last: surnames.first().cloned().unwrap_or_default(),
        surnames,
        suffix,
        how: None,
        cost: 0.0,
    }
}

/// Digits that a scanner has read for letters, where there are letters beside them.
fn lettered(word: &str) -> String {
    if word.bytes().all(|b| b.is_ascii_digit()) || !word.bytes().any(|b| b.is_ascii_digit()) {
        return word.to_owned();
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'l',
        '5' => 's',
        '8' => 'b',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// Takes credentials and suffixes off the end, as long as so many tokens are left.
fn set_aside(part: &mut Vec<String>, least: usize, suffix: &mut Option<String>, credentials: &mut Vec<String>) {
    while part.len() > 1.min(least)
        && let Some(token) = part.last()
    {
        if let Some(found) = suffix_of(token) {
            suffix.get_or_insert(found);
        } else if part.len() > least && is_credential(token) {
            credentials.push(fold(token));
        } else {
            break;
        }
        part.pop();
    }
}

/// Words between blanks and slashes; hyphens stay.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let all = text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '_' | '^'));
    all.flat_map(between_slashes)
        .flat_map(apart)
        .filter(|token| !words(token).is_empty() && !token.contains('@'))
        .map(str::to_owned)
        .collect()
}

/// What stands between slashes; the letter of `COTA/L` and `OTR/L` is part of the credential before it.
fn between_slashes(token: &str) -> impl Iterator<Item = &str> {
    let mut is_letters = false;
    token.split('/').filter(move |part| {
        let goes_on = is_letters && part.chars().count() == 1;
        is_letters = is_credential(part) && !words(part).is_empty();
        !goes_on
    })
}

/// A token as several: `Rosemary.Clark`, `CookPHD`.
fn apart(token: &str) -> Vec<&str> {
    let is_name = |part: &&str| part.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST_APART;
    let parts: Vec<&str> = token.split('.').filter(|part| !part.is_empty()).collect();
    if parts.len() > 1 && parts.iter().all(is_name) {
        return parts;
    }
    let small = token.rfind(|c: char| c.is_lowercase());
    let grown = small.and_then(|at| {
        let (name, behind) = token.split_at(at + token[at..].chars().next()?.len_utf8());
        let is_grown = behind.len() > 1 && behind.chars().all(char::is_uppercase) && is_credential(behind);
        (is_grown && is_name(&name)).then_some(vec![name, behind])
    });
    grown.unwrap_or_else(|| vec![token])
}

/// A token in one folded word.
pub(super) fn fold(token: &str) -> String {
    words(token).concat()
}

/// The suffix that a token is, in its usual writing.
pub fn suffix_of(token: &str) -> Option<String> {
    let word = fold(token);
    if SUFFIXES.contains(&word.as_str()) {
        return Some(word);
    }
    let known = SUFFIX_WRITINGS.iter().find(|(long, _)| **long == word);
    known.map(|(_, short)| (*short).to_owned())
}

/// Whether a token is a credential; `PA-C` is one by its first word.
pub fn is_credential(token: &str) -> bool {
    let is = |word: &str| CREDENTIALS.contains(&word) || MORE_CREDENTIALS.contains(&word);
    let parts = words(token);
    is(&parts.concat()) || (parts.len() > 1 && parts.iter().all(|word| is(word)))
}

/// Capitals only, and few: what a credential looks like, and some given names as well.
fn is_abbreviation(token: &str) -> bool {
    is_shouted(token) && (2..=7).contains(&token.chars().filter(|c| c.is_alphabetic()).count())
}

fn is_shouted(token: &str) -> bool {
    token.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<String>, String, Option<String>, Vec<String>) {
        let name = whole(text);
        let first = name.readings.into_iter().next().unwrap_or_default();
        (first.first, first.middles, first.last, first.suffix, name.credentials)
    }

    #[test]
    fn names_are_read_in_every_order() {
        for text in [
            "SMITH, ROBERT J JR MD",
            "Dr. Robert J. Smith Jr., M.D.",
            "Smith Jr, Robert J., MD",
            "Robert J Smith JR MD",
            "Smith, Robert J., Jr., M.D.",
            "Robert (Bob) J. Smith Jr MD",
        ] {
            let (first, middles, last, suffix, credentials) = read(text);
            assert_eq!(
                (
                    first.as_str(),
                    middles.join(" ").as_str(),
                    last.as_str(),
                    suffix.as_deref()
                ),
                ("robert", "j", "smith", Some("jr")),
                "{text}"
            );
            assert_eq!(credentials, ["md"], "{text}");
        }
        for (text, credentials) in [
            ("Roe, Jane (DO)", vec!["do"]),
            ("Roe, Jane (PA)", vec![]),
            ("Jane (Jo) Roe", vec![]),
            ("Jane Roe, COTA/L", vec!["cota"]),
            ("Jane Roe OTR/L", vec!["otr"]),
        ] {
            let read = read(text);
            assert_eq!(
                (read.2.as_str(), read.4),
                ("roe", credentials.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
        assert_eq!(read("Maria De La Cruz").2, "delacruz");
        assert_eq!(read("Anh Do").2, "do");
        assert_eq!(read("Jane Smith-Jones, PA-C").2, "smithjones");
        assert_eq!(
            whole("SMITH ROBERT J").readings.last().map(|r| r.first.as_str()),
            Some("robert")
        );
        let unlisted = whole("John Williams, CPHTX");
        assert!(
            unlisted
                .readings
                .iter()
                .any(|r| (r.first.as_str(), r.last.as_str()) == ("john", "williams"))
        );
        assert!(whole("").readings.is_empty() && whole(" , ").readings.is_empty());
    }

    #[test]
    fn what_forms_do_to_names_is_undone() {
        let reads = |name: &Name, first: &str, last: &str| {
            let mut readings = name.readings.iter();
            readings.any(|reading| reading.first == first && reading.last == last)
        };
        for (text, first, last) in [
            ("Rosemary.Clark", "rosemary", "clark"),
            ("Clark...Rosemary", "rosemary", "clark"),
            ("CLARK^ROSEMARY^B", "rosemary", "clark"),
            ("Rosemary Clark <rclark@clinic.example>", "rosemary", "clark"),
            ("Wade-Mills_Lizzie", "lizzie", "wademills"),
            ("Jennifer (Crum) Mora", "jennifer", "crum"),
            ("Helen Cantley (née Michel)", "helen", "michel"),
            ("Bill CookPHD", "bill", "cook"),
        ] {
            assert!(reads(&whole(text), first, last), "{text}: {:?}", whole(text));
        }
        for text in ["WELCH JR HENRY", "JR HENRY WELCH", "Henry Welch JNR", "HENRY WELCHJR"] {
            let son = &whole(text).readings[0];
            assert!(son.surnames.contains(&"welch".to_owned()), "{text}: {son:?}");
            assert_eq!(
                (son.first.as_str(), son.suffix.as_deref()),
                ("henry", Some("jr")),
                "{text}"
            );
        }
        assert!(reads(&whole("HENRY JR WELCH"), "henry", "welch"));
        let alone = &whole("HENRY JR").readings[0];
        assert_eq!((alone.last.as_str(), alone.suffix.as_deref()), ("henry", Some("jr")));
        for (first, middle) in [("JR HENRY", ""), ("HENRY", "JR")] {
            let son = &in_parts(first, middle, "WELCH", "").readings[0];
            assert_eq!(
                (son.first.as_str(), son.suffix.as_deref()),
                ("henry", Some("jr")),
                "{first}"
            );
            assert!(son.middles.is_empty(), "{first}: {son:?}");
        }
        let initials = &whole("J.R. Smith").readings[0];
        assert_eq!((initials.first.as_str(), initials.last.as_str()), ("jr", "smith"));
        for (first, middle, family, meant) in [
            ("BILL", "LEVINS", "DMD", ("bill", "levins")),
            ("Alvarez, Melissa", "", "LPC", ("melissa", "alvarez")),
            ("", "", "Dr. KAPOOR", ("", "kapoor")),
        ] {
            let name = in_parts(first, middle, family, "");
            assert!(reads(&name, meant.0, meant.1), "{family}: {name:?}");
        }
        let unnamed = &in_parts("", "A", "Rooker", "").readings[0];
        assert_eq!(
            (unnamed.first.as_str(), unnamed.middles.as_slice()),
            ("", &["a".to_owned()][..])
        );
        // `Do` is a surname as well.
        assert_eq!(in_parts("Anh", "Thi", "Do", "").readings[0].last, "do");
    }

    #[test]
    fn two_people_are_told_from_one_with_two_surnames() {
        assert_eq!(people("Gerard Faucett / Lamont Blanche MD").len(), 2);
        assert_eq!(people("Dr. Ann Lee and Dr. Bob Day Jr").len(), 2);
        for one in [
            "Maria Garcia / Lopez",
            "Robert Smith, MD/PhD",
            "John Smith, PA-C",
            "Johnson and Johnson",
            "",
        ] {
            assert_eq!(people(one), [one]);
        }
    }

    #[test]
    fn parts_hold_what_does_not_belong_there() {
        let name = in_parts("Dr. Robert J", "", "SMITH JR, M.D.", "");
        let plain = &name.readings[0];
        assert_eq!((plain.first.as_str(), plain.last.as_str()), ("robert", "smith"));
        assert_eq!(
            (plain.middles.as_slice(), plain.suffix.as_deref()),
            (&["j".to_owned()][..], Some("jr"))
        );
        assert_eq!(name.credentials, ["md"]);
    }
}
