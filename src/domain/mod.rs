//! The rules of the business as pure functions over values. No I/O, no clock, no chance: they come in as arguments.

pub mod access;
pub mod audit;
pub mod provider;
pub mod reference;
