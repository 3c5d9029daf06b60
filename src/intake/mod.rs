//! Outside files and texts become known providers.

mod census;
mod error;
mod pace;

pub mod application;
pub mod exclusions;
pub mod extract;
pub mod generate;
pub mod load;
pub mod matching;
pub mod nppes;
pub mod roster;

pub use error::Error;
