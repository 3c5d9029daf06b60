//! Bitmaps of the most frequent name words: two of them meet in microseconds where their postings would take milliseconds.

use rustc_hash::FxHashMap;
use tantivy::{DocSet, SegmentReader, TERMINATED, schema::Field, schema::IndexRecordOption};

/// A word that at least one in so many providers bears is kept as a bitmap.
const ONE_IN: u32 = 256;
/// Segments with fewer providers have no need of bitmaps.
const FEWEST_PROVIDERS: u32 = 50_000;

/// Frequent words of a field, each with a bit for every provider of the segment.
#[derive(Default)]
pub struct Frequent {
    words: FxHashMap<Box<str>, Box<[u64]>>,
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
            frequent.words.insert(word.into(), bits);
        }
        Ok(frequent)
    }

    /// The bitmap of a word, if it is frequent.
    pub fn get(&self, word: &str) -> Option<&[u64]> {
        self.words.get(word).map(|bits| &**bits)
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

/// How many numbers all bitmaps have.
pub fn count_in_all(bitmaps: &[&[u64]]) -> u64 {
    let words = bitmaps.iter().map(|bits| bits.len()).min().unwrap_or(0);
    (0..words)
        .map(|at| u64::from(bitmaps.iter().fold(u64::MAX, |all, bits| all & bits[at]).count_ones()))
        .sum()
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
        assert_eq!(count_in_all(&both), 2);
        assert!(has(&a, 3) && !has(&a, 2) && !has(&a, 500));
    }
}
