//! Builds an index, changes some of it and measures the mix.

use std::{
    cmp::Reverse,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    against, http,
    mix::{self, Asked, Query},
    plot,
    report::{self, Build, KindRow, Report},
    scan,
};
use crate::domain::provider::Provider;
use crate::index::{Change, Index, Snapshot, schema::Handle};
use crate::intake::generate;
use crate::query::{self, Request};
use crate::store::Access;
use crate::vocab::{Lexicon, Position};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// Providers.
    pub providers: u64,
    /// Of data and queries.
    pub seed: u64,
    /// Queries over all kinds.
    pub queries: usize,
    /// Times that each is run; the best and all are reported.
    pub rounds: usize,
    /// Queries of each kind that are checked by brute force.
    pub check: usize,
    /// Only these kinds; none: all.
    pub kinds: Vec<String>,
    /// How many of the slowest queries of each kind are told.
    pub slowest: usize,
    /// Where the index is kept between runs.
    pub folder: PathBuf,
    /// For "open now" and for what holds today.
    pub now: DateTime<Utc>,
    /// The Postgres that is asked the same.
    pub rival: Option<Rival>,
    /// How long the server is asked as much as it can answer, for each way of computing; none: it is not asked.
    pub load: Option<Duration>,
    /// Where a picture of the latencies goes.
    pub plot: Option<PathBuf>,
}

/// A Postgres to compare with. What is needed is made in it.
#[derive(Clone)]
pub enum Rival {
    /// One of the bench's own, kept between runs in this folder, with binaries from that one.
    Managed(PathBuf, Option<PathBuf>),
    /// A database that is there.
    Given(Box<Access>),
}

impl std::fmt::Debug for Rival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Managed(folder, _) => write!(f, "Managed({})", folder.display()),
            Self::Given(_) => f.write_str("Given(..)"), // It carries a password.
        }
    }
}

/// One in so many providers is changed after the build; half of the changes are committed, half stay in the overlay.
const CHANGED_ONE_IN: u64 = 5_000;

/// Why the bench could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index.
    #[error(transparent)]
    Index(#[from] crate::index::Error),
    /// A query of the mix.
    #[error("ask a query of the mix")]
    Query(#[from] query::Error),
    /// The Postgres to compare with.
    #[error("the Postgres to compare with")]
    Store(#[from] crate::store::Error),
    /// Loading it.
    #[error("load the Postgres to compare with")]
    Load(#[from] crate::intake::Error),
    /// The folder.
    #[error("use the bench folder")]
    Io(#[from] std::io::Error),
}

/// Builds or opens the index, runs the mix, checks it, compares it. `said` is told what is going on.
pub async fn run(options: &Options, said: &mut dyn FnMut(&str)) -> Result<Report, Error> {
    let schema = Handle::embedded();
    let lexicon = schema.lexicon();
    let opening = Instant::now();
    let index = Index::open(&options.folder, schema)?;
    index.set_reference(generate::reference());
    let opened = opening.elapsed();
    let build = if index.snapshot().providers() == options.providers {
        None
    } else {
        Some(build(&index, options, &lexicon, said)?)
    };
    let changed = change(&index, options, &lexicon)?;
    let status = index.status();
    said(&format!(
        "{} providers at {} locations, {} segments",
        status.providers, status.locations, status.segments
    ));
    let snapshot = index.snapshot();
    let mut queries = mix::draw(options, &lexicon, &snapshot);
    queries.retain(|query| options.kinds.is_empty() || options.kinds.iter().any(|kind| kind == query.kind));
    let mut report = Report::new(options, &status, build, opened, changed.len());
    report.calibration_ns = calibrate();
    let best = measure(&snapshot, &queries, options, &mut report)?;
    if options.check > 0 {
        said("making all providers again to check a sample of every kind by brute force");
        scan::check(&snapshot, &queries, &changed, options, &lexicon, &mut report)?;
    }
    report.memory = report::Memory::now();
    if let Some(rival) = &options.rival {
        let timed: Vec<(&Query, Duration)> = queries.iter().zip(best).collect();
        let case = against::Case {
            snapshot: &snapshot,
            queries: &timed,
            changed: &changed,
            options,
            lexicon: &lexicon,
        };
        report.against = Some(against::run(rival, &case, said).await?);
    }
    if let Some(load) = options.load {
        said("asking over HTTP");
        report.http = Some(http::run(&index, &queries, options.rounds, load)?);
    }
    if let Some(file) = &options.plot {
        std::fs::write(file, plot::svg(&report))?;
    }
    Ok(report)
}

/// Builds the index from the generator, as a rebuild does from the store.
pub(super) fn build(
    index: &Index,
    options: &Options,
    lexicon: &Lexicon,
    said: &mut dyn FnMut(&str),
) -> Result<Build, Error> {
    let started = Instant::now();
    let day = options.now.date_naive();
    let mut rebuild = index.rebuild()?;
    let mut documents = 0;
    for (number, synthetic) in generate::providers(options.providers, options.seed).enumerate() {
        let provider = synthetic.to_provider(lexicon);
        documents += provider.locations.len().max(1) as u64;
        rebuild.add(provider, day)?;
        if number % 500_000 == 499_999 {
            said(&format!(
                "{} providers added, {:.0} s",
                number + 1,
                started.elapsed().as_secs_f64()
            ));
        }
    }
    let added = started.elapsed();
    said("merging into one segment");
    rebuild.seal(Position { xid: 1, id: 1 }, 0)?;
    rebuild.swap()?;
    Ok(Build {
        documents,
        added_s: added.as_secs_f64(),
        total_s: started.elapsed().as_secs_f64(),
    })
}

/// Changes some providers: the first half is committed, the second stays in the overlay. What they became, by number.
fn change(index: &Index, options: &Options, lexicon: &Lexicon) -> Result<Vec<(u64, Provider)>, Error> {
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed ^ 0xc4a6);
    let day = options.now.date_naive();
    let count = (options.providers / CHANGED_ONE_IN).clamp(2, 2_000);
    let mut numbers: Vec<u64> = (0..count).map(|_| rng.random_range(0..options.providers)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let changed: Vec<(u64, Provider)> = numbers
        .iter()
        .map(|number| {
            let mut provider = generate::provider(*number, options.seed).to_provider(lexicon);
            // It moves to where another provider practises.
            let elsewhere =
                generate::provider(rng.random_range(0..options.providers), options.seed).to_provider(lexicon);
            if let (Some(own), Some(other)) = (provider.locations.first_mut(), elsewhere.locations.first()) {
                own.point = other.point;
                own.city.clone_from(&other.city);
                own.state.clone_from(&other.state);
                own.postal_code.clone_from(&other.postal_code);
            }
            provider.version += 1;
            (*number, provider)
        })
        .collect();
    let built = index.position().map_or(1, |position| position.xid);
    let halves = changed.split_at(changed.len() / 2);
    for (half, commit, xid) in [(halves.0, true, built + 1), (halves.1, false, built + 2)] {
        let changes = half
            .iter()
            .map(|(_, provider)| Change::Put(Box::new(provider.clone())))
            .collect();
        index.apply(changes, Position { xid, id: 1 }, day)?;
        if commit {
            index.commit(day)?;
        }
    }
    Ok(changed)
}

/// Runs every query `rounds` times after one warm-up pass, from the text of its parameters to the bytes of the answer. The
/// best time of each.
pub(super) fn measure(
    snapshot: &Arc<Snapshot>,
    queries: &[Query],
    options: &Options,
    report: &mut Report,
) -> Result<Vec<Duration>, Error> {
    let mut body = Vec::with_capacity(1 << 20);
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(options.rounds); queries.len()];
    let mut hits = vec![0; queries.len()];
    for round in 0..=options.rounds {
        for (at, query) in queries.iter().enumerate() {
            body.clear();
            let started = Instant::now();
            hits[at] = answer(snapshot, query, options.now, &mut body)?;
            if round > 0 {
                times[at].push(started.elapsed());
            }
        }
    }
    for kind in mix::KINDS
        .iter()
        .filter(|kind| queries.iter().any(|query| query.kind == **kind))
    {
        let of_kind = || {
            queries
                .iter()
                .zip(&times)
                .zip(&hits)
                .filter(|((query, _), _)| query.kind == *kind)
        };
        report.kinds.push(KindRow::new(
            kind,
            of_kind().map(|((_, times), hits)| (times.as_slice(), *hits)),
        ));
        let mut by_time: Vec<(Duration, &Query)> = of_kind()
            .filter_map(|((query, times), _)| Some((*times.iter().min()?, query)))
            .collect();
        by_time.sort_by_key(|(time, _)| Reverse(*time));
        for (time, query) in by_time.iter().take(options.slowest) {
            let micros = |time: Duration| time.as_secs_f64() * 1e6;
            let parts = parts(snapshot, query, options.now)?;
            let told = parts.map_or_else(String::new, |(read, find)| {
                format!(" (understood in {:.0}, found in {:.0})", micros(read), micros(find))
            });
            let slow = format!("{:>9.1}  {kind}: {}{told}", micros(*time), query.asked);
            report.slowest.push(slow);
        }
    }
    Ok(times
        .iter()
        .map(|times| times.iter().min().copied().unwrap_or_default())
        .collect())
}

/// Answers a query into a buffer, and says how many rows came.
pub(super) fn answer(
    snapshot: &Arc<Snapshot>,
    query: &Query,
    now: DateTime<Utc>,
    body: &mut Vec<u8>,
) -> Result<usize, Error> {
    match &query.asked {
        Asked::Search(pairs) => {
            let request = parse(snapshot, pairs)?;
            let answer = query::search(snapshot, &request, now)?;
            answer.write_json(body).map_err(std::io::Error::other)?;
            Ok(answer.len())
        }
        Asked::Suggest(text) => {
            let suggestions = query::suggest(snapshot, text, None, 10)?;
            serde_json::to_writer(body, &suggestions).map_err(std::io::Error::other)?;
            Ok(suggestions.suggestions.len())
        }
    }
}

/// How long it takes to understand a search, and to find its rows: once more, by itself.
pub(super) fn parts(
    snapshot: &Arc<Snapshot>,
    query: &Query,
    now: DateTime<Utc>,
) -> Result<Option<(Duration, Duration)>, Error> {
    let Asked::Search(pairs) = &query.asked else {
        return Ok(None);
    };
    let trace = query::search(snapshot, &parse(snapshot, pairs)?, now)?.trace;
    Ok(Some((trace.read, trace.find)))
}

pub(super) fn parse(snapshot: &Snapshot, pairs: &[(String, String)]) -> Result<Request, Error> {
    Request::parse(pairs, &snapshot.lexicon, &snapshot.reference)
        .map_err(|faults| query::Error::Malformed(faults).into())
}

/// A fixed piece of integer work, in nanoseconds: how fast this core was while the bench ran.
fn calibrate() -> u64 {
    let best = (0..20).map(|_| {
        let started = Instant::now();
        let mut x: u64 = 0x9e37_79b9;
        for _ in 0..100_000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        std::hint::black_box(x);
        started.elapsed().as_nanos() as u64
    });
    best.min().unwrap_or(0)
}
