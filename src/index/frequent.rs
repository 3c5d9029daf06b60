//! Bitmaps of the most frequent name words: two of them meet in microseconds where their postings would take milliseconds.

use std::sync::atomic::{AtomicU32, Ordering};

use rustc_hash::FxHashMap;
use tantivy::{DocSet, SegmentReader, TERMINATED, schema::Field, schema::IndexRecordOption};

/// A word that at least one in so many providers bears is kept as a bitmap.
const ONE_IN: u32 = 256;
/// Segments with fewer providers have no need of bitmaps.
const FEWEST_PROVIDERS: u32 = 50_000;

/// Frequent words of a field, each with a bit for every provider of the segment.
#[derive(Default)]
pub struct Frequent {
    words: FxHashMap<Box<str>, (usize, Box<[u64]>)>,
    /// How many have two words, once somebody has asked: a segment never changes. [`UNKNOWN`] until then.
    pairs: Box<[AtomicU32]>,
}

const UNKNOWN: u32 = u32::MAX;

/// A frequent word.
#[derive(Clone, Copy)]
pub struct Word<'a> {
    /// Its number among the frequent ones.
    pub number: usize,
    /// A bit for every provider.
    pub bits: &'a [u64],
}

impl Frequent {
    /// Reads the term dictionary of a segment.
    pub fn of(reader: &SegmentReader, field: Field, providers: u32) -> tantivy::Result<Self> {
        let mut frequent = Self::default();
        if providers < FEWEST_PROVIDERS {
            return Ok(frequent);
        }
        let index = reader.inverted_index(field)?;
        let mut terms = index.terms().stream()?;
        while let Some((term, info)) = terms.next() {
            if info.doc_freq < providers / ONE_IN {
                continue;
            }
            let Ok(word) = std::str::from_utf8(term) else { continue };
            let mut bits = vec![0u64; providers.div_ceil(64) as usize].into_boxed_slice();
            let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
            let mut doc = postings.doc();
            while doc != TERMINATED && doc < providers {
                bits[(doc / 64) as usize] |= 1 << (doc % 64);
                doc = postings.advance();
            }
            frequent.words.insert(word.into(), (frequent.words.len(), bits));
        }
        let pairs = frequent.words.len() * frequent.words.len();
        frequent.pairs = (0..pairs).map(|_| AtomicU32::new(UNKNOWN)).collect();
        Ok(frequent)
    }

    /// The bitmap of a word, if it is frequent.
    pub fn get(&self, word: &str) -> Option<Word<'_>> {
        let (number, bits) = self.words.get(word)?;
        Some(Word { number: *number, bits })
    }

    /// How many providers have one or two words, given by number: counted at the first call only. `count` must always say
    /// the same of the same words.
    pub fn counted(&self, words: &[usize], count: impl FnOnce() -> u64) -> u64 {
        let (Some(least), Some(greatest), true) = (words.iter().min(), words.iter().max(), words.len() <= 2) else {
            return count();
        };
        let pair = &self.pairs[least * self.words.len() + greatest];
        match pair.load(Ordering::Relaxed) {
            UNKNOWN => {
                let counted = count();
                pair.store(u32::try_from(counted).unwrap_or(UNKNOWN), Ordering::Relaxed);
                counted
            }
            known => u64::from(known),
        }
    }
}

/// Whether a bit is set.
pub fn has(bits: &[u64], number: u32) -> bool {
    bits.get((number / 64) as usize)
        .is_some_and(|word| word & (1 << (number % 64)) != 0)
}

/// The first number from `from` on that all bitmaps have.
pub fn next_in_all(bitmaps: &[&[u64]], from: u32) -> Option<u32> {
    let words = bitmaps.iter().map(|bits| bits.len()).min()?;
    let first = (from / 64) as usize;
    for at in first..words {
        let mut word = bitmaps.iter().fold(u64::MAX, |all, bits| all & bits[at]);
        if at == first {
            word &= u64::MAX << (from % 64);
        }
        if word != 0 {
            return Some(at as u32 * 64 + word.trailing_zeros());
        }
    }
    None
}

/// How many numbers all of `bitmaps` have, and not all of `without` (if there are any).
pub fn count_in_all(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("popcnt") {
        #[expect(
            unsafe_code,
            reason = "the features that the function is built for have just been detected"
        )]
        return unsafe { count_fast(bitmaps, without) };
    }
    count(bitmaps, without)
}

/// The same, built for wide registers and a counting instruction.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
fn count_fast(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    count(bitmaps, without)
}

#[inline(always)]
fn count(bitmaps: &[&[u64]], without: &[&[u64]]) -> u64 {
    let ones = |word: u64| u64::from(word.count_ones());
    match (bitmaps, without) {
        ([a], []) => a.iter().map(|a| ones(*a)).sum(),
        ([a, b], []) => a.iter().zip(*b).map(|(a, b)| ones(a & b)).sum(),
        ([a], [c]) => a.iter().zip(*c).map(|(a, c)| ones(a & !c)).sum(),
        ([a, b], [c, d]) => {
            let (first, second) = (a.iter().zip(*b), c.iter().zip(*d));
            first.zip(second).map(|((a, b), (c, d))| ones(a & b & !(c & d))).sum()
        }
        _ => {
            let words = bitmaps.iter().map(|bits| bits.len()).min().unwrap_or(0);
            let all = |of: &[&[u64]], at: usize| of.iter().fold(u64::MAX, |all, bits| all & bits[at]);
            let not = |at| {
                if without.is_empty() {
                    u64::MAX
                } else {
                    !all(without, at)
                }
            };
            (0..words).map(|at| ones(all(bitmaps, at) & not(at))).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmaps_meet_where_all_have_a_bit() {
        let (a, b) = ([0b1010, 1 << 63], [0b0110, 1 << 63]);
        let both: [&[u64]; 2] = [&a, &b];
        assert_eq!(next_in_all(&both, 0), Some(1));
        assert_eq!(next_in_all(&both, 2), Some(127));
        assert_eq!(next_in_all(&both, 128), None);
        assert_eq!(count_in_all(&both, &[]), 2);
        assert_eq!(count_in_all(&both, &[&a]), 0);
        let ones = [u64::MAX, u64::MAX];
        for number in 1..4 {
            let all = vec![&ones[..]; number];
            assert_eq!(count_in_all(&all, &[]), 128);
            assert_eq!(count_in_all(&all, &vec![&b[..]; number]), 125);
        }
        assert!(has(&a, 3) && !has(&a, 2) && !has(&a, 500));
    }
}
