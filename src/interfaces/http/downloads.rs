//! Files on their way out, piece by piece. Before each piece the store is asked anew whether the reader may see the file: a share
//! that is taken back stops a download that runs, and so does a token that is not good any more.

use std::{io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;

use super::{Rooms, agency::now, problem::Problem};
use crate::domain::{access::Actor, case::Document};
use crate::store::{self, case_items, provider_tokens};
use crate::vocab::{CaseItemId, ProviderTokenId};

/// Bytes of one piece.
const PIECE: i32 = 256 << 10;

/// Who reads.
#[derive(Clone)]
pub struct Reader {
    /// Who it is to the store.
    pub actor: Actor,
    /// The token that somebody outside has shown. It has to be good up to the last piece.
    pub token: Option<ProviderTokenId>,
}

/// A file of a case, as its reader may see it.
///
/// # Errors
/// What the store says; [`store::Error::NotFound`] where the reader may not see it (any more).
pub async fn of_case(
    rooms: &Arc<Rooms>,
    reader: Reader,
    item: CaseItemId,
    document: &Document,
) -> Result<Response, store::Error> {
    let first = piece(rooms, &reader, item, 0).await?.ok_or(store::Error::NotFound)?;
    let begun = Reading {
        rooms: rooms.clone(),
        reader,
        item,
        at: 0,
        next: Some(first),
    };
    let pieces = stream::try_unfold(begun, Reading::go_on);
    let headers = [
        (header::CONTENT_TYPE, document.media_type.clone()),
        (header::CONTENT_LENGTH, document.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, attachment(&document.name)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

struct Reading {
    rooms: Arc<Rooms>,
    reader: Reader,
    item: CaseItemId,
    at: i32,
    /// The first piece, which has been read to know that there is one.
    next: Option<Vec<u8>>,
}

impl Reading {
    async fn go_on(mut self) -> io::Result<Option<(Bytes, Self)>> {
        let read = match self.next.take() {
            Some(first) => first,
            None => {
                let read = piece(&self.rooms, &self.reader, self.item, self.at).await;
                let read = read.map_err(io::Error::other)?;
                read.ok_or_else(|| io::Error::other("the file may not be seen any more"))?
            }
        };
        if read.is_empty() {
            return Ok(None);
        }
        self.at = self.at.saturating_add(i32::try_from(read.len()).unwrap_or(i32::MAX));
        Ok(Some((Bytes::from(read), self)))
    }
}

async fn piece(rooms: &Rooms, reader: &Reader, item: CaseItemId, from: i32) -> Result<Option<Vec<u8>>, store::Error> {
    let at = now(rooms);
    let mut tx = rooms.store.begin_at(&reader.actor, at).await?;
    if let Some(token) = reader.token
        && !provider_tokens::is_good(&mut tx, token, at).await?
    {
        return Ok(None);
    }
    case_items::content_piece(&mut tx, item, from, PIECE).await
}

/// A file that is sent at once.
pub fn attached(name: &str, media_type: &str, content: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
    ];
    (headers, content).into_response()
}

/// Saved under its name, never shown in the page (RFC 6266, RFC 8187).
fn attachment(name: &str) -> String {
    use std::fmt::Write as _;
    let plain = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') {
            c
        } else {
            '_'
        }
    });
    let mut value = format!(
        "attachment; filename=\"{}\"; filename*=UTF-8''",
        plain.collect::<String>()
    );
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            value.push(char::from(byte));
        } else {
            let _ = write!(value, "%{byte:02X}");
        }
    }
    value
}

/// What is not there and what may not be seen are the same, down to the words: those of a path that does not exist.
pub fn hidden() -> Problem {
    Problem::not_found("There is nothing at this path.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            attachment("señal\"; x=1.pdf"),
            "attachment; filename=\"se_al__ x_1.pdf\"; filename*=UTF-8''se%C3%B1al%22%3B%20x%3D1.pdf"
        );
    }
}
