//! The gazetteer: 41,657 ZIP codes, their cities, counties and states, each with a centroid, in a few megabytes.
//!
//! Names lie in one text, rows refer to each other by number. `places.csv` is sorted by key within each kind of row, so nothing
//! but the populations is sorted when it is read. Counties and ZIPs are looked up by bisection, cities and states by the
//! [`keys`]. Localities are towns and parts of towns that no ZIP is called after: they are meant with their state, and by their
//! bare name if many live there and more than in any city that is called so ([`meant`]).

mod find;
mod keys;
mod landmarks;
mod meant;
mod places;
mod read;

pub use landmarks::{Landmark, LandmarkKind};
use places::{COUNTY_WORDS, NONE, Named, Span, State, Zip, key, key_of};
pub use places::{Gazetteer, bare_county, ways_to_write};
