//! What somebody may have meant who completes nothing: the same with one typo less. Each text that is tried is a look-up, and
//! nobody's typing costs more than a fixed number of them, the likeliest first.

use std::cell::Cell;

use super::{phrases, slips};
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
/// Look-ups that one way of correcting takes at most: correcting the last word, one before it, all of them together.
const MOST_OF_A_WAY: usize = 96;
/// Look-ups that correcting one text takes at most, those included that complete what was corrected.
pub const MOST_LOOKUPS: usize = 240;

/// What is left to look up.
pub(super) struct Budget {
    of_all: Cell<usize>,
    of_way: Cell<usize>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            of_all: Cell::new(MOST_LOOKUPS),
            of_way: Cell::new(MOST_OF_A_WAY),
        }
    }

    /// Another way of correcting begins.
    pub(super) fn begin(&self) {
        self.of_way.set(MOST_OF_A_WAY);
    }

    /// Whether one more may be looked up; it then counts.
    pub(super) fn take(&self) -> bool {
        let (all, way) = (self.of_all.get(), self.of_way.get());
        let may = all > 0 && way > 0;
        if may {
            self.of_all.set(all - 1);
            self.of_way.set(way - 1);
        }
        may
    }

    /// How many were looked up.
    pub(super) fn spent(&self) -> usize {
        MOST_LOOKUPS - self.of_all.get()
    }
}

/// The words with another last one, which is one edit from what was typed: what most phrases and names begin with first.
pub(super) fn last(snapshot: &Snapshot, words: &[String], budget: &Budget) -> Vec<Vec<String>> {
    let Some((last, whole)) = words.split_last() else {
        return Vec::new();
    };
    if last.len() < SHORTEST_MISSPELT || !last.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let weigh = |text: &str| {
        let in_names = snapshot.segments.iter().map(|living| {
            let fields = living.segment.fields();
            let edge = &text[..text.len().min(fields.edge_length)];
            // A segment that cannot be read has none; the search itself will say why.
            u64::from(living.segment.doc_freq(fields.edge, edge).unwrap_or(0))
        });
        in_names.sum::<u64>() + weight_in_vocabulary(snapshot, text)
    };
    let likelier = |variant: &str, weight: u64| {
        let times = if variant.starts_with(&last[..1]) {
            SAME_BEGINNING
        } else {
            1
        };
        weight * times
    };
    let mut found = best(last, budget, weigh, likelier);
    if found.is_empty() {
        found = changed(snapshot, last);
    }
    let with = |last: String| whole.iter().cloned().chain([last]).collect();
    found.into_iter().map(with).collect()
}

/// The beginnings of names that changed lately which are one edit from a text: no edges of the index tell of them.
fn changed(snapshot: &Snapshot, text: &str) -> Vec<String> {
    let typed = text.as_bytes();
    // One edit leaves one of the first two letters where it was, or one place beside.
    let alike = |word: &str| match word.as_bytes() {
        [first, second, ..] => [first, second].into_iter().any(|letter| typed[..2].contains(letter)),
        _ => false,
    };
    let beginning = |word: &str| {
        let lengths = [typed.len(), typed.len() + 1, typed.len() - 1];
        let mut begun = lengths.into_iter().filter_map(|length| word.get(..length));
        let found = begun.find(|begun| strsim::osa_distance(begun, text) == 1);
        found.map(str::to_owned)
    };
    let overlays = snapshot.overlays().into_iter();
    let near = overlays.flat_map(|overlay| overlay.words_like(|_| true, |word| alike(word)));
    let mut found: Vec<String> = Vec::new();
    for begun in near.filter_map(beginning) {
        if !found.contains(&begun) {
            found.push(begun);
        }
    }
    found.truncate(MOST_CORRECTIONS);
    found
}

/// The likeliest of those texts at one slip from a text that begin something, by what they weigh.
fn best(text: &str, budget: &Budget, weigh: impl Fn(&str) -> u64, likelier: impl Fn(&str, u64) -> u64) -> Vec<String> {
    // What its first letters begin, more of them begin less.
    let (mut alive, mut dead) = (0, text.len() + 1);
    while dead - alive > 1 && budget.take() {
        let middle = (alive + dead) / 2;
        if weigh(&text[..middle]) > 0 {
            alive = middle;
        } else {
            dead = middle;
        }
    }
    let mut found: Vec<(u64, String)> = Vec::new();
    for variant in slips::of(text, alive) {
        if !budget.take() {
            break;
        }
        let weight = weigh(&variant);
        if weight > 0 {
            found.push((likelier(&variant, weight), variant));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(MOST_CORRECTIONS);
    found.into_iter().map(|(_, text)| text).collect()
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
pub(super) fn together(snapshot: &Snapshot, typed: &[String], budget: &Budget) -> Vec<Vec<String>> {
    let text = typed.join(" ");
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
    if typed.len() < 2 || text.len() < SHORTEST_MISSPELT || text.len() > LONGEST_TOGETHER || !plain {
        return Vec::new();
    }
    let weigh = |text: &str| weight_in_vocabulary(snapshot, text);
    let found = best(&text, budget, weigh, |_, weight| weight);
    found.iter().map(|text| words(text)).collect()
}

/// The words with one of those before the last corrected: `gonzalex mar` may be a Gonzalez, `hart doc` a heart doctor.
pub(super) fn before_last(snapshot: &Snapshot, words: &[String], budget: &Budget) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in 0..words.len().min(MOST_WHOLE).saturating_sub(1) {
        let word = words[at].as_str();
        if word.len() < SHORTEST_MISSPELT || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            continue;
        }
        if !budget.take() {
            break;
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
