//! What can go wrong with a whole file. A single bad row is no error: it goes to the reject file.

use std::{io, path::PathBuf};

use crate::store;

/// Why an import did not come to its end. What was committed before stays, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("read {}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("write {}", path.display())]
    Unwritable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is cut off or damaged.
    #[error("read {}: it is cut off or damaged ({reason}); expected a whole zip, gzip, CSV or JSON file", path.display())]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What the reader says.
        reason: String,
    },
    /// The file is nothing that this import knows.
    #[error("recognise {}: expected {expected}", path.display())]
    UnknownLayout {
        /// Which one.
        path: PathBuf,
        /// What it could have been.
        expected: &'static str,
    },
    /// A whole list that would lift what is probably only missing.
    #[error(
        "take {} for the whole list: it has {lines} lines, the one before had {before}; a supplement is taken with --part, \
         and what is right in spite of this with --force", path.display()
    )]
    Shorter {
        /// Which one.
        path: PathBuf,
        /// How many can be read.
        lines: i64,
        /// How many count now.
        before: i64,
    },
    /// A layout makes no sense.
    #[error("understand the layout {}: {reason}", path.display())]
    Layout {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store refused or is away.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The thread that reads the file died.
    #[error("finish reading {}", path.display())]
    ReaderLost {
        /// Which file.
        path: PathBuf,
    },
}
