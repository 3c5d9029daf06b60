//! Outside files and texts become known providers.

pub mod generate;
