//! Completions within a sentence: `dentist chicago`, `cardiologist in dallas t`, `spanish speaking d`. What stands before must be
//! understood; the last words, as many as begin something, are completed. And places with their states: `chicago, il`.

use super::{Lists, Suggestion, phrases, plain};
use crate::index::Snapshot;
use crate::query::text::is_word_of_wish;
use crate::vocab::place::{Gazetteer, Place};

/// From so many letters on a state is meant before the cities that begin like it.
const LEAST_OF_STATE: usize = 3;
/// Most cities.
const MOST_CITIES: usize = 5;
/// So many are looked at for those in a state.
const MOST_OF_A_NAME: usize = 64;
/// Most words that are completed behind others.
const MOST_BEHIND: usize = 3;
/// Longer sentences are not completed.
const MOST_WORDS: usize = 12;
/// A shorter last word begins too much.
const SHORTEST: usize = 2;

/// Places that the words begin, a state behind a city among them.
pub(super) fn places(snapshot: &Snapshot, typed: &[String]) -> Vec<Place> {
    let gazetteer = &snapshot.lexicon.gazetteer;
    let zip = typed.first().filter(|_| typed.len() == 1);
    let zip = zip.and_then(|zip| gazetteer.postal_code(zip));
    let text = typed.join(" ");
    let state = Some(&text).filter(|text| text.len() >= LEAST_OF_STATE);
    let state = state.and_then(|text| gazetteer.complete_state(text));
    let cities = gazetteer.complete(&text, MOST_CITIES);
    let mut found: Vec<Place> = zip.into_iter().chain(state).chain(cities).collect();
    if found.is_empty() {
        found = in_state(gazetteer, typed);
    }
    // `nyc`, `philly`: what people call a place that is not written so.
    if found.is_empty() && typed.len() == 1 {
        let named = text.len() >= LEAST_OF_STATE && !text.bytes().all(|b| b.is_ascii_digit());
        found.extend(gazetteer.find(&text).filter(|_| named));
    }
    found
}

/// `chicago il`, `portland m`: cities of that very name in the states that go on so.
fn in_state(gazetteer: &Gazetteer, typed: &[String]) -> Vec<Place> {
    // `new york new y`
    (1..=usize::min(2, typed.len().saturating_sub(1)))
        .flat_map(|length| {
            let (city, state) = typed.split_at(typed.len() - length);
            let begun = state.join(" ");
            let is_state = |place: &Place| {
                let code = place.state.to_ascii_lowercase();
                let name = gazetteer.state(&code).map(|state| state.label.to_ascii_lowercase());
                code.starts_with(&begun) || name.is_some_and(|name| name.starts_with(&begun))
            };
            let cities = gazetteer.cities(&city.join(" ")).into_iter().take(MOST_OF_A_NAME);
            cities.filter(is_state).take(MOST_CITIES).collect::<Vec<_>>()
        })
        .take(MOST_CITIES)
        .collect()
}

/// Whether the words end with one behind which nothing is to be completed: `dentist near me`.
pub(super) fn is_whole(words: &[String]) -> bool {
    matches!(words, [.., near, me] if near == "near" && me == "me")
}

/// Completions of the last words behind others that are understood.
pub(super) fn completions(snapshot: &Snapshot, words: &[String]) -> Lists {
    let nothing = vec![Vec::new(); 4];
    if !(2..=MOST_WORDS).contains(&words.len()) || is_whole(words) {
        return nothing;
    }
    for length in (1..=MOST_BEHIND.min(words.len() - 1)).rev() {
        let (before, typed) = words.split_at(words.len() - length);
        if typed.iter().map(String::len).sum::<usize>() < SHORTEST {
            continue;
        }
        let terms = phrases::terms(snapshot, typed);
        let places = places(snapshot, typed);
        if (terms.is_empty() && places.is_empty()) || !is_understood(snapshot, before) {
            continue;
        }
        let lead = before.join(" ") + " ";
        let terms = terms.into_iter().map(|term| Suggestion {
            text: lead.clone() + &term.text,
            value: None,
            ..term
        });
        let places = places
            .iter()
            .map(|place| plain("place", lead.clone() + &place.label, None));
        return vec![terms.collect(), Vec::new(), places.collect(), Vec::new()];
    }
    nothing
}

/// Whether each word says something that is searched for, or nothing at all.
fn is_understood(snapshot: &Snapshot, words: &[String]) -> bool {
    let lexicon = &snapshot.lexicon;
    // `los na` is rather a place with a typo.
    if let [word] = words
        && lexicon.everyday.is_filler(word)
    {
        return false;
    }
    let mut at = 0;
    while at < words.len() {
        let rest = &words[at..];
        let phrase = lexicon.specialties.longest_prefix(rest).map(|(_, taken)| taken);
        let language = lexicon.languages.longest_prefix(rest).map(|(_, taken)| taken);
        let place = || {
            let town = (1..=MOST_BEHIND.min(rest.len())).rev();
            town.into_iter()
                .find(|length| lexicon.gazetteer.is_great_city(&rest[..*length].join(" ")))
        };
        let plain =
            |word: &str| lexicon.everyday.is_filler(word) || lexicon.everyday.is_child(word) || is_word_of_wish(word);
        at += match phrase.max(language).or_else(place) {
            Some(taken) => taken,
            None if plain(&rest[0]) => 1,
            None => return false,
        };
    }
    true
}
