//! Providers whose names or numbers begin so.

use std::collections::HashSet;

use tantivy::{DocSet, TERMINATED, Term};

use super::Suggestion;
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
    living::Living,
    names::Which,
    overlay::Changed,
    record::Record,
    segment::Segment,
    snapshot::Found,
};
use crate::query::{
    Error, by_key,
    candidates::{Block, Candidates, Directory, Near},
    lists::Lists,
    request::Key,
};
use crate::vocab::{
    Npi,
    keys::key,
    names::words,
    place::{Place, Point},
    terms::ProviderKind,
};

/// With a place, so many of the best names are ordered by distance.
const NEARBY: usize = 200;

/// The NPIs that begin with these digits: from the first to before the second.
pub(super) fn npis_of(typed: &str) -> Option<(u64, u64)> {
    if typed.len() > 10 || !typed.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = 10_u64.pow(10 - typed.len() as u32);
    let number: u64 = typed.parse().ok()?;
    Some((number * rest, (number + 1) * rest))
}

/// Providers by number, the smallest NPI first.
pub(super) fn numbered(snapshot: &Snapshot, from: u64, to: u64, limit: usize) -> Result<Vec<Suggestion>, Error> {
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
    let mut suggested: Vec<_> = found.iter().map(|record| of_record(snapshot, record, None)).collect();
    // Who had such a number once has another now; who stands there already, by that one, stands there once.
    let mut known: HashSet<u64> = found.iter().filter_map(|record| record.npi).collect();
    let former = snapshot.former.between(from, to).filter(|(_, now)| known.insert(*now));
    for (_, now) in former.take(limit - suggested.len()) {
        let Ok(now) = Npi::from_number(now) else { continue };
        let record = match by_key::find(snapshot, &Key::Npi(now))? {
            Some(Found::InSegment(living, provider)) => {
                let segment = &living.segment;
                segment.locations_of(provider).first().map(|at| segment.record(*at))
            }
            Some(Found::InOverlay(changed)) => Some(changed.record(0)).filter(|_| !changed.is_empty()),
            None => None,
        };
        suggested.extend(record.map(|record| of_record(snapshot, &record, None)));
    }
    Ok(suggested)
}

/// Those whom a telephone number of ten digits reaches, the smallest NPI first.
pub(super) fn reached(snapshot: &Snapshot, phone: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
    let mut found = Candidates::default();
    let block = vec![Block::Key(key::phone(phone))];
    Directory::of(snapshot).find(block, &Near::default(), &mut found)?;
    let all = found.in_order().into_iter();
    let mut records: Vec<&Record<'_>> = all.map(|candidate| &candidate.records[0]).collect();
    records.sort_by_key(|record| record.npi);
    records.truncate(limit);
    Ok(records
        .into_iter()
        .map(|record| of_record(snapshot, record, None))
        .collect())
}

/// Providers whose names have all whole words and a word that begins with the last one; best rank first. With a place,
/// the nearest of the [`NEARBY`] best ones. Only for `room` there will be room, unless some look alike.
pub(super) fn names(
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
                miles: None,
            });
        }
    }
    found.sort_by_key(|named| (named.rank, named.id));
    found.dedup_by_key(|named| named.id);
    found.truncate(enough);
    if let Some(origin) = origin {
        for named in &mut found {
            named.miles = named.source.point().map(|point| origin.km(point) / KM_PER_MILE);
        }
        found.sort_by(|a, b| {
            a.miles
                .unwrap_or(f64::MAX)
                .total_cmp(&b.miles.unwrap_or(f64::MAX))
                .then(a.id.cmp(&b.id))
        });
    }
    found.truncate(limit);
    let records = found.iter().map(|named| (named.source.record(), named.miles));
    let mut records: Vec<(Record<'_>, Option<f64>)> = records.collect();
    if records.iter().all(|(record, _)| record.npi.is_some()) {
        records.truncate(room);
    }
    let shown = records
        .iter()
        .map(|(record, miles)| of_record(snapshot, record, *miles));
    Ok(shown.collect())
}

/// Somebody who may be suggested; the record is read only of the best.
struct Named<'s> {
    rank: u64,
    id: u128,
    source: Bytes<'s>,
    miles: Option<f64>,
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

    fn point(&self) -> Option<Point> {
        match self {
            Self::Segment(living, location) => {
                let entry = living.segment.entry(*location);
                entry.is_placed().then(|| entry.point())
            }
            Self::Overlay(changed) => changed.entries().first()?.point,
        }
    }
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
        let (mut edges, mut from, mut taken) = (edges.clone(), 0, Vec::new());
        while taken.len() < enough {
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
            if living.is_alive(provider) && (last.len() <= fields.edge_length || bears(segment, provider, last)) {
                taken.push(provider);
            }
        }
        segment.fetch_providers(&taken);
        let named = |provider: u32| {
            Some(Named {
                rank: segment.rank(provider),
                id: segment.provider_id(provider),
                source: Bytes::Segment(living, *segment.locations_of(provider).first()?),
                miles: None,
            })
        };
        found.extend(taken.into_iter().filter_map(named));
    }
    Ok(())
}

/// Whether a word of some name begins with a prefix longer than the edges of the index.
fn bears(segment: &Segment, provider: u32, prefix: &str) -> bool {
    let Some(location) = segment.locations_of(provider).first() else {
        return false;
    };
    let record = segment.record(*location);
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
