//! Signs that say what a word is before its letters are compared: a possessive (`Dr Smith's office`), `w/`, two capitals.

use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::{TITLES, Token};

/// What stands between a name and its `s`.
const APOSTROPHES: &[char] = &['\'', '`', '\u{2018}', '\u{2019}', '\u{02bc}'];

/// Takes the `s` from the name of somebody to whom something belongs, and writes `w/` out.
pub(super) fn settle(tokens: &mut [Token], text: &str, snapshot: &Snapshot) {
    if !text.contains('/') && !text.contains(APOSTROPHES) {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    for at in 0..tokens.len() {
        let titled = at > 0 && is_title(&tokens[at - 1].word);
        let token = &mut tokens[at];
        if token.word == "w" && characters.get(token.end) == Some(&'/') {
            "with".clone_into(&mut token.word);
            continue;
        }
        let ends = characters.get(token.start..token.end).unwrap_or_default();
        let possessive = matches!(ends, [.., sign, 's' | 'S'] if APOSTROPHES.contains(sign));
        if possessive && let Some(name) = owner(&token.word, titled, snapshot) {
            token.word = name;
        }
    }
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word) || word == "drs"
}

/// Who is meant by a possessive, unless it is a word of its own (`women's health`) or of the name of a house (`St. Mary's`).
fn owner(word: &str, titled: bool, snapshot: &Snapshot) -> Option<String> {
    let name = word.strip_suffix('s').filter(|name| name.len() > 1)?;
    let lexicon = &snapshot.lexicon;
    if lexicon.words.bearers(word) > 0 || lexicon.everyday.is_filler(word) || lexicon.everyday.is_filler(name) {
        return None;
    }
    // `Dr Smith's` is no house called Smiths.
    let taken = if titled {
        spelling::is_borne_by_person(snapshot, &[word])
    } else {
        spelling::is_borne(snapshot, &[word])
    };
    (!taken && spelling::is_borne_by_person(snapshot, &[name])).then(|| name.to_owned())
}

/// Which words are two capital letters, where the text has small ones, too.
pub(super) fn capitals(tokens: &[Token], text: &str) -> Vec<bool> {
    let mixed = text.is_ascii() && text.bytes().any(|b| b.is_ascii_lowercase());
    let is_capital = |token: &Token| {
        let written = text.as_bytes().get(token.start..token.end).unwrap_or_default();
        mixed && written.len() == 2 && written.iter().all(u8::is_ascii_uppercase)
    };
    tokens.iter().map(is_capital).collect()
}
