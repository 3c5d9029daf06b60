//! `POST /providers/match`: records in, who they mean out. One object, an array, or a stream of lines that is answered
//! while it comes in: in order, no faster than it is read, and in flat memory.

use std::{collections::VecDeque, io, sync::Arc};

use arc_swap::ArcSwapOption;
use axum::{
    Json,
    body::{Body, BodyDataStream, Bytes},
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    configuration::effective,
    extract::next_of,
    operation::{Operation, query},
    parameters,
    position::position_of,
    problem::{Kind, Problem},
    work::{self, Weight},
};
use crate::domain::{
    access::{Actor, Permission},
    npi_life::NpiLives,
};
use crate::index::Snapshot;
use crate::intake::matching::{Decision, Options, Outcome, Record, match_record};
use crate::interfaces::parts::{BrokenOff, in_parts};
use crate::query::candidates::Directory;
use crate::store::{configuration, npi_life};
use crate::vocab::{Fault, lexicon::MatchModel};

/// Records of an array.
const MOST_RECORDS: usize = 1_000;
/// Bytes of one line.
const LONGEST_LINE: usize = 64 * 1024;
/// Lines that are matched together, on all cores.
const LINES_AT_ONCE: usize = 256;

/// The paths of matching.
pub fn routes() -> Routes {
    vec![
        ("/providers/match", post(match_records)),
        ("/providers/match/model", get(model)),
    ]
}

/// What the document tells of them.
pub fn operations() -> Vec<Operation> {
    let share = |least: f64| json!({"type": "number", "minimum": least, "maximum": 1});
    vec![
        Operation::answering_with::<Outcome>(
            "post",
            "/providers/match",
            "matching",
            "Who a record means, of those whom everybody may see; an array, or lines as application/x-ndjson, are answered one by one; an error tells its line, blank ones are passed over",
        )
        .asking([
            query(
                "threshold",
                &share(0.5),
                "From which probability on it is a match; as the profile has it if not said.",
            ),
            query("review", &share(0.0), "From which probability on a person should look."),
            query(
                "profile",
                &json!({"type": "string"}),
                "The source of the records: see GET /providers/match/model.",
            ),
            query(
                "explain",
                &json!({"type": "boolean"}),
                "Whether to tell how the probabilities came about.",
            ),
        ])
        .taking_a::<Record>()
        .or_taking(&["application/x-ndjson"])
        .or_in(&["application/x-ndjson"])
        .refusing(&[Kind::Unavailable]),
        Operation::answering_with::<Value>(
            "get",
            "/providers/match/model",
            "matching",
            "The parameters that records are matched by",
        ),
    ]
}

/// `GET /providers/match/model`: m, u, priors, calibration, version and hash.
pub async fn model(State(rooms): State<Arc<Rooms>>) -> Result<Json<Value>, Problem> {
    let lexicon = rooms.schema.lexicon();
    let model: &MatchModel = &lexicon.match_model;
    let mut told = serde_json::to_value(model).map_err(|e| Problem::internal(&e))?;
    told["hash"] = json!(model.hash);
    told["rule_version"] = json!(model.rule_version());
    Ok(Json(told))
}

/// `POST /providers/match`.
pub async fn match_records(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::ProvidersMatch)?;
    let pairs = parameters::pairs(raw.as_deref())?;
    let snapshot = rooms.index.snapshot();
    let options = options(&rooms, &actor, &pairs, &snapshot.lexicon.match_model).await?;
    let (parts, body) = request.into_parts();
    if is_lines(&parts.headers) {
        return Ok(Lines::begin(rooms, snapshot, options, body));
    }
    let body = axum::body::to_bytes(body, rooms.settings.max_body_bytes)
        .await
        .map_err(|_| {
            let most = rooms.settings.max_body_bytes;
            Problem::new(
                Kind::TooLarge,
                format!("A body may have {most} bytes; send many records as application/x-ndjson."),
            )
        })?;
    let headers = position_of(&snapshot);
    let others = ", or many records as lines of application/x-ndjson";
    let answer = match parameters::json_or::<Value>(&parts.headers, &body, others)? {
        Value::Array(records) => {
            if records.len() > MOST_RECORDS {
                let most = format!("at most {MOST_RECORDS}; send more as application/x-ndjson");
                return Err(Problem::fault("records", "too_many", most));
            }
            let matched = move || {
                records
                    .into_iter()
                    .map(|record| one(&snapshot, &options, record))
                    .collect()
            };
            let matched: Vec<Answered> = work::run(&rooms, Weight::Heavy, matched).await?;
            Json(matched).into_response()
        }
        record => {
            let record = Record::parse(record).map_err(Problem::faults)?;
            let matched = move || match_record(&Directory::of(&snapshot), &record, &options);
            Json(work::run(&rooms, Weight::Heavy, matched).await??).into_response()
        }
    };
    Ok((headers, answer).into_response())
}

/// How records are matched for somebody: as the request says, else as their organisation has chosen, else as the model has it.
///
/// # Errors
/// For parameters that are not understood.
pub async fn options(
    rooms: &Arc<Rooms>,
    actor: &Actor,
    pairs: &[(String, String)],
    model: &MatchModel,
) -> Result<Options, Problem> {
    let mut options = Options::parse(pairs, model).map_err(Problem::faults)?;
    options.lives = lives(rooms).await;
    if let Some(organization) = actor.organization_id {
        let mut tx = rooms.store.begin(actor).await?;
        let chosen = configuration::current(&mut tx, organization).await?;
        tx.commit().await?;
        options.chosen_by(&effective(&chosen.document)?.matching, pairs, model);
    }
    Ok(options)
}

/// What is known of deactivated and replaced NPIs: read once, and again now and then, never waited for twice.
#[derive(Default)]
pub struct KnownLives {
    known: ArcSwapOption<(Arc<NpiLives>, DateTime<Utc>)>,
    /// When reading them for the first time failed; whoever holds it reads.
    failed: tokio::sync::Mutex<Option<DateTime<Utc>>>,
}

/// How long a first reading that failed stands for all who come.
const FAILURE_KEPT: TimeDelta = TimeDelta::seconds(10);

/// How old that may become.
const LIVES_KEPT: TimeDelta = TimeDelta::minutes(1);

/// The lives of NPIs as they are known. Without Postgres the last ones stay.
pub async fn lives(rooms: &Arc<Rooms>) -> Arc<NpiLives> {
    let now = rooms.now();
    let known = rooms.npi_lives.known.load_full();
    match known {
        None => first_lives(rooms, now).await,
        Some(known) => {
            if now - known.1 >= LIVES_KEPT {
                // Whoever comes meanwhile need not read them as well.
                let again = Arc::clone(rooms);
                again.npi_lives.known.store(Some(Arc::new((Arc::clone(&known.0), now))));
                tokio::spawn(async move { read_lives(&again, now).await });
            }
            Arc::clone(&known.0)
        }
    }
}

/// Read by the first who comes; all others wait for that one, and nobody for a while after it has failed.
async fn first_lives(rooms: &Rooms, now: DateTime<Utc>) -> Arc<NpiLives> {
    let mut failed = rooms.npi_lives.failed.lock().await;
    if let Some(known) = rooms.npi_lives.known.load_full() {
        return Arc::clone(&known.0);
    }
    if failed.is_some_and(|failed| now - failed < FAILURE_KEPT) {
        return Arc::default();
    }
    let lives = read_lives(rooms, now).await;
    *failed = rooms.npi_lives.known.load().is_none().then_some(now);
    lives
}

async fn read_lives(rooms: &Rooms, now: DateTime<Utc>) -> Arc<NpiLives> {
    let read = tokio::time::timeout(rooms.settings.store_patience, npi_life::lives(&rooms.store)).await;
    match read {
        Ok(Ok(lives)) => {
            let lives = Arc::new(lives);
            rooms.npi_lives.known.store(Some(Arc::new((Arc::clone(&lives), now))));
            lives
        }
        // Matching goes on without: an NPI is then told as known or unknown only.
        Ok(Err(_)) | Err(_) => Arc::default(),
    }
}

/// What lines of JSON are called, the name that answers have first.
pub const LINES: [&str; 4] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
];

/// Whether a body is lines of JSON.
pub fn is_lines(headers: &HeaderMap) -> bool {
    let of = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let of = of.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    LINES.iter().any(|known| of.eq_ignore_ascii_case(known))
}

/// The answer to one record among others.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answered {
    /// Whom it means.
    Told(Box<Outcome>),
    /// What is wrong with it.
    Refused(Value),
}

impl Answered {
    /// Whether the record was linked.
    pub fn is_match(&self) -> bool {
        matches!(self, Self::Told(outcome) if outcome.decision == Decision::Match)
    }

    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

/// The answer to one record among others; what is wrong with it is said in its place.
pub fn one(snapshot: &Snapshot, options: &Options, value: Value) -> Answered {
    let id = value.get("id").cloned();
    let refused = |kind: Kind, faults: Vec<Fault>| Answered::Refused(refusal(id.clone(), kind, faults));
    match Record::parse(value) {
        Err(faults) => refused(Problem::faults(faults.clone()).kind(), faults),
        Ok(record) => match match_record(&Directory::of(snapshot), &record, options) {
            Ok(outcome) => Answered::Told(Box::new(outcome)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a record could not be matched"
                );
                refused(Kind::Unavailable, Vec::new())
            }
        },
    }
}

/// What is wrong with a line that is no JSON.
pub fn no_json(error: &serde_json::Error) -> Fault {
    // Each line is a document of its own, so its reader always stands in the first.
    let told = error.to_string().replace(" at line 1 column ", " at column ");
    Fault::new("line", "malformed", told)
}

/// A problem in the place of an answer.
fn refusal(id: Option<Value>, kind: Kind, faults: Vec<Fault>) -> Value {
    let mut told = json!({
        "error": {
            "type": kind.uri(),
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "detail": faults.first().map_or_else(|| kind.title().to_owned(), ToString::to_string),
            "errors": faults,
        }
    });
    if let Some(id) = id {
        told["id"] = id;
    }
    told
}

/// A stream of lines on its way through.
struct Lines {
    rooms: Arc<Rooms>,
    snapshot: Arc<Snapshot>,
    options: Arc<Options>,
    body: BodyDataStream,
    /// Whole lines that wait for their turn.
    waiting: VecDeque<Line>,
    /// Lines that have come in whole, blank ones among them.
    count: u64,
    /// The line that is coming in.
    open: Vec<u8>,
    /// Whether that line is too long, and what comes of it is dropped.
    overflown: bool,
    ended: bool,
}

/// A line as it came.
struct Line {
    /// Which of all, from 1.
    number: u64,
    /// None: it was too long.
    text: Option<Vec<u8>>,
}

impl Lines {
    fn begin(rooms: Arc<Rooms>, snapshot: Arc<Snapshot>, options: Options, body: Body) -> Response {
        let mut headers = position_of(&snapshot);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(LINES[0]));
        let lines = Self {
            rooms,
            snapshot,
            options: Arc::new(options),
            body: body.into_data_stream(),
            waiting: VecDeque::new(),
            count: 0,
            open: Vec::new(),
            overflown: false,
            ended: false,
        };
        (headers, Body::from_stream(stream::try_unfold(lines, Self::next))).into_response()
    }

    /// The answers to the next lines: as many as have come, up to a batch.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        while self.waiting.is_empty() && !self.ended {
            match next_of(&mut self.body).await? {
                Some(Ok(bytes)) => self.take(&bytes),
                Some(Err(error)) => return Err(io::Error::other(error)),
                None => {
                    self.ended = true;
                    self.end_line();
                }
            }
        }
        if self.waiting.is_empty() {
            return Ok(None);
        }
        let batch: Vec<Line> = self.waiting.drain(..self.waiting.len().min(LINES_AT_ONCE)).collect();
        let (snapshot, options) = (Arc::clone(&self.snapshot), Arc::clone(&self.options));
        let answers = work::in_parts(&self.rooms, move |threads| {
            answer_all(&snapshot, &options, &batch, threads)
        })
        .await;
        let answers = answers.map_err(|problem| io::Error::other(problem.detail().to_owned()))?;
        let answers = answers.map_err(io::Error::other)?;
        Ok(Some((answers, self)))
    }

    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            if self.open.len() + text.len() > LONGEST_LINE {
                self.overflown = true;
                self.open.clear();
            }
            if !self.overflown {
                self.open.extend_from_slice(text);
            }
            if ends {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        let overflown = std::mem::take(&mut self.overflown);
        self.count += 1;
        if overflown || !line.trim_ascii().is_empty() {
            self.waiting.push_back(Line {
                number: self.count,
                text: (!overflown).then_some(line),
            });
        }
    }
}

/// A line without the byte order mark that some programs begin their files with.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}

/// Matches lines on some threads and writes the answers in the order of the lines.
fn answer_all(snapshot: &Snapshot, options: &Options, lines: &[Line], threads: usize) -> Result<Bytes, BrokenOff> {
    let written = in_parts(lines, threads, |part| answer_part(snapshot, options, part))?;
    Ok(written.concat().into())
}

fn answer_part(snapshot: &Snapshot, options: &Options, lines: &[Line]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len() * 2048);
    for line in lines {
        let text = line.text.as_deref().map(without_mark);
        let mut answer = match text.map(serde_json::from_slice) {
            None => {
                let fault = Fault::new("line", "too_long", format!("at most {LONGEST_LINE} bytes"));
                Answered::Refused(refusal(None, Kind::TooLarge, vec![fault]))
            }
            Some(Ok(value)) => one(snapshot, options, value),
            Some(Err(error)) => Answered::Refused(refusal(None, Kind::Malformed, vec![no_json(&error)])),
        };
        // Whoever has no id in the line counts.
        if let Answered::Refused(told) = &mut answer {
            told["line"] = json!(line.number);
        }
        // Writing into memory cannot fail.
        serde_json::to_writer(&mut out, &answer).ok();
        out.push(b'\n');
    }
    out
}
