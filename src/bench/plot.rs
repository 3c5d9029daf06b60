//! Latencies as a picture: for each kind how often which time was needed, on a scale where each step is ten times the last.

use std::{fmt::Write, time::Duration};

use super::report::{Report, percentile};

const WIDTH: f64 = 900.0;
/// Where the scale begins and ends.
const LEFT: f64 = 190.0;
const RIGHT: f64 = 880.0;
const TOP: f64 = 84.0;
/// Height of the row of one kind.
const ROW: f64 = 54.0;
/// Of this, what the highest hill takes.
const HILL: f64 = 34.0;
/// The least time of the scale, in microseconds.
const FIRST_US: f64 = 1.0;
/// Columns of a hill for each tenfold of time.
const COLUMNS: usize = 16;

/// One kind's times of one side.
struct Hill<'a> {
    class: &'static str,
    sorted: &'a [Duration],
}

/// The picture as SVG, readable on light and dark pages.
pub fn svg(report: &Report) -> String {
    let slowest = report
        .kinds
        .iter()
        .flat_map(|row| row.times.last())
        .chain(
            report
                .against
                .iter()
                .flat_map(|a| a.kinds.iter().flat_map(|row| row.times.last())),
        )
        .max()
        .copied()
        .unwrap_or_default();
    let tenfolds = (micros(slowest) / FIRST_US).max(10.0).log10().ceil();
    let scale = |us: f64| LEFT + (RIGHT - LEFT) * (us / FIRST_US).max(1.0).log10() / tenfolds;
    let height = TOP + ROW * report.kinds.len() as f64 + 40.0;
    let mut out = String::new();
    head(&mut out, report, height);
    axis(&mut out, tenfolds, height, &scale);
    for (number, row) in report.kinds.iter().enumerate() {
        let base = TOP + ROW * (number + 1) as f64 - 10.0;
        let theirs = report
            .against
            .iter()
            .flat_map(|against| &against.kinds)
            .find(|theirs| theirs.kind == row.kind);
        put(&mut out, LEFT - 12.0, base - 4.0, "kind", row.kind);
        put_line(&mut out, "base", (LEFT, base), (RIGHT, base));
        let mut hills = vec![Hill {
            class: "index",
            sorted: &row.times,
        }];
        hills.extend(theirs.map(|theirs| Hill {
            class: "postgres",
            sorted: &theirs.times,
        }));
        for hill in hills {
            draw(&mut out, &hill, base, tenfolds, &scale);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Writing into a `String` cannot fail.
macro_rules! add {
    ($out:expr, $($text:tt)*) => { let _ = writeln!($out, $($text)*); };
}

fn head(out: &mut String, report: &Report, height: f64) {
    let beside = if report.against.is_some() {
        "the index (blue) and Postgres (orange)"
    } else {
        "the index"
    };
    add!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"title about\">"
    );
    add!(out, "<title id=\"title\">Time to answer, by kind of query</title>");
    add!(
        out,
        "<desc id=\"about\">For each kind of query a hill shows how many queries {beside} answered in which time, on a \
         logarithmic scale; lines mark the median and the 99th percentile.</desc>"
    );
    out.push_str(
        "<style>text{font:13px system-ui,sans-serif;fill:#1f2933}.title{font-size:17px;font-weight:600}\
         .quiet,.scale{fill:#5b6773}.scale{text-anchor:middle;font-size:12px}.kind{text-anchor:end}.value{font-size:11px}\
         .grid{stroke:#d5dbe1}.base{stroke:#9aa5b1}.index{fill:#2f6fb2;fill-opacity:.45;stroke:#2f6fb2}\
         .postgres{fill:#d9822b;fill-opacity:.35;stroke:#d9822b}path{stroke-width:1.2}line{stroke-width:1}\
         .mark{stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#e4e9ee}.quiet,.scale{fill:#a5b1bd}\
         .grid{stroke:#3a444e}.base{stroke:#66727e}.index{fill:#6aa9ea;stroke:#6aa9ea}\
         .postgres{fill:#f0a35a;stroke:#f0a35a}}</style>\n",
    );
    put(out, 16.0, 28.0, "title", "Time to answer, by kind of query");
    let about = format!(
        "{} providers, one thread, warm, best of {} rounds: {beside}. Lines: median and 99th percentile.",
        report.providers, report.rounds
    );
    put(out, 16.0, 50.0, "quiet", &about);
}

fn axis(out: &mut String, tenfolds: f64, height: f64, scale: &impl Fn(f64) -> f64) {
    for power in 0..=tenfolds as i32 {
        let us = FIRST_US * 10_f64.powi(power);
        let x = scale(us);
        put_line(out, "grid", (x, TOP - 8.0), (x, height - 30.0));
        put(out, x, height - 12.0, "scale", &told(us));
    }
}

/// A time for people: `250 µs`, `1.2 ms`.
fn told(us: f64) -> String {
    let (value, unit) = match us {
        us if us < 1e3 => (us, "µs"),
        us if us < 1e6 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    if value < 9.95 {
        format!("{} {unit}", (value * 10.0).round() / 10.0)
    } else {
        format!("{value:.0} {unit}")
    }
}

/// The hill of one side, with its median and 99th percentile.
fn draw(out: &mut String, hill: &Hill<'_>, base: f64, tenfolds: f64, scale: &impl Fn(f64) -> f64) {
    if hill.sorted.is_empty() {
        return;
    }
    let columns = COLUMNS * tenfolds as usize;
    let mut counts = vec![0_usize; columns + 1];
    for time in hill.sorted {
        let at = (micros(*time) / FIRST_US).max(1.0).log10() * COLUMNS as f64;
        counts[(at as usize).min(columns)] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let x = |column: f64| scale(FIRST_US * 10_f64.powf(column / COLUMNS as f64));
    let (first, last) = (
        counts.iter().position(|count| *count > 0).unwrap_or(0),
        counts.iter().rposition(|count| *count > 0).unwrap_or(0),
    );
    let mut path = format!("M{:.1} {base:.1}", x(first as f64));
    for (column, count) in counts.iter().enumerate().take(last + 1).skip(first) {
        let y = base - HILL * *count as f64 / most;
        let _ = write!(
            path,
            "L{:.1} {y:.1}L{:.1} {y:.1}",
            x(column as f64),
            x((column + 1) as f64)
        );
    }
    let _ = write!(path, "L{:.1} {base:.1}Z", x((last + 1) as f64));
    add!(out, "<path class=\"{}\" d=\"{path}\"/>", hill.class);
    for share in [0.5, 0.99] {
        let us = percentile(hill.sorted, share);
        let at = scale(us);
        put_line(
            out,
            &format!("{} mark", hill.class),
            (at, base),
            (at, base - HILL - 4.0),
        );
        put(out, at + 3.0, base - HILL + 3.0, "value", &told(us));
    }
}

fn put(out: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    add!(out, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
}

fn put_line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    add!(
        out,
        "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        from.0,
        from.1,
        to.0,
        to.1
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        let all = [0.4, 1.0, 9.96, 250.0, 999.4, 1_000.0, 1_234.0, 45_000.0, 2_500_000.0].map(told);
        assert_eq!(
            all,
            [
                "0.4 µs", "1 µs", "10 µs", "250 µs", "999 µs", "1 ms", "1.2 ms", "45 ms", "2.5 s"
            ]
        );
    }
}
