//! Kinds of care that somebody only tells of: `my pcp referred me to a rheumatologist`, `i have a dentist but i need a psychiatrist`,
//! `tired of pediatricians, want a family doctor`. Whoever sent somebody on, or did not help, is not asked for.

use crate::index::Snapshot;
use crate::vocab::names::Token;

/// Right behind a kind of care, these tell what its people did.
const BEHIND: &[&[&str]] = &[
    &["referred"],
    &["has", "referred"],
    &["is", "referring"],
    &["sent", "me"],
    &["sends", "me"],
    &["told", "me"],
    &["says"],
    &["said"],
    &["wants", "me"],
    &["want", "me"],
    &["recommended"],
    &["recommends"],
    &["suggested"],
    &["suggests"],
    &["who", "recommended"],
    &["who", "referred"],
    &["who", "said"],
    &["thinks"],
    &["and", "he"],
    &["and", "she"],
    &["and", "they"],
    &["didnt", "help"],
    &["did", "not", "help"],
    &["doesnt", "help"],
    &["cant", "help"],
    &["couldnt", "help"],
    &["but"],
];
/// And right before it, these whose it is or was.
const BEFORE: &[&[&str]] = &[
    &["referral", "from"],
    &["referred", "by"],
    &["sent", "by"],
    &["recommended", "by"],
    &["already", "have"],
    &["not", "looking", "for"],
    &["tired", "of"],
    &["sick", "of"],
    &["done", "with"],
    &["no", "more"],
];
/// `i have a dentist but`: only with such a word behind, `have` is of whom somebody has.
const BUT: &str = "but";
/// What may stand between.
const BETWEEN: &[&str] = &["a", "an", "any", "her", "his", "my", "our", "the"];

/// Takes out what is only told of, where another kind of care is asked for; what that was.
pub(super) fn settle(tokens: &mut Vec<Token>, snapshot: &Snapshot) -> Vec<String> {
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    let kinds = kinds(&words, snapshot);
    let told: Vec<(usize, usize)> = kinds.iter().filter_map(|kind| told_of(&words, *kind)).collect();
    // Of kinds that are all told of none is less meant than the others.
    if told.is_empty() || told.len() == kinds.len() {
        return Vec::new();
    }
    let mut left_out = Vec::with_capacity(told.len());
    for (from, to) in told.into_iter().rev() {
        left_out.push(words[from..to].join(" "));
        tokens.drain(from..to);
    }
    left_out
}

/// Where kinds of care are named, from word to word.
fn kinds(words: &[String], snapshot: &Snapshot) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < words.len() {
        let phrase = snapshot.lexicon.specialties.longest_prefix(&words[at..]);
        let taken = phrase.map_or(0, |(_, taken)| taken);
        if taken > 0 {
            found.push((at, at + taken));
        }
        at += taken.max(1);
    }
    found
}

/// From where to where a kind of care is only told of, with the words before it that say so.
fn told_of(words: &[String], (from, to): (usize, usize)) -> Option<(usize, usize)> {
    let behind = &words[to..];
    let between = words[..from].iter().rev();
    let between = between.take_while(|word| BETWEEN.contains(&word.as_str())).count();
    let before = &words[..from - between];
    let leads = |phrase: &&&[&str]| {
        before.len() >= phrase.len() && super::starts_with(&before[before.len() - phrase.len()..], phrase)
    };
    if let Some(lead) = BEFORE.iter().find(leads) {
        return Some((before.len() - lead.len(), to));
    }
    let is_had = before.last().is_some_and(|word| word == "have");
    // `neurologist recommended by my family doctor`: what is asked for.
    let by = |phrase: &[&str]| behind.get(phrase.len()).is_some_and(|word| word == "by");
    let said = BEHIND
        .iter()
        .any(|phrase| super::starts_with(behind, phrase) && (phrase[0] != BUT || is_had) && !by(phrase));
    said.then_some((from, to))
}
