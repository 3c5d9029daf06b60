//! Who is meant? Dirty records with known answers against a directory of invented providers.
//!
//! `cargo bench --bench matching` prints precision, recall, recall at fixed precision, abstention, calibration and time, in
//! all and for each kind of dirt. `-- --providers N --records N --seed N --profile NAME`; `--pairs FILE` takes lines of
//! `{"record": .., "npi": ..}` instead (no `npi`: nobody), `--nppes N` says how many of the lines' providers are there.

use std::{collections::BTreeMap, error::Error, io::BufRead, sync::Arc, time::Instant};

use chrono::{DateTime, TimeZone, Utc};
use provider_directory::{
    index::{Index, Snapshot, schema::Handle},
    intake::{
        generate,
        matching::{Decision, Options, Record, dirty::Dirtier, match_record, train::table},
    },
    query::candidates::Directory,
    vocab::{Npi, Position},
};
use serde_json::Value;

/// The population; records are drawn with another seed.
const POPULATION: u64 = 21;

/// One record and what came of it.
struct Case {
    kind: String,
    meant: Option<Npi>,
    top: Option<Npi>,
    probability: f64,
    linked: Option<Npi>,
    decision: Decision,
    took_us: f64,
    /// Whether who is meant was among the candidates told.
    met: bool,
}

impl Case {
    fn is_right(&self) -> bool {
        self.meant.is_some() && self.top == self.meant
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        arguments
            .iter()
            .position(|a| a == name)
            .and_then(|at| arguments.get(at + 1))
    };
    let number = |name: &str, default: u64| after(name).map_or(Ok(default), |n| n.parse::<u64>());
    let (providers, records) = (number("--providers", 100_000)?, number("--records", 5_000)?);
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 17, 0, 0)
        .single()
        .ok_or("a moment")?;
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let snapshot = directory(folder.path(), providers, now)?;
    println!("{providers} providers indexed in {:.1?}", began.elapsed());
    let options = Options {
        profile: after("--profile").cloned().unwrap_or_else(|| "default".to_owned()),
        ..Options::default()
    };
    let lessons = match after("--pairs") {
        Some(file) => pairs(file)?,
        None => {
            let dirtier = Dirtier::new(&snapshot.lexicon, POPULATION, providers, number("--seed", 4711)?);
            let made = (0..records).map(|n| dirtier.record(n));
            made.map(|dirty| (dirty.kind.to_owned(), dirty.record, dirty.meant))
                .collect()
        }
    };
    let directory = Directory::of(&snapshot);
    // The words of names are gathered when first asked for.
    directory.misspellings("warm");
    let verbose = arguments.iter().any(|a| a == "--verbose");
    let mut cases = Vec::with_capacity(lessons.len());
    for (kind, record, meant) in &lessons {
        cases.push(run(&directory, &options, kind, record, *meant, verbose)?);
    }
    report(&cases);
    Ok(())
}

fn run(
    directory: &Directory<'_>,
    options: &Options,
    kind: &str,
    record: &Record,
    meant: Option<Npi>,
    verbose: bool,
) -> Result<Case, Box<dyn Error>> {
    let began = Instant::now();
    let outcome = match_record(directory, record, options)?;
    let took_us = began.elapsed().as_secs_f64() * 1e6;
    let top = outcome.candidates.first();
    let case = Case {
        kind: kind.to_owned(),
        meant,
        top: top.and_then(|best| best.provider.npi),
        probability: outcome.probability,
        linked: outcome.npi,
        decision: outcome.decision,
        took_us,
        met: outcome.candidates.iter().any(|c| c.provider.npi == meant),
    };
    let wrong = case.linked.is_some() && case.linked != meant;
    if verbose && (wrong || (meant.is_some() && !case.is_right())) {
        let name = top.map_or("nobody", |best| best.provider.name.as_str());
        let bits = top.map(|best| {
            best.evidence
                .iter()
                .map(|e| format!("{}:{}={:.1}", e.field, e.level, e.bits))
                .collect::<Vec<_>>()
        });
        println!(
            "{kind} p={:.4} {:?} {} -> {name} {:?}",
            case.probability,
            case.decision,
            serde_json::to_string(record)?,
            bits
        );
    }
    Ok(case)
}

/// Kind, record, and who is meant.
type Lesson = (String, Record, Option<Npi>);

fn pairs(file: &str) -> Result<Vec<Lesson>, Box<dyn Error>> {
    let mut read = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(file)?).lines() {
        let value: Value = serde_json::from_str(&line?)?;
        let record = Record::parse(value["record"].clone()).map_err(|fault| format!("{fault:?}"))?;
        let npi = value["npi"].as_str().map(str::parse).transpose()?;
        read.push((value["kind"].as_str().unwrap_or("pair").to_owned(), record, npi));
    }
    Ok(read)
}

fn directory(folder: &std::path::Path, count: u64, now: DateTime<Utc>) -> Result<Arc<Snapshot>, Box<dyn Error>> {
    let schema = Handle::embedded();
    let lexicon = schema.lexicon();
    let index = Index::open(folder, schema)?;
    let mut rebuild = index.rebuild()?;
    for synthetic in generate::providers(count, POPULATION) {
        rebuild.add(synthetic.to_provider(&lexicon), now.date_naive())?;
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 1)?;
    rebuild.swap()?;
    Ok(index.snapshot())
}

fn report(cases: &[Case]) {
    let mut kinds: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        kinds.entry(&case.kind).or_default().push(case);
    }
    println!(
        "{:18} {:>6} {:>9} {:>7} {:>7} {:>7} {:>9} {:>7} {:>9}",
        "kind", "n", "precision", "recall", "top-1", "met", "abstained", "review", "us median"
    );
    for (kind, of) in &kinds {
        row(kind, of);
    }
    let all: Vec<&Case> = cases.iter().collect();
    row("all", &all);
    let told: Vec<(f64, bool)> = cases.iter().map(|case| (case.probability, case.is_right())).collect();
    let n = told.len() as f64;
    let brier = told
        .iter()
        .map(|(p, right)| (p - f64::from(u8::from(*right))).powi(2))
        .sum::<f64>()
        / n;
    let bins = table(told.clone());
    let ece: f64 = bins
        .iter()
        .map(|bin| (bin.told - bin.right).abs() * f64::from(bin.records) / n)
        .sum();
    println!("ECE {ece:.4}  Brier {brier:.4}");
    for precision in [0.999, 0.995, 0.99, 0.95] {
        println!("recall at precision {precision}: {:.4}", recall_at(cases, precision));
    }
    let mut times: Vec<f64> = cases.iter().map(|case| case.took_us).collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        times
            .get(((times.len() as f64 * share) as usize).min(times.len() - 1))
            .copied()
            .unwrap_or(0.0)
    };
    let mean = times.iter().sum::<f64>() / n;
    println!(
        "us per record: p50 {:.0}  p95 {:.0}  p99 {:.0}  mean {mean:.0}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
}

fn row(kind: &str, of: &[&Case]) {
    let share = |n: usize, of: usize| if of == 0 { f64::NAN } else { n as f64 / of as f64 };
    let linked: Vec<_> = of.iter().filter(|case| case.decision == Decision::Match).collect();
    let right = linked.iter().filter(|case| case.linked == case.meant).count();
    let present = of.iter().filter(|case| case.meant.is_some()).count();
    let absent: Vec<_> = of.iter().filter(|case| case.meant.is_none()).collect();
    let abstained = absent.iter().filter(|case| case.decision != Decision::Match).count();
    let first = of.iter().filter(|case| case.is_right()).count();
    let met = of.iter().filter(|case| case.meant.is_some() && case.met).count();
    let review = of.iter().filter(|case| case.decision == Decision::Review).count();
    let mut times: Vec<f64> = of.iter().map(|case| case.took_us).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{kind:18} {:>6} {:>9.4} {:>7.4} {:>7.4} {:>7.4} {:>9.4} {:>7.4} {:>9.0}",
        of.len(),
        share(right, linked.len()),
        share(right, present),
        share(first, present),
        share(met, present),
        share(abstained, absent.len()),
        share(review, of.len()),
        times[times.len() / 2],
    );
}

/// The largest share of the present that is found where so many of the links are right.
fn recall_at(cases: &[Case], precision: f64) -> f64 {
    let present = cases.iter().filter(|case| case.meant.is_some()).count() as f64;
    let mut order: Vec<&Case> = cases.iter().filter(|case| case.top.is_some()).collect();
    order.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let (mut right, mut best) = (0.0, 0.0);
    for (rank, case) in order.iter().enumerate() {
        right += f64::from(u8::from(case.is_right()));
        if right / (rank + 1) as f64 >= precision {
            best = right / present;
        }
    }
    best
}
