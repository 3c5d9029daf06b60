//! A run of the import: sources in order, batch by batch, each in its own transaction.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::domain::{
    access::{Actor, Role},
    survivorship::{TRUSTED_DAYS, trusted_since},
};
use crate::intake::{
    Error,
    nppes::{
        columns::Kind,
        progress::Progress,
        reader::{self, Batch},
        rejects::{Fault, Notes, Reject, RejectFile},
        report::{Counts, FileReport, Report},
        source::{self, Source},
    },
    pace::Pace,
};
use crate::store::{
    self, Store,
    nppes::{Beside, Outcome, Place, Run},
};
use crate::vocab::{Lexicon, place::Gazetteer, terms::PositionQuality};

/// A main file of more rows than this is a bulk load: the outbox gets one marker a batch instead of a row a provider.
const BULK_ROWS: u64 = 50_000;

/// How often a batch is tried when another transaction is in its way.
const ATTEMPTS: u32 = 4;

/// What the caller may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where refused rows go: `file,line,npi,field,reason`.
    pub reject_file: Option<PathBuf>,
    /// At most so many rows in a transaction; fewer where they take long.
    pub batch_rows: usize,
    /// Begin anew where an earlier run was broken off.
    pub restart: bool,
    /// Days for which what somebody has vouched for is kept against the file.
    pub trusted_days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reject_file: None,
            batch_rows: 5000,
            restart: false,
            trusted_days: TRUSTED_DAYS,
        }
    }
}

/// Imports NPPES files into the directory: providers first, then what belongs to them, whatever the order given.
///
/// Idempotent: what is known already is left as it is. When the future is dropped or fails, whole batches are stored or
/// not at all, and the next run on the same bytes goes on behind the last of them.
///
/// # Errors
/// A file that cannot be read, is cut off or is of no known layout; the store away. Bad rows are no error: see
/// [`Report::has_rejects`].
pub async fn import(
    store: &Store,
    lexicon: &Lexicon,
    files: &[PathBuf],
    options: &Options,
    progress: &dyn Progress,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let mut sources = Vec::new();
    for path in files {
        sources.extend(on_thread(path, source::sources).await?);
    }
    sources.sort_by_key(|s| s.kind);
    let mut runs = Vec::new();
    for source in &sources {
        runs.push(if options.restart {
            None
        } else {
            unfinished(store, source).await?
        });
    }
    let resumed = runs.iter().any(Option::is_some);
    let reject_path = options.reject_file.as_deref();
    let unwritable = |source| Error::Unwritable {
        path: reject_path.unwrap_or(Path::new("-")).to_owned(),
        source,
    };
    let mut rejects = RejectFile::open(reject_path, resumed).map_err(unwritable)?;
    let mut report = Report::default();
    for (source, run) in sources.into_iter().zip(runs) {
        let mut import = Import::begin(store, &lexicon.gazetteer, source, run, options, now).await?;
        progress.begin(&import.source.name(), import.source.total_bytes);
        let done = import
            .run(progress, |file, refused| {
                rejects.write(file, refused).map_err(unwritable)
            })
            .await;
        progress.end();
        done?;
        report.files.push(import.report());
    }
    Ok(report)
}

/// Where a run is; saved as `import_run.counts`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// Lines (or JSON records) done.
    line: u64,
    /// A bulk load stays one.
    bulk: Option<bool>,
    #[serde(flatten)]
    counts: Counts,
}

/// The import of one source.
struct Import<'a> {
    store: &'a Store,
    gazetteer: &'a Gazetteer,
    source: Source,
    run: Run,
    state: State,
    notes: Notes,
    resumed_at: Option<u64>,
    batch_rows: usize,
    trusted_since: NaiveDate,
    now: DateTime<Utc>,
}

impl<'a> Import<'a> {
    async fn begin(
        store: &'a Store,
        gazetteer: &'a Gazetteer,
        source: Source,
        unfinished: Option<Run>,
        options: &Options,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let state = unfinished
            .as_ref()
            .and_then(|run| serde_json::from_value::<State>(run.counts.clone()).ok());
        let (run, state) = match (unfinished, state) {
            (Some(run), Some(state)) => (run, state),
            _ => {
                let mut tx = store.begin(&actor()).await?;
                let run = store::nppes::start(&mut tx, &run_kind(&source), &source.name(), &source.digest, now).await?;
                tx.commit().await?;
                (run, State::default())
            }
        };
        Ok(Self {
            store,
            gazetteer,
            source,
            resumed_at: (run.done_rows > 0).then_some(run.done_rows),
            run,
            state,
            notes: Notes::default(),
            batch_rows: options.batch_rows,
            trusted_since: trusted_since(options.trusted_days, now.date_naive()),
            now,
        })
    }

    /// Takes batches from the reader's thread until the end.
    async fn run(
        &mut self,
        progress: &dyn Progress,
        mut refuse: impl FnMut(&str, &[Reject]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let pace = Arc::new(Pace::at_most(self.batch_rows));
        let (to, mut batches) = mpsc::channel(1);
        let reader = {
            let (source, skip, pace) = (self.source.clone(), self.state.line, Arc::clone(&pace));
            spawn_blocking(move || reader::read(&source, skip, &pace, &to))
        };
        let file = self.source.name();
        while let Some(mut batch) = batches.recv().await {
            self.locate(&mut batch);
            self.decide_bulk(&batch);
            let took = self.store_batch(&mut batch, |rejects| refuse(&file, rejects)).await?;
            self.notes.merge(&batch.notes);
            progress.advance(batch.bytes, self.state.counts.rows_in);
            pace.took(took);
        }
        reader.await.map_err(|_| Error::ReaderLost {
            path: self.source.path.clone(),
        })?
    }

    /// Gives every address its point.
    fn locate(&self, batch: &mut Batch) {
        let of_records = batch
            .rows
            .records
            .iter_mut()
            .flat_map(|r| r.practice.iter_mut().chain(&mut r.secondary));
        for place in of_records.chain(batch.rows.places.iter_mut().map(|p| &mut p.value)) {
            locate(self.gazetteer, place);
        }
    }

    /// The first batch tells how many rows the file must have.
    fn decide_bulk(&mut self, batch: &Batch) {
        if self.state.bulk.is_none() && self.source.kind == Kind::Providers {
            let rows = self.source.total_bytes.saturating_mul(batch.rows_in) / batch.bytes.max(1);
            self.state.bulk = Some(!batch.last && rows > BULK_ROWS);
        }
    }

    /// Merges a batch, and says how long its transaction took.
    async fn store_batch(
        &mut self,
        batch: &mut Batch,
        refuse: impl FnOnce(&[Reject]) -> Result<(), Error>,
    ) -> Result<Duration, Error> {
        let mut attempt = 1;
        let (tx, outcome, began) = loop {
            let began = Instant::now();
            let mut tx = self.store.begin(&actor()).await?;
            let bulk = self.state.bulk.unwrap_or(false);
            match store::nppes::merge(&mut tx, &batch.rows, bulk, Beside::Nobody, self.trusted_since, self.now).await {
                Ok(outcome) => break (tx, outcome, began),
                Err(store::Error::Conflict(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        };
        let mut tx = tx;
        batch.rejects.extend(refused(&outcome));
        batch.rejects.sort_by_key(|r| r.line);
        let mut state = self.state.clone();
        state.line = batch.line;
        state.counts.add(&outcome);
        state.counts.rows_in += batch.rows_in;
        state.counts.rejected += batch.rejects.len() as u64;
        self.run.done_rows = state.counts.rows_in;
        self.run.counts = json!(state);
        store::nppes::save(&mut tx, &self.run, batch.last, self.now).await?;
        refuse(&batch.rejects)?;
        tx.commit().await?;
        self.state = state;
        Ok(began.elapsed())
    }

    fn report(self) -> FileReport {
        FileReport {
            file: self.source.name(),
            kind: self.source.kind,
            counts: self.state.counts,
            notes: self.notes,
            resumed_at: self.resumed_at,
        }
    }
}

/// The best point for an address in the United States; abroad there is none.
fn locate(gazetteer: &Gazetteer, place: &mut Place) {
    if place.country != "US" && place.state.is_none() {
        place.quality = Some(PositionQuality::Unknown);
        return;
    }
    let located = gazetteer.locate(
        place.postal_code.as_deref(),
        place.city.as_deref(),
        None,
        place.state.as_deref(),
    );
    place.point = located.point;
    place.quality = Some(if located.point.is_some() {
        located.quality
    } else {
        PositionQuality::Unknown
    });
    place.county = located.county;
    place.time_zone = located.time_zone;
}

/// The rows that the store did not take.
fn refused(outcome: &Outcome) -> impl Iterator<Item = Reject> {
    let unknown = outcome
        .unknown
        .iter()
        .map(|row| (row, "no provider with this NPI is held; import the main file first"));
    let taken = outcome.taken.iter().map(|row| {
        (
            row,
            "somebody added a provider with this NPI in the same moment; import it again",
        )
    });
    unknown.chain(taken).map(|((line, npi), reason)| Reject {
        line: *line,
        npi: npi.to_string(),
        fault: Fault::new("NPI", reason),
    })
}

async fn unfinished(store: &Store, source: &Source) -> Result<Option<Run>, Error> {
    let mut tx = store.begin(&actor()).await?;
    Ok(store::nppes::resume(&mut tx, &run_kind(source), &source.digest).await?)
}

async fn on_thread<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let owned = path.to_owned();
    spawn_blocking(move || work(&owned))
        .await
        .map_err(|_| Error::ReaderLost { path: path.to_owned() })?
}

fn run_kind(source: &Source) -> String {
    format!("nppes:{}", source.kind.word())
}

fn actor() -> Actor {
    Actor::new("import:nppes", Role::Import)
}
