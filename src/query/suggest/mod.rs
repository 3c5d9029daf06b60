//! Completions while somebody types, each of a type: specialty, language, place, network, plan, provider, organisation.

mod payers;

use std::{collections::BTreeSet, sync::Arc};

use tantivy::{DocSet, TERMINATED, Term};

use super::{Error, lists::Lists};
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
    names::Which,
    overlay::Changed,
    record::Record,
    segment::Living,
};
use crate::vocab::{
    Lexicon,
    names::{TITLES, fold, words},
    place::Place,
    terms::ProviderKind,
};
use serde::Serialize;

/// With a place, so many of the best names are ordered by distance.
const NEARBY: usize = 200;
/// From so many letters on a completion may have a typo.
const SHORTEST_MISSPELT: usize = 4;
/// Most corrections that are tried.
const MOST_CORRECTIONS: usize = 3;
/// In longer texts no more words before the last one are corrected.
const MOST_WHOLE: usize = 5;
/// Behind these a place is named.
const LEADS: &[&str] = &["in", "near", "around"];
/// Most phrases that are offered.
const MOST_PHRASES: usize = 8;
/// Of so many, the shortest ones, those are left that mean something else each.
const MOST_PHRASES_READ: usize = 32;
/// Ends of words for people.
const PERSONS: &[&str] = &["ist", "ician", "surgeon"];
/// A phrase of the vocabulary counts like so many people.
const PHRASE_WEIGHT: u64 = 50;

/// Completions, best first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Suggestions {
    /// One for each thing that could be meant.
    pub suggestions: Vec<Suggestion>,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// `specialty`, `condition`, `language`, `place`, `network`, `plan`, `provider`, `organization`.
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

/// Completes a text. The last word may be unfinished; earlier words stand whole.
pub fn suggest(snapshot: &Arc<Snapshot>, q: &str, near: Option<&Place>, limit: usize) -> Result<Suggestions, Error> {
    let words = words(q);
    if words.is_empty() {
        return Ok(Suggestions::default());
    }
    if let [typed] = words.as_slice()
        && let Some((from, to)) = npis_of(typed)
    {
        // Digits are a ZIP or the beginning of an NPI, and perhaps of a name ("24 Hour Care").
        let mut suggestions = places(snapshot, &words);
        suggestions.extend(numbered(snapshot, from, to, limit)?);
        suggestions.extend(names(snapshot, &words, near, limit, limit)?);
        return Ok(Suggestions {
            suggestions: each_once(suggestions, limit),
        });
    }
    let mut lists = completions(snapshot, &words, near, limit)?;
    let mut typed = &words;
    let corrected: Vec<Vec<String>>;
    if lists.iter().all(Vec::is_empty) {
        corrected = [misspelt(snapshot, &words), misspelt_before(snapshot, &words)].concat();
        for words in &corrected {
            typed = words;
            lists = completions(snapshot, words, near, limit)?;
            if lists.iter().any(|list| !list.is_empty()) {
                break;
            }
        }
    }
    // A bit of everything first, then whatever there is more of: vocabulary, places, names.
    let share = share(limit);
    let mut all: Vec<Suggestion> = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    for list in &mut lists {
        all.extend(list.drain(..share.min(list.len())));
    }
    all.extend(lists.into_iter().rev().flatten());
    let mut chosen = each_once(all, limit);
    for suggestion in &mut chosen {
        suggestion.highlights = highlights(&suggestion.text, typed);
    }
    Ok(Suggestions { suggestions: chosen })
}

/// How many of each kind come first.
fn share(limit: usize) -> usize {
    (limit / 3).max(1)
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
fn completions(
    snapshot: &Snapshot,
    words: &[String],
    near: Option<&Place>,
    limit: usize,
) -> Result<Vec<Vec<Suggestion>>, Error> {
    let (terms, places) = (terms(snapshot, words), places(snapshot, words));
    let payers = payers::payers(snapshot, words);
    let share = share(limit);
    // Of the names no more are written out than there will be room for.
    let lists = [&terms, &payers, &places];
    let taken: usize = lists.into_iter().map(|list| list.len().min(share)).sum();
    let room = limit.saturating_sub(taken);
    let names = names(snapshot, untitled(words), near, limit, room)?;
    Ok(vec![terms, payers, places, names])
}

/// `dr sm`: the name behind a title.
fn untitled(words: &[String]) -> &[String] {
    match words {
        [title, name @ ..] if !name.is_empty() && TITLES.contains(&title.as_str()) => name,
        _ => words,
    }
}

/// The words with another last one, which is one edit from what was typed: what most phrases and names begin with first.
fn misspelt(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let Some((last, whole)) = words.split_last() else {
        return Vec::new();
    };
    if last.len() < SHORTEST_MISSPELT || !last.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut found: Vec<(u64, String)> = Vec::new();
    for variant in variants(last) {
        let in_names = snapshot.segments.iter().map(|living| {
            let fields = living.segment.fields();
            let edge = &variant[..variant.len().min(fields.edge_length)];
            // A segment that cannot be read has none; the search itself will say why.
            u64::from(living.segment.doc_freq(fields.edge, edge).unwrap_or(0))
        });
        let names: u64 = in_names.sum();
        let phrases = snapshot.lexicon.specialties.complete(&variant, 8).len() as u64;
        if names + phrases > 0 {
            // A word of the vocabulary is likelier meant than a name that many bear.
            found.push((phrases * PHRASE_WEIGHT + names, variant));
        }
    }
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.truncate(MOST_CORRECTIONS);
    let with = |last: String| whole.iter().cloned().chain([last]).collect();
    found.into_iter().map(|(_, last)| with(last)).collect()
}

/// The words with one of those before the last corrected: `gonzalex mar` may be a Gonzalez, `hart doc` a heart doctor.
fn misspelt_before(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for at in 0..words.len().min(MOST_WHOLE).saturating_sub(1) {
        let word = words[at].as_str();
        if word.len() < SHORTEST_MISSPELT || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            continue;
        }
        let mut of_phrases = snapshot.lexicon.words.at_one_edit(word);
        of_phrases.sort_by_key(|near| std::cmp::Reverse(near.bearers));
        let of_phrases = of_phrases.into_iter().map(|near| near.text.to_owned());
        let of_phrases = of_phrases.take(MOST_CORRECTIONS);
        let of_names = super::spelling::near_words(snapshot, word)
            .into_iter()
            .take(MOST_CORRECTIONS);
        found.extend(of_phrases.chain(of_names).map(|better| {
            let mut words = words.to_vec();
            words[at] = better;
            words
        }));
    }
    found
}

/// Every text at one edit from a word of ASCII letters.
fn variants(word: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for at in 0..=word.len() {
        let (head, tail) = word.split_at(at);
        for letter in 'a'..='z' {
            all.insert(format!("{head}{letter}{tail}"));
            if let Some(rest) = tail.get(1..) {
                all.insert(format!("{head}{letter}{rest}"));
            }
        }
        if let Some(rest) = tail.get(1..) {
            all.insert(format!("{head}{rest}"));
        }
        if let (Some(first), Some(second), Some(rest)) = (tail.get(..1), tail.get(1..2), tail.get(2..)) {
            all.insert(format!("{head}{second}{first}{rest}"));
        }
    }
    all.remove(word);
    all
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

/// The NPIs that begin with these digits: from the first to before the second.
fn npis_of(typed: &str) -> Option<(u64, u64)> {
    if typed.len() > 10 || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = 10_u64.pow(10 - typed.len() as u32);
    let number: u64 = typed.parse().ok()?;
    Some((number * rest, (number + 1) * rest))
}

/// Providers by number, the smallest NPI first.
fn numbered(snapshot: &Snapshot, from: u64, to: u64, limit: usize) -> Result<Vec<Suggestion>, Error> {
    let mut found: Vec<Record<'_>> = Vec::new();
    for living in &snapshot.segments {
        let segment = &living.segment;
        let providers = living.providers_between(segment.fields().npi, from, to, limit)?;
        let locations = providers.into_iter().filter_map(|p| segment.locations_of(p).first());
        found.extend(locations.map(|location| segment.record(*location)));
    }
    let changed = snapshot.changed_providers().filter(|changed| !changed.is_empty());
    let changed = changed.map(|changed| changed.record(0));
    found.extend(changed.filter(|record| record.npi.is_some_and(|npi| (from..to).contains(&npi))));
    found.sort_by_key(|record| record.npi);
    found.truncate(limit);
    Ok(found.iter().map(|record| of_record(snapshot, record, None)).collect())
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

/// Specialties and languages.
fn terms(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let lexicon = &snapshot.lexicon;
    let prefix = words.join(" ");
    let mut found = Vec::new();
    for (phrase, codes) in phrases(lexicon, &prefix) {
        let term = codes.first().and_then(|code| lexicon.specialties.get(code));
        let detail = term.map(|term| term.name.clone());
        found.push(Suggestion {
            detail,
            ..plain(kind_of(lexicon, phrase), phrase.to_owned(), codes.first().cloned())
        });
    }
    let languages = lexicon
        .languages
        .iter()
        .filter(|language| begins_with(&language.name, &prefix));
    found.extend(
        languages
            .take(3)
            .map(|l| plain("language", l.name.clone(), Some(l.code.clone()))),
    );
    found
}

fn kind_of(lexicon: &Lexicon, phrase: &str) -> &'static str {
    if lexicon.specialties.is_condition(phrase) {
        "condition"
    } else {
        "specialty"
    }
}

/// Phrases that begin so, one for what means the same: whoever types `pedi` is rather offered `pediatrician` than `pediatric`,
/// `pediatrics` and `pediatria`.
fn phrases<'l>(lexicon: &'l Lexicon, prefix: &str) -> Vec<(&'l str, &'l [String])> {
    let display = |codes: &[String]| {
        let term = codes.first().and_then(|code| lexicon.specialties.get(code));
        term.map(|term| fold(&term.name)).unwrap_or_default()
    };
    let rank = |phrase: &str, codes: &[String]| {
        let any = ["physician", "specialist"].iter().any(|end| phrase.ends_with(end));
        let person = !any && PERSONS.iter().any(|end| phrase.ends_with(end));
        (!person, !display(codes).starts_with(phrase))
    };
    let mut kept: Vec<(&str, &[String])> = Vec::with_capacity(MOST_PHRASES);
    for (phrase, codes) in lexicon.specialties.complete(prefix, MOST_PHRASES_READ) {
        let is_same =
            |known: &&mut (&str, &[String])| known.1 == codes && kind_of(lexicon, known.0) == kind_of(lexicon, phrase);
        match kept.iter_mut().find(is_same) {
            Some(known) if rank(phrase, codes) < rank(known.0, codes) => known.0 = phrase,
            Some(_) => {}
            None => kept.push((phrase, codes)),
        }
    }
    kept.truncate(MOST_PHRASES);
    kept
}

/// Whether a name begins with a folded prefix, in any case.
fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Places that the words begin, or those behind `in`: `dentist in ho`.
fn places(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let gazetteer = &snapshot.lexicon.gazetteer;
    let led = words.iter().rposition(|word| LEADS.contains(&word.as_str()));
    let from = led.map_or(0, |at| at + 1);
    let typed = &words[from..];
    if typed.is_empty() {
        return Vec::new();
    }
    let before = words[..from].iter().fold(String::new(), |text, word| text + word + " ");
    let zip = gazetteer.postal_code(&typed[0]).filter(|_| typed.len() == 1);
    let places = zip.into_iter().chain(gazetteer.complete(&typed.join(" "), 5));
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

/// Providers whose names have all whole words and a word that begins with the last one; best rank first. With a place,
/// the nearest of the [`NEARBY`] best ones. Only for `room` there will be room, unless some look alike.
fn names(
    snapshot: &Snapshot,
    words: &[String],
    near: Option<&Place>,
    limit: usize,
    room: usize,
) -> Result<Vec<Suggestion>, Error> {
    let Some((last, whole)) = words.split_last() else {
        return Ok(Vec::new());
    };
    let origin = near.map(|place| Origin::new(place.point));
    let enough = if origin.is_some() { NEARBY.max(limit) } else { limit };
    let mut found: Vec<Named<'_>> = Vec::new();
    for living in &snapshot.segments {
        in_segment(living, whole, last, enough, &mut found)?;
    }
    for (overlay, number) in snapshot.overlays().into_iter().flat_map(|overlay| {
        let changed: Vec<u32> = match whole.first() {
            None => overlay.with_beginning(last).collect(),
            Some(first) => overlay.bearers(first).collect(),
        };
        changed.into_iter().map(move |number| (overlay, number))
    }) {
        let changed = &overlay.list[number as usize];
        let spellings = changed.spellings.all();
        let has_whole = whole.iter().all(|word| spellings.binary_search(word).is_ok());
        if has_whole && spellings.iter().any(|word| word.starts_with(last.as_str())) {
            let id = changed.change.provider_id().0.as_u128();
            found.push(Named {
                rank: changed.rank,
                id,
                source: Bytes::Overlay(changed),
            });
        }
    }
    found.sort_by_key(|named| (named.rank, named.id));
    found.dedup_by_key(|named| named.id);
    found.truncate(enough);
    let mut found: Vec<Read<'_>> = found.into_iter().map(Named::read).collect();
    if let Some(origin) = origin {
        for named in &mut found {
            named.miles = named.record.point().map(|point| origin.km(point) / KM_PER_MILE);
        }
        found.sort_by(|a, b| {
            a.miles
                .unwrap_or(f64::MAX)
                .total_cmp(&b.miles.unwrap_or(f64::MAX))
                .then(a.id.cmp(&b.id))
        });
    }
    found.truncate(limit);
    if found.iter().all(|named| named.record.npi.is_some()) {
        found.truncate(room);
    }
    Ok(found
        .iter()
        .map(|named| of_record(snapshot, &named.record, named.miles))
        .collect())
}

/// Somebody who may be suggested; the record is read only of the best.
struct Named<'s> {
    rank: u64,
    id: u128,
    source: Bytes<'s>,
}

impl<'s> Named<'s> {
    fn read(self) -> Read<'s> {
        Read {
            id: self.id,
            record: self.source.record(),
            miles: None,
        }
    }
}

/// Where a record is.
enum Bytes<'s> {
    Segment(&'s Living, u32),
    Overlay(&'s Changed),
}

impl<'s> Bytes<'s> {
    fn record(&self) -> Record<'s> {
        match self {
            Self::Segment(living, location) => living.segment.record(*location),
            Self::Overlay(changed) => changed.record(0),
        }
    }
}

struct Read<'s> {
    id: u128,
    record: Record<'s>,
    miles: Option<f64>,
}

/// Adds the best providers of a segment: they stand in rank order, so the first ones are the best ones.
fn in_segment<'s>(
    living: &'s Living,
    whole: &[String],
    last: &str,
    enough: usize,
    found: &mut Vec<Named<'s>>,
) -> Result<(), Error> {
    let segment = &living.segment;
    let fields = segment.fields();
    let edge = &last[..last.len().min(fields.edge_length)];
    let Some(edges) = segment.postings(fields.edge, &Term::from_field_text(fields.edge, edge))? else {
        return Ok(());
    };
    // The edges are those of all names; whole words stand in the current ones or, where there are others, in any.
    let streams: &[_] = if whole.is_empty() {
        &[None]
    } else {
        &[Some(Which::Current), Some(Which::Any)]
    };
    for which in streams {
        let mut lists = match which {
            None => None,
            Some(which) => match Lists::open(segment.names(), *which, whole) {
                None => continue,
                lists => lists,
            },
        };
        let (mut edges, mut from, mut taken) = (edges.clone(), 0, 0);
        while taken < enough {
            if let Some(lists) = &mut lists {
                match lists.next(from) {
                    Some(provider) => from = provider,
                    None => break,
                }
            }
            let provider = if edges.doc() < from {
                edges.seek(from)
            } else {
                edges.doc()
            };
            if provider == TERMINATED {
                break;
            }
            if lists.is_some() && provider != from {
                from = provider;
                continue;
            }
            from = provider + 1;
            if living.is_alive(provider)
                && let Some(location) = segment.locations_of(provider).first()
                && (last.len() <= fields.edge_length || begins(&segment.record(*location), last))
            {
                found.push(Named {
                    rank: segment.rank(provider),
                    id: segment.provider_id(provider),
                    source: Bytes::Segment(living, *location),
                });
                taken += 1;
            }
        }
    }
    Ok(())
}

/// Whether a word of some name begins with a prefix longer than the edges of the index.
fn begins(record: &Record<'_>, prefix: &str) -> bool {
    record.words.split(' ').any(|word| word.starts_with(prefix))
        || record
            .other_names
            .iter()
            .any(|name| words(name).iter().any(|word| word.starts_with(prefix)))
}

fn of_record(snapshot: &Snapshot, record: &Record<'_>, miles: Option<f64>) -> Suggestion {
    let specialty = record
        .specialties
        .first()
        .and_then(|code| snapshot.lexicon.specialties.get(code));
    let place = record.place.as_ref();
    let city = place.and_then(|p| Some(format!("{}, {}", p.city?, p.state?)));
    let detail: Vec<String> = specialty
        .map(|term| term.name.clone())
        .into_iter()
        .chain(city)
        .collect();
    Suggestion {
        kind: if record.kind == ProviderKind::Individual {
            "provider"
        } else {
            "organization"
        },
        text: record.name.to_owned(),
        value: record.npi.map(|npi| format!("{npi:010}")),
        detail: Some(detail.join(" · ")).filter(|d| !d.is_empty()),
        distance_miles: miles.map(|miles| (miles * 100.0).round() / 100.0),
        highlights: Vec::new(),
    }
}
