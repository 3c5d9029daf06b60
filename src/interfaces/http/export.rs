//! The whole set that a search finds, as a file: written page by page while it is read.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::{
    Rooms, formats,
    problem::Problem,
    search::{POSITION, Searched, search, spent, told},
};
use crate::index::Snapshot;
use crate::query::{Format, Request, budget::Spent, cursor::Cursor, request::Sort};

/// Results of one page: the largest page there is.
const PAGE: usize = 100;

/// How long it is waited before a page is asked for again that was refused for lack of time. Under load that passes; breaking
/// off costs the reader all pages that are there already.
const PATIENCE: [Duration; 3] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(4),
];

/// The whole set on its way out, page by page from one state of the index: no more than a page is in memory, and the
/// next one is computed when the caller has taken the last.
pub(super) struct Export {
    rooms: Arc<Rooms>,
    snapshot: Arc<Snapshot>,
    /// The next page; `None` at the end.
    request: Option<Request>,
    fields: Vec<String>,
    format: Format,
}

impl Export {
    /// The answer, once its first page is there: what is refused then is a problem as of any search.
    pub(super) async fn begin(
        rooms: Arc<Rooms>,
        snapshot: Arc<Snapshot>,
        mut request: Request,
    ) -> Result<Response, Problem> {
        request.limit = PAGE;
        request.count = false;
        request.facets.clear();
        request.clusters = None;
        if request.ranks_nobody() {
            request.sort = Sort::Name; // The whole set in an order that costs the same on its last page as on its first.
        }
        let (format, fields) = (request.format, std::mem::take(&mut request.fields));
        if let Some(field) = formats::without_column(&fields).filter(|_| format == Format::Csv) {
            let message = format!("CSV has no column for `{field}`: ask for ndjson");
            return Err(Problem::fault("fields", "unknown_field", message));
        }
        let position = snapshot.position;
        let mut export = Self {
            rooms,
            snapshot,
            request: Some(request),
            fields,
            format,
        };
        let (media_type, file, mut first) = match format {
            Format::Csv => (
                "text/csv; charset=utf-8; header=present",
                "providers.csv",
                formats::csv_head(&export.fields),
            ),
            _ => ("application/x-ndjson", "providers.ndjson", Vec::new()),
        };
        export.write_page(&[], &mut first).await?; // Before the head of the answer is sent, so that a refusal is a problem.
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{file}\""));
        headers.extend(disposition.ok().map(|value| (header::CONTENT_DISPOSITION, value)));
        let position = position.and_then(|at| HeaderValue::from_str(&at.to_string()).ok());
        headers.extend(position.map(|at| (POSITION, at)));
        let body = stream::once(async { Ok(first) }).chain(stream::try_unfold(export, Self::next));
        Ok((headers, Body::from_stream(body)).into_response())
    }

    /// The lines of the next page, for as long as there is one.
    async fn next(mut self) -> io::Result<Option<(Vec<u8>, Self)>> {
        if self.request.is_none() {
            return Ok(None);
        }
        let mut lines = Vec::new();
        match self.write_page(&PATIENCE, &mut lines).await {
            Ok(()) => Ok(Some((lines, self))),
            // The head is out; breaking the connection off is the only way left to say that the set is not whole.
            Err(problem) => Err(io::Error::other(problem.detail().to_owned())),
        }
    }

    /// Writes a page's lines and remembers where the one after it begins. A page for which there was no time is asked for again
    /// after each of the `waits`.
    async fn write_page(&mut self, waits: &[Duration], out: &mut Vec<u8>) -> Result<(), Problem> {
        let Some(request) = self.request.take() else {
            return Ok(());
        };
        let ask = || search(&self.rooms, self.snapshot.clone(), request.clone());
        let (searched, request) = patiently(waits, lacked_time, ask).await?;
        let answer = told(&self.rooms, "export", &request, searched)?;
        for card in answer.cards() {
            let card = serde_json::to_value(card).map_err(|e| Problem::internal(&e))?;
            match self.format {
                Format::Csv => formats::csv_line(&card, &self.fields, out),
                _ => formats::ndjson_line(&card, &self.fields, out).map_err(|e| Problem::internal(&e))?,
            }
        }
        let next = answer.next_cursor.as_deref().and_then(Cursor::decode);
        self.request = next.map(|cursor| Request {
            cursor: Some(cursor),
            ..request
        });
        Ok(())
    }
}

/// Whether a page was refused because its time was over, which it need not be the next time.
fn lacked_time(said: &Result<(Searched, Request), Problem>) -> bool {
    matches!(said, Ok((searched, _)) if searched.is_err() && spent(searched) == Some(Spent::Time))
}

/// What `ask` says; where that is a refusal, what it says when asked again after each of the `waits`.
async fn patiently<T, F>(waits: &[Duration], is_refusal: impl Fn(&T) -> bool, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = T>,
{
    let mut said = ask().await;
    for wait in waits {
        if !is_refusal(&said) {
            break;
        }
        tokio::time::sleep(*wait).await;
        said = ask().await;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_that_is_refused_is_asked_for_again_but_not_for_ever() {
        let asked = async |refusals: usize, waits: &[Duration]| {
            let mut times = 0;
            let ask = || {
                times += 1;
                std::future::ready(if times > refusals { Ok(times) } else { Err(times) })
            };
            patiently(waits, Result::is_err, ask).await
        };
        let waits = [Duration::ZERO; 3];
        assert_eq!(asked(0, &waits).await, Ok(1));
        assert_eq!(asked(3, &waits).await, Ok(4), "the last wait was worth it");
        assert_eq!(asked(9, &waits).await, Err(4), "it is told in the end");
        assert_eq!(asked(1, &[]).await, Err(1), "the first page is refused at once");
    }
}
