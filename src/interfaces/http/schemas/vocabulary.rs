//! The shapes of the words that searches take.

use serde_json::{Map, Value};

use super::{flag, listed, map, object, text};

/// By name.
pub fn shapes() -> Map<String, Value> {
    map(&[
        ("SpecialtyTerm", specialty_term()),
        ("Specialties", specialties()),
        ("LanguageTerm", language_term()),
        ("Languages", languages()),
    ])
}

fn specialty_term() -> Value {
    object([
        ("code", text()),
        ("name", text()),
        ("grouping", text()),
        ("classification", text()),
        ("specialization", text()),
        ("organizational", flag()),
    ])
}

fn specialties() -> Value {
    listed("specialties", "SpecialtyTerm")
}

fn language_term() -> Value {
    object([("code", text()), ("name", text())])
}

fn languages() -> Value {
    listed("languages", "LanguageTerm")
}
