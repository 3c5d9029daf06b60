//! What the public pages say, in every language that they speak. A text that lacks one of them does not compile: each is a match
//! over [`Lang`].
//!
//! A table of our own instead of a library of bundles: there are two languages, nothing is loaded at run time, and the compiler
//! finds what is missing, misspelt or given the wrong values.

mod plain;
mod said;

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}
