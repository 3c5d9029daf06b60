//! The directory as a reader sees it: a request is understood, planned, run over a snapshot of the index, and answered
//! with cards. Nothing here waits: no database, no lock, no file but the map.

mod alternatives;
pub mod answer;
pub mod budget;
mod by_key;
pub mod candidates;
pub mod cards;
pub mod changed;
mod clusters;
pub mod collect;
pub mod count;
pub mod cursor;
pub mod did_you_mean;
pub mod explain;
pub mod facets;
pub mod filter;
pub mod interpreted;
mod json;
mod kindred;
mod lesser;
mod like_there;
mod lists;
pub mod matched;
pub mod matches;
mod meet;
pub mod named;
mod named_near;
mod named_there;
pub mod near;
mod opening;
mod ordered;
pub mod plan;
mod ranked;
mod readings;
mod relaxed;
pub mod request;
pub mod score;
mod search;
mod soonest;
pub mod spelling;
pub mod spoken;
pub mod suggest;
mod tally;
pub mod text;
mod unwanted;
pub mod why_not;
mod widen;
mod windows;

pub use answer::Answer;
pub use by_key::provider;
pub use cards::Card;
pub use readings::{search, search_within};
pub use request::{Format, Request};
pub use suggest::{Suggestions, suggest};
pub use why_not::why_not;

use crate::vocab::Fault;

/// Why a search has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request asks for something that is not there or contradicts itself.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Malformed(Vec<Fault>),
    /// No index has been built yet.
    #[error("the directory is being built")]
    NotBuilt,
    /// What it may cost was spent before the page was found.
    #[error("it would have to look at more than one search may")]
    TooCostly(Box<explain::Trace>),
    /// The index cannot be read.
    #[error("read the index")]
    Index(#[from] tantivy::TantivyError),
}
