//! How people and lists shorten the words of names of houses: `behav hlth`, `fam med ctr`.

use rustc_hash::FxHashMap;

use super::table::{Table, TableError};
use crate::vocab::names::words;

const COLUMNS: &[&str] = &["word", "short"];
const FILE: &str = "abbreviations.csv";

/// Which words are shortened to what.
#[derive(Clone, Debug, Default)]
pub struct Abbreviations {
    /// By either of them: the other ones.
    others: FxHashMap<Box<str>, Vec<Box<str>>>,
    /// How many of the others of a short word are written out, which come first.
    written: FxHashMap<Box<str>, usize>,
}

impl Abbreviations {
    /// Reads `abbreviations.csv`.
    ///
    /// # Errors
    /// Unknown columns, what is not one folded word, a short word that is no shorter, a pair that is there twice.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open(FILE, text, COLUMNS)?;
        let mut read = Self::default();
        while let Some(row) = table.next()? {
            let (word, short) = (row.required(0)?, row.required(1)?);
            if let Some(odd) = [word, short].into_iter().find(|n| words(n) != [*n]) {
                return Err(row.fault(format!("`{odd}` is not one word in lower case")));
            }
            if short.len() >= word.len() {
                return Err(row.fault(format!("`{short}` is no shorter than `{word}`")));
            }
            let shorts = read.others.entry(word.into()).or_default();
            if shorts.iter().any(|known| **known == *short) {
                return Err(row.fault(format!("`{short}` for `{word}` is there already")));
            }
            shorts.push(short.into());
            let written = read.written.entry(short.into()).or_default();
            read.others
                .entry(short.into())
                .or_default()
                .insert(*written, word.into());
            *written += 1;
        }
        Ok(read)
    }

    /// The words that a folded word is short for: of `med` medical and medicine.
    pub fn words_of(&self, short: &str) -> impl Iterator<Item = &str> {
        let written = self.written.get(short).copied().unwrap_or_default();
        self.others(short).take(written)
    }

    /// The words that a folded word is short for, and what it is shortened to.
    pub fn others(&self, word: &str) -> impl Iterator<Item = &str> {
        self.others.get(word).into_iter().flatten().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_both_ways_and_odd_rows_are_refused() {
        let read = Abbreviations::parse("word,short\nmedical,med\nmedicine,med\nhealth,hlth\n").expect("a table");
        assert_eq!(read.words_of("med").collect::<Vec<_>>(), ["medical", "medicine"]);
        assert_eq!(read.words_of("medical").count(), 0);
        assert_eq!(read.others("health").collect::<Vec<_>>(), ["hlth"]);
        assert_eq!(read.others("hlth").collect::<Vec<_>>(), ["health"]);
        for odd in ["medical,medical", "a b,ab", "health,Hlth", "health,hlth\nhealth,hlth"] {
            assert!(Abbreviations::parse(&format!("word,short\n{odd}\n")).is_err(), "{odd}");
        }
    }
}
