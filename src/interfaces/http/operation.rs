//! One operation of the interface, as the OpenAPI document tells it. Each noun tells its own beside its handlers.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{problem::Kind, schemas};
use crate::interfaces::fhir::{self, outcome::OperationOutcome};

/// By which a request is known when it is sent again.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nobody has to sign in.
    Everybody,
    /// A token or session is needed; the words say whose.
    SignedIn(&'static str),
}

/// A shape of JSON: one of [`schemas`] by name, or derived from a type.
#[derive(Clone, Copy)]
pub enum Shape {
    /// Described in [`schemas`].
    Named(&'static str),
    /// What `schemars` derives.
    Derived(fn(&mut SchemaGenerator) -> schemars::Schema),
}

impl Shape {
    fn told(self, generator: &mut SchemaGenerator) -> Value {
        match self {
            Self::Named(name) => schemas::of(name),
            Self::Derived(derive) => derive(generator).to_value(),
        }
    }
}

/// What comes back: JSON in a shape, another media type, or nothing (204).
#[derive(Clone, Copy)]
pub enum Answer {
    /// JSON.
    Json(Shape),
    /// A FHIR resource, and its refusals, too.
    Fhir(Shape),
    /// Text or bytes of this media type.
    Media(&'static str),
    /// No body.
    Nothing,
}

/// One operation.
pub struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    tag: &'static str,
    summary: &'static str,
    access: Access,
    parameters: Vec<Value>,
    body: Option<Shape>,
    takes_form: bool,
    /// Another status with the same answer.
    or_status: Option<u16>,
    /// Other media types that the answer may have.
    or_media: &'static [&'static str],
    /// Other media types that the body may have.
    or_body: &'static [&'static str],
    status: u16,
    answer: Answer,
    problems: Vec<Kind>,
    /// Whether it also refuses in JSON of a protocol's own.
    has_own_refusals: bool,
}

impl Operation {
    /// An operation; no sign-in, no parameters but those of its path.
    pub fn new(
        method: &'static str,
        path: &'static str,
        tag: &'static str,
        summary: &'static str,
        answer: Answer,
    ) -> Self {
        let parameters = path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| path_parameter(name))
            .collect();
        Self {
            method,
            path,
            tag,
            summary,
            access: Access::Everybody,
            parameters,
            body: None,
            takes_form: false,
            or_status: None,
            or_media: &[],
            or_body: &[],
            status: 200,
            answer,
            problems: Vec::new(),
            has_own_refusals: false,
        }
    }

    /// An operation that answers JSON of a type; no sign-in, no parameters but those of its path.
    pub fn answering_with<T: JsonSchema>(
        method: &'static str,
        path: &'static str,
        tag: &'static str,
        summary: &'static str,
    ) -> Self {
        let answer = Answer::Json(Shape::Derived(SchemaGenerator::subschema_for::<T>));
        Self::new(method, path, tag, summary, answer)
    }

    /// Only with a token or session of these people or machines.
    pub fn by(mut self, whom: &'static str) -> Self {
        self.access = Access::SignedIn(whom);
        self.problems.extend([Kind::NotSignedIn, Kind::NotAllowed]);
        self
    }

    /// By platform administrators only.
    pub fn by_administrators(self) -> Self {
        self.by("A platform administrator.")
    }

    /// With these parameters in the query string.
    pub fn asking(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self.problems.push(Kind::InvalidParameter);
        self
    }

    /// With a JSON body of a type.
    pub fn taking_a<T: JsonSchema>(self) -> Self {
        self.with_body(Shape::Derived(SchemaGenerator::subschema_for::<T>))
    }

    /// With a JSON body of a named shape.
    pub fn taking(self, shape: &'static str) -> Self {
        self.with_body(Shape::Named(shape))
    }

    fn with_body(mut self, shape: Shape) -> Self {
        self.body = Some(shape);
        self.problems
            .extend([Kind::InvalidParameter, Kind::TooLarge, Kind::UnsupportedMediaType]);
        self
    }

    /// With the body in other forms, too.
    pub fn or_taking(mut self, media: &'static [&'static str]) -> Self {
        self.or_body = media;
        self
    }

    /// By POST, where it was told as read.
    pub fn posted(mut self) -> Self {
        self.method = "post";
        self
    }

    /// With a form as a body, of the parameters that it takes in the address.
    pub fn taking_a_form(mut self) -> Self {
        self.takes_form = true;
        self.problems.extend([Kind::TooLarge, Kind::UnsupportedMediaType]);
        self
    }

    /// With the same answer under another status.
    pub fn or_answering(mut self, status: u16) -> Self {
        self.or_status = Some(status);
        self
    }

    /// With the answer in other forms, where one is asked for.
    pub fn or_in(mut self, media: &'static [&'static str]) -> Self {
        self.or_media = media;
        self
    }

    /// Under If-Match.
    pub fn with_version(mut self) -> Self {
        self.parameters.push(json!({
            "name": "If-Match", "in": "header", "required": true, "schema": {"type": "string"},
            "description": "The ETag as it was read (`\"17\"`), or `*` for any version.",
        }));
        self.problems
            .extend([Kind::NotFound, Kind::VersionMismatch, Kind::VersionRequired]);
        self
    }

    /// Under an `Idempotency-Key`, where one is sent: said again, the request has the answer that it had. What creates something
    /// and is not told so refuses the header ([`super::known_parameters`]).
    pub fn once(mut self) -> Self {
        self.parameters.push(json!({
            "name": IDEMPOTENCY_KEY, "in": "header", "required": false,
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "New for each request. Sent again with the same body within a day, the request creates nothing and has the same answer.",
        }));
        self
    }

    /// With another status than 200.
    pub fn answering(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With these refusals as well.
    pub fn refusing(mut self, problems: &[Kind]) -> Self {
        self.problems.extend(problems);
        self
    }

    /// Refusing what is no message of its protocol in that protocol's own JSON.
    pub fn refusing_in_its_own_json(mut self) -> Self {
        self.has_own_refusals = true;
        self
    }

    /// As the document has it; shapes that are derived are kept by the generator.
    pub(super) fn told(self, generator: &mut SchemaGenerator) -> Value {
        let mut responses = Map::new();
        let content = match self.answer {
            Answer::Json(shape) => json!({"application/json": {"schema": shape.told(generator)}}),
            Answer::Fhir(shape) => json!({fhir::MEDIA_TYPE: {"schema": shape.told(generator)}}),
            Answer::Media(media) => json!({media: {"schema": {"type": "string"}}}),
            Answer::Nothing => json!({}),
        };
        let mut content = content;
        for media in self.or_media {
            content[*media] = json!({"schema": {"type": "string"}});
        }
        let said = match self.status {
            201 => "Created",
            204 => "Done",
            _ => "The answer",
        };
        responses.insert(
            self.status.to_string(),
            json!({"description": said, "content": content}),
        );
        if let Some(status) = self.or_status {
            let or = json!({"description": "The answer", "content": content});
            responses.insert(status.to_string(), or);
        }
        let mut refusal = json!({"application/problem+json": {"schema": schemas::of("Problem")}});
        if matches!(self.answer, Answer::Media("text/html")) {
            refusal["text/html"] = json!({"schema": {"type": "string"}}); // A page tells its problems as a page.
        }
        if self.has_own_refusals {
            refusal["application/json"] = json!({"schema": true});
        }
        if matches!(self.answer, Answer::Fhir(_)) {
            let outcome = generator.subschema_for::<OperationOutcome>().to_value();
            refusal[fhir::MEDIA_TYPE] = json!({"schema": outcome});
        }
        for kind in self.problems {
            let status = match (kind, self.method) {
                // What is not read is sent once more, as it is, to where it belongs.
                (Kind::Merged, method) if method != "get" => 308,
                (kind, _) => kind.status().as_u16(),
            };
            let status = status.to_string();
            let problem = json!({"description": kind.title(), "content": refusal});
            responses.entry(status).or_insert(problem);
        }
        if self.parameters.iter().any(|parameter| parameter["in"] == "query") {
            let long = "The address is longer than 64 KiB. It is refused before anybody reads it, so without a body.";
            responses.insert("414".to_owned(), json!({"description": long}));
        }
        responses.insert(
            "default".to_owned(),
            json!({"description": "A problem", "content": refusal}),
        );
        let mut told = json!({
            "tags": [self.tag],
            "summary": self.summary,
            "operationId": operation_id(self.method, self.path),
            "parameters": self.parameters,
            "responses": responses,
        });
        if let Some(shape) = self.body {
            let mut content = json!({"application/json": {"schema": shape.told(generator)}});
            for media in self.or_body {
                content[*media] = json!({"schema": {"type": "string"}});
            }
            told["requestBody"] = json!({"required": true, "content": content});
        }
        if self.takes_form {
            let form = json!({"type": "object", "additionalProperties": {"type": "string"}});
            told["requestBody"] =
                json!({"required": false, "content": {"application/x-www-form-urlencoded": {"schema": form}}});
        }
        if let Access::SignedIn(whom) = self.access {
            told["security"] = json!([{"token": []}]);
            told["description"] = json!(format!("Who may: {whom}"));
        }
        told
    }
}

/// `get_providers_key_deactivate`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

fn path_parameter(name: &str) -> Value {
    let says: Cow<'static, str> = match name {
        "key" => "NPI, locator (PRV-2026-000042) or id".into(),
        "slug" => "the last segment of a problem's type".into(),
        "name" => "the name of a file".into(),
        "id" => "its id".into(),
        other => format!("the {}", other.replace('_', " ")).into(),
    };
    json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}, "description": says})
}

/// The parameters of a list that comes in pages: how many rows one has at the most, and where it begins.
pub fn pages(most: u32, unless_said: u32) -> [Value; 2] {
    let limit = json!({"type": "integer", "minimum": 1, "maximum": most, "default": unless_said});
    [
        query("limit", &limit, "Rows of a page."),
        query(
            "cursor",
            &json!({"type": "string"}),
            "`next_cursor` of the page before.",
        ),
    ]
}

/// A parameter of the query string.
pub fn query(name: &str, schema: &Value, says: &str) -> Value {
    json!({"name": name, "in": "query", "schema": schema, "description": says})
}
