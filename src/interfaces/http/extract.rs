//! `POST /providers/extract`: a text in, the providers that it mentions out. JSON, plain text, or a stream of lines that is
//! answered while it comes in, in order and in flat memory.

use std::{borrow::Cow, collections::VecDeque, io, sync::Arc, time::Duration};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody},
    extract::{RawQuery, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    limits,
    matching::{self, LINES, is_lines},
    operation::{Operation, query},
    parameters,
    position::position_of,
    problem::{Kind, Problem},
    shares::Share,
    work::{self, Weight},
};
use crate::domain::access::Permission;
use crate::index::Snapshot;
use crate::intake::extract::{self, MAX_BYTES, Told, Unreadable};
use crate::intake::matching::{Options, Outcome};
use crate::query::{candidates::Directory, spelling::Known};

/// Bytes of a JSON body or a line: a text of the greatest length, with room for what JSON escapes.
const MOST_BODY_BYTES: usize = 3 * MAX_BYTES;
/// A text of more bytes keeps a core busy for longer than somebody on a page waits.
const LONG_TEXT: usize = 64 << 10;
/// Long texts and streams of texts that are taken at once.
pub const MOST_LONG: usize = 32;
/// How long a stream may say nothing.
pub const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// The path of extraction.
pub fn routes() -> Routes {
    vec![("/providers/extract", post(extract_mentions))]
}

/// What the document tells of it.
pub fn operations() -> Vec<Operation> {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": 50, "default": 5});
    vec![
        Operation::answering_with::<Told<Outcome>>(
            "post",
            "/providers/extract",
            "matching",
            "The providers that a text mentions; also as text/plain, or lines of {id, text} as application/x-ndjson",
        )
        .asking([
            query(
                "near",
                &json!({"type": "string"}),
                "Of a plain text: where its providers are, as far as it does not say.",
            ),
            query("limit", &limit, "Of a plain text: most candidates of each mention."),
        ])
        .taking_a::<Asked>()
        .or_taking(&["text/plain", "application/x-ndjson"])
        .or_in(&["application/x-ndjson"])
        .refusing(&[Kind::Malformed, Kind::Unavailable]),
    ]
}

/// A text to be read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The caller's own key, given back as it is.
    #[serde(default)]
    pub id: Option<Value>,
    /// At most five megabytes.
    pub text: String,
    /// Where its providers are, as far as it does not say: `lat,lon`, a ZIP or `City, ST`.
    #[serde(default)]
    pub near: Option<String>,
    /// Most candidates of each mention, 1 to 50; 5 if not said.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// `POST /providers/extract`.
pub async fn extract_mentions(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::ProvidersExtract)?;
    let pairs = parameters::pairs(raw.as_deref())?;
    let (parts, body) = request.into_parts();
    let snapshot = rooms.index.snapshot();
    let model = &snapshot.lexicon.match_model;
    let mut options = matching::options(&rooms, &actor, &[], model).await?;
    options.read_from_text(model);
    let options = Arc::new(options);
    let media = media_type(&parts.headers);
    let lines = is_lines(&parts.headers);
    // What any path would take needs no share of what only few can have at a time.
    let short = !lines
        && body
            .size_hint()
            .upper()
            .is_some_and(|upper| upper <= most_bytes(&rooms));
    let share = if short {
        None
    } else {
        let caller = limits::caller(&rooms, &parts.headers, parts.extensions.get()).await;
        Some(rooms.long_texts.take(caller)?)
    };
    if lines {
        parameters::only(pairs, [])?;
        return Ok(Lines::begin(rooms, snapshot, options, body, share));
    }
    let bytes = axum::body::to_bytes(body, MOST_BODY_BYTES)
        .await
        .map_err(|_| too_large())?;
    let asked = if media == "text/plain" {
        let [near, limit] = parameters::only(pairs, ["near", "limit"])?;
        let limit = limit
            .map(|limit| parameters::number("limit", Some(&limit), 1, 50, 5))
            .transpose()?;
        Asked {
            id: None,
            text: extract::readable(&bytes).map_err(unreadable)?.into_owned(),
            near,
            limit,
        }
    } else {
        parameters::only(pairs, [])?;
        let others = " or text/plain, or many texts as lines of application/x-ndjson";
        parameters::json_with_text(&parts.headers, &bytes, others, "text")?
    };
    let position = position_of(&snapshot);
    let body = answer(&rooms, snapshot, options, asked).await?;
    drop(share);
    Ok((position, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The largest body of any other path.
fn most_bytes(rooms: &Rooms) -> u64 {
    u64::try_from(rooms.settings.max_body_bytes).unwrap_or(u64::MAX)
}

fn media_type(headers: &HeaderMap) -> String {
    let of = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    of.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn too_large() -> Problem {
    Problem::new(
        Kind::TooLarge,
        format!("A text may have {MAX_BYTES} bytes; send many as lines of application/x-ndjson."),
    )
}

fn unreadable(why: Unreadable) -> Problem {
    match why {
        Unreadable::TooLong(_) => too_large(),
        Unreadable::Binary => Problem::fault("text", "binary", why.to_string()),
    }
}

/// Reads one text and writes the answer down.
async fn answer(
    rooms: &Rooms,
    snapshot: Arc<Snapshot>,
    options: Arc<Options>,
    asked: Asked,
) -> Result<String, Problem> {
    let told = read(rooms, snapshot, options, asked).await?;
    serde_json::to_string(&told).map_err(|e| Problem::internal(&e))
}

/// Reads one text, on a thread of its own: even a short one may name hundreds, and each is matched.
///
/// # Errors
/// If it is too long or no text, `near` is no place, or there is no index.
pub async fn read(
    rooms: &Rooms,
    snapshot: Arc<Snapshot>,
    options: Arc<Options>,
    mut asked: Asked,
) -> Result<Told<Outcome>, Problem> {
    if let Cow::Owned(blanked) = extract::readable(asked.text.as_bytes()).map_err(unreadable)? {
        asked.text = blanked;
    }
    if asked.limit.is_some_and(|limit| !(1..=50).contains(&limit)) {
        return Err(Problem::fault("limit", "range", "a whole number from 1 to 50"));
    }
    let weight = if asked.text.len() > LONG_TEXT {
        Weight::Long
    } else {
        Weight::Heavy
    };
    work::run(rooms, weight, move || told(&snapshot, &options, &asked)).await?
}

/// A stream of lines on its way through: one is read, answered, and only then the next one is.
struct Lines {
    rooms: Arc<Rooms>,
    snapshot: Arc<Snapshot>,
    options: Arc<Options>,
    body: BodyDataStream,
    /// Whole lines that wait for their turn, with their numbers; `None` for one that was too long.
    waiting: VecDeque<(u64, Option<Vec<u8>>)>,
    /// Lines that have come in whole.
    count: u64,
    /// The line that is coming in.
    open: Vec<u8>,
    /// Whether that line is too long, and what comes of it is dropped.
    overflown: bool,
    ended: bool,
    _share: Option<Share>,
}

impl Lines {
    fn begin(
        rooms: Arc<Rooms>,
        snapshot: Arc<Snapshot>,
        options: Arc<Options>,
        body: Body,
        share: Option<Share>,
    ) -> Response {
        let headers = position_of(&snapshot);
        let lines = Self {
            rooms,
            snapshot,
            options,
            body: body.into_data_stream(),
            waiting: VecDeque::new(),
            count: 0,
            open: Vec::new(),
            overflown: false,
            ended: false,
            _share: share,
        };
        let body = Body::from_stream(stream::try_unfold(lines, Self::next));
        (headers, [(header::CONTENT_TYPE, LINES[0])], body).into_response()
    }

    /// The answer to the next line that is not blank.
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        loop {
            if let Some(line) = self.waiting.pop_front() {
                if let Some(told) = one(&self.rooms, &self.snapshot, &self.options, line).await {
                    return Ok(Some((told, self)));
                }
            } else if self.ended {
                return Ok(None);
            } else {
                match next_of(&mut self.body).await? {
                    Some(Ok(bytes)) => self.take(&bytes),
                    Some(Err(error)) => return Err(io::Error::other(error)),
                    None => {
                        self.ended = true;
                        self.end_line();
                    }
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for (number, piece) in bytes.split(|b| *b == b'\n').enumerate() {
            if number > 0 {
                self.end_line();
            }
            if self.open.len() + piece.len() > MOST_BODY_BYTES {
                self.overflown = true;
                self.open = Vec::new();
            } else if !self.overflown {
                self.open.extend_from_slice(piece);
            }
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        let overflown = std::mem::take(&mut self.overflown);
        self.count += 1;
        self.waiting.push_back((self.count, (!overflown).then_some(line)));
    }
}

/// The next piece of a stream, if it comes while somebody can be waited for.
pub async fn next_of(body: &mut BodyDataStream) -> io::Result<Option<Result<Bytes, axum::Error>>> {
    tokio::time::timeout(LONGEST_SILENCE, body.next())
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the stream has said nothing for too long"))
}

/// The answer to a line, or what is wrong with it; nothing to a blank one.
async fn one(
    rooms: &Rooms,
    snapshot: &Arc<Snapshot>,
    options: &Arc<Options>,
    (number, line): (u64, Option<Vec<u8>>),
) -> Option<Bytes> {
    let mut id = None;
    let told = match line {
        None => Err(too_large()),
        Some(line) if line.trim_ascii().is_empty() => return None,
        Some(line) => answered(rooms, snapshot, options, &line, &mut id).await,
    };
    let told = told.unwrap_or_else(|problem| refusal(id, number, &problem));
    Some(Bytes::from(told + "\n"))
}

async fn answered(
    rooms: &Rooms,
    snapshot: &Arc<Snapshot>,
    options: &Arc<Options>,
    line: &[u8],
    id: &mut Option<Value>,
) -> Result<String, Problem> {
    let value: Value = serde_json::from_slice(matching::without_mark(line)).map_err(|error| {
        let fault = matching::no_json(&error);
        Problem::new(Kind::Malformed, fault.to_string()).with_errors(vec![fault])
    })?;
    *id = value.get("id").cloned();
    let asked: Asked = parameters::from_value(value)?;
    answer(rooms, snapshot.clone(), options.clone(), asked).await
}

/// A problem in the place of an answer.
fn refusal(id: Option<Value>, line: u64, problem: &Problem) -> String {
    let error = serde_json::from_str::<Value>(&problem.to_json(None)).unwrap_or_default();
    let mut told = json!({"error": error, "line": line});
    if let Some(id) = id {
        told["id"] = id;
    }
    told.to_string()
}

/// Reads a text and matches what it mentions, in one state of the directory.
fn told(snapshot: &Snapshot, options: &Options, asked: &Asked) -> Result<Told<Outcome>, Problem> {
    let lexicon = &snapshot.lexicon;
    let near = asked.near.as_deref().map(|near| {
        let unknown = || Problem::fault("near", "unknown_place", "`lat,lon`, a ZIP or `City, ST`");
        lexicon.gazetteer.find(near).ok_or_else(unknown)
    });
    let near = near.transpose()?;
    let found = extract::extract(&asked.text, lexicon, &Known::of(snapshot));
    let mut told = found.linked(&Directory::of(snapshot), options, near.as_ref(), asked.limit)?;
    told.id.clone_from(&asked.id);
    Ok(told)
}
