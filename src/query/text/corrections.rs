//! Words of the dictionaries that were misspelt: `speeks`, `dermitology`, `hart doctor`.
//!
//! A word that somebody bears as a name is corrected only where it then is part of a longer phrase.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::{payers, places, untold, wishes};
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::lexicon::EverydayWords;
use crate::vocab::names::{CREDENTIALS, SUFFIXES, TITLES};
use crate::vocab::vocabulary::{Sounding, Vocabulary};

/// Shorter words are too near to too much.
const SHORTEST: usize = 4;
/// Shorter words are corrected only within a phrase: `gold` is not `cold`.
const SHORTEST_ALONE: usize = 6;
/// From this length on a word may be two edits away.
const SHORTEST_TWO: usize = 8;
/// So many letters a word of ours has in common with a word of names that is nearer: `labboratories` is `laboratory`.
const LIKE_A_NAME: usize = 5;
/// Shorter words of payers' names are not corrected.
const SHORTEST_OF_PAYER: usize = 5;
/// More words than these in a text are not corrected.
const MOST: usize = 12;

/// The words with misspelt ones corrected, and whether any was.
pub(super) fn corrected(words: &[String], snapshot: &Snapshot) -> (Vec<String>, bool) {
    let mut all = words.to_vec();
    let mut left = MOST;
    for at in 0..all.len() {
        if left == 0 {
            break;
        }
        if !may_be_misspelt(&all, at, snapshot) {
            continue;
        }
        left -= 1;
        if let Some(better) = correction(&all, at, snapshot) {
            all[at] = better;
        }
    }
    let changed = all != words;
    (all, changed)
}

fn may_be_misspelt(words: &[String], at: usize, snapshot: &Snapshot) -> bool {
    let word = words[at].as_str();
    let lexicon = &snapshot.lexicon;
    let titled = at > 0 && TITLES.contains(&words[at - 1].as_str());
    word.len() >= SHORTEST
        && word.bytes().all(|b| b.is_ascii_lowercase())
        && !titled
        && !is_ours(word, &lexicon.everyday)
        && lexicon.words.bearers(word) == 0
        && word
            .strip_suffix('s')
            .is_none_or(|stem| lexicon.words.bearers(stem) == 0)
        && !payers::names(snapshot, word)
        && !lexicon.gazetteer.begins_landmarks(word)
        && !untold::begins(&words[at..])
}

/// Words that this reader itself knows, beside those of every day.
static OURS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| {
    let lists = [CREDENTIALS, SUFFIXES, TITLES];
    lists.into_iter().flatten().copied().chain(wishes::words()).collect()
});

/// Those of them that a misspelt word may stand for.
static SPELT: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::of_many(wishes::words().map(|word| (word.to_owned(), 1)).collect()));

fn is_ours(word: &str, everyday: &EverydayWords) -> bool {
    everyday.is_filler(word) || everyday.is_child(word) || everyday.is_ordinary(word) || OURS.contains(word)
}

fn correction(words: &[String], at: usize, snapshot: &Snapshot) -> Option<String> {
    let word = words[at].as_str();
    let lexicon = &snapshot.lexicon;
    let mut near: Vec<(&str, u32)> = lexicon
        .words
        .at_one_edit(word)
        .into_iter()
        .map(|found| (found.text, found.bearers))
        .collect();
    for spelt in [&*SPELT, &lexicon.everyday.spelt] {
        near.extend(spelt.at_one_edit(word).into_iter().map(|own| (own.text, 1)));
    }
    // `san franciso`, `in sandiago`: a city that everybody knows.
    if is_of_city(words, at, snapshot) {
        return None;
    }
    let far = near.is_empty() && word.len() >= SHORTEST_TWO;
    if far {
        let found = lexicon.words.at_two_edits(word).into_iter();
        near.extend(found.map(|found| (found.text, found.bearers)));
    }
    // `pediatrishun`: as it sounds.
    if far && near.is_empty() {
        let sounding = lexicon.words.sounding_like(&Sounding::new(word)).into_iter();
        let alike = sounding.filter(|found| strsim::osa_distance(found.text, word) <= word.len() / 3);
        near.extend(alike.map(|found| (found.text, found.bearers)));
    }
    if far && !near.is_empty() {
        // `ragional` is nearer to a word of names, and `frrancis` no French, where nobody speaks.
        let names = near_names(word, snapshot);
        let spoken = speaks(words, at);
        near.retain(|(better, _)| {
            let phrase = std::slice::from_ref(better)
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>();
            let told = || lexicon.specialties.longest_prefix(&phrase).is_some();
            let language = lexicon.languages.longest_prefix(&phrase).is_some();
            let begins = |name: &String| name.get(..LIKE_A_NAME).is_some_and(|begun| better.starts_with(begun));
            (names.is_empty() || names.iter().any(begins)) && (spoken || !language || told())
        });
    }
    near.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    near.dedup();
    // `a doctor for my hart`: what somebody has, no name.
    let own = at > 0 && matches!(words[at - 1].as_str(), "my" | "mi" | "his" | "her");
    let part = |better: &str| lexicon.specialties.longest_prefix(&[better.to_owned()]).is_some();
    if let Some((better, _)) = near.iter().find(|(better, _)| own && part(better)) {
        return Some((*better).to_owned());
    }
    let named = snapshot
        .segments
        .iter()
        .any(|living| living.segment.names().bearers(word) > 0)
        || spelling::is_borne(snapshot, std::slice::from_ref(&words[at]));
    let in_phrase = near
        .iter()
        .find(|(better, _)| makes_phrase(words, at, better, snapshot));
    // `emory clinic`: a house that is here is no `memory clinic`.
    let house = || {
        words
            .get(at..at + 2)
            .is_some_and(|pair| spelling::is_borne(snapshot, pair))
    };
    // `lyle jones physician assistant`: somebody is called so.
    let person = || {
        let pair = at.checked_sub(1).and_then(|before| words.get(before..=at));
        pair.is_some_and(|pair| {
            lexicon.words.bearers(&pair[0]) == 0
                && !lexicon.everyday.is_filler(&pair[0])
                && spelling::is_borne_by_person(snapshot, pair)
        })
    };
    if named && (house() || person()) {
        return None;
    }
    let place = || lexicon.gazetteer.is_city(word) || lexicon.gazetteer.is_state(word);
    match in_phrase {
        Some((better, _)) => Some((*better).to_owned()),
        None if named || word.len() < SHORTEST_ALONE || place() => None,
        None if !near.is_empty() && is_of_name(words, at, snapshot) => None,
        None => near.first().map(|(better, _)| (*better).to_owned()),
    }
}

/// Whether a word is a letter from a great city, by itself behind `in` or with the word beside it.
fn is_of_city(words: &[String], at: usize, snapshot: &Snapshot) -> bool {
    let gazetteer = &snapshot.lexicon.gazetteer;
    let before = at.checked_sub(1).map(|before| words[before].as_str());
    let led = before.is_some_and(|before| matches!(before, "in" | "near" | "around"));
    let pair = |from: usize| {
        let first = words[from].as_str();
        let joined = || words.get(from..from + 2).map(|pair| pair.join(" "));
        places::OF_TOWNS.contains(&first) && joined().is_some_and(|city| gazetteer.like_great_city(&city).is_some())
    };
    (led && gazetteer.like_great_city(&words[at]).is_some()) || before.is_some_and(|_| pair(at - 1)) || pair(at)
}

/// Words that somebody is called, and that are a letter from a word.
fn near_names(word: &str, snapshot: &Snapshot) -> Vec<String> {
    let mut near = spelling::near_words(snapshot, word);
    near.retain(|name| strsim::osa_distance(name, word) == 1);
    near
}

/// Whether somebody speaks a language in the words around.
fn speaks(words: &[String], at: usize) -> bool {
    let around = &words[at.saturating_sub(2)..words.len().min(at + 3)];
    around
        .iter()
        .any(|word| word.starts_with("speak") || word.starts_with("habl") || word == "language")
}

/// `franciis smith`: whether somebody is called like the word and as the word beside it.
fn is_of_name(words: &[String], at: usize, snapshot: &Snapshot) -> bool {
    let beside = [at.checked_sub(1), Some(at + 1)];
    beside
        .into_iter()
        .flatten()
        .filter_map(|at| words.get(at))
        .any(|other| {
            let known = is_ours(other, &snapshot.lexicon.everyday) || snapshot.lexicon.words.bearers(other) > 0;
            let pair = [words[at].clone(), other.clone()];
            !known
                && spelling::is_borne_by_person(snapshot, &[other.as_str()])
                && !spelling::alternatives(snapshot, &pair, true).is_empty()
        })
}

/// Whether the word, so written, is part of a phrase of several words.
fn makes_phrase(words: &[String], at: usize, better: &str, snapshot: &Snapshot) -> bool {
    let mut written = words.to_vec();
    better.clone_into(&mut written[at]);
    (at.saturating_sub(3)..=at).any(|from| {
        let found = snapshot.lexicon.specialties.longest_prefix(&written[from..]);
        found.is_some_and(|(_, taken)| taken > 1 && from + taken > at)
    })
}

/// The words with those corrected that stand beside a word of a payer's name and are a letter or two from what stands there in
/// the name: `siera pacific`.
pub(super) fn with_payers(mut words: Vec<String>, snapshot: &Snapshot) -> Vec<String> {
    let (folded, lexicon) = (&snapshot.reference_names, &snapshot.lexicon);
    for at in 1..words.len() {
        let (first, second) = (folded.has(&words[at - 1]), folded.has(&words[at]));
        if first == second {
            continue;
        }
        let wrong = if first { at } else { at - 1 };
        let word = words[wrong].as_str();
        let known = || {
            lexicon.words.bearers(word) > 0
                || lexicon.everyday.is_filler(word)
                || lexicon.gazetteer.is_city(word)
                || spelling::is_borne_by_person(snapshot, &[word])
        };
        if word.len() < SHORTEST_OF_PAYER || !word.bytes().all(|b| b.is_ascii_lowercase()) || known() {
            continue;
        }
        let edits = if word.len() > SHORTEST_TWO { 2 } else { 1 };
        let names = folded.networks.iter().map(|(name, _)| name).chain(&folded.plans);
        let pairs = names.flat_map(|name| name.windows(2));
        let meant = pairs.filter_map(|pair| {
            let (said, meant) = if first {
                (&pair[0], &pair[1])
            } else {
                (&pair[1], &pair[0])
            };
            (*said == words[if first { at - 1 } else { at }]).then_some(meant)
        });
        let near = meant.map(|meant| (strsim::osa_distance(meant, word), meant)).min();
        if let Some((_, meant)) = near.filter(|(distance, _)| (1..=edits).contains(distance)) {
            words[wrong] = meant.clone();
        }
    }
    words
}
