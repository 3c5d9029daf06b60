//! A segment as a reader sees it: tantivy's postings and, from the map, entries, trees, cards and dictionaries.

use std::{
    cell::RefCell,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use roaring::RoaringBitmap;
use rustc_hash::FxHashSet;
use tantivy::{
    DocId, SegmentReader, TantivyError, Term,
    directory::OwnedBytes,
    postings::SegmentPostings,
    schema::{Field, IndexRecordOption},
};

use super::{
    layout::{self, ColumnSpan, Contents, OrderSpan, Span, SpecialtySpan},
    names::Names,
    pages, plugin,
    record::{Gist, Record},
    schema::Fields,
    sites::{Sites, Table},
    tree::{Entry, Node, Tree, flag},
    unions::{Members, Unions},
};
use crate::vocab::vocabulary::{self, Vocabulary};

thread_local! {
    /// A bit for each provider of a segment; all zero between searches. Memory that is new each time would have to be cleared
    /// by the kernel each time.
    static BITS: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// A segment of so many providers or fewer keeps their NPIs in memory.
const SMALL: u32 = 50_000;

/// An open segment. Immutable; what died in it since is kept by the snapshot, see [`Living`].
pub struct Segment {
    reader: SegmentReader,
    fields: Fields,
    bytes: OwnedBytes,
    contents: Arc<Contents>,
    names: Arc<Names>,
    /// All NPIs of a small segment: most that are asked for are not there.
    npis: Arc<Option<FxHashSet<u64>>>,
    /// A day, and how many providers were confirmed since: what was asked last.
    confirmed: Arc<AtomicU64>,
    vocabulary: Arc<OnceLock<Vocabulary>>,
    unions: Arc<Unions>,
}

impl Segment {
    /// Opens the segment's directory file and gathers who bears which word.
    pub fn open(reader: SegmentReader, fields: Fields) -> tantivy::Result<Self> {
        let bytes = reader.open_read(plugin::component())?.read_bytes()?;
        let contents = layout::contents(&bytes).map_err(|e| TantivyError::IoError(Arc::new(e)))?;
        let names = Names::of(&reader, &fields, contents.providers)?;
        let npis = if contents.providers <= SMALL {
            Some(numbers(&reader, fields.npi)?)
        } else {
            None
        };
        Ok(Self {
            reader,
            fields,
            bytes,
            contents: Arc::new(contents),
            names: Arc::new(names),
            npis: Arc::new(npis),
            confirmed: Arc::new(AtomicU64::new(pack(i32::MIN, 0))),
            vocabulary: Arc::default(),
            unions: Arc::default(),
        })
    }

    /// The same segment after some of its documents were deleted: all but tantivy's reader is shared.
    pub fn with_reader(&self, reader: SegmentReader) -> Self {
        Self {
            reader,
            fields: self.fields.clone(),
            bytes: self.bytes.clone(),
            contents: Arc::clone(&self.contents),
            names: Arc::clone(&self.names),
            npis: Arc::clone(&self.npis),
            confirmed: Arc::clone(&self.confirmed),
            vocabulary: Arc::clone(&self.vocabulary),
            unions: Arc::clone(&self.unions),
        }
    }

    /// Has all of the directory file in memory.
    pub fn touch(&self) {
        pages::touch(&self.bytes);
    }

    /// Who bears which word.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Tantivy's reader.
    pub fn reader(&self) -> &SegmentReader {
        &self.reader
    }

    /// The fields of the index.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The words of all names with the ways to those like them. Made when first asked for.
    pub fn vocabulary(&self) -> &Vocabulary {
        self.vocabulary.get_or_init(|| {
            let words = self.names.words().filter(|(word, _)| word.len() <= vocabulary::LONGEST);
            Vocabulary::of_many(words.map(|(word, bearers)| (word.to_owned(), bearers)).collect())
        })
    }

    /// The table of contents: counts and dictionaries.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    fn section<T: bytemuck::Pod>(&self, span: Span) -> &[T] {
        let bytes = &self.bytes[span.start as usize..(span.start + span.length) as usize];
        bytemuck::cast_slice(bytes)
    }

    /// All entries: first those with a point, in the order of the tree.
    pub fn entries(&self) -> &[Entry] {
        self.section(self.contents.entries)
    }

    /// The entries without a point.
    pub fn unplaced(&self) -> &[Entry] {
        &self.entries()[self.contents.placed as usize..]
    }

    /// The tree over all entries with a point.
    pub fn tree(&self) -> Tree<'_> {
        Tree {
            entries: &self.entries()[..self.contents.placed as usize],
            nodes: self.section::<Node>(self.contents.nodes),
        }
    }

    /// The tree of a specialty, and its entries without a point.
    pub fn specialty(&self, code: &str) -> Option<(Tree<'_>, &[Entry])> {
        let span = self.specialty_span(code)?;
        let (placed, unplaced) = self.section::<Entry>(span.entries).split_at(span.placed as usize);
        Some((
            Tree {
                entries: placed,
                nodes: self.section::<Node>(span.nodes),
            },
            unplaced,
        ))
    }

    /// The distinct points of all entries.
    pub fn sites(&self) -> Sites<'_> {
        let span = self.contents.sites;
        Sites {
            points: self.section(span.points),
            nodes: self.section(span.nodes),
            lists: self.section(span.lists),
        }
    }

    /// The table of the tree over all, or of a specialty's.
    pub fn table(&self, specialty: Option<&str>) -> Option<Table<'_>> {
        let span = match specialty {
            None => self.contents.table,
            Some(code) => self.specialty_span(code)?.table,
        };
        Some(Table {
            sites: self.section(span.sites),
            groups: self.section(span.groups),
            pairs: self.section(span.pairs),
            guests: self.section(span.guests),
        })
    }

    /// The site of a location, if it has a point.
    pub fn site_of(&self, location: u32) -> Option<u32> {
        let number = self.section::<u32>(self.contents.entry_of_location)[location as usize];
        let table = self.table(None).filter(|_| number < self.contents.placed)?;
        let behind = table.sites.partition_point(|row| row.entries <= number);
        Some(behind as u32 - 1)
    }

    /// Whether a location is its provider's only one.
    pub fn is_single(&self, location: u32) -> bool {
        super::frequent::has(self.section(self.contents.single), location)
    }

    /// Providers by name, and the place of each among them.
    pub fn by_name(&self) -> Ordered<'_> {
        self.ordered(self.contents.names)
    }

    /// Providers by the day of their confirmation, the latest first, and the place of each among them.
    pub fn by_day(&self) -> Ordered<'_> {
        self.ordered(self.contents.days)
    }

    /// Whether a provider's listing was confirmed on a day or later.
    pub fn is_confirmed_since(&self, provider: u32, oldest: i32) -> bool {
        let by_day = self.by_day();
        let (known, end) = unpack(self.confirmed.load(Ordering::Relaxed));
        let end = if known == oldest {
            end
        } else {
            // Once a day: where in the order those end who were confirmed since.
            let since = |provider: &u32| {
                let first = self.locations_of(*provider).first();
                first.is_some_and(|location| self.record(*location).verified.is_some_and(|day| day >= oldest))
            };
            let end = by_day.order.partition_point(since) as u32;
            self.confirmed.store(pack(oldest, end), Ordering::Relaxed);
            end
        };
        by_day.ranks[provider as usize] < end
    }

    fn ordered(&self, span: OrderSpan) -> Ordered<'_> {
        Ordered {
            order: self.section(span.order),
            ranks: self.section(span.ranks),
        }
    }

    /// The specialties of a provider, as numbers in the table of contents.
    pub fn specialties_of(&self, provider: u32) -> &[u32] {
        let starts = self.section::<u32>(self.contents.specialty_starts);
        let (from, to) = (starts[provider as usize], starts[provider as usize + 1]);
        &self.section::<u32>(self.contents.provider_specialties)[from as usize..to as usize]
    }

    /// The numbers of specialties in the table of contents; none for those that the segment does not have.
    pub fn specialty_numbers(&self, codes: &[String]) -> Vec<u32> {
        let specialties = &self.contents.specialties;
        let number = |code: &String| specialties.binary_search_by(|known| known.code.cmp(code)).ok();
        codes.iter().filter_map(number).map(|number| number as u32).collect()
    }

    /// A text of each location, by number.
    pub fn column(&self, column: &ColumnSpan) -> Column<'_> {
        if column.is_narrow() {
            Column::Narrow(self.section(column.numbers))
        } else {
            Column::Wide(self.section(column.numbers))
        }
    }

    /// The providers of a specialty, each once, the best rank first, dead ones included.
    pub fn providers_of(&self, specialty: &str) -> &[u32] {
        self.specialty_span(specialty)
            .map_or(&[], |span| self.section(span.providers))
    }

    /// The providers of any of these specialties, as [`providers_of`](Self::providers_of).
    pub fn providers_of_any(&self, specialties: &[String]) -> Members<'_> {
        match specialties {
            [code] => Members::One(self.providers_of(code)),
            codes => Members::Several(self.unions.of(codes, || self.union(codes))),
        }
    }

    fn union(&self, specialties: &[String]) -> Arc<[u32]> {
        let words = self.contents.providers.div_ceil(64) as usize;
        BITS.with_borrow_mut(|bits| {
            if bits.len() < words {
                bits.resize(words, 0);
            }
            for provider in specialties.iter().flat_map(|code| self.providers_of(code)) {
                bits[(provider / 64) as usize] |= 1 << (provider % 64);
            }
            let mut all = Vec::new();
            for (at, word) in bits[..words].iter_mut().enumerate() {
                let mut left = std::mem::take(word);
                while left != 0 {
                    all.push(at as u32 * 64 + left.trailing_zeros());
                    left &= left - 1;
                }
            }
            all.into()
        })
    }

    /// The number of a specialty in the table of contents.
    fn specialty_number(&self, code: &str) -> Option<usize> {
        let all = &self.contents.specialties;
        all.binary_search_by(|s| s.code.as_str().cmp(code)).ok()
    }

    fn specialty_span(&self, code: &str) -> Option<&SpecialtySpan> {
        self.specialty_number(code).map(|at| &self.contents.specialties[at])
    }

    /// The entry of a location.
    pub fn entry(&self, location: u32) -> &Entry {
        let number = self.section::<u32>(self.contents.entry_of_location)[location as usize];
        &self.entries()[number as usize]
    }

    /// The bytes of a location's record.
    pub fn record_bytes(&self, location: u32) -> &[u8] {
        let (span, location) = (self.contents.record_starts, location as usize);
        let (from, to) = if self.contents.has_near_records() {
            let starts = self.section::<u32>(span);
            (u64::from(starts[location]), u64::from(starts[location + 1]))
        } else {
            let starts = self.section::<u64>(span);
            (starts[location], starts[location + 1])
        };
        let start = self.contents.records.start;
        &self.bytes[(start + from) as usize..(start + to) as usize]
    }

    /// The record of a location.
    pub fn record(&self, location: u32) -> Record<'_> {
        Record::from_bytes(self.record_bytes(location)).expect("records were read once when the file was made")
    }

    /// What a location is weighed by, from its record.
    pub fn gist(&self, location: u32) -> Gist<'_> {
        Gist::from_bytes(self.record_bytes(location)).expect("records were read once when the file was made")
    }

    /// The id of a provider.
    pub fn provider_id(&self, provider: u32) -> u128 {
        let [high, low] = self.section::<[u64; 2]>(self.contents.provider_ids)[provider as usize];
        u128::from(high) << 64 | u128::from(low)
    }

    /// The rank of a provider, smaller is better.
    pub fn rank(&self, provider: u32) -> u64 {
        self.section::<u64>(self.contents.provider_ranks)[provider as usize]
    }

    /// The locations of a provider.
    pub fn locations_of(&self, provider: u32) -> &[u32] {
        let starts = self.section::<u32>(self.contents.location_starts);
        let (from, to) = (starts[provider as usize], starts[provider as usize + 1]);
        &self.section::<u32>(self.contents.provider_locations)[from as usize..to as usize]
    }

    /// Reads ahead what rows are made of. Nothing is decided by it, so that one read of far memory does not wait for another:
    /// a hundred rows cost what twenty would.
    pub fn fetch_providers(&self, providers: &[u32]) {
        let mut sum = 0;
        for provider in providers {
            sum ^= self.rank(*provider) ^ self.provider_id(*provider) as u64;
            if let Some(location) = self.locations_of(*provider).first() {
                sum ^= u64::from(self.entry(*location).masks.flags);
            }
        }
        std::hint::black_box(sum);
    }

    /// The number of a location among those of its provider.
    pub fn ordinal(&self, entry: &Entry) -> u32 {
        if entry.masks.flags & flag::SEVERAL == 0 {
            return 0;
        }
        self.locations_of(entry.provider)
            .iter()
            .position(|location| *location == entry.location)
            .unwrap_or(0) as u32
    }

    /// The number of a location or provider document: providers come first.
    pub fn location_of_doc(&self, doc: DocId) -> Option<u32> {
        doc.checked_sub(self.contents.providers)
    }

    /// In how many documents a word is, dead ones included.
    pub fn doc_freq(&self, field: Field, word: &str) -> tantivy::Result<u32> {
        Ok(self
            .reader
            .inverted_index(field)?
            .doc_freq(&Term::from_field_text(field, word))?)
    }

    /// The postings of a term; none where the segment does not have it.
    pub fn postings(&self, field: Field, term: &Term) -> tantivy::Result<Option<SegmentPostings>> {
        let index = self.reader.inverted_index(field)?;
        Ok(index.read_postings(term, IndexRecordOption::Basic)?)
    }
}

/// An order of a segment's providers.
#[derive(Clone, Copy)]
pub struct Ordered<'a> {
    /// Providers, in order.
    pub order: &'a [u32],
    /// The place of each provider.
    pub ranks: &'a [u32],
}

/// A text of each location, as a number in a dictionary.
#[derive(Clone, Copy)]
pub enum Column<'a> {
    /// In two bytes.
    Narrow(&'a [u16]),
    /// In four.
    Wide(&'a [u32]),
}

impl Column<'_> {
    /// The number at a location; none where there is no text.
    pub fn get(&self, location: u32) -> Option<u32> {
        match self {
            Self::Narrow(numbers) => Some(numbers[location as usize])
                .filter(|number| *number != u16::MAX)
                .map(u32::from),
            Self::Wide(numbers) => Some(numbers[location as usize]).filter(|number| *number != u32::MAX),
        }
    }
}

fn pack(day: i32, count: u32) -> u64 {
    u64::from(day.cast_unsigned()) << 32 | u64::from(count)
}

fn unpack(packed: u64) -> (i32, u32) {
    (((packed >> 32) as u32).cast_signed(), packed as u32)
}

/// All numbers of a field.
fn numbers(reader: &SegmentReader, field: Field) -> tantivy::Result<FxHashSet<u64>> {
    let index = reader.inverted_index(field)?;
    let mut terms = index.terms().stream()?;
    let mut numbers = FxHashSet::default();
    while let Some((term, _)) = terms.next() {
        numbers.extend(term.try_into().ok().map(u64::from_be_bytes));
    }
    Ok(numbers)
}

/// What is dead in a segment: deleted in tantivy, or replaced by the overlay. A provider dies with all its locations.
#[derive(Clone, Default)]
pub struct Dead {
    providers: Numbers,
    /// Their locations.
    locations: Numbers,
    /// They themselves as they died, each with where its sites start.
    roll: Vec<(u32, u32)>,
    /// Their sites, one behind the other: a search that counts looks at each of them.
    sites: Vec<u32>,
    /// Which words their current names have, by the words' numbers.
    words: Pairs,
    /// Those that have other names.
    renamed: Vec<u32>,
    /// Which specialties they have, by the specialties' numbers in the table of contents; they by their place in the roll.
    specialties: Pairs,
}

/// Few numbers out of many.
#[derive(Clone, Default)]
struct Numbers {
    all: RoaringBitmap,
    /// A bit for each [`BLOCK`] of numbers: most searches meet only blocks in which nobody is dead.
    blocks: Vec<u64>,
}

/// Numbers that share a bit of [`Numbers::blocks`].
const BLOCK: u32 = 256;

impl Numbers {
    fn has(&self, number: u32) -> bool {
        super::frequent::has(&self.blocks, number / BLOCK) && self.all.contains(number)
    }

    /// Whether it is new.
    fn insert(&mut self, number: u32) -> bool {
        let block = number / BLOCK;
        let word = (block / 64) as usize;
        if self.blocks.len() <= word {
            self.blocks.resize(word + 1, 0);
        }
        self.blocks[word] |= 1 << (block % 64);
        self.all.insert(number)
    }
}

impl Dead {
    /// Whether a provider is.
    pub fn has(&self, provider: u32) -> bool {
        self.providers.has(provider)
    }

    /// Whether the provider of a location is.
    pub fn has_location(&self, location: u32) -> bool {
        self.locations.has(location)
    }

    /// The providers of a segment whose documents tantivy has deleted. `before` are those of an earlier reading of the same
    /// segment: nobody comes back to life, so only the others are looked at.
    pub fn of(segment: &Segment, before: Option<&Self>) -> Self {
        let mut dead = before.cloned().unwrap_or_default();
        if let Some(alive) = segment.reader.alive_bitset() {
            let providers = 0..segment.contents.providers;
            providers
                .filter(|provider| alive.is_deleted(*provider))
                .for_each(|provider| dead.add(segment, provider));
        }
        dead
    }

    /// One more.
    pub fn add(&mut self, segment: &Segment, provider: u32) {
        if !self.providers.insert(provider) {
            return;
        }
        let died = self.roll.len() as u32;
        self.roll.push((provider, self.sites.len() as u32));
        for location in segment.locations_of(provider) {
            self.locations.insert(*location);
            self.sites.extend(segment.site_of(*location));
        }
        // Name and specialties are the same at all locations, and everybody has at least one.
        if let Some(location) = segment.locations_of(provider).first() {
            let record = segment.record(*location);
            let words = record.words.split(' ');
            let mut numbers: Vec<u32> = words.filter_map(|word| segment.names.number(word)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
                .into_iter()
                .for_each(|number| self.words.add((number, provider)));
            if segment.entry(*location).masks.flags & flag::OTHER_NAMES != 0 {
                self.renamed.push(provider);
            }
            // Each code stands once in a record.
            let numbers = record
                .specialties
                .iter()
                .filter_map(|code| segment.specialty_number(code));
            numbers.for_each(|number| self.specialties.add((number as u32, died)));
        }
    }

    /// Those who have a specialty, given by its number.
    fn of_specialty(&self, specialty: usize) -> impl Iterator<Item = u32> {
        let died = self.specialties.of(specialty as u32);
        died.map(|at| self.roll[at as usize].0)
    }

    fn sites_of(&self, died: usize) -> &[u32] {
        let end = self.roll.get(died + 1).map_or(self.sites.len(), |next| next.1 as usize);
        &self.sites[self.roll[died].1 as usize..end]
    }

    /// Those whose current name has a word, given by its number.
    pub fn bearers(&self, word: u32) -> impl Iterator<Item = u32> {
        self.words.of(word)
    }

    /// Those that have other names.
    pub fn renamed(&self) -> impl Iterator<Item = u32> {
        self.renamed.iter().copied()
    }

    /// By number.
    pub fn providers(&self) -> impl Iterator<Item = u32> {
        self.providers.all.iter()
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.providers.all.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.providers.all.is_empty()
    }

    /// The sites of each.
    pub fn sites(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.roll.len()).map(|died| self.sites_of(died))
    }
}

/// Pairs of numbers, found by the first. Few are added at a time, and copies are made often: what is in order is shared.
#[derive(Clone, Default)]
struct Pairs {
    sorted: Arc<Vec<(u32, u32)>>,
    recent: Vec<(u32, u32)>,
}

/// So many pairs, or this part of all, are searched one by one before they are put in order.
const RECENT: usize = 512;
const RECENT_ONE_IN: usize = 64;

impl Pairs {
    fn add(&mut self, pair: (u32, u32)) {
        self.recent.push(pair);
        if self.recent.len() > RECENT.max(self.sorted.len() / RECENT_ONE_IN) {
            let mut all = [self.sorted.as_slice(), self.recent.as_slice()].concat();
            all.sort_unstable();
            self.sorted = Arc::new(all);
            self.recent.clear();
        }
    }

    /// The second numbers of all pairs with this first one.
    fn of(&self, first: u32) -> impl Iterator<Item = u32> {
        let start = self.sorted.partition_point(|(known, _)| *known < first);
        let sorted = self.sorted[start..]
            .iter()
            .take_while(move |(known, _)| *known == first);
        let recent = self.recent.iter().filter(move |(known, _)| *known == first);
        sorted.chain(recent).map(|(_, second)| *second)
    }
}

/// A segment within a snapshot, with what is dead in it.
#[derive(Clone)]
pub struct Living {
    /// The segment.
    pub segment: Arc<Segment>,
    /// What is dead.
    pub dead: Arc<Dead>,
}

impl Living {
    /// Whether a provider is alive.
    pub fn is_alive(&self, provider: u32) -> bool {
        !self.dead.has(provider)
    }

    /// Living providers.
    pub fn providers(&self) -> u64 {
        u64::from(self.segment.contents.providers) - self.dead.len()
    }

    /// Living providers of a specialty.
    pub fn providers_of(&self, specialty: &str) -> u64 {
        self.segment.specialty_number(specialty).map_or(0, |number| {
            let span = self.segment.contents.specialties[number].providers;
            let all = self.segment.section::<u32>(span).len();
            all as u64 - self.dead.of_specialty(number).count() as u64
        })
    }

    /// The sites of each dead provider of a specialty.
    pub fn dead_sites_of(&self, specialty: &str) -> impl Iterator<Item = &[u32]> {
        let number = self.segment.specialty_number(specialty);
        let died = number
            .into_iter()
            .flat_map(|number| self.dead.specialties.of(number as u32));
        died.map(|died| self.dead.sites_of(died as usize))
    }

    /// Living providers of any of these specialties, each once.
    pub fn providers_of_any(&self, specialties: &[String]) -> u64 {
        if let [code] = specialties {
            return self.providers_of(code);
        }
        let numbers = specialties
            .iter()
            .filter_map(|code| self.segment.specialty_number(code));
        let mut dead: Vec<u32> = numbers.flat_map(|number| self.dead.of_specialty(number)).collect();
        dead.sort_unstable();
        dead.dedup();
        (self.segment.providers_of_any(specialties).len() - dead.len()) as u64
    }

    /// Living locations.
    pub fn locations(&self) -> u64 {
        u64::from(self.segment.contents.locations) - self.dead.locations.all.len()
    }

    /// Living providers whose number in a field lies in a range, the smallest numbers first.
    ///
    /// # Errors
    /// If the segment cannot be read.
    pub fn providers_between(&self, field: Field, from: u64, to: u64, limit: usize) -> tantivy::Result<Vec<u32>> {
        use tantivy::{DocSet, TERMINATED};
        let index = self.segment.reader.inverted_index(field)?;
        let (first, last) = (Term::from_field_u64(field, from), Term::from_field_u64(field, to));
        let range = index.terms().range();
        let range = range
            .ge(first.serialized_value_bytes())
            .lt(last.serialized_value_bytes());
        let mut terms = range.into_stream()?;
        let mut found = Vec::new();
        while found.len() < limit && terms.advance() {
            let mut postings = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
            let mut doc = postings.doc();
            while doc != TERMINATED && doc < self.segment.contents.providers {
                if self.is_alive(doc) {
                    found.push(doc);
                }
                doc = postings.advance();
            }
        }
        Ok(found)
    }

    /// The living provider that has an NPI.
    pub fn provider_with_npi(&self, npi: u64) -> tantivy::Result<Option<u32>> {
        if self
            .segment
            .npis
            .as_ref()
            .as_ref()
            .is_some_and(|all| !all.contains(&npi))
        {
            return Ok(None);
        }
        let field = self.segment.fields.npi;
        self.provider_with(field, &Term::from_field_u64(field, npi))
    }

    /// The first living provider whose own document has a term.
    pub fn provider_with(&self, field: Field, term: &Term) -> tantivy::Result<Option<u32>> {
        use tantivy::{DocSet, TERMINATED};
        let Some(mut postings) = self.segment.postings(field, term)? else {
            return Ok(None);
        };
        let mut doc = postings.doc();
        while doc != TERMINATED && doc < self.segment.contents.providers {
            if self.is_alive(doc) {
                return Ok(Some(doc));
            }
            doc = postings.advance();
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_found_whether_put_in_order_or_not() {
        let mut pairs = Pairs::default();
        let all: Vec<(u32, u32)> = (0..5_000).map(|n| (n * 7919 % 97, n)).collect();
        for pair in &all {
            pairs.add(*pair);
        }
        assert!(!pairs.sorted.is_empty() && !pairs.recent.is_empty());
        for first in 0..100 {
            let mut found: Vec<u32> = pairs.of(first).collect();
            found.sort_unstable();
            let wanted: Vec<u32> = all.iter().filter(|pair| pair.0 == first).map(|pair| pair.1).collect();
            assert_eq!(found, wanted, "of {first}");
        }
    }
}
