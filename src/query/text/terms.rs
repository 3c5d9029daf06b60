//! A piece of the text and what it was taken for, so that a reader can undo it.

use serde::Serialize;

use crate::vocab::names::Token;

/// Some words of the text, and what they were taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Term {
    /// The words as they are compared.
    pub text: String,
    /// Where they begin in the text, in characters.
    pub start: usize,
    /// Where they end, not included.
    pub end: usize,
    /// `name`, `npi`, `phone`, `specialty`, `profession`, `language`, `place`, `radius_miles`, `gender`, `accepting_new_patients`, `telehealth`,
    /// `accessibility`, `open_at`, `available_before`, `sort`, `network`, `plan`; `excluded` for what is not wanted (`no male doctors`), its value led by what
    /// it is (`gender=M`); `unknown` for a number, a payer or a wish of which nothing is known here.
    pub kind: &'static str,
    /// What is meant by it: codes and ids separated by `|`, the label of a place, the words of a name.
    pub value: String,
}

impl Term {
    /// Of tokens that stand behind each other, at least one.
    pub(super) fn of(tokens: &[Token], kind: &'static str, value: String) -> Self {
        let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
        Self {
            text: words.join(" "),
            start: tokens.first().map_or(0, |token| token.start),
            end: tokens.last().map_or(0, |token| token.end),
            kind,
            value,
        }
    }
}
