//! The same queries asked of Postgres, on a store of the bench's own that has the same providers.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{
    Error, Options, Rival,
    mix::{Asked, KINDS, Query},
    parse,
    report::percentile,
    scan::Facts,
};
use crate::domain::provider::Provider;
use crate::index::{
    Snapshot,
    geometry::{KM_PER_MILE, Origin},
};
use crate::intake::{generate, load};
use crate::query::{self, plan::Plan};
use crate::store::{
    self, Access, Store,
    as_sql::{AsSql, Circle, Question, Words},
    cluster::Cluster,
};
use crate::vocab::{Lexicon, Npi, names::words};

/// Queries of each kind that Postgres is asked: some take it seconds.
const QUERIES: usize = 60;
/// Times that it is asked each; the best counts, as for the index. The first pass, which warms up, does not.
const ROUNDS: usize = 3;
/// Providers whose names are told at once.
const BATCH: usize = 10_000;
/// How far a search without a radius looks first, in miles.
const FIRST_MILES: f64 = 25.0;

/// What came of it.
#[derive(Clone, Debug, Serialize)]
pub struct Against {
    /// Providers.
    pub providers: u64,
    /// Loading the store and making its indexes, in seconds; 0: they were there.
    pub prepared_s: f64,
    /// Extensions that this Postgres lacks; kinds that need them are left out.
    pub missing: Vec<&'static str>,
    /// A question with nothing to do, there and back, in microseconds: part of every time below.
    pub round_trip_us: f64,
    /// By kind.
    pub kinds: Vec<Row>,
    /// Totals that differ.
    pub differences: Vec<String>,
}

/// A kind of queries, asked of both; times in microseconds.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The kind.
    pub kind: &'static str,
    /// Queries asked of both.
    pub queries: usize,
    /// Median of the index.
    pub index_p50: f64,
    /// 99th percentile of the index.
    pub index_p99: f64,
    /// Median of Postgres.
    pub postgres_p50: f64,
    /// 99th percentile of Postgres.
    pub postgres_p99: f64,
    /// How many times the median of Postgres is that of the index.
    pub ratio_p50: f64,
    /// The same of the 99th percentiles.
    pub ratio_p99: f64,
    /// Totals that are equal, or above what was told as a lower bound.
    pub equal: usize,
    /// Totals that were compared: where both mean the same by the question.
    pub compared: usize,
    /// Best times of Postgres.
    #[serde(skip)]
    pub times: Vec<Duration>,
}

/// A query of the mix, the best time of the index, and the question that it is in SQL.
struct Pair<'q> {
    query: &'q Query,
    best: Duration,
    question: Question,
    /// As the index counts: the number, and whether there may be more.
    total: Option<(u64, bool)>,
}

/// What Postgres is compared with.
pub struct Case<'a> {
    /// The state of the index that was measured.
    pub snapshot: &'a Arc<Snapshot>,
    /// The queries, each with its best time.
    pub queries: &'a [(&'a Query, Duration)],
    /// What was changed since the build, by number.
    pub changed: &'a [(u64, Provider)],
    /// How it was measured.
    pub options: &'a Options,
    /// The vocabulary.
    pub lexicon: &'a Lexicon,
}

/// Loads a store, unless it is there from an earlier run, and asks it.
pub async fn run(rival: &Rival, case: &Case<'_>, said: &mut dyn FnMut(&str)) -> Result<Against, Error> {
    match rival {
        Rival::Given(access) => ask_all(access, case, said).await,
        Rival::Managed(folder, binaries) => {
            let cluster = Cluster::open(folder, binaries.as_deref(), true).await?;
            let asked = async {
                cluster.create_database("bench").await?;
                ask_all(&cluster.access("bench"), case, said).await
            };
            let outcome = asked.await;
            cluster.close().await;
            outcome
        }
    }
}

async fn ask_all(access: &Access, case: &Case<'_>, said: &mut dyn FnMut(&str)) -> Result<Against, Error> {
    let (options, changed) = (case.options, case.changed);
    store::migrate(&access.owner).await?;
    let began = Instant::now();
    let mut sql = AsSql::connect(access).await?;
    let is_there = sql.providers().await? == i64::try_from(options.providers).ok();
    if !is_there {
        let store = Store::connect(access, 4).await?;
        load(&store, &mut sql, options, case.lexicon, said).await?;
        store.close().await;
    }
    for (_, provider) in changed {
        let to = provider.locations.first().and_then(|location| location.point);
        if let Some((npi, to)) = provider.npi.zip(to) {
            sql.shift(npi, to).await?;
        }
    }
    let prepared_s = if is_there { 0.0 } else { began.elapsed().as_secs_f64() };
    said("asking Postgres the same");
    let mut against = Against {
        providers: options.providers,
        prepared_s,
        missing: sql.missing().to_vec(),
        round_trip_us: round_trip(&mut sql).await?,
        kinds: Vec::new(),
        differences: Vec::new(),
    };
    for kind in KINDS {
        let of_kind = case.queries.iter().filter(|(query, _)| query.kind == *kind);
        let mut pairs = Vec::new();
        for (query, best) in of_kind {
            if pairs.len() < QUERIES
                && let Some(pair) = pair(case.snapshot, query, *best, options)?
                && sql.can_answer(&pair.question)
            {
                pairs.push(pair);
            }
        }
        if !pairs.is_empty() {
            let row = compare(&mut sql, kind, &pairs, &mut against.differences).await?;
            against.kinds.push(row);
        }
    }
    sql.close().await?;
    Ok(against)
}

/// The same providers as the index has, through the door that imports take, and their names as the index spells them.
async fn load(
    store: &Store,
    sql: &mut AsSql,
    options: &Options,
    lexicon: &Lexicon,
    said: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    said(&format!("loading {} providers into Postgres", options.providers));
    load::networks(store).await?;
    load::synthetic(store, lexicon, options.providers, options.seed, options.now, |_| {}).await?;
    said("making tables and indexes for its queries");
    sql.begin().await?;
    let mut batch = Vec::with_capacity(BATCH);
    for synthetic in generate::providers(options.providers, options.seed) {
        let provider = synthetic.to_provider(lexicon);
        let facts = Facts::of(&provider);
        batch.push(Words {
            npi: provider.npi.map_or(0, Npi::number) as i64,
            current: facts.current.join(" "),
            any: facts.any.join(" "),
        });
        if batch.len() == BATCH {
            sql.add(&batch).await?;
            batch.clear();
        }
    }
    sql.add(&batch).await?;
    Ok(sql.make(options.now.date_naive()).await?)
}

async fn round_trip(sql: &mut AsSql) -> Result<f64, Error> {
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        sql.ping().await?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(percentile(&times, 0.5))
}

/// Puts a query as a question to Postgres; none where SQL can't mean the same.
fn pair<'q>(
    snapshot: &Arc<Snapshot>,
    query: &'q Query,
    best: Duration,
    options: &Options,
) -> Result<Option<Pair<'q>>, Error> {
    let paired = |question, total| Pair {
        query,
        best,
        question,
        total,
    };
    let pairs = match &query.asked {
        Asked::Suggest(text) => {
            let mut all = words(text);
            let last = all.pop();
            return Ok(last.map(|last| paired(Question::Begins(all, last), None)));
        }
        Asked::Search(pairs) => pairs,
    };
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if query.kind == "name typo" {
        let name = value("q").unwrap_or_default();
        return Ok(Some(paired(Question::Like(name.to_owned()), None)));
    }
    let request = parse(snapshot, pairs)?;
    let answer = query::search(snapshot, &request, options.now)?;
    let total = answer.total.map(|total| (total.value, total.relation == "gte"));
    let (plan, understood) = Plan::new(snapshot, &request, options.now)?;
    let miles = answer.expanded_radius_miles.unwrap_or(FIRST_MILES);
    let circle = plan.origin.map(|origin: Origin| Circle {
        at: origin.point(),
        km: understood.radius_km.unwrap_or(miles * KM_PER_MILE),
    });
    let asked = &plan.conditions;
    let question = if let Some(npi) = value("npi") {
        npi.parse().ok().map(Question::Npi)
    } else if let [name] = asked.names.as_slice() {
        let words = name.words.clone();
        Some(match circle {
            Some(circle) => Question::NameNear(words, circle),
            None => Question::Name(words),
        })
    } else if asked.names.is_empty() && asked.language.len() <= 1 {
        circle.map(|circle| Question::SpecialtyNear {
            codes: asked.specialty.clone(),
            languages: asked.language.clone(),
            networks: asked
                .networks
                .iter()
                .map(|choice| uuid::Uuid::from_u128(choice.id).into())
                .collect(),
            circle,
        })
    } else {
        None
    };
    Ok(question.map(|question| paired(question, total)))
}

async fn compare(
    sql: &mut AsSql,
    kind: &'static str,
    pairs: &[Pair<'_>],
    differences: &mut Vec<String>,
) -> Result<Row, Error> {
    let mut best = vec![Duration::MAX; pairs.len()];
    let (mut equal, mut compared) = (0, 0);
    for round in 0..=ROUNDS {
        for (pair, best) in pairs.iter().zip(&mut best) {
            let began = Instant::now();
            let told = sql.ask(&pair.question).await?;
            let took = began.elapsed();
            if round > 0 {
                *best = (*best).min(took);
                continue;
            }
            if let Some(((ours, more), theirs)) = pair.total.zip(told.total) {
                compared += 1;
                let theirs = u64::try_from(theirs).unwrap_or_default();
                if ours == theirs || more && ours < theirs {
                    equal += 1;
                } else {
                    differences.push(format!(
                        "{kind}: {}: {ours} here, {theirs} in Postgres",
                        pair.query.asked
                    ));
                }
            }
        }
    }
    let mut ours: Vec<Duration> = pairs.iter().map(|pair| pair.best).collect();
    ours.sort_unstable();
    best.sort_unstable();
    let at = |share| (percentile(&ours, share), percentile(&best, share));
    let ((index_p50, postgres_p50), (index_p99, postgres_p99)) = (at(0.5), at(0.99));
    let ratio = |theirs: f64, ours: f64| (theirs / ours.max(0.1) * 10.0).round() / 10.0;
    Ok(Row {
        kind,
        queries: pairs.len(),
        index_p50,
        index_p99,
        postgres_p50,
        postgres_p99,
        ratio_p50: ratio(postgres_p50, index_p50),
        ratio_p99: ratio(postgres_p99, index_p99),
        equal,
        compared,
        times: best,
    })
}
