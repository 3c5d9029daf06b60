//! What the bench found, as a table for people and as JSON for machines.

use std::{fmt, time::Duration};

use serde::Serialize;

use super::{Options, against::Against, http::Http};
use crate::index::Status;
use crate::interfaces::cli::bench::Measured;

/// All of it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Providers.
    pub providers: u64,
    /// Providers at locations.
    pub locations: u64,
    /// Segments.
    pub segments: usize,
    /// Providers in the overlay while it ran.
    pub overlay: usize,
    /// Providers changed since the build.
    pub changed: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Opening the index, in milliseconds.
    pub opened_ms: f64,
    /// The build, if there was one.
    pub build: Option<Build>,
    /// Rounds.
    pub rounds: usize,
    /// The calibration loop, in nanoseconds.
    pub calibration_ns: u64,
    /// By kind.
    pub kinds: Vec<KindRow>,
    /// The slowest queries of each kind, with microseconds, if they are asked for.
    pub slowest: Vec<String>,
    /// Queries checked by brute force.
    pub checked: usize,
    /// Those that differed: kind, query, and how.
    pub differences: Vec<String>,
    /// Memory at the end.
    pub memory: Memory,
    /// The same asked of Postgres, if that was wanted.
    pub against: Option<Against>,
    /// The same over HTTP, if that was wanted.
    pub http: Option<Http>,
}

/// How the index was built.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Build {
    /// Location documents.
    pub documents: u64,
    /// Making and adding them, in seconds.
    pub added_s: f64,
    /// With commit and merge into one segment, in seconds.
    pub total_s: f64,
}

/// Memory of the process, in bytes.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Memory {
    /// Anonymous: heap and stacks.
    pub anonymous: u64,
    /// Mapped files that are resident.
    pub mapped: u64,
}

impl Memory {
    /// As the kernel tells it; zero where it does not.
    pub fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kilobytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().split(' ').next()?.parse::<u64>().ok())
                .unwrap_or(0)
        };
        Self {
            anonymous: kilobytes("RssAnon:") * 1024,
            mapped: kilobytes("RssFile:") * 1024,
        }
    }
}

/// Latencies of a kind, in microseconds: of the best round of each query, and of all rounds (`raw`).
#[derive(Clone, Debug, Serialize)]
pub struct KindRow {
    /// The kind.
    pub kind: &'static str,
    /// Queries.
    pub queries: usize,
    /// Of these, with at least one row.
    pub answered: usize,
    /// Median of the best.
    pub p50: f64,
    /// 90th percentile of the best.
    pub p90: f64,
    /// 99th.
    pub p99: f64,
    /// 99.9th.
    pub p999: f64,
    /// Greatest.
    pub max: f64,
    /// Median of all.
    pub raw_p50: f64,
    /// 99th percentile of all.
    pub raw_p99: f64,
    /// The best times, sorted.
    #[serde(skip)]
    pub times: Vec<Duration>,
}

impl KindRow {
    /// From the times of each query and its number of rows.
    pub fn new<'a>(kind: &'static str, of_queries: impl Iterator<Item = (&'a [Duration], usize)>) -> Self {
        let (mut best, mut raw, mut answered) = (Vec::new(), Vec::new(), 0);
        for (times, rows) in of_queries {
            best.extend(times.iter().min());
            raw.extend(times);
            answered += usize::from(rows > 0);
        }
        best.sort_unstable();
        raw.sort_unstable();
        Self {
            kind,
            queries: best.len(),
            answered,
            p50: percentile(&best, 0.5),
            p90: percentile(&best, 0.9),
            p99: percentile(&best, 0.99),
            p999: percentile(&best, 0.999),
            max: percentile(&best, 1.0),
            raw_p50: percentile(&raw, 0.5),
            raw_p99: percentile(&raw, 0.99),
            times: best,
        }
    }
}

/// The value that this share of a sorted list does not exceed, in microseconds.
pub fn percentile(sorted: &[Duration], share: f64) -> f64 {
    let rank = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted
        .get(rank - 1)
        .map_or(0.0, |time| (time.as_secs_f64() * 1e7).round() / 10.0)
}

impl Report {
    pub(super) fn new(
        options: &Options,
        status: &Status,
        build: Option<Build>,
        opened: Duration,
        changed: usize,
    ) -> Self {
        Self {
            providers: status.providers,
            locations: status.locations,
            segments: status.segments,
            overlay: status.overlay,
            changed,
            bytes: status.bytes,
            opened_ms: opened.as_secs_f64() * 1000.0,
            build,
            rounds: options.rounds,
            calibration_ns: 0,
            kinds: Vec::new(),
            slowest: Vec::new(),
            checked: 0,
            differences: Vec::new(),
            memory: Memory::default(),
            against: None,
            http: None,
        }
    }
}

impl Measured for Report {
    fn differences(&self) -> usize {
        self.differences.len() + self.against.as_ref().map_or(0, |against| against.differences.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} providers at {} locations; {} segments, {} changed since the build, {} of them in the overlay",
            self.providers, self.locations, self.segments, self.changed, self.overlay
        )?;
        if let Some(build) = &self.build {
            let rate = build.documents as f64 / build.total_s;
            writeln!(
                f,
                "built {} documents in {:.0} s ({rate:.0} a second, {:.0} s of it adding)",
                build.documents, build.total_s, build.added_s
            )?;
        }
        writeln!(
            f,
            "{:.2} GB on disk, opened in {:.0} ms, {:.2} GB anonymous and {:.2} GB mapped memory, calibration loop {} ns",
            self.bytes as f64 / 1e9,
            self.opened_ms,
            self.memory.anonymous as f64 / 1e9,
            self.memory.mapped as f64 / 1e9,
            self.calibration_ns
        )?;
        writeln!(
            f,
            "microseconds, best of {} rounds for each query; raw: all rounds\n",
            self.rounds
        )?;
        writeln!(
            f,
            "| kind | queries | answered | p50 | p90 | p99 | p99.9 | max | raw p50 | raw p99 |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.kinds {
            writeln!(
                f,
                "| {} | {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                row.kind,
                row.queries,
                row.answered,
                row.p50,
                row.p90,
                row.p99,
                row.p999,
                row.max,
                row.raw_p50,
                row.raw_p99
            )?;
        }
        for query in &self.slowest {
            writeln!(f, "{query}")?;
        }
        writeln!(
            f,
            "\nchecked by brute force: {} queries, {} differences",
            self.checked,
            self.differences.len()
        )?;
        self.differences
            .iter()
            .try_for_each(|difference| writeln!(f, "  {difference}"))?;
        self.against.iter().try_for_each(|against| write!(f, "\n{against}"))?;
        self.http.iter().try_for_each(|http| write!(f, "\n{http}"))
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the same asked of Postgres, one connection, one thread; a question with nothing to do takes {:.1} there and back\n",
            self.round_trip_us
        )?;
        writeln!(
            f,
            "| kind | queries | index p50 | p99 | Postgres p50 | p99 | ratio p50 | ratio p99 | equal totals |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.kinds {
            let equal = if row.compared == 0 {
                "-".to_owned()
            } else {
                format!("{} of {}", row.equal, row.compared)
            };
            writeln!(
                f,
                "| {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {equal} |",
                row.kind,
                row.queries,
                row.index_p50,
                row.index_p99,
                row.postgres_p50,
                row.postgres_p99,
                row.ratio_p50,
                row.ratio_p99
            )?;
        }
        if !self.missing.is_empty() {
            let missing = self.missing.join(", ");
            writeln!(f, "left out what needs extensions that this Postgres lacks: {missing}")?;
        }
        self.differences
            .iter()
            .try_for_each(|difference| writeln!(f, "  {difference}"))
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "over HTTP on loopback, server and clients on the same cores, connections kept\n"
        )?;
        writeln!(
            f,
            "| what | requests | one connection p50 | p99 | p99.9 | max | load: connections | answers a second | p50 | p99 | failed |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|---|---|---|")?;
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {:.0} | {:.1} | {:.1} | {} |",
                row.what,
                row.requests,
                row.p50,
                row.p99,
                row.p999,
                row.max,
                row.connections,
                row.per_second,
                row.loaded_p50,
                row.loaded_p99,
                row.failed
            )?;
        }
        Ok(())
    }
}
