//! Ranking in two steps: rows come in the order that the index keeps (name, then nearness or static rank), and within each
//! window of so many of them the better score comes first.
//!
//! A cursor knows where its window began and ended in the order of the index, so that each row is shown once, whatever
//! happened to its neighbours in between.

use serde::{Deserialize, Serialize};

use super::{
    Error,
    collect::{Row, Source},
    cursor::{Cursor, Place},
    filter::tier,
    plan::Plan,
    request::Request,
    score::{LATELY_DAYS, Score, Signals, of_house},
    search::{Page, run},
    spelling::CORPORATE,
};
use crate::index::{geometry::KM_PER_MILE, packed::Texts, record::Record, segment::Segment, tree::flag};
use crate::vocab::{
    names::{SUFFIXES, fold, words},
    terms::{NetworkStatus, ProviderKind},
};
use chrono::Datelike;

/// Rows of a window.
pub const WINDOW: usize = 100;
/// So many more are read where a page goes on within a window, into which rows may have come.
const SLACK: usize = 100;

/// The window that a page ended in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The row before its first, if it is not the first window.
    pub start: Option<Place>,
    /// Its last row.
    pub end: Place,
    /// The score of the last row shown.
    pub score: f64,
}

/// A page by relevance.
pub struct Ranked<'s> {
    /// Best first.
    pub rows: Vec<(Row<'s>, Score)>,
    /// Where the next page goes on, if there is one: the last row, and its window.
    pub next: Option<(Place, Window)>,
}

/// Ranks a page. `first` is the window that it begins in, or the whole of it and a little more.
pub(super) fn page<'s>(
    plan: &Plan<'s>,
    request: &Request,
    first: Page<'s>,
    after: Option<&Cursor>,
) -> Result<Ranked<'s>, Error> {
    let shown = after.and_then(|cursor| Some((cursor.window.as_ref()?, &cursor.last)));
    let mut start = start_of(after);
    let mut rows = first.rows;
    let mut more = first.more;
    if let Some((window, _)) = shown {
        let inside = rows.partition_point(|row| !row.rank.is_after(&window.end));
        more |= inside < rows.len();
        rows.truncate(inside);
    }
    let mut ranked = Ranked {
        rows: Vec::with_capacity(request.limit),
        next: None,
    };
    let mut last_shown = shown.map(|(window, last)| (window.score, last));
    loop {
        let end = rows.last().map(|row| row.rank.to_place());
        fetch(plan, &rows);
        let town = town_of_name(plan);
        let weigh = |row: Row<'s>| {
            let score = score(plan, request, &row, town.as_deref());
            (row, score, score.total())
        };
        let mut scored: Vec<(Row<'s>, Score, f64)> = rows.drain(..).map(weigh).collect();
        // Rows of one score stay in the order of the index.
        scored.sort_by(|a, b| b.2.total_cmp(&a.2));
        let is_new = |(row, _, total): &(Row<'s>, Score, f64)| match last_shown {
            None => true,
            Some((points, place)) => match total.total_cmp(&points) {
                std::cmp::Ordering::Equal => row.rank.is_after(place),
                order => order.is_lt(),
            },
        };
        scored.retain(is_new);
        let room = request.limit - ranked.rows.len();
        let left = scored.len() > room;
        scored.truncate(room);
        ranked
            .rows
            .extend(scored.into_iter().map(|(row, score, _)| (row, score)));
        let full = ranked.rows.len() == request.limit;
        // Where rows of a window are gone and none is left, it ended where it was said to.
        let end = end.or_else(|| {
            shown
                .filter(|_| last_shown.is_some())
                .map(|(window, _)| window.end.clone())
        });
        let Some(end) = end.filter(|_| left || more) else { break };
        if full {
            ranked.next = ranked.rows.last().map(|(row, score)| {
                let score = score.total();
                (row.rank.to_place(), Window { start, end, score })
            });
            break;
        }
        let next = run(plan, &wide(false, 0), Some(&end))?;
        (rows, more) = (next.rows, next.more);
        (start, last_shown) = (Some(end), None);
    }
    Ok(ranked)
}

/// The row before the window in which a page begins.
pub fn start_of(after: Option<&Cursor>) -> Option<Place> {
    let cursor = after?;
    match &cursor.window {
        Some(window) => window.start.clone(),
        None => Some(cursor.last.clone()),
    }
}

/// Asks for a window's rows; some more where a page goes on in one.
pub fn ask(count: bool, after: Option<&Cursor>) -> Request {
    wide(count, if after.is_some() { SLACK } else { 0 })
}

fn wide(count: bool, more: usize) -> Request {
    Request {
        limit: WINDOW + more,
        count,
        ..Request::default()
    }
}

/// Whether some who have a specialty that is asked for fit the words of the box better than others.
fn fits_differ(plan: &Plan<'_>) -> bool {
    let wanted = &plan.reading.specialty;
    !wanted.is_empty() && *wanted == plan.conditions.specialty
}

/// What somebody is worth by kind alone.
fn worth_of(plan: &Plan<'_>, is_house: bool) -> f64 {
    let reading = &plan.reading;
    if is_house {
        of_house(reading.means_person, reading.titled)
    } else {
        1.0
    }
}

/// The best of somebody's specialties among those that the box was read as, and whether it is the primary one. Codes that
/// are asked for by parameters are all as good.
fn fit(plan: &Plan<'_>, specialties: Texts<'_>) -> Option<(usize, bool)> {
    if !fits_differ(plan) {
        return None;
    }
    let wanted = &plan.reading.specialty;
    let own = specialties.iter().enumerate();
    let steps = own.filter_map(|(at, code)| Some((wanted.iter().position(|w| w == code)?, at > 0)));
    steps.min().map(|(step, secondary)| (step, !secondary))
}

/// Whether words are asked for that may be the whole name of a house.
fn asks_whole(plan: &Plan<'_>) -> bool {
    !plan.conditions.names.is_empty() || !plan.reading.whole.is_empty()
}

/// The town in which somebody is asked for by name, folded.
fn town_of_name(plan: &Plan<'_>) -> Option<String> {
    let place = plan.reading.place.as_ref().filter(|_| !plan.reading.name.is_empty())?;
    let town = place.city.as_deref().filter(|_| place.postal_code.is_none());
    town.map(fold)
}

/// Whether a location of a segment lies in a town.
fn is_in(segment: &Segment, location: u32, town: Option<&str>) -> bool {
    let cities = &segment.contents().cities;
    let number = || segment.column(cities).get(location);
    town.is_some_and(|town| {
        number()
            .and_then(|number| cities.values.get(number as usize))
            .is_some_and(|city| city == town)
    })
}

/// Whether the words of a name, joined by spaces, are what was typed: all of them of a house's, and behind a title a surname.
fn is_whole(plan: &Plan<'_>, is_house: bool, own: &str) -> bool {
    if is_house {
        return is_whole_house(plan, own);
    }
    let reading = &plan.reading;
    let surname = own.split(' ').rfind(|word| !SUFFIXES.contains(word));
    matches!(reading.name.as_slice(), [typed] if reading.titled && surname == Some(typed))
}

/// Whether the words of a house's name, joined by spaces, are all among those that were typed: of the name, or of the city.
fn is_whole_house(plan: &Plan<'_>, own: &str) -> bool {
    let city = plan.reading.place.as_ref().and_then(|place| place.city.as_deref());
    let city = city.map(words).unwrap_or_default();
    let typed = plan.conditions.names.iter().filter(|name| name.tier == tier::EXACT);
    let whole = Some(&plan.reading.whole).filter(|whole| !whole.is_empty());
    let mut typed = typed.map(|name| &name.words).chain(whole);
    typed.any(|name| {
        own.split(' ').all(|own| {
            let said = |words: &[String]| words.iter().any(|word| word == own);
            said(name) || said(&city) || CORPORATE.contains(&own)
        })
    })
}

/// Reads ahead what rows are weighed by.
fn fetch(plan: &Plan<'_>, rows: &[Row<'_>]) {
    let reads_gist = asks_whole(plan) || fits_differ(plan);
    let mut sum = 0;
    for row in rows {
        if let Source::Segment(number, location) = row.source {
            let segment = &plan.snapshot.segments[number as usize].segment;
            let entry = segment.entry(location);
            sum ^= entry.masks.flags ^ segment.by_day().ranks[entry.provider as usize];
            if reads_gist {
                sum ^= segment.record_bytes(location).first().copied().map_or(0, u32::from);
            }
        }
    }
    std::hint::black_box(sum);
}

/// Weighs a row.
fn score(plan: &Plan<'_>, request: &Request, row: &Row<'_>, town: Option<&str>) -> Score {
    let asks_whole = asks_whole(plan);
    let weigh = |record: &Record<'_>| {
        let day = plan.now.date_naive().num_days_from_ce();
        let origin = plan.origin.zip(record.point());
        let signals = Signals {
            name: (!plan.conditions.names.is_empty()).then_some(row.rank.tier),
            whole: asks_whole
                && row.rank.tier == tier::EXACT
                && is_whole(plan, record.kind == ProviderKind::Organization, record.words),
            in_town: town.is_some_and(|town| {
                let city = record.place.as_ref().and_then(|place| place.city);
                row.rank.tier == tier::EXACT && city.is_some_and(|city| fold(city) == town)
            }),
            specialty: fit(plan, record.specialties),
            kind: worth_of(plan, record.kind == ProviderKind::Organization),
            miles: origin.map(|(origin, point)| origin.km(point) / KM_PER_MILE),
            status: record.status,
            accepting: record.accepting() == Some(true),
            verified_days_ago: record.verified.map(|verified| day - verified),
            tier: None,
        };
        let here = record.networks.iter().filter(|here| plan.conditions.asks_for(here));
        let tiers = here.map(|here| here.tier);
        // Of several participations the one that counts most.
        let scores = tiers.map(|tier| Score::of(&request.weights, &Signals { tier, ..signals }));
        scores
            .max_by(|a, b| a.total().total_cmp(&b.total()))
            .unwrap_or_else(|| Score::of(&request.weights, &signals))
    };
    match row.source {
        Source::Segment(number, location) => {
            let segment = &plan.snapshot.segments[number as usize].segment;
            if plan.conditions.asks_network() {
                return weigh(&segment.record(location));
            }
            let signals = Signals {
                in_town: row.rank.tier == tier::EXACT && is_in(segment, location, town),
                ..signals_of_entry(plan, segment, location, row)
            };
            Score::of(&request.weights, &signals)
        }
        Source::Overlay(id, number) => {
            let changed = plan.snapshot.changed(id).expect("a snapshot never changes");
            weigh(&changed.record(number as usize))
        }
    }
}

/// What the entry of a location tells, where no tier matters: of the records of a window of a hundred rows no more is read than
/// the gist, and that only where names or the fit of a specialty are weighed.
fn signals_of_entry(plan: &Plan<'_>, segment: &Segment, location: u32, row: &Row<'_>) -> Signals<'static> {
    let entry = segment.entry(location);
    let flags = entry.masks.flags;
    let is_house = flags & flag::kind(ProviderKind::Organization) != 0;
    let has_status = |status: &NetworkStatus| flags & flag::status(*status) != 0;
    let oldest = plan.now.date_naive().num_days_from_ce() - LATELY_DAYS;
    let origin = plan.origin.filter(|_| entry.is_placed());
    let gist = || segment.gist(location);
    Signals {
        name: (!plan.conditions.names.is_empty()).then_some(row.rank.tier),
        whole: asks_whole(plan) && row.rank.tier == tier::EXACT && is_whole(plan, is_house, gist().words),
        in_town: false,
        specialty: fits_differ(plan).then(|| fit(plan, gist().specialties)).flatten(),
        kind: worth_of(plan, is_house),
        miles: origin.map(|origin| origin.km(entry.point()) / KM_PER_MILE),
        status: NetworkStatus::ALL
            .iter()
            .copied()
            .find(has_status)
            .unwrap_or(NetworkStatus::Inactive),
        accepting: flags & flag::ACCEPTING != 0,
        verified_days_ago: segment
            .is_confirmed_since(entry.provider, oldest)
            .then_some(LATELY_DAYS),
        tier: None,
    }
}
