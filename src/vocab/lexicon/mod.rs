//! The tables of the vocabulary: specialties, languages, places, lay terms, nicknames; each parsed from the text of its file.
//!
//! The files are described in `index_schema/README.md`. A table is taken whole or refused with the file, line and reason,
//! so that a bad edit never replaces a good table.

mod abbreviations;
mod everyday;
mod languages;
mod match_model;
mod nicknames;
mod phrases;
mod place_words;
mod specialties;
mod table;
mod times;

pub use abbreviations::Abbreviations;
pub use everyday::{Alarm, EverydayWords};
pub use languages::{LanguageTerm, Languages};
pub use match_model::{Bin, Hidden, LEVELS, Level, MatchModel, Profile, WAYS};
pub use nicknames::Nicknames;
pub use place_words::PlaceWords;
pub use specialties::{Specialties, SpecialtyTerm};
pub use table::TableError;
pub(in crate::vocab) use table::{Row, Table};
pub use times::{TimeSaid, Times};

use std::sync::Arc;

use crate::vocab::{place::Gazetteer, vocabulary::Vocabulary};

/// All tables together, replaced as one when a file changes.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// `specialties.csv` and `specialty_synonyms.csv`.
    pub specialties: Specialties,
    /// `languages.csv`.
    pub languages: Languages,
    /// `places.csv.zst`.
    pub gazetteer: Gazetteer,
    /// `nicknames.csv`.
    pub nicknames: Nicknames,
    /// The words of all phrases for specialties and of all names of languages, to correct misspelt ones.
    pub words: Vocabulary,
    /// `everyday_words.csv`.
    pub everyday: EverydayWords,
    /// `abbreviations.csv`.
    pub abbreviations: Abbreviations,
    /// `place_words.csv`.
    pub place_words: PlaceWords,
    /// `times.csv`.
    pub times: Times,
    /// `match_model.json`.
    pub match_model: Arc<MatchModel>,
}

impl Lexicon {
    /// Reads the texts of `specialties.csv`, `specialty_synonyms.csv`, `languages.csv` and (decompressed) `places.csv`; the
    /// others are left out.
    ///
    /// # Errors
    /// What is wrong with the first row that can't be taken.
    pub fn parse(specialties: &str, synonyms: &str, languages: &str, places: &str) -> Result<Self, TableError> {
        Ok(Self::new(
            Specialties::parse(specialties, synonyms)?,
            Languages::parse(languages)?,
            Gazetteer::parse(places)?,
            Nicknames::default(),
        ))
    }

    /// Of its tables.
    pub fn new(specialties: Specialties, languages: Languages, gazetteer: Gazetteer, nicknames: Nicknames) -> Self {
        let phrases = specialties.phrases().chain(languages.phrases());
        let words = phrases
            .flat_map(|phrase| phrase.split(' '))
            .map(|word| (word.to_owned(), 1));
        Self {
            words: Vocabulary::of_many(words.collect()),
            specialties,
            languages,
            gazetteer,
            nicknames,
            everyday: EverydayWords::default(),
            abbreviations: Abbreviations::default(),
            place_words: PlaceWords::default(),
            times: Times::default(),
            match_model: Arc::default(),
        }
    }

    /// With the words that name nothing by themselves.
    #[must_use]
    pub fn with_everyday_words(mut self, everyday: EverydayWords) -> Self {
        self.everyday = everyday;
        self
    }

    /// With what is shortened in names of houses.
    #[must_use]
    pub fn with_abbreviations(mut self, abbreviations: Abbreviations) -> Self {
        self.abbreviations = abbreviations;
        self
    }

    /// With what is shortened in names of towns.
    #[must_use]
    pub fn with_place_words(mut self, words: PlaceWords) -> Self {
        self.place_words = words;
        self
    }

    /// With the times of the day that are said in words.
    #[must_use]
    pub fn with_times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// With the model by which records are matched.
    #[must_use]
    pub fn with_match_model(mut self, model: MatchModel) -> Self {
        self.match_model = Arc::new(model);
        self
    }
}
