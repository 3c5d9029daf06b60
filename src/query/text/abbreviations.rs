//! Words of houses and kinds of care in short that nobody is called like: `behav hlth`, `occ therapy`. They are written out as the
//! words beside them ask for.

use crate::index::Snapshot;
use crate::query::spelling;

/// Writes such words out.
pub(super) fn settle(words: &mut [String], snapshot: &Snapshot) {
    for at in 0..words.len() {
        if let Some(long) = long(words, at, snapshot) {
            words[at] = long;
        }
    }
}

fn long(words: &[String], at: usize, snapshot: &Snapshot) -> Option<String> {
    let lexicon = &snapshot.lexicon;
    let table = &lexicon.abbreviations;
    let word = words[at].as_str();
    let first = table.words_of(word).next()?;
    let own = |from: usize| lexicon.specialties.longest_prefix(&words[from..]);
    let covered = || (at.saturating_sub(2)..=at).any(|from| own(from).is_some_and(|(_, taken)| from + taken > at));
    let known = lexicon.everyday.is_filler(word)
        || lexicon.gazetteer.is_state(word)
        || spelling::is_borne(snapshot, &[word])
        || covered();
    if known {
        return None;
    }
    let phrase = |long: &&str| {
        let written = |from: usize, to: usize| -> Vec<String> {
            let range = from..to.min(words.len());
            range
                .map(|other| {
                    if other == at {
                        (*long).to_owned()
                    } else {
                        words[other].clone()
                    }
                })
                .collect()
        };
        (at.saturating_sub(2)..=at).any(|from| {
            let written = written(from, at + 3);
            let found = lexicon.specialties.longest_prefix(&written);
            found.is_some_and(|(_, taken)| taken > 1 && from + taken > at)
        })
    };
    // Beside a word of a house, or another one in short.
    let beside = [at.checked_sub(1), Some(at + 1)];
    let mut beside = beside.into_iter().flatten().filter_map(|beside| words.get(beside));
    let of_house = lexicon.words.bearers(word) == 0
        && beside.any(|other| lexicon.everyday.is_institution(other) || table.others(other).next().is_some());
    table
        .words_of(word)
        .find(phrase)
        .or_else(|| of_house.then_some(first))
        .map(str::to_owned)
}
