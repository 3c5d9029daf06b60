//! What the public pages say, in every language that they speak. A text that lacks one of them does not compile: each is a match
//! over [`Lang`].
//!
//! A table of our own instead of a library of bundles: there are two languages, nothing is loaded at run time, and the compiler
//! finds what is missing, misspelt or given the wrong values.

pub mod hints;
mod languages;
mod plain;
mod problems;
pub mod said;
mod specialties;

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
}

impl Lang {
    /// The one that a code stands for: `es`.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::En, Self::Es]
            .into_iter()
            .find(|lang| lang.code().eq_ignore_ascii_case(code))
    }

    /// Its code (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// What it is called by who speaks it.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Español",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Es,
            Self::Es => Self::En,
        }
    }
}
