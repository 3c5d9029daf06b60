//! Kinds of care, complaints and languages that begin so: of what means the same the phrase that people would read.

use std::cmp::{Ordering, Reverse};

use super::{Suggestion, plain, wishes::wishes};
use crate::index::Snapshot;
use crate::vocab::{Lexicon, lexicon::LanguageTerm, names::fold};

/// Most phrases that are offered.
const MOST_PHRASES: usize = 8;
/// Of so many, the shortest ones, those are left that mean something else each.
const MOST_PHRASES_READ: usize = 64;
/// Most languages.
const MOST_LANGUAGES: usize = 3;
/// From so many letters on a language is known by a word within its name.
const LEAST_OF_WORD: usize = 3;
/// Ends of words for people.
const PERSONS: &[&str] = &[
    "assistant",
    "chiropractor",
    "counselor",
    "ician",
    "ist",
    "midwife",
    "nurse",
    "practitioner",
    "surgeon",
    "worker",
];
/// Last words of what people call doctors, services and houses.
const SERVICES: &[&str] = &[
    "care",
    "clinic",
    "home",
    "hospital",
    "imaging",
    "lab",
    "management",
    "pharmacy",
    "therapy",
];
/// The last [`level`] of what somebody or something is called.
const TITLED: u8 = 2;
/// Words of offices, which nobody wants to read.
const SLANG: &[&str] = &[
    "bp", "doc", "dr", "guy", "lady", "md", "mgmt", "mgt", "np", "pt", "tech",
];

/// Specialties, languages and wishes.
pub(super) fn terms(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let lexicon = &snapshot.lexicon;
    let prefix = words.join(" ");
    let mut found = Vec::new();
    for (phrase, codes) in phrases(snapshot, &prefix) {
        let term = codes.first().and_then(|code| lexicon.specialties.get(code));
        let detail = term.map(|term| term.name.clone());
        found.push(Suggestion {
            detail,
            ..plain(kind_of(lexicon, phrase), phrase.to_owned(), codes.first().cloned())
        });
    }
    let languages = languages(lexicon, &prefix).take(MOST_LANGUAGES);
    found.extend(languages.map(|language| plain("language", language.name.clone(), Some(language.code.clone()))));
    // Before what ails people, behind whom they look for.
    let at = found
        .iter()
        .position(|known| known.kind != "specialty")
        .unwrap_or(found.len());
    found.splice(at..at, wishes(lexicon, &prefix));
    found
}

/// Languages of which a word begins so: `sign` is American Sign Language.
pub(super) fn languages<'l>(lexicon: &'l Lexicon, prefix: &str) -> impl Iterator<Item = &'l LanguageTerm> {
    let begins = move |language: &&LanguageTerm| {
        let name = language.name.as_str();
        let words = name.match_indices(' ').filter(|_| prefix.len() >= LEAST_OF_WORD);
        begins_with(name, prefix) || words.into_iter().any(|(at, _)| begins_with(&name[at + 1..], prefix))
    };
    lexicon.languages.iter().filter(begins)
}

fn kind_of(lexicon: &Lexicon, phrase: &str) -> &'static str {
    if lexicon.specialties.is_condition(phrase) {
        "condition"
    } else {
        "specialty"
    }
}

/// Phrases that begin so, one for what means the same: whoever types `pedi` is rather offered `pediatrician` than `pediatric`,
/// `pediatrics` and `pediatria`; and those that many are come before those that few are.
fn phrases<'l>(snapshot: &'l Snapshot, prefix: &str) -> Vec<(&'l str, &'l [String])> {
    let lexicon: &'l Lexicon = &snapshot.lexicon;
    let display = |codes: &[String]| {
        let term = codes.first().and_then(|code| lexicon.specialties.get(code));
        term.map(|term| fold(&term.name)).unwrap_or_default()
    };
    let is_better = |phrase: &str, known: &str, codes: &[String]| match level(phrase).cmp(&level(known)) {
        Ordering::Less => true,
        Ordering::Greater => false,
        Ordering::Equal => {
            let display = display(codes);
            display.starts_with(phrase) && !display.starts_with(known)
        }
    };
    let mut kept: Vec<(&str, &[String])> = Vec::with_capacity(MOST_PHRASES);
    for (phrase, codes) in lexicon.specialties.complete(prefix, MOST_PHRASES_READ) {
        let is_same =
            |known: &&mut (&str, &[String])| known.1 == codes && kind_of(lexicon, known.0) == kind_of(lexicon, phrase);
        match kept.iter_mut().find(is_same) {
            Some(known) if is_better(phrase, known.0, codes) => known.0 = phrase,
            Some(_) => {}
            None => kept.push((phrase, codes)),
        }
    }
    kept.sort_by_cached_key(|(phrase, codes)| {
        let level = level(phrase).max(TITLED);
        let many = codes
            .first()
            .filter(|_| level == TITLED)
            .map(|code| bearers(snapshot, code));
        // Who types a word to its end means it; else titles of one word, then longer ones, the most frequent first; then the
        // shortest, as they came.
        (*phrase != prefix, level, phrase.contains(' '), Reverse(many))
    });
    kept.truncate(MOST_PHRASES);
    kept
}

/// What a phrase is: what a kind of person is called, a doctor of something, a service or a house, anything else, or what only
/// offices write.
fn level(phrase: &str) -> u8 {
    let last = phrase.rsplit(' ').next().unwrap_or_default();
    let any = last == "physician" || last == "specialist";
    if phrase.split(' ').any(|word| SLANG.contains(&word)) {
        TITLED + 2
    } else if !any && PERSONS.iter().any(|end| last.ends_with(end)) {
        0
    } else if last == "doctor" {
        1
    } else {
        TITLED + u8::from(!SERVICES.contains(&last))
    }
}

/// How many have a specialty, about.
fn bearers(snapshot: &Snapshot, code: &str) -> usize {
    let segments = snapshot.segments.iter();
    segments.map(|living| living.segment.providers_of(code).len()).sum()
}

/// Whether a name begins with a folded prefix, in any case.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}
