//! Towns, states and ZIPs that a keyboard has run together with what stands before them: `losangelesca`, `fl33613`,
//! `mcgarryminneapolis mn`. They are parted only in words that are nobody's name and of no dictionary.

use super::joined;
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::{
    names::Token,
    place::{Gazetteer, Place},
};

/// Fewer letters are no town before its state.
const SHORTEST_TOWN: usize = 4;
/// Fewer letters are no surname before a town.
const SHORTEST_NAME: usize = 3;
/// Longer words are none of these.
const LONGEST: usize = 40;
/// Digits of a ZIP.
const ZIP: usize = 5;

/// Parts such words.
pub(super) fn part(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1).map(|token| token.word.as_str());
        let Some(parts) = parts(&tokens[at].word, next, snapshot) else {
            at += 1;
            continue;
        };
        let words: Vec<String> = parts
            .iter()
            .flat_map(|part| part.split(' '))
            .map(str::to_owned)
            .collect();
        let count = words.len();
        joined::part(tokens, at, words);
        at += count;
    }
}

/// The parts of a word, a town of several words with spaces in it.
fn parts(word: &str, next: Option<&str>, snapshot: &Snapshot) -> Option<Vec<String>> {
    let gazetteer = &snapshot.lexicon.gazetteer;
    if !(SHORTEST_TOWN + 2..=LONGEST).contains(&word.len()) || !word.is_ascii() {
        return None;
    }
    let (head, zip) = word.split_at(word.len() - ZIP.min(word.len()));
    if head.len() > 1 && head.bytes().all(|b| b.is_ascii_lowercase()) && zip.bytes().all(|b| b.is_ascii_digit()) {
        gazetteer.postal_code(zip)?;
        return Some(vec![head.to_owned(), zip.to_owned()]);
    }
    if !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let (head, code) = word.split_at(word.len() - 2);
    if head.len() >= SHORTEST_TOWN
        && gazetteer.is_state(code)
        && let Some(town) = town(gazetteer, head, code)
        && joined::is_unknown(word, snapshot)
    {
        return Some(vec![town, code.to_owned()]);
    }
    // `mcgarryminneapolis mn`
    let state = next.filter(|next| next.len() == 2 && gazetteer.is_state(next))?;
    if word.len() < SHORTEST_NAME + SHORTEST_TOWN || !joined::is_unknown(word, snapshot) {
        return None;
    }
    // `inhamden ct`
    for lead in ["in", "near"] {
        if let Some(town) = word.strip_prefix(lead)
            && gazetteer.has_city(town, state)
        {
            return Some(vec![lead.to_owned(), town.to_owned()]);
        }
    }
    (SHORTEST_NAME..=word.len() - SHORTEST_TOWN).find_map(|cut| {
        let (name, town) = word.split_at(cut);
        gazetteer.city(town, state)?;
        spelling::is_borne_by_person(snapshot, &[name]).then(|| vec![name.to_owned(), town.to_owned()])
    })
}

/// The name of a town in a state that was written as one word.
fn town(gazetteer: &Gazetteer, written: &str, state: &str) -> Option<String> {
    let city = |text: &str| -> Option<Place> { gazetteer.city(text, state) };
    if city(written).is_some() {
        return Some(written.to_owned());
    }
    (2..written.len() - 2)
        .map(|cut| [&written[..cut], &written[cut..]].join(" "))
        .find(|text| city(text).is_some())
}

/// The town of so many people that was written as one word behind or before a kind of care, its words apart.
pub(super) fn known_town(gazetteer: &Gazetteer, written: &str, people: u32) -> Option<Vec<String>> {
    if gazetteer.is_town(written, people) {
        return Some(vec![written.to_owned()]);
    }
    (3..written.len().saturating_sub(2)).find_map(|cut| {
        let words = [&written[..cut], &written[cut..]];
        let known = gazetteer.is_town(&words.join(" "), people);
        known.then(|| words.map(str::to_owned).to_vec())
    })
}
