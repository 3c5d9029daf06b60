//! Chance for the generator: one stream of numbers for each provider, so that a provider depends on seed and index alone.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// Random choices. They are made from the generator's numbers by our own arithmetic, so that no version of a library
/// changes what a seed means.
pub(in crate::intake) struct Draw(ChaCha8Rng);

impl Draw {
    /// The choices for the provider `index` of `seed`.
    pub(in crate::intake) fn new(seed: u64, index: u64) -> Self {
        let mut numbers = ChaCha8Rng::seed_from_u64(seed);
        numbers.set_stream(index);
        Self(numbers)
    }

    /// A number below `bound`, which must be above zero.
    pub(in crate::intake) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub(in crate::intake) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True in `per_mille` of 1,000 cases.
    pub(in crate::intake) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of some values that are equally likely; there must be at least one.
    pub(in crate::intake) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u32) as usize]
    }
}

/// Choices of unequal weight in constant time (Walker's alias method, as Vose builds it).
pub(in crate::intake) struct Weighted {
    /// Of 2^32: how often a slot keeps its own number.
    keep: Vec<u32>,
    other: Vec<u32>,
}

impl Weighted {
    /// Numbers from zero with these weights, of which at least one must be above zero.
    pub(in crate::intake) fn new(weights: &[u32]) -> Self {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let count = weights.len() as u64;
        // Each weight times the count, so that a full slot holds `total`.
        let mut scaled: Vec<u64> = weights.iter().map(|w| u64::from(*w) * count).collect();
        let mut keep = vec![u32::MAX; weights.len()];
        let mut other: Vec<u32> = (0..weights.len() as u32).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..weights.len()).partition(|n| scaled[*n] < total);
        while let (Some(less), Some(more)) = (small.pop(), large.pop()) {
            keep[less] = ((u128::from(scaled[less]) << 32) / u128::from(total.max(1))) as u32;
            other[less] = more as u32;
            scaled[more] -= total - scaled[less];
            if scaled[more] < total { &mut small } else { &mut large }.push(more);
        }
        Self { keep, other }
    }

    /// One of the numbers.
    pub(in crate::intake) fn draw(&self, draw: &mut Draw) -> usize {
        let slot = draw.below(self.keep.len() as u32) as usize;
        if draw.0.next_u32() <= self.keep[slot] {
            slot
        } else {
            self.other[slot] as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_kept() {
        let weighted = Weighted::new(&[1, 0, 7, 2]);
        let mut draw = Draw::new(1, 0);
        let mut counts = [0_u32; 4];
        for _ in 0..100_000 {
            counts[weighted.draw(&mut draw)] += 1;
        }
        assert_eq!(counts[1], 0, "{counts:?}");
        for (count, expected) in counts.iter().zip([10_000, 0, 70_000, 20_000]) {
            assert!(count.abs_diff(expected) < 700, "{counts:?}");
        }
    }
}
