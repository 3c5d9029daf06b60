//! States that are misspelt: `dentist in calfornia`, `salem massachussetts`, `north carlina`. There are but fifty, so a word that
//! is nothing else and a letter or two from one of them is it, where a place may stand; whatever village is called like it.

use super::states::NEVER;
use super::{places, wishes};
use crate::index::Snapshot;
use crate::query::spelling::{self, Known};
use crate::vocab::{names::TITLES, place::Place};

/// Shorter names are corrected only where their letters are swapped, or behind `in`.
const SHORTEST: usize = 5;
/// From this length on a name may be two edits away, and begin with another letter.
const SHORTEST_TWO: usize = 9;
/// First words of states of two, and their second ones.
const FIRST: &[&str] = &["new", "north", "puerto", "rhode", "south", "west"];
const SECOND: &[&str] = &[
    "carolina",
    "dakota",
    "hampshire",
    "island",
    "jersey",
    "mexico",
    "rico",
    "virginia",
];
/// Words that are a letter from a state.
const OTHERS: &[&str] = &[
    "indian", "indians", "marine", "rican", "ricans", "texan", "texans", "texts",
];
/// Behind these a place stands.
const LEADS: &[&str] = &[
    "across",
    "around",
    "en",
    "from",
    "in",
    "near",
    "outside",
    "serving",
    "throughout",
];
/// So many times as many are called like a state as like a word that is it, misspelt.
const RARE: u32 = 10;
/// Most words of a town before its state.
const MOST_OF_TOWN: usize = 4;

/// The words with misspelt states as they are written.
pub(super) fn corrected(mut words: Vec<String>, snapshot: &Snapshot) -> Vec<String> {
    let mut at = 0;
    while at < words.len() {
        let length = [2, 1].into_iter().find_map(|length| {
            let state = state_of(&words, at, length, snapshot)?;
            let written = state.label.to_ascii_lowercase();
            let parts: Vec<&str> = written.split(' ').collect();
            if parts.len() != length {
                return None;
            }
            for (word, part) in words[at..at + length].iter_mut().zip(parts) {
                part.clone_into(word);
            }
            Some(length)
        });
        at += length.unwrap_or(1);
    }
    words
}

/// The state that so many words at a place are, misspelt.
fn state_of(words: &[String], at: usize, length: usize, snapshot: &Snapshot) -> Option<Place> {
    let said = words.get(at..at + length)?;
    let first = &said[0];
    let pair = length == 2;
    if pair && !(FIRST.contains(&first.as_str()) || SECOND.contains(&said[1].as_str())) {
        return None;
    }
    let letters = said.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase()));
    if !letters || first.len() < 3 || (!pair && first.len() < SHORTEST - 1) {
        return None;
    }
    let known = |word: &String| {
        let lexicon = &snapshot.lexicon;
        let word = word.as_str();
        lexicon.words.bearers(word) > 0 || lexicon.everyday.is_filler(word) || lexicon.everyday.is_ordinary(word)
    };
    let other = |word: &String| {
        let word = word.as_str();
        OTHERS.contains(&word) || wishes::words().any(|own| own == word) || snapshot.lexicon.gazetteer.is_short(word)
    };
    if !pair && known(first) {
        return None;
    }
    let gazetteer = &snapshot.lexicon.gazetteer;
    let text = said.join(" ");
    let state = gazetteer.like_state(&text, if text.len() < SHORTEST_TWO { 1 } else { 2 })?;
    let name = state.label.to_ascii_lowercase();
    let begins = text.len() >= SHORTEST_TWO || name.as_bytes()[0] == text.as_bytes()[0];
    // `new york` is a city, too, and read as one.
    if name == text || !begins || NEVER.contains(&&*state.state.to_ascii_lowercase()) || state.state == "NY" {
        return None;
    }
    let wrong = || {
        said.iter()
            .filter(|word| !name.split(' ').any(|part| part == word.as_str()))
    };
    if wrong().any(|word| known(word) || other(word))
        || (!pair && gazetteer.is_town(&text, places::TOWN) && !is_tiny(snapshot, &text))
    {
        return None;
    }
    is_placed(words, at, at + length, &state, snapshot).then_some(state)
}

/// `arkansaw`: whatever few live in a village of that name.
fn is_tiny(snapshot: &Snapshot, text: &str) -> bool {
    !snapshot.lexicon.gazetteer.is_town(text, 2 * places::TOWN)
}

/// Whether the words around misspelt ones say that a state stands there.
fn is_placed(words: &[String], from: usize, to: usize, state: &Place, snapshot: &Snapshot) -> bool {
    let lexicon = &snapshot.lexicon;
    let gazetteer = &lexicon.gazetteer;
    let (said, name) = (words[from..to].join(" "), state.label.to_ascii_lowercase());
    let before = from.checked_sub(1).map(|before| words[before].as_str());
    if before.is_some_and(|before| TITLES.contains(&before)) {
        return false;
    }
    let next = words.get(to).map(String::as_str);
    if let Some(next) = next {
        // `virgina beach`, `washinton dc`; but `marland ok`.
        if gazetteer.is_city(&[name.as_str(), next].join(" ")) {
            return true;
        }
        if next.len() == 2 && gazetteer.is_state(next) && !lexicon.everyday.is_filler(next) {
            return !gazetteer.has_city(&said, next) && gazetteer.has_city(&name, next);
        }
    }
    let town = |length: usize| {
        let start = from.checked_sub(length)?;
        gazetteer.city(&words[start..from].join(" "), &state.state)
    };
    if (1..=MOST_OF_TOWN).any(|length| town(length).is_some()) {
        return true;
    }
    let follows = next.is_some_and(|next| {
        lexicon.everyday.is_filler(next)
            || next == "state"
            || gazetteer.postal_code(next).is_some()
            || lexicon.specialties.longest_prefix(&words[to..]).is_some()
            || lexicon.languages.longest_prefix(&words[to..]).is_some()
            || wishes::words().any(|own| own == next)
    });
    if next.is_some() && !follows {
        return false;
    }
    if before.is_some_and(|before| LEADS.contains(&before)) {
        return true;
    }
    let trade = before.is_some_and(|before| lexicon.words.bearers(before) > 0);
    // `ohoi` by itself: the letters are those of the state.
    let swapped = || {
        let sorted = |text: &str| {
            let mut letters: Vec<u8> = text.bytes().collect();
            letters.sort_unstable();
            letters
        };
        sorted(&said) == sorted(&name)
    };
    if said.len() < SHORTEST && !(trade && swapped()) {
        return false;
    }
    let known = Known::of(snapshot);
    let borne = if to - from == 1 { known.bearers(&said) } else { 0 };
    if borne > 0 {
        // `dentist virgina`: of a name that many have the way in which a few write it.
        return trade && known.bearers(&name) >= RARE * borne;
    }
    // `carolna lopez`, `lee georgna`: somebody's name.
    let named = || {
        before.is_some_and(|before| {
            !lexicon.everyday.is_filler(before) && lexicon.words.bearers(before) == 0 && {
                let pair = [before.to_owned(), said.clone()];
                !spelling::alternatives(snapshot, &pair, true).is_empty()
            }
        })
    };
    !named()
}
