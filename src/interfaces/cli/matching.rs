//! `provdir match ...`: a file of records against the directory, the weights estimated anew, the directory against itself.

use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions},
    io::{self, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use super::{
    Error, REJECTED, print, print_json, progress,
    records::{Read as Readable, records_in, records_of},
    token::operator,
};
use crate::domain::npi_life::NpiLives;
use crate::index::{Index, Snapshot, schema::Handle};
use crate::intake::{
    generate,
    matching::{
        Options as How, Record,
        dirty::Dirtier,
        duplicates::{self, Pair},
        train::{self, Lesson},
    },
};
use crate::interfaces::{
    http::matching::{Answered, one},
    parts::{BrokenOff, cores, in_parts},
};
use crate::query::candidates::Directory;
use crate::store::{
    Store,
    match_feedback::{self, NewReview},
    npi_life,
};
use crate::vocab::{
    Fault, Npi, Position,
    lexicon::{MatchModel, Profile},
};

/// Records that are matched together, on all cores.
const AT_ONCE: usize = 2_048;

/// Matches a file of records.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true
)]
pub struct Options {
    /// Something else than a file.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// CSV with a header, or NDJSON: one record a line.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Where the answers go, one a line [default: beside the file, `.matched.ndjson`]. What is there already is gone on from.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Begin anew instead of going on.
    #[arg(long)]
    restart: bool,
    /// The source of the records.
    #[arg(long, default_value = "default")]
    profile: String,
    /// From which probability on it is a match.
    #[arg(long)]
    threshold: Option<f64>,
    /// From which on a person should look.
    #[arg(long)]
    review: Option<f64>,
    /// Print what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// What else there is.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Estimate the weights: from invented dirty records, or from a file of real ones.
    Train(Train),
    /// Look for providers that may be one and the same, and queue them for a person to decide.
    Duplicates(Duplicates),
}

/// How to estimate.
#[derive(Debug, Args)]
pub struct Train {
    /// Invented providers of the directory that is trained in.
    #[arg(long, default_value_t = 50_000)]
    providers: u64,
    /// Invented records.
    #[arg(long, default_value_t = 10_000)]
    records: u64,
    /// Their seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The profile that is estimated.
    #[arg(long, default_value = "default")]
    profile: String,
    /// NDJSON of records without answers, matched against the directory as it is, instead of invented ones.
    #[arg(long, value_name = "FILE")]
    records_from: Option<PathBuf>,
    /// What people have confirmed and rejected about records, instead of invented ones.
    #[arg(long, conflicts_with = "records_from")]
    feedback: bool,
    /// Where the model goes.
    #[arg(long, value_name = "FILE", default_value = "match_model.json")]
    out: PathBuf,
}

/// How to look for them.
#[derive(Debug, Args)]
pub struct Duplicates {
    /// From which probability on.
    #[arg(long, default_value_t = 0.5)]
    at_least: f64,
    /// Only print the pairs.
    #[arg(long)]
    dry_run: bool,
}

impl Options {
    /// Whether the work needs the store of record as well.
    pub fn needs_store(&self) -> bool {
        match &self.command {
            Some(Command::Duplicates(how)) => !how.dry_run,
            Some(Command::Train(how)) => how.feedback,
            None => false,
        }
    }

    /// Whether the directory is asked as it is: all but what is trained on invented records.
    pub fn asks_index(&self) -> bool {
        !matches!(&self.command, Some(Command::Train(how)) if how.records_from.is_none() && !how.feedback)
    }

    /// Whether it matters what has become of NPIs: where records of others are matched.
    pub fn follows_lives(&self) -> bool {
        self.command.is_none()
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Done {
    /// Records that were answered before.
    pub before: u64,
    /// Records that are answered now.
    pub answered: u64,
    /// Of these, records that were refused.
    pub refused: u64,
    /// Of these, records that were linked.
    pub matched: u64,
}

/// The NPIs that are no longer what they were, as the server knows them. Without them a file is matched all the same: an NPI is
/// then known or unknown only, which is told in the log.
pub async fn lives(store: &Store) -> Arc<NpiLives> {
    let known = npi_life::lives(store).await.map_err(|error| without_lives(&error));
    Arc::new(known.unwrap_or_default())
}

/// Says that replaced and deactivated NPIs are not known here.
pub fn without_lives(why: &(dyn std::error::Error + 'static)) {
    tracing::warn!(error = why, "replaced and deactivated NPIs are not followed");
}

/// Runs a command that needs no store. Exit code 3 if records were refused.
///
/// # Errors
/// If a file cannot be read or written, or the index cannot be read.
pub fn run(index: &Index, schema: &Handle, options: &Options, lives: Arc<NpiLives>) -> Result<ExitCode, Error> {
    match &options.command {
        Some(Command::Train(how)) => train_model(index, schema, how),
        Some(Command::Duplicates(how)) => {
            let pairs = find_duplicates(&index.snapshot(), how.at_least)?;
            for pair in &pairs {
                print(&line_of(pair))?;
            }
            print(&format!("{} pairs", pairs.len()))?;
            Ok(ExitCode::SUCCESS)
        }
        None => match_file(&index.snapshot(), options, lives),
    }
}

fn match_file(snapshot: &Arc<Snapshot>, options: &Options, lives: Arc<NpiLives>) -> Result<ExitCode, Error> {
    let file = options.file.clone().unwrap_or_default();
    let out = options
        .out
        .clone()
        .unwrap_or_else(|| file.with_extension("matched.ndjson"));
    let mut pairs = vec![("profile".to_owned(), options.profile.clone())];
    let numbers = [("threshold", options.threshold), ("review", options.review)];
    pairs.extend(
        numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name.to_owned(), number?.to_string()))),
    );
    let how = How {
        lives,
        ..How::parse(&pairs, &snapshot.lexicon.match_model).map_err(Error::Refused)?
    };
    let bar = progress::bar(records_in(&file)?, "records matched");
    let done = file_through(snapshot, &how, &file, &out, options.restart, &mut |done| {
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    if options.json {
        print_json(&done)?;
    } else {
        let Done {
            before,
            answered,
            refused,
            matched,
        } = done;
        print(&format!(
            "{answered} answered ({before} before), {matched} linked, {refused} refused: {}",
            out.display()
        ))?;
    }
    Ok(if done.refused > 0 {
        ExitCode::from(REJECTED)
    } else {
        ExitCode::SUCCESS
    })
}

/// Matches the records of a file and adds the answers to another, in order; what that has already is passed over. A row that
/// cannot be read is an error in its place.
///
/// # Errors
/// If a file cannot be read or written, or the CSV's header has an unknown column. What was read before is answered.
pub fn file_through(
    snapshot: &Snapshot,
    how: &How,
    file: &Path,
    out: &Path,
    restart: bool,
    said: &mut dyn FnMut(u64),
) -> Result<Done, Error> {
    let mut done = Done::default();
    let outdated = out.exists() && is_newer(file, out)?; // Before it is touched.
    let mut sink = OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(out)?;
    if restart {
        sink.set_len(0)?;
    }
    done.before = whole_lines(&mut sink)?;
    if done.before > 0 && outdated {
        let begun =
            "holds answers to the file as it was before it last changed: --restart begins anew, --out writes elsewhere";
        return Err(Error::Refused(vec![Fault::new(
            out.display().to_string(),
            "outdated",
            begun,
        )]));
    }
    let mut sink = BufWriter::new(sink);
    let mut records = records_of(file)?.skip(done.before as usize);
    loop {
        let mut broken = None;
        let mut batch: Vec<Readable> = Vec::new();
        for record in records.by_ref().take(AT_ONCE) {
            match record {
                Ok(record) => batch.push(record),
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        if batch.is_empty() && broken.is_none() {
            break;
        }
        for answer in answer_all(snapshot, how, &batch)? {
            done.answered += 1;
            done.refused += u64::from(answer.is_refused());
            done.matched += u64::from(answer.is_match());
            serde_json::to_writer(&mut sink, &answer).map_err(io::Error::from)?;
            sink.write_all(b"\n")?;
        }
        sink.flush()?;
        said(done.before + done.answered);
        if let Some(error) = broken {
            return Err(error.into());
        }
    }
    Ok(done)
}

/// Whether a file has changed since another one was written: then line n of one is not answered by line n of the other.
fn is_newer(file: &Path, than: &Path) -> io::Result<bool> {
    Ok(file.metadata()?.modified()? > than.metadata()?.modified()?)
}

/// Cuts a line off that was not written to its end, counts the others, and stands behind them.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let (mut lines, mut end, mut at) = (0, 0, 0);
    let mut buffer = vec![0; 1 << 16];
    file.rewind()?;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        for (offset, byte) in buffer[..read].iter().enumerate() {
            if *byte == b'\n' {
                lines += 1;
                end = at + offset as u64 + 1;
            }
        }
        at += read as u64;
    }
    file.set_len(end)?;
    file.seek(io::SeekFrom::Start(end))?;
    Ok(lines)
}

fn answer_all(snapshot: &Snapshot, how: &How, batch: &[Readable]) -> Result<Vec<Answered>, BrokenOff> {
    let answer = |record: &Readable| match record {
        Ok(record) => one(snapshot, how, record.clone()),
        Err(unreadable) => Answered::Refused(unreadable.told()),
    };
    let parts = in_parts(batch, cores(), |part| part.iter().map(answer).collect::<Vec<_>>())?;
    Ok(parts.into_iter().flatten().collect())
}

fn train_model(index: &Index, schema: &Handle, how: &Train) -> Result<ExitCode, Error> {
    let model = MatchModel::clone(&schema.lexicon().match_model);
    let start = start_of(&model, how)?;
    let spinner = progress::spinner("rounds of estimating");
    let (profile, source) = if let Some(file) = &how.records_from {
        let snapshot = index.snapshot();
        let profile = train::estimate(&Directory::of(&snapshot), &start, &lessons_of(file)?, |_| {
            spinner.tick();
        })?;
        (profile, format!("the records of {}", file.display()))
    } else {
        let folder = std::env::temp_dir().join(format!("provdir-train-{}", std::process::id()));
        let trained = invented(schema, how, &folder, |snapshot, lessons| {
            Ok(train::estimate(&Directory::of(snapshot), &start, lessons, |_| {
                spinner.tick();
            })?)
        });
        std::fs::remove_dir_all(&folder).ok();
        let Train {
            records,
            seed,
            providers,
            ..
        } = how;
        (
            trained?,
            format!("{records} invented records of seed {seed} over {providers} invented providers"),
        )
    };
    spinner.finish_and_clear();
    write_model(model, how, profile, &source)
}

/// The profile to begin with: itself, or `default` for a new one.
fn start_of(model: &MatchModel, how: &Train) -> Result<Profile, Error> {
    let start = model
        .profiles
        .get(&how.profile)
        .or_else(|| model.profiles.get("default"));
    start
        .cloned()
        .ok_or_else(|| Error::Write(io::Error::other("the model has no profile `default`")))
}

fn write_model(mut model: MatchModel, how: &Train, profile: Profile, source: &str) -> Result<ExitCode, Error> {
    model.about = format!("{} Profile `{}`: {source}.", first_sentence(&model.about), how.profile);
    model.profiles.insert(how.profile.clone(), profile);
    let mut text = serde_json::to_string_pretty(&model).map_err(io::Error::from)?;
    text.push('\n');
    std::fs::write(&how.out, text)?;
    print(&format!("profile {} written to {}", how.profile, how.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn first_sentence(text: &str) -> &str {
    text.split_inclusive(". ").next().unwrap_or_default().trim_end()
}

fn lessons_of(file: &Path) -> Result<Vec<Lesson>, Error> {
    let mut lessons = Vec::new();
    for value in records_of(file)? {
        if let Ok(value) = value?
            && let Ok(record) = Record::parse(value)
        {
            lessons.push(Lesson {
                record,
                meant: None,
                rejected: Vec::new(),
            });
        }
    }
    Ok(lessons)
}

/// A directory of invented providers for as long as it takes, with records about them.
fn invented<T>(
    schema: &Handle,
    how: &Train,
    folder: &Path,
    work: impl FnOnce(&Snapshot, &[Lesson]) -> Result<T, Error>,
) -> Result<T, Error> {
    let lexicon = schema.lexicon();
    let failed = |error: crate::index::Error| Error::Write(io::Error::other(error));
    let index = Index::open(folder, schema.clone()).map_err(failed)?;
    let mut rebuild = index.rebuild().map_err(failed)?;
    let day = DateTime::<Utc>::UNIX_EPOCH.date_naive();
    for provider in generate::providers(how.providers, how.seed) {
        rebuild.add(provider.to_provider(&lexicon), day).map_err(failed)?;
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 1).map_err(failed)?;
    rebuild.swap().map_err(failed)?;
    let dirtier = Dirtier::new(&lexicon, how.seed, how.providers, how.seed);
    let lessons: Vec<Lesson> = (0..how.records)
        .map(|number| dirtier.record(number))
        .map(|dirty| Lesson {
            record: dirty.record,
            meant: Some(dirty.meant),
            rejected: Vec::new(),
        })
        .collect();
    work(&index.snapshot(), &lessons)
}

/// Pairs of providers that may be one, the likeliest first.
///
/// # Errors
/// If the index cannot be read.
pub fn find_duplicates(snapshot: &Snapshot, at_least: f64) -> Result<Vec<Pair>, Error> {
    let directory = Directory::of(snapshot);
    let bar = progress::bar(directory.numbers(), "providers compared");
    let cores = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let found = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..cores)
            .map(|part| {
                let bar = bar.clone();
                scope.spawn(move || {
                    let mut found = Vec::new();
                    for number in (part..directory.numbers()).step_by(cores as usize) {
                        found.extend(duplicates::of(&directory, number, at_least)?);
                        bar.inc(1);
                    }
                    Ok::<_, crate::query::Error>(found)
                })
            })
            .collect();
        let ended: Vec<_> = parts.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        let found = ended.into_iter().map(|part| Ok(part.map_err(|_| BrokenOff)??));
        found.collect::<Result<Vec<_>, Error>>()
    })?;
    bar.finish_and_clear();
    let mut pairs: Vec<Pair> = found.into_iter().flatten().collect();
    pairs.sort_by(|a, b| {
        b.probability
            .total_cmp(&a.probability)
            .then(a.provider.cmp(&b.provider))
            .then(a.other.cmp(&b.other))
    });
    let mut seen = HashSet::new();
    pairs.retain(|pair| seen.insert((pair.provider.min(pair.other), pair.provider.max(pair.other))));
    Ok(pairs)
}

fn line_of(pair: &Pair) -> String {
    format!("{:.4}  {}  {}", pair.probability, pair.provider, pair.other)
}

/// Puts the pairs into the queue; those that are there, or were decided, stay as they are.
///
/// # Errors
/// If Postgres cannot be reached, or the index cannot be read.
pub async fn queue_duplicates(
    store: &Store,
    snapshot: &Snapshot,
    at_least: f64,
    now: DateTime<Utc>,
) -> Result<(usize, usize), Error> {
    let pairs = find_duplicates(snapshot, at_least)?;
    let position = snapshot.position.map(|at| at.to_string());
    let mut new = 0;
    for some in pairs.chunks(500) {
        let mut tx = store.begin(&operator()).await?;
        for pair in some {
            let review = NewReview {
                record: pair.record.clone(),
                provider: pair.provider.into(),
                other: Some(pair.other.into()),
                probability: pair.probability,
                evidence: serde_json::to_value(&pair.evidence).map_err(io::Error::from)?,
                rule_version: pair.rule_version.clone(),
                position: position.clone(),
            };
            new += usize::from(match_feedback::queue(&mut tx, &review, now).await?.is_some());
        }
        tx.commit().await?;
    }
    Ok((pairs.len(), new))
}

/// Runs a command that needs the store.
///
/// # Errors
/// If Postgres cannot be reached, or the index cannot be read.
pub async fn run_with_store(
    store: &Store,
    snapshot: &Snapshot,
    options: &Options,
    now: DateTime<Utc>,
) -> Result<ExitCode, Error> {
    match &options.command {
        Some(Command::Duplicates(how)) => {
            let (found, new) = queue_duplicates(store, snapshot, how.at_least, now).await?;
            print(&format!("{found} pairs, {new} of them new in the queue"))?;
        }
        Some(Command::Train(how)) => {
            let lessons = lessons_from_feedback(store).await?;
            if lessons.is_empty() {
                let message = "nobody has said anything about a record yet";
                let fault = Fault::new("feedback", "empty", message);
                return Err(Error::Refused(vec![fault]));
            }
            let model = MatchModel::clone(&snapshot.lexicon.match_model);
            let profile = train::estimate(&Directory::of(snapshot), &start_of(&model, how)?, &lessons, |_| ())?;
            return write_model(
                model,
                how,
                profile,
                &format!("{} records that people have decided on", lessons.len()),
            );
        }
        None => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What people have said, as lessons, one for each record: who is meant where that was confirmed, by the last who said so, else
/// who is not. Of a provider without an NPI nothing can be learnt.
///
/// # Errors
/// If Postgres cannot be reached.
pub async fn lessons_from_feedback(store: &Store) -> Result<Vec<Lesson>, Error> {
    let mut tx = store.begin(&operator()).await?;
    let labels = match_feedback::labels(&mut tx).await?;
    let mut lessons: Vec<Lesson> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for label in labels {
        let npi = label.npi.and_then(|npi| u64::try_from(npi).ok());
        let Some(npi) = npi.and_then(|npi| Npi::from_number(npi).ok()) else {
            continue;
        };
        let at = match known.get(&label.record.to_string()) {
            Some(at) => *at,
            None => {
                let Ok(record) = Record::parse(label.record.clone()) else {
                    continue;
                };
                known.insert(label.record.to_string(), lessons.len());
                let (meant, rejected) = (None, Vec::new());
                lessons.push(Lesson {
                    record,
                    meant,
                    rejected,
                });
                lessons.len() - 1
            }
        };
        match label.verdict.as_str() {
            "confirmed" => lessons[at].meant = Some(Some(npi)),
            _ => lessons[at].rejected.push(npi),
        }
    }
    Ok(lessons)
}
