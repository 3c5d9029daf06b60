//! `dr` as a noun: `knee dr houston tx`, `need a dr tampa`, `drs fort worth`. Before a name it is a title; behind a kind of care or
//! a word that describes a doctor, and before a town, it is written for `doctor`, and is read so.

use std::cell::LazyCell;

use super::cities::PREPOSITIONS;
use super::places;
use crate::index::Snapshot;
use crate::query::{changed::is_listed, spelling};
use crate::vocab::names::Token;

/// Words that describe a doctor who is not known yet.
const DESCRIBING: &[&str] = &[
    "a",
    "another",
    "any",
    "best",
    "cheap",
    "closest",
    "decent",
    "different",
    "female",
    "good",
    "great",
    "lady",
    "local",
    "male",
    "man",
    "nearest",
    "new",
    "nice",
    "old",
    "older",
    "other",
    "some",
    "top",
    "un",
    "una",
    "woman",
    "young",
    "younger",
];
/// Those of whoever has one already: only before a town and its state.
const OWN: &[&str] = &["her", "his", "my", "our", "their", "your"];
/// Those of a woman: whoever is a `lady doctor` may be one of any kind.
const WOMEN: &[&str] = &["female", "lady", "woman", "women"];
/// Longest phrase of a kind of care before it.
const MOST_BEFORE: usize = 3;
/// So many people has a town of several words that is meant by its name alone.
const TOWN: u32 = 1_000;
/// And of one word, which nobody is called.
const KNOWN_TOWN: u32 = 20_000;

/// What stands behind such a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    /// A town with its state.
    Stated,
    /// A town by its name alone.
    Bare,
    /// Anything else.
    Other,
}

/// Writes `dr` out where it is no title.
pub(super) fn settle(tokens: &mut [Token], snapshot: &Snapshot) {
    let is_short = |token: &Token| matches!(token.word.as_str(), "dr" | "drs" | "doc" | "docs" | "specialist");
    if tokens.len() < 2 || !tokens.iter().any(is_short) {
        return;
    }
    let words: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
    for (at, token) in tokens.iter_mut().enumerate() {
        if is_short(token)
            && let Some(noun) = noun(&words, at, snapshot)
        {
            noun.clone_into(&mut token.word);
        }
    }
}

/// What is written for such a word where it is no title: a word that makes a phrase with those before it only if somebody is for
/// that kind of care.
fn noun(words: &[String], at: usize, snapshot: &Snapshot) -> Option<&'static str> {
    let lexicon = &snapshot.lexicon;
    let starts = at.saturating_sub(MOST_BEFORE)..at;
    let taken = |from: usize, words: &[String]| {
        lexicon
            .specialties
            .longest_prefix(&words[from..])
            .map(|(_, taken)| taken)
    };
    // `eye dr`: a phrase as it is.
    if starts
        .clone()
        .any(|from| taken(from, words).is_some_and(|taken| from + taken > at))
    {
        return None;
    }
    let title = matches!(words[at].as_str(), "dr" | "drs");
    let behind = LazyCell::new(|| behind(words, at + 1, snapshot));
    // `womens dr`, as `womens doctor`; but `pediatric dr smith` is a person.
    let person = || {
        let next = words.get(at + 1);
        title
            && *behind == Behind::Other
            && next.is_some_and(|next| {
                !lexicon.everyday.is_filler(next) && spelling::is_borne_by_person(snapshot, &[next.as_str()])
            })
    };
    let of_trade = at > 0 && is_trade(&words[at - 1]);
    let somebody = |codes: &[String]| codes.iter().any(|code| is_listed(snapshot, code));
    // A phrase with `doctor`, and whether anybody is for it.
    let phrase = |from: usize| {
        let mut written = words[from..at].to_vec();
        written.push("doctor".to_owned());
        let (codes, taken) = lexicon.specialties.longest_prefix(&written)?;
        (taken == written.len()).then(|| somebody(codes))
    };
    let phrase = starts.clone().find_map(phrase);
    let many = words[at].ends_with("rs") || words[at] == "docs";
    let unread = || starts.clone().all(|from| taken(from, &words[..at]).is_none());
    let noun = match phrase {
        Some(false) if !unread() => "physician",
        _ if many => "doctors",
        _ => "doctor",
    };
    let before = at.checked_sub(1).map(|before| words[before].as_str());
    // `lady dr`: who she is, and not of what.
    let woman = before.is_some_and(|before| WOMEN.contains(&before));
    let said = phrase == Some(true) || (phrase.is_some() && unread());
    if said && !of_trade && !woman && !person() && (words[at] != "specialist" || unread()) {
        return Some(noun);
    }
    let Some(before) = before.filter(|_| title) else {
        return (words[at] == "drs" && *behind == Behind::Stated).then_some(noun);
    };
    // `cardiologist dr houston tx`: who that is.
    let of_care = || !of_trade && starts.clone().any(|from| taken(from, &words[..at]) == Some(at - from));
    let spoken = || lexicon.languages.longest_prefix(&words[at - 1..at]).is_some();
    let own = OWN.contains(&before);
    let noun = if woman { "physician" } else { noun };
    let described = own || DESCRIBING.contains(&before) || of_care() || spoken();
    let town = || *behind == Behind::Stated || (*behind == Behind::Bare && !own);
    (described && town()).then_some(noun)
}

/// Whether a word is for a kind of person by itself: `cardiologist`, `pediatrician`, `nurse`.
fn is_trade(word: &str) -> bool {
    let long = word.len() > 6
        && ["ist", "ists", "ian", "ians"]
            .iter()
            .any(|ending| word.ends_with(ending));
    long || matches!(
        word,
        "doctor" | "nurse" | "surgeon" | "therapist" | "chiropractor" | "midwife"
    )
}

fn behind(words: &[String], from: usize, snapshot: &Snapshot) -> Behind {
    let lexicon = &snapshot.lexicon;
    let gazetteer = &lexicon.gazetteer;
    let rest = words.get(from..).unwrap_or_default();
    let Some(first) = rest.first() else {
        return Behind::Other;
    };
    if gazetteer.postal_code(first).is_some() {
        return Behind::Stated;
    }
    if lexicon.everyday.is_filler(first) {
        return Behind::Other;
    }
    let lengths = || (1..=rest.len().min(places::MOST_WORDS)).rev();
    let stated = |length: usize| {
        let code = rest.get(length)?;
        let goes_on = PREPOSITIONS.contains(&code.as_str()) && length + 1 < rest.len();
        let state = gazetteer.state(code).filter(|_| !goes_on)?;
        let name = rest[..length].join(" ");
        gazetteer.city(&name, &state.state).or_else(|| {
            let borne = || spelling::is_borne_by_person(snapshot, &rest[..length]);
            let like = (length < 4)
                .then(|| gazetteer.like(&name, Some(&state.state)))
                .flatten();
            like.filter(|_| !borne())
        })
    };
    if lengths().any(|length| stated(length).is_some()) {
        return Behind::Stated;
    }
    let ends = |length: usize| {
        rest.get(length).is_none_or(|next| {
            lexicon.everyday.is_filler(next)
                || gazetteer.postal_code(next).is_some()
                || lexicon.specialties.longest_prefix(&rest[length..]).is_some()
                || lexicon.languages.longest_prefix(&rest[length..]).is_some()
        })
    };
    let bare = |length: usize| {
        let name = rest[..length].join(" ");
        let person = || spelling::is_borne_by_person(snapshot, &rest[..length]);
        let people = if length > 1 { TOWN } else { KNOWN_TOWN };
        let state = name.len() > 3 && gazetteer.is_state(&name);
        gazetteer.is_great_city(&name)
            || (length == 1 && gazetteer.is_short(&name))
            || ((state || gazetteer.is_town(&name, people)) && !person())
    };
    if lengths().any(|length| ends(length) && bare(length)) {
        return Behind::Bare;
    }
    Behind::Other
}
