//! What is asked first of each provider, side by side: for a row of a page that is one read of far memory instead of five.

use bytemuck::{Pod, Zeroable};

/// A provider's id, its rank, and where its locations are: 32 bytes, two to a line of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct ProviderRow {
    /// High and low.
    id: [u64; 2],
    /// Smaller is better.
    pub rank: u64,
    /// The only location; of several, where they start in the list.
    location: u32,
    /// How many locations there are.
    count: u32,
}

impl ProviderRow {
    /// The provider's id.
    pub fn id(&self) -> u128 {
        let [high, low] = self.id;
        u128::from(high) << 64 | u128::from(low)
    }

    /// The provider's locations; those of providers that have several lie in `lists`.
    pub fn locations<'a>(&'a self, lists: &'a [u32]) -> &'a [u32] {
        match self.count {
            1 => std::slice::from_ref(&self.location),
            count => &lists[self.location as usize..][..count as usize],
        }
    }
}

/// The rows of all providers, and the locations of those that have several. `starts` tells where in `locations` those of
/// each provider start, and where the last end.
pub fn of(ids: &[[u64; 2]], ranks: &[u64], starts: &[u32], locations: &[u32]) -> (Vec<ProviderRow>, Vec<u32>) {
    let mut lists = Vec::new();
    let providers = ids.iter().zip(ranks).zip(starts.windows(2));
    let rows = providers.map(|((id, rank), span)| {
        let own = &locations[span[0] as usize..span[1] as usize];
        let location = match own {
            [only] => *only,
            several => {
                let start = lists.len() as u32;
                lists.extend(several);
                start
            }
        };
        ProviderRow {
            id: *id,
            rank: *rank,
            location,
            count: own.len() as u32,
        }
    });
    (rows.collect(), lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_finds_its_locations() {
        let starts = [0, 1, 1, 4, 5];
        let locations = [7, 3, 9, 4, 8];
        let ids = [[1, 2], [3, 4], [5, 6], [7, 8]];
        let (rows, lists) = of(&ids, &[10, 20, 30, 40], &starts, &locations);
        let own: Vec<&[u32]> = rows.iter().map(|row| row.locations(&lists)).collect();
        assert_eq!(own, [&[7][..], &[], &[3, 9, 4], &[8]]);
        assert_eq!(lists, [3, 9, 4]);
        assert_eq!(rows[2].id(), 5 << 64 | 6);
        assert_eq!(rows[3].rank, 40);
    }
}
