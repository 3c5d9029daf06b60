//! What somebody takes back as they speak: `dentist no wait orthodontist in tulsa`, `dermatologist in phoenix i mean tucson`. Of two of
//! one sort, a kind of care, a place, a gender or a distance, the later one stands in place of the earlier.

use super::miles;
use crate::index::Snapshot;
use crate::vocab::names::Token;

/// What is said between the two, the longer before the shorter.
const BETWEEN: &[&[&str]] = &[
    &["or", "wait", "no"],
    &["sorry", "i", "mean"],
    &["let", "me", "rephrase"],
    &["no", "sorry"],
    &["no", "wait"],
    &["wait", "no"],
    &["no", "no"],
    &["actually", "no"],
    &["i", "mean"],
    &["i", "meant"],
    &["or", "rather"],
    &["scratch", "that"],
    &["strike", "that"],
    &["make", "that"],
    &["make", "it"],
    &["never", "mind"],
    &["not", "that"],
    &["excuse", "me"],
    &["hold", "on"],
    &["nevermind"],
    &["correction"],
    &["oops"],
    &["rather"],
    &["actually"],
];
/// Those that are so only between two places, of which the later one is said with its state or is a ZIP: `in tulsa ok no, in boise id`.
const BETWEEN_PLACES: &[&[&str]] = &[
    &["uh", "no"],
    &["um", "no"],
    &["no"],
    &["sorry"],
    &["instead"],
    &["better"],
];
/// Those that are so only between two kinds of care that stand right beside them: `dentist sorry orthodontist in tulsa`.
const BETWEEN_KINDS: &[&[&str]] = &[
    &["uh", "no"],
    &["um", "no"],
    &["er", "no"],
    &["sorry", "no"],
    &["sorry"],
    &["instead"],
    &["better"],
];
/// The same where signs set it off: `dentist - no, orthodontist`; without them what stands behind it is refused.
const SET_OFF: &str = "no";
/// What may stand before the later one.
const LEADS: &[&str] = &["a", "an", "the", "in", "near", "around", "within"];
/// So many people has a town that is meant.
const TOWN: u32 = 1_000;
/// Most words of a town.
const LONGEST_TOWN: usize = 4;
const GENDERS: &[&str] = &["female", "male", "man", "woman"];

/// Of what sort the words are at their beginning, and how many are of it.
type Sort = fn(&[String], &Snapshot) -> Option<usize>;

const SORTS: &[Sort] = &[kind, place, gender, distance];

/// Takes out what was taken back, and the words that say so; what that was.
pub(super) fn settle(tokens: &mut Vec<Token>, text: &str, snapshot: &Snapshot) -> Vec<String> {
    let mut taken_back = Vec::new();
    let mut at = 1;
    while at < tokens.len() {
        let words: Vec<String> = tokens[at..].iter().map(|token| token.word.clone()).collect();
        let between = BETWEEN.iter().find(|between| super::starts_with(&words, between));
        let found =
            between.and_then(|between| Some((between.len(), earlier(tokens, at, at + between.len(), snapshot)?)));
        let found = found.or_else(|| {
            let between = BETWEEN_PLACES
                .iter()
                .find(|between| super::starts_with(&words, between))?;
            Some((between.len(), earlier_place(tokens, at, at + between.len(), snapshot)?))
        });
        let found = found.or_else(|| {
            let between = BETWEEN_KINDS.iter().find(|between| super::starts_with(&words, between));
            let set_off = || (words[0] == SET_OFF && is_set_off(tokens, at, text)).then_some(1);
            let length = between.map(|between| between.len()).or_else(set_off)?;
            Some((length, earlier_kind(tokens, at, at + length, snapshot)?))
        });
        if let Some((length, (from, to))) = found {
            let said: Vec<&str> = tokens[from..to].iter().map(|token| token.word.as_str()).collect();
            taken_back.push(said.join(" "));
            tokens.drain(at..at + length);
            tokens.drain(from..to);
            at = at + from - to;
        }
        at += 1;
    }
    taken_back
}

/// From where to where the last place before some words is, behind which one stands that is told beyond doubt.
fn earlier_place(tokens: &[Token], end: usize, behind: usize, snapshot: &Snapshot) -> Option<(usize, usize)> {
    let words: Vec<String> = tokens[behind..].iter().map(|token| token.word.clone()).collect();
    let led = words.iter().take_while(|word| LEADS.contains(&word.as_str())).count();
    let later = &words[led..];
    let taken = place(later, snapshot)?;
    let gazetteer = &snapshot.lexicon.gazetteer;
    let stated = gazetteer.postal_code(&later[0]).is_some() || (taken > 1 && gazetteer.is_state(&later[taken - 1]));
    let ends = later.len() == taken;
    if !stated || !ends {
        return None;
    }
    earlier(tokens, end, behind, snapshot)
}

/// Whether signs stand before a word and behind it.
fn is_set_off(tokens: &[Token], at: usize, text: &str) -> bool {
    let signs = |from: usize, to: usize| {
        let between = text.chars().skip(from).take(to.saturating_sub(from));
        between
            .into_iter()
            .any(|c| c.is_ascii_punctuation() || matches!(c, '\u{2013}' | '\u{2014}' | '\u{2026}'))
    };
    let behind = tokens.get(at + 1);
    signs(tokens[at - 1].end, tokens[at].start) && behind.is_some_and(|behind| signs(tokens[at].end, behind.start))
}

/// From where to where a kind of care is that ends where some words begin, behind which another one stands.
fn earlier_kind(tokens: &[Token], end: usize, behind: usize, snapshot: &Snapshot) -> Option<(usize, usize)> {
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    kind(words.get(behind..)?, snapshot)?;
    let from = (0..end).find(|from| kind(&words[*from..end], snapshot) == Some(end - from))?;
    Some((from, end))
}

/// From where to where the last one before some words is of the sort of what stands behind them.
fn earlier(tokens: &[Token], end: usize, behind: usize, snapshot: &Snapshot) -> Option<(usize, usize)> {
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    let led = words
        .get(behind..)?
        .iter()
        .take_while(|word| LEADS.contains(&word.as_str()));
    let later = &words[behind + led.count()..];
    SORTS
        .iter()
        .filter(|sort| sort(later, snapshot).is_some())
        .find_map(|sort| {
            let (mut last, mut at) = (None, 0);
            while at < end {
                match sort(&words[at..end], snapshot) {
                    Some(length) => {
                        last = Some((at, at + length));
                        at += length;
                    }
                    None => at += 1,
                }
            }
            last
        })
}

fn kind(words: &[String], snapshot: &Snapshot) -> Option<usize> {
    let phrase = snapshot.lexicon.specialties.longest_prefix(words);
    phrase.map(|(_, taken)| taken)
}

/// A ZIP, a town with its state or one that many live in.
fn place(words: &[String], snapshot: &Snapshot) -> Option<usize> {
    let gazetteer = &snapshot.lexicon.gazetteer;
    if gazetteer.postal_code(words.first()?).is_some() {
        return Some(1);
    }
    (1..=LONGEST_TOWN.min(words.len())).rev().find_map(|length| {
        let town = words[..length].join(" ");
        let stated = words.get(length).is_some_and(|state| gazetteer.has_city(&town, state));
        if stated {
            return Some(length + 1);
        }
        (town.len() > 3 && gazetteer.is_town(&town, TOWN)).then_some(length)
    })
}

fn gender(words: &[String], _: &Snapshot) -> Option<usize> {
    GENDERS.contains(&words.first()?.as_str()).then_some(1)
}

fn distance(words: &[String], _: &Snapshot) -> Option<usize> {
    miles::distance(words).map(|(_, taken)| taken)
}
