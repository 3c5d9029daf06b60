//! What was probably meant: the text with its words corrected, or the nearest name that somebody bears.

use super::{
    Error,
    answer::DidYouMean,
    by_key,
    collect::Collector,
    filter::{NameWanted, tier},
    plan::Plan,
    request::{Key, Request},
    spelling,
};
use crate::vocab::Npi;

/// Fewer rows than these are a poor answer.
const POOR: u64 = 3;
/// How many names are tried for one that finds something.
const MOST_TRIED: usize = 4;

/// What to offer beside an answer of so many rows. Nothing on later pages.
pub fn of(plan: &Plan<'_>, request: &Request, total: Option<u64>) -> Result<Option<DidYouMean>, Error> {
    if request.cursor.is_some() {
        return Ok(None);
    }
    if let Some(text) = &plan.reading.corrected {
        let count = match total {
            Some(total) => total,
            None => count(plan)?,
        };
        return Ok((count > 0).then(|| DidYouMean {
            text: text.clone(),
            count,
        }));
    }
    if let Some(number) = plan.reading.mistyped_npi
        && let Some(npi) = nearest_npi(plan, number)?
    {
        return Ok(Some(DidYouMean {
            text: npi.to_string(),
            count: 1,
        }));
    }
    match total {
        Some(total) if total < POOR => other_name(plan, request, total),
        _ => Ok(None),
    }
}

/// The NPI of somebody here that is one wrong digit or two swapped ones from a number, if there is exactly one.
fn nearest_npi(plan: &Plan<'_>, number: u64) -> Result<Option<Npi>, Error> {
    let digit = |place: u32| number / 10_u64.pow(place) % 10;
    let mut near: Vec<u64> = Vec::new();
    for place in 0..10 {
        let rest = number - digit(place) * 10_u64.pow(place);
        near.extend((0..10).map(|other| rest + other * 10_u64.pow(place)));
        if place > 0 {
            let (this, next) = (digit(place), digit(place - 1));
            let both = this * 10_u64.pow(place) + next * 10_u64.pow(place - 1);
            near.push(number - both + next * 10_u64.pow(place) + this * 10_u64.pow(place - 1));
        }
    }
    let mut found: Option<Npi> = None;
    for npi in near.into_iter().filter_map(|number| Npi::from_number(number).ok()) {
        if found != Some(npi) && by_key::find(plan.snapshot, &Key::Npi(npi))?.is_some() {
            if found.is_some() {
                return Ok(None);
            }
            found = Some(npi);
        }
    }
    Ok(found)
}

/// The nearest name, where the one that was typed finds nothing as it stands, and that name not merely the rows that are shown.
fn other_name(plan: &Plan<'_>, request: &Request, found: u64) -> Result<Option<DidYouMean>, Error> {
    let Some((typed, rest)) = plan.conditions.names.split_first() else {
        return Ok(None);
    };
    if spelling::is_borne(plan.snapshot, &typed.words) {
        return Ok(None);
    }
    let is_spelt_otherwise = |name: &&NameWanted| name.tier > tier::OTHER_NAME && name.tier != tier::INITIAL;
    let of_search = rest.iter().filter(is_spelt_otherwise);
    let mut alternatives: Vec<NameWanted> = of_search.take(MOST_TRIED).cloned().collect();
    if alternatives.is_empty() {
        // The search has not asked what the name may stand for.
        alternatives = spelling::alternatives(plan.snapshot, &typed.words, request.nicknames);
        alternatives.truncate(MOST_TRIED);
    }
    for alternative in alternatives {
        let mut conditions = plan.conditions.clone();
        conditions.names = vec![NameWanted::exact(alternative.words.clone())];
        let count = count(&plan.with(conditions))?;
        if plan.budget.is_spent() {
            return Ok(None); // The number would be wrong.
        }
        // Where the search has found what is like the name, it may have found no other than these.
        if count > 0 && !(found > 0 && count == found) {
            let text = in_sentence(plan, request, &alternative.words.join(" "));
            return Ok(Some(DidYouMean { text, count }));
        }
    }
    Ok(None)
}

/// The text of the box with another name in the place of the one that was read in it: `dentist named jon` keeps its dentist.
fn in_sentence(plan: &Plan<'_>, request: &Request, name: &str) -> String {
    let term = plan.reading.terms.iter().find(|term| term.kind == "name");
    match (&request.q, term) {
        (Some(q), Some(term)) => {
            let before: String = q.chars().take(term.start).collect();
            let behind: String = q.chars().skip(term.end).collect();
            before + name + &behind
        }
        _ => name.to_owned(),
    }
}

/// How many rows a plan finds.
fn count(plan: &Plan<'_>) -> Result<u64, Error> {
    let mut overlay = Collector::new(plan.group, 0, None);
    plan.collect_overlay(&mut overlay);
    let ways = plan.ways();
    if !plan.goes_by_rank(&ways)? {
        return Ok(overlay.total() + super::count::total(plan, &ways)?);
    }
    let mut total = overlay.total();
    for way in &ways {
        total += plan.named(way, 0, None, true)?.total;
    }
    Ok(total)
}
