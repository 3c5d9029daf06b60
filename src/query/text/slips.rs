//! Short words of wishes that were misspelt, and whose neighbours say what they are: `femle dentist`, `koean speaking`, `vide visit`.

use super::untold;
use crate::index::Snapshot;
use crate::query::spelling;

/// Beside these a language is named.
const SPEAKING: &[&str] = &["speak", "speaker", "speakers", "speaking", "speaks"];
/// The shortest word that may be a misspelt language.
const SHORTEST_LANGUAGE: usize = 4;
/// From this length on it may be two edits away.
const SHORTEST_TWO: usize = 7;
/// Words that are an edit from `male` and are not it.
const NO_GENDER: &[&str] = &[
    "mace", "mae", "make", "mall", "malt", "maple", "mate", "maze", "meal", "mile", "mole", "mule", "tamale",
];
/// Behind these a video is meant.
const OF_VIDEO: &[&str] = &[
    "appointment",
    "appointments",
    "call",
    "calls",
    "consult",
    "visit",
    "visits",
];

/// Before these `open` is meant: `opne now`.
const OF_OPEN: &[&str] = &[
    "now",
    "late",
    "today",
    "tonight",
    "tomorrow",
    "saturday",
    "saturdays",
    "sunday",
    "sundays",
];

/// Corrects such words.
pub(super) fn settle(words: &mut [String], snapshot: &Snapshot) {
    for at in 0..words.len() {
        if let Some(meant) = meant(words, at, snapshot) {
            words[at] = meant;
        }
    }
}

fn meant(words: &[String], at: usize, snapshot: &Snapshot) -> Option<String> {
    let word = words[at].as_str();
    // `colon doctor i houston`
    if word == "i" {
        let behind = &words[at + 1..];
        let great = |length: usize| snapshot.lexicon.gazetteer.is_great_city(&behind[..length].join(" "));
        let ends = at > 0 && (1..=3).contains(&behind.len()) && great(behind.len());
        return ends.then(|| "in".to_owned());
    }
    if word == "car" && at.checked_sub(1).is_some_and(|before| words[before] == "primary") {
        return Some("care".to_owned());
    }
    if !(3..=12).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let next = words.get(at + 1).map(String::as_str);
    let before = at.checked_sub(1).map(|before| words[before].as_str());
    let is_near = |meant: &str| strsim::osa_distance(word, meant) == 1;
    if next.is_some_and(|next| OF_VIDEO.contains(&next)) && word != "video" && is_near("video") {
        return Some("video".to_owned());
    }
    if next.is_some_and(|next| OF_OPEN.contains(&next)) && word.len() == 4 && word != "open" && is_near("open") {
        let known = lexicon_knows(word, snapshot);
        return (!known).then(|| "open".to_owned());
    }
    let spoken = next.is_some_and(|next| SPEAKING.contains(&next) && next.starts_with("speaking"));
    // `russian speaking pediatrician`: the language has been named.
    let behind = || before.is_some_and(|before| SPEAKING.contains(&before)) && !is_named_before(words, at, snapshot);
    if word.len() >= SHORTEST_LANGUAGE && (spoken || (behind() && snapshot.lexicon.words.bearers(word) == 0)) {
        return language(word, snapshot);
    }
    let gender = ["female", "male"].into_iter().find(|gender| {
        word.starts_with(&gender[..1]) && word.len() + 1 >= gender.len() && word.len() >= 4 && is_near(gender)
    })?;
    if NO_GENDER.contains(&word) || matches!(word, "females" | "males") {
        return None;
    }
    let lexicon = &snapshot.lexicon;
    let asked = untold::is_physician(next?) || lexicon.specialties.longest_prefix(&words[at + 1..]).is_some();
    let known = || {
        lexicon.words.bearers(word) > 0
            || lexicon.everyday.is_filler(word)
            || spelling::is_borne_by_person(snapshot, &[word])
    };
    (asked && !known()).then(|| gender.to_owned())
}

fn lexicon_knows(word: &str, snapshot: &Snapshot) -> bool {
    let lexicon = &snapshot.lexicon;
    lexicon.words.bearers(word) > 0
        || lexicon.everyday.is_filler(word)
        || lexicon.gazetteer.is_city(word)
        || spelling::is_borne(snapshot, &[word])
}

/// Whether a language stands before the word before this one.
fn is_named_before(words: &[String], at: usize, snapshot: &Snapshot) -> bool {
    let named = at.checked_sub(2).map(|named| std::slice::from_ref(&words[named]));
    named.is_some_and(|named| snapshot.lexicon.languages.longest_prefix(named).is_some())
}

/// The language that a word is an edit or two from, if it is but one.
fn language(word: &str, snapshot: &Snapshot) -> Option<String> {
    let lexicon = &snapshot.lexicon;
    let known = lexicon.everyday.is_filler(word) || lexicon.languages.longest_prefix(&[word.to_owned()]).is_some();
    if known || SPEAKING.contains(&word) {
        return None;
    }
    let most = if word.len() < SHORTEST_TWO { 1 } else { 2 };
    lexicon.languages.nearest(word, most).map(str::to_owned)
}
