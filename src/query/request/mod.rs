//! What can be asked, read strictly: every parameter of the contract, each checked, all faults told at once.
//!
//! [`Request`] is a search as it is checked, made of [`choices`]; `reader` reads it from parameters or JSON: `conditions` on
//! providers, an `area` of a map, what is a `name`; and `faults` says what is wrong.

mod area;
mod choices;
mod conditions;
mod faults;
mod name;
mod reader;

pub use choices::{Facet, Format, Group, Key, NameMatch, NetworkChoice, OpenAt, Sort, Unit};
pub use faults::PARAMETERS;
pub use reader::{MAX_PARAMETERS, MAX_TEXT};

use super::{cursor::Cursor, filter::Conditions, score::Weights};
use crate::vocab::{
    Position,
    place::{Place, Point},
};

/// A search, checked.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The one box.
    pub q: Option<String>,
    /// What must hold.
    pub conditions: Conditions,
    /// What must not hold.
    pub exclude: Conditions,
    /// Where distances are measured from.
    pub near: Option<Place>,
    /// Whether that is a point, as a telephone tells where it is, and not a place that somebody chose: what the box names goes
    /// before it.
    pub near_is_position: bool,
    /// Within this distance of `near`.
    pub radius_km: Option<f64>,
    /// The unit that radius and distances are told in.
    pub unit: Unit,
    /// Boxes as (south, west, north, east) in 1e-7 degree: one, or two across the date line.
    pub boxes: Vec<[i32; 4]>,
    /// A ring of (longitude, latitude).
    pub polygon: Option<Vec<(f64, f64)>>,
    /// How names match.
    pub name_match: NameMatch,
    /// Whether nicknames match.
    pub nicknames: bool,
    /// The order.
    pub sort: Sort,
    /// Rows are providers or locations.
    pub group: Group,
    /// Rows of a page.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<Cursor>,
    /// Facets to count.
    pub facets: Vec<Facet>,
    /// Zoom level of a map's grid.
    pub clusters: Option<u8>,
    /// Whether the total is wanted.
    pub count: bool,
    /// Properties of a card to keep; empty: all.
    pub fields: Vec<String>,
    /// Form of the answer.
    pub format: Format,
    /// Whether to tell how the answer came about.
    pub explain: bool,
    /// The index must have read the feed this far.
    pub min_position: Option<Position>,
    /// What counts how much in an order by relevance; not asked for, but set by the organisation of whoever asks.
    pub weights: Weights,
    /// Words of the box that are nothing but words of a name, folded.
    pub literal: Vec<String>,
}

impl Request {
    /// Whether an order by relevance would weigh nothing but who is active: neither words nor a place are asked for.
    pub fn ranks_nobody(&self) -> bool {
        let asks = self.q.is_some() || self.near.is_some() || !self.conditions.names.is_empty();
        self.sort == Sort::Relevance && !asks
    }

    /// Where whoever asks is, if a telephone tells.
    pub fn here(&self) -> Option<Point> {
        let near = self.near.as_ref().filter(|_| self.near_is_position);
        near.map(|place| place.point)
    }
}
