//! Where a page ended: the last row's place in the order, bound to the query it belongs to.

use std::hash::BuildHasher;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use super::{request::Request, windows::Window};

/// A row's place in the order. Smaller comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// How the name matched; 0 is exact.
    pub tier: u8,
    /// Distance, rank or date, so that smaller comes first.
    pub number: u64,
    /// Name, when sorted by it.
    pub text: String,
    /// The provider's id.
    pub provider: u128,
    /// The location's number among those of its provider.
    pub location: u32,
}

/// What a page hands to the next one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of the query; another query's cursor is refused.
    pub query: u64,
    /// The last row shown.
    pub last: Place,
    /// The radius that the first page came to, in kilometres.
    pub radius_km: Option<f64>,
    /// Index position of the first page.
    pub position: Option<(u64, i64)>,
    /// In an order by relevance: the window that the page ended in.
    pub window: Option<Window>,
    /// When the first page was asked for, in seconds since 1970, where the order hangs on it.
    pub moment: Option<i64>,
}

impl Cursor {
    /// As text for an address.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(postcard::to_stdvec(self).expect("writing into memory cannot fail"))
    }

    /// From text. `None`: not one of ours.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let (cursor, rest): (Self, _) = postcard::take_from_bytes(&bytes).ok()?;
        rest.is_empty().then_some(cursor)
    }
}

/// What makes two requests the same query, whatever page or form is asked for.
pub(super) fn fingerprint(request: &Request) -> u64 {
    // Every field is named: whoever adds one decides whether it makes another query.
    let Request {
        q,
        conditions,
        exclude,
        near,
        near_is_position,
        radius_km,
        unit,
        boxes,
        polygon,
        weights,
        literal,
        name_match,
        nicknames,
        sort,
        group,
        limit: _,
        cursor: _,
        facets: _,
        clusters: _,
        count: _,
        fields: _,
        format: _,
        explain: _,
        min_position: _,
    } = request;
    let corners = polygon.iter().flatten();
    let corners: Vec<[u64; 2]> = corners.map(|(lon, lat)| [lon.to_bits(), lat.to_bits()]).collect();
    FxBuildHasher.hash_one((
        (
            q,
            conditions,
            exclude,
            near,
            near_is_position,
            radius_km.map(f64::to_bits),
        ),
        (unit, boxes, polygon.is_some(), corners),
        (name_match, nicknames, sort, group, literal, weights.bits()),
    ))
}
