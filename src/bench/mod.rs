//! `provdir bench`: the query mix at any size, each kind checked against brute force, with a table of latencies.
//!
//! The providers are invented, so they need not be stored: provider number n can be made again at any time, and the check
//! makes all of them once more and tests every sampled query on each. A part of them is changed after the build, so that
//! deletes, small segments and the overlay are there as they are in a live directory.

mod against;
mod http;
mod mix;
mod plot;
mod report;
mod run;
mod scan;

pub use against::Against;
pub use http::Http;
pub use report::{Build, KindRow, Report};
pub use run::{Error, Options, Rival, run};
use run::{answer, parse};
