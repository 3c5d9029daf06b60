//! Makes the directory file of a segment when tantivy writes or merges the segment, so that both live and die together.
//!
//! The stored documents are already on disk in their final order when a plugin's turn comes; everything is derived from
//! them in one pass, which makes writing and merging the same thing.

use std::{any::Any, io, sync::Arc};

use rustc_hash::FxHashMap;
use tantivy::{
    DocId, Segment, TantivyDocument, TantivyError,
    directory::TerminatingWrite,
    index::SegmentComponent,
    indexer::doc_id_mapping::DocIdMapping,
    plugin::{PluginMergeContext, PluginWriter, PluginWriterContext, SegmentPlugin},
    schema::{Field, Schema, Value, document::ErasedDocument},
    store::StoreReader,
};

use super::{
    document::Stored,
    hilbert,
    layout::{Contents, PackedSpan, SectionWriter, Span, SpecialtySpan, VERSION, VisitorSpan},
    record::Record,
    tree::{self, Entry, Masks, flag},
    visitors::{self, Visitor},
};
use crate::vocab::place::Point;
use crate::vocab::terms::{Accepting, NetworkStatus};

/// The file's extension.
pub const EXTENSION: &str = "directory";

/// Networks and languages beyond these many share the last bit of their mask.
pub const OWN_BITS: usize = 63;
/// Networks beyond these many share the last bit of the accepting mask.
pub const OWN_ACCEPTING_BITS: usize = 31;

/// The component of a segment that holds the file.
pub fn component() -> SegmentComponent {
    SegmentComponent::Custom(EXTENSION.to_owned())
}

/// Registered with every index.
pub struct DirectoryPlugin {
    /// The stored field that holds the records.
    pub stored: Field,
}

impl SegmentPlugin for DirectoryPlugin {
    fn extensions(&self) -> &[&str] {
        &[EXTENSION]
    }

    fn create_writer(&self, _: &PluginWriterContext<'_>) -> tantivy::Result<Box<dyn PluginWriter>> {
        Ok(Box::new(AtTheEnd { stored: self.stored }))
    }

    fn merge(&self, context: PluginMergeContext<'_>) -> tantivy::Result<()> {
        write(context.target_segment, self.stored)
    }
}

/// Collects nothing while documents come; derives all when the segment is closed.
struct AtTheEnd {
    stored: Field,
}

impl PluginWriter for AtTheEnd {
    fn add_document(&mut self, _: DocId, _: &dyn ErasedDocument, _: &Schema) -> tantivy::Result<()> {
        Ok(())
    }

    fn serialize(self: Box<Self>, segment: &Segment, _: Option<&DocIdMapping>) -> tantivy::Result<()> {
        write(segment, self.stored)
    }

    fn mem_usage(&self) -> usize {
        0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// What one pass over the stored documents gathers.
#[derive(Default)]
struct Gathered {
    record_starts: Vec<u64>,
    provider_ids: Vec<[u64; 2]>,
    provider_ranks: Vec<u64>,
    provider_numbers: FxHashMap<(u128, u64), u32>,
    entries: Vec<Entry>,
    unplaced: Vec<Entry>,
    ordinals: Vec<u16>,
    specialties: FxHashMap<String, Vec<u32>>,
    networks: Numbers<u128>,
    languages: Numbers<String>,
}

/// Numbers values in the order in which they are first met.
#[derive(Default)]
struct Numbers<T> {
    by_value: FxHashMap<T, usize>,
    values: Vec<T>,
}

impl<T: Clone + Eq + std::hash::Hash> Numbers<T> {
    fn bit<Q>(&mut self, value: &Q) -> usize
    where
        T: std::borrow::Borrow<Q>,
        Q: Eq + std::hash::Hash + ToOwned<Owned = T> + ?Sized,
    {
        match self.by_value.get(value) {
            Some(number) => *number,
            None => {
                self.by_value.insert(value.to_owned(), self.values.len());
                self.values.push(value.to_owned());
                self.values.len() - 1
            }
        }
    }
}

fn write(segment: &Segment, stored: Field) -> tantivy::Result<()> {
    let store = StoreReader::open(segment.open_read(SegmentComponent::Store)?, 1)?;
    let mut out = SectionWriter::new(io::BufWriter::with_capacity(1 << 20, segment.open_write(component())?));
    let records_start = out.start()?;
    let mut gathered = Gathered::default();
    for document in store.iter::<TantivyDocument>(None) {
        let document = document?;
        let bytes = document
            .get_first(stored)
            .and_then(|value| value.as_bytes())
            .ok_or_else(|| broken("no record"))?;
        match Stored::read(bytes).ok_or_else(|| broken("an unreadable record"))? {
            Stored::Provider { id, rank, stamp } => gathered.provider(id, rank, stamp),
            Stored::Location {
                stamp,
                record: record_bytes,
            } => {
                gathered.record_starts.push(out.position() - records_start);
                out.append(record_bytes)?;
                let record = Record::from_bytes(record_bytes).ok_or_else(|| broken("an unreadable record"))?;
                gathered.location(&record, stamp)?;
            }
        }
    }
    let records = Span {
        start: records_start,
        length: out.position() - records_start,
    };
    gathered.record_starts.push(records.length);
    let contents = gathered.write(&mut out, records)?;
    out.finish(&contents)?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .terminate()?;
    Ok(())
}

fn broken(what: &str) -> TantivyError {
    TantivyError::DataCorruption(tantivy::error::DataCorruption::comment_only(format!(
        "a stored document has {what}"
    )))
}

impl Gathered {
    fn provider(&mut self, id: u128, rank: u64, stamp: u64) {
        self.provider_numbers
            .insert((id, stamp), self.provider_ids.len() as u32);
        self.provider_ids.push([(id >> 64) as u64, id as u64]);
        self.provider_ranks.push(rank);
    }

    /// Providers come before all locations in the order of a segment, so their numbers are known by now.
    fn location(&mut self, record: &Record<'_>, stamp: u64) -> tantivy::Result<()> {
        let provider = *self
            .provider_numbers
            .get(&(record.provider, stamp))
            .ok_or_else(|| broken("a location without its provider"))?;
        let location = (self.entries.len() + self.unplaced.len()) as u32;
        let masks = self.masks(record);
        self.ordinals.push(record.ordinal);
        for code in record.specialties.iter() {
            match self.specialties.get_mut(code) {
                Some(locations) => locations.push(location),
                None => {
                    self.specialties.insert(code.to_owned(), vec![location]);
                }
            }
        }
        match record.point() {
            Some(point) => self.entries.push(Entry {
                lat_e7: point.lat_e7,
                lon_e7: point.lon_e7,
                location,
                provider,
                masks,
            }),
            None => self.unplaced.push(Entry {
                lat_e7: i32::MIN,
                lon_e7: i32::MIN,
                location,
                provider,
                masks,
            }),
        }
        Ok(())
    }

    fn masks(&mut self, record: &Record<'_>) -> Masks {
        let mut masks = Masks::default();
        for network in record.networks.iter().filter(|n| n.status == NetworkStatus::Active) {
            let number = self.networks.bit(&network.id);
            masks.networks |= 1 << number.min(OWN_BITS);
            if network.accepting == Some(Accepting::New) {
                masks.accepting |= 1 << number.min(OWN_ACCEPTING_BITS);
            }
        }
        for language in record.languages.iter() {
            masks.languages |= 1 << self.languages.bit(language).min(OWN_BITS);
        }
        masks.flags = flags(record);
        masks
    }

    fn write<W: io::Write>(mut self, out: &mut SectionWriter<W>, records: Span) -> tantivy::Result<Contents> {
        let ids = &self.provider_ids;
        // Documents of one point come in any order; in a tree they lie by provider, so that ties are cut short.
        self.entries.sort_by_cached_key(|entry| {
            (
                hilbert::key(entry.point()),
                ids[entry.provider as usize],
                entry.location,
            )
        });
        let homes = homes(&mut self.entries, ids.len(), &self.ordinals);
        let nodes = tree::build(&self.entries);
        let homes = Homes {
            visits: visits(&self.entries, ids.len()),
            points: homes,
        };
        let visitors = write_visitors(out, &self.entries, &homes)?;
        let placed = self.entries.len() as u32;
        let mut all = std::mem::take(&mut self.entries);
        all.append(&mut self.unplaced);
        let mut entry_of_location = vec![0u32; all.len()];
        for (number, entry) in all.iter().enumerate() {
            entry_of_location[entry.location as usize] = number as u32;
        }
        let (location_starts, provider_locations) = by_provider(&all, ids.len(), &self.ordinals);
        Ok(Contents {
            version: VERSION,
            providers: ids.len() as u32,
            locations: all.len() as u32,
            placed,
            records,
            record_starts: out.section(&self.record_starts)?,
            entries: out.section(&all)?,
            entry_of_location: out.section(&entry_of_location)?,
            provider_ids: out.section(ids)?,
            provider_ranks: out.section(&self.provider_ranks)?,
            location_starts: out.section(&location_starts)?,
            provider_locations: out.section(&provider_locations)?,
            nodes: out.section(&nodes)?,
            visitors,
            specialties: specialty_trees(out, self.specialties, &all, &entry_of_location, placed, &homes)?,
            networks: self.networks.values,
            languages: self.languages.values,
        })
    }
}

/// The locations of each provider, by provider number: where they start, and they themselves, the main one first.
fn by_provider(entries: &[Entry], providers: usize, ordinals: &[u16]) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; providers + 1];
    for entry in entries {
        starts[entry.provider as usize + 1] += 1;
    }
    for i in 0..providers {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut locations = vec![0u32; entries.len()];
    for entry in entries {
        let at = &mut next[entry.provider as usize];
        locations[*at as usize] = entry.location;
        *at += 1;
    }
    for span in starts.windows(2) {
        locations[span[0] as usize..span[1] as usize].sort_by_key(|location| (ordinals[*location as usize], *location));
    }
    (starts, locations)
}

/// Marks each provider's home among the entries: the first of its locations that has a point. The homes by provider.
fn homes(entries: &mut [Entry], providers: usize, ordinals: &[u16]) -> Vec<Point> {
    let mut first: Vec<Option<(u16, u32)>> = vec![None; providers];
    for (number, entry) in entries.iter().enumerate() {
        let found = (ordinals[entry.location as usize], number as u32);
        let home = &mut first[entry.provider as usize];
        *home = Some(home.map_or(found, |known| known.min(found)));
    }
    let nowhere = Point { lat_e7: 0, lon_e7: 0 };
    let mut homes = vec![nowhere; providers];
    for (provider, home) in first.into_iter().enumerate() {
        if let Some((_, number)) = home {
            let entry = &mut entries[number as usize];
            entry.masks.flags |= flag::HOME;
            homes[provider] = entry.point();
        }
    }
    homes
}

/// By provider: where its home is, and how many of its locations with a point are elsewhere.
struct Homes {
    points: Vec<Point>,
    visits: Vec<u16>,
}

fn visits(entries: &[Entry], providers: usize) -> Vec<u16> {
    let mut visits = vec![0u16; providers];
    for entry in entries.iter().filter(|entry| entry.masks.flags & flag::HOME == 0) {
        let visits = &mut visits[entry.provider as usize];
        *visits = visits.saturating_add(1);
    }
    visits
}

/// A provider has the same specialties at all its locations, so its visitors are all in a tree or none.
fn write_visitors<W: io::Write>(
    out: &mut SectionWriter<W>,
    entries: &[Entry],
    homes: &Homes,
) -> io::Result<VisitorSpan> {
    let away = entries.iter().filter(|entry| entry.masks.flags & flag::HOME == 0);
    let (lone, several): (Vec<&Entry>, Vec<&Entry>) =
        away.partition(|entry| homes.visits[entry.provider as usize] == 1);
    Ok(VisitorSpan {
        lone: write_packed(out, &lone, homes)?,
        several: write_packed(out, &several, homes)?,
    })
}

fn write_packed<W: io::Write>(out: &mut SectionWriter<W>, away: &[&Entry], homes: &Homes) -> io::Result<PackedSpan> {
    let mut visitors: Vec<Visitor> = away
        .iter()
        .map(|entry| {
            let home = homes.points[entry.provider as usize];
            Visitor {
                lat_e7: entry.lat_e7,
                lon_e7: entry.lon_e7,
                home_lat_e7: home.lat_e7,
                home_lon_e7: home.lon_e7,
                provider: entry.provider,
            }
        })
        .collect();
    visitors::order(&mut visitors);
    Ok(PackedSpan {
        visitors: out.section(&visitors)?,
        nodes: out.section(&visitors::build(&visitors))?,
    })
}

fn specialty_trees<W: io::Write>(
    out: &mut SectionWriter<W>,
    specialties: FxHashMap<String, Vec<u32>>,
    all: &[Entry],
    entry_of_location: &[u32],
    placed: u32,
    homes: &Homes,
) -> io::Result<Vec<SpecialtySpan>> {
    let mut specialties: Vec<_> = specialties.into_iter().collect();
    specialties.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut spans = Vec::with_capacity(specialties.len());
    for (code, locations) in specialties {
        let mut numbers: Vec<u32> = locations
            .into_iter()
            .map(|location| entry_of_location[location as usize])
            .collect();
        numbers.sort_unstable();
        let in_tree = numbers.partition_point(|number| *number < placed);
        let entries: Vec<Entry> = numbers.into_iter().map(|number| all[number as usize]).collect();
        let mut providers: Vec<u32> = entries.iter().map(|entry| entry.provider).collect();
        providers.sort_unstable();
        providers.dedup();
        spans.push(SpecialtySpan {
            code,
            placed: in_tree as u32,
            providers: out.section(&providers)?,
            nodes: out.section(&tree::build(&entries[..in_tree]))?,
            visitors: write_visitors(out, &entries[..in_tree], homes)?,
            entries: out.section(&entries)?,
        });
    }
    Ok(spans)
}

/// The flags of a record.
pub fn flags(record: &Record<'_>) -> u32 {
    let mut flags = flag::status(record.status) | flag::gender(record.gender) | flag::kind(record.kind);
    match record.accepting() {
        Some(true) => flags |= flag::ACCEPTING,
        Some(false) => flags |= flag::NOT_ACCEPTING,
        None => {}
    }
    if record.locations > 1 {
        flags |= flag::SEVERAL;
    }
    if !record.other_names.is_empty() {
        flags |= flag::OTHER_NAMES;
    }
    match &record.place {
        Some(place) => {
            flags |= if place.telehealth {
                flag::TELEHEALTH
            } else {
                flag::NO_TELEHEALTH
            };
            flags |= u32::from(place.accessibility) << flag::ACCESSIBILITY;
        }
        None => flags |= flag::NO_TELEHEALTH,
    }
    flags
}

/// The plugin, ready to be registered.
pub fn plugin(stored: Field) -> Arc<dyn SegmentPlugin> {
    Arc::new(DirectoryPlugin { stored })
}
