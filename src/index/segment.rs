//! A segment as a reader sees it: tantivy's postings and, from the map, entries, trees, cards and dictionaries.

use std::{
    cell::RefCell,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

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
    provider_rows::ProviderRow,
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

/// An open segment. Immutable; what died in it since is kept by the snapshot, see
/// [`Living`](super::living::Living).
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

    /// Whether nobody here has an NPI, as far as is known without a look at the disk.
    pub(super) fn lacks_npi(&self, npi: u64) -> bool {
        self.npis.as_ref().as_ref().is_some_and(|all| !all.contains(&npi))
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
    pub(super) fn specialty_number(&self, code: &str) -> Option<usize> {
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

    fn provider_row(&self, provider: u32) -> &ProviderRow {
        &self.section::<ProviderRow>(self.contents.provider_rows)[provider as usize]
    }

    /// The id of a provider.
    pub fn provider_id(&self, provider: u32) -> u128 {
        self.provider_row(provider).id()
    }

    /// The rank of a provider, smaller is better.
    pub fn rank(&self, provider: u32) -> u64 {
        self.provider_row(provider).rank
    }

    /// The locations of a provider.
    pub fn locations_of(&self, provider: u32) -> &[u32] {
        let lists = self.section(self.contents.location_lists);
        self.provider_row(provider).locations(lists)
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
