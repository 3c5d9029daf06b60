//! Completions while somebody types, each of a type: specialty, language, wish, place, network, plan, provider, organisation.

mod misspelt;
mod payers;
mod people;
mod phrases;
mod sentences;
mod slips;
mod wishes;

use std::sync::Arc;

use serde::Serialize;

pub use misspelt::MOST_LOOKUPS;

use super::Error;
use crate::index::Snapshot;
use crate::vocab::{
    names::{TITLES, words},
    place::Place,
};

/// Behind these a place is named.
const LEADS: &[&str] = &["in", "near", "around"];

/// Of so many names that begin like a letter with an apostrophe those are offered that are written so.
const MOST_OF_A_LETTER: usize = 64;

/// Completions, best first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Suggestions {
    /// One for each thing that could be meant.
    pub suggestions: Vec<Suggestion>,
    /// How many texts were looked up to correct the one that was typed: at most [`MOST_LOOKUPS`].
    #[serde(skip)]
    pub lookups: usize,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// `specialty`, `condition`, `language`, `wish`, `place`, `network`, `plan`, `provider`, `organization`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What to show, and what to put into the box.
    pub text: String,
    /// NUCC code, language code, id of a network or plan, or NPI; what the parameter of that type takes.
    pub value: Option<String>,
    /// More for the eye: specialty and city of a provider.
    pub detail: Option<String>,
    /// From the place asked for.
    pub distance_miles: Option<f64>,
    /// Which characters of the text were typed: from, and up to but not including.
    pub highlights: Vec<(usize, usize)>,
}

/// Completions of one kind after the other: vocabulary, payers, places, names.
type Lists = Vec<Vec<Suggestion>>;

/// Completes a text. The last word may be unfinished; earlier words stand whole.
pub fn suggest(snapshot: &Arc<Snapshot>, q: &str, near: Option<&Place>, limit: usize) -> Result<Suggestions, Error> {
    let mut words = words(q);
    // `npi 21714`
    if words.len() > 1 && words[0] == "npi" {
        words.remove(0);
    }
    if words.is_empty() {
        return Ok(Suggestions::default());
    }
    if let Some(phone) = telephone(&words) {
        let suggestions = people::reached(snapshot, &phone, limit)?;
        if !suggestions.is_empty() {
            return Ok(Suggestions {
                suggestions,
                lookups: 0,
            });
        }
    }
    if let [typed] = words.as_slice()
        && let Some((from, to)) = people::npis_of(typed)
    {
        // Digits are a ZIP or the beginning of an NPI, and perhaps of a name ("24 Hour Care").
        let mut suggestions = places(snapshot, &words);
        suggestions.extend(people::numbered(snapshot, from, to, limit)?);
        suggestions.extend(people::names(snapshot, &words, near, limit, limit)?);
        return Ok(Suggestions {
            suggestions: each_once(suggestions, limit),
            lookups: 0,
        });
    }
    let mut lists = completions(snapshot, &words, near, limit)?;
    // `o'b`: nothing but somebody's name begins so.
    if is_of_name(q) && lists.last().is_some_and(|names| !names.is_empty()) {
        let mut names = people::names(snapshot, untitled(&words), near, MOST_OF_A_LETTER, MOST_OF_A_LETTER)?;
        names.retain(|named| named.kind == "provider");
        names.sort_by_key(|named| !is_of_name(&named.text));
        lists = vec![Vec::new(), Vec::new(), Vec::new(), names];
    }
    let (mut meant, mut lookups) = (None, 0);
    if lists.iter().all(Vec::is_empty) {
        lists = sentences::completions(snapshot, &words);
    }
    if lists.iter().all(Vec::is_empty) && !sentences::is_whole(&words) {
        let budget = misspelt::Budget::new();
        if let Some((corrected, found)) = corrected(snapshot, &words, near, limit, &budget)? {
            (meant, lists) = (Some(corrected), found);
        }
        lookups = budget.spent();
    }
    let typed = meant.as_ref().unwrap_or(&words);
    // A bit of everything first, then whatever there is more of: vocabulary, places, names.
    let mut all: Vec<Suggestion> = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    for (list, share) in lists.iter_mut().zip(shares(limit)) {
        all.extend(list.drain(..share.min(list.len())));
    }
    all.extend(lists.into_iter().rev().flatten());
    let mut chosen = each_once(all, limit);
    for suggestion in &mut chosen {
        suggestion.highlights = highlights(&suggestion.text, typed);
    }
    Ok(Suggestions {
        suggestions: chosen,
        lookups,
    })
}

/// The words with a typo less, and what they complete to. Each way of correcting costs more than the one before, and is gone only
/// where that one leads nowhere.
fn corrected(
    snapshot: &Snapshot,
    words: &[String],
    near: Option<&Place>,
    limit: usize,
    budget: &misspelt::Budget,
) -> Result<Option<(Vec<String>, Lists)>, Error> {
    for way in [misspelt::last, misspelt::before_last, misspelt::together] {
        budget.begin();
        let meant = way(snapshot, words, budget);
        budget.begin();
        for meant in meant {
            if !budget.take() {
                break;
            }
            let lists = completions(snapshot, &meant, near, limit)?;
            if lists.iter().any(|list| !list.is_empty()) {
                return Ok(Some((meant, lists)));
            }
        }
    }
    Ok(None)
}

/// How many come first of the vocabulary, of payers, of places and of names: `psych` may be three trades.
fn shares(limit: usize) -> [usize; 4] {
    [limit * 2 / 5, limit / 5, limit / 5, limit / 4].map(|share| share.max(1))
}

/// The first ones, without those that are there already.
fn each_once(suggestions: Vec<Suggestion>, limit: usize) -> Vec<Suggestion> {
    let mut kept: Vec<Suggestion> = Vec::with_capacity(limit);
    for new in suggestions {
        if kept.len() == limit {
            break;
        }
        let is_same = |s: &Suggestion| (s.kind, &s.text, &s.value) == (new.kind, &new.text, &new.value);
        if !kept.iter().any(is_same) {
            kept.push(new);
        }
    }
    kept
}

/// Vocabulary, places and names that the words begin.
fn completions(snapshot: &Snapshot, words: &[String], near: Option<&Place>, limit: usize) -> Result<Lists, Error> {
    let (terms, places) = (phrases::terms(snapshot, words), places(snapshot, words));
    let payers = payers::payers(snapshot, words);
    // Of the names no more are written out than there will be room for.
    let lists = [&terms, &payers, &places].into_iter().zip(shares(limit));
    let taken: usize = lists.map(|(list, share)| list.len().min(share)).sum();
    let room = limit.saturating_sub(taken);
    let names = people::names(snapshot, untitled(words), near, limit, room)?;
    Ok(vec![terms, payers, places, names])
}

/// The ten digits of a telephone number, however they are grouped: `(713) 555-0103`, `1 713 555 0103`.
fn telephone(words: &[String]) -> Option<String> {
    let digits = words.iter().map(String::len).sum::<usize>();
    if !(10..=11).contains(&digits) || !words.iter().all(|word| word.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let all = words.concat();
    match all.strip_prefix('1') {
        Some(phone) if digits == 11 => Some(phone.to_owned()),
        _ => (digits == 10).then_some(all),
    }
}

/// Whether a text begins a word with a letter and an apostrophe, as names do: `o'b`, `d'an`.
fn is_of_name(q: &str) -> bool {
    q.split([' ', '-']).any(|word| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_alphabetic) && matches!(letters.next(), Some('\'' | '\u{2019}'))
    })
}

/// `dr sm`: the name behind a title.
fn untitled(words: &[String]) -> &[String] {
    match words {
        [title, name @ ..] if !name.is_empty() && TITLES.contains(&title.as_str()) => name,
        _ => words,
    }
}

/// Where words of a text begin with what was typed, in characters.
fn highlights(text: &str, typed: &[String]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| c.is_whitespace() || c == '-') {
        let length = if word.is_ascii() {
            word.len()
        } else {
            word.chars().count()
        };
        let folded = Folded::of(word);
        let begun = typed.iter().filter(|typed| folded.starts_with(typed)).map(String::len);
        if let Some(longest) = begun.max() {
            // Letters that fold to none or several: the whole word.
            let plain = word.bytes().all(|b| b.is_ascii_alphanumeric());
            found.push((at, at + if plain { longest } else { length }));
        }
        at += length + 1;
    }
    found
}

/// A word as it is compared.
enum Folded<'t> {
    /// Only its letters and digits count, in any case.
    Ascii(&'t str),
    Other(String),
}

impl<'t> Folded<'t> {
    fn of(word: &'t str) -> Self {
        if word.is_ascii() {
            Self::Ascii(word)
        } else {
            Self::Other(words(word).concat())
        }
    }

    fn starts_with(&self, typed: &str) -> bool {
        match self {
            Self::Ascii(word) => {
                let mut letters = word.bytes().filter(u8::is_ascii_alphanumeric);
                typed
                    .bytes()
                    .all(|b| letters.next().is_some_and(|own| own.to_ascii_lowercase() == b))
            }
            Self::Other(word) => word.starts_with(typed),
        }
    }
}

fn plain(kind: &'static str, text: String, value: Option<String>) -> Suggestion {
    Suggestion {
        kind,
        text,
        value,
        detail: None,
        distance_miles: None,
        highlights: Vec::new(),
    }
}

/// Places that the words begin, or those behind `in`: `dentist in ho`.
fn places(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let led = words.iter().rposition(|word| LEADS.contains(&word.as_str()));
    let from = led.map_or(0, |at| at + 1);
    let typed = &words[from..];
    // `near me` is where somebody is.
    if typed.is_empty() || (led.is_some() && matches!(typed, [me] if me == "me" || me == "m")) {
        return Vec::new();
    }
    let before = words[..from].iter().fold(String::new(), |text, word| text + word + " ");
    let places = sentences::places(snapshot, typed).into_iter();
    places
        .map(|place| {
            plain(
                "place",
                before.clone() + &place.label,
                place.postal_code.filter(|_| from == 0),
            )
        })
        .collect()
}
