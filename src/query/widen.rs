//! How far a search near a place looks that was given no radius: step by step, until there is a choice.

use super::{
    Error,
    collect::Row,
    filter::tier,
    plan::{Order, Plan},
    request::Request,
    search::{Page, run},
};
use crate::index::geometry::{Disc, KM_PER_MILE, Region};

/// The steps, in miles. The first is what people mean by "near".
const STEPS_MILES: &[f64] = &[25.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// A search with wishes that some have and others do not (open then, a language, a network) looks no farther than this: who is
/// a day's journey away is no answer, and what keeps everybody out is told.
const FARTHEST_MILES: f64 = 200.0;

/// A search without a radius looks farther as long as it has found fewer rows than this: people rather see a few that are near
/// than a page of those two hundred miles away.
const ENOUGH: usize = 5;

/// Who bears the very name within so many miles of a place is whom one looks for there: nobody is looked for farther away.
const AT_HAND_MILES: f64 = 50.0;

/// Looks farther and farther until there are enough for a page of `limit` rows, and says how far, beyond the first step.
pub(super) fn widen<'s>(
    plan: &mut Plan<'s>,
    request: &Request,
    limit: usize,
) -> Result<(Page<'s>, Option<f64>), Error> {
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
    let miles = |row: &Row<'_>| Some(plan.origin?.km(row.source.point(plan.snapshot)?) / KM_PER_MILE);
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
    let farthest = farthest.and_then(|row| row.source.point(plan.snapshot));
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
