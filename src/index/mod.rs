//! One provider at its places becomes documents, documents become segments, segments a snapshot that searches read.
//!
//! ```text
//! Provider -> record + documents -> tantivy segment (postings) + directory file (cards, trees), one generation a folder
//!         \-> overlay (in memory, exact, until the next commit) ------------------------------> Snapshot
//! ```
//!
//! A snapshot never changes; a search holds one and needs no lock. Writers publish the next one.

pub mod dead;
pub mod document;
pub mod everything;
pub mod former;
pub mod free_slots;
pub mod frequent;
pub mod generation;
pub mod geometry;
pub mod hilbert;
pub mod keys;
pub mod layout;
pub mod living;
pub mod names;
pub mod orders;
pub mod overlay;
pub mod packed;
mod pages;
pub mod plugin;
pub mod private;
pub mod provider_rows;
pub mod record;
pub mod references;
pub mod schema;
pub mod segment;
pub mod sites;
pub mod snapshot;
pub mod tree;
pub mod unions;
pub mod week;
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
    /// It was opened to be read only.
    #[error("the index was opened for reading only")]
    ReadOnly,
}

impl Error {
    /// Whether the files themselves are at fault: missing, cut off, damaged, or of another version. A full disk, a lock or
    /// a missing permission is not, and passes.
    pub fn is_corruption(&self) -> bool {
        use tantivy::{
            TantivyError,
            directory::error::{OpenDirectoryError, OpenReadError},
        };
        match self {
            Self::Tantivy(error) => match error {
                TantivyError::DataCorruption(_)
                | TantivyError::IncompatibleIndex(_)
                | TantivyError::SchemaError(_)
                | TantivyError::DeserializeError(_)
                | TantivyError::FieldNotFound(_)
                | TantivyError::MissingPlugin(_)
                | TantivyError::UnexpectedPlugin(_)
                | TantivyError::OpenDirectoryError(
                    OpenDirectoryError::DoesNotExist(_) | OpenDirectoryError::NotADirectory(_),
                )
                | TantivyError::OpenReadError(
                    OpenReadError::FileDoesNotExist(_) | OpenReadError::IncompatibleIndex(_),
                ) => true,
                TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
                | TantivyError::IoError(io_error) => is_damage(io_error),
                _ => false,
            },
            Self::Io(error) => is_damage(error),
            Self::Schema(_) => true, // Of the generation's own copy: the folder of the settings has been read before.
            Self::NotBuilt | Self::Rebuilding | Self::ReadOnly => false,
        }
    }
}

fn is_damage(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::InvalidData | ErrorKind::UnexpectedEof
    )
}
