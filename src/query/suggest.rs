//! Completions while somebody types, each of a type: specialty, language, place, provider, organisation.

use std::{collections::BTreeSet, sync::Arc};

use serde::Serialize;
use tantivy::{DocSet, TERMINATED, Term, schema::IndexRecordOption};

use super::Error;
use crate::{
    index::{
        Snapshot,
        geometry::{KM_PER_MILE, Origin},
        record::Record,
        segment::Living,
    },
    vocab::{names::words, place::Place, terms::ProviderKind},
};

/// Rows of postings looked at for one completion of names, at most.
const MOST_LOOKED_AT: usize = 20_000;

/// Completions, best first.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Suggestions {
    /// One for each thing that could be meant.
    pub suggestions: Vec<Suggestion>,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// `specialty`, `language`, `place`, `provider`, `organization`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What to show, and what to put into the box.
    pub text: String,
    /// NUCC code, language code, or NPI; what the parameter of that type takes.
    pub value: Option<String>,
    /// More for the eye: specialty and city of a provider.
    pub detail: Option<String>,
    /// From the place asked for.
    pub distance_miles: Option<f64>,
}

/// Completes a text. The last word may be unfinished; earlier words stand whole.
pub fn suggest(snapshot: &Arc<Snapshot>, q: &str, near: Option<&Place>, limit: usize) -> Result<Suggestions, Error> {
    let words = words(q);
    if words.is_empty() {
        return Ok(Suggestions::default());
    }
    let mut lists = vec![
        terms(snapshot, &words),
        places(snapshot, &words),
        names(snapshot, &words, near, limit)?,
    ];
    // A bit of everything first, then whatever there is more of: vocabulary, places, names.
    let share = (limit / lists.len()).max(1);
    let mut chosen: Vec<Suggestion> = lists
        .iter_mut()
        .flat_map(|list| list.drain(..share.min(list.len())).collect::<Vec<_>>())
        .collect();
    chosen.extend(lists.into_iter().rev().flatten());
    let mut seen = BTreeSet::new();
    chosen.retain(|s| seen.insert((s.kind, s.text.clone(), s.value.clone())));
    chosen.truncate(limit);
    Ok(Suggestions { suggestions: chosen })
}

fn plain(kind: &'static str, text: String, value: Option<String>) -> Suggestion {
    Suggestion {
        kind,
        text,
        value,
        detail: None,
        distance_miles: None,
    }
}

/// Specialties and languages.
fn terms(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let lexicon = &snapshot.lexicon;
    let prefix = words.join(" ");
    let mut found = Vec::new();
    for (phrase, codes) in lexicon.specialties.complete(&prefix, 8) {
        let term = codes.first().and_then(|code| lexicon.specialties.get(code));
        let detail = term.map(|term| term.name.clone());
        found.push(Suggestion {
            detail,
            ..plain("specialty", phrase.to_owned(), codes.first().cloned())
        });
    }
    let languages = lexicon
        .languages
        .iter()
        .filter(|language| language.name.to_lowercase().starts_with(&prefix));
    found.extend(
        languages
            .take(3)
            .map(|l| plain("language", l.name.clone(), Some(l.code.clone()))),
    );
    found
}

fn places(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let gazetteer = &snapshot.lexicon.gazetteer;
    let zip = gazetteer.postal_code(&words[0]).filter(|_| words.len() == 1);
    let places = zip.into_iter().chain(gazetteer.complete(&words.join(" "), 5));
    places
        .map(|place| plain("place", place.label, place.postal_code))
        .collect()
}

/// Providers whose name has all whole words and a word that begins with the last one; best rank first, or nearest.
fn names(snapshot: &Snapshot, words: &[String], near: Option<&Place>, limit: usize) -> Result<Vec<Suggestion>, Error> {
    let Some((last, whole)) = words.split_last() else {
        return Ok(Vec::new());
    };
    let origin = near.map(|place| Origin::new(place.point));
    let mut found: Vec<(u64, u128, Suggestion)> = Vec::new();
    let mut keep = |rank: u64, record: Record<'_>| {
        let measure = origin
            .zip(record.point())
            .map(|(origin, point)| origin.km(point) / KM_PER_MILE);
        let key = measure.map_or(rank, |miles| (miles * 1000.0) as u64);
        let at = found.partition_point(|(k, id, _)| (*k, *id) <= (key, record.provider));
        if at < limit {
            found.insert(at, (key, record.provider, of_record(snapshot, &record, measure)));
            found.truncate(limit);
        }
    };
    for living in &snapshot.segments {
        for_each_named(
            living,
            whole,
            last,
            |provider| {
                if let Some(location) = living.segment.locations_of(provider).first() {
                    keep(living.segment.rank(provider), living.segment.record(*location));
                }
                // Providers come in rank order: without a place the first ones are the best ones.
                origin.is_some()
            },
            limit,
        )?;
    }
    for changed in snapshot.overlay.iter().filter(|changed| !changed.is_empty()) {
        let spellings = if changed.spellings.any.is_empty() {
            &changed.spellings.current
        } else {
            &changed.spellings.any
        };
        let has_whole = whole.iter().all(|word| spellings.binary_search(word).is_ok());
        if has_whole && spellings.iter().any(|word| word.starts_with(last.as_str())) {
            keep(changed.rank, changed.record(0));
        }
    }
    Ok(found.into_iter().map(|(_, _, suggestion)| suggestion).collect())
}

/// Calls `visit` with living providers in rank order; `visit` answers whether more than `enough` are wanted.
fn for_each_named(
    living: &Living,
    whole: &[String],
    last: &str,
    mut visit: impl FnMut(u32) -> bool,
    enough: usize,
) -> Result<(), Error> {
    let segment = &living.segment;
    let fields = segment.fields();
    let edge: String = last.chars().take(fields.edge_length).collect();
    let index = segment.reader().inverted_index(fields.edge)?;
    let term = Term::from_field_text(fields.edge, &edge);
    let postings = index
        .read_postings(&term, IndexRecordOption::Basic)
        .map_err(tantivy::TantivyError::from)?;
    let Some(mut postings) = postings else {
        return Ok(());
    };
    let mut visited = 0;
    let mut doc = postings.doc();
    for _ in 0..MOST_LOOKED_AT {
        if doc == TERMINATED || doc >= segment.contents().providers {
            break;
        }
        if living.is_alive(doc) && named(living, doc, whole, last) {
            visited += 1;
            if !visit(doc) && visited >= enough {
                break;
            }
        }
        doc = postings.advance();
    }
    Ok(())
}

/// Whether a provider's names have all whole words, and one that begins with the last.
fn named(living: &Living, provider: u32, whole: &[String], last: &str) -> bool {
    let Some(location) = living.segment.locations_of(provider).first() else {
        return false;
    };
    let record = living.segment.record(*location);
    let others: Vec<String> = record.other_names.iter().flat_map(|name| words(name)).collect();
    let all = || record.words.split(' ').chain(others.iter().map(String::as_str));
    whole.iter().all(|word| all().any(|w| w == word)) && all().any(|w| w.starts_with(last))
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
    }
}
