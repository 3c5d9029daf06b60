//! What a search may cost, and what it has cost so far: what was looked at, and time.
//!
//! A plan carries one budget through all its walks. A walk says what it looks at ([`Budget::look`]) and ends when it is
//! told to. What was cut short is then told as a lower bound if it only counts; else the search is refused
//! ([`Budget::refuse`]), because a page that may lack a better row is worse than none.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use serde::Serialize;

/// The clock is looked at after so many documents: a few tens of microseconds of work.
const CLOCK_EVERY: u64 = 512;

/// What a search may cost at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Providers at locations that may be looked at one by one.
    pub documents: u64,
    /// Time from its beginning.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            documents: 20_000_000,
            time: Duration::from_secs(2),
        }
    }
}

/// The limit that a search has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// Of documents.
    Documents,
    /// Of time.
    Time,
}

/// The way by which the rows of a page are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// No segment has been looked into.
    #[default]
    None,
    /// One provider, by its number.
    Npi,
    /// Whoever has a telephone number.
    Phone,
    /// Bearers of a name in rank order, until the page is full.
    ByRank,
    /// Everybody in rank order, until the page is full.
    Listed,
    /// Bearers of a name along the ranges of the curve that the region touches.
    Cells,
    /// All bearers of a name.
    Names,
    /// Whoever is free first, until the page is full.
    Free,
    /// Whoever has the rarest keyword.
    Postings,
    /// The trees, best first, until the page is proven.
    Nearest,
    /// All entries of the trees in the region.
    Trees,
    /// Everybody in the order of names or days, which every segment keeps.
    Ordered,
}

impl Route {
    /// As explanations, logs and numbers tell it.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Npi => "npi",
            Self::Phone => "phone",
            Self::ByRank => "by_rank",
            Self::Listed => "listed",
            Self::Cells => "cells",
            Self::Names => "names",
            Self::Free => "free",
            Self::Postings => "postings",
            Self::Nearest => "nearest",
            Self::Trees => "trees",
            Self::Ordered => "ordered",
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Branches of trees that were opened best first.
    pub nodes: u64,
    /// Ranges of the curve that postings were walked along.
    pub cells: u64,
    /// Providers at locations, as their bits tell them.
    pub documents: u64,
    /// Records that were read because bits could not decide.
    pub records: u64,
    /// Rows of the overlay.
    pub overlay: u64,
}

/// What is left to a search.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    started: Instant,
    documents: Cell<u64>,
    /// The number of documents at which the limits are looked at again; 0 once one has been met.
    next: Cell<u64>,
    nodes: Cell<u64>,
    cells: Cell<u64>,
    records: Cell<u64>,
    overlay: Cell<u64>,
    spent: Cell<Option<Spent>>,
    refused: Cell<bool>,
    route: Cell<Route>,
}

fn add(to: &Cell<u64>, more: u64) {
    to.set(to.get() + more);
}

impl Budget {
    /// A whole one.
    pub fn new(limits: Limits, started: Instant) -> Self {
        Self {
            limits,
            started,
            documents: Cell::new(0),
            next: Cell::new(CLOCK_EVERY.min(limits.documents.saturating_add(1))),
            nodes: Cell::new(0),
            cells: Cell::new(0),
            records: Cell::new(0),
            overlay: Cell::new(0),
            spent: Cell::new(None),
            refused: Cell::new(false),
            route: Cell::new(Route::None),
        }
    }

    /// Looks at so many more documents. Whether to go on.
    #[inline]
    pub fn look(&self, documents: u64) -> bool {
        let looked = self.documents.get() + documents;
        self.documents.set(looked);
        looked < self.next.get() || self.may_go_on(looked)
    }

    #[cold]
    fn may_go_on(&self, looked: u64) -> bool {
        if self.spent.get().is_none() {
            let spent = if looked > self.limits.documents {
                Some(Spent::Documents)
            } else {
                (self.started.elapsed() >= self.limits.time).then_some(Spent::Time)
            };
            self.spent.set(spent);
            let next = looked.saturating_add(CLOCK_EVERY);
            let next = next.min(self.limits.documents.saturating_add(1));
            self.next.set(if spent.is_some() { 0 } else { next });
        }
        self.spent.get().is_none()
    }

    /// Opens a branch of a tree.
    #[inline]
    pub fn open_node(&self) {
        add(&self.nodes, 1);
    }

    /// Walks along ranges of the curve.
    pub fn walk_cells(&self, cells: u64) {
        add(&self.cells, cells);
    }

    /// Reads a record.
    #[inline]
    pub fn read_record(&self) {
        add(&self.records, 1);
    }

    /// Scans rows of the overlay.
    pub fn scan_overlay(&self, rows: u64) {
        add(&self.overlay, rows);
    }

    /// Notes by which way the page is found.
    pub fn take(&self, route: Route) {
        self.route.set(route);
    }

    /// The way noted last.
    pub fn route(&self) -> Route {
        self.route.get()
    }

    /// Whether some walk has been cut short.
    pub fn is_spent(&self) -> bool {
        self.spent.get().is_some()
    }

    /// The limit that was met.
    pub fn spent(&self) -> Option<Spent> {
        self.spent.get()
    }

    /// Says of a walk that may have been cut short that only its end would do.
    pub fn refuse(&self) {
        self.refused.set(self.refused.get() || self.is_spent());
    }

    /// Whether the search has no answer.
    pub fn is_refused(&self) -> bool {
        self.refused.get()
    }

    /// What was looked at so far.
    pub fn seen(&self) -> Seen {
        Seen {
            nodes: self.nodes.get(),
            cells: self.cells.get(),
            documents: self.documents.get(),
            records: self.records.get(),
            overlay: self.overlay.get(),
        }
    }

    /// The limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(documents: u64, time: Duration) -> Budget {
        Budget::new(Limits { documents, time }, Instant::now())
    }

    #[test]
    fn the_last_document_may_be_looked_at_and_no_further() {
        for limit in [0, 1, CLOCK_EVERY - 1, CLOCK_EVERY, 3 * CLOCK_EVERY] {
            let budget = budget(limit, Duration::MAX);
            let looked = (0..limit + 10).take_while(|_| budget.look(1)).count() as u64;
            assert_eq!((looked, budget.spent()), (limit, Some(Spent::Documents)));
            assert!(!budget.look(1), "once spent it stays so");
        }
    }

    #[test]
    fn time_ends_a_walk_soon_after_it_is_over() {
        let budget = budget(u64::MAX, Duration::ZERO);
        let looked = (0..10 * CLOCK_EVERY).take_while(|_| budget.look(1)).count() as u64;
        assert_eq!((looked, budget.spent()), (CLOCK_EVERY - 1, Some(Spent::Time)));
    }

    #[test]
    fn only_a_walk_that_was_cut_short_is_refused() {
        let budget = budget(1, Duration::MAX);
        assert!(budget.look(1));
        budget.refuse();
        assert!(!budget.is_refused());
        assert!(!budget.look(1));
        budget.refuse();
        assert!(budget.is_refused());
    }
}
