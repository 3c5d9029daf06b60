//! Words that were written together (`familydoctor`, `spanishspeaking`, `dentistnearme`) and words that were parted (`card ologist`,
//! `ca rdiologist`), as keyboards and dictation make them: only where a word by itself is nobody's name and of no dictionary, and what
//! comes out is a kind of care or asks for one.

use super::{run_together, untold};
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::names::Token;

/// Shorter words are not parted.
const SHORTEST_JOINED: usize = 7;
/// Nor are longer ones.
const LONGEST_JOINED: usize = 28;
/// Shorter pieces are none.
const SHORTEST_PIECE: usize = 3;
/// Shorter kinds of care are not parted from a town, nor shorter towns from them.
const SHORTEST_OF_CARE: usize = 4;
const SHORTEST_OF_TOWN: usize = 4;
/// So many people live in a town that is written together with a kind of care.
const KNOWN_TOWN: u32 = 20_000;
/// Shorter words are not put together.
const SHORTEST_WHOLE: usize = 6;
/// From this length on a word that was parted may have a typo, too: `cairo practor`.
const SHORTEST_MISSPELT: usize = 9;
/// What is often written behind a kind of care without a space.
const TAILS: &[(&str, &[&str])] = &[
    ("nearme", &["near", "me"]),
    ("nearby", &["near", "by"]),
    ("near", &["near"]),
    ("in", &["in"]),
    ("doctors", &["doctors"]),
    ("doctor", &["doctor"]),
];
/// `in` by a finger too high, behind a kind of care: `dentist8n miami`.
const TOO_HIGH: &[&str] = &["8n", "9n"];
/// Words for a woman or a man before a kind of doctor.
const GENDERS: &[&str] = &["female", "lady", "male", "woman"];
/// How words for people end that are of no dictionary when they are parted.
const ENDINGS: &[&str] = &["ist", "ists", "ian", "ians", "tor", "tors"];

/// What dictation makes of words, and the words.
const HEARD: &[(&[&str], &[&str])] = &[
    (&["youre", "ologist"], &["urologist"]),
    (&["your", "ologist"], &["urologist"]),
    (&["you", "rologist"], &["urologist"]),
    (&["sigh", "kayatrist"], &["psychiatrist"]),
    (&["sigh", "kiatrist"], &["psychiatrist"]),
    (&["sigh", "cologist"], &["psychologist"]),
    (&["sike", "iatrist"], &["psychiatrist"]),
    (&["oh", "bee", "gee", "why", "en"], &["obgyn"]),
    (&["oh", "b", "g", "y", "n"], &["obgyn"]),
    (&["oh", "be", "gyn"], &["obgyn"]),
    (&["fizz", "eek", "al"], &["physical"]),
    (&["fizzy", "cal"], &["physical"]),
    (&["die", "it", "ician"], &["dietitian"]),
    (&["die", "tician"], &["dietitian"]),
    (&["pee", "diatrician"], &["pediatrician"]),
    (&["pod", "eye", "atrist"], &["podiatrist"]),
    (&["neural", "ogist"], &["neurologist"]),
    (&["new", "rologist"], &["neurologist"]),
];
/// `i doctor`: what is heard of `eye` before these.
const OF_EYES: &[&str] = &[
    "clinic",
    "doc",
    "doctor",
    "doctors",
    "dr",
    "exam",
    "specialist",
    "surgeon",
];
/// Before `i` these say that somebody speaks of themselves.
const OF_ONESELF: &[&str] = &[
    "am", "and", "can", "could", "do", "may", "should", "when", "where", "will", "would",
];

/// Puts words in the place of one that was written together from them.
pub(super) fn part(tokens: &mut Vec<Token>, at: usize, words: Vec<String>) {
    let Token { word, start, end } = tokens[at].clone();
    // Signs may stand between the letters, so where each ends is told only where there are none.
    let exact = word.len() == end - start;
    let mut from = start;
    let parted = words.into_iter().map(|word| {
        let to = from + word.len();
        let (start, end) = if exact { (from, to) } else { (start, end) };
        from = to;
        Token { word, start, end }
    });
    let parted: Vec<Token> = parted.collect();
    tokens.splice(at..=at, parted);
}

/// Parts words that were written together, and puts those together that were parted.
pub(super) fn settle(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    heard(tokens);
    let mut at = 0;
    while at < tokens.len() {
        if at + 1 < tokens.len()
            && let Some(word) = together(tokens, at, snapshot)
        {
            tokens[at].word = word;
            tokens[at].end = tokens[at + 1].end;
            tokens.remove(at + 1);
        } else if let Some(pieces) = parted(&tokens[at].word, snapshot) {
            let count = pieces.len();
            part(tokens, at, pieces);
            at += count - 1;
        }
        at += 1;
    }
}

fn heard(tokens: &mut Vec<Token>) {
    let mut at = 0;
    while at < tokens.len() {
        let says = |said: &[&str]| {
            let there = tokens.get(at..at + said.len());
            there.is_some_and(|there| there.iter().zip(said).all(|(token, said)| token.word == *said))
        };
        if let Some((said, meant)) = HEARD.iter().find(|(said, _)| tokens[at].word == said[0] && says(said)) {
            let (start, end) = (tokens[at].start, tokens[at + said.len() - 1].end);
            let meant = meant.iter().map(|word| Token {
                word: (*word).to_owned(),
                start,
                end,
            });
            let meant: Vec<Token> = meant.collect();
            tokens.splice(at..at + said.len(), meant);
        } else if tokens[at].word == "i"
            && tokens
                .get(at + 1)
                .is_some_and(|next| OF_EYES.contains(&next.word.as_str()))
            && !at
                .checked_sub(1)
                .is_some_and(|before| OF_ONESELF.contains(&tokens[before].word.as_str()))
        {
            "eye".clone_into(&mut tokens[at].word);
        }
        at += 1;
    }
}

fn is_plain(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether a word is of no dictionary, no place and nobody's name.
pub(super) fn is_unknown(word: &str, snapshot: &Snapshot) -> bool {
    let lexicon = &snapshot.lexicon;
    lexicon.words.bearers(word) == 0
        && !lexicon.everyday.is_filler(word)
        && !lexicon.everyday.is_child(word)
        && !lexicon.everyday.is_ordinary(word)
        && !lexicon.gazetteer.is_city(word)
        && !lexicon.gazetteer.is_state(word)
        && !spelling::is_borne(snapshot, &[word])
}

fn is_phrase(words: &[String], snapshot: &Snapshot) -> bool {
    let found = snapshot.lexicon.specialties.longest_prefix(words);
    found.is_some_and(|(_, taken)| taken == words.len())
}

/// The words that a word was written together from.
fn parted(word: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    let phrase = |word: &str| is_phrase(&[word.to_owned()], snapshot);
    let is_care = |word: &str| word.len() >= SHORTEST_OF_CARE && (phrase(word) || untold::is_physician(word));
    if let Some(care) = TOO_HIGH.iter().find_map(|tail| word.strip_suffix(tail)) {
        return (is_plain(care) && is_care(care)).then(|| vec![care.to_owned(), "in".to_owned()]);
    }
    if !(SHORTEST_JOINED..=LONGEST_JOINED).contains(&word.len()) || !is_plain(word) || !is_unknown(word, snapshot) {
        return None;
    }
    let pair = |(first, second): (&str, &str)| vec![first.to_owned(), second.to_owned()];
    // `primarycaredoctor`
    let of_two = |word: &str| {
        let mut cuts = (SHORTEST_PIECE..=word.len().checked_sub(SHORTEST_PIECE)?).map(|at| pair(word.split_at(at)));
        cuts.find(|pair| is_phrase(pair, snapshot))
    };
    for (tail, behind) in TAILS {
        let Some(trade) = word.strip_suffix(tail) else { continue };
        let care = is_care(trade).then(|| vec![trade.to_owned()]).or_else(|| of_two(trade));
        if let Some(care) = care {
            return Some(
                care.into_iter()
                    .chain(behind.iter().map(|word| (*word).to_owned()))
                    .collect(),
            );
        }
    }
    let cuts = || (SHORTEST_PIECE..=word.len() - SHORTEST_PIECE).map(|at| word.split_at(at));
    if let Some(found) = cuts().map(pair).find(|pair| is_phrase(pair, snapshot)) {
        return Some(found);
    }
    let languages = &snapshot.lexicon.languages;
    let described = |first: &str| GENDERS.contains(&first) || languages.longest_prefix(&[first.to_owned()]).is_some();
    let asked = |second: &str| untold::is_physician(second) || second == "speaking" || phrase(second);
    cuts()
        .find(|(first, second)| second.len() > SHORTEST_PIECE && asked(second) && described(first))
        .map(pair)
        .or_else(|| beside_town(word, snapshot))
}

/// `dentisthouston`, `pediatricianinchicago`, `houstondentist`: a kind of care and a town that many know.
fn beside_town(word: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    let care = |care: &str| is_phrase(&[care.to_owned()], snapshot) || untold::is_physician(care);
    let town = |town: &str| {
        let long = town.len() >= SHORTEST_OF_TOWN;
        long.then(|| run_together::known_town(&snapshot.lexicon.gazetteer, town, KNOWN_TOWN))?
    };
    let cuts = SHORTEST_OF_CARE..=word.len().checked_sub(SHORTEST_OF_TOWN)?;
    let behind = cuts.rev().find_map(|cut| {
        let (first, second) = word.split_at(cut);
        if !care(first) {
            return None;
        }
        let led = ["in", "near"].into_iter().find(|lead| second.starts_with(lead));
        let led = led.and_then(|lead| Some((lead, town(&second[lead.len()..])?)));
        let (lead, town) = match led {
            Some((lead, town)) => (Some(lead), town),
            None => (None, town(second)?),
        };
        let words = std::iter::once(first).chain(lead).map(str::to_owned);
        Some(words.chain(town).collect())
    });
    behind.or_else(|| {
        let cuts = SHORTEST_OF_TOWN..=word.len().checked_sub(SHORTEST_OF_CARE)?;
        cuts.into_iter().find_map(|cut| {
            let (first, second) = word.split_at(cut);
            let town = care(second).then(|| town(first))??;
            Some(town.into_iter().chain([second.to_owned()]).collect())
        })
    })
}

/// The word that two were parted from.
fn together(tokens: &[Token], at: usize, snapshot: &Snapshot) -> Option<String> {
    let (first, second) = (tokens[at].word.as_str(), tokens[at + 1].word.as_str());
    let plain = first.len() > 1 && is_plain(first) && is_plain(second);
    if !plain || first.len() + second.len() < SHORTEST_WHOLE {
        return None;
    }
    // `psychiatris t in boston`
    if second.len() < SHORTEST_PIECE {
        let whole = [first, second].concat();
        let is_whole = first.len() >= SHORTEST_WHOLE && is_phrase(std::slice::from_ref(&whole), snapshot);
        return (is_whole && is_unknown(first, snapshot)).then_some(whole);
    }
    let ends = ENDINGS.iter().any(|ending| second.ends_with(ending));
    let whole = [first, second].concat();
    let is_whole = is_phrase(std::slice::from_ref(&whole), snapshot);
    if !is_whole && !ends {
        return None;
    }
    let lexicon = &snapshot.lexicon;
    let strange = is_unknown(second, snapshot) || (is_whole && is_unknown(first, snapshot));
    if !strange {
        // `ne urologist in dallas tx`: no Nebraska, where another state is named.
        let state = |word: &str| word.len() == 2 && lexicon.gazetteer.is_state(word);
        let elsewhere = || tokens[at + 2..].iter().any(|token| state(&token.word));
        return (is_whole && state(first) && elsewhere()).then_some(whole);
    }
    if is_whole {
        return Some(whole);
    }
    if whole.len() < SHORTEST_MISSPELT || is_phrase(&[second.to_owned()], snapshot) {
        return None;
    }
    let mut near = lexicon.words.at_one_edit(&whole);
    near.sort_by(|a, b| b.bearers.cmp(&a.bearers).then(a.text.cmp(b.text)));
    let mut near = near.into_iter().map(|word| word.text.to_owned());
    near.find(|word| is_phrase(std::slice::from_ref(word), snapshot))
}
