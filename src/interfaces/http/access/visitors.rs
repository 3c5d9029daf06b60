//! Whoever opens a page in a browser: let in without a name, or asked to confirm that a form is ours.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{
    browser::{elsewhere, is_equal, is_same_origin, is_writing},
    identity::Identity,
    recognize::{identity, sign_in},
};
use crate::interfaces::http::{Rooms, problem::Problem};

/// Whoever opens a page, signed in or not. A form that changes something is confirmed by [`Visitor::confirm`].
pub struct Visitor(pub Option<Identity>);

impl FromRequestParts<Arc<Rooms>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        if is_writing(&parts.method) && !is_same_origin(&parts.headers) {
            return Err(elsewhere());
        }
        identity(parts, rooms).await.map(Self)
    }
}

impl Visitor {
    /// Takes a form only from one of our own pages: it carries the word of [`Identity::csrf`].
    pub fn confirm(&self, given: &str) -> Result<&Identity, Problem> {
        let known = self.0.as_ref().ok_or_else(sign_in)?;
        if known.by_cookie && !is_equal(given, &known.csrf()) {
            return Err(elsewhere());
        }
        Ok(known)
    }
}
