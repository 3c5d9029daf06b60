//! `/providers/search`: from parameters or JSON to an answer in the form that was asked for.

use std::{sync::Arc, time::Instant};

use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde_json::Value;

use super::{
    Rooms, formats,
    formats::Fields,
    links::Links,
    measure, parameters,
    problem::{Kind, Problem},
    work::{self, Weight},
};
use crate::{
    index::Snapshot,
    query::{self, Answer, Format, Request},
    vocab::Position,
};

/// How far the answer has read the change feed; a later search can ask for it as `min_position`.
pub const POSITION: HeaderName = HeaderName::from_static("x-position");

/// Results of one page of an export: the largest page there is.
const EXPORT_PAGE: usize = 100;

/// `GET /providers/search`.
pub async fn get(State(rooms): State<Arc<Rooms>>, links: Links, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let asked = Asked::Pairs(parameters::pairs(raw.as_deref())?);
    answer(rooms, &links, asked).await
}

/// `POST /providers/search`: the same parameters as properties of a JSON object.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let asked = Asked::Json(parameters::json(&headers, &body)?);
    answer(rooms, &links, asked).await
}

/// A search as it was written; kept, because the pages of an export repeat it.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A query string.
    Pairs(Vec<(String, String)>),
    /// A JSON object.
    Json(Value),
}

impl Asked {
    fn understand(&self, rooms: &Rooms, snapshot: &Snapshot) -> Result<Request, Problem> {
        let (lexicon, reference) = (rooms.schema.lexicon(), snapshot.reference());
        let request = match self {
            Asked::Pairs(pairs) => Request::parse(pairs, &lexicon, reference),
            Asked::Json(value) => Request::from_json(value, &lexicon, reference),
        };
        request.map_err(Problem::faults)
    }

    /// The text of a parameter that this face handles by itself.
    fn text(&self, name: &str) -> Option<String> {
        match self {
            Asked::Pairs(pairs) => pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()),
            Asked::Json(value) => match value.get(name)? {
                Value::String(text) => Some(text.clone()),
                Value::Array(parts) => Some(parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
                _ => None,
            },
        }
    }

    fn fields(&self) -> Result<Option<Fields>, Problem> {
        Fields::parse(&self.text("fields").unwrap_or_default()).map_err(|fault| Problem::faults(vec![fault]))
    }

    fn weight(&self, format: Format) -> Weight {
        let whole = matches!(format, Format::Csv | Format::Ndjson);
        if whole || self.text("facets").is_some() || self.text("clusters").is_some() {
            Weight::Heavy
        } else {
            Weight::Light
        }
    }

    /// The same search with other values; `None` takes a parameter away.
    fn with(&self, changes: &[(&str, Option<Value>)]) -> Self {
        let mut asked = self.clone();
        for (name, value) in changes {
            match &mut asked {
                Asked::Pairs(pairs) => {
                    pairs.retain(|(n, _)| n != name);
                    let text = value
                        .as_ref()
                        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
                    pairs.extend(text.map(|text| ((*name).to_owned(), text)));
                }
                Asked::Json(Value::Object(members)) => {
                    members.remove(*name);
                    members.extend(value.clone().map(|value| ((*name).to_owned(), value)));
                }
                Asked::Json(_) => {}
            }
        }
        asked
    }
}

/// Understands and answers a search, one page of it. Also what the search page calls.
pub async fn look(rooms: &Rooms, asked: &Asked) -> Result<Answer, Problem> {
    let (snapshot, request) = begin(rooms, asked).await?;
    page(rooms, snapshot, request, asked.weight(Format::Json), "search").await
}

/// The request as understood, and the state of the index that it is answered from: at least `min_position`.
async fn begin(rooms: &Rooms, asked: &Asked) -> Result<(Arc<Snapshot>, Request), Problem> {
    let snapshot = rooms.index.snapshot();
    let request = asked.understand(rooms, &snapshot)?;
    match request.min_position() {
        None => Ok((snapshot, request)),
        Some(position) => {
            wait_for(rooms, position).await?;
            Ok((rooms.index.snapshot(), request))
        }
    }
}

/// Waits until the index has read the change feed up to `position`, as long as the settings allow.
pub async fn wait_for(rooms: &Rooms, position: Position) -> Result<(), Problem> {
    if rooms.index.wait_for(position, rooms.settings.max_wait).await {
        return Ok(());
    }
    let at = rooms
        .index
        .position()
        .map_or_else(|| "nowhere yet".to_owned(), |at| format!("at {at}"));
    let waited = rooms.settings.max_wait.as_secs_f32();
    let detail = format!("The index is {at} and has not reached {position} within {waited} s.");
    Err(Problem::new(Kind::PositionNotReached, detail).retry_after(1))
}

async fn page(
    rooms: &Rooms,
    snapshot: Arc<Snapshot>,
    request: Request,
    weight: Weight,
    kind: &'static str,
) -> Result<Answer, Problem> {
    let now = rooms.now();
    let searched = work::run(rooms, weight, move || {
        let began = Instant::now();
        let answer = query::search(&snapshot, &request, now);
        measure::search(kind, began.elapsed());
        answer
    });
    Ok(searched.await??)
}

async fn answer(rooms: Arc<Rooms>, links: &Links, asked: Asked) -> Result<Response, Problem> {
    let fields = asked.fields()?;
    let (snapshot, request) = begin(&rooms, &asked).await?;
    let format = request.format();
    let weight = asked.weight(format);
    if matches!(format, Format::Csv | Format::Ndjson) {
        return Export::begin(rooms, snapshot, asked, fields, format).await;
    }
    let answer = page(&rooms, snapshot, request, weight, "search").await?;
    let mut headers = HeaderMap::new();
    if let (Asked::Pairs(_), Some(cursor)) = (&asked, &answer.next_cursor) {
        headers.extend(next_link(links, &asked, cursor));
    }
    let body = match (format, &fields) {
        (Format::Geojson, _) => {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json"));
            serde_json::to_value(&answer).map(|answer| formats::geojson(answer, fields.as_ref()).to_string())
        }
        (_, Some(fields)) => serde_json::to_value(&answer).map(|mut answer| {
            formats::choose(&mut answer, fields);
            answer.to_string()
        }),
        (_, None) => serde_json::to_string(&answer),
    };
    let body = body.map_err(|e| Problem::internal(&e))?;
    headers
        .entry(header::CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("application/json"));
    Ok((headers, body).into_response())
}

fn next_link(links: &Links, asked: &Asked, cursor: &str) -> Option<(HeaderName, HeaderValue)> {
    let Asked::Pairs(pairs) = asked.with(&[("cursor", Some(cursor.into()))]) else {
        return None;
    };
    let query = parameters::encode(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let link = format!(
        "<{}>; rel=\"next\"",
        links.absolute(&format!("/providers/search?{query}"))
    );
    Some((header::LINK, HeaderValue::from_str(&link).ok()?))
}

/// The whole set on its way out, page by page from one state of the index: no more than a page is in memory, and the
/// next one is computed when the caller has taken the last.
struct Export {
    rooms: Arc<Rooms>,
    snapshot: Arc<Snapshot>,
    asked: Asked,
    fields: Option<Fields>,
    format: Format,
    /// What comes next; `None` at the end.
    cursor: Option<String>,
}

impl Export {
    async fn begin(
        rooms: Arc<Rooms>,
        snapshot: Arc<Snapshot>,
        asked: Asked,
        fields: Option<Fields>,
        format: Format,
    ) -> Result<Response, Problem> {
        let mut asked = asked.with(&[
            ("limit", Some(EXPORT_PAGE.into())),
            ("facets", None),
            ("clusters", None),
            ("min_position", None),
        ]);
        if asked.text("cursor").is_none() {
            asked = asked.with(&[("count", Some("none".into()))]);
        }
        let mut export = Self {
            rooms,
            snapshot,
            asked,
            fields,
            format,
            cursor: None,
        };
        let position = export.snapshot.position();
        let mut first = match format {
            Format::Csv => formats::csv_head(export.fields.as_ref()),
            _ => Vec::new(),
        };
        export.lines(&mut first).await?; // Before the head of the answer is sent, so that a refusal is a problem.
        let rest = stream::try_unfold(export, |mut export| async move {
            if export.cursor.is_none() {
                return Ok(None);
            }
            let mut lines = Vec::new();
            match export.lines(&mut lines).await {
                Ok(()) => Ok(Some((lines, export))),
                // The head is out; breaking the connection off is the only way left to say that the set is not whole.
                Err(problem) => Err(std::io::Error::other(problem.detail().to_owned())),
            }
        });
        let body = stream::StreamExt::chain(stream::once(async { Ok(first) }), rest);
        let (of, name) = match format {
            Format::Csv => ("text/csv; charset=utf-8; header=present", "providers.csv"),
            _ => ("application/x-ndjson", "providers.ndjson"),
        };
        let mut response = Response::new(Body::from_stream(body));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(of));
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
        headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
        let position = position.and_then(|at| HeaderValue::from_str(&at.to_string()).ok());
        headers.extend(position.map(|at| (POSITION, at)));
        Ok(response)
    }

    /// Writes the next page's lines and remembers where the one after it begins.
    async fn lines(&mut self, out: &mut Vec<u8>) -> Result<(), Problem> {
        let asked = match self.cursor.take() {
            Some(cursor) => self.asked.with(&[("cursor", Some(cursor.into()))]),
            None => self.asked.clone(),
        };
        let request = asked.understand(&self.rooms, &self.snapshot)?;
        let answer = page(&self.rooms, self.snapshot.clone(), request, Weight::Heavy, "export").await?;
        for card in answer.cards() {
            let card = serde_json::to_value(card).map_err(|e| Problem::internal(&e))?;
            match self.format {
                Format::Csv => formats::csv_line(&card, self.fields.as_ref(), out),
                _ => formats::ndjson_line(&card, self.fields.as_ref(), out).map_err(|e| Problem::internal(&e))?,
            }
        }
        self.cursor = answer.next_cursor;
        Ok(())
    }
}
