//! Who takes part where, in memory: what the network check is answered from.
//!
//! A [`table`] of all providers is read from one snapshot of the store; changes lie over it, as new as the position says.
//! It follows the outbox by itself, beside the index, so that neither waits for the other. After a bulk load, or where
//! too many changes lie over the table, a new one is read while the old one goes on answering.

mod follow;
mod held;

pub mod table;

pub use held::{Participations, Size};
