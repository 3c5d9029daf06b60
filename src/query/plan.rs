//! From a request to what is run: the reading of the box, the region, the order, and the way through each segment.

use std::{cell::OnceCell, rc::Rc, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};

use super::{
    Error,
    budget::{Budget, Limits},
    by_key,
    collect::{Rank, Row, Source},
    cursor::Place,
    filter::{ColumnWanted, Conditions},
    matches::while_in_all,
    request::{Group, Key, Request, Sort},
    spelling,
    text::{self, Reading},
    unwanted::Unwanted,
};
use crate::index::{
    Snapshot,
    geometry::{Area, Disc, Origin, Region},
    living::Living,
    orders::day_number,
    record::Record,
    segment::Segment,
    sites::{Cover, Table},
    snapshot::Found,
    tree::{Entry, MaskFilter, Tree, flag},
};
use crate::vocab::keys;

/// So many providers of one telephone number are looked at.
const MOST_OF_A_KEY: usize = 10_000;
/// More specialties than these are tested record by record instead of walked tree by tree.
const MOST_TREES: usize = 48;

/// What decides the order of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Quality of the name match, then distance or static rank.
    Relevance,
    /// Distance.
    Distance,
    /// Name.
    Name,
    /// Day of confirmation, latest first.
    Verified,
    /// The next free slot, earliest first; those without one last.
    NextAvailable,
}

impl Order {
    /// As explanations tell it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Distance => "distance",
            Self::Name => "name",
            Self::Verified => "verified",
            Self::NextAvailable => "next_available",
        }
    }
}

/// A request, understood and resolved against a snapshot.
pub struct Plan<'s> {
    /// The snapshot.
    pub snapshot: &'s Arc<Snapshot>,
    /// What must hold.
    pub conditions: Conditions,
    /// What must not.
    pub exclude: Conditions,
    /// Whether anything must not: asked for every row of a scan.
    excludes: bool,
    /// Where hits may lie.
    pub region: Region,
    /// Where distances are measured from.
    pub origin: Option<Origin>,
    /// The order.
    pub order: Order,
    /// Rows.
    pub group: Group,
    /// For "open now".
    pub now: DateTime<Utc>,
    /// From when on slots are free, in seconds since 1970: as on the first page.
    pub moment: i64,
    /// What the box was read as.
    pub reading: Reading,
    /// What all walks of this search may cost together.
    pub budget: Rc<Budget>,
}

/// A way into a segment: entries that may match, and what is still to be tested on each.
pub struct Way<'s> {
    /// The segment's number in the snapshot.
    pub number: u32,
    /// The segment.
    pub living: &'s Living,
    /// Tested first.
    pub masks: MaskFilter,
    /// Tested next.
    pub columns: Vec<ColumnWanted<'s>>,
    /// Tested after these: whom nobody wants.
    pub unwanted: Unwanted<'s>,
    /// Whether the masks decide alone.
    pub exact: bool,
    /// Whether masks and columns decide, so that records need not be read.
    pub decided: bool,
    /// The same of somebody who has been found by an NPI.
    pub of_bearer: bool,
    /// Whether a provider can come out of several streams.
    pub may_recur: bool,
    cover: OnceCell<Cover>,
}

impl Way<'_> {
    /// The segment's sites within the plan's region, found when first asked for.
    pub fn cover(&self, plan: &Plan<'_>) -> &Cover {
        self.cover
            .get_or_init(|| self.living.segment.sites().cover(&plan.region))
    }

    /// Whether nothing is left to be tested on an entry but its life and its place.
    pub fn is_free(&self) -> bool {
        self.exact && self.masks.is_empty()
    }
}

impl<'s> Plan<'s> {
    /// Understands a request. What else was understood comes beside the plan; conditions and exclusions have gone into it.
    pub fn new(snapshot: &'s Arc<Snapshot>, request: &Request, now: DateTime<Utc>) -> Result<(Self, Request), Error> {
        let reading = match &request.q {
            Some(q) => text::read(q, &request.literal, snapshot, request.here(), now),
            None => Reading::default(),
        };
        Self::read(snapshot, request, reading, now)
    }

    /// The same, with the box read.
    pub fn read(
        snapshot: &'s Arc<Snapshot>,
        request: &Request,
        mut reading: Reading,
        now: DateTime<Utc>,
    ) -> Result<(Self, Request), Error> {
        let mut understood = request.clone();
        reading.apply(&mut understood);
        reading.ask_for_place(&understood);
        let mut conditions = std::mem::take(&mut understood.conditions);
        spelling::expand(snapshot, &understood, &mut conditions.names);
        let mut exclude = std::mem::take(&mut understood.exclude);
        let first_page = request.cursor.as_ref().and_then(|cursor| cursor.moment);
        let moment = first_page.unwrap_or_else(|| now.timestamp());
        for asked in [&mut conditions, &mut exclude] {
            asked.follow(&snapshot.former);
            let free = |day| snapshot.free_slots.before(day, moment).into();
            asked.available = asked.available_before.map(free);
            asked.affiliation_ids = resolve(snapshot, &asked.affiliation)?;
            if let Some(phone) = &asked.phone {
                asked.phone_ids = with_key(snapshot, &keys::key::phone(phone))?;
            }
        }
        let origin = understood.near.as_ref().map(|place| Origin::new(place.point));
        let region = Region {
            disc: origin
                .zip(understood.radius_km)
                .map(|(origin, km)| Disc::new(origin, km)),
            boxes: understood.boxes.clone(),
            area: understood.polygon.clone().map(Area::new),
        };
        let order = match understood.sort {
            Sort::Relevance if origin.is_some() && conditions.names.is_empty() => Order::Distance,
            Sort::Relevance => Order::Relevance,
            Sort::Distance => Order::Distance,
            Sort::Name => Order::Name,
            Sort::Verified => Order::Verified,
            Sort::NextAvailable => Order::NextAvailable,
        };
        let group = understood.group;
        let excludes = exclude != Conditions::default();
        let plan = Self {
            snapshot,
            conditions,
            exclude,
            excludes,
            region,
            origin,
            order,
            group,
            now,
            moment,
            reading,
            budget: Rc::new(Budget::new(Limits::default(), Instant::now())),
        };
        Ok((plan, understood))
    }

    /// The same with other conditions.
    pub fn with(&self, conditions: Conditions) -> Self {
        Self {
            snapshot: self.snapshot,
            conditions,
            exclude: self.exclude.clone(),
            excludes: self.excludes,
            region: self.region.clone(),
            origin: self.origin,
            order: self.order,
            group: self.group,
            now: self.now,
            moment: self.moment,
            reading: self.reading.clone(),
            budget: Rc::clone(&self.budget),
        }
    }

    /// Whether hits must have a point.
    pub fn needs_point(&self) -> bool {
        self.origin.is_some() || !self.region.is_everywhere()
    }

    /// Whether a name or number is asked for, which is found by its postings.
    pub fn has_words(&self) -> bool {
        let conditions = &self.conditions;
        !conditions.names.is_empty() || !conditions.npi.is_empty() || conditions.phone.is_some()
    }

    /// Whether names are asked for in an order that goes by distance.
    pub fn names_by_distance(&self) -> bool {
        let by_distance = matches!(self.order, Order::Distance | Order::Relevance) && self.origin.is_some();
        by_distance && !self.conditions.names.is_empty()
    }

    /// Whether something is excluded.
    pub fn has_exclusions(&self) -> bool {
        self.excludes
    }

    /// The ways into all segments.
    pub fn ways(&self) -> Vec<Way<'s>> {
        let seen_to = self.uses_specialty_trees() || self.meets_specialty_by_terms();
        let segments = self.snapshot.segments.iter().enumerate();
        let way = |(number, living): (usize, &'s Living)| {
            let (mut masks, decided) = self.conditions.masks(living.segment.contents(), seen_to);
            let columns = self.conditions.columns(&living.segment, self.now);
            if self.conditions.open_at.is_some() {
                masks.flags.push(flag::HOURS);
            }
            let mut unwanted = Unwanted::default();
            if self.has_exclusions() {
                unwanted = Unwanted::of(&self.exclude, &living.segment, self.now);
                masks.without = unwanted.masks;
            }
            let of_bearer = decided && unwanted.decides;
            let decided = of_bearer && self.conditions.npi.is_empty();
            let may_recur = (seen_to && self.conditions.specialty.len() > 1) || self.conditions.names.len() > 1;
            Way {
                number: number as u32,
                living,
                masks,
                exact: decided && columns.is_empty() && unwanted.is_told_by_masks(),
                decided,
                of_bearer,
                columns,
                unwanted,
                may_recur,
                cover: OnceCell::new(),
            }
        };
        segments.map(way).collect()
    }

    /// Whether the specialty is seen to by the terms that a name is met with.
    pub fn meets_specialty_by_terms(&self) -> bool {
        let asked = self.conditions.specialty.len();
        (1..=MOST_TREES).contains(&asked) && !self.conditions.names.is_empty()
    }

    /// Whether the specialty is seen to by walking its trees.
    pub fn uses_specialty_trees(&self) -> bool {
        let asked = self.conditions.specialty.len();
        (1..=MOST_TREES).contains(&asked) && !self.has_words()
    }

    /// The trees to walk in a segment, each with its entries without a point.
    pub fn trees(&self, living: &'s Living) -> Vec<(Tree<'s>, &'s [Entry])> {
        if self.uses_specialty_trees() {
            self.conditions
                .specialty
                .iter()
                .filter_map(|code| living.segment.specialty(code))
                .collect()
        } else {
            vec![(living.segment.tree(), living.segment.unplaced())]
        }
    }

    /// The tables of these trees.
    pub fn tables(&self, living: &'s Living) -> Vec<Table<'s>> {
        let segment = &living.segment;
        if self.uses_specialty_trees() {
            let codes = self.conditions.specialty.iter();
            codes.filter_map(|code| segment.table(Some(code))).collect()
        } else {
            segment.table(None).into_iter().collect()
        }
    }

    /// Whether an entry matches: mask, life, place, and the record where masks do not decide.
    pub fn admits(&self, way: &Way<'s>, entry: &Entry) -> bool {
        way.masks.admits(&entry.masks) && self.admits_unmasked(way, entry)
    }

    /// The same where the masks have been tested already.
    pub fn admits_unmasked(&self, way: &Way<'s>, entry: &Entry) -> bool {
        self.admits_by_columns(way, entry, way.decided)
    }

    /// The same of somebody who has been found by an NPI that is asked for: it need not be read once more.
    pub fn admits_bearer(&self, way: &Way<'s>, entry: &Entry) -> bool {
        way.masks.admits(&entry.masks) && self.admits_by_columns(way, entry, way.of_bearer)
    }

    /// `decided`: the record need not be read, where columns can tell all of it.
    fn admits_by_columns(&self, way: &Way<'s>, entry: &Entry, decided: bool) -> bool {
        let record = || way.living.segment.record(entry.location);
        let has_values = || {
            way.columns
                .iter()
                .all(|column| column.admits(entry.location) || (column.afar && entry.is_afar()))
        };
        // A column cannot tell of care from afar.
        let mut columns = way.columns.iter().chain(&way.unwanted.columns);
        let decided = decided && !(entry.is_afar() && columns.any(|column| column.afar));
        way.living.is_alive(entry.provider)
            && has_values()
            && !way.unwanted.has(&way.living.segment, entry)
            && (decided || self.admits_record(&record()))
    }

    /// Whether a record matches, names and region apart.
    pub fn admits_record(&self, record: &Record<'_>) -> bool {
        self.budget.read_record();
        self.conditions.admits(record, self.now) && !(self.has_exclusions() && self.exclude.excludes(record, self.now))
    }

    /// Whether an entry lies where hits may lie.
    pub fn admits_point(&self, entry: &Entry) -> bool {
        if !self.needs_point() {
            return true;
        }
        entry.is_placed() && self.region.contains(entry.point())
    }

    /// The row of an entry.
    pub fn row(&self, way: &Way<'s>, entry: &Entry, tier: u8) -> Row<'s> {
        let segment: &'s Segment = &way.living.segment;
        let number = match self.order {
            Order::Distance => self.origin.map_or(0, |origin| origin.measure(entry.point()).to_bits()),
            Order::Relevance => match self.origin {
                Some(origin) => origin.measure(entry.point()).to_bits(),
                None => segment.rank(entry.provider),
            },
            Order::Name => 0,
            Order::Verified => day_number(segment.record(entry.location).verified),
            Order::NextAvailable => self.next_free(segment.provider_id(entry.provider)),
        };
        self.row_of(way, entry, tier, number)
    }

    /// The same where its number in the order is known.
    pub fn row_of(&self, way: &Way<'s>, entry: &Entry, tier: u8, number: u64) -> Row<'s> {
        self.row_at(way, entry, way.living.segment.ordinal(entry), tier, number)
    }

    /// The same where it is also known which of its provider's locations the entry is.
    pub fn row_at(&self, way: &Way<'s>, entry: &Entry, location: u32, tier: u8, number: u64) -> Row<'s> {
        let segment: &'s Segment = &way.living.segment;
        let text = if self.order == Order::Name {
            segment.record(entry.location).sort_name
        } else {
            ""
        };
        let tier = if self.order == Order::Relevance { tier } else { 0 };
        let rank = Rank {
            tier,
            number,
            text,
            provider: segment.provider_id(entry.provider),
            location,
        };
        Row {
            rank,
            source: Source::Segment(way.number, entry.location),
        }
    }

    /// Whether an earlier page, which ended at `after`, has shown a row, or its provider at a better location.
    pub fn was_shown(&self, way: &Way<'s>, entry: &Entry, row: &Row<'s>, after: &Place) -> bool {
        if !row.rank.is_after(after) {
            return true;
        }
        if self.group == Group::Location || entry.masks.flags & flag::SEVERAL == 0 {
            return false;
        }
        let segment = &way.living.segment;
        segment.locations_of(entry.provider).iter().any(|location| {
            let sibling = segment.entry(*location);
            self.admits_point(sibling)
                && !self.row(way, sibling, row.rank.tier).rank.is_after(after)
                && self.admits(way, sibling)
        })
    }

    /// Whether a provider can come several times out of the ways.
    pub fn may_recur(&self, way: &Way<'_>, entry: &Entry) -> bool {
        let several = self.group == Group::Provider && entry.masks.flags & flag::SEVERAL != 0;
        let renamed = !self.conditions.names.is_empty() && entry.masks.flags & flag::OTHER_NAMES != 0;
        way.may_recur || several || renamed
    }
}

/// The ids of providers that have a key, see [`crate::index::keys`].
fn with_key(snapshot: &Snapshot, key: &str) -> Result<Vec<u128>, Error> {
    let has_key = |changed: &&Arc<crate::index::overlay::Changed>| {
        changed.keys.binary_search_by(|own| own.as_str().cmp(key)).is_ok()
    };
    let changed = snapshot.changed_providers().filter(has_key);
    let mut ids: Vec<u128> = changed
        .map(|changed| changed.change.provider_id().0.as_u128())
        .collect();
    for living in &snapshot.segments {
        let segment = &living.segment;
        while_in_all(segment, &[(segment.fields().key, key)], |provider| {
            if living.is_alive(provider) {
                ids.push(segment.provider_id(provider));
            }
            ids.len() < MOST_OF_A_KEY
        })?;
    }
    Ok(ids)
}

/// The ids of providers named by any key. Those that are not there have no members.
fn resolve(snapshot: &Snapshot, keys: &[Key]) -> Result<Vec<u128>, Error> {
    let mut ids = Vec::with_capacity(keys.len());
    for key in keys {
        match by_key::find(snapshot, key)? {
            Some(Found::InSegment(living, provider)) => ids.push(living.segment.provider_id(provider)),
            Some(Found::InOverlay(changed)) => ids.push(changed.change.provider_id().0.as_u128()),
            None => {}
        }
    }
    Ok(ids)
}
