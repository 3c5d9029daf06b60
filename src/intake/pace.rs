//! How much goes into one transaction: a writing transaction holds everybody up who reads the outbox in order, and one that
//! writes little is dear. So batches grow and shrink with the time that they take.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Batches that took longer are halved, those that took less grow by half.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_millis(200);

/// The first batch, and the least.
const FIRST: usize = 400;
const FEWEST: usize = 25;

/// The size of the next batch, for whoever makes it.
#[derive(Debug)]
pub struct Pace {
    rows: AtomicUsize,
    most: usize,
}

impl Pace {
    /// Never more than `most` rows, but at least one.
    pub fn at_most(most: usize) -> Self {
        let most = most.max(1);
        Self {
            rows: AtomicUsize::new(FIRST.min(most)),
            most,
        }
    }

    /// Rows of the next batch.
    pub fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    /// Learns how long the transaction of a batch took.
    pub fn took(&self, took: Duration) {
        let rows = self.rows();
        let next = if took > LONG {
            (rows / 2).max(FEWEST)
        } else if took < SHORT {
            rows + rows / 2 + 1
        } else {
            rows
        };
        self.rows.store(next.min(self.most), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_shrink_and_grow_within_their_bounds() {
        let pace = Pace::at_most(1_000);
        assert_eq!(pace.rows(), 400);
        pace.took(LONG + SHORT);
        assert_eq!(pace.rows(), 200);
        pace.took(LONG);
        assert_eq!(pace.rows(), 200);
        (0..9).for_each(|_| pace.took(LONG * 2));
        assert_eq!(pace.rows(), FEWEST);
        (0..20).for_each(|_| pace.took(SHORT / 2));
        assert_eq!(pace.rows(), 1_000);
        assert_eq!(Pace::at_most(0).rows(), 1);
    }
}
