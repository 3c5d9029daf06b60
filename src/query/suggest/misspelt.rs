//! What somebody may have meant who completes nothing: the same with one typo less.

use std::collections::BTreeSet;

use super::phrases;
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::words;

/// From so many letters on a completion may have a typo.
const SHORTEST_MISSPELT: usize = 4;
/// Most corrections that are tried.
const MOST_CORRECTIONS: usize = 3;
/// In longer texts no more words before the last one are corrected.
const MOST_WHOLE: usize = 5;
/// A phrase of the vocabulary counts like so many people.
const PHRASE_WEIGHT: u64 = 50;
/// Longer texts of several words are not corrected as a whole.
const LONGEST_TOGETHER: usize = 24;
/// The first letter is seldom the wrong one: so many times likelier is what has it.
const SAME_BEGINNING: u64 = 4;
/// Phrases, or places, that count.
const MOST_WEIGHED: usize = 8;

/// The words with another last one, which is one edit from what was typed: what most phrases and names begin with first.
pub(super) fn last(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let Some((last, whole)) = words.split_last() else {
        return Vec::new();
    };
    if last.len() < SHORTEST_MISSPELT || !last.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut found: Vec<(u64, String)> = Vec::new();
    for variant in variants(last) {
        let in_names = snapshot.segments.iter().map(|living| {
            let fields = living.segment.fields();
            let edge = &variant[..variant.len().min(fields.edge_length)];
            // A segment that cannot be read has none; the search itself will say why.
            u64::from(living.segment.doc_freq(fields.edge, edge).unwrap_or(0))
        });
        let names: u64 = in_names.sum();
        let mut weight = names + weight_in_vocabulary(snapshot, &variant);
        if variant.starts_with(&last[..1]) {
            weight *= SAME_BEGINNING;
        }
        if weight > 0 {
            found.push((weight, variant));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(MOST_CORRECTIONS);
    let with = |last: String| whole.iter().cloned().chain([last]).collect();
    found.into_iter().map(|(_, last)| with(last)).collect()
}

/// What a text weighs as the beginning of phrases, languages and places: a word of the vocabulary is likelier meant than a name
/// that many bear.
fn weight_in_vocabulary(snapshot: &Snapshot, text: &str) -> u64 {
    let lexicon = &snapshot.lexicon;
    let phrases = lexicon.specialties.complete(text, MOST_WEIGHED).len();
    let languages = phrases::languages(lexicon, text).count();
    let places = lexicon.gazetteer.complete(text, MOST_WEIGHED).len();
    (phrases + languages + places) as u64 * PHRASE_WEIGHT
}

/// Several words, short as each may be, with one letter of them corrected: `los na`, `kne ep`.
pub(super) fn together(snapshot: &Snapshot, typed: &[String]) -> Vec<Vec<String>> {
    let text = typed.join(" ");
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
    if typed.len() < 2 || text.len() < SHORTEST_MISSPELT || text.len() > LONGEST_TOGETHER || !plain {
        return Vec::new();
    }
    let weighed = variants(&text).into_iter().map(|variant| {
        let weight = weight_in_vocabulary(snapshot, &variant);
        (weight, variant)
    });
    let mut found: Vec<(u64, String)> = weighed.filter(|(weight, _)| *weight > 0).collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(MOST_CORRECTIONS);
    found.into_iter().map(|(_, text)| words(&text)).collect()
}

/// The words with one of those before the last corrected: `gonzalex mar` may be a Gonzalez, `hart doc` a heart doctor.
pub(super) fn before_last(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in 0..words.len().min(MOST_WHOLE).saturating_sub(1) {
        let word = words[at].as_str();
        if word.len() < SHORTEST_MISSPELT || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            continue;
        }
        let mut of_phrases = snapshot.lexicon.words.at_one_edit(word);
        of_phrases.sort_by_key(|near| std::cmp::Reverse(near.bearers));
        let of_phrases = of_phrases.into_iter().map(|near| near.text.to_owned());
        let of_phrases = of_phrases.take(MOST_CORRECTIONS);
        let of_names = spelling::near_words(snapshot, word).into_iter().take(MOST_CORRECTIONS);
        found.extend(of_phrases.chain(of_names).map(|better| {
            let mut words = words.to_vec();
            words[at] = better;
            words
        }));
    }
    found
}

/// Every text at one edit from a word of ASCII letters.
fn variants(word: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for at in 0..=word.len() {
        let (head, tail) = word.split_at(at);
        for letter in 'a'..='z' {
            all.insert(format!("{head}{letter}{tail}"));
            if let Some(rest) = tail.get(1..) {
                all.insert(format!("{head}{letter}{rest}"));
            }
        }
        if let Some(rest) = tail.get(1..) {
            all.insert(format!("{head}{rest}"));
        }
        if let (Some(first), Some(second), Some(rest)) = (tail.get(..1), tail.get(1..2), tail.get(2..)) {
            all.insert(format!("{head}{second}{first}{rest}"));
        }
    }
    all.remove(word);
    all
}
