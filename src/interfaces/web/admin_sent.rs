//! A form that somebody of the agency has sent: who sent it, what is in it, how it is done, and where they are led then.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use super::{
    admin::{self, Desk, STANDS_ON},
    admin_done::Done,
};
use crate::interfaces::http::{
    Rooms, agency,
    links::Links,
    parameters,
    problem::{Kind, Problem},
};
use crate::store::{self, Tx};
use crate::vocab::ProviderTokenId;

/// A form, as it was sent.
pub struct Sent {
    /// Who sent it.
    pub desk: Desk,
    /// Where it is done.
    pub rooms: Arc<Rooms>,
    links: Links,
    body: Bytes,
}

impl FromRequest<Arc<Rooms>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let links = Links::from_request_parts(&mut parts, rooms).await;
        let desk = Desk::from_request_parts(&mut parts, rooms).await?;
        let body = Bytes::from_request(Request::from_parts(parts, body), rooms).await;
        Ok(Self {
            desk,
            rooms: rooms.clone(),
            links: links.unwrap_or_else(|never| match never {}),
            body: body.map_err(IntoResponse::into_response)?,
        })
    }
}

impl Sent {
    /// What is in it, beside the word that no other site's form can carry; what is not there is empty.
    pub fn fields<const N: usize>(&self, known: [&'static str; N]) -> Result<[String; N], Problem> {
        let (fields, []) = self.fields_and_all_of(known, [])?;
        Ok(fields)
    }

    /// The same, and every value of fields that may be there more than once.
    pub fn fields_and_all_of<const N: usize, const M: usize>(
        &self,
        known: [&'static str; N],
        many: [&'static str; M],
    ) -> Result<([String; N], [Vec<String>; M]), Problem> {
        let text = std::str::from_utf8(&self.body);
        let text = text.map_err(|_| Problem::new(Kind::Malformed, "The form is not UTF-8."))?;
        let mut rest = parameters::pairs(Some(text))?;
        let mut taken = |wanted: &str| {
            let of_it = rest.extract_if(.., |(name, _)| name == wanted);
            of_it.map(|(_, value)| value).collect::<Vec<_>>()
        };
        let [words, _] = ["word", STANDS_ON].map(&mut taken);
        let many = many.map(&mut taken);
        self.desk.confirm(words.first().map_or("", String::as_str))?;
        let fields = parameters::only(rest, known)?;
        Ok((fields.map(Option::unwrap_or_default), many))
    }

    /// The time at which it is done.
    pub fn now(&self) -> DateTime<Utc> {
        agency::now(&self.rooms)
    }

    /// Does something in a transaction of theirs, and commits.
    pub async fn does<T>(&self, body: impl AsyncFnOnce(&mut Tx) -> Result<T, store::Error>) -> Result<T, Problem> {
        let (done, _) = agency::does(&self.rooms, &self.desk.actor, body).await?;
        Ok(done)
    }

    /// On to a page that says what was done; or the page that it stands on again, with what was in it and what is wrong.
    pub async fn acted(&self, done: Result<(String, Done), Problem>) -> Response {
        admin::acted(&self.rooms, &self.links, &self.desk, &self.body, done).await
    }

    /// The same for a form that makes a token: on to the page that shows it this once.
    pub async fn made_token(&self, made: Result<(ProviderTokenId, String), Problem>) -> Response {
        admin::made_token(&self.rooms, &self.links, &self.desk, &self.body, made).await
    }
}
