//! Counts by the cells of a map.

use std::collections::BTreeMap;

use super::{Error, answer::Cluster, collect::Collector, plan::Plan};

/// Counts rows by the cells of a grid: two to the power of `zoom` cells around the globe. The counts sum up to the total.
pub(super) fn count(plan: &Plan<'_>, zoom: u8) -> Result<Vec<Cluster>, Error> {
    let mut collector = Collector::new(plan.group, usize::MAX, None);
    plan.collect_overlay(&mut collector);
    for way in plan.ways() {
        plan.for_each_match(&way, |entry, tier| {
            collector.add(plan.row(&way, entry, tier), plan.may_recur(&way, entry));
        })?;
    }
    plan.budget.refuse();
    let size = 360.0 / f64::from(1u32 << zoom);
    let mut cells: BTreeMap<(i64, i64), u64> = BTreeMap::new();
    for row in collector.finish() {
        if let Some(point) = row.source.point(plan.snapshot).filter(|point| point.lat_e7 != i32::MIN) {
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
