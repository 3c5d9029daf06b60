//! The file that lies beside each segment: cards, entries, trees and dictionaries, laid out to be read from the map.
//!
//! Sections stand one behind the other, each aligned to 16 bytes; the last bytes are a table of contents and its length.
//! Nothing is parsed at start but that table, so a restart costs milliseconds at any size.

use std::io::{self, Write};

use bytemuck::Pod;
use serde::{Deserialize, Serialize};

use super::everything::Everything;

/// Raised when the layout changes: what another version has written is derived anew from the documents of its segment.
pub const VERSION: u32 = 9;

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
    /// Where each record starts, and where the last ends: `u32` if they all lie below four gigabytes, else `u64`.
    pub record_starts: Span,
    /// `Entry`: first those of the tree over all, then those without a point.
    pub entries: Span,
    /// `u32`: a location's number among the entries.
    pub entry_of_location: Span,
    /// `ProviderRow`: what is asked first of each provider.
    pub provider_rows: Span,
    /// `u32`: the locations of providers that have several.
    pub location_lists: Span,
    /// `Node`: the tree over all.
    pub nodes: Span,
    /// The distinct points of the entries.
    pub sites: SiteSpan,
    /// The table of the tree over all.
    pub table: TableSpan,
    /// A bit for each location: set where it is its provider's only one.
    pub single: Span,
    /// Providers by name.
    pub names: OrderSpan,
    /// Providers by the day of their confirmation.
    pub days: OrderSpan,
    /// `u32`, where each provider's specialties start, and where the last end.
    pub specialty_starts: Span,
    /// `u32`: specialties by provider, as numbers in `specialties`.
    pub provider_specialties: Span,
    /// Cities, folded.
    pub cities: ColumnSpan,
    /// States, folded.
    pub states: ColumnSpan,
    /// Categories.
    pub categories: ColumnSpan,
    /// Opening hours with their zones, see [`super::week`].
    pub weeks: ColumnSpan,
    /// How many providers have which value.
    pub everything: Everything,
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
    /// Its table.
    pub table: TableSpan,
}

/// Where the sites lie, see [`super::sites::Sites`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct SiteSpan {
    /// `[i32; 2]`.
    pub points: Span,
    /// `SiteNode`.
    pub nodes: Span,
    /// `u32`.
    pub lists: Span,
}

/// Where the table of a tree lies, see [`super::sites::Table`].
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct TableSpan {
    /// `TableSite`.
    pub sites: Span,
    /// `Group`.
    pub groups: Span,
    /// `u32`.
    pub pairs: Span,
    /// `Guest`.
    pub guests: Span,
}

/// An order of providers.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct OrderSpan {
    /// `u32`: providers in order.
    pub order: Span,
    /// `u32`: the place of each.
    pub ranks: Span,
}

/// A text of each location, as a number in a dictionary.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ColumnSpan {
    /// The dictionary, sorted.
    pub values: Vec<String>,
    /// By location; the greatest number where there is none. `u16` if that is enough for all values, else `u32`.
    pub numbers: Span,
}

impl ColumnSpan {
    /// Whether its numbers have two bytes.
    pub fn is_narrow(&self) -> bool {
        self.values.len() < usize::from(u16::MAX)
    }
}

impl Contents {
    /// Whether records start at numbers of four bytes.
    pub fn has_near_records(&self) -> bool {
        u32::try_from(self.records.length).is_ok()
    }
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

/// The bytes of the table of contents, from the end of a file.
fn table_of(file: &[u8]) -> Option<&[u8]> {
    let (rest, length) = file.split_last_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    Some(&rest[rest.len().checked_sub(length)?..])
}

/// The version of a file, whatever else stands in it.
pub fn version(file: &[u8]) -> Option<u32> {
    let (version, _) = postcard::take_from_bytes(table_of(file)?).ok()?;
    Some(version)
}

/// Reads the table of contents from the end of a file.
pub fn contents(file: &[u8]) -> io::Result<Contents> {
    let broken = |what| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("the directory file of a segment has {what}"),
        )
    };
    let table = table_of(file).ok_or_else(|| broken("no table of contents"))?;
    if version(file) != Some(VERSION) {
        return Err(broken("another version"));
    }
    postcard::from_bytes(table).map_err(|_| broken("no table of contents"))
}
