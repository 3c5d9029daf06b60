//! Who bears which word in their names, in memory: a word is found by one look, and its bearers are a plain list in rank
//! order or, where they are many, a bit for every provider.
//!
//! Read from the postings when a segment is opened: some 30 million numbers for nine million providers, in a few tenths of a
//! second. A search by name opens dozens of words where it has to guess at what was meant, and must not pay for each.

use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::FxHashMap;
use tantivy::{SegmentReader, schema::Field, schema::IndexRecordOption};

use super::schema::Fields;

/// A word that at least one in so many providers bears is kept as a bitmap.
const ONE_IN: u32 = 256;
/// In a small segment a word that so many bear is one.
const FEWEST: u32 = 24;
/// No bitmap.
const NONE: u32 = u32::MAX;
/// Not counted yet.
const UNKNOWN: u32 = u32::MAX;

/// The words of all names of a segment with those who bear them.
#[derive(Default)]
pub struct Names {
    numbers: FxHashMap<Box<str>, u32>,
    current: Bearers,
    any: Bearers,
}

/// Which names of a provider a word is looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The current name.
    Current,
    /// The current and all other names of those who have others.
    Any,
}

/// Who bears a word, dead ones included.
#[derive(Clone, Copy, Debug)]
pub enum Bearing<'a> {
    /// Their numbers, ascending.
    Few(&'a [u32]),
    /// A bit for every provider.
    Many(Frequent<'a>),
}

/// A frequent word.
#[derive(Clone, Copy, Debug)]
pub struct Frequent<'a> {
    /// Its number among the frequent ones.
    pub number: usize,
    /// A bit for every provider.
    pub bits: &'a [u64],
    /// How many there are.
    pub count: u32,
}

#[derive(Default)]
struct Bearers {
    /// By the number of the word.
    runs: Vec<Run>,
    providers: Vec<u32>,
    bitmaps: Vec<Box<[u64]>>,
    /// How many have two frequent words, once somebody has asked: a segment never changes.
    pairs: Box<[AtomicU32]>,
}

#[derive(Clone, Copy)]
struct Run {
    start: usize,
    count: u32,
    /// The number of the bitmap, or [`NONE`].
    bitmap: u32,
}

impl Names {
    /// Reads the postings of a segment.
    pub fn of(reader: &SegmentReader, fields: &Fields, providers: u32) -> tantivy::Result<Self> {
        let mut names = Self::default();
        names.current = names.read(reader, fields.name, providers)?;
        names.any = names.read(reader, fields.any_name, providers)?;
        for bearers in [&mut names.current, &mut names.any] {
            bearers.providers.shrink_to_fit();
            bearers.runs.resize(names.numbers.len(), Run::EMPTY);
            let pairs = bearers.bitmaps.len() * bearers.bitmaps.len();
            bearers.pairs = (0..pairs).map(|_| AtomicU32::new(UNKNOWN)).collect();
        }
        Ok(names)
    }

    fn read(&mut self, reader: &SegmentReader, field: Field, providers: u32) -> tantivy::Result<Bearers> {
        let mut read = Bearers::default();
        let frequent = FEWEST.max(providers / ONE_IN);
        let index = reader.inverted_index(field)?;
        let mut terms = index.terms().stream()?;
        while let Some((term, info)) = terms.next() {
            let Ok(word) = std::str::from_utf8(term) else { continue };
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => {
                    let number = self.numbers.len() as u32;
                    self.numbers.insert(word.into(), number);
                    number
                }
            };
            let mut run = Run {
                start: read.providers.len(),
                ..Run::EMPTY
            };
            let mut bits =
                (info.doc_freq >= frequent).then(|| vec![0u64; providers.div_ceil(64) as usize].into_boxed_slice());
            let mut postings = index.read_block_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            while postings.block_len() > 0 {
                // Only documents of providers have these fields, and they come first.
                for provider in postings.docs().iter().filter(|doc| **doc < providers) {
                    run.count += 1;
                    match &mut bits {
                        Some(bits) => bits[(provider / 64) as usize] |= 1 << (provider % 64),
                        None => read.providers.push(*provider),
                    }
                }
                postings.advance();
            }
            if let Some(bits) = bits {
                run.bitmap = read.bitmaps.len() as u32;
                read.bitmaps.push(bits);
            }
            if read.runs.len() <= number as usize {
                read.runs.resize(number as usize + 1, Run::EMPTY);
            }
            read.runs[number as usize] = run;
        }
        Ok(read)
    }

    /// The number of a word; `None` where nobody bears it.
    pub fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    /// Who bears the word of a number.
    pub fn bearing(&self, which: Which, number: u32) -> Bearing<'_> {
        let bearers = self.bearers_in(which);
        let run = bearers.runs[number as usize];
        match run.bitmap {
            NONE => Bearing::Few(&bearers.providers[run.start..run.start + run.count as usize]),
            at => Bearing::Many(Frequent {
                number: at as usize,
                bits: &bearers.bitmaps[at as usize],
                count: run.count,
            }),
        }
    }

    /// How many bear a word in their current name, and once more how many of those with other names bear it in any.
    pub fn bearers(&self, word: &str) -> u32 {
        self.number(word).map_or(0, |number| self.count(number))
    }

    /// All words, with [`bearers`](Self::bearers).
    pub fn words(&self) -> impl Iterator<Item = (&str, u32)> {
        self.numbers.iter().map(|(word, number)| (&**word, self.count(*number)))
    }

    /// How many have one or two frequent words, given by number: counted at the first call only. `count` must always say
    /// the same of the same words.
    pub fn counted(&self, which: Which, words: &[Frequent<'_>], count: impl FnOnce() -> u64) -> u64 {
        let (first, second) = match words {
            [word] => (word.number, word.number),
            [one, other] => (one.number.min(other.number), one.number.max(other.number)),
            _ => return count(),
        };
        let bearers = self.bearers_in(which);
        let pair = &bearers.pairs[first * bearers.bitmaps.len() + second];
        match pair.load(Ordering::Relaxed) {
            UNKNOWN => {
                let counted = count();
                pair.store(u32::try_from(counted).unwrap_or(UNKNOWN), Ordering::Relaxed);
                counted
            }
            known => u64::from(known),
        }
    }

    fn count(&self, number: u32) -> u32 {
        self.current.runs[number as usize].count + self.any.runs[number as usize].count
    }

    fn bearers_in(&self, which: Which) -> &Bearers {
        match which {
            Which::Current => &self.current,
            Which::Any => &self.any,
        }
    }
}

impl Run {
    const EMPTY: Self = Self {
        start: 0,
        count: 0,
        bitmap: NONE,
    };
}
