//! Words around the town of somebody who is called by a title, which say no more than the town: `dr gordon salt lake city area ut`,
//! `dr kramer greater loveland area co`, `dr alvarez based in manning sc`, `dr gonzalez coronado zip 92118`.

use crate::index::Snapshot;
use crate::vocab::names::{TITLES, Token};

/// Before a town.
const BEFORE_TOWN: &[&[&str]] = &[
    &["just", "north", "of"],
    &["just", "south", "of"],
    &["just", "east", "of"],
    &["just", "west", "of"],
    &["north", "of"],
    &["south", "of"],
    &["east", "of"],
    &["west", "of"],
    &["city", "of"],
    &["greater"],
];
/// Before `in` and a place.
const BEFORE_IN: &[&str] = &["based", "down", "located", "practicing"];
/// So many people has a town that is meant.
const TOWN: u32 = 1_000;
/// Most words of a town.
const LONGEST_TOWN: usize = 4;

/// Takes them out.
pub(super) fn settle(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let titled = |token: &Token| TITLES.contains(&token.word.as_str());
    if !tokens.iter().any(titled) {
        return;
    }
    let mut at = 1;
    while at < tokens.len() {
        let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
        match said(&words, at, snapshot) {
            0 => at += 1,
            length => drop(tokens.drain(at..at + length)),
        }
    }
}

/// How many words at one of them say nothing.
fn said(words: &[String], at: usize, snapshot: &Snapshot) -> usize {
    let gazetteer = &snapshot.lexicon.gazetteer;
    let next = words.get(at + 1).map(String::as_str);
    match words[at].as_str() {
        "area" => {
            let state = next.is_none_or(|next| gazetteer.is_state(next));
            usize::from(state && (1..=LONGEST_TOWN.min(at)).any(|length| is_town(&words[at - length..at], snapshot)))
        }
        "zip" => usize::from(next.is_some_and(|next| gazetteer.postal_code(next).is_some())),
        word if BEFORE_IN.contains(&word) => usize::from(next == Some("in")),
        _ => {
            let rest = &words[at..];
            let before = BEFORE_TOWN.iter().find(|before| super::starts_with(rest, before));
            before.map_or(0, |before| {
                let behind = &rest[before.len()..];
                let town = (1..=LONGEST_TOWN.min(behind.len())).any(|length| is_town(&behind[..length], snapshot));
                if town { before.len() } else { 0 }
            })
        }
    }
}

fn is_town(words: &[String], snapshot: &Snapshot) -> bool {
    snapshot.lexicon.gazetteer.is_town(&words.join(" "), TOWN)
}
