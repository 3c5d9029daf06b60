//! The tables of the vocabulary: specialties, languages, places, nicknames, lay terms; each parsed from the text of its file.

use super::place::Gazetteer;

/// All tables together, replaced as one when a file changes.
#[derive(Clone, Debug)]
pub struct Lexicon {
    /// `specialties.csv` and `specialty_synonyms.csv`.
    pub specialties: Specialties,
    /// `languages.csv`.
    pub languages: Languages,
    /// `places.csv.zst`.
    pub gazetteer: Gazetteer,
}

/// A row of a table that can't be taken: the table stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct TableError {
    /// The file's name.
    pub file: &'static str,
    /// Counted from one, the header included.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// The provider taxonomy (NUCC) with the words people use for its codes.
#[derive(Clone, Debug, Default)]
pub struct Specialties {}

/// One code of the provider taxonomy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialtyTerm {
    /// Ten characters, `207RC0000X`.
    pub code: String,
    /// Display name, `Cardiovascular Disease Physician`.
    pub name: String,
    /// `Allopathic & Osteopathic Physicians`.
    pub grouping: String,
    /// `Internal Medicine`.
    pub classification: String,
    /// `Cardiovascular Disease`, or empty.
    pub specialization: String,
    /// Whether the code is for organisations (NUCC section Non-Individual).
    pub organizational: bool,
}

impl Specialties {
    /// Reads `specialties.csv` (NUCC and the short codes) and `specialty_synonyms.csv`.
    pub fn parse(_specialties: &str, _synonyms: &str) -> Result<Self, TableError> {
        todo!()
    }

    /// The term of a NUCC code.
    pub fn get(&self, _code: &str) -> Option<&SpecialtyTerm> {
        todo!()
    }

    /// All terms, by code.
    pub fn iter(&self) -> impl Iterator<Item = &SpecialtyTerm> {
        [].iter()
    }

    /// The codes that a NUCC code, a short code (`CARDIOLOGY`) or a whole phrase (`heart doctor`, `Cardiovascular Disease`)
    /// stands for, best first; empty where the words mean nothing here.
    pub fn resolve(&self, _text: &str) -> &[String] {
        todo!()
    }

    /// The longest phrase of the vocabulary at the start of these folded words: its codes and how many words it took.
    pub fn longest_prefix(&self, _words: &[String]) -> Option<(&[String], usize)> {
        todo!()
    }

    /// Up to `limit` display names or phrases near a text that resolves to nothing, nearest first.
    pub fn suggest(&self, _text: &str, _limit: usize) -> Vec<String> {
        todo!()
    }

    /// Phrases (folded) that start with a folded prefix, shortest first: (phrase, codes).
    pub fn complete(&self, _prefix: &str, _limit: usize) -> Vec<(&str, &[String])> {
        todo!()
    }
}

/// Languages by BCP 47 code and by the names people use.
#[derive(Clone, Debug, Default)]
pub struct Languages {}

/// One language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageTerm {
    /// `es`, `yue`.
    pub code: String,
    /// `Spanish`.
    pub name: String,
}

impl Languages {
    /// Reads `languages.csv`.
    pub fn parse(_text: &str) -> Result<Self, TableError> {
        todo!()
    }

    /// By code.
    pub fn get(&self, _code: &str) -> Option<&LanguageTerm> {
        todo!()
    }

    /// All, by code.
    pub fn iter(&self) -> impl Iterator<Item = &LanguageTerm> {
        [].iter()
    }

    /// By code or by any of its names, in any case.
    pub fn resolve(&self, _text: &str) -> Option<&LanguageTerm> {
        todo!()
    }

    /// The longest language name at the start of these folded words, and how many words it took.
    pub fn longest_prefix(&self, _words: &[String]) -> Option<(&LanguageTerm, usize)> {
        todo!()
    }

    /// Up to `limit` names near a text that is none, nearest first.
    pub fn suggest(&self, _text: &str, _limit: usize) -> Vec<String> {
        todo!()
    }
}
