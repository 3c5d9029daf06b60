//! Runs one reading of a request over a snapshot: rows, total, facets, clusters. Which reading answers is said in
//! [`readings`](super::readings).

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Error,
    answer::{Answer, Hit, Total},
    budget::{Budget, Limits, Route},
    clusters,
    collect::{Collector, Row, Source},
    count,
    cursor::{self, Cursor, Place},
    did_you_mean,
    explain::Trace,
    facets,
    interpreted::Interpreted,
    named::Named,
    named_near, near, ordered,
    plan::{Order, Plan, Way},
    request::{Request, Sort},
    score::Score,
    spelling,
    text::Reading,
    widen::widen,
    windows::{self, Window},
};
use crate::index::{Snapshot, geometry::Disc, tree::flag};
use crate::vocab::Fault;
use chrono::{DateTime, Utc};

/// What a search may cost, and when it began.
#[derive(Clone, Copy)]
pub(super) struct Spending {
    pub(super) limits: Limits,
    pub(super) started: Instant,
}

/// When the stages of a search had ended, since its beginning.
struct Stages {
    /// The request was understood.
    read: Duration,
    /// The rows of the page were found and counted.
    found: Duration,
    /// Facets and clusters were counted, if any.
    counted: Duration,
}

/// The rows of a page as they are shown.
struct Shown<'s> {
    /// Each with its score, where that ranks them.
    rows: Vec<(Row<'s>, Option<Score>)>,
    /// Where the next page goes on, if there is one: the last row, and its window where there are any.
    next: Option<(Place, Option<Window>)>,
    total: Option<Total>,
    /// How far was looked, in miles, where that is farther than the first step.
    expanded: Option<f64>,
}

/// Answers a request whose box has been read.
pub(super) fn answer(
    snapshot: &Arc<Snapshot>,
    request: &Request,
    reading: Reading,
    now: DateTime<Utc>,
    spending: Spending,
) -> Result<Answer, Error> {
    let Spending { limits, started } = spending;
    let (mut plan, understood) = Plan::read(snapshot, request, reading, now)?;
    plan.budget = Rc::new(Budget::new(limits, started));
    let read = started.elapsed();
    let shown = show(&mut plan, request, &understood)?;
    let (route, found) = (plan.budget.route(), started.elapsed());
    let mut stages = Stages {
        read,
        found,
        counted: found,
    };
    let (mut facets, mut clusters) = (BTreeMap::new(), None);
    if !plan.budget.is_refused() && (!understood.facets.is_empty() || understood.clusters.is_some()) {
        facets = facets::count(&plan, &understood)?;
        clusters = understood
            .clusters
            .map(|zoom| clusters::count(&plan, zoom))
            .transpose()?;
        stages.counted = started.elapsed();
    }
    if plan.budget.is_refused() {
        return Err(Error::TooCostly(Box::new(trace(&plan, route, &stages, spending))));
    }
    let next_cursor = shown
        .next
        .map(|(last, window)| next_page(&plan, request, &understood, last, window).encode());
    let ways = plan.ways();
    let hits = shown.rows.iter();
    let hits = hits.map(|(row, score)| hit(&plan, &ways, row, *score)).collect();
    let did_you_mean = did_you_mean::of(&plan, request, shown.total.as_ref().map(|total| total.value))?;
    let interpreted = Interpreted::of(&plan, &understood);
    Ok(Answer {
        snapshot: Arc::clone(snapshot),
        origin: plan.origin,
        names: plan.conditions.names.clone(),
        former_npi: plan.conditions.former_npi.clone(),
        explained: understood.explain.then(|| Box::new(plan.conditions.clone())),
        trace: trace(&plan, route, &stages, spending),
        moment: plan.moment,
        fields: understood.fields.clone(),
        total: shown.total,
        interpreted,
        hits,
        facets,
        clusters,
        expanded_radius_miles: shown.expanded,
        hint: plan.reading.hint.clone(),
        did_you_mean,
        other_readings: Vec::new(),
        next_cursor,
        took_us: started.elapsed().as_micros() as u64,
    })
}

/// Finds the page that a request asks for, and ranks it where its order is by relevance.
fn show<'s>(plan: &mut Plan<'s>, request: &Request, understood: &Request) -> Result<Shown<'s>, Error> {
    let cursor = request.cursor.as_ref();
    let mut after = resume(plan, request, understood)?;
    let by_relevance = understood.sort == Sort::Relevance;
    let mut wanted = understood.clone();
    if by_relevance {
        wanted = windows::ask(understood.count, cursor);
        after = windows::start_of(cursor);
    }
    let (page, expanded) = match (plan.origin, understood.radius_km, cursor) {
        (Some(_), None, None) if plan.region.is_everywhere() => widen(plan, &wanted, understood.limit)?,
        _ => (run(plan, &wanted, after.as_ref())?, None),
    };
    let relation = if page.stopped { "gte" } else { "eq" };
    let total = page.total.map(|value| Total { value, relation });
    let (rows, next) = if by_relevance {
        let ranked = windows::page(plan, understood, page, cursor)?;
        let rows = ranked.rows.into_iter().map(|(row, score)| (row, Some(score)));
        (rows.collect(), ranked.next.map(|(last, window)| (last, Some(window))))
    } else {
        let last = page.more.then(|| page.rows.last()).flatten();
        let next = last.map(|row| (row.rank.to_place(), None));
        (page.rows.into_iter().map(|row| (row, None)).collect(), next)
    };
    Ok(Shown {
        rows,
        next,
        total,
        expanded,
    })
}

/// The course of a search, as far as it has gone.
fn trace(plan: &Plan<'_>, route: Route, stages: &Stages, Spending { limits, started }: Spending) -> Trace {
    Trace {
        route,
        order: plan.order,
        segments: plan.snapshot.segments.len(),
        seen: plan.budget.seen(),
        limits,
        spent: plan.budget.spent(),
        read: stages.read,
        find: stages.found.saturating_sub(stages.read),
        count: stages.counted.saturating_sub(stages.found),
        whole: started.elapsed(),
    }
}

/// What this page hands to the next one.
fn next_page(plan: &Plan<'_>, request: &Request, understood: &Request, last: Place, window: Option<Window>) -> Cursor {
    let reached_km = plan.region.disc.map(|disc| disc.km());
    Cursor {
        query: cursor::fingerprint(request),
        last,
        window,
        radius_km: reached_km
            .filter(|_| understood.radius_km.is_none())
            .or(request.cursor.as_ref().and_then(|c| c.radius_km)),
        position: plan.snapshot.position.map(|p| (p.xid, p.id)),
        moment: (plan.order == Order::NextAvailable).then_some(plan.moment),
    }
}

/// Rows of a page in the order of the index, and how many there are in all.
pub(super) struct Page<'s> {
    /// Best first.
    pub(super) rows: Vec<Row<'s>>,
    total: Option<u64>,
    /// Whether there may be more than the total says.
    stopped: bool,
    /// Whether there is a page behind it.
    pub(super) more: bool,
}

/// Runs the plan for one page: of a request it is only the number of rows and the wish to count that matter here.
pub(super) fn run<'s>(plan: &Plan<'s>, request: &Request, after: Option<&Place>) -> Result<Page<'s>, Error> {
    // One more than the page, to know whether there is a next one.
    let wanted = request.limit + 1;
    let ways = plan.ways();
    let by_tree = !plan.has_words() && plan.picked().is_none();
    let mut collector = Collector::new(plan.group, wanted, after.cloned());
    plan.collect_overlay(&mut collector);
    let mut stopped = false;
    let ranked = by_rank(plan, &ways, wanted, after, request.count)?;
    let soonest = plan.soonest(&ways, wanted, after)?;
    let (mut rows, total) = match (ranked, soonest, plan.origin) {
        (Some(segments), ..) => {
            let mut total = collector.total();
            let mut rows = collector.finish();
            for found in segments {
                total += found.total;
                stopped |= found.stopped;
                rows.extend(found.rows);
            }
            rows.sort_unstable();
            (rows, total)
        }
        (None, Some(found), _) => {
            plan.budget.take(Route::Free);
            joined(plan, &ways, collector, found, request.count)?
        }
        (None, None, Some(origin)) if plan.order == Order::Distance && by_tree => {
            let found = near::nearest(plan, &ways, origin, wanted, after);
            let all = joined(plan, &ways, collector, found, request.count)?;
            stopped = plan.budget.is_spent();
            plan.budget.take(Route::Nearest);
            all
        }
        (None, None, Some(origin)) if plan.names_by_distance() => {
            let in_overlay = collector.total();
            let mut rows = collector.finish();
            let (found, counted) = named_near::nearest(plan, &ways, origin, wanted, after)?;
            plan.budget.refuse(); // The nearest may be the last.
            rows.extend(found);
            rows.sort_unstable();
            (rows, in_overlay + counted)
        }
        _ if plan.goes_by_order() => {
            let in_overlay = collector.total();
            let mut rows = collector.finish();
            let (found, counted) = ordered::page(plan, &ways, wanted, after, request.count)?;
            plan.budget.refuse();
            plan.budget.take(Route::Ordered);
            rows.extend(found);
            rows.sort_unstable();
            (rows, in_overlay + counted)
        }
        _ => {
            for way in &ways {
                plan.for_each_match(way, |entry, tier| {
                    collector.add(plan.row(way, entry, tier), plan.may_recur(way, entry));
                })?;
            }
            plan.budget.refuse(); // The best row may be the last.
            let total = collector.total();
            (collector.finish(), total)
        }
    };
    let more = rows.len() > request.limit;
    rows.truncate(request.limit);
    Ok(Page {
        rows,
        total: request.count.then_some(total),
        stopped,
        more,
    })
}

/// The best rows of all segments together with those of the overlay, and how many there are in all.
fn joined<'s>(
    plan: &Plan<'s>,
    ways: &[Way<'s>],
    overlay: Collector<'s>,
    found: Vec<Row<'s>>,
    count: bool,
) -> Result<(Vec<Row<'s>>, u64), Error> {
    let in_overlay = overlay.total();
    let mut rows = overlay.finish();
    rows.extend(found);
    rows.sort_unstable();
    // Counted last: what is left of the budget may do for a lower bound, but not for a page.
    let total = if count && !plan.budget.is_refused() {
        in_overlay + count::total(plan, ways)?
    } else {
        0
    };
    Ok((rows, total))
}

/// What each segment has, where the order is that in which providers stand there.
fn by_rank<'s>(
    plan: &Plan<'s>,
    ways: &[Way<'s>],
    wanted: usize,
    after: Option<&Place>,
    count: bool,
) -> Result<Option<Vec<Named<'s>>>, Error> {
    let named = plan.goes_by_rank(ways)?;
    if !named && !plan.lists_by_rank(ways)? {
        return Ok(None);
    }
    plan.budget.take(if named { Route::ByRank } else { Route::Listed });
    // The small ones first: a budget that ends in the counting of the large one has then found its rows everywhere.
    let mut by_size: Vec<&Way<'s>> = ways.iter().collect();
    by_size.sort_by_key(|way| way.living.segment.contents().providers);
    let mut segments = Vec::with_capacity(ways.len());
    for way in by_size {
        let found = if named {
            plan.named(way, wanted, after, count)?
        } else {
            match plan.ranked(way, wanted, after, count) {
                Some(found) => found,
                None => return Ok(None),
            }
        };
        if found.rows.len() < wanted {
            plan.budget.refuse();
        }
        segments.push(found);
    }
    Ok(Some(segments))
}

/// A row with what only its card tells: how many other locations of the provider match.
fn hit(plan: &Plan<'_>, ways: &[Way<'_>], row: &Row<'_>, score: Option<Score>) -> Hit {
    let others = match row.source {
        Source::Segment(number, location) => {
            let way = &ways[number as usize];
            let segment = &way.living.segment;
            let entry = segment.entry(location);
            if entry.masks.flags & flag::SEVERAL == 0 {
                0
            } else {
                let siblings = segment
                    .locations_of(entry.provider)
                    .iter()
                    .filter(|other| **other != location);
                let entries = siblings.map(|other| segment.entry(*other));
                // The specialties are those of the provider: a sibling of a match has them.
                entries.filter(|e| plan.admits_point(e) && plan.admits(way, e)).count()
            }
        }
        Source::Overlay(id, number) => plan.snapshot.changed(id).map_or(0, |changed| {
            let others = (0..changed.len()).filter(|n| *n != number as usize);
            others.filter(|n| plan.admits_overlay(&changed.record(*n))).count()
        }),
    };
    Hit {
        source: row.source,
        score,
        name: name_of_hit(plan, row),
        other_locations: others,
    }
}

/// How the name of a hit matches. The order knows it already, if it goes by it.
fn name_of_hit(plan: &Plan<'_>, row: &Row<'_>) -> Option<u8> {
    if plan.conditions.names.is_empty() {
        return None;
    }
    if plan.order == Order::Relevance {
        return Some(row.rank.tier);
    }
    match row.source {
        Source::Segment(number, location) => {
            let record = plan.snapshot.segments[number as usize].segment.record(location);
            Some(spelling::tier_of(&record, &plan.conditions.names))
        }
        Source::Overlay(id, _) => plan.name_tier(plan.snapshot.changed(id)?),
    }
}

/// Takes up where the last page ended.
fn resume(plan: &mut Plan<'_>, asked: &Request, request: &Request) -> Result<Option<Place>, Error> {
    let Some(cursor) = &asked.cursor else { return Ok(None) };
    if cursor.query != cursor::fingerprint(asked) {
        let message = "belongs to another query: send it with the parameters of the page it came with";
        return Err(Error::Malformed(vec![Fault::new("cursor", "foreign_cursor", message)]));
    }
    if request.radius_km.is_none() && plan.region.disc.is_none() {
        plan.region.disc = plan
            .origin
            .zip(cursor.radius_km)
            .map(|(origin, km)| Disc::new(origin, km));
    }
    Ok(Some(cursor.last.clone()))
}
