//! Outside files and texts become known providers.

mod error;
pub mod nppes;

pub use error::Error;
