//! Invented providers in any number: names by Census frequency, ZIPs and specialties by NPPES's counts, languages that go
//! with names and places, networks that go with states.
//!
//! Provider number n of a seed depends on the seed and n alone, so that any part can be made anywhere, twice, in any order.
//! Their NPIs begin with 2, as no NPI that has been issued so far does.

pub(in crate::intake) mod draw;
mod files;
mod organization;
mod person;
mod provider;
mod reference;
mod site;
mod supplement;
mod synthetic;
mod tables;

pub use files::{Error, Written, write};
pub use reference::{NETWORK_COUNT, network_id, reference};
pub use site::Site;
pub use supplement::{Supplement, SupplementError, read_supplement};
pub use synthetic::{Membership, Synthetic};

use crate::vocab::Npi;

/// How many providers a seed has: as many as there are NPIs that begin with 2.
pub const CAPACITY: u64 = 100_000_000;

/// The providers of a seed from the first, at most [`CAPACITY`].
pub fn providers(count: u64, seed: u64) -> impl Iterator<Item = Synthetic> {
    (0..count.min(CAPACITY)).map(move |index| provider(index, seed))
}

/// The provider with this number (modulo [`CAPACITY`]) of a seed.
pub fn provider(index: u64, seed: u64) -> Synthetic {
    Synthetic::draw(seed, index, npi(index, seed))
}

/// Each index has an NPI of its own: an affine permutation of the numbers below [`CAPACITY`], whose factor shares no divisor
/// with it, so that neighbours in time are not neighbours in number.
fn npi(index: u64, seed: u64) -> Npi {
    const FACTOR: u64 = 61_803_399;
    let number = (index % CAPACITY * FACTOR + seed % CAPACITY) % CAPACITY;
    Npi::from_base(2 * CAPACITY + number)
}
