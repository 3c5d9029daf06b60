//! Who is meant? Records with known answers against a directory of invented providers.
//!
//! `cargo bench --bench matching` prints precision, recall, recall at fixed precision, abstention, calibration and time, in
//! all and for each kind of trouble. `-- --providers N --records N --seed N --profile NAME`; `--style own` takes the project's
//! own dirt, `--style strangers` records as other systems send them, which nothing was fitted to, `--style texts` what comes out
//! of the documents of the other bench (with `--profile text`), `--style real` rows of CMS against rows of NPPES. `--pairs FILE` takes lines of `{"listed": ..}` and `{"record": .., "npi": ..}` instead, as in
//! `fixtures/matching`. `--folder FOLDER --population SEED` opens an index that
//! `provdir bench` has left instead of making one; `--threads N` says how many answer at once in the second pass. `--learn
//! FILE` estimates the profile anew from the first half of the records without their answers, writes it, and measures the
//! other half with it.

mod documents;
mod real;
mod strangers;

use std::{
    collections::BTreeMap,
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use chrono::{DateTime, TimeZone, Utc};
use provider_directory::{
    index::{Index, Snapshot, schema::Handle},
    intake::{
        extract, generate,
        matching::{
            Decision, Grade, Options, Outcome, Record,
            dirty::Dirtier,
            match_record,
            train::{self, table},
        },
    },
    query::{candidates::Directory, spelling::Known},
    vocab::{Lexicon, Npi, Position, keys, lexicon::MatchModel},
};
use real::Real;
use serde_json::{Value, json};
use strangers::World;

/// That of the program: answers are made of many small pieces.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The population; records are drawn with another seed.
const POPULATION: u64 = 21;
/// Who is absent and seems present with more than this is shown.
const LIKELY: f64 = 0.2;
/// Records that fit several providers, as a share of the others.
const AMBIGUOUS_ONE_IN: u64 = 20;

/// One record and what came of it.
struct Case {
    kind: String,
    meant: Option<Npi>,
    top: Option<Npi>,
    probability: f64,
    linked: Option<Npi>,
    decision: Decision,
    certain: bool,
    took_us: f64,
    /// Whether who is meant was among the candidates told.
    met: bool,
    /// Whether the NPI is another's, so that a person is to look whoever is meant.
    disputed: bool,
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
    let (population, seed) = (number("--population", POPULATION)?, number("--seed", 4711)?);
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 17, 0, 0)
        .single()
        .ok_or("a moment")?;
    if let Some(count) = after("--dump") {
        return dump(count.parse()?, population);
    }
    let own_folder = tempfile::tempdir()?;
    let folder = after("--folder").map_or_else(|| own_folder.path().to_owned(), PathBuf::from);
    let began = Instant::now();
    let style = after("--style").map_or("own", String::as_str);
    let given = match after("--pairs") {
        Some(file) => Real::parse(&std::fs::read_to_string(file)?)?,
        None if style == "real" => Real::fixture()?,
        None => Real::default(),
    };
    let snapshot = directory(&folder, providers, population, &given, now)?;
    println!("{} providers after {:.1?}", snapshot.providers(), began.elapsed());
    let options = Options {
        profile: after("--profile").cloned().unwrap_or_else(|| "default".to_owned()),
        ..Options::default()
    };
    let directory = Directory::of(&snapshot);
    let mut lessons = match style {
        _ if !given.records.is_empty() => given.records,
        "strangers" => strange(population, providers, seed, records),
        "texts" => texts(&snapshot, population, providers, records),
        _ => {
            let dirtier = Dirtier::new(&snapshot.lexicon, population, providers, seed);
            let made = (0..records).map(|n| dirtier.record(n));
            made.map(|dirty| (dirty.kind.to_owned(), dirty.record, dirty.meant))
                .collect()
        }
    };
    if given.listed.is_empty() && style != "texts" {
        lessons.extend(ambiguous(
            &directory,
            population,
            providers,
            seed,
            records / AMBIGUOUS_ONE_IN,
        )?);
    }
    // The words of names are gathered when first asked for.
    directory.misspellings("warm");
    let snapshot = match after("--learn") {
        Some(file) => Arc::new(learnt(
            &snapshot,
            &options.profile,
            lessons.drain(..lessons.len() / 2),
            file,
        )?),
        None => snapshot.clone(),
    };
    let directory = Directory::of(&snapshot);
    let verbose = arguments.iter().any(|a| a == "--verbose");
    let mut cases = Vec::with_capacity(lessons.len());
    for (kind, record, meant) in &lessons {
        cases.push(run(&directory, &options, kind, record, *meant, verbose)?);
    }
    report(&cases);
    throughput(&snapshot, &options, &lessons, number("--threads", 2)? as usize)
}

/// Writes the first providers of a population, one a line, for whoever wants to make records or texts about them.
fn dump(count: u64, population: u64) -> Result<(), Box<dyn Error>> {
    for provider in generate::providers(count, population) {
        let name = &provider.name;
        let sites: Vec<Value> = provider
            .sites
            .iter()
            .map(|site| {
                json!({"line1": site.line1, "line2": site.line2, "city": site.city, "state": site.state,
                    "postal_code": site.postal_code, "phone": site.phone})
            })
            .collect();
        let told = json!({"npi": provider.npi, "first": name.first, "middle": name.middle, "last": name.last,
            "suffix": name.suffix, "credential": name.credential, "organization": name.organization,
            "gender": provider.gender, "specialties": provider.specialties, "sites": sites});
        println!("{told}");
    }
    Ok(())
}

/// A snapshot whose profile was estimated from records without answers.
fn learnt(
    snapshot: &Snapshot,
    profile: &str,
    lessons: impl Iterator<Item = Lesson>,
    file: &str,
) -> Result<Snapshot, Box<dyn Error>> {
    let lessons: Vec<train::Lesson> = lessons
        .map(|(_, record, _)| train::Lesson {
            record,
            meant: None,
            rejected: Vec::new(),
        })
        .collect();
    let mut model = MatchModel::clone(&snapshot.lexicon.match_model);
    let start = model.profiles.get(profile).ok_or("a profile")?;
    let estimated = train::estimate(&Directory::of(snapshot), start, &lessons, |_| ())?;
    std::fs::write(file, serde_json::to_string_pretty(&estimated)?)?;
    model.profiles.insert(profile.to_owned(), estimated);
    Ok(Snapshot {
        lexicon: Arc::new(Lexicon::clone(&snapshot.lexicon).with_match_model(model)),
        ..Snapshot::clone(snapshot)
    })
}

/// Records as they come out of texts, of each mention whose provider is known: its kind is the style of the document.
fn texts(snapshot: &Snapshot, population: u64, providers: u64, count: u64) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    for number in 0.. {
        if lessons.len() as u64 >= count {
            break;
        }
        let document = documents::document(number, population, providers, false);
        let found = extract::extract(&document.text, &snapshot.lexicon, &Known::of(snapshot));
        for gold in &document.gold {
            let is_it = |mention: &&extract::Mention| mention.characters == (gold.start..gold.end);
            if let Some(mention) = found.mentions.iter().find(is_it) {
                let meant = gold.npi.as_deref().and_then(|npi| npi.parse().ok());
                lessons.push((
                    document.style.to_owned(),
                    found.record(mention.cluster, None, None),
                    meant,
                ));
            }
        }
    }
    lessons
}

/// Records as other systems send them.
fn strange(population: u64, providers: u64, seed: u64, count: u64) -> Vec<Lesson> {
    let world = World {
        population,
        providers,
        seed,
    };
    let made = (0..count).map(|n| world.stranger(n));
    made.map(|made| (made.kind.to_owned(), made.record, made.meant))
        .collect()
}

/// Names that two to five providers have, with nothing beside them: nobody can tell who is meant.
fn ambiguous(
    directory: &Directory<'_>,
    population: u64,
    providers: u64,
    seed: u64,
    count: u64,
) -> Result<Vec<Lesson>, Box<dyn Error>> {
    let mut found = Vec::new();
    for number in 0..200_000_u64 {
        if found.len() as u64 == count {
            break;
        }
        let index = (seed.wrapping_mul(31) + number * 7_919) % providers;
        let name = generate::provider(index, population).name;
        let (Some(first), Some(last)) = (name.first, name.last) else {
            continue;
        };
        let fold = |text: &str| provider_directory::vocab::names::words(text).concat();
        let bearers = directory.frequency(&keys::key::person(&fold(&last), &fold(&first)))?;
        if (2..=5).contains(&bearers) {
            let record = Record::parse(json!({"first_name": first, "last_name": last}));
            found.push((
                "ambiguous".to_owned(),
                record.map_err(|fault| format!("{fault:?}"))?,
                None,
            ));
        }
    }
    Ok(found)
}

/// All records once more, by several at once, answers written as they are sent.
fn throughput(
    snapshot: &Snapshot,
    options: &Options,
    lessons: &[Lesson],
    threads: usize,
) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let bytes: usize = std::thread::scope(|scope| {
        let parts = lessons.chunks(lessons.len().div_ceil(threads).max(1));
        let parts: Vec<_> = parts
            .map(|part| {
                scope.spawn(move || -> Result<usize, String> {
                    let directory = Directory::of(snapshot);
                    let mut bytes = 0;
                    for (_, record, _) in part {
                        let outcome = match_record(&directory, record, options).map_err(|error| format!("{error}"))?;
                        bytes += serde_json::to_vec(&outcome).map_err(|error| format!("{error}"))?.len();
                    }
                    Ok(bytes)
                })
            })
            .collect();
        let joined = parts.into_iter().map(|part| part.join().unwrap_or(Ok(0)));
        joined.sum::<Result<usize, String>>()
    })?;
    let took = began.elapsed().as_secs_f64();
    println!(
        "{threads} threads: {:.0} records a second, {} bytes an answer",
        lessons.len() as f64 / took,
        bytes / lessons.len().max(1)
    );
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
        certain: outcome.grade == Grade::Certain,
        took_us,
        met: outcome.candidates.iter().any(|c| c.provider.npi == meant),
        disputed: outcome.conflicts.iter().any(|what| what.starts_with("npi_")),
    };
    let wrong = case.linked.is_some() && case.linked != meant;
    let slow = took_us > 5_000.0;
    if verbose && case.is_right() && case.linked.is_none() {
        show_held_back(kind, record, &outcome)?;
    }
    let missed = meant.is_some() && !case.is_right();
    let likely = meant.is_none() && case.probability > LIKELY;
    if verbose && (wrong || slow || missed || likely) {
        let name = top.map_or("nobody", |best| best.provider.name.as_str());
        let bits = top.map(|best| {
            best.evidence
                .iter()
                .map(|e| format!("{}:{}={:.1}", e.field, e.level, e.bits))
                .collect::<Vec<_>>()
        });
        println!(
            "{kind} {} p={:.4} {:?} {took_us:.0} us {} -> {name} {:?}",
            if wrong { "WRONG" } else { "missed" },
            case.probability,
            case.decision,
            serde_json::to_string(record)?,
            bits
        );
    }
    Ok(case)
}

/// Why the right one is not linked: what the best two agree in, and what stands against the best.
fn show_held_back(kind: &str, record: &Record, outcome: &Outcome) -> Result<(), Box<dyn Error>> {
    let told = outcome.candidates.iter().take(2).map(|candidate| {
        let all = candidate.evidence.iter();
        let bits: Vec<String> = all.map(|e| format!("{}:{}={:.1}", e.field, e.level, e.bits)).collect();
        format!(
            "{} p={:.4} {}",
            candidate.provider.name,
            candidate.probability,
            bits.join(" ")
        )
    });
    println!(
        "{kind} held {:?} none={:.4} conflicts={:?} {}\n    {}",
        outcome.decision,
        outcome.p_none,
        outcome.conflicts,
        serde_json::to_string(record)?,
        told.collect::<Vec<_>>().join("\n    ")
    );
    Ok(())
}

/// Kind, record, and who is meant.
type Lesson = (String, Record, Option<Npi>);

fn directory(
    folder: &Path,
    count: u64,
    population: u64,
    given: &Real,
    now: DateTime<Utc>,
) -> Result<Arc<Snapshot>, Box<dyn Error>> {
    let schema = Handle::embedded();
    let lexicon = schema.lexicon();
    let index = Index::open(folder, schema)?;
    if index.snapshot().providers() >= count {
        return Ok(index.snapshot());
    }
    let mut rebuild = index.rebuild()?;
    for synthetic in generate::providers(count, population) {
        rebuild.add(synthetic.to_provider(&lexicon), now.date_naive())?;
    }
    given.add_to(&mut rebuild, &lexicon, now.date_naive())?;
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
        "{:20} {:>6} {:>9} {:>7} {:>7} {:>7} {:>9} {:>7} {:>7} {:>8} {:>8} {:>8}",
        "kind",
        "n",
        "precision",
        "recall",
        "top-1",
        "met",
        "abstained",
        "review",
        "certain",
        "p50 us",
        "p95 us",
        "p99 us"
    );
    for (kind, of) in &kinds {
        row(kind, of);
    }
    let all: Vec<&Case> = cases.iter().collect();
    row("all", &all);
    // What rules keep for a person to look at can be linked by no weights.
    let open: Vec<&Case> = cases.iter().filter(|case| !case.disputed).collect();
    row("no NPI of another", &open);
    // Of two who fit alike one is meant: whether the first is, cannot be said.
    let told: Vec<(f64, bool)> = cases
        .iter()
        .filter(|case| case.kind != "ambiguous")
        .map(|case| (case.probability, case.is_right()))
        .collect();
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
    let ranges = bins.iter().map(|bin| format!("{:.3} {:.3}", bin.told, bin.right));
    println!("told and right: {}", ranges.collect::<Vec<_>>().join(" | "));
    for precision in [0.999, 0.995, 0.99, 0.95] {
        println!("recall at precision {precision}: {:.4}", recall_at(cases, precision));
    }
    let mut times: Vec<f64> = cases.iter().map(|case| case.took_us).collect();
    times.sort_by(f64::total_cmp);
    let mean = times.iter().sum::<f64>() / n;
    println!(
        "us per record: p50 {:.0}  p95 {:.0}  p99 {:.0}  mean {mean:.0}",
        at(&times, 0.5),
        at(&times, 0.95),
        at(&times, 0.99)
    );
}

/// Of sorted times, that which such a share does not exceed.
fn at(times: &[f64], share: f64) -> f64 {
    let at = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or(0.0)
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
        "{kind:20} {:>6} {:>9.4} {:>7.4} {:>7.4} {:>7.4} {:>9.4} {:>7.4} {:>7} {:>8.0} {:>8.0} {:>8.0}",
        of.len(),
        share(right, linked.len()),
        share(right, present),
        share(first, present),
        share(met, present),
        share(abstained, absent.len()),
        share(review, of.len()),
        of.iter().filter(|case| case.certain && !case.is_right()).count(),
        at(&times, 0.5),
        at(&times, 0.95),
        at(&times, 0.99),
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
