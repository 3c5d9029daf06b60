//! The file that lies beside each segment: cards, entries, trees and dictionaries, laid out to be read from the map.
//!
//! Sections stand one behind the other, each aligned to 16 bytes; the last bytes are a table of contents and its length.
//! Nothing is parsed at start but that table, so a restart costs milliseconds at any size.

use std::io::{self, Write};

use bytemuck::Pod;
use serde::{Deserialize, Serialize};

/// Raised when the layout changes: an index of another version is built anew.
pub const VERSION: u32 = 4;

const ALIGN: u64 = 16;

/// The table of contents.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Contents {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// Providers in the segment.
    pub providers: u32,
    /// Locations in the segment.
    pub locations: u32,
    /// Of these, with a point: the first ones among the entries.
    pub placed: u32,
    /// Records, one behind the other.
    pub records: Span,
    /// `u64`, where each record starts, and where the last ends.
    pub record_starts: Span,
    /// `Entry`: first those of the tree over all, then those without a point.
    pub entries: Span,
    /// `u32`: a location's number among the entries.
    pub entry_of_location: Span,
    /// `[u64; 2]`, high and low: a provider's id.
    pub provider_ids: Span,
    /// `u64`: a provider's rank, smaller is better.
    pub provider_ranks: Span,
    /// `u32`, where each provider's locations start, and where the last end.
    pub location_starts: Span,
    /// `u32`: locations by provider.
    pub provider_locations: Span,
    /// `Node`: the tree over all.
    pub nodes: Span,
    /// The visitors of the tree over all.
    pub visitors: VisitorSpan,
    /// A tree for each specialty, by code.
    pub specialties: Vec<SpecialtySpan>,
    /// Networks by the number of their bit.
    pub networks: Vec<u128>,
    /// Languages by the number of their bit.
    pub languages: Vec<String>,
}

/// Where a section lies, in bytes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// Length in bytes.
    pub length: u64,
}

/// Where the tree of a specialty lies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SpecialtySpan {
    /// NUCC code.
    pub code: String,
    /// `Entry`: those of the tree, then those without a point.
    pub entries: Span,
    /// How many of them are in the tree.
    pub placed: u32,
    /// `u32`: its providers, each once, the best rank first.
    pub providers: Span,
    /// `Node`.
    pub nodes: Span,
    /// Its visitors.
    pub visitors: VisitorSpan,
}

/// Where the visitors of a tree lie.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct VisitorSpan {
    /// Visitors that are their provider's only ones.
    pub lone: PackedSpan,
    /// All others.
    pub several: PackedSpan,
}

/// Where a packed tree of visitors lies.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct PackedSpan {
    /// `Visitor`.
    pub visitors: Span,
    /// `VisitorNode`.
    pub nodes: Span,
}

/// Writes sections and keeps count.
pub struct SectionWriter<W: Write> {
    inner: W,
    at: u64,
}

impl<W: Write> SectionWriter<W> {
    /// Starts at the beginning of `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, at: 0 }
    }

    /// Starts a section whose bytes follow by [`Self::append`].
    pub fn start(&mut self) -> io::Result<u64> {
        let fill = (ALIGN - self.at % ALIGN) % ALIGN;
        self.append(&[0; ALIGN as usize][..fill as usize])?;
        Ok(self.at)
    }

    /// Adds bytes to the open section.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Where the next byte goes.
    pub fn position(&self) -> u64 {
        self.at
    }

    /// A whole section.
    pub fn section<T: Pod>(&mut self, values: &[T]) -> io::Result<Span> {
        let start = self.start()?;
        self.append(bytemuck::cast_slice(values))?;
        Ok(Span {
            start,
            length: self.at - start,
        })
    }

    /// The table of contents, and the end. Gives back the inner writer.
    pub fn finish(mut self, contents: &Contents) -> io::Result<W> {
        let bytes = postcard::to_stdvec(contents).map_err(io::Error::other)?;
        self.append(&bytes)?;
        self.append(&(bytes.len() as u64).to_le_bytes())?;
        Ok(self.inner)
    }
}

/// Reads the table of contents from the end of a file.
pub fn contents(file: &[u8]) -> io::Result<Contents> {
    let broken = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "the directory file of a segment has no table of contents",
        )
    };
    let (rest, length) = file.split_last_chunk::<8>().ok_or_else(broken)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| broken())?;
    let start = rest.len().checked_sub(length).ok_or_else(broken)?;
    let contents: Contents = postcard::from_bytes(&rest[start..]).map_err(|_| broken())?;
    if contents.version != VERSION {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the directory file of a segment has another version",
        ));
    }
    Ok(contents)
}
