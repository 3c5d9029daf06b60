//! Who has all words of a name in a segment: the bearers of each word, met from the fewest on.

use std::borrow::{Borrow, Cow};

use super::meet::meet;
use crate::index::{
    frequent::{count_in_all, has, next_in_all},
    living::Living,
    names::{Bearing, Frequent, Names, Which},
};

/// Ascending numbers, read from left to right.
#[derive(Clone, Copy)]
struct Sorted<'l> {
    list: &'l [u32],
    at: usize,
}

impl Sorted<'_> {
    /// The first number from `from` on, which must not go back.
    fn next(&mut self, from: u32) -> Option<u32> {
        // Most steps are short: look near before looking far.
        let mut step = 1;
        while self.at + step < self.list.len() && self.list[self.at + step] < from {
            self.at += step;
            step *= 2;
        }
        let end = self.list.len().min(self.at + step + 1);
        self.at += self.list[self.at..end].partition_point(|number| *number < from);
        self.list.get(self.at).copied()
    }
}

/// In a list that is so much longer it pays to look far ahead.
const MUCH_LONGER: usize = 16;
/// So many bits are read in the time of one number of a list.
const BITS_AS_ONE: usize = 512;
/// Numbers that are sifted at a time.
const BLOCK: usize = 256;

/// The first number from `from` on that is in two lists of some length and has all bits.
fn next_in_both(one: &mut Sorted<'_>, other: &mut Sorted<'_>, bits: &[&[u64]], from: u32, end: u32) -> Option<u32> {
    one.next(from)?;
    other.next(from)?;
    let mut found = None;
    (one.at, other.at) = meet(one.list, other.list, (one.at, other.at), end, |number| {
        found = (number < end && bits.iter().all(|bits| has(bits, number))).then_some(number);
        found.is_none()
    });
    found
}

/// What two lists have in common.
fn common(short: &[u32], long: &[u32]) -> Vec<u32> {
    let mut common = Vec::new();
    if long.len() / MUCH_LONGER >= short.len() {
        let mut long = Sorted { list: long, at: 0 };
        common.extend(short.iter().filter(|number| long.next(**number) == Some(**number)));
        return common;
    }
    meet(short, long, (0, 0), u32::MAX, |number| {
        common.push(number);
        true
    });
    common
}

/// Takes out of an ascending list what another has.
pub fn take_out(list: &mut Vec<u32>, other: &[u32]) {
    let (short, long) = if list.len() < other.len() {
        (list.as_slice(), other)
    } else {
        (other, list.as_slice())
    };
    let both = common(short, long);
    let mut both = both.iter().peekable();
    list.retain(|number| both.next_if_eq(&number).is_none());
}

/// The numbers of a list that have a bit: every number is written, and overwritten by the next where it has none, so that
/// nothing waits for the memory that the bits are in.
fn sifted(list: &[u32], bits: &[u64]) -> Vec<u32> {
    let mut sifted = Vec::new();
    let mut buffer = [0; BLOCK];
    for block in list.chunks(BLOCK) {
        let mut count = 0;
        for number in block {
            buffer[count] = *number;
            count += usize::from(has(bits, *number));
        }
        sifted.extend_from_slice(&buffer[..count]);
    }
    sifted
}

/// The words of a name in one segment: lists of those that few bear, the shortest first, and bits of the others.
#[derive(Clone)]
pub struct Lists<'l> {
    names: &'l Names,
    which: Which,
    few: Vec<Sorted<'l>>,
    frequent: Vec<Frequent<'l>>,
    bits: Vec<&'l [u64]>,
    /// The number of the word that the fewest bear.
    rarest: u32,
    /// How many that are.
    fewest: usize,
}

impl<'l> Lists<'l> {
    /// `None` where a word is in no such name.
    pub fn open<W: Borrow<str>>(names: &'l Names, which: Which, words: &[W]) -> Option<Self> {
        let mut lists = Self {
            names,
            which,
            few: Vec::with_capacity(words.len() + 1),
            frequent: Vec::new(),
            bits: Vec::new(),
            rarest: 0,
            fewest: usize::MAX,
        };
        for word in words {
            let number = names.number(word.borrow())?;
            let count = match names.bearing(which, number) {
                Bearing::Few([]) => return None,
                Bearing::Few(list) => {
                    lists.few.push(Sorted { list, at: 0 });
                    list.len()
                }
                Bearing::Many(word) => {
                    lists.bits.push(word.bits);
                    lists.frequent.push(word);
                    word.count as usize
                }
            };
            if count < lists.fewest {
                (lists.fewest, lists.rarest) = (count, number);
            }
        }
        lists.few.sort_by_key(|sorted| sorted.list.len());
        Some(lists).filter(|lists| !(lists.few.is_empty() && lists.bits.is_empty()))
    }

    /// Only those of a list, ascending.
    pub fn narrow(&mut self, list: &'l [u32]) {
        let at = self.few.partition_point(|sorted| sorted.list.len() < list.len());
        self.few.insert(at, Sorted { list, at: 0 });
    }

    /// The first provider from a number on, which must not go back, that has all words.
    pub fn next(&mut self, from: u32) -> Option<u32> {
        self.next_before(from, u32::MAX)
    }

    /// The same, if it is before a number: what lies behind is not read.
    pub fn next_before(&mut self, from: u32, end: u32) -> Option<u32> {
        self.next_to(from, end).filter(|provider| *provider < end)
    }

    /// The first that has all words, or one that is not before the end.
    fn next_to(&mut self, mut from: u32, end: u32) -> Option<u32> {
        match self.few.as_mut_slice() {
            [only] => {
                only.next(from)?;
                let left = &only.list[only.at..];
                let passed = left
                    .iter()
                    .take_while(|number| **number < end && !self.bits.iter().all(|bits| has(bits, **number)));
                only.at += passed.count();
                return only.list.get(only.at).copied();
            }
            [one, other] if other.list.len() / MUCH_LONGER < one.list.len() => {
                return next_in_both(one, other, &self.bits, from, end);
            }
            _ => {}
        }
        let Some((shortest, others)) = self.few.split_first_mut() else {
            return next_in_all(&self.bits, from, end);
        };
        'next: loop {
            let provider = shortest.next(from)?;
            if provider >= end {
                return Some(provider);
            }
            if !self.bits.iter().all(|bits| has(bits, provider)) {
                from = provider + 1;
                continue;
            }
            for other in others.iter_mut() {
                let found = other.next(provider)?;
                if found != provider {
                    from = found;
                    continue 'next;
                }
            }
            return Some(provider);
        }
    }

    /// The provider up to which so much is read; see [`has_read`](Self::has_read).
    pub fn reach(&self, numbers: usize) -> u32 {
        match self.few.first() {
            Some(shortest) => shortest.list.get(numbers).copied().unwrap_or(u32::MAX),
            None => u32::try_from(numbers * BITS_AS_ONE).unwrap_or(u32::MAX),
        }
    }

    /// How much has been read up to a provider: numbers of the shortest list, or of bits what costs as much.
    pub fn has_read(&self, provider: u32) -> usize {
        self.few
            .first()
            .map_or(provider as usize / BITS_AS_ONE, |shortest| shortest.at)
    }

    /// How many bear the word that the fewest bear, dead ones too.
    pub fn fewest(&self) -> usize {
        self.fewest
    }

    /// Whether a provider has all words.
    pub fn has(&self, provider: u32) -> bool {
        self.bits.iter().all(|bits| has(bits, provider))
            && self.few.iter().all(|few| few.list.binary_search(&provider).is_ok())
    }

    /// All who have all words, dead ones too; `None` where so many bear each of them that there are but bits.
    pub fn met(&self) -> Option<Cow<'l, [u32]>> {
        let (first, others) = self.few.split_first()?;
        let mut met = Cow::Borrowed(first.list);
        for other in others {
            met = common(&met, other.list).into();
        }
        for bits in &self.bits {
            met = sifted(&met, bits).into();
        }
        Some(met)
    }

    /// How many have all words, dead ones too, and not those of `without`, where there are but bits.
    pub fn count(&self, without: Option<&Self>) -> u64 {
        let count = |without: &[&[u64]]| {
            self.names
                .counted(self.which, &self.frequent, || count_in_all(&self.bits, without))
        };
        match without {
            None => count(&[]),
            Some(without) if without.few.is_empty() => count(&without.bits),
            // Of the few that bear the other words too, each is looked at.
            Some(without) => {
                let both = without.met().into_iter().flat_map(Cow::into_owned);
                count(&[]) - both.filter(|provider| self.has(*provider)).count() as u64
            }
        }
    }

    /// How many of the dead have all words, and not those of `without`, which are the current names where these are all
    /// names.
    pub fn dead(&self, living: &Living, without: Option<&Self>) -> u64 {
        let counted = |provider: &u32| self.has(*provider) && !without.is_some_and(|without| without.has(*provider));
        let dead = match self.which {
            Which::Current => living.dead.bearers(self.rarest).filter(counted).count(),
            Which::Any => living.dead.renamed().filter(counted).count(),
        };
        dead as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn met(lists: &[Vec<u32>]) -> Vec<u32> {
        let names = Names::default();
        let sorted = lists.iter().map(|list| Sorted { list, at: 0 });
        let mut lists = Lists {
            names: &names,
            which: Which::Current,
            few: sorted.collect(),
            frequent: Vec::new(),
            bits: Vec::new(),
            rarest: 0,
            fewest: 0,
        };
        lists.few.sort_by_key(|sorted| sorted.list.len());
        let met = lists.met().expect("there are lists").into_owned();
        for stretch in [1, 7, 64, 500] {
            let (mut lists, mut found) = (lists.clone(), Vec::new());
            for begin in (0..500).step_by(stretch) {
                let (mut from, end) = (begin, begin + stretch as u32);
                while let Some(number) = lists.next_before(from, end) {
                    assert!((from..end).contains(&number));
                    found.push(number);
                    from = number + 1;
                }
            }
            assert_eq!(found, met, "by stretches of {stretch}");
        }
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(number) = lists.next(from) {
            found.push(number);
            from = number + 1;
        }
        assert_eq!(found, met);
        found
    }

    proptest! {
        #[test]
        fn lists_meet_in_what_all_have(
            lists in prop::collection::vec(prop::collection::btree_set(0u32..400, 1..200), 1..4),
            short in prop::collection::btree_set(0u32..400, 1..6),
        ) {
            for more in [None, Some(&short)] {
                let sets: Vec<_> = lists.iter().chain(more).collect();
                let expected: Vec<u32> = (0..400).filter(|n| sets.iter().all(|set| set.contains(n))).collect();
                let sorted: Vec<Vec<u32>> = sets.iter().map(|set| set.iter().copied().collect()).collect();
                prop_assert_eq!(met(&sorted), expected);
            }
        }
    }
}
