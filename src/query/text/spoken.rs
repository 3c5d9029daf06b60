//! Signs that say what a word is before its letters are compared: a possessive (`Dr Smith's office`), `w/`, two capitals.

use super::places;
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::{CREDENTIALS, TITLES, Token};

/// What stands between a name and its `s`.
const APOSTROPHES: &[char] = &['\'', '`', '\u{2018}', '\u{2019}', '\u{02bc}'];

/// What somebody has, and no house is.
const OWNED: &[&str] = &["appointment", "appointments", "number", "office", "phone", "schedule"];

/// Takes the `s` from the name of somebody to whom something belongs, and writes `w/` out.
pub(super) fn settle(tokens: &mut Vec<Token>, text: &str, snapshot: &Snapshot) {
    if !text.contains('/') && !text.contains(APOSTROPHES) {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    let mut owner_at = None;
    for at in 0..tokens.len() {
        let titled = at > 0 && is_title(&tokens[at - 1].word);
        // `Lee's office`: whoever else is called Lees.
        let saint = at > 0 && matches!(tokens[at - 1].word.as_str(), "st" | "saint");
        let owned = !saint
            && tokens
                .get(at + 1)
                .is_some_and(|next| OWNED.contains(&next.word.as_str()));
        let token = &mut tokens[at];
        if token.word == "w" && characters.get(token.end) == Some(&'/') {
            "with".clone_into(&mut token.word);
            continue;
        }
        let ends = characters.get(token.start..token.end).unwrap_or_default();
        let possessive = matches!(ends, [.., sign, 's' | 'S'] if APOSTROPHES.contains(sign));
        if possessive && let Some(name) = owner(&token.word, titled, owned, snapshot) {
            token.word = name;
            let alone = at == 0 || snapshot.lexicon.everyday.is_filler(&tokens[at - 1].word);
            owner_at = owner_at.or((owned && !titled && alone).then_some(at));
        }
    }
    // Whose office it is, is a surname, as behind a title.
    if let Some(at) = owner_at {
        let start = tokens[at].start;
        let title = Token {
            word: "mr".to_owned(),
            start,
            end: start,
        };
        tokens.insert(at, title);
    }
}

pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&word) || word == "drs"
}

/// Who is meant by a possessive, unless it is a word of its own (`women's health`) or of the name of a house (`St. Mary's`).
fn owner(word: &str, titled: bool, owned: bool, snapshot: &Snapshot) -> Option<String> {
    let name = word.strip_suffix('s').filter(|name| name.len() > 1)?;
    let lexicon = &snapshot.lexicon;
    if lexicon.words.bearers(word) > 0 || lexicon.everyday.is_filler(word) || lexicon.everyday.is_filler(name) {
        return None;
    }
    // `Dr Smith's` is no house called Smiths.
    let taken = if owned {
        false
    } else if titled {
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

/// Two capitals before a name, which are no word and nobody's name, are initials: `KK Wagner`.
pub(super) fn initials(tokens: &mut Vec<Token>, text: &str, snapshot: &Snapshot) {
    let capitals = capitals(tokens, text);
    let lexicon = &snapshot.lexicon;
    let mut at = 0;
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    let mut all = Vec::with_capacity(words.len() + 1);
    for (number, token) in tokens.drain(..).enumerate() {
        let rest = &words[number..];
        let known = || {
            CREDENTIALS.contains(&token.word.as_str())
                || is_title(&token.word)
                || spelling::other_way(&token.word).is_some()
                || lexicon.gazetteer.is_state(&token.word)
                || lexicon.specialties.longest_prefix(rest).is_some()
                || lexicon.everyday.is_filler(&token.word)
                || places::is_city(&lexicon.gazetteer, &token.word)
                || spelling::is_borne(snapshot, &rest[..1])
        };
        let before_name = || {
            rest.get(1).is_some_and(|next| {
                lexicon.words.bearers(next) == 0 && spelling::is_borne_by_person(snapshot, &[next.as_str()])
            })
        };
        if capitals[number] && number == at && token.word.len() == 2 && before_name() && !known() {
            for (letter, initial) in token.word.char_indices() {
                all.push(Token {
                    word: initial.to_string(),
                    start: token.start + letter,
                    end: token.start + letter + 1,
                });
            }
            continue;
        }
        // Only at the beginning, or behind a title.
        at = if is_title(&token.word) { number + 1 } else { at };
        all.push(token);
    }
    *tokens = all;
}

/// Parts a title from the name that it was written together with: `drali`.
pub(super) fn part_title(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let Some(first) = tokens.first() else { return };
    let name = first.word.strip_prefix("dr").filter(|name| name.len() > 2);
    let lexicon = &snapshot.lexicon;
    let known = || {
        lexicon.words.bearers(&first.word) > 0
            || lexicon.everyday.is_filler(&first.word)
            || places::is_city(&lexicon.gazetteer, &first.word)
            || spelling::is_borne(snapshot, &[first.word.as_str()])
    };
    let Some(name) = name.filter(|name| !known() && spelling::is_borne_by_person(snapshot, &[*name])) else {
        return;
    };
    let behind = Token {
        word: name.to_owned(),
        start: (first.start + 2).min(first.end - 1),
        end: first.end,
    };
    let title = Token {
        word: "dr".to_owned(),
        start: first.start,
        end: behind.start,
    };
    tokens.splice(..1, [title, behind]);
}

/// Signs of two words.
const SIGNS: &[(&str, &[&str])] = &[("question", &["mark"]), ("exclamation", &["mark", "point"])];

/// Signs that are said: `question mark`, `watson hyphen vasquez`, `o apostrophe dea`, `osman apostrophe s office`, a `period` at the
/// end. `d r` is a title.
fn spoken_signs(tokens: &mut Vec<Token>, text: &str) {
    // `missed my period`: of whoever is called by a title nobody tells that.
    let ends = !text.contains('.') && tokens.iter().any(|token| is_title(&token.word));
    let mut at = 0;
    while at < tokens.len() {
        let next = tokens.get(at + 1).map(|next| next.word.clone());
        let next = next.as_deref();
        let sign = |(first, second): &(&str, &[&str])| {
            *first == tokens[at].word && next.is_some_and(|next| second.contains(&next))
        };
        if at > 0 && SIGNS.iter().any(sign) {
            tokens.drain(at..at + 2);
            continue;
        }
        match (tokens[at].word.as_str(), next) {
            ("period", None) if at > 0 && ends => drop(tokens.remove(at)),
            ("hyphen", Some(_)) if at > 0 => drop(tokens.remove(at)),
            ("apostrophe", Some("s")) if at > 0 => drop(tokens.drain(at..at + 2)),
            ("apostrophe", Some(behind)) if at > 0 => {
                let whole = format!("{}{behind}", tokens[at - 1].word);
                let end = tokens[at + 1].end;
                tokens.drain(at..at + 2);
                (tokens[at - 1].word, tokens[at - 1].end) = (whole, end);
            }
            ("d", Some("r")) if tokens.len() > at + 2 => {
                "dr".clone_into(&mut tokens[at].word);
                tokens[at].end = tokens[at + 1].end;
                tokens.remove(at + 1);
            }
            _ => at += 1,
        }
    }
}

/// Digits as they are dictated.
const DIGITS: &[&str] = &[
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// What is dictated as a word: the digits of a ZIP or a number (`seven seven zero three zero`), and commas.
pub(super) fn dictated(tokens: &mut Vec<Token>, text: &str) {
    if !text.contains(',') {
        tokens.retain(|token| token.word != "comma");
    }
    spoken_signs(tokens, text);
    let digit = |word: &str| match word {
        "oh" => Some(0),
        _ => DIGITS.iter().position(|digit| *digit == word),
    };
    let mut at = 0;
    while at < tokens.len() {
        let run: Vec<usize> = tokens[at..].iter().map_while(|token| digit(&token.word)).collect();
        if matches!(run.len(), 5 | 9 | 10) && tokens[at].word != "oh" {
            let number: String = run.iter().map(usize::to_string).collect();
            let (start, end) = (tokens[at].start, tokens[at + run.len() - 1].end);
            let word = Token {
                word: number,
                start,
                end,
            };
            tokens.splice(at..at + run.len(), [word]);
        }
        at += 1;
    }
}
