//! Words of towns and states in short: `glenwood spgs co`, `lk cty sc`, `charleston s carolina`. They are written out where what is
//! written so is a town of the state behind it, or one that many know; whatever else such a word may mean elsewhere stays.

use super::places;
use crate::index::Snapshot;

/// So many people has a town that is meant without its state.
const KNOWN_TOWN: u32 = 5_000;

/// Writes them out.
pub(super) fn settle(words: &mut [String], snapshot: &Snapshot) {
    let table = &snapshot.lexicon.place_words;
    let gazetteer = &snapshot.lexicon.gazetteer;
    for at in 0..words.len() {
        if let Some(long) = places::whole_direction(&words[at])
            && let Some(next) = words.get(at + 1)
            && gazetteer.state(&format!("{long} {next}")).is_some()
        {
            long.clone_into(&mut words[at]);
        }
    }
    let mut at = 0;
    while at < words.len() {
        if table.whole(&words[at]).is_none() {
            at += 1;
            continue;
        }
        let found = town(words, at, snapshot);
        let Some((from, written)) = found else {
            at += 1;
            continue;
        };
        let to = from + written.len();
        words[from..to].clone_from_slice(&written);
        at = to;
    }
}

/// The longest town that words around a short one are, written out, and where it begins.
fn town(words: &[String], at: usize, snapshot: &Snapshot) -> Option<(usize, Vec<String>)> {
    let table = &snapshot.lexicon.place_words;
    let gazetteer = &snapshot.lexicon.gazetteer;
    (2..=places::MOST_WORDS).rev().find_map(|length| {
        let first = (at + 1).saturating_sub(length);
        (first..=at).find_map(|from| {
            let said = words.get(from..from + length)?;
            let mut alone = true;
            let written: Vec<String> = said
                .iter()
                .map(|word| match table.whole(word) {
                    Some((whole, sure)) => {
                        alone &= sure;
                        whole.to_owned()
                    }
                    None => word.clone(),
                })
                .collect();
            let (name, own) = (written.join(" "), said.join(" "));
            let state = [1, 2].into_iter().find_map(|states| {
                let state = words.get(from + length..from + length + states)?.join(" ");
                gazetteer.state(&state)
            });
            let meant = match state {
                Some(state) => gazetteer.has_city(&name, &state.state) && !gazetteer.has_city(&own, &state.state),
                None => alone && gazetteer.is_town(&name, KNOWN_TOWN) && !gazetteer.is_city(&own),
            };
            meant.then_some((from, written))
        })
    })
}
