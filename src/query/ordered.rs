//! Orders by name or by day: every segment keeps its providers in both, so a page is read off from where the last one
//! ended. Where matches are rare it is quicker to gather them all and keep those that come first; a number tells which.

use super::{
    Error,
    collect::Row,
    count::{self, Seen},
    cursor::Place,
    plan::{Order, Plan, Way},
    request::Group,
};
use crate::index::{
    orders::day_number,
    segment::{Ordered, Segment},
    tree::Entry,
};

/// The rows of a page, segment by segment, and how many match in all.
pub fn page<'s>(
    plan: &Plan<'s>,
    ways: &[Way<'s>],
    wanted: usize,
    after: Option<&Place>,
    count: bool,
) -> Result<(Vec<Row<'s>>, u64), Error> {
    let (mut rows, mut total) = (Vec::new(), 0);
    for way in ways {
        let segment = &way.living.segment;
        let in_order = InOrder {
            plan,
            way,
            segment,
            ordered: if plan.order == Order::Name {
                segment.by_name()
            } else {
                segment.by_day()
            },
            wanted,
            after,
        };
        let known = count::by_sites(plan, way);
        let walks = match known {
            Some(matches) => in_order.is_dense(matches),
            None => !count && !plan.has_words(),
        };
        let found = if walks { in_order.walk() } else { None };
        total += match found {
            Some(found) => {
                rows.extend(found);
                known.unwrap_or_default()
            }
            None => in_order.gather(&mut rows)?,
        };
    }
    Ok((rows, total))
}

/// A page of one segment.
struct InOrder<'p, 's> {
    plan: &'p Plan<'s>,
    way: &'p Way<'s>,
    segment: &'s Segment,
    ordered: Ordered<'s>,
    wanted: usize,
    after: Option<&'p Place>,
}

/// Without a total to go by, so many providers are looked at in order before all matches are gathered instead.
const MOST_WALKED: usize = 50_000;

impl<'s> InOrder<'_, 's> {
    /// Whether looking at one provider after the other fills the page sooner than looking at all matches.
    fn is_dense(&self, matches: u64) -> bool {
        let all = self.ordered.order.len() as u64;
        matches > 0 && (self.wanted as u64).saturating_mul(all) / matches <= matches
    }

    /// What a provider is ordered by, compared with where the last page ended.
    fn compare(&self, provider: u32, after: &Place) -> std::cmp::Ordering {
        let record = self.segment.record(self.segment.locations_of(provider)[0]);
        let by_value = if self.plan.order == Order::Name {
            record.sort_name.cmp(after.text.as_str())
        } else {
            day_number(record.verified).cmp(&after.number)
        };
        by_value.then_with(|| self.segment.provider_id(provider).cmp(&after.provider))
    }

    /// The place in the order where the page begins.
    fn first(&self) -> usize {
        let Some(after) = self.after else { return 0 };
        let order = self.ordered.order;
        let first = order.partition_point(|provider| self.compare(*provider, after).is_lt());
        // Other locations of the last row's provider may follow it.
        let is_shown = self.plan.group == Group::Provider
            && order
                .get(first)
                .is_some_and(|provider| self.segment.provider_id(*provider) == after.provider);
        first + usize::from(is_shown)
    }

    fn row(&self, entry: &Entry) -> Option<Row<'s>> {
        let row = self.plan.row(self.way, entry, 0);
        self.after.is_none_or(|after| row.rank.is_after(after)).then_some(row)
    }

    /// Looks at providers in order until the page is full. `None`: not within [`MOST_WALKED`], which only a search without a
    /// total minds.
    fn walk(&self) -> Option<Vec<Row<'s>>> {
        let (plan, way) = (self.plan, self.way);
        let mut rows = Vec::with_capacity(self.wanted);
        let asked = &plan.conditions.specialty;
        let specialties = plan
            .uses_specialty_trees()
            .then(|| self.segment.specialty_numbers(asked));
        let bounded = !way.is_free();
        for (walked, provider) in self.ordered.order[self.first()..].iter().enumerate() {
            if rows.len() >= self.wanted {
                break;
            }
            if bounded && walked >= MOST_WALKED {
                return None;
            }
            if !plan.budget.look(1) {
                break; // Refused by who asked for the page.
            }
            let has_specialty = specialties.as_ref().is_none_or(|asked| {
                let own = self.segment.specialties_of(*provider);
                own.iter().any(|number| asked.contains(number))
            });
            if !has_specialty || !way.living.is_alive(*provider) {
                continue;
            }
            for location in self.segment.locations_of(*provider) {
                let entry = self.segment.entry(*location);
                if plan.admits_point(entry) && plan.admits(way, entry) {
                    rows.extend(self.row(entry));
                    if plan.group == Group::Provider {
                        break;
                    }
                }
            }
        }
        Some(rows)
    }

    /// Looks at all matches, keeps those that come first, and counts.
    fn gather(&self, rows: &mut Vec<Row<'s>>) -> Result<u64, Error> {
        let (plan, way, by_provider) = (self.plan, self.way, self.plan.group == Group::Provider);
        let contents = self.segment.contents();
        let first = self.first() as u32;
        // By place in the order, then by the number of the location.
        let mut kept: Vec<(u32, u32, &'s Entry)> = Vec::with_capacity(self.wanted + 1);
        let total = Seen::with(contents.providers.max(contents.locations), |seen| {
            let mut total = 0;
            plan.for_each_match(way, |entry, _| {
                let number = if by_provider { entry.provider } else { entry.location };
                total += u64::from(!plan.may_recur(way, entry) || seen.insert(number));
                let place = self.ordered.ranks[entry.provider as usize];
                let full = kept.len() == self.wanted;
                if place < first || (full && kept.last().is_some_and(|worst| place > worst.0)) {
                    return;
                }
                let key = (place, self.segment.ordinal(entry));
                let same = |known: &(u32, u32, &Entry)| known.0 == key.0 && (by_provider || known.1 == key.1);
                if let Some(at) = kept.iter().position(same) {
                    if kept[at].1 <= key.1 {
                        return;
                    }
                    kept.remove(at);
                }
                if place == first && self.row(entry).is_none() {
                    return;
                }
                let at = kept.partition_point(|known| (known.0, known.1) < key);
                kept.insert(at, (key.0, key.1, entry));
                kept.truncate(self.wanted);
            })?;
            Ok::<_, Error>(total)
        })?;
        rows.extend(kept.into_iter().filter_map(|(_, _, entry)| self.row(entry)));
        Ok(total)
    }
}

impl Plan<'_> {
    /// Whether rows stand in an order that every segment keeps.
    pub fn goes_by_order(&self) -> bool {
        matches!(self.order, Order::Name | Order::Verified)
    }
}
