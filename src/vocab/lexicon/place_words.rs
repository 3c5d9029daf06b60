//! How the post and people shorten the words of names of towns: `glenwood spgs`, `citrus hts`.

use rustc_hash::FxHashMap;

use super::table::{Table, TableError};
use crate::vocab::names::words;

const COLUMNS: &[&str] = &["short", "word", "alone"];
const FILE: &str = "place_words.csv";

/// Such words.
#[derive(Clone, Debug, Default)]
pub struct PlaceWords {
    /// By the short word: the whole one, and whether it is read without the state behind the town.
    whole: FxHashMap<Box<str>, (Box<str>, bool)>,
}

impl PlaceWords {
    /// Reads `place_words.csv`.
    ///
    /// # Errors
    /// Unknown columns, what is not one folded word, a short word that is there twice, an `alone` that is neither yes nor no.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open(FILE, text, COLUMNS)?;
        let mut read = Self::default();
        while let Some(row) = table.next()? {
            let (short, word) = (row.required(0)?, row.required(1)?);
            if let Some(odd) = [short, word].into_iter().find(|one| words(one) != [*one]) {
                return Err(row.fault(format!("`{odd}` is not one word in lower case")));
            }
            let alone = match row.required(2)? {
                "yes" => true,
                "no" => false,
                other => return Err(row.fault(format!("`{other}` in `alone` is neither yes nor no"))),
            };
            if read.whole.insert(short.into(), (word.into(), alone)).is_some() {
                return Err(row.fault(format!("`{short}` is there already")));
            }
        }
        Ok(read)
    }

    /// The whole word of a short one, and whether it is read without the state behind the town.
    pub fn whole(&self, short: &str) -> Option<(&str, bool)> {
        let (word, alone) = self.whole.get(short)?;
        Some((word, *alone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_written_out_and_bad_rows_are_refused() {
        let read = PlaceWords::parse("short,word,alone\nspgs,springs,yes\npt,point,no\n").expect("a table");
        assert_eq!(read.whole("spgs"), Some(("springs", true)));
        assert_eq!(
            (read.whole("pt"), read.whole("springs")),
            (Some(("point", false)), None)
        );
        for (row, reason) in [
            ("Spgs,springs,yes", "lower case"),
            ("spgs,hot springs,yes", "one word"),
            ("spgs,springs,maybe", "neither"),
            ("spgs,springs,yes\nspgs,spring,no", "already"),
        ] {
            let refused = PlaceWords::parse(&format!("short,word,alone\n{row}\n")).expect_err(row);
            assert!(refused.file == FILE && refused.reason.contains(reason), "{refused}");
        }
    }
}
