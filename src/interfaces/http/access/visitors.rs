//! Whoever opens a page in a browser: let in without a name, led to sign in, or asked to confirm that a form is ours.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    browser::{elsewhere, is_equal, is_same_origin, is_writing},
    identity::Identity,
    recognize::{identity, sign_in},
};
use crate::interfaces::http::{Rooms, links::Links, parameters, problem::Problem};

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

/// Somebody signed in who opens a page; everybody else is led to the sign-in page and back.
pub struct SignedInVisitor(pub Identity);

impl FromRequestParts<Arc<Rooms>> for SignedInVisitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Response> {
        let Visitor(known) = Visitor::from_request_parts(parts, rooms)
            .await
            .map_err(IntoResponse::into_response)?;
        match known {
            Some(known) => Ok(Self(known)),
            None => {
                let links = Links::from_request_parts(parts, rooms).await;
                let links = links.map_err(|never| match never {})?;
                let next = parts.uri.path_and_query().map_or("/", |at| at.as_str());
                let to = format!("/sign-in?{}", parameters::encode([("next", next)]));
                Err(Redirect::to(&links.path(&to)).into_response())
            }
        }
    }
}
