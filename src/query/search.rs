//! Runs one reading of a request over a snapshot: rows, total, facets, clusters. Which reading answers is said in
//! [`readings`](super::readings).

use std::{
    hash::BuildHasher,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Error,
    answer::{Answer, Cluster, Hit, Total},
    budget::{Budget, Limits, Route},
    collect::{Collector, Row, Source},
    count,
    cursor::{Cursor, Place},
    explain::Trace,
    facets,
    filter::tier,
    interpreted::Interpreted,
    named::Named,
    named_near, near, ordered,
    plan::{Order, Plan, Way},
    request::{Key, Request, Sort},
    score::Score,
    spelling,
    text::Reading,
    windows,
};
use crate::index::{
    Snapshot,
    geometry::{Disc, KM_PER_MILE, Region},
    snapshot::Found,
    tree::flag,
};
use crate::vocab::Fault;
use chrono::{DateTime, Utc};

/// How far a search without a radius looks, step by step, until there is a choice; miles. The first is what people mean by "near".
const STEPS_MILES: &[f64] = &[25.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A search with wishes that some have and others do not (open then, a language, a network) looks no farther than this: who is
/// a day's journey away is no answer, and what keeps everybody out is told.
const FARTHEST_MILES: f64 = 200.0;

/// A search without a radius looks farther as long as it has found fewer rows than this: people rather see a few that are near
/// than a page of those two hundred miles away.
const ENOUGH: usize = 5;

/// Who bears the very name within so many miles of a place is whom one looks for there: nobody is looked for farther away.
const AT_HAND_MILES: f64 = 50.0;

/// What a search may cost, and when it began.
#[derive(Clone, Copy)]
pub(super) struct Spending {
    pub(super) limits: Limits,
    pub(super) started: Instant,
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
    let mut after = resume(&mut plan, request, &understood)?;
    let by_relevance = understood.sort == Sort::Relevance;
    let mut wanted = understood.clone();
    if by_relevance {
        wanted = windows::ask(understood.count, request.cursor.as_ref());
        after = windows::start_of(request.cursor.as_ref());
    }
    let (page, expanded) = match (plan.origin, understood.radius_km, &request.cursor) {
        (Some(_), None, None) if plan.region.is_everywhere() => widen(&mut plan, &wanted, understood.limit)?,
        _ => (run(&plan, &wanted, after.as_ref())?, None),
    };
    let (total, stopped) = (page.total, page.stopped);
    let (rows, next) = if by_relevance {
        let ranked = windows::page(&plan, &understood, page, request.cursor.as_ref())?;
        let rows = ranked.rows.into_iter().map(|(row, score)| (row, Some(score)));
        let next = ranked.next.map(|(last, window)| (last, Some(window)));
        (rows.collect::<Vec<_>>(), next)
    } else {
        let last = page.more.then(|| page.rows.last()).flatten();
        let next = last.map(|row| (row.rank.to_place(), None));
        (page.rows.into_iter().map(|row| (row, None)).collect(), next)
    };
    let (route, found) = (plan.budget.route(), started.elapsed());
    let trace = |counted: Duration| Trace {
        route,
        order: plan.order,
        segments: snapshot.segments.len(),
        seen: plan.budget.seen(),
        limits,
        spent: plan.budget.spent(),
        read,
        find: found.saturating_sub(read),
        count: counted.saturating_sub(found),
        whole: started.elapsed(),
    };
    let mut counted = found;
    let (mut values, mut cells) = (Default::default(), None);
    if !plan.budget.is_refused() && (!understood.facets.is_empty() || understood.clusters.is_some()) {
        values = facets::count(&plan, &understood)?;
        cells = understood.clusters.map(|zoom| clusters(&plan, zoom)).transpose()?;
        counted = started.elapsed();
    }
    if plan.budget.is_refused() {
        return Err(Error::TooCostly(Box::new(trace(counted))));
    }
    let radius_km = plan.region.disc.map(|disc| disc.km());
    let next_cursor = next.map(|(last, window)| Cursor {
        query: fingerprint(request),
        last,
        window,
        radius_km: radius_km
            .filter(|_| understood.radius_km.is_none())
            .or(request.cursor.as_ref().and_then(|c| c.radius_km)),
        position: snapshot.position.map(|p| (p.xid, p.id)),
        moment: (plan.order == Order::NextAvailable).then_some(plan.moment),
    });
    let ways = plan.ways();
    let hits = rows.iter().map(|(row, score)| hit(&plan, &ways, row, *score)).collect();
    let did_you_mean = super::did_you_mean::of(&plan, request, total)?;
    let interpreted = Interpreted::of(&plan, &understood);
    Ok(Answer {
        snapshot: Arc::clone(snapshot),
        origin: plan.origin,
        names: plan.conditions.names.clone(),
        explained: understood.explain.then(|| Box::new(plan.conditions.clone())),
        trace: trace(counted),
        moment: plan.moment,
        fields: understood.fields.clone(),
        total: total.map(|value| Total {
            value,
            relation: if stopped { "gte" } else { "eq" },
        }),
        interpreted,
        hits,
        facets: values,
        clusters: cells,
        expanded_radius_miles: expanded,
        hint: plan.reading.hint.clone(),
        did_you_mean,
        other_readings: Vec::new(),
        next_cursor: next_cursor.map(|cursor| cursor.encode()),
        took_us: started.elapsed().as_micros() as u64,
    })
}

/// Rows of a page in the order of the index, and how many there are in all.
pub(super) struct Page<'s> {
    pub(super) rows: Vec<Row<'s>>,
    total: Option<u64>,
    /// Whether there may be more than the total says.
    stopped: bool,
    pub(super) more: bool,
}

/// Looks farther and farther until there are enough for a page of `limit` rows, and says how far, beyond the first step.
fn widen<'s>(plan: &mut Plan<'s>, request: &Request, limit: usize) -> Result<(Page<'s>, Option<f64>), Error> {
    let origin = plan.origin;
    let enough = limit.min(ENOUGH);
    let limited = !plan.has_words() && plan.conditions.has_wishes();
    let last = STEPS_MILES.iter().position(|miles| limited && *miles >= FARTHEST_MILES);
    let mut step = 0;
    while let Some(miles) = STEPS_MILES.get(step) {
        plan.region.disc = origin.map(|origin| Disc::new(origin, miles * KM_PER_MILE));
        let page = run(plan, request, None)?;
        let named = *miles <= AT_HAND_MILES && has_namesake(plan, &page);
        if page.rows.len() >= enough || named || plan.budget.is_refused() {
            return Ok((page, (step > 0).then_some(*miles)));
        }
        if last == Some(step) {
            // Nobody else is found farther away; where there is nobody at all, it is told how far was looked.
            let told = if page.rows.is_empty() {
                Some(*miles)
            } else {
                reach(plan, &page)
            };
            return Ok((page, told));
        }
        step = step_behind(plan, step, enough)?.min(last.unwrap_or(usize::MAX));
    }
    plan.region.disc = None;
    let page = run(plan, request, None)?;
    let told = reach(plan, &page);
    Ok((page, told))
}

/// Where few are found wherever one looks: the step that was far enough for all of them, if it is not the first.
fn reach(plan: &Plan<'_>, page: &Page<'_>) -> Option<f64> {
    let miles = |row| Some(plan.origin?.km(point_of(plan, row)?) / KM_PER_MILE);
    let farthest = page.rows.iter().filter_map(miles).max_by(f64::total_cmp)?;
    let step = STEPS_MILES.iter().copied().find(|step| farthest <= *step);
    (farthest > STEPS_MILES[0]).then(|| step.unwrap_or(farthest.ceil()))
}

/// Whether the best of a page bears the very name that was asked for, be it with an initial where one was typed.
fn has_namesake(plan: &Plan<'_>, page: &Page<'_>) -> bool {
    if plan.order != Order::Relevance || plan.conditions.names.is_empty() {
        return false;
    }
    let initial = plan.conditions.names[0].words.iter().any(|word| word.len() == 1);
    let is_same = |of: u8| of <= tier::OTHER_NAME || (initial && of == tier::INITIAL);
    page.rows.first().is_some_and(|row| is_same(row.rank.tier))
}

/// The step to take after one that was not enough. In an order by distance the farthest of the few that are enough tells it at
/// once, and nothing is counted in vain; names are looked for step by step, as those of a whole country may be many.
fn step_behind(plan: &mut Plan<'_>, step: usize, enough: usize) -> Result<usize, Error> {
    if plan.order != Order::Distance || plan.has_words() {
        return Ok(step + 1);
    }
    let few = Request {
        limit: enough,
        count: false,
        ..Request::default()
    };
    plan.region.disc = None;
    let found = run(plan, &few, None)?;
    let farthest = (found.rows.len() >= enough).then(|| found.rows.last()).flatten();
    let farthest = farthest.and_then(|row| point_of(plan, row));
    let holds = |miles: &f64| {
        let disc = plan.origin.map(|origin| Disc::new(origin, miles * KM_PER_MILE));
        let region = Region {
            disc,
            ..Region::default()
        };
        farthest.is_some_and(|point| region.contains(point))
    };
    let enough = STEPS_MILES.iter().position(holds).unwrap_or(STEPS_MILES.len());
    Ok(enough.max(step + 1))
}

fn point_of(plan: &Plan<'_>, row: &Row<'_>) -> Option<crate::vocab::place::Point> {
    match row.source {
        Source::Segment(number, location) => {
            Some(plan.snapshot.segments[number as usize].segment.entry(location).point())
        }
        Source::Overlay(id, number) => plan.snapshot.changed(id)?.record(number as usize).point(),
    }
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
    if cursor.query != fingerprint(asked) {
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

/// What makes two requests the same query, whatever page or form is asked for.
fn fingerprint(request: &Request) -> u64 {
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
    rustc_hash::FxBuildHasher.hash_one((
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

/// Counts rows by the cells of a grid: two to the power of `zoom` cells around the globe. The counts sum up to the total.
fn clusters(plan: &Plan<'_>, zoom: u8) -> Result<Vec<Cluster>, Error> {
    let mut collector = Collector::new(plan.group, usize::MAX, None);
    plan.collect_overlay(&mut collector);
    for way in plan.ways() {
        plan.for_each_match(&way, |entry, tier| {
            collector.add(plan.row(&way, entry, tier), plan.may_recur(&way, entry));
        })?;
    }
    plan.budget.refuse();
    let size = 360.0 / f64::from(1u32 << zoom);
    let mut cells: std::collections::BTreeMap<(i64, i64), u64> = std::collections::BTreeMap::new();
    for row in collector.finish() {
        if let Some(point) = point_of(plan, &row).filter(|point| point.lat_e7 != i32::MIN) {
            let cell = ((point.lat() / size).floor() as i64, (point.lon() / size).floor() as i64);
            *cells.entry(cell).or_default() += 1;
        }
    }
    let middle = |cell: i64| (cell as f64 + 0.5) * size;
    Ok(cells
        .into_iter()
        .map(|((lat, lon), count)| Cluster {
            lat: middle(lat),
            lon: middle(lon),
            count,
        })
        .collect())
}

/// The provider of a key.
pub fn find<'s>(snapshot: &'s Snapshot, key: &Key) -> Result<Option<Found<'s>>, Error> {
    let in_overlay = |test: &dyn Fn(&crate::domain::provider::Provider) -> bool| {
        snapshot.changed_providers().find(|changed| match &changed.change {
            crate::index::Change::Put(provider) => test(provider),
            crate::index::Change::Remove(_) => false,
        })
    };
    let changed = match key {
        Key::Id(id) => snapshot.changed(*id),
        Key::Npi(npi) => in_overlay(&|provider| provider.npi == Some(*npi)),
        Key::Locator(locator) => in_overlay(&|provider| provider.locator == *locator),
    };
    if let Some(changed) = changed {
        return Ok(Some(Found::InOverlay(changed)));
    }
    match key {
        Key::Id(id) => {
            for living in &snapshot.segments {
                let fields = living.segment.fields();
                let term = crate::index::document::provider_term(fields, uuid::Uuid::from_u128(*id).into());
                if let Some(provider) = living.provider_with(fields.provider, &term)? {
                    return Ok(Some(Found::InSegment(living, provider)));
                }
            }
            Ok(None)
        }
        Key::Npi(npi) => {
            for living in &snapshot.segments {
                if let Some(provider) = living.provider_with_npi(npi.number())? {
                    return Ok(Some(Found::InSegment(living, provider)));
                }
            }
            Ok(None)
        }
        Key::Locator(locator) => Ok(snapshot.by_number(
            |fields| fields.locator,
            crate::index::document::locator_number(*locator),
        )?),
    }
}

/// The cards of a provider, one for each location, the main one first. Empty: not in the directory.
pub fn provider<'s>(snapshot: &'s Snapshot, key: &Key) -> Result<Vec<super::Card<'s>>, Error> {
    let lexicon = &snapshot.lexicon;
    Ok(match find(snapshot, key)? {
        None => Vec::new(),
        Some(Found::InSegment(living, provider)) => {
            let locations = living.segment.locations_of(provider).iter();
            locations
                .map(|l| super::Card::of(living.segment.record(*l), lexicon, &snapshot.reference))
                .collect()
        }
        Some(Found::InOverlay(changed)) => changed
            .records()
            .map(|record| super::Card::of(record, lexicon, &snapshot.reference))
            .collect(),
    })
}
