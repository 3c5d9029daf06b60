//! Degrees, licences and forms of companies behind the name on a card: `Andrew E Poole, BDS`, `Kent D. Bartlett, D.D.S.P.A`. They
//! are free text and of all kinds, so they are told by where they stand and how they are written: in capitals behind a comma.

use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::{CREDENTIALS, Token};

/// Words of a name.
const OF_NAME: std::ops::RangeInclusive<usize> = 2..=5;
/// Most words behind it.
const MOST: usize = 6;
/// Longer words in capitals are no degrees.
const LONGEST: usize = 8;

/// Takes them from the words of a text that is the name of somebody who is here, and nothing besides.
pub(super) fn take(tokens: &mut Vec<Token>, text: &str, snapshot: &Snapshot) {
    let Some((before, _)) = text.split_once(',') else {
        return;
    };
    if !before.bytes().any(|b| b.is_ascii_lowercase()) {
        return;
    }
    let end = before.chars().count();
    let named = tokens.iter().take_while(|token| token.end <= end).count();
    let behind = tokens.len() - named;
    if !OF_NAME.contains(&named) || behind == 0 || behind > MOST {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    let lexicon = &snapshot.lexicon;
    let is_degree = |token: &Token| {
        let written = characters.get(token.start..token.end).unwrap_or_default();
        let word = std::slice::from_ref(&token.word);
        let other = || lexicon.gazetteer.is_state(&token.word) || lexicon.specialties.longest_prefix(word).is_some();
        token.word.len() <= LONGEST
            && written.first().is_some_and(char::is_ascii_uppercase)
            && (written.contains(&'.') || written.iter().all(char::is_ascii_uppercase))
            && (CREDENTIALS.contains(&token.word.as_str()) || !other())
    };
    // What is known is set aside elsewhere.
    let strange = |token: &Token| !CREDENTIALS.contains(&token.word.as_str());
    if !tokens[named..].iter().all(is_degree) || !tokens[named..].iter().any(strange) {
        return;
    }
    let name: Vec<&str> = tokens[..named]
        .iter()
        .map(|token| token.word.as_str())
        .filter(|word| word.len() > 1)
        .collect();
    if name.len() > 1 && spelling::is_borne_by_person(snapshot, &name) {
        tokens.truncate(named);
    }
}
