//! Makes the directory file of a segment when tantivy writes or merges the segment, so that both live and die together.
//!
//! The stored documents are already on disk in their final order when a plugin's turn comes; everything is derived from
//! them in one pass, which makes writing and merging the same thing.

use std::{any::Any, io, sync::Arc};

use rustc_hash::FxHashMap;
use tantivy::{
    Directory, DocId, Segment, TantivyDocument, TantivyError,
    directory::{TerminatingWrite, error::DeleteError},
    index::SegmentComponent,
    indexer::doc_id_mapping::DocIdMapping,
    plugin::{PluginMergeContext, PluginWriter, PluginWriterContext, SegmentPlugin},
    schema::{Field, Schema, Value, document::ErasedDocument},
    store::StoreReader,
};

use super::{
    document::Stored,
    everything::Everything,
    hilbert,
    layout::{self, ColumnSpan, Contents, OrderSpan, SectionWriter, SiteSpan, Span, SpecialtySpan, TableSpan, VERSION},
    orders::{Orders, ranks},
    pages::HugeWriter,
    provider_rows,
    record::Record,
    sites,
    tree::{self, Entry, Masks, flag},
    week,
};
use crate::vocab::{
    names::fold,
    terms::{Accepting, NetworkStatus, Profession},
};

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
    orders: Orders,
    cities: Column,
    states: Column,
    categories: Column,
    weeks: Column,
}

/// A text of each location, in their order.
#[derive(Default)]
struct Column {
    texts: Numbers<String>,
    numbers: Vec<u32>,
}

impl Column {
    fn add(&mut self, text: Option<&str>) {
        let number = text.map_or(u32::MAX, |text| self.texts.bit(text) as u32);
        self.numbers.push(number);
    }

    /// Sorts the dictionary, so that a value is found in it by halving.
    fn sort(&mut self) {
        let mut sorted: Vec<(String, usize)> = std::mem::take(&mut self.texts.by_value).into_iter().collect();
        sorted.sort_unstable();
        let mut places = vec![0; sorted.len()];
        for (place, (_, number)) in (0..).zip(&sorted) {
            places[*number] = place;
        }
        for number in &mut self.numbers {
            *number = places.get(*number as usize).copied().unwrap_or(u32::MAX);
        }
        self.texts.values = sorted.into_iter().map(|(value, _)| value).collect();
    }

    fn write<W: io::Write>(self, out: &mut SectionWriter<W>) -> io::Result<ColumnSpan> {
        let mut column = ColumnSpan {
            values: self.texts.values,
            numbers: Span::default(),
        };
        column.numbers = if column.is_narrow() {
            let narrow = |number: &u32| u16::try_from(*number).unwrap_or(u16::MAX);
            out.section(&self.numbers.iter().map(narrow).collect::<Vec<_>>())?
        } else {
            out.section(&self.numbers)?
        };
        Ok(column)
    }
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
    let mut out = SectionWriter::new(HugeWriter::new(segment.open_write(component())?));
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
    out.finish(&contents)?.finish()?.terminate()?;
    Ok(())
}

/// Derives the file of a segment anew where another version of the layout has written it, or where a crash while that was
/// done has left none.
///
/// # Errors
/// If the documents of the segment cannot be read, or the file not be written.
pub fn renew(segment: &Segment, stored: Field) -> tantivy::Result<()> {
    let file = segment
        .open_read(component())
        .ok()
        .and_then(|file| file.read_bytes().ok());
    let version = file.as_deref().and_then(layout::version);
    drop(file);
    if version == Some(VERSION) {
        return Ok(());
    }
    tracing::info!(?version, segment = %segment.id(), "another version wrote what lies beside a segment: deriving it anew");
    let path = segment.relative_path(component());
    match segment.index().directory().delete(&path) {
        Ok(()) | Err(DeleteError::FileDoesNotExist(_)) => {}
        Err(error) => return Err(TantivyError::SystemError(error.to_string())),
    }
    write(segment, stored)
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
        if record.ordinal == 0 {
            self.orders.add(provider, record);
        }
        let place = record.place.as_ref();
        let folded = |text: Option<&str>| text.map(fold).filter(|text| !text.is_empty());
        self.cities.add(folded(place.and_then(|place| place.city)).as_deref());
        self.states.add(folded(place.and_then(|place| place.state)).as_deref());
        self.categories.add(Some(record.category));
        let week = place.and_then(|place| week::write(place.time_zone, place.hours));
        self.weeks.add(week.as_deref());
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
        mark_homes(&mut self.entries, ids.len(), &self.ordinals);
        let nodes = tree::build(&self.entries);
        let places = sites::Building::over(&self.entries, ids.len());
        let (sites, table) = write_sites(out, &places, &self.entries)?;
        let placed = self.entries.len() as u32;
        let mut all = std::mem::take(&mut self.entries);
        all.append(&mut self.unplaced);
        let mut entry_of_location = vec![0u32; all.len()];
        for (number, entry) in all.iter().enumerate() {
            entry_of_location[entry.location as usize] = number as u32;
        }
        let (location_starts, provider_locations) = by_provider(&all, ids.len(), &self.ordinals);
        let (specialties, members) = specialty_trees(out, self.specialties, &all, &entry_of_location, placed, &places)?;
        let (specialty_starts, provider_specialties) = by_member(&members, ids.len());
        let mut columns = [&mut self.cities, &mut self.states, &mut self.categories];
        columns.iter_mut().for_each(|column| column.sort());
        self.weeks.sort();
        let of_provider = |span: &[u32]| {
            let locations = provider_locations[span[0] as usize..span[1] as usize].iter();
            locations.map(|location| entry_of_location[*location as usize])
        };
        let everything = Everything::of(
            &all,
            location_starts.windows(2).map(of_provider),
            columns.map(|column| (column.numbers.as_slice(), column.texts.values.len())),
        );
        let (provider_rows, location_lists) =
            provider_rows::of(ids, &self.provider_ranks, &location_starts, &provider_locations);
        let near: Result<Vec<u32>, _> = self.record_starts.iter().map(|start| u32::try_from(*start)).collect();
        Ok(Contents {
            version: VERSION,
            providers: ids.len() as u32,
            locations: all.len() as u32,
            placed,
            records,
            record_starts: match near {
                Ok(near) => out.section(&near)?,
                Err(_) => out.section(&self.record_starts)?,
            },
            entries: out.section(&all)?,
            entry_of_location: out.section(&entry_of_location)?,
            provider_rows: out.section(&provider_rows)?,
            location_lists: out.section(&location_lists)?,
            nodes: out.section(&nodes)?,
            sites,
            table,
            single: out.section(&single_bits(&all))?,
            names: write_order(out, &self.orders.by_name(ids))?,
            days: write_order(out, &self.orders.by_day(ids))?,
            specialty_starts: out.section(&specialty_starts)?,
            provider_specialties: out.section(&provider_specialties)?,
            cities: self.cities.write(out)?,
            states: self.states.write(out)?,
            categories: self.categories.write(out)?,
            weeks: self.weeks.write(out)?,
            everything,
            specialties,
            networks: self.networks.values,
            languages: self.languages.values,
        })
    }
}

fn write_order<W: io::Write>(out: &mut SectionWriter<W>, order: &[u32]) -> io::Result<OrderSpan> {
    Ok(OrderSpan {
        order: out.section(order)?,
        ranks: out.section(&ranks(order))?,
    })
}

fn write_table<W: io::Write>(out: &mut SectionWriter<W>, built: &sites::Built) -> io::Result<TableSpan> {
    Ok(TableSpan {
        sites: out.section(&built.sites)?,
        groups: out.section(&built.groups)?,
        pairs: out.section(&built.pairs)?,
        guests: out.section(&built.guests)?,
    })
}

/// The sites of all entries with a point.
fn write_sites<W: io::Write>(
    out: &mut SectionWriter<W>,
    places: &sites::Building,
    entries: &[Entry],
) -> io::Result<(SiteSpan, TableSpan)> {
    let built = places.table(entries, 0..entries.len() as u32);
    let sites = SiteSpan {
        points: out.section(&places.points)?,
        nodes: out.section(&places.nodes(&built))?,
        lists: out.section(&places.lists)?,
    };
    Ok((sites, write_table(out, &built)?))
}

/// A bit for each location that is its provider's only one.
fn single_bits(entries: &[Entry]) -> Vec<u64> {
    let mut bits = vec![0; entries.len().div_ceil(64)];
    for entry in entries.iter().filter(|entry| entry.masks.flags & flag::SEVERAL == 0) {
        bits[(entry.location / 64) as usize] |= 1 << (entry.location % 64);
    }
    bits
}

/// The specialties of each provider, by provider number: where they start, and they themselves, as numbers.
fn by_member(members: &[Vec<u32>], providers: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; providers + 1];
    for provider in members.iter().flatten() {
        starts[*provider as usize + 1] += 1;
    }
    for i in 0..providers {
        starts[i + 1] += starts[i];
    }
    let mut next = starts.clone();
    let mut specialties = vec![0u32; starts[providers] as usize];
    for (number, members) in (0..).zip(members) {
        for provider in members {
            let at = &mut next[*provider as usize];
            specialties[*at as usize] = number;
            *at += 1;
        }
    }
    (starts, specialties)
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

/// Marks each provider's home among the entries: the first of its locations that has a point.
fn mark_homes(entries: &mut [Entry], providers: usize, ordinals: &[u16]) {
    let mut first: Vec<Option<(u16, u32)>> = vec![None; providers];
    for (number, entry) in entries.iter().enumerate() {
        let found = (ordinals[entry.location as usize], number as u32);
        let home = &mut first[entry.provider as usize];
        *home = Some(home.map_or(found, |known| known.min(found)));
    }
    for (_, number) in first.into_iter().flatten() {
        entries[number as usize].masks.flags |= flag::HOME;
    }
}

/// The trees of all specialties, by code, and who is in each.
fn specialty_trees<W: io::Write>(
    out: &mut SectionWriter<W>,
    specialties: FxHashMap<String, Vec<u32>>,
    all: &[Entry],
    entry_of_location: &[u32],
    placed: u32,
    places: &sites::Building,
) -> io::Result<(Vec<SpecialtySpan>, Vec<Vec<u32>>)> {
    let mut specialties: Vec<_> = specialties.into_iter().collect();
    specialties.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut spans = Vec::with_capacity(specialties.len());
    let mut members = Vec::with_capacity(specialties.len());
    for (code, locations) in specialties {
        let mut numbers: Vec<u32> = locations
            .into_iter()
            .map(|location| entry_of_location[location as usize])
            .collect();
        numbers.sort_unstable();
        let in_tree = numbers.partition_point(|number| *number < placed);
        let entries: Vec<Entry> = numbers.iter().map(|number| all[*number as usize]).collect();
        let table = places.table(all, numbers[..in_tree].iter().copied());
        let mut providers: Vec<u32> = entries.iter().map(|entry| entry.provider).collect();
        providers.sort_unstable();
        providers.dedup();
        spans.push(SpecialtySpan {
            code,
            placed: in_tree as u32,
            providers: out.section(&providers)?,
            nodes: out.section(&tree::build(&entries[..in_tree]))?,
            table: write_table(out, &table)?,
            entries: out.section(&entries)?,
        });
        members.push(providers);
    }
    Ok((spans, members))
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
    for profession in Profession::ALL.iter().filter(|profession| record.is_of(**profession)) {
        flags |= flag::profession(*profession);
    }
    match &record.place {
        Some(place) => {
            flags |= if place.telehealth {
                flag::TELEHEALTH
            } else {
                flag::NO_TELEHEALTH
            };
            flags |= u32::from(place.accessibility) << flag::ACCESSIBILITY;
            if !place.hours.bytes().is_empty() {
                flags |= flag::HOURS;
            }
        }
        None => flags |= flag::NO_TELEHEALTH,
    }
    flags
}

/// The plugin, ready to be registered.
pub fn plugin(stored: Field) -> Arc<dyn SegmentPlugin> {
    Arc::new(DirectoryPlugin { stored })
}
