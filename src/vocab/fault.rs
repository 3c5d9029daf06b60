//! What is wrong with one field of an input, said so that a person and a program can act on it.

use std::fmt;

use serde::Serialize;

/// One refused field. Becomes one entry of `errors` in a problem document (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The parameter, property or column as the caller wrote it.
    pub field: String,
    /// A stable word for programs, for example `check_digit` or `unknown_parameter`.
    pub code: &'static str,
    /// One sentence for a person: what is wrong and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault of `field`, with a stable `code` and a sentence.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            message: message.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.message)
    }
}
