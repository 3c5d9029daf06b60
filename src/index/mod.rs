//! One provider at its places becomes documents, documents become segments, segments a snapshot that searches read.
//!
//! ```text
//! Provider -> record + documents -> tantivy segment (postings) + directory file (cards, trees), one generation a folder
//!         \-> overlay (in memory, exact, until the next commit) ------------------------------> Snapshot
//! ```
//!
//! A snapshot never changes; a search holds one and needs no lock. Writers publish the next one.

pub mod document;
pub mod frequent;
pub mod generation;
pub mod geometry;
pub mod hilbert;
pub mod layout;
pub mod overlay;
pub mod packed;
pub mod plugin;
pub mod record;
pub mod schema;
pub mod segment;
pub mod snapshot;
pub mod tree;
pub mod visitors;
pub mod writer;

pub use overlay::Change;
pub use snapshot::Snapshot;
pub use writer::{Index, Rebuild, Status};

/// Why the index can't do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Tantivy failed: usually the disk.
    #[error("write or read the index: {0}")]
    Tantivy(#[from] tantivy::TantivyError),
    /// A file of the index folder.
    #[error("index folder: {0}")]
    Io(#[from] std::io::Error),
    /// The schema.
    #[error(transparent)]
    Schema(#[from] schema::SchemaError),
    /// There is no index yet: it has to be built.
    #[error("no index has been built yet")]
    NotBuilt,
    /// A rebuild is under way already.
    #[error("a rebuild is under way")]
    Rebuilding,
}
