//! Names that are written together: `drdavidpena`, `drlawlermd`, `www.drward.com`, `actonclinicallaboratories`. They are parted
//! where somebody bears the parts together.

use super::places;
use crate::index::Snapshot;
use crate::query::spelling::{self, Known};
use crate::vocab::names::{CREDENTIALS, Token};

/// Shorter words are hardly two names.
const SHORTEST: usize = 7;
/// Shorter ones are hardly a house's whole name.
const SHORTEST_HOUSE: usize = 12;
/// Longer ones are no name.
const LONGEST: usize = 48;
/// Fewest letters of a part of a person's name.
const SHORTEST_PART: usize = 2;
/// Most words of a house that are written together.
const MOST_PARTS: usize = 6;
/// How addresses of pages end.
const ENDS: &[&str] = &["com", "org", "net"];

/// Parts what is written together.
pub(super) fn part(tokens: &mut Vec<Token>, snapshot: &Snapshot) {
    let mut at = 0;
    while at < tokens.len() {
        let parts = may_be_glued(&tokens[at].word, snapshot)
            .then(|| parts(&tokens[at].word, snapshot))
            .flatten();
        let Some(parts) = parts else {
            at += 1;
            continue;
        };
        let token = tokens[at].clone();
        let count = parts.len();
        let mut start = token.start;
        let written = parts.into_iter().enumerate().map(|(number, word)| {
            // Signs may stand between the letters, so where a part ends is only near.
            let end = if number + 1 == count {
                token.end
            } else {
                (start + word.len()).min(token.end)
            };
            let part = Token { word, start, end };
            start = end.min(token.end.saturating_sub(1));
            part
        });
        let written: Vec<Token> = written.collect();
        tokens.splice(at..=at, written);
        at += count;
    }
}

fn may_be_glued(word: &str, snapshot: &Snapshot) -> bool {
    let lexicon = &snapshot.lexicon;
    (SHORTEST..=LONGEST).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase())
        && lexicon.words.bearers(word) == 0
        && !lexicon.everyday.is_filler(word)
        && !lexicon.everyday.is_ordinary(word)
        && Known::of(snapshot).bearers(word) == 0
        && !lexicon.gazetteer.is_state(word)
        && !places::is_city(&lexicon.gazetteer, word)
}

/// The words that are written together in one.
fn parts(word: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    let page = word.strip_prefix("www").filter(|page| page.len() > ENDS[0].len());
    let name = page.map_or(word, |page| {
        let end = ENDS.iter().find_map(|end| page.strip_suffix(end));
        end.unwrap_or(page)
    });
    if let Some(titled) = name.strip_prefix("dr").filter(|titled| titled.len() > SHORTEST_PART) {
        let bare = CREDENTIALS.iter().filter_map(|end| titled.strip_suffix(end));
        let found = std::iter::once(titled)
            .chain(bare)
            .find_map(|name| person(name, snapshot));
        if let Some(mut found) = found {
            found.insert(0, "dr".to_owned());
            return Some(found);
        }
    }
    if page.is_some() && spelling::is_borne(snapshot, &[name]) {
        return Some(vec![name.to_owned()]);
    }
    let bare = CREDENTIALS.iter().filter_map(|end| name.strip_suffix(end));
    let person = std::iter::once(name)
        .chain(bare)
        .find_map(|name| two_of_person(name, snapshot));
    person.or_else(|| house(name, snapshot))
}

/// A surname, or a given name and a surname.
fn person(name: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    if name.len() > SHORTEST_PART && spelling::is_borne_by_person(snapshot, &[name]) {
        return Some(vec![name.to_owned()]);
    }
    two_of_person(name, snapshot)
}

/// Two names that somebody bears together, of which the most bear one: `davidpena` is no `dav idpena`.
fn two_of_person(name: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    let known = Known::of(snapshot);
    let cuts = SHORTEST_PART..name.len().saturating_sub(SHORTEST_PART - 1);
    let mut pairs: Vec<(u32, &str, &str)> = cuts
        .filter_map(|cut| {
            let (given, surname) = name.split_at(cut);
            let rarest = match known.bearers(given) {
                0 => 0,
                bearers => bearers.min(known.bearers(surname)),
            };
            (rarest > 0).then_some((rarest, given, surname))
        })
        .collect();
    pairs.sort_by(|a, b| b.cmp(a));
    let (_, given, surname) = pairs
        .into_iter()
        .find(|(_, given, surname)| spelling::is_borne_by_person(snapshot, &[*given, *surname]))?;
    Some(vec![given.to_owned(), surname.to_owned()])
}

/// The fewest words of names that one is made of, if a house bears them all.
fn house(name: &str, snapshot: &Snapshot) -> Option<Vec<String>> {
    if name.len() < SHORTEST_HOUSE {
        return None;
    }
    let known = Known::of(snapshot);
    // The fewest parts up to each letter, and where the last of them begins.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; name.len() + 1];
    best[0] = Some((0, 0));
    for end in SHORTEST_PART..=name.len() {
        for start in 0..=end - SHORTEST_PART {
            let Some((parts, _)) = best[start].filter(|(parts, _)| *parts < MOST_PARTS) else {
                continue;
            };
            let fewer = best[end].is_none_or(|(fewest, _)| parts + 1 < fewest);
            if fewer && known.bearers(&name[start..end]) > 0 {
                best[end] = Some((parts + 1, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = name.len();
    while end > 0 {
        let (_, start) = best[end]?;
        parts.push(name[start..end].to_owned());
        end = start;
    }
    parts.reverse();
    (parts.len() > 1 && spelling::is_borne(snapshot, &parts)).then_some(parts)
}
