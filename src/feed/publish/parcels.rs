//! What is handed to a broker at once, in parcels that it takes: below a size that brokers take as they come, and halved
//! where one takes less. What is too large all alone is handed back, so that it keeps nothing that stands behind it.

use std::collections::VecDeque;

/// Items in their order, by the parcel.
pub struct Parcels<T> {
    waiting: VecDeque<Vec<T>>,
}

impl<T> Parcels<T> {
    /// Packs items of such sizes, each parcel of at most `most` bytes; one that is larger goes alone.
    pub fn new(items: Vec<T>, most: usize, size: impl Fn(&T) -> usize) -> Self {
        let mut waiting = VecDeque::new();
        let mut parcel = Vec::new();
        let mut room = most;
        for item in items {
            let size = size(&item);
            if size > room && !parcel.is_empty() {
                waiting.push_back(std::mem::take(&mut parcel));
                room = most;
            }
            room = room.saturating_sub(size);
            parcel.push(item);
        }
        if !parcel.is_empty() {
            waiting.push_back(parcel);
        }
        Self { waiting }
    }

    /// The next one.
    pub fn next_one(&mut self) -> Option<Vec<T>> {
        self.waiting.pop_front()
    }

    /// The broker refuses a parcel as too large: its halves come next. The item, where it was one alone.
    pub fn refused(&mut self, mut parcel: Vec<T>) -> Option<T> {
        if parcel.len() < 2 {
            return parcel.pop();
        }
        let behind = parcel.split_off(parcel.len() / 2);
        self.waiting.push_front(behind);
        self.waiting.push_front(parcel);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a broker stores that takes so many bytes at once, what it is too large for, and in how many tries.
    fn hand_over(sizes: &[usize], most: usize, takes: usize) -> (Vec<usize>, Vec<usize>, usize) {
        let mut parcels = Parcels::new(sizes.to_vec(), most, |size| *size);
        let (mut stored, mut too_large, mut tries) = (Vec::new(), Vec::new(), 0);
        while let Some(parcel) = parcels.next_one() {
            assert!(parcel.len() == 1 || parcel.iter().sum::<usize>() <= most, "{parcel:?}");
            tries += 1;
            match parcel.iter().sum::<usize>() <= takes {
                true => stored.extend(parcel),
                false => too_large.extend(parcels.refused(parcel)),
            }
        }
        (stored, too_large, tries)
    }

    #[test]
    fn a_batch_beyond_the_brokers_limit_goes_in_parcels() {
        let (stored, too_large, tries) = hand_over(&[400, 401, 402, 3, 404, 405], 900, 1000);
        assert_eq!(stored, [400, 401, 402, 3, 404, 405], "in order");
        assert_eq!((too_large, tries), (vec![], 3));
        assert_eq!(hand_over(&[], 900, 1000).2, 0);
        assert_eq!(hand_over(&[900], 900, 1000).2, 1);
    }

    #[test]
    fn what_is_too_large_alone_does_not_block_what_is_behind() {
        let (stored, too_large, _) = hand_over(&[10, 5000, 11, 12, 6000, 13], 900, 1000);
        assert_eq!(stored, [10, 11, 12, 13]);
        assert_eq!(too_large, [5000, 6000]);
        let (stored, too_large, _) = hand_over(&[950], 900, 1000);
        assert_eq!((stored, too_large), (vec![950], vec![]), "tried: it may be taken");
    }

    #[test]
    fn a_broker_that_takes_less_gets_halves() {
        let sizes = [100, 101, 102, 250, 103, 104, 105];
        let (stored, too_large, _) = hand_over(&sizes, 900, 210);
        assert_eq!(stored, [100, 101, 102, 103, 104, 105], "in order");
        assert_eq!(too_large, [250]);
    }
}
