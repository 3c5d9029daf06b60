//! The name of a person taken apart, in every way that it may be meant.

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
    let in_brackets = credentials_in_brackets(text);
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
    name.credentials.extend(in_brackets);
    name
}

/// Readings of a name without a comma.
fn unmarked(all: &[String], suffix: &Option<String>) -> Vec<Reading> {
    let count = all.len();
    if count == 1 {
        return vec![reading(&[], all, suffix)];
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
    while given.len() > 1 && TITLES.contains(&fold(&given[0]).as_str()) {
        given.remove(0);
    }
    let mut middles = tokens(middle);
    set_aside(&mut middles, 1, &mut said, &mut name.credentials);
    if given.is_empty() && family.is_empty() {
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
    name
}

fn reading(given: &[String], last: &[String], suffix: &Option<String>) -> Reading {
    let surnames = surnames(&last.join(" "));
    let mut given = given
        .iter()
        .map(|token| lettered(&fold(token)))
        .filter(|word| !word.is_empty());
    let mut surnames: Vec<String> = surnames.iter().map(|name| lettered(name)).collect();
    // `SMITHJR`: a suffix that has grown on.
    let bare = surnames
        .first()
        .and_then(|whole| SUFFIXES.iter().find_map(|suffix| whole.strip_suffix(suffix)));
    if let Some(bare) = bare.filter(|bare| bare.len() > 3).map(str::to_owned) {
        surnames.push(bare);
    }
    Reading {
        first: given.next().unwrap_or_default(),
        middles: given.collect(),
        last: surnames.first().cloned().unwrap_or_default(),
        surnames,
        suffix: suffix.clone(),
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
    while part.len() > least
        && let Some(token) = part.last()
    {
        if let Some(found) = suffix_of(token) {
            suffix.get_or_insert(found);
        } else if is_credential(token) {
            credentials.push(fold(token));
        } else {
            break;
        }
        part.pop();
    }
}

/// Words between blanks and slashes; hyphens stay.
fn tokens(text: &str) -> Vec<String> {
    let all = text.split(|c: char| c.is_whitespace() || matches!(c, '/' | ';' | '|'));
    all.filter(|token| !words(token).is_empty())
        .map(str::to_owned)
        .collect()
}

fn fold(token: &str) -> String {
    words(token).concat()
}

fn suffix_of(token: &str) -> Option<String> {
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

/// Two letters that are a state's as well: `Jane Roe (PA)` says nothing.
const STATES_AS_WELL: &[&str] = &["pa", "ma", "dc", "nd"];

/// The credentials that stand in brackets, `Roe, Jane (DO)`, where nothing else does.
fn credentials_in_brackets(text: &str) -> Vec<String> {
    let inside = text
        .split(['(', '['])
        .skip(1)
        .filter_map(|part| part.split([')', ']']).next());
    let credentials = inside
        .map(tokens)
        .filter(|part| part.iter().all(|token| is_credential(token)));
    let folded = credentials.flatten().map(|token| fold(&token));
    folded.filter(|word| !STATES_AS_WELL.contains(&word.as_str())).collect()
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0;
    let kept = text.chars().filter(|c| {
        match c {
            '(' | '[' | '"' if depth == 0 => depth = 1,
            ')' | ']' | '"' => {
                depth = 0;
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    let kept: String = kept.collect();
    if words(&kept).is_empty() { text.to_owned() } else { kept }
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
