//! Completions while somebody types, each of a type: specialty, language, place, provider, organisation.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Error,
    matches::{in_field, while_in_all},
};
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
    overlay::initial_of,
    record::Record,
    segment::Living,
};
use crate::vocab::{names::words, place::Place, terms::ProviderKind};
use serde::Serialize;

/// With a place, so many of the best names are ordered by distance.
const NEARBY: usize = 200;

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
    if let [typed] = words.as_slice()
        && let Some((from, to)) = npis_of(typed)
    {
        // Digits are a ZIP or the beginning of an NPI, and perhaps of a name ("24 Hour Care").
        let mut suggestions = places(snapshot, &words);
        suggestions.extend(numbered(snapshot, from, to, limit)?);
        suggestions.extend(names(snapshot, &words, near, limit)?);
        let mut seen = BTreeSet::new();
        suggestions.retain(|s| seen.insert((s.kind, s.text.clone(), s.value.clone())));
        suggestions.truncate(limit);
        return Ok(Suggestions { suggestions });
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
    let overlay = &snapshot.overlay;
    let changed = overlay.list.iter().filter(|changed| !changed.is_empty());
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

/// Providers whose names have all whole words and a word that begins with the last one; best rank first. With a place,
/// the nearest of the [`NEARBY`] best ones.
fn names(snapshot: &Snapshot, words: &[String], near: Option<&Place>, limit: usize) -> Result<Vec<Suggestion>, Error> {
    let Some((last, whole)) = words.split_last() else {
        return Ok(Vec::new());
    };
    let origin = near.map(|place| Origin::new(place.point));
    let enough = if origin.is_some() { NEARBY.max(limit) } else { limit };
    let mut found: Vec<Named<'_>> = Vec::new();
    for living in &snapshot.segments {
        in_segment(living, whole, last, enough, &mut found)?;
    }
    let initials = words.iter().fold(0, |bits, word| bits | initial_of(word));
    let overlay = &snapshot.overlay;
    for row in overlay
        .rows
        .iter()
        .filter(|row| row.number == 0 && row.initials & initials == initials)
    {
        let changed = &overlay.list[row.changed as usize];
        let spellings = if changed.spellings.any.is_empty() {
            &changed.spellings.current
        } else {
            &changed.spellings.any
        };
        let has_whole = whole.iter().all(|word| spellings.binary_search(word).is_ok());
        if has_whole && spellings.iter().any(|word| word.starts_with(last.as_str())) {
            let id = changed.change.provider_id().0.as_u128();
            found.push(Named {
                rank: changed.rank,
                id,
                record: changed.record(0),
                miles: None,
            });
        }
    }
    found.sort_by_key(|named| (named.rank, named.id));
    found.dedup_by_key(|named| named.id);
    found.truncate(enough);
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
    Ok(found
        .iter()
        .take(limit)
        .map(|named| of_record(snapshot, &named.record, named.miles))
        .collect())
}

struct Named<'s> {
    rank: u64,
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
    // The edges are those of all names; whole words stand in the one field or, where there are other names, in the other.
    let streams: &[_] = if whole.is_empty() {
        &[fields.edge]
    } else {
        &[fields.name, fields.any_name]
    };
    for field in streams {
        let mut terms = in_field(*field, whole);
        terms.push((fields.edge, edge));
        let mut taken = 0;
        while_in_all(segment, &terms, |provider| {
            if living.is_alive(provider)
                && let Some(location) = segment.locations_of(provider).first()
            {
                let record = segment.record(*location);
                if last.len() <= fields.edge_length || begins(&record, last) {
                    found.push(Named {
                        rank: segment.rank(provider),
                        id: record.provider,
                        record,
                        miles: None,
                    });
                    taken += 1;
                }
            }
            taken < enough
        })?;
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
    }
}
