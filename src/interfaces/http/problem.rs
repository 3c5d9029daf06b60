//! Every refusal of the HTTP face as one kind of document: RFC 9457, `application/problem+json`.
//!
//! A handler returns a [`Problem`]; [`finish`] writes it out once the request id is known, and turns what the framework
//! refuses by itself (a wrong method, a body too large, a time-out) into the same shape.

use std::{error::Error, fmt::Write as _};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use serde::Serialize;

use crate::interfaces::fhir;
use crate::vocab::{Fault, Locator};

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $slug:literal, $title:literal;)+) => {
        /// What went wrong, in kinds that a program can tell apart. The slug is the stable part of the type URI.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// All kinds, in the order of their status.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            /// The last segment of the type URI.
            pub fn slug(self) -> &'static str {
                match self { $(Kind::$name => $slug),+ }
            }

            /// The same short words for every problem of this kind.
            pub fn title(self) -> &'static str {
                match self { $(Kind::$name => $title),+ }
            }

            /// The status it is answered with.
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status),+ }
            }
        }
    };
}

kinds! {
    /// The provider of this key turned out to be another one; the header Location leads there.
    Merged = MOVED_PERMANENTLY, "merged", "It is one with another provider now";
    /// Bytes that are no request: broken encoding, broken JSON.
    Malformed = BAD_REQUEST, "malformed-request", "The request can't be read";
    /// A value that is not understood.
    InvalidParameter = BAD_REQUEST, "invalid-parameter", "A value is not understood";
    /// A name that is not understood.
    UnknownParameter = BAD_REQUEST, "unknown-parameter", "A parameter is not known";
    /// No token, or one that is not (or no longer) good.
    NotSignedIn = UNAUTHORIZED, "not-signed-in", "Not signed in";
    /// A good token of somebody who may not.
    NotAllowed = FORBIDDEN, "not-allowed", "This is not allowed";
    /// Nothing here.
    NotFound = NOT_FOUND, "not-found", "Not found";
    /// The path knows other methods.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method-not-allowed", "The method does not fit";
    /// The caller takes none of the forms that there are.
    NotAcceptable = NOT_ACCEPTABLE, "not-acceptable", "There is no such form of it";
    /// The caller was too slow to send, or the work too slow to finish.
    TimedOut = REQUEST_TIMEOUT, "timed-out", "It took too long";
    /// The state of things stands against it.
    Conflict = CONFLICT, "conflict", "It conflicts with what is there";
    /// A provider becomes ACTIVE through credentialing only.
    StatusGuard = CONFLICT, "status-guard", "The status can't be set";
    /// What was decided stays so; the errors say which ways there are.
    TransitionRefused = CONFLICT, "transition-refused", "The status does not go there";
    /// What was asked for was there once, and is not kept any longer.
    NoLongerKept = GONE, "no-longer-kept", "It is not kept any longer";
    /// Somebody else has changed it since it was read.
    VersionMismatch = PRECONDITION_FAILED, "version-mismatch", "It has changed since it was read";
    /// The body is over the limit.
    TooLarge = PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    /// The body is of another type than the path takes.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body's type is not taken";
    /// A rule of the directory refused it.
    RuleRefused = UNPROCESSABLE_ENTITY, "rule-refused", "A rule refuses it";
    /// What a search may cost does not suffice for this one.
    TooCostly = UNPROCESSABLE_ENTITY, "too-costly", "The search would cost too much";
    /// A change must say which version it is based on.
    VersionRequired = PRECONDITION_REQUIRED, "version-required", "If-Match is needed";
    /// Slow down.
    TooManyRequests = TOO_MANY_REQUESTS, "too-many-requests", "Too many requests";
    /// Our fault. Says nothing about the inside.
    Internal = INTERNAL_SERVER_ERROR, "internal", "Something broke here";
    /// Something that the answer needs is away for now.
    Unavailable = SERVICE_UNAVAILABLE, "unavailable", "Not available right now";
    /// The index has not come as far as `min_position` within the time allowed.
    PositionNotReached = SERVICE_UNAVAILABLE, "position-not-reached", "The change has not arrived yet";
}

impl Kind {
    /// The type URI: a path that never changes, whatever prefix the service runs under.
    pub fn uri(self) -> String {
        format!("/problems/{}", self.slug())
    }

    /// The kind that stands for a bare status code of the framework.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Kind::NotSignedIn,
            StatusCode::FORBIDDEN => Kind::NotAllowed,
            StatusCode::NOT_FOUND => Kind::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Kind::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Kind::TimedOut,
            StatusCode::CONFLICT => Kind::Conflict,
            StatusCode::PRECONDITION_FAILED => Kind::VersionMismatch,
            StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Kind::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Kind::RuleRefused,
            StatusCode::TOO_MANY_REQUESTS => Kind::TooManyRequests,
            StatusCode::SERVICE_UNAVAILABLE => Kind::Unavailable,
            other if other.is_client_error() => Kind::Malformed,
            _ => Kind::Internal,
        }
    }
}

/// A refusal on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    errors: Vec<Fault>,
    retry_after_s: Option<u32>,
    moved_to: Option<Locator>,
    /// Whether who follows it must send the same again, not ask for the new address.
    keeps_method: bool,
}

/// Fields that are told of as wrong; whoever has mended these hears of others.
const MOST_ERRORS: usize = 50;

/// The document as it is sent.
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    errors: &'a [Fault],
    request_id: Option<&'a str>,
}

impl Problem {
    /// A problem of this kind; `detail` is a sentence for a person about this very case.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
            moved_to: None,
            keeps_method: false,
        }
    }

    /// What is wrong with the parameters or properties of a request, all at once.
    pub fn faults(errors: Vec<Fault>) -> Self {
        let unknown = |fault: &Fault| matches!(fault.code, "unknown_parameter" | "unknown_property");
        let kind = if !errors.is_empty() && errors.iter().all(unknown) {
            Kind::UnknownParameter
        } else {
            Kind::InvalidParameter
        };
        Self::new(kind, in_words(&errors)).with_errors(errors)
    }

    /// One wrong field.
    pub fn fault(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::faults(vec![Fault::new(field, code, message)])
    }

    /// Nothing at this path, or under this key.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// Something of ours that should not happen: the cause goes to the log, once, and not to the caller.
    pub fn internal(cause: &dyn Error) -> Self {
        let mut told = cause.to_string();
        let mut below = cause.source();
        while let Some(next) = below {
            let _ = write!(told, ": {next}");
            below = next.source();
        }
        tracing::error!(error = told, "a request failed");
        Self::broken()
    }

    /// What a caller sees of any failure of ours.
    pub fn broken() -> Self {
        Self::new(
            Kind::Internal,
            "The request could not be answered. The fault is ours; the request id helps us to find it.",
        )
    }

    /// With the fields that are wrong.
    #[must_use]
    pub fn with_errors(mut self, mut errors: Vec<Fault>) -> Self {
        errors.truncate(MOST_ERRORS);
        self.errors = errors;
        self
    }

    /// With a time, in seconds, after which it is worth to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// That what was asked for is another provider now, and which.
    pub fn merged(into: Locator) -> Self {
        let detail = format!("The provider of this key turned out to be {into}.");
        Self {
            moved_to: Some(into),
            ..Self::new(Kind::Merged, detail)
        }
    }

    /// The provider that stands in the place of the one that was asked for.
    pub fn moved_to(&self) -> Option<Locator> {
        self.moved_to
    }

    /// As it is answered to a write: clients make a reading of it where the status does not say that they must not.
    #[must_use]
    pub fn answering_a_write(mut self) -> Self {
        self.keeps_method = self.kind == Kind::Merged;
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        if self.keeps_method {
            StatusCode::PERMANENT_REDIRECT
        } else {
            self.kind.status()
        }
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The sentence for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The fields that are wrong.
    pub fn errors(&self) -> &[Fault] {
        &self.errors
    }

    /// The document as JSON text.
    pub fn to_json(&self, request_id: Option<&str>) -> String {
        let document = Document {
            r#type: self.kind.uri(),
            title: self.kind.title(),
            status: self.status().as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            request_id,
        };
        serde_json::to_string(&document).unwrap_or_else(|_| "{}".to_owned())
    }

    /// The headers that this problem brings along.
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.kind == Kind::NotSignedIn {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers
    }
}

fn in_words(errors: &[Fault]) -> String {
    match errors {
        [] => "The request is not understood.".to_owned(),
        [one] => format!("`{}`: {}", one.field, one.message),
        [first, rest @ ..] => format!("`{}`: {} ({} more, see errors)", first.field, first.message, rest.len()),
    }
}

impl IntoResponse for Problem {
    /// The document without a request id; [`finish`] adds it.
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.to_json(None)));
        *response.status_mut() = self.status();
        *response.headers_mut() = self.headers();
        response.extensions_mut().insert(self);
        response
    }
}

/// Headers of a refusal by the framework that stay when its body is replaced.
const KEPT: [HeaderName; 4] = [
    header::ALLOW,
    header::LOCATION,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
];

/// Marks a refusal in the words of another protocol, which is left as it is.
#[derive(Clone, Copy, Debug)]
pub struct InWordsOfItsOwn;

/// Gives every refusal its final shape: problems get the request id, anything else with an error status becomes a problem.
/// Pages (`text/html`) are left as they are, as are refusals in the words of FHIR.
pub fn finish(response: Response<Body>, request_id: &str) -> Response<Body> {
    let status = response.status();
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        None if !status.is_client_error() && !status.is_server_error() => return response,
        None if is_told_otherwise(&response) => return response,
        None => of_framework(status),
    };
    let mut finished = Response::new(Body::from(problem.to_json(Some(request_id))));
    *finished.status_mut() = problem.status();
    for name in KEPT {
        if let Some(value) = response.headers().get(&name) {
            finished.headers_mut().insert(name, value.clone());
        }
    }
    finished.headers_mut().extend(problem.headers());
    finished
}

/// Whether a refusal is in a form of its own already.
fn is_told_otherwise(response: &Response<Body>) -> bool {
    if response.extensions().get::<InWordsOfItsOwn>().is_some() {
        return true;
    }
    let of = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    of.is_some_and(|of| of.starts_with("text/html") || of.starts_with(fhir::MEDIA_TYPE))
}

/// The problem that a bare status of the framework stands for.
pub fn of_framework(status: StatusCode) -> Problem {
    let kind = Kind::of_status(status);
    let detail = match kind {
        Kind::MethodNotAllowed => "This path takes other methods; the header Allow lists them.".to_owned(),
        Kind::TooLarge => "The body is larger than this service takes.".to_owned(),
        Kind::UnsupportedMediaType => "Send the body as application/json.".to_owned(),
        Kind::TimedOut => "The answer was not ready in time.".to_owned(),
        Kind::NotFound => "There is nothing at this path.".to_owned(),
        Kind::Internal => return Problem::broken(),
        Kind::Unavailable => return Problem::new(kind, "Try again in a moment.").retry_after(1),
        _ => "The request is not understood.".to_owned(),
    };
    Problem::new(kind, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(problem: &Problem) -> serde_json::Value {
        serde_json::from_str(&problem.to_json(Some("r-1"))).expect("JSON")
    }

    #[test]
    fn a_wrong_field_is_named_with_a_code_and_a_sentence() {
        let problem = Problem::fault("npi", "check_digit", "the check digit of 1234567890 should be 3");
        insta::assert_json_snapshot!(document(&problem), @r#"
        {
          "detail": "`npi`: the check digit of 1234567890 should be 3",
          "errors": [
            {
              "code": "check_digit",
              "field": "npi",
              "message": "the check digit of 1234567890 should be 3"
            }
          ],
          "request_id": "r-1",
          "status": 400,
          "title": "A value is not understood",
          "type": "/problems/invalid-parameter"
        }
        "#);
    }

    #[test]
    fn only_unknown_names_make_an_unknown_parameter() {
        let unknown = Fault::new("colour", "unknown_parameter", "not known");
        let bad = Fault::new("limit", "range", "1 to 100");
        assert_eq!(Problem::faults(vec![unknown.clone()]).kind(), Kind::UnknownParameter);
        assert_eq!(Problem::faults(vec![unknown, bad]).kind(), Kind::InvalidParameter);
    }

    #[test]
    fn the_inside_of_a_failure_is_not_told() {
        let problem = Problem::internal(&std::io::Error::other("secret table missing"));
        insta::assert_json_snapshot!(document(&problem), @r#"
        {
          "detail": "The request could not be answered. The fault is ours; the request id helps us to find it.",
          "errors": [],
          "request_id": "r-1",
          "status": 500,
          "title": "Something broke here",
          "type": "/problems/internal"
        }
        "#);
    }

    #[test]
    fn slugs_are_unique_and_fit_a_path() {
        let mut slugs = Kind::ALL.iter().map(|k| k.slug()).collect::<Vec<_>>();
        slugs.sort_unstable();
        slugs.dedup();
        assert_eq!(slugs.len(), Kind::ALL.len());
        assert!(
            slugs
                .iter()
                .all(|s| s.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
    }
}
