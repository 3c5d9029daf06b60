//! The import of NPPES: the monthly and weekly files of CMS (main, practice locations, other names, endpoints, deactivated
//! NPIs), as CSV, gzipped or in the zip as shipped, and JSON of the NPI Registry API.
//!
//! A thread reads and understands rows ([`columns`], [`rows`], [`registry`]), the import finds their place on the map and
//! hands them to the store in batches ([`run`]). Every batch is one short transaction that also saves how far the file has
//! been read, so a run that was broken off goes on where it stopped. What a row says is decided here; what it changes is
//! decided in `store::nppes`.

mod casing;
mod category;
mod cells;
mod columns;
mod dates;
mod lines;
mod progress;
mod reader;
mod registry;
mod rejects;
mod report;
mod rows;
mod run;
mod source;

pub use category::category;
pub use columns::Kind;
pub use progress::{Bar, Progress, Silent};
pub use rejects::{Note, Notes};
pub use report::{Counts, FileReport, Report};
pub use run::{Options, import};
